/* SPDX-License-Identifier: MIT */
/* A domain's XML as a spec, and made to say what that spec says, which it does already. */
#include "tests/fuzz/fuzz.h"

#include "backends/libvirt/xml/domain_xml.h"
#include "backends/libvirt/xml/domain_xml_devices.h"

#include <libxml/xmlerror.h>

static char *patched(const char *xml, const struct domain_spec *want)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	char *ret = NULL;
	int r = domain_xml_patch(xml, want, &ret, &err);

	fuzz_outcome(r, &err);
	return r < 0 ? NULL : ret;
}

static struct domain_spec *spec_of(const char *xml)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct domain_spec *s = NULL;
	int r = domain_xml_read(xml, &s, &err);

	fuzz_outcome(r, &err);
	return r < 0 ? NULL : s;
}

static void same_specs(const struct domain_spec *a, const struct domain_spec *b)
{
	assert(a->memory_max == b->memory_max && a->memory == b->memory);
	assert(a->vcpus_max == b->vcpus_max && a->vcpus == b->vcpus && a->cores == b->cores);
	assert(str_eq(a->name, b->name) && str_eq(a->firmware, b->firmware));
	assert(str_eq(a->nvram, b->nvram) && str_eq(a->boot, b->boot));
	assert(a->n_disks == b->n_disks && a->n_nics == b->n_nics);
	for (size_t i = 0; i < a->n_disks; i++)
		assert(str_eq(a->disks[i].target, b->disks[i].target) &&
			str_eq(a->disks[i].path, b->disks[i].path) &&
			str_eq(a->disks[i].format, b->disks[i].format));
	for (size_t i = 0; i < a->n_nics; i++)
		assert(str_eq(a->nics[i].mac, b->nics[i].mac));
}

static void devices(const char *xml, const struct domain_spec *s)
{
	for (size_t i = 0; i < s->n_nics; i++) {
		_cleanup_error_ struct vxe_error err = { 0 }, other = { 0 };
		_cleanup_free_ char *card = spec_nic_card(s, &s->nics[i]), *found = NULL,
				    *fresh = NULL;

		fuzz_outcome(domain_xml_card(xml, card, &found, &err), &err);
		fuzz_outcome(domain_xml_new_card(xml, card, &fresh, &other), &other);
	}
	for (size_t i = 0; i < s->n_disks; i++) {
		_cleanup_error_ struct vxe_error err = { 0 }, other = { 0 };
		_cleanup_free_ char *own = NULL, *found = NULL;

		fuzz_outcome(domain_xml_disk(&s->disks[i], &own, &err), &err);
		if (s->disks[i].target)
			fuzz_outcome(domain_xml_device(xml, "disk", "target@dev",
					     s->disks[i].target, &found, &other),
				&other);
	}
}

/* The first patch may write what no libvirt would have left; from then on nothing changes. */
void fuzz_domain(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *xml = fuzz_text(data, size);
	_cleanup_spec_ struct domain_spec *s = spec_of(xml), *after = NULL;

	if (!s)
		return;
	devices(xml, s);
	_cleanup_free_ char *once = patched(xml, s), *twice = NULL;

	if (!once)
		return;
	after = spec_of(once);
	assert(after);
	same_specs(s, after);
	twice = patched(once, after);
	assert(twice && strcmp(once, twice) == 0);
}

/* SPDX-License-Identifier: MIT */
/* A second machine from a domain's XML, and one without its host: from a stranger's archive, too. */
#include "tests/fuzz/fuzz.h"

#include "backends/libvirt/xml/domain_xml.h"

static char *portable(const char *xml, bool emulated)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_strv_ struct strv lost = { 0 };
	char *ret = NULL;
	int r = domain_xml_portable(xml, emulated, &ret, &lost, &err);

	fuzz_outcome(r, &err);
	return r < 0 ? NULL : ret;
}

void fuzz_portable(const uint8_t *data, size_t size)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *xml = fuzz_text(data, size), *second = NULL;

	fuzz_outcome(domain_xml_unshare(xml, "second", &second, &err), &err);
	for (int emulated = 0; emulated < 2; emulated++) {
		_cleanup_free_ char *once = portable(xml, emulated), *twice = NULL;

		if (!once)
			continue;
		twice = portable(once, emulated);
		assert(twice && strcmp(once, twice) == 0);
		assert(!strstr(once, "<qemu:commandline") && !strstr(once, "<emulator"));
	}
}

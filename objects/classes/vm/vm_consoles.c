/* SPDX-License-Identifier: MIT */
/* Keeps the records of consoles and TPMs in agreement with the VMs' domains. */
#include "objects/classes/vm/vm_consoles.h"

#include "objects/classes/common/mirrored_records.h"
#include "objects/classes/vm/console.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vtpm.h"

static void *add_wanted_record(struct records *want, char *uuid)
{
	struct record *r = record_new(want->cls);

	r->uuid = uuid;
	want->items = xrealloc(want->items, want->n + 1, sizeof(*want->items));
	want->items[want->n++] = r;
	return r;
}

/* Adds the records of one domain's consoles to @consoles; none if the domain has stopped meanwhile. */
static int want_of_domain(
	struct session *s, const char *uuid, struct records *consoles, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_free_ char *xml = NULL;
	struct hv *hv;

	if (session_hv(s->here, &hv, err) < 0)
		return -1;
	if (hv_xml(hv, uuid, HV_XML_LIVE, &xml, err) < 0)
		return hv_has_gone(hv, uuid, err) ? 0 : -1;
	if (spec_read(xml, &spec, err) < 0)
		return -1;
	for (size_t i = 0; i < spec->n_consoles; i++) {
		const struct spec_console *from = &spec->consoles[i];
		struct console *c = add_wanted_record(consoles, console_uuid(uuid, i));

		str_replace(&c->vm, uuid);
		str_replace(&c->host, s->here->uuid);
		c->protocol = str_eq(from->kind, "serial") ? CONSOLE_VT100 : CONSOLE_RFB;
		str_replace(&c->location, from->location);
	}
	return 0;
}

/*
 * Adds the records of the consoles of all running VMs to @consoles. Fails without libvirt, because then nobody knows
 * what runs.
 */
static int want_running(struct session *s, const struct records *vms, struct records *consoles,
	struct vxe_error *err)
{
	const struct hv_domains *domains;

	if (session_domains(s->here, &domains, err) < 0)
		return -1;
	for (size_t i = 0; i < vms->n; i++) {
		const struct vm *vm = vms->items[i];
		const struct hv_domain *d = hv_domains_find(domains, vm->r.uuid);

		if (d && hv_is_active(d->state) && session_is_here(s, vm->home) &&
			want_of_domain(s, vm->r.uuid, consoles, err) < 0)
			return -1;
	}
	return 0;
}

static bool take_console(void *have, const void *want)
{
	struct console *to = have;
	const struct console *from = want;

	if (to->protocol == from->protocol && str_eq(to->location, from->location))
		return false;
	to->protocol = from->protocol;
	str_replace(&to->location, from->location);
	return true;
}

static int load_vms(struct session *s, struct records *ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	return records_load(t, &vm_class, NULL, NULL, ret, err);
}

int consoles_refresh(struct session *s, struct vxe_error *err)
{
	_cleanup_records_ struct records vms = { .cls = &vm_class };
	_cleanup_records_ struct records consoles = { .cls = &console_class };

	if (load_vms(s, &vms, err) < 0 || want_running(s, &vms, &consoles, err) < 0)
		return -1;
	return mirror_records(s, &consoles, offsetof(struct console, host), take_console, err);
}

int vtpms_refresh(struct session *s, struct vxe_error *err)
{
	_cleanup_records_ struct records vms = { .cls = &vm_class };
	_cleanup_records_ struct records vtpms = { .cls = &vtpm_class };

	if (load_vms(s, &vms, err) < 0)
		return -1;
	for (size_t i = 0; i < vms.n; i++) {
		const struct vm *vm = vms.items[i];

		if (!vm->has_tpm)
			continue;
		struct vtpm *vtpm = add_wanted_record(&vtpms, vtpm_uuid(vm->r.uuid));

		str_replace(&vtpm->vm, vm->r.uuid);
	}
	return mirror_records(s, &vtpms, MIRROR_SHARED, NULL, err);
}

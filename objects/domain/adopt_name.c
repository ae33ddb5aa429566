/* SPDX-License-Identifier: MIT */
#include "objects/domain/adopt_name.h"

#include "objects/base/log.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/domain/vm_spec.h"

struct renaming {
	const struct session *s;
	const struct domain_spec *spec;
};

/*
 * An operation that works on the VM need not end first: none gives a domain of this host another name, and each keeps in
 * its plan only the fields that it changes.
 */
static int name_body(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct renaming *r = ctx;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (vm_find(t, r->spec->uuid, &vm, err) < 0)
		return -1;
	if (!vm || !vm_is_here(r->s, vm) || !vm_take_name(vm, r->spec))
		return 0;
	log_info("VM %s is called %s now", vm->r.uuid, vm->libvirt_name);
	return record_save(t, &vm_class, vm, err);
}

int adopt_name(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;
	struct renaming r = { .s = s };
	struct hv *hv;

	if (session_hv(s->here, &hv, err) < 0 || hv_xml(hv, uuid, HV_XML_INACTIVE, &xml, err) < 0 ||
		spec_read(xml, &spec, err) < 0)
		return -1;
	r.spec = spec;
	return store_learn(s->store, name_body, &r, err);
}

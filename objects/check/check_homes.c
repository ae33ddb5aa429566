/* SPDX-License-Identifier: MIT */
/* `vxe check` on a host of a pool: what could make a guest run on two hosts. */
#include "objects/check/check_areas.h"

#include "objects/classes/host/host.h"
#include "objects/classes/vm/vm.h"
#include "objects/pool/pool_domains.h"
#include "objects/pool/start_hook.h"

static int report_elsewhere(struct check *c, const char *uuid, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *home = NULL;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	const struct hv_domain *d;

	if (session_domain(c->s->here, uuid, &d, err) < 0 || vm_find(c->t, uuid, &vm, err) < 0 ||
		(vm && host_find(c->t, vm->home, &home, err) < 0))
		return -1;
	if (!d || !vm)
		return 0;
	const char *where = home ? home->name_label : "no host";

	if (hv_is_active(d->state))
		check_found(c, "domain", "VM", uuid,
			"it runs on this host, but is at home on %s, where it may run, too: end the "
			"one that must not, here with 'virsh destroy %s'",
			where, uuid);
	else
		check_found(c, "domain", "VM", uuid,
			"this host's libvirt has an old definition of it (%s), which vxe does not "
			"use, as it is at home on %s: 'virsh undefine --keep-nvram %s' removes it",
			d->name, where, uuid);
	return 0;
}

static int check_elsewhere(struct check *c, struct vxe_error *err)
{
	_cleanup_pool_domains_ struct pool_domains d = { 0 };

	if (pool_domains_find(c->s, c->t, &d, err) < 0)
		return -1;
	for (size_t i = 0; i < d.elsewhere.n; i++)
		if (report_elsewhere(c, d.elsewhere.items[i], err) < 0)
			return -1;
	return 0;
}

int check_homes(struct check *c, struct vxe_error *err)
{
	_cleanup_free_ char *lack = c->s->mark.dir ? start_hook_lack(&c->s->config) : NULL;

	if (lack)
		check_found(c, "setting", "host", c->s->here->uuid, "%s", lack);
	return c->s->pool_size > 1 ? check_elsewhere(c, err) : 0;
}

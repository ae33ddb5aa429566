/* SPDX-License-Identifier: MIT */
/* `vxe check` on a host of a pool: what could make a guest run on two hosts, and definitions that could be lost. */
#include "objects/check/check_areas.h"

#include "objects/classes/host/host.h"
#include "objects/classes/vm/vm.h"
#include "objects/pool/object_host.h"
#include "objects/pool/pool_domains.h"
#include "objects/pool/stale_domains.h"
#include "objects/pool/start_hook.h"

#include <stdio.h>
#include <string.h>

/* A definition that does not run: whether it may go depends on what the VM's home has. */
static void report_definition(struct check *c, struct asked_home *asked, const struct vm *vm,
	const char *name, const char *where)
{
	_cleanup_error_ struct vxe_error why = { 0 };
	bool has = true;
	int r = str_eq(vm->home, HOME_NONE)
		? 0
		: asked_home_has(c->s, asked, vm->home, vm->r.uuid, &has, &why);

	if (r < 0)
		check_found(c, "domain", "VM", vm->r.uuid,
			"this host's libvirt has a definition of it (%s), though it is at home on %s, whose "
			"libvirt does not answer: keep it, as it may be the only one",
			name, where);
	else if (!has)
		check_found(c, "domain", "VM", vm->r.uuid,
			"this host's libvirt has a definition of it (%s), and that of %s, its home, has none: "
			"'vxe host-heartbeat' makes this host its home, if it is not suspended and its SRs are "
			"plugged here",
			name, where);
	else
		check_found(c, "domain", "VM", vm->r.uuid,
			"this host's libvirt has an old definition of it (%s), which vxe does not "
			"use, as it is at home on %s: 'virsh undefine --keep-nvram %s' removes it",
			name, where, vm->r.uuid);
}

static int report_elsewhere(
	struct check *c, struct asked_home *asked, const char *uuid, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *home = NULL;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_txn_ struct txn *t = NULL;
	const struct hv_domain *d;

	if (session_domain(c->s->here, uuid, &d, err) < 0 ||
		txn_begin(c->s->store, TXN_READ, &t, err) < 0 || vm_find(t, uuid, &vm, err) < 0 ||
		(vm && host_find(t, vm->home, &home, err) < 0))
		return -1;
	txn_abort(TAKE(t));
	if (!d || !vm)
		return 0;
	const char *where = home ? home->name_label : "no host";

	if (hv_is_active(d->state))
		check_found(c, "domain", "VM", uuid,
			"it runs on this host, but is at home on %s, where it may run, too: end the "
			"one that must not, here with 'virsh destroy %s'",
			where, uuid);
	else
		report_definition(c, asked, vm, d->name, where);
	return 0;
}

static int check_elsewhere(struct check *c, struct vxe_error *err)
{
	_cleanup_pool_domains_ struct pool_domains d = { 0 };
	_cleanup_asked_home_ struct asked_home asked = { 0 };

	if ((!c->t && txn_begin(c->s->store, TXN_READ, &c->t, err) < 0) ||
		pool_domains_find(c->s, c->t, &d, err) < 0)
		return -1;
	txn_abort(TAKE(c->t));
	for (size_t i = 0; i < d.elsewhere.n; i++)
		if (report_elsewhere(c, &asked, d.elsewhere.items[i], err) < 0)
			return -1;
	return 0;
}

/* Definitions that a heartbeat has removed, for whoever misses one. */
static void tell_kept(struct check *c)
{
	_cleanup_strv_ struct strv kept = { 0 };

	stale_domains_kept(c->s, &kept);
	if (kept.n)
		session_notice(c->s,
			"Definitions that were removed on this host, as the VMs are at home on others, are "
			"kept in files (%zu): the last one in %s",
			kept.n, kept.items[kept.n - 1]);
}

/* The lock manager in libvirt's qemu.conf, as the file says it now. Owned; NULL: none, or the file cannot be read. */
static char *lock_manager(const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL, *name = NULL;
	size_t room = 0;

	while (f && getline(&line, &room, f) >= 0) {
		char word[32];

		if (sscanf(line, " lock_manager = \"%31[a-z]\"", word) == 1)
			str_replace(&name, word);
	}
	free(line);
	if (f)
		fclose(f);
	return name;
}

/* What somebody may rely on who has switched it on: see ADR 11. */
static void tell_lock_manager(struct check *c)
{
	const char *hooks = c->s->config.hooks_dir, *end = hooks ? strrchr(hooks, '/') : NULL;
	_cleanup_free_ char *path =
		end ? xasprintf("%.*s/qemu.conf", (int)(end - hooks), hooks) : NULL;
	_cleanup_free_ char *name = path ? lock_manager(path) : NULL;

	if (name)
		session_notice(c->s,
			"lock_manager = \"%s\" in %s: it does not hold a guest that is paused or suspended, or "
			"runs since before it was switched on, and a host without it starts any guest; vxe's "
			"own guard is asked all the same (docs/pool.md, Locks of libvirt)",
			name, path);
}

/*
 * Names what an older vxe has obeyed: the words in a record by which others reached the host. A vxe that has no line of the host
 * uses ssh.
 */
static int check_ways(struct check *c, struct vxe_error *err)
{
	_cleanup_records_ struct records hosts = { 0 };
	_cleanup_free_ char *path = object_host_ways(c->s);

	if ((!c->t && txn_begin(c->s->store, TXN_READ, &c->t, err) < 0) ||
		records_load(c->t, &host_class, NULL, NULL, &hosts, err) < 0)
		return -1;
	for (size_t i = 0; i < hosts.n; i++) {
		const struct host *h = hosts.items[i];
		const char *words = map_get(&h->other_config, "vxe-remote");

		if (words)
			check_found(c, "setting", "host", h->r.uuid,
				"other-config:vxe-remote is not obeyed any more, but by hosts with an older vxe. If its "
				"words are yours, the line '%s %s' in the file %s of each host that needs it says the "
				"same; then 'vxe host-param-remove uuid=%s param-name=other-config "
				"param-key=vxe-remote'",
				h->r.uuid, words, path, h->r.uuid);
	}
	return 0;
}

int check_homes(struct check *c, struct vxe_error *err)
{
	_cleanup_free_ char *lack = c->s->mark.dir ? start_hook_lack(&c->s->config) : NULL;

	if (lack)
		check_found(c, "setting", "host", c->s->here->uuid, "%s", lack);
	if (c->s->mark.dir) {
		tell_kept(c);
		tell_lock_manager(c);
	}
	return c->s->pool_size <= 1 ? 0 : check_ways(c, err) < 0 ? -1 : check_elsewhere(c, err);
}

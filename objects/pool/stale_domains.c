/* SPDX-License-Identifier: MIT */
#include "objects/pool/stale_domains.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/hv/domain_spec.h"
#include "backends/hv/hv_definitions.h"
#include "objects/base/clock.h"
#include "objects/base/file.h"
#include "objects/base/log.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/host/host_computed.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/engine/lock_set.h"
#include "objects/vm/other_host.h"
#include "objects/vm/vm_diagnosis.h"
#include "objects/vm/vm_from_dead.h"
#include "store/store_place.h"

/* True if this host takes the VM: as its last home, or because a dead one's migration has come to its end here. */
static int comes_here(
	struct session *s, struct txn *t, const struct vm *vm, bool *ret, struct vxe_error *err)
{
	_cleanup_free_ char *target = NULL;

	*ret = str_eq(vm->home, HOME_NONE) && str_eq(vm->last_home, s->here->uuid);
	if (*ret || !str_eq(vm->home, HOME_NONE))
		return 0;
	if (vm_was_going_to(t, vm, &target, err) < 0)
		return -1;
	*ret = str_eq(target, s->here->uuid);
	return 0;
}

/* ---- what was removed is kept ------------------------------------------------------------------- */

#define KEPT_FILES 100
#define KEPT_SECONDS (INT64_C(90) * 24 * 3600)

static char *kept_dir(const struct session *s)
{
	return xasprintf("%s/removed", s->mark.dir ? s->mark.dir : s->config.store);
}

static int is_kept_name(const struct dirent *e)
{
	return str_ends(e->d_name, ".xml");
}

void stale_domains_kept(const struct session *s, struct strv *ret)
{
	_cleanup_free_ char *dir = kept_dir(s);
	struct dirent **names = NULL;
	int n = scandir(dir, &names, is_kept_name, alphasort);

	for (int i = 0; i < n; i++) {
		strv_take(ret, xasprintf("%s/%s", dir, names[i]->d_name));
		free(names[i]);
	}
	free(names);
}

/* The files' names begin with the time, so that they sort by it. */
static void drop_old(const struct session *s)
{
	_cleanup_strv_ struct strv kept = { 0 };
	char oldest[CLOCK_TEXT_LEN + 1];

	clock_format(clock_wall() - KEPT_SECONDS, oldest);
	stale_domains_kept(s, &kept);
	for (size_t i = 0; i < kept.n; i++)
		if ((kept.n - i > KEPT_FILES ||
			    strcmp(strrchr(kept.items[i], '/') + 1, oldest) < 0) &&
			file_remove(kept.items[i]) < 0)
			log_error("%s cannot be removed: %s", kept.items[i], strerror(errno));
}

/* *ret: the file with the definition, owned. It tells of libvirt's flag, which the definition does not have. */
static int keep_definition(struct session *s, const char *uuid, const char *xml, bool autostart,
	char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *dir = kept_dir(s);
	char now[CLOCK_TEXT_LEN + 1];

	clock_format(clock_wall(), now);
	_cleanup_free_ char *path = xasprintf("%s/%s-%s.xml", dir, now, uuid);
	_cleanup_free_ char *text = autostart
		? xasprintf(
			  "<!-- It started with the host: 'virsh autostart %s' -->\n%s", uuid, xml)
		: xstrdup(xml);

	if (place_make_dir(dir) < 0 || file_put(path, text, 0600, true) < 0)
		return vxe_fail_errno(err, "%s", path);
	drop_old(s);
	*ret = TAKE(path);
	return 0;
}

/* ---- the home is asked ---------------------------------------------------------------------------- */

void asked_home_clear(struct asked_home *h)
{
	free(h->host);
	hv_close(h->hv);
	*h = (struct asked_home){ 0 };
}

/* A host of which nothing was heard for long is not asked: packets to it may vanish. */
static int open_home(struct session *s, const char *home, struct hv **ret, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *host = NULL;
	_cleanup_free_ char *uri = NULL;
	_cleanup_txn_ struct txn *t = NULL;
	int64_t ms;

	if (store_last_beat(s->store, home, &ms, err) < 0)
		return -1;
	if (ms >= HOST_LIVE_MS)
		return vxe_fail(err, HOST_OFFLINE, home);
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || host_get(t, home, &host, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	return other_host_uri(s, host, &uri, err) < 0 ? -1
						      : other_host_open(s, home, uri, ret, err);
}

int asked_home_has(struct session *s, struct asked_home *h, const char *home, const char *uuid,
	bool *ret, struct vxe_error *err)
{
	_cleanup_hv_domain_ struct hv_domain d = { 0 };

	if (!str_eq(h->host, home)) {
		const struct session_ui ui = s->ui;

		asked_home_clear(h);
		h->host = xstrdup(home);
		s->ui.notice = NULL; /* nobody has asked for that host */
		int r = open_home(s, home, &h->hv, err);

		s->ui = ui;
		if (r < 0)
			return -1;
	}
	if (!h->hv)
		return vxe_fail(err, HOST_OFFLINE, home);
	if (hv_find(h->hv, uuid, &d, err) < 0)
		return -1;
	*ret = d.uuid && d.persistent;
	return 0;
}

/* ---- a definition of another host's VM ------------------------------------------------------------- */

struct stale {
	struct session *s;
	struct asked_home *asked;
	const struct vm *vm;
	struct hv *hv;
	struct hv_domain domain;
};

static void stale_clear(struct stale *d)
{
	hv_domain_clear(&d->domain);
}

static int put_here(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct stale *d = ctx;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (vm_find(t, d->vm->r.uuid, &vm, err) < 0)
		return -1;
	if (!vm || !str_eq(vm->home, d->vm->home))
		return 0;
	str_replace(&vm->home, d->s->here->uuid);
	return record_save(t, &vm_class, vm, err);
}

/*
 * The VM's home has no definition of it, so this is the VM's: another program has moved it. It stays without a home that has
 * it, and vxe check says so, if its disks are not all here, or it is suspended and has its memory at its home.
 */
static int come_here(struct stale *d, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (d->vm->power_state == POWER_SUSPENDED)
		return vxe_fail(err, VM_BAD_POWER_STATE, d->vm->r.uuid, "halted", "suspended");
	if (txn_begin(d->s->store, TXN_READ, &t, err) < 0 ||
		vm_check_srs(d->s, t, d->vm->r.uuid, d->s->here->uuid, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	if (store_update(d->s->store, put_here, d, err) < 0)
		return -1;
	log_info("VM %s is at home here now: its domain %s is on this host, and %s has none",
		d->vm->r.uuid, d->domain.name, d->vm->home);
	return 0;
}

/* Defines the domain again, which libvirt started with the host, if @autostart. */
static int put_back(struct stale *d, const char *xml, bool autostart, struct vxe_error *err)
{
	if (hv_define(d->hv, xml, err) < 0)
		return -1;
	return autostart ? hv_set_autostart(d->hv, d->vm->r.uuid, true, err) : 0;
}

/* The home has the VM's definition, so this one goes. Until it has gone, the other one may go as well: then it comes back. */
static int end_domain(struct stale *d, const char *xml, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error gone = { 0 };
	_cleanup_free_ char *path = NULL;
	const char *uuid = d->vm->r.uuid, *name = d->domain.name;
	struct session *s = d->s;
	bool has = false, autostart = false;

	if (hv_is_active(d->domain.state) || d->domain.saved) {
		log_warn("VM %s is at home on another host, and its domain here %s", uuid,
			d->domain.saved ? "has a saved state" : "is active");
		return 0;
	}
	if (hv_autostart(d->hv, uuid, &autostart, err) < 0 ||
		keep_definition(s, uuid, xml, autostart, &path, err) < 0 ||
		failpoint(&s->config.failpoints, "stale-domain", "undefine", false, err) < 0 ||
		hv_undefine(d->hv, uuid, HV_UNDEFINE_KEEP_STATE, err) < 0)
		return -1;
	if (asked_home_has(s, d->asked, d->vm->home, uuid, &has, &gone) < 0 || !has)
		return put_back(d, xml, autostart, err);
	log_info("the domain %s of VM %s, which is at home on another host by now, was undefined, "
		 "and its definition kept in %s",
		name, uuid, path);
	return hv_definitions_sync(s->config.definitions_dir, hv_changed(d->hv), err);
}

/* The caller has the VM's lock. A host may have a machine's copy with the VM's UUID, which is somebody else's. */
static int judge_domain(struct stale *d, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_free_ char *xml = NULL;
	const char *uuid = d->vm->r.uuid;
	bool has = false;

	if (session_hv(d->s->here, &d->hv, err) < 0 || hv_find(d->hv, uuid, &d->domain, err) < 0)
		return -1;
	if (!d->domain.uuid || !d->domain.persistent)
		return 0;
	if (hv_xml(d->hv, uuid, HV_XML_INACTIVE, &xml, err) < 0 || spec_read(xml, &spec, err) < 0)
		return -1;
	if (!session_is_own_store(d->s, spec->store))
		return 0;
	if (asked_home_has(d->s, d->asked, d->vm->home, uuid, &has, err) < 0)
		return -1;
	return has ? end_domain(d, xml, err) : come_here(d, err);
}

/* *ret: the VM, if it is still at home elsewhere, and no operation works on it; else NULL. Owned. */
static int find_stale(struct session *s, const char *uuid, struct vm **ret, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	const struct strv one = { 1, (char *[]){ (char *)(uintptr_t)uuid } };
	_cleanup_txn_ struct txn *t = NULL;
	bool moving;

	*ret = NULL;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, uuid, &vm, err) < 0 ||
		intent_names(t, &one, &moving, err) < 0)
		return -1;
	if (vm && vm_has_domain(vm) && !vm_is_here(s, vm) && !str_eq(vm->home, HOME_NONE) &&
		!moving)
		*ret = TAKE(vm);
	return 0;
}

static int end_one(
	struct session *s, struct asked_home *asked, const char *uuid, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL, *stale = NULL;
	_cleanup_locks_ struct locks locks = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	bool here;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, uuid, &vm, err) < 0 ||
		(vm && comes_here(s, t, vm, &here, err) < 0))
		return -1;
	txn_abort(TAKE(t));
	if (!vm)
		return 0;
	if (here)
		return vm_take_from_dead(s, vm, err);
	locks_add(&locks, LOCK_RECORD, uuid, LEASE_EXCLUSIVE);
	if (locks_try(s, &locks, err) < 0 || find_stale(s, uuid, &stale, err) < 0)
		return -1;
	_cleanup_(stale_clear) struct stale d = { .s = s, .asked = asked, .vm = stale };

	return stale ? judge_domain(&d, err) : 0;
}

void stale_domains_end(struct session *s, const struct strv *vms)
{
	_cleanup_asked_home_ struct asked_home asked = { 0 };
	struct wishes at_once = *s->wishes;

	at_once.impatient = true;
	const struct wishes *before = session_wish(s, &at_once);

	for (size_t i = 0; i < vms->n; i++) {
		_cleanup_error_ struct vxe_error why = { 0 };

		if (end_one(s, &asked, vms->items[i], &why) < 0)
			log_info(
				"the domain of VM %s, which is at home on another host, is left: %s",
				vms->items[i], code_info(why.code)->name);
	}
	(void)session_wish(s, before);
	if (vms->n)
		session_forget_domains(s->here);
}

/* SPDX-License-Identifier: MIT */
#include "objects/vm/vm_from_dead.h"

#include <string.h>

#include "backends/hv/hv_definitions.h"
#include "objects/base/log.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/common/task.h"
#include "objects/classes/host/host.h"
#include "objects/classes/vm/seen_definition.h"
#include "objects/classes/vm/vm_platform.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/disks/disks.h"
#include "objects/domain/vm_definition.h"
#include "objects/domain/vm_load.h"
#include "objects/domain/vm_spec.h"
#include "objects/engine/file_claims.h"
#include "objects/engine/op_recover.h"
#include "objects/guest_state/firmware_state.h"
#include "objects/vm/vm_diagnosis.h"
#include "objects/vm/vm_migrate.h"
#include "objects/vm/vm_template.h"

/* A VM on its way from a dead host to this one. */
struct salvage {
	struct session *s;
	const struct vm *vm;
	struct hv_domain domain; /* what this host's libvirt has of it */
	bool as_it_is;		 /* that is its domain: nothing is defined */
	char *xml;		 /* else the definition that it gets */
};

static void salvage_clear(struct salvage *v)
{
	hv_domain_clear(&v->domain);
	free(v->xml);
}
#define _cleanup_salvage_ _cleanup_(salvage_clear)

/* ---- what the dead host has left half done ------------------------------------------------------- */

/* True if the intent is of the VM's dead home and locks the VM. */
static bool is_left(const struct vm *vm, const struct intent *intent)
{
	return str_eq(intent->host, vm->last_home) && strv_has(&intent->objects, vm->r.uuid);
}

static bool is_migration(const struct intent *intent)
{
	return str_eq(intent->operation, vm_migrate_op.name);
}

/* The host to which the migration of the intent goes; owned, NULL: it is none. */
static int read_target(const struct intent *intent, char **ret, struct vxe_error *err)
{
	_cleanup_plan_ struct plan p = { 0 };

	if (!is_migration(intent))
		return 0;
	if (plan_decode(intent->plan, &vm_migrate_op, &p, err) < 0)
		return -1;
	*ret = xstrdup_null(plan_string(&p, "target"));
	return 0;
}

int vm_was_going_to(struct txn *t, const struct vm *vm, char **ret, struct vxe_error *err)
{
	_cleanup_records_ struct records intents = { 0 };

	*ret = NULL;
	if (str_is_empty(vm->last_home))
		return 0;
	if (records_load(t, &intent_class, "object", vm->r.uuid, &intents, err) < 0)
		return -1;
	for (size_t i = 0; i < intents.n && !*ret; i++) {
		_cleanup_(host_free_cleanup) struct host *host = NULL;
		_cleanup_free_ char *target = NULL;

		if (!is_left(vm, intents.items[i]))
			continue;
		if (read_target(intents.items[i], &target, err) < 0 ||
			(target && host_find(t, target, &host, err) < 0))
			return -1;
		if (host && !host->dead)
			*ret = TAKE(target);
	}
	return 0;
}

/*
 * Returns 1 if the intent ends with its host: a start, a shutdown or a reboot, of which nothing is left to be done or
 * undone, and a migration. All others are recovered.
 */
static int ends_with_host(const struct intent *intent, struct plan *ret_plan, struct vxe_error *err)
{
	if (plan_decode_any(intent->plan, ret_plan, err) < 0)
		return -1;
	return is_migration(intent) || (ret_plan->commit == COMMIT_REPEAT && !ret_plan->n_disks);
}

/* Fails if what was left half done has to be judged by the domain of another VM that has no home either. */
static int check_left(
	struct txn *t, const struct salvage *v, const struct intent *intent, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *other = NULL;
	_cleanup_plan_ struct plan p = { 0 };
	int ends = ends_with_host(intent, &p, err);

	if (ends || !p.domain || str_eq(p.domain, v->vm->r.uuid))
		return ends < 0 ? -1 : 0;
	if (vm_find(t, p.domain, &other, err) < 0)
		return -1;
	if (!other || !str_eq(other->home, HOME_NONE))
		return 0;
	_cleanup_free_ char *holder = xasprintf("%s, which was left unfinished on a dead host; a "
						"command on %s gives that VM a host first",
		intent->operation, other->r.uuid);

	return vxe_fail(err, VXE_BUSY, v->vm->r.uuid, holder);
}

static int check_all_left(struct txn *t, const struct salvage *v, struct vxe_error *err)
{
	_cleanup_records_ struct records intents = { 0 };

	if (records_load(t, &intent_class, NULL, NULL, &intents, err) < 0)
		return -1;
	for (size_t i = 0; i < intents.n; i++)
		if (is_left(v->vm, intents.items[i]) && check_left(t, v, intents.items[i], err) < 0)
			return -1;
	return 0;
}

/* ---- the definition --------------------------------------------------------------------------------- */

/*
 * Makes the definition of the records, where the one that the dead host has told is missing or older than these: with
 * force=true; what only the definition had is lost.
 */
static int make_from_records(struct salvage *v, struct txn *t, const struct vm_loaded *l,
	const char *base, struct vxe_error *err)
{
	_cleanup_definition_ struct definition d = { .vm = v->vm, .base = base };
	_cleanup_free_ char *name = NULL;

	if (!v->s->wishes->force)
		return vxe_fail(err, VXE_DEFINITION_OLD, v->vm->r.uuid, v->vm->last_home);
	if (domain_name_again(v->s, v->vm, &name, err) < 0)
		return -1;
	d.name = name;
	for (size_t i = 0; i < l->n_disks; i++) {
		const struct vm_disk *disk = &l->disks[i];
		const struct node *node = disk->guard ? disk->guard : disk->node;

		definition_add_disk(&d, disk->vbd, disk->vdi,
			disk->guard ? disk->guard_path : disk->path, node ? node->format : NULL);
	}
	for (size_t i = 0; i < l->n_vifs; i++)
		definition_add_vif(&d, l->vifs[i], NULL, NULL, NULL);
	return definition_xml(v->s, t, &d, &v->xml, err);
}

/* Puts the file that a disk has on record into the definition. */
static void put_disk(const struct vm_disk *d, struct spec_disk *disk)
{
	const struct node *node = d->guard ? d->guard : d->node;
	const char *path = d->guard ? d->guard_path : d->path;

	if (disk->device == DISK_CDROM && !d->vbd->vdi)
		spec_put_nothing(disk);
	else if (node && path && !str_eq(disk->path, path))
		spec_put_file(disk, path, node->format);
}

/* True if the definition has the same disks and cards as the records: it may be older than the last change of those. */
static bool has_devices(const struct vm_loaded *l, const struct domain_spec *spec)
{
	size_t found = 0;

	for (size_t i = 0; i < l->n_disks; i++)
		found += spec_find_disk(spec, l->disks[i].vbd->target) != NULL;
	return found == spec->n_disks && found == l->n_disks && l->n_vifs == spec->n_nics;
}

/*
 * Makes the definition: the one that the dead host has told, in which each disk gets its file on record. An odd disk keeps
 * the other file, on which the guest was, and vm-adopt-disks is needed as it would be there.
 */
static int make_definition(struct salvage *v, struct txn *t, const struct vm_loaded *l,
	const struct seen_definition *seen, struct domain_spec *spec, struct vxe_error *err)
{
	if (!spec || !has_devices(l, spec))
		return make_from_records(v, t, l, seen ? seen->xml : "", err);
	for (size_t i = 0; i < l->n_disks; i++)
		if (!strv_has(&seen->odd, l->disks[i].vbd->target))
			put_disk(&l->disks[i], spec_find_disk(spec, l->disks[i].vbd->target));
	spec_drop_layers(spec);
	vm_to_spec(v->vm, spec, v->s->store_uuid);
	return spec_patch(seen->xml, spec, &v->xml, err);
}

/* ---- what the guest may have written elsewhere ------------------------------------------------------- */

struct above {
	const struct salvage *v;
	const struct claims *claims;
};

/*
 * Called for an image or domain that names the file of one of the VM's disks and is not on record. An image that a half
 * done operation has made is judged when that is recovered. Any other one was made by another program, shortly before
 * the host died, and the guest may have written to it.
 */
static int refuse_above(void *ctx, const char *path, const char *user, struct vxe_error *err)
{
	const struct above *a = ctx;

	if (claims_find(a->claims, user))
		return 0;
	_cleanup_free_ char *found =
		xasprintf("%s, which lies on it, and to which the guest may have written on the "
			  "host that has died: 'qemu-img commit %s' puts that into the disk; if it "
			  "did not, remove the file",
			user, user);

	return vxe_fail(err, VXE_DISK_CHANGED, a->v->vm->r.uuid, path, found);
}

static int check_above(const struct salvage *v, struct txn *t, const struct vm_loaded *l,
	const struct seen_definition *seen, struct vxe_error *err)
{
	_cleanup_strv_ struct strv paths = { 0 }, known = { 0 };
	_cleanup_claims_ struct claims claims = { 0 };
	struct above a = { v, &claims };

	for (size_t i = 0; i < l->n_disks; i++) {
		const char *path = l->disks[i].guard ? l->disks[i].guard_path : l->disks[i].path;

		bool odd = seen && strv_has(&seen->odd, l->disks[i].vbd->target);

		if (path && l->disks[i].vbd->mode == VBD_RW && !odd)
			strv_add(&paths, path);
	}
	strv_add(&known, v->vm->r.uuid);
	return claims_load(t, &claims, err) < 0
		? -1
		: strangers_find(v->s, &paths, &known, refuse_above, &a, err);
}

/* Fails with VXE_LAYER_CHANGED if a layer below has changed: another program may have merged the disk down into it. */
static int check_below(
	const struct salvage *v, struct txn *t, const struct vm_loaded *l, struct vxe_error *err)
{
	_cleanup_plan_ struct plan p = { .domain = xstrdup(v->vm->r.uuid) };

	for (size_t i = 0; i < l->n_disks; i++) {
		const struct node *node = l->disks[i].guard ? l->disks[i].guard : l->disks[i].node;

		if (node && !str_is_empty(node->parent) &&
			node_use_chain(v->s, t, node->parent, &p, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- checks -------------------------------------------------------------------------------------------- */

/* What the records say: storage, saved memory, and operations that were left half done. */
static int check_records(struct salvage *v, struct txn *t, struct vxe_error *err)
{
	_cleanup_free_ char *target = NULL;
	const struct vm *vm = v->vm;

	if (vm_was_going_to(t, vm, &target, err) < 0)
		return -1;
	if (target && !session_is_here(v->s, target))
		return vxe_fail(err, HOST_OFFLINE, target);
	if (vm_check_srs(v->s, t, vm->r.uuid, v->s->here->uuid, err) < 0 ||
		vm_check_storage(v->s->store, t, vm->r.uuid, err) < 0)
		return -1;
	if (vm->power_state == POWER_HALTED && vm->seen_state == POWER_SUSPENDED &&
		!v->s->wishes->force)
		return vxe_fail(err, VXE_MANAGED_SAVE, vm->r.uuid);
	return check_all_left(t, v, err);
}

static int plan_salvage(struct salvage *v, struct vxe_error *err)
{
	_cleanup_(seen_definition_free_cleanup) struct seen_definition *seen = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	_cleanup_free_ char *name = NULL;
	_cleanup_txn_ struct txn *t = NULL;
	struct hv *hv;

	if (vm_load(v->s, v->vm->r.uuid, 0, &l, err) < 0 ||
		txn_begin(v->s->store, TXN_READ, &t, err) < 0 || check_records(v, t, err) < 0 ||
		seen_definition_find(t, v->vm->r.uuid, &seen, err) < 0)
		return -1;
	if (seen &&
		(spec_read(seen->xml, &spec, err) < 0 ||
			capture_check_reach(v->s, t, v->vm, spec, err) < 0))
		return -1;
	if (domain_name_again(v->s, v->vm, &name, err) < 0 || check_above(v, t, l, seen, err) < 0 ||
		check_below(v, t, l, err) < 0)
		return -1;
	return make_definition(v, t, l, seen, spec, err) < 0 || session_hv(v->s->here, &hv, err) < 0
		? -1
		: vm_check_machine(hv, v->s->here->uuid, v->vm->r.uuid, v->xml, err);
}

/*
 * Looks at what this host's libvirt has of the VM. On the host that was declared dead that is the VM's domain. Where a
 * migration has ended, it is, too; before its end it is removed.
 */
static int look_here(struct salvage *v, struct vxe_error *err)
{
	_cleanup_free_ char *target = NULL;
	_cleanup_txn_ struct txn *t = NULL;
	struct hv *hv;

	if (session_hv(v->s->here, &hv, err) < 0 || hv_find(hv, v->vm->r.uuid, &v->domain, err) < 0)
		return -1;
	v->as_it_is =
		v->domain.uuid && v->domain.persistent && session_is_here(v->s, v->vm->last_home);
	if (!v->domain.uuid || v->as_it_is)
		return 0;
	if (txn_begin(v->s->store, TXN_READ, &t, err) < 0 ||
		vm_was_going_to(t, v->vm, &target, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	if (target && session_is_here(v->s, target))
		v->as_it_is = v->domain.persistent || v->domain.state == HV_RUNNING;
	return 0;
}

static int look_and_plan(struct salvage *v, struct vxe_error *err)
{
	if (look_here(v, err) < 0 || v->as_it_is)
		return v->as_it_is ? 0 : -1;
	if (hv_is_active(v->domain.state) && v->domain.persistent)
		return vxe_fail(err, VM_BAD_POWER_STATE, v->vm->r.uuid, "halted", "running");
	return plan_salvage(v, err);
}

/* ---- the VM comes here ------------------------------------------------------------------------------------ */

static int move_intent(
	struct txn *t, const struct salvage *v, struct intent *intent, struct vxe_error *err)
{
	_cleanup_plan_ struct plan p = { 0 };
	int ends = ends_with_host(intent, &p, err);

	if (ends < 0)
		return -1;
	if (ends)
		return intent_drop(t, intent->r.uuid, intent->task, err);
	str_replace(&intent->host, v->s->here->uuid);
	return record_save(t, &intent_class, intent, err);
}

static int put_home(struct txn *t, const struct salvage *v, struct vxe_error *err)
{
	_cleanup_(seen_definition_free_cleanup) struct seen_definition *seen = NULL;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (vm_get(t, v->vm->r.uuid, &vm, err) < 0 ||
		seen_definition_find(t, vm->r.uuid, &seen, err) < 0)
		return -1;
	str_replace(&vm->home, v->s->here->uuid);
	str_replace(&vm->last_home, "");
	if (record_save(t, &vm_class, vm, err) < 0)
		return -1;
	if (!seen)
		return 0;
	str_replace(&seen->host, v->s->here->uuid);
	str_replace(&seen->word, "");
	return record_save(t, &seen_definition_class, seen, err);
}

/* One transaction: the VM's home is this host, and what the dead one has left half done is this host's to end. */
static int put_taken(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct salvage *v = ctx;
	_cleanup_records_ struct records intents = { 0 };

	if (records_load(t, &intent_class, NULL, NULL, &intents, err) < 0)
		return -1;
	for (size_t i = 0; i < intents.n; i++)
		if (is_left(v->vm, intents.items[i]) &&
			move_intent(t, v, intents.items[i], err) < 0)
			return -1;
	return put_home(t, v, err);
}

static int define(struct salvage *v, struct vxe_error *err)
{
	struct failpoints *fp = &v->s->config.failpoints;
	const char *uuid = v->vm->r.uuid;
	struct hv *hv;

	if (v->as_it_is)
		return 0;
	if (failpoint(fp, "vm-take-from-dead", "define", false, err) < 0 ||
		session_hv(v->s->here, &hv, err) < 0 ||
		(hv_is_active(v->domain.state) && hv_destroy(hv, uuid, err) < 0) ||
		hv_define(hv, v->xml, err) < 0)
		return -1;
	if (v->vm->power_state != POWER_SUSPENDED && vm_autostarts(v->vm) &&
		hv_set_autostart(hv, uuid, true, err) < 0)
		return -1;
	if (hv_definitions_sync(v->s->config.definitions_dir, hv_changed(hv), err) < 0)
		return -1;
	return failpoint(fp, "vm-take-from-dead", "define", true, err);
}

static int take(struct salvage *v, struct vxe_error *err)
{
	struct session *s = v->s;

	if (look_and_plan(v, err) < 0)
		return -1;
	if (s->wishes->dry_run) {
		session_planned(s, "%s comes to this host from %s, which is dead", v->vm->r.uuid,
			v->vm->last_home);
		return vxe_fail(err, VXE_PLANNED, "vm-take-from-dead");
	}
	if (define(v, err) < 0 || store_update(s->store, put_taken, v, err) < 0)
		return -1;
	session_forget_domains(s->here);
	s->reports.acted = true;
	return failpoint(&s->config.failpoints, "vm-take-from-dead", "records", true, err);
}

/* Takes the VM under its lock, if nobody has taken it meanwhile. */
static int take_locked(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_locks_ struct locks locks = { 0 };
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_salvage_ struct salvage v = { .s = s };
	_cleanup_txn_ struct txn *t = NULL;
	bool wait = !s->wishes->impatient && !s->wishes->dry_run;

	locks_add(&locks, LOCK_RECORD, uuid, LEASE_EXCLUSIVE);
	int r = (wait ? locks_take(s, &locks, err) : locks_try(s, &locks, err)) < 0 ||
			txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, uuid, &vm, err) < 0
		? -1
		: 0;

	if (r == 0 && vm && str_eq(vm->home, HOME_NONE) && !str_is_empty(vm->last_home)) {
		txn_abort(TAKE(t));
		session_forget_domains(s->here);
		v.vm = vm;
		r = take(&v, err);
	}
	locks_clear(&locks);
	return r;
}

int vm_take_from_dead(struct session *s, const struct vm *vm, struct vxe_error *err)
{
	_cleanup_free_ char *uuid = xstrdup(vm->r.uuid);

	if (!str_eq(vm->home, HOME_NONE) || str_is_empty(vm->last_home))
		return 0;
	return take_locked(s, uuid, err) < 0 ? -1 : op_recover_object(s, uuid, err);
}

int vm_check_from_dead(struct session *s, const struct vm *vm, struct vxe_error *err)
{
	_cleanup_salvage_ struct salvage v = { .s = s, .vm = vm };

	return look_and_plan(&v, err);
}

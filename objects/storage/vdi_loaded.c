/* SPDX-License-Identifier: MIT */
/* Loads and checks a disk before an operation. */
#include "objects/storage/vdi_loaded.h"

#include "objects/disks/disks.h"
#include "objects/classes/storage/sr_operations.h"
#include "objects/classes/storage/vdi_operations.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/vm/vm_memory.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/domain/adopt.h"
#include "objects/domain/vm_record_copy.h"
#include "objects/domain/vm_load.h"
#include "objects/session/disk_path.h"

#include <inttypes.h>

#define SECTOR 512

void vdi_loaded_clear(struct vdi_loaded *u)
{
	vdi_free(u->vdi);
	sr_free(u->sr);
	node_free(u->node);
	free(u->path);
	records_clear(&u->vbds);
	strv_clear(&u->halted);
	strv_clear(&u->running);
	*u = (struct vdi_loaded){ 0 };
}

const char *vdi_loaded_format(const struct vdi_loaded *u)
{
	return u->node ? u->node->format : vdi_reference_format(u->vdi);
}

int vdi_loaded_size(
	struct session *s, const struct vdi_loaded *u, int64_t *ret, struct vxe_error *err)
{
	return disk_file_size(content_of(s, u->path), vdi_loaded_format(u), ret, err);
}

/* ---- loading --------------------------------------------------------------------------------- */

/*
 * Notes whether the layer below is itself a disk that is still written to, as below an overlay that the user has
 * prepared for a later snapshot.
 */
static int look_below(struct txn *t, struct vdi_loaded *u, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *below = NULL;
	int names = 0;

	if (u->node->parent &&
		(node_find(t, u->node->parent, &below, err) < 0 ||
			node_count_names(t, u->node->parent, &names, err) < 0))
		return -1;
	u->on_written = names && below && below->state == NODE_WRITABLE;
	return 0;
}

/* Notes whether this host has unplugged the SR of the disk; the record is not saved. */
static int note_unplugged(
	struct session *s, struct txn *t, struct vdi_loaded *u, struct vxe_error *err)
{
	int plugged = u->sr ? sr_is_plugged(s, t, u->sr, err) : 1;

	if (plugged >= 0 && u->sr)
		u->sr->detached = !plugged;
	return plugged < 0 ? -1 : 0;
}

int vdi_check_home(struct session *s, struct txn *t, const char *uuid, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;
	_cleanup_records_ struct records vbds = { 0 };
	struct session_host *home;

	if (s->pool_size <= 1)
		return 0;
	if (vdi_get(t, uuid, &vdi, err) < 0 ||
		records_load(t, &vbd_class, "vdi_uuid", uuid, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n && !vdi->read_only && !vdi->sharable; i++) {
		_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

		if (vm_find(t, ((const struct vbd *)vbds.items[i])->vm, &vm, err) < 0)
			return -1;
		if (vm && vm_has_domain(vm) && !vm_is_here(s, vm) &&
			session_host(s, vm->home, &home, err) < 0)
			return -1;
	}
	return 0;
}

static int load_records(struct session *s, struct txn *t, const char *uuid, struct vdi_loaded *u,
	struct vxe_error *err)
{
	if (vdi_get(t, uuid, &u->vdi, err) < 0 || sr_check_here(s, t, u->vdi->sr, err) < 0 ||
		vdi_check_home(s, t, uuid, err) < 0 ||
		(u->vdi->sr && sr_find(t, u->vdi->sr, &u->sr, err) < 0) ||
		note_unplugged(s, t, u, err) < 0 ||
		records_load(t, &vbd_class, "vdi_uuid", uuid, &u->vbds, err) < 0)
		return -1;
	if (u->vdi->node)
		return node_get(t, u->vdi->node, &u->node, err) < 0 || look_below(t, u, err) < 0
			? -1
			: node_path(t, u->node, &u->path, err);
	const char *file = map_get(&u->vdi->sm_config, "file");

	u->path = file && *file == '/' ? xstrdup(file) : NULL;
	return 0;
}

int vdi_load(struct session *s, const char *uuid, enum lease_mode mode, struct plan *p,
	struct vdi_loaded *ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (adopt_domains(s, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		load_records(s, t, uuid, ret, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	/*
	 * The domain definitions decide who uses the file, not the VBD records: another program may have given it to a
	 * domain.
	 */
	if (ret->path && domains_on(s, ret->path, NULL, &ret->halted, &ret->running, err) < 0)
		return -1;
	if (p) {
		locks_add(&p->locks, LOCK_RECORD, ret->vdi->r.uuid, mode);
		for (size_t i = 0; i < ret->vbds.n; i++)
			locks_add(&p->locks, LOCK_RECORD,
				((const struct vbd *)ret->vbds.items[i])->vm, mode);
		for (size_t i = 0; i < ret->halted.n; i++)
			locks_add(&p->locks, LOCK_RECORD, ret->halted.items[i], mode);
		for (size_t i = 0; i < ret->running.n; i++)
			locks_add(&p->locks, LOCK_RECORD, ret->running.items[i], mode);
	}
	return 0;
}

int vdi_follow(struct session *s, const struct vdi_loaded *u, struct vxe_error *err)
{
	for (size_t i = 0; i < u->vbds.n; i++) {
		_cleanup_loaded_ struct vm_loaded *l = NULL;

		if (vm_load(s, ((const struct vbd *)u->vbds.items[i])->vm,
			    VM_LOAD_ACT | VM_LOAD_GUARDED, &l, err) < 0)
			return -1;
		for (size_t k = 0; k < l->n_disks; k++)
			if (l->disks[k].vdi && str_eq(l->disks[k].vdi->r.uuid, u->vdi->r.uuid) &&
				vm_disk_check_chain(&l->disks[k], err) < 0)
				return -1;
	}
	return 0;
}

int vdi_load_now(struct session *s, const char *uuid, enum lease_mode mode, struct plan *p,
	struct vdi_loaded *ret, struct vxe_error *err)
{
	_cleanup_vdi_loaded_ struct vdi_loaded before = { 0 };

	if (vdi_load(s, uuid, mode, p, &before, err) < 0 || vdi_follow(s, &before, err) < 0)
		return -1;
	return vdi_load(s, uuid, mode, p, ret, err);
}

/* ---- checks ---------------------------------------------------------------------------------- */

/* Refuses to read a file to which a process writes: no domain here runs on it, so the guest may run on another host. */
static int check_unwritten(struct session *s, const char *path, struct vxe_error *err)
{
	bool written = false;

	if (disk_file_is_written(content_of(s, path), &written, err) < 0)
		return -1;
	return written ? vxe_fail(err, VXE_DEPENDENTS, path,
				 "a process that writes to it, perhaps a guest on another host")
		       : 0;
}

int vdi_check_managed(const struct vdi_loaded *u, struct vxe_error *err)
{
	if (!u->vdi->managed)
		return vdi_fail_unmanaged(u->vdi, NULL, err);
	if (u->sr && u->sr->detached)
		return vxe_fail(err, SR_NOT_ATTACHED, u->sr->r.uuid);
	return 0;
}

int vdi_check_allowed(
	struct session *s, const struct vdi_loaded *u, const char *operation, struct vxe_error *err)
{
	struct vdi_facts f = { .vdi = u->vdi,
		.node = u->node,
		.sr = u->sr,
		.path = u->path,
		.detached = u->sr && u->sr->detached,
		.running = u->running.n };

	return vdi_is_suspended(s, u, &f.suspended, err) < 0
		? -1
		: vdi_check_operation(&f, operation, err);
}

int vdi_check_attach(const struct vdi_loaded *u, enum vbd_mode mode, struct vxe_error *err)
{
	bool frozen = u->vdi->read_only || (u->node && u->node->state == NODE_FROZEN);

	if (vdi_check_managed(u, err) < 0)
		return -1;
	if (frozen && mode == VBD_RW)
		return vxe_fail(err, VDI_READONLY, u->vdi->r.uuid);
	if (u->on_written)
		return vxe_fail(err, OPERATION_NOT_ALLOWED,
			"the disk is an overlay on a disk that is still written to, which would "
			"destroy its content");
	return u->path ? 0 : vdi_fail_unmanaged(u->vdi, NULL, err);
}

int vdi_is_suspended(
	struct session *s, const struct vdi_loaded *u, bool *ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	*ret = false;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	for (size_t i = 0; i < u->vbds.n && !*ret; i++) {
		const struct vbd *vbd = u->vbds.items[i];
		_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

		if (vm_find(t, vbd->vm, &vm, err) < 0)
			return -1;
		*ret = vm && vm_has_domain(vm) && vm->power_state == POWER_SUSPENDED;
	}
	return 0;
}

/* Fails if libvirt has a managed save of a VM with the disk: a guest that goes on from it would find a changed disk. */
int vdi_check_saved(struct session *s, const struct vdi_loaded *u, struct vxe_error *err)
{
	struct hv *hv;

	for (size_t i = 0; i < u->halted.n; i++) {
		bool saved;

		if (session_hv(s->here, &hv, err) < 0 ||
			hv_managed_save(hv, u->halted.items[i], &saved, err) < 0)
			return -1;
		if (saved)
			return vxe_fail(err, VXE_MANAGED_SAVE, u->halted.items[i]);
	}
	return 0;
}

int vdi_check_idle(
	struct session *s, const struct vdi_loaded *u, const char *operation, struct vxe_error *err)
{
	bool suspended;

	if (vdi_is_suspended(s, u, &suspended, err) < 0)
		return -1;
	if (suspended || u->running.n)
		return vxe_fail(err, VDI_IN_USE, u->vdi->r.uuid, operation);
	return vdi_check_saved(s, u, err);
}

int vdi_check_no_memory(
	struct session *s, const struct vdi_loaded *u, const char *operation, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	return txn_begin(s->store, TXN_READ, &t, err) < 0
		? -1
		: memory_check_unused(t, u->vdi->r.uuid, operation, err);
}

/* A disk of an internal snapshot is content of an image that the VM writes to: it has no file to itself. */
static int fail_inside(struct txn *t, const struct vdi_loaded *u, struct vxe_error *err)
{
	const struct vbd *vbd = u->vbds.items[0];
	_cleanup_(vm_free_cleanup) struct vm *snapshot = NULL;

	if (vm_get(t, vbd->vm, &snapshot, err) < 0)
		return -1;
	return vxe_fail(err, VXE_SNAPSHOT_INSIDE, snapshot->r.uuid, snapshot->libvirt_snapshot);
}

int vdi_check_readable(struct session *s, struct txn *t, const struct vdi_loaded *u,
	const char *operation, struct plan *p, struct vxe_error *err)
{
	if (vdi_is_inside(u->vdi) && u->vbds.n)
		return fail_inside(t, u, err);
	bool frozen = !u->node || u->node->state == NODE_FROZEN || u->vdi->read_only;
	struct content_stat f = { 0 };

	if (!frozen && u->running.n)
		return vxe_fail(err, VDI_IN_USE, u->vdi->r.uuid, operation);
	if (u->path && disk_file_stat(content_of(s, u->path), &f, err) < 0)
		return -1;
	if (!u->path && map_get(&u->vdi->sm_config, VDI_WRITTEN))
		return vdi_fail_unmanaged(u->vdi, NULL, err);
	if (!f.exists)
		return vdi_fail_missing(u->vdi, u->path ? u->path : "its file", err);
	if (!frozen && check_unwritten(s, u->path, err) < 0)
		return -1;
	return u->node ? node_use_chain(s, t, u->node->r.uuid, p, err) : 0;
}

int vdi_round(int64_t *size, const char *field, struct vxe_error *err)
{
	if (*size <= 0 || *size > INT64_MAX - SECTOR) {
		_cleanup_free_ char *text = xasprintf("%" PRId64, *size);

		return vxe_fail(err, INVALID_VALUE, field, text);
	}
	*size = (*size + SECTOR - 1) / SECTOR * SECTOR;
	return 0;
}

int sr_for_disks(struct txn *t, const char *uuid, struct sr **ret, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	if (sr_get(t, uuid, &sr, err) < 0)
		return -1;
	if (!sr_holds(sr, "VDI.create") || str_is_empty(sr->path))
		return vxe_fail(err, SR_OPERATION_NOT_SUPPORTED, uuid);
	*ret = TAKE(sr);
	return 0;
}

/* Puts the domain into the plan: as running if its live XML has the disk, else with its inactive definition. */
static int plan_one(struct session *s, const char *domain, const char *path, bool live,
	struct plan *p, char **target, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;

	if (session_spec(s->here, domain, live ? HV_XML_LIVE : HV_XML_INACTIVE, &spec, err) < 0)
		return -1;
	struct spec_disk *disk;

	if (disk_on(s, spec, path, &disk, err) < 0)
		return -1;
	if (!disk && live)
		return plan_one(s, domain, path, false, p, target, err);
	if (!disk)
		return vxe_fail(err, VXE_TRY_AGAIN, domain, "the VM no longer has the disk");
	if (!session_is_own_store(s, spec->store))
		return vxe_fail(err, VXE_STORE_MISMATCH, domain, spec->store);
	p->domain = xstrdup(domain);
	p->running = live;
	p->commit = live ? COMMIT_SWITCH : COMMIT_DEFINE;
	*target = xstrdup(disk->target);
	return 0;
}

/* Two running domains are refused: they cannot move to a new file at one instant. */
int vdi_plan_domain(struct session *s, const struct vdi_loaded *u, const char *operation,
	struct plan *p, char **target, struct vxe_error *err)
{
	const char *domain = u->running.n ? u->running.items[0]
		: u->halted.n		  ? u->halted.items[0]
					  : NULL;

	*target = NULL;
	p->commit = COMMIT_STORE;
	if (u->running.n > 1)
		return vxe_fail(err, VDI_IN_USE, u->vdi->r.uuid, operation);
	return domain ? plan_one(s, domain, u->path, u->running.n > 0, p, target, err) : 0;
}

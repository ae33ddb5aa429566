/* SPDX-License-Identifier: MIT */
/*
 * sr-destroy and sr-forget, for an SR that no PBD attaches. sr-destroy removes marker, pool and the
 * empty directory, and requires that no disk is left; sr-forget leaves every file.
 */
#include "objects/storage/sr_remove.h"

#include "backends/sr/ext4.h"
#include "objects/base/far/far_file.h"
#include "objects/base/file.h"
#include "objects/base/log.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/storage/forgotten_disk.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr_marker.h"
#include "objects/classes/storage/sr_operations.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm_memory.h"
#include "objects/domain/adopt.h"
#include "objects/engine/op_recover.h"
#include "objects/storage/sr_create.h"
#include "objects/storage/sr_records_file.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* ---- steps ----------------------------------------------------------------------------------- */

/* Stops and undefines the SR's libvirt pool, and removes the mount point that vxe has made for the SR. */
static int undefine_pool(struct op *op, struct vxe_error *err)
{
	if (step_pool_stop(op, err) < 0)
		return -1;
	if (plan_bool(&op->plan, "mounted"))
		(void)rmdir(plan_string(&op->plan, "path"));
	return 0;
}

/* Undo: defines the SR's libvirt pool again but leaves it stopped, because the SR is detached. */
static int define_pool(struct op *op, struct vxe_error *err)
{
	const char *name = plan_string(&op->plan, "pool");
	struct hv *hv;

	if (step_pool_start(op, err) < 0)
		return -1;
	if (!name || plan_bool(&op->plan, "foreign-pool"))
		return 0;
	return session_hv(op->s->here, &hv, err) < 0 ? -1 : hv_pool_stop(hv, name, false, err);
}

/* ---- on a device or a server ------------------------------------------------------------------ */

#define CLEAN "clean-medium"

/* Mounts the SR while @act runs; before and after that the pool is undefined. */
static int while_mounted(
	struct op *op, int (*act)(struct op *op, struct vxe_error *err), struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error second = { 0 };
	int r = step_pool_start(op, err);

	if (r == 0)
		r = act(op, err);
	if (step_pool_stop(op, r < 0 ? &second : err) < 0)
		return -1;
	return r;
}

static int remove_marks(struct op *op, struct vxe_error *err)
{
	const char *path = plan_string(&op->plan, "path");
	const char *uuid = plan_string(&op->plan, "sr");
	_cleanup_mark_ struct sr_mark found = { 0 };
	_cleanup_free_ char *mark = xasprintf("%s/" SR_MARK, path);
	_cleanup_free_ char *kept = xasprintf("%s/" SR_KEPT, path);

	if (sr_mark_read(path, &found, err) < 0)
		return -1;
	if (!str_eq(found.sr, uuid) || !sr_mark_is_ours(op->s, &found))
		return 0;
	file_drop_drafts(kept);
	file_drop_drafts(mark);
	return sr_file_drop(kept, err) < 0 ? -1 : sr_file_drop(mark, err);
}

/*
 * True if the directory holds nothing but lost+found; other files belong to somebody, and then the file system stays.
 */
static bool holds_nothing(const char *path)
{
	_cleanup_dir_ DIR *d = far_answers(path) < 0 ? NULL : opendir(path);
	const struct dirent *e;

	while (d && (errno = 0, e = readdir(d)))
		if (!str_eq(e->d_name, ".") && !str_eq(e->d_name, "..") &&
			!str_eq(e->d_name, "lost+found"))
			return false;
	return d && !errno;
}

static int empty_place(struct op *op, struct vxe_error *err)
{
	if (remove_marks(op, err) < 0)
		return -1;
	plan_keep_bool(&op->plan, "empty", holds_nothing(plan_string(&op->plan, "path")));
	return 0;
}

/*
 * Removes the SR's marker from its device, and the file system if that holds no other files, so that a new SR can be
 * made there.
 */
static int clean_medium(struct op *op, struct vxe_error *err)
{
	const char *device = plan_string(&op->plan, "device");

	if (!plan_bool(&op->plan, CLEAN))
		return 0;
	if (while_mounted(op, empty_place, err) < 0)
		return -1;
	return device && plan_bool(&op->plan, "empty")
		? ext4_unmake(device, plan_string(&op->plan, "sr"), err)
		: 0;
}

/* Undo: writes the SR's marker file as pbd-unplug has left it, naming no store. */
static int make_marks(struct op *op, struct vxe_error *err)
{
	_cleanup_mark_ struct sr_mark mark = { .sr = xstrdup(plan_string(&op->plan, "sr")) };
	_cleanup_mark_ struct sr_mark found = { 0 };

	return sr_mark_make(plan_string(&op->plan, "path"), &mark, &found, err);
}

static int restore_medium(struct op *op, struct vxe_error *err)
{
	const char *device = plan_string(&op->plan, "device");
	bool blank = false;

	if (!plan_bool(&op->plan, CLEAN))
		return 0;
	if (device && device_is_blank(device, &blank, err) < 0)
		return -1;
	if (blank && ext4_make(device, plan_string(&op->plan, "sr"), err) < 0)
		return -1;
	return while_mounted(op, make_marks, err);
}

/* ---- a directory ------------------------------------------------------------------------------ */

static int remove_place(struct op *op, struct vxe_error *err)
{
	const char *path = plan_string(&op->plan, "path"), *uuid = plan_string(&op->plan, "sr");
	_cleanup_mark_ struct sr_mark found = { 0 };

	if (plan_bool(&op->plan,
		    "mounted")) { /* the SR is not mounted, so only its empty mount point is left */
		(void)rmdir(path);
		return 0;
	}
	if (sr_mark_read(path, &found, err) < 0)
		return -1;
	if (!str_eq(found.sr, uuid))
		return 0;
	if (remove_marks(op, err) < 0)
		return -1;
	if (rmdir(path) < 0)
		log_info("%s stays: %s", path, strerror(errno));
	return 0;
}

static int make_place(struct op *op, struct vxe_error *err)
{
	if (plan_bool(&op->plan, "adopted") || plan_bool(&op->plan, "mounted"))
		return 0;
	return make_marks(op, err);
}

static const struct plan_member sr_remove_members[] = {
	{ "adopted", PLAN_BOOL, "the SR is an adopted pool without a marker" },
	{ CLEAN, PLAN_BOOL, "remove the markers, and the file system if it is empty" },
	{ "empty", PLAN_BOOL, "the file system is empty; set by a step" },
	{ 0 },
};
static const struct step destroy_steps[] = {
	{ "undefine-pool", DO(undefine_pool, define_pool), false },
	{ "clean-medium", DO(clean_medium, restore_medium), false },
	{ "remove-place", DO(remove_place, make_place), false },
	{ 0 },
};
static const struct step forget_steps[] = {
	{ "undefine-pool", DO(undefine_pool, define_pool), false },
	{ 0 },
};

const struct op_type sr_destroy_op = { "sr-destroy", "destroy", destroy_steps,
	PLAN_MEMBERS(sr_place_members, sr_remove_members), NULL };
const struct op_type sr_forget_op = { "sr-forget", "forget", forget_steps,
	PLAN_MEMBERS(sr_place_members, sr_remove_members), NULL };

/* ---- plan ------------------------------------------------------------------------------------ */

struct end {
	const char *uuid;
	bool destroy;
};

/* Deletes the disks' records, but not those that a VM, template or snapshot names. */
static int plan_vdis(struct txn *t, const char *sr, struct plan *p, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };

	if (records_load(t, &vdi_class, "sr", sr, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n; i++) {
		const struct vdi *vdi = vdis.items[i];
		_cleanup_records_ struct records users = { 0 };

		if (records_load(t, &vbd_class, "vdi_uuid", vdi->r.uuid, &users, err) < 0)
			return -1;
		if (users.n)
			return vxe_fail(err, VDI_IN_USE, vdi->r.uuid, "forget");
		if (memory_check_unused(t, vdi->r.uuid, "forget", err) < 0)
			return -1;
		locks_add(&p->locks, LOCK_RECORD, vdi->r.uuid, LEASE_EXCLUSIVE);
		plan_del(p, &vdi_class, vdi->r.uuid);
	}
	return 0;
}

static int plan_nodes(struct txn *t, const char *sr, struct plan *p, struct vxe_error *err)
{
	_cleanup_records_ struct records nodes = { 0 };

	if (records_load(t, &node_class, "sr", sr, &nodes, err) < 0)
		return -1;
	for (size_t i = 0; i < nodes.n; i++) {
		const struct node *n = nodes.items[i];
		_cleanup_records_ struct records above = { 0 };

		if (node_children(t, n->r.uuid, &above, err) < 0)
			return -1;
		for (size_t k = 0; k < above.n; k++) {
			const struct node *user = above.items[k];

			if (!str_eq(user->sr, sr))
				return vxe_fail(err, VXE_DEPENDENTS, n->path, user->path);
		}
		plan_del(p, &node_class, n->r.uuid);
	}
	return 0;
}

static int plan_forgotten(struct txn *t, const char *sr, struct plan *p, struct vxe_error *err)
{
	_cleanup_records_ struct records rows = { 0 };

	if (records_load(t, &forgotten_class, "sr", sr, &rows, err) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++)
		plan_del(p, &forgotten_class, ((const struct record *)rows.items[i])->uuid);
	return 0;
}

/* Clears settings that name the SR as a default. */
static int plan_defaults(
	struct session *s, struct txn *t, const char *sr, struct plan *p, struct vxe_error *err)
{
	_cleanup_(pool_free_cleanup) struct pool *pool = NULL;

	if (pool_get(t, s->store_uuid, &pool, err) < 0)
		return -1;
	if (str_eq(pool->default_sr, sr))
		plan_set_string(p, &pool_class, pool->r.uuid, "default-SR", NULL);
	if (str_eq(pool->suspend_image_sr, sr))
		plan_set_string(p, &pool_class, pool->r.uuid, "suspend-image-SR", NULL);
	if (str_eq(pool->crash_dump_sr, sr))
		plan_set_string(p, &pool_class, pool->r.uuid, "crash-dump-SR", NULL);
	return 0;
}

static int plan_pbds(struct txn *t, const struct end *w, struct plan *p, struct vxe_error *err)
{
	_cleanup_records_ struct records pbds = { 0 };

	if (records_load(t, &pbd_class, "sr_uuid", w->uuid, &pbds, err) < 0)
		return -1;
	for (size_t i = 0; i < pbds.n; i++)
		plan_del(p, &pbd_class, ((const struct record *)pbds.items[i])->uuid);
	return 0;
}

/* Reads the location of an SR that has to be mounted from the device-config of its PBD. */
static int plan_medium(struct session *s, struct txn *t, const struct sr *sr, const struct end *w,
	struct plan *p, struct vxe_error *err)
{
	_cleanup_records_ struct records pbds = { 0 };
	_cleanup_sr_place_ struct sr_place place = { 0 };

	if (records_load(t, &pbd_class, "sr_uuid", sr->r.uuid, &pbds, err) < 0)
		return -1;
	if (!pbds.n || !sr_is_mounted(s, sr))
		return 0;
	if (sr_place_read(s, sr_type(sr), sr->r.uuid,
		    &((const struct pbd *)pbds.items[0])->device_config, &place, err) < 0)
		return -1;
	str_replace(&place.pool_name, sr->pool_name);
	plan_sr_place(p, &place);
	if (w->destroy && sr_content(sr) != SR_CDS && !plan_bool(p, "foreign-pool"))
		plan_keep_bool(p, CLEAN, true);
	return 0;
}

/* Plans to remove the SR's libvirt pool only if vxe has made it for this SR; another program's pool stays. */
static int plan_pool(struct session *s, const struct sr *sr, struct plan *p, struct vxe_error *err)
{
	if (session_facts(s->here, err) < 0)
		return -1;
	for (size_t i = 0; s->here->pools && i < s->here->pools->n; i++) {
		const struct hv_pool *pool = &s->here->pools->items[i];

		if (str_eq(pool->name, sr->pool_name) && str_eq(pool->uuid, sr->r.uuid) &&
			!sr->adopted)
			return 0;
	}
	plan_keep_bool(p, "foreign-pool", true);
	return 0;
}

static int plan_end(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const struct end *w = ctx;
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	locks_add(&p->locks, LOCK_RECORD, w->uuid, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || sr_get(t, w->uuid, &sr, err) < 0 ||
		sr_check_here(s, t, w->uuid, err) < 0)
		return -1;
	if (sr_check_operation(s, t, sr, w->destroy ? "destroy" : "forget", err) < 0)
		return -1;
	p->object = xstrdup(w->uuid);
	p->commit = COMMIT_STORE;
	if (plan_pbds(t, w, p, err) < 0 || plan_forgotten(t, w->uuid, p, err) < 0 ||
		plan_pool(s, sr, p, err) < 0 || plan_defaults(s, t, w->uuid, p, err) < 0)
		return -1;
	struct sr_place place = { .path = sr->path, .uuid = sr->r.uuid };

	plan_keep(p, "sr", sr->r.uuid);
	if (sr->adopted)
		plan_keep_bool(p, "adopted", true);
	if (sr_is_mounted(s, sr))
		plan_keep_bool(p, "mounted", true);
	if (str_is_empty(sr->path) || str_is_empty(sr->pool_name))
		plan_keep(p, "path", sr->path);
	else {
		place.pool_name = sr->pool_name;
		plan_sr_place(p, &place);
	}
	if (plan_medium(s, t, sr, w, p, err) < 0)
		return -1;
	if (!w->destroy &&
		(plan_vdis(t, w->uuid, p, err) < 0 || plan_nodes(t, w->uuid, p, err) < 0))
		return -1;
	plan_del(p, &sr_class, w->uuid);
	return 0;
}

int sr_destroy(struct session *s, const char *uuid, struct vxe_error *err)
{
	struct end w = { uuid, true };

	if (adopt_domains(s, err) < 0)
		return -1;
	op_recover_abandoned(s);
	return op_run(s, &sr_destroy_op, plan_end, &w, NULL, err);
}

int sr_forget(struct session *s, const char *uuid, struct vxe_error *err)
{
	struct end w = { uuid, false };

	if (adopt_domains(s, err) < 0)
		return -1;
	op_recover_abandoned(s);
	return op_run(s, &sr_forget_op, plan_end, &w, NULL, err);
}

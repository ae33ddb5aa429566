/* SPDX-License-Identifier: MIT */
/* sr-create and sr-introduce: the location of an SR, its marker file, its libvirt pool and its records. */
#include "objects/storage/sr_create.h"

#include "objects/disks/disks.h"
#include "objects/base/file_key.h"
#include "objects/base/file.h"
#include "objects/base/log.h"
#include "objects/base/uuid.h"
#include "objects/classes/host/host.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr_marker.h"
#include "objects/domain/adopt.h"
#include "objects/model/trial_run.h"
#include "objects/storage/marker/sr_word.h"
#include "objects/storage/sr_scan.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the place ------------------------------------------------------------------------------- */

#define TYPE "type"
#define PATH "path"
#define DEVICE "device"
#define HOST "server"
#define FOLDER "folder"
#define POOL "pool"
#define POOL_UUID "pool-uuid"
#define READ_ONLY "read-only"

const struct plan_member sr_place_members[] = {
	{ "sr", PLAN_UUID, "the SR" },
	{ PATH, PLAN_PATH, "the folder of the SR's files" },
	{ DEVICE, PLAN_STRING, "the block device with its file system" },
	{ HOST, PLAN_STRING, "the server, of an SR on a server" },
	{ FOLDER, PLAN_STRING, "the folder on that server" },
	{ POOL, PLAN_STRING, "name of libvirt's pool" },
	{ POOL_UUID, PLAN_UUID, "UUID of libvirt's pool" },
	{ "foreign-pool", PLAN_BOOL, "the pool is another program's and is not changed" },
	{ "keep-pool", PLAN_BOOL, "the pool is stopped, but not undefined" },
	{ "mounted", PLAN_BOOL, "the pool mounts a device or server" },
	{ 0 },
};

/* The mount point of an SR, beside the folder of Local storage, where QEMU may read. */
static char *mount_path(const struct session *s, const char *uuid)
{
	const char *base = s->config.image_dir ? s->config.image_dir : "";
	const char *slash = strrchr(base, '/');

	return xasprintf("%.*s/vxe-sr/%s", slash ? (int)(slash - base) : 0, base, uuid);
}

bool sr_is_mounted(const struct session *s, const struct sr *sr)
{
	_cleanup_free_ char *path = mount_path(s, sr->r.uuid);

	return str_eq(sr->path, path);
}

int sr_place_read(struct session *s, const struct sr_type *type, const char *uuid,
	const struct map *config, struct sr_place *ret, struct vxe_error *err)
{
	_cleanup_free_ char *mount = mount_path(s, uuid);

	ret->uuid = xstrdup(uuid);
	ret->pool_name = xasprintf("vxe-%.8s", uuid);
	return type->read_config(config, mount, ret, err);
}

void plan_sr_place(struct plan *p, const struct sr_place *place)
{
	plan_keep(p, PATH, place->path);
	plan_keep(p, POOL, place->pool_name);
	plan_keep(p, POOL_UUID, place->uuid);
	if (place->device)
		plan_keep(p, DEVICE, place->device);
	if (place->host) {
		plan_keep(p, HOST, place->host);
		plan_keep(p, FOLDER, place->folder);
	}
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* Reads the place from the plan. */
static void planned_place(const struct op *op, struct sr_place *ret)
{
	const struct plan *p = &op->plan;

	*ret = (struct sr_place){
		.path = xstrdup_null(plan_string(p, PATH)),
		.device = xstrdup_null(plan_string(p, DEVICE)),
		.host = xstrdup_null(plan_string(p, HOST)),
		.folder = xstrdup_null(plan_string(p, FOLDER)),
		.pool_name = xstrdup_null(plan_string(p, POOL)),
		.uuid = xstrdup_null(plan_string(p, POOL_UUID)),
	};
}

int step_pool_start(struct op *op, struct vxe_error *err)
{
	_cleanup_sr_place_ struct sr_place place = { 0 };
	struct hv *hv;

	planned_place(op, &place);
	if (!place.pool_name || plan_bool(&op->plan, "foreign-pool"))
		return 0;
	return session_hv(op->s->here, &hv, err) < 0 ? -1 : sr_attach(hv, &place, err);
}

int step_pool_stop(struct op *op, struct vxe_error *err)
{
	const char *name = plan_string(&op->plan, POOL);
	struct hv *hv;

	if (!name || plan_bool(&op->plan, "foreign-pool"))
		return 0;
	session_close_contents(op->s); /* a mount with open files cannot be undone */
	return session_hv(op->s->here, &hv, err) < 0
		? -1
		: hv_pool_stop(hv, name, !plan_bool(&op->plan, "keep-pool"), err);
}

/*
 * The SR type that the plan names. A plan made by an older vxe names none: if it had made anything, the SR was on a
 * device.
 */
static const struct sr_type *planned_type(const struct op *op)
{
	const char *name = plan_string(&op->plan, TYPE);

	for (size_t i = 0; !name && plan_string(&op->plan, DEVICE) && sr_types[i]; i++)
		if (sr_types[i]->make)
			return sr_types[i];
	return sr_type_of(name);
}

/* Makes a file system if the SR type needs one; the type's check_place() has found the device empty beforehand. */
static int make_file_system(struct op *op, struct vxe_error *err)
{
	const struct sr_type *type = planned_type(op);
	_cleanup_sr_place_ struct sr_place place = { 0 };

	planned_place(op, &place);
	return type->make ? type->make(&place, plan_string(&op->plan, "sr"), err) : 0;
}

static int remove_file_system(struct op *op, struct vxe_error *err)
{
	const struct sr_type *type = planned_type(op);
	_cleanup_sr_place_ struct sr_place place = { 0 };
	bool left = false;

	planned_place(op, &place);
	if (type->unmake && type->unmake(&place, plan_string(&op->plan, "sr"), &left, err) < 0)
		return -1;
	if (left)
		session_notice(op->s,
			"%s was empty when sr-create began to make a file system on it, but "
			"sr-create was interrupted; vxe leaves its present content alone. If "
			"nobody has used it since, 'dd if=/dev/zero of=%s bs=1M count=1' makes it "
			"empty again.",
			place.device, place.device);
	return 0;
}

/* Makes the folder and writes the marker into it; in an SR of CDs, which may be read-only, a failure does not matter. */
static int make_mark(struct op *op, struct vxe_error *err)
{
	const char *path = plan_string(&op->plan, PATH), *uuid = plan_string(&op->plan, "sr");
	_cleanup_mark_ struct sr_mark own = sr_mark_own(op->s, uuid), found = { 0 };

	if (sr_mark_make(path, &own, &found, err) < 0) {
		if (!plan_bool(&op->plan, READ_ONLY))
			return -1;
		log_info("%s is not marked: %s", path, code_info(err->code)->name);
		error_clear(err);
		return 0;
	}
	if (!str_eq(found.sr, uuid)) /* another store's SR of the same CDs keeps its marker */
		return plan_bool(&op->plan, READ_ONLY) ? 0 : vxe_fail(err, SR_DEVICE_IN_USE);
	if (sr_mark_check(op->s, path, &found, err) < 0)
		return -1;
	return str_eq(found.store, own.store) ? 0 : sr_mark_claim(op->s, path, &found, err);
}

/* Undo: removes the SR's marker file, and the SR's directory if this operation has made it and it is empty. */
static int remove_mark(struct op *op, struct vxe_error *err)
{
	const char *path = plan_string(&op->plan, PATH), *uuid = plan_string(&op->plan, "sr");
	_cleanup_mark_ struct sr_mark found = { 0 };
	_cleanup_free_ char *mark = xasprintf("%s/" SR_MARK, path);

	if (sr_mark_read(path, &found, err) < 0)
		return -1;
	if (str_eq(found.sr, uuid) && sr_mark_is_ours(op->s, &found) && sr_file_drop(mark, err) < 0)
		return -1;
	if (plan_bool(&op->plan, "new-directory")) {
		file_drop_drafts(mark);
		(void)rmdir(path);
	}
	return 0;
}

/*
 * An SR that has to be mounted can get its marker file only after its libvirt pool has been started; the directory of
 * any other SR must exist before it becomes a pool. So the order of these two steps depends on the SR.
 */
static int mount_or_mark(struct op *op, struct vxe_error *err)
{
	return plan_bool(&op->plan, "mounted") ? step_pool_start(op, err) : make_mark(op, err);
}

static int unmount_or_unmark(struct op *op, struct vxe_error *err)
{
	if (!plan_bool(&op->plan, "mounted"))
		return remove_mark(op, err);
	if (step_pool_stop(op, err) < 0)
		return -1;
	(void)rmdir(plan_string(&op->plan, PATH)); /* the mount point belongs to this SR alone */
	return 0;
}

static int mark_or_start_pool(struct op *op, struct vxe_error *err)
{
	return plan_bool(&op->plan, "mounted") ? make_mark(op, err) : step_pool_start(op, err);
}

static int unmark_or_stop_pool(struct op *op, struct vxe_error *err)
{
	return plan_bool(&op->plan, "mounted") ? remove_mark(op, err) : step_pool_stop(op, err);
}

static const struct plan_member sr_create_members[] = {
	{ TYPE, PLAN_STRING, "type of the SR; not in intents of older versions" },
	{ "new-directory", PLAN_BOOL, "the folder did not exist before" },
	{ READ_ONLY, PLAN_BOOL, "the folder may be read-only: an SR of CDs" },
	{ 0 },
};
static const struct step sr_create_steps[] = {
	{ "make-file-system", DO(make_file_system, remove_file_system), false },
	/* An SR that is mounted: the pool, then the marker; any other: the marker, then the pool. */
	{ "make-place", DO(mount_or_mark, unmount_or_unmark), false },
	{ "start-pool", DO(mark_or_start_pool, unmark_or_stop_pool), false },
	{ 0 },
};

const struct op_type sr_create_op = { "sr-create", "create", sr_create_steps,
	PLAN_MEMBERS(sr_place_members, sr_create_members), NULL };

/* ---- plan ------------------------------------------------------------------------------------ */

struct create {
	const struct sr_new *args;
	const struct sr_type *type;
	const char *uuid;
	struct sr_place place;
};

static int check_new_uuid(struct txn *t, const char *uuid, struct vxe_error *err)
{
	void *known = NULL;

	if (record_find(t, &sr_class, uuid, &known, err) < 0)
		return -1;
	if (!known)
		return 0;
	record_free(&sr_class, known);
	return vxe_fail(err, SR_UUID_EXISTS, uuid);
}

/* True if @path is, or lies in, the folder of the store, or of the host's own one if its records are in a pool's. */
static bool is_in_store(const struct session *s, const char *path)
{
	const char *store = s->mark.dir ? s->mark.dir : s->config.store;
	_cleanup_free_ char *at = xstrdup(path);
	bool below = store && file_is_same(at, store);

	for (char *slash = strrchr(at, '/'); store && !below && slash > at;
		slash = strrchr(at, '/')) {
		*slash = '\0';
		below = file_is_same(at, store);
	}
	return below;
}

/* Refuses a path at which another host has an SR of its own: a shared SR has its path on all hosts. */
static int check_path_free(
	struct session *s, struct txn *t, const char *path, struct vxe_error *err)
{
	_cleanup_strv_ struct strv elsewhere = { 0 };

	if (srs_elsewhere(s, t, &elsewhere, err) < 0)
		return -1;
	for (size_t i = 0; i < elsewhere.n; i++) {
		_cleanup_free_ char *other = NULL;

		if (record_text(t, &sr_class, elsewhere.items[i], "path", &other, err) < 0)
			return -1;
		if (str_eq(other, path))
			return vxe_fail(err, SR_DEVICE_IN_USE);
	}
	return 0;
}

/* Refuses a location that another SR has, and a location inside the store's folder. */
static int check_sr_free(
	struct session *s, struct txn *t, const struct create *w, struct vxe_error *err)
{
	_cleanup_records_ struct records srs = { 0 };
	_cleanup_mark_ struct sr_mark mark = { 0 };

	if (check_new_uuid(t, w->uuid, err) < 0 || srs_here(s, t, &srs, err) < 0)
		return -1;
	for (size_t i = 0; i < srs.n; i++) {
		const struct sr *sr = srs.items[i];

		if (!str_is_empty(sr->path) && file_is_same(sr->path, w->place.path))
			return vxe_fail(err, SR_DEVICE_IN_USE);
	}
	if (w->args->shared && check_path_free(s, t, w->place.path, err) < 0)
		return -1;
	if (is_in_store(s, w->place.path))
		return vxe_fail(err, SR_DEVICE_IN_USE);
	/* any number of stores may read a folder of CDs */
	if (sr_place_is_mounted(&w->place) || w->type->content == SR_CDS)
		return 0;
	if (sr_mark_read(w->place.path, &mark, err) < 0)
		return -1;
	if (mark.sr && !str_eq(mark.sr, w->uuid))
		return vxe_fail(err, SR_DEVICE_IN_USE);
	return sr_mark_check(s, w->place.path, &mark, err);
}

/* Uses the pool that another program has made for this directory, if there is one. */
static void use_pool(const struct session *s, struct sr_place *place)
{
	for (size_t i = 0; s->here->pools && i < s->here->pools->n; i++) {
		const struct hv_pool *p = &s->here->pools->items[i];

		if (!p->path || !file_is_same(p->path, place->path))
			continue;
		str_replace(&place->pool_name, p->name);
		str_replace(&place->uuid, p->uuid);
	}
}

static void put_sr(const struct create *w, struct plan *p)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = record_new(&sr_class);
	const struct sr_new *a = w->args;

	sr->r.uuid = xstrdup(w->uuid);
	str_replace(&sr->name_label, a->name_label);
	if (a->name_description)
		str_replace(&sr->name_description, a->name_description);
	str_replace(&sr->type, w->type->name);
	const char *content = w->type->content == SR_CDS ? w->type->content_type : "";
	str_replace(&sr->content_type, a->content_type ? a->content_type : content);
	sr->shared = a->shared;
	if (a->sm_config)
		map_copy(&sr->sm_config, a->sm_config);
	str_replace(&sr->path, w->place.path);
	str_replace(&sr->pool_name, w->place.pool_name);
	plan_add(p, &sr_class, sr);
}

static void put_pbd(
	const struct session *s, const struct create *w, const char *host, struct plan *p)
{
	_cleanup_(pbd_free_cleanup) struct pbd *pbd = record_new(&pbd_class);
	bool here = session_is_here(s, host);
	_cleanup_free_ char *name = here ? xstrdup("pbd") : xasprintf("pbd:%s", host);

	pbd->r.uuid = uuid_derive(w->uuid, name);
	str_replace(&pbd->host, host);
	str_replace(&pbd->sr, w->uuid);
	if (w->args->device_config)
		map_copy(&pbd->device_config, w->args->device_config);
	/* Where a device or export has to be mounted, pbd-plug does that there. */
	pbd->unplugged = !here && sr_place_is_mounted(&w->place);
	plan_add(p, &pbd_class, pbd);
}

/* A shared SR is every host's. Whoever uses it looks for its marker first, so the folder may be mounted there later. */
static int put_pbds(const struct session *s, struct txn *t, const struct create *w, struct plan *p,
	struct vxe_error *err)
{
	_cleanup_records_ struct records hosts = { 0 };

	put_pbd(s, w, s->here->uuid, p);
	if (!w->args->shared || s->pool_size <= 1)
		return 0;
	if (w->place.device) {
		(void)vxe_fail(err, INVALID_VALUE, "shared", "true");
		error_note(err, "two hosts that mount %s would destroy its file system",
			w->place.device);
		return -1;
	}
	if (records_load(t, &host_class, NULL, NULL, &hosts, err) < 0)
		return -1;
	for (size_t i = 0; i < hosts.n; i++) {
		const struct host *h = hosts.items[i];

		if (!session_is_here(s, h->r.uuid))
			put_pbd(s, w, h->r.uuid, p);
	}
	return 0;
}

static int plan_sr_create(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct create *w = ctx;
	_cleanup_txn_ struct txn *t = NULL;
	struct content_stat f;

	locks_add(&p->locks, LOCK_RECORD, w->uuid, LEASE_EXCLUSIVE);
	/*
	 * When sr-create is repeated after a crash, the new SR has another UUID but the same location: a lock derived
	 * from the location makes the new command recover the interrupted one.
	 */
	_cleanup_free_ char *device = w->place.device ? realpath(w->place.device, NULL) : NULL;
	_cleanup_free_ char *name = NULL, *uuid = NULL;

	if (w->place.host)
		name = xasprintf("%s:%s", w->place.host, w->place.folder);
	else
		name = xstrdup(device ? device : w->place.device ? w->place.device : w->place.path);
	uuid = uuid_derive(s->store_uuid, name);
	locks_add(&p->locks, LOCK_RECORD, uuid, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (session_facts(s->here, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		check_sr_free(s, t, w, err) < 0 ||
		(w->type->check_place && w->type->check_place(&w->place, err) < 0) ||
		disk_file_stat(content_of(s, w->place.path), &f, err) < 0)
		return -1;
	use_pool(s, &w->place);
	p->object = xstrdup(w->uuid);
	p->commit = COMMIT_STORE;
	plan_sr_place(p, &w->place);
	plan_keep(p, "sr", w->uuid);
	plan_keep(p, TYPE, w->type->name);
	if (!f.exists)
		plan_keep_bool(p, "new-directory", true);
	if (w->type->content == SR_CDS)
		plan_keep_bool(p, READ_ONLY, true);
	if (sr_place_is_mounted(&w->place))
		plan_keep_bool(p, "mounted", true);
	/* the libvirt pool belongs to another program and stays as it is */
	if (!str_eq(w->place.uuid, w->uuid))
		plan_keep_bool(p, "foreign-pool", true);
	put_sr(w, p);
	return put_pbds(s, t, w, p, err);
}

int sr_create(struct session *s, const struct sr_new *args, char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *uuid = args->uuid ? xstrdup(args->uuid) : uuid_new();
	_cleanup_error_ struct vxe_error later = { 0 };
	struct create w = { args, sr_type_find(args->type), uuid, { 0 } };
	int r;

	if (!w.type)
		return vxe_fail(err, SR_UNKNOWN_DRIVER, args->type);
	if (adopt_domains(s, err) < 0)
		return -1;
	r = sr_place_read(s, w.type, uuid, args->device_config, &w.place, err);
	if (r == 0)
		r = op_run(s, &sr_create_op, plan_sr_create, &w, NULL, err);
	sr_place_clear(&w.place);
	if (r == 0 && sr_word_renew(s, uuid, &later) < 0) {
		log_warn("SR %s has no word: %s", uuid, code_info(later.code)->name);
		error_clear(&later);
	}
	/* Scans at once, because scripts use the CDs right after sr-create. */
	if (r == 0 && w.type->content == SR_CDS && sr_scan(s, uuid, &later) < 0)
		log_warn("SR %s was not scanned: %s", uuid, code_info(later.code)->name);
	if (r == 0)
		*ret = TAKE(uuid);
	return r;
}

/* ---- sr-introduce ---------------------------------------------------------------------------- */

static int put_introduced(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct create *w = ctx;
	const struct sr_new *a = w->args;
	_cleanup_(sr_free_cleanup) struct sr *sr = record_new(&sr_class);

	if (check_new_uuid(t, w->uuid, err) < 0)
		return -1;
	sr->r.uuid = xstrdup(w->uuid);
	str_replace(&sr->name_label, a->name_label);
	if (a->name_description)
		str_replace(&sr->name_description, a->name_description);
	str_replace(&sr->type, w->type->name);
	str_replace(&sr->content_type, a->content_type ? a->content_type : "");
	sr->shared = a->shared;
	if (a->sm_config)
		map_copy(&sr->sm_config, a->sm_config);
	sr->detached = true;
	return record_add(t, &sr_class, sr, err);
}

int sr_introduce(struct session *s, const struct sr_new *args, struct vxe_error *err)
{
	struct create w = { args, sr_type_find(args->type), args->uuid, { 0 } };

	if (!w.type)
		return vxe_fail(err, SR_UNKNOWN_DRIVER, args->type);
	if (!uuid_is_valid(args->uuid))
		return vxe_fail(err, INVALID_VALUE, "uuid", args->uuid);
	if (adopt_domains(s, err) < 0)
		return -1;
	return record_update(s, put_introduced, &w, err);
}

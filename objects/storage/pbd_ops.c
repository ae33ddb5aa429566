/* SPDX-License-Identifier: MIT */
/* pbd-create, -destroy, -plug, -unplug: attach and detach an SR. */
#include "objects/storage/pbd_ops.h"

#include "objects/base/far/far_file.h"
#include "objects/base/file_key.h"
#include "objects/base/log.h"
#include "objects/base/uuid.h"
#include "objects/classes/host/host.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr_marker.h"
#include "objects/classes/storage/sr_place.h"
#include "objects/domain/adopt.h"
#include "objects/engine/op_recover.h"
#include "objects/model/trial_run.h"
#include "objects/storage/marker/sr_word.h"
#include "objects/storage/sr_create.h"
#include "objects/storage/sr_records_file.h"
#include "objects/storage/sr_scan.h"
#include "objects/storage/vdi_loaded.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <unistd.h>

/* ---- pbd-create, pbd-destroy ----------------------------------------------------------------- */

struct create {
	struct session *s;
	const char *host, *sr, *uuid;
	const struct map *config;
	struct sr_place place;
};

/* What another host has, only that host can look at. */
static int check_pbd_host(struct session *s, const char *host, struct vxe_error *err)
{
	struct session_host *h;

	return session_is_here(s, host) ? 0 : session_host(s, host, &h, err);
}

/*
 * Checks that a further host may have the SR: it is shared, not on a device, and its folder has one path on all hosts, because the
 * definitions of VMs and the headers of images name files by it. The marker tells the folder from an empty mount point.
 */
static int check_further(
	const struct create *w, const struct sr *sr, const struct pbd *known, struct vxe_error *err)
{
	_cleanup_mark_ struct sr_mark mark = { 0 };

	if (!sr->shared || w->place.device)
		return vxe_fail(err, SR_NOT_SHARABLE, sr->r.uuid, known->host);
	if (!str_eq(w->place.path, sr->path)) {
		(void)vxe_fail(err, SR_ATTACH_FAILED, sr->r.uuid);
		error_note(err, "a shared SR has the same path on each host: %s", sr->path);
		return -1;
	}
	if (sr_place_is_mounted(&w->place) || sr_content(sr) == SR_CDS)
		return 0;
	if (sr_mark_read(sr->path, &mark, err) < 0)
		return -1;
	if (str_eq(mark.sr, sr->r.uuid))
		return 0;
	(void)vxe_fail(err, SR_ATTACH_FAILED, sr->r.uuid);
	error_note(err, "%s has no marker of this SR: is it mounted?", sr->path);
	return -1;
}

/* The PBD of the host is the first that the SR has. */
static int put_first(struct txn *t, const struct create *w, struct sr *sr, struct vxe_error *err)
{
	str_replace(&sr->path, w->place.path);
	str_replace(&sr->pool_name, w->place.pool_name);
	sr->pool_due = false; /* pbd-plug defines it */
	sr->detached = true;
	return record_save(t, &sr_class, sr, err);
}

static int put_pbd(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct create *w = ctx;
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_(host_free_cleanup) struct host *host = NULL;
	_cleanup_(pbd_free_cleanup) struct pbd *pbd = record_new(&pbd_class);
	_cleanup_records_ struct records known = { 0 };

	if (host_get(t, w->host, &host, err) < 0 || sr_get(t, w->sr, &sr, err) < 0 ||
		records_load(t, &pbd_class, "sr_uuid", w->sr, &known, err) < 0)
		return -1;
	for (size_t i = 0; i < known.n; i++) {
		const struct pbd *of = known.items[i];

		if (str_eq(of->host, w->host) || w->s->pool_size <= 1)
			return vxe_fail(err, PBD_EXISTS, w->sr, w->host, of->r.uuid);
	}
	if (check_pbd_host(w->s, w->host, err) < 0 ||
		(known.n && check_further(w, sr, known.items[0], err) < 0))
		return -1;
	pbd->r.uuid = xstrdup(w->uuid);
	str_replace(&pbd->host, w->host);
	str_replace(&pbd->sr, w->sr);
	map_copy(&pbd->device_config, w->config);
	pbd->unplugged = known.n > 0;
	if (!known.n && put_first(t, w, sr, err) < 0)
		return -1;
	return record_add(t, &pbd_class, pbd, err);
}

static int load_sr(struct session *s, const char *uuid, struct sr **ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (adopt_domains(s, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	return sr_get(t, uuid, ret, err);
}

int pbd_create(struct session *s, const char *host, const char *sr_uuid,
	const struct map *device_config, char **ret, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_free_ char *uuid = uuid_new();
	struct create w = { s, host, sr_uuid, uuid, device_config, { 0 } };

	if (load_sr(s, sr_uuid, &sr, err) < 0)
		return -1;
	int r = sr_place_read(s, sr_type(sr), sr_uuid, device_config, &w.place, err);

	if (r == 0)
		r = record_update(s, put_pbd, &w, err);
	sr_place_clear(&w.place);
	if (r == 0)
		*ret = TAKE(uuid);
	return r;
}

static int del_pbd(struct txn *t, void *ctx, struct vxe_error *err)
{
	const char *uuid = ctx;
	_cleanup_(pbd_free_cleanup) struct pbd *pbd = NULL;
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	if (pbd_get(t, uuid, &pbd, err) < 0 || (pbd->sr && sr_find(t, pbd->sr, &sr, err) < 0))
		return -1;
	if (sr && !sr->detached && !pbd->unplugged)
		return vxe_fail(
			err, OPERATION_NOT_ALLOWED, "The PBD is attached; unplug it first.");
	return txn_del(t, pbd_class.name, uuid, err);
}

int pbd_destroy(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_free_ char *object = xstrdup(uuid);

	if (adopt_domains(s, err) < 0 || op_recover_object(s, uuid, err) < 0)
		return -1;
	return record_update(s, del_pbd, object, err);
}

/* ---- plugging -------------------------------------------------------------------------------- */

#define MARKED "marked"
#define TAKE_OVER "take-over"
#define MARK_STORE "mark-store"
#define MARK_HOST "mark-host"
#define MARK_AT "mark-at"
#define OTHERS "others"

/* Reads the SR's marker file; ret->sr is NULL if the plan is to change no marker, or if the file is another SR's. */
static int read_mark(const struct op *op, struct sr_mark *ret, struct vxe_error *err)
{
	*ret = (struct sr_mark){ 0 };
	if (!plan_bool(&op->plan, MARKED) ||
		sr_mark_read(plan_string(&op->plan, "path"), ret, err) < 0)
		return plan_bool(&op->plan, MARKED) ? -1 : 0;
	if (!str_eq(ret->sr, plan_string(&op->plan, "sr")))
		sr_mark_clear(ret);
	return 0;
}

/*
 * Writes this store's UUID into the SR's marker file, so that other stores are refused. The marker of an SR that has to
 * be mounted can be read only in this step, after the mount.
 */
static int claim_mark(struct op *op, struct vxe_error *err)
{
	_cleanup_mark_ struct sr_mark found = { 0 };
	const char *path = plan_string(&op->plan, "path");

	if (read_mark(op, &found, err) < 0)
		return -1;
	if (!found.sr || str_eq(found.store, op->s->store_uuid))
		return 0;
	if (!plan_bool(&op->plan, TAKE_OVER) && sr_mark_check(op->s, path, &found, err) < 0)
		return -1;
	return sr_mark_claim(op->s, path, &found, err);
}

/* Puts the planned owner back into the SR's marker file; the marker of an unplugged SR names no store. */
static int release_mark(struct op *op, struct vxe_error *err)
{
	const struct plan *p = &op->plan;
	_cleanup_mark_ struct sr_mark found = { 0 };
	struct sr_mark before = { 0 };

	if (plan_bool(p, OTHERS))
		return 0;
	if (read_mark(op, &found, err) < 0)
		return -1;
	if (!found.sr || !sr_mark_is_ours(op->s, &found))
		return 0;
	before.sr = xstrdup(found.sr);
	before.store = xstrdup_null(plan_string(p, MARK_STORE));
	before.host = xstrdup_null(plan_string(p, MARK_HOST));
	before.at = xstrdup_null(plan_string(p, MARK_AT));
	before.word = xstrdup_null(found.word);
	int r = str_eq(found.store, before.store)
		? 0
		: sr_mark_write(plan_string(p, "path"), &before, err);

	sr_mark_clear(&before);
	return r;
}

static const struct plan_member pbd_members[] = {
	{ MARKED, PLAN_BOOL, "the SR has a marker that names its store" },
	{ TAKE_OVER, PLAN_BOOL, "the marker may name another store" },
	{ MARK_STORE, PLAN_STRING, "the store in the marker before" },
	{ MARK_HOST, PLAN_STRING, "the host in the marker before" },
	{ MARK_AT, PLAN_STRING, "the time in the marker before" },
	{ OTHERS, PLAN_BOOL, "another host has the SR plugged: its files stay in use" },
	{ 0 },
};
static int load_planned_sr(struct op *op, struct sr **ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(op->s->store, TXN_READ, &t, err) < 0)
		return -1;
	return sr_get(t, plan_string(&op->plan, "sr"), ret, err);
}

/* What has been mounted must be the SR's storage, unless the user says that it is from now on. */
static int check_storage(struct op *op, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	if (!plan_bool(&op->plan, MARKED) || op->s->pool_size <= 1 || op->s->wishes->force)
		return 0;
	if (load_planned_sr(op, &sr, err) < 0)
		return -1;
	sr->detached = false; /* as soon as this is done */
	return sr_check_storage(op->s->store, sr, err);
}

static const struct step plug_steps[] = {
	{ "start-pool", DO(step_pool_start, step_pool_stop), false },
	{ "check-storage", DO(check_storage, NULL), false },
	{ "claim-mark", DO(claim_mark, release_mark), false },
	{ 0 },
};

/*
 * Writes the records of the SR's disks into a file beside the disks, as long as the SR can be reached. Records in an
 * existing file are read into the store first, because a vxe that plugged the SR and died before its scan has not read
 * them.
 */
static int keep_records(struct op *op, struct vxe_error *err)
{
	_cleanup_mark_ struct sr_mark found = { 0 };
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	if (plan_bool(&op->plan, OTHERS))
		return 0;
	if (load_planned_sr(op, &sr, err) < 0 || read_mark(op, &found, err) < 0)
		return -1;
	if (!sr_mark_is_ours(op->s,
		    &found)) /* another store has taken the SR over: the file belongs to it */
		return 0;
	if (far_answers(sr->path) == 0 && access(sr->path, F_OK) < 0 &&
		errno == ENOENT) /* the folder itself has gone */
		return 0;
	if ((sr->adopted || sr_restore_records(op->s, sr, err) == 0) &&
		sr_keep_records(op->s, sr, err) == 0)
		return 0;
	/* an SR of CDs may be read-only, so the file of records may be missing there */
	if (sr_content(sr) != SR_CDS)
		return -1;
	error_clear(err);
	return 0;
}

/*
 * Restores the records of the SR's disks from the file beside the disks and removes the file, which would soon be out
 * of date because the SR is used again.
 */
static int take_records(struct op *op, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	if (plan_bool(&op->plan, OTHERS))
		return 0;
	if (load_planned_sr(op, &sr, err) < 0)
		return -1;
	return sr->adopted ? 0 : sr_restore_records(op->s, sr, err);
}

static const struct step unplug_steps[] = {
	{ "keep-records", DO(keep_records, take_records), false },
	{ "release-mark", DO(release_mark, claim_mark), false },
	{ "stop-pool", DO(step_pool_stop, step_pool_start), false },
	{ 0 },
};

const struct op_type pbd_plug_op = { "pbd-plug", "plug", plug_steps,
	PLAN_MEMBERS(sr_place_members, pbd_members), NULL };
const struct op_type pbd_unplug_op = { "pbd-unplug", "unplug", unplug_steps,
	PLAN_MEMBERS(sr_place_members, pbd_members), NULL };

struct plug {
	const char *uuid;
	bool plug;
	char *sr;
};

static int load_pbd(struct session *s, const char *uuid, struct pbd **pbd, struct sr **sr,
	struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (adopt_domains(s, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		pbd_get(t, uuid, pbd, err) < 0 || check_pbd_host(s, (*pbd)->host, err) < 0)
		return -1;
	return sr_get(t, (*pbd)->sr, sr, err);
}

static bool has_files(const char *dir)
{
	_cleanup_dir_ DIR *d = far_answers(dir) < 0 ? NULL : opendir(dir);
	const struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			return true;
	return false;
}

/*
 * Folders of CDs need no marker; an empty folder counts as an empty mount point if CDs of the SR
 * are on record.
 */
static int has_cds(
	struct session *s, const struct sr *sr, const char *dir, bool *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &vdi_class, "sr", sr->r.uuid, &vdis, err) < 0)
		return -1;
	*ret = vdis.n ? has_files(dir) : far_answers(dir) == 0 && access(dir, R_OK | X_OK) == 0;
	return 0;
}

/* Takes over another store's SR only if the user has set on the SR that this may be done. */
static int plan_claim(struct session *s, const struct sr_place *place, const struct sr_mark *found,
	struct plan *p, struct vxe_error *err)
{
	if (sr_mark_is_ours(s, found))
		return 0;
	if (!plan_bool(p, TAKE_OVER))
		return sr_mark_check(s, place->path, found, err);
	plan_keep(p, MARK_STORE, found->store);
	if (found->host)
		plan_keep(p, MARK_HOST, found->host);
	if (found->at)
		plan_keep(p, MARK_AT, found->at);
	return 0;
}

/* Checks that a directory has the SR's marker; of an SR that is mounted this is checked after the mount. */
static int check_mark(struct session *s, const struct sr *sr, const struct sr_place *place,
	struct plan *p, struct vxe_error *err)
{
	_cleanup_mark_ struct sr_mark mark = { 0 };
	bool cds = false;

	if (sr->adopted || sr_place_is_mounted(place))
		return 0;
	assert(place->path); /* all types without a mount have a path */
	if (sr_mark_read(place->path, &mark, err) < 0)
		return -1;
	if (!str_eq(mark.sr, sr->r.uuid) && sr_content(sr) == SR_CDS &&
		has_cds(s, sr, place->path, &cds, err) < 0)
		return -1;
	if (str_eq(mark.sr, sr->r.uuid))
		return sr_content(sr) == SR_CDS ? 0 : plan_claim(s, place, &mark, p, err);
	if (cds || (!mark.sr && s->wishes->force && s->pool_size > 1 && sr->shared))
		return 0;
	(void)vxe_fail(err, SR_ATTACH_FAILED, sr->r.uuid);
	error_note(err, "%s/" SR_MARK " is not the marker of this SR", place->path);
	return -1;
}

/* *ret: the disks of the SR that VMs of other hosts do not have to themselves. */
static int find_disks(struct session *s, const char *sr, struct strv *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &vdi_class, "sr", sr, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n; i++) {
		_cleanup_error_ struct vxe_error elsewhere = { 0 };
		const char *uuid = ((const struct record *)vdis.items[i])->uuid;

		if (vdi_check_home(s, t, uuid, &elsewhere) == 0)
			strv_add(ret, uuid);
		else if (elsewhere.code != HOST_OFFLINE) {
			error_move(err, &elsewhere);
			return -1;
		}
	}
	return 0;
}

/* Refuses while a running or Suspended VM of this host has a disk of the SR. */
static int check_idle(struct session *s, const char *sr, struct plan *p, struct vxe_error *err)
{
	_cleanup_strv_ struct strv vdis = { 0 };

	if (find_disks(s, sr, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n; i++) {
		_cleanup_vdi_loaded_ struct vdi_loaded u = { 0 };

		if (vdi_load(s, vdis.items[i], LEASE_EXCLUSIVE, p, &u, err) < 0 ||
			vdi_check_idle(s, &u, "unplug", err) < 0)
			return -1;
	}
	return 0;
}

static bool is_our_pool(const struct session *s, const struct sr *sr)
{
	for (size_t i = 0; s->here->pools && i < s->here->pools->n; i++) {
		const struct hv_pool *p = &s->here->pools->items[i];

		if (str_eq(p->name, sr->pool_name))
			return str_eq(p->uuid, sr->r.uuid);
		if (p->path && file_is_same(p->path, sr->path))
			return false;
	}
	return true;
}

/* Clears the user's permission to take the SR over: it counts once. */
static void plan_take_over(struct plan *p, struct sr *sr)
{
	if (!str_eq(map_get(&sr->other_config, "take-over"), "true"))
		return;
	plan_keep_bool(p, TAKE_OVER, true);
	map_remove(&sr->other_config, "take-over");
	plan_set_field(p, &sr_class, sr, "other-config");
}

/*
 * Plans who has the SR plugged afterwards: its record says whether any host has, and in a pool each PBD whether its
 * host has unplugged it. If the SR was plugged nowhere, this is the only host that has it plugged now.
 */
static int plan_plugged(struct session *s, const struct plug *w, struct pbd *pbd, struct sr *sr,
	struct plan *p, struct vxe_error *err)
{
	_cleanup_records_ struct records all = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	bool others = false;

	if (s->pool_size > 1 &&
		(txn_begin(s->store, TXN_READ, &t, err) < 0 ||
			records_load(t, &pbd_class, "sr_uuid", sr->r.uuid, &all, err) < 0))
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		struct pbd *of = all.items[i];

		if (str_eq(of->r.uuid, pbd->r.uuid) || of->unplugged)
			continue;
		others |= !sr->detached;
		of->unplugged = true;
		if (sr->detached)
			plan_set_field(p, &pbd_class, of, "unplugged");
	}
	if (others)
		plan_keep_bool(p, OTHERS, true);
	if (all.n && pbd->unplugged == w->plug) {
		pbd->unplugged = !w->plug;
		plan_set_field(p, &pbd_class, pbd, "unplugged");
	}
	if (sr->detached == w->plug && !others) {
		sr->detached = !w->plug;
		plan_set_field(p, &sr_class, sr, "detached");
	}
	return 0;
}

static int plan_plug(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct plug *w = ctx;
	_cleanup_(pbd_free_cleanup) struct pbd *pbd = NULL;
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_sr_place_ struct sr_place place = { 0 };

	if (load_pbd(s, w->uuid, &pbd, &sr, err) < 0)
		return -1;
	locks_add(&p->locks, LOCK_RECORD, w->uuid, LEASE_EXCLUSIVE);
	locks_add(&p->locks, LOCK_RECORD, pbd->sr, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	str_replace(&w->sr, pbd->sr);
	if (session_facts(s->here, err) < 0)
		return -1;
	p->object = xstrdup(w->uuid);
	p->commit = COMMIT_STORE;
	plan_keep(p, "sr", sr->r.uuid);
	/* the PBD is already attached (or detached) as asked; xe does nothing then, too */
	if ((sr->detached || pbd->unplugged) == !w->plug)
		return 0;
	if (!sr->adopted) {
		if (sr_place_read(s, sr_type(sr), sr->r.uuid, &pbd->device_config, &place, err) < 0)
			return -1;
		str_replace(&place.pool_name, sr->pool_name);
		plan_sr_place(p, &place);
	}
	if (sr->adopted || str_is_empty(sr->pool_name) || !is_our_pool(s, sr))
		plan_keep_bool(p, "foreign-pool", true);
	plan_keep_bool(p, "keep-pool", true);
	if (plan_plugged(s, w, pbd, sr, p, err) < 0)
		return -1;
	if (!sr->adopted && sr_content(sr) != SR_CDS)
		plan_keep_bool(p, MARKED, true);
	if (w->plug)
		plan_take_over(p, sr);
	return w->plug ? check_mark(s, sr, &place, p, err) : check_idle(s, sr->r.uuid, p, err);
}

int pbd_plug(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error later = { 0 };
	struct plug w = { .uuid = uuid, .plug = true };
	int r = op_run(s, &pbd_plug_op, plan_plug, &w, NULL, err);

	if (r == 0)
		r = s->wishes->force ? sr_take_marker(s, w.sr, err) : sr_word_renew(s, w.sr, err);
	if (r == 0 && sr_scan(s, w.sr, &later) < 0)
		log_warn("SR %s was not scanned: %s", w.sr, code_info(later.code)->name);
	free(w.sr);
	return r;
}

int pbd_unplug(struct session *s, const char *uuid, struct vxe_error *err)
{
	struct plug w = { .uuid = uuid };

	/* unfinished operations must be recovered while the SR's files can be reached */
	op_recover_abandoned(s);
	int r = op_run(s, &pbd_unplug_op, plan_plug, &w, NULL, err);

	free(w.sr);
	return r;
}

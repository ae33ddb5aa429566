/* SPDX-License-Identifier: MIT */
/* Chooses the SR for new files, and checks that it is mounted. */
#include "objects/classes/storage/sr_place.h"

#include "objects/base/log.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr_marker.h"

int sr_default(struct session *s, struct txn *t, struct sr **ret, struct vxe_error *err)
{
	_cleanup_(pool_free_cleanup) struct pool *pool = NULL;

	*ret = NULL;
	if (pool_get(t, s->store_uuid, &pool, err) < 0)
		return -1;
	return str_is_empty(pool->default_sr) ? 0
					      : sr_default_here(s, t, pool->default_sr, ret, err);
}

static int need_default(struct session *s, struct txn *t, struct sr **ret, struct vxe_error *err)
{
	if (sr_default(s, t, ret, err) < 0)
		return -1;
	return *ret ? 0 : vxe_fail(err, DEFAULT_SR_NOT_FOUND, NOT_IN_DATABASE);
}

int overlay_sr(struct session *s, struct txn *t, const struct node *base, struct sr **ret,
	struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	if (base && sr_get(t, base->sr, &sr, err) < 0)
		return -1;
	if (!sr || sr_content(sr) != SR_DISKS)
		return need_default(s, t, ret, err);
	*ret = TAKE(sr);
	return 0;
}

/*
 * Writes this store's name into the marker of an SR that the store has attached, if an older vxe made the marker
 * without it.
 */
static void name_store(const struct session *s, const struct sr *sr, const struct sr_mark *m)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };

	if (!str_eq(m->store, s->store_uuid) && !s->wishes->dry_run &&
		sr_mark_claim(s, sr->path, m, &ignored) < 0)
		log_info("the marker of %s still names no store", sr->path);
}

static int check_sr_host(struct session *s, const struct sr *sr, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (s->pool_size <= 1)
		return 0;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || sr_check_here(s, t, sr->r.uuid, err) < 0)
		return -1;
	int plugged = sr_is_plugged(s, t, sr, err);

	return plugged > 0 ? 0 : plugged < 0 ? -1 : vxe_fail(err, SR_NOT_ATTACHED, sr->r.uuid);
}

int sr_check_storage(struct store *store, const struct sr *sr, struct vxe_error *err)
{
	_cleanup_free_ char *why = NULL;

	if (!sr_has_word(sr))
		return 0;
	if (sr_judge_storage(store, sr, &why, err) < 0)
		return -1;
	if (!why)
		return 0;
	(void)vxe_fail(err, SR_NOT_ATTACHED, sr->r.uuid);
	error_note(err, "the storage of the SR '%s' is not mounted on this host: %s",
		sr->name_label, why);
	return -1;
}

/* Fails if the SR's file system is not mounted: an empty mount point would look like an SR without files. */
int sr_check_mounted(struct session *s, const struct sr *sr, struct vxe_error *err)
{
	_cleanup_mark_ struct sr_mark mark = { 0 };

	if (check_sr_host(s, sr, err) < 0)
		return -1;
	if (sr->detached || str_is_empty(sr->path))
		return vxe_fail(err, SR_NOT_ATTACHED, sr->r.uuid);
	/* An SR of CDs needs no marker: pbd-plug has checked the device, and nobody writes to it. */
	if (sr->adopted || sr_content(sr) == SR_CDS)
		return 0;
	if ((s->pool_size > 1 && sr_check_storage(s->store, sr, err) < 0) ||
		sr_mark_read(sr->path, &mark, err) < 0)
		return -1;
	if (str_eq(mark.sr, sr->r.uuid)) {
		if (sr_mark_check(s, sr->path, &mark, err) < 0)
			return -1;
		name_store(s, sr, &mark);
		return 0;
	}
	(void)vxe_fail(err, SR_NOT_ATTACHED, sr->r.uuid);
	error_note(err, "%s has no marker of this SR: is it mounted?", sr->path);
	return -1;
}

int sr_check_takes_files(struct session *s, const struct sr *sr, struct vxe_error *err)
{
	if (sr_content(sr) != SR_DISKS)
		return vxe_fail(err, SR_OPERATION_NOT_SUPPORTED, sr->r.uuid);
	return sr_check_mounted(s, sr, err);
}

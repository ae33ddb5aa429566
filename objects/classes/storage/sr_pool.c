/* SPDX-License-Identifier: MIT */
/* Defines libvirt's pool of the SR "Local storage" when an operation has put the first image into the SR. */
#include "objects/classes/storage/sr_pool.h"

#include "backends/hv/hv_definitions.h"
#include "objects/base/file_key.h"
#include "objects/base/log.h"
#include "objects/classes/storage/sr.h"

const struct hv_pool *sr_pool_at(const struct session *s, const char *path)
{
	for (size_t i = 0; i < s->here->pools->n; i++)
		if (file_is_same(s->here->pools->items[i].path, path))
			return &s->here->pools->items[i];
	return NULL;
}

static bool pool_name_taken(const struct session *s, const char *name)
{
	for (size_t i = 0; i < s->here->pools->n; i++)
		if (str_eq(s->here->pools->items[i].name, name))
			return true;
	return false;
}

/* *ret: the name of the pool that the SR's folder has in libvirt; defines the pool if there is none. Owned. */
static int define_pool(struct session *s, const struct sr *sr, char **ret, struct vxe_error *err)
{
	if (session_facts_again(s->here, err) < 0)
		return -1;
	const struct hv_pool *there = sr_pool_at(s, sr->path);
	_cleanup_free_ char *name = there   ? xstrdup(there->name)
		: pool_name_taken(s, "vxe") ? xasprintf("vxe-%.8s", sr->r.uuid)
					    : xstrdup("vxe");
	const struct sr_place place = { .uuid = sr->r.uuid, .pool_name = name, .path = sr->path };
	/* a pool with the SR's UUID is one that a vxe which died may not have started yet; others stay as they are */
	bool ours = !there || str_eq(there->uuid, sr->r.uuid);

	if (ours && sr_attach(s->here->hv, &place, err) < 0)
		return -1;
	if (hv_definitions_sync(s->config.definitions_dir, hv_changed(s->here->hv), err) < 0)
		return -1;
	*ret = TAKE(name);
	return 0;
}

struct pool_note {
	const char *sr;
	const char *name; /* NULL: the pool could not be defined */
};

static int note_pool(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct pool_note *w = ctx;
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	if (sr_find(t, w->sr, &sr, err) < 0)
		return -1;
	if (!sr)
		return 0;
	/* of two vxe at once one may have failed because the other was at it */
	if (!sr->pool_due && (!w->name || !str_is_empty(sr->pool_name)))
		return 0;
	sr->pool_due = false;
	str_replace(&sr->pool_name, w->name ? w->name : "");
	return record_save(t, &sr_class, sr, err);
}

/* *ret: the SR's record, if its pool is to be defined; else NULL. */
static int find_due(struct txn *t, const char *uuid, struct sr **ret, struct vxe_error *err)
{
	if (sr_find(t, uuid, ret, err) < 0)
		return -1;
	if (*ret && (!(*ret)->pool_due || (*ret)->detached))
		sr_free(TAKE(*ret));
	return 0;
}

static int read_due(struct session *s, const char *uuid, struct sr **ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	return txn_begin(s->store, TXN_READ, &t, err) < 0 ? -1 : find_due(t, uuid, ret, err);
}

void sr_pool_come(struct session *s, const char *uuid)
{
	_cleanup_error_ struct vxe_error err = { 0 }, why = { 0 };
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_free_ char *name = NULL;
	struct hv *hv;

	if (s->wishes->dry_run || read_due(s, uuid, &sr, &err) < 0 || !sr ||
		session_hv(s->here, &hv, &err) < 0)
		return;
	/* another vxe that does this at the same time defines the same pool */
	if (define_pool(s, sr, &name, &why) < 0)
		log_warn("libvirt has no pool for %s: %s", sr->path,
			why.n_params ? why.params[why.n_params - 1] : "");
	struct pool_note note = { uuid, name };

	if (store_update(s->store, note_pool, &note, &err) < 0)
		log_info("the pool of %s is defined again later", sr->path);
}

int sr_pool_foresee(struct txn *t, const char *uuid, struct strv *paths, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	if (find_due(t, uuid, &sr, err) < 0)
		return -1;
	if (!sr)
		return 0;
	strv_add(paths, sr->path);
	sr->pool_due = false;
	return record_save(t, &sr_class, sr, err);
}

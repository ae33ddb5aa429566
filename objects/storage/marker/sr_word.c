/* SPDX-License-Identifier: MIT */
#include "objects/storage/marker/sr_word.h"

#include "objects/base/clock.h"
#include "objects/base/log.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr_marker.h"
#include "objects/classes/storage/sr_place.h"
#include "objects/engine/lock_set.h"

#define RENEWED_S (24 * 60 * 60)
#define NAME "sr-word" /* in failpoints */

/* Loads the SR if its marker has a word, and it is plugged here; *ret NULL: it has none. */
static int load_shared(struct session *s, const char *uuid, struct sr **ret, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	*ret = NULL;
	if (s->pool_size <= 1 || s->wishes->dry_run)
		return 0;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || sr_get(t, uuid, &sr, err) < 0)
		return -1;
	if (!sr_has_word(sr))
		return 0;
	int plugged = sr_is_plugged(s, t, sr, err);

	if (plugged <= 0)
		return plugged < 0 ? -1 : vxe_fail(err, SR_NOT_ATTACHED, uuid);
	*ret = TAKE(sr);
	return 0;
}

/* ---- the three writes ------------------------------------------------------------------------- */

struct words {
	const char *sr, *word, *next;
};

static int put_words(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct words *w = ctx;
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	if (sr_get(t, w->sr, &sr, err) < 0)
		return -1;
	str_replace(&sr->word, w->word ? w->word : "");
	str_replace(&sr->word_next, w->next);
	return record_save(t, &sr_class, sr, err);
}

/* Writes a new word into the marker @found of the SR, whose word is its present one. */
static int change_word(
	struct session *s, const struct sr *sr, struct sr_mark *found, struct vxe_error *err)
{
	/* One that was to be written before is as good, and not known to any file. */
	bool is_left = !str_is_empty(sr->word_next) && !str_eq(sr->word_next, found->word);
	_cleanup_free_ char *next = is_left ? xstrdup(sr->word_next) : sr_word_new();
	struct words w = { sr->r.uuid, found->word, next };
	struct failpoints *points = &s->config.failpoints;

	if (store_update(s->store, put_words, &w, err) < 0 ||
		failpoint(points, NAME, "file", false, err) < 0)
		return -1;
	str_replace(&found->word, next);
	if (sr_mark_claim(s, sr->path, found, err) < 0 ||
		failpoint(points, NAME, "record", false, err) < 0)
		return -1;
	w.word = next;
	w.next = "";
	return store_update(s->store, put_words, &w, err);
}

/* ---- who writes ------------------------------------------------------------------------------- */

static bool is_due(const struct sr *sr)
{
	return str_is_empty(sr->word) || !str_is_empty(sr->word_next) ||
		llabs(clock_wall() - sr_word_time(sr->word)) >= RENEWED_S;
}

/* As sr_word_renew(), and fails if that cannot be done now; @due: only if the word is old. */
static int renew(struct session *s, const char *uuid, bool due, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_locks_ struct locks locks = { 0 };
	_cleanup_mark_ struct sr_mark found = { 0 };

	locks_add(&locks, LOCK_RECORD, uuid, LEASE_EXCLUSIVE);
	if (locks_try(s, &locks, err) < 0 || load_shared(s, uuid, &sr, err) < 0)
		return -1;
	if (!sr || (due && !is_due(sr)))
		return 0;
	return sr_check_storage(s->store, sr, err) < 0 || sr_mark_read(sr->path, &found, err) < 0
		? -1
		: change_word(s, sr, &found, err);
}

int sr_word_renew(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_error_ struct vxe_error later = { 0 };

	if (load_shared(s, uuid, &sr, err) < 0 || (sr && sr_check_storage(s->store, sr, err) < 0))
		return -1;
	if (sr && renew(s, uuid, false, &later) < 0)
		log_info("SR %s keeps its word: %s", uuid, code_info(later.code)->name);
	return 0;
}

int sr_take_marker(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_locks_ struct locks locks = { 0 };
	_cleanup_mark_ struct sr_mark own = sr_mark_own(s, uuid), found = { 0 };

	locks_add(&locks, LOCK_RECORD, uuid, LEASE_EXCLUSIVE);
	if (locks_take(s, &locks, err) < 0 || load_shared(s, uuid, &sr, err) < 0)
		return -1;
	if (!sr)
		return 0;
	if (sr_mark_make(sr->path, &own, &found, err) < 0)
		return -1;
	if (str_eq(found.sr, uuid))
		return sr_mark_check(s, sr->path, &found, err) < 0
			? -1
			: change_word(s, sr, &found, err);
	(void)vxe_fail(err, SR_NOT_ATTACHED, uuid);
	error_note(err, "%s/" SR_MARK " is the marker of the SR %s", sr->path, found.sr);
	return -1;
}

void sr_words_keep(struct session *s)
{
	_cleanup_error_ struct vxe_error unread = { 0 };
	_cleanup_records_ struct records srs = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (s->pool_size <= 1 || s->wishes->dry_run)
		return;
	if (txn_begin(s->store, TXN_READ, &t, &unread) < 0 || srs_here(s, t, &srs, &unread) < 0)
		return;
	txn_abort(TAKE(t));
	for (size_t i = 0; i < srs.n; i++) {
		_cleanup_error_ struct vxe_error later = { 0 };
		const struct sr *sr = srs.items[i];

		if (sr_has_word(sr) && is_due(sr) && renew(s, sr->r.uuid, true, &later) < 0)
			log_info("SR %s keeps its word: %s", sr->r.uuid,
				code_info(later.code)->name);
	}
}

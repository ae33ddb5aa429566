/* SPDX-License-Identifier: MIT */
/*
 * The marker of an SR: a file .vxe-sr in its directory. It contains the SR's UUID, which
 * distinguishes the mounted SR from an empty mount point, and the store that has the SR attached,
 * because two stores in one directory would merge and remove each other's layers. That of an SR which several hosts share has
 * a word, too, which the record has as well and which changes: a copy of the folder has an older one.
 */
#pragma once

#include "objects/classes/storage/sr.h"
#include "objects/session/session.h"

#define SR_MARK ".vxe-sr"

struct sr_mark {
	char *sr; /* UUID of the SR; NULL: there is no valid marker */
	/* UUID of the store that has attached the SR; NULL: none, or an older vxe wrote the marker */
	char *store;
	char *host; /* UUID of the host on which the store is that has attached the SR */
	char *at;   /* folder, on its host, of the store that has attached the SR */
	char *word; /* SR.word when it was written: its time, and a UUID; NULL: none */
};
void sr_mark_clear(struct sr_mark *m);
#define _cleanup_mark_ _cleanup_(sr_mark_clear)

/* Reads the marker file of an SR's directory. Returns 0 with all members NULL when there is no valid one. */
int sr_mark_read(const char *dir, struct sr_mark *ret, struct vxe_error *err) _must_check_;
/* True if the marker of the SR has a word, where the store has several hosts. */
bool sr_has_word(const struct sr *sr);
/* A new word, of now. Owned. */
char *sr_word_new(void);
/* When the word was made; 0: no word. */
int64_t sr_word_time(const char *word);
/*
 * Is what lies in the folder of an SR that has a word (sr_has_word()) its storage? *why: why it is not, a part of a sentence,
 * owned; NULL: it is. Before it says no it opens the marker and reads the record anew, as both may just have changed. Fails if
 * that cannot be done.
 */
int sr_judge_storage(
	struct store *store, const struct sr *sr, char **why, struct vxe_error *err) _must_check_;
/*
 * Why the storage of an SR that several hosts have is not mounted on this one, as sr_judge_storage() says it: what lies in that folder is
 * not the SR's. Owned; NULL: it is, or nobody can tell.
 */
char *sr_away_why(const struct session *s, const struct sr *sr);
bool sr_is_away(const struct session *s, const struct sr *sr);
/*
 * Makes an SR's directory (mode 0711) with its parents, and the marker @m in it. An existing marker stays; *ret is the
 * marker that is there now. Fails: VXE_IMAGE_FAILED.
 */
int sr_mark_make(const char *dir, const struct sr_mark *m, struct sr_mark *ret,
	struct vxe_error *err) _must_check_;
/* Makes the marker that says that this session's store has attached the SR @sr. The caller clears it. */
struct sr_mark sr_mark_own(const struct session *s, const char *sr);
/*
 * True if the session's store may use the marked SR: the marker names no store, or session_is_own_store(). vxe
 * cannot know whether another store still exists (it may be elsewhere, or not mounted); the user
 * must decide.
 */
bool sr_mark_is_ours(const struct session *s, const struct sr_mark *m);
/*
 * Fails with SR_DEVICE_IN_USE if the marker @m names another store than this one (sr_mark_is_ours()), and tells the
 * user who owns the SR and what to do.
 */
int sr_mark_check(struct session *s, const char *dir, const struct sr_mark *m,
	struct vxe_error *err) _must_check_;
/* Deletes the marker of an SR, or another file that vxe keeps beside the marker. Fails: VXE_IMAGE_FAILED. */
int sr_file_drop(const char *path, struct vxe_error *err) _must_check_;
/* Replaces the marker in an SR's directory by @m, completely or not at all. */
int sr_mark_write(const char *dir, const struct sr_mark *m, struct vxe_error *err) _must_check_;
/* Writes the marker @found anew, so that it says that this session's store has attached the SR. */
int sr_mark_claim(const struct session *s, const char *dir, const struct sr_mark *found,
	struct vxe_error *err) _must_check_;

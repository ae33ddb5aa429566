/* SPDX-License-Identifier: MIT */
/*
 * What has changed in libvirt's folders of definitions and states. libvirt writes each file anew and
 * renames it, so the times of the folders tell of every change, and a watch on them names the files that
 * change while the command runs.
 */
#pragma once

#include "objects/session/session.h"
#include "objects/file_index/file_index.h"

/* Names what changes in the folders; fd < 0: not yet, or it does not work here. */
struct folders_watch {
	int fd;
	int definitions, states; /* of inotify */
	bool tried;
};

enum folders_state {
	FOLDERS_SAME,
	FOLDERS_CHANGED, /* in the files that are named */
	FOLDERS_UNKNOWN, /* everything has to be looked at */
};

/*
 * The folders now. @young: so long from now, ns, a change gives them other times for sure; at most 0: it does already.
 * False: there are none, or they lie on a file system whose times do not tell.
 */
bool folders_now(const struct session_config *c, struct folders *now, int64_t *young);
bool folders_are(const struct folders *a, const struct folders *b);

/* At the first call only, and only if @large: the watch does not know of changes before it. */
void folders_watch_start(struct folders_watch *w, const struct session_config *c, bool large);
/*
 * The absolute paths of the files that have changed since the last call or the start, each once.
 * FOLDERS_UNKNOWN: some may be missing.
 */
enum folders_state folders_watch_read(
	struct folders_watch *w, const struct session_config *c, struct strv *ret);
bool folders_watched(const struct folders_watch *w);
/* Removes the watch; the result is closed later, as that of listings_unwatch(). */
int folders_watch_end(struct folders_watch *w);

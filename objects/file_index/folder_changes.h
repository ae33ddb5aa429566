/* SPDX-License-Identifier: MIT */
/*
 * What has changed in libvirt's folders of definitions and states. libvirt writes each file anew and
 * renames it, so the times of the folders tell of every change, and a watch on them names the files that
 * change while the command runs.
 */
#pragma once

#include "objects/session/session.h"
#include "objects/file_index/file_index.h"

/* An inotify watch that names files that change in the folders; fd < 0: not begun, or it does not work here. */
struct folders_watch {
	int fd;
	int definitions, states; /* inotify's numbers of the two folders */
	bool tried;
};

enum folders_state {
	FOLDERS_SAME,
	FOLDERS_CHANGED, /* only the named files have changed */
	FOLDERS_UNKNOWN, /* any file may have changed: look at all */
};

/*
 * The folders now. @young: so long from now, ns, a change gives them other times for sure; at most 0: it does already.
 * False: there are none, or they lie on a file system whose times do not tell.
 */
bool folders_now(const struct session_config *c, struct folders *now, int64_t *young);
bool folders_are(const struct folders *a, const struct folders *b);

/* Begins to watch, if this is the first call and only if @large. Earlier changes are not known to the watch. */
void folders_watch_start(struct folders_watch *w, const struct session_config *c, bool large);
/*
 * The absolute paths of the files that have changed since the last call or the start, each once.
 * FOLDERS_UNKNOWN: some may be missing.
 */
enum folders_state folders_watch_read(
	struct folders_watch *w, const struct session_config *c, struct strv *ret);
bool folders_watched(const struct folders_watch *w);
/* Removes the watch; the caller closes the returned descriptor later, as that of listings_unwatch(). */
int folders_watch_end(struct folders_watch *w);

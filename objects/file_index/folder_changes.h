/* SPDX-License-Identifier: MIT */
/*
 * What has changed in libvirt's folders of definitions and states. libvirt writes each file anew and
 * renames it, so the times of the folders tell of every change, and a watch on them names the files that
 * change while the command runs.
 */
#pragma once

#include "objects/session/session.h"
#include "objects/file_index/file_index.h"

/*
 * An inotify watch that names the files that change in libvirt's folders of definitions and states; fd < 0: the watch
 * was not begun, or does not work here.
 */
struct folders_watch {
	int fd;
	int definitions, states; /* inotify's numbers of the two folders */
	bool tried;
};

enum folders_state {
	FOLDERS_SAME,
	FOLDERS_CHANGED, /* only the named files have changed */
	FOLDERS_UNKNOWN, /* any file may have changed: all must be searched */
};

/*
 * Reads the identity and times of libvirt's folders. @young: so many nanoseconds from now until a further change
 * gives the folders other times for sure; at most 0: a change does so already. False: there are no such folders, or
 * their file system's times do not tell of changes.
 */
bool folders_now(const struct session_config *c, struct folders *now, int64_t *young);
bool folders_are(const struct folders *a, const struct folders *b);

/*
 * Begins to watch libvirt's folders of definitions and states, at the first call, if @large says that they are large.
 * The watch does not tell of earlier changes.
 */
void folders_watch_start(struct folders_watch *w, const struct session_config *c, bool large);
/*
 * The absolute paths of the files in libvirt's folders that have changed since the last call, or since the watch
 * began, each once. FOLDERS_UNKNOWN: some may be missing.
 */
enum folders_state folders_watch_read(
	struct folders_watch *w, const struct session_config *c, struct strv *ret);
bool folders_watched(const struct folders_watch *w);
/*
 * Removes the watch on libvirt's folders. The caller closes the returned inotify descriptor later, because a close()
 * would now have to wait for the kernel. -1: there is nothing to close.
 */
int folders_watch_end(struct folders_watch *w);

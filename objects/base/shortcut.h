/* SPDX-License-Identifier: MIT */
/*
 * Shortcuts: code whose only purpose is to save time. Without a shortcut a command does the same, later.
 * docs/performance.md has a row for each shortcut, with the time that it saves; one that saves less than 5 % of a
 * command that people wait for is deleted.
 */
#pragma once

#include "objects/base/error.h"

enum shortcut {
	/* documents of the store that the process has read are not parsed again */
	SHORTCUT_DOC_CACHE,
	/* a snapshot is planned from libvirt's files on disk, before libvirtd answers */
	SHORTCUT_EARLY_PLAN,
	SHORTCUT_IMAGE_WATCH, /* folders of images are watched, so that a second search lists no folder */
	/* new entries of the index of file users are appended to its file */
	SHORTCUT_INDEX_APPEND,
	SHORTCUT_INDEX_FILE, /* the index of file users is kept in a file between commands */
	SHORTCUT_LIBRARIES,  /* libraries that libvirt needs are loaded in a certain order */
	/* fields and lists are answered from libvirt's files on disk, without libvirtd */
	SHORTCUT_LIBVIRT_FILES,
	SHORTCUT_LOAD_AHEAD, /* a thread loads libvirt while the command reads the store */
	SHORTCUT_LOG_KEPT,   /* SQLite's log file keeps its disk blocks when it is emptied */
	/* names in a folder exclude files from the search, which then are not looked at */
	SHORTCUT_NAMES,
	SHORTCUT_STAT_THREADS, /* several threads look at the files of a large folder */
	SHORTCUT_WATCH,	       /* libvirt's folders are watched during a command */
	N_SHORTCUTS,
};

/* True unless shortcuts_set() has turned this shortcut off. */
bool shortcut_on(enum shortcut s);
/* The name of a shortcut, as users write it: "doc-cache". */
const char *shortcut_name(enum shortcut s);
/*
 * Turns shortcuts off for the process. @text is the value of VXE_SHORTCUTS: "off" for all, or "-NAME,-NAME"; NULL or
 * "" leaves all on. Fails with CLI_USAGE for another word. Called once, before other threads are started.
 */
int shortcuts_set(const char *text, struct vxe_error *err) _must_check_;

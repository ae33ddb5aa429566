/* SPDX-License-Identifier: MIT */
/*
 * Shortcuts: code whose only purpose is time. Without a shortcut a command does the same, later. docs/performance.md has a
 * row for each, with what it gains; what gains less than 5 % of an act that people wait for is deleted.
 */
#pragma once

#include "objects/base/error.h"

enum shortcut {
	SHORTCUT_DOC_CACHE,  /* documents that the process has read are not parsed again */
	SHORTCUT_EARLY_PLAN, /* a snapshot is planned by libvirt's files, before libvirt answers */
	SHORTCUT_IMAGE_WATCH, /* folders of images are watched, so that a second search lists no folder */
	SHORTCUT_INDEX_APPEND,	/* the file of the index gets what is new at its end */
	SHORTCUT_INDEX_FILE,	/* the index of users is kept in a file between commands */
	SHORTCUT_LIBRARIES,	/* libraries that libvirt needs are loaded in a certain order */
	SHORTCUT_LIBVIRT_FILES, /* fields and lists are answered by libvirt's files */
	SHORTCUT_LOAD_AHEAD,	/* a thread loads libvirt while the command reads the store */
	SHORTCUT_LOG_KEPT,	/* the log of SQLite keeps its blocks when it is emptied */
	SHORTCUT_NAMES,		/* names in folders exclude files, which then are not looked at */
	SHORTCUT_STAT_THREADS,	/* several threads look at the files of a large folder */
	SHORTCUT_WATCH,		/* libvirt's folders are watched during a command */
	N_SHORTCUTS,
};

/* True unless shortcuts_set() has turned it off. */
bool shortcut_on(enum shortcut s);
/* The name of a shortcut, as users write it: "doc-cache". */
const char *shortcut_name(enum shortcut s);
/*
 * Turns shortcuts off for the process: @text is the value of VXE_SHORTCUTS, "off" for all, or "-NAME,-NAME"; NULL or "": all
 * are on. CLI_USAGE for another word. Called once, before other threads are there.
 */
int shortcuts_set(const char *text, struct vxe_error *err) _must_check_;

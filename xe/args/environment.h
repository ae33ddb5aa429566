/* SPDX-License-Identifier: MIT */
/* The folders and settings of a run of the program, read from environment variables or another source. */
#pragma once

#include "objects/session/session.h"

/* Where settings such as VXE_STORE are read from. */
struct settings {
	/* The value of a setting; NULL: it is not set. The text must stay as long as the program runs. */
	const char *(*get)(void *ctx, const char *name);
	void *ctx;
};
extern const struct settings process_settings; /* reads the environment of the process */

/* A session's configuration, with the texts that it borrows. */
struct environment {
	struct session_config config;
	char *store;
	char *lock_dir;
	char *image_dir;
	char *definitions_dir, *states_dir, *snapshots_dir, *saves_dir, *nvram_dir, *tpm_dir;
};
void environment_clear(struct environment *e);
#define _cleanup_environment_ _cleanup_(environment_clear)

/* The command of the user's pager, by VXE_PAGER, else PAGER, else less; NULL: none is wanted (empty, or cat). */
const char *environment_pager(const struct settings *from);
/*
 * Reads VXE_STORE, VXE_CONNECT, VXE_IMAGES, VXE_LIBVIRT_TIMEOUT and the XDG variables. @root: the defaults are the
 * places of the whole system, not those of a user. Fails with VXE_REMOTE_URI if VXE_CONNECT names another host, with
 * INVALID_VALUE for a bad timeout, with VXE_STORE_UNUSABLE when there is no home directory.
 */
int environment_load(struct environment *ret, const struct settings *from, bool root,
	struct vxe_error *err) _must_check_;

/* SPDX-License-Identifier: MIT */
/*
 * The whole store as one JSON document, out and in: pool-dump-database, pool-restore-database.
 * Tasks and intents stay out: they belong to the moment.
 */
#pragma once

#include "objects/records/list.h"
#include "objects/session/session.h"

/* Writes the document; one read transaction, so it is of one moment. */
int database_dump(struct session *s, sink_fn *sink, void *ctx, struct vxe_error *err) _must_check_;
/*
 * Makes the records those of @text, all or nothing; files and domains stay as they are, and drift
 * is found as always. @dry_run: only look whether it could be done. Fails with words for
 * what is no such document, VXE_HYPERVISOR_MISMATCH for that of another
 * host, VXE_BUSY while an operation runs. Disks whose file is another one by now are marked as missing,
 * named (ui.notice), and not read any more: VXE_LAYER_CHANGED.
 */
int database_restore(
	struct session *s, const char *text, bool dry_run, struct vxe_error *err) _must_check_;
/* The last part of it (database_files.c): compares each frozen node with its file, and marks. */
int database_compare(
	struct session *s, struct txn *t, struct strv *told, struct vxe_error *err) _must_check_;

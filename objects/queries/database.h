/* SPDX-License-Identifier: MIT */
/*
 * The whole store as one JSON document: pool-dump-database, pool-restore-database. Tasks and the records of class
 * INTENT are left out, because they describe operations in progress.
 */
#pragma once

#include "objects/queries/list.h"
#include "objects/session/session.h"

/*
 * Writes all records of the store as one JSON document, read in one transaction, so that they are consistent. Tells
 * the user (ui.notice) of damaged records.
 */
int database_dump(struct session *s, sink_fn *sink, void *ctx, struct vxe_error *err) _must_check_;
/*
 * Replaces all records by those of the JSON document @text, all or nothing; files and domains stay as they are, and
 * where they differ from the records, later commands find out as usual. @dry_run: only checks whether the restore is
 * possible. Fails with a text if @text is not such a document, with VXE_HYPERVISOR_MISMATCH for a document of another
 * host, with VXE_BUSY while an operation runs. Disks whose file has changed are marked as missing, reported
 * (ui.notice), and no longer read: VXE_LAYER_CHANGED.
 */
int database_restore(
	struct session *s, const char *text, bool dry_run, struct vxe_error *err) _must_check_;
/*
 * The last part of a restore (database_files.c): compares each layer that is read-only by its record with its file,
 * and marks the layers and disks whose content is lost. @told gets texts for the user.
 */
int database_compare(
	struct session *s, struct txn *t, struct strv *told, struct vxe_error *err) _must_check_;

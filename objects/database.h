/* SPDX-License-Identifier: MIT */
/*
 * The whole store as one JSON document, out and in: pool-dump-database, pool-restore-database.
 * Tasks and intents stay out: they belong to the moment.
 */
#pragma once

#include "objects/list.h"
#include "objects/session.h"

/* Writes the document; one read transaction, so it is of one moment. */
int database_dump(struct session *s, sink_fn *sink, void *ctx, struct vxe_error *err) _must_check_;
/*
 * Makes the records those of @text, all or nothing; files and domains stay as they are, and drift
 * is found as always. @dry_run: only look whether it could be done. Fails with words for
 * what is no such document, VXE_HYPERVISOR_MISMATCH for that of another
 * host, VXE_BUSY while an operation runs.
 */
int database_restore(
	struct session *s, const char *text, bool dry_run, struct vxe_error *err) _must_check_;

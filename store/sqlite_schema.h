/* SPDX-License-Identifier: MIT */
/* The layout of the database: which tables, columns and indexes there are, and of which version. */
#pragma once

#include "store/sqlite_conn.h"
#include "store/store.h"

enum schema_state {
	SCHEMA_EMPTY, /* a new database */
	SCHEMA_STALE, /* other columns than those declared */
	SCHEMA_CURRENT,
};

/* Fails, VXE_STORE_UNUSABLE, for what is no store of ours or of a newer version. */
int schema_state(struct conn *c, const struct store_class *classes, enum schema_state *ret,
	struct vxe_error *err) _must_check_;
/* Makes the tables, or makes them again with the columns declared. Inside a write transaction. */
int schema_build(
	struct conn *c, const struct store_class *classes, struct vxe_error *err) _must_check_;

/* The generation of the newest commit. */
int schema_generation(struct conn *c, int64_t *ret, struct vxe_error *err) _must_check_;
int schema_set_generation(struct conn *c, int64_t value, struct vxe_error *err) _must_check_;

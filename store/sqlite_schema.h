/* SPDX-License-Identifier: MIT */
/* The layout of the database: its tables, columns and indexes, and its version. */
#pragma once

#include "store/sqlite_conn.h"
#include "store/store.h"

enum schema_state {
	SCHEMA_EMPTY, /* a new database */
	SCHEMA_STALE, /* its columns differ from the declared ones */
	SCHEMA_CURRENT,
};

/* Fails with VXE_STORE_UNUSABLE if the database is not a vxe store or has a newer version. */
int schema_state(struct conn *c, const struct store_class *classes, enum schema_state *ret,
	struct vxe_error *err) _must_check_;
/* Makes the tables, or rebuilds them with the declared columns. Inside a write transaction. */
int schema_build(
	struct conn *c, const struct store_class *classes, struct vxe_error *err) _must_check_;

/* The generation of the newest commit. */
int schema_generation(struct conn *c, int64_t *ret, struct vxe_error *err) _must_check_;
int schema_set_generation(struct conn *c, int64_t value, struct vxe_error *err) _must_check_;

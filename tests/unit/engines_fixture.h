/* SPDX-License-Identifier: MIT */
/* The three engines of the store; a test has a store of its own on each. */
#pragma once

#include "tests/unit/postgresql_fixture.h"
#include "tests/unit/store_fixture.h"

#include "store/postgresql/store_postgresql.h"

enum engine { ENGINE_MEM, ENGINE_SQLITE, ENGINE_POSTGRESQL };

/* The name of this test's database, which is made at the first call. Each test is a process with a scratch of its own. */
static inline const char *own_database(void)
{
	static char name[64];

	if (!*name) {
		snprintf(name, sizeof(name), "%s", strrchr(scratch, '/') + 1);
		pg_create(NULL, name);
	}
	return name;
}

/* Opens the store of the test on the engine; NULL with @err. */
static inline struct store *open_engine(
	enum engine engine, const struct store_class *classes, bool readonly, struct vxe_error *err)
{
	if (engine != ENGINE_POSTGRESQL)
		return open_with(engine == ENGINE_MEM ? &store_mem_ops : &store_sqlite_ops, "db",
			classes, readonly, err);
	_cleanup_free_ char *uri = pg_uri(NULL, own_database());

	return open_with(&store_postgresql_ops, uri, classes, readonly, err);
}

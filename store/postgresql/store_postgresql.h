/* SPDX-License-Identifier: MIT */
/*
 * The engine for PostgreSQL, a module that is loaded when a store is the URI of a database. One database is one store:
 * its tables are in the schema vxe.
 */
#pragma once

#include "store/store.h"

#define POSTGRESQL_MODULE_FILE "vxe-postgresql.so"
#define POSTGRESQL_MODULE_SYMBOL "store_postgresql_ops"
extern const struct store_ops store_postgresql_ops;

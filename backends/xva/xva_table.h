/* SPDX-License-Identifier: MIT */
/* The table of checksums at the end of an archive of export_vsn 1. */
#pragma once

#include "backends/xva/ova.h"

#define XVA_TABLE_NAME "checksum.xml"
/* The checksums of the blocks read so far. */
struct sum_table {
	size_t n, room;
	struct sum_entry {
		char *name, *sum;
	} * items;
};
void sum_table_add(struct sum_table *t, const char *name, const char *sum);
/*
 * Compares two tables of block checksums: the name of a block that only one table has, or for which the checksums
 * differ; NULL: the tables agree. Sorts @t. Borrowed.
 */
const char *sum_table_differs(struct sum_table *t, const struct ova *other);
void sum_table_clear(struct sum_table *t);

/* SPDX-License-Identifier: MIT */
/* Computes how much a qcow2 image grows when another is merged into it, from the L1 and L2 tables of both. */
#pragma once

#include "backends/content/content.h"
#include "objects/base/error.h"

#include <stdint.h>

/*
 * Computes by how many bytes the image @to grows when the content of @from is merged into it: the clusters that @from
 * has and @to lacks, and new L2 tables. Returns 1: *ret has the number; 0: unknown, because not both are qcow2 images
 * of a kind that this reads, or a table is only in the cache of a running QEMU; -1 with VXE_IMAGE_FAILED. Takes
 * no lock.
 */
int qcow2_growth(
	struct content *from, struct content *to, int64_t *ret, struct vxe_error *err) _must_check_;

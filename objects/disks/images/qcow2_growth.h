/* SPDX-License-Identifier: MIT */
/* How much a qcow2 image grows when another is merged into it, by the tables of both. */
#pragma once

#include "backends/content/content.h"
#include "objects/base/error.h"

#include <stdint.h>

/*
 * The bytes of the clusters that @from has and @to has not, with those of new tables: by so much @to grows when the content
 * of @from goes there. 1: told; 0: not both are qcow2 images with clusters of the same size, or a running QEMU has a table
 * in its cache alone; -1 with VXE_IMAGE_FAILED. Takes no lock.
 */
int qcow2_growth(
	struct content *from, struct content *to, int64_t *ret, struct vxe_error *err) _must_check_;

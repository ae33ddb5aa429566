/* SPDX-License-Identifier: MIT */
/* Keeps the records of an SR's disks in a file beside the disks. */
#pragma once

#include "objects/classes/storage/sr.h"

/*
 * sr_keep_records() writes the records of an SR's disks to a file beside the disks; sr_restore_records() reads them
 * back into the store and removes the file.
 */
int sr_keep_records(struct session *s, const struct sr *sr, struct vxe_error *err) _must_check_;
int sr_restore_records(struct session *s, const struct sr *sr, struct vxe_error *err) _must_check_;
#define SR_KEPT ".vxe-records"

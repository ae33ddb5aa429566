/* SPDX-License-Identifier: MIT */
/* The records of an SR's disks in a file beside them. */
#pragma once

#include "objects/classes/storage/sr.h"

/* Writes the records of an SR's disks into a file beside them, and restores them from it. */
int sr_keep_records(struct session *s, const struct sr *sr, struct vxe_error *err) _must_check_;
int sr_restore_records(struct session *s, const struct sr *sr, struct vxe_error *err) _must_check_;
#define SR_KEPT ".vxe-records"

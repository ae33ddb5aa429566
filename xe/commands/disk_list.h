/* SPDX-License-Identifier: MIT */
#pragma once

#include "xe/model/command.h"

/* Print the disks, or the CDs, of a VM or snapshot. sort= takes fields of VDIs, limit= counts for each VM. */
one_fn print_disk_list, print_cd_list;
extern const struct param_kind disk_sort, disk_limit;

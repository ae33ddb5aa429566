/* SPDX-License-Identifier: MIT */
#pragma once

#include "xe/model/command.h"

/* The disks of a VM or snapshot. sort= by the fields of VDIs, limit= of each VM. */
one_fn print_disk_list, print_cd_list;
extern const struct param_kind disk_sort, disk_limit;

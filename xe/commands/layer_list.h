/* SPDX-License-Identifier: MIT */
#pragma once

#include "xe/model/command.h"

/* Lists the layers of a disk, or of the disks of VMs; and the names of the columns, ended by NULL. */
extern const char *const chain_columns[];
int cmd_vdi_chain_list(struct call *c, struct vxe_error *err) _must_check_;

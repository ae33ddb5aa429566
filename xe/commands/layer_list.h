/* SPDX-License-Identifier: MIT */
#pragma once

#include "xe/model/command.h"

/*
 * The command vdi-chain-list, which lists the layers of a disk, or of the disks of VMs; its columns, ended by a NULL
 * name, and their names alone, ended by NULL.
 */
extern const struct column layer_columns[];
extern const char *const chain_columns[];
int cmd_vdi_chain_list(struct call *c, struct vxe_error *err) _must_check_;

/* SPDX-License-Identifier: MIT */
/* VBD: the only link between a VM and a disk. */
#pragma once

#include "objects/model/record.h"

enum vbd_type { VBD_DISK, VBD_CD, VBD_FLOPPY };
enum vbd_mode { VBD_RW, VBD_RO };

#define VBD_POSITIONS 26 /* number of disk positions, vda to vdz; xe has 255 */

struct vbd {
	struct record r;
	char *vm;
	char *vdi; /* UUID of the VDI; NULL: empty drive, or a deleted VDI */
	bool empty;
	char *device;	  /* its name in the guest, "vda" */
	char *userdevice; /* its position, "0" */
	bool bootable;
	int mode; /* enum vbd_mode */
	int type; /* enum vbd_type */
	bool unpluggable;
	int64_t status_code;
	char *status_detail;
	char *qos_algorithm_type;
	struct map qos_algorithm_params;
	struct map other_config; /* the key "owner": vm-uninstall destroys the disk, too */

	/* libvirt's name of the disk ("vda"), by which it is found in the domain's XML */
	char *target;
	/* of a Suspended VM: UUID of the temporary overlay that the definition names for the disk */
	char *guard;
	/* the disk was unplugged at some time: only the live XML tells whether it is plugged */
	bool unplugged;
};

RECORD_TYPE(vbd)

/*
 * Fails with VXE_DISK_TWICE(vm, vdi, targets) when a VM has the VDI as more than one disk: an operation that gives each
 * of the VM's disks a new layer would give that VDI two contents.
 */
int vbd_check_once(struct txn *t, const char *vdi, struct vxe_error *err) _must_check_;

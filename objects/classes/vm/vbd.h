/* SPDX-License-Identifier: MIT */
/* VBD: the only link between a VM and a disk. */
#pragma once

#include "objects/model/record.h"

enum vbd_type { VBD_DISK, VBD_CD, VBD_FLOPPY };
enum vbd_mode { VBD_RW, VBD_RO };

#define VBD_POSITIONS 26 /* from vda to vdz; xe has 255 */

struct vbd {
	struct record r;
	char *vm;
	char *vdi; /* NULL: empty drive, or a deleted VDI */
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
	struct map other_config; /* the key "owner" says that vm-uninstall destroys the disk, too */

	char *target; /* libvirt's name of the disk, by which the domain's XML is searched */
	char *guard;  /* while the VM is Suspended: UUID of the layer that its definition names */
	bool unplugged; /* it has been unplugged at some time: ask the live XML whether it is plugged */
};

RECORD_TYPE(vbd)

/*
 * VXE_DISK_TWICE(vm, vdi, targets) when a VM has the VDI as more than one disk: what gives each of the VM's disks a layer of
 * its own would give the VDI two contents.
 */
int vbd_check_once(struct txn *t, const char *vdi, struct vxe_error *err) _must_check_;

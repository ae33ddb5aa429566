/* SPDX-License-Identifier: MIT */
/* VBD: the only link between a VM and a disk. */
#pragma once

#include "objects/model/record.h"

enum vbd_type { VBD_DISK, VBD_CD, VBD_FLOPPY };
enum vbd_mode { VBD_RW, VBD_RO };

#define VBD_POSITIONS 26     /* number of positions that vxe chooses from, vda to vdz */
#define VBD_POSITION_MAX 255 /* the greatest position */

struct vbd {
	struct record r;
	char *vm;
	char *vdi; /* UUID of the VDI; NULL: empty drive, or a deleted VDI */
	bool empty;
	char *device;	  /* its name in the guest, "vda" */
	char *userdevice; /* its position as it was given: "0", "xvda"; see vbd_position() */
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
 * The number of the position that xe calls "0", "xvda", "sda", "hda", "fda" or "d0", each with or without a partition, and
 * vxe "vda"; -1: the text is no position of a disk. Whatever sets, exports or imports a position asks this function.
 */
int vbd_position(const char *userdevice);
/* Which positions the VBDs of one VM have. */
struct vbd_positions {
	bool taken[VBD_POSITION_MAX + 1];
};
/* Notes the VBD's position as taken; false: it has none, or another VBD has it. */
bool vbd_positions_take(struct vbd_positions *p, const struct vbd *vbd);
/* Gives the VBD the first free position; false: there is none. */
bool vbd_positions_give(struct vbd_positions *p, struct vbd *vbd);

/*
 * Fails with VXE_DISK_TWICE(vm, vdi, targets) when a VM has the VDI as more than one disk: an operation that gives each
 * of the VM's disks a new layer would give that VDI two contents.
 */
int vbd_check_once(struct txn *t, const char *vdi, struct vxe_error *err) _must_check_;

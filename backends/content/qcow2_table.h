/* SPDX-License-Identifier: MIT */
/* The table of internal snapshots in a qcow2 image. */
#pragma once

#include "backends/content/content.h"
#include "objects/base/error.h"

#include <stdint.h>

/*
 * An internal snapshot: old content inside the image's own file. virsh and virt-manager make such
 * snapshots by default.
 */
struct qcow2_snapshot {
	char *name;	/* as in the file, cut to 255 bytes; may hold any bytes */
	int64_t time;	/* seconds since 1970 */
	int64_t memory; /* bytes of the guest's memory; 0: only the disk */
	int64_t size;	/* of the disk, bytes; 0: not recorded */
	char *key; /* of this snapshot alone: its number in the file, and a checksum of its entry */
};
struct qcow2_snapshots {
	size_t n;
	struct qcow2_snapshot *items;
	uint64_t sum; /* checksum of the whole table: changes with any member */
};
void qcow2_snapshots_clear(struct qcow2_snapshots *s);
#define _cleanup_snapshots_ _cleanup_(qcow2_snapshots_clear)
/* 1: read (n may be 0); 0: not a qcow2 file; -1 with VXE_IMAGE_FAILED. Takes no lock. */
int qcow2_snapshots_read(
	struct content *c, struct qcow2_snapshots *ret, struct vxe_error *err) _must_check_;
/*
 * The option with which qemu-img and qemu-nbd (-l) read the snapshot with that key; owned. VXE_IMAGE_FAILED when the
 * image has it no more. Whoever reads it asks again afterwards: as long as the entry is there, QEMU changes no cluster
 * of the snapshot, also under a running guest; but another program may delete it meanwhile.
 */
int qcow2_snapshot_option(
	struct content *c, const char *key, char **ret, struct vxe_error *err) _must_check_;

/* SPDX-License-Identifier: MIT */
/* Moves a VDI to another node, and changes the definitions of other domains that name its file. */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/classes/storage/vdi.h"
#include "objects/engine/op.h"

struct overlay_place;

/*
 * In every other domain that vdi_move() put into the plan, replaces old_path by new_path (or back).
 */
int step_define_others(struct op *op, struct vxe_error *err);

/*
 * The only function that moves a VDI to another node's file: plans the record's change, and adds to
 * the plan every domain beside p->domain whose definition names the old file; step_define_others()
 * patches them by the plan's disks (old_path, new_path), which the caller adds. VDI_IN_USE(vdi,
 * operation) when one of those domains runs; as vbd_check_once().
 */
int vdi_move(struct session *s, struct txn *t, const struct vdi *vdi, const struct node *to,
	struct plan *p, struct vxe_error *err) _must_check_;

/* A file that is frozen below a new overlay. */
struct frozen_layer {
	const struct vdi *vdi;		/* whose disk it is */
	const struct node *node;	/* of the file */
	const char *path;		/* of the file */
	const char *target;		/* of the plan's domain; NULL: no domain decides */
	const struct overlay_place *at; /* of the overlay, as of plan_overlay() */
	bool guard; /* the overlay is the guard of a suspended VM's disk: the VDI stays where it is */
};
/*
 * The VDI goes on in a new overlay, and the file is frozen: adds the disk to the plan, as its last one, both nodes' records
 * and vdi_move()'s changes.
 * *@size (may be NULL): the virtual size of the file, which somebody else may have resized; the VDI gets
 * it. Fails as plan_overlay() and vdi_move() do, and with VXE_INTERNAL_SNAPSHOTS when freezing would endanger internal
 * snapshots: those of the file, and those of other programs' layers below (loss_check()).
 */
int plan_frozen_layer(struct session *s, struct txn *t, const struct frozen_layer *f,
	struct plan *p, int64_t *size, struct vxe_error *err) _must_check_;

#define PLAN_OTHERS "other-domains"
/* Halted domains, beside the plan's own, whose definitions a step patches. */
extern const struct plan_member other_domains_members[];
void plan_add_domain(struct plan *p, const char *uuid);
void plan_domains(const struct plan *p, struct strv *ret);
/*
 * Domains with a disk on the file, in the live or the inactive XML: halted ones in @ret, others in
 * @running. VXE_DEPENDENTS if no <disk> of one names the file, but it is there to write to.
 */
int domains_on(struct session *s, const char *path, const char *except, struct strv *ret,
	struct strv *running, struct vxe_error *err) _must_check_;
/*
 * Makes the plan's disks in the inactive definition name their new (or old) files; removes
 * <backingStore>.
 */
int domain_move_disks(
	struct op *op, const char *uuid, bool forward, struct vxe_error *err) _must_check_;

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

/*
 * @vdi goes on in a new overlay, and @node below, whose file is @path, is frozen: adds the disk, which is
 * @target's of the plan's domain (NULL: no domain decides), both nodes' records and vdi_move()'s changes. The
 * overlay is at @at (as plan_overlay()).
 * *@size (may be NULL): the virtual size of the file, which somebody else may have resized; the VDI gets
 * it. Fails as plan_overlay(), plan_freeze() and vdi_move() do.
 */
int plan_frozen_layer(struct session *s, struct txn *t, const struct vdi *vdi,
	const struct node *node, const char *path, const char *target,
	const struct overlay_place *at, struct plan *p, int64_t *size,
	struct vxe_error *err) _must_check_;

/* Halted domains, beside the plan's own, whose definitions a step patches. */
extern const struct plan_member other_domains_members[];
void plan_add_domain(struct plan *p, const char *uuid);
void plan_domains(const struct plan *p, struct strv *ret);
bool plan_has_domains(const struct plan *p);
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

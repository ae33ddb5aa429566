/* SPDX-License-Identifier: MIT */
/*
 * What operations do with disks, as acts of which they make their steps: { "switch", DISK(SWITCH), true }. An act has its
 * functions and its data in the plan here; no other room names them. What an act works on is in the plan: its disks
 * (objects/engine/plan.h) and its domain; without them it does nothing. All are idempotent. A step of an operation that does
 * more calls DISK(SWITCH)->run(op, err) from a function of its own.
 */
#pragma once

#include "objects/engine/op.h"

enum disk_act {
	/* Makes the new, empty images and overlays; under a running guest takes write bits of what is frozen. */
	DISK_MAKE_OVERLAYS,
	/* The same for images that a later step fills: undone even if they were written to, as nobody else uses them yet. */
	DISK_MAKE_TO_FILL,
	/* The image of plan_image(); it can be made again, except as a copy of an open file. */
	DISK_MAKE_IMAGE,
	/* Copies every disk that has a source (old_path) and no backing file. */
	DISK_COPY,
	/*
	 * Grows the plan's first disk to its virtual size: with qemu-img, or in the QEMU that has it open. That
	 * size is the commit point.
	 */
	DISK_GROW_IMAGE,
	/* Removes the write bits of what layers are put on, and has it repaired if nobody uses it. */
	DISK_FREEZE,
	/* The same for images that the operation has made: nothing is undone. */
	DISK_FREEZE_MADE,
	/* As FREEZE, before the new definition; only if the VM does not run. */
	DISK_FREEZE_HALTED,
	/* Removes the write bits of the old layers, and of other programs' layers below them. */
	DISK_FREEZE_SWITCHED,
	/* The running guest's switch, with its memory if the plan has an image; or the definition of a halted guest. */
	DISK_SWITCH,
	/* then=halt: ends the guest if the switch has not. */
	DISK_HALT,
	/* Defines what libvirt's switch of a running guest leaves as it was. */
	DISK_REDEFINE,
	/* Defines xml_after, or the plan's disks; VXE_TRY_AGAIN: the VM was started meanwhile. */
	DISK_DEFINE,
	/* Changes only the plan's disks: patches the present inactive XML to the new files (undone: to the old ones). */
	DISK_DEFINE_DISKS,
	/*
	 * Defines the plan's domain as xml_after, or undefines it where there is none, and keeps its state.
	 * VXE_TRY_AGAIN(vm) if it is up, before and after: a VM that was started meanwhile runs on its old
	 * disks, and would disappear when its guest stops; it gets xml_before back.
	 */
	DISK_DEFINE_HALTED,
	/* In every other domain that vdi_move() put into the plan, replaces old_path by new_path. */
	DISK_DEFINE_OTHERS,
	/* Destroys a running domain. */
	DISK_STOP,
	/* Undefines the domain; "drop-state": UEFI variables and TPM state go, too. */
	DISK_UNDEFINE,
	DISK_ACTS,
};

extern const struct step_act disk_acts[DISK_ACTS];
#define DISK(act_) (&disk_acts[DISK_##act_])

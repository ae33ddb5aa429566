/* SPDX-License-Identifier: MIT */
/*
 * The table of acts on disks, of which operations make their steps: for each act its function, its undo, and its data
 * in a plan.
 */
#include "objects/disks/disks.h"

#include "objects/disks/steps/copy_steps.h"
#include "objects/disks/steps/image_steps.h"
#include "objects/disks/steps/disk_steps.h"
#include "objects/disks/steps/disk_switch.h"
#include "objects/disks/steps/guest_wake.h"
#include "objects/disks/vdi_move.h"

const struct step_act disk_acts[DISK_ACTS] = {
	[DISK_MAKE_OVERLAYS] = { step_make_overlays, step_remove_overlays, NULL, NULL, NULL },
	[DISK_MAKE_TO_FILL] = { step_make_overlays, step_drop_images, NULL, NULL, NULL },
	[DISK_MAKE_IMAGE] = { step_make_image, step_remove_image, NULL, image_members, NULL },
	[DISK_COPY] = { step_copy_disks, step_remove_copies, NULL, NULL, NULL },
	[DISK_GROW_IMAGE] = { step_grow_image, NULL, probe_grown, NULL, NULL },

	[DISK_FREEZE] = { step_freeze, step_thaw, NULL, NULL, NULL },
	[DISK_FREEZE_MADE] = { step_freeze, NULL, NULL, NULL, NULL },
	[DISK_FREEZE_HALTED] = { step_freeze_halted, step_thaw, NULL, NULL, NULL },
	[DISK_FREEZE_WITH_BELOW] = { step_freeze_with_below, NULL, NULL, NULL, NULL },

	[DISK_SWITCH] = { step_switch, step_switch_back, NULL, switch_members, NULL },
	[DISK_HALT] = { step_halt, NULL, NULL, switch_members, NULL },
	[DISK_REDEFINE] = { step_redefine, NULL, NULL, NULL, NULL },

	[DISK_DEFINE] = { step_define, step_define_before, NULL, NULL, NULL },
	[DISK_DEFINE_DISKS] = { step_define_disks, step_define_disks_before, NULL, NULL, NULL },
	[DISK_DEFINE_HALTED] = { step_define_halted, NULL, NULL, NULL, NULL },
	[DISK_DEFINE_OTHERS] = { step_define_others, NULL, NULL, other_domains_members, NULL },
	[DISK_UNPAUSE] = { step_unpause, NULL, NULL, NULL, NULL },
	[DISK_WAKE] = { step_wake, NULL, NULL, NULL, NULL },
	[DISK_STOP] = { step_stop, NULL, NULL, NULL, NULL },
	[DISK_UNDEFINE] = { step_undefine, NULL, NULL, undefine_members, NULL },
};

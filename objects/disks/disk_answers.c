/* SPDX-License-Identifier: MIT */
/* The callbacks by which the engine of operations asks about disks, of which the engine itself knows nothing. */

#include "objects/disks/images/image_make.h"
#include "objects/disks/merge/coalesce.h"
#include "objects/disks/steps/commit_side.h"
#include "objects/disks/steps/stay_open.h"

const struct op_disks disk_answers = {
	.named = op_xml_names_new,
	.switched_unseen = op_switched_unseen,
	.live_files = op_live_files,
	.look_again = op_look_again,
	.stay_open = plan_stay_open,
	.empty_bytes = image_empty_bytes,
	.foresee = coalesce_foresee,
};

/* SPDX-License-Identifier: MIT */
/* The records that lie beside an SR's disks, for the day it comes back: to any vxe. */
#include "tests/fuzz/fuzz.h"

#include "objects/classes/storage/sr.h"
#include "objects/storage/sr_records_file.h"
#include "tests/fuzz/world.h"

void fuzz_kept(const uint8_t *data, size_t size)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = fuzz_put(SR_KEPT, data, size);
	_cleanup_free_ char *disk = fuzz_put("a.qcow2", "", 0);
	_cleanup_(sr_free_cleanup) struct sr *sr = record_new(&sr_class);
	struct session *s = fuzz_world_new();

	sr->r.uuid = xstrdup("00000040-0000-4000-8000-000000000040");
	str_replace(&sr->path, fuzz_dir());
	fuzz_outcome(sr_restore_records(s, sr, &err), &err);
	session_close(s);
}

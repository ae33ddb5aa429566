/* SPDX-License-Identifier: MIT */
#include "objects/engine/plan_leave.h"

#include "backends/content/qcow2.h"

void plan_leave(struct plan *p, const char *path)
{
	if (!strv_has(&p->leaves, path))
		strv_add(&p->leaves, path);
}

int plan_look_again(const struct plan *p, struct vxe_error *err)
{
	for (size_t i = 0; i < p->leaves.n; i++) {
		_cleanup_header_ struct qcow2_header h = { 0 };
		_cleanup_error_ struct vxe_error ignored = { 0 };

		/* One that can no longer be read is for the step to fail on. */
		if (qcow2_read(p->leaves.items[i], &h, &ignored) > 0 && h.snapshots)
			return vxe_fail(err, VXE_TRY_AGAIN, p->object ? p->object : "",
				"an internal snapshot was made meanwhile");
	}
	return 0;
}

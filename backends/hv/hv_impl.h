/* SPDX-License-Identifier: MIT */
/* What every hypervisor puts first into its own struct hv and struct hv_job. Not for callers. */
#pragma once

#include "backends/hv/hv.h"

struct hv {
	const struct hv_ops *ops;
	unsigned changed; /* enum hv_kind */
};

struct hv_job {
	const struct hv_ops *ops;
	hv_pivot_fn *before_pivot; /* NULL: nothing */
	void *pivot_ctx;
};

static inline int hv_may_pivot(const struct hv_job *j, struct vxe_error *err)
{
	return j->before_pivot ? j->before_pivot(j->pivot_ctx, err) : 0;
}

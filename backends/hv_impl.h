/* SPDX-License-Identifier: MIT */
/* What every hypervisor puts first into its own struct hv and struct hv_job. Not for callers. */
#pragma once

#include "backends/hv.h"

struct hv {
	const struct hv_ops *ops;
};

struct hv_job {
	const struct hv_ops *ops;
};

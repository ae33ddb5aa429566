/* SPDX-License-Identifier: MIT */
/*
 * What running guests use and say, asked once per session: statistics of all domains in one round
 * trip, the agent of one guest when a field wants it.
 */
#pragma once

#include "objects/session/session.h"

/* NULL in *ret when the VM does not run or libvirt cannot be reached. Borrowed. */
int live_stat(struct session *s, const char *vm, const struct hv_stat **ret,
	struct vxe_error *err) _must_check_;
/* Two looks at a VM, 200 ms apart; both NULL when it does not run. Borrowed. */
struct live_sample {
	const struct hv_stat *a, *b;
	int64_t ms; /* in between */
};
int live_sample(struct session *s, const char *vm, struct live_sample *ret,
	struct vxe_error *err) _must_check_;
/* How busy VCPU number @i was in between: 0 to 1. */
double live_sample_load(const struct live_sample *l, int i);
/* How busy each VCPU was within 200 ms, as "0" to its number: 0 to 1. Empty when it does not run. */
int live_vcpu_load(
	struct session *s, const char *vm, struct map *ret, struct vxe_error *err) _must_check_;
/* ret->present is false when no agent answers, see hv_guest(). The VM must run. Borrowed. */
int live_guest(struct session *s, const char *vm, const struct hv_guest **ret,
	struct vxe_error *err) _must_check_;

void live_free(struct live *l); /* accepts NULL */

/* SPDX-License-Identifier: MIT */
/*
 * Measurements of running guests, once per session: statistics, of one VM or of all in one round trip,
 * and answers of a guest's agent when a field needs them.
 */
#pragma once

#include "objects/session/session.h"

/* The VM's statistics; NULL in *ret if the VM does not run or libvirt cannot be reached. Borrowed. */
int live_stat(struct session *s, const char *vm, const struct hv_stat **ret,
	struct vxe_error *err) _must_check_;
/* Two samples of a VM, 200 ms apart; both NULL when the VM does not run. Borrowed. */
struct live_sample {
	const struct hv_stat *a, *b;
	int64_t ms; /* time between the samples */
};
int live_sample(struct session *s, const char *vm, struct live_sample *ret,
	struct vxe_error *err) _must_check_;
/* The load of VCPU number @i between two samples of a VM: 0 to 1. */
double live_sample_load(const struct live_sample *l, int i);
/*
 * The load of each VCPU within 200 ms, from "0" to the last VCPU's number: 0 to 1. Empty when the
 * VM does not run.
 */
int live_vcpu_load(
	struct session *s, const char *vm, struct map *ret, struct vxe_error *err) _must_check_;
/*
 * Facts that the guest's agent reports, see hv_guest(); ret->present is false when no agent answers. The VM must run.
 * Borrowed.
 */
int live_guest(struct session *s, const char *vm, const struct hv_guest **ret,
	struct vxe_error *err) _must_check_;

void live_free(struct live *l); /* accepts NULL */

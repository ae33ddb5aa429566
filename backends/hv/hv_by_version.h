/* SPDX-License-Identifier: MIT */
/*
 * What depends on the version of libvirt or QEMU: the one table of it. What can be asked of them is asked, and has no
 * row here.
 */
#pragma once

#include "backends/hv/hv_facts.h"

enum hv_fact {
	HV_CHAIN_MOST,	/* layers of a disk with which a guest starts for sure */
	HV_CHAIN_USUAL, /* layers that a snapshot may make, if its SR does not say another number */
	HV_REVERTS_EXTERNAL, /* 1: libvirt goes back to external snapshots, and then needs a current one */
	HV_KEEPS_MARKS, /* 1: an emulated guest may run while its memory is written */
	N_HV_FACTS
};

/* The value for these versions; @v NULL, or not three numbers: that of the newest. */
int64_t hv_by_version(const struct hv_versions *v, enum hv_fact fact);
/* The least value for any version: a smaller number needs no question about the version. */
int64_t hv_by_version_least(enum hv_fact fact);

/* SPDX-License-Identifier: MIT */
/*
 * What depends on the version of libvirt or QEMU: the one table of it. What can be asked of them is asked, and has no
 * row here.
 */
#pragma once

#include "backends/hv/hv_facts.h"

enum hv_fact {
	HV_CHAIN_MOST, /* number of layers with which a guest surely starts */
	HV_CHAIN_USUAL, /* number of layers that a snapshot may make, unless its SR sets another one */
	HV_REVERTS_EXTERNAL, /* 1: libvirt can revert to external snapshots, and then needs a current one */
	HV_KEEPS_MARKS, /* 1: an emulated guest may run while its memory is saved, and loses no page */
	N_HV_FACTS
};

/* The value for these versions; if @v is NULL, or not three numbers, that for the newest. */
int64_t hv_by_version(const struct hv_versions *v, enum hv_fact fact);
/* The least value for any version: what stays below it need not ask for the version. */
int64_t hv_by_version_least(enum hv_fact fact);

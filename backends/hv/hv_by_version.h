/* SPDX-License-Identifier: MIT */
/*
 * The one table of what depends on the version of libvirt or QEMU. Features for which libvirt or QEMU can be asked
 * have no row in it.
 */
#pragma once

#include "backends/hv/hv_facts.h"

enum hv_fact {
	HV_CHAIN_MOST, /* number of layers with which a guest surely starts */
	HV_CHAIN_USUAL, /* number of layers that a snapshot may make, unless its SR sets another one */
	HV_REVERTS_EXTERNAL, /* 1: libvirt can revert to external snapshots, and then needs a current one */
	HV_KEEPS_MARKS, /* 1: an emulated guest may run while its memory is saved, and loses no page */
	HV_KNOWS_ITCO, /* 1: a definition may name the watchdog that each q35 machine has */
	HV_SHOWS_FIRMWARE, /* 1: a definition may name the kind of firmware and the files that libvirt has chosen for it */
	N_HV_FACTS
};

/* The value of @fact for these versions; if @v is NULL, or not three numbers, the value for the newest versions. */
int64_t hv_by_version(const struct hv_versions *v, enum hv_fact fact);
/* The least value of @fact for any version: who stays below it need not ask for the version. */
int64_t hv_by_version_least(enum hv_fact fact);

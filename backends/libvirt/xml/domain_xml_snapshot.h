/* SPDX-License-Identifier: MIT */
/* Documents in which libvirt keeps its snapshots. */
#pragma once

#include "backends/hv/hv_facts.h"

/*
 * Reads the XML of a libvirt snapshot, all members but @current. VXE_HYPERVISOR_FAILED if @xml is no such document.
 */
int snapshot_xml_read(const char *xml, struct hv_snapshot *ret, struct vxe_error *err) _must_check_;
/* Sorts snapshots so that each parent stands before its children; a parent that is not in the list becomes NULL. */
void snapshots_sort(struct hv_snapshots *v);

/* SPDX-License-Identifier: MIT */
/* vxe report: one page about the VMs of a host, their snapshots, their space and their schedules. */
#pragma once

#include "objects/check/check.h"
#include "objects/storage/space.h"
#include "xe/commands/snapshot_tree.h"

/* What the page is made of. */
struct report_data {
	struct call *call;
	const struct strv *vms; /* UUIDs of the VMs that it is about; NULL: of all */
	struct tree tree; /* their snapshots, with the columns of a graph, in the order of time */
	struct space space;
	struct findings found; /* what 'check' finds */
	struct strv notes;     /* what it says besides, as on the standard error */
	struct rows rows;      /* the VMs, in the order of their names, with the columns below */
};
/* The columns of the rows of VMs, in the order of report_columns (report.c). */
enum report_column {
	REPORT_UUID,
	REPORT_NAME,
	REPORT_DESCRIPTION,
	REPORT_STATE,
	REPORT_MEMORY,
	REPORT_COLUMNS
};

/* The value of a column of a VM as xe prints it; owned. */
char *report_value(const struct report_data *d, const struct row *vm, enum report_column column);

/* Adds a table of the VMs, then for each its snapshots, drawn as a tree, and its files. */
void report_vms(const struct report_data *d, struct str *html);
/* Adds a calendar of the schedules: what has run, failed and will run, and which snapshots the next run deletes. */
int report_schedules(
	const struct report_data *d, struct str *html, struct vxe_error *err) _must_check_;

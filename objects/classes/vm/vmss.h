/* SPDX-License-Identifier: MIT */
/* vmss: a schedule of snapshots. A VM names its schedule, or the schedule has a filter of VMs. objects/schedule runs it. */
#pragma once

#include "objects/model/record.h"

enum vmss_type { VMSS_SNAPSHOT, VMSS_CHECKPOINT, VMSS_SNAPSHOT_WITH_QUIESCE };
enum vmss_frequency { VMSS_DAILY, VMSS_HOURLY, VMSS_WEEKLY };
enum vmss_missed { VMSS_ONCE, VMSS_SKIP };

struct vmss {
	struct record r;
	char *name_label;
	char *name_description;
	bool enabled;
	int type; /* enum vmss_type */
	int64_t retained_snapshots;
	int frequency;	     /* enum vmss_frequency */
	struct map schedule; /* min, hour, days */
	int64_t last_run_time;
	/* vxe's own; 0 and "": none, where nothing else is said */
	int64_t keep_hourly, keep_daily, keep_weekly,
		keep_monthly; /* snapshots that stay besides the newest */
	int64_t keep_days;    /* those that are younger stay, too */
	int missed_run;	      /* enum vmss_missed */
	char *blackout;	      /* "HH:MM-HH:MM,..." */
	char *timezone;	      /* "": the host's */
	char *vm_filter;      /* these VMs, too */
	char *name_template;
	char *pre_command, *post_command; /* names of plugins */
	int64_t command_timeout;	  /* s */
	bool quiesce_fallback;
	int64_t max_parallel;  /* VMs of a run at the same time */
	int64_t max_bandwidth; /* of merges, bytes/s */
	char *last_error;
	/* internal */
	int64_t counted_from; /* slots after this time have not run */
	char *counted_zone; /* the offset from UTC then, in seconds, as it was looked up; "": not yet */
	int64_t open_slot;  /* the slot that runs, or waits for VMs that are in use */
	struct strv failed; /* the VMs that failed in the open slot */
	struct strv busy;   /* names of the VMs that it waits for */
	char *retained_by;  /* the numbers by which the last run deleted */
};

RECORD_TYPE(vmss)

/* What name_template may contain, and what the name gets in its place. */
enum vmss_word { VMSS_WORD_SCHEDULE, VMSS_WORD_VM, VMSS_WORD_DATE, VMSS_WORD_TIME, VMSS_WORDS };
extern const char *const vmss_words[VMSS_WORDS];
/* The word with which the text begins; VMSS_WORDS: none. */
enum vmss_word vmss_word_at(const char *text);

/*
 * Checks a new schedule: INVALID_VALUE for a wrong key or value. Sets canonical spellings and adds
 * missing values.
 */
int vmss_check(struct vmss *v, struct vxe_error *err) _must_check_;

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
	struct map schedule; /* with the keys min, hour and days */
	int64_t last_run_time;
	/* Fields of vxe alone; 0 and "" mean none, unless a line says otherwise. */
	int64_t keep_hourly, keep_daily, keep_weekly,
		keep_monthly; /* how many snapshots of each kind stay besides the newest */
	int64_t keep_days;    /* snapshots that are younger than this stay, too */
	int missed_run;	      /* enum vmss_missed */
	char *blackout;	      /* times of the day in which no run begins: "HH:MM-HH:MM,..." */
	char *timezone;	      /* "": that of the host */
	char *vm_filter; /* filter of VMs that the schedule is for, besides those that name it */
	char *name_template;
	char *pre_command, *post_command; /* names of plugins, run before and after a run */
	int64_t command_timeout;	  /* in seconds */
	bool quiesce_fallback;
	int64_t max_parallel;  /* how many VMs of a run are worked on at the same time */
	int64_t max_bandwidth; /* speed limit of merges in bytes per second */
	char *last_error;
	/* What the runner keeps; no command shows it: */
	int64_t counted_from; /* times that are due after this one have not run */
	char *counted_zone; /* offset from UTC at that time, in seconds, as it was looked up; "": not yet */
	int64_t open_slot; /* due time of the run that is under way, or that waits for VMs in use */
	struct strv failed; /* UUIDs of the VMs that failed in this run */
	struct strv busy;   /* names of the VMs in use that this run waits for */
	char *retained_by; /* the numbers of snapshots to keep that the last run used when it deleted */
};

RECORD_TYPE(vmss)

/* The words that name_template may contain; the name of a snapshot has values in their place. */
enum vmss_word { VMSS_WORD_SCHEDULE, VMSS_WORD_VM, VMSS_WORD_DATE, VMSS_WORD_TIME, VMSS_WORDS };
extern const char *const vmss_words[VMSS_WORDS];
/* The word with which the text begins; VMSS_WORDS if with none. */
enum vmss_word vmss_word_at(const char *text);

/*
 * Checks a new schedule: INVALID_VALUE for a wrong key or value. Sets canonical spellings and adds
 * missing values.
 */
int vmss_check(struct vmss *v, struct vxe_error *err) _must_check_;

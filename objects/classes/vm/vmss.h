/* SPDX-License-Identifier: MIT */
/*
 * vmss: a schedule of snapshots. A VM names its schedule, or the schedule has a filter of VMs. objects/schedule runs
 * schedules.
 */
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
	struct map schedule; /* when the schedule is due: the keys min, hour and days */
	int64_t last_run_time;
	/* Fields that xe's schedules do not have; 0 and "" mean none, unless a comment says otherwise. */
	/* how many hourly, daily, weekly and monthly snapshots stay besides the newest ones */
	int64_t keep_hourly, keep_daily, keep_weekly, keep_monthly;
	int64_t keep_days; /* snapshots that are younger than so many days stay, too */
	int missed_run;	   /* enum vmss_missed */
	char *blackout;	   /* times of the day in which no run begins: "HH:MM-HH:MM,..." */
	char *timezone;	   /* "": that of the host */
	char *vm_filter;   /* filter of further VMs of the schedule, besides those that name it */
	char *name_template;
	/* names of plugins that run before and after a run of the schedule */
	char *pre_command, *post_command;
	int64_t command_timeout; /* in seconds */
	bool quiesce_fallback;
	int64_t max_parallel;  /* on how many VMs a run works at the same time */
	int64_t max_bandwidth; /* speed limit of layer merges, in bytes per second */
	char *last_error;
	/* State of the program that runs schedules; no command shows these members: */
	int64_t counted_from; /* due times after this instant have not run yet */
	/* offset from UTC at the time @counted_from, in seconds, when it was looked up; "": it was not yet */
	char *counted_zone;
	/* due time of the run in progress, or of one that waits for VMs in use */
	int64_t open_slot;
	struct strv failed; /* UUIDs of the VMs that failed in the run of @open_slot */
	struct strv busy;   /* names of the VMs in use for which the run of @open_slot waits */
	/* the numbers of snapshots to keep, as the last run used them to delete snapshots */
	char *retained_by;
};

RECORD_TYPE(vmss)

/* The {words} that the field name-template may contain; the name of a snapshot has values in their place. */
enum vmss_word { VMSS_WORD_SCHEDULE, VMSS_WORD_VM, VMSS_WORD_DATE, VMSS_WORD_TIME, VMSS_WORDS };
extern const char *const vmss_words[VMSS_WORDS];
/* The word of a name-template with which the text begins; VMSS_WORDS if it begins with none. */
enum vmss_word vmss_word_at(const char *text);

/*
 * Checks the values of a new schedule: INVALID_VALUE for a wrong key or value. Sets canonical spellings and adds
 * missing values.
 */
int vmss_check(struct vmss *v, struct vxe_error *err) _must_check_;

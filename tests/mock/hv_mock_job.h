/* SPDX-License-Identifier: MIT */
/* Shared between the files that make the mock's jobs. */
#pragma once

#include "tests/mock/hv_mock_impl.h"

enum job_state { JOB_RUNS, JOB_ENDED, JOB_FAILED };
enum job_work { WORK_SWITCH, WORK_MERGE, WORK_SAVE, WORK_RESTORE, WORK_COPY, WORK_MIGRATE };

/* One disk that gets another file. */
struct change {
	char *target, *path, *format;
	bool keeps_old; /* the old file becomes the backing one */
};

struct mock_job {
	struct hv_job job;
	struct hv_mock *m;
	struct mock_job *next; /* of those that are not freed */
	char *uuid;
	bool begun; /* the caller has it */
	enum job_state state;
	unsigned polls; /* still to answer "running" */
	char *failure;
	enum job_work work;
	char *path; /* of memory; NULL: a switch of disks only */
	size_t n;   /* of a switch */
	bool halt;  /* after it */
	struct change *changes;
	char *target, *base, *top; /* of a merge; of a copy base is the image */
	char *xml;		   /* of a restore */
	bool paused;
	char *to;	  /* of a migration: the other mock's URI */
	const char *from; /* the file that the disk must be on; NULL: any; until the call returns */
};

/* VXE_HYPERVISOR_FAILED of what the job is about; VXE_BUSY if MOCK_DISK_BUSY is the reason. */
#define MOCK_DISK_BUSY "the disk has a block job"
int mock_job_fail(const struct mock_job *j, struct vxe_error *err, const char *why);
/*
 * hv_mock_disks.c: puts other files below the disks in both XML texts, or in none. Only a disk that is
 * on its @old file is changed: the definition may say something else.
 */
int mock_change_domain(struct mock_domain *d, const struct change *changes, size_t n,
	const char *const *old, struct vxe_error *err) _must_check_;
/* The live XML says nothing more of the layers below the disk: they have become others. */
int mock_forget_below(
	struct mock_domain *d, const char *target, struct vxe_error *err) _must_check_;

/* Whether a merge is at work on the domain's disk; @target NULL: on any. */
bool mock_merging(const struct hv_mock *m, const char *uuid, const char *target);

/* hv_mock_migrate.c: the domain may go to the other mock; and the work. */
int mock_migrate_check(
	const struct mock_job *j, const struct mock_domain *d, struct vxe_error *err) _must_check_;
int mock_migrate(
	const struct mock_job *j, struct mock_domain *d, struct vxe_error *err) _must_check_;

static inline bool mock_is_block_job(const struct mock_job *j)
{
	return j->work == WORK_MERGE || j->work == WORK_COPY;
}

/* hv_mock_merge.c: such a merge or copy can be begun; and the work. */
int mock_merge_check(
	const struct mock_job *j, const struct mock_domain *d, struct vxe_error *err) _must_check_;
int mock_merge(const struct mock_job *j, struct mock_domain *d, struct vxe_error *err) _must_check_;

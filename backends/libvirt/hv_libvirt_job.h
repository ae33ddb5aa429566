/* SPDX-License-Identifier: MIT */
/*
 * Jobs of libvirt. A blocking call (a switch of disks, a save, a restore) is made by a separate
 * thread, so that the caller can show progress; a merge or copy is a block job in QEMU, which vxe polls.
 */
#pragma once

#include "backends/libvirt/hv_libvirt.h"
#include "backends/hv/memory_save_passes.h"

#include <pthread.h>

enum libvirt_job_state { JOB_RUNS, JOB_ENDED, JOB_FAILED };

struct libvirt_job;

/* A call that a thread of its own makes. */
struct libvirt_call {
	const char *operation;
	int (*run)(struct libvirt_job *j); /* returns 0, or -1 with libvirt's last error */
	bool stops;			   /* it writes memory, and virDomainAbortJob() stops it */
	void (*after)(
		struct libvirt_job *j); /* called at the end, also after a failure; NULL: nothing */
	/* Makes the error of j->code and j->failure; returns -1. NULL: libvirt's own error. */
	int (*explain)(const struct libvirt_job *j, struct vxe_error *err);
};

struct libvirt_job {
	struct hv_job job;
	virDomainPtr dom; /* domain of the job; NULL: it is a restore */
	enum libvirt_job_state state;
	char *failure; /* libvirt's message after a failure */
	int code;      /* libvirt's error code after a failure */

	/* Of a merge or copy: */
	const char *work; /* its name in errors */
	char *target;
	bool pivots; /* it ends by a pivot: an active commit or a copy */

	/* Of a call; @lock guards state and failure while the thread runs: */
	const struct libvirt_call *call; /* NULL: it is a merge or copy */
	virConnectPtr conn;		 /* connection for a restore; borrowed */
	virConnectPtr own;   /* connection of its own for a call that is polled; NULL: none */
	virDomainPtr called; /* @dom by that connection, else @dom itself; borrowed */
	const struct hv_switch *disks; /* disks of a switch; borrowed, as @known is */
	size_t n;
	const struct strv *known;
	char *xml, *path; /* path is that of the memory's file */
	unsigned flags;
	bool stays_frozen; /* the agent may still freeze the guest's file systems after the call */
	int quiesce_s;	   /* seconds within which the agent must answer; 0: it is not asked */
	/* downtime limit in ms that the domain had before vxe set its own; 0: not set */
	unsigned long long silence;
	struct passes passes;
	/* the guest is stopped for the rest of its memory, and QEMU answers nothing until that is written */
	bool ends;
	int64_t began;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
};

/* A new job, which owns @dom (may be NULL). */
struct libvirt_job *libvirt_job_new(virDomainPtr dom);
void libvirt_job_release(struct libvirt_job *j);
/* Makes the call in a thread. The caller owns the job, which is freed on failure. */
int libvirt_job_begin(struct libvirt_job *j, const struct libvirt_call *call, struct hv_job **ret,
	struct vxe_error *err) _must_check_;

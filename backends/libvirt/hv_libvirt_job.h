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

/* A call that is made by a separate thread. */
struct libvirt_call {
	const char *operation;
	int (*run)(struct libvirt_job *j);    /* 0, or -1 with libvirt's last error */
	bool stops;			      /* it writes memory; virDomainAbortJob() stops it */
	void (*after)(struct libvirt_job *j); /* called in any case at the end; NULL: none */
	/* The error of a failure, from j->code and j->failure; returns -1. NULL: libvirt's. */
	int (*explain)(const struct libvirt_job *j, struct vxe_error *err);
};

struct libvirt_job {
	struct hv_job job;
	virDomainPtr dom; /* the domain to ask about; NULL: a restore */
	enum libvirt_job_state state;
	char *failure; /* libvirt's message after a failure, */
	int code;      /* and its error */

	/* a merge or copy */
	const char *work; /* its name in errors */
	char *target;
	bool pivots; /* an active commit or a copy: ends by a pivot */

	/* a call; @lock protects state and failure while the thread runs */
	const struct libvirt_call *call; /* NULL: a merge or copy */
	virConnectPtr conn;		 /* for a restore; borrowed */
	virConnectPtr own;		 /* for a call that is polled; or NULL */
	virDomainPtr called;		 /* @dom over that connection, else @dom itself; borrowed */
	const struct hv_switch *disks;	 /* of a switch; borrowed, as @known */
	size_t n;
	const struct strv *known;
	char *xml, *path; /* path: of the memory file */
	unsigned flags;
	bool stays_frozen;	    /* the agent may freeze the guest after the call */
	int quiesce_s;		    /* what the agent has for an answer; 0: it is not asked */
	unsigned long long silence; /* the domain's own limit in ms while vxe's is set; or 0 */
	struct passes passes;
	bool ends; /* the guest is stopped for the rest of its memory: QEMU answers nothing until that is written */
	int64_t began;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
};

/* The job owns @dom, which may be NULL. */
struct libvirt_job *libvirt_job_new(virDomainPtr dom);
void libvirt_job_release(struct libvirt_job *j);
/* Makes the call in a thread; the caller owns the job, which is released on failure. */
int libvirt_job_begin(struct libvirt_job *j, const struct libvirt_call *call, struct hv_job **ret,
	struct vxe_error *err) _must_check_;

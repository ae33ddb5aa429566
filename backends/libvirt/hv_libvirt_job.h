/* SPDX-License-Identifier: MIT */
/*
 * Jobs of libvirt, for the files that start them. A call that blocks (a switch of disks, a save, a
 * restore) is made by a thread of its own, so that the caller can show how far it is; a merge is a
 * block job that QEMU runs and we ask about.
 */
#pragma once

#include "backends/libvirt/hv_libvirt.h"

#include <pthread.h>

enum libvirt_job_state { JOB_RUNS, JOB_ENDED, JOB_FAILED };

struct libvirt_job;

/* A call for a thread of its own. */
struct libvirt_call {
	const char *operation;
	int (*run)(const struct libvirt_job *j); /* 0, or -1 with libvirt's last error */
	bool stops; /* it writes memory, which virDomainAbortJob() ends */
	void (*after)(const struct libvirt_job *j); /* however it ended; NULL: nothing */
};

struct libvirt_job {
	struct hv_job job;
	virDomainPtr dom; /* what is asked about; NULL: a restore */
	enum libvirt_job_state state;
	char *failure; /* libvirt's words when it failed */

	/* a merge */
	char *target;
	bool pivots; /* an active commit: ends by a pivot */

	/* a call; @lock guards state and failure while the thread is at work */
	const struct libvirt_call *call; /* NULL: a merge */
	virConnectPtr conn;		 /* for a restore; borrowed */
	virConnectPtr own;		 /* for a call that is asked about; or NULL */
	virDomainPtr called;		 /* @dom over that connection, else @dom itself; borrowed */
	char *xml, *path;		 /* path: of the memory */
	int fd;				 /* that file, to be flushed; -1: not yet open */
	unsigned flags;
	unsigned long long silence; /* the domain's own limit while ours is set, in ms; or 0 */
	int64_t began;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
};

/* @dom becomes the job's; may be NULL. */
struct libvirt_job *libvirt_job_new(virDomainPtr dom);
void libvirt_job_release(struct libvirt_job *j);
/* Makes the call in a thread; the job becomes the caller's, or is released on failure. */
int libvirt_job_begin(struct libvirt_job *j, const struct libvirt_call *call, struct hv_job **ret,
	struct vxe_error *err) _must_check_;

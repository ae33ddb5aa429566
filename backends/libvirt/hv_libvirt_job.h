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

/* A libvirt call that takes long, and is made in a thread of its own. */
struct libvirt_call {
	const char *operation;
	/* makes the call: returns 0, or -1 with libvirt's last error */
	int (*run)(struct libvirt_job *j);
	bool stops; /* the call writes or sends memory, and virDomainAbortJob() stops it */
	/* called at the end of the call, also after a failure; NULL: nothing */
	void (*after)(struct libvirt_job *j);
	/*
	 * Makes the error of a failed call from libvirt's code and message in @j; returns -1. NULL: libvirt's
	 * message is the error.
	 */
	int (*explain)(const struct libvirt_job *j, struct vxe_error *err);
	bool apart; /* one that cannot be stopped: on a connection of its own, so that it can be left to itself */
};

struct libvirt_job {
	struct hv_job job;
	virDomainPtr dom; /* domain of the job; NULL: it is a restore */
	enum libvirt_job_state state;
	char *failure; /* libvirt's message after a failure */
	int code;      /* libvirt's error code after a failure */

	/* Of a merge or copy: */
	const char *work; /* name of the merge or copy in errors */
	char *target;
	bool pivots; /* the block job ends by a pivot: an active commit or a copy */

	/* Of a job that is a call in a thread; @lock guards @state and @failure while the thread runs: */
	const struct libvirt_call *call; /* NULL: the job is a merge or copy */
	virConnectPtr conn;		 /* connection for a restore; borrowed */
	virConnectPtr own; /* connection of its own for a call that is polled or left; NULL: none */
	virDomainPtr called; /* the domain's handle on the connection @own, else @dom itself */
	const struct hv_switch *disks; /* disks of a switch; borrowed, as @known is */
	size_t n;
	const struct strv *known;
	char *xml, *path; /* @path is that of the memory's file; NULL in a migration */
	unsigned flags;
	char *to,
		*memory; /* of a migration: URIs of the other host's libvirt, and for the memory (NULL: any) */
	/* the guest's file systems may still be frozen by the agent after the call */
	bool stays_frozen;
	/* seconds within which the guest agent must answer; 0: the agent is not asked */
	int quiesce_s;
	/* downtime limit in ms that the domain had before vxe set its own; 0: not set */
	unsigned long long silence;
	struct passes passes;
	/* QEMU stops the guest to write the rest of its memory, and answers nothing until that is written */
	bool ends;
	int64_t began;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
};

/* A new job, which owns @dom (may be NULL). */
struct libvirt_job *libvirt_job_new(virDomainPtr dom);
void libvirt_job_release(struct libvirt_job *j);
/* Starts a thread that makes the call. The caller owns the job; on failure the job is freed. */
int libvirt_job_begin(struct libvirt_job *j, const struct libvirt_call *call, struct hv_job **ret,
	struct vxe_error *err) _must_check_;
/* Waits until the call has returned, at most @wait_ms (negative: without limit). */
enum libvirt_job_state libvirt_job_wait(struct libvirt_job *j, int wait_ms);
/* Leaves a call on a connection of its own to itself: nobody learns its end, and its thread keeps what it uses. */
void libvirt_job_leave(struct libvirt_job *j);

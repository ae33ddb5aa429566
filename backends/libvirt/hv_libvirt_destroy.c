/* SPDX-License-Identifier: MIT */
/*
 * Ends a guest without its help. A QEMU in uninterruptible sleep does not even end by SIGKILL, which libvirt sends after 10 s:
 * then libvirt's call takes 40 s and names neither the VM nor the storage. So a thread makes the call, and the call is left to
 * itself when it is sure that the QEMU sleeps.
 */
#include "backends/libvirt/hv_libvirt_job.h"

#include <errno.h>

#include "backends/machine/machine.h"
#include "objects/base/clock.h"
#include "objects/base/far/far_file.h"

#define POLL_MS 200
#define KILLED_MS 15000 /* by then libvirt has sent SIGKILL, and QEMU has had some seconds */
#define ASLEEP 5	/* so many looks in a row find it asleep */
#define LATE_MS 45000	/* libvirt's own limit has passed: it waits itself, for the same storage */

static int end_guest(struct libvirt_job *j)
{
	return virDomainDestroy(j->called);
}

static const struct libvirt_call destroy_call = { "destroy", end_guest, .apart = true };

/* The first of the files whose file system does not answer, which it may have done before; NULL: none. */
static const char *silent_one(const struct strv *files)
{
	struct stat st;

	for (size_t i = 0; i < files->n; i++)
		far_ask(files->items[i]);
	for (size_t i = 0; i < files->n; i++)
		if (far_stat(files->items[i], &st) < 0 && errno == EHOSTDOWN)
			return files->items[i];
	return NULL;
}

/* Waits for the call. Returns 0 when it has returned; fails if the QEMU sleeps, and the call goes on. */
static int await_end(struct libvirt_job *j, const char *uuid, struct vxe_error *err)
{
	_cleanup_strv_ struct strv files = { 0 };
	int asleep = 0;

	/* most end at once, or do not run: then nobody needs to know which process it is */
	if (libvirt_job_wait(j, POLL_MS) != JOB_RUNS)
		return 0;
	pid_t qemu = machine_guest_pid(NULL, uuid);
	_cleanup_free_ char *process = xasprintf("%d", (int)qemu);

	(void)machine_guest_writes(NULL, uuid, &files); /* long before SIGKILL */
	while (libvirt_job_wait(j, POLL_MS) == JOB_RUNS) {
		int64_t ms = clock_ms() - j->began;
		bool sleeps = ms >= KILLED_MS && qemu && machine_sleeps(NULL, qemu);

		asleep = sleeps ? asleep + 1 : 0;
		if (asleep < ASLEEP && ms < LATE_MS)
			continue;
		const char *waits = silent_one(&files);

		if (waits || asleep >= ASLEEP)
			return vxe_fail(err, VXE_GUEST_STUCK, uuid, process,
				waits ? waits : "a device or file system");
	}
	return 0;
}

int libvirt_destroy(struct hv *h, const char *uuid, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	struct hv_job *job;
	int rc = libvirt_lookup(h, uuid, destroy_call.operation, &dom, err);

	if (rc <= 0)
		return rc;
	/* libvirt refuses it at once then; a connection and a thread of its own are for a guest that may not end */
	if (virDomainIsActive(dom) == 0)
		return 0;
	struct libvirt_job *j = libvirt_job_new(TAKE(dom));

	if (libvirt_job_begin(j, &destroy_call, &job, err) < 0)
		return -1;
	if (await_end(j, uuid, err) < 0) {
		libvirt_job_leave(j);
		return -1;
	}
	if (j->state == JOB_FAILED && j->code != VIR_ERR_NO_DOMAIN &&
		virDomainIsActive(j->dom) != 0)
		rc = libvirt_said(err, destroy_call.operation, j->failure);
	libvirt_job_ops.job_free(job);
	return rc < 0 ? -1 : 0;
}

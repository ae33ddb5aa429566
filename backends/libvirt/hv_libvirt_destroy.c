/* SPDX-License-Identifier: MIT */
/*
 * Ends a guest without its help. A QEMU in uninterruptible sleep does not even end by SIGKILL, which libvirt sends after 10 s:
 * then libvirt's call takes 40 s and names neither the VM nor the storage. So a thread makes the call, and the call is left to
 * itself when it is sure that the QEMU sleeps.
 */
#include "backends/libvirt/hv_libvirt_job.h"
#include "backends/machine/machine.h"
#include "objects/base/clock.h"
#include "objects/base/far/far_file.h"

#define POLL_MS 200
#define KILLED_MS 15000 /* by then libvirt has sent SIGKILL, and QEMU has had some seconds */
#define ASLEEP 5	/* so many looks in a row find it asleep */

static int end_guest(struct libvirt_job *j)
{
	return virDomainDestroy(j->called);
}

static const struct libvirt_call destroy_call = { "destroy", end_guest, .apart = true };

/* Fails because the QEMU does not end; names a file that it writes to and whose file system does not answer. */
static int fail_asleep(
	const char *uuid, pid_t qemu, const struct strv *files, struct vxe_error *err)
{
	_cleanup_free_ char *process = xasprintf("%d", (int)qemu);
	const char *waits = "a device or file system";

	for (size_t i = 0; i < files->n; i++)
		far_ask(files->items[i]);
	for (size_t i = 0; i < files->n; i++)
		if (far_answers(files->items[i]) < 0) {
			waits = files->items[i];
			break;
		}
	return vxe_fail(err, VXE_GUEST_STUCK, uuid, process, waits);
}

/* Waits for the call. Returns 0 when it has returned; fails if the QEMU sleeps, and the call goes on. */
static int await_end(struct libvirt_job *j, const char *uuid, struct vxe_error *err)
{
	_cleanup_strv_ struct strv files = { 0 };
	pid_t qemu = machine_guest_pid(NULL, uuid);
	int asleep = 0;

	(void)machine_guest_writes(NULL, uuid, &files);
	while (libvirt_job_wait(j, POLL_MS) == JOB_RUNS) {
		bool sleeps =
			clock_ms() - j->began >= KILLED_MS && qemu && machine_sleeps(NULL, qemu);

		asleep = sleeps ? asleep + 1 : 0;
		if (asleep == ASLEEP)
			return fail_asleep(uuid, qemu, &files, err);
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

/* SPDX-License-Identifier: MIT */
/*
 * Ends a guest without its help. A QEMU in uninterruptible sleep does not even end by SIGKILL, which libvirt sends after 10 s:
 * then libvirt's call takes 40 s and names neither the VM nor the storage. So a thread makes the call, on a connection of its
 * own (see hv_libvirt_job.c), which is left to itself when it is sure that the QEMU sleeps.
 */
#include <errno.h>
#include <time.h>

#include "backends/libvirt/hv_libvirt.h"
#include "backends/machine/machine.h"
#include "objects/base/clock.h"
#include "objects/base/far/far_file.h"
#include "objects/base/thread.h"

#define POLL_MS 200
#define KILLED_MS 15000 /* by then libvirt has sent SIGKILL, and QEMU has had some seconds */
#define ASLEEP 5	/* so many looks in a row find it asleep */

/* The call; shared by two threads, and freed only if it has returned. */
struct ending {
	pthread_mutex_t lock;
	pthread_cond_t over;
	virConnectPtr conn;
	virDomainPtr dom;
	bool done;
	int code;  /* libvirt's error; VIR_ERR_OK: none */
	char *why; /* its message */
};

static void ending_free(struct ending *e)
{
	if (e->dom)
		virDomainFree(e->dom);
	if (e->conn)
		virConnectClose(e->conn);
	pthread_cond_destroy(&e->over);
	pthread_mutex_destroy(&e->lock);
	free(e->why);
	free(e);
}

static void *end_guest(void *arg)
{
	struct ending *e = arg;
	int rc = virDomainDestroy(e->dom);
	int code = rc < 0 ? virGetLastErrorCode() : VIR_ERR_OK;
	char *why = rc < 0 ? xstrdup(virGetLastErrorMessage()) : NULL;

	pthread_mutex_lock(&e->lock);
	e->done = true;
	e->code = code;
	e->why = why;
	pthread_cond_signal(&e->over);
	pthread_mutex_unlock(&e->lock);
	return NULL;
}

static struct ending *ending_new(virDomainPtr dom, struct vxe_error *err)
{
	_cleanup_free_ char *uri = virConnectGetURI(virDomainGetConnect(dom));
	struct ending *e = xcalloc(1, sizeof(*e));
	char uuid[VIR_UUID_STRING_BUFLEN];
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&e->over, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&e->lock, NULL);
	e->conn = uri ? virConnectOpen(uri) : NULL;
	if (e->conn && virDomainGetUUIDString(dom, uuid) == 0)
		e->dom = virDomainLookupByUUIDString(e->conn, uuid);
	if (e->dom)
		return e;
	libvirt_fail(err, "destroy");
	ending_free(e);
	return NULL;
}

static bool is_over(struct ending *e)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += POLL_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_mutex_lock(&e->lock);
	while (!e->done && rc == 0)
		rc = pthread_cond_timedwait(&e->over, &e->lock, &until);
	bool over = e->done;
	pthread_mutex_unlock(&e->lock);
	return over;
}

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
static int await_end(struct ending *e, const char *uuid, struct vxe_error *err)
{
	_cleanup_strv_ struct strv files = { 0 };
	pid_t qemu = machine_guest_pid(NULL, uuid);
	int64_t from = clock_ms();
	int asleep = 0;

	(void)machine_guest_writes(NULL, uuid, &files);
	while (!is_over(e)) {
		bool sleeps = clock_ms() - from >= KILLED_MS && qemu && machine_sleeps(NULL, qemu);

		asleep = sleeps ? asleep + 1 : 0;
		if (asleep == ASLEEP)
			return fail_asleep(uuid, qemu, &files, err);
	}
	return 0;
}

int libvirt_destroy(struct hv *h, const char *uuid, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	pthread_t thread;
	int rc = libvirt_lookup(h, uuid, "destroy", &dom, err);

	if (rc <= 0)
		return rc;
	struct ending *e = ending_new(dom, err);

	if (!e)
		return -1;
	errno = thread_start(&thread, end_guest, e);
	if (errno) {
		ending_free(e);
		return vxe_fail_errno(err, "thread of a libvirt call");
	}
	if (await_end(e, uuid, err) < 0) {
		pthread_detach(thread);
		return -1;
	}
	pthread_join(thread, NULL);
	_cleanup_free_ char *why = TAKE(e->why);
	int code = e->code;

	ending_free(e);
	if (code == VIR_ERR_OK || code == VIR_ERR_NO_DOMAIN || virDomainIsActive(dom) == 0)
		return 0;
	return vxe_fail(err, VXE_HYPERVISOR_FAILED, "destroy", why);
}

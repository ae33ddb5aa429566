/* SPDX-License-Identifier: MIT */
/* Jobs of libvirt: the thread that makes a call which blocks, and the functions of all jobs. */
#include "backends/libvirt/hv_libvirt_job.h"

#include <assert.h>
#include <errno.h>
#include <time.h>

#include "backends/machine/write_back.h"
#include "backends/libvirt/hv_libvirt_busy.h"
#include "backends/libvirt/hv_libvirt_memory.h"
#include "backends/libvirt/hv_libvirt_merge.h"
#include "objects/base/clock.h"
#include "objects/base/log.h"
#include "objects/base/thread.h"

/*
 * A poll of a job waits at most so many milliseconds. A switch of disks takes 20 to 100 ms, and its end is noticed
 * at once.
 */
/* how long vxe waits for the memory's file, which it may be unable to see */
#define CALL_WAIT_MS 50
#define BLIND_MS 5000

static struct libvirt_job *job_of(struct hv_job *j)
{
	return (struct libvirt_job *)j;
}

void libvirt_job_release(struct libvirt_job *j)
{
	if (j->called && j->called != j->dom)
		virDomainFree(j->called);
	if (j->own)
		virConnectClose(j->own);
	if (j->dom)
		virDomainFree(j->dom);
	pthread_cond_destroy(&j->ended);
	pthread_mutex_destroy(&j->lock);
	free(j->failure);
	free(j->target);
	free(j->xml);
	free(j->path);
	free(j->to);
	free(j->memory);
	free(j);
}

struct libvirt_job *libvirt_job_new(virDomainPtr dom)
{
	struct libvirt_job *j = xcalloc(1, sizeof(*j));

	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&j->ended, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&j->lock, NULL);
	j->dom = dom;
	return j;
}

/* ---- calls in a thread ----------------------------------------------------------------------- */

static void *call_run(void *arg)
{
	struct libvirt_job *j = arg;
	/*
	 * Has the kernel write the memory's file to the disk while libvirt fills it, because libvirt flushes the
	 * file before the guest continues.
	 */
	struct write_back *w = j->path && j->call->stops ? write_back_start(j->path) : NULL;
	int rc = j->call->run(j);
	char *failure = rc < 0 ? xstrdup(virGetLastErrorMessage()) : NULL;
	int code = rc < 0 ? virGetLastErrorCode() : 0;

	write_back_stop(w);
	if (j->call->after)
		j->call->after(j);
	pthread_mutex_lock(&j->lock);
	j->failure = failure;
	j->code = code;
	j->state = rc < 0 ? JOB_FAILED : JOB_ENDED;
	pthread_cond_signal(&j->ended);
	pthread_mutex_unlock(&j->lock);
	return NULL;
}

/*
 * If the caller asks about a call while it runs, the call gets a connection of its own. With a
 * shared connection, libvirt before 10.0 may lose the wakeup of the second thread: its request then
 * waits until the first call ends, and so does ^C.
 */
static int connect_call(struct libvirt_job *j, struct vxe_error *err)
{
	char uuid[VIR_UUID_STRING_BUFLEN];

	j->called = j->dom;
	if (!j->call->stops && !j->call->apart)
		return 0;
	_cleanup_free_ char *uri = virConnectGetURI(virDomainGetConnect(j->dom));

	j->called = NULL;
	j->own = uri ? virConnectOpen(uri) : NULL;
	if (!j->own)
		return vxe_fail(
			err, VXE_HYPERVISOR_UNREACHABLE, uri ? uri : "", virGetLastErrorMessage());
	if (virDomainGetUUIDString(j->dom, uuid) < 0)
		return libvirt_fail(err, j->call->operation);
	j->called = virDomainLookupByUUIDString(j->own, uuid);
	return j->called ? 0 : libvirt_fail(err, j->call->operation);
}

static int begin_job(struct libvirt_job *j, struct vxe_error *err)
{
	if (connect_call(j, err) < 0)
		return -1;
	j->began = clock_ms();
	errno = thread_start(&j->thread, call_run, j);
	return errno ? vxe_fail_errno(err, "thread of a libvirt call") : 0;
}

int libvirt_job_begin(struct libvirt_job *j, const struct libvirt_call *call, struct hv_job **ret,
	struct vxe_error *err)
{
	j->call = call;
	if (begin_job(j, err) < 0) {
		if (call->after)
			call->after(j);
		libvirt_job_release(j);
		return -1;
	}
	*ret = &j->job;
	return 0;
}

enum libvirt_job_state libvirt_job_wait(struct libvirt_job *j, int wait_ms)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += wait_ms * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_mutex_lock(&j->lock);
	while (j->state == JOB_RUNS && rc == 0)
		rc = wait_ms < 0 ? pthread_cond_wait(&j->ended, &j->lock)
				 : pthread_cond_timedwait(&j->ended, &j->lock, &until);
	enum libvirt_job_state state = j->state;
	pthread_mutex_unlock(&j->lock);
	return state;
}

void libvirt_job_leave(struct libvirt_job *j)
{
	assert(j->own);
	virDomainFree(TAKE(j->dom));
	pthread_detach(j->thread);
}

/*
 * True if libvirt answers requests about a job that writes memory. Until libvirt begins to write, a request about
 * the job, or to abort it, blocks until the job ends; after that libvirt answers. libvirt makes the memory's file
 * just after that moment, so the file shows it.
 */
static bool answers(const struct libvirt_job *j)
{
	if (!j->path) /* of a migration libvirt answers from the beginning */
		return true;
	if (access(j->path, F_OK) == 0)
		return true;
	/* Until the memory's file exists, the job that libvirt reports is another program's. */
	return errno != ENOENT && clock_ms() - j->began > BLIND_MS;
}

static int64_t number_of(virTypedParameterPtr params, int n, const char *name)
{
	unsigned long long ret = 0;

	(void)virTypedParamsGetULLong(params, n, name, &ret);
	return (int64_t)ret;
}

static void ask_memory(struct libvirt_job *j, struct hv_progress *progress)
{
	virTypedParameterPtr params = NULL;
	int type, n = 0;

	if (j->ends || !answers(j) || virDomainGetJobStats(j->dom, &type, &params, &n, 0) < 0)
		return;
	const struct pass_look now = {
		.pass = number_of(params, n, VIR_DOMAIN_JOB_MEMORY_ITERATION),
		.written = number_of(params, n, VIR_DOMAIN_JOB_MEMORY_PROCESSED),
		.remaining = number_of(params, n, VIR_DOMAIN_JOB_MEMORY_REMAINING),
	};
	int64_t memory = number_of(params, n, VIR_DOMAIN_JOB_MEMORY_TOTAL);
	int64_t total = number_of(params, n, VIR_DOMAIN_JOB_DATA_TOTAL);
	int64_t left = number_of(params, n, VIR_DOMAIN_JOB_DATA_REMAINING);

	virTypedParamsFree(params, n);
	if (memory > 0)
		libvirt_end_passes(j, &now, memory);
	if (left > total)
		return;
	progress->total = total;
	progress->done = total - left;
}

/*
 * Stops the call that a thread makes. Asks libvirt to abort it again and again: libvirt may just have looked for
 * such a request for the last time.
 */
static void call_stop(struct libvirt_job *j)
{
	if (!j->call->stops) {
		(void)libvirt_job_wait(
			j, -1); /* a transaction of QEMU, or a restore, cannot be stopped */
		return;
	}
	while (libvirt_job_wait(j, 0) == JOB_RUNS) {
		if (!j->path)
			libvirt_abort_migration(j->dom, clock_ms() - j->began);
		else if (answers(j))
			libvirt_abort_memory_job(j->dom);
		(void)libvirt_job_wait(j, CALL_WAIT_MS);
	}
}

/* ---- all jobs -------------------------------------------------------------------------------- */

static int libvirt_poll(struct hv_job *job, struct hv_progress *ret, struct vxe_error *err)
{
	struct libvirt_job *j = job_of(job);
	enum libvirt_job_state state;

	*ret = (struct hv_progress){ 0 };
	if (j->call)
		state = libvirt_job_wait(j, CALL_WAIT_MS);
	else {
		if (j->state == JOB_RUNS)
			libvirt_merge_ask(j, ret);
		state = j->state;
	}
	if (state == JOB_FAILED && j->call && j->dom && libvirt_was_busy(j->dom, j->code, err))
		return -1;
	if (state == JOB_FAILED && j->call && j->call->explain)
		return j->call->explain(j, err);
	if (state == JOB_FAILED)
		return libvirt_said(err, j->call ? j->call->operation : j->work, j->failure);
	if (state == JOB_RUNS && j->call && j->call->stops)
		ask_memory(j, ret);
	return state == JOB_RUNS;
}

static int libvirt_cancel(struct hv_job *job, struct vxe_error *err)
{
	struct libvirt_job *j = job_of(job);

	if (!j->call)
		return libvirt_merge_stop(j, err);
	call_stop(j);
	return 0;
}

/* Stops a job that runs, if possible: a commit or a copy that waits for its pivot would never end. */
static void libvirt_job_free(struct hv_job *job)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	struct libvirt_job *j = job_of(job);

	if (libvirt_cancel(job, &ignored) < 0)
		log_warn("a block job does not stop: %s", ignored.params[ignored.n_params - 1]);
	if (j->call)
		pthread_join(j->thread, NULL);
	libvirt_job_release(j);
}

const struct hv_job_ops libvirt_job_ops = {
	.switch_start = libvirt_switch_start,
	.save_start = libvirt_save_start,
	.restore_start = libvirt_restore_start,
	.migrate_start = libvirt_migrate_start,
	.saved_xml = libvirt_saved_xml,
	.merge_start = libvirt_merge_start,
	.copy_start = libvirt_copy_start,
	.poll = libvirt_poll,
	.cancel = libvirt_cancel,
	.job_free = libvirt_job_free,
};

/* SPDX-License-Identifier: MIT */
/*
 * Jobs of libvirt. A switch is one blocking call, made by a thread of its own so that the caller
 * can show that it waits; a merge is a block job that QEMU runs and we ask about.
 */
#include "backends/hv_libvirt.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <libvirt/virterror.h>

#include "backends/domain_xml.h"
#include "objects/base/clock.h"

/* A switch takes 20 to 100 ms: a poll waits this long for it, so that its end is seen at once. */
#define SWITCH_WAIT_MS 50
#define CANCEL_WAIT_MS 30000
#define CANCEL_STEP_MS 20

enum job_state { JOB_RUNS, JOB_ENDED, JOB_FAILED };

struct job {
	struct hv_job job;
	virDomainPtr dom;
	enum job_state state;
	char *failure; /* libvirt's words when it failed */

	/* a merge */
	char *target;
	bool pivots; /* an active commit: ends by a pivot */

	/* a switch; @lock guards state and failure while the thread is at work */
	bool threaded;
	char *xml;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
};

static struct job *job_of(struct hv_job *j)
{
	return (struct job *)j;
}

static const char *operation_of(const struct job *j)
{
	return j->threaded ? "switch disks" : "merge layers";
}

/* ---- switch --------------------------------------------------------------------------------- */

static const struct hv_switch *switch_of(
	const struct hv_switch *disks, size_t n, const char *target)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(disks[i].target, target))
			return &disks[i];
	return NULL;
}

static void add_switch(xmlNode *list, const char *target, const struct hv_switch *s)
{
	xmlNode *disk = tree_add(list, "disk");

	tree_set(disk, "@name", target);
	tree_set(disk, "@snapshot", s ? "external" : "no");
	if (!s)
		return;
	tree_set(disk, "@type", "file");
	tree_set(disk, "driver@type", s->format);
	tree_set(disk, "source@file", s->overlay);
}

/* On a halted domain the same call would change its definition behind the caller's back. */
static int check_runs(virDomainPtr dom, struct vxe_error *err)
{
	int active = virDomainIsActive(dom);

	if (active < 0)
		return libvirt_fail(err, "switch disks");
	return active ? 0
		      : vxe_fail(err, VXE_HYPERVISOR_FAILED, "switch disks",
				"the domain is not running");
}

/* A disk that is not named would get an overlay with a name of libvirt's choice. */
static char *switch_xml(const struct domain_spec *live, const struct hv_switch *disks, size_t n)
{
	_cleanup_doc_ xmlDoc *doc = tree_new("domainsnapshot");
	xmlNode *list = tree_add(tree_root(doc), "disks");

	for (size_t i = 0; i < live->n_disks; i++) {
		const char *target = live->disks[i].target;
		add_switch(list, target, switch_of(disks, n, target));
	}
	return tree_dump(doc);
}

static int check_targets(const struct domain_spec *live, const struct hv_switch *disks, size_t n,
	struct vxe_error *err)
{
	for (size_t i = 0; i < n; i++)
		if (!spec_find_disk(live, disks[i].target)) {
			_cleanup_free_ char *why =
				xasprintf("the domain has no disk '%s'", disks[i].target);
			return vxe_fail(err, VXE_HYPERVISOR_FAILED, "switch disks", why);
		}
	return 0;
}

static void *switch_run(void *arg)
{
	struct job *j = arg;
	virDomainSnapshotPtr s = virDomainSnapshotCreateXML(j->dom, j->xml,
		VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY | VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC |
			VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA |
			VIR_DOMAIN_SNAPSHOT_CREATE_REUSE_EXT);
	char *failure = s ? NULL : xstrdup(virGetLastErrorMessage());

	if (s)
		virDomainSnapshotFree(s);
	pthread_mutex_lock(&j->lock);
	j->failure = failure;
	j->state = s ? JOB_ENDED : JOB_FAILED;
	pthread_cond_signal(&j->ended);
	pthread_mutex_unlock(&j->lock);
	return NULL;
}

/* Signals are for the program's own thread. */
static int start_thread(struct job *j)
{
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int rc = pthread_create(&j->thread, NULL, switch_run, j);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc;
}

static void init_lock(struct job *j)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&j->ended, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&j->lock, NULL);
}

static void job_release(struct job *j)
{
	virDomainFree(j->dom);
	pthread_cond_destroy(&j->ended);
	pthread_mutex_destroy(&j->lock);
	free(j->failure);
	free(j->target);
	free(j->xml);
	free(j);
}

static struct job *job_new(virDomainPtr dom)
{
	struct job *j = xcalloc(1, sizeof(*j));

	init_lock(j);
	j->dom = dom;
	return j;
}

int libvirt_switch_start(struct hv *h, const char *uuid, const struct hv_switch *disks, size_t n,
	struct hv_job **ret, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	_cleanup_spec_ struct domain_spec *live = NULL;

	if (libvirt_domain(h, uuid, "switch disks", &dom, err) < 0 || check_runs(dom, err) < 0)
		return -1;
	_cleanup_free_ char *xml = virDomainGetXMLDesc(dom, 0);
	if (!xml)
		return libvirt_fail(err, "switch disks");
	if (domain_xml_read(xml, &live, err) < 0 || check_targets(live, disks, n, err) < 0)
		return -1;
	struct job *j = job_new(TAKE(dom));
	j->threaded = true;
	j->xml = switch_xml(live, disks, n);
	errno = start_thread(j);
	if (errno) {
		job_release(j);
		return vxe_fail_errno(err, "thread of a disk switch");
	}
	*ret = &j->job;
	return 0;
}

/* Waits for the thread, @wait_ms at most (negative: however long it takes). */
static enum job_state switch_wait(struct job *j, int wait_ms)
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
	enum job_state state = j->state;
	pthread_mutex_unlock(&j->lock);
	return state;
}

/* ---- merge ---------------------------------------------------------------------------------- */

static int start_block_job(const struct job *j, enum hv_merge_kind kind, const char *base,
	const char *top, bool relative)
{
	unsigned flags = relative ? VIR_DOMAIN_BLOCK_COMMIT_RELATIVE : 0;

	if (kind == HV_MERGE_COMMIT)
		return virDomainBlockCommit(j->dom, j->target, base, top, 0, flags);
	if (kind == HV_MERGE_COMMIT_ACTIVE)
		return virDomainBlockCommit(
			j->dom, j->target, base, NULL, 0, flags | VIR_DOMAIN_BLOCK_COMMIT_ACTIVE);
	if (!base)
		return virDomainBlockPull(j->dom, j->target, 0, 0);
	return virDomainBlockRebase(
		j->dom, j->target, base, 0, relative ? VIR_DOMAIN_BLOCK_REBASE_RELATIVE : 0);
}

int libvirt_merge_start(struct hv *h, const char *uuid, const char *target, enum hv_merge_kind kind,
	const char *base, const char *top, struct hv_job **ret, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;

	if (libvirt_domain(h, uuid, "merge layers", &dom, err) < 0)
		return -1;
	struct job *j = job_new(TAKE(dom));
	j->target = xstrdup(target);
	j->pivots = kind == HV_MERGE_COMMIT_ACTIVE;
	int rc = start_block_job(j, kind, base, top, true);
	/* Adopted chains have absolute names in their headers, which cannot be kept relative. */
	if (rc < 0 && libvirt_last_error_is(VIR_ERR_OPERATION_INVALID))
		rc = start_block_job(j, kind, base, top, false);
	if (rc < 0) {
		libvirt_fail(err, "merge layers");
		job_release(j);
		return -1;
	}
	*ret = &j->job;
	return 0;
}

static bool is_ready(const struct job *j)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_free_ char *xml = virDomainGetXMLDesc(j->dom, 0);
	_cleanup_doc_ xmlDoc *doc = xml ? tree_parse(xml, "domain", &ignored) : NULL;
	const xmlNode *disk = doc ? tree_find(tree_root(doc), "devices/disk") : NULL;

	for (; disk; disk = tree_next(disk, "disk")) {
		_cleanup_free_ char *target = tree_get(disk, "target@dev");
		_cleanup_free_ char *ready = tree_get(disk, "mirror@ready");
		if (str_eq(target, j->target))
			return str_eq(ready, "yes");
	}
	return false;
}

static void set_failed(struct job *j, const char *why)
{
	j->state = JOB_FAILED;
	j->failure = xstrdup(why);
}

static void pivot(struct job *j)
{
	if (virDomainBlockJobAbort(j->dom, j->target, VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT) == 0) {
		j->state = JOB_ENDED;
		return;
	}
	set_failed(j, virGetLastErrorMessage());
	(void)virDomainBlockJobAbort(j->dom, j->target, 0);
}

/* Nothing tells a middle commit that failed from one that succeeded: the headers will. */
static void job_gone(struct job *j)
{
	if (j->pivots)
		set_failed(j, "the commit ended before its pivot");
	else
		j->state = JOB_ENDED;
}

static void merge_ask(struct job *j, struct hv_progress *progress)
{
	virDomainBlockJobInfo info = { 0 };
	int rc = virDomainGetBlockJobInfo(j->dom, j->target, &info, 0);

	if (rc < 0)
		set_failed(j, virGetLastErrorMessage());
	else if (rc == 0)
		job_gone(j);
	else if (j->pivots && info.end > 0 && info.cur >= info.end && is_ready(j))
		pivot(j);
	progress->done = (int64_t)info.cur;
	progress->total = (int64_t)info.end;
}

/* Whether a job is still there; one that cannot be asked about has stopped with its domain. */
static bool merge_runs(const struct job *j)
{
	virDomainBlockJobInfo info;

	return virDomainGetBlockJobInfo(j->dom, j->target, &info, 0) > 0;
}

static int merge_stop(struct job *j, struct vxe_error *err)
{
	int64_t until = clock_ms() + CANCEL_WAIT_MS;

	while (j->state == JOB_RUNS) {
		int rc = virDomainBlockJobAbort(j->dom, j->target, 0);
		_cleanup_free_ char *why = rc < 0 ? xstrdup(virGetLastErrorMessage()) : NULL;
		if (!merge_runs(j))
			j->state = JOB_ENDED;
		else if (clock_ms() > until)
			return vxe_fail(err, VXE_HYPERVISOR_FAILED, "stop a merge", why);
		else
			clock_sleep_ms(CANCEL_STEP_MS);
	}
	return 0;
}

/* ---- both ----------------------------------------------------------------------------------- */

int libvirt_poll(struct hv_job *job, struct hv_progress *ret, struct vxe_error *err)
{
	struct job *j = job_of(job);
	enum job_state state = j->state;

	*ret = (struct hv_progress){ 0 };
	if (j->threaded)
		state = switch_wait(j, SWITCH_WAIT_MS);
	else if (state == JOB_RUNS) {
		merge_ask(j, ret);
		state = j->state;
	}
	if (state == JOB_FAILED)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, operation_of(j), j->failure);
	return state == JOB_RUNS;
}

int libvirt_cancel(struct hv_job *job, struct vxe_error *err)
{
	struct job *j = job_of(job);

	if (!j->threaded)
		return merge_stop(j, err);
	(void)switch_wait(j, -1); /* QEMU's transaction cannot be stopped */
	return 0;
}

/* A merge that still runs is stopped: left alone an active commit would never end. */
void libvirt_job_free(struct hv_job *job)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	struct job *j = job_of(job);

	if (j->threaded)
		pthread_join(j->thread, NULL);
	else
		(void)merge_stop(j, &ignored);
	job_release(j);
}

/* SPDX-License-Identifier: MIT */
/*
 * Jobs of the mock hypervisor. A switch rewrites both XML texts at once and leaves the same stale
 * <backingStore> in the inactive one as libvirt does.
 */
#include "tests/mock/hv_mock_job.h"

#include "backends/content/content.h"
#include "backends/libvirt/xml/domain_xml.h"
#include "tests/image_at.h"

#include <string.h>

static const char *operation_of(const struct mock_job *j)
{
	static const char *const names[] = { "switch disks", "merge layers", "save", "restore",
		"copy a layer", "migrate" };

	return names[j->work];
}

int mock_job_fail(const struct mock_job *j, struct vxe_error *err, const char *why)
{
	if (strstr(why, MOCK_DISK_BUSY))
		return vxe_fail(err, VXE_BUSY, j->uuid, why);
	return vxe_fail(err, VXE_HYPERVISOR_FAILED, operation_of(j), why);
}

/* The domain; fails unless it still runs. */
static struct mock_domain *running(const struct mock_job *j, struct vxe_error *err)
{
	struct mock_domain *d = mock_domain(j->m, j->uuid, operation_of(j), err);

	if (d && !d->live) {
		mock_job_fail(j, err, "domain is not running");
		return NULL;
	}
	return d;
}

static struct mock_job *job_new(struct hv_mock *m, enum job_work work, const char *uuid)
{
	struct mock_job *j = xcalloc(1, sizeof(*j));

	j->m = m;
	j->work = work;
	j->uuid = xstrdup_null(uuid);
	j->polls = m->job_polls;
	j->next = m->jobs;
	m->jobs = j;
	return j;
}

static void job_release(struct mock_job *j)
{
	struct mock_job **at = &j->m->jobs;

	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
	for (size_t i = 0; i < j->n; i++) {
		free(j->changes[i].target);
		free(j->changes[i].path);
		free(j->changes[i].format);
	}
	free(j->changes);
	free(j->uuid);
	free(j->path);
	free(j->xml);
	free(j->to);
	free(j->failure);
	free(j->target);
	free(j->base);
	free(j->top);
	free(j);
}

/* One that is being begun is none yet. */
bool mock_merging(const struct hv_mock *m, const char *uuid, const char *target)
{
	for (const struct mock_job *j = m->jobs; j; j = j->next)
		if (j->begun && j->state == JOB_RUNS && mock_is_block_job(j) &&
			str_eq(j->uuid, uuid) && (!target || str_eq(j->target, target)))
			return true;
	return false;
}

/* ---- switch --------------------------------------------------------------------------------- */

static int check_overlay(const struct mock_job *j, const struct change *c, struct vxe_error *err)
{
	_cleanup_header_ struct content_header header = { 0 };
	struct content_stat f = { 0 };

	if (content_stat(image_at(c->path), &f, err) < 0)
		return -1;
	if (!f.exists)
		return mock_job_fail(j, err, "missing existing file");
	if (mock_merging(j->m, j->uuid, c->target))
		return mock_job_fail(j, err, MOCK_DISK_BUSY);
	int rc = str_eq(c->format, "qcow2") ? content_read(image_at(c->path), &header, err) : 1;
	return rc == 0 ? mock_job_fail(j, err, "Image is not in qcow2 format") : rc < 0 ? -1 : 0;
}

static int do_switch(const struct mock_job *j, struct mock_domain *d, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *live = NULL;
	_cleanup_free_ const char **old = xcalloc(j->n, sizeof(*old));
	bool any = false;

	if (domain_xml_read(d->live, &live, err) < 0)
		return -1;
	for (size_t i = 0; i < j->n; i++) {
		const struct spec_disk *disk = spec_find_disk(live, j->changes[i].target);

		if (!disk)
			continue;
		if (check_overlay(j, &j->changes[i], err) < 0)
			return -1;
		old[i] = disk->path;
		any = true;
	}
	if (!any && !j->path)
		return mock_job_fail(j, err, "nothing selected for snapshot");
	if (j->path && mock_memory_write(d, j->path, err) < 0)
		return -1;
	if (mock_change_domain(d, j->changes, j->n, old, err) == 0) {
		if (j->halt)
			mock_set_state(j->m, d, HV_SHUTOFF);
		return 0;
	}
	if (j->path)
		(void)unlink(j->path);
	return -1;
}

/* ---- running -------------------------------------------------------------------------------- */

static int do_save(const struct mock_job *j, struct mock_domain *d, struct vxe_error *err)
{
	if (mock_merging(j->m, j->uuid, NULL))
		return mock_job_fail(j, err, MOCK_DISK_BUSY);
	if (mock_memory_write(d, j->path, err) < 0)
		return -1;
	mock_set_state(j->m, d, HV_SHUTOFF);
	d = mock_find(j->m, j->uuid); /* a transient one has gone */
	if (d)
		d->ended = false;
	return 0;
}

static int work(const struct mock_job *j, struct vxe_error *err)
{
	struct mock_domain *d = j->work == WORK_RESTORE ? NULL : running(j, err);

	if (j->work == WORK_RESTORE)
		return mock_memory_restore(j->m, j->path, j->xml, j->paused, err);
	if (!d)
		return -1;
	switch (j->work) {
	case WORK_SWITCH:
		return do_switch(j, d, err);
	case WORK_MERGE:
	case WORK_COPY:
		return mock_merge(j, d, err);
	case WORK_MIGRATE:
		return mock_migrate(j, d, err);
	default:
		return do_save(j, d, err);
	}
}

/* Does the work. Later polls ask for the result, perhaps several times. */
static void finish(struct mock_job *j)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	int rc = work(j, &err);

	j->state = rc < 0 ? JOB_FAILED : JOB_ENDED;
	if (rc < 0)
		j->failure = xstrdup(err.n_params ? err.params[err.n_params - 1] : "failed");
}

/* What libvirt looks at before it begins; the rest it finds on the way. */
static int may_begin(const struct mock_job *j, struct vxe_error *err)
{
	struct content_stat f = { 0 };

	if (j->work == WORK_RESTORE)
		return 0;
	const struct mock_domain *d = j->work == WORK_SAVE
		? mock_domain(j->m, j->uuid, operation_of(j), err)
		: running(j, err);

	if (!d || (j->path && content_stat(image_at(j->path), &f, err) < 0))
		return -1;
	if (f.exists)
		return mock_job_fail(j, err, "the file exists");
	if (j->work == WORK_MIGRATE)
		return mock_migrate_check(j, d, err);
	return mock_is_block_job(j) ? mock_merge_check(j, d, err) : 0;
}

/* If the answer is lost, the work is done nevertheless. */
static int job_begin(
	struct mock_job *j, enum mock_slot_id slot, struct hv_job **ret, struct vxe_error *err)
{
	bool begins = may_begin(j, err) == 0;

	if (begins && mock_leave(j->m, slot, err) == 0) {
		j->begun = true;
		*ret = &j->job;
		return 0;
	}
	if (begins)
		finish(j);
	job_release(j);
	return -1;
}

static int check_agent(struct hv_mock *m, const char *uuid, struct vxe_error *err)
{
	const struct mock_domain *d = mock_domain(m, uuid, "switch disks", err);
	_cleanup_spec_ struct domain_spec *live = NULL;

	if (!d || !d->live)
		return d ? 0 : -1;
	if (domain_xml_read(d->live, &live, err) < 0)
		return -1;
	return live->agent == AGENT_CONNECTED
		? 0
		: vxe_fail(err, VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED, uuid, "no agent");
}

static int check_known(
	struct hv_mock *m, const char *uuid, const struct strv *known, struct vxe_error *err)
{
	const struct mock_domain *d = mock_domain(m, uuid, "switch disks", err);
	_cleanup_spec_ struct domain_spec *live = NULL;

	if (!d || !d->live)
		return d ? 0 : -1;
	if (domain_xml_read(d->live, &live, err) < 0)
		return -1;
	for (size_t i = 0; i < live->n_disks; i++)
		if (live->disks[i].device != DISK_CDROM && live->disks[i].device != DISK_FLOPPY &&
			!strv_has(known, live->disks[i].target))
			return vxe_fail(err, VXE_TRY_AGAIN, live->disks[i].target,
				"the VM has another disk by now");
	return 0;
}

static int mock_switch_start(struct hv *h, const char *uuid, const struct hv_switch *disks,
	size_t n, const struct hv_switch_how *how, struct hv_job **ret, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_SWITCH_START, err) < 0 ||
		(how->quiesce_s && check_agent(m, uuid, err) < 0) ||
		(how->known && check_known(m, uuid, how->known, err) < 0))
		return -1;
	struct mock_job *j = job_new(m, WORK_SWITCH, uuid);
	j->path = xstrdup_null(how->memory);
	j->halt = how->halt;
	j->n = n;
	j->changes = xcalloc(n, sizeof(*j->changes));
	for (size_t i = 0; i < n; i++)
		j->changes[i] = (struct change){ xstrdup(disks[i].target),
			xstrdup(disks[i].overlay), xstrdup(disks[i].format), true };
	return job_begin(j, SLOT_SWITCH_START, ret, err);
}

static int mock_save_start(struct hv *h, const char *uuid, const char *path, unsigned how,
	struct hv_job **ret, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	(void)how;
	if (mock_enter(m, SLOT_SAVE_START, err) < 0)
		return -1;
	struct mock_job *j = job_new(m, WORK_SAVE, uuid);
	j->path = xstrdup(path);
	return job_begin(j, SLOT_SAVE_START, ret, err);
}

static int mock_restore_start(struct hv *h, const char *path, const char *xml, unsigned how,
	struct hv_job **ret, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_RESTORE_START, err) < 0)
		return -1;
	struct mock_job *j = job_new(m, WORK_RESTORE, NULL);
	j->path = xstrdup(path);
	j->xml = xstrdup(xml);
	j->paused = how & HV_STAY_PAUSED;
	return job_begin(j, SLOT_RESTORE_START, ret, err);
}

static int mock_migrate_start(struct hv *h, const char *uuid, const struct hv_migration *how,
	struct hv_job **ret, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_MIGRATE_START, err) < 0)
		return -1;
	struct mock_job *j = job_new(m, WORK_MIGRATE, uuid);
	j->to = xstrdup(how->to);
	return job_begin(j, SLOT_MIGRATE_START, ret, err);
}

static int mock_merge_start(struct hv *h, const char *uuid, const char *target, const char *from,
	const char *base, const char *top, int64_t speed, struct hv_job **ret,
	struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	(void)speed;
	if (mock_enter(m, SLOT_MERGE_START, err) < 0)
		return -1;
	struct mock_job *j = job_new(m, WORK_MERGE, uuid);
	j->from = from;
	j->target = xstrdup(target);
	j->base = xstrdup_null(base);
	j->top = xstrdup_null(top);
	return job_begin(j, SLOT_MERGE_START, ret, err);
}

static int mock_copy_start(struct hv *h, const char *uuid, const char *target, const char *from,
	const char *image, int64_t speed, struct hv_job **ret, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	(void)speed;
	if (mock_enter(m, SLOT_COPY_START, err) < 0)
		return -1;
	struct mock_job *j = job_new(m, WORK_COPY, uuid);
	j->from = from;
	j->target = xstrdup(target);
	j->base = xstrdup(image);
	return job_begin(j, SLOT_COPY_START, ret, err);
}

/* The guest works while the job runs. */
static void tick(const struct mock_job *j)
{
	struct mock_domain *d = j->uuid ? mock_find(j->m, j->uuid) : NULL;

	if (d && d->state == HV_RUNNING)
		d->ram++;
}

static int mock_poll(struct hv_job *job, struct hv_progress *ret, struct vxe_error *err)
{
	struct mock_job *j = (struct mock_job *)job;

	*ret = (struct hv_progress){ 0 };
	if (mock_enter(j->m, SLOT_POLL, err) < 0)
		return -1;
	if (j->state == JOB_RUNS && j->polls > 0) {
		*ret = (struct hv_progress){ .done = j->m->job_polls - j->polls,
			.total = j->m->job_polls };
		j->polls--;
		tick(j);
		return 1;
	}
	if (j->state == JOB_RUNS)
		finish(j);
	if (j->state == JOB_FAILED)
		return mock_job_fail(j, err, j->failure);
	return mock_leave(j->m, SLOT_POLL, err);
}

/* A switch of disks and a restore cannot be stopped; other jobs stop without any effect. */
static void stop(struct mock_job *j)
{
	bool stops = mock_is_block_job(j) || j->work == WORK_SAVE || j->work == WORK_MIGRATE ||
		(j->work == WORK_SWITCH && j->path);

	if (j->state != JOB_RUNS)
		return;
	if (!stops) {
		finish(j);
		return;
	}
	j->state = mock_is_block_job(j) ? JOB_ENDED : JOB_FAILED;
	if (j->state == JOB_FAILED)
		j->failure = xstrdup("operation aborted: canceled by client");
}

/* By its files, as libvirt's are recognized. */
static bool is_left(const struct mock_job *j, const struct hv_left *left)
{
	if (j->work == WORK_MIGRATE)
		return left->migration;
	bool found = !mock_is_block_job(j);

	for (size_t i = 0; !found && i < left->n; i++)
		found = str_eq(j->target, left->disks[i].target) &&
			(j->top ? str_eq(j->top, left->disks[i].from)
				: str_eq(j->base, left->disks[i].into));
	return found;
}

void mock_end_jobs(const struct hv_mock *m, const char *uuid, const struct hv_left *left)
{
	for (struct mock_job *j = m->jobs; j; j = j->next) {
		if (j->state != JOB_RUNS || !str_eq(j->uuid, uuid) || (left && !is_left(j, left)))
			continue;
		stop(j);
		if (!mock_is_block_job(j) || j->top)
			continue;
		j->state = JOB_FAILED;
		j->failure = xstrdup("the job ended before its pivot");
	}
}

static int mock_cancel(struct hv_job *job, struct vxe_error *err)
{
	struct mock_job *j = (struct mock_job *)job;

	if (mock_enter(j->m, SLOT_CANCEL, err) < 0)
		return -1;
	stop(j);
	return mock_leave(j->m, SLOT_CANCEL, err);
}

static void mock_job_free(struct hv_job *job)
{
	struct mock_job *j = (struct mock_job *)job;

	stop(j);
	job_release(j);
}

const struct hv_job_ops mock_job_ops = {
	.switch_start = mock_switch_start,
	.save_start = mock_save_start,
	.restore_start = mock_restore_start,
	.migrate_start = mock_migrate_start,
	.saved_xml = mock_saved_xml,
	.merge_start = mock_merge_start,
	.copy_start = mock_copy_start,
	.poll = mock_poll,
	.cancel = mock_cancel,
	.job_free = mock_job_free,
};

/* SPDX-License-Identifier: MIT */
/*
 * Jobs of the mock hypervisor. A switch rewrites both XML texts at once and leaves the same stale
 * <backingStore> in the inactive one as libvirt does; a merge works on the real files.
 */
#include "tests/mock/hv_mock.h"

#include "backends/image/image.h"
#include "backends/image/image_file.h"
#include "backends/image/qcow2.h"
#include "backends/libvirt/domain_xml.h"
#include "tests/mock/hv_mock_impl.h"

#include <string.h>
#include <sys/stat.h>

enum job_state { JOB_RUNS, JOB_ENDED, JOB_FAILED };
enum job_work { WORK_SWITCH, WORK_MERGE, WORK_SAVE, WORK_RESTORE };

/* One disk that gets another file. */
struct change {
	char *target, *path, *format;
	bool keeps_old; /* the old file becomes the backing one */
};

struct mock_job {
	struct hv_job job;
	struct hv_mock *m;
	char *uuid;
	enum job_state state;
	unsigned polls; /* still to answer "running" */
	char *failure;
	enum job_work work;
	char *path; /* of memory; NULL: a switch of disks only */
	size_t n;   /* of a switch */
	struct change *changes;
	char *target, *base, *top; /* of a merge */
	char *xml;		   /* of a restore */
	bool paused;
};

static const char *operation_of(const struct mock_job *j)
{
	static const char *const names[] = { "switch disks", "merge layers", "save", "restore" };

	return names[j->work];
}

static int job_fail(const struct mock_job *j, struct vxe_error *err, const char *why)
{
	return vxe_fail(err, VXE_HYPERVISOR_FAILED, operation_of(j), why);
}

/* The domain, which must still run. */
static struct mock_domain *running(const struct mock_job *j, struct vxe_error *err)
{
	struct mock_domain *d = mock_domain(j->m, j->uuid, operation_of(j), err);

	if (d && !d->live) {
		job_fail(j, err, "domain is not running");
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
	return j;
}

static void job_release(struct mock_job *j)
{
	for (size_t i = 0; i < j->n; i++) {
		free(j->changes[i].target);
		free(j->changes[i].path);
		free(j->changes[i].format);
	}
	free(j->changes);
	free(j->uuid);
	free(j->path);
	free(j->xml);
	free(j->failure);
	free(j->target);
	free(j->base);
	free(j->top);
	free(j);
}

/* ---- disks in XML --------------------------------------------------------------------------- */

static xmlNode *find_disk(const xmlDoc *doc, const char *target)
{
	xmlNode *disk = tree_find(tree_root(doc), "devices/disk");

	for (; disk; disk = tree_next(disk, "disk")) {
		_cleanup_free_ char *have = tree_get(disk, "target@dev");
		if (str_eq(have, target))
			return disk;
	}
	return NULL;
}

/* As the spec has it. */
static char *source_of(const xmlNode *disk)
{
	_cleanup_free_ char *pool = tree_get(disk, "source@pool");
	_cleanup_free_ char *volume = tree_get(disk, "source@volume");
	char *path = tree_get(disk, "source@file");

	if (!path)
		path = tree_get(disk, "source@dev");
	return !path && pool && volume ? xasprintf("%s/%s", pool, volume) : path;
}

static void keep_old(xmlNode *disk)
{
	_cleanup_free_ char *path = source_of(disk);
	_cleanup_free_ char *format = tree_get(disk, "driver@type");
	xmlNode *older = tree_find(disk, "backingStore");

	if (older)
		xmlUnlinkNode(older);
	tree_set(disk, "backingStore@type", "file");
	tree_set(disk, "backingStore/format@type", format);
	tree_set(disk, "backingStore/source@file", path);
	if (older)
		xmlAddChild(tree_find(disk, "backingStore"), older);
}

static void change_disk(xmlNode *disk, const struct change *c)
{
	if (c->keeps_old)
		keep_old(disk);
	else
		tree_remove(tree_find(disk, "backingStore"));
	tree_remove(tree_find(disk, "source"));
	tree_set(disk, "@type", "file");
	tree_set(disk, "source@file", c->path);
	tree_set(disk, "driver@type", c->format);
}

/* @old: only a disk that is on this file is changed (the definition may say something else). */
static char *change_xml(const char *xml, const struct change *changes, size_t n,
	const char *const *old, struct vxe_error *err)
{
	_cleanup_doc_ xmlDoc *doc = tree_parse(xml, "domain", err);

	if (!doc)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		xmlNode *disk = find_disk(doc, changes[i].target);
		_cleanup_free_ char *path = disk ? source_of(disk) : NULL;
		if (path && str_eq(path, old[i]))
			change_disk(disk, &changes[i]);
	}
	return tree_dump(doc);
}

/* Both texts or none. */
static int change_domain(struct mock_domain *d, const struct change *changes, size_t n,
	const char *const *old, struct vxe_error *err)
{
	_cleanup_free_ char *live = change_xml(d->live, changes, n, old, err);
	_cleanup_free_ char *inactive = NULL;

	if (!live)
		return -1;
	if (d->inactive) {
		inactive = change_xml(d->inactive, changes, n, old, err);
		if (!inactive)
			return -1;
		free(d->inactive);
		d->inactive = TAKE(inactive);
	}
	free(d->live);
	d->live = TAKE(live);
	return 0;
}

/* ---- switch --------------------------------------------------------------------------------- */

static int check_overlay(const struct mock_job *j, const struct change *c, struct vxe_error *err)
{
	struct image_file f = { 0 };

	if (image_stat(c->path, &f, err) < 0)
		return -1;
	return f.exists ? 0 : job_fail(j, err, "missing existing file");
}

static int do_switch(const struct mock_job *j, struct mock_domain *d, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *live = NULL;
	_cleanup_free_ const char **old = xcalloc(j->n, sizeof(*old));

	if (domain_xml_read(d->live, &live, err) < 0)
		return -1;
	for (size_t i = 0; i < j->n; i++) {
		const struct spec_disk *disk = spec_find_disk(live, j->changes[i].target);

		if (!disk)
			continue;
		if (check_overlay(j, &j->changes[i], err) < 0)
			return -1;
		old[i] = disk->path;
	}
	if (j->path && mock_memory_write(d, j->path, err) < 0)
		return -1;
	if (change_domain(d, j->changes, j->n, old, err) == 0)
		return 0;
	if (j->path)
		(void)unlink(j->path);
	return -1;
}

/* ---- merge ---------------------------------------------------------------------------------- */

/* A relative name where both files are in one directory. */
static const char *name_from(const char *child, const char *base)
{
	const char *slash = strrchr(base, '/');
	size_t dir = slash ? (size_t)(slash - base) + 1 : 0;

	return strncmp(child, base, dir) == 0 && !strchr(child + dir, '/') ? base + dir : base;
}

struct layer {
	char *path;    /* the file, NULL below the last one */
	char *backing; /* the path below it */
	char *format;  /* of the one below */
};

static void layer_clear(struct layer *l)
{
	free(l->path);
	free(l->backing);
	free(l->format);
	*l = (struct layer){ 0 };
}
#define _cleanup_layer_ _cleanup_(layer_clear)

static int layer_read(const char *path, struct layer *ret, struct vxe_error *err)
{
	struct qcow2_header header = { 0 };

	if (qcow2_read(path, &header, err) < 0)
		return -1;
	layer_clear(ret);
	ret->path = xstrdup(path);
	ret->backing = header.backing ? image_backing_path(path, header.backing) : NULL;
	ret->format = xstrdup_null(header.backing_format);
	qcow2_header_clear(&header);
	return 0;
}

/* The layer in the chain under @leaf whose backing file is @below. */
static int layer_above(const struct mock_job *j, const char *leaf, const char *below,
	struct layer *ret, struct vxe_error *err)
{
	_cleanup_free_ char *path = xstrdup(leaf);

	while (path) {
		if (layer_read(path, ret, err) < 0)
			return -1;
		if (str_eq(ret->backing, below))
			return 0;
		free(path);
		path = xstrdup_null(ret->backing);
	}
	_cleanup_free_ char *why = xasprintf("could not find image '%s' in the chain", below);
	return job_fail(j, err, why);
}

/* QEMU has the upper file open: its bits, which may be gone by now, hinder qemu-img alone. */
static int commit_open(const struct mock_job *j, const char *top, const char *base,
	const char *format, struct vxe_error *err)
{
	struct image_file f;

	if (image_stat(top, &f, err) < 0 || image_thaw(top, f.mode | S_IWUSR, err) < 0)
		return -1;
	int rc = image_commit(top, base, format, err);

	return chmod(top, f.mode) < 0 && rc == 0 ? job_fail(j, err, "the mode is lost") : rc;
}

static int commit(const struct mock_job *j, const char *leaf, struct vxe_error *err)
{
	_cleanup_layer_ struct layer child = { 0 }, above_base = { 0 };

	if (layer_above(j, leaf, j->top, &child, err) < 0 ||
		layer_above(j, j->top, j->base, &above_base, err) < 0 ||
		commit_open(j, j->top, j->base, above_base.format, err) < 0)
		return -1;
	return image_set_backing(
		child.path, name_from(child.path, j->base), above_base.format, err);
}

static int commit_active(
	const struct mock_job *j, struct mock_domain *d, const char *leaf, struct vxe_error *err)
{
	_cleanup_layer_ struct layer above_base = { 0 };

	if (layer_above(j, leaf, j->base, &above_base, err) < 0 ||
		commit_open(j, leaf, j->base, above_base.format, err) < 0)
		return -1;
	if (hv_may_pivot(&j->job, err) < 0)
		return -1;
	const struct change pivot = { j->target, j->base, above_base.format, false };
	return change_domain(d, &pivot, 1, &leaf, err);
}

static int do_merge(const struct mock_job *j, struct mock_domain *d, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *live = NULL;

	if (domain_xml_read(d->live, &live, err) < 0)
		return -1;
	const struct spec_disk *disk = spec_find_disk(live, j->target);
	if (!disk || !disk->path)
		return job_fail(j, err, "no such disk");
	return j->top ? commit(j, disk->path, err) : commit_active(j, d, disk->path, err);
}

/* ---- running -------------------------------------------------------------------------------- */

static int do_save(const struct mock_job *j, struct mock_domain *d, struct vxe_error *err)
{
	if (mock_memory_write(d, j->path, err) < 0)
		return -1;
	mock_set_state(j->m, d, HV_SHUTOFF);
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
		return do_merge(j, d, err);
	default:
		return do_save(j, d, err);
	}
}

/* Does the work; how it went is asked by polls, more than one perhaps. */
static void finish(struct mock_job *j)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	int rc = work(j, &err);

	j->state = rc < 0 ? JOB_FAILED : JOB_ENDED;
	if (rc < 0)
		j->failure = xstrdup(err.n_params ? err.params[err.n_params - 1] : "failed");
}

/* When the answer is lost, the work is done all the same. */
static int job_begin(
	struct mock_job *j, enum mock_slot_id slot, struct hv_job **ret, struct vxe_error *err)
{
	bool begins = j->work == WORK_RESTORE || running(j, err) != NULL;

	if (begins && mock_leave(j->m, slot, err) == 0) {
		*ret = &j->job;
		return 0;
	}
	if (begins)
		finish(j);
	job_release(j);
	return -1;
}

static int mock_switch_start(struct hv *h, const char *uuid, const struct hv_switch *disks,
	size_t n, const char *memory, struct hv_job **ret, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_SWITCH_START, err) < 0)
		return -1;
	struct mock_job *j = job_new(m, WORK_SWITCH, uuid);
	j->path = xstrdup_null(memory);
	j->n = n;
	j->changes = xcalloc(n, sizeof(*j->changes));
	for (size_t i = 0; i < n; i++)
		j->changes[i] = (struct change){ xstrdup(disks[i].target),
			xstrdup(disks[i].overlay), xstrdup(disks[i].format), true };
	return job_begin(j, SLOT_SWITCH_START, ret, err);
}

static int mock_save_start(struct hv *h, const char *uuid, const char *path, struct hv_job **ret,
	struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_SAVE_START, err) < 0)
		return -1;
	struct mock_job *j = job_new(m, WORK_SAVE, uuid);
	j->path = xstrdup(path);
	return job_begin(j, SLOT_SAVE_START, ret, err);
}

static int mock_restore_start(struct hv *h, const char *path, const char *xml, bool paused,
	struct hv_job **ret, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_RESTORE_START, err) < 0)
		return -1;
	struct mock_job *j = job_new(m, WORK_RESTORE, NULL);
	j->path = xstrdup(path);
	j->xml = xstrdup(xml);
	j->paused = paused;
	return job_begin(j, SLOT_RESTORE_START, ret, err);
}

static int mock_merge_start(struct hv *h, const char *uuid, const char *target, const char *base,
	const char *top, struct hv_job **ret, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_MERGE_START, err) < 0)
		return -1;
	struct mock_job *j = job_new(m, WORK_MERGE, uuid);
	j->target = xstrdup(target);
	j->base = xstrdup_null(base);
	j->top = xstrdup_null(top);
	return job_begin(j, SLOT_MERGE_START, ret, err);
}

/* The guest is at work while the job is. */
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
		return job_fail(j, err, j->failure);
	return mock_leave(j->m, SLOT_POLL, err);
}

/* A switch of disks and a restore cannot be stopped; others stop without having done anything. */
static void stop(struct mock_job *j)
{
	bool stops = j->work == WORK_MERGE || j->work == WORK_SAVE ||
		     (j->work == WORK_SWITCH && j->path);

	if (j->state != JOB_RUNS)
		return;
	if (!stops) {
		finish(j);
		return;
	}
	j->state = j->work == WORK_MERGE ? JOB_ENDED : JOB_FAILED;
	if (j->state == JOB_FAILED)
		j->failure = xstrdup("operation aborted: canceled by client");
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
	.saved_xml = mock_saved_xml,
	.merge_start = mock_merge_start,
	.poll = mock_poll,
	.cancel = mock_cancel,
	.job_free = mock_job_free,
};

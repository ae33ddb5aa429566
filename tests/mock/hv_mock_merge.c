/* SPDX-License-Identifier: MIT */
/* Merges and copies of the mock hypervisor: they work on the real files. */
#include "tests/mock/hv_mock_job.h"

#include "objects/disks/images/image_merge.h"
#include "backends/content/content.h"
#include "backends/libvirt/xml/domain_xml.h"
#include "tests/image_at.h"
#include "tests/image_commit.h"
#include "objects/base/file_key.h"

#include <string.h>
#include <sys/stat.h>

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
	bool absolute; /* so its header names that one */
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
	struct content_header header = { 0 };

	if (content_read(image_at(path), &header, err) < 0)
		return -1;
	layer_clear(ret);
	ret->path = xstrdup(path);
	ret->backing = header.backing ? named_path(path, header.backing) : NULL;
	ret->format = xstrdup_null(header.backing_format);
	ret->absolute = header.backing && *header.backing == '/';
	content_header_clear(&header);
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
	return mock_job_fail(j, err, why);
}

/* QEMU has the upper file open: its bits, which may be gone by now, hinder qemu-img alone. */
static int commit_open(const struct mock_job *j, const char *top, const char *base,
	const char *format, struct vxe_error *err)
{
	struct content_stat f;

	if (content_stat(image_at(top), &f, err) < 0 ||
		content_thaw(image_at(top), f.mode | S_IWUSR, err) < 0)
		return -1;
	int rc = image_commit(image_at(top), image_at(base), format, err);

	return chmod(top, f.mode) < 0 && rc == 0 ? mock_job_fail(j, err, "the mode is lost") : rc;
}

static int commit(
	const struct mock_job *j, struct mock_domain *d, const char *leaf, struct vxe_error *err)
{
	_cleanup_layer_ struct layer child = { 0 }, above_base = { 0 };

	if (layer_above(j, leaf, j->top, &child, err) < 0 ||
		layer_above(j, j->top, j->base, &above_base, err) < 0 ||
		commit_open(j, j->top, j->base, above_base.format, err) < 0)
		return -1;
	bool absolute = child.absolute || above_base.absolute;

	if (image_set_backing(image_at(child.path),
		    absolute ? j->base : name_from(child.path, j->base), above_base.format,
		    err) < 0)
		return -1;
	return mock_forget_below(d, j->target, err);
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
	return mock_change_domain(d, &pivot, 1, &leaf, err);
}

/* What is in the leaf goes into the image, as if the leaf lay on it. */
static int copy_leaf(const struct mock_job *j, const char *leaf, struct vxe_error *err)
{
	struct content_header header = { 0 };

	if (content_read(image_at(leaf), &header, err) < 0)
		return -1;
	int rc = image_set_backing(image_at(leaf), j->base, "qcow2", err);

	if (rc == 0)
		rc = image_commit(image_at(leaf), image_at(j->base), "qcow2", err);
	if (rc == 0)
		rc = image_set_backing(image_at(leaf), header.backing, header.backing_format, err);
	content_header_clear(&header);
	return rc;
}

static int copy(
	const struct mock_job *j, struct mock_domain *d, const char *leaf, struct vxe_error *err)
{
	if (copy_leaf(j, leaf, err) < 0 || hv_may_pivot(&j->job, err) < 0)
		return -1;
	char format[] = "qcow2";
	const struct change pivot = { j->target, j->base, format, false };
	return mock_change_domain(d, &pivot, 1, &leaf, err);
}

static int copy_check(const struct mock_job *j, struct vxe_error *err)
{
	_cleanup_header_ struct content_header header = { 0 };
	struct content_stat f = { 0 };

	if (content_stat(image_at(j->base), &f, err) < 0)
		return -1;
	if (!f.exists)
		return mock_job_fail(j, err, "missing existing file");
	int rc = content_read(image_at(j->base), &header, err);
	return rc == 0 ? mock_job_fail(j, err, "Image is not in qcow2 format") : rc < 0 ? -1 : 0;
}

/* The file that the job's disk is on. */
static int leaf_of(
	const struct mock_job *j, const struct mock_domain *d, char **ret, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *live = NULL;

	if (domain_xml_read(d->live, &live, err) < 0)
		return -1;
	const struct spec_disk *disk = spec_find_disk(live, j->target);

	if (!disk || !disk->path)
		return mock_job_fail(j, err, "no such disk");
	*ret = xstrdup(disk->path);
	return 0;
}

int mock_merge_check(const struct mock_job *j, const struct mock_domain *d, struct vxe_error *err)
{
	_cleanup_layer_ struct layer child = { 0 }, above_base = { 0 };
	_cleanup_free_ char *leaf = NULL;

	if (mock_merging(j->m, j->uuid, j->target))
		return mock_job_fail(j, err, MOCK_DISK_BUSY);
	if (leaf_of(j, d, &leaf, err) < 0)
		return -1;
	if (j->from && !str_eq(j->from, leaf))
		return vxe_fail(
			err, VXE_TRY_AGAIN, j->from, "the VM writes to another file by now");
	if (j->work == WORK_COPY)
		return copy_check(j, err);
	if (j->top && layer_above(j, leaf, j->top, &child, err) < 0)
		return -1;
	return layer_above(j, j->top ? j->top : leaf, j->base, &above_base, err);
}

int mock_merge(const struct mock_job *j, struct mock_domain *d, struct vxe_error *err)
{
	_cleanup_free_ char *leaf = NULL;

	if (leaf_of(j, d, &leaf, err) < 0)
		return -1;
	if (j->work == WORK_COPY)
		return copy(j, d, leaf, err);
	return j->top ? commit(j, d, leaf, err) : commit_active(j, d, leaf, err);
}

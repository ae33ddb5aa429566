/* SPDX-License-Identifier: MIT */
/*
 * Compares the disk space that a plan needs with what is free. Files on one file system share its space, whichever
 * folders and SRs they are in, so the needs are summed by device.
 */
#include "objects/engine/plan_space.h"

#include "objects/base/far/far_file.h"
#include "objects/base/file.h"
#include "objects/model/human.h"
#include "objects/base/image_error.h"
#include "objects/engine/op.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

static void add_need(struct plan *p, const char *path, int64_t bytes, const char *sr)
{
	p->needs = xrealloc(p->needs, p->n_needs + 1, sizeof(*p->needs));
	p->needs[p->n_needs++] = (struct plan_need){ xstrdup(path), xstrdup_null(sr), bytes };
}

void plan_need(struct plan *p, const char *path, int64_t bytes)
{
	add_need(p, path, bytes, NULL);
}

void plan_need_memory(struct plan *p, const char *path, int64_t bytes, const char *sr)
{
	add_need(p, path, bytes, sr);
}

int64_t plan_disk_needs(const struct plan_disk *d)
{
	bool raw = str_eq(d->new_format, "raw");

	if (!d->new_path || d->bytes)
		return d->bytes;
	return d->make && !raw ? op_disks->empty_bytes(d->virtual_size) : 0;
}

/* A file system in which the plan makes files. */
struct place {
	dev_t device;
	char *dir; /* folder of the first file that the plan makes in this file system */
	int64_t needed, free;
	/* SR of a memory image that the plan makes here; NULL: there is none */
	const char *memory_sr;
};

struct places {
	size_t n;
	struct place *items;
};

static void places_clear(struct places *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->items[i].dir);
	free(l->items);
}

/* Finds the folder in which the file @path will be, or the nearest existing folder above it. */
static int find_folder(const char *path, char **ret, struct stat *st, struct vxe_error *err)
{
	_cleanup_free_ char *dir = xstrdup(path);

	for (;;) {
		if (far_answers(dir) < 0)
			return image_fail(err, dir, "%s", far_why(errno));
		if (stat(dir, st) == 0 && S_ISDIR(st->st_mode))
			break;
		char *end = strrchr(dir, '/');

		if (!end || end == dir)
			return vxe_fail_errno(err, "the folder of %s", path);
		*end = '\0';
	}
	*ret = TAKE(dir);
	return 0;
}

/*
 * Adds the bytes of a file to the need of its file system. A quota may leave one folder less room than the file
 * system: the least room counts.
 */
static int add_new_file(struct places *l, const char *path, int64_t bytes, const char *memory_sr,
	struct vxe_error *err)
{
	_cleanup_free_ char *dir = NULL;
	struct stat st;
	int64_t room;
	size_t i = 0;

	if (bytes <= 0)
		return 0;
	if (find_folder(path, &dir, &st, err) < 0)
		return -1;
	if (file_free_space(dir, &room) < 0)
		return image_fail_errno(err, dir, "its free space cannot be read");
	while (i < l->n && l->items[i].device != st.st_dev)
		i++;
	if (i == l->n) {
		l->items = xrealloc(l->items, ++l->n, sizeof(*l->items));
		l->items[i] = (struct place){ .device = st.st_dev, .dir = TAKE(dir), .free = room };
	}
	struct place *at = &l->items[i];

	at->free = room < at->free ? room : at->free;
	at->needed = bytes > INT64_MAX - at->needed ? INT64_MAX : at->needed + bytes;
	at->memory_sr = memory_sr ? memory_sr : at->memory_sr;
	return 0;
}

static int check_free_space(const struct place *at, struct vxe_error *err)
{
	if (at->needed <= at->free)
		return 0;
	_cleanup_free_ char *text =
		xasprintf("%" PRId64 " bytes are needed and %" PRId64 " bytes are free in %s",
			at->needed, at->free, at->dir);

	if (!at->memory_sr)
		return vxe_fail(err, SR_BACKEND_FAILURE_44, "", "", text);
	(void)vxe_fail(err, SR_SUSPEND_SPACE_INSUFFICIENT, at->memory_sr);
	error_note(err, "%s", text);
	return -1;
}

static struct planned space_line(const struct place *at)
{
	_cleanup_free_ char *needed = human_size(at->needed), *room = human_size(at->free);

	return (struct planned){ .bytes = -1,
		.text = xasprintf("space: at most %" PRId64 " of %" PRId64 " free bytes in %s",
			at->needed, at->free, at->dir),
		.brief = xasprintf(
			"space: at most %s of the %s that are free in %s", needed, room, at->dir) };
}

int plan_show_space(const struct plan *p, struct planned_list *lines, struct vxe_error *err)
{
	_cleanup_(places_clear) struct places l = { 0 };

	for (size_t i = 0; i < p->n_disks; i++)
		if (add_new_file(
			    &l, p->disks[i].new_path, plan_disk_needs(&p->disks[i]), NULL, err) < 0)
			return -1;
	for (size_t i = 0; i < p->n_needs; i++) {
		const struct plan_need *n = &p->needs[i];

		if (add_new_file(&l, n->path, n->bytes, n->memory_sr, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < l.n; i++) {
		const struct place *at = &l.items[i];

		if (check_free_space(at, err) < 0)
			return -1;
		if (lines)
			planned_add(lines, space_line(at));
	}
	return 0;
}

int plan_check_space(const struct plan *p, struct vxe_error *err)
{
	return plan_show_space(p, NULL, err);
}

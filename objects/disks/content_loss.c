/* SPDX-License-Identifier: MIT */
/*
 * Internal snapshots: disk content that other programs (virsh, virt-manager) keep inside a layer's file. They contain
 * the whole disk, are lost with the file, and 'virsh snapshot-revert' writes to that file, frozen or not. So a layer
 * with internal snapshots is neither frozen nor removed unless the user allows it.
 */
#include "objects/disks/content_loss.h"

#include "backends/content/content.h"
#include "objects/base/clock.h"
#include "objects/classes/storage/node_names.h"
#include "objects/disks/images/image_bitmaps.h"
#include "objects/disks/steps/commit_side.h"
#include "objects/session/session.h"

#define NAMES_SHOWN 10

static char *names_of(struct content *c, int n)
{
	_cleanup_snapshots_ struct content_snapshots found = { 0 };
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_str_ struct str text = { 0 };

	if (content_snapshots(c, NULL, &found, &ignored) <= 0)
		return xasprintf("%d, whose names cannot be read", n);
	for (size_t i = 0; i < found.n && i < NAMES_SHOWN; i++) {
		char time[CLOCK_TEXT_LEN + 1];

		clock_format(found.items[i].time, time);
		str_addf(&text, "%s%s (%s)", text.len ? ", " : "", found.items[i].name, time);
	}
	if (found.n > NAMES_SHOWN)
		str_addf(&text, ", and %zu more", found.n - NAMES_SHOWN);
	return str_steal(&text);
}

/*
 * Reads the header of a layer's image. Returns 0 if the file does not exist, or has a format without internal
 * snapshots.
 */
static int read_header(
	const struct node *n, struct content *c, struct content_header *h, struct vxe_error *err)
{
	const char *path = content_place(c);
	struct content_stat f;

	if (!str_eq(n->format, "qcow2") || (n->kind != NODE_DISK && n->kind != NODE_GUARD) ||
		path[0] != '/')
		return 0;
	if (content_stat(c, &f, err) < 0)
		return -1;
	return f.exists ? content_read(c, h, err) : 0;
}

void node_marks_clear(struct node_marks *m)
{
	free(m->internal);
	free(m->dirty);
	free(m->corrupt);
	*m = (struct node_marks){ 0 };
}

int node_marks(const struct session *s, const struct node *n, const char *path,
	struct node_marks *ret, struct vxe_error *err)
{
	_cleanup_header_ struct content_header h = { 0 };
	struct content *c = content_of(s, path);
	int r = read_header(n, c, &h, err);

	*ret = (struct node_marks){ 0 };
	if (r <= 0)
		return r;
	if (h.snapshots)
		ret->internal = names_of(c, h.snapshots);
	if (h.state == CONTENT_DIRTY)
		ret->dirty = xasprintf(
			"%s: %s; a merge repairs it when no VM runs on it", path, h.reason);
	if (h.state == CONTENT_CORRUPT)
		ret->corrupt = xasprintf("%s: %s; with no VM running on it, 'qemu-img check -r all "
					 "-f qcow2 %s' repairs what can be repaired",
			path, h.reason, path);
	return 0;
}

int node_internal(const struct session *s, const struct node *n, const char *path, char **ret,
	struct vxe_error *err)
{
	_cleanup_marks_ struct node_marks marks = { 0 };

	if (node_marks(s, n, path, &marks, err) < 0)
		return -1;
	*ret = TAKE(marks.internal);
	return 0;
}

bool loss_is_named(const struct session *s, const char *node)
{
	return s->wishes->lose_all || strv_has(&s->reports.lost, node);
}

static void tell_loss(
	struct session *s, const struct node *n, const char *path, enum loss how, const char *names)
{
	if (strv_has(&s->reports.lost, n->r.uuid))
		return; /* the loss was reported already: an operation is planned more than once */
	strv_add(&s->reports.lost, n->r.uuid);
	if (how == LOSS_FROZEN)
		session_notice(s,
			"%s is frozen with internal snapshots in it, and a revert to one of these "
			"would rewrite it: %s",
			path, names);
	else
		session_notice(s, "lost: internal snapshots in %s: %s", path, names);
}

/*
 * Returns 1 if the layer's content is lost when its VDI is deleted: vxe made the file, and at most one record names it
 * and no layer lies on it.
 */
static int goes_with_vdi(struct txn *t, const struct node *n, struct vxe_error *err)
{
	_cleanup_records_ struct records above = { 0 };
	int names;

	if (n->origin != NODE_MADE)
		return 0;
	if (node_count_names(t, n->r.uuid, &names, err) < 0 ||
		node_children(t, n->r.uuid, &above, err) < 0)
		return -1;
	return names <= 1 && !above.n;
}

int loss_check(struct session *s, struct txn *t, const char *uuid, enum loss how, struct plan *p,
	struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_free_ char *path = NULL, *names = NULL;

	if (node_find(t, uuid, &n, err) < 0)
		return -1;
	int goes = n && how == LOSS_LAST ? goes_with_vdi(t, n, err) : n != NULL;

	if (goes <= 0)
		return goes;
	if (node_path(t, n, &path, err) < 0 || node_internal(s, n, path, &names, err) < 0)
		return -1;
	if (!names) {
		if (p && path[0] == '/' && str_eq(n->format, "qcow2"))
			plan_leave(p, path);
		return 0;
	}
	if (!s->wishes->force)
		return vxe_fail(err, VXE_INTERNAL_SNAPSHOTS, path, names);
	tell_loss(s, n, path, how, names);
	return 0;
}

void loss_lines(const struct session *s, const struct node *n, const char *path, bool carried,
	struct strv *ret)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_header_ struct content_header h = { 0 };
	_cleanup_free_ char *names = NULL;

	struct content *c = content_of(s, path);

	if (read_header(n, c, &h, &ignored) <= 0)
		return;
	names = h.snapshots ? names_of(c, h.snapshots) : NULL;
	if (names && !strv_has(&s->reports.lost, n->r.uuid))
		strv_take(ret, xasprintf("lost: internal snapshots in %s: %s", path, names));
	if (h.bitmaps && !carried)
		strv_take(ret,
			xasprintf("lost: %d bitmaps in %s, which incremental backups need "
				  "to find changed data: the next one must be a full one",
				h.bitmaps, path));
}

void loss_below(struct content *high, struct content *low, struct strv *ret)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_strv_ struct strv names = { 0 };

	if (image_bitmaps_hinder(high, low, &names, &ignored) < 0 || !names.n)
		return;
	_cleanup_free_ char *all = strv_join(&names, ", ");

	strv_take(ret,
		xasprintf("lost: the bitmaps %s in %s, of no use since a QEMU that wrote to it was "
			  "killed: the next incremental backup must be a full one",
			all, content_place(low)));
}

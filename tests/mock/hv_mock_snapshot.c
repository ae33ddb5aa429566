/* SPDX-License-Identifier: MIT */
/* The snapshots that the mock itself keeps: documents, as libvirt keeps them. No content of a disk belongs to them. */
#include "backends/libvirt/xml/domain_xml_snapshot.h"
#include "backends/libvirt/xml/domain_xml_tree.h"
#include "tests/mock/hv_mock_impl.h"

static int read_all(const struct mock_domain *d, struct hv_snapshots *ret, struct vxe_error *err)
{
	ret->items = xcalloc(d->snapshots.n + 1, sizeof(*ret->items));
	for (size_t i = 0; i < d->snapshots.n; i++) {
		struct hv_snapshot *s = &ret->items[ret->n];

		if (snapshot_xml_read(d->snapshots.items[i], s, err) < 0)
			return -1;
		s->current = str_eq(s->name, d->current_snapshot);
		ret->n++;
	}
	snapshots_sort(ret);
	return 0;
}

static int mock_snapshots(
	struct hv *h, const char *uuid, struct hv_snapshots *ret, struct vxe_error *err)
{
	if (mock_enter(mock_of(h), SLOT_SNAPSHOTS, err) < 0)
		return -1;
	const struct mock_domain *d = mock_domain(mock_of(h), uuid, "snapshots", err);

	return d ? read_all(d, ret, err) : -1;
}

static int mock_with_snapshots(struct hv *h, struct strv *ret, struct vxe_error *err)
{
	const struct hv_mock *m = mock_of(h);

	if (mock_enter(mock_of(h), SLOT_WITH_SNAPSHOTS, err) < 0)
		return -1;
	for (size_t i = 0; i < m->n; i++)
		if (m->domains[i].snapshots.n)
			strv_add(ret, m->domains[i].uuid);
	return 0;
}

/* The mock makes no dirty bitmaps, and so no checkpoints. */
static int mock_checkpoints(struct hv *h, const char *uuid, struct strv *ret, struct vxe_error *err)
{
	(void)uuid;
	(void)ret;
	return mock_enter(mock_of(h), SLOT_CHECKPOINTS, err);
}

/* The place of the document with that name; -1: none. */
static int find(const struct mock_domain *d, const char *name)
{
	for (size_t i = 0; i < d->snapshots.n; i++) {
		_cleanup_error_ struct vxe_error ignored = { 0 };
		struct hv_snapshot s = { 0 };
		bool it_is = snapshot_xml_read(d->snapshots.items[i], &s, &ignored) == 0 &&
			str_eq(s.name, name);

		hv_snapshot_clear(&s);
		if (it_is)
			return (int)i;
	}
	return -1;
}

static void put(struct mock_domain *d, const char *name, const char *xml)
{
	int at = find(d, name);

	if (at < 0)
		strv_add(&d->snapshots, xml);
	else
		str_replace(&d->snapshots.items[at], xml);
}

static int mock_snapshot_put(
	struct hv *h, const char *uuid, const char *xml, bool current, struct vxe_error *err)
{
	struct hv_snapshot s = { 0 };

	if (mock_enter(mock_of(h), SLOT_SNAPSHOT_PUT, err) < 0)
		return -1;
	struct mock_domain *d = mock_domain(mock_of(h), uuid, "put a snapshot", err);
	if (!d || snapshot_xml_read(xml, &s, err) < 0)
		return -1;
	put(d, s.name, xml);
	if (current)
		str_replace(&d->current_snapshot, s.name);
	hv_snapshot_clear(&s);
	return mock_leave(mock_of(h), SLOT_SNAPSHOT_PUT, err);
}

/* Children of @of get its parent. */
static int reparent(struct mock_domain *d, const struct hv_snapshot *of, struct vxe_error *err)
{
	for (size_t i = 0; i < d->snapshots.n; i++) {
		_cleanup_doc_ xmlDoc *doc =
			tree_parse(d->snapshots.items[i], "domainsnapshot", err);

		if (!doc)
			return -1;
		_cleanup_free_ char *parent = tree_get(tree_root(doc), "parent/name");

		if (!str_eq(parent, of->name))
			continue;
		if (of->parent)
			tree_set(tree_root(doc), "parent/name", of->parent);
		else
			tree_remove(tree_find(tree_root(doc), "parent"));
		_cleanup_free_ char *text = tree_dump(doc);

		str_replace(&d->snapshots.items[i], text);
	}
	return 0;
}

static int drop(struct mock_domain *d, int at, struct vxe_error *err)
{
	struct hv_snapshot s = { 0 };

	if (snapshot_xml_read(d->snapshots.items[at], &s, err) < 0)
		return -1;
	int r = reparent(d, &s, err);

	strv_remove(&d->snapshots, d->snapshots.items[at]);
	if (str_eq(d->current_snapshot, s.name))
		str_replace(&d->current_snapshot, s.parent);
	hv_snapshot_clear(&s);
	return r;
}

static int mock_snapshot_forget(
	struct hv *h, const char *uuid, const char *name, struct vxe_error *err)
{
	if (mock_enter(mock_of(h), SLOT_SNAPSHOT_FORGET, err) < 0)
		return -1;
	struct mock_domain *d = mock_domain(mock_of(h), uuid, "forget a snapshot", err);
	int at = d ? find(d, name) : -1;

	if (!d || (at >= 0 && drop(d, at, err) < 0))
		return -1;
	return mock_leave(mock_of(h), SLOT_SNAPSHOT_FORGET, err);
}

static int mock_snapshot_delete(
	struct hv *h, const char *uuid, const char *name, struct vxe_error *err)
{
	if (mock_enter(mock_of(h), SLOT_SNAPSHOT_DELETE, err) < 0)
		return -1;
	struct mock_domain *d = mock_domain(mock_of(h), uuid, "delete a snapshot", err);
	int at = d ? find(d, name) : -1;

	if (!d)
		return -1;
	if (at < 0)
		return vxe_fail(
			err, VXE_HYPERVISOR_FAILED, "delete a snapshot", "no such snapshot");
	return drop(d, at, err) < 0 ? -1 : mock_leave(mock_of(h), SLOT_SNAPSHOT_DELETE, err);
}

/* The definition comes back; the disks of the mock hold no internal snapshot. */
static int mock_snapshot_revert(
	struct hv *h, const char *uuid, const char *name, struct vxe_error *err)
{
	struct hv_snapshot s = { 0 };

	if (mock_enter(mock_of(h), SLOT_SNAPSHOT_REVERT, err) < 0)
		return -1;
	struct mock_domain *d = mock_domain(mock_of(h), uuid, "revert to a snapshot", err);
	int at = d ? find(d, name) : -1;

	if (!d)
		return -1;
	if (at < 0)
		return vxe_fail(
			err, VXE_HYPERVISOR_FAILED, "revert to a snapshot", "no such snapshot");
	if (snapshot_xml_read(d->snapshots.items[at], &s, err) < 0)
		return -1;
	str_replace(&d->inactive, s.definition);
	str_replace(&d->current_snapshot, name);
	hv_snapshot_clear(&s);
	return mock_leave(mock_of(h), SLOT_SNAPSHOT_REVERT, err);
}

const struct hv_snapshot_ops mock_snapshot_ops = {
	.snapshots = mock_snapshots,
	.with_snapshots = mock_with_snapshots,
	.checkpoints = mock_checkpoints,
	.snapshot_put = mock_snapshot_put,
	.snapshot_forget = mock_snapshot_forget,
	.snapshot_delete = mock_snapshot_delete,
	.snapshot_revert = mock_snapshot_revert,
};

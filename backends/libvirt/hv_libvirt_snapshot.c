/* SPDX-License-Identifier: MIT */
/* Snapshots and checkpoints that libvirt itself keeps: virsh, virt-manager and other programs make them. */
#include "backends/libvirt/hv_libvirt.h"
#include "backends/libvirt/xml/domain_xml_snapshot.h"

#define ASKS "snapshots"

DEFINE_CLEANUP(virDomainSnapshotPtr, virDomainSnapshotFree)
#define _cleanup_snapshot_ _cleanup_(virDomainSnapshotFree_cleanup)

/* ---- reading --------------------------------------------------------------------------------- */

/* The name of the snapshot that libvirt takes as the current one, owned; NULL: none. */
static int current_name(virDomainPtr dom, char **ret, struct vxe_error *err)
{
	int has = virDomainHasCurrentSnapshot(dom, 0);
	_cleanup_snapshot_ virDomainSnapshotPtr snap =
		has > 0 ? virDomainSnapshotCurrent(dom, 0) : NULL;

	if (has < 0 || (has > 0 && !snap && !libvirt_last_error_is(VIR_ERR_NO_DOMAIN_SNAPSHOT)))
		return libvirt_fail(err, ASKS);
	*ret = snap ? xstrdup(virDomainSnapshotGetName(snap)) : NULL;
	return 0;
}

/* Reads one snapshot; one that has gone since the list was made is left out. */
static int read_one(virDomainSnapshotPtr snap, struct hv_snapshots *ret, struct vxe_error *err)
{
	_cleanup_free_ char *xml =
		virDomainSnapshotGetXMLDesc(snap, VIR_DOMAIN_SNAPSHOT_XML_SECURE);

	if (!xml)
		return libvirt_last_error_is(VIR_ERR_NO_DOMAIN_SNAPSHOT) ? 0
									 : libvirt_fail(err, ASKS);
	if (snapshot_xml_read(xml, &ret->items[ret->n], err) < 0)
		return -1;
	ret->n++;
	return 0;
}

static int read_domain_snapshots(virDomainPtr dom, struct hv_snapshots *ret, struct vxe_error *err)
{
	virDomainSnapshotPtr *snaps = NULL;
	int n = virDomainListAllSnapshots(dom, &snaps, 0), r = 0;

	if (n < 0)
		return libvirt_fail(err, ASKS);
	ret->items = xcalloc((size_t)n + 1, sizeof(*ret->items));
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = read_one(snaps[i], ret, err);
		virDomainSnapshotFree(snaps[i]);
	}
	free(snaps);
	return r;
}

static int libvirt_snapshots(
	struct hv *h, const char *uuid, struct hv_snapshots *ret, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	_cleanup_free_ char *current = NULL;

	if (libvirt_domain(h, uuid, ASKS, &dom, err) < 0 ||
		read_domain_snapshots(dom, ret, err) < 0 ||
		(ret->n && current_name(dom, &current, err) < 0)) {
		hv_snapshots_clear(ret);
		return -1;
	}
	snapshots_sort(ret);
	for (size_t i = 0; i < ret->n; i++)
		ret->items[i].current = str_eq(ret->items[i].name, current);
	return 0;
}

static int libvirt_with_snapshots(struct hv *h, struct strv *ret, struct vxe_error *err)
{
	return libvirt_domains_that(h, VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT, ASKS, ret, err);
}

static int libvirt_checkpoints(
	struct hv *h, const char *uuid, struct strv *ret, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	virDomainCheckpointPtr *all = NULL;
	int found = libvirt_lookup(h, uuid, "checkpoints", &dom, err);

	if (found <= 0)
		return found;
	int n = virDomainListAllCheckpoints(dom, &all, 0);

	for (int i = 0; i < n; i++) {
		strv_add(ret, virDomainCheckpointGetName(all[i]));
		virDomainCheckpointFree(all[i]);
	}
	free(all);
	return n < 0 ? libvirt_fail(err, "checkpoints") : 0;
}

/* ---- changing -------------------------------------------------------------------------------- */

/* Fails with libvirt's error; VXE_BUSY if libvirt has waited in vain for another call on the domain, which it names. */
static int fail_changing(const char *uuid, const char *operation, struct vxe_error *err)
{
	if (!libvirt_last_error_is(VIR_ERR_OPERATION_TIMEOUT))
		return libvirt_fail(err, operation);
	_cleanup_free_ char *text =
		xasprintf("another libvirt call on the domain: %s", virGetLastErrorMessage());

	return vxe_fail(err, VXE_BUSY, uuid, text);
}

static int libvirt_snapshot_put(
	struct hv *h, const char *uuid, const char *xml, bool current, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	_cleanup_snapshot_ virDomainSnapshotPtr snap = NULL;
	unsigned flags = VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE |
		(current ? VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT : 0);

	if (libvirt_domain(h, uuid, "put a snapshot", &dom, err) < 0)
		return -1;
	snap = virDomainSnapshotCreateXML(dom, xml, flags);
	return snap ? 0 : fail_changing(uuid, "put a snapshot", err);
}

/* Finds a domain's snapshot by its name. Returns 1 with the snapshot, 0 if there is none, -1 on failure. */
static int find_domain_snapshot(struct hv *h, const char *uuid, const char *name,
	const char *operation, virDomainSnapshotPtr *ret, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;

	if (libvirt_domain(h, uuid, operation, &dom, err) < 0)
		return -1;
	*ret = virDomainSnapshotLookupByName(dom, name, 0);
	if (*ret)
		return 1;
	return libvirt_last_error_is(VIR_ERR_NO_DOMAIN_SNAPSHOT) ? 0 : libvirt_fail(err, operation);
}

static int libvirt_snapshot_forget(
	struct hv *h, const char *uuid, const char *name, struct vxe_error *err)
{
	_cleanup_snapshot_ virDomainSnapshotPtr snap = NULL;
	int r = find_domain_snapshot(h, uuid, name, "forget a snapshot", &snap, err);

	if (r <= 0)
		return r;
	return virDomainSnapshotDelete(snap, VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY) < 0
		? fail_changing(uuid, "forget a snapshot", err)
		: 0;
}

static int libvirt_snapshot_delete(
	struct hv *h, const char *uuid, const char *name, struct vxe_error *err)
{
	_cleanup_snapshot_ virDomainSnapshotPtr snap = NULL;
	int r = find_domain_snapshot(h, uuid, name, "delete a snapshot", &snap, err);

	if (r < 0)
		return -1;
	return !r || virDomainSnapshotDelete(snap, 0) < 0 ? libvirt_fail(err, "delete a snapshot")
							  : 0;
}

static int libvirt_snapshot_revert(
	struct hv *h, const char *uuid, const char *name, struct vxe_error *err)
{
	_cleanup_snapshot_ virDomainSnapshotPtr snap = NULL;
	int r = find_domain_snapshot(h, uuid, name, "revert to a snapshot", &snap, err);

	if (r < 0)
		return -1;
	return !r || virDomainRevertToSnapshot(snap, VIR_DOMAIN_SNAPSHOT_REVERT_FORCE) < 0
		? libvirt_fail(err, "revert to a snapshot")
		: 0;
}

const struct hv_snapshot_ops libvirt_snapshot_ops = {
	.snapshots = libvirt_snapshots,
	.with_snapshots = libvirt_with_snapshots,
	.checkpoints = libvirt_checkpoints,
	.snapshot_put = libvirt_snapshot_put,
	.snapshot_forget = libvirt_snapshot_forget,
	.snapshot_delete = libvirt_snapshot_delete,
	.snapshot_revert = libvirt_snapshot_revert,
};

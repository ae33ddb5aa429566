/* SPDX-License-Identifier: MIT */
/*
 * Checks for vdi-merge what the planner of merges cannot see of layers that vxe did not make: whether their files can
 * take the content, and whether libvirt's list of snapshots names them.
 */
#include "objects/disks/merge/merge_request.h"

#include "backends/content/content.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm.h"
#include "objects/file_index/xml_paths.h"

#include <inttypes.h>
#include <sys/stat.h>
#include <errno.h>
#include <unistd.h>

/* Tables of a full qcow2 image: 8 bytes in a table and 2 of a reference count for each cluster, and some clusters. */
#define CLUSTER 65536
#define FULL_TABLES(size) ((size) / CLUSTER * 10 + 16L * CLUSTER)

int64_t merge_growth(const struct tree_node *high, int64_t allocated)
{
	int64_t full = high->size + FULL_TABLES(high->size);
	int64_t room = full > allocated ? full - allocated : 0;

	return high->allocated < room ? high->allocated : room;
}

/* ---- files ----------------------------------------------------------------------------------- */

static char *hinder_by_mode(const struct tree_node *n, const struct content_stat *f)
{
	/* Write bits that vxe itself has taken are no obstacle: it gives them back for the merge. */
	if (n->shut || f->device ||
		((f->mode & S_IWUSR) && (access(n->path, W_OK) == 0 || errno == ENOENT)))
		return NULL;
	return xasprintf("%s cannot be written to: its owner must have write permission", n->path);
}

/* Checks that the file can be written to: a merge writes data, or another name into the header. */
static int check_writable(const struct tree_node *n, char **ret, struct vxe_error *err)
{
	struct content_stat f;

	if (content_stat(n->content, &f, err) < 0)
		return -1;
	if (f.exists)
		*ret = hinder_by_mode(n, &f);
	return 0;
}

static char *hinder_by_size(const struct tree_node *low, int64_t low_size, int64_t size)
{
	if (low_size <= size)
		return NULL;
	return xasprintf("%s has %" PRId64 " bytes, and the disk above it %" PRId64
			 ": the guest would see a larger disk; make the disk as large first "
			 "(vdi-resize)",
		low->path, low_size, size);
}

/* A device does not grow, so it must have room for the whole disk with the tables of a full image. */
static char *hinder_by_device(const struct tree_node *low, int64_t bytes, int64_t size)
{
	int64_t needed = low->qcow2 ? size + FULL_TABLES(size) : size;

	if (bytes >= needed)
		return NULL;
	return xasprintf("the device %s has %" PRId64 " bytes, and a disk of %" PRId64
			 " bytes may need %" PRId64 ": make the device larger",
		low->path, bytes, size, needed);
}

static int check_sizes(const struct tree_node *low, const struct tree_node *high, char **ret,
	struct vxe_error *err)
{
	int64_t low_size, size, bytes;
	struct content_stat f;

	if (content_stat(low->content, &f, err) < 0)
		return -1;
	if (!f.exists) /* the planner already reports a missing file */
		return 0;
	if (content_size(low->content, low->qcow2 ? "qcow2" : "raw", &low_size, err) < 0 ||
		content_size(high->content, high->qcow2 ? "qcow2" : "raw", &size, err) < 0)
		return -1;
	*ret = hinder_by_size(low, low_size, size);
	if (*ret || !f.device)
		return 0;
	if (content_size(low->content, "raw", &bytes, err) < 0)
		return -1;
	*ret = hinder_by_device(low, bytes, size);
	return 0;
}

/* ---- libvirt's snapshots --------------------------------------------------------------------- */

/* For the VMs with disks in a tree of layers: the documents of the snapshots that libvirt keeps. */
struct kept {
	struct strv vms;
	struct hv_snapshots *lists; /* a list for each VM */
};

static void kept_clear(struct kept *k)
{
	for (size_t i = 0; i < k->vms.n; i++)
		hv_snapshots_clear(&k->lists[i]);
	free(k->lists);
	strv_clear(&k->vms);
}

static int add_vm_domain(struct txn *t, const char *uuid, struct strv *ret, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (!uuid)
		return 0;
	if (vm_find(t, uuid, &vm, err) < 0)
		return -1;
	const char *domain = vm && vm->is_a_snapshot ? vm->snapshot_of : uuid;

	if (domain && !strv_has(ret, domain))
		strv_add(ret, domain);
	return 0;
}

static int add_vms(struct txn *t, const char *node, struct strv *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };

	if (records_load(t, &vdi_class, "node", node, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n; i++) {
		const struct vdi *v = vdis.items[i];
		_cleanup_records_ struct records vbds = { 0 };

		if (records_load(t, &vbd_class, "vdi", v->r.uuid, &vbds, err) < 0)
			return -1;
		for (size_t k = 0; k < vbds.n; k++)
			if (add_vm_domain(t, ((const struct vbd *)vbds.items[k])->vm, ret, err) < 0)
				return -1;
	}
	return 0;
}

static int load_vms(
	struct session *s, const struct tree *tree, struct strv *ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	for (size_t i = 0; i < tree->n; i++)
		if (add_vms(t, tree->items[i].uuid, ret, err) < 0)
			return -1;
	return 0;
}

static int load_kept(
	struct session *s, const struct tree *tree, struct kept *ret, struct vxe_error *err)
{
	struct hv *hv;

	if (load_vms(s, tree, &ret->vms, err) < 0 || session_hv(s->here, &hv, err) < 0)
		return -1;
	ret->lists = xcalloc(ret->vms.n + 1, sizeof(*ret->lists));
	for (size_t i = 0; i < ret->vms.n; i++) {
		_cleanup_hv_domain_ struct hv_domain d = { 0 };

		if (hv_find(hv, ret->vms.items[i], &d, err) < 0)
			return -1;
		if (d.uuid && hv_snapshots(hv, d.uuid, &ret->lists[i], err) < 0)
			return -1;
	}
	return 0;
}

/* Refuses to remove a file that libvirt's document of a snapshot names: libvirt reverts only if all of them exist. */
static char *hinder_by_kept(const struct kept *k, const char *path)
{
	for (size_t i = 0; i < k->vms.n; i++)
		for (size_t j = 0; j < k->lists[i].n; j++) {
			const struct hv_snapshot *s = &k->lists[i].items[j];

			if (xml_names_path(s->xml, path))
				return xasprintf("libvirt's snapshot %s of the VM %s names it: "
						 "end that snapshot first",
					s->name, k->vms.items[i]);
		}
	return NULL;
}

/* ---- the tree -------------------------------------------------------------------------------- */

static int find_hindrance(
	const struct kept *k, const struct tree *tree, int high, char **ret, struct vxe_error *err)
{
	const struct tree_node *h = &tree->items[high];
	size_t steps = 0;

	*ret = hinder_by_kept(k, h->path);
	/*
	 * Checks all lower layers into which the upper one may be merged, not only the next: those in between may
	 * have been merged before.
	 */
	for (int low = h->parent; low >= 0 && !*ret && steps++ < tree->n;) {
		const struct tree_node *l = &tree->items[low];

		if (check_sizes(l, h, ret, err) < 0 || (!*ret && check_writable(l, ret, err) < 0))
			return -1;
		low = l->asked ? l->parent : -1;
	}
	/* qemu-img opens the upper file for writing, too. (Under a running guest QEMU has it open.) */
	if (!*ret && h->domain < 0 && check_writable(h, ret, err) < 0)
		return -1;
	for (size_t i = 0; i < tree->n && !*ret; i++)
		if (tree->items[i].parent == high && check_writable(&tree->items[i], ret, err) < 0)
			return -1;
	return 0;
}

int merge_ask_mark(
	struct session *s, const struct merge_ask *a, struct tree *t, struct vxe_error *err)
{
	_cleanup_(kept_clear) struct kept k = { 0 };

	if (load_kept(s, t, &k, err) < 0)
		return -1;
	for (size_t i = 0; i < t->n; i++)
		t->items[i].asked =
			t->items[i].state != NODE_DOOMED && strv_has(a->layers, t->items[i].uuid);
	for (size_t i = 0; i < t->n; i++) {
		struct tree_node *n = &t->items[i];

		if (n->asked && find_hindrance(&k, t, (int)i, &n->hindrance, err) < 0)
			return -1;
	}
	return 0;
}

bool merge_ask_stays(const struct tree *t, const struct disk_action *a)
{
	return a->kind == ACTION_WAIT && t->items[a->node].asked;
}

char *merge_ask_why(const struct tree *t, const struct disk_action *a)
{
	const struct tree_node *n = &t->items[a->node];

	return n->vm ? xasprintf("%s; VM %s", a->why, n->vm) : xstrdup(a->why);
}

int merge_ask_refuse(const struct tree *t, const struct disk_action *a, struct vxe_error *err)
{
	_cleanup_free_ char *why = merge_ask_why(t, a);

	return vxe_fail(err, VXE_LAYER_STAYS, t->items[a->node].path, why);
}

/* SPDX-License-Identifier: MIT */
/* Paths, chains and names of layers, and the base-copy records of layers that no VDI names. */
#include "objects/classes/storage/node_names.h"

#include "backends/content/content.h"
#include "objects/base/file_key.h"
#include "objects/classes/storage/forgotten_disk.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm.h"

#include <string.h>

#define CHAIN_LIMIT 4096 /* the most layers in a chain; a longer one is taken for a circle */

const char *const vm_node_columns[] = { "nvram_node", "tpm_node", NULL };

int node_path(struct txn *t, const struct node *n, char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *dir = NULL;

	if (n->path[0] == '/') {
		*ret = xstrdup(n->path);
		return 0;
	}
	if (!n->sr)
		return vxe_fail_internal(err, "node %s is in no SR", n->r.uuid);
	if (record_text(t, &sr_class, n->sr, "path", &dir, err) < 0)
		return -1;
	*ret = sr_place_in(dir, n->path);
	return 0;
}

/* ---- chains and names ------------------------------------------------------------------------ */

int node_chain(struct txn *t, const char *uuid, struct records *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records chain = { .cls = &node_class };

	while (uuid) {
		void *obj;

		if (chain.n == CHAIN_LIMIT)
			return vxe_fail_internal(err, "the chain of node %s is a circle", uuid);
		if (record_load(t, &node_class, uuid, &obj, err) < 0)
			return -1;
		chain.items = xrealloc(chain.items, chain.n + 1, sizeof(*chain.items));
		chain.items[chain.n++] = obj;
		uuid = ((const struct node *)obj)->parent;
	}
	*ret = chain;
	chain = (struct records){ 0 };
	return 0;
}

/* A chain of layer records, read once and kept until the transaction ends. */
struct layers {
	struct txn_kept kept;
	struct records chain;
};

static void layers_free(struct txn_kept *kept)
{
	struct layers *l = (struct layers *)kept;

	records_clear(&l->chain);
	free(l);
}

static const struct layers *find_layers(const struct txn *t, const char *uuid)
{
	for (const struct txn_kept *k = txn_kept(t); k; k = k->next) {
		const struct layers *l = (const struct layers *)k;

		if (k->free != layers_free || !l->chain.n)
			continue;
		const struct node *top = l->chain.items[0];

		if (str_eq(top->r.uuid, uuid))
			return l;
	}
	return NULL;
}

int node_layers(struct txn *t, const char *uuid, const struct records **ret, struct vxe_error *err)
{
	const struct layers *known = find_layers(t, uuid);
	struct records chain;

	if (!known) {
		if (node_chain(t, uuid, &chain, err) < 0)
			return -1;
		struct layers *l = xcalloc(1, sizeof(*l));

		*l = (struct layers){ { .free = layers_free }, chain };
		txn_keep(t, &l->kept);
		known = l;
	}
	*ret = &known->chain;
	return 0;
}

int node_children(struct txn *t, const char *uuid, struct records *ret, struct vxe_error *err)
{
	return records_load(t, &node_class, "parent", uuid, ret, err);
}

bool vdi_is_base_copy(const char *vdi, const char *node, bool managed)
{
	return !managed && str_eq(vdi, node);
}

static int count_machines(struct txn *t, const char *node, int *ret, struct vxe_error *err)
{
	*ret = 0;
	for (size_t i = 0; vm_node_columns[i]; i++) {
		_cleanup_records_ struct records vms = { 0 };

		if (records_load(t, &vm_class, vm_node_columns[i], node, &vms, err) < 0)
			return -1;
		*ret += (int)vms.n;
	}
	return 0;
}

int node_count_names(struct txn *t, const char *uuid, int *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 }, vbds = { 0 }, forgotten = { 0 };
	const struct store_question all[] = {
		records_question(&vdi_class, "node", uuid),
		records_question(&vbd_class, "guard", uuid),
		records_question(&forgotten_class, "layer", uuid),
		records_question(&vm_class, vm_node_columns[0], uuid),
		records_question(&vm_class, vm_node_columns[1], uuid),
	};

	if (txn_ask_ahead(t, all, ARRAY_LEN(all), err) < 0 ||
		records_load(t, &vdi_class, "node", uuid, &vdis, err) < 0 ||
		records_load(t, &vbd_class, "guard", uuid, &vbds, err) < 0 ||
		records_load(t, &forgotten_class, "layer", uuid, &forgotten, err) < 0)
		return -1;
	int n = (int)(vbds.n + forgotten.n);
	for (size_t i = 0; i < vdis.n; i++) {
		const struct vdi *v = vdis.items[i];

		if (!vdi_is_base_copy(v->r.uuid, uuid, v->managed))
			n++;
	}
	if (count_machines(t, uuid, ret, err) < 0)
		return -1;
	*ret += n;
	return 0;
}

int node_vdi(struct txn *t, const char *node, char **ret, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };
	const struct vdi *found = NULL;

	if (records_load(t, &vdi_class, "node", node, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n; i++) {
		const struct vdi *v = vdis.items[i];

		if (!found || (v->managed && !found->managed))
			found = v;
	}
	*ret = found ? xstrdup(found->r.uuid) : NULL;
	return 0;
}

/* ---- base copies ----------------------------------------------------------------------------- */

int node_sync_base_copy(struct txn *t, const char *uuid, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_(vdi_free_cleanup) struct vdi *copy = NULL;
	void *node, *vdi;
	int names;

	if (record_find(t, &node_class, uuid, &node, err) < 0)
		return -1;
	n = node;
	if (record_find(t, &vdi_class, uuid, &vdi, err) < 0)
		return -1;
	copy = vdi;
	if (node_count_names(t, uuid, &names, err) < 0)
		return -1;

	bool wanted = n && names == 0 && n->kind == NODE_DISK && n->state != NODE_DOOMED;
	bool there = copy && vdi_is_base_copy(copy->r.uuid, uuid, copy->managed);

	if (copy && !there) /* another VDI has this UUID */
		return 0;
	if (wanted) {
		_cleanup_(vdi_free_cleanup) struct vdi *v = record_new(&vdi_class);

		v->r.uuid = xstrdup(n->r.uuid);
		str_replace(&v->name_label, "base copy");
		str_replace(&v->location, n->r.uuid);
		str_replace(&v->sr, n->sr);
		str_replace(&v->node, n->r.uuid);
		v->virtual_size = n->virtual_size;
		v->type = VDI_USER;
		v->read_only = true;
		v->managed = false;
		return record_save(t, &vdi_class, v, err);
	}
	return there ? txn_del(t, vdi_class.name, uuid, err) : 0;
}

char *node_header_name(const char *base, const char *as)
{
	_cleanup_content_name_ struct content_name n = { 0 };

	content_name(base, &n);
	return n.protocol ? TAKE(n.text) : name_for_header(as);
}

char *node_backing_name(const char *child, const char *base)
{
	const char *slash = strrchr(child, '/');
	size_t dir = slash ? (size_t)(slash - child) + 1 : 0;

	if (dir && strncmp(child, base, dir) == 0 && !strchr(base + dir, '/'))
		return node_header_name(base, base + dir);
	return node_header_name(base, base);
}

/* SPDX-License-Identifier: MIT */
#include "objects/storage/vdi_chain.h"

#include "objects/disks/disks.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm.h"
#include "objects/domain/adopt.h"
#include "objects/model/enums.h"

void vdi_chain_clear(struct vdi_chain *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->items[i].vdi);
		free(c->items[i].file);
		free(c->items[i].format);
		strv_clear(&c->items[i].users);
	}
	free(c->items);
	*c = (struct vdi_chain){ 0 };
}

static int64_t allocated(struct session *s, const char *file)
{
	_cleanup_error_ struct vxe_error unseen = { 0 };
	struct content_stat f;

	return disk_file_stat(content_of(s, file), &f, &unseen) == 0 && f.exists ? f.allocated : -1;
}

/* ---- users on record ------------------------------------------------------------------------- */

struct reading {
	struct session *s;
	struct txn *t;
	/* files and VMs that have records, so strangers_find() does not report them as unknown users */
	struct strv known;
};

static void reading_clear(struct reading *r)
{
	txn_abort(r->t);
	strv_clear(&r->known);
}

static void add_once(struct strv *to, char *text)
{
	if (strv_has(to, text))
		free(text);
	else
		strv_take(to, text);
}

static const char *vm_kind_of(const struct vm *vm)
{
	return vm->is_a_snapshot ? "snapshot" : vm->is_a_template ? "template" : "VM";
}

static int add_vm_user(
	struct reading *r, const char *uuid, struct strv *users, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (vm_find(r->t, uuid, &vm, err) < 0)
		return -1;
	strv_add(&r->known, uuid);
	if (vm)
		add_once(users, xasprintf("%s %s (%s)", vm_kind_of(vm), vm->name_label, uuid));
	return 0;
}

static int add_vdi(
	struct reading *r, const struct vdi *v, struct strv *users, struct vxe_error *err)
{
	_cleanup_records_ struct records vbds = { 0 };

	if (records_load(r->t, &vbd_class, "vdi", v->r.uuid, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n; i++)
		if (add_vm_user(r, ((const struct vbd *)vbds.items[i])->vm, users, err) < 0)
			return -1;
	if (!vbds.n)
		add_once(users, xasprintf("disk %s (%s)", v->name_label, v->r.uuid));
	return 0;
}

/*
 * Adds the objects that refer to the layer directly: VDIs whose content it is, and disks of Suspended VMs whose
 * definition names it.
 */
static int add_direct(
	struct reading *r, const char *node, struct strv *users, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 }, guarded = { 0 };

	if (records_load(r->t, &vdi_class, "node", node, &vdis, err) < 0 ||
		records_load(r->t, &vbd_class, "guard", node, &guarded, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n; i++) {
		const struct vdi *v = vdis.items[i];

		if (!vdi_is_base_copy(v->r.uuid, node, v->managed) && add_vdi(r, v, users, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < guarded.n; i++)
		if (add_vm_user(r, ((const struct vbd *)guarded.items[i])->vm, users, err) < 0)
			return -1;
	return 0;
}

static int add_children(struct reading *r, const char *node, const char *except, struct strv *to,
	struct vxe_error *err)
{
	_cleanup_records_ struct records above = { 0 };

	if (node_children(r->t, node, &above, err) < 0)
		return -1;
	for (size_t i = 0; i < above.n; i++) {
		const struct node *n = above.items[i];
		_cleanup_free_ char *path = NULL;

		if (node_path(r->t, n, &path, err) < 0)
			return -1;
		strv_add(&r->known, path);
		if (!str_eq(n->r.uuid, except) && !strv_has(to, n->r.uuid))
			strv_add(to, n->r.uuid);
	}
	return 0;
}

/*
 * Adds the users of the layer and of all layers above it, except those in the branch that begins with the layer
 * @branch.
 */
static int add_users(struct reading *r, const char *node, const char *branch, struct strv *users,
	struct vxe_error *err)
{
	_cleanup_strv_ struct strv nodes = { 0 };

	strv_add(&nodes, node);
	for (size_t i = 0; i < nodes.n; i++)
		if (add_direct(r, nodes.items[i], users, err) < 0 ||
			add_children(r, nodes.items[i], branch, &nodes, err) < 0)
			return -1;
	return 0;
}

/* ---- layers ---------------------------------------------------------------------------------- */

static int add_layer(struct reading *r, const struct node *n, const struct node *above,
	struct vdi_chain *to, struct vxe_error *err)
{
	struct chain_layer *l = &to->items[to->n++];

	l->origin = enum_print(&node_origin_table, n->origin);
	l->state = enum_print(&node_state_table, n->state);
	l->format = xstrdup(n->format);
	l->virtual_size = n->virtual_size;
	if (node_path(r->t, n, &l->file, err) < 0 || node_vdi(r->t, n->r.uuid, &l->vdi, err) < 0 ||
		add_users(r, n->r.uuid, above ? above->r.uuid : NULL, &l->users, err) < 0)
		return -1;
	l->allocated = allocated(r->s, l->file);
	strv_add(&r->known, l->file);
	return 0;
}

/* Adds the one layer of a disk that vxe does not manage: a CD, a floppy, a disk of a network. */
static int add_reference(
	struct reading *r, const struct vdi *v, struct vdi_chain *to, struct vxe_error *err)
{
	const char *file = map_get(&v->sm_config, "file");
	struct chain_layer *l = &to->items[to->n++];

	l->origin = l->state = "";
	l->file = xstrdup(file ? file : "");
	l->format = xstrdup(vdi_reference_format(v));
	l->virtual_size = v->virtual_size;
	l->allocated = *l->file == '/' ? allocated(r->s, l->file) : -1;
	return add_vdi(r, v, &l->users, err);
}

static int read_layers(
	struct reading *r, const struct vdi *v, struct vdi_chain *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records chain = { 0 };

	if (v->node && node_chain(r->t, v->node, &chain, err) < 0)
		return -1;
	ret->items = xcalloc(chain.n + 1, sizeof(*ret->items));
	if (!v->node && add_reference(r, v, ret, err) < 0)
		return -1;
	for (size_t i = 0; i < chain.n; i++)
		if (add_layer(r, chain.items[i], i ? chain.items[i - 1] : NULL, ret, err) < 0)
			return -1;
	for (size_t i = 0; i < ret->n; i++)
		ret->items[i].depth = ret->n - i;
	str_replace(&ret->items[0].vdi, v->r.uuid);
	return 0;
}

/* ---- users that are not on record ------------------------------------------------------------ */

static int add_stranger(void *ctx, const char *path, const char *user, struct vxe_error *err)
{
	struct vdi_chain *c = ctx;

	(void)err;
	for (size_t i = 0; i < c->n; i++)
		if (str_eq(c->items[i].file, path))
			add_once(&c->items[i].users,
				*user == '/' ? xasprintf("image %s", user) : xstrdup(user));
	return 0;
}

static int add_strangers(
	struct session *s, const struct strv *known, struct vdi_chain *c, struct vxe_error *err)
{
	_cleanup_strv_ struct strv paths = { 0 };
	_cleanup_error_ struct vxe_error failed = { 0 };

	for (size_t i = 0; i < c->n; i++)
		strv_add(&paths, c->items[i].file);
	if (strangers_find(s, &paths, known, add_stranger, c, &failed) == 0)
		return 0;
	if (failed.code == TASK_CANCELLED) {
		error_move(err, &failed);
		return -1;
	}
	session_notice(s, "domains and images that are not on record were not looked for: %s",
		failed.n_params ? failed.params[failed.n_params - 1]
				: code_info(failed.code)->name);
	return 0;
}

int vdi_chain_read(
	struct session *s, const char *uuid, struct vdi_chain *ret, struct vxe_error *err)
{
	_cleanup_(reading_clear) struct reading r = { .s = s };
	_cleanup_(vdi_free_cleanup) struct vdi *v = NULL;
	_cleanup_vdi_chain_ struct vdi_chain chain = { 0 };

	if (adopt_domains(s, err) < 0 || txn_begin(s->store, TXN_READ, &r.t, err) < 0 ||
		vdi_get(r.t, uuid, &v, err) < 0 || sr_check_here(s, r.t, v->sr, err) < 0 ||
		read_layers(&r, v, &chain, err) < 0)
		return -1;
	txn_abort(TAKE(r.t));
	if (add_strangers(s, &r.known, &chain, err) < 0)
		return -1;
	*ret = chain;
	chain = (struct vdi_chain){ 0 };
	return 0;
}

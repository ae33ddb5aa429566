/* SPDX-License-Identifier: MIT */
/*
 * Lets a guest go on whose QEMU has given up its disks for a memory image or a migration: it opens them again, for
 * writing where it was a writer before. After `virsh blockjob --abort` of an active commit that is the layer below,
 * too, which vxe may have frozen since; after several such commits there are several.
 */
#include "objects/disks/steps/guest_wake.h"

#include "objects/classes/storage/node_names.h"
#include "objects/classes/vm/vbd.h"

#include <string.h>
#include <sys/stat.h>

/* Layers whose files have their owner's write bit for the moment. */
struct opened {
	struct session *s;
	struct strv paths;
};

static void opened_clear(struct opened *o)
{
	strv_clear(&o->paths);
}

/* The file of which QEMU's error message says that it could not open it, owned; NULL: the error is about something else. */
static char *denied(const struct vxe_error *failed)
{
	static const char before[] = "Could not open '";
	const char *said = failed->n_params ? failed->params[failed->n_params - 1] : "";
	const char *at = failed->code == VXE_HYPERVISOR_FAILED ? strstr(said, before) : NULL;

	at = at && strstr(said, "Permission denied") ? at + strlen(before) : NULL;
	return at && at[0] == '/' ? xstrndup(at, strcspn(at, "'")) : NULL;
}

static bool is_frozen(struct session *s, const char *path)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	return txn_begin(s->store, TXN_READ, &t, &ignored) == 0 &&
		node_by_path(s, t, path, &n, &ignored) == 0 && n && n->state == NODE_FROZEN;
}

/* Returns 1 if the file is one of a frozen layer, and may be written to now; 0: it is none, or is open already. */
static int open_layer(struct opened *o, const char *path, struct vxe_error *err)
{
	mode_t mode;

	if (strv_has(&o->paths, path) || !is_frozen(o->s, path))
		return 0;
	if (content_freeze(content_of(o->s, path), &mode, err) < 0)
		return -1;
	strv_add(&o->paths, path);
	return content_thaw(content_of(o->s, path), mode | S_IWUSR, err) < 0 ? -1 : 1;
}

static int close_layers(const struct opened *o, struct vxe_error *err)
{
	int r = 0;

	for (size_t i = 0; i < o->paths.n; i++) {
		_cleanup_error_ struct vxe_error failed = { 0 };
		mode_t mode;

		if (content_freeze(content_of(o->s, o->paths.items[i]), &mode, &failed) == 0)
			continue;
		if (r == 0)
			error_move(err, &failed);
		r = -1;
	}
	return r;
}

int step_unpause(struct op *op, struct vxe_error *err)
{
	_cleanup_(opened_clear) struct opened o = { .s = op->s };
	_cleanup_error_ struct vxe_error shut = { 0 };
	struct hv *hv;
	int r = session_hv(op->s->here, &hv, err);

	while (r == 0 && (r = hv_unpause(hv, op->plan.domain, err)) < 0) {
		_cleanup_error_ struct vxe_error ignored = { 0 };
		_cleanup_free_ char *path = denied(err);

		if (!path || open_layer(&o, path, &ignored) <= 0)
			break;
		error_clear(err);
		r = 0;
	}
	if (close_layers(&o, r < 0 ? &shut : err) < 0)
		return -1;
	return r;
}

static int shut_chain(struct op *op, struct txn *t, const char *vdi, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *v = NULL;
	const struct records *chain;

	if (vdi_find(t, vdi, &v, err) < 0)
		return -1;
	if (!v || !v->node)
		return 0;
	if (node_layers(t, v->node, &chain, err) < 0)
		return -1;
	for (size_t i = 0; i < chain->n; i++) {
		const struct node *n = chain->items[i];
		_cleanup_free_ char *path = NULL;
		struct content_stat f;
		mode_t mode;

		if (n->state != NODE_FROZEN || n->origin == NODE_ADOPTED_BASE || !n->old_mode)
			continue;
		if (node_path(t, n, &path, err) < 0 ||
			content_stat(content_of(op->s, path), &f, err) < 0 ||
			(f.exists && !f.device && (f.mode & S_IWUSR) &&
				content_freeze(content_of(op->s, path), &mode, err) < 0))
			return -1;
	}
	return 0;
}

/* Takes the write bits of the VM's frozen layers that a vxe which died in step_unpause() has left. */
static int shut_left(struct op *op, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records vbds = { 0 };

	if (txn_begin(op->s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &vbd_class, "vm_uuid", op->plan.domain, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n; i++) {
		const struct vbd *b = vbds.items[i];

		if (b->vdi && b->type == VBD_DISK && shut_chain(op, t, b->vdi, err) < 0)
			return -1;
	}
	return 0;
}

int step_wake(struct op *op, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	struct hv *hv;

	if (op->recovering && shut_left(op, err) < 0)
		return -1;
	if (session_hv(op->s->here, &hv, &ignored) < 0 ||
		hv_find(hv, op->plan.domain, &d, &ignored) < 0 || !d.uuid || d.state != HV_PAUSED ||
		d.by_user)
		return 0;
	if (step_unpause(op, &ignored) < 0)
		session_notice(op->s,
			"the guest is paused and could not go on: 'vxe vm-unpause uuid=%s'",
			op->plan.domain);
	return 0;
}

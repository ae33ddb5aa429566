/* SPDX-License-Identifier: MIT */
#include "objects/classes/storage/chain_depth.h"

#include "objects/classes/storage/chain_limit.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/vm/vbd.h"

/*
 * Fails with SR_BACKEND_FAILURE_109 and XenServer's text for a chain that is too long; adds the number of layers, the
 * reason @why and the disk.
 */
static int fail_deep(const struct vdi *vdi, size_t layers, const char *why, struct vxe_error *err)
{
	_cleanup_free_ char *text = xasprintf("%zu layers; %s; disk %s", layers, why, vdi->r.uuid);

	return vxe_fail(err, SR_BACKEND_FAILURE_109, "", "The snapshot chain is too long", text);
}

static char *limit_text(const struct sr *sr, const struct chain_limit *limit)
{
	if (!limit->text)
		return xasprintf("other-config:" CHAIN_KEY " of the SR %s allows %zu", sr->r.uuid,
			limit->layers);
	return xasprintf("other-config:" CHAIN_KEY " of the SR %s is '%s', not a number from 1 to "
			 "%zu, so %zu are allowed",
		sr->r.uuid, limit->text, limit->most, limit->layers);
}

int depth_check_limit(struct session *s, struct txn *t, const struct vdi *vdi,
	const struct node *top, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	const struct records *chain;
	struct chain_limit limit;

	if (sr_get(t, vdi->sr, &sr, err) < 0 || node_layers(t, top->r.uuid, &chain, err) < 0 ||
		chain_limit(s, sr, chain->n, &limit, err) < 0)
		return -1;
	if (chain->n < limit.layers)
		return 0;
	_cleanup_free_ char *why = limit_text(sr, &limit);

	strv_clear(&s->reports.deep);
	strv_add(&s->reports.deep, top->r.uuid);
	return fail_deep(vdi, chain->n, why, err);
}

static char *most_text(const char *libvirt, size_t most)
{
	return libvirt ? xasprintf("libvirt %s starts a guest on %zu at most", libvirt, most)
		       : xasprintf("no disk may have more than %zu", most);
}

int depth_check_most(struct session *s, const struct vdi *vdi, size_t layers, struct vxe_error *err)
{
	const char *libvirt;
	size_t most;

	if (chain_most(s, layers + 1, &most, &libvirt, err) < 0)
		return -1;
	if (layers < most)
		return 0;
	_cleanup_free_ char *why = most_text(libvirt, most);

	return fail_deep(vdi, layers, why, err);
}

/* ---- a VM's disks ---------------------------------------------------------------------------- */

/*
 * *ret: why libvirt starts no guest on a disk with so many layers, owned; NULL: they are not too many. *layers is their
 * number.
 */
static int too_deep(struct session *s, struct txn *t, const struct vdi *vdi, size_t *layers,
	char **ret, struct vxe_error *err)
{
	const struct records *chain;
	const char *libvirt;
	size_t most;

	if (node_layers(t, vdi->node, &chain, err) < 0 ||
		chain_most(s, chain->n, &most, &libvirt, err) < 0)
		return -1;
	*layers = chain->n;
	if (chain->n > most)
		*ret = most_text(libvirt, most);
	return 0;
}

/*
 * Fails with SR_BACKEND_FAILURE_109 if a disk of the VM has more layers than libvirt starts a guest on. @said:
 * libvirt's error from a failed start, which is quoted; NULL: no start was tried.
 */
static int check_vm(
	struct session *s, struct txn *t, const char *vm, const char *said, struct vxe_error *err)
{
	_cleanup_records_ struct records vbds = { 0 };

	if (records_load(t, &vbd_class, "vm", vm, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n; i++) {
		const struct vbd *vbd = vbds.items[i];
		_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;
		_cleanup_free_ char *why = NULL, *both = NULL;
		size_t layers;

		if (vbd->vdi && vdi_find(t, vbd->vdi, &vdi, err) < 0)
			return -1;
		if (!vdi || str_is_empty(vdi->node))
			continue;
		if (too_deep(s, t, vdi, &layers, &why, err) < 0)
			return -1;
		if (!why)
			continue;
		both = said ? xasprintf("%s, and says: %s", why, said) : NULL;
		return fail_deep(vdi, layers, both ? both : why, err);
	}
	return 0;
}

int depth_check_vm(struct session *s, struct txn *t, const char *vm, struct vxe_error *err)
{
	return check_vm(s, t, vm, NULL, err);
}

int depth_explain(struct session *s, const char *vm, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error deep = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (err->code != VXE_HYPERVISOR_FAILED || err->n_params < 2 ||
		txn_begin(s->store, TXN_READ, &t, &deep) < 0 ||
		check_vm(s, t, vm, err->params[1], &deep) == 0 ||
		deep.code != SR_BACKEND_FAILURE_109)
		return -1;
	error_clear(err);
	error_move(err, &deep);
	return -1;
}

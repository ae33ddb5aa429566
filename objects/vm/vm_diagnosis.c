/* SPDX-License-Identifier: MIT */
/* Why a VM does not start: before a start by its records, after a failure also by the files of its disks. */
#include "objects/vm/vm_diagnosis.h"

#include "objects/disks/disks.h"
#include "objects/classes/host/host.h"
#include "objects/classes/network/network.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr_place.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/storage/chain_depth.h"
#include "objects/model/record.h"

#include <string.h>

/* A check that says what is wrong with an SR in which a VM has disks; NULL: nothing. */
typedef const char *sr_fault_fn(const struct sr *sr, bool plugged);

static const char *detached(const struct sr *sr, bool plugged)
{
	(void)sr;
	return plugged ? NULL : "VM requires access to SR";
}

static const char *not_shared(const struct sr *sr, bool plugged)
{
	(void)plugged;
	return sr->shared ? NULL : "VM requires access to non-shared SR";
}

/* The SR of the VBD's disk; NULL: the VBD has no disk, or the disk no SR. */
static int sr_of(struct txn *t, const struct vbd *vbd, struct sr **ret, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;

	*ret = NULL;
	if (!vbd->vdi)
		return 0;
	if (vdi_find(t, vbd->vdi, &vdi, err) < 0)
		return -1;
	return vdi && vdi->sr ? sr_find(t, vdi->sr, ret, err) : 0;
}

static int find_fault(struct session *s, struct txn *t, const char *vm, sr_fault_fn *fault,
	char **ret, struct vxe_error *err)
{
	_cleanup_records_ struct records vbds = { 0 };

	if (records_load(t, &vbd_class, "vm", vm, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n; i++) {
		_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
		const char *text;

		if (sr_of(t, vbds.items[i], &sr, err) < 0)
			return -1;
		int plugged = sr ? sr_is_plugged(s, t, sr, err) : 0;

		if (plugged < 0)
			return -1;
		text = sr ? fault(sr, plugged) : NULL;
		if (text) {
			*ret = xasprintf("%s: %s (%s)", text, sr->r.uuid, sr->name_label);
			return 0;
		}
	}
	return 0;
}

int vm_start_obstacle(struct session *s, const char *vm, char **ret, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *host = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	*ret = NULL;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		(s->here->uuid && host_find(t, s->here->uuid, &host, err) < 0))
		return -1;
	if (host && !host->enabled) {
		*ret = xstrdup("Host disabled (use 'xe host-enable' to re-enable)");
		return 0;
	}
	return find_fault(s, t, vm, detached, ret, err);
}

int vm_move_obstacle(struct session *s, const char *vm, char **ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	*ret = NULL;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	return find_fault(s, t, vm, not_shared, ret, err);
}

/* ---- on which hosts -------------------------------------------------------------------------- */

/* Adds the SRs of the VDI's layers; of one without layers its own. */
static int add_srs(struct txn *t, const char *uuid, struct strv *srs, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;
	const struct records *chain = NULL;

	if (str_is_empty(uuid) || vdi_find(t, uuid, &vdi, err) < 0)
		return str_is_empty(uuid) ? 0 : -1;
	if (vdi && vdi->sr)
		strv_add(srs, vdi->sr);
	if (!vdi || !vdi->node)
		return 0;
	if (node_layers(t, vdi->node, &chain, err) < 0)
		return -1;
	for (size_t i = 0; i < chain->n; i++) {
		const struct node *n = chain->items[i];

		if (n->sr && !strv_has(srs, n->sr))
			strv_add(srs, n->sr);
	}
	return 0;
}

static int srs_of_vm(struct txn *t, const char *uuid, struct strv *ret, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_records_ struct records vbds = { 0 };

	if (vm_get(t, uuid, &vm, err) < 0 || add_srs(t, vm->suspend_vdi, ret, err) < 0 ||
		records_load(t, &vbd_class, "vm", uuid, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n; i++)
		if (add_srs(t, ((const struct vbd *)vbds.items[i])->vdi, ret, err) < 0)
			return -1;
	return 0;
}

/* Returns 1 if the host has plugged the SR, which is shared if others have it, too. */
static int has_plugged(struct txn *t, const char *host, const char *uuid, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_records_ struct records pbds = { 0 };

	if (sr_find(t, uuid, &sr, err) < 0 ||
		records_load(t, &pbd_class, "sr_uuid", uuid, &pbds, err) < 0)
		return -1;
	for (size_t i = 0; i < pbds.n; i++) {
		const struct pbd *pbd = pbds.items[i];

		if (str_eq(pbd->host, host) && !pbd->unplugged)
			return sr && !sr->detached && (sr->shared || pbds.n == 1);
	}
	return 0;
}

int vm_check_srs(
	struct session *s, struct txn *t, const char *vm, const char *host, struct vxe_error *err)
{
	_cleanup_strv_ struct strv srs = { 0 };

	if (s->pool_size <= 1)
		return 0;
	if (srs_of_vm(t, vm, &srs, err) < 0)
		return -1;
	for (size_t i = 0; i < srs.n; i++) {
		int has = has_plugged(t, host, srs.items[i], err);

		if (has <= 0)
			return has < 0 ? -1 : vxe_fail(err, VM_REQUIRES_SR, vm, srs.items[i]);
	}
	return 0;
}

static int check_card(struct txn *t, const struct vif *vif, const char *host, struct vxe_error *err)
{
	_cleanup_(network_free_cleanup) struct network *net = NULL;

	if (!vif->network)
		return 0;
	if (network_find(t, vif->network, &net, err) < 0)
		return -1;
	return !net || !net->on_hosts.n || map_get(&net->on_hosts, host)
		? 0
		: vxe_fail(err, VM_REQUIRES_NETWORK, vif->vm, net->r.uuid);
}

int vm_check_host(
	struct session *s, struct txn *t, const char *vm, const char *host, struct vxe_error *err)
{
	_cleanup_records_ struct records vifs = { 0 };

	if (s->pool_size <= 1)
		return 0;
	if (vm_check_srs(s, t, vm, host, err) < 0 ||
		records_load(t, &vif_class, "vm", vm, &vifs, err) < 0)
		return -1;
	for (size_t i = 0; i < vifs.n; i++)
		if (check_card(t, vifs.items[i], host, err) < 0)
			return -1;
	return 0;
}

int vm_check_storage(struct store *store, struct txn *t, const char *vm, struct vxe_error *err)
{
	_cleanup_strv_ struct strv srs = { 0 };
	int64_t hosts;

	if (txn_count(t, host_class.name, &hosts, err) < 0)
		return -1;
	if (hosts <= 1)
		return 0;
	if (srs_of_vm(t, vm, &srs, err) < 0)
		return -1;
	for (size_t i = 0; i < srs.n; i++) {
		_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

		if (sr_find(t, srs.items[i], &sr, err) < 0 ||
			(sr && sr_check_storage(store, sr, err) < 0))
			return -1;
	}
	return 0;
}

int vm_check_machine(
	struct hv *hv, const char *host, const char *vm, const char *xml, struct vxe_error *err)
{
	_cleanup_free_ char *gone = NULL, *newest = NULL;

	if (hv_machine_gone(hv, xml, &gone, &newest, err) < 0)
		return -1;
	return !gone ? 0
		     : vxe_fail(err, VM_HOST_INCOMPATIBLE_VIRTUAL_HARDWARE_PLATFORM_VERSION, host,
			       newest, vm, gone);
}

/* ---- after libvirt has refused --------------------------------------------------------------- */

static int fail_unwritable(struct session *s, const char *path, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_free_ char *above = NULL;

	if (file_above(s, path, &above, &ignored) < 0 || !above)
		return vxe_fail(err, VXE_IMAGE_FAILED, path,
			"nobody may write to it ('chmod u+w' permits it)");
	_cleanup_free_ char *why = xasprintf(
		"nobody may write to it, as %s lies on it, which may have what the guest has written "
		"since ('virsh edit' gives the definition that file)",
		above);

	return vxe_fail(err, VXE_IMAGE_FAILED, path, why);
}

/* Returns 0 if the file is as it should be; -1 with @err that says what is wrong. */
static int file_fault(struct session *s, const struct vdi *vdi, const char *path, bool written,
	struct vxe_error *err)
{
	struct content_stat f;

	if (path[0] != '/' || disk_file_stat(content_of(s, path), &f, err) < 0)
		return path[0] == '/' ? -1 : 0;
	if (!f.exists)
		return vdi_fail_missing(vdi, path, err);
	return written && !f.device && !(f.mode & 0222) ? fail_unwritable(s, path, err) : 0;
}

static int disk_fault(
	struct session *s, struct txn *t, const struct vbd *vbd, bool modes, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;

	if (!vbd->vdi)
		return 0;
	if (vdi_find(t, vbd->vdi, &vdi, err) < 0 || !vdi)
		return -1;
	if (vdi->node) {
		/* With @modes it is also a fault if the file of the disk's own layer has no write permission bits. */
		const struct records *chain;

		if (node_layers(t, vdi->node, &chain, err) < 0)
			return -1;
		for (size_t i = 0; i < chain->n; i++) {
			const struct node *n = chain->items[i];
			_cleanup_free_ char *path = NULL;

			if (node_path(t, n, &path, err) < 0 ||
				file_fault(s, vdi, path, modes && !i && vbd->mode == VBD_RW, err) <
					0 ||
				(str_eq(n->format, "qcow2") && path[0] == '/' &&
					disk_file_vet(content_of(s, path), n->format, VET_BASE,
						err) < 0 &&
					err->code == VXE_IMAGE_DAMAGED))
				return -1;
			error_clear(err);
		}
		return 0;
	}
	return vdi->file ? file_fault(s, vdi, vdi->file, false, err) : 0;
}

/*
 * Reports a missing or damaged file before a file without write permission. vxe itself takes the write bits of a disk
 * that nobody has started yet, so these are looked at only if libvirt was denied access (@modes).
 */
static int find_disk_fault(struct session *s, const char *vm, bool modes, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records vbds = { 0 };

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &vbd_class, "vm", vm, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n * (modes ? 2 : 1); i++)
		if (disk_fault(s, t, vbds.items[i % vbds.n], i >= vbds.n, err) < 0)
			return -1;
	return 0;
}

static bool is_denied(const struct vxe_error *err)
{
	for (size_t i = 0; i < err->n_params; i++)
		if (strstr(err->params[i], "Permission denied"))
			return true;
	return false;
}

int vm_start_explain(struct session *s, const char *vm, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error found = { 0 };

	if (depth_explain(s, vm, err) < 0 && err->code == VXE_HYPERVISOR_FAILED &&
		find_disk_fault(s, vm, is_denied(err), &found) < 0 &&
		(found.code == VDI_NOT_AVAILABLE || found.code == VXE_IMAGE_DAMAGED ||
			found.code == VXE_IMAGE_FAILED)) {
		error_clear(err);
		error_move(err, &found);
	}
	return -1;
}

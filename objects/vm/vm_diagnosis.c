/* SPDX-License-Identifier: MIT */
/* Reads only the records: before a start libvirt cannot tell more. */
#include "objects/vm/vm_diagnosis.h"

#include "objects/classes/host/host.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/model/record.h"

/* The problem with an SR in which a VM has disks; NULL: none. */
typedef const char *sr_fault_fn(const struct sr *sr);

static const char *detached(const struct sr *sr)
{
	return sr->detached ? "VM requires access to SR" : NULL;
}

static const char *not_shared(const struct sr *sr)
{
	return sr->shared ? NULL : "VM requires access to non-shared SR";
}

/* The SR of the VBD's disk; NULL: it has no disk. */
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

static int find_fault(
	struct txn *t, const char *vm, sr_fault_fn *fault, char **ret, struct vxe_error *err)
{
	_cleanup_records_ struct records vbds = { 0 };

	if (records_load(t, &vbd_class, "vm", vm, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n; i++) {
		_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
		const char *text;

		if (sr_of(t, vbds.items[i], &sr, err) < 0)
			return -1;
		text = sr ? fault(sr) : NULL;
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
		(s->host_uuid && host_find(t, s->host_uuid, &host, err) < 0))
		return -1;
	if (host && !host->enabled) {
		*ret = xstrdup("Host disabled (use 'xe host-enable' to re-enable)");
		return 0;
	}
	return find_fault(t, vm, detached, ret, err);
}

int vm_move_obstacle(struct session *s, const char *vm, char **ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	*ret = NULL;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	return find_fault(t, vm, not_shared, ret, err);
}

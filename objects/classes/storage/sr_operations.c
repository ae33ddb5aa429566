/* SPDX-License-Identifier: MIT */
/* The table of operations on SRs. */
#include "objects/classes/storage/sr_operations.h"

#include "objects/classes/storage/node.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/vdi.h"

#include <assert.h>

enum need {
	PLUGGED_HERE = 1 << 0, /* this host has it plugged */
	UNPLUGGED = 1 << 1,    /* no host has it plugged */
	HAS_PBD = 1 << 2,
	IS_EMPTY = 1 << 3, /* no disk and no layer is in it */
};

#define DISKS (1 << SR_DISKS)
#define CDS (1 << SR_CDS)
#define DEVICES (1 << SR_DEVICES)
#define ANY (DISKS | CDS | DEVICES)

/* In xe's order. */
static const struct operation {
	const char *name;
	unsigned needs, kinds;
} operations[] = {
	{ "scan", PLUGGED_HERE, ANY },
	{ "destroy", UNPLUGGED | HAS_PBD | IS_EMPTY, ANY },
	{ "forget", UNPLUGGED, ANY },
	{ "plug", HAS_PBD, ANY },
	{ "unplug", HAS_PBD, ANY },
	{ "update", PLUGGED_HERE, ANY },
	{ "VDI.create", PLUGGED_HERE, DISKS },
	{ "VDI.introduce", PLUGGED_HERE, DISKS | CDS },
	{ "VDI.destroy", PLUGGED_HERE, DISKS },
	{ "VDI.resize", PLUGGED_HERE, DISKS },
	{ "VDI.clone", PLUGGED_HERE, DISKS | DEVICES },
	{ "VDI.snapshot", PLUGGED_HERE, DISKS | DEVICES },
	{ "VDI.copy", PLUGGED_HERE, ANY },
	{ "PBD.create", 0, ANY },
	{ "PBD.destroy", 0, ANY },
};

static const struct operation *operation_named(const char *name)
{
	const struct operation *op =
		row_named(operations, ARRAY_LEN(operations), sizeof(*operations), name);

	assert(op);
	return op;
}

bool sr_holds(const struct sr *sr, const char *operation)
{
	return operation_named(operation)->kinds & 1u << sr_content(sr);
}

static int check_empty(struct txn *t, const char *sr, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 }, nodes = { 0 };

	if (records_load(t, class_by_id(CLASS_VDI), "sr", sr, &vdis, err) < 0 ||
		records_load(t, class_by_id(CLASS_NODE), "sr", sr, &nodes, err) < 0)
		return -1;
	return vdis.n || nodes.n ? vxe_fail(err, SR_NOT_EMPTY) : 0;
}

static int check_pbds(struct txn *t, const char *sr, struct vxe_error *err)
{
	_cleanup_records_ struct records pbds = { 0 };

	if (records_load(t, class_by_id(CLASS_PBD), "sr_uuid", sr, &pbds, err) < 0)
		return -1;
	return pbds.n ? 0 : vxe_fail(err, SR_HAS_NO_PBDS, sr);
}

static int check_row(struct session *s, struct txn *t, const struct sr *sr,
	const struct operation *op, struct vxe_error *err)
{
	const char *uuid = sr->r.uuid;
	int plugged = op->needs & PLUGGED_HERE ? sr_is_plugged(s, t, sr, err) : 1;

	if (plugged < 0)
		return -1;
	if (!plugged)
		return vxe_fail(err, SR_NOT_ATTACHED, uuid);
	if (op->needs & UNPLUGGED && !sr->detached)
		return vxe_fail(err, SR_HAS_PBD, uuid);
	if (!(op->kinds & 1u << sr_content(sr)))
		return vxe_fail(err, SR_OPERATION_NOT_SUPPORTED, uuid);
	if (op->needs & HAS_PBD && check_pbds(t, uuid, err) < 0)
		return -1;
	return op->needs & IS_EMPTY ? check_empty(t, uuid, err) : 0;
}

int sr_check_operation(struct session *s, struct txn *t, const struct sr *sr, const char *operation,
	struct vxe_error *err)
{
	return check_row(s, t, sr, operation_named(operation), err);
}

int sr_get_allowed(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(operations); i++) {
		_cleanup_error_ struct vxe_error why = { 0 };

		if (check_row(s, s->read_txn, obj, &operations[i], &why) == 0)
			strv_add(&ret->list, operations[i].name);
		else if (why.code != SR_NOT_ATTACHED && why.code != SR_HAS_PBD &&
			why.code != SR_OPERATION_NOT_SUPPORTED && why.code != SR_HAS_NO_PBDS &&
			why.code != SR_NOT_EMPTY) {
			error_move(err, &why);
			return -1;
		}
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* The fields of VBDs, in xe's print order. */
#include "objects/classes/vm/vbd.h"

#include "objects/classes/common/getters.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/plugged.h"
#include "objects/model/enums.h"
#include "objects/model/read_txn.h"
#include "objects/session/session.h"

static int get_vdi_name(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vbd *vbd = obj;
	const char *name = NULL;
	bool exists = false;

	if (vbd->vdi && reader_name(s, &vdi_class, vbd->vdi, &exists, &name, err) < 0)
		return -1;
	if (vbd->empty)
		ret->literal = "<EMPTY>";
	else if (!exists)
		ret->literal = NOT_IN_DATABASE;
	else
		ret->string = xstrdup(name);
	return 0;
}

static int get_attached(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vbd *vbd = obj;
	bool up;

	if (vbd_shows_attached(s, vbd, &up, err) < 0)
		return -1;
	ret->integer = up;
	return 0;
}

static int vbd_get_allowed(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vbd *vbd = obj;
	bool up;

	if (vbd_shows_attached(s, vbd, &up, err) < 0)
		return -1;
	strv_add(&ret->list, "attach");
	if (vbd->type != VBD_DISK)
		strv_add(&ret->list, vbd->empty ? "insert" : "eject");
	if (up && vbd->unpluggable)
		strv_add(&ret->list, "unplug");
	return 0;
}

/* Refuses a position that an archive could not have, or that another disk of the VM has, as vbd-create does. */
static int check_userdevice(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	_cleanup_records_ struct records vbds = { 0 };
	const struct vbd *vbd = obj;
	int n = vbd_position(value->string);

	if (n < 0)
		return vxe_fail(err, INVALID_DEVICE, value->string);
	if (records_load(s->read_txn, &vbd_class, "vm", vbd->vm, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n; i++) {
		const struct vbd *other = vbds.items[i];

		if (!str_eq(other->r.uuid, vbd->r.uuid) && vbd_position(other->userdevice) == n)
			return vxe_fail(err, DEVICE_ALREADY_EXISTS, value->string);
	}
	return 0;
}

static void vbd_defaults(void *obj)
{
	struct vbd *vbd = obj;

	vbd->unpluggable = true;
}

#define STR(m) AT_STRING(struct vbd, m)
#define BOOL(m) AT_BOOL(struct vbd, m)

static const struct field vbd_fields[] = {
	{ "uuid", "Unique identifier.", STR(r.uuid), .flags = F_COLUMN },
	{ "vm-uuid", "The VM that has the disk.", AT_REF(struct vbd, vm, CLASS_VM),
		.flags = F_COLUMN },
	{ "vm-name-label", "Name of that VM.", AT_REF(struct vbd, vm, CLASS_VM),
		.flags = F_NAME | F_PARTIAL },
	{ "vdi-uuid", "The disk.", AT_REF(struct vbd, vdi, CLASS_VDI), .flags = F_COLUMN },
	{ "vdi-name-label", "Name of the disk, <EMPTY> for an empty drive.",
		COMPUTED(FIELD_STRING, get_vdi_name), .flags = F_PARTIAL,
		.source = "name-label of the VDI" },
	{ "allowed-operations", "What can be done with the VBD now.",
		COMPUTED(FIELD_STRINGS, vbd_get_allowed), .flags = F_LIVE,
		.source = "type and the VM's power state" },
	{ "current-operations", "What is being done with the VBD now.",
		COMPUTED(FIELD_STRINGS, get_current_operations), .source = "tasks" },
	{ "empty", "Whether the drive has no medium.", BOOL(empty), .flags = F_COLUMN },
	{ "device", "Name of the disk in the guest.", STR(device), .flags = F_COLUMN },
	{ "userdevice", "Position among the VM's disks.", STR(userdevice),
		.flags = F_SET | F_COLUMN, .check = check_userdevice },
	{ "bootable", "Whether the VM may boot from it.", BOOL(bootable), .flags = F_SET },
	{ "mode", "Whether the guest may write.", AT_ENUM(struct vbd, mode, &vbd_mode_table),
		.flags = F_SET },
	{ "type", "Disk, CD or floppy.", AT_ENUM(struct vbd, type, &vbd_type_table),
		.flags = F_SET | F_COLUMN },
	{ "unpluggable", "Whether it may be taken out while the VM runs.", BOOL(unpluggable),
		.flags = F_SET },
	{ "currently-attached", "Whether the VM has it in use.", COMPUTED(FIELD_BOOL, get_attached),
		.flags = F_LIVE, .source = "the VM's power state, the live XML" },
	{ "attachable", "Whether it could be attached.", FIXED(FIELD_STRING, .string = "true"),
		.flags = F_COSTLY, .source = "always true" },
	{ "storage-lock", "Whether the storage has locked it.", COMPUTED(FIELD_BOOL, get_nothing),
		.source = "always false" },
	{ "status-code", "Number of the last error of plugging.", AT_INT(struct vbd, status_code) },
	{ "status-detail", "Text of the last error of plugging.", STR(status_detail) },
	{ "qos_algorithm_type", "How input and output are limited.", STR(qos_algorithm_type),
		.flags = F_SET },
	{ "qos_algorithm_params", "Parameters of that limit.",
		AT_MAP(struct vbd, qos_algorithm_params), .flags = F_ADD },
	{ "qos_supported_algorithms", "Limits that there are.",
		COMPUTED(FIELD_STRINGS, get_nothing), .source = "always empty" },
	{ "other-config", "Free keys; owner: uninstalling the VM destroys the disk.",
		AT_MAP(struct vbd, other_config), .flags = F_ADD },
	{ "io_read_kbs", "Reads, in KiB per second; not measured.",
		FIXED(FIELD_FLOAT, .literal = "<unknown>"), .flags = F_COSTLY,
		.source = "never known" },
	{ "io_write_kbs", "Writes, in KiB per second; not measured.",
		FIXED(FIELD_FLOAT, .literal = "<unknown>"), .flags = F_COSTLY,
		.source = "never known" },

	/* Not fields of xe. */
	{ "target", "libvirt's name of the disk.", STR(target), .flags = F_INTERNAL | F_COLUMN },
	{ "guard", "What the definition of the suspended VM names instead of the disk.",
		AT_REF(struct vbd, guard, CLASS_NODE), .flags = F_INTERNAL | F_COLUMN },
	{ "unplugged", "Whether a running VM may be without it.", BOOL(unplugged),
		.flags = F_INTERNAL },
	{ 0 },
};

/* True if the definition of the VM has to change, too. */
static bool vbd_in_domain(const void *before, const void *after, unsigned touched)
{
	const struct vbd *from = before, *to = after;

	(void)touched;
	return from->mode != to->mode;
}

const struct class vbd_class = {
	.name = "VBD",
	.size = sizeof(struct vbd),
	.fields = vbd_fields,
	.defaults = vbd_defaults,
	.in_domain = vbd_in_domain,
};

int vbd_check_once(struct txn *t, const char *vdi, struct vxe_error *err)
{
	_cleanup_records_ struct records all = { 0 };

	if (records_load(t, &vbd_class, "vdi_uuid", vdi, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		for (size_t k = 0; k < i; k++) {
			const struct vbd *a = all.items[k], *b = all.items[i];

			if (!a->vm || !str_eq(a->vm, b->vm))
				continue;
			_cleanup_free_ char *targets = xasprintf("%s, %s", a->target, b->target);

			return vxe_fail(err, VXE_DISK_TWICE, a->vm, vdi, targets);
		}
	return 0;
}

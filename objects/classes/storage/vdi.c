/* SPDX-License-Identifier: MIT */
/* The fields of VDIs, in xe's print order. */
#include "objects/classes/storage/vdi.h"

#include "backends/content/content.h"
#include "objects/base/file.h"
#include "objects/base/file_key.h"
#include "objects/classes/common/getters.h"
#include "objects/classes/storage/node.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/vdi_operations.h"
#include "objects/classes/vm/vbd.h"
#include "objects/model/enums.h"

static int get_vdi_snapshots(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	return get_snapshots(s, CLASS_VDI, obj, ret, err);
}

/* Drops the error about a broken record, so that the field is shown empty; `vxe check` reports such records. */
static int or_nothing(int r, struct vxe_error *err)
{
	if (r == 0 || (err->code != UUID_INVALID && err->code != INTERNAL_ERROR))
		return r;
	error_clear(err);
	return 0;
}

/*
 * *ret: the path of the file with the VDI's content; NULL: there is none, or its records are broken. *node: the layer.
 */
static int vdi_file_of(struct session *s, const struct vdi *vdi, struct node **node, char **ret,
	struct vxe_error *err)
{
	*ret = NULL;
	if (vdi->node && node_find(s->read_txn, vdi->node, node, err) < 0)
		return -1;
	return *node ? or_nothing(node_path(s->read_txn, *node, ret, err), err) : 0;
}

static int get_physical(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error unseen = { 0 };
	_cleanup_(node_free_cleanup) struct node *node = NULL;
	_cleanup_free_ char *path = NULL;
	struct content_stat file;

	if (vdi_file_of(s, obj, &node, &path, err) < 0)
		return -1;
	if (!path)
		return 0;
	int here = sr_is_here(s, s->read_txn, node->sr, err);

	if (here < 0)
		return -1;
	/* another host has the file, or vxe's user may not enter its directory */
	if (!here || content_stat(content_of(s, path), &file, &unseen) < 0)
		ret->literal = "<unknown>";
	else
		ret->integer = file.exists ? file.allocated : 0;
	return 0;
}

static int add_chain(
	struct session *s, const struct node *node, struct map *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records chain = { 0 };
	_cleanup_free_ char *below = NULL, *depth = NULL;

	if (node_chain(s->read_txn, node->r.uuid, &chain, err) < 0 ||
		(node->parent && node_vdi(s->read_txn, node->parent, &below, err) < 0))
		return -1;
	depth = xasprintf("%zu", chain.n);
	map_set(ret, "depth", depth);
	if (below)
		map_set(ret, "vhd-parent", below);
	return 0;
}

/*
 * The getter of sm-config: the keys of the record, and two computed ones, for the file with the VDI's content, and for
 * the layers below it.
 */
static int get_sm_config(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vdi *vdi = obj;
	_cleanup_(node_free_cleanup) struct node *node = NULL;
	_cleanup_free_ char *path = NULL;

	map_copy(&ret->map, &vdi->sm_config);
	if (vdi_file_of(s, vdi, &node, &path, err) < 0)
		return -1;
	if (path)
		map_set(&ret->map, "file", path);
	return node && node->kind == NODE_DISK ? or_nothing(add_chain(s, node, &ret->map, err), err)
					       : 0;
}

static void vdi_defaults(void *obj)
{
	struct vdi *vdi = obj;

	vdi->managed = true;
}

/*
 * Refuses on-boot=reset, which vxe does for no VDI, with xe's error SR_OPERATION_NOT_SUPPORTED or with
 * VXE_ON_BOOT_RESET.
 */
static int check_on_boot(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	const struct vdi *vdi = obj;

	if (value->integer != ON_BOOT_RESET)
		return 0;
	return s->wishes->as_xe ? vxe_fail(err, SR_OPERATION_NOT_SUPPORTED, vdi->sr ? vdi->sr : "")
				: vxe_fail(err, VXE_ON_BOOT_RESET, vdi->r.uuid);
}

#define STR(m) AT_STRING(struct vdi, m)
#define INT(m) AT_INT(struct vdi, m)
#define BOOL(m) AT_BOOL(struct vdi, m)

static const struct field vdi_fields[] = {
	{ "uuid", "Unique identifier.", STR(r.uuid), .flags = F_COLUMN },
	{ "name-label", "Name shown to people.", STR(name_label),
		.flags = F_SET | F_COLUMN | F_FOUND },
	{ "name-description", "Free text about the disk.", STR(name_description),
		.flags = F_SET | F_COLUMN },
	{ "is-a-snapshot", "Whether it is a snapshot of a disk.", BOOL(is_a_snapshot),
		.flags = F_COLUMN },
	{ "snapshot-of", "The disk that the snapshot was taken of.",
		AT_REF(struct vdi, snapshot_of, CLASS_VDI), .flags = F_COLUMN },
	{ "snapshots", "All snapshots of the disk, oldest first.",
		COMPUTED(FIELD_REFS, get_vdi_snapshots), .ref = CLASS_VDI, .flags = F_NO_MEMBERS,
		.source = "snapshot-of of other VDIs" },
	{ "snapshot-time", "When the snapshot was taken.", AT_DATE(struct vdi, snapshot_time),
		.flags = F_COLUMN },
	{ "allowed-operations", "What can be done with the disk now.",
		COMPUTED(FIELD_STRINGS, vdi_get_allowed), .flags = F_LIVE,
		.source =
			"what the commands would refuse: its SR, its layer, power states of its VMs" },
	{ "current-operations", "What is being done with the disk now.",
		COMPUTED(FIELD_STRINGS, get_current_operations), .source = "tasks" },
	{ "sr-uuid", "The SR in which the disk lies.", AT_REF(struct vdi, sr, CLASS_SR),
		.flags = F_COLUMN | F_DISTINCT },
	{ "sr-name-label", "Name of that SR.", AT_REF(struct vdi, sr, CLASS_SR),
		.flags = F_NAME | F_PARTIAL },
	{ "vbd-uuids", "The VBDs by which VMs have the disk.", USERS(CLASS_VBD, "vdi_uuid"),
		.source = "vdi-uuid of VBDs" },
	{ "crashdump-uuids", "Crash dumps on the disk; none are recorded.",
		COMPUTED(FIELD_REFS, get_nothing), .source = "always empty" },
	{ "virtual-size", "Size that a guest sees, in bytes.", INT(virtual_size),
		.flags = F_SIZE | F_COLUMN },
	{ "physical-utilisation", "Space that the disk's own file takes, in bytes.",
		COMPUTED(FIELD_INT, get_physical), .flags = F_SIZE,
		.source = "blocks of the node's file" },
	{ "location", "Where the disk lies in its SR.", STR(location) },
	{ "type", "What the disk is for.", AT_ENUM(struct vdi, type, &vdi_type_table),
		.flags = F_COLUMN },
	{ "sharable", "Whether several VMs may write to it.", BOOL(sharable), .flags = F_COLUMN },
	{ "read-only", "Whether it can only be read.", BOOL(read_only), .flags = F_COLUMN },
	{ "storage-lock", "Whether the storage has locked it.", COMPUTED(FIELD_BOOL, get_nothing),
		.source = "always false" },
	{ "managed", "Whether it is a disk for users; false for base copies.", BOOL(managed),
		.flags = F_COLUMN },
	{ "parent", "Not the chain: always null.", COMPUTED(FIELD_REF, get_nothing),
		.ref = CLASS_VDI, .flags = F_DEPRECATED, .source = "always null" },
	{ "missing", "Whether its file was not found.", BOOL(missing) },
	{ "is-tools-iso", "Whether it is the CD with guest tools.", BOOL(is_tools_iso) },
	{ "other-config", "Free keys of users and tools.", AT_MAP(struct vdi, other_config),
		.flags = F_ADD },
	{ "xenstore-data", "Keys for the guest's xenstore.", AT_MAP(struct vdi, xenstore_data),
		.flags = F_CLEAR },
	{ "sm-config",
		"Facts of the storage; file: where the content lies; depth: how many layers it "
		"has; vhd-parent: the disk or base copy whose content lies below; format: of a "
		"file that vxe only refers to, where it is not raw; not-managed: why vxe only "
		"refers to it; written-by: who writes to the file of a disk of libvirt's external "
		"snapshot, whose content is not known then.",
		COMPUTED(FIELD_MAP, get_sm_config),
		.source = "the store; the node's path and the nodes below it" },
	{ "on-boot", "Whether the disk keeps the data written earlier when its VM starts.",
		AT_ENUM(struct vdi, on_boot, &on_boot_table), .flags = F_SET,
		.check = check_on_boot },
	{ "allow-caching", "Whether reads may be cached locally.", BOOL(allow_caching),
		.flags = F_SET },
	{ "metadata-latest", "Whether it holds the newest pool metadata; unused.",
		BOOL(metadata_latest) },
	{ "metadata-of-pool", "The pool whose metadata it holds; unused.",
		AT_REF(struct vdi, metadata_of_pool, CLASS_POOL) },
	{ "tags", "Words by which users group objects.", AT_STRINGS(struct vdi, tags),
		.flags = F_ADD | F_COMMA },
	{ "cbt-enabled", "Whether changed blocks are tracked.", BOOL(cbt_enabled) },

	/* Not fields of xe. */
	{ "sm_config", "Facts of the storage.", AT_MAP(struct vdi, sm_config),
		.flags = F_INTERNAL },
	{ "node", "The node in which the content lies.", AT_REF(struct vdi, node, CLASS_NODE),
		.flags = F_INTERNAL | F_COLUMN },
	{ "file", "The file that it only refers to.", STR(file),
		.flags = F_INTERNAL | F_COLUMN | F_FOUND | F_DISTINCT },
	{ 0 },
};

bool vdi_is_kept(const struct vdi *vdi)
{
	return map_get(&vdi->sm_config, VDI_KEPT) != NULL;
}

bool vdi_is_inside(const struct vdi *vdi)
{
	return str_eq(map_get(&vdi->sm_config, VDI_KEPT), VDI_KEPT_INSIDE);
}

const char *vdi_reference_format(const struct vdi *vdi)
{
	const char *format = map_get(&vdi->sm_config, "format");

	return str_is_empty(format) ? "raw" : format;
}

int vdi_fail_unmanaged(const struct vdi *vdi, const char *why, struct vxe_error *err)
{
	const char *said = why ? why : map_get(&vdi->sm_config, VDI_UNFIT);
	const char *writer = map_get(&vdi->sm_config, VDI_WRITTEN);

	if (!vdi->node && writer)
		return vxe_fail(err, VXE_BUSY, vdi->r.uuid, writer);
	if (!said && !vdi->node && vdi->missing)
		said = "its file is missing, was written to, or is not below its overlay: 'vxe check' tells";
	(void)vxe_fail(err, VDI_NOT_MANAGED, vdi->r.uuid);
	if (said)
		error_note(err, "%s", said);
	return -1;
}

int vdi_fail_missing(const struct vdi *vdi, const char *path, struct vxe_error *err)
{
	_cleanup_free_ char *dir = path_dir(path);

	(void)vxe_fail(err, VDI_NOT_AVAILABLE, vdi->r.uuid);
	if (*path == '/' && dir_is_empty(dir))
		error_note(err, "%s is missing; nothing is in its folder: is it mounted?", path);
	else
		error_note(err, "%s is missing", path);
	return -1;
}

const struct class vdi_class = {
	.name = "VDI",
	.size = sizeof(struct vdi),
	.fields = vdi_fields,
	.defaults = vdi_defaults,
};

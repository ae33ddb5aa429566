/* SPDX-License-Identifier: MIT */
/* The fields of SRs, in xe's print order. */
#include "objects/classes/storage/sr.h"

#include "objects/base/far/far_file.h"
#include "objects/classes/common/getters.h"
#include "objects/classes/storage/sr_operations.h"
#include "objects/classes/host/host.h"
#include "objects/classes/storage/chain_limit.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr_marker.h"
#include "objects/classes/storage/vdi.h"
#include "objects/model/read_txn.h"

char *sr_image_place(const struct sr *sr, const char *name)
{
	return sr_place_in(sr->path, name);
}

/* The getter of an SR's field host: the name of the host whose PBD connects the SR, as xe shows it. */
static int get_host_name(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	_cleanup_strv_ struct strv hosts = { 0 }, pbds = { 0 };
	_cleanup_(pbd_free_cleanup) struct pbd *pbd = NULL;
	const struct sr *sr = obj;
	const char *name = NULL;
	bool exists;

	if (reader_users(s, &pbd_class, "sr_uuid", sr->r.uuid, &pbds, err) < 0 ||
		reader_uuids(s, &host_class, &hosts, err) < 0)
		return -1;
	if (!pbds.n || !hosts.n) {
		ret->literal = NOT_IN_DATABASE;
		return 0;
	}
	if (pbds.n > 1) {
		ret->string = xstrdup("<shared>");
		return 0;
	}
	if (hosts.n > 1 && pbd_get(s->read_txn, pbds.items[0], &pbd, err) < 0)
		return -1;
	if (reader_name(s, &host_class, pbd ? pbd->host : hosts.items[0], &exists, &name, err) < 0)
		return -1;
	ret->string = xstrdup(name);
	return 0;
}

static int get_virtual(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };
	const struct sr *sr = obj;

	if (records_load(s->read_txn, class_by_id(CLASS_VDI), "sr", sr->r.uuid, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n; i++)
		ret->integer += ((const struct vdi *)vdis.items[i])->virtual_size;
	return 0;
}

static bool read_sizes(const char *path, int64_t *size, int64_t *used)
{
	struct statfs fs;

	if (!*path || far_statfs(path, &fs) < 0)
		return false;
	int64_t unit = fs.f_frsize ? fs.f_frsize : fs.f_bsize;

	*size = (int64_t)fs.f_blocks * unit;
	*used = (int64_t)(fs.f_blocks - fs.f_bfree) * unit;
	return true;
}

bool sr_note_sizes(struct sr *sr)
{
	return read_sizes(sr->path, &sr->noted_size, &sr->noted_used);
}

/*
 * Measures the SR's file system, or takes what another host has noted of its own; "<unknown>" if the SR's directory is
 * missing, or it is not mounted here, or nothing is noted.
 */
static int get_sizes(struct session *s, const struct sr *sr, int64_t *size, int64_t *used,
	struct value *unknown, struct vxe_error *err)
{
	int here = sr_is_here(s, s->read_txn, sr->r.uuid, err);

	if (here < 0)
		return -1;
	*size = sr->noted_size;
	*used = sr->noted_used;
	if (here ? sr_is_away(s, sr) || !read_sizes(sr->path, size, used) : !sr->noted_size)
		unknown->literal = "<unknown>";
	return 0;
}

static int get_size(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	int64_t used;

	return get_sizes(s, obj, &ret->integer, &used, ret, err);
}

static int get_used(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	int64_t size;

	return get_sizes(s, obj, &size, &ret->integer, ret, err);
}

/* An SR that is not shared has one host: the others would take its files for those of one that is theirs alone. */
static int check_shared(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	const struct sr *sr = obj;
	_cleanup_records_ struct records pbds = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (value->integer || !sr->shared)
		return 0;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &pbd_class, "sr_uuid", sr->r.uuid, &pbds, err) < 0)
		return -1;
	if (pbds.n < 2)
		return 0;
	_cleanup_free_ char *why = xasprintf(
		"The SR is connected to %zu hosts: 'vxe pbd-list sr-uuid=%s' names the PBDs, 'vxe "
		"pbd-destroy' removes one.",
		pbds.n, sr->r.uuid);

	return vxe_fail(err, OPERATION_NOT_ALLOWED, why);
}

static const struct class dr_task_class = { .name = "DR_task" };

#define STR(m) AT_STRING(struct sr, m)
#define BOOL(m) AT_BOOL(struct sr, m)
#define MAP(m) AT_MAP(struct sr, m)

static const struct field sr_fields[] = {
	{ "uuid", "Unique identifier.", STR(r.uuid), .flags = F_COLUMN },
	{ "name-label", "Name shown to people.", STR(name_label), .flags = F_SET | F_COLUMN },
	{ "name-description", "Free text about the SR.", STR(name_description),
		.flags = F_SET | F_COLUMN },
	{ "host", "Name of the host that reaches it.", COMPUTED(FIELD_STRING, get_host_name),
		.flags = F_PARTIAL, .source = "the host's name-label" },
	{ "allowed-operations", "What can be done with the SR now.",
		COMPUTED(FIELD_STRINGS, sr_get_allowed),
		.source = "what the commands would refuse: its type, its PBDs, its disks" },
	{ "current-operations", "What is being done with the SR now.",
		COMPUTED(FIELD_STRINGS, get_current_operations), .source = "tasks" },
	{ "VDIs", "The disks in it.", USERS(CLASS_VDI, "sr_uuid"), .source = "sr-uuid of VDIs" },
	{ "PBDs", "Connections of hosts to it.", USERS(CLASS_PBD, "sr_uuid"),
		.source = "sr-uuid of PBDs" },
	{ "virtual-allocation", "Sum of the virtual sizes of its disks, in bytes.",
		COMPUTED(FIELD_INT, get_virtual), .flags = F_SIZE,
		.source = "virtual-size of its VDIs" },
	{ "physical-utilisation", "Space in use on its file system, in bytes.",
		COMPUTED(FIELD_INT, get_used), .flags = F_SIZE,
		.source = "statvfs; another host's: its last sr-scan" },
	{ "physical-size", "Size of its file system, in bytes.", COMPUTED(FIELD_INT, get_size),
		.flags = F_SIZE, .source = "statvfs; another host's: its last sr-scan" },
	{ "type", "Kind of storage.", STR(type), .flags = F_COLUMN },
	{ "content-type", "What it holds: user, iso.", STR(content_type), .flags = F_COLUMN },
	{ "shared", "Whether several hosts can reach it.", BOOL(shared), .flags = F_SET | F_COLUMN,
		.check = check_shared },
	{ "introduced-by", "The recovery that brought it; unused.",
		AT_REF(struct sr, introduced_by, CLASS_NONE), .arg = &dr_task_class },
	{ "is-tools-sr", "Whether it holds the CD with guest tools.", BOOL(is_tools_sr) },
	{ "other-config", "Free keys of users and tools.", MAP(other_config), .flags = F_ADD,
		.check = sr_check_other_config },
	{ "sm-config", "Facts of the storage.", MAP(sm_config) },
	{ "blobs", "Binary data attached to it.", MAP(blobs), .flags = F_NO_MEMBERS },
	{ "local-cache-enabled", "Whether it serves as a cache; unused.",
		BOOL(local_cache_enabled) },
	{ "tags", "Words by which users group objects.", AT_STRINGS(struct sr, tags),
		.flags = F_ADD | F_COMMA },
	{ "clustered", "Whether it needs a cluster; unused.", BOOL(clustered) },

	/* Not fields of xe. */
	{ "path", "Its directory.", STR(path), .flags = F_INTERNAL | F_COLUMN },
	{ "pool_name", "libvirt's name of the pool.", STR(pool_name), .flags = F_INTERNAL },
	{ "pool_due", "Whether its pool comes with its first image.", BOOL(pool_due),
		.flags = F_INTERNAL },
	{ "adopted", "Whether its disks were there before vxe.", BOOL(adopted),
		.flags = F_INTERNAL },
	{ "forgotten", "Files that vdi-forget left.", AT_STRINGS(struct sr, forgotten),
		.flags = F_INTERNAL },
	{ "detached", "Whether its PBD is unplugged.", BOOL(detached), .flags = F_INTERNAL },
	{ "noted_size", "Size of its file system at the last scan.", AT_INT(struct sr, noted_size),
		.flags = F_INTERNAL },
	{ "noted_used", "Space in use on it then.", AT_INT(struct sr, noted_used),
		.flags = F_INTERNAL },
	{ "word", "The word of its marker.", STR(word), .flags = F_INTERNAL },
	{ "word_next", "The word that its marker is about to get.", STR(word_next),
		.flags = F_INTERNAL },
	{ 0 },
};

const struct class sr_class = {
	.name = "SR",
	.size = sizeof(struct sr),
	.fields = sr_fields,
};

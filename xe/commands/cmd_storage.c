/* SPDX-License-Identifier: MIT */
/*
 * vdi-*, sr-*, pbd-*, network-*: parse the command's own parameters, call one operation.
 * Behaviour source: xen-api ocaml/xapi-cli-server/cli_operations.ml.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "objects/base/uuid.h"
#include "objects/devices/network_ops.h"
#include "objects/model/enums.h"
#include "objects/storage/pbd_ops.h"
#include "objects/storage/sr_create.h"
#include "objects/storage/sr_remove.h"
#include "objects/storage/sr_probe.h"
#include "objects/storage/sr_scan.h"
#include "objects/storage/vdi_content.h"
#include "objects/storage/vdi_create.h"
#include "objects/storage/vdi_destroy.h"
#include "objects/storage/vdi_flatten.h"
#include "objects/storage/vdi_merge.h"
#include "objects/storage/vdi_resize.h"
#include "objects/storage/vdi_snapshot.h"
#include "objects/storage/vdi_update.h"
#include "xe/model/call_home.h"
#include "xe/model/forward.h"
#include "xe/model/command.h"
#include "xe/remote/remote_words.h"
#include "xe/commands/layer_list.h"

/* ---- parameters ------------------------------------------------------------------------------ */

/* Replaces a key KEY-filename of a map by KEY, whose value is the text of that file of the caller. */
static int read_files(struct call *c, struct map *m, struct vxe_error *err)
{
	static const char from_file[] = "-filename";
	_cleanup_map_ struct map read = { 0 };

	for (size_t i = 0; i < m->n; i++) {
		const char *key = m->items[i].key, *value = m->items[i].value;
		_cleanup_str_ struct str text = { 0 };

		if (!str_ends(key, from_file)) {
			map_set(&read, key, value);
			continue;
		}
		_cleanup_free_ char *stem = xstrndup(key, strlen(key) - strlen(from_file));

		if (io_read_text(c->render->io, value, &text) < 0)
			return vxe_fail_text(err, "%s: %s", value, strerror(errno));
		map_set(&read, stem, str_text(&text));
	}
	map_clear(m);
	*m = read;
	read = (struct map){ 0 };
	return 0;
}

/* ---- vdi-create, vdi-introduce --------------------------------------------------------------- */

/* The words of type=, in the order of enum vdi_type; vdi-create accepts no other words, as in xe. */
static const struct enum_table vdi_types = {
	.names = (const struct enum_name[]){ { "user", NULL }, { "system", NULL },
		{ "ephemeral", NULL }, { "suspend", NULL }, { "crashdump", NULL }, { 0 } }
};
static const struct param_kind vdi_type = { "type", PARAM_WORD, .meaning = "What the disk is for.",
	.words = &vdi_types, .absent = "user", .refusal = "Unknown vdi type: ", .exact = true };

static const struct param_kind vdi_managed = { "managed", PARAM_FLAG,
	.meaning = "Has no effect: every disk is managed." };

static const struct param_kind chain_tree = { "tree", PARAM_FLAG,
	.meaning = "Show each chain as a tree, the active layer first." };
static const struct param_kind chain_sort = { "sort", PARAM_ORDER,
	.meaning = "The column whose values give the order of all layers; with '-' before it the "
		   "largest come first. Not with --tree.",
	.columns = chain_columns, .dashed = true,
	.absent = "disk after disk, each from the active layer down" };
static const struct param_kind chain_limit = { "limit", PARAM_NUMBER,
	.meaning = "Only so many layers, the first in that order. Not with --tree.",
	.natural = true, .dashed = true, .absent = "all",
	.refusal = "Invalid limit (expected a number)" };

static void tags_param(const struct call *c, struct strv *ret)
{
	_cleanup_map_ struct map tags = { 0 };

	call_map(c, "tags", &tags);
	for (size_t i = 0; i < tags.n; i++)
		strv_add(ret, tags.items[i].key);
}

static int cmd_vdi_create(struct call *c, struct vxe_error *err)
{
	_cleanup_map_ struct map sm_config = { 0 };
	_cleanup_strv_ struct strv tags = { 0 };
	struct vdi_new args = { .sr = call_get(c, "sr-uuid"),
		.name_label = call_get(c, "name-label"),
		.size = call_size(c, "virtual-size", 0),
		.type = (int)call_value(c, "type", VDI_USER),
		.sharable = call_flag(c, "sharable", false),
		.sm_config = &sm_config,
		.tags = &tags };

	tags_param(c, &tags);
	call_map(c, "sm-config", &sm_config);
	return call_session(c, err) < 0 ? -1 : vdi_create(c->session, &args, &c->result, err);
}

static int cmd_vdi_introduce(struct call *c, struct vxe_error *err)
{
	_cleanup_map_ struct map other = { 0 }, xenstore = { 0 }, sm = { 0 };
	_cleanup_free_ char *uuid = uuid_lower(xstrdup_null(call_get(c, "uuid")));
	struct vdi_introduced args = { .uuid = uuid,
		.sr = call_get(c, "sr-uuid"),
		.location = call_get(c, "location"),
		.name_label = call_get(c, "name-label"),
		.name_description = call_get(c, "name-description"),
		.type = (int)call_value(c, "type", VDI_USER),
		.sharable = call_flag(c, "sharable", false),
		.read_only = call_flag(c, "read-only", false),
		.other_config = &other,
		.xenstore_data = &xenstore,
		.sm_config = &sm };

	call_map(c, "other-config", &other);
	call_map(c, "xenstore-data", &xenstore);
	call_map(c, "sm-config", &sm);
	if (call_session(c, err) < 0 || vdi_introduce(c->session, &args, err) < 0)
		return -1;
	c->result = xstrdup(args.uuid);
	return 0;
}

/* ---- content of disks ------------------------------------------------------------------------ */

static const char *format_param(const struct call *c)
{
	const char *format = call_get(c, "format");

	return format ? format : "raw";
}

/* True for the file names "" and "-", which mean the caller's standard input or output. */
static bool is_standard(const char *file)
{
	return !*file || str_eq(file, "-");
}

/*
 * Opens the file whose content is imported, or duplicates the standard input. Returns a descriptor, or -1 with errno.
 */
static int open_content(const struct io *io, const char *file)
{
	if (!is_standard(file))
		return io->file_read(io->ctx, file);
	return fcntl(io->in_fd ? io->in_fd(io->ctx) : -1, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

/* Sends the content to the host that has the disk, with its length: what is cut off on the way is not the disk. */
static int import_there(struct call *c, const char *host, int fd, struct vxe_error *err)
{
	struct forward_part there = { .in = fd, .out = -1 };
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return vxe_fail(err, VXE_FILE_HERE, host, "filename");
	there.bytes = st.st_size - lseek(fd, 0, SEEK_CUR);
	return forward_part(c, host, &there, err);
}

static int cmd_vdi_import(struct call *c, struct vxe_error *err)
{
	const char *file = call_get(c, "filename");

	c->progress->lines = call_flag(c, "progress", false);
	if (call_session(c, err) < 0)
		return -1;
	call_names(c, call_get(c, "uuid"));
	_cleanup_close_ int fd = open_content(c->render->io, file);

	if (fd < 0)
		return file_unread(is_standard(file) ? "standard input" : file, err);
	/* As `xe`, the file is raw if no format is given. */
	const char *format = c->as_xe ? format_param(c) : call_get(c, "format");
	const char *uuid = call_get(c, "uuid"), *host = call_home_of(c, uuid);
	int64_t bytes = c->forwarded ? c->forwarded->bytes : 0;

	if ((host ? import_there(c, host, fd, err)
		  : vdi_import(c->session, uuid, fd, bytes, format, err)) < 0) {
		/*
		 * Puts the name of the imported file into the error: the content is read through a descriptor, whose
		 * name tells users nothing.
		 */
		for (size_t i = 0; !c->as_xe && i < err->n_params; i++)
			if (str_starts(err->params[i], "/proc/self/fd/"))
				str_replace(&err->params[i],
					is_standard(file) ? "standard input" : file);
		return -1;
	}
	progress_done(c->progress);
	return 0;
}

/* Refuses xe's base=, which would export only the blocks that differ from those of another disk. */
static int refuse_base(
	const struct call *c, const char *word, const char *object, struct vxe_error *err)
{
	if (c->as_xe)
		return vxe_fail(err, SR_OPERATION_NOT_SUPPORTED, object);
	return vxe_fail_text(err,
		"vxe does not track which blocks of a disk change. Leave %s= out: then the whole "
		"disk is written.",
		word);
}

static int cmd_vdi_export(struct call *c, struct vxe_error *err)
{
	const struct io *io = c->render->io;
	const char *file = call_get(c, "filename"), *uuid = call_get(c, "uuid");

	if (call_get(c, "base"))
		return refuse_base(c, "base", call_get(c, "base"), err);
	c->progress->lines = call_flag(c, "progress", false);
	if (call_session(c, err) < 0)
		return -1;
	call_names(c, uuid);
	struct io_draft d = { .fd = -1 };

	if (io_open(io, is_standard(file) ? "" : file, &d) < 0)
		return file_failed(is_standard(file) ? "standard output" : file, err);
	const struct forward_part there = { .in = -1, .out = d.fd };
	const char *host = call_home_of(c, uuid);
	int r = host ? forward_part(c, host, &there, err)
		     : vdi_export(c->session, uuid, d.fd, format_param(c), err);

	if (r == 0 && io_keep(io, &d) < 0)
		r = file_failed(file, err);
	io_drop(io, &d);
	if (r == 0)
		progress_done(c->progress);
	return r;
}

static int cmd_vdi_copy(struct call *c, struct vxe_error *err)
{
	const char *sr = call_get(c, "sr-uuid");
	const char *into = call_get(c, "into-vdi-uuid");
	const char *uuid = call_get(c, "uuid");

	if (!sr == !into)
		return vxe_fail_text(err,
			"Please specify one but not both of: a destination sr-uuid (I will create "
			"a fresh VDI); or a destination into-vdi-uuid (I will copy the blocks into "
			"this VDI)");
	if (call_get(c, "base-vdi-uuid"))
		return refuse_base(c, "base-vdi-uuid", sr ? sr : into, err);
	if (call_session(c, err) < 0)
		return -1;
	call_names(c, uuid);
	if (sr)
		return vdi_copy(c->session, uuid, sr, &c->result, err);
	if (vdi_copy_into(c->session, uuid, into, err) < 0)
		return -1;
	c->result = xstrdup(into);
	return 0;
}

static int snapshot_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	return vdi_snapshot(c->session, uuid, &c->result, err);
}

static int clone_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	return vdi_clone(c->session, uuid, call_get(c, "new-name-label"),
		call_get(c, "new-name-description"), &c->result, err);
}

static const struct param_kind flatten_base = { "base", PARAM_UUID,
	.meaning = "A disk whose layer, and those below it, stay below this disk; "
		   "vdi-chain-list shows them.",
	.view = "vdi" };

static int flatten_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	c->progress->lines = call_flag(c, "progress", false);
	const struct vdi_flatten_args args = { call_get(c, "base"),
		call_size(c, "max-bandwidth", 0) };

	if (vdi_flatten(c->session, uuid, &args, err) < 0)
		return -1;
	progress_done(c->progress);
	return 0;
}

static const struct param_kind merge_base = { "base", PARAM_TEXT,
	.meaning = "The layer into which the layers above it go: a UUID or a file of "
		   "vdi-chain-list. Without it: the lowest layer.",
	.view = "vdi" };
static const struct param_kind merge_top = { "top", PARAM_TEXT,
	.meaning = "The uppermost layer that goes: a UUID or a file of vdi-chain-list. Without it: "
		   "the disk's own file, and the disk goes on in the base.",
	.view = "vdi" };

static int merge_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	c->progress->lines = call_flag(c, "progress", false);
	const struct vdi_merge_args args = { call_get(c, "base"), call_get(c, "top"),
		call_size(c, "max-bandwidth", 0) };

	if (vdi_merge(c->session, uuid, &args, err) < 0)
		return -1;
	progress_done(c->progress);
	return 0;
}

/* Changes the size of a disk. As in xe, online= counts only if its value is "true". */
static int resize_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	return vdi_resize(c->session, uuid, call_size(c, "disk-size", 0),
		str_eq(call_get(c, "online"), "true"), err);
}

/* ---- SRs ------------------------------------------------------------------------------------- */

struct sr_params {
	struct sr_new args;
	struct map device, sm;
};

static void sr_params_clear(struct sr_params *p)
{
	map_clear(&p->device);
	map_clear(&p->sm);
}
#define _cleanup_sr_params_ _cleanup_(sr_params_clear)

static void read_sr(const struct call *c, struct sr_params *ret)
{
	ret->args = (struct sr_new){ .uuid = call_find(c, "uuid"),
		.name_label = call_find(c, "name-label"),
		.name_description = call_find(c, "name-description"),
		.type = call_find(c, "type"),
		.content_type = call_find(c, "content-type"),
		.shared = call_flag(c, "shared", false),
		.device_config = &ret->device,
		.sm_config = &ret->sm };
	if (command_owns(c->command, "device-config:", c->as_xe))
		call_map(c, "device-config", &ret->device);
	call_map(c, "sm-config", &ret->sm);
}

/* Fails if @host is not the UUID of this host; NULL: no host was named. */
static int check_host(struct session *s, const char *host, struct vxe_error *err)
{
	struct hv *hv;

	if (!host)
		return 0;
	if (session_hv(s->here, &hv, err) < 0)
		return -1;
	return str_eq(s->here->uuid, host) ? 0 : vxe_fail(err, UUID_INVALID, "host", host);
}

static int cmd_sr_create(struct call *c, struct vxe_error *err)
{
	_cleanup_sr_params_ struct sr_params p = { 0 };
	_cleanup_free_ char *uuid = NULL;

	read_sr(c, &p);
	if (read_files(c, &p.device, err) < 0 || call_session(c, err) < 0 ||
		check_host(c->session, call_get(c, "host-uuid"), err) < 0)
		return -1;
	p.args.uuid = NULL;
	if (sr_create(c->session, &p.args, &uuid, err) < 0)
		return -1;
	progress_hide(c->progress);
	if (c->render->format == RENDER_JSON)
		c->result = TAKE(uuid);
	else
		render_direct(c->render, uuid);
	return 0;
}

static int cmd_sr_introduce(struct call *c, struct vxe_error *err)
{
	_cleanup_sr_params_ struct sr_params p = { 0 };
	_cleanup_free_ char *uuid = NULL;

	read_sr(c, &p);
	p.args.uuid = uuid = uuid_lower(xstrdup_null(p.args.uuid));
	if (call_session(c, err) < 0 || sr_introduce(c->session, &p.args, err) < 0)
		return -1;
	c->result = TAKE(uuid);
	return 0;
}

static int cmd_sr_probe(struct call *c, struct vxe_error *err)
{
	_cleanup_sr_params_ struct sr_params p = { 0 };

	read_sr(c, &p);
	if (call_session(c, err) < 0 || check_host(c->session, call_get(c, "host-uuid"), err) < 0)
		return -1;
	return sr_probe(c->session, p.args.type, &p.device, &c->result, err);
}

/* ---- PBDs ------------------------------------------------------------------------------------ */

static int cmd_pbd_create(struct call *c, struct vxe_error *err)
{
	_cleanup_map_ struct map config = { 0 };

	call_map(c, "device-config", &config);
	return call_session(c, err) < 0 ? -1
					: pbd_create(c->session, call_get(c, "host-uuid"),
						  call_get(c, "sr-uuid"), &config, &c->result, err);
}

/* ---- networks -------------------------------------------------------------------------------- */

#define DEFAULT_MTU 1500

static int cmd_network_create(struct call *c, struct vxe_error *err)
{
	struct network_new args = { .name_label = call_get(c, "name-label"),
		.name_description = call_get(c, "name-description"),
		.bridge = call_get(c, "bridge"),
		.mtu = call_size(c, "MTU", DEFAULT_MTU),
		.managed = call_flag(c, "managed", true) };

	return call_session(c, err) < 0 ? -1 : network_create(c->session, &args, &c->result, err);
}

static const struct param_kind progress_flag = { "progress", PARAM_FLAG,
	.meaning = "Print how far the work is." };
/* The parameter uuid= of commands that make a record with a given UUID. */
static const struct param_kind new_uuid = { "uuid", PARAM_TEXT,
	.meaning = "The whole UUID that the object gets." };
static const struct param_kind plug_force = { "force", PARAM_FLAG,
	.meaning =
		"What lies in the folder of a shared SR on this host is its storage, also if the "
		"pool knows another copy of it." };
static const struct param_kind sr_kind = { "type", PARAM_TEXT,
	.meaning = "file, ext, nfs or iso." };

const struct command storage_commands[] = {
	{ "network-create", cmd_network_create, C_EVERYDAY,
		"Make a network in which VMs see each other: an isolated one of libvirt, "
		"or a record of a bridge of this host.",
		PARAMS({ "name-label", P_REQUIRED }, { "name-description", 0 }, { "MTU", P_IDLE },
			{ "bridge", 0 }, { "managed", 0 }, DRY_RUN_PARAM, IF_NEEDED),
		.makes = "network", PRINTS(PRINTS_UUID) },
	{ "network-destroy", on_uuid, C_LOSES, "Remove a network that network-create made.",
		PARAMS({ "uuid", P_REQUIRED }, DRY_RUN_PARAM), .act = network_destroy,
		PRINTS(PRINTS_NOTHING) },
	{ "pbd-create", cmd_pbd_create, C_AT_HOST,
		"Say where an introduced storage repository lies; pbd-plug attaches it.",
		PARAMS({ "host-uuid", P_REQUIRED }, { "sr-uuid", P_REQUIRED },
			{ "device-config:", 0 }, DRY_RUN_PARAM),
		PRINTS(PRINTS_UUID) },
	{ "pbd-destroy", on_uuid, C_LOSES, "Remove an unplugged PBD.",
		PARAMS({ "uuid", P_REQUIRED }, DRY_RUN_PARAM), .act = pbd_destroy,
		PRINTS(PRINTS_NOTHING) },
	{ "pbd-plug", on_uuid, 0, "Attach a storage repository and scan it.",
		PARAMS({ "uuid", P_REQUIRED }, DRY_RUN_PARAM, FORCE_PARAM), KINDS(&plug_force),
		.act = pbd_plug, PRINTS(PRINTS_NOTHING) },
	{ "pbd-unplug", on_uuid, C_LOSES,
		"Detach a storage repository none of whose disks is in use.",
		PARAMS({ "uuid", P_REQUIRED }, DRY_RUN_PARAM), .act = pbd_unplug,
		PRINTS(PRINTS_NOTHING) },
	{ "sr-create", cmd_sr_create, C_EVERYDAY | C_AT_HOST,
		"Make a storage repository: type=file in a directory "
		"(device-config:location), ext on an empty device (device-config:device), "
		"nfs (device-config:server and :serverpath) or iso.",
		PARAMS({ "name-label", P_REQUIRED }, { "type", P_REQUIRED },
			{ "name-description", 0 }, { "host-uuid", 0 }, { "device-config:", 0 },
			{ "shared", 0 }, { "physical-size", P_IDLE }, { "content-type", 0 },
			{ "sm-config:", P_IDLE }, DRY_RUN_PARAM, IF_NEEDED),
		KINDS(&sr_kind), .makes = "sr", PRINTS(PRINTS_UUID) },
	{ "sr-destroy", on_uuid, C_LOSES,
		"Remove a storage repository that is unplugged and has no disks.",
		PARAMS({ "uuid", P_REQUIRED }, DRY_RUN_PARAM), .act = sr_destroy,
		PRINTS(PRINTS_NOTHING) },
	{ "sr-forget", on_uuid, C_LOSES,
		"Forget an unplugged storage repository; its files stay, and sr-introduce "
		"brings it back.",
		PARAMS({ "uuid", P_REQUIRED }, DRY_RUN_PARAM), .act = sr_forget,
		PRINTS(PRINTS_NOTHING) },
	{ "sr-introduce", cmd_sr_introduce, 0,
		"Put an existing storage repository on record; pbd-create and pbd-plug attach it.",
		PARAMS({ "name-label", P_REQUIRED }, { "type", P_REQUIRED }, { "uuid", P_REQUIRED },
			{ "name-description", 0 }, { "shared", 0 }, { "content-type", 0 },
			{ "sm-config:", P_HIDDEN | P_IDLE }, DRY_RUN_PARAM),
		KINDS(&sr_kind, &new_uuid), PRINTS(PRINTS_UUID) },
	{ "sr-probe", cmd_sr_probe, C_READS | C_AT_HOST,
		"Look for a storage repository at a place.",
		PARAMS({ "type", P_REQUIRED }, { "host-uuid", 0 }, { "device-config:", 0 },
			{ "sm-config:", P_IDLE }),
		KINDS(&sr_kind), PRINTS(PRINTS_TEXTS) },
	{ "sr-scan", on_uuid, C_EVERYDAY,
		"Compare the files of a storage repository with the records: new disks "
		"are taken in, vanished ones dropped.",
		PARAMS({ "uuid", P_REQUIRED }, DRY_RUN_PARAM, FORCE_PARAM), .act = sr_scan,
		PRINTS(PRINTS_NOTHING) },
	{ "sr-update", on_uuid, 0, "Refresh the records of a storage repository.",
		PARAMS({ "uuid", P_REQUIRED }, DRY_RUN_PARAM), .act = sr_scan,
		PRINTS(PRINTS_NOTHING) },
	{ "vdi-chain-list", cmd_vdi_chain_list, C_OURS | C_STANDARD | C_SELECTS | C_READS,
		"List the layers of a disk (uuid=), or of the disks of the selected VMs, from the "
		"active layer down: files, sizes, and who uses each",
		PARAMS({ "uuid", 0 }, { "tree", P_OURS }, ORDER_PARAMS),
		KINDS(&chain_tree, &chain_sort, &chain_limit),
		PRINTS(PRINTS_CELLS, .columns = layer_columns) },
	{ "vdi-clone", on_uuid, 0,
		"Make a disk that begins with the content of this one and shares the unchanged "
		"data with it.",
		PARAMS({ "uuid", P_REQUIRED }, { "driver-params-", P_IDLE },
			{ "new-name-label", 0 }, { "new-name-description", 0 }, DRY_RUN_PARAM,
			FORCE_PARAM),
		.one = clone_one, PRINTS(PRINTS_UUID) },
	{ "vdi-copy", cmd_vdi_copy, C_EVERYDAY,
		"Copy a disk wholly, into a storage repository or into a disk that there is.",
		PARAMS({ "uuid", P_REQUIRED }, { "sr-uuid", 0 }, { "base-vdi-uuid", 0 },
			{ "into-vdi-uuid", 0 }, DRY_RUN_PARAM, FORCE_PARAM),
		PRINTS(PRINTS_UUID) },
	{ "vdi-create", cmd_vdi_create, C_EVERYDAY, "Make an empty disk.",
		PARAMS({ "sr-uuid", P_REQUIRED }, { "name-label", P_REQUIRED },
			{ "virtual-size", P_REQUIRED }, { "sm-config:", P_IDLE }, { "sharable", 0 },
			{ "tags:", 0 }, { "type", 0 }, DRY_RUN_PARAM, IF_NEEDED),
		KINDS(&vdi_type), .makes = "vdi", PRINTS(PRINTS_UUID) },
	{ "vdi-destroy", on_uuid, C_EVERYDAY | C_LOSES, "Destroy a disk that no running VM uses.",
		PARAMS({ "uuid", P_REQUIRED }, DRY_RUN_PARAM, FORCE_PARAM), .act = vdi_destroy,
		PRINTS(PRINTS_NOTHING) },
	{ "vdi-export", cmd_vdi_export, C_EVERYDAY | C_STREAMS,
		"Write the content of a disk to a file: raw (sparse), vhd or qcow2.",
		PARAMS({ "uuid", P_REQUIRED }, { "filename", P_REQUIRED }, { "format", 0 },
			{ "base", 0 }, { "progress", 0 }, FORCE_PARAM),
		KINDS(&progress_flag), .unplanned = WRITES_ALONE, PRINTS(PRINTS_NOTHING) },
	{ "vdi-flatten", on_uuid, C_OURS | C_EVERYDAY,
		"Give a disk, also a running VM's, a file of its own that needs no other layers, "
		"or only those from the disk base= down. Its content stays.",
		PARAMS({ "uuid", P_REQUIRED }, { "base", 0 }, { "max-bandwidth", 0 }, DRY_RUN_PARAM,
			{ "progress", 0 }, FORCE_PARAM),
		KINDS(&flatten_base, &progress_flag), .one = flatten_one, PRINTS(PRINTS_NOTHING) },
	{ "vdi-forget", on_uuid, C_LOSES, "Forget a disk; its file stays.",
		PARAMS({ "uuid", P_REQUIRED }, DRY_RUN_PARAM, FORCE_PARAM), .act = vdi_forget,
		PRINTS(PRINTS_NOTHING) },
	{ "vdi-import", cmd_vdi_import, C_EVERYDAY | C_STREAMS | C_LOSES,
		"Replace the content of a disk by that of a file: raw, vhd or qcow2. An image "
		"whose format= is not said is refused (called as xe: taken raw).",
		PARAMS({ "uuid", P_REQUIRED }, { "filename", P_REQUIRED }, { "format", 0 },
			DRY_RUN_PARAM, { "progress", 0 }, FORCE_PARAM),
		KINDS(&progress_flag), PRINTS(PRINTS_NOTHING) },
	{ "vdi-introduce", cmd_vdi_introduce, 0,
		"Put a file of a storage repository on record as a disk.",
		PARAMS({ "uuid", P_REQUIRED }, { "sr-uuid", P_REQUIRED }, { "type", P_REQUIRED },
			{ "location", P_REQUIRED }, { "name-description", 0 }, { "sharable", 0 },
			{ "read-only", 0 }, { "managed", P_IDLE }, { "other-config:", 0 },
			{ "xenstore-data:", P_IDLE }, { "sm-config:", P_IDLE }, { "name-label", 0 },
			DRY_RUN_PARAM),
		KINDS(&vdi_type, &vdi_managed, &new_uuid), PRINTS(PRINTS_UUID) },
	{ "vdi-merge", on_uuid, C_OURS | C_EVERYDAY | C_LOSES,
		"Merge the layers of a disk, also a running VM's, into the lowest one, or those "
		"from top= down into the one base=. Their files go, also those that vxe did not "
		"make; all content stays.",
		PARAMS({ "uuid", P_REQUIRED }, { "base", 0 }, { "top", 0 }, { "max-bandwidth", 0 },
			DRY_RUN_PARAM, { "progress", 0 }, FORCE_PARAM),
		KINDS(&merge_base, &merge_top, &progress_flag), .one = merge_one,
		PRINTS(PRINTS_NOTHING) },
	{ "vdi-resize", on_uuid, C_EVERYDAY,
		"Make a disk larger, that of a running VM with online=true.",
		PARAMS({ "uuid", P_REQUIRED }, { "disk-size", P_REQUIRED }, { "online", 0 },
			DRY_RUN_PARAM, FORCE_PARAM),
		.one = resize_one, PRINTS(PRINTS_NOTHING) },
	{ "vdi-snapshot", on_uuid, 0, "Take a snapshot of a disk, also of a running VM's.",
		PARAMS({ "uuid", P_REQUIRED }, { "driver-params-", P_IDLE }, DRY_RUN_PARAM,
			FORCE_PARAM),
		.one = snapshot_one, PRINTS(PRINTS_UUID) },
	{ "vdi-update", on_uuid, 0, "Refresh the record of a disk.",
		PARAMS({ "uuid", P_REQUIRED }, DRY_RUN_PARAM, FORCE_PARAM), .act = vdi_update,
		PRINTS(PRINTS_NOTHING) },
	{ 0 },
};

/* SPDX-License-Identifier: MIT */
/*
 * Export and import: the caller's file is opened with the caller's rights; an archive gets its name
 * when it is complete; nothing but the archive goes to standard output.
 */
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "objects/archive/vm_export.h"
#include "objects/archive/vm_import.h"
#include "objects/vm/vm_destroy.h"
#include "xe/commands/uninstall.h"
#include "xe/model/call_home.h"
#include "xe/model/forward.h"
#include "xe/model/select.h"
#include "xe/remote/remote_words.h"
#include "xe/output/terminal_text.h"

/* ---- export ---------------------------------------------------------------------------------- */

/* Reads compress=. xe takes an unknown word as no compression; vxe refuses it, because it may be a typing mistake. */
static int parse_compress(const char *word, enum xva_compression *ret, struct vxe_error *err)
{
	static const struct {
		const char *word;
		enum xva_compression how;
	} words[] = { { "true", XVA_GZIP }, { "gzip", XVA_GZIP }, { "zstd", XVA_ZSTD },
		{ "false", XVA_PLAIN }, { "none", XVA_PLAIN }, { "", XVA_PLAIN } };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq(words[i].word, word)) {
			*ret = words[i].how;
			return 0;
		}
	_cleanup_free_ char *text =
		xasprintf("compress= takes true, gzip, zstd or false, and not '%s'", word);
	return vxe_fail(err, CLI_USAGE, text);
}

struct export_call {
	const char *filename;
	bool live;
	int n; /* number of archive files written so far */
	struct vm_export_args args;
};

/* Reads excluded-device-types=, the list of devices that the archive leaves out: "vif,vbd". */
static int parse_without(const char *words, unsigned *ret, struct vxe_error *err)
{
	static const struct {
		const char *word;
		unsigned flag;
	} types[] = { { "vif", WITHOUT_VIFS }, { "vbd", WITHOUT_VBDS }, { "vtpm", WITHOUT_VTPMS },
		{ "vgpu", 0 } };
	_cleanup_strv_ struct strv named = { 0 };

	strv_split(&named, words, ',');
	for (size_t i = 0; i < named.n; i++) {
		size_t k = 0;

		while (k < ARRAY_LEN(types) && !str_eq(types[k].word, named.items[i]))
			k++;
		if (k == ARRAY_LEN(types))
			return vxe_fail_value(
				err, "excluded-device-types= takes vif, vbd, vgpu and vtpm");
		*ret |= types[k].flag;
	}
	return 0;
}

static int export_parse(struct call *c, struct export_call *ret, struct vxe_error *err)
{
	const char *compress = call_get(c, "compress");
	const char *without = call_find(c, "excluded-device-types");

	ret->filename = call_get(c, "filename");
	ret->args.metadata = call_flag(c, "metadata", false);
	ret->args.snapshots = call_flag(c, "include-snapshots", false);
	ret->live = command_owns(c->command, "live", c->as_xe) && call_flag(c, "live", false);
	ret->args.preserve_power_state = call_flag(c, "preserve-power-state", false);
	if (without && parse_without(without, &ret->args.without, err) < 0)
		return -1;
	/*
	 * Without metadata=true, include-snapshots= and excluded-device-types= have no effect, as in xe; vxe prints a
	 * note that says so.
	 */
	if (!ret->args.metadata && (call_find(c, "include-snapshots") || without)) {
		ret->args.without = 0;
		call_remark(c,
			"include-snapshots= and excluded-device-types= have "
			"an effect with metadata=true only.");
	}
	return compress ? parse_compress(compress, &ret->args.compression, err) : 0;
}

/* Writes the archive to @fd, here or on the host that is the VM's home. */
static int export_to(struct call *c, const char *uuid, bool live, int fd, struct vxe_error *err)
{
	const struct export_call *e = c->ctx;
	const char *host = call_home_of(c, uuid);
	const struct forward_part there = { .only = command_selector(c->command) ? uuid : NULL,
		.in = -1,
		.out = fd,
		.also = live && !e->live ? "live=true" : NULL };

	if (host)
		return forward_part(c, host, &there, err);
	return (live ? vm_export_live : vm_export)(c->session, uuid, &e->args, fd, err);
}

/*
 * Asks whether a running VM, which vm-export refuses with @err, is to be exported from a snapshot, and does that.
 * Nothing was written to @fd yet.
 */
static int export_if_wanted(struct call *c, const char *uuid, int fd, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error refused = { 0 };

	error_move(&refused, err);
	render_line(c->render,
		"The VM runs. It can be exported from a snapshot, which is removed afterwards.");
	int go = call_ask(c, err);

	if (go == 0)
		error_move(err, &refused);
	return go > 0 ? export_to(c, uuid, true, fd, err) : -1;
}

/* Prints xe's line; as JSON {"uuid": ..., "file": ...}. */
static void say_exported(struct call *c, const char *uuid, const char *path)
{
	struct str json = { 0 };

	if (c->render->format != RENDER_JSON) {
		render_line(c->render, "Export succeeded");
		return;
	}
	str_add(&json, "{");
	text_json_member(&json, "uuid", uuid);
	text_json_member(&json, "file", path);
	str_add(&json, "}");
	render_json(c->render, &json);
}

static int export_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	struct export_call *e = c->ctx;
	_cleanup_free_ char *path =
		e->n++ ? xasprintf("%s%d", e->filename, e->n) : xstrdup(e->filename);

	/* the archive goes to the standard output: --minimal would add a newline behind it */
	if (!*path)
		c->render->format = RENDER_XE;
	const struct io *io = c->render->io;
	struct io_draft d = { .fd = -1 };

	if (io_open(io, path, &d) < 0)
		return file_failed(path, err);
	int r = export_to(c, uuid, e->live, d.fd, err);

	if (r < 0 && err->code == VM_BAD_POWER_STATE &&
		command_owns(c->command, "live", c->as_xe) && call_may_ask(c))
		r = export_if_wanted(c, uuid, d.fd, err);
	if (r == 0 && io_keep(io, &d) < 0)
		r = file_failed(path, err);
	io_drop(io, &d);
	if (r == 0 && *path)
		say_exported(c, uuid, path);
	return r;
}

static int cmd_vm_export(struct call *c, struct vxe_error *err)
{
	struct export_call e = { 0 };

	if (export_parse(c, &e, err) < 0)
		return -1;
	return each_vm(c, 0, export_one, &e, err);
}

static int cmd_template_export(struct call *c, struct vxe_error *err)
{
	const char *uuid = call_get(c, "template-uuid");
	struct export_call e = { 0 };

	if (export_parse(c, &e, err) < 0 || call_session(c, err) < 0 ||
		template_check(c->session, uuid, err) < 0)
		return -1;
	c->ctx = &e;
	return export_one(c, uuid, err);
}

static int cmd_snapshot_export(struct call *c, struct vxe_error *err)
{
	struct export_call e = { 0 };

	c->ctx = &e;
	return export_parse(c, &e, err) < 0 ? -1 : on_snapshot(c, err);
}

/* ---- import ---------------------------------------------------------------------------------- */

/* What vm-import prints instead of a UUID after a dry run, which makes no VM. */
#define NO_UUID "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"

static int check_archive_name(const char *file, bool as_xe, struct vxe_error *err)
{
	if (!file)
		return as_xe ? vxe_fail_internal(err, "filename= says which archive to import")
			     : vxe_fail(err, CLI_PARAM_MISSING, "filename");
	if (strlen(file) >= 7 && strcasecmp(file + strlen(file) - 7, "ova.xml") == 0)
		return vxe_fail_text(
			err, "Archives of version 1 (a folder with ova.xml) cannot be imported.");
	return 0;
}

/* The disks and networks of this host that take the places of those in the archive. */
struct places {
	struct map disks, networks;
};

static int import_parse(const struct call *c, struct vm_import_args *ret, struct places *places,
	struct vxe_error *err)
{
	const char *url = call_get(c, "url");

	ret->sr = call_get(c, "sr-uuid");
	ret->only = call_get(c, "only");
	call_map(c, "vdi", &places->disks);
	call_map(c, "network", &places->networks);
	ret->disks = &places->disks;
	ret->networks = &places->networks;
	ret->preserve = call_flag(c, "preserve", false);
	ret->force = call_flag(c, "force", false);
	ret->metadata = call_flag(c, "metadata", false);
	ret->snapshots = call_flag(c, "snapshots", false);
	ret->dry_run = call_flag(c, "dry-run", false);
	/* Refuses parameters by which xe imports from other sources than an archive. */
	static const char *const foreign[] = { "host-username", "host-password", "remote-config",
		NULL };

	for (size_t i = 0; foreign[i]; i++)
		if (call_get(c, foreign[i]))
			return vxe_fail_text(err,
				"%s= converts VMs of another hypervisor, which is not supported.",
				foreign[i]);
	if (call_get(c, "type") && !str_eq(call_get(c, "type"), "default"))
		return vxe_fail_text(err, "Only archives can be imported; type= is not supported.");
	if (ret->snapshots && ret->metadata)
		return vxe_fail(err, CLI_PLAIN,
			"Invalid arguments. A snapshot needs its disks from the archive: "
			"'snapshots=true' and 'metadata=true' should not both be specified.");
	if (url && call_get(c, "filename"))
		return vxe_fail(err, CLI_PLAIN,
			"Invalid arguments. The 'url' and 'filename' parameters "
			"should not both be specified.");
	/* as in xe, an archive from a URL is imported as a whole, and not in a dry run */
	if (url) {
		ret->metadata = ret->dry_run = false;
		return 0;
	}
	if (ret->dry_run && !ret->metadata && !c->as_xe)
		/* session_wish() makes the whole import a dry run that prints its plan */
		ret->dry_run = false;
	if (ret->dry_run && !ret->metadata)
		return vxe_fail(err, CLI_PLAIN, "Only metadata import function support dry-run");
	return check_archive_name(call_get(c, "filename"), c->as_xe, err);
}

/* Has the host that has the SR import the archive from @fd, or from the URL. */
static int import_there(
	struct call *c, const char *host, int fd, struct strv *ret, struct vxe_error *err)
{
	const struct forward_part there = { .in = fd, .out = -1 };

	if (forward_part(c, host, &there, err) < 0)
		return -1;
	_cleanup_free_ char *text = TAKE(c->result);

	if (text && !str_eq(text, NO_UUID))
		strv_split(ret, text, ',');
	return 0;
}

/* A part of the command of another host has the archive as its input. */
static int open_archive(const struct call *c, const char *file)
{
	const struct io *io = c->render->io;

	return c->forwarded && c->forwarded->part
		? fcntl(io->in_fd(io->ctx), F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
		: io->file_read(io->ctx, file);
}

static int import_file(
	struct call *c, const struct vm_import_args *args, struct strv *ret, struct vxe_error *err)
{
	const char *file = call_get(c, "filename");
	_cleanup_close_ int fd = open_archive(c, file);

	if (fd < 0)
		return file_unread(file, err);
	if (call_session(c, err) < 0)
		return -1;
	const char *host = call_home_of(c, args->sr);

	return host ? import_there(c, host, fd, ret, err)
		    : vm_import(c->session, args, fd, ret, err);
}

static int import_url(
	struct call *c, const struct vm_import_args *args, struct strv *ret, struct vxe_error *err)
{
	if (call_session(c, err) < 0)
		return -1;
	const char *host = call_home_of(c, args->sr);

	return host ? import_there(c, host, -1, ret, err)
		    : vm_import_url(c->session, args, call_get(c, "url"), ret, err);
}

static int cmd_vm_import(struct call *c, struct vxe_error *err)
{
	struct places places = { 0 };
	struct vm_import_args args = { 0 };
	_cleanup_strv_ struct strv uuids = { 0 };
	int r = import_parse(c, &args, &places, err);

	if (r == 0)
		r = call_get(c, "url") ? import_url(c, &args, &uuids, err)
				       : import_file(c, &args, &uuids, err);
	map_clear(&places.disks);
	map_clear(&places.networks);
	if (r == 0 && c->render->format == RENDER_JSON)
		call_print_made(c, &uuids);
	else if (r == 0) {
		_cleanup_free_ char *text = strv_join(&uuids, ",");

		render_direct(c->render, uuids.n ? text : NO_UUID);
	}
	return r;
}

static const struct param_kind import_type = { "type", PARAM_TEXT,
	.meaning = "default: an archive.", .absent = "default" };

const struct command archive_commands[] = {
	{ "snapshot-export-to-template", cmd_snapshot_export, C_STANDARD | C_STREAMS,
		"Write a snapshot as an archive; imported, it is a template. filename= (empty) "
		"writes to the output, compress= is gzip or zstd.",
		PARAMS({ "filename", P_REQUIRED }, { "snapshot-uuid", P_REQUIRED }, SNAPSHOT_WORDS,
			{ "preserve-power-state", 0 }, EXPORT_PARAMS, FORCE_PARAM),
		.one = export_one, .unplanned = WRITES_ALONE, PRINTS(PRINTS_FILE) },
	{ "template-export", cmd_template_export, C_STANDARD | C_STREAMS,
		"Write a template as an archive.",
		PARAMS({ "filename", P_REQUIRED }, { "template-uuid", P_REQUIRED },
			{ "template", P_OURS }, EXPORT_PARAMS, FORCE_PARAM),
		.unplanned = WRITES_ALONE, PRINTS(PRINTS_FILE) },
	{ "vm-export", cmd_vm_export, C_STANDARD | C_SELECTS | C_STREAMS,
		"Write the selected VMs as archives, the first to the file, others to files with "
		"2, 3 ... appended to that name",
		PARAMS({ "filename", P_REQUIRED }, { "preserve-power-state", 0 }, EXPORT_PARAMS,
			{ "include-snapshots", 0 }, { "live", P_OURS }, FIRMWARE_PARAM,
			FORCE_PARAM),
		.unplanned = WRITES_ALONE, PRINTS(PRINTS_FILE) },
	{ "vm-import", cmd_vm_import, C_STANDARD | C_STREAMS,
		"Make the VM or template of an archive: all of it, or nothing. preserve=true keeps "
		"its UUID and MAC addresses. Of several VMs each is imported so; only=NAME takes "
		"one.",
		PARAMS({ "filename", 0 }, { "preserve", 0 }, { "sr-uuid", 0 }, { "force", 0 },
			{ "host-username", 0 }, { "host-password", 0 }, { "type", 0 },
			{ "remote-config", 0 }, { "dry-run", 0 }, { "metadata", 0 }, { "url", 0 },
			{ "vdi:", 0 }, { "network:", P_OURS }, { "snapshots", P_OURS },
			{ "only", P_OURS }),
		KINDS(&import_type), PRINTS(PRINTS_UUID | PRINTS_UUIDS) },
	{ 0 },
};

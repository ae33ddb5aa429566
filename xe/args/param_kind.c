/* SPDX-License-Identifier: MIT */
#include "xe/args/param_kind.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "objects/base/clock.h"
#include "objects/model/enums.h"
#include "objects/model/value.h"

#define WORDS(id, ...)                                                                             \
	static const struct enum_table id = {                                                      \
		.names = (const struct enum_name[]){ __VA_ARGS__, { NULL, NULL } },                \
	}
WORDS(compress_words, { "true", NULL }, { "gzip", NULL }, { "zstd", NULL }, { "false", NULL });
WORDS(keep_words, { "records", NULL }, { "definition", NULL });
WORDS(format_words, { "raw", NULL }, { "vhd", NULL }, { "qcow2", NULL });

const struct param_kind param_kinds[] = {
	{ "MTU", PARAM_SIZE,
		.meaning =
			"Has no effect: the mtu of libvirt's network counts ('virsh net-edit')." },
	{ "after", PARAM_TIME, .meaning = "Only messages that are younger.",
		.absent = "from the first on" },
	{ "ancestors", PARAM_UUID,
		.meaning = "The snapshots that this one is based on, directly or not.",
		.view = "snapshot", .absent = "all snapshots" },
	{ "approximate", PARAM_FLAG, .meaning = "Has no effect: the answer is exact." },
	{ "args:", PARAM_MAP,
		.meaning = "An argument of the plugin's function; KEY:file=PATH takes the text of "
			   "a file.",
		.absent = "none" },
	{ "auto-enable", PARAM_FLAG,
		.meaning = "Has no effect: there is no agent whose start would enable the host." },
	{ "base", PARAM_TEXT, .meaning = "Of xe: the differences to another disk; refused.",
		.absent = "none" },
	{ "base-vdi-uuid", PARAM_TEXT,
		.meaning = "Of xe: the differences to another disk; refused.", .absent = "none" },
	{ "before", PARAM_TIME, .meaning = "Only messages that are older.",
		.absent = "to the last" },
	{ "body", PARAM_TEXT, .meaning = "The text of the message." },
	{ "bootable", PARAM_FLAG, .meaning = "The VM may boot from the disk." },
	{ "bridge", PARAM_TEXT, .meaning = "A bridge of the host.",
		.absent = "an isolated network of libvirt" },
	{ "bypass-cache", PARAM_FLAG,
		.meaning = "The memory does not go through the host's cache. Not every file "
			   "system can do that." },
	{ "cd-name", PARAM_TEXT, .meaning = "The name-label of a CD." },
	{ "class", PARAM_TEXT, .meaning = "The class of the object to wait for: vm, task, ..." },
	{ "compress", PARAM_TEXT, .meaning = "How to compress the archive.",
		.words = &compress_words, .absent = "false" },
	{ "content-type", PARAM_TEXT,
		.meaning = "What the storage repository holds: user, or iso for CDs.",
		.absent = "user" },
	{ "copy-bios-strings-from", PARAM_UUID,
		.meaning =
			"Has no effect, but the host must exist: guests see QEMU's BIOS strings.",
		.view = "host" },
	{ "current", PARAM_FLAG,
		.meaning = "What the VM has now is based on it: libvirt's current snapshot." },
	{ "current-of", PARAM_OBJECT,
		.meaning = "The snapshot on which the present state of this VM is based.",
		.view = "vm", .absent = "all snapshots" },
	{ "data-source", PARAM_TEXT,
		.meaning = "The name of the value, as the data-source-list shows it." },
	{ "descendants", PARAM_FLAG,
		.meaning = "With from=: all snapshots below it, not only its children." },
	{ "device", PARAM_TEXT,
		.meaning = "The position of the device: a number that is free, or autodetect." },
	{ "device-config:", PARAM_MAP,
		.meaning = "Where the storage is: location, device, server, serverpath.",
		.absent = "none" },
	{ "discard-changes", PARAM_FLAG,
		.meaning = "Lose what was written since the VM was suspended." },
	{ "disk-only", PARAM_FLAG, .meaning = "Snapshots without the memory of the guest." },
	{ "disk-size", PARAM_SIZE, .meaning = "The size of the disk." },
	{ "driver-params-", PARAM_MAP, .meaning = "Has no effect: no driver reads it." },
	{ "dry-run", PARAM_FLAG, .meaning = "Only show what would be done." },
	{ "dynamic-max", PARAM_SIZE, .meaning = "The upper limit of memory while the VM runs." },
	{ "dynamic-min", PARAM_SIZE, .meaning = "The lower limit of memory while the VM runs." },
	{ "enabled", PARAM_FLAG, .meaning = "Whether the schedule is to run.", .absent = "true" },
	{ "excluded-device-types", PARAM_TEXT,
		.meaning = "Devices that the archive leaves out (with metadata=true): vif, vbd, "
			   "vgpu, vtpm.",
		.absent = "none" },
	{ "external", PARAM_FLAG,
		.meaning =
			"Snapshots whose content is in files of its own: all but internal ones." },
	{ "file-name", PARAM_FILE, .meaning = "The file with the records." },
	{ "filename", PARAM_FILE,
		.meaning = "The file; empty: the standard output or input, where the command "
			   "allows that.",
		.absent = "the standard input or output" },
	{ "fn", PARAM_TEXT, .meaning = "The function of the plugin." },
	{ "force", PARAM_FLAG,
		.meaning = "Do not ask, or take the hard way: see the command. Also read "
			   "layers that were changed outside vxe, and lose libvirt's internal "
			   "snapshots in them." },
	{ "format", PARAM_TEXT, .meaning = "The format of the file.", .words = &format_words,
		.absent = "raw" },
	{ "frequency", PARAM_WORD, .meaning = "How often the schedule runs.",
		.words = &vmss_frequency_table },
	{ "from", PARAM_UUID, .meaning = "The children of this snapshot.", .view = "snapshot",
		.absent = "all snapshots" },
	{ "full", PARAM_FLAG, .meaning = "The new disks are whole copies and share no layer." },
	{ "host-password", PARAM_TEXT,
		.meaning = "Of xe: conversion from another hypervisor; refused.",
		.absent = "none" },
	{ "host-username", PARAM_TEXT,
		.meaning = "Of xe: conversion from another hypervisor; refused.",
		.absent = "none" },
	{ "host-uuid", PARAM_UUID, .meaning = "The host.", .view = "host", .absent = "this host" },
	{ "if-needed", PARAM_FLAG,
		.meaning = "Succeed and change nothing if the VM is in that state already, or if "
			   "an object of the new one's name is there." },
	{ "ignore-firmware", PARAM_FLAG,
		.meaning = "Go on without the files of the UEFI variables or the TPM if they are "
			   "lost." },
	{ "ignore-vdi-uuids", PARAM_UUIDS,
		.meaning = "Disks that the snapshot leaves out, between commas.", .view = "vdi",
		.absent = "none" },
	{ "in-libvirt", PARAM_FLAG,
		.meaning = "Snapshots that libvirt lists, too: made by virsh or virt-manager." },
	{ "include-snapshots", PARAM_FLAG,
		.meaning = "Export the records of the snapshots, too (with metadata=true)." },
	{ "internal", PARAM_FLAG,
		.meaning = "Snapshots that libvirt keeps inside the image of a disk." },
	{ "into-vdi-uuid", PARAM_UUID, .meaning = "The disk whose content is replaced.",
		.view = "vdi", .absent = "a new disk" },
	{ "keep", PARAM_WORD, .meaning = "The side that is right: the records, or the definition.",
		.words = &keep_words },
	{ "leaves", PARAM_FLAG, .meaning = "Snapshots on which no other is based." },
	{ "limit", PARAM_NUMBER, .meaning = "Only so many, the first in the order of the list.",
		.natural = true, .dashed = true, .absent = "all",
		.refusal = "Invalid limit (expected a number)" },
	{ "live", PARAM_FLAG,
		.meaning = "Export a running VM, from a snapshot that is removed afterwards." },
	{ "location", PARAM_TEXT, .meaning = "The name of the file in the storage repository." },
	{ "mac", PARAM_TEXT, .meaning = "The MAC address.", .absent = "made up" },
	{ "managed", PARAM_FLAG,
		.meaning = "Whether vxe makes and removes the bridge of the network.",
		.absent = "true" },
	{ "max", PARAM_SIZE, .meaning = "The upper limit." },
	{ "max-bandwidth", PARAM_SIZE, .meaning = "How much to write in a second at most.",
		.absent = "no limit" },
	{ "memory", PARAM_SIZE, .meaning = "The memory of the VM." },
	{ "metadata", PARAM_FLAG, .meaning = "The records alone, without disks." },
	{ "min", PARAM_SIZE, .meaning = "The lower limit." },
	{ "mode", PARAM_WORD, .meaning = "Whether the VM may write to the disk.",
		.words = &vbd_mode_table, .absent = "RW",
		.refusal = "Unknown mode: %s (should be \"ro\" or \"rw\"" },
	{ "name", PARAM_TEXT, .meaning = "The name of the message." },
	{ "name-description", PARAM_TEXT, .meaning = "A description of the object.",
		.absent = "empty" },
	{ "name-label", PARAM_TEXT, .meaning = "The name of the object.", .absent = "empty" },
	{ "network-uuid", PARAM_UUID, .meaning = "The network.", .view = "network" },
	{ "network:", PARAM_MAP,
		.meaning = "The network to use for one of the archive, which KEY names by UUID or "
			   "name; empty: none.",
		.view = "network", .absent = "one of the same name" },
	{ "new-name-description", PARAM_TEXT, .meaning = "The description of the new object.",
		.absent = "empty" },
	{ "new-name-label", PARAM_TEXT, .meaning = "The name of the new object.",
		.absent = "that of the original" },
	{ "new-vcpus", PARAM_NUMBER, .meaning = "The number of virtual CPUs." },
	{ "no-leaves", PARAM_FLAG, .meaning = "Snapshots on which others are based." },
	{ "on", PARAM_OBJECT, .meaning = "The host to run on.", .view = "host",
		.absent = "the VM's host" },
	{ "online", PARAM_TEXT, .meaning = "true: the disk may be in use by a running VM.",
		.absent = "false" },
	{ "only", PARAM_TEXT,
		.meaning = "Of an archive with several VMs this one, by name or UUID.",
		.absent = "all" },
	{ "other-config:", PARAM_MAP, .meaning = "Additional configuration.", .absent = "none" },
	{ "overlay-sr-uuid", PARAM_UUID,
		.meaning = "The storage repository for the disks' new layers.", .view = "sr",
		.absent = "that of each disk" },
	{ "overlay-vdi-uuids", PARAM_UUIDS,
		.meaning = "The disks' new layers, between commas: an empty qcow2 overlay on the "
			   "present file of each disk, introduced by vdi-introduce.",
		.view = "vdi", .absent = "vxe makes them" },
	{ "param-key", PARAM_KEY, .meaning = "The member of the set, or the key of the map.",
		.absent = "the whole field" },
	{ "param-name", PARAM_FIELD, .meaning = "The field." },
	{ "params", PARAM_FIELDS, .meaning = "The fields to show; all: every one.",
		.absent = "the usual columns" },
	{ "paused", PARAM_FLAG, .meaning = "Start with the virtual CPUs stopped." },
	{ "physical-size", PARAM_TEXT, .meaning = "Has no effect: the size is that of the place." },
	{ "plugin", PARAM_TEXT,
		.meaning = "The name of the plugin: an executable in /etc/vxe/plugins." },
	{ "pool-uuid", PARAM_UUID, .meaning = "The pool.", .view = "pool", .absent = "none" },
	{ "preserve", PARAM_FLAG,
		.meaning = "Keep the UUID and the MAC addresses of the archive." },
	{ "preserve-power-state", PARAM_FLAG,
		.meaning = "Export the memory of a suspended VM or of a checkpoint, too." },
	{ "priority", PARAM_NUMBER, .meaning = "The priority of the message.", .absent = "all" },
	{ "progress", PARAM_GIVEN, .meaning = "Show how far the work is." },
	{ "quiesce-timeout", PARAM_NUMBER,
		.meaning = "Seconds that the agent in the guest has for an answer.",
		.absent = "30" },
	{ "quiesced", PARAM_FLAG,
		.meaning = "Snapshots for which the guest's file systems were frozen." },
	{ "read-only", PARAM_FLAG, .meaning = "Whether the disk may only be read." },
	{ "remote-config", PARAM_TEXT,
		.meaning = "Of xe: conversion from another hypervisor; refused.",
		.absent = "none" },
	{ "remote-master", PARAM_TEXT, .meaning = "Of xe: a migration to another pool; refused.",
		.absent = "none" },
	{ "remote-network", PARAM_TEXT, .meaning = "Of xe: a migration to another pool; refused.",
		.absent = "none" },
	{ "remote-password", PARAM_TEXT, .meaning = "Of xe: a migration to another pool; refused.",
		.absent = "none" },
	{ "remote-username", PARAM_TEXT, .meaning = "Of xe: a migration to another pool; refused.",
		.absent = "none" },
	{ "reset-nvram", PARAM_FLAG,
		.meaning = "The VM starts with new UEFI variables, from the firmware's template." },
	{ "retained-snapshots", PARAM_NUMBER, .meaning = "How many snapshots of the schedule stay.",
		.refusal = "Failure: Int64.of_string", .internal = true, .absent = "7" },
	{ "roots", PARAM_FLAG, .meaning = "Snapshots that are based on no other." },
	{ "schedule:", PARAM_MAP, .meaning = "When the schedule runs: min, hour, days.",
		.absent = "none" },
	{ "scheduled", PARAM_FLAG, .meaning = "Snapshots that a schedule has taken." },
	{ "security-info", PARAM_FLAG, .meaning = "Also show passwords." },
	{ "sharable", PARAM_FLAG, .meaning = "Several VMs may write to the disk at once." },
	{ "shared", PARAM_FLAG, .meaning = "Several hosts may use the storage repository." },
	{ "since", PARAM_TIME, .meaning = "Only what is not older.", .absent = "all" },
	{ "sm-config:", PARAM_MAP, .meaning = "Has no effect: no driver reads it." },
	{ "snapshot", PARAM_OBJECT, .meaning = "The snapshot.", .view = "snapshot",
		.instead = "snapshot-uuid", .absent = "the one that snapshot-uuid= names" },
	{ "snapshot-uuid", PARAM_UUID, .meaning = "The snapshot.", .view = "snapshot",
		.instead = "uuid", .absent = "the one that uuid= names" },
	{ "snapshots", PARAM_FLAG, .meaning = "The snapshots of the VM in the archive, too." },
	{ "sort", PARAM_ORDER, .meaning = SORT_MEANING, .dashed = true,
		.absent = "the list's own order" },
	{ "sr-name-label", PARAM_TEXT,
		.meaning = "The name of the storage repository for the disks.", .absent = "none" },
	{ "sr-uuid", PARAM_UUID, .meaning = "The storage repository.", .view = "sr",
		.absent = "the pool's default-SR" },
	{ "static-max", PARAM_SIZE,
		.meaning = "The most memory that the VM can have; changes need a restart." },
	{ "static-min", PARAM_SIZE,
		.meaning = "The least memory that the VM can have; changes need a restart." },
	{ "tags:", PARAM_MAP, .meaning = "A tag, as KEY.", .absent = "none" },
	{ "target", PARAM_SIZE, .meaning = "The memory that the VM is meant to have." },
	{ "template", PARAM_OBJECT, .meaning = "The template.", .view = "template",
		.instead = "template-uuid",
		.absent = "the one that template-uuid= or template-name-label= names" },
	{ "template-name", PARAM_TEXT, .meaning = "The name of the template.",
		.instead = "template-uuid" },
	{ "template-name-label", PARAM_TEXT, .meaning = "The name of the template.",
		.instead = "template-uuid" },
	{ "template-uuid", PARAM_UUID, .meaning = "The template.", .view = "template" },
	{ "timeout", PARAM_SECONDS, .meaning = "Has no effect: the guest gets some seconds." },
	{ "total", PARAM_SIZE, .meaning = "The memory of the host that the VM may use." },
	{ "tree", PARAM_FLAG, .meaning = "Show the snapshots as a tree below their VMs." },
	{ "unpluggable", PARAM_FLAG, .meaning = "The running VM may lose the disk.",
		.absent = "true" },
	{ "url", PARAM_TEXT, .meaning = "Where the archive is: an HTTP address.",
		.absent = "the archive is a file" },
	{ "uuid", PARAM_UUID, .meaning = "The object.", .absent = "none" },
	{ "uuids", PARAM_UUIDS, .meaning = "The UUIDs of several objects, between commas.",
		.absent = "none" },
	{ "value", PARAM_TEXT, .meaning = "The secret." },
	{ "vbd-params", PARAM_FIELDS, .meaning = "The fields of the VBDs to show.", .view = "vbd",
		.absent = "the usual columns" },
	{ "vdi-params", PARAM_FIELDS, .meaning = "The fields of the disks to show.", .view = "vdi",
		.absent = "the usual columns" },
	{ "vdi-uuid", PARAM_UUID, .meaning = "The disk.", .view = "vdi",
		.absent = "an empty drive" },
	{ "vdi:", PARAM_MAP,
		.meaning = "With metadata=true: the disk to use for one of the archive.",
		.view = "vdi", .absent = "none" },
	{ "virtual-size", PARAM_SIZE, .meaning = "The size of the disk." },
	{ "vm", PARAM_OBJECT, .meaning = "Only a snapshot of this VM.", .view = "vm",
		.absent = "of any VM" },
	{ "vm-uuid", PARAM_UUID, .meaning = "The VM.", .view = "vm", .absent = "none" },
	{ "with-memory", PARAM_FLAG,
		.meaning = "Snapshots with the memory of the guest: checkpoints." },
	{ "wrap", PARAM_FLAG, .meaning = "With xpath=: one document <nodes> with all of them." },
	{ "xenstore-data:", PARAM_MAP,
		.meaning = "Has no effect: guests of KVM have no xenstore." },
	{ "xpath", PARAM_TEXT,
		.meaning = "Only the nodes that this XPath expression selects in the document.",
		.absent = "the whole document" },
	{ 0 },
};

static int by_name(const void *name, const void *kind)
{
	return strcmp(name, ((const struct param_kind *)kind)->name);
}

const struct param_kind *param_kind_find(const struct param_kind *const *own, const char *name)
{
	for (; own && *own; own++)
		if (str_eq((*own)->name, name))
			return *own;
	return bsearch(
		name, param_kinds, ARRAY_LEN(param_kinds) - 1, sizeof(*param_kinds), by_name);
}

char *param_usage(const struct param_kind *kind, bool named)
{
	static const char *const values[] = { [PARAM_TEXT] = "=TEXT",
		[PARAM_UUID] = "=UUID",
		[PARAM_UUIDS] = "=UUID,...",
		[PARAM_OBJECT] = "=UUID|NAME",
		[PARAM_FLAG] = "=true|false",
		[PARAM_GIVEN] = "=true",
		[PARAM_SIZE] = "=SIZE",
		[PARAM_NUMBER] = "=NUMBER",
		[PARAM_SECONDS] = "=SECONDS",
		[PARAM_TIME] = "=TIME",
		[PARAM_FIELD] = "=FIELD",
		[PARAM_FIELDS] = "=FIELD,...",
		[PARAM_ORDER] = "=[-]FIELD",
		[PARAM_KEY] = "=KEY",
		[PARAM_FILE] = "=FILE",
		[PARAM_MAP] = "KEY=VALUE" };
	struct str s = { 0 };

	str_addf(&s, "%s%s", kind->name,
		kind->words				     ? "="
			: named && kind->type == PARAM_UUID  ? "=UUID|NAME"
			: named && kind->type == PARAM_UUIDS ? "=UUID|NAME,..."
							     : values[kind->type]);
	if (kind->words) {
		for (const struct enum_name *e = kind->words->names; e->print; e++)
			str_addf(&s, "%s%s", e == kind->words->names ? "" : "|",
				e->input ? e->input : e->print);
	}
	return s.data;
}

/* ---- values ---------------------------------------------------------------------------------- */

/* Accepts "2025-01-01T00:00:00Z" besides xe's own form, which has no dashes. */
static int read_time(const char *text, int64_t *ret)
{
	_cleanup_str_ struct str plain = { 0 };

	for (; *text; text++)
		if (*text != '-')
			str_add_bytes(&plain, text, 1);
	return clock_parse(str_text(&plain), ret);
}

/* The number of the word @text among the words of the kind, for an enum; -1: the kind has no such word. */
static int find_word(const struct param_kind *kind, const char *text)
{
	int value = enum_from_input(kind->words, text);

	return value >= 0 && kind->exact && !str_eq(kind->words->names[value].print, text) ? -1
											   : value;
}

static int read_number(const struct param_kind *kind, const char *text, int64_t *ret)
{
	return int_parse(text, ret) < 0 || (kind->natural && *ret < 0) ? -1 : 0;
}

static bool is_seconds(const char *text)
{
	char *end;

	strtod(text, &end);
	return end > text && !*end;
}

static int refuse_param(
	const struct param_kind *kind, const char *value, bool as_xe, struct vxe_error *err)
{
	if (kind->internal && as_xe)
		return vxe_fail_internal(err, "%s", kind->refusal);
	const char *at = kind->refusal && !kind->internal ? strstr(kind->refusal, "%s") : NULL;

	if (at) { /* xe prints the word in lower case there */
		_cleanup_free_ char *lower = xstrdup(value);

		for (char *p = lower; *p; p++)
			*p = (char)tolower((unsigned char)*p);
		return vxe_fail_value(err, "%.*s%s%s", (int)(at - kind->refusal), kind->refusal,
			lower, at + strlen("%s"));
	}
	if (kind->refusal && !kind->internal)
		return vxe_fail_value(
			err, "%s%s", kind->refusal, str_ends(kind->refusal, " ") ? value : "");
	switch (kind->type) {
	case PARAM_SECONDS:
		return vxe_fail_value(
			err, "Failed to parse parameter '%s': expecting a float", kind->name);
	case PARAM_TIME:
		return vxe_fail_value(err,
			"Invalid timestamp format for '%s' "
			"(expected one like 2025-01-01T00:00:00Z)",
			kind->name);
	default:
		return vxe_fail_value(err, INTEGER_EXPECTED, kind->name);
	}
}

int param_check(const struct param_kind *kind, const struct params *params, bool as_xe,
	struct vxe_error *err)
{
	const char *text = params_get(params, kind->name);
	int64_t number;
	bool flag;
	int word;

	if (!text)
		return 0;
	switch (kind->type) {
	case PARAM_FLAG:
		return params_flag(params, kind->name, &flag, err);
	case PARAM_SIZE:
		return params_size(params, kind->name, &number, err);
	case PARAM_NUMBER:
		return read_number(kind, text, &number) < 0 ? refuse_param(kind, text, as_xe, err)
							    : 0;
	case PARAM_TIME:
		return read_time(text, &number) < 0 ? refuse_param(kind, text, as_xe, err) : 0;
	case PARAM_SECONDS:
		return is_seconds(text) ? 0 : refuse_param(kind, text, as_xe, err);
	case PARAM_WORD:
		if (find_word(kind, text) >= 0)
			return 0;
		return kind->refusal ? refuse_param(kind, text, as_xe, err)
				     : enum_read(kind->words, text, &word, err);
	default:
		return 0;
	}
}

int64_t param_value(const struct param_kind *kind, const char *text)
{
	int64_t value = 0;

	if (kind->type == PARAM_WORD)
		return find_word(kind, text);
	(void)(kind->type == PARAM_TIME ? read_time(text, &value)
					: read_number(kind, text, &value));
	return value;
}

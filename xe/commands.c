/* SPDX-License-Identifier: MIT */
/* The table of commands. X-list and X-param-* are not here: command.c makes them. */
#include "xe/command.h"

#define PARAMS(...) ((const struct param[]){ __VA_ARGS__, { 0 } })
#define NO_PARAMS ((const struct param[]){ { 0 } })
/* clang-format off */
#define SNAPSHOT { "uuid", 0 }, { "snapshot-uuid", 0 }
/* clang-format on */

const struct command command_table[] = {
	{ "appliance-create", cmd_appliance_create, 0,
		"Make an appliance: a group of VMs that belong together.",
		PARAMS({ "name-label", P_REQUIRED }, { "name-description", 0 }), NULL },
	{ "appliance-destroy", cmd_appliance_destroy, 0,
		"Remove an appliance; its VMs stay.",
		PARAMS({ "uuid", P_REQUIRED }), NULL },
	{ "check", cmd_check, C_OURS | C_STANDARD,
		"Look for inconsistencies between the records, the files and libvirt, after "
		"finishing or undoing what an interrupted command left behind. With --read-only "
		"nothing is changed.",
		PARAMS({ "read-only", P_OURS }), NULL },
	{ "commands-doc", cmd_commands_doc, C_OURS | C_HIDDEN,
		"Write the reference of all commands as Markdown.", NO_PARAMS, NULL },
#if VXE_FAILPOINTS
	{ "failpoints", cmd_failpoints, C_OURS | C_HIDDEN,
		"List the failpoints of all operations.", NO_PARAMS, NULL },
#endif
	{ "fields-doc", cmd_fields_doc, C_OURS | C_HIDDEN,
		"Write the reference of all fields as Markdown.", NO_PARAMS, NULL },
	{ "help", cmd_help, C_HIDDEN, "Describe commands.", NO_PARAMS, NULL },
	{ "message-create", cmd_message_create, 0,
		"Leave a message about a VM, a host, an SR or the pool.",
		PARAMS({ "name", P_REQUIRED }, { "priority", P_REQUIRED }, { "body", P_REQUIRED },
			{ "vm-uuid", 0 }, { "host-uuid", 0 }, { "sr-uuid", 0 }, { "pool-uuid", 0 }),
		NULL },
	{ "message-destroy", cmd_message_destroy, 0,
		"Remove messages.",
		PARAMS({ "uuid", 0 }, { "uuids", 0 }), NULL },
	{ "message-destroy-all", cmd_message_destroy_all, 0,
		"Remove all messages, or those of a time or a priority.",
		PARAMS({ "before", 0 }, { "after", 0 }, { "priority", 0 }), NULL },
	{ "secret-create", cmd_secret_create, 0,
		"Keep a secret.",
		PARAMS({ "value", P_REQUIRED }), NULL },
	{ "secret-destroy", cmd_secret_destroy, 0,
		"Forget a secret.",
		PARAMS({ "uuid", P_REQUIRED }), NULL },
	{ "self-test", cmd_self_test, C_OURS | C_HIDDEN,
		"Check that the tables of commands and fields are complete.", NO_PARAMS, NULL },
	{ "snapshot-destroy", cmd_snapshot_destroy, 0,
		"Remove a snapshot but keep its disks. Snapshots taken after it stay usable.",
		PARAMS(SNAPSHOT), NULL },
	{ "snapshot-disk-list", cmd_snapshot_disk_list, C_STANDARD | C_SELECTS,
		"List the disks of a snapshot",
		PARAMS(SNAPSHOT, { "vbd-params", 0 }, { "vdi-params", 0 }, { "params", P_HIDDEN }),
		NULL },
	{ "snapshot-revert", cmd_snapshot_revert, C_STANDARD,
		"Bring a VM back to the state that a snapshot holds. The VM and its disks keep "
		"their UUIDs, and no snapshot is lost.",
		PARAMS(SNAPSHOT), NULL },
	{ "snapshot-uninstall", cmd_snapshot_uninstall, C_STANDARD,
		"Remove a snapshot together with its disks, after asking. --force does not ask.",
		PARAMS(SNAPSHOT, { "force", 0 }, { "dry-run", P_OURS }), NULL },
	{ "sr-coalesce", cmd_sr_coalesce, C_OURS | C_STANDARD,
		"Merge or remove the layers of disks that no snapshot needs any more, in one "
		"storage repository or in all.",
		PARAMS({ "sr-uuid", P_OURS }), NULL },
	{ "task-cancel", cmd_task_cancel, 0,
		"Ask a running task to stop.",
		PARAMS({ "uuid", P_REQUIRED }), NULL },
	{ "vm-destroy", cmd_vm_destroy, 0, "Remove a VM but keep its disks.",
		PARAMS({ "uuid", P_REQUIRED }), NULL },
	{ "vm-disk-add", cmd_vm_disk_add, C_STANDARD | C_SELECTS,
		"Give the selected VMs a new empty disk",
		PARAMS({ "disk-size", P_REQUIRED }, { "device", P_REQUIRED }, { "sr-uuid", 0 }),
		NULL },
	{ "vm-disk-list", cmd_vm_disk_list, C_STANDARD | C_SELECTS,
		"List the disks of the selected VMs",
		PARAMS({ "vbd-params", 0 }, { "vdi-params", 0 }, { "params", P_HIDDEN }), NULL },
	{ "vm-shutdown", cmd_vm_shutdown, C_STANDARD | C_SELECTS,
		"Shut down the selected VMs: press the power button and wait, or with --force pull "
		"the plug",
		PARAMS({ "force", 0 }, { "progress", P_HIDDEN }), NULL },
	{ "vm-snapshot", cmd_vm_snapshot, C_STANDARD | C_SELECTS,
		"Take a snapshot of the selected VMs, running or not, all disks of a VM at the "
		"same instant",
		PARAMS({ "new-name-label", P_REQUIRED }, { "new-name-description", 0 },
			{ "ignore-vdi-uuids", 0 }),
		NULL },
	{ "vm-start", cmd_vm_start, C_STANDARD | C_SELECTS, "Start the selected VMs",
		PARAMS({ "force", 0 }, { "on", 0 }, { "paused", 0 }, { "progress", P_HIDDEN }),
		NULL },
	{ "vm-uninstall", cmd_vm_uninstall, C_STANDARD | C_SELECTS,
		"Remove the selected VMs together with their disks and snapshots, after asking. "
		"--force does not ask",
		PARAMS({ "force", 0 }, { "dry-run", P_OURS }), NULL },
	{ "vmss-create", cmd_vmss_create, 0,
		"Make a snapshot schedule.",
		PARAMS({ "name-label", P_REQUIRED }, { "type", P_REQUIRED },
			{ "frequency", P_REQUIRED }, { "name-description", 0 }, { "enabled", 0 },
			{ "schedule:", 0 }, { "retained-snapshots", 0 }),
		NULL },
	{ "vmss-destroy", cmd_vmss_destroy, 0,
		"Remove a snapshot schedule that no VM names.",
		PARAMS({ "uuid", P_REQUIRED }), NULL },
	{ 0 },
};

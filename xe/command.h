/* SPDX-License-Identifier: MIT */
/*
 * Commands: one row each says what help, the checks and the selectors need to know. Rows for X-list
 * and X-param-* are made from the views of the class registry.
 */
#pragma once

#include "objects/model/class.h"
#include "objects/session/session.h"
#include "xe/args.h"
#include "xe/progress.h"
#include "xe/render.h"
#include "xe/report.h"

enum param_flags {
	P_REQUIRED = 1 << 0,
	P_OURS = 1 << 1,   /* does not exist as `xe` */
	P_HIDDEN = 1 << 2, /* read, but not in the help */
};
struct param {
	const char *name;
	unsigned flags;
};

enum command_flags {
	C_STANDARD = 1 << 0,	 /* `help` without --all lists it */
	C_HIDDEN = 1 << 1,	 /* `help` never lists it */
	C_SELECTS = 1 << 2,	 /* the help says that VMs are selected */
	C_OURS = 1 << 3,	 /* does not exist as `xe` */
	C_FILTERS = 1 << 4,	 /* all visible fields are parameters: X-list */
	C_SETTINGS = 1 << 5,	 /* all fields that can be set are parameters: X-param-set */
	C_SELECTS_HOST = 1 << 6, /* the help says that hosts are selected */
	C_SELECTS_SR = 1 << 7,	 /* the help says that SRs are selected */
};

struct call;
struct command {
	const char *name;
	int (*run)(struct call *c, struct vxe_error *err);
	unsigned flags;
	const char *help;
	const struct param *params; /* closed by a NULL name; required ones first */
	const struct view *view;    /* of generated rows */
};

/* Every command that exists for this program name, in byte order. */
struct commands {
	size_t n;
	struct command *items;
	struct strv names; /* owned names of the generated rows */
	struct strv helps;
};
void commands_init(struct commands *ret, bool as_xe);
void commands_clear(struct commands *c);
#define _cleanup_commands_ _cleanup_(commands_clear)
const struct command *commands_find(const struct commands *c, const char *name);

/* The rows that are written down, closed by a NULL name. */
extern const struct command command_table[];

/* What a handler works with. */
struct call {
	const struct command *command;
	const struct commands *all;
	const struct params *params;
	struct render *render;
	struct report *report;
	struct progress *progress;
	bool as_xe;
	int status;			     /* nonzero: it failed and said so itself */
	bool keep_results;		     /* print what was collected although it fails */
	struct session *session;	     /* call_session() */
	const struct session_config *config; /* NULL: from the environment */
	bool (*cancelled)(void *ctx);	     /* ^C was pressed; ctx is the call */
};

/*
 * The session, opened at the first call: what fails before has touched neither the store nor the
 * hypervisor. Borrowed.
 */
int call_session(struct call *c, struct session **ret, struct vxe_error *err) _must_check_;
/* The configuration alone; from then on calls to libvirt are watched. Borrowed. */
int call_environment(
	struct call *c, const struct session_config **ret, struct vxe_error *err) _must_check_;

/* CLI_PARAM_MISSING for the first required parameter that is absent. */
int command_check(
	const struct command *cmd, const struct params *params, struct vxe_error *err) _must_check_;
/* For commands that are refused without --force. */
int command_needs_force(struct call *c, struct vxe_error *err) _must_check_;
/* Whether the command reads @key itself, so that it is no filter. */
bool command_owns(const struct command *cmd, const char *key, bool as_xe);
/* The parameters as the help names them. */
void command_required(const struct command *cmd, struct strv *ret);
void command_optional(const struct command *cmd, bool as_xe, struct strv *ret);
bool command_exists(const struct command *cmd, bool as_xe);
/* Keys that `vxe` takes for every command. */
bool key_is_output(const char *key, bool as_xe);

/* ---- handlers ------------------------------------------------------------------------------- */

int cmd_list(struct call *c, struct vxe_error *err);
int cmd_param_list(struct call *c, struct vxe_error *err);
int cmd_param_get(struct call *c, struct vxe_error *err);
int cmd_param_set(struct call *c, struct vxe_error *err);
int cmd_param_add(struct call *c, struct vxe_error *err);
int cmd_param_remove(struct call *c, struct vxe_error *err);
int cmd_param_clear(struct call *c, struct vxe_error *err);
int cmd_vm_adopt_disks(struct call *c, struct vxe_error *err);
int cmd_vm_start(struct call *c, struct vxe_error *err);
int cmd_vm_shutdown(struct call *c, struct vxe_error *err);
int cmd_vm_destroy(struct call *c, struct vxe_error *err);
int cmd_vm_uninstall(struct call *c, struct vxe_error *err);
int cmd_vm_disk_list(struct call *c, struct vxe_error *err);
int cmd_vm_disk_add(struct call *c, struct vxe_error *err);
int cmd_vm_snapshot_with_quiesce(struct call *c, struct vxe_error *err);
int cmd_vm_snapshot(struct call *c, struct vxe_error *err);
int cmd_vm_clone(struct call *c, struct vxe_error *err);
int cmd_vm_copy(struct call *c, struct vxe_error *err);
int cmd_vm_install(struct call *c, struct vxe_error *err);
int cmd_vm_create(struct call *c, struct vxe_error *err);
int cmd_template_uninstall(struct call *c, struct vxe_error *err);
int cmd_snapshot_clone(struct call *c, struct vxe_error *err);
int cmd_snapshot_copy(struct call *c, struct vxe_error *err);
int cmd_vm_pause(struct call *c, struct vxe_error *err);
int cmd_vm_unpause(struct call *c, struct vxe_error *err);
int cmd_vm_reboot(struct call *c, struct vxe_error *err);
int cmd_vm_reset_powerstate(struct call *c, struct vxe_error *err);
int cmd_snapshot_reset_powerstate(struct call *c, struct vxe_error *err);
int cmd_vm_checkpoint(struct call *c, struct vxe_error *err);
int cmd_vm_suspend(struct call *c, struct vxe_error *err);
int cmd_vm_resume(struct call *c, struct vxe_error *err);
int cmd_snapshot_revert(struct call *c, struct vxe_error *err);
int cmd_snapshot_destroy(struct call *c, struct vxe_error *err);
int cmd_snapshot_uninstall(struct call *c, struct vxe_error *err);
int cmd_snapshot_disk_list(struct call *c, struct vxe_error *err);
int cmd_network_create(struct call *c, struct vxe_error *err);
int cmd_network_destroy(struct call *c, struct vxe_error *err);
int cmd_pbd_create(struct call *c, struct vxe_error *err);
int cmd_pbd_destroy(struct call *c, struct vxe_error *err);
int cmd_pbd_plug(struct call *c, struct vxe_error *err);
int cmd_pbd_unplug(struct call *c, struct vxe_error *err);
int cmd_sr_create(struct call *c, struct vxe_error *err);
int cmd_sr_destroy(struct call *c, struct vxe_error *err);
int cmd_sr_forget(struct call *c, struct vxe_error *err);
int cmd_sr_introduce(struct call *c, struct vxe_error *err);
int cmd_sr_probe(struct call *c, struct vxe_error *err);
int cmd_sr_scan(struct call *c, struct vxe_error *err);
int cmd_vbd_create(struct call *c, struct vxe_error *err);
int cmd_vbd_destroy(struct call *c, struct vxe_error *err);
int cmd_vbd_eject(struct call *c, struct vxe_error *err);
int cmd_vbd_insert(struct call *c, struct vxe_error *err);
int cmd_vbd_plug(struct call *c, struct vxe_error *err);
int cmd_vbd_unplug(struct call *c, struct vxe_error *err);
int cmd_vdi_clone(struct call *c, struct vxe_error *err);
int cmd_vdi_resize(struct call *c, struct vxe_error *err);
int cmd_vdi_snapshot(struct call *c, struct vxe_error *err);
int cmd_vdi_copy(struct call *c, struct vxe_error *err);
int cmd_vdi_create(struct call *c, struct vxe_error *err);
int cmd_vdi_destroy(struct call *c, struct vxe_error *err);
int cmd_vdi_export(struct call *c, struct vxe_error *err);
int cmd_vdi_forget(struct call *c, struct vxe_error *err);
int cmd_vdi_import(struct call *c, struct vxe_error *err);
int cmd_vdi_introduce(struct call *c, struct vxe_error *err);
int cmd_vdi_update(struct call *c, struct vxe_error *err);
int cmd_vif_create(struct call *c, struct vxe_error *err);
int cmd_vif_destroy(struct call *c, struct vxe_error *err);
int cmd_vif_move(struct call *c, struct vxe_error *err);
int cmd_vif_plug(struct call *c, struct vxe_error *err);
int cmd_vif_unplug(struct call *c, struct vxe_error *err);
int cmd_vm_cd_add(struct call *c, struct vxe_error *err);
int cmd_vm_cd_eject(struct call *c, struct vxe_error *err);
int cmd_vm_cd_insert(struct call *c, struct vxe_error *err);
int cmd_vm_cd_list(struct call *c, struct vxe_error *err);
int cmd_vm_cd_remove(struct call *c, struct vxe_error *err);
int cmd_vm_disk_remove(struct call *c, struct vxe_error *err);
int cmd_vm_vif_list(struct call *c, struct vxe_error *err);
int cmd_snapshot_export(struct call *c, struct vxe_error *err);
int cmd_template_export(struct call *c, struct vxe_error *err);
int cmd_vm_export(struct call *c, struct vxe_error *err);
int cmd_vm_import(struct call *c, struct vxe_error *err);
int cmd_check(struct call *c, struct vxe_error *err);
int cmd_sr_coalesce(struct call *c, struct vxe_error *err);
int cmd_appliance_create(struct call *c, struct vxe_error *err);
int cmd_appliance_destroy(struct call *c, struct vxe_error *err);
int cmd_appliance_start(struct call *c, struct vxe_error *err);
int cmd_appliance_shutdown(struct call *c, struct vxe_error *err);
int cmd_cd_list(struct call *c, struct vxe_error *err);
int cmd_console(struct call *c, struct vxe_error *err);
int cmd_diagnostic_vm_status(struct call *c, struct vxe_error *err);
int cmd_vm_query_services(struct call *c, struct vxe_error *err);
int cmd_message_create(struct call *c, struct vxe_error *err);
int cmd_message_destroy(struct call *c, struct vxe_error *err);
int cmd_message_destroy_all(struct call *c, struct vxe_error *err);
int cmd_secret_create(struct call *c, struct vxe_error *err);
int cmd_secret_destroy(struct call *c, struct vxe_error *err);
int cmd_task_cancel(struct call *c, struct vxe_error *err);
int cmd_vmss_create(struct call *c, struct vxe_error *err);
int cmd_vmss_destroy(struct call *c, struct vxe_error *err);
int cmd_host_compute_free_memory(struct call *c, struct vxe_error *err);
int cmd_host_compute_memory_overhead(struct call *c, struct vxe_error *err);
int cmd_host_call_plugin(struct call *c, struct vxe_error *err);
int cmd_host_reboot(struct call *c, struct vxe_error *err);
int cmd_host_shutdown(struct call *c, struct vxe_error *err);
int cmd_host_data_source_list(struct call *c, struct vxe_error *err);
int cmd_host_data_source_query(struct call *c, struct vxe_error *err);
int cmd_sr_data_source_list(struct call *c, struct vxe_error *err);
int cmd_sr_data_source_query(struct call *c, struct vxe_error *err);
int cmd_vm_data_source_list(struct call *c, struct vxe_error *err);
int cmd_vm_data_source_query(struct call *c, struct vxe_error *err);
int cmd_host_cpu_info(struct call *c, struct vxe_error *err);
int cmd_host_disable(struct call *c, struct vxe_error *err);
int cmd_host_dmesg(struct call *c, struct vxe_error *err);
int cmd_host_adopt(struct call *c, struct vxe_error *err);
int cmd_host_enable(struct call *c, struct vxe_error *err);
int cmd_host_is_in_emergency_mode(struct call *c, struct vxe_error *err);
int cmd_pif_scan(struct call *c, struct vxe_error *err);
int cmd_pool_dump_database(struct call *c, struct vxe_error *err);
int cmd_pool_restore_database(struct call *c, struct vxe_error *err);
int cmd_pool_sync_database(struct call *c, struct vxe_error *err);
int cmd_vm_compute_maximum_memory(struct call *c, struct vxe_error *err);
int cmd_vm_compute_memory_overhead(struct call *c, struct vxe_error *err);
int cmd_vm_memory_target_set(struct call *c, struct vxe_error *err);
int cmd_vm_memory_dynamic_range_set(struct call *c, struct vxe_error *err);
int cmd_vm_memory_limits_set(struct call *c, struct vxe_error *err);
int cmd_vm_memory_set(struct call *c, struct vxe_error *err);
int cmd_vm_memory_static_range_set(struct call *c, struct vxe_error *err);
int cmd_vm_vcpu_hotplug(struct call *c, struct vxe_error *err);
int cmd_help(struct call *c, struct vxe_error *err);
int cmd_self_test(struct call *c, struct vxe_error *err);
int cmd_fields_doc(struct call *c, struct vxe_error *err);
int cmd_event_wait(struct call *c, struct vxe_error *err);
int cmd_man_doc(struct call *c, struct vxe_error *err);
int cmd_inventory(struct call *c, struct vxe_error *err);
int cmd_commands_doc(struct call *c, struct vxe_error *err);
int cmd_failpoints(struct call *c, struct vxe_error *err);

/*
 * The snapshot that the call names: snapshot-uuid= wins over uuid=; what is none is refused. Opens
 * the session.
 */
int snapshot_param(struct call *c, const char **ret, struct vxe_error *err) _must_check_;

/* The snapshot that the command names: snapshot-uuid= wins over uuid=. Borrowed. */
int snapshot_param(struct call *c, const char **ret, struct vxe_error *err) _must_check_;
/* Prints a tree of snapshots below their VMs: cmd_list with --tree. */
int print_snapshot_tree(
	struct call *c, const struct filter *filters, size_t n, struct vxe_error *err) _must_check_;
/* Whether the host would start the VM, or why not: xe/commands/cmd_diagnose.c. */
int print_host_report(struct call *c, const char *vm, struct vxe_error *err) _must_check_;
/* A file of the caller's could not be made or written, or read: errno says why. CLI_PLAIN. */
int file_failed(const char *path, struct vxe_error *err);
int file_unread(const char *path, struct vxe_error *err);
/* The disks of a VM or snapshot: xe/commands/disk_list.c. */
int print_disk_list(struct call *c, const char *uuid, struct vxe_error *err) _must_check_;
int print_cd_list(struct call *c, const char *uuid, struct vxe_error *err) _must_check_;
/* Shows the plan, asks, runs it: xe/commands/uninstall.c. */
struct uninstall_options {
	bool force;   /* do not ask */
	bool dry_run; /* only show */
};
int uninstall_options(
	const struct call *c, struct uninstall_options *ret, struct vxe_error *err) _must_check_;
int uninstall(struct call *c, const struct uninstall_options *options, const struct strv *vms,
	bool with_snapshots, struct vxe_error *err) _must_check_;
/* The usage text of the client's stage. Owned. */
char *help_usage(const char *program);

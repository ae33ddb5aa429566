/* SPDX-License-Identifier: MIT */
/*
 * The registry: tables of all classes, of all views by which commands list them, of all operations, and of the
 * functions that the session calls in folders of higher rank. Folders of lower rank reach them only through these
 * tables, so each row is named only here.
 */
#include "objects/classes/common/getters.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/common/task.h"
#include "objects/classes/host/host.h"
#include "objects/classes/host/host_cpu.h"
#include "objects/classes/host/patch.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/host/role.h"
#include "objects/classes/host/secret.h"
#include "objects/classes/network/bond.h"
#include "objects/classes/network/network_records.h"
#include "objects/classes/network/pif.h"
#include "objects/classes/network/vlan.h"
#include "objects/classes/storage/forgotten_disk.h"
#include "objects/classes/storage/node.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sm.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/appliance.h"
#include "objects/classes/vm/console.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/seen_definition.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vmss.h"
#include "objects/classes/vm/vtpm.h"
#include "objects/devices/vbd_mode.h"
#include "objects/engine/message.h"
#include "objects/engine/op.h"
#include "objects/engine/op_recover.h"
#include "objects/model/class.h"
#include "objects/schedule/schedule_checks.h"
#include "objects/schedule/runner_check.h"
#include "objects/start/session_open.h"
#include "objects/session/session.h"
#include "objects/file_index/definition_files.h"
#include "objects/vm/snapshot/vm_uninstall.h"
#include "objects/vm/vm_apply.h"
#include "objects/vm/vm_diagnosis.h"
#include "objects/disks/disks.h"

/* ---- classes and views ----------------------------------------------------------------------- */

/* The order is that of class_store_columns(). */
const struct class *const classes[] = {
	[CLASS_VM - 1] = &vm_class,
	[CLASS_VDI - 1] = &vdi_class,
	[CLASS_VBD - 1] = &vbd_class,
	[CLASS_VIF - 1] = &vif_class,
	[CLASS_SR - 1] = &sr_class,
	[CLASS_NETWORK - 1] = &network_class,
	[CLASS_HOST - 1] = &host_class,
	[CLASS_POOL - 1] = &pool_class,
	[CLASS_TASK - 1] = &task_class,
	[CLASS_MESSAGE - 1] = &message_class,
	[CLASS_PIF - 1] = &pif_class,
	[CLASS_VLAN - 1] = &vlan_class,
	[CLASS_BOND - 1] = &bond_class,
	[CLASS_HOST_CPU - 1] = &host_cpu_class,
	[CLASS_CONSOLE - 1] = &console_class,
	[CLASS_VTPM - 1] = &vtpm_class,
	[CLASS_APPLIANCE - 1] = &appliance_class,
	[CLASS_VMSS - 1] = &vmss_class,
	[CLASS_SECRET - 1] = &secret_class,
	[CLASS_ROLE - 1] = &role_class,
	[CLASS_SUBJECT - 1] = &subject_class,
	[CLASS_PATCH - 1] = &patch_class,
	[CLASS_UPDATE - 1] = &update_class,
	[CLASS_NODE - 1] = &node_class,
	[CLASS_INTENT - 1] = &intent_class,
	[CLASS_FORGOTTEN - 1] = &forgotten_class,
	[CLASS_DEFINITION - 1] = &seen_definition_class,
	[CLASS_PBD - 1] = &pbd_class,
	[CLASS_SM - 1] = &sm_class,
	NULL,
};

static int apply_vm(struct session *s, const void *before, const void *after, struct vxe_error *err)
{
	return vm_apply_settings(s, before, after, err);
}

static int apply_vbd(
	struct session *s, const void *before, const void *after, struct vxe_error *err)
{
	return vbd_set_mode(s, before, after, err);
}

#define COLUMNS(...)                                                                               \
	.columns = (const char *const[])                                                           \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

/*
 * A class of xe that has no objects on a KVM host, with its view. Scripts list it nevertheless: the
 * list is empty, as on a XenServer without such objects, and every UUID is unknown. The store does
 * not contain these classes.
 */
#define ABSENT(prefix_, name_, doc_, columns_, ...)                                                \
	{                                                                                          \
		.prefix = (prefix_), .doc = (doc_), COLUMNS columns_,                              \
		.cls = &(const struct class){ .name = (name_),                                     \
			.size = sizeof(struct record),                                             \
			.fields = (const struct field[]){ TEXT("uuid"), __VA_ARGS__, { 0 } },      \
			.absent = true },                                                          \
	}
#define ROW(name_, type_, ...)                                                                     \
	{                                                                                          \
		name_, "Of no object.", COMPUTED(type_, get_nothing),                              \
			.source = "no such object exists", .flags = 0 __VA_OPT__(| __VA_ARGS__)    \
	}
#define TEXT(name_, ...) ROW(name_, FIELD_STRING, __VA_ARGS__)
#define INT(name_, ...) ROW(name_, FIELD_INT, __VA_ARGS__)
#define BOOL(name_, ...) ROW(name_, FIELD_BOOL, __VA_ARGS__)
#define FLOAT(name_, ...) ROW(name_, FIELD_FLOAT, __VA_ARGS__)
#define SET(name_, ...) ROW(name_, FIELD_STRINGS, __VA_ARGS__)
#define MAP(name_, ...) ROW(name_, FIELD_MAP, __VA_ARGS__)

/* The views of all classes. Default columns are those that xe really prints; xe's own list of them differs. */
const struct view views[] = {
	{ "vm", &vm_class, "virtual machines", COLUMNS("uuid", "name-label", "power-state"),
		.filter = { { "is-a-template", "false" } }, .adopts = true, .apply = apply_vm,
		.check = schedule_check_left },
	{ "template", &vm_class, "templates", COLUMNS("uuid", "name-label", "name-description"),
		.filter = { { "is-a-template", "true" }, { "is-a-snapshot", "false" } },
		.apply = apply_vm },
	{ "snapshot", &vm_class, "snapshots",
		COLUMNS("uuid", "name-label", "name-description", "is-vmss-snapshot"),
		.filter = { { "is-a-snapshot", "true" } }, .kept = true, .apply = apply_vm },
	{ "vdi", &vdi_class, "virtual disk images",
		COLUMNS("uuid", "name-label", "name-description", "sr-uuid", "virtual-size",
			"sharable", "read-only"),
		.adopts = true },
	{ "vbd", &vbd_class, "virtual block devices",
		COLUMNS("uuid", "vm-uuid", "vm-name-label", "vdi-uuid", "empty", "device"),
		.adopts = true, .apply = apply_vbd },
	{ "vif", &vif_class, "virtual network interfaces",
		COLUMNS("uuid", "vm-uuid", "device", "network-uuid"), .adopts = true,
		.prepare = networks_prepare },
	{ "sr", &sr_class, "storage repositories",
		COLUMNS("uuid", "name-label", "name-description", "host", "type", "content-type"),
		.adopts = true },
	{ "network", &network_class, "networks",
		COLUMNS("uuid", "name-label", "name-description", "bridge"), .adopts = true },
	{ "host", &host_class, "hosts", COLUMNS("uuid", "name-label", "name-description") },
	{ "pool", &pool_class, "pools",
		COLUMNS("uuid", "name-label", "name-description", "master", "default-SR") },
	{ "task", &task_class, "tasks",
		COLUMNS("uuid", "name-label", "name-description", "status", "progress"),
		.prepare = op_recover_abandoned },
	{ "message", &message_class, "messages",
		COLUMNS("uuid", "name", "priority", "class", "obj-uuid", "timestamp", "body",
			"user") },
	{ "pif", &pif_class, "network interfaces of the host",
		COLUMNS("uuid", "device", "MAC", "currently-attached", "VLAN", "network-uuid",
			"host-uuid"),
		.adopts = true },
	{ "vlan", &vlan_class, "VLANs of the host",
		COLUMNS("uuid", "tagged-PIF", "untagged-PIF", "tag") },
	{ "bond", &bond_class, "bonded network interfaces", COLUMNS("uuid", "master", "slaves") },
	{ "host-cpu", &host_cpu_class, "processors of the host",
		COLUMNS("uuid", "number", "vendor", "speed", "utilisation") },
	{ "console", &console_class, "consoles of running VMs",
		COLUMNS("uuid", "vm-uuid", "vm-name-label", "protocol", "location"),
		.adopts = true },
	{ "vtpm", &vtpm_class, "virtual TPMs", COLUMNS("uuid", "vm-uuid"), .adopts = true },
	{ "appliance", &appliance_class, "groups of VMs that belong together",
		COLUMNS("uuid", "name-label", "name-description", "VMs", "allowed-operations",
			"current-operations") },
	{ "vmss", &vmss_class, "snapshot schedules",
		COLUMNS("uuid", "name-label", "name-description", "enabled", "type",
			"retained-snapshots", "frequency", "schedule", "last-run-time", "VMs"),
		.check = schedule_check, .changed = schedule_tell_unwatched },
	{ "secret", &secret_class, "secrets", COLUMNS("uuid", "value") },
	{ "role", &role_class, "roles of users", COLUMNS("uuid", "name", "description") },
	{ "subject", &subject_class, "users",
		COLUMNS("uuid", "subject-identifier", "other-config", "roles") },
	{ "patch", &patch_class, "patches of the host",
		COLUMNS("uuid", "name-label", "name-description", "size", "hosts",
			"after-apply-guidance") },
	{ "update", &update_class, "updates of the host",
		COLUMNS("uuid", "name-label", "name-description", "version", "installation-size",
			"hosts", "after-apply-guidance") },
	{ "pbd", &pbd_class, "connections of hosts to storage repositories",
		COLUMNS("uuid", "host-uuid", "sr-uuid", "device-config", "currently-attached"),
		.adopts = true },
	{ "sm", &sm_class, "kinds of storage",
		COLUMNS("uuid", "name-label", "name-description", "type", "vendor", "copyright",
			"configuration") },
	ABSENT("pci", "PCI", "PCI devices that guests could be given",
		("uuid", "vendor-name", "device-name", "pci-id"), TEXT("vendor-name"),
		TEXT("device-name"), TEXT("driver-name"), TEXT("host-uuid"),
		TEXT("host-name-label"), TEXT("pci-id"), SET("dependencies"),
		MAP("other-config", F_ADD)),
	ABSENT("pgpu", "PGPU", "graphics cards of the host",
		("uuid", "pci-uuid", "vendor-name", "device-name", "gpu-group-uuid"),
		TEXT("pci-uuid"), TEXT("vendor-name"), TEXT("device-name"), TEXT("dom0-access"),
		BOOL("is-system-display-device"), TEXT("gpu-group-uuid", F_SET),
		TEXT("gpu-group-name-label"), TEXT("host-uuid"), TEXT("host-name-label"),
		TEXT("pci-id"), SET("dependencies"), MAP("other-config", F_ADD),
		TEXT("supported-VGPU-types"), SET("enabled-VGPU-types", F_SET | F_ADD),
		TEXT("resident-VGPUs")),
	ABSENT("gpu-group", "GPU_group", "groups of graphics cards",
		("uuid", "name-label", "name-description"), TEXT("name-label", F_SET),
		TEXT("name-description", F_SET), SET("VGPU-uuids"), SET("PGPU-uuids"),
		MAP("other-config", F_ADD), TEXT("enabled-VGPU-types"),
		TEXT("supported-VGPU-types"), TEXT("allocation-algorithm", F_SET)),
	ABSENT("vgpu", "VGPU", "virtual graphics cards",
		("uuid", "vm-uuid", "device", "gpu-group-uuid"), TEXT("vm-uuid"),
		TEXT("vm-name-label"), TEXT("device"), TEXT("gpu-group-uuid"),
		TEXT("gpu-group-name-label"), BOOL("currently-attached"),
		MAP("other-config", F_ADD), TEXT("type-uuid"), TEXT("type-model-name"),
		TEXT("resident-on"), TEXT("compatibility-metadata"), TEXT("extra_args", F_SET),
		TEXT("pci")),
	ABSENT("vgpu-type", "VGPU_type", "kinds of virtual graphics cards",
		("uuid", "vendor-name", "model-name", "max-heads", "max-resolution"),
		TEXT("vendor-name"), TEXT("model-name"), INT("framebuffer-size"), INT("max-heads"),
		INT("max-resolution"), TEXT("supported-on-PGPUs"), TEXT("enabled-on-PGPUs"),
		TEXT("supported-on-GPU-groups"), TEXT("enabled-on-GPU-groups"), TEXT("VGPU-uuids"),
		BOOL("experimental"), TEXT("compatible-types-in-vm")),
	ABSENT("pusb", "PUSB", "USB devices that guests could be given",
		("uuid", "path", "vendor-id", "vendor-desc", "product-id", "product-desc", "serial",
			"version", "description", "speed"),
		TEXT("usb-group-uuid"), TEXT("host-uuid"), TEXT("host-name-label"), TEXT("path"),
		TEXT("vendor-id"), TEXT("vendor-desc"), TEXT("product-id"), TEXT("product-desc"),
		TEXT("serial"), TEXT("version"), TEXT("description"), FLOAT("speed"),
		BOOL("passthrough-enabled", F_SET)),
	ABSENT("usb-group", "USB_group", "groups of USB devices",
		("uuid", "name-label", "name-description"), TEXT("name-label", F_SET),
		TEXT("name-description", F_SET), SET("VUSB-uuids"), SET("PUSB-uuids"),
		MAP("other-config", F_ADD)),
	ABSENT("vusb", "VUSB", "virtual USB devices", ("uuid", "vm-uuid", "usb-group-uuid"),
		TEXT("vm-uuid"), TEXT("vm-name-label"), TEXT("usb-group-uuid"),
		TEXT("usb-group-name-label"), MAP("other-config", F_ADD),
		BOOL("currently-attached"), SET("allowed-operations"), SET("current-operations")),
	ABSENT("tunnel", "tunnel", "tunnels between hosts",
		("uuid", "access-PIF", "transport-PIF", "status"), TEXT("access-PIF"),
		TEXT("transport-PIF"), TEXT("status"), MAP("other-config", F_ADD),
		TEXT("protocol")),
	ABSENT("network-sriov", "network_sriov", "networks of virtual functions",
		("uuid", "requires-reboot"), TEXT("physical-PIF"), TEXT("logical-PIF"),
		BOOL("requires-reboot"), INT("remaining-capacity", F_COSTLY)),
	ABSENT("sdn-controller", "SDN_controller", "controllers of virtual switches",
		("uuid", "protocol", "address", "port"), TEXT("protocol"), TEXT("address"),
		INT("port")),
	ABSENT("pvs-site", "PVS_site", "sites of PVS servers",
		("uuid", "name-label", "name-description", "pvs-uuid", "pvs-server-uuids"),
		TEXT("name-label", F_SET), TEXT("name-description", F_SET), TEXT("pvs-uuid", F_SET),
		SET("pvs-cache-storage-uuids"), SET("pvs-server-uuids"), SET("pvs-proxy-uuids")),
	ABSENT("pvs-server", "PVS_server", "PVS servers", ("uuid", "addresses", "pvs-site-uuid"),
		SET("addresses"), INT("first-port"), INT("last-port"), TEXT("pvs-site-uuid")),
	ABSENT("pvs-proxy", "PVS_proxy", "PVS proxies",
		("uuid", "pvs-site-uuid", "vif-uuid", "currently-attached"), TEXT("pvs-site-uuid"),
		TEXT("vif-uuid"), BOOL("currently-attached"), TEXT("status")),
	ABSENT("pvs-cache-storage", "PVS_cache_storage", "caches of PVS proxies",
		("uuid", "host-uuid", "sr-uuid", "pvs-site-uuid", "size"), TEXT("host-uuid"),
		TEXT("sr-uuid"), TEXT("pvs-site-uuid"), INT("size"), TEXT("vdi-uuid")),
	ABSENT("feature", "Feature", "features of the edition",
		("uuid", "name-label", "name-description", "enabled", "experimental", "version",
			"host-uuid"),
		TEXT("name-label"), TEXT("name-description"), BOOL("enabled"), BOOL("experimental"),
		TEXT("version"), TEXT("host-uuid")),
	ABSENT("cluster", "Cluster", "clusters of hosts",
		("uuid", "cluster-hosts", "cluster-token", "cluster-stack", "allowed-operations",
			"current-operations", "pool-auto-join", "cluster-config", "other-config"),
		SET("cluster-hosts"), TEXT("cluster-token"), TEXT("cluster-stack"),
		INT("cluster-stack-version"), FLOAT("token-timeout"),
		FLOAT("token-timeout-coefficient"), SET("pending-forget", F_HIDDEN),
		SET("allowed-operations"), SET("current-operations"), BOOL("pool-auto-join"),
		MAP("cluster-config"), MAP("other-config", F_ADD), TEXT("is-quorate"),
		INT("quorum"), INT("live-hosts"), INT("expected-hosts")),
	ABSENT("cluster-host", "Cluster_host", "hosts in clusters",
		("uuid", "cluster", "host", "enabled", "allowed-operations", "current-operations",
			"other-config"),
		TEXT("cluster"), TEXT("PIF"), TEXT("host"), BOOL("enabled"), BOOL("joined"),
		BOOL("live"), TEXT("last-update-live"), SET("allowed-operations"),
		SET("current-operations"), MAP("other-config")),
	ABSENT("host-crashdump", "host_crashdump", "crash dumps of the host",
		("uuid", "timestamp", "size"), TEXT("host-uuid"), TEXT("timestamp"), INT("size")),
	ABSENT("drtask", "DR_task", "recoveries of pools", ("uuid", "introduced-SRs"),
		TEXT("introduced-SRs")),
	ABSENT("repository", "Repository", "repositories of updates",
		("uuid", "name-label", "name-description", "binary-url", "source-url", "update",
			"hash", "gpgkey-path", "origin"),
		TEXT("name-label", F_SET), TEXT("name-description", F_SET), TEXT("binary-url"),
		TEXT("source-url"), BOOL("update"), TEXT("hash"), TEXT("gpgkey-path", F_SET),
		TEXT("origin"), TEXT("certificate", F_HIDDEN)),
	ABSENT("observer", "Observer", "traces of the toolstack",
		("uuid", "host-uuids", "name-label", "name-description", "endpoints", "enabled"),
		SET("host-uuids", F_SET | F_ADD), TEXT("name-label"), TEXT("name-description"),
		MAP("attributes", F_ADD), SET("endpoints", F_SET | F_ADD),
		SET("components", F_SET | F_ADD), BOOL("enabled", F_SET)),
	ABSENT("vm-group", "VM_group", "groups of VMs by placement",
		("uuid", "name-label", "name-description", "placement", "vm-uuids"),
		TEXT("name-label", F_SET), TEXT("name-description", F_SET), TEXT("placement"),
		SET("vm-uuids")),
	ABSENT("hostdriver", "Host_driver", "drivers with variants",
		("uuid", "name", "host-uuid", "active-variant", "selected-variant", "variants",
			"variants-uuid"),
		TEXT("name"), TEXT("type"), TEXT("description"), TEXT("info"), TEXT("host-uuid"),
		TEXT("active-variant"), TEXT("selected-variant"), TEXT("variants"),
		TEXT("variants-dev-status"), TEXT("variants-uuid"), TEXT("variants-hw-present")),
	ABSENT("hostdriver-variant", "Driver_variant", "variants of drivers",
		("uuid", "name", "version", "status", "priority", "active", "selected",
			"driver-uuid", "driver-name", "host-uuid", "hw-present"),
		TEXT("name"), TEXT("version"), TEXT("status"), TEXT("priority"), BOOL("active"),
		BOOL("selected"), TEXT("driver-uuid"), TEXT("driver-name"), TEXT("host-uuid"),
		BOOL("hw-present")),
	ABSENT("caller", "Caller", "callers of the API",
		("uuid", "name-label", "name-description", "user-agent", "client-ip", "last-access",
			"groups", "rate-limit"),
		TEXT("name-label", F_SET), TEXT("name-description", F_SET), TEXT("user-agent"),
		TEXT("client-ip"), TEXT("last-access"), SET("groups", F_ADD), TEXT("rate-limit")),
	ABSENT("rate-limit", "Rate_limit", "limits of callers",
		("uuid", "name-label", "callers", "burst-size", "fill-rate"),
		TEXT("name-label", F_SET), TEXT("name-description", F_SET), SET("callers"),
		FLOAT("burst-size", F_SET), FLOAT("fill-rate", F_SET)),
	ABSENT("certificate", "Certificate", "certificates of the API server",
		("uuid", "type", "name", "host", "not-before", "not-after", "fingerprint",
			"purpose"),
		TEXT("type"), TEXT("name"), TEXT("host"), TEXT("not-before"), TEXT("not-after"),
		TEXT("fingerprint"), TEXT("fingerprint_sha256"), TEXT("fingerprint_sha1"),
		TEXT("purpose")),
	{ 0 },
};

/* ---- operations: recovery finds the steps of an intent by the operation's name ---------------- */

#define OPERATIONS(X)                                                                              \
	X(vm_start_op)                                                                             \
	X(vm_shutdown_op)                                                                          \
	X(vm_reboot_op)                                                                            \
	X(vm_pause_op)                                                                             \
	X(vm_unpause_op)                                                                           \
	X(snapshot_reset_op)                                                                       \
	X(vm_suspend_op)                                                                           \
	X(vm_resume_op)                                                                            \
	X(vm_renew_op)                                                                             \
	X(vm_snapshot_op)                                                                          \
	X(vdi_snapshot_op)                                                                         \
	X(vm_checkpoint_op)                                                                        \
	X(snapshot_revert_op)                                                                      \
	X(kept_revert_op)                                                                          \
	X(vm_destroy_op)                                                                           \
	X(vm_uninstall_op)                                                                         \
	X(vm_disk_add_op)                                                                          \
	X(vm_apply_op)                                                                             \
	X(vm_adopt_disks_op)                                                                       \
	X(vm_freeze_op)                                                                            \
	X(vm_clone_op)                                                                             \
	X(vm_copy_op)                                                                              \
	X(vm_template_op)                                                                          \
	X(vm_leave_op)                                                                             \
	X(vm_take_op)                                                                              \
	X(vm_migrate_op)                                                                           \
	X(vm_install_op)                                                                           \
	X(vm_create_op)                                                                            \
	X(vm_export_op)                                                                            \
	X(vm_import_op)                                                                            \
	X(coalesce_commit_op)                                                                      \
	X(coalesce_pull_op)                                                                        \
	X(vdi_create_op)                                                                           \
	X(vdi_copy_op)                                                                             \
	X(vdi_destroy_op)                                                                          \
	X(vdi_flatten_op)                                                                          \
	X(vdi_forget_op)                                                                           \
	X(vdi_import_op)                                                                           \
	X(vdi_merge_op)                                                                            \
	X(vdi_resize_op)                                                                           \
	X(vbd_mode_op)                                                                             \
	X(vbd_create_op)                                                                           \
	X(vbd_destroy_op)                                                                          \
	X(vbd_plug_op)                                                                             \
	X(vbd_unplug_op)                                                                           \
	X(vbd_insert_op)                                                                           \
	X(vbd_eject_op)                                                                            \
	X(vm_disk_remove_op)                                                                       \
	X(vif_create_op)                                                                           \
	X(vif_destroy_op)                                                                          \
	X(vif_plug_op)                                                                             \
	X(vif_unplug_op)                                                                           \
	X(vif_move_op)                                                                             \
	X(sr_create_op)                                                                            \
	X(sr_destroy_op)                                                                           \
	X(sr_forget_op)                                                                            \
	X(pbd_plug_op)                                                                             \
	X(pbd_unplug_op)                                                                           \
	X(network_create_op)                                                                       \
	X(network_destroy_op)

#define DECLARED(op) extern const struct op_type op;
OPERATIONS(DECLARED)

#define OPERATION(op) &(op),
const struct op_type *const op_types[] = { OPERATIONS(OPERATION) NULL };

const struct op_disks *const op_disks = &disk_answers;

/* ---- what the session asks of the rooms above it ----------------------------------------------- */

const struct session_above session_above = {
	.bind = session_bind,
	.former_stores = session_former_stores,
	.tells = files_domain,
	.frees = uninstall_frees,
	.check_host = vm_check_host,
};

/* SPDX-License-Identifier: MIT */
/*
 * The registry: all classes, all views by which commands list them, all operations. Lower rooms
 * reach them only through the three tables, so each row is named only here.
 */
#include "objects/classes/common/absent.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/common/task.h"
#include "objects/classes/host/host.h"
#include "objects/classes/host/host_cpu.h"
#include "objects/classes/host/patch.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/host/role.h"
#include "objects/classes/host/secret.h"
#include "objects/classes/network/bond.h"
#include "objects/classes/network/network.h"
#include "objects/classes/network/pif.h"
#include "objects/classes/network/vlan.h"
#include "objects/classes/storage/forgotten.h"
#include "objects/classes/storage/node.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sm.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/appliance.h"
#include "objects/classes/vm/console.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vmss.h"
#include "objects/classes/vm/vtpm.h"
#include "objects/engine/message.h"
#include "objects/engine/op.h"
#include "objects/engine/op_recover.h"
#include "objects/model/class.h"
#include "objects/vm/vm_apply.h"

/* ---- classes and views ----------------------------------------------------------------------- */

/* class_store_columns() has the same order. */
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
	[CLASS_PBD - 1] = &pbd_class,
	[CLASS_SM - 1] = &sm_class,
	NULL,
};

static int apply_vm(struct session *s, const void *before, const void *after, struct vxe_error *err)
{
	return vm_apply_settings(s, before, after, err);
}

#define COLUMNS(...)                                                                               \
	.columns = (const char *const[])                                                           \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

#define ABSENT(prefix_, class_, doc_, ...)                                                         \
	{                                                                                          \
		.prefix = (prefix_), .cls = &(class_), COLUMNS(__VA_ARGS__), .doc = (doc_)         \
	}

/* The default columns are those that xe really prints, not those of its own lists. */
const struct view views[] = {
	{
		.prefix = "vm",
		.cls = &vm_class,
		COLUMNS("uuid", "name-label", "power-state"),
		.filter = { { "is-a-template", "false" } },
		.doc = "virtual machines",
		.adopts = true,
		.apply = apply_vm,
	},
	{
		.prefix = "template",
		.cls = &vm_class,
		COLUMNS("uuid", "name-label", "name-description"),
		.filter = { { "is-a-template", "true" }, { "is-a-snapshot", "false" } },
		.doc = "templates",
		.apply = apply_vm,
	},
	{
		.prefix = "snapshot",
		.cls = &vm_class,
		COLUMNS("uuid", "name-label", "name-description", "is-vmss-snapshot"),
		.filter = { { "is-a-snapshot", "true" } },
		.doc = "snapshots",
		.apply = apply_vm,
	},
	{
		.prefix = "vdi",
		.cls = &vdi_class,
		COLUMNS("uuid", "name-label", "name-description", "sr-uuid", "virtual-size",
			"sharable", "read-only"),
		.doc = "virtual disk images",
		.adopts = true,
	},
	{
		.prefix = "vbd",
		.cls = &vbd_class,
		COLUMNS("uuid", "vm-uuid", "vm-name-label", "vdi-uuid", "empty", "device"),
		.doc = "virtual block devices",
		.adopts = true,
	},
	{
		.prefix = "vif",
		.cls = &vif_class,
		COLUMNS("uuid", "vm-uuid", "device", "network-uuid"),
		.doc = "virtual network interfaces",
		.adopts = true,
	},
	{
		.prefix = "sr",
		.cls = &sr_class,
		COLUMNS("uuid", "name-label", "name-description", "host", "type", "content-type"),
		.doc = "storage repositories",
		.adopts = true,
	},
	{
		.prefix = "network",
		.cls = &network_class,
		COLUMNS("uuid", "name-label", "name-description", "bridge"),
		.doc = "networks",
		.adopts = true,
	},
	{
		.prefix = "host",
		.cls = &host_class,
		COLUMNS("uuid", "name-label", "name-description"),
		.doc = "hosts",
	},
	{
		.prefix = "pool",
		.cls = &pool_class,
		COLUMNS("uuid", "name-label", "name-description", "master", "default-SR"),
		.doc = "pools",
	},
	{
		.prefix = "task",
		.cls = &task_class,
		COLUMNS("uuid", "name-label", "name-description", "status", "progress"),
		.doc = "tasks",
		.prepare = op_recover_abandoned,
	},
	{
		.prefix = "message",
		.cls = &message_class,
		COLUMNS("uuid", "name", "priority", "class", "obj-uuid", "timestamp", "body"),
		.doc = "messages",
	},
	{
		.prefix = "pif",
		.cls = &pif_class,
		COLUMNS("uuid", "device", "MAC", "currently-attached", "VLAN", "network-uuid",
			"host-uuid"),
		.doc = "network interfaces of the host",
		.adopts = true,
	},
	{
		.prefix = "vlan",
		.cls = &vlan_class,
		COLUMNS("uuid", "tagged-PIF", "untagged-PIF", "tag"),
		.doc = "VLANs of the host",
	},
	{
		.prefix = "bond",
		.cls = &bond_class,
		COLUMNS("uuid", "master", "slaves"),
		.doc = "bonded network interfaces",
	},
	{
		.prefix = "host-cpu",
		.cls = &host_cpu_class,
		COLUMNS("uuid", "number", "vendor", "speed", "utilisation"),
		.doc = "processors of the host",
	},
	{
		.prefix = "console",
		.cls = &console_class,
		COLUMNS("uuid", "vm-uuid", "vm-name-label", "protocol", "location"),
		.doc = "consoles of running VMs",
		.adopts = true,
	},
	{
		.prefix = "vtpm",
		.cls = &vtpm_class,
		COLUMNS("uuid", "vm-uuid"),
		.doc = "virtual TPMs",
		.adopts = true,
	},
	{
		.prefix = "appliance",
		.cls = &appliance_class,
		COLUMNS("uuid", "name-label", "name-description", "VMs", "allowed-operations",
			"current-operations"),
		.doc = "groups of VMs that belong together",
	},
	{
		.prefix = "vmss",
		.cls = &vmss_class,
		COLUMNS("uuid", "name-label", "name-description", "enabled", "type",
			"retained-snapshots", "frequency", "schedule", "last-run-time", "VMs"),
		.doc = "snapshot schedules",
	},
	{
		.prefix = "secret",
		.cls = &secret_class,
		COLUMNS("uuid", "value"),
		.doc = "secrets",
	},
	{
		.prefix = "role",
		.cls = &role_class,
		COLUMNS("uuid", "name", "description"),
		.doc = "roles of users",
	},
	{
		.prefix = "subject",
		.cls = &subject_class,
		COLUMNS("uuid", "subject-identifier", "other-config", "roles"),
		.doc = "users",
	},
	{
		.prefix = "patch",
		.cls = &patch_class,
		COLUMNS("uuid", "name-label", "name-description", "size", "hosts",
			"after-apply-guidance"),
		.doc = "patches of the host",
	},
	{
		.prefix = "update",
		.cls = &update_class,
		COLUMNS("uuid", "name-label", "name-description", "version", "installation-size",
			"hosts", "after-apply-guidance"),
		.doc = "updates of the host",
	},
	{
		.prefix = "pbd",
		.cls = &pbd_class,
		COLUMNS("uuid", "host-uuid", "sr-uuid", "device-config", "currently-attached"),
		.doc = "connections of hosts to storage repositories",
		.adopts = true,
	},
	{
		.prefix = "sm",
		.cls = &sm_class,
		COLUMNS("uuid", "name-label", "name-description", "type", "vendor", "copyright",
			"configuration"),
		.doc = "kinds of storage",
	},
	ABSENT("pci", pci_class, "PCI devices that guests could be given", "uuid", "vendor-name",
		"device-name", "pci-id"),
	ABSENT("pgpu", pgpu_class, "graphics cards of the host", "uuid", "pci-uuid", "vendor-name",
		"device-name", "gpu-group-uuid"),
	ABSENT("gpu-group", gpu_group_class, "groups of graphics cards", "uuid", "name-label",
		"name-description"),
	ABSENT("vgpu", vgpu_class, "virtual graphics cards", "uuid", "vm-uuid", "device",
		"gpu-group-uuid"),
	ABSENT("vgpu-type", vgpu_type_class, "kinds of virtual graphics cards", "uuid",
		"vendor-name", "model-name", "max-heads", "max-resolution"),
	ABSENT("pusb", pusb_class, "USB devices that guests could be given", "uuid", "path",
		"vendor-id", "vendor-desc", "product-id", "product-desc", "serial", "version",
		"description", "speed"),
	ABSENT("usb-group", usb_group_class, "groups of USB devices", "uuid", "name-label",
		"name-description"),
	ABSENT("vusb", vusb_class, "virtual USB devices", "uuid", "vm-uuid", "usb-group-uuid"),
	ABSENT("tunnel", tunnel_class, "tunnels between hosts", "uuid", "access-PIF",
		"transport-PIF", "status"),
	ABSENT("network-sriov", network_sriov_class, "networks of virtual functions", "uuid",
		"requires-reboot"),
	ABSENT("sdn-controller", sdn_controller_class, "controllers of virtual switches", "uuid",
		"protocol", "address", "port"),
	ABSENT("pvs-site", pvs_site_class, "sites of PVS servers", "uuid", "name-label",
		"name-description", "pvs-uuid", "pvs-server-uuids"),
	ABSENT("pvs-server", pvs_server_class, "PVS servers", "uuid", "addresses", "pvs-site-uuid"),
	ABSENT("pvs-proxy", pvs_proxy_class, "PVS proxies", "uuid", "pvs-site-uuid", "vif-uuid",
		"currently-attached"),
	ABSENT("pvs-cache-storage", pvs_cache_storage_class, "caches of PVS proxies", "uuid",
		"host-uuid", "sr-uuid", "pvs-site-uuid", "size"),
	ABSENT("feature", feature_class, "features of the edition", "uuid", "name-label",
		"name-description", "enabled", "experimental", "version", "host-uuid"),
	ABSENT("cluster", cluster_class, "clusters of hosts", "uuid", "cluster-hosts",
		"cluster-token", "cluster-stack", "allowed-operations", "current-operations",
		"pool-auto-join", "cluster-config", "other-config"),
	ABSENT("cluster-host", cluster_host_class, "hosts in clusters", "uuid", "cluster", "host",
		"enabled", "allowed-operations", "current-operations", "other-config"),
	ABSENT("host-crashdump", host_crashdump_class, "crash dumps of the host", "uuid",
		"timestamp", "size"),
	ABSENT("drtask", drtask_class, "recoveries of pools", "uuid", "introduced-SRs"),
	ABSENT("repository", repository_class, "repositories of updates", "uuid", "name-label",
		"name-description", "binary-url", "source-url", "update", "hash", "gpgkey-path",
		"origin"),
	ABSENT("observer", observer_class, "traces of the toolstack", "uuid", "host-uuids",
		"name-label", "name-description", "endpoints", "enabled"),
	ABSENT("vm-group", vm_group_class, "groups of VMs by placement", "uuid", "name-label",
		"name-description", "placement", "vm-uuids"),
	ABSENT("hostdriver", hostdriver_class, "drivers with variants", "uuid", "name", "host-uuid",
		"active-variant", "selected-variant", "variants", "variants-uuid"),
	ABSENT("hostdriver-variant", hostdriver_variant_class, "variants of drivers", "uuid",
		"name", "version", "status", "priority", "active", "selected", "driver-uuid",
		"driver-name", "host-uuid", "hw-present"),
	ABSENT("caller", caller_class, "callers of the API", "uuid", "name-label",
		"name-description", "user-agent", "client-ip", "last-access", "groups",
		"rate-limit"),
	ABSENT("rate-limit", rate_limit_class, "limits of callers", "uuid", "name-label", "callers",
		"burst-size", "fill-rate"),
	ABSENT("certificate", certificate_class, "certificates of the API server", "uuid", "type",
		"name", "host", "not-before", "not-after", "fingerprint", "purpose"),
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
	X(vm_destroy_op)                                                                           \
	X(vm_uninstall_op)                                                                         \
	X(vm_disk_add_op)                                                                          \
	X(vm_apply_op)                                                                             \
	X(vm_adopt_disks_op)                                                                       \
	X(vm_freeze_op)                                                                            \
	X(vm_clone_op)                                                                             \
	X(vm_copy_op)                                                                              \
	X(vm_template_op)                                                                          \
	X(vm_install_op)                                                                           \
	X(vm_create_op)                                                                            \
	X(vm_export_op)                                                                            \
	X(vm_import_op)                                                                            \
	X(coalesce_commit_op)                                                                      \
	X(coalesce_pull_op)                                                                        \
	X(vdi_create_op)                                                                           \
	X(vdi_copy_op)                                                                             \
	X(vdi_destroy_op)                                                                          \
	X(vdi_forget_op)                                                                           \
	X(vdi_import_op)                                                                           \
	X(vdi_resize_op)                                                                           \
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

#define ROW(op) &(op),
const struct op_type *const op_types[] = { OPERATIONS(ROW) NULL };

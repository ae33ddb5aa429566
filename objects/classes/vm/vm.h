/* SPDX-License-Identifier: MIT */
/*
 * VM: virtual machines, templates and snapshots are one class; flags distinguish them. A member has
 * the name of its xe field; members that are not fields of xe are at the end.
 */
#pragma once

#include "objects/model/record.h"

/* vm.home of a halted VM that no host has: its definition is in domain_xml, and vm_take() gives it a host. */
#define HOME_NONE "none"

enum power_state { POWER_HALTED, POWER_RUNNING, POWER_PAUSED, POWER_SUSPENDED };

enum on_normal_exit { EXIT_DESTROY, EXIT_RESTART };
enum on_softreboot { SOFTREBOOT_SOFT, SOFTREBOOT_DESTROY, SOFTREBOOT_RESTART, SOFTREBOOT_PRESERVE };
enum on_crash {
	CRASH_DESTROY,
	CRASH_COREDUMP_AND_DESTROY,
	CRASH_RESTART,
	CRASH_COREDUMP_AND_RESTART,
	CRASH_PRESERVE,
	CRASH_RENAME_RESTART,
};
enum domain_type { DOMAIN_UNSPECIFIED, DOMAIN_HVM, DOMAIN_PV, DOMAIN_PV_IN_PVH, DOMAIN_PVH };

struct hv_domain;

struct vm {
	struct record r;
	char *name_label;
	char *name_description;
	int64_t user_version;
	bool is_a_template;
	bool is_default_template;
	bool is_a_snapshot;
	char *snapshot_of;
	int64_t snapshot_time;
	char *transportable_snapshot_id;
	struct map snapshot_info;
	char *parent; /* UUID of the snapshot on which this VM or snapshot is based; NULL: none */
	bool is_control_domain;
	int64_t memory_overhead;
	int64_t memory_static_max, memory_dynamic_max; /* in bytes */
	int64_t memory_dynamic_min, memory_static_min;
	char *suspend_vdi;
	char *suspend_sr;
	struct map vcpus_params;
	int64_t vcpus_max, vcpus_at_startup;
	int actions_after_shutdown, actions_after_reboot; /* enum on_normal_exit */
	int actions_after_softreboot;			  /* enum on_softreboot */
	int actions_after_crash;			  /* enum on_crash */
	struct map platform;
	/* xe's names of operations that are blocked, each with the reason */
	struct map blocked_operations;
	int domain_type; /* enum domain_type */
	char *hvm_boot_policy;
	struct map hvm_boot_params;
	double hvm_shadow_multiplier;
	struct map nvram;
	char *pv_kernel, *pv_ramdisk, *pv_args, *pv_legacy_args;
	char *pv_bootloader, *pv_bootloader_args;
	struct map last_boot_cpu_flags;
	char *affinity;
	struct map other_config;
	char *recommendations;
	struct map xenstore_data;
	char *ha_restart_priority;
	struct map blobs;
	int64_t start_time, install_time;
	struct strv tags;
	char *appliance;
	struct strv groups;
	int secureboot_certificates_state;
	char *snapshot_schedule;
	bool is_vmss_snapshot;
	char *taken_by;	    /* of a snapshot: UUID of the schedule that took it */
	int64_t taken_slot; /* of a snapshot that a schedule took: the time for which it was due */
	int64_t start_delay, shutdown_delay, order; /* delays in seconds */
	int64_t version;
	char *generation_id;
	int64_t hardware_platform_version;
	bool has_vendor_device;
	bool requires_reboot;
	char *reference_label;
	struct map bios_strings;
	struct strv pending_guidances, pending_guidances_recommended, pending_guidances_full;

	/* Not fields of xe. */
	/* only POWER_HALTED or POWER_SUSPENDED; vm_power_state() gives the present state */
	int power_state;
	/* name of the VM's domain in libvirt: chosen once, and another one only after another program has renamed it */
	char *libvirt_name;
	/* the domain's title from before such a rename, until the definition loses it; the VM is not called so; "": none */
	char *old_title;
	/* UUID of the host whose libvirt has the domain; NULL: the only host, or there is no domain; HOME_NONE */
	char *home;
	/*
	 * UUID of the host that was its home when a person said that it is dead (host-declare-dead), as long as home is
	 * HOME_NONE; else ""
	 */
	char *last_home;
	/* the power state that the VM's home has seen last; for other hosts */
	int seen_state;
	/* of snapshots, templates, and VMs that no host has: XML of the domain from which they were made */
	char *domain_xml;
	char *metadata;	  /* of snapshots: the VM's record when the snapshot was taken, as JSON */
	bool adopted;	  /* its domain is older than vxe */
	bool has_tpm;	  /* the domain's definition has a TPM */
	int64_t consoles; /* number of screens and serial lines */
	bool autostart;	  /* of a Suspended VM: whether libvirt's autostart flag was set before */
	/*
	 * of snapshots: UUIDs of the layers with copies of UEFI variables and TPM state, see
	 * objects/guest_state/firmware_state.h
	 */
	char *nvram_node, *tpm_node;
	/* of a snapshot that libvirt keeps itself: its name in libvirt; else "" */
	char *libvirt_snapshot;
	/* of a snapshot that vxe has removed from libvirt's list, now or once: libvirt's XML document of it; else "" */
	char *libvirt_document;
	/*
	 * of VMs: text that says which of libvirt's own snapshots vxe has seen last, see
	 * objects/domain/foreign_snapshots/adopt_snapshots.h; "": none
	 */
	char *snapshots_seen;
};

RECORD_TYPE(vm)
/* Makes a VM record, not stored, by which a transient domain of libvirt is listed. Owned. */
struct vm *vm_transient(const struct hv_domain *domain);

/*
 * Key of snapshot-info of a snapshot that libvirt keeps itself. Its values say where the snapshot's content is:
 * "internal" (inside an image), "external" (in files of its own), or the two "hidden" ones below.
 */
#define VM_KEPT_BY_LIBVIRT "libvirt"
#define VM_KEPT_INSIDE "internal"
#define VM_KEPT_OUTSIDE "external"
/*
 * Value of snapshot-info:libvirt for an internal snapshot in an image on which vxe has put layers: a revert by libvirt
 * would rewrite data that these layers need. So vxe has removed the snapshot from libvirt's list, and stores libvirt's
 * XML document of it.
 */
#define VM_KEPT_HIDDEN "hidden"
/*
 * Value of snapshot-info:libvirt for an external snapshot whose files an object of vxe needs: by going back to the
 * snapshot, or deleting it, libvirt would remove or merge these files. So vxe has removed it from libvirt's list, and
 * stores libvirt's XML document of it, as with VM_KEPT_HIDDEN.
 */
#define VM_KEPT_APART "hidden-external"

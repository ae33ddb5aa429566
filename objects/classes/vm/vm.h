/* SPDX-License-Identifier: MIT */
/*
 * VM: virtual machines, templates and snapshots are one class; flags distinguish them. A member has
 * the name of its xe field; members that are not fields of xe are at the end.
 */
#pragma once

#include "objects/model/record.h"

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
	char *parent; /* the snapshot above it in the tree of snapshots */
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
	struct map blocked_operations; /* operations that are blocked, each with the reason */
	int domain_type;	       /* enum domain_type */
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
	bool ha_always_run;
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
	int64_t taken_slot; /* of a snapshot of a schedule: the time for which it was due */
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
	int power_state; /* POWER_HALTED or POWER_SUSPENDED; vm_power_state() has the present state */
	char *libvirt_name; /* name of its domain in libvirt, chosen once */
	char *domain_xml;   /* of snapshots and templates: the domain's XML when they were made */
	char *metadata;	    /* of snapshots: the VM's record when it was taken, as JSON */
	bool adopted;	    /* its domain is older than vxe */
	bool has_tpm;	    /* the domain's definition has a TPM */
	int64_t consoles;   /* number of screens and serial lines */
	bool autostart;	    /* while it is Suspended: libvirt's flag autostart before */
	/* of snapshots: copies of UEFI variables and TPM state, see objects/guest_state/firmware_state.h */
	char *nvram_node, *tpm_node;
	char *libvirt_snapshot; /* of a snapshot that libvirt keeps: its name in libvirt; else "" */
	/* of a snapshot that vxe hides from libvirt, or once hid: libvirt's document of it; else "" */
	char *libvirt_document;
	/*
	 * of VMs: the snapshots of libvirt seen last, see
	 * objects/domain/foreign_snapshots/adopt_snapshots.h; "": none
	 */
	char *snapshots_seen;
};

RECORD_TYPE(vm)
/* The VM record as which a transient domain is listed. */
struct vm *vm_transient(const struct hv_domain *domain);

/* Key of snapshot-info: where a snapshot that libvirt keeps has its content; the values follow. */
#define VM_KEPT_BY_LIBVIRT "libvirt"
#define VM_KEPT_INSIDE "internal"
#define VM_KEPT_OUTSIDE "external"
/*
 * Inside an image on which vxe has put layers: a revert by libvirt would rewrite what they need, so libvirt has forgotten
 * the snapshot, and vxe keeps its document.
 */
#define VM_KEPT_HIDDEN "hidden"
/*
 * Outside, and something of vxe's needs the layers: going back to the snapshot, or deleting it, libvirt would remove or
 * merge their files. Else as VM_KEPT_HIDDEN.
 */
#define VM_KEPT_APART "hidden-external"

/* SPDX-License-Identifier: MIT */
/*
 * host: this machine; its UUID is libvirt's host UUID. The record contains the values set by users;
 * the rest is read when it is shown. Settings whose doc says "unused" are stored without effect:
 * other tools of the host manage them.
 */
#pragma once

#include "objects/model/record.h"

/* From so many seconds of difference on, a host's clock counts as wrong. */
#define CLOCK_WRONG 30

enum numa_policy { NUMA_DEFAULT, NUMA_ANY, NUMA_BEST_EFFORT };
enum ntp_mode { NTP_FACTORY, NTP_DHCP, NTP_CUSTOM, NTP_DISABLED };

struct host {
	struct record r;
	char *name_label;
	char *name_description;
	bool enabled;
	struct map logging;
	char *suspend_image_sr;
	char *crash_dump_sr;
	struct map other_config;
	bool https_only;
	struct strv tags;
	bool ssl_legacy;
	struct map guest_vcpus_params;
	char *control_domain;
	char *iscsi_iqn;
	bool multipathing;
	char *uefi_certificates;
	int numa_affinity_policy;			   /* enum numa_policy */
	int64_t ssh_enabled_timeout, console_idle_timeout; /* in seconds */
	bool ssh_auto_mode;
	char *max_cstate;
	int ntp_mode; /* enum ntp_mode */
	struct strv ntp_custom_servers;
	char *timezone; /* "": that of the machine */

	char *driver; /* name of the hypervisor's driver, "QEMU", as recorded at first contact */
	/*
	 * UUID by which libvirt names the host ("": the record's own) and identity of the machine and of its board ("":
	 * unknown); see objects/classes/host/host_identity.h
	 */
	char *hypervisor_uuid, *machine, *board;
	/* UUIDs of the stores that the host had before it joined the pool; domains and folders may still name them */
	struct strv former_stores;
	/* when a person has said that it is dead (host-declare-dead); 0: nobody has, or it has come back */
	int64_t dead;
	/* in a pool: by how many seconds its clock was ahead, if it was wrong; see clock_ahead() */
	int64_t clock_ahead;
	/* files of volumes that definitions of the host's libvirt name: objects/file_index/volumes.h */
	struct map volumes;
	char *facts; /* in a pool, the facts about the machine: objects/classes/host/recorded_facts.h */
};

RECORD_TYPE(host)

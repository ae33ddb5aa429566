/* SPDX-License-Identifier: MIT */
/*
 * pool: the one record for the whole store; its UUID marks vxe's domains. Settings whose doc says
 * "unused" are stored without effect.
 */
#pragma once

#include "objects/model/record.h"

enum pool_frequency { FREQUENCY_DAILY, FREQUENCY_WEEKLY };

struct pool {
	struct record r;
	char *name_label;
	char *name_description;
	char *master;
	char *default_sr;
	char *crash_dump_sr;
	char *suspend_image_sr;
	struct map other_config;
	int64_t ha_host_failures_to_tolerate;
	bool ha_allow_overcommit, ha_reboot_vm_on_internal_shutdown;
	bool wlb_enabled, wlb_verify_cert;
	bool igmp_snooping_enabled;
	struct map gui_config, health_check_config, guest_agent_config, license_server;
	struct strv tags;
	bool policy_no_vendor_device, live_patching_disabled;
	char *uefi_certificates, *custom_uefi_certificates;
	struct strv repositories;
	bool https_only, migration_compression, coordinator_bias;
	bool auto_update_certificates; /* update certificates for the Secure Boot of guests */
	bool ext_auth_cache_enabled;
	int64_t ext_auth_cache_size, ext_auth_cache_expiry;
	int64_t ssh_enabled_timeout, console_idle_timeout; /* seconds */
	bool ssh_auto_mode;
	bool limit_console_sessions;
	int64_t vm_console_idle_timeout; /* seconds */

	/* In a host's own store: whether its records are the true ones (""), POOL_MOVING or POOL_AWAY. */
	char *move;
};

/*
 * A command moves the records to or from the store that the mark beside this one names (objects/start/pool_mark.h).
 * That store knows whether they have arrived; nobody writes to this one.
 */
#define POOL_MOVING "moving"
/* The records are in the store that the mark beside this one names; these are old ones. */
#define POOL_AWAY "away"

RECORD_TYPE(pool)

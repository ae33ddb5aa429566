/* SPDX-License-Identifier: MIT */
/* The tables of enum values, as xe prints and accepts them. */
#pragma once

#include "objects/model/class.h"

extern const struct enum_table power_state_table;
extern const struct enum_table on_normal_exit_table;
extern const struct enum_table on_softreboot_table;
extern const struct enum_table on_crash_table;
extern const struct enum_table domain_type_table;
extern const struct enum_table secureboot_state_table;
extern const struct enum_table vdi_type_table;
extern const struct enum_table on_boot_table;
extern const struct enum_table vbd_type_table;
extern const struct enum_table vbd_mode_table;
extern const struct enum_table vif_locking_table;
extern const struct enum_table vif_ipv4_mode_table;
extern const struct enum_table vif_ipv6_mode_table;
extern const struct enum_table network_locking_table;
extern const struct enum_table network_purpose_table;
extern const struct enum_table task_status_table;
extern const struct enum_table message_cls_table;
extern const struct enum_table vmss_type_table;
extern const struct enum_table vmss_frequency_table;
extern const struct enum_table vmss_missed_table;
extern const struct enum_table ip_mode_table;
extern const struct enum_table ipv6_mode_table;
extern const struct enum_table address_type_table;
extern const struct enum_table igmp_status_table;
extern const struct enum_table bond_mode_table;
extern const struct enum_table console_protocol_table;
extern const struct enum_table host_display_table;
extern const struct enum_table numa_policy_table;
extern const struct enum_table ntp_mode_table;
extern const struct enum_table updates_applied_table;
extern const struct enum_table telemetry_frequency_table;
extern const struct enum_table update_frequency_table;
extern const struct enum_table node_origin_table;
extern const struct enum_table node_kind_table;
extern const struct enum_table node_state_table;

/* The word for the value in documents. */
const char *enum_stored(const struct enum_table *t, int value);
/* The word for the value in lists. */
const char *enum_print(const struct enum_table *t, int value);
/* The value of a word in a document, or of a user's word (any case); -1: none. */
int enum_from_stored(const struct enum_table *t, const char *text);
int enum_from_input(const struct enum_table *t, const char *text);
/*
 * Reads the word that a user has entered for a value of the enum. A wrong word fails with CLI_FAILURE and xe's error
 * text.
 */
int enum_read(const struct enum_table *t, const char *text, int *ret, struct vxe_error *err);
/* The words that users may enter: "'destroy', 'restart'". Owned. */
char *enum_inputs(const struct enum_table *t);

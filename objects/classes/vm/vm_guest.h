/* SPDX-License-Identifier: MIT */
/*
 * Getters of VM fields whose values come from the guest's agent; without an agent the fields show "<not in database>".
 */
#pragma once

#include "objects/classes/common/getters.h"

getter_fn vm_get_os_version;
getter_fn vm_get_networks;
getter_fn vm_get_address;
getter_fn vm_get_guest_other;
getter_fn vm_get_guest_memory;
getter_fn vm_get_guest_present; /* getter of fields that are true while the guest's agent answers */
/* getter of map fields about which the guest's agent says nothing: empty while the agent answers */
getter_fn vm_get_guest_empty;
getter_fn vm_get_guest_updated;
getter_fn vm_get_can_hotplug;

/* SPDX-License-Identifier: MIT */
/* Getters of VM fields from the guest's agent; "<not in database>" without an agent. */
#pragma once

#include "objects/classes/common/getters.h"

getter_fn vm_get_os_version;
getter_fn vm_get_networks;
getter_fn vm_get_address;
getter_fn vm_get_guest_other;
getter_fn vm_get_guest_memory;
getter_fn vm_get_guest_present; /* for fields that are true while the agent answers */
getter_fn
	vm_get_guest_empty; /* for maps about which the agent says nothing: empty while it answers */
getter_fn vm_get_guest_updated;
getter_fn vm_get_can_hotplug;

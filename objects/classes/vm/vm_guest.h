/* SPDX-License-Identifier: MIT */
/* Getters of VM fields that the guest's agent answers; "<not in database>" without one. */
#pragma once

#include "objects/classes/common/getters.h"

getter_fn vm_get_os_version;
getter_fn vm_get_networks;
getter_fn vm_get_guest_other;
getter_fn vm_get_guest_memory;
getter_fn vm_get_guest_present; /* true */
getter_fn vm_get_guest_empty;	/* a map that the agent says nothing about */
getter_fn vm_get_guest_updated;
getter_fn vm_get_can_hotplug;

/* SPDX-License-Identifier: MIT */
/*
 * Classes of xe of which a KVM host has no objects. Scripts list them all the same: the list is
 * empty, as on a XenServer without any, and a UUID is that of no object. The store knows none of
 * them.
 */
#pragma once

#include "objects/model/class.h"

extern const struct class pci_class, pgpu_class, gpu_group_class, vgpu_class, vgpu_type_class,
	pusb_class, usb_group_class, vusb_class, tunnel_class, network_sriov_class,
	sdn_controller_class, pvs_site_class, pvs_server_class, pvs_proxy_class,
	pvs_cache_storage_class, feature_class, cluster_class, cluster_host_class,
	host_crashdump_class, drtask_class, repository_class, observer_class, vm_group_class,
	hostdriver_class, hostdriver_variant_class, caller_class, rate_limit_class,
	certificate_class;

/* SPDX-License-Identifier: MIT */
/*
 * Classes of xe that have no objects on a KVM host. Scripts list them nevertheless: the list is
 * empty, as on a XenServer without such objects, and every UUID is unknown. The store does not
 * contain these classes.
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

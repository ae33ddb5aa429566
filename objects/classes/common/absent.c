/* SPDX-License-Identifier: MIT */
/* The fields of classes without objects, in xe's print order. */
#include "objects/classes/common/absent.h"

#include "objects/classes/common/getters.h"

#define ROW(name_, type_, flags_)                                                                  \
	{                                                                                          \
		name_, "Of no object.", COMPUTED(type_, get_nothing),                              \
			.flags = (flags_), .source = "no such object exists"                       \
	}
#define TEXT(name_, flags_) ROW(name_, FIELD_STRING, flags_)
#define INT(name_, flags_) ROW(name_, FIELD_INT, flags_)
#define BOOL(name_, flags_) ROW(name_, FIELD_BOOL, flags_)
#define FLOAT(name_, flags_) ROW(name_, FIELD_FLOAT, flags_)
#define SET(name_, flags_) ROW(name_, FIELD_STRINGS, flags_)
#define MAP(name_, flags_) ROW(name_, FIELD_MAP, flags_)

#define ABSENT(prefix_, name_)                                                                     \
	const struct class prefix_##_class = {                                                     \
		.name = (name_),                                                                   \
		.size = sizeof(struct record),                                                     \
		.fields = prefix_##_fields,                                                        \
		.absent = true,                                                                    \
	}

static const struct field pci_fields[] = {
	TEXT("uuid", 0),
	TEXT("vendor-name", 0),
	TEXT("device-name", 0),
	TEXT("driver-name", 0),
	TEXT("host-uuid", 0),
	TEXT("host-name-label", 0),
	TEXT("pci-id", 0),
	SET("dependencies", 0),
	MAP("other-config", F_ADD),
	{ 0 },
};
ABSENT(pci, "PCI");

static const struct field pgpu_fields[] = {
	TEXT("uuid", 0),
	TEXT("pci-uuid", 0),
	TEXT("vendor-name", 0),
	TEXT("device-name", 0),
	TEXT("dom0-access", 0),
	BOOL("is-system-display-device", 0),
	TEXT("gpu-group-uuid", F_SET),
	TEXT("gpu-group-name-label", 0),
	TEXT("host-uuid", 0),
	TEXT("host-name-label", 0),
	TEXT("pci-id", 0),
	SET("dependencies", 0),
	MAP("other-config", F_ADD),
	TEXT("supported-VGPU-types", 0),
	SET("enabled-VGPU-types", F_SET | F_ADD),
	TEXT("resident-VGPUs", 0),
	{ 0 },
};
ABSENT(pgpu, "PGPU");

static const struct field gpu_group_fields[] = {
	TEXT("uuid", 0),
	TEXT("name-label", F_SET),
	TEXT("name-description", F_SET),
	SET("VGPU-uuids", 0),
	SET("PGPU-uuids", 0),
	MAP("other-config", F_ADD),
	TEXT("enabled-VGPU-types", 0),
	TEXT("supported-VGPU-types", 0),
	TEXT("allocation-algorithm", F_SET),
	{ 0 },
};
ABSENT(gpu_group, "GPU_group");

static const struct field vgpu_fields[] = {
	TEXT("uuid", 0),
	TEXT("vm-uuid", 0),
	TEXT("vm-name-label", 0),
	TEXT("device", 0),
	TEXT("gpu-group-uuid", 0),
	TEXT("gpu-group-name-label", 0),
	BOOL("currently-attached", 0),
	MAP("other-config", F_ADD),
	TEXT("type-uuid", 0),
	TEXT("type-model-name", 0),
	TEXT("resident-on", 0),
	TEXT("compatibility-metadata", 0),
	TEXT("extra_args", F_SET),
	TEXT("pci", 0),
	{ 0 },
};
ABSENT(vgpu, "VGPU");

static const struct field vgpu_type_fields[] = {
	TEXT("uuid", 0),
	TEXT("vendor-name", 0),
	TEXT("model-name", 0),
	INT("framebuffer-size", 0),
	INT("max-heads", 0),
	INT("max-resolution", 0),
	TEXT("supported-on-PGPUs", 0),
	TEXT("enabled-on-PGPUs", 0),
	TEXT("supported-on-GPU-groups", 0),
	TEXT("enabled-on-GPU-groups", 0),
	TEXT("VGPU-uuids", 0),
	BOOL("experimental", 0),
	TEXT("compatible-types-in-vm", 0),
	{ 0 },
};
ABSENT(vgpu_type, "VGPU_type");

static const struct field pusb_fields[] = {
	TEXT("uuid", 0),
	TEXT("usb-group-uuid", 0),
	TEXT("host-uuid", 0),
	TEXT("host-name-label", 0),
	TEXT("path", 0),
	TEXT("vendor-id", 0),
	TEXT("vendor-desc", 0),
	TEXT("product-id", 0),
	TEXT("product-desc", 0),
	TEXT("serial", 0),
	TEXT("version", 0),
	TEXT("description", 0),
	FLOAT("speed", 0),
	BOOL("passthrough-enabled", F_SET),
	{ 0 },
};
ABSENT(pusb, "PUSB");

static const struct field usb_group_fields[] = {
	TEXT("uuid", 0),
	TEXT("name-label", F_SET),
	TEXT("name-description", F_SET),
	SET("VUSB-uuids", 0),
	SET("PUSB-uuids", 0),
	MAP("other-config", F_ADD),
	{ 0 },
};
ABSENT(usb_group, "USB_group");

static const struct field vusb_fields[] = {
	TEXT("uuid", 0),
	TEXT("vm-uuid", 0),
	TEXT("vm-name-label", 0),
	TEXT("usb-group-uuid", 0),
	TEXT("usb-group-name-label", 0),
	MAP("other-config", F_ADD),
	BOOL("currently-attached", 0),
	SET("allowed-operations", 0),
	SET("current-operations", 0),
	{ 0 },
};
ABSENT(vusb, "VUSB");

static const struct field tunnel_fields[] = {
	TEXT("uuid", 0),
	TEXT("access-PIF", 0),
	TEXT("transport-PIF", 0),
	TEXT("status", 0),
	MAP("other-config", F_ADD),
	TEXT("protocol", 0),
	{ 0 },
};
ABSENT(tunnel, "tunnel");

static const struct field network_sriov_fields[] = {
	TEXT("uuid", 0),
	TEXT("physical-PIF", 0),
	TEXT("logical-PIF", 0),
	BOOL("requires-reboot", 0),
	INT("remaining-capacity", F_COSTLY),
	{ 0 },
};
ABSENT(network_sriov, "network_sriov");

static const struct field sdn_controller_fields[] = {
	TEXT("uuid", 0),
	TEXT("protocol", 0),
	TEXT("address", 0),
	INT("port", 0),
	{ 0 },
};
ABSENT(sdn_controller, "SDN_controller");

static const struct field pvs_site_fields[] = {
	TEXT("uuid", 0),
	TEXT("name-label", F_SET),
	TEXT("name-description", F_SET),
	TEXT("pvs-uuid", F_SET),
	SET("pvs-cache-storage-uuids", 0),
	SET("pvs-server-uuids", 0),
	SET("pvs-proxy-uuids", 0),
	{ 0 },
};
ABSENT(pvs_site, "PVS_site");

static const struct field pvs_server_fields[] = {
	TEXT("uuid", 0),
	SET("addresses", 0),
	INT("first-port", 0),
	INT("last-port", 0),
	TEXT("pvs-site-uuid", 0),
	{ 0 },
};
ABSENT(pvs_server, "PVS_server");

static const struct field pvs_proxy_fields[] = {
	TEXT("uuid", 0),
	TEXT("pvs-site-uuid", 0),
	TEXT("vif-uuid", 0),
	BOOL("currently-attached", 0),
	TEXT("status", 0),
	{ 0 },
};
ABSENT(pvs_proxy, "PVS_proxy");

static const struct field pvs_cache_storage_fields[] = {
	TEXT("uuid", 0),
	TEXT("host-uuid", 0),
	TEXT("sr-uuid", 0),
	TEXT("pvs-site-uuid", 0),
	INT("size", 0),
	TEXT("vdi-uuid", 0),
	{ 0 },
};
ABSENT(pvs_cache_storage, "PVS_cache_storage");

static const struct field feature_fields[] = {
	TEXT("uuid", 0),
	TEXT("name-label", 0),
	TEXT("name-description", 0),
	BOOL("enabled", 0),
	BOOL("experimental", 0),
	TEXT("version", 0),
	TEXT("host-uuid", 0),
	{ 0 },
};
ABSENT(feature, "Feature");

static const struct field cluster_fields[] = {
	TEXT("uuid", 0),
	SET("cluster-hosts", 0),
	TEXT("cluster-token", 0),
	TEXT("cluster-stack", 0),
	INT("cluster-stack-version", 0),
	FLOAT("token-timeout", 0),
	FLOAT("token-timeout-coefficient", 0),
	SET("pending-forget", F_HIDDEN),
	SET("allowed-operations", 0),
	SET("current-operations", 0),
	BOOL("pool-auto-join", 0),
	MAP("cluster-config", 0),
	MAP("other-config", F_ADD),
	TEXT("is-quorate", 0),
	INT("quorum", 0),
	INT("live-hosts", 0),
	INT("expected-hosts", 0),
	{ 0 },
};
ABSENT(cluster, "Cluster");

static const struct field cluster_host_fields[] = {
	TEXT("uuid", 0),
	TEXT("cluster", 0),
	TEXT("PIF", 0),
	TEXT("host", 0),
	BOOL("enabled", 0),
	BOOL("joined", 0),
	BOOL("live", 0),
	TEXT("last-update-live", 0),
	SET("allowed-operations", 0),
	SET("current-operations", 0),
	MAP("other-config", 0),
	{ 0 },
};
ABSENT(cluster_host, "Cluster_host");

static const struct field host_crashdump_fields[] = {
	TEXT("uuid", 0),
	TEXT("host-uuid", 0),
	TEXT("timestamp", 0),
	INT("size", 0),
	{ 0 },
};
ABSENT(host_crashdump, "host_crashdump");

static const struct field drtask_fields[] = {
	TEXT("uuid", 0),
	TEXT("introduced-SRs", 0),
	{ 0 },
};
ABSENT(drtask, "DR_task");

static const struct field repository_fields[] = {
	TEXT("uuid", 0),
	TEXT("name-label", F_SET),
	TEXT("name-description", F_SET),
	TEXT("binary-url", 0),
	TEXT("source-url", 0),
	BOOL("update", 0),
	TEXT("hash", 0),
	TEXT("gpgkey-path", F_SET),
	TEXT("origin", 0),
	TEXT("certificate", F_HIDDEN),
	{ 0 },
};
ABSENT(repository, "Repository");

static const struct field observer_fields[] = {
	TEXT("uuid", 0),
	SET("host-uuids", F_SET | F_ADD),
	TEXT("name-label", 0),
	TEXT("name-description", 0),
	MAP("attributes", F_ADD),
	SET("endpoints", F_SET | F_ADD),
	SET("components", F_SET | F_ADD),
	BOOL("enabled", F_SET),
	{ 0 },
};
ABSENT(observer, "Observer");

static const struct field vm_group_fields[] = {
	TEXT("uuid", 0),
	TEXT("name-label", F_SET),
	TEXT("name-description", F_SET),
	TEXT("placement", 0),
	SET("vm-uuids", 0),
	{ 0 },
};
ABSENT(vm_group, "VM_group");

static const struct field hostdriver_fields[] = {
	TEXT("uuid", 0),
	TEXT("name", 0),
	TEXT("type", 0),
	TEXT("description", 0),
	TEXT("info", 0),
	TEXT("host-uuid", 0),
	TEXT("active-variant", 0),
	TEXT("selected-variant", 0),
	TEXT("variants", 0),
	TEXT("variants-dev-status", 0),
	TEXT("variants-uuid", 0),
	TEXT("variants-hw-present", 0),
	{ 0 },
};
ABSENT(hostdriver, "Host_driver");

static const struct field hostdriver_variant_fields[] = {
	TEXT("uuid", 0),
	TEXT("name", 0),
	TEXT("version", 0),
	TEXT("status", 0),
	TEXT("priority", 0),
	BOOL("active", 0),
	BOOL("selected", 0),
	TEXT("driver-uuid", 0),
	TEXT("driver-name", 0),
	TEXT("host-uuid", 0),
	BOOL("hw-present", 0),
	{ 0 },
};
ABSENT(hostdriver_variant, "Driver_variant");

static const struct field caller_fields[] = {
	TEXT("uuid", 0),
	TEXT("name-label", F_SET),
	TEXT("name-description", F_SET),
	TEXT("user-agent", 0),
	TEXT("client-ip", 0),
	TEXT("last-access", 0),
	SET("groups", F_ADD),
	TEXT("rate-limit", 0),
	{ 0 },
};
ABSENT(caller, "Caller");

static const struct field rate_limit_fields[] = {
	TEXT("uuid", 0),
	TEXT("name-label", F_SET),
	TEXT("name-description", F_SET),
	SET("callers", 0),
	FLOAT("burst-size", F_SET),
	FLOAT("fill-rate", F_SET),
	{ 0 },
};
ABSENT(rate_limit, "Rate_limit");

static const struct field certificate_fields[] = {
	TEXT("uuid", 0),
	TEXT("type", 0),
	TEXT("name", 0),
	TEXT("host", 0),
	TEXT("not-before", 0),
	TEXT("not-after", 0),
	TEXT("fingerprint", 0),
	TEXT("fingerprint_sha256", 0),
	TEXT("fingerprint_sha1", 0),
	TEXT("purpose", 0),
	{ 0 },
};
ABSENT(certificate, "Certificate");

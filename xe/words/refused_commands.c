/* SPDX-License-Identifier: MIT */
/* Commands of xe that mean nothing on KVM: each is refused by name, with the reason. */
#include "xe/words/refused_commands.h"

#include <string.h>

static const struct {
	const char *reason;
	const char *names; /* names of commands, separated by blanks */
} refusals[] = {
	{ "SRs hold no copy of the database; pool-dump-database writes one",
		" appliance-assert-can-be-recovered appliance-recover drtask-create"
		" drtask-destroy pool-disable-redo-log pool-enable-redo-log"
		" sr-disable-database-replication sr-enable-database-replication"
		" vm-assert-can-be-recovered vm-recover " },
	{ "binary data of objects is kept by no daemon",
		" blob-create blob-get blob-put pool-disable-binary-storage pool-enable-binary-storage " },
	{ "there is no API server whose callers could be limited",
		" caller-create caller-destroy caller-list-usage caller-query-usage"
		" rate-limit-add-caller rate-limit-create rate-limit-destroy rate-limit-remove-caller " },
	{ "there is no API server that would need certificates",
		" host-emergency-disable-tls-verification host-emergency-reenable-tls-verification "
		"host-emergency-reset-server-certificate host-get-server-certificate "
		"host-refresh-server-certificate host-reset-server-certificate "
		"host-server-certificate-install pool-certificate-install pool-certificate-list "
		"pool-certificate-sync pool-certificate-uninstall pool-crl-install pool-crl-list "
		"pool-crl-uninstall pool-disable-client-certificate-auth pool-disable-ssl-legacy "
		"pool-enable-client-certificate-auth pool-enable-tls-verification "
		"pool-install-ca-certificate pool-install-trusted-certificate"
		" pool-secret-rotate pool-uninstall-ca-certificate pool-uninstall-trusted-certificate " },
	{ "clusters are those of GFS2 storage, which only XenServer has",
		" cluster-create cluster-destroy cluster-host-create cluster-host-destroy"
		" cluster-host-disable cluster-host-enable cluster-host-force-destroy"
		" cluster-pool-create cluster-pool-destroy cluster-pool-force-destroy cluster-pool-resync " },
	{ "it shows the inside of Xen or of its toolstack; the system's own tools do that here",
		" diagnostic-compact diagnostic-db-stats diagnostic-gc-stats"
		" diagnostic-net-stats diagnostic-timing-stats host-bugreport-upload"
		" host-crashdump-destroy host-crashdump-upload host-get-sm-diagnostics"
		" host-get-system-status host-get-system-status-capabilities"
		" host-get-thread-diagnostics host-logs-download host-send-debug-keys"
		" host-sm-dp-destroy host-syslog-reconfigure vm-crashdump-list " },
	{ "there are no licences and editions",
		" diagnostic-license-status host-all-editions host-apply-edition"
		" host-license-add host-license-remove host-license-view pool-apply-edition " },
	{ "XenServer's virtual GPUs do not exist here",
		" gpu-group-create gpu-group-destroy gpu-group-get-remaining-capacity vgpu-create vgpu-destroy " },
	{ "the system's package manager keeps the host up to date",
		" host-apply-updates host-emergency-clear-mandatory-guidance"
		" host-refresh-pack-info patch-apply patch-clean patch-destroy patch-pool-apply"
		" patch-pool-clean patch-precheck patch-upload pool-configure-repository-proxy"
		" pool-configure-update-sync pool-disable-repository-proxy"
		" pool-set-update-sync-enabled pool-sync-bundle pool-sync-updates"
		" repository-forget repository-introduce repository-introduce-bundle"
		" repository-introduce-remote-pool repository-set-gpgkey-path update-apply"
		" update-destroy update-introduce update-pool-apply update-pool-clean"
		" update-precheck update-resync-host update-upload " },
	{ "no daemon records data over time",
		" host-data-source-forget host-data-source-record sr-data-source-forget"
		" sr-data-source-record vm-data-source-forget vm-data-source-record " },
	{ "the database is the master of the pool (docs/pool.md)",
		" pool-designate-new-master pool-emergency-reset-master"
		" pool-emergency-transition-to-master pool-recover-slaves " },
	{ "no agent runs on the hosts",
		" host-notify host-prepare-for-poweroff host-shutdown-agent"
		" host-sync-data " },
	{ "the machine's own controller switches it on (ipmitool, wakeonlan)",
		" host-power-on host-set-power-on-mode " },
	{ "vxe reports nothing to anybody", " pool-reset-telemetry-uuid pool-send-test-post " },
	{ "the disk of a running guest stays in its SR; vdi-copy copies one to another SR",
		" vdi-pool-migrate " },
	{ "a pool is a database, which a host joins with 'vxe pool-join store='", " pool-join " },
	{ "a host keeps its guests when it leaves a pool, which is done with 'vxe pool-eject'",
		" pool-eject " },
	{ "the system's own backup does that; pool-dump-database writes the database",
		" host-backup host-restore " },
	{ "there is no dom0 to hide devices from",
		" host-disable-display host-enable-display pci-disable-dom0-access"
		" pci-enable-dom0-access pci-get-dom0-access-status pgpu-disable-dom0-access"
		" pgpu-enable-dom0-access " },
	{ "who may use vxe is decided by the permissions of the system",
		" host-disable-external-auth host-enable-external-auth"
		" host-external-auth-set-ldaps pool-disable-external-auth"
		" pool-enable-external-auth pool-external-auth-set-ldaps"
		" session-subject-identifier-list session-subject-identifier-logout"
		" session-subject-identifier-logout-all subject-add subject-remove"
		" subject-role-add subject-role-remove user-password-change " },
	{ "it belongs to a storage type of XenServer",
		" host-disable-local-storage-caching host-enable-local-storage-caching"
		" lvhd-enable-thin-provisioning pool-disable-local-storage-caching"
		" pool-enable-local-storage-caching " },
	{ "ssh is configured with the system's own tools",
		" host-disable-ssh host-enable-ssh pool-disable-ssh pool-enable-ssh " },
	{ "the host's network is set up with the system's own tools",
		" host-emergency-management-reconfigure host-management-disable"
		" host-management-reconfigure host-signal-networking-change"
		" host-update-firewalld-service-status pool-management-reconfigure bond-create bond-destroy bond-set-mode pif-db-forget pif-forget pif-introduce"
		" pif-plug pif-reconfigure-ip pif-reconfigure-ipv6 pif-set-primary-address-type"
		" pif-unplug pool-vlan-create tunnel-create tunnel-destroy vlan-create vlan-destroy " },
	{ "no VM is started again by itself: host-declare-dead says that a host has died",
		" host-emergency-ha-disable host-ha-xapi-healthcheck"
		" pool-ha-compute-hypothetical-max-host-failures-to-tolerate"
		" pool-ha-compute-max-host-failures-to-tolerate"
		" pool-ha-compute-vm-failover-plan pool-ha-disable pool-ha-enable pool-ha-prevent-restarts-for " },
	{ "Workload Balancing is a part of XenServer",
		" host-retrieve-wlb-evacuate-recommendations pool-deconfigure-wlb"
		" pool-initialize-wlb pool-retrieve-wlb-configuration"
		" pool-retrieve-wlb-diagnostics pool-retrieve-wlb-recommendations"
		" pool-retrieve-wlb-report pool-send-wlb-configuration vm-retrieve-wlb-recommendations " },
	{ "variants of drivers are a part of XenServer",
		" hostdriver-deselect hostdriver-rescan hostdriver-select hostdriver-variant-select " },
	{ "it is an inner step of xapi, which vxe does not have",
		" network-attach vbd-pause vbd-unpause vdi-generate-config vdi-unlock " },
	{ "there is no daemon to be traced", " observer-create observer-destroy " },
	{ "there is no controller of virtual switches",
		" pool-set-vswitch-controller sdn-controller-forget sdn-controller-introduce " },
	{ "PVS-Accelerator is a part of XenServer",
		" pvs-cache-storage-create pvs-cache-storage-destroy pvs-proxy-create"
		" pvs-proxy-destroy pvs-server-forget pvs-server-introduce pvs-site-forget pvs-site-introduce " },
	{ "it needs XenServer's agent in the guest",
		" vif-configure-ipv4 vif-configure-ipv6 vm-call-host-plugin vm-call-plugin vm-sysprep " },
	{ "BIOS strings of the host are those of XenServer licences",
		" vm-copy-bios-strings vm-is-bios-customized " },
	{ "no VMs are kept apart; vm-start on= says where one runs",
		" vm-group-create vm-group-destroy " },
	{ "KVM has no shadow memory that could be sized", " vm-memory-shadow-multiplier-set " },
	{ "no daemon keeps an audit log", " audit-log-get " },
	{ "changed block tracking is for backup programs that speak the API",
		" vdi-data-destroy vdi-disable-cbt vdi-enable-cbt vdi-list-changed-blocks " },
	{ "devices of the host are not passed through to guests",
		" network-sriov-create network-sriov-destroy pusb-scan vusb-create vusb-destroy vusb-unplug " },
	{ "libvirt levels processors: virsh capabilities, virsh cpu-baseline",
		" host-get-cpu-features pool-get-cpu-features " },
	{ "Secure Boot is a matter of the firmware that the definition names (virsh edit)",
		" pool-get-guest-secureboot-readiness vm-get-secureboot-readiness"
		" vm-set-uefi-mode vm-update-secureboot-certificates-on-boot " },
	{ "a TPM is a device of the definition (virsh edit); vxe lists it and keeps its state",
		" vtpm-create vtpm-destroy " },
	{ "the host's name is set with the system's own tools", " host-set-hostname-live " },
	{ "sr-probe finds the SRs that there can be here", " sr-probe-ext " },
	{ "the guest gives memory back when it likes; memory-actual shows how far it is",
		" vm-memory-target-wait " },
	{ "QEMU is the guest: its device model cannot be restarted alone",
		" vm-restart-device-models " },
};

static bool names_include(const char *names, const char *name)
{
	_cleanup_free_ char *word = xasprintf(" %s ", name);

	return strstr(names, word) != NULL;
}

const char *refusal_reason(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
		if (names_include(refusals[i].names, name))
			return refusals[i].reason;
	return NULL;
}

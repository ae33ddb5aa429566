/* SPDX-License-Identifier: MIT */
/*
 * The error catalogue: one row per code. Columns: code, shape (how the error is printed: enum code_shape in error.h), exit
 * status as `vxe`, text, parameter names. The first section has xe's codes, with xe's parameters and vxe's own texts; the
 * second section has vxe's own codes.
 */
#pragma once

#define VXE_CODES(X)                                                                               \
	/* errors of xe */                                                                         \
	X(CLI_FAILURE, TEXT, FAILED, "", "text")                                                   \
	X(CLI_NO_MATCH, TEXT, NOT_FOUND, "", "text")                                               \
	X(CLI_AMBIGUOUS, TEXT, AMBIGUOUS, "", "text")                                              \
	X(CLI_USAGE, TEXT, USAGE, "", "text")                                                      \
	X(CLI_VALUE, TEXT, USAGE, "", "text")                                                      \
	X(CLI_SYNTAX, USAGE, USAGE, "Syntax error: ", "text")                                      \
	X(CLI_UNKNOWN_COMMAND, USAGE, USAGE, "Unknown command: ", "name")                          \
	X(CLI_PARAM_MISSING, USAGE, USAGE, "Required parameter not found: ", "name")               \
	X(CLI_PLAIN, PLAIN, FAILED, "", "text")                                                    \
	X(CLI_LOST_CONNECTION, PLAIN, FAILED, "", "text")                                          \
	X(MISSING_PARAMETER, WORDS, USAGE, "Missing parameter", "name")                            \
	X(INTERNAL_ERROR, API, FAILED, "An unexpected error stopped the command.", "message")      \
	X(UUID_INVALID, API, NOT_FOUND, "No object of this class has this UUID.", "type", "uuid")  \
	X(DB_UNIQUENESS_CONSTRAINT_VIOLATION, API, REFUSED,                                        \
		"Another object already has this value, which must be unique.", "table", "field",  \
		"value")                                                                           \
	X(INVALID_VALUE, API, USAGE, "This value is not valid for the field.", "field", "value")   \
	X(MAP_DUPLICATE_KEY, API, FAILED, "The map has this key already.", "type", "param_name",   \
		"uuid", "key")                                                                     \
	X(MEMORY_CONSTRAINT_VIOLATION_ORDER, API, FAILED,                                          \
		"Memory limits must satisfy static-min <= dynamic-min <= dynamic-max <= "          \
		"static-max.")                                                                     \
	X(OPERATION_BLOCKED, API, REFUSED, "The operation is blocked for this object.", "ref",     \
		"code")                                                                            \
	X(OPERATION_NOT_ALLOWED, API, REFUSED, "The operation is not allowed.", "reason")          \
	X(OPERATION_PARTIALLY_FAILED, API, SOME_FAILED,                                            \
		"The operation failed for some of the objects.", "operation")                      \
	X(NOT_IMPLEMENTED, API, FAILED, "This function is not implemented.", "function")           \
	X(TASK_CANCELLED, API, FAILED, "The operation was cancelled.", "task")                     \
	X(VM_BAD_POWER_STATE, API, FAILED,                                                         \
		"The VM is not in the power state that the operation needs.", "vm", "expected",    \
		"actual")                                                                          \
	X(VM_IS_TEMPLATE, API, FAILED, "The operation is not possible on a template.", "vm")       \
	X(VM_IS_SNAPSHOT, RAW, FAILED, "The operation is not possible on a snapshot.", "vm",       \
		"operation")                                                                       \
	X(REVERT_ONLY_ALLOWED_ON_SNAPSHOT, RAW, FAILED, "Only a snapshot can be reverted to.")     \
	X(VM_REVERT_FAILED, API, FAILED, "The VM could not be reverted to the snapshot.", "vm",    \
		"snapshot")                                                                        \
	X(VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED, API, FAILED,                                     \
		"The file systems of this VM cannot be frozen: that needs qemu-guest-agent, "      \
		"which "                                                                           \
		"runs in the guest, and its channel. vm-snapshot without it takes all disks at "   \
		"the same instant.",                                                               \
		"vm", "error")                                                                     \
	X(VM_SNAPSHOT_WITH_QUIESCE_TIMEOUT, API, BUSY,                                             \
		"The agent in the guest did not answer in time; 'quiesce-timeout=' sets how long " \
		"vxe waits.",                                                                      \
		"vm")                                                                              \
	X(VM_SNAPSHOT_WITH_QUIESCE_FAILED, API, FAILED,                                            \
		"The agent in the guest could not freeze the file systems.", "vm")                 \
	X(VM_SHUTDOWN_TIMEOUT, API, BUSY,                                                          \
		"The guest did not shut down in time; 'vm-shutdown --force' powers it off.", "vm", \
		"timeout")                                                                         \
	X(VM_IS_PART_OF_AN_APPLIANCE, API, REFUSED, "The VM belongs to an appliance.", "vm",       \
		"appliance")                                                                       \
	X(VM_ASSIGNED_TO_SNAPSHOT_SCHEDULE, API, REFUSED,                                          \
		"The VM is assigned to a snapshot schedule.", "vm", "vmss")                        \
	X(DOMAIN_EXISTS, API, REFUSED, "The VM is up: stop it with 'vm-shutdown --force'.", "vm",  \
		"domid")                                                                           \
	X(CANNOT_RESET_CONTROL_DOMAIN, API, REFUSED,                                               \
		"The control domain is the host itself: its power state cannot be reset.", "vm")   \
	X(VM_NON_SUSPENDABLE, API, REFUSED, "The VM has a device that cannot be suspended.", "vm", \
		"reason")                                                                          \
	X(VM_HAS_PCI_ATTACHED, API, REFUSED,                                                       \
		"The VM uses a device of the host; its memory cannot be saved.", "vm")             \
	X(VM_HAS_NO_SUSPEND_VDI, API, FAILED,                                                      \
		"The VM's memory image is gone. 'vm-shutdown --force' makes the VM halted and "    \
		"keeps its disks as they are.",                                                    \
		"vm")                                                                              \
	X(VM_REQUIRES_SR, API, REFUSED,                                                            \
		"The VM needs a storage repository that the host does not have.", "vm", "sr")      \
	X(VM_NO_SUSPEND_SR, API, FAILED,                                                           \
		"No storage repository for memory images is set, neither on the VM nor on the "    \
		"pool.",                                                                           \
		"vm")                                                                              \
	X(DEFAULT_SR_NOT_FOUND, API, FAILED, "There is no default storage repository.", "sr")      \
	X(SUSPEND_VDI_REPLACEMENT_IS_NOT_IDENTICAL, RAW, REFUSED,                                  \
		"The memory of a suspended VM can only be replaced by the same memory.", "vdi",    \
		"replacement")                                                                     \
	X(SUSPEND_IMAGE_NOT_ACCESSIBLE, API, FAILED, "The memory image cannot be read.", "vdi")    \
	X(SR_SUSPEND_SPACE_INSUFFICIENT, API, FAILED,                                              \
		"The storage repository has too little space for the VM's memory.", "sr")          \
	X(VDI_IN_USE, API, REFUSED, "The disk is in use.", "vdi", "operation")                     \
	X(VDI_IS_SHARABLE, RAW, FAILED,                                                            \
		"The disk is sharable: several VMs may write to it at once.", "vdi")               \
	X(VDI_NOT_MANAGED, API, REFUSED, "vxe does not manage this disk.", "vdi")                  \
	X(VDI_NOT_AVAILABLE, API, FAILED, "The disk's data cannot be reached.", "vdi")             \
	X(VDI_READONLY, API, FAILED, "The disk is read-only.", "vdi")                              \
	X(VDI_TOO_SMALL, API, FAILED, "The disk is too small for this content.", "vdi",            \
		"minimum size")                                                                    \
	X(VDI_TOO_LARGE, API, FAILED, "The VDI is too large.", "vdi", "maximum size")              \
	X(VDI_IS_A_PHYSICAL_DEVICE, API, REFUSED,                                                  \
		"The disk is a device of this machine; vxe makes and destroys files only.", "vdi") \
	X(VBD_CDS_MUST_BE_READONLY, API, FAILED, "A CD can only be read: mode=RO.")                \
	X(VBD_IS_EMPTY, API, FAILED, "The drive has no medium.", "vbd")                            \
	X(VBD_NOT_EMPTY, API, FAILED, "The drive has a medium; eject it first.", "vbd")            \
	X(VBD_NOT_REMOVABLE_MEDIA, API, FAILED, "The medium of this device cannot be changed.",    \
		"vbd")                                                                             \
	X(VBD_NOT_UNPLUGGABLE, API, REFUSED, "The device is marked as not unpluggable.", "vbd")    \
	X(DEVICE_ALREADY_ATTACHED, API, FAILED, "The running VM has the device already.",          \
		"device")                                                                          \
	X(DEVICE_ALREADY_DETACHED, API, FAILED, "The running VM does not have the device.",        \
		"device")                                                                          \
	X(DEVICE_DETACH_REJECTED, API, FAILED, "The guest does not release the device.", "type",   \
		"ref", "msg")                                                                      \
	X(BRIDGE_NAME_EXISTS, API, FAILED, "Another network has this bridge.", "bridge")           \
	X(BRIDGE_NOT_AVAILABLE, API, FAILED, "The host has no such bridge.", "bridge")             \
	X(CANNOT_DESTROY_SYSTEM_NETWORK, API, REFUSED,                                             \
		"The network is libvirt's own, not made by vxe.", "network")                       \
	X(NETWORK_CONTAINS_VIF, API, REFUSED, "A VM has a network card on this network.", "vifs")  \
	X(INVALID_IP_ADDRESS_SPECIFIED, API, USAGE, "A word in this parameter is no IP address.",  \
		"parameter")                                                                       \
	X(MAC_INVALID, API, USAGE, "This is not a valid MAC address for a network card.", "MAC")   \
	X(VM_NO_EMPTY_CD_VBD, API, FAILED, "The VM has no empty CD drive.", "vm")                  \
	X(DEVICE_ALREADY_EXISTS, API, FAILED, "The VM has a device of this number already.",       \
		"device")                                                                          \
	X(INVALID_DEVICE, API, USAGE, "This is not a valid device number.", "device")              \
	X(SR_BACKEND_FAILURE_44, API, FAILED, "The storage repository has too little free space.", \
		"status", "stdout", "stderr")                                                      \
	X(SR_BACKEND_FAILURE_109, API, FAILED,                                                     \
		"The disk's chain of snapshots is too long; uninstall some.", "status", "stdout",  \
		"stderr")                                                                          \
	X(SR_NOT_ATTACHED, API, FAILED, "The storage repository is not attached.", "sr")           \
	X(SR_ATTACH_FAILED, API, FAILED, "The storage repository could not be attached.", "sr")    \
	X(SR_HAS_PBD, API, REFUSED, "The storage repository is attached; unplug its PBD first.",   \
		"sr")                                                                              \
	X(SR_HAS_NO_PBDS, API, FAILED, "The storage repository has no PBD.", "sr")                 \
	X(SR_NOT_SHARABLE, API, REFUSED,                                                           \
		"The storage repository is another host's, and is not shared.", "sr", "host")      \
	X(SR_NOT_EMPTY, API, REFUSED, "The storage repository still has disks.")                   \
	X(SR_UUID_EXISTS, API, FAILED, "A storage repository with this UUID exists already.",      \
		"uuid")                                                                            \
	X(SR_DEVICE_IN_USE, API, REFUSED,                                                          \
		"The place is in use: it belongs to another storage repository, or is not empty.") \
	X(SR_UNKNOWN_DRIVER, API, USAGE,                                                           \
		"This type of storage is unknown; 'sm-list' lists the types.", "driver")           \
	X(PBD_EXISTS, API, FAILED, "The host is connected to this storage repository already.",    \
		"sr", "host", "pbd")                                                               \
	X(LOCATION_NOT_UNIQUE, API, FAILED, "Another disk has this UUID or this file.", "SR",      \
		"location")                                                                        \
	X(VDI_LOCATION_MISSING, API, FAILED, "There is no disk file at this location.", "sr",      \
		"location")                                                                        \
	X(VDI_CONTENT_ID_MISSING, API, FAILED,                                                     \
		"Neither the disk nor its storage repository is on this host; vdi:UUID=UUID "      \
		"names another disk to use instead.")                                              \
	X(SR_OPERATION_NOT_SUPPORTED, API, FAILED, "The storage repository cannot do this.", "sr") \
	X(NO_HOSTS_AVAILABLE, API, FAILED, "There is no enabled host that could run the VM.")      \
	X(VM_REQUIRES_NETWORK, API, FAILED,                                                        \
		"The VM is in a network that the other host does not have.", "vm", "network")      \
	X(VM_HOST_INCOMPATIBLE_VIRTUAL_HARDWARE_PLATFORM_VERSION, API, FAILED,                     \
		"The host cannot provide the virtual hardware of the VM: its QEMU does not have "  \
		"the machine type.",                                                               \
		"host", "host_versions", "vm", "vm_version")                                       \
	X(VM_MIGRATE_FAILED, API, FAILED, "The migration of the VM failed.", "vm", "source",       \
		"destination", "msg")                                                              \
	X(HOST_OFFLINE, API, FAILED, "The operation involves a host that cannot be reached.",      \
		"host")                                                                            \
	X(HOST_IS_LIVE, API, REFUSED,                                                              \
		"This operation cannot be completed because the host is still live.", "host")      \
	X(HOST_HAS_RESIDENT_VMS, API, REFUSED,                                                     \
		"The host cannot be forgotten, because VMs are at home there.", "host")            \
	X(HOST_DISABLED, API, FAILED, "The host is disabled; 'host-enable' lets VMs start again.", \
		"host")                                                                            \
	X(HOST_EVACUATE_IN_PROGRESS, API, REFUSED,                                                 \
		"The host is being evacuated: no VM starts on it or goes to it until that ends.",  \
		"host")                                                                            \
	X(HOST_NOT_ENOUGH_FREE_MEMORY, API, FAILED,                                                \
		"The host has not enough memory left for the VM.", "needed", "available")          \
	X(HOST_CANNOT_ATTACH_NETWORK, API, FAILED, "The host has no interface in this network.",   \
		"host", "network")                                                                 \
	X(INTERFACE_HAS_NO_IP, API, FAILED, "The interface has no address.", "interface")          \
	X(HOST_NOT_DISABLED, API, REFUSED,                                                         \
		"The host is enabled; disable it first with 'host-disable', so that no VM starts " \
		"meanwhile.")                                                                      \
	X(HOST_IN_USE, API, REFUSED, "VMs still run on the host.", "host", "type", "ref")          \
	X(XENAPI_MISSING_PLUGIN, API, NOT_FOUND, "There is no such plugin in /etc/vxe/plugins.",   \
		"name")                                                                            \
	X(XENAPI_PLUGIN_FAILURE, API, FAILED, "The plugin failed.", "status", "stdout", "stderr")  \
	X(VMSS_HAS_VM, API, FAILED, "VMs are still assigned to this schedule.")                    \
	X(SR_FULL, API, FAILED, "The storage repository is full.", "requested", "maximum")         \
	X(IMPORT_ERROR, API, FAILED, "The archive cannot be imported.", "msg")                     \
	X(IMPORT_ERROR_UNEXPECTED_FILE, API, FAILED,                                               \
		"The archive has another file where this one was expected.", "filename_expected",  \
		"filename_found")                                                                  \
	X(IMPORT_ERROR_PREMATURE_EOF, API, FAILED,                                                 \
		"The archive ends too early: it was cut off, or its writer failed.")               \
	X(IMPORT_ERROR_SOME_CHECKSUMS_FAILED, API, FAILED,                                         \
		"The archive's table of checksums does not agree with its blocks.")                \
	X(IMPORT_ERROR_FAILED_TO_FIND_OBJECT, API, FAILED,                                         \
		"The archive refers to an object that it does not hold.", "id")                    \
	X(VM_TO_IMPORT_IS_NOT_NEWER_VERSION, API, FAILED,                                          \
		"The VM exists already, and its version is at least as new as the archive's.",     \
		"vm", "existing_version", "version_to_import")                                     \
	X(DUPLICATE_MAC_SEED, API, FAILED,                                                         \
		"Another VM has this MAC seed, so their addresses would be the same.", "seed")     \
	X(IMPORT_INCOMPATIBLE_VERSION, API, FAILED,                                                \
		"The archive is of a version that cannot be imported.")                            \
	/* errors that only vxe has */                                                             \
	X(VXE_HYPERVISOR_UNREACHABLE, API, FAILED,                                                 \
		"libvirt cannot be reached. Check that libvirtd (or virtqemud) runs, that this "   \
		"user may connect, and that VXE_CONNECT is right.",                                \
		"uri", "message")                                                                  \
	X(VXE_HYPERVISOR_SILENT, API, BUSY,                                                        \
		"libvirt does not answer: its daemon is stopped or overloaded. The last request "  \
		"may still take effect; the next command on the same objects finishes or undoes "  \
		"an operation that this one has begun. VXE_LIBVIRT_TIMEOUT sets how many seconds " \
		"vxe waits.",                                                                      \
		"uri", "call", "seconds")                                                          \
	X(VXE_GUEST_SILENT, API, BUSY,                                                             \
		"libvirt does not answer what it was asked about this VM: the VM's QEMU hangs, "   \
		"as when it is stopped or its storage does not answer, or libvirt's daemon does. " \
		"The request may still take effect; the next command on the same objects "         \
		"finishes or undoes an operation that this one has begun.",                        \
		"vm", "call", "seconds")                                                           \
	X(VXE_GUEST_STUCK, API, BUSY,                                                              \
		"The VM's QEMU does not end, not even by SIGKILL: it waits in the kernel, as for " \
		"storage that does not answer, and ends when that has come. Nothing else was "     \
		"changed.",                                                                        \
		"vm", "process", "waits_for")                                                      \
	X(VXE_HYPERVISOR_MISMATCH, API, REFUSED,                                                   \
		"This store belongs to another hypervisor. Point VXE_CONNECT at the recorded "     \
		"hypervisor, or VXE_STORE at another store; if this is the recorded host after "   \
		"all, set host_uuid in libvirtd.conf (or virtqemud.conf) to the recorded UUID.",   \
		"recorded", "found")                                                               \
	X(VXE_HOST_UUID_CHANGED, API, REFUSED,                                                     \
		"This is the machine of the store, but libvirt now reports another UUID for the "  \
		"host. If the firmware (SMBIOS) has none, libvirt makes up a UUID at each start: " \
		"set host_uuid to the recorded UUID in libvirtd.conf (or virtqemud.conf) and "     \
		"restart the daemon. To keep the new UUID instead, run 'vxe host-adopt'.",         \
		"recorded", "found")                                                               \
	X(VXE_OTHER_MACHINE, API, REFUSED,                                                         \
		"The pool knows this host on another machine: this one is a copy of it, or has a " \
		"new board or a new system.",                                                      \
		"host", "differs")                                                                 \
	X(VXE_HOME_UNCLEAR, API, REFUSED,                                                          \
		"Which host has the newest definition of the VM cannot be told from its layers.",  \
		"vm")                                                                              \
	X(VXE_HYPERVISOR_FAILED, API, FAILED, "libvirt refused the operation.", "operation",       \
		"message")                                                                         \
	X(VXE_STORE_UNUSABLE, API, FAILED, "The store cannot be used.", "store", "reason")         \
	X(VXE_STORE_LOST, API, FAILED,                                                             \
		"The connection to the store was lost, and with it the locks of the operation.",   \
		"store", "reason")                                                                 \
	X(VXE_RECORD_DAMAGED, API, FAILED,                                                         \
		"A record is not as vxe wrote it: its database was damaged, or another program "   \
		"has changed it.",                                                                 \
		"store", "class", "uuid", "reason")                                                \
	X(VXE_STORE_MISMATCH, API, REFUSED,                                                        \
		"The domain belongs to another vxe store. To take it over, set "                   \
		"other-config:take-over=true on the VM.",                                          \
		"vm", "store")                                                                     \
	X(VXE_DISK_CHANGED, API, REFUSED,                                                          \
		"This VM's disks were changed outside vxe; 'file' and 'found' say where and how.", \
		"vm", "file", "found")                                                             \
	X(VXE_CHAIN_DIFFERS, API, REFUSED,                                                         \
		"Below a layer of the disk the VM's definition has another file than the layer's " \
		"header. The guest reads the first, vxe and qemu-img would read the second.",      \
		"vm", "vdi", "definition", "header")                                               \
	X(VXE_FILE_ELSEWHERE, API, REFUSED,                                                        \
		"libvirt's daemon is in another mount namespace, as in a container, and has "      \
		"another file at this path than vxe: its guests would not find what vxe makes.",   \
		"file", "here", "libvirt", "daemon")                                               \
	X(VXE_DISK_UNOPENABLE, API, REFUSED,                                                       \
		"QEMU's user can open this file of a disk, and could not open the file that this " \
		"user would make for it: only root can give files to other users.",                \
		"file", "user")                                                                    \
	X(VXE_DISK_ENCRYPTED, API, REFUSED,                                                        \
		"A layer of the disk is encrypted. Only the VM's definition leads to its secret, " \
		"so vxe could not read it, and what is written to a layer on it would be plain "   \
		"text.",                                                                           \
		"vdi", "layer")                                                                    \
	X(VXE_FOREIGN_IMAGE, API, REFUSED, "vxe cannot use this image.", "file", "reason")         \
	X(VXE_FORMAT_UNSAID, API, REFUSED,                                                         \
		"The file is an image, or packed, and format= does not say which is wanted: the "  \
		"content that it describes, or its own bytes.",                                    \
		"file", "kind")                                                                    \
	X(VXE_NO_ARCHIVE, API, REFUSED,                                                            \
		"The file is no archive of a VM, as vm-export makes them, but something else.",    \
		"kind")                                                                            \
	X(VXE_FORMAT_MISSING, API, REFUSED,                                                        \
		"The header of the image does not say the format of its backing file, and vxe "    \
		"never guesses one.",                                                              \
		"file", "backing")                                                                 \
	X(VXE_INTERNAL_SNAPSHOTS, API, REFUSED,                                                    \
		"The file holds internal snapshots (see 'virsh snapshot-list'). The operation "    \
		"would lose them, or would let 'virsh snapshot-revert' rewrite data that "         \
		"snapshots of vxe need. 'virsh snapshot-delete' removes them; force=true "         \
		"continues in spite of them.",                                                     \
		"file", "snapshots")                                                               \
	X(VXE_SNAPSHOT_INSIDE, API, REFUSED,                                                       \
		"libvirt keeps this snapshot inside an image that holds other content, too, so "   \
		"no new disk can share its layers. Make whole copies instead: 'snapshot-copy', "   \
		"'vm-copy' or, called as vxe, 'snapshot-clone full=true'.",                        \
		"snapshot", "name")                                                                \
	X(VXE_SNAPSHOT_HIDDEN, API, REFUSED,                                                       \
		"libvirt keeps this snapshot inside an image that the VM no longer writes to, "    \
		"and "                                                                             \
		"libvirt would not find it there. Uninstall the snapshots that were made since, "  \
		"or merge the layers above it, so that the VM writes to that image again.",        \
		"snapshot", "file")                                                                \
	X(VXE_SNAPSHOT_UNFIT, API, REFUSED,                                                        \
		"The document does not describe a snapshot of this VM as it is now; 'found' says " \
		"why.",                                                                            \
		"vm", "found")                                                                     \
	X(VXE_MEMORY_UNFIT, API, REFUSED,                                                          \
		"The VM cannot go on from this file; 'found' says why, and nothing has changed. "  \
		"Where only a time or libvirt's word tells against it, and the disks surely hold " \
		"what they held when the memory was saved: force=true.",                           \
		"vm", "file", "found")                                                             \
	X(VXE_LAYER_CHANGED, API, REFUSED,                                                         \
		"A frozen layer of the disk was changed outside vxe: the layers above it no "      \
		"longer match it. Restore the file from a backup (with its modification time), "   \
		"or accept it as it is: 'vdi-update uuid= force=true' for good, force=true once.", \
		"file", "found")                                                                   \
	X(VXE_LAYER_WRITTEN, API, REFUSED,                                                         \
		"A domain has a frozen layer as a disk to write to: the layers above it lose "     \
		"what they hold as soon as it does. 'domain' names it.",                           \
		"file", "domain")                                                                  \
	X(VXE_DISK_TWICE, API, REFUSED,                                                            \
		"The VM has one disk under several names, and each would go on in a layer of its " \
		"own.",                                                                            \
		"vm", "vdi", "targets")                                                            \
	X(VXE_ON_BOOT_RESET, API, REFUSED,                                                         \
		"vxe does not reset a disk when its VM starts: with on-boot=reset the disk would " \
		"keep what is written to it all the same.",                                        \
		"vdi")                                                                             \
	X(VXE_DEPENDENTS, API, REFUSED,                                                            \
		"The image is still in use: remove or detach its user first.", "file", "user")     \
	X(VXE_LAYER_STAYS, API, REFUSED,                                                           \
		"The layer cannot be merged into the one below it; 'reason' says why. base= and "  \
		"top= leave layers out.",                                                          \
		"file", "reason")                                                                  \
	X(VXE_SCHEDULE_DELETES, API, REFUSED,                                                      \
		"This run would delete more than ten snapshots of a VM. Look at them with "        \
		"vmss-preview; 'vmss-run --force' deletes them.",                                  \
		"schedule", "snapshots")                                                           \
	X(VXE_SCHEDULE_FAILED, API, SOME_FAILED,                                                   \
		"A schedule could not do everything; the messages of the VMs and the last-error "  \
		"of the schedule say what.",                                                       \
		"schedule", "failures", "last-error")                                              \
	X(VXE_NOT_IN_POOL, API, REFUSED,                                                           \
		"This host is none of the hosts of the pool whose records these are.", "store",    \
		"host")                                                                            \
	X(VXE_IN_POOL, API, REFUSED,                                                               \
		"The records of this host are in the database of a pool already.", "store")        \
	X(VXE_POOL_EXISTS, API, REFUSED, "The database has the records of a pool already.",        \
		"store", "pool")                                                                   \
	X(VXE_NO_POOL, API, REFUSED, "The database has no pool that a host could join.", "store")  \
	X(VXE_TIED_TO_POOL, API, REFUSED,                                                          \
		"What stays in the pool and what would leave it have disks or layers in common.",  \
		"class", "uuid")                                                                   \
	X(VXE_UUID_IN_POOL, API, REFUSED,                                                          \
		"The pool has an object with the UUID of one of this host.", "class", "uuid")      \
	X(VXE_MANAGED_SAVE, API, REFUSED,                                                          \
		"The memory of this VM was saved with 'virsh managedsave'; it fits only the "      \
		"disks as they are now. Let the VM go on (vm-resume, 'virsh start'), or drop its " \
		"memory (vm-shutdown --force, 'virsh managedsave-remove').",                       \
		"vm")                                                                              \
	X(VXE_GUEST_ASLEEP, API, REFUSED,                                                          \
		"The guest sleeps: it has gone to standby by itself (ACPI S3). Its memory is not " \
		"saved, and no snapshot of it is taken, until it is awake.",                       \
		"vm")                                                                              \
	X(VXE_DEFINITION_OLD, API, REFUSED,                                                        \
		"What is known of this VM's definition is older than its records: the host that "  \
		"has died has not told it since the VM's devices were changed.",                   \
		"vm", "host")                                                                      \
	X(VXE_FIRMWARE_MISSING, API, REFUSED,                                                      \
		"The file with this VM's UEFI variables or TPM state is missing. Put it back, or " \
		"continue without it: ignore-firmware=true, called as vxe.",                       \
		"vm", "file")                                                                      \
	X(VXE_FIRMWARE_SHARED, API, REFUSED,                                                       \
		"Another domain uses the file with this VM's UEFI variables or TPM state, too, "   \
		"and would lose what it has. Give one of them a file of its own.",                 \
		"file", "user")                                                                    \
	X(VXE_NETWORK_INACTIVE, API, REFUSED,                                                      \
		"A card of this VM is plugged into a network of libvirt that is not active. "      \
		"'virsh net-start NAME' starts it, 'virsh net-autostart NAME' at each boot.",      \
		"vm", "network", "name")                                                           \
	X(VXE_NETWORK_MISSING, API, REFUSED,                                                       \
		"A card of this VM is plugged into a network that libvirt does not have. 'virsh "  \
		"net-define' brings it back, vif-move puts the card into another one.",            \
		"vm", "name")                                                                      \
	X(VXE_TRANSIENT, API, REFUSED,                                                             \
		"The domain is transient: libvirt forgets it at shutdown. 'virsh define' makes "   \
		"it persistent.",                                                                  \
		"vm")                                                                              \
	X(VXE_PLACE_TAKEN, API, REFUSED,                                                           \
		"Another record describes this file already; two records would change one file "   \
		"without regard to each other. 'vxe check' lists such records.",                   \
		"class", "record", "other", "place")                                               \
	X(VXE_IMAGE_FAILED, API, FAILED, "An operation on an image failed.", "file", "message")    \
	X(VXE_IMAGE_DAMAGED, API, REFUSED,                                                         \
		"The image is marked as damaged; 'reason' says how. Nothing was done to it.",      \
		"file", "reason")                                                                  \
	X(VXE_BUSY, API, BUSY,                                                                     \
		"Another operation is using the object; try again when it has ended.", "object",   \
		"holder")                                                                          \
	X(VXE_TRY_AGAIN, API, BUSY, "The object changed meanwhile; try again.", "object",          \
		"reason")                                                                          \
	X(VXE_NO_PROGRESS, API, BUSY,                                                              \
		"The command was begun again, and came to the same end: it does not get on. "      \
		"Everything is as before.",                                                        \
		"object", "reason")                                                                \
	X(VXE_WAIT_TIMEOUT, API, BUSY,                                                             \
		"The VM has not reached the state in time; 'found' says where it is.", "vm",       \
		"state", "found", "seconds")                                                       \
	X(VXE_DRY_RUN, API, REFUSED,                                                               \
		"A dry run changes nothing, but before the command can be planned the store must " \
		"be made, or an operation ended of a vxe that died.",                              \
		"what")                                                                            \
	/* Ends a dry run that has shown its plan; never printed. */                               \
	X(VXE_PLANNED, API, FAILED, "The plan was shown, and nothing was done.", "operation")      \
	/* Ends what was begun of a command that another host runs; never printed. */              \
	X(VXE_ELSEWHERE, API, FAILED, "The command is for another host.", "host")                  \
	X(VXE_WRONG_HOST, API, FAILED,                                                             \
		"The command is for the host 'wanted', but came to 'here'. Nothing was done.",     \
		"wanted", "here")                                                                  \
	X(VXE_SEVERAL_HOSTS, API, REFUSED,                                                         \
		"What the command names is on several hosts, and it works on one at a time. "      \
		"Nothing was done.",                                                               \
		"host", "other")                                                                   \
	X(VXE_FILE_HERE, API, REFUSED,                                                             \
		"Another host would run the command, and cannot read or write files of this one. " \
		"Nothing was done.",                                                               \
		"host", "parameter")                                                               \
	X(VXE_INCONSISTENT, API, FAILED, "vxe check found problems.", "count")                     \
	X(VXE_REMOTE_URI, API, USAGE,                                                              \
		"vxe works on the files of the machine it runs on; a remote libvirt URI is "       \
		"refused.",                                                                        \
		"uri")                                                                             \
	X(VXE_DRIVER_NOT_QEMU, API, USAGE,                                                         \
		"This is another driver of libvirt's; vxe works with qemu only.", "uri", "driver") \
	X(VXE_FAILPOINT, API, FAILED, "A failpoint of the test run.", "name")

#define VXE_CODE_ENUM(code, ...) code,
enum vxe_code {
	VXE_OK,
	VXE_CODES(VXE_CODE_ENUM) VXE_N_CODES,
};
#undef VXE_CODE_ENUM

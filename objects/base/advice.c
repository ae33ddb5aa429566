/* SPDX-License-Identifier: MIT */
/* The table of advice to users, with a row for each error code: see advice.h. */
#include "objects/base/advice.h"

static const char *const nexts[VXE_N_CODES] = {
	/* for errors of any command */
	[MISSING_PARAMETER] =
		"'vxe CLASS-param-list uuid=UUID' shows the fields that an object has.",
	[CLI_NO_MATCH] =
		"The list of the class shows what there is, by UUID and name: 'vxe vm-list "
		"--table', 'vxe snapshot-list', 'vxe template-list', 'vxe sr-list', 'vxe "
		"host-list'.",
	[CLI_AMBIGUOUS] = "Name one of them by uuid=; where the command takes several, --multiple "
			  "takes all of them.",
	[CLI_LOST_CONNECTION] = "Nothing has changed. '--force' answers the question beforehand.",
	[INTERNAL_ERROR] = "'vxe check' tells whether anything was left to be put right; with "
			   "VXE_LOG=debug in the environment the command says what it does.",
	[UUID_INVALID] =
		"The list of the class shows the UUIDs that there are: 'vxe vm-list', 'vxe "
		"snapshot-list', 'vxe vdi-list', 'vxe sr-list'.",
	[DB_UNIQUENESS_CONSTRAINT_VIOLATION] =
		"Give another {field}, or remove the object first that has this one; vm-import "
		"without preserve=true makes new ones.",
	[INVALID_VALUE] = "'vxe help COMMAND' says which values the command accepts.",
	[MAP_DUPLICATE_KEY] =
		"'vxe CLASS-param-set uuid={uuid} {param_name}:{key}=VALUE' sets it anew, 'vxe "
		"CLASS-param-remove uuid={uuid} param-name={param_name} param-key={key}' removes "
		"it first.",
	[MEMORY_CONSTRAINT_VIOLATION_ORDER] =
		"'vxe vm-memory-limits-set uuid=UUID static-min=SIZE dynamic-min=SIZE "
		"dynamic-max=SIZE static-max=SIZE' sets all four at once.",
	[OPERATION_BLOCKED] =
		"'vxe vm-param-get uuid={ref} param-name=blocked-operations' shows what is "
		"blocked; 'vxe vm-param-remove uuid={ref} param-name=blocked-operations "
		"param-key=OPERATION' permits it again.",
	[OPERATION_NOT_ALLOWED] = "Put right what 'reason' names, then run the command again.",
	[OPERATION_PARTIALLY_FAILED] =
		"The others are done. Put right what their errors name, then run the "
		"command for these objects again.",
	[NOT_IMPLEMENTED] = "'vxe help' shows the commands that there are.",
	[TASK_CANCELLED] =
		"Nothing is left half done. Run the command again if it is to be done after all.",
	/* for VMs */
	[VM_BAD_POWER_STATE] =
		"Bring it into the expected state first: with vm-start, vm-shutdown, vm-suspend, "
		"vm-resume, vm-pause or vm-unpause; the error says with which.",
	[VM_IS_TEMPLATE] =
		"Make a VM of it: 'vxe vm-install template={vm} new-name-label=NAME'. To "
		"destroy a default template: first 'vxe template-param-set uuid={vm} "
		"is-default-template=false'.",
	[VM_IS_SNAPSHOT] = "'vxe snapshot-revert uuid={vm}' brings its VM back to it; 'vxe "
			   "snapshot-clone uuid={vm} new-name-label=NAME' makes a template of it.",
	[REVERT_ONLY_ALLOWED_ON_SNAPSHOT] =
		"'vxe snapshot-list' shows the snapshots and their UUIDs.",
	[VM_REVERT_FAILED] =
		"'vxe snapshot-copy uuid={snapshot} new-name-label=NAME' makes a template of its "
		"disks, 'vxe vm-install template=NAME new-name-label=NEW' a VM of that.",
	[VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED] =
		"Start the VM and qemu-guest-agent in it ('vxe vm-wait uuid={vm} state=agent' "
		"waits for that), or take 'vxe vm-snapshot uuid={vm} new-name-label=NAME'.",
	[VM_SNAPSHOT_WITH_QUIESCE_TIMEOUT] =
		"Give quiesce-timeout= more seconds, or take 'vxe vm-snapshot uuid={vm} "
		"new-name-label=NAME' without the agent.",
	[VM_SNAPSHOT_WITH_QUIESCE_FAILED] =
		"The log of qemu-guest-agent in the guest says why; 'vxe vm-snapshot "
		"uuid={vm} new-name-label=NAME' does without the agent.",
	[VM_SHUTDOWN_TIMEOUT] =
		"'vxe console uuid={vm}' shows what the guest does; 'vxe vm-shutdown "
		"uuid={vm} --force' powers it off.",
	[VM_IS_PART_OF_AN_APPLIANCE] =
		"'vxe vm-param-set uuid={vm} appliance=' takes it out of the appliance.",
	[VM_ASSIGNED_TO_SNAPSHOT_SCHEDULE] =
		"'vxe vm-param-set uuid={vm} snapshot-schedule=' takes it out of the schedule.",
	[DOMAIN_EXISTS] = "'vxe vm-shutdown uuid={vm} --force' stops it.",
	[CANNOT_RESET_CONTROL_DOMAIN] =
		"Name another VM: 'vxe vm-list is-control-domain=false' shows them.",
	[VM_NON_SUSPENDABLE] =
		"Shut the VM down instead, take the snapshot without its memory ('vxe vm-snapshot "
		"uuid={vm} new-name-label=NAME'), or remove the device that 'reason' names.",
	[VM_HAS_PCI_ATTACHED] =
		"Shut the VM down instead, or take the snapshot without its memory: 'vxe "
		"vm-snapshot uuid={vm} new-name-label=NAME'.",
	[VM_HAS_NO_SUSPEND_VDI] =
		"'vxe vm-shutdown uuid={vm} --force', then 'vxe vm-start uuid={vm}': the "
		"guest boots as after a power cut. If the file of the memory is still in the "
		"folder of its SR (*.mem), instead of the start 'vxe vm-resume uuid={vm} "
		"filename=FILE': the guest goes on.",
	[DEFAULT_SR_NOT_FOUND] =
		"'vxe pool-param-set uuid=POOL default-SR=SR' sets one; 'vxe sr-list' shows the "
		"SRs. Where the command has sr-uuid= or overlay-sr-uuid=, that names one for it.",
	[SUSPEND_VDI_REPLACEMENT_IS_NOT_IDENTICAL] =
		"'vxe vdi-param-list uuid={vdi}' shows the memory that it has; to give that up use "
		"vm-shutdown --force, of a checkpoint snapshot-reset-powerstate --force.",
	[VM_NO_SUSPEND_SR] =
		"'vxe vm-param-set uuid={vm} suspend-SR-uuid=SR' sets one for this VM, 'vxe "
		"pool-param-set uuid=POOL suspend-image-SR=SR' for all; 'vxe sr-list' shows "
		"the SRs.",
	[SUSPEND_IMAGE_NOT_ACCESSIBLE] =
		"'vxe vdi-param-get uuid={vdi} param-name=sm-config param-key=file' says where "
		"it was: put the file back, or give the memory up with 'vxe vm-shutdown uuid=VM "
		"--force'.",
	[SR_SUSPEND_SPACE_INSUFFICIENT] =
		"Free space there, or have the memory put into another SR: 'vxe vm-param-set "
		"uuid=VM suspend-SR-uuid=SR'.",
	[VM_NO_EMPTY_CD_VBD] =
		"'vxe vm-cd-eject uuid={vm}' empties a drive; 'vxe vbd-create vm-uuid={vm} "
		"device=autodetect type=CD mode=RO' makes one.",
	/* for disks */
	[VDI_IN_USE] = "'vxe vbd-list vdi-uuid={vdi}' shows the VMs that have it: shut them down, "
		       "or take it from them with vbd-unplug and vbd-destroy.{online? Or give "
		       "online=true while the VM runs.} 'vxe vdi-snapshot uuid={vdi}' makes a disk "
		       "of a running VM that can be exported and copied. Memory goes with 'vxe "
		       "vm-shutdown uuid=VM --force' of its VM, or 'vxe snapshot-reset-powerstate "
		       "uuid=CHECKPOINT --force'.",
	[VDI_IS_SHARABLE] =
		"Copy it into a disk of one VM: 'vxe vdi-copy uuid={vdi} "
		"sr-uuid=SR'{ignore-vdi-uuids?; or leave it out with ignore-vdi-uuids=}.",
	[VDI_NOT_MANAGED] =
		"'vxe vdi-param-list uuid={vdi}' shows where it is, and in sm-config why; work on "
		"it with the program that made it{ignore-vdi-uuids?, or leave it out with "
		"ignore-vdi-uuids=}.",
	[VDI_NOT_AVAILABLE] =
		"'vxe vdi-param-get uuid={vdi} param-name=sm-config param-key=file' says where it "
		"was: put the file back, or attach its SR with pbd-plug. If its folder has moved: "
		"pbd-unplug, pbd-destroy, 'vxe pbd-create host-uuid=HOST sr-uuid=SR "
		"device-config:location=FOLDER', pbd-plug, then 'vxe vm-adopt-disks vm=VM "
		"keep=records'. A CD can be taken out of its drive while the VM is off: 'vxe "
		"vm-cd-eject vm=VM'.",
	[VDI_READONLY] = "Use another disk, or a copy: 'vxe vdi-copy uuid={vdi} sr-uuid=SR'.",
	[VDI_TOO_SMALL] = "'vxe vdi-resize uuid={vdi} disk-size=SIZE' makes it larger; no command "
			  "makes a disk smaller.",
	[VDI_TOO_LARGE] = "format=qcow2 or raw has room for it.",
	[VDI_IS_A_PHYSICAL_DEVICE] =
		"'vxe vdi-forget uuid={vdi}' removes its record and leaves the device as it "
		"is. The program that made the device makes it larger.",
	[VBD_CDS_MUST_BE_READONLY] = "Give mode=RO.",
	[VBD_IS_EMPTY] =
		"'vxe vbd-insert uuid={vbd} vdi-uuid=VDI' inserts one; 'vxe cd-list' shows "
		"the CDs.",
	[VBD_NOT_EMPTY] = "'vxe vbd-eject uuid={vbd}' ejects it.",
	[VBD_NOT_REMOVABLE_MEDIA] =
		"Take the whole device from the VM (vbd-unplug, vbd-destroy) and give it "
		"another (vbd-create).",
	[VBD_NOT_UNPLUGGABLE] =
		"'vxe vbd-param-set uuid={vbd} unpluggable=true' permits it; or shut the VM "
		"down first.",
	[DEVICE_ALREADY_ATTACHED] =
		"There is nothing to do; vbd-unplug or vif-unplug takes it away.",
	[DEVICE_ALREADY_DETACHED] = "There is nothing to do; vbd-plug or vif-plug gives it back.",
	[DEVICE_DETACH_REJECTED] =
		"Stop its use in the guest (unmount it), then try again; or shut the guest "
		"down first.",
	[DEVICE_ALREADY_EXISTS] = "device=autodetect takes a number that is free.",
	[INVALID_DEVICE] =
		"Give a number from 0, or device=autodetect, which takes one that is free.",
	/* for networks */
	[BRIDGE_NAME_EXISTS] =
		"'vxe network-list bridge={bridge}' shows that network: use it, or give "
		"another bridge=.",
	[BRIDGE_NOT_AVAILABLE] =
		"'vxe network-list params=name-label,bridge' shows the bridges that are networks "
		"already: use one of these, or make the bridge first with the system's own tools.",
	[CANNOT_DESTROY_SYSTEM_NETWORK] =
		"'virsh net-destroy {network}' and 'virsh net-undefine {network}' remove it.",
	[NETWORK_CONTAINS_VIF] =
		"Move these cards with 'vxe vif-move uuid=VIF network-uuid=NETWORK', or "
		"remove them with 'vxe vif-destroy uuid=VIF'.",
	[INVALID_IP_ADDRESS_SPECIFIED] =
		"Give addresses as 192.0.2.1, in ipv6-allowed as 2001:db8::1, with commas between "
		"them.",
	[MAC_INVALID] = "Give six pairs of hexadecimal digits, such as 52:54:00:12:34:56, or leave "
			"mac= out: then one is made up.",
	/* for storage */
	[SR_BACKEND_FAILURE_44] =
		"Free space there ('vxe space' shows what takes it){sr-uuid?, or name another SR with sr-uuid=}{overlay-sr-uuid?, or have the new "
		"layers made in another SR with overlay-sr-uuid=}.",
	[SR_BACKEND_FAILURE_109] =
		"'vxe snapshot-uninstall uuid=SNAPSHOT' makes it shorter, 'vxe vdi-flatten "
		"uuid=DISK' ends it: the disk then shares no layer.",
	[SR_NOT_ATTACHED] =
		"'vxe pbd-list sr-uuid={sr}' shows its connection: see that its folder is there "
		"and mounted; 'vxe pbd-plug uuid=PBD' attaches it.",
	[SR_NOT_SHARABLE] =
		"'vxe sr-param-set uuid={sr} shared=true' says that its folder is the same on all "
		"hosts, if it is.",
	[VM_REQUIRES_SR] =
		"'vxe pbd-list sr-uuid={sr}' shows the hosts that have it; 'vxe vdi-copy' copies a "
		"disk to a storage repository that both hosts have, 'vxe vm-cd-eject uuid={vm}' "
		"takes a CD out.",
	[SR_ATTACH_FAILED] =
		"'vxe pbd-list sr-uuid={sr} params=device-config' says where it should be: "
		"see that the folder or device is there, and is that of the SR, then 'vxe "
		"pbd-plug uuid=PBD'.",
	[SR_HAS_PBD] = "'vxe pbd-list sr-uuid={sr}' shows it, 'vxe pbd-unplug uuid=PBD' unplugs "
		       "it.",
	[SR_HAS_NO_PBDS] =
		"'vxe pbd-create sr-uuid={sr} host-uuid=HOST device-config:location=PLACE' "
		"makes one.",
	[SR_NOT_EMPTY] = "'vxe sr-forget uuid=SR' keeps the disks and removes only the records. Or "
			 "attach it once more (pbd-plug): 'vxe vdi-list sr-uuid=SR' shows the "
			 "disks, vdi-destroy removes them.",
	[SR_UUID_EXISTS] = "'vxe sr-list uuid={uuid}' shows it: use that one. If it is not "
			   "attached, pbd-create and pbd-plug do that.",
	[SR_DEVICE_IN_USE] =
		"'vxe sr-list' and 'vxe pbd-list' show what is there already: name an empty place. "
		"Or use what is there: 'vxe sr-probe type=TYPE device-config:location=PLACE' says "
		"its UUID, sr-introduce, pbd-create and pbd-plug attach it.",
	[SR_UNKNOWN_DRIVER] = "'vxe sm-list params=type' shows the types.",
	[PBD_EXISTS] = "'vxe pbd-plug uuid={pbd}' attaches it.",
	[LOCATION_NOT_UNIQUE] =
		"'vxe vdi-list sr-uuid={SR}' shows the disks there with location in "
		"params=: use the one that has it, or give another UUID or file.",
	[VDI_LOCATION_MISSING] =
		"See that the file is in the folder of the SR: 'vxe pbd-list sr-uuid={sr} "
		"params=device-config' names that{vdi:?; or vdi:UUID=UUID names another disk to "
		"use instead, force=true leaves it out}.",
	[VDI_CONTENT_ID_MISSING] =
		"'vxe vdi-list' shows the disks that there are, for vdi:UUID=UUID; force=true "
		"leaves the missing one out. Or export the VM again with its disks (without "
		"metadata=true).",
	[SR_OPERATION_NOT_SUPPORTED] =
		"'vxe sr-list params=uuid,name-label,type' shows the others: use one of another "
		"type. A CD goes with its file: remove that, then 'vxe sr-scan uuid={sr}'.",
	[SR_FULL] =
		"Free space there ('vxe space' shows what takes it), or name another SR with sr-uuid=.",
	/* for hosts */
	[NO_HOSTS_AVAILABLE] =
		"'vxe host-list' shows the hosts, 'vxe host-enable uuid=HOST' enables one. A host "
		"that is alone is emptied by vm-shutdown or vm-suspend.",
	[VM_REQUIRES_NETWORK] =
		"Define a network of that name on the other host ('virsh net-define'); 'vxe "
		"network-list' there then notes it.",
	[VM_HOST_INCOMPATIBLE_VIRTUAL_HARDWARE_PLATFORM_VERSION] =
		"Upgrade QEMU on that host. Or change the VM's hardware: while it is halted, 'virsh "
		"edit' on its host puts a machine type that both hosts have, as {host_versions}, in "
		"the place of {vm_version}; then it goes by 'vxe vm-start on=HOST' or runs and "
		"migrates. A VM that is to go to any host is made on the one with the oldest QEMU.",
	[VM_MIGRATE_FAILED] =
		"The VM runs where it was, unless a daemon or the network failed just when it went: "
		"'vxe vm-list params=name-label,resident-on' shows where. Put right what the message "
		"says, then the command again.",
	[HOST_OFFLINE] =
		"Try again when the host is up. Where it is says 'vxe host-list uuid={host} "
		"params=name-label,address,other-config', and how commands reach it the file 'remote' beside 'pool' on "
		"this host, if it has a line of it: docs/pool.md. If it has died for good or for long, 'vxe host-declare-dead uuid={host}' lets others have its VMs.",
	[HOST_IS_LIVE] = "Cut its power first, or move its guests to other hosts (vm-migrate).",
	[HOST_HAS_RESIDENT_VMS] = "'vxe host-declare-dead uuid={host}' says that they do not run.",
	[HOST_DISABLED] = "'vxe host-enable uuid={host}' enables it.",
	[HOST_EVACUATE_IN_PROGRESS] = "Wait until that has ended, or start the VM on another host.",
	[HOST_NOT_ENOUGH_FREE_MEMORY] = "Shut down or suspend VMs there.",
	[HOST_CANNOT_ATTACH_NETWORK] =
		"'vxe pif-list params=host-uuid,network-uuid,device' shows the networks of each host.",
	[INTERFACE_HAS_NO_IP] =
		"Name another network, or none: then the memory goes to the address of the host.",
	[HOST_NOT_DISABLED] = "'vxe host-disable', then the command again.",
	[HOST_IN_USE] = "'vxe vm-list power-state=running' shows them: shut them down or suspend "
			"them first.",
	[XENAPI_MISSING_PLUGIN] =
		"'ls /etc/vxe/plugins' shows the plugins: each is an executable file with "
		"the plugin's name.",
	[XENAPI_PLUGIN_FAILURE] =
		"Status, stdout and stderr are the plugin's own; they say what it lacks.",
	[VMSS_HAS_VM] = "'vxe vm-list snapshot-schedule=SCHEDULE' shows them, 'vxe vm-param-set "
			"uuid=VM snapshot-schedule=' takes one out.",
	/* for archives */
	[IMPORT_ERROR] =
		"'msg' says what does not fit; if the archive is damaged, copy or export it again.",
	[IMPORT_ERROR_UNEXPECTED_FILE] =
		"The archive is damaged or was not made by vm-export: copy or export it again.",
	[IMPORT_ERROR_PREMATURE_EOF] =
		"Compare its size with that of the original, and copy or export it again.",
	[IMPORT_ERROR_SOME_CHECKSUMS_FAILED] =
		"The archive is damaged: copy or export it again; force=true imports it as it is.",
	[IMPORT_ERROR_FAILED_TO_FIND_OBJECT] =
		"The archive is damaged or was made by hand: export it again.",
	[VM_TO_IMPORT_IS_NOT_NEWER_VERSION] =
		"Without preserve=true it becomes a new VM beside the other; 'vxe vm-destroy "
		"uuid={vm}' removes that one and keeps its disks.",
	[DUPLICATE_MAC_SEED] =
		"Without preserve=true the VM gets new addresses; or remove the other one first: "
		"'vxe vm-list other-config:mac_seed={seed}' shows it.",
	[IMPORT_INCOMPATIBLE_VERSION] =
		"Export it again with vm-export of vxe, or of a XenServer whose archives "
		"are of the usual form.",
	/* for errors that only vxe has */
	[VXE_HYPERVISOR_UNREACHABLE] =
		"'systemctl status libvirtd virtqemud' shows whether the daemon runs, "
		"'virsh -c {uri} list' whether another program gets through.",
	[VXE_HYPERVISOR_SILENT] =
		"'virsh -c {uri} list' shows whether it answers again; 'systemctl restart "
		"libvirtd' (or virtqemud) leaves the guests running. Then run the command again.",
	[VXE_GUEST_SILENT] =
		"'virsh list' shows whether libvirt itself answers. If so, the QEMU hangs: put its "
		"storage right, or end it with 'vxe vm-shutdown uuid={vm} --force', which does not "
		"ask it.",
	[VXE_GUEST_STUCK] =
		"Put right what it waits for, or reboot the host. Then QEMU ends by itself, and "
		"'vxe vm-shutdown uuid={vm} --force if-needed=true' passes.",
	[VXE_HYPERVISOR_MISMATCH] =
		"'virsh capabilities' shows the UUID of the host that answers; see that "
		"VXE_CONNECT and VXE_STORE are those that you mean.",
	[VXE_WRONG_HOST] =
		"Put right the line of {wanted} in the file 'remote' beside 'pool', on the host on "
		"which the command was typed: docs/pool.md.",
	[VXE_SEVERAL_HOSTS] = "Name them one by one, with uuid=, or those of one host.",
	[VXE_FILE_HERE] =
		"Run it there; 'vxe host-list uuid={host} params=name-label,address' says "
		"where that is.",
	[VXE_NOT_IN_POOL] = "See that VXE_STORE is the store that you mean.",
	[VXE_IN_POOL] = "'vxe pool-list' and 'vxe host-list' show the pool.",
	[VXE_POOL_EXISTS] = "'vxe pool-join store={store}' brings this host into that pool; for a "
			    "new one make an empty database ('createdb').",
	[VXE_NO_POOL] = "'vxe pool-init store={store}' makes a pool of a host and its records; "
			"then others can join it.",
	[VXE_TIED_TO_POOL] =
		"Move the disks of this host's VMs to an SR that no other host is connected to, and "
		"take CDs of other SRs out of their drives; then run the command again.",
	[VXE_UUID_IN_POOL] =
		"If it is a copy, remove it on one of both sides, and run the command again. A "
		"host that is the copy of another's system needs a UUID, a machine ID and a store "
		"of its own first.",
	[VXE_HOST_UUID_CHANGED] =
		"'virsh capabilities' shows the UUID that libvirt reports. 'vxe host-adopt' "
		"accepts it; never on a copy of the machine that still shares disks with it.",
	[VXE_OTHER_MACHINE] =
		"If this machine is the host from now on, and the other one is off for good: 'vxe "
		"host-adopt'. A copy beside it is no host of the pool: docs/pool.md.",
	[VXE_HOME_UNCLEAR] =
		"Nothing has changed. The lines before it name the hosts and files; "
		"'vxe pool-reconcile homes:{vm}=HOST-UUID' takes the definition of that host, and "
		"leaves those of the others, and all files, where they are.",
	[VXE_HYPERVISOR_FAILED] =
		"'message' is libvirt's own; 'journalctl -u libvirtd' (or virtqemud) and "
		"the domain's log in /var/log/libvirt/qemu (qemu:///session: "
		"~/.cache/libvirt/qemu/log) say more.",
	[VXE_STORE_UNUSABLE] =
		"See that {store} is there, belongs to you and has space; VXE_STORE names "
		"another place.",
	[VXE_STORE_LOST] =
		"When {store} answers again ('vxe vm-list'), run the command once more: what it "
		"left half done is finished or undone first. The guests run on.",
	[VXE_RECORD_DAMAGED] =
		"'vxe check' names all such records. 'vxe pool-dump-database file-name=FILE' "
		"writes what can be read of them, too; when you have looked at those in it "
		"(or with a dump of before), 'mv {store} {store}.damaged' (a database gets another "
		"name, and an empty one takes its place), then 'vxe pool-restore-database "
		"file-name=FILE --force'.",
	[VXE_STORE_MISMATCH] =
		"'vxe vm-param-set uuid={vm} other-config:take-over=true', if no other vxe "
		"uses that store any more.",
	[VXE_DISK_CHANGED] =
		"Where 'found' names no other way: 'vxe vm-adopt-disks uuid={vm} keep=records' "
		"puts the disks on record back, keep=definition takes over those that the "
		"definition has now; --dry-run shows first what that would do.",
	[VXE_CHAIN_DIFFERS] =
		"With the VM off, 'vxe vm-adopt-disks uuid={vm} keep=definition' writes "
		"what the definition says into the header, keep=records goes by the "
		"header; --dry-run shows first what that would do.",
	[VXE_FILE_ELSEWHERE] =
		"Give the container of process {daemon} the folder that vxe has ('-v DIR:DIR'), or run "
		"vxe in it: both need one folder of images at one path.",
	[VXE_DISK_UNOPENABLE] =
		"'setfacl -m u:{user}:rw {file}' lets QEMU's user in by the ACL, which new files of "
		"the disk get, too; or run the command as root.",
	[VXE_DISK_ENCRYPTED] =
		"'vxe vm-snapshot uuid=VM new-name-label=NAME ignore-vdi-uuids={vdi}' leaves the "
		"disk out, a copy inside the guest holds its content. 'qemu-img convert' with the "
		"secret makes a plain image, which vxe can work on.",
	[VXE_FOREIGN_IMAGE] =
		"Where 'reason' names no other way: leave it alone if a stranger may have made it, "
		"as what opens it also opens the files of this host that its header names. Of one "
		"that you trust 'qemu-img convert -O qcow2 "
		"{file} NEW.qcow2' makes an image that vxe can use: attach that one to the VM, or "
		"take it in with 'vxe vdi-import uuid=DISK filename=NEW.qcow2 format=qcow2'. If "
		"other images lie on that file, convert the uppermost of them, with the VM off: "
		"only it has what was written last.",
	[VXE_FORMAT_UNSAID] =
		"format=qcow2 or format=vhd takes what such an image describes; of other kinds "
		"'qemu-img convert -O qcow2 {file} NEW.qcow2' makes a qcow2 image; unpack what is "
		"packed first. format=raw takes the bytes of the file itself.",
	[VXE_NO_ARCHIVE] =
		"'tar -xf FILE' unpacks an OVA, 'qemu-img convert -O qcow2 DISK NEW.qcow2' makes a "
		"qcow2 image of any disk image. 'virt-install --import --disk NEW.qcow2 ...' makes "
		"a VM of it, which vxe lists then; or 'vxe vdi-import uuid=DISK "
		"filename=NEW.qcow2 format=qcow2' puts it into the disk of a VM that there is.",
	[VXE_FORMAT_MISSING] =
		"With no VM running on it, 'qemu-img rebase -u -f qcow2 -F raw -b {backing} "
		"{file}' writes the format into its header: raw for a disk as the guest sees it, "
		"qcow2 if you know that {backing} was made as one. Then run the command again.",
	[VXE_INTERNAL_SNAPSHOTS] =
		"'qemu-img snapshot -U -l {file}' shows them, 'virsh snapshot-list DOMAIN' "
		"those that libvirt knows. 'virsh snapshot-delete DOMAIN NAME' keeps what "
		"the disk holds now.",
	[VXE_SNAPSHOT_INSIDE] =
		"'vxe snapshot-copy uuid={snapshot} new-name-label=NAME' makes a whole copy.",
	[VXE_SNAPSHOT_HIDDEN] =
		"'vxe snapshot-list --tree' shows the snapshots made since, 'vxe "
		"snapshot-uninstall "
		"uuid=SNAPSHOT' removes one. Layers that other programs have made above the image "
		"'vxe vdi-merge uuid=DISK' merges into it, with the UUID of the VM's disk.",
	[VXE_SNAPSHOT_UNFIT] =
		"'virsh snapshot-dumpxml {vm} NAME --security-info > FILE' writes such a document "
		"while libvirt has the snapshot: take the one of this VM with its present disks.",
	[VXE_MEMORY_UNFIT] =
		"'vxe vm-start uuid={vm}' boots the guest without the file. Or bring the "
		"disks back to what they held then, and try again.",
	[VXE_LAYER_CHANGED] =
		"Restore the file from a backup; or, if you changed it on purpose, 'vxe vdi-update "
		"uuid=DISK force=true' for the disk whose file it is, which 'vxe vdi-list "
		"params=uuid,sm-config' shows.",
	[VXE_LAYER_WRITTEN] =
		"Is it the VM of this disk, with an old definition: 'vxe vm-adopt-disks uuid=VM "
		"keep=records' gives it its disk of now. Else 'virsh edit' or 'virsh undefine' "
		"takes {file} from the domain {domain}. force=true reads the layer this once.",
	[VXE_DISK_TWICE] =
		"'virsh detach-disk {vm} TARGET --config' takes one of {targets} from the VM; then "
		"run the command again.",
	[VXE_ON_BOOT_RESET] =
		"Take a snapshot of the state that is to come back, once: 'vxe vm-snapshot uuid=VM "
		"new-name-label=clean'. Then start the VM each time with 'vxe snapshot-revert "
		"uuid=SNAPSHOT start=running'.",
	[VXE_DEPENDENTS] =
		"It depends on the user. A VM or a disk: 'vxe vdi-flatten uuid=DISK' makes its "
		"disk whole; a snapshot: 'vxe snapshot-uninstall uuid=SNAPSHOT'; an image: remove "
		"it, or 'qemu-img rebase -f qcow2 -b \"\" IMAGE' makes it whole; a domain: 'virsh "
		"edit' or 'virsh undefine' takes {file} from it; a process, which 'fuser -v "
		"{file}' names: end it. Then run the command again.",
	[VXE_LAYER_STAYS] =
		"'vxe vdi-chain-list uuid=DISK' shows the layers; put right what 'reason' "
		"names, or leave this one out with base= or top=.",
	[VXE_SCHEDULE_DELETES] =
		"'vxe vmss-preview uuid={schedule}' shows which. If the clock is wrong, put it "
		"right. If they may go: 'vxe vmss-run uuid={schedule} --force'; else 'vxe "
		"vmss-param-set uuid={schedule} keep-days=DAYS' keeps those of the last DAYS days.",
	[VXE_SCHEDULE_FAILED] =
		"'vxe vmss-param-get uuid={schedule} param-name=last-error' and 'vxe message-list' "
		"say what; when that is put right, 'vxe vmss-run uuid={schedule}' tries again.",
	[VXE_MANAGED_SAVE] = "'vxe vm-start uuid={vm}' lets it go on; 'vxe vm-shutdown uuid={vm} "
			     "--force' drops the memory.",
	[VXE_GUEST_ASLEEP] =
		"'vxe vm-unpause uuid={vm}' wakes it, as 'virsh dompmwakeup' does; then "
		"the command again.",
	[VXE_DEFINITION_OLD] =
		"When {host} is up again, it has the VM again. If it never will be, 'vxe vm-start "
		"uuid={vm} --force' starts it with what the records say of its devices.",
	[VXE_FIRMWARE_MISSING] = "Put {file} back from a backup, or run the command again with "
				 "ignore-firmware=true.",
	[VXE_FIRMWARE_SHARED] =
		"Copy {file}, and let 'virsh edit' name the copy in the definition of the user. "
		"'vxe snapshot-revert uuid=SNAPSHOT ignore-firmware=true' leaves the file as it is "
		"and reverts the rest.",
	[VXE_NETWORK_INACTIVE] = "'virsh net-start {name}', then the command again.",
	[VXE_NETWORK_MISSING] =
		"'virsh net-define FILE' with the network's XML and 'virsh net-start {name}'; or "
		"'vxe vif-list vm-uuid={vm}' and 'vxe vif-move uuid=VIF network-uuid=NETWORK', or "
		"vif-destroy.",
	[VXE_TRANSIENT] = "'virsh dumpxml {vm} > vm.xml && virsh define vm.xml', then the command "
			  "again.",
	[VXE_PLACE_TAKEN] =
		"'vxe check' shows both records; remove the one that is not needed with "
		"vdi-forget.",
	[VXE_IMAGE_FAILED] =
		"'message' says what the system or qemu-img met: see that {file} is there, may be "
		"read and written, that no process has it open ('fuser -v {file}'), and that its "
		"disk is not full ('df {file}'){overlay-sr-uuid?, or have the new layers made in "
		"another SR with overlay-sr-uuid=}.",
	[VXE_IMAGE_DAMAGED] = "'qemu-img check -U -f qcow2 {file}' shows the damage. With no VM "
			      "running on it and a copy of the file put aside, 'qemu-img check -r "
			      "all -f qcow2 {file}' repairs what can be repaired; then run the "
			      "command again.",
	[VXE_BUSY] = "'vxe task-list' shows what is going on; 'vxe task-cancel uuid=TASK' ends "
		     "it. If another program is at work, run the command when that has ended.",
	[VXE_TRY_AGAIN] = "Run the command again; 'vxe task-list' shows what else is going on.",
	[VXE_NO_PROGRESS] =
		"Put right what 'reason' names; shutting the VM down, or ending the program that "
		"works on {object} at the same time, takes others out of the way. Then run the "
		"command again.",
	[VXE_WAIT_TIMEOUT] = "'vxe console uuid={vm}' shows what the guest does; a larger timeout= "
			     "waits longer, none as long as it takes.",
	[VXE_DRY_RUN] =
		"'vxe check' ends what a vxe that died has begun; 'vxe vm-list' makes a store that "
		"is new. Then the dry run again.",
	[VXE_INCONSISTENT] =
		"Each line above names a problem and its object, and what leads out of it.",
	[VXE_REMOTE_URI] = "Run vxe on that machine, for example with ssh, and with a local "
			   "VXE_CONNECT (qemu:///system).",
	[VXE_DRIVER_NOT_QEMU] = "Run vxe with VXE_CONNECT=qemu:///system (of the machine) or "
				"qemu:///session (of this user).",
};

const char next_of_cut_short[] =
	"What it has begun is neither done nor undone: the next acting command on the object, or "
	"'vxe check', finishes or undoes it.";

const char *code_next(enum vxe_code code)
{
	return nexts[code] ? nexts[code] : "";
}

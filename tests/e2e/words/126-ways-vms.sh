#!/bin/bash
# SPDX-License-Identifier: MIT
# The ways out that errors name about commands, VMs, networks and the host lead out: each is done as it is printed, in the
# commonest situation of its error.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"

nobody=00000000-1111-4222-8333-444444444444
limits() { vxe vm-memory-limits-set "$@" static-min=16MiB dynamic-min=64MiB dynamic-max=64MiB static-max=64MiB; }
small_guest web 1 && web=$UUID
small_guest one 1 && one=$UUID
small_guest two 1 && two=$UUID
for uuid in "$one" "$two"; do vxe vm-param-set uuid="$uuid" name-label=twin; done
host=$(plain host-list --minimal)
pool=$(plain pool-list --minimal)
sr=$(plain pool-param-get uuid="$pool" param-name=suspend-image-SR)

# ---- words

wrong CLI_NO_MATCH 'a VM that there is not' vm-snapshot vm=wep new-name-label=first
for n in 1 2 3 4 5; do leads CLI_NO_MATCH $n; done
again CLI_NO_MATCH vxe vm-snapshot vm=web new-name-label=first
snap=$OUT

wrong CLI_AMBIGUOUS 'a name of two' vm-reset-powerstate vm=twin --force
again CLI_AMBIGUOUS vxe vm-reset-powerstate uuid="$one" --force
again CLI_AMBIGUOUS vxe vm-reset-powerstate vm=twin --force --multiple

wrong CLI_LOST_CONNECTION 'a question at the end of the input' snapshot-uninstall uuid="$snap" </dev/null
again CLI_LOST_CONNECTION vxe snapshot-uninstall uuid="$snap" --force

mkdir bare && cp "$(dirname "$VXE")"/vxe{,-libvirt.so,-xml.so,-postgresql.so} bare/
VXE=$PWD/bare/vxe wrong INTERNAL_ERROR 'a part of the installation is missing' vm-export uuid="$web" filename=bare/web.xva
leads INTERNAL_ERROR 1
VXE_LOG=debug VXE=$PWD/bare/vxe run vxe vm-export uuid="$web" filename=bare/web.xva
like '... with VXE_LOG=debug it says what it does' "$ERR" 'vm-export'
again INTERNAL_ERROR vxe vm-export uuid="$web" filename=web.xva

# What a user has written wrongly is no unexpected error.
network=$(plain network-list --minimal | cut -d, -f1)
for words in vm-import 'vm-list minimal=maybe' "network-param-set uuid=$network MTU=large" \
  'vmss-create name-label=n type=snapshot frequency=daily retained-snapshots=all'; do
  # shellcheck disable=SC2086 # words
  not_ok "$words" vxe $words --json
  unlike '... is no unexpected error' "$ERR" INTERNAL_ERROR
done

wrong UUID_INVALID 'an unknown VM' vm-param-get uuid=$nobody param-name=name-label
for n in 1 2 3 4; do leads UUID_INVALID $n; done
again UUID_INVALID vxe vm-param-get uuid="$web" param-name=name-label

wrong DB_UNIQUENESS_CONSTRAINT_VIOLATION 'the UUID of another object' \
  sr-introduce uuid="$web" name-label=x type=file content-type=user
again DB_UNIQUENESS_CONSTRAINT_VIOLATION vxe sr-introduce uuid="$nobody" name-label=x type=file content-type=user
ok '... which is forgotten again' vxe sr-forget uuid="$nobody"

wrong INVALID_VALUE 'a disk without a size' vm-disk-add uuid="$web" disk-size=0 device=1
leads INVALID_VALUE 1 COMMAND=vm-disk-add
again INVALID_VALUE vxe vm-disk-add uuid="$web" disk-size=1MiB device=1

ok 'a key' vxe vm-param-set uuid="$web" other-config:owner=ann
wrong MAP_DUPLICATE_KEY 'twice' vm-param-add uuid="$web" param-name=other-config owner=bob
leads MAP_DUPLICATE_KEY 1 CLASS=vm VALUE=bob
is '... it is set' "$(plain vm-param-get uuid="$web" param-name=other-config param-key=owner)" bob
leads MAP_DUPLICATE_KEY 2 CLASS=vm
again MAP_DUPLICATE_KEY vxe vm-param-add uuid="$web" param-name=other-config owner=bob

wrong MEMORY_CONSTRAINT_VIOLATION_ORDER 'less than the least' vm-param-set uuid="$web" memory-static-max=1MiB
leads MEMORY_CONSTRAINT_VIOLATION_ORDER 1 UUID="$web" SIZE=48MiB
again MEMORY_CONSTRAINT_VIOLATION_ORDER vxe vm-param-set uuid="$web" memory-static-max=64MiB

snapshot "$web" s && snap=$SNAP
for uuid in "$web" "$snap"; do
  operation=snapshot command="vm-snapshot new-name-label=x"
  [ "$uuid" = "$web" ] || operation=revert command=snapshot-revert
  vxe vm-param-set uuid="$uuid" blocked-operations:$operation=no
  # shellcheck disable=SC2086 # words
  wrong OPERATION_BLOCKED "$operation" $command uuid="$uuid"
  leads OPERATION_BLOCKED 1
  like '... it shows it' "$OUT" "$operation: no"
  leads OPERATION_BLOCKED 2 OPERATION=$operation
  # shellcheck disable=SC2086 # words
  again OPERATION_BLOCKED vxe $command uuid="$uuid"
done

wrong NOT_IMPLEMENTED 'a function of Xen' vm-query-services uuid="$web"
leads NOT_IMPLEMENTED 1

# ---- templates and snapshots

template=$(plain template-list --minimal | cut -d, -f1)
wrong VM_IS_TEMPLATE 'a default template' vm-destroy uuid="$template"
leads VM_IS_TEMPLATE 1 NAME=of-template
leads VM_IS_TEMPLATE 2
again VM_IS_TEMPLATE vxe vm-destroy uuid="$template"
is '... it is gone' "$(plain template-list uuid="$template" --minimal)" ''
schedule=$(vxe vmss-create name-label=n type=snapshot frequency=daily 2>/dev/null)
wrong VM_IS_TEMPLATE 'the schedule of a snapshot' snapshot-param-set uuid="$snap" snapshot-schedule="$schedule"
leads VM_IS_TEMPLATE 1 NAME=of-snapshot
made=$OUT
again VM_IS_TEMPLATE vxe vm-param-set uuid="$made" snapshot-schedule="$schedule"

wrong VM_ASSIGNED_TO_SNAPSHOT_SCHEDULE 'a template of a member' vm-param-set uuid="$made" is-a-template=true
leads VM_ASSIGNED_TO_SNAPSHOT_SCHEDULE 1
again VM_ASSIGNED_TO_SNAPSHOT_SCHEDULE vxe vm-param-set uuid="$made" is-a-template=true
ok 'the schedule has another one' vxe vm-param-set uuid="$web" snapshot-schedule="$schedule"
wrong VMSS_HAS_VM 'a schedule with a member' vmss-destroy uuid="$schedule"
leads VMSS_HAS_VM 1 SCHEDULE="$schedule"
like '... shows it' "$OUT" "$web"
leads VMSS_HAS_VM 2 VM="$web"
again VMSS_HAS_VM vxe vmss-destroy uuid="$schedule"

ok 'it is a VM' vxe vm-param-set uuid="$made" is-a-template=false
shop=$(vxe appliance-create name-label=shop)
ok '... of an appliance' vxe vm-param-set uuid="$made" appliance="$shop"
wrong VM_IS_PART_OF_AN_APPLIANCE 'a template of a part' vm-param-set uuid="$made" is-a-template=true
leads VM_IS_PART_OF_AN_APPLIANCE 1
again VM_IS_PART_OF_AN_APPLIANCE vxe vm-param-set uuid="$made" is-a-template=true

keep_content then "$web"
stamp_disks "$web" 7
wrong VM_IS_SNAPSHOT 'the memory of a snapshot' vm-memory-limits-set uuid="$snap" \
  static-min=16MiB dynamic-min=64MiB dynamic-max=64MiB static-max=64MiB
leads VM_IS_SNAPSHOT 2 NAME=cloned
is '... a template' "$(plain template-list name-label=cloned --minimal)" "$OUT"
leads VM_IS_SNAPSHOT 1
ok '... the VM has its content' has_content then "$web"
again VM_IS_SNAPSHOT limits uuid="$web"

small_guest inside 1 && inside=$UUID
vxe vm-list >/dev/null
stamp inside-0.qcow2 5
keep_content inside "$inside"
virsh -q snapshot-create-as inside kept
stamp inside-0.qcow2 6
kept=$(vxe snapshot-list name-label=kept --minimal)
virsh -q undefine inside --snapshots-metadata
wrong VM_REVERT_FAILED 'a snapshot inside the image of a VM that is undefined' snapshot-revert uuid="$kept"
leads VM_REVERT_FAILED 1 NAME=copied
leads VM_REVERT_FAILED 2 NAME=copied NEW=back
ok '... the new VM has its content' has_content inside "$OUT"

# ---- drives

mkdir isos
qemu-img create -q -f raw isos/one.iso 1M
qemu-img create -q -f raw isos/two.iso 1M
vxe sr-create name-label=cds type=iso content-type=iso device-config:location="$PWD/isos" >/dev/null
wrong VM_NO_EMPTY_CD_VBD 'a VM without a drive' vm-cd-insert uuid="$web" cd-name=one.iso
leads VM_NO_EMPTY_CD_VBD 2
again VM_NO_EMPTY_CD_VBD vxe vm-cd-insert uuid="$web" cd-name=one.iso
wrong VM_NO_EMPTY_CD_VBD 'a VM whose drive is full' vm-cd-insert uuid="$web" cd-name=two.iso
leads VM_NO_EMPTY_CD_VBD 1
again VM_NO_EMPTY_CD_VBD vxe vm-cd-insert uuid="$web" cd-name=two.iso
ok 'it has the other CD' grep -q two.iso <(virsh dumpxml web)

# ---- states

one_file=$(source_of one vda)
shop=$(vxe appliance-create name-label=shop)
for uuid in "$one" "$two"; do vxe vm-param-set uuid="$uuid" appliance="$shop"; done
mv "$one_file" aside
wrong OPERATION_PARTIALLY_FAILED 'one of two has no disk' appliance-start uuid="$shop"
mv aside "$one_file"
again OPERATION_PARTIALLY_FAILED vxe appliance-start uuid="$shop"
guest_counts one && guest_counts two

wrong DOMAIN_EXISTS 'a reset of a VM that runs' vm-reset-powerstate uuid="$one" --force
leads DOMAIN_EXISTS 1
again DOMAIN_EXISTS vxe vm-reset-powerstate uuid="$one" --force

wrong VM_BAD_POWER_STATE 'the export of a VM that runs' vm-export uuid="$two" filename=two.xva
leads VM_BAD_POWER_STATE 1 COMMAND=vm-shutdown
again VM_BAD_POWER_STATE vxe vm-export uuid="$two" filename=two.xva
ok 'no SR is set' vxe pool-param-set uuid="$pool" suspend-image-SR=
wrong VM_BAD_POWER_STATE 'the suspension of one that does not' vm-suspend uuid="$two"
leads VM_BAD_POWER_STATE 1 COMMAND=vm-start
guest_counts two

# ---- memory

wrong VM_NO_SUSPEND_SR 'no SR for memory' vm-suspend uuid="$two"
leads VM_NO_SUSPEND_SR 3
leads VM_NO_SUSPEND_SR 2 POOL="$pool" SR="$sr"
again VM_NO_SUSPEND_SR vxe vm-suspend uuid="$two"

memory=$(find "$HOST_IMAGES" -name '*.mem')
mv "$memory" aside
wrong SUSPEND_IMAGE_NOT_ACCESSIBLE 'the file of the memory is gone' vm-resume uuid="$two"
leads SUSPEND_IMAGE_NOT_ACCESSIBLE 1
is '... it names the file' "$OUT" "$memory"
mv aside "$OUT"
again SUSPEND_IMAGE_NOT_ACCESSIBLE vxe vm-resume uuid="$two"
ok 'suspended again' vxe vm-suspend uuid="$two"
rm -f "$(find "$HOST_IMAGES" -name '*.mem')"
exits 1 'check finds it' vxe check
like '... and says what leads out' "$OUT" "put it back, or 'vxe vm-shutdown uuid=$two --force'"
wrong SUSPEND_IMAGE_NOT_ACCESSIBLE 'the file is gone for good' vm-resume uuid="$two"
leads SUSPEND_IMAGE_NOT_ACCESSIBLE 2 VM="$two"
ok '... it starts' vxe vm-start uuid="$two"
guest_counts two

ok 'no SR is set again' vxe pool-param-set uuid="$pool" suspend-image-SR=
wrong VM_NO_SUSPEND_SR 'no SR for memory' vm-suspend uuid="$two"
boots() { grep -ac 'B=' "$HOST_DIR/s/$1.log"; }
mkdir mem
mem=$(vxe sr-create name-label=mem type=file device-config:location="$PWD/mem")
leads VM_NO_SUSPEND_SR 1 SR="$mem"
again VM_NO_SUSPEND_SR vxe vm-suspend uuid="$two"
at=$(guest_counter two) boots=$(boots two)

pbd=$(plain pbd-list sr-uuid="$mem" --minimal)
wrong OPERATION_NOT_ALLOWED 'the end of a connection' pbd-destroy uuid="$pbd"
like '... the reason says what to do' "$ERR" 'unplug it first'
ok '... which is done' vxe pbd-unplug uuid="$pbd"
again OPERATION_NOT_ALLOWED vxe pbd-destroy uuid="$pbd"

ok 'its SR is forgotten' vxe sr-forget uuid="$mem"
wrong VM_HAS_NO_SUSPEND_VDI 'so is the memory in it' vm-resume uuid="$two"
leads VM_HAS_NO_SUSPEND_VDI 1
leads VM_HAS_NO_SUSPEND_VDI 3 FILE="$(echo mem/*.mem)"
ok '... the guest goes on' wait_until 10 guest_is_past two "$at"
is '... and has not booted' "$(boots two)" "$boots"
vxe vm-shutdown uuid="$two" --force
leads VM_HAS_NO_SUSPEND_VDI 2
wrong VM_NO_SUSPEND_SR 'the SR is forgotten' vm-suspend uuid="$two"
leads VM_NO_SUSPEND_SR 2 POOL="$pool" SR="$sr"
again VM_NO_SUSPEND_SR vxe vm-suspend uuid="$two"
vxe vm-shutdown uuid="$two" --force
exits 1 'check names the SR that is gone' vxe check
way=$(sed -n "s/.*'\(vxe vm-param-set [^']*\)UUID'.*/\1/p" <<<"$OUT")
ok "... '$way...' leads out" eval "$way$sr"
ok '... to a clean check' vxe check

# ---- a guest that does not hear its button

cancels() {
  local task
  task=$(plain task-list --minimal)
  [ -n "$task" ] && plain task-cancel uuid="$task"
}
small_guest deaf 1 && deaf=$UUID
sed "s,<name>,<uuid>$deaf</uuid>&,; s,<acpi/>,," deaf.xml >deaf2.xml && virsh -q define deaf2.xml
ok 'a guest without ACPI' vxe vm-start uuid="$deaf"
wait_until 20 cancels &
wrong TASK_CANCELLED 'by task-cancel' vm-reboot uuid="$deaf"
wait $!
again TASK_CANCELLED vxe vm-reboot uuid="$deaf" --force
VXE_SHUTDOWN_TIMEOUT_MS=500 wrong VM_SHUTDOWN_TIMEOUT 'it runs on' vm-shutdown uuid="$deaf"
leads VM_SHUTDOWN_TIMEOUT 1 < <(sleep 0.3 && printf '\035')
leads VM_SHUTDOWN_TIMEOUT 2

# ---- networks

net() { echo "<network><name>$1</name><forward mode='bridge'/><bridge name='vxe-$1'/></network>" >"$1.xml" && virsh -q net-define "$1.xml" && virsh -q net-start "$1"; }
net_of() { plain network-list name-label="$1" --minimal; }
net theirs && net other
theirs=$(net_of theirs) other=$(net_of other)
wrong MAC_INVALID 'the address of a group' vif-create vm-uuid="$web" device=0 network-uuid="$theirs" mac=01:00:00:00:00:01
again MAC_INVALID vxe vif-create vm-uuid="$web" device=0 network-uuid="$theirs"
vif=$OUT
wrong INVALID_IP_ADDRESS_SPECIFIED 'no address' vif-param-set uuid="$vif" ipv4-allowed=300.1.1.1
again INVALID_IP_ADDRESS_SPECIFIED vxe vif-param-set uuid="$vif" ipv4-allowed=192.0.2.1
wrong NETWORK_CONTAINS_VIF 'a network with a card' network-destroy uuid="$theirs"
leads NETWORK_CONTAINS_VIF 1 VIF="$vif" NETWORK="$other"
wrong CANNOT_DESTROY_SYSTEM_NETWORK "a network of libvirt's own" network-destroy uuid="$theirs"
leads CANNOT_DESTROY_SYSTEM_NETWORK 1
leads CANNOT_DESTROY_SYSTEM_NETWORK 2
is '... it is gone' "$(net_of theirs)" ''
wrong NETWORK_CONTAINS_VIF 'the other one has the card' network-destroy uuid="$other"
leads NETWORK_CONTAINS_VIF 2 VIF="$vif"
not_ok '... the card is gone' grep -q '<interface' <(virsh dumpxml web)
if vxe network-create name-label=lan >lan 2>/dev/null; then
  lan=$(cat lan)
  vif=$(vxe vif-create vm-uuid="$web" device=0 network-uuid="$lan")
  wrong NETWORK_CONTAINS_VIF "a network of vxe's" network-destroy uuid="$lan"
  leads NETWORK_CONTAINS_VIF 2 VIF="$vif"
  again NETWORK_CONTAINS_VIF vxe network-destroy uuid="$lan"
  wrong BRIDGE_NAME_EXISTS 'a bridge of another network' network-create name-label=x bridge=vxe-other
  leads BRIDGE_NAME_EXISTS 1
  like '... shows it' "$OUT" "$other"
  again BRIDGE_NAME_EXISTS vxe network-create name-label=x bridge=vxe-mine
  ok '... and destroyed' vxe network-destroy uuid="$OUT"
  wrong BRIDGE_NOT_AVAILABLE 'a bridge that there is not' network-create name-label=y bridge=vxe-br managed=false
  leads BRIDGE_NOT_AVAILABLE 1
  ok 'the bridge is made' ip link add vxe-br type bridge
  again BRIDGE_NOT_AVAILABLE vxe network-create name-label=y bridge=vxe-br managed=false
  ok '... and destroyed' vxe network-destroy uuid="$OUT"
  ip link del vxe-br
else
  skip 'no networks can be made on this host'
fi

# ---- the host

printf '#!/bin/sh\necho "$@" >>%q\n' "$PWD/ended" >end && chmod 0755 end
export VXE_SHUTDOWN=$PWD/end
ok 'the host is disabled' vxe host-disable
wrong HOST_DISABLED 'a start on it' vm-start uuid="$web" on="$host"
leads HOST_DISABLED 1
ok 'it is disabled again' vxe host-disable
wrong NO_HOSTS_AVAILABLE 'a start' vm-start uuid="$web"
leads NO_HOSTS_AVAILABLE 1
leads NO_HOSTS_AVAILABLE 2 HOST="$host"
again NO_HOSTS_AVAILABLE vxe vm-start uuid="$web"
wrong HOST_NOT_DISABLED 'the end of an enabled host' host-reboot --force
leads HOST_NOT_DISABLED 1
wrong HOST_IN_USE 'the end of a host with a guest' host-reboot --force
leads HOST_IN_USE 1
like '... shows it' "$OUT" "$web"
ok '... which is shut down' vxe vm-shutdown uuid="$web" --force
run vxe host-reboot --force --dry-run
like 'it would end, of this test' "$OUT$ERR" "run: $PWD/end -r now" || exit 1
again HOST_IN_USE vxe host-reboot --force
is '... the program was called' "$(cat ended)" '-r now'
run vxe host-shutdown --force --dry-run
like 'a shutdown would call, of this test' "$OUT$ERR" "run: $PWD/end -h now" || exit 1
is '... and has not' "$(cat ended)" '-r now'
ok 'the host is shut down' vxe host-shutdown --force
is '... the program was called so' "$(tail -n 1 ended)" '-h now'
ok 'the host is enabled' vxe host-enable

plugins() {
  mkdir -m 0755 plugins
  export VXE_PLUGINS=$PWD/plugins
  # Those of this test are there.
  ls() { command ls "${@/#\/etc\/vxe\/plugins/$VXE_PLUGINS}"; }
  wrong XENAPI_MISSING_PLUGIN 'a plugin that there is not' host-call-plugin host-uuid="$host" plugin=hello fn=go
  leads XENAPI_MISSING_PLUGIN 1
  printf '#!/bin/sh\ncat >/dev/null\necho no disk >&2\nexit 3\n' >plugins/hello && chmod 0755 plugins/hello
  wrong XENAPI_PLUGIN_FAILURE 'it fails' host-call-plugin host-uuid="$host" plugin=hello fn=go
  like '... and says why' "$ERR" 'exit: 3.*no disk'
  sed -i '/no disk/,$d' plugins/hello
  again XENAPI_PLUGIN_FAILURE vxe host-call-plugin host-uuid="$host" plugin=hello fn=go
  again XENAPI_MISSING_PLUGIN vxe host-call-plugin host-uuid="$host" plugin=hello fn=go
}
if [ "$HOST_MODE" = system ]; then plugins; else skip 'plugins belong to root'; fi

# ---- a device of the host: a guest has one, in libvirt's own notes of it, as no machine has a device to spare

small_guest usb 1 && usb=$UUID
sed "s,<name>,<uuid>$usb</uuid>&,; s,<controller type='usb' model='none'/>,," usb.xml >usb2.xml && virsh -q define usb2.xml
ok 'a guest' vxe vm-start uuid="$usb"
host_daemon_stop
sed -i "s,<memballoon model='none'/>,<hostdev mode='subsystem' type='usb' managed='no'><source><vendor id='0x1234'/>\
<product id='0xbeef'/><address bus='1' device='2'/></source><alias name='hostdev0'/></hostdev>&," "$(status_of usb)"
host_daemon_start
wrong VM_HAS_PCI_ATTACHED 'with a device of the host' vm-suspend uuid="$usb"
leads VM_HAS_PCI_ATTACHED 1 NAME=disks
again VM_HAS_PCI_ATTACHED vxe vm-shutdown uuid="$usb" --force
ok 'vxe check is clean' vxe check

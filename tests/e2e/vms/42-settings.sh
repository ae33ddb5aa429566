#!/bin/bash
# SPDX-License-Identifier: MIT
# param-set changes both the record and the domain, or neither; blocked operations; --multiple; the lists of disks.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

field() { vxe vm-param-get uuid="$web" param-name="$1"; }
# xml [--inactive] XPATH-LIKE-WORD: the text of the first such element of the domain.
xml() { virsh dumpxml "${@:2}" web | sed -n "s/.*<$1[^>]*>\([^<]*\)<.*/\1/p" | head -n 1; }
set_web() { vxe vm-param-set uuid="$web" "$@"; }

guest_make web 1
web=$(virsh domuuid web)
vxe vm-list >/dev/null

# ---- both, or neither

ok 'fields of the record and of the domain in one call' set_web name-label='Web & co' \
  name-description='two
lines' memory-static-max=96MiB memory-dynamic-max=96MiB other-config:k=v
is 'the record has the name' "$(field name-label)" 'Web & co'
is 'the domain has the title' "$(xml title)" 'Web &amp; co'
is 'and the memory' "$(xml memory)" $((96 << 10))
is 'the domain keeps its name' "$(virsh domname "$web")" web
is 'the record the key' "$(vxe vm-param-get uuid="$web" param-name=other-config param-key=k)" v
state_note
refused CLI_USAGE 2 "vm-param-set does not know 'bogus'" 'a bad field after a good one' \
  set_web name-label=new memory-static-max=128MiB bogus=1
refused CLI_VALUE 2 'VCPUs-max' 'a bad value after a good one' set_web name-label=new VCPUs-max=two
refused INVALID_VALUE 2 'field: ' 'a value that the limits forbid' \
  set_web name-label=new VCPUs-at-startup=9
refused MEMORY_CONSTRAINT_VIOLATION_ORDER 1 '<=' 'memory in the wrong order' \
  set_web name-label=new memory-static-min=1GiB
refused VXE_FAILPOINT 1 'name: ' 'a failure after the definition' \
  env VXE_FAILPOINT=vm-param-set:define=error "$VXE" vm-param-set uuid="$web" name-label=new \
  memory-static-max=128MiB
ok 'one call may move all limits' set_web memory-static-min=1MiB memory-dynamic-min=16MiB \
  memory-dynamic-max=32MiB memory-static-max=48MiB
is 'the domain has them' "$(xml memory) $(xml currentMemory)" "$((48 << 10)) $((32 << 10))"

# ---- what others change meanwhile wins

virsh -q desc web --title --config 'by virsh' >/dev/null
ok 'a change of something else' set_web name-description=later
is 'takes over the title that virsh set' "$(xml title) / $(field name-label)" 'by virsh / by virsh'

# ---- a VM that runs

virsh -q start --paused web >/dev/null
ok 'the name of a running VM' set_web name-label=running
is 'is in the definition' "$(xml title --inactive)" running
is 'and in the record' "$(field name-label)" running
state_note
refused VM_BAD_POWER_STATE 1 "expected: halted, running${NL}actual: paused" \
  'the memory of a paused VM stays' set_web memory-dynamic-max=40MiB
refused VM_BAD_POWER_STATE 1 "expected: halted${NL}actual: paused" \
  'the limits of what it runs on, too' set_web memory-static-max=64MiB
refused VM_BAD_POWER_STATE 1 "expected: halted${NL}actual: paused" '... VCPUs' set_web VCPUs-max=4
is 'it runs on' "$(virsh domstate web)" paused
virsh -q resume web >/dev/null
exits 0 'the memory of a running VM without a balloon' set_web memory-dynamic-max=40MiB
like '... a line says so' "$ERR" 'keeps its memory until it starts again'
is 'the next start has it' "$(xml currentMemory --inactive)" $((40 << 10))
ok 'other-config needs no domain' set_web other-config:x=y
ok 'vxe check is clean' vxe check
vxe vm-shutdown uuid="$web" --force

# ---- the virtual hardware: both definitions and what the guest is started with

ok 'keys of the platform' set_web VCPUs-max=4 VCPUs-at-startup=1 platform:cores-per-socket=2 \
  platform:viridian=true platform:apic=true
like 'cores' "$(virsh dumpxml web)" "<topology sockets='2' (dies='1' )?(clusters='1' )?cores='2' threads='1'/>"
like 'enlightenments' "$(virsh dumpxml web)" "<relaxed state='on'/>"
like 'the other ones' "$(virsh dumpxml web)" '<apic/>'
vxe vm-start uuid="$web" || diag 'no start'
like 'QEMU has the cores' "$(tr '\0' ' ' <"/proc/$(guest_pid web)/cmdline")" \
  '-smp 1,maxcpus=4,sockets=2,(dies=1,)?(clusters=1,)?cores=2,threads=1 '
ok 'one more VCPU for the running guest' vxe vm-vcpu-hotplug uuid="$web" new-vcpus=2
is 'it has two' "$(virsh vcpucount web --live --current)" 2
is 'and its definition' "$(virsh vcpucount web --config --current)" 2
is 'and the record' "$(field VCPUs-number) $(field VCPUs-at-startup)" '2 2'
fails INVALID_VALUE 2 'field: nvcpu' 'not more than it can have' \
  vxe vm-vcpu-hotplug uuid="$web" new-vcpus=5
vxe vm-shutdown uuid="$web" --force
state_note
refused INVALID_VALUE 2 "field: platform:cores-per-socket${NL}value: 3" 'cores that do not divide' \
  set_web platform:cores-per-socket=3
exits 0 'what KVM does not have' set_web platform:device-model=qemu-trad
like 'is kept with a note' "$ERR" 'platform:device-model has no effect here'
ln -s "$VXE" xe
ok 'xe sets what has no effect' ./xe vm-param-set uuid="$web" actions-after-softreboot=destroy platform:device-model=other
is '... without a word, as xe' "$OUT$ERR" ''
is '... and shows it' "$(field actions-after-softreboot) $(vxe vm-param-get uuid="$web" param-name=platform param-key=device-model)" \
  'Destroy other'
vbd=$(vxe vbd-list vm-uuid="$web" userdevice=0 --minimal) vdi=$(vxe vbd-list vm-uuid="$web" userdevice=0 params=vdi-uuid --minimal)
exits 0 'a limit of a disk' vxe vbd-param-set uuid="$vbd" qos_algorithm_type=ionice qos_algorithm_params:class=idle
is '... has no effect, which each line says' "$ERR" "qos_algorithm_type has no effect here: <iotune> of the definition counts ('virsh edit')
qos_algorithm_params:class has no effect here: <iotune> of the definition counts ('virsh edit')"
exits 0 'a cache' vxe vdi-param-set uuid="$vdi" allow-caching=true
like '... is not there' "$ERR" 'allow-caching has no effect here: there is no cache'
is 'a second time nothing changes' "$(vxe vdi-param-set uuid="$vdi" allow-caching=true 2>&1)" ''
# numbers: the devices from which the domain boots, in their order.
numbers() {
  virsh dumpxml --inactive web | awk -F"'" '/<(disk|interface) / { kind = /<disk/ ? $4 : "card" }
    /<boot order/ { print $2, kind }' | sort -n | cut -d' ' -f2 | tr '\n' ' '
}
is 'the guest has a boot order of devices' "$(numbers)" 'disk '
echo "<interface type='user'><model type='virtio'/></interface>" >card.xml
virsh -q attach-device web card.xml --config
ok 'HVM-boot-params:order' set_web HVM-boot-params:order=ncd
is '... is that of its devices' "$(numbers)" 'card disk '
is '... and is read as it was set' \
  "$(vxe vm-param-get uuid="$web" param-name=HVM-boot-params param-key=order)" ncd
vxe vm-start uuid="$web"
like 'QEMU has it' "$(tr '\0' '\n' <"/proc/$(guest_pid web)/cmdline" | grep -o 'virtio-net.*bootindex.*')" 'bootindex"?[:=]1'
vxe vm-shutdown uuid="$web" --force
ok 'back' set_web HVM-boot-params:order=cd
is '... to the disk alone' "$(numbers)" 'disk '
virsh -q detach-device web card.xml --config 2>/dev/null || true
ok 'UEFI' set_web HVM-boot-params:firmware=uefi
like 'is in the definition' "$(virsh dumpxml web)" "<os firmware='efi'>"
vxe vm-start uuid="$web" --paused || diag 'no start with UEFI'
like 'and what it is started with' "$(virsh dumpxml web)" "type='pflash'"
vxe vm-shutdown uuid="$web" --force
ok 'and back' set_web HVM-boot-params:firmware=bios platform:viridian=false VCPUs-at-startup=1
unlike 'nothing of it is left' "$(virsh dumpxml web)" 'pflash|nvram|hyperv|efi'
vxe vm-start uuid="$web" --paused || diag 'no start with BIOS'
ok 'it boots as before' virsh -q resume web
guest_counts web
vxe vm-shutdown uuid="$web" --force
ok 'vxe check is clean' vxe check

# ---- blocked operations

snap=$(vxe vm-snapshot uuid="$web" new-name-label=s)
for op in start snapshot reverting destroy clean_shutdown hard_shutdown; do
  set_web "blocked-operations:$op=not $op" 2>/dev/null || diag "no operation $op to block"
done
state_note
refused OPERATION_BLOCKED 7 "ref: $web .running.${NL}code: not start" 'start is blocked' \
  vxe vm-start uuid="$web"
refused OPERATION_BLOCKED 7 'code: not snapshot' 'snapshot' \
  vxe vm-snapshot uuid="$web" new-name-label=x
refused OPERATION_BLOCKED 7 'code: not destroy' 'destroy' vxe vm-destroy uuid="$web"
refused OPERATION_BLOCKED 7 'code: not destroy' 'uninstall' vxe vm-uninstall uuid="$web" --force
virsh -q start --paused web >/dev/null
refused_running() { fails "$@" && is 'it runs on' "$(virsh domstate web)" paused; }
refused_running OPERATION_BLOCKED 7 'code: not hard_shutdown' 'shutdown --force' \
  vxe vm-shutdown uuid="$web" --force
virsh -q destroy web >/dev/null
vxe vm-param-set uuid="$snap" blocked-operations:revert=keep blocked-operations:destroy=keep
state_note
refused OPERATION_BLOCKED 7 "ref: $snap .s.${NL}code: keep" 'revert of a snapshot' \
  vxe snapshot-revert snapshot-uuid="$snap"
refused OPERATION_BLOCKED 7 'code: keep' 'destroy of a snapshot' \
  vxe snapshot-destroy snapshot-uuid="$snap"
refused OPERATION_BLOCKED 7 'code: keep' 'uninstall of a snapshot' \
  vxe snapshot-uninstall snapshot-uuid="$snap" --force
unlike 'allowed-operations leave them out' "$(field allowed-operations);" ' (start|destroy|snapshot);'
vxe vm-param-clear uuid="$web" param-name=blocked-operations
vxe vm-param-clear uuid="$snap" param-name=blocked-operations
like 'and have them again' "; $(field allowed-operations);" '; snapshot;.* start;.* destroy;'

# ---- several

guest_make db 1
db=$(virsh domuuid db)
for vm in "$web" "$db"; do vxe vm-param-add uuid="$vm" param-name=tags param-key=prod; done
ok 'a snapshot of each' vxe vm-snapshot tags:contains=prod new-name-label=all --multiple
is 'prints each UUID on its line' \
  "$(sort <<<"$OUT")" "$(vxe snapshot-list name-label=all --minimal | tr , '\n' | sort)"
exits 0 'as one line with --minimal' \
  vxe vm-snapshot tags:contains=prod new-name-label=more --multiple --minimal
like 'joined by a comma' "$OUT" '^[0-9a-f-]{36},[0-9a-f-]{36}$'
vxe vm-param-set uuid="$db" blocked-operations:snapshot=never
exits 5 'one of two fails' vxe vm-snapshot tags:contains=prod new-name-label=half --multiple
like 'its error is on stdout' "$OUT" "^operation failed on $db: The operation is blocked for this object.
ref: $db .db.
code: never
next: .*param-name=blocked-operations param-key=OPERATION' permits it again.\$"
is 'nothing on stderr' "$ERR" ''
is 'the other is done' "$(vxe snapshot-list name-label=half params=snapshot-of --minimal)" "$web"

# ---- lists of disks

vxe vm-disk-add uuid="$db" disk-size=3MiB device=2
vbds=$(vxe vbd-list vm-uuid="$db" userdevice=0 --minimal),$(vxe vbd-list vm-uuid="$db" userdevice=2 --minimal)
vdi0=$(vxe vbd-list vm-uuid="$db" userdevice=0 params=vdi-uuid --minimal)
vdi2=$(vxe vbd-list vm-uuid="$db" userdevice=2 params=vdi-uuid --minimal)
is 'vm-disk-list' "$(vxe vm-disk-list uuid="$db" vdi-params=uuid,virtual-size)" "Disk 0 VBD:
uuid ( RO)             : ${vbds%,*}
    vm-name-label ( RO): db
       userdevice ( RW): 0


Disk 0 VDI:
uuid ( RO)            : $vdi0
    virtual-size ( RO): $((64 << 20))


Disk 1 VBD:
uuid ( RO)             : ${vbds#*,}
    vm-name-label ( RO): db
       userdevice ( RW): 2


Disk 1 VDI:
uuid ( RO)            : $vdi2
    virtual-size ( RO): $((3 << 20))"
is '--minimal begins with the last, as in xe' \
  "$(vxe vm-disk-list uuid="$db" --minimal)" "$vdi2,${vbds#*,},$vdi0,${vbds%,*}"
snap=$(vxe vm-snapshot uuid="$db" new-name-label=s 2>/dev/null)
vxe vm-param-clear uuid="$db" param-name=blocked-operations
snap=$(vxe vm-snapshot uuid="$db" new-name-label=disks)
is 'snapshot-disk-list' "$(vxe snapshot-disk-list snapshot-uuid="$snap" vbd-params=userdevice \
  vdi-params=virtual-size | grep -c "^Disk [01] V[BD][DI]:\|: 2$\|: $((3 << 20))$")" 6
ok 'vxe check is clean' vxe check

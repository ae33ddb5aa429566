#!/bin/bash
# SPDX-License-Identifier: MIT
# Mistakes of a naive toolstack: one result or more per pitfall, with its number. tests/pitfalls.tsv lists all of them.
. "$TESTS/lib/e2e.sh"

get() { vxe "$1-param-get" uuid="$2" param-name="$3"; }
# field VM NAME: a field of a VM or snapshot.
field() { get vm "$1" "$2"; }
# disks VM: its VDIs, by position.
disks() {
  vxe vbd-list vm-uuid="$1" type=Disk params=vdi-uuid,userdevice | awk '
    $1 == "vdi-uuid" { vdi = $NF } $1 == "userdevice" { print $NF, vdi }' | sort -n | cut -d' ' -f2
}
macs() { vxe vif-list vm-uuid="$1" params=MAC --minimal | tr , '\n' | sort; }
snapshot() { vxe vm-snapshot uuid="$web" new-name-label="$1" "${@:2}"; }
is_busy() { [ -n "$(field "$1" current-operations)" ]; }
revert() { vxe snapshot-revert snapshot-uuid="$1"; }

echo iso >tools.iso
guest_disks web 2 >disks
mapfile -t files <disks
GUEST_EXTRA="<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>
<source file='$PWD/tools.iso'/><target dev='hdc' bus='ide'/><readonly/></disk>
<interface type='user'><mac address='52:54:00:12:34:56'/><model type='virtio'/></interface>" \
  guest_define web - "${files[@]}"
web=$(virsh domuuid web)
vxe vm-param-set uuid="$web" name-description='as made'
vxe vm-param-add uuid="$web" param-name=tags param-key=early
vxe vm-param-set uuid="$web" other-config:note=old blocked-operations:clone=why
mapfile -t vdis < <(disks "$web")
vxe vm-disk-add vm=web disk-size=1MiB device=5
owned=$(disks "$web" | tail -n 1)
one=$(snapshot one)
two=$(snapshot two new-name-description=mine)

# ---- p01: a snapshot is a template, and so out of reach for vm- commands

is 'p01: a snapshot is a template' "$(field "$one" is-a-template)" true
is 'p01: vm-list does not show it' "$(vxe vm-list is-control-domain=false --minimal)" "$web"
is 'p01: template-list neither' "$(vxe template-list params=uuid --minimal | grep -c "$one")" 0
vxe vm-param-set uuid="$one" name-label=web
exits 0 'p01: a name that a snapshot shares is not ambiguous' vxe vm-start vm=web paused=true
is 'p01: the VM was started' "$(virsh domstate web)" paused
vxe vm-shutdown vm=web --force

# ---- p02: destroy keeps disks and snapshots, uninstall takes what it lists

mapfile -t kept < <(disks "$one")
ok 'p02: snapshot-destroy' vxe snapshot-destroy snapshot-uuid="$one"
for vdi in "${kept[@]}"; do
  is 'p02: its disks stay, of no VM' "$(get vdi "$vdi" vbd-uuids)" ''
  is 'p02: and are snapshots still' "$(get vdi "$vdi" is-a-snapshot)" true
done
ok 'p02: and vxe check agrees' vxe check

# ---- p03: who owns a disk

is 'p03: the disks of a snapshot are its own' \
  "$(vxe vbd-list vm-uuid="$two" type=Disk other-config:owner= params=vdi-uuid --minimal | tr , '\n' | wc -l)" 3
is 'p03: an adopted disk is not owned, one that vxe made is' \
  "$(vxe vbd-list vm-uuid="$web" other-config:owner= params=vdi-uuid --minimal)" "$owned"

# ---- p04: what a revert restores and what it keeps; p05: blocked operations

is 'p05: a snapshot starts without blocked operations' "$(field "$two" blocked-operations)" ''
vxe vm-param-remove uuid="$web" param-name=blocked-operations param-key=clone
vxe vm-param-set uuid="$web" name-label=renamed name-description='as changed' \
  memory-static-min=1MiB memory-dynamic-min=32MiB memory-dynamic-max=96MiB memory-static-max=96MiB \
  VCPUs-max=2 VCPUs-at-startup=2 other-config:note=new platform:x=y affinity="$(vxe host-list --minimal)"
vxe vm-param-add uuid="$web" param-name=tags param-key=late
is 'p04: the memory is changed' "$(field "$web" memory-static-max)" $((96 << 20))
generation=$(field "$web" generation-id)
ok 'p04: revert' revert "$two"
is 'p04: name-label is as it was' "$(field "$web" name-label)" web
is 'p04: also for libvirt' "$(virsh dumpxml web | grep -c '<title>renamed')" 0
is 'p04: name-description' "$(field "$web" name-description)" 'as made'
is 'p04: memory' "$(field "$web" memory-static-max)" $((64 << 20))
is 'p04: also in the definition' "$(virsh dumpxml web | sed -n "s/.*<memory unit='KiB'>\(.*\)<.*/\1/p")" 65536
is 'p04: VCPUs' "$(field "$web" VCPUs-max)" 1
is 'p04: other-config' "$(field "$web" other-config | grep -o 'note: [a-z]*')" 'note: old'
is 'p04: platform' "$(field "$web" platform | grep -c 'x: y')" 0
is 'p04: tags stay as they are' "$(field "$web" tags)" 'early, late'
is 'p04: affinity stays' "$(field "$web" affinity)" "$(vxe host-list --minimal)"
[ -z "$generation" ] || isnt 'p04: the generation is another' "$(field "$web" generation-id)" "$generation"
is 'p05: blocked operations come back' "$(field "$web" blocked-operations)" 'clone: why'
vxe vm-param-clear uuid="$web" param-name=blocked-operations

# ---- p06: a reverted VM is in the snapshot's state

vxe vm-start vm=web paused=true
running=$(snapshot running)
ok 'p06: revert of a VM that is on, to a snapshot taken while it was' revert "$running"
is 'p06: leaves it halted' "$(field "$web" power-state)" halted
is 'p06: libvirt agrees' "$(virsh domstate web)" 'shut off'

# ---- p08: a disk added later stays, unattached

vxe vm-disk-add vm=web disk-size=1MiB device=7
late=$(disks "$web" | tail -n 1)
file=$(vxe vdi-param-get uuid="$late" param-name=sm-config param-key=file)
qemu-io -f qcow2 -c 'write -q -P 7 0 4096' "$file"
ok 'p08: revert to before' revert "$two"
is 'p08: the disk is there' "$(get vdi "$late" uuid)" "$late"
is 'p08: of no VM' "$(get vdi "$late" vbd-uuids)" ''
ok 'p08: with its content' qemu-io -f qcow2 -c 'read -q -P 7 0 4096' "$file"
unlike 'p08: the domain has it no more' "$(virsh domblklist web)" "$file"

# ---- p09: disks keep their UUID, snapshots their origin

is 'p09: the VDIs of the VM are the same as ever' \
  "$(disks "$web" | head -n 2 | xargs)" "${vdis[*]}"
is 'p09: the snapshots know them' "$(for vdi in $(disks "$two" | head -n 2); do
  get vdi "$vdi" snapshot-of
done | xargs)" "${vdis[*]}"
is 'p09: all of them' "$(for vdi in $(disks "$running" | head -n 2); do
  get vdi "$vdi" snapshot-of
done | xargs)" "${vdis[*]}"

# ---- p10: three relations that are not one another

is 'p10: snapshot-of is the VM' "$(field "$running" snapshot-of)" "$web"
is 'p10: parent is the snapshot before' "$(field "$running" parent)" "$two"
is 'p10: the chain of files is no field' "$(get vdi "${vdis[0]}" parent)" '<not in database>'

# ---- p13: all disks or none

before=$(vxe vm-list --all params=all; vxe vdi-list params=all; ls "$PWD" "$HOST_IMAGES")
leaf=$(vdi_files "$web" | sed -n 2p)
mv "$leaf" aside
not_ok 'p13: a snapshot that fails on the second disk' snapshot broken
mv aside "$leaf"
is 'p13: leaves none behind' \
  "$(vxe vm-list --all params=all; vxe vdi-list params=all; ls "$PWD" "$HOST_IMAGES")" "$before"

# ---- p14: a busy object is waited for

VXE_FAILPOINT=vm-snapshot:switch=sleep:1500 vxe vm-snapshot vm=web new-name-label=slow >slow &
wait_until 10 is_busy "$web"
begin=$(date +%s%N)
ok 'p14: a second command waits and then does its work' vxe vm-start vm=web paused=true
like 'p14: it waited' $((($(date +%s%N) - begin) / 1000000)) '^[0-9]{3,}$'
wait $!
is 'p14: the first one was not disturbed' "$(vxe snapshot-list name-label=slow --minimal)" "$(cat slow)"

# ---- p15, p16: what errors say

exits 1 'p15: an error has the states' vxe vm-destroy uuid="$web"
like 'p15: as xe writes them' "$ERR" $'\nexpected: halted, suspended\nactual: paused'
like 'p15: snapshot-info has capitals' "$(field "$running" snapshot-info)" \
  'power-state-at-snapshot: Paused'
is 'p15: power-state has none' "$(field "$web" power-state)" paused
template=$(vxe template-list --minimal | cut -d, -f1)
exits 1 'p16: a default template stays' vxe vm-destroy uuid="$template"
like 'p16: the surplus parameter is shown' "$ERR" $'\nvm: [^\n]*\n<extra>: destroy'

# ---- p17: MAC addresses

is 'p17: a snapshot has the MACs of its VM' "$(macs "$two")" 52:54:00:12:34:56
is 'p17: and the VM after a revert, too' "$(macs "$web")" 52:54:00:12:34:56
like 'p17: as libvirt sees it' "$(virsh domiflist web)" 52:54:00:12:34:56

# ---- p19: what --force means

exits 0 'p19: for vm-shutdown: at once' vxe vm-shutdown vm=web --force
is 'p19: the VM is off' "$(virsh domstate web)" 'shut off'
exits 0 'p19: for uninstall: without a question' \
  vxe snapshot-uninstall snapshot-uuid="$running" --force
is 'p19: no question' "$(grep -c yes <<<"$OUT")" 0

# ---- p20: lists

ln -s "$VXE" xe
run ./xe vm-list uuid="$web" params=name-label,no-such-field,snapshot-of
is 'p20: as xe, an unknown column is left out' "$OUT" "name-label ( RW)     : web
    snapshot-of ( RO): <not in database>"
exits 2 'p20: as vxe it is refused' vxe vm-list uuid="$web" params=name-label,no-such-field,snapshot-of

# ---- p22: the time of a snapshot

from=$(date -u +%Y%m%dT%H:%M:%SZ)
timed=$(snapshot timed)
time=$(field "$timed" snapshot-time)
like 'p22: it is written in UTC' "$time" '^20[0-9]{6}T[0-9:]{8}Z$'
ok "p22: and true: $from <= $time" \
  test ! "$time" '<' "$from" -a ! "$time" '>' "$(date -u +%Y%m%dT%H:%M:%SZ)"
is 'p22: a VM has none' "$(field "$web" snapshot-time)" 19700101T00:00:00Z

# ---- p27: faults of xe's that are not repeated

like 'p27: snapshot-list has the columns that it asks for' "$(vxe snapshot-list uuid="$timed")" \
  "snapshot_of \( RO\) *: $web.* snapshot_time \( RO\) *: $time"

# ---- p18: CDs are references

ok 'p18: uninstall of the VM' vxe vm-uninstall uuid="$web" --force
is 'p18: the ISO is there' "$(cat tools.iso)" iso
is 'p18: also as a VDI' "$(vxe vdi-list name-label=tools.iso params=managed --minimal)" true
unlike 'p18: it was not listed' "$OUT" iso
is 'p03: what the VM owned is gone' "$(vxe vdi-list uuid="$owned" --minimal)" ''
is 'p03: what it did not own is there' "$(for vdi in "${vdis[@]}"; do
  vxe vdi-list uuid="$vdi" --minimal
done | xargs)" "${vdis[*]}"
ok 'vxe check is clean' vxe check

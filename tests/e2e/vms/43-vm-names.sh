#!/bin/bash
# SPDX-License-Identifier: MIT
# Names that are empty or full of control characters: stored unchanged, safe on a terminal. VMs without disks, or with
# CDs only. Files with a colon in their name, which QEMU takes for a protocol.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

# on_terminal CMD...: the output of CMD when it writes to a terminal.
on_terminal() {
  local words
  printf -v words '%q ' "$@"
  script -qec "$words" /dev/null </dev/null 2>&1 | tr -d '\r'
}

ln -s "$VXE_PLAIN" xe
guest_make web 1
web=$(virsh domuuid web)
evil=$'red\e[31m\ttab\x9b bell\a del\x7f \xc3\xa4 \xff end'
shown='red\x1B[31m\x09tab\x9B bell\x07 del\x7F ä \xFF end'
if in_database; then # PostgreSQL keeps UTF-8 only
  exits 2 'a name that is no UTF-8 is refused' vxe vm-param-set uuid="$web" name-label="$evil"
  like '... which is said' "$ERR" 'is no UTF-8; PostgreSQL keeps neither'
  is '... nothing has changed' "$(vxe vm-param-get uuid="$web" param-name=name-label)" web
  evil=$'red\e[31m\ttab bell\a del\x7f \xc3\xa4 end' shown='red\x1B[31m\x09tab bell\x07 del\x7F ä end'
fi

# ---- control characters

ok 'any name can be given' vxe vm-param-set uuid="$web" name-label="$evil"
is 'it is read back, byte for byte' "$(vxe vm-param-get uuid="$web" param-name=name-label)" "$evil"
vxe vm-list >/dev/null
ok 'and kept by a command that acts' vxe vm-snapshot uuid="$web" new-name-label="$evil"
snap=$OUT
is 'on the VM' "$(vxe vm-param-get uuid="$web" param-name=name-label)" "$evil"
is 'and on the snapshot' "$(vxe snapshot-param-get uuid="$snap" param-name=name-label)" "$evil"
ok 'a VM is found by it' vxe vm-list name-label="$evil" --minimal
is 'this one' "$OUT" "$web"
ok 'JSON stays JSON' vxe vm-list uuid="$web" params=name-label --json
unlike 'without a raw control character' "$OUT" $'[\x01-\x08\x0b-\x1f]'
like 'but their names' "$OUT" 'red\\u001b\[31m\\ttab'
cp .out json
ok 'and UTF-8' iconv -f UTF-8 json

if [ "$(on_terminal echo yes)" = yes ]; then
  is 'a terminal gets a list without control characters' \
    "$(on_terminal "$VXE_PLAIN" vm-list uuid="$web" params=name-label --minimal)" "$shown"
  seen=$(on_terminal env NO_COLOR=1 "$VXE_PLAIN" vm-param-list uuid="$web")
  unlike 'also by param-list' "$seen" $'[\x01-\x08\x0b-\x1f\x7f]'
  like 'which names it' "$seen" 'red.x1B'
  seen=$(on_terminal "$VXE_PLAIN" vm-shutdown uuid="$web")
  like 'an error has the name' "$seen" "vm: $web .red.x1B"
  unlike 'without control characters' "$seen" $'[\x01-\x08\x0b-\x1f\x7f]'
  like 'xe prints what there is' \
    "$(on_terminal ./xe vm-list uuid="$web" params=name-label --minimal)" $'\e\\[31m'
  like 'the uninstall list is safe' "$(on_terminal "$VXE_PLAIN" vm-uninstall uuid="$web" --dry-run)" \
    "VM : $web .red.x1B"
else
  skip 'no pseudo-terminal can be had: what a terminal gets is not looked at'
fi

ok 'the VM starts under its name' vxe vm-start uuid="$web" paused=true
ok 'and is stopped' vxe vm-shutdown uuid="$web" --force
ok 'and reverted' vxe snapshot-revert snapshot-uuid="$snap"
is 'to its name' "$(vxe vm-param-get uuid="$web" param-name=name-label)" "$evil"

# ---- no name

ok 'the name may be empty' vxe vm-param-set uuid="$web" name-label=
is 'it is' "$(vxe vm-param-get uuid="$web" param-name=name-label)" ''
is 'also for libvirt' "$(virsh dumpxml web | grep -c '<title>.')" 0
exits 2 'a snapshot needs one' vxe vm-snapshot uuid="$web" new-name-label=
ok 'but as xe' ./xe vm-snapshot uuid="$web" new-name-label=
is 'has none' "$(vxe snapshot-param-get uuid="$OUT" param-name=name-label)" ''
is 'the VM is found by it' "$(vxe vm-list name-label= --minimal)" "$web"
ok 'and snapshot, revert and all work' vxe snapshot-revert snapshot-uuid="$OUT"
is 'it has none afterwards' "$(vxe vm-param-get uuid="$web" param-name=name-label)" ''

# ---- no disks, CDs only

guest_define bare -
echo iso >boot.iso
GUEST_EXTRA="<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>
<source file='$PWD/boot.iso'/><target dev='hdc' bus='ide'/><readonly/></disk>
<disk type='file' device='cdrom'><target dev='hdd' bus='ide'/><readonly/></disk>" \
  guest_define reader -
# drives VM: its drives by position.
drives() {
  local d
  for d in $(vxe vbd-list vm-uuid="$1" params=userdevice --minimal | tr , '\n' | sort); do
    vxe vbd-list vm-uuid="$1" userdevice="$d" params=userdevice,type,mode,vdi-uuid,empty
  done
}
for name in bare reader; do
  uuid=$(virsh domuuid $name)
  ok "$name: vm-snapshot" vxe vm-snapshot vm=$name new-name-label=s
  snap=$OUT
  before=$(drives "$uuid")
  is 'the snapshot has its drives' "$(drives "$snap")" "$before"
  ok 'snapshot while it runs' vxe vm-start vm=$name paused=true
  ok 'too' vxe vm-snapshot vm=$name new-name-label=s2
  ok 'revert' vxe snapshot-revert snapshot-uuid="$snap"
  is 'stops it' "$(virsh domstate $name)" 'shut off'
  is 'its drives are the same' "$(drives "$uuid")" "$before"
  ok 'uninstall' vxe vm-uninstall uuid="$uuid" --force
  not_ok 'the domain is gone' virsh dominfo $name
done
is 'the ISO is there' "$(cat boot.iso)" iso

# ---- files with a colon

mkdir 'd:isks'
colons=("$PWD/d:isks/a:0.qcow2" "$PWD/d:isks/nbd:1.qcow2")
for file in "${colons[@]}"; do guest_disk_make "$file" $DISK_SIZE; done
guest_install "${colons[0]}"
guest_define colon - "${colons[@]}"
colon=$(virsh domuuid colon)
# step NAME BYTE: a snapshot of the disks' content, then writes BYTE to them.
step() {
  ok "snapshot $1 of disks with colons" vxe vm-snapshot uuid="$colon" new-name-label="$1"
  snaps[$1]=$OUT
  keep_content "$1" "$OUT"
  stamp_disks "$colon" "$2"
}
declare -A snaps
step first 17
step second 33
step third 49
for file in $(vdi_files "$colon"); do
  ok 'QEMU reads the chain' qemu-img info --backing-chain "$file"
done
ok 'the guest starts' vxe vm-start uuid="$colon"
ok 'it counts' guest_counts colon
ok 'a snapshot while it runs' vxe vm-snapshot uuid="$colon" new-name-label=live
for name in first third; do
  ok "snapshot $name goes meanwhile" vxe snapshot-uninstall uuid="${snaps[$name]}" force=true
  ok 'the other holds what it held' has_content second "${snaps[second]}"
done
is 'nothing waits' "$(vxe sr-coalesce | sed -n 's/^ *layers-waiting: //p')" 0
ok 'the guest counts' guest_counts colon
ok 'revert' vxe snapshot-revert snapshot-uuid="${snaps[second]}"
ok 'to what it held' has_content second "$colon"
ok 'a clone' vxe vm-clone uuid="$colon" new-name-label=colon-clone
clone=$OUT
ok 'holds it, too' has_content second "$clone"
ok 'and goes' vxe vm-uninstall uuid="$clone" force=true
for snap in $(vxe snapshot-list snapshot-of="$colon" --minimal | tr , ' '); do
  ok 'the snapshots go' vxe snapshot-uninstall uuid="$snap" force=true
done
ok 'merged into the files with colons' has_content second "$colon"
is 'which are its disks again' "$(vdi_files "$colon")" "$(printf '%s\n' "${colons[@]}")"
ok 'the VM goes' vxe vm-uninstall uuid="$colon" force=true

is 'no snapshot is left but two' "$(vxe snapshot-list --minimal | tr , '\n' | wc -l)" 2
ok 'vxe check is clean' vxe check

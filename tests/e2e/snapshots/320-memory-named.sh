#!/bin/bash
# SPDX-License-Identifier: MIT
# A reference that says what goes with a VM: the memory that it names, and the key by which it owns a disk. The memory can
# only be set to the same memory, and whatever a record names, also one from a file of the database, only a memory image
# that nothing else names goes. A disk that another VM has stays, and so does one to which a snapshot only refers.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"

# bytes VDI: what its file holds.
bytes() { qemu-img convert -U -f qcow2 -O raw "$(vdi_file "$1")" now.raw && sha256sum <now.raw; }
# named VM VDI [STATE]: the record of the VM or snapshot names the VDI as its memory, as a file of the database says.
named() {
  rm -f db.json db.new && plain pool-dump-database file-name=db.json &&
    jq --arg vm "$1" --arg vdi "$2" --arg state "${3-}" '.classes.VM[$vm] |=
      (.suspend_VDI_uuid = $vdi | if $state != "" then .power_state = $state else . end)' db.json >db.new &&
    plain pool-restore-database file-name=db.new --force
}
# stays WHAT: the disks that are nobody's memory are there, with their bytes, under their names.
stays() {
  is "$1: all disks stay" "$(for v in $things; do bytes "$v"; done)" "$was"
  is '... those of other VMs and snapshots, too' "$(vdi_of "$B") $(vdi_of "$S")" "$theirs"
}

small_guest b 1 && B=$UUID
small_guest a 1 && A=$UUID
plain vm-list >/dev/null
sr=$(plain pool-list params=default-SR --minimal)
D=$(plain vdi-create sr-uuid="$sr" name-label=precious virtual-size=1MiB type=user)
L=$(plain vdi-create sr-uuid="$sr" name-label=also virtual-size=1MiB type=suspend)
stamp "$(vdi_file "$D")" 7 0
stamp "$(vdi_file "$L")" 8 0
stamp_disks "$B" 5
snapshot "$B" s && S=$SNAP
stamp_disks "$B" 6
stamp_disks "$A" 9 3M
theirs="$(vdi_of "$B") $(vdi_of "$S")"
things="$D $L $theirs"
was=$(for v in $things; do bytes "$v"; done)

# ---- set -----------------------------------------------------------------------------------------

T=$(plain snapshot-copy uuid="$S" new-name-label=t)
for at in "vm $A" "template $T" "snapshot $S"; do
  what=${at% *} of=${at#* }
  exits 1 "a $what that is not suspended takes no memory" vxe "$what-param-set" uuid="$of" suspend-VDI-uuid="$D"
  like '... because of its state' "$ERR" 'expected: suspended.*actual: halted'
  exits 1 '... nor none' vxe "$what-param-clear" uuid="$of" param-name=suspend-VDI-uuid
done
# ---- a record that names something else: without memory ---------------------------------------------

acts=(vm-uninstall snapshot-uninstall)
[ -z "$LONG" ] || acts+=(vm-destroy template-uninstall snapshot-reset-powerstate)
n=0
for act in "${acts[@]}"; do
  n=$((n + 1))
  set -- $things
  case $act in
    template*) x=$(plain snapshot-copy uuid="$S" new-name-label=x) && named "$x" "${!n}" ;;
    snapshot*) x=$(plain vm-snapshot uuid="$B" new-name-label=x) && named "$x" "${!n}" suspended ;;
    *) x=$(plain vm-clone uuid="$S" new-name-label=x new-name-description=) && plain template-param-set uuid="$x" is-a-template=false && named "$x" "${!n}" ;;
  esac
  case $act in
    vm-destroy) ok "$act" vxe $act uuid="$x" ;;
    template*) ok "$act" vxe $act template-uuid="$x" force=true ;;
    *) ok "$act" vxe $act uuid="$x" force=true ;;
  esac
  stays "$act"
  [ $act != snapshot-reset-powerstate ] || plain snapshot-uninstall uuid="$x" force=true
done
ok 'vxe check is clean' vxe check
[ -n "$LONG" ] || exit 0

# ---- set: a VM with memory -----------------------------------------------------------------------------

guest_start a || exit
exits 1 'nor does one that runs' vxe vm-param-set uuid="$A" suspend-VDI-uuid="$D"
C=$(plain vm-checkpoint uuid="$A" new-name-label=c) || exit
ok 'a VM is suspended' vxe vm-suspend uuid="$A"
M=$(vm_field "$A" suspend-VDI-uuid)
P=$(plain snapshot-param-get uuid="$C" param-name=suspend-VDI-uuid)
for v in "$D" "$L" "${theirs#* }" "$(vdi_of "$A")" "$P"; do
  exits 7 "a suspended VM takes no other memory, $v" vxe vm-param-set uuid="$A" suspend-VDI-uuid="$v"
  like '... because it is another one' "$ERR" 'only be replaced by the same memory'
done
wrong SUSPEND_VDI_REPLACEMENT_IS_NOT_IDENTICAL 'the memory of a checkpoint' \
  vm-param-set uuid="$A" suspend-VDI-uuid="$P"
leads SUSPEND_VDI_REPLACEMENT_IS_NOT_IDENTICAL 1
exits 7 'nor does a checkpoint' vxe snapshot-param-set uuid="$C" suspend-VDI-uuid="$M"
ok 'its own is none' vxe vm-param-set uuid="$A" suspend-VDI-uuid="$M"
is 'it still has it' "$(vm_field "$A" suspend-VDI-uuid)" "$M"
ok 'vxe check is clean' vxe check

# ---- ... and with memory --------------------------------------------------------------

# suspended: the VM is, with memory of its own.
suspended() {
  plain vm-start uuid="$A" >/dev/null && plain vm-suspend uuid="$A" && M=$(vm_field "$A" suspend-VDI-uuid)
}
named "$A" "$D"
exits 1 'a disk is no memory to go on from' vxe vm-resume uuid="$A"
like '... so there is none' "$ERR" 'memory image is gone'
exits 1 '... and none that a checkpoint gets' vxe vm-checkpoint uuid="$A" new-name-label=no
like 'vxe check says it' "$(vxe check)" "VM $A"
unlike 'a shutdown plans to delete nothing else' "$(vxe vm-shutdown uuid="$A" force=true --dry-run --verbose)" precious
ok '... and deletes nothing else' vxe vm-shutdown uuid="$A" force=true
stays 'vm-shutdown'
ok 'the memory that nobody names can be destroyed' vxe vdi-destroy uuid="$M"
is '... with its file' "$(images_of_memory | wc -l)" 1

acts=(vm-reset-powerstate revert)
for act in "${acts[@]}"; do
  suspended && named "$A" "${theirs#* }" || exit
  case $act in
    revert) ok 'it is reverted' vxe snapshot-revert uuid="$C" ;;
    *) ok "$act" vxe $act uuid="$A" --force ;;
  esac
  stays "$act"
  plain vdi-destroy uuid="$M"
  [ $act != revert ] || ok '... it has the memory of the checkpoint' vxe vm-shutdown uuid="$A" force=true
done

ok 'a VM names the memory of a checkpoint' named "$B" "$P" suspended
ok '... and gives it up' vxe vm-shutdown uuid="$B" force=true
is 'the checkpoint has it' "$(plain snapshot-param-get uuid="$C" param-name=suspend-VDI-uuid)" "$P"
ok '... and is reverted to' vxe snapshot-revert uuid="$C"
ok '... and goes on' vxe vm-resume uuid="$A"
ok 'vxe check is clean' vxe check
vxe vm-shutdown uuid="$A" force=true
suspended && named "$A" "${theirs#* }" && ok 'it is uninstalled with its snapshots' vxe vm-uninstall uuid="$A" force=true
stays 'with its snapshots'

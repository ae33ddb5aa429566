#!/bin/bash
# SPDX-License-Identifier: MIT
# --dry-run of the commands of devices, CDs, layers that virsh has made, and schedules: what it says is what is then done, of a
# VM that is off and of one that runs.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/dry.sh"

mkdir isos
qemu-img create -q -f raw isos/one.iso 1M
qemu-img create -q -f raw isos/two.iso 1M
vxe sr-create name-label=isos type=iso content-type=iso device-config:location="$PWD/isos" >/dev/null
small_guest web 1
web=$UUID
vxe vm-list >/dev/null
vm() { plain vbd-list vm-uuid="$web" "$@" --minimal; }

# ---- CDs -----------------------------------------------------------------------------------------

does vm-cd-add vm-cd-add vm=web cd-name=one.iso device=3
cd=$(vm type=CD)
for how in off running; do
  [ $how = off ] || guest_start web
  does "vm-cd-eject, $how" vm-cd-eject vm=web
  does 'vm-cd-insert' vm-cd-insert vm=web cd-name=two.iso
  does 'vbd-eject' vbd-eject uuid="$cd"
  does 'vbd-insert' vbd-insert uuid="$cd" vdi-uuid="$(vxe vdi-list name-label=one.iso --minimal)"
  [ $how = off ] || ok 'the guest goes on' guest_counts web
done
virsh -q destroy web
does vm-cd-remove vm-cd-remove vm=web cd-name=one.iso

# ---- disks and cards -----------------------------------------------------------------------------

network=$(vxe network-create name-label=one)
other=$(vxe network-create name-label=two)
vdi=$(vxe vdi-create sr-uuid="$(plain pool-list params=default-SR --minimal)" name-label=more virtual-size=1MiB type=user)
for how in off running; do
  [ $how = off ] || guest_start web
  does "vbd-create, $how" vbd-create vm-uuid="$web" vdi-uuid="$vdi" device=4
  vbd=$(vm device=vde)
  [ -n "$vbd" ] || vbd=$(vm vdi-uuid="$vdi")
  if [ $how = running ]; then # this guest releases no device
    does vbd-plug vbd-plug uuid="$vbd"
    dry vbd-unplug vbd-unplug uuid="$vbd"
  else
    does vbd-destroy vbd-destroy uuid="$vbd"
  fi
  does "vif-create, $how" vif-create vm-uuid="$web" network-uuid="$network" device=3 mac=52:54:00:11:22:33
  vif=$(plain vif-list vm-uuid="$web" device=3 --minimal)
  [ $how = off ] || does vif-plug vif-plug uuid="$vif"
  does vif-move vif-move uuid="$vif" network-uuid="$other"
  if [ $how = running ]; then dry vif-unplug vif-unplug uuid="$vif"; else does vif-destroy vif-destroy uuid="$vif"; fi
done
does 'vm-memory-balloon' vm-memory-balloon vm=web target=64MiB
ok 'the guest goes on' guest_counts web
virsh -q destroy web
vxe vbd-destroy uuid="$vbd"

# ---- what virsh has made -------------------------------------------------------------------------

ok 'virsh makes a layer' virsh -q snapshot-create-as web theirs --disk-only --atomic \
  --diskspec vda,snapshot=external,file="$PWD/theirs.qcow2"
vxe vm-list >/dev/null
virsh snapshot-dumpxml web theirs >theirs.xml
virsh -q snapshot-delete web theirs --metadata
vxe snapshot-list >/dev/null
does vm-adopt-snapshot vm-adopt-snapshot vm=web filename=theirs.xml
does snapshot-uninstall snapshot-uninstall uuid="$(vxe snapshot-list name-label=theirs --minimal)" force=true
does vdi-merge vdi-merge uuid="$(vdi_of "$web")"
snapshot "$web" before
virsh dumpxml --inactive web | sed "s|<source file='[^']*'|<source file='$PWD/own.qcow2'|" >own.xml
guest_disk_make own.qcow2
for keep in records definition; do # what is done is said in the same words as beforehand
  virsh -q define own.xml
  dry "vm-adopt-disks keep=$keep" vm-adopt-disks uuid="$web" keep=$keep
  like '... it names the file' "$PLAN" "$PWD/own\.qcow2"
  said=$PLAN
  dry_definitions >.defined
  dry_records >.was
  exits 0 '... done' vxe vm-adopt-disks uuid="$web" keep=$keep
  is '... as it was said' "$OUT" "$said"
  dry_definitions >.redefined
  dry_records >.is
  if [ $keep = records ]; then
    is '... the definition names the file on record' "$(source_of web vda)" "$(vdi_file "$(vdi_of "$web")")"
    is '... no record is changed' "$(dry_changes)" ''
  else
    is '... the record has the file of the definition' "$(vdi_file "$(vdi_of "$web")")" "$PWD/own.qcow2"
    ok '... no definition is changed' cmp .defined .redefined
  fi
done

# ---- schedules -----------------------------------------------------------------------------------

vmss=$(vxe vmss-create name-label=nightly type=snapshot frequency=daily schedule:hour=2 schedule:min=0)
vxe vm-param-set uuid="$web" snapshot-schedule="$vmss"
dry 'vmss-run' vmss-run uuid="$vmss"
like '... the plan names the VM' "$PLAN" web
was=$(plain snapshot-list --minimal | tr , '\n' | wc -l)
exits 0 'vmss-run' vxe vmss-run uuid="$vmss"
is '... takes one snapshot' "$(plain snapshot-list --minimal | tr , '\n' | wc -l)" $((was + 1))
is '... of that VM' "$(plain snapshot-list is-vmss-snapshot=true params=snapshot-of --minimal)" "$web"

# ---- appliances ----------------------------------------------------------------------------------

group=$(vxe appliance-create name-label=shop)
vxe vm-param-set uuid="$web" appliance="$group"
does appliance-start appliance-start uuid="$group"
is 'the VM runs' "$(plain vm-param-get uuid="$web" param-name=power-state)" running
does appliance-shutdown appliance-shutdown uuid="$group" --force
ok 'check is clean' vxe check

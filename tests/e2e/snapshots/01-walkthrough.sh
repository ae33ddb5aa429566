#!/bin/bash
# SPDX-License-Identifier: MIT
# The steps in XenServer's documentation of VM snapshots, in its order, on a running guest with two disks: as xe, in
# ring all also as vxe, and under KVM if possible.
. "$TESTS/lib/e2e.sh"

ln -s "$VXE" xe
# cli ARG...: the program under the name that is walked with.
cli() { if [ "$AS" = xe ]; then ./xe "$@"; else "$VXE" "$@"; fi; }

log_size() { stat -c %s "$HOST_DIR/s/$1.log"; }
# first_counter NAME SIZE: the first whole counter that the guest printed after its log had SIZE bytes.
first_counter() {
  tail -c +$(($2 + 1)) "$HOST_DIR/s/$1.log" | tr -d '\r' | sed -n 's/^C=\([0-9a-f]\{8\}\)$/\1/p' |
    head -n 1 | hex
}
# The same for the counter of its first disk at the boot. A line cut off by the stop may hide its "D=".
booted_after() {
  tail -c +$(($2 + 1)) "$HOST_DIR/s/$1.log" | tr -d '\r' | sed -n 's/^B=\([0-9a-f]\{8\}\)$/\1/p' |
    head -n 1 | hex
}
has_booted_after() { [ -n "$(booted_after "$1" "$2")" ]; }
has_counter_after() { [ -n "$(first_counter "$1" "$2")" ]; }
state_of() { cli vm-param-get uuid="$1" param-name=power-state; }

# walk AS NAME
walk() {
  local AS=$1 vm=$2 uuid snap point low high first size file made vdis i time

  guest_make "$vm" 2
  guest_start "$vm" || exit 1
  uuid=$(virsh domuuid "$vm")

  # A snapshot, a checkpoint.
  ok "$AS: vm-snapshot" cli vm-snapshot vm="$vm" new-name-label="$vm-disks" new-name-description=first
  snap=$OUT
  like 'it prints the UUID' "$snap" '^[0-9a-f-]{36}$'
  low=$(guest_counter "$vm")
  ok 'vm-checkpoint' cli vm-checkpoint vm="$uuid" new-name-label="$vm-memory"
  point=$OUT
  high=$(guest_counter "$vm")
  like 'it prints the UUID' "$point" '^[0-9a-f-]{36}$'
  is 'the guest runs' "$(state_of "$uuid")" running
  ok 'and counts' guest_counts "$vm"

  # The list.
  time=$(cli snapshot-param-get uuid="$snap" param-name=snapshot-time)
  run cli snapshot-list snapshot-of="$uuid" name-label="$vm-disks"
  if [ "$AS" = xe ]; then
    is 'snapshot-list' "$OUT" "uuid ( RO)                : $snap
          name-label ( RW): $vm-disks
    name-description ( RW): first
    is-vmss-snapshot ( RO): false"
  else
    is 'snapshot-list' "$OUT" "uuid ( RO)                : $snap
          name-label ( RW): $vm-disks
    name-description ( RW): first
         snapshot_of ( RO): $uuid
       snapshot_time ( RO): $time"
  fi
  is 'both are of the VM' "$(cli snapshot-list snapshot-of="$uuid" --minimal | tr , '\n' | sort)" \
    "$(printf '%s\n' "$snap" "$point" | sort)"
  is 'the checkpoint is suspended' "$(cli snapshot-param-get uuid="$point" param-name=power-state)" suspended
  is 'the snapshot is halted' "$(cli snapshot-param-get uuid="$snap" param-name=power-state)" halted

  # Back to the checkpoint, twice.
  vdis=$(cli vbd-list vm-uuid="$uuid" params=vdi-uuid --minimal)
  for i in 1 2; do
    ok "snapshot-revert to the checkpoint ($i)" cli snapshot-revert snapshot-uuid="$point"
    is 'it prints nothing' "$OUT$ERR" ''
    is 'the VM is suspended' "$(state_of "$uuid")" suspended
    is 'its disks have their UUIDs' "$(cli vbd-list vm-uuid="$uuid" params=vdi-uuid --minimal)" "$vdis"
    size=$(log_size "$vm")
    ok 'vm-resume' cli vm-resume vm="$vm"
    wait_until 20 has_counter_after "$vm" "$size"
    first=$(first_counter "$vm" "$size")
    ok "the guest goes on where it was: $low <= ${first:-nothing} <= $high + 1" \
      test "${first:-0}" -ge "$low" -a "${first:-0}" -le $((high + 1)) # the first count after it
    is 'the VM runs' "$(state_of "$uuid")" running
    ok 'and counts' guest_counts "$vm"
  done

  # Back to the snapshot.
  ok 'snapshot-revert to the snapshot' cli snapshot-revert snapshot-uuid="$snap"
  is 'the VM is halted' "$(state_of "$uuid")" halted
  mapfile -t kept < <(vdi_files "$snap")
  mapfile -t now < <(vdi_files "$uuid")
  for i in 0 1; do
    ok "disk $i is that of the snapshot" qemu-img compare -q -U -f qcow2 -F qcow2 "${kept[i]}" "${now[i]}"
  done
  size=$(log_size "$vm")
  ok 'vm-start' cli vm-start vm="$vm"
  wait_until 30 has_booted_after "$vm" "$size"
  ok 'the guest counts' guest_counts "$vm"
  is 'from what the snapshot holds' "$(booted_after "$vm" "$size")" "$(counter_of "${kept[0]}")"

  # A template from the snapshot, a VM from the template.
  ok 'snapshot-copy' cli snapshot-copy uuid="$snap" new-name-label="$vm-template"
  made=$OUT
  is 'it is a template' "$(cli template-list name-label="$vm-template" --minimal)" "$made"
  ok 'vm-install' cli vm-install template="$vm-template" new-name-label="$vm-new"
  guest_of_its_own "$vm-new" "$OUT"
  ok 'vm-start of the new VM' cli vm-start vm="$vm-new"
  ok 'it counts' guest_counts "$vm-new"
  is 'from what the snapshot holds' "$(guest_booted "$vm-new" 0)" "$(counter_of "${kept[0]}")"
  ok 'vm-uninstall of the new VM' cli vm-uninstall vm="$vm-new" force=true

  # Export, import.
  file=$PWD/$vm.xva
  ok 'snapshot-export-to-template' cli snapshot-export-to-template snapshot-uuid="$snap" filename="$file"
  is 'it says so' "$OUT" 'Export succeeded'
  ok 'vm-import' cli vm-import filename="$file"
  made=$OUT
  is 'a template comes back' "$(cli template-param-get uuid="$made" param-name=is-a-template)" true
  mapfile -t now < <(vdi_files "$made")
  for i in 0 1; do
    ok "disk $i is that of the snapshot" qemu-img compare -q -U -f qcow2 -F qcow2 "${kept[i]}" "${now[i]}"
  done
  ok 'template-uninstall' cli template-uninstall template-uuid="$made" force=true

  # Destroy keeps the disks, uninstall removes them after a question.
  ok 'snapshot-destroy' cli snapshot-destroy snapshot-uuid="$snap"
  for i in 0 1; do
    ok "the file of disk $i is kept" test -e "${kept[i]}"
  done
  run cli snapshot-uninstall snapshot-uuid="$point" <<<no
  like 'snapshot-uninstall lists the VM' "$OUT" "VM : $point \($vm-memory\)"
  like 'its disks' "$OUT" 'VDI: [0-9a-f-]{36} \(.*\)'
  like 'its memory' "$OUT" '\(Suspend image\)'
  like 'and asks' "$OUT" "Type 'yes' to continue"
  is 'no means no' "$(cli snapshot-list snapshot-of="$uuid" --minimal)" "$point"
  run cli snapshot-uninstall snapshot-uuid="$point" <<<yes
  like 'yes means yes' "$OUT" 'All objects destroyed'
  is 'nothing is left of it' "$(cli snapshot-list snapshot-of="$uuid" --minimal)" ''
  ok 'the guest still counts' guest_counts "$vm"
  ok 'vxe check is clean' vxe check
  cli vm-uninstall vm="$vm" force=true >/dev/null
}

# A clone has a serial line of its own, so the test reads its output there.
guest_of_its_own() {
  local path
  path=$(virsh dumpxml "$2" | sed -n "/<serial/,/<\/serial/s/.*<log file='\([^']*\)'.*/\1/p")
  [ -z "$path" ] || [ "$path" = "$HOST_DIR/s/$1.log" ] || ln -sfn "$path" "$HOST_DIR/s/$1.log"
}

walk xe app
[ -n "$LONG" ] || exit 0
walk vxe web
if kvm_works; then
  GUEST_TYPE=kvm walk vxe fast
else
  skip 'no KVM guest starts here: the walk under KVM is left out'
fi

# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# SPDX-License-Identifier: MIT
# Scenarios for the guest of a crash test (crash.sh) that more than one test uses. Sourced after crash.sh.

# ---- snapshots -----------------------------------------------------------------------------------

running_prepare() { be_running; }
running_command() { CMD=(vm-snapshot uuid="$UUID" new-name-label=kill); }
running_reset() { drop_snapshots; }

halted_prepare() { be_halted; }
halted_command() { running_command; }
halted_reset() { drop_snapshots; }

# The new layers are empty overlays that the user has made. They stay if the snapshot is undone, and serve again.
given_make() {
  local i uuid
  GIVEN='' GIVEN_FILES=''
  for i in 0 1; do
    uuid=$(cat /proc/sys/kernel/random/uuid)
    set -- "$(vdi_file $i)" "given$((++GIVEN_N)).qcow2"
    qemu-img create -q -f qcow2 -F qcow2 -b "$1" "$(dirname "$1")/$2" &&
      plain vdi-introduce uuid="$uuid" type=user location="$2" \
        sr-uuid="$(plain vdi-param-get uuid="${VDIS[$i]}" param-name=sr-uuid)" || return
    GIVEN+=${GIVEN:+,}$uuid GIVEN_FILES+="$(dirname "$1")/$2 "
  done
}
# given_taken COMMAND: if the snapshot is not there, the same command makes it with the same overlays.
given_taken() {
  [ -n "$(plain snapshot-list name-label=kill --minimal)" ] || plain "$@" || return
  [ "$(vdi_file 0) $(vdi_file 1) " = "$GIVEN_FILES" ] && [ -z "$(plain vdi-list uuid="${GIVEN%,*}" --minimal)" ]
}
given_command() { CMD=(vm-snapshot uuid="$UUID" new-name-label=kill overlay-vdi-uuids="$GIVEN"); }
given_running_prepare() { be_running && given_make; }
given_running_command() { given_command; }
given_running_reset() { given_taken "${CMD[@]}" && drop_snapshots; }
given_halted_prepare() { be_halted && given_make; }
given_halted_command() { given_command; }
given_halted_reset() { given_running_reset; }

# The running guest's disks differ from the snapshot by another stamp; the revert stops the guest.
revert_prepare() {
  guest_is "$G" running || {
    stamp "$(vdi_file 0)" 51 1M 4k && stamp "$(vdi_file 1)" 52 2M 4k
  } && be_running
}
revert_command() { CMD=(snapshot-revert uuid="$ZERO"); }
revert_reset() { :; }

# The same for a halted guest.
back_prepare() { be_halted && stamp "$(vdi_file 0)" 53 1M 4k && stamp "$(vdi_file 1)" 54 2M 4k; }
back_command() { revert_command; }
back_reset() { :; }

# ---- the end of a VM -----------------------------------------------------------------------------

# A new guest each time, as the command cannot be undone. One of its disks is its own and is removed with it; the adopted ones stay.
uninstall_prepare() {
  crash_guest u && plain vm-disk-add uuid="$UUID" disk-size=1MiB device=autodetect && be_running
}
uninstall_command() { CMD=(vm-uninstall uuid="$UUID" force=true); }
uninstall_reset() { guest_is_absent || plain vm-uninstall uuid="$UUID" force=true; }
guest_is_absent() { ! virsh -q dominfo "$G" 2>/dev/null; }

# ---- memory (with memory.sh) -----------------------------------------------------------------------

# comes_back SNAPSHOT: after a revert and a resume, memory and disks are of one instant.
comes_back() {
  local held at
  mapfile -t held < <(disk_counts "$1")
  is_suspended "$UUID" || plain vm-param-get uuid="$UUID" param-name=parent | grep -qx "$1" ||
    plain snapshot-revert snapshot-uuid="$1"
  at=$(serial_lines "$G")
  plain vm-resume uuid="$UUID"
  is "$SCENARIO: memory and disks are of one instant" "$(one_instant "$G" "$at" "${held[@]}")" '' >&3
}

checkpoint_prepare() { be_running && MEMORY_FROM=$(($(serial_lines "$G") + 1)); }
checkpoint_command() { CMD=(vm-checkpoint uuid="$UUID" new-name-label=kill); }
checkpoint_reset() {
  local snap
  memory_goes_on "$SCENARIO"
  snap=$(plain snapshot-list name-label=kill --minimal)
  if [ -n "$snap" ] && [ $((CRASH_N % 4)) = 0 ]; then # every time would take long
    plain snapshot-revert snapshot-uuid="$snap"
    comes_back "$snap"
  fi
  drop_snapshots
}

be_suspended() { is_suspended "$UUID" || { be_running && plain vm-suspend uuid="$UUID"; }; }

suspend_prepare() { be_running && MEMORY_FROM=$(($(serial_lines "$G") + 1)); }
suspend_command() { CMD=(vm-suspend uuid="$UUID"); }
suspend_reset() { memory_goes_on "$SCENARIO"; }

resume_prepare() { suspend_prepare && be_suspended; }
resume_command() { CMD=(vm-resume uuid="$UUID"); }
resume_reset() { suspend_reset; }

# ---- merges --------------------------------------------------------------------------------------

take() { plain vm-snapshot uuid="$UUID" new-name-label="$1" >taken && read -r "$1" <taken; }
goes() { CMD=(snapshot-uninstall uuid="$1" force=true); }

# The layer of a middle snapshot can only be merged downwards; the layers around it are frozen.
middle_prepare() { be_running && take one && take two; }
middle_command() { goes "$one"; }
middle_expects() {
  BEFORE=$(state)
  AFTER=$(grep -v '^snapshot one ' <<<"$BEFORE")
}
middle_reset() { merged; }

# A large layer below a small one: the layer that the guest writes to is merged down into the layer of the last
# snapshot.
active_prepare() {
  local i
  be_halted && for i in 0 1; do stamp "$(vdi_file $i)" $((70 + i)) 1M 2M; done &&
    STAYS=$(vdi_file 0) && take one && be_running
}
active_command() { goes "$one"; }
active_expects() { middle_expects; }
active_reset() {
  merged || return
  # A QEMU that once failed to sync a file never syncs it again; a new QEMU or qemu-img does.
  ! grep -q 'layers-waiting: [^0]' merged.out || { be_halted && merged; } || return
  goes_on_stays
}
# The first disk is on STAYS; records, definition and QEMU agree about both disks, and the content is unchanged.
goes_on_stays() {
  local files
  files=$(vdi_file 0 && vdi_file 1) && [ "$(head -n 1 <<<"$files")" = "$STAYS" ] &&
    diff <(echo "$files") <(virsh -q domblklist "$G" --inactive | awk '{ print $2 }') &&
    { ! is_up || diff <(sort <<<"$files") <(qemu_files); } &&
    diff <(sums <<<"$BEFORE") <(state | sums)
}
# The files of the disks as QEMU reports them.
qemu_files() {
  virsh -q qemu-monitor-command "$G" --hmp 'info block' | tr -d '\r' | grep '^[^ ].*(qcow2)$' |
    sed 's/.*"filename": "//; s/^[^ :]*: //; s/"*}* (qcow2)$//' | sort
}
# The sums of the guest's disks in a state, without the counters.
sums() { awk '/^V/ { print $1, $(NF - 1) }'; }

# The leaf of a halted guest is merged down into the frozen layer.
leaf_prepare() {
  local i
  be_halted && STAYS=$(vdi_file 0) && take one &&
    for i in 0 1; do stamp "$(vdi_file $i)" $((70 + i)); done
}
leaf_command() { goes "$one"; }
leaf_reset() { active_reset; }

# Another user built layers on those of the last snapshot. Their headers must not change, so the layer below is merged
# upwards.
below_prepare() {
  be_halted && take one && take two && stamp "$(vdi_file 0)" 80 && bystander
}
below_command() { goes "$one"; }
below_expects() { middle_expects; }
below_reset() {
  merged && [ -e "$STAYS" ] && LOW=-1 HIGH=-1 content "$THEIRS" | diff their - &&
    qemu-img info --backing-chain "$THEIRS" | grep -qF "$STAYS"
}
bystander() {
  local name=b$((++BYSTANDERS))-$$
  THEIRS=$PWD/f$name.qcow2
  STAYS=$(disk_table | awk -v s="$two" '$1 == s && $2 == 0 { print $4 }')
  qemu-img create -q -f qcow2 -F qcow2 -b "$STAYS" "e$name.qcow2" &&
    qemu-img create -q -f qcow2 -F qcow2 -b "$PWD/e$name.qcow2" "$THEIRS" &&
    stamp "$THEIRS" 90 2M && LOW=-1 HIGH=-1 content "$THEIRS" >their &&
    guest_define "$name" - "$THEIRS" && plain vm-list >/dev/null
}
BYSTANDERS=0

# Merges all that the command left, then removes the remaining snapshots.
merged() {
  plain sr-coalesce >merged.out
  plain check --read-only
  drop_snapshots
}

# ---- clone, copy, archives -----------------------------------------------------------------------

# Writes to the disks, so that the next clone has to freeze a new layer.
dirty() { stamp "$(vdi_file 0)" 61 1M 64k && stamp "$(vdi_file 1)" 62 1M 64k; }
clone_prepare() { dirty; }
clone_command() { CMD=(vm-clone uuid="$UUID" new-name-label=made-clone); }
clone_reset() { unmake; }

copy_prepare() { dirty; }
copy_command() { CMD=(vm-copy uuid="$UUID" new-name-label=made-copy); }
copy_reset() { unmake; }

# An archive under its final name is complete; no other file is left.
export_prepare() { rm -f out.xva; }
export_command() { CMD=(vm-export uuid="$UUID" filename="$PWD/out.xva" compress=zstd); }
export_reset() {
  [ ! -e out.xva ] || zstd -qdc out.xva | tar t | tail -n 1 | grep -q 'Ref:.*/00000003.xxhash' || return
  [ -z "$(find . -name '.out.xva*')" ]
}

vm_prepare() { :; }
vm_command() { CMD=(vm-import filename="$PWD/vm.xva"); }
vm_reset() { unmake; }

# The archive that vm_command imports.
make_archive() {
  plain vm-clone uuid="$UUID" new-name-label=made-vm >clone
  plain vm-export uuid="$(cat clone)" filename=vm.xva >/dev/null
  plain vm-uninstall uuid="$(cat clone)" force=true >/dev/null
}

# ---- disks that no VM has ------------------------------------------------------------------------

# Sets SR, and CREATE, the command that makes a disk.
will_create() {
  SR=$(plain pool-list params=default-SR --minimal)
  CREATE=(vdi-create sr-uuid="$SR" name-label=kill virtual-size=1MiB type=user)
}
vdis() { plain vdi-list name-label=kill --minimal | tr , ' '; }

# The lines of these disks in the output of state() ("others"); without UUIDs, which differ between runs.
disks_alone() {
  local vdi file
  plain vdi-list name-label=kill params=name-label,virtual-size | grep .
  for vdi in $(vdis); do
    file=$(plain vdi-param-get uuid="$vdi" param-name=sm-config param-key=file)
    echo "holds $(qemu-img convert -U -f qcow2 -O raw "$file" kill.raw && cksum <kill.raw)"
  done
}

# Removes the disks that a scenario made; with NEW, makes a fresh one.
be_alone() {
  local vdi
  for vdi in $(vdis); do plain vdi-destroy uuid="$vdi" || return; done
  [ -z "${1-}" ] || plain "${CREATE[@]}" >/dev/null
}

resize_prepare() { will_create && be_alone new; }
resize_command() { CMD=(vdi-resize uuid="$(vdis)" disk-size=2MiB); }
resize_reset() { be_alone ''; }

vdi_snapshot_prepare() { be_running; }
vdi_snapshot_command() { CMD=(vdi-snapshot uuid="${VDIS[0]}"); }
vdi_snapshot_reset() {
  local vdi
  for vdi in $(alone_snapshots); do plain vdi-destroy uuid="$vdi"; done
}
alone_snapshots() { plain vdi-list snapshot-of="${VDIS[0]}" vbd-uuids= --minimal | tr , ' '; }
snapshots_alone() {
  local vdi
  for vdi in $(alone_snapshots); do
    echo "snapshot of a disk $(content "$(plain vdi-param-get uuid="$vdi" param-name=sm-config param-key=file)")"
  done
}

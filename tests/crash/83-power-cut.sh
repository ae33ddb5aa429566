#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # power.sh and crash.sh use and set them
# The power fails during a change of the store, during the operations that make and unplug an SR with the files beside
# its disks, and (in ring all) during operations on a whole host.
# own store: what its files hold after a power cut
. "$TESTS/lib/e2e.sh"
mkdir -m 0755 disks && cd disks || exit 1
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/fault.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/power.sh"

# Only the store: a copy of it can be opened, and has the old value or the new one.
sr_field() { VXE_STORE=$LEFT$VXE_STORE plain sr-param-get uuid="$SR" param-name=name-description; }
store_cuts() {
  local k how now
  SR=$(plain pool-list params=default-SR --minimal)
  plain sr-param-set uuid="$SR" name-description=old
  power_keep "$VXE_STORE"
  ok 'a field of the store is changed' power_note sr-param-set uuid="$SR" name-description=new
  power_moments >moments
  mapfile -t MOMENTS <moments
  for k in "${MOMENTS[@]}"; do
    for how in $HOWS; do
      power_left "$k" "$how"
      now=$(sr_field 2>&1)
      [ "$now" = new ] || { [ "$now" = old ] && [ "$k" != "${MOMENTS[-1]}" ]; } ||
        is "the power fails before call $k, $how: the value" "$now" new
      VXE_STORE=$LEFT$VXE_STORE plain check >check.out 2>&1 ||
        is "the power fails before call $k, $how: check" "$(cat check.out)" ''
    done
  done
  ok 'the power was cut' test $CUTS -gt 4
  diag "note store: $CUTS power cuts at ${#MOMENTS[@]} moments"
}

# The files beside the disks of an SR: its marker, and (after an unplug) the records of the disks.
beside() { VXE_STORE=$LEFT$VXE_STORE plain "$@"; }
beside_cuts() {
  local what=$1 judge=$2 k how problems cuts=$CUTS
  shift 2
  power_keep "$VXE_STORE" "$DISKS"
  ok "$what: the command alone" power_note "$@"
  mkdir "$CUT_DIR/whole" && cp -a "$DISKS/." "$CUT_DIR/whole/"
  power_moments >moments
  mapfile -t MOMENTS <moments
  for k in "${MOMENTS[@]}"; do
    for how in $HOWS; do
      power_left "$k" "$how"
      find "$DISKS" -mindepth 1 -delete
      cp -a --sparse=always "$LEFT$DISKS/." "$DISKS/"
      beside check >check.out 2>&1 # recovers
      problems=$(beside check 2>&1 && "$judge" "$k" 2>&1)
      case $problems in
      *good) ;;
      *) is "$what: the power fails before $(sed -n "$((k + 1))p" "$CUT_DIR/list"), $how" "$problems" good ;;
      esac
      [ "$(cat "$CUT_DIR/lost")" != 0 ] || break # the others are the same
    done
  done
  ok "$what: the power was cut" test $CUTS -gt $((cuts + 4))
  diag "note $what: $((CUTS - cuts)) power cuts at ${#MOMENTS[@]} moments"
}

# The SR is complete, or sr-create can be repeated.
judge_made() {
  local sr vdi
  sr=$(beside sr-list name-label=cut --minimal) || return
  if [ -z "$sr" ]; then
    [ "$1" != "${MOMENTS[-1]}" ] || { echo 'it was made, and is gone'; return; }
    sr=$(make_cut beside) || return
  fi
  vdi=$(beside vdi-create sr-uuid="$sr" name-label=x virtual-size=1MiB) && beside sr-scan uuid="$sr" &&
    beside vdi-destroy uuid="$vdi" && echo good
}
make_cut() { "$1" sr-create name-label=cut type=file content-type=user device-config:location="$DISKS"; }

# The disk has its name and bytes, also if the SR is forgotten and introduced again with these files.
judge_left() {
  local pbd
  pbd=$(beside pbd-list sr-uuid="$CUT_SR" --minimal) || return
  if [ "$(beside pbd-param-get uuid="$pbd" param-name=currently-attached)" = false ]; then
    beside sr-forget uuid="$CUT_SR" &&
      beside sr-introduce uuid="$CUT_SR" name-label=cut type=file content-type=user >/dev/null &&
      pbd=$(beside pbd-create host-uuid="$(beside host-list --minimal)" sr-uuid="$CUT_SR" \
        device-config:location="$DISKS") && beside pbd-plug uuid="$pbd" || return
  elif [ "$1" = "${MOMENTS[-1]}" ]; then
    echo 'it was unplugged, and is not' && return
  fi
  [ "$(beside vdi-param-get uuid="$CUT_VDI" param-name=name-label)" = 'a name' ] || return
  beside vdi-export uuid="$CUT_VDI" filename=- format=raw | cmp - bytes && echo good
}
beside_all() {
  DISKS=$TEST_DIR/cut && mkdir -m 0755 "$DISKS"
  beside_cuts 'an SR is made' judge_made sr-create name-label=cut type=file content-type=user \
    device-config:location="$DISKS"
  # The real store went through all of that beside its copies.
  CUT_SR=$(plain sr-list name-label=cut --minimal)
  find "$DISKS" -mindepth 1 -delete
  cp -a "$CUT_DIR/whole/." "$DISKS/"
  CUT_VDI=$(plain vdi-create sr-uuid="$CUT_SR" name-label='a name' virtual-size=1MiB)
  head -c 1M /dev/urandom >bytes
  plain vdi-import uuid="$CUT_VDI" filename=bytes format=raw
  beside_cuts 'an SR is left' judge_left pbd-unplug uuid="$(plain pbd-list sr-uuid="$CUT_SR" --minimal)"
}

# A snapshot's copy of UEFI variables. Without disks no definition changes, so libvirt continues to run.
judge_captured() {
  local have
  have=$(find "$DISKS" -name '*.nvram')
  if [ -n "$(beside snapshot-list name-label=cut --minimal)" ]; then
    cmp "$have" vars && echo good
  elif [ "$1" = "${MOMENTS[-1]}" ]; then
    echo 'it was taken, and is gone'
  else
    [ -z "$have" ] && echo good || echo "left: $have"
  fi
}
captured_all() {
  local name=uefi-$$ vm
  head -c 128K /dev/urandom >vars
  chmod 0666 vars
  virsh define /dev/stdin >/dev/null <<EOF
<domain type='qemu'><name>$name</name><memory unit='MiB'>64</memory>
<os><type arch='x86_64' machine='q35'>hvm</type>
<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE.fd</loader><nvram>$PWD/vars</nvram></os>
<features><acpi/></features></domain>
EOF
  vm=$(virsh domuuid "$name")
  DISKS=$HOST_IMAGES
  ok 'a VM with UEFI variables and no disk is there' plain vm-list uuid="$vm"
  beside_cuts 'UEFI variables are kept' judge_captured vm-snapshot uuid="$vm" new-name-label=cut
}

# ---- the whole host ------------------------------------------------------------------------------

# A VM or snapshot with memory has the memory as written; if the command had ended, the memory also continues.
memories() { images_of_memory | sort | xargs -r cksum; }
# After the switch of the disks, without complete memory it is a snapshot of the disks.
checkpoint_kept() {
  ALSO=$(grep -v 'with memory$' <<<"$AFTER")
  memories >"$CUT_DIR/memories"
  ok "$SCENARIO: the memory is noted" grep -q 'data .*\.mem .*[0-9]\{5\} of' "$CUT_DIR/list"
}
checkpoint_wrong() {
  local left
  left=$(memories)
  if grep -qE '^suspended|with memory' now; then
    diff "$CUT_DIR/memories" - <<<"$left"
    [ "$1$how" != "$END"drop ] || goes_on
  else
    [ -z "$left" ] || echo "left: $left"
  fi
}
suspend_kept() { checkpoint_kept && ALSO=$BEFORE; }
suspend_wrong() { checkpoint_wrong "$1"; }
goes_on() {
  local snap at
  local -a held
  snap=$(plain snapshot-list name-label=kill --minimal)
  [ -z "$snap" ] || plain snapshot-revert snapshot-uuid="$snap"
  mapfile -t held < <(disk_counts "$UUID")
  at=$(serial_lines "$G")
  plain vm-resume uuid="$UUID"
  one_instant "$G" "$at" "${held[@]}"
}
checkpoint_reset() { drop_snapshots; } # the guest is off
suspend_reset() { plain vm-resume uuid="$UUID" && be_halted; }

resume_reset() { :; }

# A file with the archive's name is the complete archive.
export_kept() { cp out.xva "$CUT_DIR/out.xva"; }
export_wrong() {
  [ ! -e out.xva ] && [ "$1" -lt "$ENDED" ] || cmp out.xva "$CUT_DIR/out.xva"
}

power_one() {
  case $1 in
  resume) STARTS=1 power_scenario resume ;;
  vm) make_archive && power_scenario vm ;;
  resize | vdi_snapshot)
    others() { disks_alone && snapshots_alone; } # from here on
    power_scenario "$1"
    ;;
  *) power_scenario "$1" ;;
  esac
}

crash_guest p
if [ -z "${CUTS_OF-}" ]; then # else only these
  store_cuts
  beside_all
  captured_all
fi
if [ -n "$LONG" ]; then
  power_host
  for name in ${CUTS_OF-halted back leaf clone copy vm export running checkpoint suspend resume vdi_snapshot resize}; do
    power_one "$name"
  done
fi

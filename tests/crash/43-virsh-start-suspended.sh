#!/bin/bash
# SPDX-License-Identifier: MIT
# "virsh start" between every two steps of suspend and of resume: whatever the guest then writes is
# kept or refused, and the memory that was saved still fits its disks. No byte of either is lost.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

command_at() { VXE_FAILPOINT="$1=sleep:1200" VXE_FAILPOINT_LOG=$PWD/reached "$VXE_PLAIN" "${@:2}" >made 2>said; }
reached() { grep -qsx "$1" reached; }
definition_files() { virsh -q domblklist "$G" --inactive | awk '{ print $2 }'; }

# The VM is suspended: its disks are what they were when it was saved, and its memory goes on there,
# though somebody may have run it on the guards.
still_suspended() {
  local at held
  mapfile -t held < <(disk_counts "$UUID")
  ! guest_is "$G" running || virsh -q destroy "$G"
  at=$(serial_lines "$G")
  vxe vm-resume uuid="$UUID" discard-changes=true >resumed 2>&1 || cat resumed
  one_instant "$G" "$at" "${held[@]}"
}
# It is running as somebody started it, or as it was: what it counts is what its disks get.
running_on() {
  local last i
  guest_counts "$G" || echo 'it does not count'
  virsh -q destroy "$G"
  last=$(guest_counter "$G")
  i=0
  for held in $(disk_counts "$UUID"); do
    [ "$held" -ge $((last - 3 * GUEST_STEP)) ] && [ "$held" -le $((last + GUEST_STEP)) ] ||
      echo "disk $i holds $held, the guest said $last"
    i=$((i + 1))
  done
}

# trial POINT COMMAND
trial() {
  local point=$1 status
  : >reached
  command_at "$point" "$2" uuid="$UUID" &
  wait_until 20 reached "$point" || echo "$point was not reached"
  # A call that holds the domain keeps virsh waiting until it is done: that is one of the orders.
  virsh -q start "$G" >virsh.out 2>&1
  wait $!
  status=$?
  OUTCOME="status $status, $(sed -n '1s/error: //p' virsh.out)"
  vxe check >check.out 2>&1 || awk '/kind *:/ && !/guard/' check.out
  if is_suspended "$UUID" || plain vm-resume uuid="$UUID" 2>&1 | grep -q 'discard-changes'; then
    OUTCOME+=', suspended'
    still_suspended
  else
    OUTCOME+=", $(plain vm-param-get uuid="$UUID" param-name=power-state)"
    be_running || echo 'it cannot be started'
    running_on
  fi
  vxe check >check.out 2>&1 || cat check.out
}

crash_guest c
for command in vm-suspend vm-resume; do
  for point in $(points_of $command | grep -E ':after$|:result$|:save$|:restore$'); do
    {
      be_running
      [ $command = vm-suspend ] || plain vm-suspend uuid="$UUID"
    } >prepared 2>&1 || cat prepared
    trial "$point" $command >problems 2>&1
    is "virsh start at $point ($OUTCOME)" "$(cat problems)" ''
  done
done

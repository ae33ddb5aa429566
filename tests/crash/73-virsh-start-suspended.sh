#!/bin/bash
# SPDX-License-Identifier: MIT
# "virsh start" between every two steps of suspend and of resume, while vxe is stopped there and after it was killed
# there: vxe keeps or refuses the data that the guest then writes, and the saved memory still fits its disks. No byte of
# either is lost.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

# The VM is suspended: its disks are unchanged since the save, and its memory continues from there, even if another
# program ran the VM on the guards.
still_suspended() {
  local at held
  mapfile -t held < <(disk_counts "$UUID")
  [ "$(images_of_memory | wc -l)" = 1 ] || echo 'its image is gone'
  ! guest_is "$G" running || virsh -q destroy "$G"
  at=$(serial_lines "$G")
  vxe vm-resume uuid="$UUID" discard-changes=true >resumed 2>&1 || cat resumed
  one_instant "$G" "$at" "${held[@]}"
}
# It runs as another program started it, or as before: its disks get its counters.
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

# The VM was started by another program, or is off; only vm-resume discard-changes=true makes it run again.
needs_its_image() {
  is_suspended "$UUID" || plain vm-resume uuid="$UUID" 2>&1 | grep -q 'discard-changes'
}

# judge WANT: compares the VM's state, suspended or running, and its data.
judge() {
  local now=running
  vxe check >check.out 2>&1 || awk '/kind *:/ && !/guard/' check.out
  ! needs_its_image || now=suspended
  [ "$now" = "$1" ] || echo "it should be $1, not $now"
  if [ $now = suspended ]; then
    still_suspended
  else
    be_running || echo 'it cannot be started'
    running_on
  fi
  vxe check >check.out 2>&1 || cat check.out
}

virsh_start() {
  virsh -q start "$G" >virsh.out 2>&1
  STARTED=$?
  SAID=$(sed -n '1s/error: //p' virsh.out)
}

# between POINT COMMAND: vxe is stopped at the point while virsh starts the VM. That VM is not the saved one.
between() {
  local want=suspended status
  stand_at "$1" "$2" uuid="$UUID"
  virsh_start
  go_on
  status=$?
  [ "$2" = vm-suspend ] || [ $STARTED = 0 ] || want=running
  OUTCOME="status $status, $want, $SAID"
  judge $want
}

# behind POINT COMMAND WANT: kills vxe at the point and the guest's process; recovery finds another guest running.
behind() {
  kill_at "$1" "$2" uuid="$UUID"
  guest_is_off "$G" || virsh -q destroy "$G"
  virsh_start
  OUTCOME="$3, ${SAID:-started}"
  vxe vm-param-set uuid="$UUID" name-description="$1" >recovered 2>&1 ||
    [ "$3" = suspended ] || cat recovered
  judge "$3"
}

# trial HOW POINT [WANT]
trial() {
  local command=${2%%:*}
  {
    be_running
    [ "$command" = vm-suspend ] || plain vm-suspend uuid="$UUID"
  } >prepared 2>&1 || cat prepared
  "$1" "$2" "$command" "${3-}" >problems 2>&1
  is "virsh start $1 $2 ($OUTCOME)" "$(cat problems)" ''
}

crash_guest c
for point in $({ points_of vm-suspend && points_of vm-resume; } |
  grep -E ':after$|:result$|:save$|:restore$'); do
  trial between "$point"
done
# Before the memory is complete, a started VM continues on the guards. After that the VM is suspended, until recovery
# sees that the restored domain itself runs.
for point in make-guards:after freeze:after guard:after save; do
  trial behind vm-suspend:$point running
done
for point in save:after seal:after guard-again:after result:after; do
  trial behind vm-suspend:$point suspended
done
for point in intent:after restore restore:after unpause:after result; do
  trial behind vm-resume:$point suspended
done
trial behind vm-resume:result:after running

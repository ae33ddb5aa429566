#!/bin/bash
# SPDX-License-Identifier: MIT
# "virsh start" between every two steps of suspend and of resume, while vxe stands there and after
# it was killed there: whatever the guest then writes is kept or refused, and the memory that was
# saved still fits its disks. No byte of either is lost.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

# The VM is suspended: its disks are what they were when it was saved, and its memory goes on there,
# though somebody may have run it on the guards.
still_suspended() {
  local at held
  mapfile -t held < <(disk_counts "$UUID")
  [ "$(images_of_memory | wc -l)" = 1 ] || echo 'its image is gone'
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

# Only what vm-resume discard-changes=true gets going again: somebody started it, or it is off.
needs_its_image() {
  is_suspended "$UUID" || plain vm-resume uuid="$UUID" 2>&1 | grep -q 'discard-changes'
}

# judge WANT: whether it is suspended or running is as it must be, and so is what it holds.
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

# between POINT COMMAND: vxe stands still there until virsh has been. A VM that was started is not
# the one that was saved.
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

# behind POINT COMMAND WANT: the plug of what is up is pulled, and recovery finds another one up.
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
# Until the memory is whole the guards are where a VM that was started goes on; from then on it is
# suspended, until the very domain that was restored is seen to be up.
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

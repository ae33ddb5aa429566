#!/bin/bash
# SPDX-License-Identifier: MIT
# The power of a host fails after each step of an operation on its running guest, whose vxe is killed there; the guest runs on
# for a moment. Then the other host starts it: it has all that it had written, on the old layer or on the new one.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

migration_ready || exit
ok 'memory is kept in the SR of both' on 1 vxe vm-param-set uuid="$VM" suspend-SR-uuid="$(on 1 plain sr-list name-label=common --minimal)"
ok '... and h1 tells' on 1 vxe host-heartbeat
at=1
# cut_power POINT COMMAND...: the operation dies at the point, then its host; the guest goes on on the other host. LAST: what it had
# said. Empty: the operation may have stopped it.
cut_power() {
  local point=$1 to=$((3 - at))
  shift
  run on $at env VXE_FAILPOINT="$point=die" "$VXE_PLAIN" "$@"
  [ "$STATUS" = 137 ] || { result 1 "killed at $point" && show_run && return; }
  LAST=
  if on $at virsh -q list --name | grep -qx web; then
    writes_on $at web
    LAST=$(on $at guest_counter web)
  fi
  host_kill $at
  silent_for $at 60
  ok "$point: h$at is dead" on $to vxe host-declare-dead uuid="${HOST[at]}" --force
  ok '... the guest starts on the other one' on $to vxe vm-start vm=web
  on $to guest_counts web
  [ -z "$LAST" ] || has_all_of web $to "$LAST" '... and'
  ok '... vxe check is clean' on $to vxe check
  host_boot $at
  ok '... and where it was' on $at vxe host-heartbeat
  is '... nothing is left' "$(on $at virsh -q list --all --name | grep -x web)" ''
  ok '... vxe check is clean' on $at vxe check
  at=$to
}
points_of() { "$VXE" failpoints | grep "^$1:" | grep -E "${2-after}"; }

# shellcheck disable=SC2086 # words
set -- ${KILL_HOST_IN-vm-snapshot vm-checkpoint vm-disk-add snapshot-revert coalesce-commit}
for op; do
  n=0
  for point in $(points_of "$op"); do
    name=$op-$((n++))
    case $op in
    vm-snapshot) cut_power "$point" vm-snapshot vm=web new-name-label="$name" ;;
    vm-checkpoint) cut_power "$point" vm-checkpoint vm=web new-name-label="$name" ;;
    vm-disk-add) cut_power "$point" vm-disk-add vm=web disk-size=1MiB device=$((n + 1)) sr-uuid="$(on $at plain sr-list name-label=common --minimal)" ;;
    snapshot-revert)
      ok 'a snapshot' on $at vxe vm-snapshot vm=web new-name-label="$name"
      cut_power "$point" snapshot-revert snapshot-uuid="$OUT"
      ;;
    coalesce-commit)
      ok 'a snapshot' on $at vxe vm-snapshot vm=web new-name-label="$name"
      cut_power "$point" snapshot-uninstall snapshot-uuid="$OUT" --force
      ;;
    esac
  done
done
database_end

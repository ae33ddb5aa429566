#!/bin/bash
# SPDX-License-Identifier: MIT
# "virsh start" between every two steps of the snapshot of a halted guest: no data on the disks from before are lost,
# nor data that the guest writes afterwards. The snapshot has none of the new data once the definition names the new
# files.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"


# The snapshot has the disks from before; a snapshot that was begun again (EARLY) also has the guest's counters of that
# time.
wrong_snapshot() {
  local i file now
  for i in 0 1; do
    file=$(awk -v s="$(cat made)" -v d=$i '$1 == s && $2 == d { print $4 }' table)
    [ "$(LOW=-1 HIGH=-1 content "$file")" = "${WAS[$i]}" ] && continue
    now=$(content "$file")
    [ -n "$1" ] && [ "$now" = "${WAS[$i]% *} counting" ] && continue
    echo "disk $i of the snapshot: $now, before: ${WAS[$i]}"
  done
}

# The guest's own disks have the data that it has written, and it boots from them.
wrong_guest_disks() {
  local i last found
  be_running || echo 'the guest cannot be started'
  wrong_guest "$(guest_pid "$G")"
  last=$(guest_counter "$G")
  virsh -q destroy "$G" >/dev/null
  disk_table >table
  for i in 0 1; do
    found=$(content "$(vdi_file $i)")
    [ "${found% *}" = "${WAS[$i]% *}" ] && [ "${found#* }" -ge $((last - 3 * GUEST_STEP)) ] ||
      echo "disk $i: $found, before: ${WAS[$i]}, printed: $last"
    BOOT[i]=${found#* }
  done
  rm -f "$HOST_DIR/s/$G.log"
  virsh -q start "$G" >/dev/null && wait_until 20 guest_has_counter "$G"
  for i in 0 1; do
    [ "$(guest_booted "$G" $i)" = "${BOOT[$i]}" ] || echo "disk $i: booted with $(guest_booted "$G" $i)"
  done
  virsh -q destroy "$G" >/dev/null
}

trial() {
  local point=$1 early=$2 i status
  be_halted
  LOW=-1 HIGH=-1
  for i in 0 1; do WAS[i]=$(content "$(vdi_file $i)"); done
  rm -f "$HOST_DIR/s/$G.log"
  stand_at "$point" vm-snapshot uuid="$UUID" new-name-label=at
  virsh -q start "$G" >virsh.out 2>&1
  go_on
  status=$?
  # An undone snapshot is begun again, and is then a snapshot of a running guest.
  LOW=0 HIGH=$(($(guest_counter "$G") + GUEST_STEP))
  vxe check >check.out 2>&1 || cat check.out
  state >now
  [ $status != 0 ] || wrong_snapshot "$early"
  [ $status = 0 ] || ! grep '^snapshot at' now || cat said
  LOW=-1 HIGH=-1
  wrong_files
  wrong_guest_disks
  OUTCOME="snapshot status $status, $(sed -n '1s/error: //p' virsh.out)"
}

crash_guest c
be_running && be_halted
early=1
between=':after$' # of two points that no effect lies between
[ -z "$LONG" ] || between=.
while read -r point; do
  [ "$point" != vm-snapshot:switch:after ] || early=
  trial "$point" "$early" >problems 2>&1
  is "virsh start at $point ($OUTCOME)" "$(cat problems)" ''
  drop_snapshots
done < <({ points_of vm-snapshot | sed '/:result/d' && points_of vm-snapshot | grep :result; } |
  grep "$between")

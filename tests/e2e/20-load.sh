#!/bin/bash
# SPDX-License-Identifier: MIT
# alone
# Snapshots of guests that write: the frozen disks are of one instant, and the guest hardly stops.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

ROUNDS=50
WINDOW=200000 # microseconds
vxe() { "$VXE_PLAIN" "$@"; } # of the program's own time a sanitizer would take most

median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] + 0 }'; }

# The window around a call: at least WINDOW long, and all of the call.
around() {
  local rest=$((WINDOW - (END - BEGIN)))
  [ $rest -gt 0 ] || rest=0
  echo $((BEGIN - rest / 2)) $((END + rest / 2))
}

# snapshots_under_load NAME: ROUNDS snapshots; their windows go to NAME.busy, idle ones between
# them to NAME.idle, the snapshots to NAME.snaps.
snapshots_under_load() {
  local i
  sleep 0.2
  for ((i = 0; i < ROUNDS; i++)); do
    timed "$VXE_PLAIN" vm-snapshot uuid="$UUID" new-name-label="s$i" >>"$1.snaps" || return
    around >>"$1.busy"
    sleep 0.1
    [ $((i % 3)) = 0 ] || continue
    timed sleep 0.2 && around >>"$1.idle"
    sleep 0.1
  done
}

# gaps LOG WINDOWS: the longest gap in each window.
gaps() {
  local from to
  while read -r from to; do longest_gap "$1" "$from" "$to"; done <"$2"
}

# The counters on many images at once: lines in the order of the files.
counters() {
  local f
  local -a commands=()
  for f in "$@"; do
    commands+=(-c "open -r -U -o driver=qcow2 $f" -c 'read -v 1024 4' -c close)
  done
  qemu-io "${commands[@]}" |
    sed -n 's/^00000400: *\(..\) \(..\) \(..\) \(..\).*/\4\3\2\1/p' | while hex; do :; done
}

# frozen_counters NAME: a line per snapshot, the counters of its disks by position.
frozen_counters() {
  vdi_table | sort >vdis
  disk_table | grep -F -f "$1.snaps" | sort -k3 | join -1 3 -2 1 - vdis |
    awk '{ print $2, $3, $4 }' | sort >disks
  # shellcheck disable=SC2046 # a list of files
  counters $(cut -d' ' -f3 disks) | paste -d' ' disks - | awk '
    $1 != last { if (last) print line; line = ""; last = $1 }
    { line = line $4 " " }
    END { print line }'
}

# Lines that are not of one instant: the first disk behind another, or ahead by more than a step.
not_of_an_instant() {
  awk -v step="$GUEST_STEP" -v disks="$1" '
    NF != disks { print; next }
    { for (i = 2; i <= NF; i++) if ($1 < $i || $1 - $i > step) { print; next } }'
}

guest_of() {
  local name=$1 disks=$2 busy idle wrong
  small_guest "$name" "$disks"
  guest_start "$name" || exit 1
  vxe vm-list >/dev/null
  serial_log_start "$name" "$name.serial"
  ok "$disks disks: $ROUNDS snapshots" snapshots_under_load "$name"
  serial_log_stop
  virsh -q destroy "$name" >/dev/null

  frozen_counters "$name" >"$name.frozen"
  is "$disks disks: each snapshot has its counters" "$(grep -c . "$name.frozen")" $ROUNDS
  wrong=$(not_of_an_instant "$disks" <"$name.frozen")
  is "$disks disks: the frozen disks of each are of one instant" "$wrong" ''
  is "$disks disks: the guest had counted between all" \
    "$(cut -d' ' -f1 "$name.frozen" | sort -u | grep -c .)" $ROUNDS

  gaps "$name.serial" "$name.busy" >"$name.gaps.busy"
  gaps "$name.serial" "$name.idle" >"$name.gaps.idle"
  busy=$(median "$name.gaps.busy") idle=$(median "$name.gaps.idle")
  ok "$disks disks: the median gap is $busy us, idle $idle us" \
    test "$idle" -gt 0 -a \( "$busy" -le $((3 * idle)) -o "$busy" -le 40000 \)
  ok "$disks disks: vxe check is clean" vxe check
  ok "$disks disks: vm-uninstall" vxe vm-uninstall uuid="$UUID" force=true
}

guest_of two 2
guest_of four 4
is 'no layer is left' "$(images_made)" 0

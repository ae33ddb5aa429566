#!/bin/bash
# SPDX-License-Identifier: MIT
# alone
# Snapshots of guests that write: the frozen disks are of one instant, and the guest hardly stops.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# In five guests, as QEMU causes the gap and it grows with the chain; hosts that rotate their snapshots have no longer
# chains.
GUESTS=5 ROUNDS=10
WINDOW=200000 # microseconds
vxe() { "$VXE_PLAIN" "$@"; } # of the program's own time a sanitizer would take most

median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] + 0 }'; }

# The window of a call: the whole call, and at least WINDOW long.
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

# Lines without a common instant: the first disk behind another, or ahead by more than a step.
not_of_an_instant() {
  awk -v step="$GUEST_STEP" -v disks="$1" '
    NF != disks { print; next }
    { for (i = 2; i <= NF; i++) if ($1 < $i || $1 - $i > step) { print; next } }'
}

# one_guest NAME DISKS: appends to DISKS.frozen, DISKS.busy and DISKS.idle.
one_guest() {
  small_guest "$1" "$2"
  guest_start "$1" || return
  vxe vm-list >/dev/null
  serial_log_start "$1" "$1.serial"
  snapshots_under_load "$1" || return
  serial_log_stop
  virsh -q destroy "$1" >/dev/null
  frozen_counters "$1" >"$1.frozen"
  [ "$(cut -d' ' -f1 "$1.frozen" | sort -u | grep -c .)" = $ROUNDS ] || echo "$1" >>"$2.stopped"
  cat "$1.frozen" >>"$2.frozen"
  gaps "$1.serial" "$1.busy" >>"$2.busy"
  gaps "$1.serial" "$1.idle" >>"$2.idle"
  vxe vm-uninstall uuid="$UUID" force=true
}

guests_of() {
  local disks=$1 n busy idle
  : >"$disks.stopped"
  for ((n = 0; n < GUESTS; n++)); do
    ok "$disks disks, guest $n: $ROUNDS snapshots" one_guest "g$disks-$n" "$disks" || return
  done
  is "$disks disks: each snapshot has its counters" \
    "$(grep -c . "$disks.frozen")" $((GUESTS * ROUNDS))
  is "$disks disks: the frozen disks of each are of one instant" \
    "$(not_of_an_instant "$disks" <"$disks.frozen")" ''
  is "$disks disks: the guests had counted between all" "$(cat "$disks.stopped")" ''
  busy=$(median "$disks.busy") idle=$(median "$disks.idle")
  ok "$disks disks: the median gap is $busy us, idle $idle us" \
    test "$idle" -gt 0 -a \( "$busy" -le $((3 * idle)) -o "$busy" -le 40000 \)
  ok "$disks disks: vxe check is clean" vxe check
}

guests_of 2
guests_of 4
is 'no layer is left' "$(images_made)" 0

#!/bin/bash
# SPDX-License-Identifier: MIT
# A command that is ended in the merges after its own work: its exit status is that of the signal, and check names each layer
# that waits, with what goes on.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

leaf() { source_of "$1" vda; }
# layered NAME: a VM with four snapshots on top of each other. Sets FIRST.
layered() {
  small_guest "$1" 1
  BASE=$(leaf "$1")
  snapshot "$UUID" s1 && FIRST=$SNAP
  local i
  for i in 2 3 4; do
    stamp "$(leaf "$1")" $i ${i}00k 64k
    snapshot "$UUID" s$i
  done
  stamp "$(leaf "$1")" 5 500k 64k
  keep_content "$1" "$UUID"
}
# ended SIGNAL CMD...: it gets the signal in its first merge. Sets STATUS; out and err are its output.
ended() {
  local signal=$1
  shift
  VXE_FAILPOINT=coalesce-commit:copy=stop env --default-signal=INT,TERM "$@" >out 2>err &
  VXE_PID=$!
  wait_until 20 stands $VXE_PID
  kill -"$signal" $VXE_PID
  kill -CONT $VXE_PID 2>/dev/null
  wait $VXE_PID 2>/dev/null
  STATUS=$?
}

# after NAME: what is left is named, and goes on.
after() {
  is '... the snapshots are gone' "$(plain snapshot-list snapshot-of="$UUID" --minimal)" "$FIRST"
  ok '... every byte is there' has_content "$1" "$UUID"
  ok 'check is clean' vxe check
  is '... and names each layer' "$(grep -c "Waits to be merged or removed: $PWD.*'vxe sr-coalesce' merges it" <<<"$ERR")" 3
  run vxe check --json
  like '... beside its JSON, too' "$ERR" "'vxe sr-coalesce' merges it"
  ok 'the way out' vxe sr-coalesce
  ok '... every byte is there' has_content "$1" "$UUID"
  ok '... check is clean' vxe check
  is '... and names nothing' "$ERR" ''
  is '... two layers are left' "$(qemu-img info --backing-chain "$(leaf "$1")" | grep -c '^image:')" 2
}

layered web
ended INT "$VXE" snapshot-uninstall uuid="$FIRST" children=only force=true
is '^C in the merges: the status of the signal' $STATUS 130
like '... its work is done' "$(cat out)" 'All objects destroyed'
is '... and three layers wait, it says why' "$(grep -c "^later: .*ended before that; 'vxe sr-coalesce' goes on" out)" 3
after web

layered term
ended TERM "$VXE" snapshot-uninstall uuid="$FIRST" children=only force=true
is 'SIGTERM: the status of that' $STATUS 143
plain sr-coalesce >/dev/null

layered killed
ended KILL "$VXE" snapshot-uninstall uuid="$FIRST" children=only force=true
is 'killed' $STATUS 137
after killed

# ---- other commands -------------------------------------------------------------------------------

layered coalesce
(VXE_FAILPOINT=coalesce-commit:check=die vxe snapshot-uninstall uuid="$FIRST" children=only force=true >/dev/null 2>&1) 2>/dev/null
ended INT "$VXE" sr-coalesce
is 'sr-coalesce: the status of the signal' $STATUS 130
like '... it lists what waits' "$(cat out)" "layers-waiting: 0|ended before that; 'vxe sr-coalesce' goes on"
after coalesce


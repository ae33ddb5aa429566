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

# ---- clusters that nothing uses --------------------------------------------------------------------

# leak IMAGE: it has a cluster that nothing uses, as a qemu-img that was killed in a copy leaves it (9 of 33 times).
leak() {
  local n=$((($(stat -c %s "$1") + 65535) / 65536))
  printf '\0\1' | dd of="$1" bs=1 seek=$((0x20000 + 2 * n)) conv=notrunc status=none
  truncate -s $(((n + 1) * 65536)) "$1"
}
leaks() { qemu-img check -U -f qcow2 "$1" 2>&1 | grep -c '^Leaked cluster'; }
small_guest leaky 1
BASE=$(leaf leaky)
leak "$BASE"
is 'the image has one' "$(leaks "$BASE")" 1
snapshot "$UUID" s1
stamp "$(leaf leaky)" 5 500k 64k
keep_content leaky "$UUID"
ended KILL "$VXE" snapshot-uninstall uuid="$SNAP" force=true
is 'killed in the copy' $STATUS 137
ok 'the next command takes back what was begun' vxe vm-param-set uuid="$UUID" name-description=x
is '... and the image has none' "$(leaks "$BASE")" 0
ok '... every byte is there' has_content leaky "$UUID"
ok 'it is merged' vxe sr-coalesce
ok '... every byte is there' has_content leaky "$UUID"
is '... in the image' "$(leaf leaky)" "$BASE"

# ---- other commands -------------------------------------------------------------------------------

layered coalesce
(VXE_FAILPOINT=coalesce-commit:check=die vxe snapshot-uninstall uuid="$FIRST" children=only force=true >/dev/null 2>&1) 2>/dev/null
ended INT "$VXE" sr-coalesce
is 'sr-coalesce: the status of the signal' $STATUS 130
like '... it lists what waits' "$(cat out)" "layers-waiting: 0|ended before that; 'vxe sr-coalesce' goes on"
after coalesce


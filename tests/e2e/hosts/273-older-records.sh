#!/bin/bash
# SPDX-License-Identifier: MIT
# A VM is suspended, and then the records of before come back. Its memory is not passed over: vm-start refuses, names the
# file, and both ways on work.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

memory_file() { find "$HOST_IMAGES" "$PWD" -name '*.mem'; }
# suspended_since HOW COMMAND...: COMMAND brings the records of before back.
suspended_since() {
  local how=$1
  shift
  guest_counts web
  ok "$how: the VM is suspended" vxe vm-suspend vm=web
  from=$(serial_lines web)
  FILE=$(memory_file)
  ok '... the records of before come back' "$@"
  exits 7 '... the VM is not started' vxe vm-start vm=web
  like '... by name' "$ERR" "its memory is in $FILE"
  is '... it is off' "$(power "$UUID")" halted
  ok '... the memory is there' test -s "$FILE"
  exits 1 '... check names it' vxe check
  like '... and what to do' "$OUT" "$FILE.*vm-resume"
  ok '... start is permitted again' vxe vm-param-remove uuid="$UUID" param-name=blocked-operations param-key=start
}
restored() { vxe pool-restore-database file-name="$PWD/before.json" --force; }
copied() { store_back before; }
clean() {
  rm "$FILE"
  ok '... check is clean' vxe check
}

small_guest web 2
guest_start web
guest_counts web
ok 'a dump' vxe pool-dump-database file-name=before.json
store_keep before

suspended_since 'restored' restored
ok 'the guest goes on with its memory' vxe vm-resume uuid="$UUID" filename="$FILE"
ok '... it counts' wait_until 20 has_counted_since web "$from"
is '... without a break' "$(breaks web "$from")" ''
clean

vxe pool-dump-database file-name=again.json
store_keep before
suspended_since 'copied' copied
ok 'the guest boots' vxe vm-start uuid="$UUID"
ok '... and counts' guest_counts web
clean

# A checkpoint is no suspension.
vxe pool-dump-database file-name=third.json
ok 'a checkpoint' vxe vm-checkpoint vm=web new-name-label=point
guest_counts web
virsh -q destroy web
stamp "$(source_of web vda)" 9 3M 64k # what the guest has not flushed is gone
ok 'records of before the checkpoint' vxe pool-restore-database file-name=third.json --force
ok '... do not stop a start' vxe vm-start uuid="$UUID"

#!/bin/bash
# SPDX-License-Identifier: MIT
# A VM is suspended, and then the records of before come back. Its memory is not passed over: vm-start refuses, names the
# file, and both ways on work; also where nobody can tell whether it is there.
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

# ---- nobody can tell whether the memory is there

# untold PLACE: the records of before come back, and the file or folder cannot be read.
untold() {
  ok '... the records of before come back' vxe pool-restore-database file-name=again.json --force
  exits 7 '... the VM is not started' vxe vm-start uuid="$UUID"
  like '... and the reason' "$ERR" "whether its memory is in $1 cannot be told: "
}
goes_on() {
  ok '... start is permitted again' vxe vm-param-remove uuid="$UUID" param-name=blocked-operations param-key=start
  ok '... the guest goes on with its memory' vxe vm-resume uuid="$UUID" filename="$FILE"
  ok '... it counts' wait_until 20 has_counted_since web "$from"
  is '... without a break' "$(breaks web "$from")" ''
  rm "$FILE"
}
suspended() {
  guest_counts web
  ok "$1: the VM is suspended" vxe vm-suspend uuid="$UUID"
  from=$(serial_lines web)
  FILE=$(memory_file | grep -vF /real/)
}
# put_format BYTE: the format in the header of the image.
put_format() { printf "$1" | dd of="$FILE" bs=1 seek=28 conv=notrunc status=none; }
rm "$(memory_file)" again.json # the checkpoint's
ok 'a dump' vxe pool-dump-database file-name=again.json
suspended 'a format of a later libvirt'
put_format '\x63'
untold "$FILE"
put_format '\x00'
goes_on
if has_bindfs; then
  mkdir -m 0711 real far
  bindfs_mount real far
  ok 'an SR on a file server' vxe sr-create name-label=far type=dir device-config:location="$PWD/far"
  vxe vm-param-set uuid="$UUID" suspend-SR-uuid="$OUT"
  rm again.json
  ok '... a dump' vxe pool-dump-database file-name=again.json
  suspended 'a dead file server'
  bindfs_kill
  untold "$PWD/far"
  umount -l far
  bindfs_mount real far
  goes_on
else
  skip 'no bindfs'
fi
virsh -q destroy web

#!/bin/bash
# SPDX-License-Identifier: MIT
# Two stores and one folder of disks: the marker names the owner, and another store can take the folder over.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

OWN=$VXE_STORE OTHER=$(store_at other)
other() { VXE_STORE=$OTHER "$@"; }
files() { find "$HOST_IMAGES" -name '*.qcow2' | sort; }
refuses() { # WHAT CMD...: SR_DEVICE_IN_USE
  exits 7 "$1" "${@:2}"
  like 'it names the folder and the way out' "$ERR" 'belongs to the store .*take-over'
}

vxe vm-list >/dev/null
sr=$(plain sr-list name-label='Local storage' --minimal)
pbd=$(plain pbd-list sr-uuid="$sr" --minimal)
disk=$(vxe vdi-create sr-uuid="$sr" name-label=data virtual-size=4MiB)
stamp "$(plain vdi-param-get uuid="$disk" param-name=sm-config param-key=file)" 7
before=$(files)

# ---- the second one ----------------------------------------------------------------------------------

run other vxe vm-list
like 'the second store says whose the folder is' "$ERR" "belongs to another store .*${OWN//\?/\\?}"
is 'its Local storage is the same SR' "$(other plain sr-list name-label='Local storage' --minimal)" "$sr"
is 'not attached' "$(other plain pbd-param-get uuid="$pbd" param-name=currently-attached)" false
exits 1 'it scans nothing' other vxe sr-scan uuid="$sr"
exits 1 'it makes nothing' other vxe vdi-create sr-uuid="$sr" name-label=x virtual-size=4MiB
refuses 'pbd-plug is refused' other vxe pbd-plug uuid="$pbd"
ok 'check of the second store' other vxe check
ok 'the first store goes on' vxe sr-scan uuid="$sr"
is 'all files are as they were' "$(files)" "$before"

# ---- handed over ---------------------------------------------------------------------------------------

ok 'pbd-unplug in the first' vxe pbd-unplug uuid="$pbd"
ok 'pbd-plug in the second' other vxe pbd-plug uuid="$pbd"
is 'the disk is there under its UUID and name' \
  "$(other plain vdi-param-get uuid="$disk" param-name=name-label)" data
refuses 'the first cannot plug it' vxe pbd-plug uuid="$pbd"
not_ok 'nor make a disk there' vxe vdi-create sr-uuid="$sr" name-label=x virtual-size=4MiB

# ---- taken over ----------------------------------------------------------------------------------------

ok 'take-over is said on the SR' vxe sr-param-set uuid="$sr" other-config:take-over=true
ok 'pbd-plug in the first' vxe pbd-plug uuid="$pbd"
is 'the word holds once' "$(vxe sr-param-get uuid="$sr" param-name=other-config)" ''
is 'its disk is there' "$(plain vdi-param-get uuid="$disk" param-name=name-label)" data
refuses 'the second, which has it attached, no longer scans' other vxe sr-scan uuid="$sr"
refuses 'nor makes a disk' other vxe vdi-create sr-uuid="$sr" name-label=x virtual-size=4MiB
other run vxe vdi-destroy uuid="$disk"
other run vxe sr-coalesce
is 'it removes nothing' "$(files)" "$before"
ok 'it lets go' other vxe pbd-unplug uuid="$pbd"
ok 'the first still has it' vxe sr-scan uuid="$sr"
ok 'vxe check is clean' vxe check

# ---- a store that is lost, or only seems so --------------------------------------------------------------

sums() { find "$HOST_IMAGES" -name '*.qcow2' -exec sha256sum {} + | sort; }
sums >sums.before
store_keep away && store_new
run vxe vm-list
like 'a new store in its place says whose the folder is' "$ERR" "belongs to another store .*${OWN//\?/\\?}"
is 'it has not taken it' "$(plain pbd-param-get uuid="$pbd" param-name=currently-attached)" false
exits 1 'it scans nothing' vxe sr-scan uuid="$sr"
store_keep new && store_back away
ok 'the one that was there comes back' vxe sr-scan uuid="$sr"
is 'with its disk' "$(plain vdi-param-get uuid="$disk" param-name=name-label)" data
ok 'vxe check is clean' vxe check
store_back new
refuses 'where it is lost nobody takes the folder silently' vxe pbd-plug uuid="$pbd"
sums >sums.now
ok 'all files are as they were' cmp sums.before sums.now
ok 'take-over is said on the SR' vxe sr-param-set uuid="$sr" other-config:take-over=true
ok 'pbd-plug' vxe pbd-plug uuid="$pbd"
ok 'the disk is found' vxe sr-scan uuid="$sr"
is 'it is on record' "$(plain vdi-list sr-uuid="$sr" managed=true --minimal | tr , '\n' | grep -c .)" 1
ok 'it goes' vxe vdi-destroy uuid="$(plain vdi-list sr-uuid="$sr" managed=true --minimal)"
is 'with its file' "$(files)" ''

# ---- a vxe that was killed while it wrote the marker, or the records beside it ---------------------------

sr=$(vxe sr-create name-label=killed type=file device-config:location="$PWD/killed")
echo half >killed/.vxe-sr.01234567
echo half >killed/.vxe-records.01234567
ok 'pbd-unplug beside such drafts' vxe pbd-unplug uuid="$(plain pbd-list sr-uuid="$sr" --minimal)"
ok '... sr-destroy' vxe sr-destroy uuid="$sr"
is '... leaves none of them' "$(find killed -mindepth 1 2>/dev/null)" ''

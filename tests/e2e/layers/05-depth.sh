#!/bin/bash
# SPDX-License-Identifier: MIT
# other-config:max-chain-depth of an SR: a snapshot that would make a disk's chain deeper is refused, with everything as
# it was; but first what can be merged is merged.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

depth_of() { plain vdi-chain-list uuid="$1" --json | jq length; }
limit() { vxe sr-param-set uuid="$sr" other-config:max-chain-depth="$1"; }
# too_deep WHAT CMD...
too_deep() {
  fails SR_BACKEND_FAILURE_109 1 \
    "The snapshot chain is too long.*3 layers; other-config:max-chain-depth of the SR $sr allows 3" "$1" vxe "${@:2}"
}

small_guest web 2
web=$UUID
vxe vm-list >/dev/null
leaf=$(vdi_of "$web")
sr=$(vxe vdi-param-get uuid="$leaf" param-name=sr-uuid)

# ---- by default

limit 3
stamp_disks "$web" 11
snapshot "$web" one && keep_content one "$SNAP"
one=$SNAP
stamp_disks "$web" 22 2M
snapshot "$web" two && keep_content two "$SNAP"
is 'as many layers as the limit' "$(depth_of "$leaf")" 3
note_everything
too_deep 'a snapshot more, of a halted VM' vm-snapshot uuid="$web" new-name-label=x
too_deep 'of one disk' vdi-snapshot uuid="$leaf"
too_deep 'of the other disk' vm-snapshot uuid="$web" new-name-label=x ignore-vdi-uuids="$leaf"
unchanged 'nothing has changed'
ok 'without both a snapshot has no disk' plain vm-snapshot uuid="$web" new-name-label=neither \
  ignore-vdi-uuids="$leaf,$(vdi_of "$web" 1)"

guest_start web
files=$(images | sort)
too_deep 'of a running VM' vm-snapshot uuid="$web" new-name-label=x
too_deep 'a checkpoint' vm-checkpoint uuid="$web" new-name-label=x
is 'no file is left' "$(images | sort)" "$files"
ok 'the guest runs on' guest_counts web
plain vm-shutdown uuid="$web" force=true

# ---- not for others

ok 'a clone may be deeper' vxe vm-clone uuid="$web" new-name-label=copy
ok 'a revert may be' vxe snapshot-revert snapshot-uuid="$SNAP"
ok 'and leads to the content' has_content two "$web"
ok 'vdi-clone may be' vxe vdi-clone uuid="$leaf"

# ---- what can be merged is merged

small_guest db 1
db=$UUID
vxe vm-list >/dev/null
leaf=$(vdi_of "$db")
stamp_disks "$db" 33
snapshot "$db" first
first=$SNAP
stamp_disks "$db" 44 2M
snapshot "$db" second
keep_content now "$db"
# A vxe that is killed leaves the layer of the snapshot.
VXE_FAILPOINT=coalesce-commit:check=die plain snapshot-uninstall uuid="$first" force=true
is 'the layers are as many as the limit' "$(depth_of "$leaf")" 3
ok 'a snapshot merges those that nobody needs' vxe vm-snapshot uuid="$db" new-name-label=third
is 'so there are as many as before' "$(depth_of "$leaf")" 3
ok 'the disk has its content' has_content now "$db"

# ---- the value

vxe sr-param-remove uuid="$sr" param-name=other-config param-key=max-chain-depth
ok 'without a value the usual limit counts' vxe vm-snapshot uuid="$db" new-name-label=fourth
limit 5
ok 'a number that is good counts' vxe vm-snapshot uuid="$db" new-name-label=fifth
fails SR_BACKEND_FAILURE_109 1 '5 layers; ' '... and no more' vxe vm-snapshot uuid="$db" new-name-label=sixth
ok '... the disk has its content' has_content now "$db"
ok 'nothing is to be found' vxe check

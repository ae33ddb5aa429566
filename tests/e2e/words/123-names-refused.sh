#!/bin/bash
# SPDX-License-Identifier: MIT
# Names that are not taken: a folder of an SR with a control character; as vxe, a snapshot without a name, which could not
# be found by it. As xe that goes on.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

ln -s "$VXE" xe
NL=$'\n'

# ---- folders

vxe sr-list >/dev/null
pools=$(virsh -q pool-list --all --name)
SRS=$(plain sr-list --minimal)
for name in "a${NL}b" $'a\tb' $'a\x1b[31mb' $'a\x7fb'; do
  what=$(printf %q "$name")
  for type in file iso; do
    exits 2 "sr-create type=$type of $what" vxe sr-create name-label=x type=$type device-config:location="$PWD/$name"
    like '... names the folder, on one line' "$ERR" "field: location${NL}value: [^$NL]*/a[^$NL]*b"
  done
  # As xe a newline ends a word.
  [[ $name = *"$NL"* ]] || exits 1 "as xe, too: $what" ./xe sr-create name-label=x type=file device-config:location="$PWD/$name"
  not_ok '... no folder is made' test -e "$name"
done
SR=5c1f2a64-3b5e-4d7a-9b43-2f0d8f6f7a11
ok 'an SR without a PBD' vxe sr-introduce uuid=$SR name-label=y type=file content-type=user
exits 2 'pbd-create with a newline' vxe pbd-create sr-uuid=$SR host-uuid="$(plain host-list --minimal)" device-config:location="$PWD/a${NL}b"
like '... names the folder' "$ERR" "field: location${NL}value: [^$NL]*/a[^$NL]*b"
is '... no PBD is made' "$(plain pbd-list sr-uuid=$SR --minimal)" ''
exits 2 'sr-introduce of an NFS server with a newline' vxe pbd-create sr-uuid="$(plain sr-introduce uuid=5c1f2a64-3b5e-4d7a-9b43-2f0d8f6f7a12 \
  name-label=n type=nfs content-type=user)" host-uuid="$(plain host-list --minimal)" device-config:server="a${NL}b" device-config:serverpath=/x
is 'no pool is made' "$(virsh -q pool-list --all --name)" "$pools"
for sr in $SR 5c1f2a64-3b5e-4d7a-9b43-2f0d8f6f7a12; do plain sr-forget uuid=$sr >/dev/null; done
is 'nor an SR' "$(plain sr-list --minimal)" "$SRS"
mkdir 'a b é'
ok 'blanks and letters of all kinds are fine' vxe sr-create name-label=x type=file device-config:location="$PWD/a b é"

# ---- snapshots

small_guest web 1
for command in vm-snapshot vm-checkpoint vm-snapshot-with-quiesce; do
  exits 2 "$command without a name" vxe $command uuid="$UUID" new-name-label=
  like '... says why' "$ERR" 'new-name-label= is empty, but it is the name by which the object is found'
done
is 'there is none' "$(plain snapshot-list --minimal)" ''
snapshot "$UUID" named
exits 2 'a snapshot keeps its name' vxe snapshot-param-set uuid="$SNAP" name-label=
like '... says why' "$ERR" 'name-label= is empty, but it is the name by which the object is found'
is '... it has it' "$(plain snapshot-list uuid="$SNAP" params=name-label --minimal)" named
ok '... as xe it does not' ./xe snapshot-param-set uuid="$SNAP" name-label=
is '... it is empty' "$(plain snapshot-list uuid="$SNAP" params=name-label --minimal)" ''
ok 'as xe it goes on' ./xe vm-snapshot uuid="$UUID" new-name-label=
is '... with an empty name' "$(./xe snapshot-list uuid="$OUT" params=name-label --minimal)" ''
ok 'vxe check is clean' vxe check

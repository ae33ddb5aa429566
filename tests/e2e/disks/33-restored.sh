#!/bin/bash
# SPDX-License-Identifier: MIT
# A database that is older than its files: vxe does not present a layer's present content as its content at the time of
# the dump.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/dry.sh"

# A VM whose snapshot "old" is removed after the dump: the newer layer is merged down into that of the snapshot.
prepare() {
  small_guest "$1" 1
  BASE=$PWD/$1-0.qcow2
  stamp_disks "$UUID" 41 1M
  ok 'a snapshot' snapshot "$UUID" old
  keep_content "$1-then" "$SNAP"
  VDI=$(vdi_of "$SNAP")
  OLD=$SNAP
}
go_on() {
  stamp_disks "$UUID" 42 2M
  ok 'the snapshot goes, the layers are merged' vxe snapshot-uninstall uuid="$OLD" force=true
  keep_content "$1-now" "$UUID"
  isnt 'its layer holds other content now' "$(byte_of "$BASE" 2M)" 0
}
# Under the snapshot's name, every command yields the old content or an error.
refuses_all() {
  exits 7 'a clone is refused' vxe snapshot-clone uuid="$OLD" new-name-label=clone
  like 'naming the file' "$ERR" "$BASE"
  exits 7 'a copy' vxe snapshot-copy uuid="$OLD" new-name-label=copy
  exits 7 'a VM of it' vxe vm-install template-uuid="$OLD" new-name-label=new
  exits 7 'an archive' vxe snapshot-export-to-template snapshot-uuid="$OLD" filename=a.xva
  exits 7 'an image' vxe vdi-export uuid="$VDI" filename=a.raw format=raw
  not_ok 'a revert' vxe snapshot-revert uuid="$OLD"
  not_ok 'nothing was written' ls a.xva a.raw
  is 'the VM still has its own disk' "$(source_of "$1" vda)" "$BASE"
  ok 'with its content' has_image "$BASE" "$1-now"
  exits 1 'vxe check' vxe check
  like 'names the layer' "$OUT" "changed.*$1-0.qcow2"
}
has_image() { qemu-img convert -U -f qcow2 -O raw "$1" now.raw && cmp now.raw "$2.raw0"; }

# ---- pool-restore-database -----------------------------------------------------------------------------------

prepare web
rm -f db.json
ok 'the database is dumped' vxe pool-dump-database file-name=db.json
go_on web
ok 'a description is set' vxe vm-param-set uuid="$UUID" name-description=later
does 'pool-restore-database' pool-restore-database file-name=db.json force=true
is 'the description is that of the dump' "$(vxe vm-param-get uuid="$UUID" param-name=name-description)" ''
like 'which names the disk that is lost' "$ERR" "VDI $VDI .*lost"
is 'it is marked as missing' "$(vxe vdi-param-get uuid="$VDI" param-name=missing)" true
refuses_all web

# ---- the same with a dump of a vxe that took no fingerprints ---------------------------------------------------

prepare none
rm -f db.json
ok 'the database is dumped' vxe pool-dump-database file-name=db.json
sed -i 's/"fingerprint":"[^"]*"/"fingerprint":""/' db.json
go_on none
ok 'and restored' vxe pool-restore-database file-name=db.json force=true
like 'which names the disk that is lost' "$ERR" "VDI $VDI .*lost"
refuses_all none

# ---- the store from a backup: nobody is told of it ------------------------------------------------------

prepare store
store_keep backup
go_on store
store_back backup
refuses_all store

# ---- a dump that fits its files marks nothing ----------------------------------------------------------------------

small_guest fine 1
ok 'a snapshot' snapshot "$UUID" s
keep_content fine "$SNAP"
rm -f db.json
ok 'the database is dumped' vxe pool-dump-database file-name=db.json
ok 'and restored' vxe pool-restore-database file-name=db.json force=true
unlike 'which has nothing to say of it' "$ERR" "$(vdi_of "$SNAP")"
ok 'a revert' vxe snapshot-revert uuid="$SNAP"
ok 'the disk has the content of the snapshot' has_content fine "$UUID"

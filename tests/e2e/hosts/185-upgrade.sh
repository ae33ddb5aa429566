#!/bin/bash
# SPDX-License-Identifier: MIT
# The commands of docs/upgrade.md: records are converted, dumped, lost and restored, a layer is put back, and the guest's
# data are what they were.
# own store: layouts and backups of the folder; those of a database are the server's (docs/pool.md)
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/page.sh"

mkdir -m 0700 backup
upgrade() { page upgrade.md "$1" "s|/var/lib/libvirt/images|$PWD/images|; s|/var/lib/vxe|$VXE_STORE|g; s|/backup|$PWD/backup|g"; }
is 'each heading is here, or in 265-two-versions.sh' "$(page_headings upgrade.md)" \
  'Before an upgrade,After an upgrade,A pool,Back to the older version,Backup,The records are lost,A record is damaged,A layer was changed or is lost'

mkdir -m 0711 images && cd images && small_guest web 2 && cd .. || exit 1
stamp_disks "$UUID" 0x11
snapshot "$UUID" first
keep_content first "$SNAP"
first=$SNAP
stamp_disks "$UUID" 0x33
keep_content now "$UUID"
guest_start web
pid=$(guest_pid web)

# ---- an upgrade, and back

upgrade 'Before an upgrade'
{
  echo 'BEGIN;'
  for class in $(sqlite3 "$VXE_STORE/vxe.db" 'SELECT DISTINCT class FROM objects'); do
    echo "CREATE TABLE \"$class\"(uuid TEXT NOT NULL PRIMARY KEY, _generation INTEGER NOT NULL, _json TEXT NOT NULL);
      INSERT INTO \"$class\" SELECT uuid, generation, json FROM objects JOIN documents ON id = document
      WHERE class = '$class';"
  done
  echo "DROP TABLE objects; DROP TABLE documents; DROP TABLE found;
    UPDATE _meta SET value = '1' WHERE key = 'layout'; COMMIT;"
} | sqlite3 "$VXE_STORE/vxe.db"
if [ "$HOST_MODE" = system ]; then # root can write in spite of the mode
  mount --bind "$VXE_STORE" "$VXE_STORE" && mount -o remount,ro,bind "$VXE_STORE"
  ok 'check reads one of layout 1 that nobody can write' vxe check --read-only
  is '... so do lists' "$(plain snapshot-list --minimal)" "$first"
  exits 1 '... it is not written' vxe vm-param-set uuid="$UUID" name-label=other
  like '... and says why' "$ERR" 'not writable'
  umount "$VXE_STORE"
  is '... it is of layout 1' "$(sqlite3 "$VXE_STORE/vxe.db" "SELECT value FROM _meta WHERE key = 'layout'")" 1
fi
upgrade 'After an upgrade'
is '... from layout 1' "$(sqlite3 "$VXE_STORE/vxe.db" "SELECT value FROM _meta WHERE key = 'layout'")" 3
is '... with the snapshot' "$(plain snapshot-list --minimal)" "$first"
sqlite3 "$VXE_STORE/vxe.db" "UPDATE _meta SET value = '99' WHERE key = 'layout'"
exits 1 'a newer layout is refused' vxe vm-list
like '... by its name' "$ERR" 'a newer vxe made it'
upgrade 'Back to the older version'
is '... the snapshot is there' "$(plain snapshot-list --minimal)" "$first"
ok '... with its data' has_content first "$first"
guest_counts web
is '... the guest has run on' "$(guest_pid web)" "$pid"

# ---- records that are lost

vxe vm-shutdown uuid="$UUID" --force
keep_content now "$UUID"
upgrade Backup
is '... for its owner alone' "$(stat -c %a backup/vxe-*0*.json | sort -u)" 600
rm -r "$VXE_STORE"
upgrade 'The records are lost'
is '... the snapshot is there' "$(plain snapshot-list --minimal)" "$first"
is '... of the VM' "$(plain snapshot-param-get uuid="$first" param-name=snapshot-of)" "$UUID"
ok '... with its data' has_content first "$first"
ok '... and the VM has its own' has_content now "$UUID"
ok '... the folder of images is of use' vxe vdi-create sr-uuid="$(plain sr-list name-label='Local storage' --minimal)" \
  name-label=new virtual-size=1MiB type=user

# ---- a record that was changed

sqlite3 "$VXE_STORE/vxe.db" "UPDATE documents SET json = replace(json, 'first', 'fjrst')"
exits 1 'a damaged record is found' vxe check
upgrade 'A record is damaged'
is '... the snapshot is there' "$(plain snapshot-list --minimal)" "$first"
ok '... with its data' has_content first "$first"

# ---- a layer that was changed

FILE=$(vdi_files "$first" | head -n 1)
export FILE
chmod u+w "$FILE"
stamp "$FILE" 0x77 2M
exits 7 'a changed layer is refused' vxe snapshot-revert uuid="$first"
like '... by its name' "$ERR" "file: $FILE"
chmod u-w "$FILE"
upgrade 'A layer was changed or is lost'
ok 'a revert' vxe snapshot-revert uuid="$first"
ok '... brings back the data of the snapshot' has_content first "$UUID"
rm -f "$FILE"
exits 1 'a lost layer is seen' vxe check
like '... by its name' "$OUT" "the file is missing: $FILE"
upgrade 'A layer was changed or is lost'
ok 'a clone of the snapshot' vxe snapshot-copy uuid="$first" new-name-label=copy
ok '... has its data' has_content first "$OUT"

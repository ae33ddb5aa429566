#!/bin/bash
# SPDX-License-Identifier: MIT
# The pool's database is restored from a backup that knows nothing of what happened since: no host does anything with it, also
# after a boot and by another URI, until a person says that these are the right records. Then each VM is where its definition is,
# with all that the guest has written; where two hosts have one, the one on more layers is taken, or the person is asked.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

migration_ready || exit
beats() { # I...
  local i
  for i; do ok "h$i tells" on "$i" vxe host-heartbeat; done
}
has() { on "$1" virsh -q list --all --name | grep -x web; }
home() { database_sql "$PG" pool "SELECT home FROM vxe.\"VM\" WHERE uuid = '$VM'"; }
# The database as it is now is NAME, or becomes what NAME was. Nobody is connected meanwhile.
backup() { database_sql "$PG" postgres "DROP DATABASE IF EXISTS \"$1\"" && database_sql "$PG" postgres "CREATE DATABASE \"$1\" TEMPLATE pool"; }
restore() {
  database_sql "$PG" postgres 'DROP DATABASE pool WITH (FORCE)' && database_sql "$PG" postgres "CREATE DATABASE pool TEMPLATE \"$1\""
}
leaf() { on "$1" virsh -q domblklist web --inactive | awk '{ print $2; exit }'; }
OLDER='its records are older than those that this host has seen'

# ---- a backup, and then the VM goes on elsewhere

on 1 vxe vm-param-set uuid="$VM" name-description='of the shop'
ok 'web is off' on 1 vxe vm-shutdown uuid="$VM" --force
ok 'a snapshot' on 1 vxe vm-snapshot uuid="$VM" new-name-label=s1
beats 1 2
on 1 virsh -q dumpxml --inactive --migratable web >"$HOSTS_DIR/shared/old.xml"
ok 'a backup' backup back
SR=$(on 1 plain sr-list name-label=common --minimal)
PBD=$(on 1 plain pbd-list sr-uuid="$SR" host-uuid="${HOST[2]}" --minimal)
ok 'the SR gets another word' on 2 vxe pbd-unplug uuid="$PBD" && ok '... from h2' on 2 vxe pbd-plug uuid="$PBD"
ok 'web goes to h2' on 1 vxe vm-start uuid="$VM" on=h2
ok '... and counts' on 2 guest_counts web
ok 'a further snapshot' on 2 vxe vm-snapshot uuid="$VM" new-name-label=s2
ok 'it writes' writes_on 2 web
WROTE=$(on 2 guest_counter web)
ok 'it is off' on 2 vxe vm-shutdown uuid="$VM" --force
beats 2 1
TOP=$(leaf 2)
ok 'the newest records are kept, too' backup newest

# ---- restored

ok 'the backup is restored' restore back
for i in 1 2; do
  exits 1 "h$i refuses it" on $i vxe vm-list
  like '... and says why' "$ERR" "$OLDER .*if they are the right ones: 'vxe pool-reconcile'"
  not_ok '... a heartbeat does nothing' on $i vxe host-heartbeat
done
for i in 1 2; do
  on $i eval 'rm -f "${XDG_RUNTIME_DIR:-/run}"/vxe/seen-*'
  exits 1 "... also after a boot of h$i" on $i vxe vm-list
  like '... for the same reason' "$ERR" "$OLDER"
  on $i eval 'sed -i "1s/\$/\&connect_timeout=7/" "$HOST_STATE/pool"'
  exits 1 '... and by another URI' on $i vxe vm-list
  like '... for the same reason' "$ERR" "$OLDER"
done
is 'h2 alone has it' "$(has 1)$(has 2)" web
is 'nothing was written to the records' "$(database_sql "$PG" pool 'SELECT max(generation) FROM vxe.commits WHERE generation >= 0')" \
  "$(database_sql "$PG" back 'SELECT max(generation) FROM vxe.commits WHERE generation >= 0')"

# ---- a person decides: all or nothing

libvirtd_kill 2
exits 1 'while a host does not answer nothing is decided' on 1 vxe pool-reconcile
like '... it is named' "$ERR" "without=${HOST[2]}"
ok 'it is back' libvirtd_start 2
AT=1
wrong HOST_IS_LIVE 'the host that is asked is not left out' pool-reconcile without="${HOST[1]}"
run on 1 vxe pool-reconcile --dry-run
is 'what would be done' "$STATUS" 0
like '... web is at home where it is' "$OUT" "VM $VM \(web\) is at home on h2"
exits 1 '... and it was not done' on 1 vxe vm-list
on 1 env VXE_FAILPOINT=pool-reconcile:records=die "$VXE" pool-reconcile >/dev/null 2>&1
exits 1 'vxe is killed: nothing was decided' on 2 vxe vm-list
ok 'these are the right ones' on 1 vxe pool-reconcile
is '... web is at home on h2' "$(home)" "${HOST[2]}"
is '... and the storage is the one that is mounted' "$(on 2 plain pbd-param-get uuid="$PBD" param-name=currently-attached)" true
for i in 1 2; do ok "h$i takes them" on $i vxe vm-list; done
beats 1 2 1
is 'h2 alone has it' "$(has 1)$(has 2)" web
is '... with its description' "$(of 1 web name-description)" 'of the shop'
is '... on the layer of before' "$(leaf 2)" "$TOP"
run on 2 vxe check
unlike 'nobody says to remove the newest data' "$OUT$ERR" "$(basename "$TOP").*remove it"
ok 'it starts there' on 2 vxe vm-start uuid="$VM"
ok '... and counts' on 2 guest_counts web
has_all_of web 2 "$WROTE" 'it'
is 'no objection is left' "$(database_sql "$PG" pool 'SELECT count(*) FROM vxe.commits WHERE generation < 0')" 0
ok 'it is off' on 2 vxe vm-shutdown uuid="$VM" --force

# ---- two hosts have a definition

ok 'the backup is restored once more' restore back
ok '... and h1 has the definition of then' on 1 virsh -q define /mnt/sr/old.xml
exits 1 'h1 refuses the records' on 1 vxe vm-list
like '... though it had taken them once' "$ERR" "$OLDER"
ok 'a person decides' on 2 vxe pool-reconcile
is 'the side on more layers is the newer one' "$(home)" "${HOST[2]}"
is 'no definition was removed by that' "$(has 1)$(has 2)" webweb
beats 2 1
is '... the older one by the heartbeat, which keeps it' "$(has 1)$(has 2)" web
ok 'it starts' on 2 vxe vm-start uuid="$VM"
ok '... and counts' on 2 guest_counts web
has_all_of web 2 "$WROTE" 'it'

# ---- the newer side is off, and the older one runs: to take the newer one would have two guests write

ok 'the backup is restored beside the running guest' restore back
on 1 eval "qemu-img create -q -u -f qcow2 -b '$TOP' -F qcow2 /mnt/sr/images/above.qcow2 4M && chmod 0666 /mnt/sr/images/above.qcow2"
on 1 eval "sed \"s#<source file='[^']*'#<source file='/mnt/sr/images/above.qcow2'#\" /mnt/sr/old.xml >/mnt/sr/above.xml"
on 1 eval "sed 's# store=.[0-9a-f-]*# store=\"99999999-0000-4000-8000-000000000009#' /mnt/sr/above.xml >/mnt/sr/stranger.xml"
ok 'h1 has one of another pool, on a layer above' on 1 virsh -q define /mnt/sr/stranger.xml
AT=1
wrong VXE_HOME_UNCLEAR 'somebody has a layer above' pool-reconcile
like '... which may have the newest data' "$ERR" 'above.qcow2 is a layer above, which no definition has'
unlike '... and is no side' "$ERR" 'on h1'
ok 'h1 has one of this pool, on that layer' on 1 virsh -q define /mnt/sr/above.xml
wrong VXE_HOME_UNCLEAR 'the newer side is not taken' pool-reconcile
like '... the one that runs is named' "$ERR" "on h2 [^)]*\), where it runs: vda on [^ ]*$(basename "$TOP")"
like '... and the newer one' "$ERR" 'on h1 [^)]*\): vda on [^ ]*/above.qcow2'
ok 'that one goes' on 1 eval 'virsh -q undefine web && rm /mnt/sr/images/above.qcow2'
ok 'a person decides' on 1 vxe pool-reconcile
is '... h2, where it runs' "$(home)" "${HOST[2]}"
beats 1 2
ok 'it counts' on 2 guest_counts web
ok 'it is off' on 2 vxe vm-shutdown uuid="$VM" --force

# ---- two lines: a person chooses

ok 'the backup is restored a third time' restore back
OLD=$(on 1 eval 'sed -n "s/.*<source file=.\([^\"]*\)[\"'"'"'].*/\1/p" /mnt/sr/old.xml | head -n 1')
on 1 eval "qemu-img create -q -f qcow2 -b '$OLD' -F qcow2 /mnt/sr/images/other.qcow2 && chmod 0666 /mnt/sr/images/other.qcow2"
on 1 eval "sed 's#$OLD#/mnt/sr/images/other.qcow2#' /mnt/sr/old.xml >/mnt/sr/other.xml"
ok 'h1 has one on another line' on 1 virsh -q define /mnt/sr/other.xml
AT=1
wrong VXE_HOME_UNCLEAR 'which is right only a person can say' pool-reconcile
like '... the one is named' "$ERR" 'on h1 [^)]*\): vda on [^ ]*/other.qcow2'
like '... and the other' "$ERR" "on h2 [^)]*\): vda on [^ ]*$(basename "$TOP")"
exits 1 '... nothing was decided' on 2 vxe vm-list
wrong INVALID_VALUE 'no VM has that UUID' pool-reconcile homes:"${HOST[1]}"="${HOST[2]}"
wrong VXE_HOME_UNCLEAR 'it is asked again' pool-reconcile
leads VXE_HOME_UNCLEAR 1 HOST-UUID="${HOST[2]}"
is '... h2' "$(home)" "${HOST[2]}"
on 1 virsh -q undefine web
beats 2 1
ok 'it starts' on 2 vxe vm-start uuid="$VM"
ok '... and counts' on 2 guest_counts web
has_all_of web 2 "$WROTE" 'it'

# ---- records of an operation, and a definition as old as they are

ok 'it is off' on 2 vxe vm-shutdown uuid="$VM" --force
on 2 env VXE_FAILPOINT=vm-snapshot:make-overlays:after=die "$VXE_PLAIN" vm-snapshot uuid="$VM" new-name-label=cut >/dev/null 2>&1
ok 'a backup is made when vxe was killed in a snapshot' backup cut
is '... with the operation' "$(database_sql "$PG" cut 'SELECT count(*) FROM vxe."INTENT"')" 1
OLD=$(leaf 2)
on 2 virsh -q dumpxml --inactive web >"$HOSTS_DIR/shared/cut.xml"
ok 'a snapshot' on 2 vxe vm-snapshot uuid="$VM" new-name-label=s3
ok 'it starts' on 2 vxe vm-start uuid="$VM"
ok '... and counts' on 2 guest_counts web
ok 'it writes' writes_on 2 web
WROTE=$(on 2 guest_counter web)
ok 'it is off' on 2 vxe vm-shutdown uuid="$VM" --force
beats 2 1
TOP=$(leaf 2)
not_ok 'it is on another layer' [ "$TOP" = "$OLD" ]
ok 'that backup is restored' restore cut
ok '... and the definition of then' on 2 virsh -q define /mnt/sr/cut.xml
run on 1 vxe pool-reconcile
is 'a person decides' "$STATUS" 0
is 'the operation is forgotten, and not undone' "$(database_sql "$PG" pool 'SELECT count(*) FROM vxe."INTENT"')" 0
beats 1 2
exits 1 'vxe check' on 2 vxe check
like '... names the newest data' "$OUT" "$(basename "$TOP").*lies on the disk .*newest data of its guest; keep it"
like '... where the guest would write, too' "$OUT" "$(basename "$TOP") lies on it.*$(basename "$OLD")"
unlike '... and nobody says to write below it' "$OUT" 'chmod u.w'
exits 1 'it does not start below it' on 2 vxe vm-start uuid="$VM"
like '... and that is why' "$ERR" "$(basename "$TOP") lies on it"
ok 'the definition gets the file' on 2 eval "sed 's#$OLD#$TOP#' /mnt/sr/cut.xml >new.xml && virsh -q define new.xml"
ok 'it starts' on 2 vxe vm-start uuid="$VM"
ok '... and counts' on 2 guest_counts web
has_all_of web 2 "$WROTE" 'it'
ok 'it is off' on 2 vxe vm-shutdown uuid="$VM" --force

# ---- reverted since: the file on record is gone, and the definition has the newest data

SNAP=$(on 2 plain vm-snapshot uuid="$VM" new-name-label=s4)
ok 'a backup' backup reverted
ok 'the VM goes back to a snapshot' on 2 vxe snapshot-revert uuid="$SNAP"
ok 'it starts' on 2 vxe vm-start uuid="$VM"
ok '... and counts' on 2 guest_counts web
ok 'it writes' writes_on 2 web
WROTE=$(on 2 guest_counter web)
beats 2 1
ok 'that backup is restored' restore reverted
ok 'a person decides' on 1 vxe pool-reconcile
beats 1 2
exits 1 'vxe check' on 2 vxe check
TOP=$(leaf 2)
like '... names what takes the file of the definition' "$OUT" "the file is missing: .*'vxe vm-adopt-disks uuid=$VM keep=definition' takes $TOP"
unlike '... and no revert, which would leave it' "$OUT" 'the file is missing: .*snapshot-revert'
exits 1 '... on the other host' on 1 vxe check
like '... that the host of the VM knows more' "$OUT" "the file is missing: .*'vxe check' on the host of its VM $VM"
ok 'the running guest keeps it' on 2 vxe vm-adopt-disks uuid="$VM" keep=definition
exits 1 'the disk on record has no VM now' on 2 vxe check
GONE=$(sed -n "s/.*the file is missing: .*'vxe vdi-forget uuid=\([^']*\)'.*/\1/p" <<<"$OUT" | head -n 1)
ok '... and is forgotten, as check says' on 2 vxe vdi-forget uuid="$GONE"
unlike '... no file is missing then' "$(on 2 vxe check 2>&1)" 'the file is missing'
ok 'it is off' on 2 vxe vm-shutdown uuid="$VM" --force
is '... on its file' "$(leaf 2)" "$TOP"
ok 'a snapshot' on 2 vxe vm-snapshot uuid="$VM" new-name-label=s5
ok 'it starts' on 2 vxe vm-start uuid="$VM"
ok '... and counts' on 2 guest_counts web
has_all_of web 2 "$WROTE" 'it'
ok 'it is off' on 2 vxe vm-shutdown uuid="$VM" --force

# ---- what is mounted is a copy that is older than the records

MARK=$HOSTS_DIR/shared/images/.vxe-sr
attached() { on 2 plain pbd-param-get uuid="$PBD" param-name=currently-attached; }
cp "$MARK" "$HOSTS_DIR/mark.old"
ok 'the SR gets another word' on 2 vxe pbd-unplug uuid="$PBD" && ok '... from h2' on 2 vxe pbd-plug uuid="$PBD"
beats 2 1
ok 'a backup' backup marked
on 1 vxe vm-param-set uuid="$VM" name-description='after it'
cp "$MARK" "$HOSTS_DIR/mark.new"
cp "$HOSTS_DIR/mark.old" "$MARK"
ok 'that backup is restored' restore marked
ok 'a person decides' on 2 vxe pool-reconcile
is '... and the older copy is not taken' "$(attached)" false
cp "$HOSTS_DIR/mark.new" "$MARK"
is '... but the one of the records is' "$(attached)" true

# ---- the host that has it does not answer, and an old definition of it is elsewhere

ok 'the backup is restored' restore back
ok '... and h1 has the definition of then' on 1 virsh -q define /mnt/sr/old.xml
libvirtd_kill 2
AT=1
wrong VXE_HOME_UNCLEAR 'without h2 what h1 has is not taken' pool-reconcile without="${HOST[2]}"
like '... as there are layers above it' "$ERR" 'is a layer above, which no definition has: it may have the newest data'
ok 'h2 is back' libvirtd_start 2
ok 'it is asked' on 1 vxe pool-reconcile
is '... and has it' "$(home)" "${HOST[2]}"

# ---- the newest records come back

ok 'the newest records are found after all' restore newest
exits 1 'they are refused as well' on 1 vxe vm-list
like '... as others have been taken since' "$ERR" 'than those that this host has seen'
database_end

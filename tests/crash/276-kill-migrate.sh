#!/bin/bash
# SPDX-License-Identifier: MIT
# vxe is killed at each failpoint of a migration, or its database is, and libvirt's daemon at the moment at which the guest changes hosts:
# afterwards one guest runs, and one host has it.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

migration_ready || exit

# ---- vxe is killed ---------------------------------------------------------------------------------------------

at=1
for point in migrate migrate:after autostart-there:after result result:after; do
  to=$((3 - at))
  run on $at env VXE_FAILPOINT="vm-migrate:$point=die" "$VXE_PLAIN" vm-migrate vm=web host=h$to
  isnt "killed at $point" "$STATUS" 0
  ok '... vxe check ends it' on $at vxe check
  [ "$point" = migrate ] || at=$to
  is_on $at 'the guest'
done

# ---- libvirt's daemon is killed at the switch -----------------------------------------------------------------

# When the guest says its first line on the other host.
to=$((3 - at))
size=$(stat -c %s "$HOSTS_DIR/h$to/files/s/web.log")
on $at bash -c '"$VXE_PLAIN" vm-migrate vm=web host="$1" >made 2>said; echo $? >status' - h$to &
migrates=$!
for ((k = 0; k < 20000; k++)); do
  [ "$(stat -c %s "$HOSTS_DIR/h$to/files/s/web.log")" = "$size" ] || break
done
libvirtd_kill $at
wait $migrates
libvirtd_start $at
diag "note $(on $at virsh domstate web --reason 2>&1 | head -1) on the source, $(on $to virsh domstate web --reason 2>&1 | head -1) on the target; $(cat "$HOSTS_DIR/h$at/own/said")"
ok 'libvirtd is killed at the switch: vxe check decides' on $at vxe check
on $to virsh -q list --name | grep -qx web && at=$to
is_on $at 'the guest'
# ---- the database is killed ------------------------------------------------------------------------------------

# Each second time the command has gone on before it is there again.
for point in intent:after migrate migrate:after autostart-there:after result result:after; do
  to=$((3 - at))
  rm -f "$HOSTS_DIR/h$at/own/reached"
  on $at env VXE_FAILPOINT="vm-migrate:$point=sleep:3000" VXE_FAILPOINT_LOG=reached "$VXE_PLAIN" vm-migrate vm=web host=h$to >moved 2>&1 &
  moves=$!
  wait_until 60 grep -qsx "vm-migrate:$point" "$HOSTS_DIR/h$at/own/reached"
  database_kill
  [ $((++times % 2)) = 0 ] || sleep 4
  ok "the database is killed at $point, and started again" database_begin "$PG"
  wait $moves
  is '... the guest has gone' "$? $(cat moved)" '0 '
  at=$to
  is_on $at 'the guest'
done
database_end

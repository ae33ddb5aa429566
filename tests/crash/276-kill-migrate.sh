#!/bin/bash
# SPDX-License-Identifier: MIT
# vxe is killed at failpoints of a migration, or its database is: afterwards one guest runs, and one host has it. 275-kill-at-switch.sh
# kills libvirt's daemons, 235-kill-evacuate.sh vxe at every failpoint, with two guests.
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

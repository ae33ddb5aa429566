#!/bin/bash
# SPDX-License-Identifier: MIT
# How often a check waits for the database does not depend on how many hosts and VMs the pool has; and what it finds among the
# records of the whole pool, which it has in memory, is what the records say.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

counted_ready
tell() { on 1 vxe host-heartbeat && on 2 vxe host-heartbeat; }
as_often() { # WHAT
  asks "$1" vxe check
  is '... waits as often as with one VM' "$WAITS" "$FEW"
}
ok 'web is off' on 1 vxe vm-shutdown uuid="$VM" --force
SNAP=$(on 1 plain vm-snapshot uuid="$VM" new-name-label=s)
ok 'the hosts tell' tell
asks 'a check' vxe check
FEW=$WAITS
ok '... waits at most 50 times' [ "$FEW" -le 50 ]
for i in $(seq 8); do
  ok "VM $i" on 1 vxe vm-clone uuid="$VM" new-name-label="c$i"
  ok '... has a snapshot' on 1 vxe vm-snapshot vm="c$i" new-name-label="s$i"
done
ok 'the hosts tell' tell
as_often 'a check of nine VMs'

ok 'the records' on 1 vxe pool-dump-database file-name=/mnt/sr/few.json
jq -c --arg h "${HOST[2]}" '.classes.host |= (.[$h] as $other | reduce range(30) as $i (.;
  ("00000000-0000-4000-9000-" + ("000000000000\($i)" | .[-12:])) as $uuid | .[$uuid] = ($other + {uuid: $uuid, name_label: "x\($i)"})))' \
  "$HOSTS_DIR/shared/few.json" >"$HOSTS_DIR/shared/many.json"
ok '... of thirty hosts more' on 1 vxe pool-restore-database file-name=/mnt/sr/many.json force=true
is '... are there' "$(on 1 plain host-list --minimal | tr , '\n' | wc -l)" 32
ok 'the hosts tell' tell
as_often 'a check of 32 hosts'

# ---- what is wrong is found, and what the check has written itself is known

FILE=$(on 1 vdi_files "$SNAP")
ok 'a file is taken away' on 1 mv "$FILE" "$FILE.aside"
ok '... and a VM is new' on 1 small_guest new 1
run on 1 vxe check
like 'the file is missing' "$OUT" "the file is missing: $FILE"
is '... nothing else is wrong' "$(grep -c '^ *problem' <<<"$OUT")" 1
ok '... and the VM has a record' test -n "$(on 1 plain vm-list name-label=new params=uuid --minimal)"
ok 'it is put back' on 1 mv "$FILE.aside" "$FILE"
ok 'nothing is wrong' on 1 vxe check
database_end

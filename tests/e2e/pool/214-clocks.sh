#!/bin/bash
# SPDX-License-Identifier: MIT
# The clocks of two hosts of a pool are minutes apart: a due schedule runs once, at the time that the database's server
# says; snapshots stay in the order in which they were taken, so that the oldest goes; and the wrong clock is named.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/pool.sh"
pool_hosts 2

# The clock of each host, and the time of the test.
vxe_after "$VXE" <<END
[ ! -e /mnt/own/clock ] || export LD_PRELOAD='$TOOLS/other_clock.so' CLOCK_AHEAD="\$(cat /mnt/own/clock)" \\
  ASAN_OPTIONS="verify_asan_link_order=0:\${ASAN_OPTIONS-}"
[ ! -e /mnt/sr/at ] || export VXE_TEST_AHEAD="\$(cat /mnt/sr/at)"
END
host_clock() { echo "$2" >"$HOSTS_DIR/h$1/own/clock"; } # HOST SECONDS: as much ahead
HALF=$(($(date -u -d 'tomorrow 00:30' +%s)))
at() { echo $((HALF + $1 - $(date +%s))) >"$HOSTS_DIR/shared/at"; } # SECONDS: of the first slot
taken() { on 1 plain snapshot-list is-vmss-snapshot=true params="$1" --minimal; }
n_taken() { taken uuid | tr , '\n' | grep -c .; }
tick() { on "$1" vxe vmss-run --due >/dev/null; }

OLD=$(on 1 vxe vmss-create name-label=old type=snapshot frequency=daily enabled=false --minimal 2>/dev/null)
pool_begin 2
ok 'they share an SR' on 1 vxe sr-create name-label=common type=file shared=true device-config:location=/mnt/sr/images
on 1 eval 'cd /mnt/sr/images && small_guest web 1' && on 1 vxe vm-list >/dev/null
VM=$(on 1 plain vm-list name-label=web --minimal)
for i in 1 2; do on $i vxe host-heartbeat; done
ok 'while the clocks are right, vxe check is clean' on 1 vxe check

# ---- due schedules

host_clock 2 300
ok "h2's clock is five minutes ahead" [ $(($(on 2 sh -c "LD_PRELOAD='$TOOLS/other_clock.so' CLOCK_AHEAD=300 date +%s") - $(date +%s))) -ge 299 ]
at -1800
PLAN=$(on 1 vxe vmss-create name-label=hourly type=snapshot frequency=hourly schedule:min=30 retained-snapshots=2 timezone=UTC 2>/dev/null)
ok 'a schedule' on 1 vxe vm-param-set uuid="$VM" snapshot-schedule="$PLAN"
at -60
ok 'a minute before the slot h2, by whose clock it has passed, looks' tick 2
is '... and it is not due' "$(n_taken)" 0
at 5
ok 'it is due' tick 2
is '... and runs' "$(n_taken)" 1
is '... at its time' "$(($(date -u -d "$(taken snapshot-time | sed 's/T/ /;s/Z$/ UTC/')" +%s) - HALF < 60))" 1
for i in 1 2 1; do tick $i; done
at 200
for i in 2 1; do tick $i; done
is '... once' "$(n_taken)" 1
host_clock 2 -300
at 3605
ok 'h2 is five minutes behind when the next slot comes' tick 2
is '... and it runs' "$(n_taken)" 2
tick 1
is '... once' "$(n_taken)" 2
is 'nobody was told of a wrong clock' "$(on 1 plain message-list name=VMSS_SNAPSHOT_MISSED_EVENT --minimal)" ''

# ---- time zones: hosts with different ones agree on that of the schedule

zone() { on 2 plain vmss-param-get uuid="$1" param-name=timezone; }
here=$(readlink /etc/localtime)
is "a schedule from before the pool has its host's zone" "$(zone "$OLD")" "${here#*/zoneinfo/}"
NEW=$(on 2 vxe vmss-create name-label=new type=snapshot frequency=daily enabled=false --minimal 2>/dev/null)
is '... and one that is made now' "$(zone "$NEW")" "${here#*/zoneinfo/}"
on 2 vxe vmss-param-set uuid="$NEW" timezone=
exits 1 'vxe check sees one that has none' on 1 vxe check
like '... and says so' "$OUT" "VMSS $NEW.*names no time zone"
for p in "$OLD" "$NEW"; do on 1 vxe vmss-destroy uuid="$p"; done

# ---- the order of snapshots

# takes HOST NAME: a snapshot of the schedule, while the guest is HOST's.
takes() { ok "h$1 takes $2" on "$1" vxe vmss-run uuid="$PLAN" && on 1 vxe snapshot-param-set uuid="$OUT" name-label="$2"; }
goes() { ok "the guest goes to h$1" on 1 vxe vm-start vm=web on="h$1" && on 1 vxe vm-shutdown vm=web --force; }
host_clock 2 300
goes 2
at 4000
takes 2 first
goes 1
at 4030
takes 1 second
at 4060
takes 1 third
is 'the oldest one goes' "$(taken name-label | tr , '\n' | sort | paste -sd' ')" 'second third'
at 4090

# ---- the wrong clock is named

on 2 vxe host-heartbeat
for i in 1 2; do
  run on $i vxe check
  is "vxe check on h$i finds one thing" "$STATUS $(grep -c kind: <<<"$OUT")" '1 1'
  like "... h2's clock" "$OUT" "host ${HOST[2]}.*kind: clock.*'h2' is (some )?(300|299) seconds ahead of .* NTP"
done
host_clock 2 0
on 2 vxe host-heartbeat
for i in 1 2; do ok "when it is right, vxe check on h$i is clean" on $i vxe check; done
database_end

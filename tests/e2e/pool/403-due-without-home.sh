#!/bin/bash
# SPDX-License-Identifier: MIT
# A schedule is due, and the host of its VM has died: the host that runs it takes the VM, as for any other act, or the reason is
# said. A password in a connection string that is no URI is shown nowhere.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

run plain pool-init store='host=db dbname=vxe password=secret1 sslpassword=secret2'
isnt 'a connection string that is no URI is refused' "$STATUS" 0
like '... by its name' "$ERR" 'host=db dbname=vxe password=\*\*\*'
unlike '... and its passwords are not said' "$OUT$ERR" secret
migration_ready || exit
# shellcheck disable=SC2034 # for vxe
AT=2
MIDNIGHT=$(date -u -d 'tomorrow 00:00' +%s)
# at SECONDS COMMAND...: vxe on h2, so long after midnight.
at() { on 2 env VXE_TEST_AHEAD=$((MIDNIGHT + $1 - $(date +%s))) "$VXE" "${@:2}"; }
field() { on 2 plain vmss-param-get uuid="$PLAN" param-name="$1"; }
taken() { on 2 plain snapshot-list snapshot-of="$1" is-vmss-snapshot=true --minimal | tr , '\n' | grep -c .; }

on 1 small_guest own 1
ok 'h1 has a guest on storage of its own' on 1 vxe vm-list
OWN=$(on 1 plain vm-list name-label=own --minimal)
PLAN=$(at 0 vmss-create name-label=hourly type=snapshot frequency=hourly schedule:min=30 retained-snapshots=3 timezone=UTC --minimal)
for vm in "$VM" "$OWN"; do vxe vm-param-set uuid="$vm" snapshot-schedule="$PLAN"; done
ok 'both hosts tell' on 1 vxe host-heartbeat
host_kill 1
silent_for 1 23
run at 1803 vmss-run --due
isnt 'while its host is away a slot fails' "$STATUS" 0
like '... for that reason' "$(field last-error)" 'cannot be reached'
silent_for 1 23
ok 'the host is dead' on 2 vxe host-declare-dead uuid="${HOST[1]}" --force
run at $((3600 + 1803)) vmss-run --due
is 'the next slot: the host that runs it takes the VM' "$(on 2 virsh -q list --all --name | grep -x web)" web
is '... and its snapshot' "$(taken "$VM")" 1
is '... of the other one there is none' "$(taken "$OWN")" 0
isnt '... which is a failure' "$STATUS" 0
like '... with the reason' "$(field last-error)" 'own.*(host|SR)'
unlike '... the true one' "$(field last-error)" 'another command'
ok 'web starts on h2' on 2 vxe vm-start uuid="$VM"
database_end

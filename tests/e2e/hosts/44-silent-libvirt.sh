#!/bin/bash
# SPDX-License-Identifier: MIT
# A libvirtd that is stopped: its socket accepts connections, but no call is answered. Each command ends within a second
# of a signal, or when its time is over; work that the daemon then continues leaves a complete result.
# alone
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

guest_make web 1
web=$(virsh domuuid web)
plain vm-list --minimal >/dev/null
disks=$(virsh -q domblklist web)

daemon=$(cat "$HOST_DIR/libvirtd.pid")
stand_still() { kill -STOP "$daemon"; }
go_on() { kill -CONT "$daemon"; }
leave() {
  local status=$?
  go_on
  (exit $status)
  finish
}
trap leave EXIT

# began ARG...: starts vxe in the background and waits until it is in the call.
began() {
  "$VXE_PLAIN" "$@" >out 2>err &
  VXE_PID=$!
  sleep 0.4
}
# ends_by SIGNAL WHAT: the last one ends by the signal, within a second (two on a busy machine).
ends_by() {
  local start=${EPOCHREALTIME/./} ms
  kill -"$1" "$VXE_PID"
  wait "$VXE_PID"
  STATUS=$?
  ms=$(((${EPOCHREALTIME/./} - start) / 1000))
  result $((ms > 2000)) "$2: ends within a second of SIG$1 ($ms ms)"
  is '... with an exit status that says so' "$STATUS" $((128 + $(kill -l "$1")))
  is '... and nothing on stdout' "$(cat out)" ''
  like '... it was cancelled' "$(cat err)" 'cancelled'
}

stand_still
for signal in TERM INT; do
  began vm-list params=uuid
  ends_by $signal 'a list'
done
began vm-start vm=web
ends_by TERM 'an acting command'
began vm-param-get uuid="$web" param-name=power-state
ends_by INT 'a field'

# ---- the clock

limited() { VXE_LIBVIRT_TIMEOUT=$1 plain "${@:2}"; }
start=$SECONDS
fails VXE_HYPERVISOR_SILENT 6 "uri: .*${NL}call: open${NL}seconds: 1\\." 'a wait ends by itself' \
  limited 1 vm-list params=uuid
result $((SECONDS - start > 4)) '... after the time that was given'
like '... and says how to wait longer' "$ERR" VXE_LIBVIRT_TIMEOUT
is '... nothing is on stdout' "$OUT" ''
VXE_LIBVIRT_TIMEOUT=1 wrong VXE_HYPERVISOR_SILENT 'with the way out' vm-list params=uuid
ln -s "$VXE_PLAIN" xe
as_xe() { VXE_LIBVIRT_TIMEOUT=1 ./xe "$@"; }
run as_xe vm-list
is 'as xe the exit status is 1' "$STATUS" 1
for bad in 0 -1 2s x; do
  exits 2 "VXE_LIBVIRT_TIMEOUT=$bad is refused" limited "$bad" vm-list
done

# ---- a command that heard of the signal says so, though libvirt answers after all

began vm-list params=uuid
kill -INT "$VXE_PID"
sleep 0.2
go_on
wait "$VXE_PID"
is 'a list that was told to end does not print' "$? $(cat out)" '130 '
leads VXE_HYPERVISOR_SILENT 1
again VXE_HYPERVISOR_SILENT plain vm-list params=uuid

# ---- in the middle of an operation

VXE_FAILPOINT=vm-snapshot:freeze-halted=stop "$VXE_PLAIN" vm-snapshot vm=web new-name-label=s >out 2>err &
VXE_PID=$!
wait_until 20 stands "$VXE_PID"
stand_still
kill -CONT "$VXE_PID"
sleep 0.4
ends_by TERM 'an operation before its commit point'
go_on
ok 'what it had begun is undone by the next command' plain vm-param-set uuid="$web" name-description=x
is '... nothing of it is listed' "$(plain snapshot-list --minimal)" ''
is '... and the disks are as before' "$(virsh -q domblklist web)" "$disks"
ok 'vxe check is clean' plain check

# After its commit point the command continues, and ends when libvirt answers.
VXE_FAILPOINT=vm-start:start=stop "$VXE_PLAIN" vm-start vm=web >out 2>err &
VXE_PID=$!
wait_until 20 stands "$VXE_PID"
kill -CONT "$VXE_PID"
ok 'a start that libvirt answers is done' wait "$VXE_PID"
is '... the VM runs' "$(plain vm-list uuid="$web" params=power-state --minimal)" running

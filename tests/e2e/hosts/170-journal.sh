#!/bin/bash
# SPDX-License-Identifier: MIT
# Who did what: each command that changes something leaves one line in the journal, or in syslog, with the objects, the
# caller and the result, also when it fails; commands that read leave none. No line has the value of a parameter.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# The lines of commands before this one have come: what a socket takes is read in order.
"$TOOLS/datagrams" "$VXE_JOURNAL" journal &
JOURNAL=$!
wait_until 10 test -S "$VXE_JOURNAL"

lines() { grep -c '^VXE_COMMAND=' journal; }
has_come() { [ "$(lines)" -gt "$1" ]; }
# tells WHAT STATUS CMD...: the command leaves one line, which is in LINE.
tells() {
  local what=$1 status=$2 before
  shift 2
  before=$(lines)
  exits "$status" "$what" "$@"
  wait_until 10 has_come "$before"
  is '... leaves one line' "$(lines)" $((before + 1))
  LINE=$(awk -v RS= 'END { print }' journal)
}
silent() {
  local what=$1 status=$2 before
  shift 2
  before=$(lines)
  exits "$status" "$what" "$@"
  sleep 0.2
  is '... leaves no line' "$(lines)" "$before"
}
# field NAME: its values in LINE
field() { sed -n "s/^$1=//p" <<<"$LINE"; }

small_guest web 1
silent 'a list' 0 vxe vm-list
silent '... a getter' 0 vxe vm-param-get uuid="$UUID" param-name=name-label
silent '... a check' 0 vxe check
silent '... help' 0 vxe help vm-start
silent '... a wrong word' 2 vxe vm-start vm=web --fro
tells 'a start' 0 vxe vm-start vm=web
is '... the command' "$(field VXE_COMMAND)" vm-start
is '... the result' "$(field VXE_RESULT)" success
is '... the VM' "$(field VXE_OBJECT)" "VM $UUID web"
is '... to search by' "$(field VXE_UUID)" "$UUID"
is '... the user' "$(field VXE_USER) $(field VXE_UID)" "$(id -un) $(id -u)"
like '... the duration' "$(field VXE_DURATION_MS)" '^[0-9]+$'
is '... as an ordinary event' "$(field PRIORITY)" 5
like '... and a line for people' "$(field MESSAGE)" "^vm-start VM $UUID web: success after [0-9.]+ s, by $(id -un) \(uid $(id -u)"

tells 'one that fails' 1 vxe vm-start vm=web
is '... has the error' "$(field VXE_RESULT)" VM_BAD_POWER_STATE
is '... the VM' "$(field VXE_OBJECT)" "VM $UUID web"
is '... as a warning' "$(field PRIORITY)" 4
tells 'nothing matches' 3 vxe vm-start vm=nowhere
is '... no object' "$(field VXE_OBJECT)" ''
tells 'a UUID of nothing' 3 vxe vm-destroy uuid=11111111-2222-4333-8444-555555555555
is '... no object' "$(field VXE_OBJECT)" ''
silent 'a dry run' 0 vxe vm-snapshot vm=web new-name-label=one --dry-run
tells 'as xe, too' 0 bash -c 'exec -a xe "$VXE" vm-snapshot vm=web new-name-label="before the upgrade"'
SNAP=$OUT
is '... with what it made' "$(field VXE_OBJECT)" "VM $UUID web
VM $SNAP before the upgrade"
tells 'a revert' 0 vxe snapshot-revert snapshot-uuid="$SNAP"
like '... the snapshot' "$(field VXE_UUID)" "$SNAP"
like '... and its VM' "$(field VXE_UUID)" "$UUID"
tells 'a snapshot that goes' 0 vxe snapshot-uninstall uuid="$SNAP" --force
like '... has its name still' "$(field VXE_OBJECT)" "VM $SNAP before the upgrade"

diag 'no values'
tells 'a field' 0 vxe vm-param-set uuid="$UUID" name-description=hush-1 other-config:key=hush-2
is '... the VM' "$(field VXE_OBJECT)" "VM $UUID web"
tells 'a secret' 0 vxe secret-create value=hush-3
is '... is an object without a name' "$(field VXE_OBJECT)" "secret $OUT "
tells 'a failing one' 2 vxe vm-param-set uuid="$UUID" VCPUs-max=hush-4
tells 'a name that would forge a line' 0 vxe vm-param-set uuid="$UUID" name-label=$'web\nVXE_RESULT=forged\e[31m'
tells '... of a VM' 0 vxe vm-param-set uuid="$UUID" name-label=web
is '... forges none' "$(field VXE_OBJECT)" "VM $UUID web\\x0AVXE_RESULT=forged\\x1B[31m"
is '... nor a result' "$(field VXE_RESULT)" success
is 'nothing of the values is in any line' "$(grep -c hush journal)" 0

diag 'several'
guest_make other 1
OTHER=$(virsh domuuid other)
tells 'one is started' 0 plain vm-start vm=web
tells 'two VMs, one of which runs' 5 vxe vm-start memory-static-max=67108864 --multiple
is '... are in the line' "$(field VXE_UUID | sort)" "$(printf '%s\n' "$UUID" "$OTHER" | sort)"
is '... with the error of the one' "$(field VXE_RESULT)" VM_BAD_POWER_STATE

diag 'who'
if [ "$(id -u)" = 0 ]; then
  tells 'sudo' 0 env SUDO_USER=alice "$VXE" vm-param-set uuid="$UUID" name-description=
  is '... has its user' "$(field VXE_SUDO_USER)" alice
  like '... also for people' "$(field MESSAGE)" 'by root \(uid 0, sudo alice'
else
  tells 'SUDO_USER' 0 env SUDO_USER=alice "$VXE" vm-param-set uuid="$UUID" name-description=
  is '... counts for root alone' "$(field VXE_SUDO_USER)" ''
fi

diag 'what a dead vxe left'
VXE_FAILPOINT=vm-snapshot:switch=die plain vm-snapshot vm=web new-name-label=half >/dev/null 2>&1
tells 'a check that ends it' 0 vxe check
is '... the VM' "$(field VXE_UUID)" "$UUID"

diag 'syslog'
kill $JOURNAL
wait $JOURNAL 2>/dev/null
before=$(lines)
"$TOOLS/datagrams" "$VXE_SYSLOG" syslog &
SYSLOG=$!
wait_until 10 test -S "$VXE_SYSLOG"
exits 0 'without a journal' vxe vm-shutdown vm=web --force
wait_until 10 test -s syslog
like '... syslog has the line' "$(cat syslog)" \
  "^<29>[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} vxe\[[0-9]+\]: vm-shutdown VM $UUID web: success"
kill $SYSLOG
wait $SYSLOG 2>/dev/null
rm -f "$VXE_SYSLOG" "$VXE_JOURNAL"
exits 0 'without either the command does its work' vxe vm-start vm=web
is '... and says nothing' "$ERR" ''

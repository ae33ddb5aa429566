#!/bin/bash
# SPDX-License-Identifier: MIT
# Wrong requests: unknown words, objects and states, a question without an answer. Each is refused with its own exit
# status, and nothing has changed afterwards.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

answered() { vxe "${@:2}" <<<"$1"; }
at_the_end_of_input() { vxe "$@" </dev/null; }

ln -s "$VXE" xe
nobody=00000000-1111-4222-8333-444444444444
guest_make web 1
guest_make twin-a 1
guest_make twin-b 1
virsh -q start --paused twin-b >/dev/null
web=$(virsh domuuid web) a=$(virsh domuuid twin-a) b=$(virsh domuuid twin-b)
for twin in "$a" "$b"; do
  vxe vm-param-set uuid="$twin" name-label=twin || result 1 'twins are named'
done
vxe vm-param-set uuid="$web" other-config:owner=ann
snap=$(vxe vm-snapshot vm=web new-name-label=before)
dom0=$(vxe vm-list is-control-domain=true --minimal)
template=$(vxe template-list --minimal | cut -d, -f1)
state_note

# ---- words

fails CLI_UNKNOWN_COMMAND 2 "^Error: Unknown command: vm-fly${NL}For usage run: 'vxe help'" \
  'an unknown command is refused' vxe vm-fly
fails CLI_PARAM_MISSING 2 '^Error: Required parameter not found: new-name-label' \
  'a missing parameter is refused' vxe vm-snapshot vm=web
fails CLI_USAGE 2 '^Error: Required parameter not found: snapshot-uuid or uuid.' \
  'a missing snapshot, too' vxe snapshot-revert
fails CLI_SYNTAX 2 "^Error: '-x' is no option" 'a word that is no pair is refused' vxe vm-list -x 1
fails CLI_USAGE 2 "^Error: vm-list does not know 'colour'. Nothing was done" \
  'an unknown field in a filter is refused' vxe vm-list colour=red
fails CLI_USAGE 2 "^Error: param-name=: there is no field 'colour'" \
  'an unknown field in param-get is refused' vxe vm-param-get uuid="$web" param-name=colour
fails CLI_VALUE 1 "^Error: Unknown field 'colour'" 'as xe, too' ./xe vm-list colour=red
fails MISSING_PARAMETER 1 '^Error code: Missing parameter' 'as xe, too' \
  ./xe vm-param-get uuid="$web" param-name=colour
fails CLI_USAGE 2 "^Error: Failed to parse parameter 'force'" \
  'a flag that is none is refused' vxe vm-shutdown vm=web force=maybe
for words in 'vm-fly' "vm-list colour=red" "vm-destroy uuid=$nobody" 'vm-start vm=twin' "vm-pause vm=twin --multiple"; do
  # shellcheck disable=SC2086 # words
  not_ok "$words --json" vxe $words --json
  said=$ERR
  is '... with nothing on stdout' "$OUT" ''
  ok '... but JSON on stderr' python3 -c '
import json, sys
for line in sys.argv[1].splitlines():
    e = json.loads(line)
    assert e["error"].isupper() and isinstance(e["params"], list) and e["message"], e' "$said"
done
is 'each of several VMs has its error' "$(grep -c '"object": "' <<<"$said")" 2
same_state 'nothing has changed by them'

# ---- objects

refused UUID_INVALID 3 "type: VM${NL}uuid: $nobody" \
  'an unknown UUID is refused by param-get' vxe vm-param-get uuid=$nobody param-name=name-label
refused UUID_INVALID 3 "uuid: $nobody" 'and by vm-destroy' vxe vm-destroy uuid=$nobody
refused UUID_INVALID 3 "uuid: $nobody" 'and by snapshot-revert' \
  vxe snapshot-revert snapshot-uuid=$nobody
refused UUID_INVALID 3 "type: VDI${NL}uuid: $nobody" 'and as a disk to ignore' \
  vxe vm-snapshot vm=web new-name-label=x ignore-vdi-uuids=$nobody
refused CLI_NO_MATCH 3 '^Error: Host elsewhere not found' 'and as the host to start on' \
  vxe vm-start vm=web on=elsewhere
refused CLI_NO_MATCH 3 '^Error: No matching VMs found' 'an unknown name is refused' \
  vxe vm-start vm=nobody
refused CLI_AMBIGUOUS 4 '^Error: Multiple matches VMs found. --multiple required' \
  'a name that matches two is refused' vxe vm-snapshot vm=twin new-name-label=x
refused CLI_FAILURE 1 "$web is not a VM snapshot" 'a VM is no snapshot' \
  vxe snapshot-revert snapshot-uuid="$web"
refused CLI_FAILURE 1 "$web is not a VM snapshot" 'nor one to uninstall' \
  vxe snapshot-uninstall snapshot-uuid="$web" --force
refused OPERATION_NOT_ALLOWED 7 'control domain' 'the host itself cannot be destroyed' \
  vxe vm-destroy uuid="$dom0"
refused VM_IS_TEMPLATE 1 "destroy$|destroy$NL" 'nor can a default template' \
  vxe vm-destroy uuid="$template"
refused CLI_NO_MATCH 3 'No matching VMs' 'a snapshot is not started' vxe vm-start uuid="$snap"

# ---- values

refused INVALID_VALUE 2 "field: blocked_operation${NL}value: fly" 'no operation is called so' \
  vxe vm-param-set uuid="$web" blocked-operations:fly=no
refused MAP_DUPLICATE_KEY 1 'key: owner' 'a key is added once' \
  vxe vm-param-add uuid="$web" param-name=other-config owner=x
refused CLI_FAILURE 1 "Field 'power-state' is read-only" 'a read-only field is not set' \
  vxe vm-param-set uuid="$web" power-state=running
refused MEMORY_CONSTRAINT_VIOLATION_ORDER 1 'static-min' 'memory limits keep their order' \
  vxe vm-param-set uuid="$web" memory-static-max=1MiB
refused INVALID_DEVICE 2 'device: vdaa' 'a disk needs a device that there is' \
  vxe vm-disk-add vm=web disk-size=1MiB device=vdaa
refused DEVICE_ALREADY_EXISTS 1 'device: 0' 'and that is free' \
  vxe vm-disk-add vm=web disk-size=1MiB device=0
refused INVALID_VALUE 2 "field: disk-size${NL}value: 0" 'and a size' \
  vxe vm-disk-add vm=web disk-size=0 device=1

# ---- states

refused VM_BAD_POWER_STATE 1 \
  "vm: $b .twin.${NL}expected: halted, suspended${NL}actual: paused" \
  'a VM that is on is not destroyed' vxe vm-destroy uuid="$b"
refused VM_BAD_POWER_STATE 1 "expected: halted${NL}actual: paused" 'nor started again' \
  vxe vm-start uuid="$b"
refused VM_BAD_POWER_STATE 1 "expected: running${NL}actual: halted" \
  'a VM that is off is not shut down' vxe vm-shutdown vm=web
refused VM_BAD_POWER_STATE 1 "expected: paused, suspended, running${NL}actual: halted" \
  'also not by force' vxe vm-shutdown vm=web --force

# ---- the question

exits 0 'a declined question is no failure' answered no vm-uninstall vm=web
like 'it says so' "$OUT" "Type 'yes' to continue${NL}Aborted .you typed: 'no'.$"
same_state 'and nothing has changed'
exits 0 'yes, but: is no yes' answered 'yes, but' snapshot-uninstall snapshot-uuid="$snap"
same_state 'and nothing has changed'
refused CLI_LOST_CONNECTION 1 "^Error: The question was not answered.${NL}next: .*--force" \
  'the end of the input is a failure' at_the_end_of_input vm-uninstall vm=web
exits 0 '--dry-run lists' vxe vm-uninstall vm=web --dry-run
like 'what it would destroy' "$OUT" "VM : $web .web.$NL"
same_state 'and does nothing'

# ---- several, of which some fail

exits 5 'of several VMs one cannot be started' vxe vm-start name-label=twin --multiple
like 'the failure is on stdout, as in xe' "$OUT" "operation failed on $b: "
is 'the others are done' "$(virsh domstate twin-a)" running
exits 0 'shutdown of several' vxe vm-shutdown name-label=twin --multiple --force
exits 0 'yes, in any writing, is yes' answered '  YES ' snapshot-uninstall snapshot-uuid="$snap"
is 'the snapshot is gone' "$(vxe snapshot-list --minimal)" ''
ok 'vxe check is clean' vxe check

# ---- ^C: a guest without a system does not hear the power button

guest_disk_make mute.qcow2
guest_define mute - "$PWD/mute.qcow2"
ok 'a guest without a system' vxe vm-start vm=mute
VXE_LOG=error VXE_FAILPOINT_LOG=$PWD/reached env --default-signal=INT \
  "$VXE" vm-shutdown vm=mute 2>cancelled &
wait_until 10 grep -qs vm-shutdown:result reached
kill -INT $!
wait $!
is '^C while it is waited for: exit status' $? 130
like '... the code is TASK_CANCELLED' "$(cat cancelled)" 'error: TASK_CANCELLED'
is '... and the guest runs on' "$(virsh domstate mute)" running
ok 'vxe check is clean' vxe check

# ---- as xe: 0 and 1, nothing between

for words in 'vm-fly' 'vm-snapshot vm=web' "vm-destroy uuid=$nobody" 'vm-start vm=nobody' \
  'vm-snapshot vm=twin new-name-label=x' "vm-destroy uuid=$dom0" 'vm-shutdown vm=web' 'check'; do
  # shellcheck disable=SC2086 # words
  exits 1 "xe $words: 1" ./xe $words
done
exits 0 'xe without words: 0' ./xe
exits 2 'vxe without words: 2' vxe

#!/bin/bash
# SPDX-License-Identifier: MIT
# --dry-run of commands that change settings and records: it changes nothing, byte for byte, and then the command changes
# the records, the fields and the definition that the plan named, and no others. What the command refuses, the dry run
# refuses with the same words.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/dry.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

ln -s "$VXE" xe
definitions() { state_domains; }
# Every record that a command shows, as a line.
records() {
  rm -f .dump
  plain pool-dump-database file-name=.dump >/dev/null
  jq -rS '.classes | to_entries[] | select(.key | IN("NODE", "INTENT", "FORGOTTEN", "task") | not) | .key as $c
    | .value | to_entries[] | "\($c) \(.key) \(.value | tojson)"' .dump | sort
}
# The store as bytes. Sizes and times of files but where a guest writes.
picture() {
  store_sum
  definitions
  find "$PWD" -name '.*' -prune -o -path "$VXE_STORE" -prune -o -type f -printf "%p %m ${WRITTEN-%s %T@}\n" | sort
}

says() { like "... the plan says $1" "$PLAN" "$1"; }

# Each field that the plan names has the value that it names.
fields_are() {
  local line class='' uuid='' field value
  while IFS= read -r line; do
    case $line in
    'record: change '*) read -r _ _ class uuid _ <<<"$line" ;;
    '  '*' -> '*)
      field=${line#  } field=${field%%: *} value=${line#* -> }
      [ "$value" != '(none)' ] || value=
      [ "$(plain "${class,,}-param-get" uuid="$uuid" param-name="$field")" = "$value" ] ||
        { echo "$class $uuid $field is not '$value'"; return 1; }
      ;;
    esac
  done <<<"$PLAN"
}
# does WHAT CMD...: then the command does what the plan said. MADE gets what it prints.
does() {
  local what=$1
  dry "$@"
  shift
  records >.was
  definitions >.defined
  exits 0 "$what" vxe "$@"
  MADE=$OUT
  records >.is
  is '... changes the records of the plan' "$(dry_changes)" "$(dry_named)"
  ok '... and the fields' fields_are
  definitions >.redefined
  grep -qE '^(redefine|start|stop): ' <<<"$PLAN" && return
  ok '... and no definition' cmp .defined .redefined
}
# refuses WHAT CMD...: so does the dry run, in the same words.
refuses() {
  local what=$1 status words
  shift
  picture >.before
  run vxe "$@" --dry-run
  status=$STATUS words=$ERR
  isnt "$what: the dry run fails" "$status" 0
  exits "$status" '... as the command' vxe "$@"
  is '... in the same words' "$ERR" "$words"
  is '... and without a plan' "$OUT" ''
  picture >.after
  ok '... nothing is changed' diff .before .after
}

small_guest web 1
web=$UUID
exits 7 'a domain that is not on record yet' vxe vm-param-set uuid="$web" name-label=x --dry-run
vxe vm-list >/dev/null
host=$(plain host-list --minimal)
sr=$(plain pool-list params=default-SR --minimal)

diag 'fields'
does 'vm-param-set in the domain' vm-param-set uuid="$web" name-description=seen
says "redefine: domain $web"
says "record: change VM $web .web."
says '  name-description: .none. -> seen'
does 'several at once' vm-param-set uuid="$web" name-label=shop other-config:owner=bob VCPUs-max=2
says '  name-label: web -> shop'
says '  VCPUs-max: 1 -> 2'
does 'the same again' vm-param-set uuid="$web" other-config:owner=bob
does vm-param-add vm-param-add uuid="$web" param-name=tags param-key=blue
says '  tags: .none. -> blue'
does 'vm-param-add of keys' vm-param-add uuid="$web" param-name=other-config room=2 floor=3
does vm-param-remove vm-param-remove uuid="$web" param-name=other-config param-key=room
does vm-param-clear vm-param-clear uuid="$web" param-name=tags
says '  tags: blue -> .none.'
does sr-param-set sr-param-set uuid="$sr" name-label=main
does 'sr-param-set of what is so' sr-param-set uuid="$sr" name-label=main
is '... the plan' "$PLAN" 'record: none is changed'
does host-param-set host-param-set uuid="$host" name-description=here
does vdi-param-add vdi-param-add uuid="$(vdi_of "$web" 0)" param-name=tags param-key=disk
snapshot "$web" one
does snapshot-param-set snapshot-param-set uuid="$SNAP" name-label=uno
dry '... as JSON' snapshot-param-set uuid="$SNAP" name-label=due --json
ok '... a list of its lines' jq -e 'map(select(.text | startswith("record: change VM"))) | length == 1' <<<"$PLAN"

diag 'memory and VCPUs'
does vm-memory-limits-set vm-memory-limits-set vm=shop static-min=16MiB dynamic-min=32MiB dynamic-max=64MiB static-max=64MiB
says '  memory-static-min: '
does vm-memory-set vm-memory-set vm=shop memory=48MiB
does vm-memory-dynamic-range-set vm-memory-dynamic-range-set vm=shop min=40MiB max=48MiB
does vm-memory-static-range-set vm-memory-static-range-set vm=shop min=16MiB max=64MiB
does vm-memory-target-set vm-memory-target-set vm=shop target=44MiB
ok 'the guest runs' guest_start web
WRITTEN=
dry 'vm-vcpu-hotplug' vm-vcpu-hotplug vm=shop new-vcpus=2
says "redefine: domain $web"
says '  VCPUs-at-startup: 1 -> 2'
ok '... the guest runs on' guest_counts web
dry 'vm-memory-target-set of a running VM' vm-memory-target-set vm=shop target=40MiB
does vm-vcpu-hotplug vm-vcpu-hotplug vm=shop new-vcpus=2
refuses 'a limit of a running VM' vm-memory-static-range-set vm=shop min=16MiB max=48MiB
refuses 'vm-reset-powerstate of a running VM' vm-reset-powerstate vm=shop --force
vxe vm-suspend vm=shop
unset WRITTEN
dry vm-reset-powerstate vm-reset-powerstate vm=shop --force
ok vm-reset-powerstate vxe vm-reset-powerstate vm=shop --force
is '... of a suspended VM' "$(plain vm-param-get uuid="$web" param-name=power-state)" halted
does 'vm-reset-powerstate of a halted VM' vm-reset-powerstate vm=shop --force

diag 'storage'
mkdir more
more=$(vxe sr-create name-label=more type=file device-config:location="$PWD/more")
vxe pbd-unplug uuid="$(vxe pbd-list sr-uuid="$more" --minimal)" && vxe sr-forget uuid="$more"
does sr-introduce sr-introduce uuid="$more" name-label=more type=file
does pbd-create pbd-create host-uuid="$host" sr-uuid="$more" device-config:location="$PWD/more"
says 'record: add PBD '
pbd=$(vxe pbd-list sr-uuid="$more" --minimal)
refuses 'a second PBD' pbd-create host-uuid="$host" sr-uuid="$more" device-config:location="$PWD/more"
refuses 'a folder that there is not' pbd-create host-uuid="$host" sr-uuid="$sr" device-config:location="$PWD/nosuch"
does pbd-destroy pbd-destroy uuid="$pbd"
says "record: delete PBD $pbd"
vxe pbd-create host-uuid="$host" sr-uuid="$more" device-config:location="$PWD/more" >/dev/null
pbd=$(vxe pbd-list sr-uuid="$more" --minimal)
vxe pbd-plug uuid="$pbd"
refuses 'pbd-destroy of an attached SR' pbd-destroy uuid="$pbd"
qemu-img create -q -f qcow2 more/found.qcow2 1M
does sr-scan sr-scan uuid="$more"
says 'record: add VDI .* .found.qcow2.'
does 'sr-scan without news' sr-scan uuid="$more"
qemu-img create -q -f qcow2 more/second.qcow2 2M
does vdi-introduce vdi-introduce uuid=5c1f2a64-3b5e-4d7a-9b43-2f0d8f6f7a11 sr-uuid="$more" type=user location=second.qcow2 name-label=second
refuses 'vdi-introduce again' vdi-introduce uuid=5c1f2a64-3b5e-4d7a-9b43-2f0d8f6f7a11 sr-uuid="$more" type=user location=second.qcow2
refuses 'vdi-introduce of no file' vdi-introduce uuid=5c1f2a64-3b5e-4d7a-9b43-2f0d8f6f7a12 sr-uuid="$more" type=user location=third.qcow2
qemu-img resize -q more/second.qcow2 3M
does vdi-update vdi-update uuid=5c1f2a64-3b5e-4d7a-9b43-2f0d8f6f7a11
says '  virtual-size: 2097152 -> 3145728'
rm more/found.qcow2
does 'sr-update, where a file is gone' sr-update uuid="$more"

diag 'the host and the pool'
does host-disable host-disable
says '  enabled: true -> false'
does host-enable host-enable
refuses host-reboot host-reboot --force
does 'host-adopt of the same host' host-adopt
does pool-param-set pool-param-set uuid="$(plain pool-list --minimal)" name-label=ours

diag 'other records'
does secret-create secret-create value=hush
does secret-destroy secret-destroy uuid="$MADE"
does appliance-create appliance-create name-label=group
group=$MADE
does vm-param-set vm-param-set uuid="$web" appliance="$group"
dry appliance-start appliance-start uuid="$group"
says "start: domain $web"
does 'appliance-shutdown of what is off' appliance-shutdown uuid="$group" --force
vxe vm-param-set uuid="$web" appliance=
does appliance-destroy appliance-destroy uuid="$group"
does message-create message-create name=told priority=3 body=text vm-uuid="$web"
does message-destroy message-destroy uuid="$(plain message-list name=told --minimal)"
does 'message-destroy-all of a priority' message-destroy-all priority=5
does vmss-create vmss-create name-label=nightly type=snapshot frequency=daily schedule:hour=2 schedule:min=0
vmss=$MADE
does vmss-param-set vmss-param-set uuid="$vmss" retained-snapshots=3
refuses 'a value that there is not' vmss-param-set uuid="$vmss" retained-snapshots=99
does vmss-destroy vmss-destroy uuid="$vmss"

diag 'what is refused'
refuses 'a field that cannot be set' vm-param-set uuid="$web" power-state=running
refuses 'a value that is none' vm-param-set uuid="$web" VCPUs-max=many
refuses 'limits that contradict' vm-param-set uuid="$web" memory-static-max=1MiB
refuses 'one of two' vm-param-set uuid="$web" name-label=y VCPUs-at-startup=9
refuses 'a key twice' vm-param-add uuid="$web" param-name=other-config owner=eve
refuses 'no such key' vm-param-remove uuid="$web" param-name=tags param-key=none
refuses 'no such object' sr-param-set uuid=00000000-0000-4000-8000-000000000001 name-label=x
refuses 'a task that there is not' task-cancel uuid=00000000-0000-4000-8000-000000000001
for words in "vdi-export uuid=$(vdi_of "$web" 0) filename=x" 'vm-export vm=shop filename=x' 'pool-dump-database file-name=x' \
  "host-call-plugin host-uuid=$host plugin=p fn=f" 'pool-sync-database'; do
  # shellcheck disable=SC2086 # a command and its words
  exits 2 "${words%% *}: there is no plan" vxe $words --dry-run
  like '... and it says why' "$ERR" 'does not know --dry-run: [a-z ]*\. Nothing was done\.'
  is '... no file is made' "$(ls x 2>/dev/null)" ''
done
like 'the help says so, too' "$(vxe help vdi-export)" 'no --dry-run *: all that it does is to write that file'

diag 'as xe'
run ./xe sr-param-set uuid="$sr" name-label=never dry-run=true
is 'a field that there is not' "$STATUS $ERR" "1 Error: Unknown field 'dry-run'"
ok 'a key of a map' ./xe sr-param-add uuid="$sr" param-name=other-config dry-run=true
is '... is one' "$(./xe sr-param-get uuid="$sr" param-name=other-config param-key=dry-run)" true
ok 'an unknown word of others' ./xe secret-create value=hush dry-run=true
is '... is ignored' "$(./xe secret-list --minimal | tr , '\n' | grep -c .)" 1
ok 'vxe check is clean' vxe check

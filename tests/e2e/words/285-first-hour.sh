#!/bin/bash
# SPDX-License-Identifier: MIT
# The first hour of somebody who comes from virsh: for the verbs that he knows the commands of docs/from-virsh.md, on a guest
# that writes; then a schedule of docs/schedules.md, JSON, and all of it removed. Any build of the program runs it, as it has
# no failpoint and no pretended clock: tests/packages/hours.sh does with the installed one.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/recipes.sh"

# as_virsh VERB [WORD...]: runs the command of the verb's row. A WORD "KEY=VALUE" takes the place of the row's "KEY="; the
# other ones come last.
as_virsh() {
  local word given
  local -a command=()
  for word in $(awk -F'|' -v verb="\`$1\`" '{ gsub(/^ +| +$/, "", $2); gsub(/`/, "", $3) } $2 == verb { print $3 }' \
    "$TESTS/../docs/from-virsh.md"); do
    for given in "${@:2}"; do [ "${given%%=*}=" != "$word" ] || continue 2; done
    command+=("$word")
  done
  exits 0 "$1: ${command[*]}" vxe "${command[@]}" "${@:2}"
}
names() { plain snapshot-list "$@" params=name-label --minimal | tr , '\n' | sort | xargs; }
first() { vdi_files "$1" | head -n 1; }
is_past() { [ "$(counter_of "$(first "$UUID")")" -gt "$(counter_of "$(first "$1")")" ]; }

# ---- list: what virsh has made is there

small_guest old 1
ok 'virsh has a snapshot' virsh snapshot-create-as old of-virsh
small_guest web 2
guest_start web
pid=$(guest_pid web)
as_virsh snapshot-list
like '... which is in the list' "$OUT" of-virsh
as_virsh domblklist vm=web
like '... with both disks' "$OUT" 'web-0.qcow2.*web-1.qcow2'

# ---- snapshot, tree

as_virsh 'snapshot-create-as --name' new-name-label=one vm=web
one=$OUT
keep_content one "$one"
is '... the guest goes on' "$(guest_pid web)" "$pid"
as_virsh 'snapshot-create-as --live' vm=web new-name-label=two
two=$OUT
as_virsh 'snapshot-list --tree' vm=web
like '... has both' "$OUT" $'^web .*\n  one .*\n    two .*\n      \(now\)$'
as_virsh 'snapshot-current --name' current-of=web
is '... is the last one' "$OUT" two
as_virsh snapshot-parent uuid="$two"
is '... is the first one' "$OUT" one

# ---- revert

ok 'the guest writes' wait_until 20 is_past "$two"
not_ok '... so its disks are others' has_content one "$UUID"
as_virsh 'snapshot-revert --paused' uuid="$one"
ok '... they are those of the snapshot' has_content one "$UUID"
as_virsh 'snapshot-revert --running' uuid="$one"
guest_counts web
is '... the guest began with them' "$(guest_booted web)" "$(counter_of "$(first "$one")")"
is '... no snapshot is lost' "$(names snapshot-of="$UUID")" 'one two'

# ---- schedule, JSON

recipe 'Before patch day'
is '... a snapshot of the schedule' "$(plain snapshot-list scheduled=true --minimal)" "$BEFORE"
recipe 'Now, besides its times'
is '... another one' "$(plain snapshot-list scheduled=true --minimal | tr , '\n' | wc -l)" 2
is 'JSON' "$(vxe snapshot-list vm=web sort=-name-label limit=2 --json | jq -r '[.[]."name-label"] | join(" ")')" 'two one'
is '... of a VM' "$(vxe vm-list name-label=web params=power-state --json | jq -r '.[0]."power-state"')" running

# ---- remove: nothing of it is left, and the guest goes on

pid=$(guest_pid web)
vxe vm-param-set uuid="$UUID" snapshot-schedule=
ok 'the schedule goes' vxe vmss-destroy uuid="$S"
as_virsh 'snapshot-delete --children' uuid="$one" --force
is '... takes all' "$(names snapshot-of="$UUID")" ''
guest_counts web
is '... the guest goes on' "$(guest_pid web)" "$pid"
is '... on its first files' "$(source_of web vda) $(source_of web vdb)" "$PWD/web-0.qcow2 $PWD/web-1.qcow2"
is '... no other file is left' "$(images)" ''
is 'virsh has what it had' "$(virsh snapshot-list old --name | xargs)" of-virsh
ok 'vxe check' vxe check

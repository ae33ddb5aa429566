#!/bin/bash
# SPDX-License-Identifier: MIT
# As vxe, lists in the order that sort= asks for, cut at limit=; snapshots in the order of their VMs and of time. As xe
# nothing is different.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

ln -s "$VXE" xe
names() { vxe "$@" params=name-label --minimal; }

for vm in zoo ant; do
  small_guest $vm 1
  vxe vm-list >/dev/null
  for name in one two three; do
    snapshot "$UUID" $vm-$name
    sleep 1 # a second of snapshot-time
  done
done
is 'by VM, then by time' "$(names snapshot-list)" ant-one,ant-two,ant-three,zoo-one,zoo-two,zoo-three
is '... also a part' "$(names snapshot-list snapshot-of="$UUID")" ant-one,ant-two,ant-three
is '... in a table' "$(vxe snapshot-list --table params=name-label | tail -n +2 | xargs)" 'ant-one ant-two ant-three zoo-one zoo-two zoo-three'
is '... as JSON' "$(vxe snapshot-list --json params=name-label | python3 -c 'import json,sys; print(*[r["name-label"] for r in json.load(sys.stdin)])')" \
  'ant-one ant-two ant-three zoo-one zoo-two zoo-three'
is 'the newest' "$(names snapshot-list --sort=-snapshot-time --limit=2)" ant-three,ant-two
is 'the oldest' "$(names snapshot-list sort=snapshot_time limit=1)" zoo-one
is 'by name' "$(names snapshot-list --sort=name-label)" ant-one,ant-three,ant-two,zoo-one,zoo-three,zoo-two
is '... down' "$(names snapshot-list --sort=-name-label --limit=3)" zoo-two,zoo-three,zoo-one
is 'VMs' "$(names vm-list is-control-domain=false --sort=-name-label)" zoo,ant
is 'disks by size and place' "$(vxe vdi-list --sort=-virtual-size --limit=1 params=virtual-size --minimal)" \
  "$(vxe vdi-list params=virtual-size --minimal | tr , '\n' | sort -rn | head -1)"
is 'a field that is computed' "$(vxe snapshot-list --sort=-children --limit=1 --minimal | wc -w)" 1
exits 2 'an unknown field' vxe snapshot-list --sort=snapshot-tim
like '... the nearest' "$ERR" "the nearest is 'snapshot-time'"
is 'as xe by UUID' "$(./xe snapshot-list --minimal | tr , '\n')" "$(./xe snapshot-list --minimal | tr , '\n' | sort)"
not_ok '... without these words' ./xe snapshot-list limit=1
finish

#!/bin/bash
# SPDX-License-Identifier: MIT
# Many snapshots of one VM, in branches above one base: what a list of them, the report and vm-uninstall read grows as their
# number does, and the sizes are those of each alone.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/costs.sh"
FEW=6 BRANCH=3
[ -z "$LONG" ] || FEW=250 BRANCH=20

# grow VM UP_TO: takes snapshots, of which BRANCH are above each other, and each branch is above the first snapshot.
declare -A taken=([g]=0 [h]=0)
grow() {
  local n
  for ((n = taken[$1]; n < $2; n++)); do
    if [ $n -gt 1 ] && [ $(((n - 1) % BRANCH)) = 0 ]; then
      plain snapshot-revert vm="$1" snapshot="$1-0" >/dev/null || return
    fi
    stamp "$(vdi_files "$(virsh domuuid "$1")")" $((n % 250 + 1)) $((n % 4))M && plain vm-snapshot vm="$1" new-name-label="$1-$n" >/dev/null || return
  done
  taken[$1]=$n
}

for vm in g h; do guest_disk_make $vm.qcow2 "$DISK_SIZE" && guest_define $vm - "$PWD/$vm.qcow2"; done
log_messages || skip_all 'libvirtd does not log its messages'

# reads WHERE: what each command reads, as lines of costs.sh.
reads() {
  COSTS=$PWD/$1
  act table snapshot-list --table && printf '%s\n' "$OUT" >"$1.table"
  act tree snapshot-list --tree
  act report report
  act uninstall vm-uninstall vm=g --dry-run
}
# seconds CMD...: the processor time of a command.
seconds() {
  local TIMEFORMAT='%U %S'
  { time plain "$@" >/dev/null 2>&1; } 2>&1 | awk '{ print $1 + $2 }'
}

ok "the first $FEW are taken" grow g $FEW
reads few
time_few=$(seconds snapshot-list --table)
ok "and as many more" grow g $((2 * FEW))
reads many
diag "$(paste -d' ' few many)"
is 'twice as many snapshots: no command reads more than twice the files and rows' \
  "$(paste -d' ' few many | awk '$7 > 2.1 * $2 + 10 || $8 > 2.1 * $3 + 50')" ''
read -r time_table time_tree < <(echo "$(seconds snapshot-list --table) $(seconds snapshot-list --tree)")
diag "seconds of processor: $time_few, then $time_table; the tree $time_tree"

# sizes: the size of each snapshot, as the list of all has it, and as it is found for each alone.
sizes() { plain snapshot-list params=uuid,size --json | jq -r '.[] | "\(.uuid) \(.size)"' | sort; }
alone() {
  local s
  for s in $(plain snapshot-list --minimal | tr , ' '); do echo "$s $(plain snapshot-param-get uuid="$s" param-name=size)"; done | sort
}
sizes >together.sizes && alone >alone.sizes
ok 'each size is that of the snapshot alone' diff together.sizes alone.sizes
if [ -n "$LONG" ]; then
  ok 'the table takes at most twice the processor time of the tree' \
    awk -v table="$time_table" -v tree="$time_tree" 'BEGIN { exit !(table <= 2 * tree + 0.2) }'
fi

ok 'another VM with half as many' grow h $FEW
COSTS=$PWD/gone
act h vm-uninstall vm=h --force
act g vm-uninstall vm=g --force
diag "$(cat gone)"
is 'vm-uninstall of twice as many reads no more than twice as much, and a bit' \
  "$(awk '{ n[$1] = $2; rows[$1] = $3 } END { print (n["g"] > 2.1 * n["h"] + 20 || rows["g"] > 2.1 * rows["h"] + 50) + 0 }' gone)" 0
is 'and all layers go' "$(ls "$HOST_IMAGES" 2>/dev/null)" ''

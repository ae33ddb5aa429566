#!/bin/bash
# SPDX-License-Identifier: MIT
# sort= and limit= of the lists of disks, CDs, cards and layers; what a tree says to them; as xe nothing is different.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

ln -s "$VXE" xe
# The values of a list's lines, between blanks.
values() { sed -n 's/^[^:]*: //p' | xargs; }
heads() { grep -E '^(Disk|CD) [0-9]+ VBD:' | tr -dc '0-9\n' | xargs; }
columns() { jq -r "map(.\"$1\") | join(\" \")"; }

small_guest web 1
web=$UUID
vxe vm-list >/dev/null
vxe vm-disk-add uuid="$web" device=1 disk-size=16MiB >/dev/null
vxe vm-disk-add uuid="$web" device=2 disk-size=1MiB >/dev/null
sizes='4194304 16777216 1048576'
list() { vxe vm-disk-list vm=web vbd-params=userdevice vdi-params=virtual-size "$@"; }
of_vdis() { grep -A1 'VDI:' | values; }

diag 'the disks of a VM'
is 'in the order of their places' "$(list | of_vdis)" "$sizes"
is 'the smallest first' "$(list --sort=virtual-size | of_vdis)" '1048576 4194304 16777216'
is 'the largest first' "$(list sort=-virtual-size | of_vdis)" '16777216 4194304 1048576'
is '... a disk keeps its number' "$(list sort=-virtual-size | heads)" '1 0 2'
is 'only so many' "$(list --sort=-virtual-size --limit=2 | of_vdis)" '16777216 4194304'
is '... in the order of their places' "$(list limit=1 | of_vdis)" 4194304
is 'none' "$(list limit=0)" ''
is 'more than there are' "$(list limit=9 | of_vdis)" "$sizes"
is 'a field that is not shown' "$(list sort=-physical-utilisation limit=3 | heads | wc -w)" 3
snapshot "$web" one
is 'of a snapshot' "$(vxe snapshot-disk-list snapshot=one vdi-params=virtual-size --sort=virtual-size limit=2 | of_vdis)" '1048576 4194304'
small_guest db 2
vxe vm-list >/dev/null
is 'limit= is that of each VM' "$(vxe vm-disk-list --multiple limit=1 | heads)" '0 0'
exits 2 'a field of VBDs' list sort=userdevice
like '... is none of VDIs' "$ERR" "no field 'userdevice'"
exits 2 'no number' list limit=-1

diag 'CDs and cards'
mkdir isos
for n in 1 3 2; do qemu-img create -q -f raw isos/$n.iso ${n}M; done
vxe sr-create name-label=cds type=iso content-type=iso device-config:location="$PWD/isos" >/dev/null
cds() { vxe cd-list params=name-label "$@"; }
is 'by name' "$(cds --sort=name-label --minimal)" 1.iso,2.iso,3.iso
is 'the largest' "$(cds sort=-virtual-size limit=2 --minimal)" 3.iso,2.iso
is '... as JSON' "$(cds sort=-virtual-size limit=1 --json | columns name-label)" 3.iso
is 'all without these words' "$(cds --minimal | tr , '\n' | sort | xargs)" '1.iso 2.iso 3.iso'
vxe vm-cd-add uuid="$web" cd-name=2.iso device=3
vxe vm-cd-add uuid="$web" cd-name=1.iso device=4
is 'drives by their media' "$(vxe vm-cd-list vm=web vdi-params=name-label sort=name-label | of_vdis)" '1.iso 2.iso'
vxe vm-cd-eject uuid="$web" >/dev/null 2>&1
vxe vbd-eject uuid="$(plain vbd-list vm-uuid="$web" userdevice=4 --minimal)"
is 'an empty drive comes first' "$(vxe vm-cd-list vm=web sort=name-label | heads)" '1 0'
is '... or last' "$(vxe vm-cd-list vm=web sort=-name-label | heads)" '0 1'
network=$(plain network-list --minimal | cut -d, -f1)
for n in 1 2; do
  [ -z "$network" ] || vxe vif-create vm-uuid="$web" network-uuid="$network" device=$n mac=02:00:00:00:0$n:01 >/dev/null
done
[ -z "$network" ] ||
  is 'cards' "$(vxe vm-vif-list vm=web sort=-device limit=1 --json | columns device)" 2

diag 'layers'
layers() { vxe vdi-chain-list vm=web "$@"; }
depths=$(layers --json | columns depth)
is 'the leaves first' "$(layers --json --sort=depth | columns depth)" "$(tr ' ' '\n' <<<"$depths" | sort -n | xargs)"
is 'the deepest first' "$(layers --json --sort=-depth | columns depth)" "$(tr ' ' '\n' <<<"$depths" | sort -rn | xargs)"
is 'by size, as numbers' "$(layers --json sort=-virtual-size limit=2 | columns virtual-size)" '16777216 16777216'
is 'by file' "$(layers --json sort=file | columns file)" "$(layers --json | jq -r '.[].file' | LC_ALL=C sort -f | xargs)"
is 'only so many' "$(layers --json limit=3 | columns depth)" "$(cut -d' ' -f1-3 <<<"$depths")"
exits 2 'a column that there is not' layers sort=dept
like '... the nearest' "$ERR" "no column 'dept'; the nearest is 'depth'"
for words in sort=depth limit=1 --sort=-file; do
  exits 2 "--tree with $words" layers --tree "$words"
  like '... says why not' "$ERR" 'A tree has its own order: sort= and limit= need a list'
  exits 2 '... in any format' layers --tree --json "$words"
done
like 'the help says so' "$(vxe help vdi-chain-list)" 'sort=.*The column whose values give the order of all layers'

diag 'as xe'
for words in 'cd-list' "vm-disk-list uuid=$web" "snapshot-disk-list uuid=$SNAP"; do
  # shellcheck disable=SC2086 # a command and its words
  ./xe $words >plain.out
  # shellcheck disable=SC2086
  run ./xe $words sort=-virtual-size
  case $words in
  vm-disk-list*) is 'a selector that no VM knows' "$STATUS" 1 ;;
  *) is "$words ignores it" "$OUT" "$(cat plain.out)" ;;
  esac
done

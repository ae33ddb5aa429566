#!/bin/bash
# SPDX-License-Identifier: MIT
# vxe's snapshots and virsh's in one line, in whatever order vxe meets them: the files say which is older. What is on
# another line stays there.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

of() { plain snapshot-list snapshot-of="$UUID" name-label="$2" params="$1" --minimal; }
# line NAME: the names from the first snapshot to this one.
line() {
  local at text=''
  at=$(of uuid "$1")
  while [ ${#at} = 36 ]; do
    text="$(plain snapshot-list uuid="$at" params=name-label --minimal) $text"
    at=$(plain snapshot-param-get uuid="$at" param-name=parent)
  done
  echo "${text% }"
}
now() {
  plain snapshot-list >/dev/null
  line "$(plain snapshot-list uuid="$(plain vm-param-get uuid="$UUID" param-name=parent)" params=name-label --minimal)"
}
# keep GUEST NAME BYTE: its disks get this byte, and their content is kept under the name; vxe sees nothing of that.
keep() {
  local n=0 target file
  for target in $(virsh -q domblklist "$1" | awk '{ print $1 }'); do
    file=$(source_of "$1" "$target")
    stamp "$file" $(($3 + n)) && qemu-img convert -f qcow2 -O raw "$file" "$2.raw$n" || return
    n=$((n + 1))
  done
}
external() { virsh -q snapshot-create-as "$1" "$2" --disk-only --atomic >/dev/null; }

# ---- several of virsh's between vxe's --------------------------------------------------------------------

small_guest a 2
keep a o1 11 && snapshot "$UUID" o1
keep a v1 12 && external a v1
keep a v2 13 && external a v2
is 'two that vxe has not met follow its own' "$(now)" 'o1 v1 v2'
keep a o2 14 && snapshot "$UUID" o2
keep a v3 15 && external a v3
keep a v4 16 && external a v4
keep a now 17
is 'all are in one line' "$(now)" 'o1 v1 v2 o2 v3 v4'
for name in o1 v1 v2 o2 v3 v4; do ok "... $name holds what it held" has_content $name "$(of uuid $name)"; done
ok '... and the VM' has_content now "$UUID"
ok 'those after the third go' vxe snapshot-uninstall uuid="$(of uuid v2)" children=only force=true
is '... and no others' "$(now)" 'o1 v1 v2'
for name in o1 v1 v2; do ok "... $name holds what it held" has_content $name "$(of uuid $name)"; done
ok '... and the VM' has_content now "$UUID"
ok 'vxe check is clean' vxe check

# ---- one that is met after a younger one ----------------------------------------------------------------

rm ./*.raw*
small_guest b 1
keep b v1 21 && external b v1
is 'one of virsh' "$(now)" 'v1'
virsh snapshot-dumpxml b v1 >v1.xml
ok 'libvirt forgets it' virsh -q snapshot-delete b v1 --metadata
is '... vxe too' "$(of uuid v1)" ''
keep b o1 22 && snapshot "$UUID" o1
keep b o2 23 && snapshot "$UUID" o2
keep b now 24
is 'two of vxe' "$(now)" 'o1 o2'
ok 'libvirt has it again' virsh -q snapshot-create b v1.xml --redefine
is '... it is below those that are younger' "$(now)" 'v1 o1 o2'
for name in v1 o1 o2; do ok "... $name holds what it held" has_content $name "$(of uuid $name)"; done
ok '... and the VM' has_content now "$UUID"

# ---- one of another line --------------------------------------------------------------------------------

keep b v2 25 && external b v2
is 'one more' "$(now)" 'v1 o1 o2 v2'
virsh snapshot-dumpxml b v2 >v2.xml
ok 'libvirt forgets it' virsh -q snapshot-delete b v2 --metadata
is '... vxe too' "$(of uuid v2)" ''
ok 'back to one of before' vxe snapshot-revert uuid="$(of uuid o1)"
keep b y 26 && snapshot "$UUID" y
ok 'libvirt has it again' virsh -q snapshot-create b v2.xml --redefine
is '... the line of the VM is as it was' "$(now)" 'v1 o1 y'
ok '... it holds what it held' has_content v2 "$(of uuid v2)"
snapshot "$UUID" z
ok 'vxe check is clean' vxe check

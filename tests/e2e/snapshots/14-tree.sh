#!/bin/bash
# SPDX-License-Identifier: MIT
# The tree of snapshots: parents after snapshots, reverts and removals; the objects that destroy keeps.
. "$TESTS/lib/e2e.sh"

field() { vxe vm-param-get uuid="$1" param-name="$2"; }
parent() { field "$1" parent; }
snapshot() { vxe vm-snapshot uuid="$web" new-name-label="$1"; }
revert() { vxe snapshot-revert snapshot-uuid="$1"; }
sorted() { tr -d ' ' <<<"$1" | tr ';,' '\n\n' | sort | xargs; }

guest_make web 1
web=$(virsh domuuid web)
none='<not in database>'
vxe vm-list >/dev/null
is 'a VM begins without a parent' "$(parent "$web")" "$none"
one=$(snapshot one) two=$(snapshot two) three=$(snapshot three)
is 'the first snapshot has none' "$(parent "$one")" "$none"
is 'the second has the first' "$(parent "$two")" "$one"
is 'the third has the second' "$(parent "$three")" "$two"
is 'the VM has the newest' "$(parent "$web")" "$three"
is 'children are the reverse' "$(field "$two" children)" "$three"
is 'the VM knows its snapshots' "$(sorted "$(field "$web" snapshots)")" "$(sorted "$one,$two,$three")"

ok 'revert to the first' revert "$one"
is 'the VM is based on it' "$(parent "$web")" "$one"
is 'the others stay where they are' "$(parent "$two") $(parent "$three")" "$one $two"
four=$(snapshot four)
is 'the next snapshot is its child' "$(parent "$four")" "$one"
is 'beside the older one' "$(sorted "$(field "$one" children)")" "$(sorted "$two,$four")"
is 'the VM has the newest' "$(parent "$web")" "$four"

run vxe snapshot-list --tree
names=$(sed 's/  *[0-9a-f]*-.*//' <<<"$OUT")
is 'the tree is drawn with these depths' "$(sort <<<"$names")" "$(sort <<<'web
  one
    two
      three
    four
      (now)')"
like 'the VM is shown where it is' "$names" $'\n    four\n      \\(now\\)'

# On a terminal of 80 columns it is a graph; what leads to the present state goes straight down.
on_terminal() {
  script -qec "stty cols 80; env $1 $(printf '%q ' "$VXE") snapshot-list vm=web --tree" /dev/null </dev/null | tr -d '\r'
}
graph=$(on_terminal 'LC_ALL=C NO_COLOR=1')
shape=$(sed -E 's/ +[0-9a-f]{8} .*//' <<<"$graph")
is 'on a terminal only branches are indented' "$shape" "web  halted
* one
|-* two
| * three
* four
@ now"
like '... each has its digits, age and size' "$graph" "two    ${two:0:8}  +[0-9]+ (s|min)  +[0-9.]+ ([KM]i)?B"
is '... within 80 columns' "$(awk 'length > 80' <<<"$graph")" ''
is '... without escapes for NO_COLOR' "$(grep -c $'\033' <<<"$graph")" 0
graph=$(on_terminal 'LC_ALL=C.UTF-8 TERM=xterm NO_COLOR=')
like '... in UTF-8 with lines' "$graph" $'├─● two'
like '... and in bold' "$graph" $'\033\\[1m◉ now'

ok 'destroy in the middle of the line' vxe snapshot-destroy snapshot-uuid="$two"
is 'p21: the line closes' "$(parent "$three")" "$one"
ok 'destroy of the VM'"'"'s parent' vxe snapshot-destroy snapshot-uuid="$four"
is 'p21: the VM moves up' "$(parent "$web")" "$one"
ok 'uninstall fixes the tree, too' vxe snapshot-uninstall snapshot-uuid="$one" --force
is 'the VM is at the root' "$(parent "$web")" "$none"
is 'the other one, too' "$(parent "$three")" "$none"
ok 'vxe check is clean' vxe check

# ---- a disk that the snapshot was told to ignore

vxe vm-disk-add vm=web disk-size=1MiB device=4
extra=$(vxe vbd-list vm-uuid="$web" userdevice=4 params=vdi-uuid --minimal)
part=$(vxe vm-snapshot uuid="$web" new-name-label=part ignore-vdi-uuids="$extra")
is 'the snapshot has no such drive' "$(vxe vbd-list vm-uuid="$part" params=userdevice --minimal)" 0
is 'the other disk knows its origin' "$(vxe vdi-param-get uuid="$(vxe vbd-list vm-uuid="$part" \
  params=vdi-uuid --minimal)" param-name=snapshot-of)" \
  "$(vxe vbd-list vm-uuid="$web" userdevice=0 params=vdi-uuid --minimal)"
ok 'a revert to it' revert "$part"
is 'leaves the VM one drive' "$(vxe vbd-list vm-uuid="$web" params=userdevice --minimal)" 0
is 'and the disk alone' "$(vxe vdi-param-get uuid="$extra" param-name=vbd-uuids)" ''
ok 'and nothing behind' vxe snapshot-uninstall snapshot-uuid="$part" --force

# ---- uninstall lists and deletes exactly what it lists

five=$(snapshot five)
vxe vm-disk-add vm=web disk-size=1MiB device=3
own=$(vxe vbd-list vm-uuid="$web" userdevice=3 params=vdi-uuid --minimal)
vdis_of() { vxe vbd-list vm-uuid="$1" type=Disk params=vdi-uuid --minimal | tr , '\n'; }
vdis_before=$(vxe vdi-list managed=true --minimal | tr , '\n' | sort)
for vm in "$web" "$three" "$five"; do echo "VM : $vm"; done >expected
for vdi in "$own" $(vdis_of "$three") $(vdis_of "$five"); do echo "VDI: $vdi"; done >>expected
exits 0 'uninstall of a VM with snapshots' vxe vm-uninstall uuid="$web" --force
is 'it lists the VM, its snapshots and what they own' \
  "$(grep -E '^(VM |VDI)' <<<"$OUT" | cut -c-41 | sort)" "$(sort expected)"
is 'the VM comes first' "$(sed -n 2p <<<"$OUT")" "VM : $web (web)"
is 'these VDIs are gone, no others' "$(comm -23 <(echo "$vdis_before") \
  <(vxe vdi-list managed=true --minimal | tr , '\n' | sort))" \
  "$(sed -n 's/^VDI: //p' expected | sort)"
is 'all snapshots, too' "$(vxe snapshot-list --minimal)" ''
not_ok 'and the domain' virsh dominfo web
ok "the user's own file is there" qemu-img check -q web-0.qcow2
ok 'vxe check is clean' vxe check

# ---- vm-destroy keeps disks and snapshots; a revert brings the VM back

guest_make box 1
web=$(virsh domuuid box)
qemu-io -f qcow2 -c 'write -q -P 1 65536 4096' box-0.qcow2
one=$(snapshot first)
two=$(snapshot second)
leaf=$(vdi_files "$web")
qemu-io -f qcow2 -c 'write -q -P 2 65536 4096' "$leaf"
vdi=$(vdis_of "$web")
ok 'vm-destroy' vxe vm-destroy uuid="$web"
is 'it prints nothing' "$OUT$ERR" ''
not_ok 'the domain is gone' virsh dominfo box
is 'the disk is there' "$(vxe vdi-param-get uuid="$vdi" param-name=vbd-uuids)" ''
ok 'with its content' qemu-io -r -f qcow2 -c 'read -q -P 2 65536 4096' "$leaf"
is 'the snapshots are there' "$(sorted "$(vxe snapshot-list --minimal)")" "$(sorted "$one,$two")"
is 'of a VM that is no more' "$(field "$one" snapshot-of)" "$none"
is 'their tree is as it was' "$(parent "$one") $(parent "$two")" "$none $one"
ok 'vxe check is clean' vxe check
(VXE_FAILPOINT=snapshot-revert:define=die vxe snapshot-revert snapshot-uuid="$one") 2>/dev/null
is 'a revert that dies before its point' "$(vxe vm-list uuid="$web" --minimal)" ''
ok '... is undone' vxe check
is '... to the last file' "$(vxe vm-list uuid="$web" --minimal; ls ./*.qcow2 | wc -l)" "
$(ls ./*.qcow2 | wc -l)"
(VXE_FAILPOINT=snapshot-revert:define:after=die vxe snapshot-revert snapshot-uuid="$one") 2>/dev/null
is 'one that dies after it' "$(virsh domuuid box)" "$web"
vxe vm-list >/dev/null
ok '... is finished by whoever comes next' vxe check
is '... with one disk' "$(vdis_of "$web")" "$vdi"
ok 'a revert brings the VM back' vxe vm-destroy uuid="$web"
ok 'each time' revert "$one"
is 'under its UUID' "$(vxe vm-list name-label=box --minimal)" "$web"
is 'libvirt has it' "$(virsh domuuid box)" "$web"
is 'with its disk' "$(vdis_of "$web")" "$vdi"
ok 'as it was then' qemu-io -r -f qcow2 -c 'read -q -P 1 65536 4096' "$(vdi_files "$web")"
is 'both snapshots are its own again' "$(field "$one" snapshot-of) $(field "$two" snapshot-of)" "$web $web"
is 'it is based on the one' "$(parent "$web")" "$one"
ok 'vxe check is clean in the end' vxe check

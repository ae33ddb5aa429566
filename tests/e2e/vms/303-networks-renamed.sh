#!/bin/bash
# SPDX-License-Identifier: MIT
# A network is the one that libvirt calls so now. libvirt renames none: people undefine it and define it again under another
# name, and so swap two. What then is chosen by a name: vif-create, vif-move, vm-import, network-destroy, and where cards are.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

make_net() { virsh -q net-define <(printf '<network><name>%s</name>%s</network>' "$1" "${2-}") >/dev/null; }
# rename FROM TO: the network keeps its UUID.
rename() {
  virsh net-dumpxml --inactive "$1" | sed "s#<name>.*</name>#<name>$2</name>#" >"$2.xml" &&
    virsh -q net-undefine "$1" >/dev/null && virsh -q net-define "$2.xml" >/dev/null
}
swap() { rename "$1" swap && rename "$2" "$1" && rename swap "$2"; }
# sources VM: the networks of its cards, as the definition has them.
sources() { virsh dumpxml --inactive "$1" | sed -n "s/^ *<source network='\([^']*\)'.*/\1/p" | paste -sd' '; }
# cards VM: the same as vxe shows them, UUIDs, and names.
cards() { of_cards "$1" network-uuid; }
names() { of_cards "$1" network-name-label; }
of_cards() { vxe vif-list vm-uuid="$1" sort=device params="$2" --minimal; }
uuid_of() { virsh net-uuid "$1" | head -n 1; }
called() { vxe network-list params=uuid name-label="$1" --minimal; }
on() { echo "<interface type='network'><mac address='52:54:00:0a:0d:$2'/><source network='$1'/><model type='virtio'/></interface>"; }

make_net inside
make_net outside
inside=$(uuid_of inside) outside=$(uuid_of outside)
GUEST_EXTRA=$(on inside 01) small_guest web 1
web=$UUID
plain vm-list >/dev/null
is 'the card is inside' "$(cards "$web") $(names "$web")" "$inside inside"
snapshot "$web" s
kept=$SNAP
ok 'an archive' vxe vm-export uuid="$web" filename=web.xva

# ---- a swap

swap inside outside
ok 'vif-create by the name, the first command' vxe vif-create vm-uuid="$web" network-uuid=outside device=1 mac=52:54:00:0a:0d:02
is '... puts the card where virsh says outside' "$(sources "$web")" 'inside outside'
is '... and the list says so' "$(cards "$web") $(names "$web")" "$outside,$inside inside,outside"
is 'a name finds the network of now' "$(called inside) $(called outside)" "$outside $inside"
swap inside outside
is 'a list of networks after another swap' "$(vxe network-list params=name-label uuid="$inside" --minimal)" inside
is '... and the cards are on the names that their definition has' "$(cards "$web") $(names "$web")" "$inside,$outside inside,outside"
swap inside outside
vif=$(vxe vif-list vm-uuid="$web" device=1 --minimal)
ok 'vif-move by the name' vxe vif-move uuid="$vif" network-uuid=inside
is '... in the definition' "$(sources "$web")" 'inside inside'
is '... and the list' "$(cards "$web")" "$outside,$outside"
ok 'vif-move by the UUID' vxe vif-move uuid="$vif" network-uuid="$inside"
is '... in the definition' "$(sources "$web")" 'inside outside'
swap inside outside
ok 'vif-move by the UUID as the first command after a swap' vxe vif-move uuid="$vif" network-uuid="$inside"
is '... goes to the network with the UUID, which is inside now' "$(sources "$web")" 'inside inside'
swap inside outside
ok 'vm-import as the first command after a swap' vxe vm-import filename=web.xva
one=$OUT
is '... has its card on the network of the archive'\''s name' "$(sources "$one") $(names "$one")" 'inside inside'
vxe vm-uninstall uuid="$one" --force >/dev/null
swap inside outside

# ---- what is made of a VM before any list of networks

ok 'vm-clone' vxe vm-clone uuid="$web" new-name-label=clone
is '... has its cards where the VM has its' "$(sources "$OUT")" "$(sources "$web")"
clone=$OUT
swap inside outside
ok 'snapshot-revert' vxe snapshot-revert snapshot-uuid="$kept"
is '... goes by the name, as virsh does' "$(sources "$web")" inside
is '... in the list, too' "$(cards "$web") $(names "$web")" "$(uuid_of inside) inside"
swap inside outside
GUEST_EXTRA=$(on outside 03) small_guest new 1
is 'a new domain' "$(cards "$UUID") $(names "$UUID")" "$(uuid_of outside) outside"
swap inside outside
virsh dumpxml --inactive new | sed "s/network='outside'/network='inside'/" >new.xml
virsh -q define new.xml >/dev/null
ok 'a card that virsh has moved' act "$UUID"
is '... after a swap' "$(cards "$UUID") $(names "$UUID")" "$(uuid_of inside) inside"
is '... and others are where they were' "$(names "$clone") $(names "$web")" "inside,inside inside"

# ---- another name

rename outside dmz
is 'a list' "$(vxe network-list uuid="$(uuid_of dmz)" params=name-label --minimal)" dmz
exits 3 'the name that it had' vxe vif-create vm-uuid="$web" network-uuid=outside device=2 mac=random
rename inside office
before=$(store_sum)
ok 'a dry run as the first command' vxe vif-create vm-uuid="$web" network-uuid=office device=2 mac=52:54:00:0a:0d:04 --dry-run
is '... writes nothing' "$(store_sum)" "$before"
ok 'the new name' vxe vif-create vm-uuid="$web" network-uuid=office device=2 mac=52:54:00:0a:0d:04
is '... is the name of the card' "$(sources "$web") $(names "$web")" 'inside office inside,office'
exits 7 'a card on the old one keeps the VM from starting' vxe vm-start uuid="$web"
like '... which names it' "$ERR" 'inside.*net-define'
ok 'snapshot-revert' vxe snapshot-revert snapshot-uuid="$kept"
is '... to the name of then, as virsh does' "$(sources "$web") $(names "$web")" 'inside inside'
ok 'vif-move' vxe vif-move uuid="$(vxe vif-list vm-uuid="$web" --minimal)" network-uuid=office
virsh dumpxml --inactive new | sed "s/network='inside'/network='office'/" >new.xml
virsh -q define new.xml >/dev/null
act "$UUID"
is 'a definition that follows' "$(cards "$UUID") $(names "$UUID")" "$(uuid_of office) office"

# ---- a name-label of a user

vxe network-param-set uuid="$(uuid_of dmz)" name-label=front
is 'it is the name' "$(called front)" "$(uuid_of dmz)"
rename dmz dmz2
is '... until libvirt has another one' "$(called dmz2)$(called front)" "$(uuid_of dmz2)"
vxe network-param-set uuid="$(uuid_of dmz2)" name-label=office
exits 4 'a name that two have' vxe vif-create vm-uuid="$web" network-uuid=office device=3 mac=random
vif=$(vxe vif-list vm-uuid="$web" device=0 --minimal)
vxe vif-move uuid="$vif" network-uuid="$(uuid_of dmz2)"
virsh -q net-undefine dmz2 >/dev/null
ok 'a clone of a VM whose network is gone' vxe vm-clone uuid="$web" new-name-label=lost
is '... is on no other one that has its name-label as name' "$(sources "$OUT")" dmz2

# ---- network-destroy

for name in one two; do vxe network-create name-label=$name >/dev/null; done
one=$(uuid_of one) two=$(uuid_of two)
vif=$(vxe vif-list vm-uuid="$web" device=0 --minimal)
vxe vif-move uuid="$vif" network-uuid=one
virsh -q net-destroy one >/dev/null && virsh -q net-destroy two >/dev/null
swap one two
exits 7 'network-destroy by the name on which there is a card' vxe network-destroy uuid=one
exits 7 '... by its UUID' vxe network-destroy uuid="$two"
is '... it is there' "$(uuid_of one)" "$two"
ok 'network-destroy of the other one' vxe network-destroy uuid=two
is '... removes that' "$(virsh -q net-list --all --name | sort | xargs)" 'office one'
ok 'vm-start starts the network of the card' vxe vm-start uuid="$web" paused=true
is '... as vxe has made it' "$(virsh net-info one | awk '$1 == "Active:" { print $2 }')" yes
vxe vm-shutdown uuid="$web" --force
ok 'two names that libvirt has one for' vxe network-create name-label='a/b'
slash=$OUT
ok '... both are made' vxe network-create name-label='a_b'
is '... under their names' "$(called a/b) $(called a_b)" "$slash $OUT"
vxe vif-move uuid="$vif" network-uuid=a_b
is '... a card is on the one that vxe calls so' "$(cards "$web") $(virsh net-uuid "$(sources "$web")" | head -n 1)" "$OUT $OUT"

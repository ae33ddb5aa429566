#!/bin/bash
# SPDX-License-Identifier: MIT
# Cards of archives whose network this host lacks: an internal network is made with the import and undone with it, and
# no card gets a way out that nobody asked for. What is said of each, networks that are gone, and network:OLD=NEW.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

nic() { echo "<interface type='$2'><mac address='52:54:00:0a:0b:$1'/>$3<model type='virtio'/></interface>"; }
on() { nic "$1" network "<source network='$2'/>"; }
# cards DOMAIN: type, place and link of each card, in the definition.
cards() {
  virsh dumpxml --inactive "$1" | tr -d '\n' | sed 's/<interface /\n&/g; s#</interface>#&\n#g' | grep '^<interface' |
    sed -E "s/.*type='([a-z]*)'>.*<source (network|bridge)='([^']*)'.*/\1:\3 &/; t down
      s/<interface type='([a-z]*)'.*/\1 &/
      : down
      s/^([^ ]*).*<link state='down'.*/\1:down/; s/^([^ ]*) .*/\1/" | paste -sd' '
}
network_of() { plain vif-list vm-uuid="$1" device="${2-0}" params=network-uuid --minimal; }
nets() { virsh -q net-list --all --name | sort | paste -sd' '; }
# libvirt's network NAME [FORWARD]
make_net() {
  printf '<network><name>%s</name>%s</network>' "$1" "${2-}" >net.xml
  virsh -q net-define net.xml >/dev/null && virsh -q net-start "$1" >/dev/null
}
drop_net() { virsh -q net-destroy "$1" >/dev/null; virsh -q net-undefine "$1" >/dev/null; }
# The network back ends of the running guest's QEMU.
backends() { tr '\0' '\n' <"/proc/$(guest_pid "$1")/cmdline" | grep -A1 '^-netdev' | grep -oE '"type":"[a-z]*"|^[a-z]*,' | sed 's/"type":"//' | tr -d '",' | sort | paste -sd' '; }
emulated() { # the machine may have no working KVM, and no terminals
  virsh dumpxml --inactive "$1" | sed "s/<domain type='kvm'/<domain type='qemu'/; /<cpu mode='host[^>]*\/>/d; /<cpu mode='host/,/<\/cpu>/d
    s/<\(serial\|console\) type='pty'>/<\1 type='null'>/" >new.xml
  virsh -q define new.xml >/dev/null
}

if [ "$HOST_MODE" != system ] || ! plain network-create name-label=probe >probe 2>/dev/null; then
  # ---- where no network can be made, the link is down
  virsh -q net-define <(printf '<network><name>lab</name></network>') >/dev/null 2>&1
  GUEST_EXTRA="$(on 01 lab)$(on 02 lab)" small_guest web 1 || exit 1
  plain vm-export vm=web filename=web.xva >/dev/null
  virsh -q net-undefine lab >/dev/null 2>&1
  run vxe vm-import filename=web.xva
  one=$OUT
  is 'both cards are there, and not connected' "$(cards "$one")" 'user:down user:down' || show_run
  like 'which is said' "$ERR" 'no network lab .*card 0 is not connected.*vif-move'
  exit
fi
plain network-destroy uuid="$(cat probe)"

# ---- two cards on a network that is not here

make_net lab
GUEST_EXTRA="$(on 01 lab)$(on 02 lab)$(nic 03 user)" small_guest web 1 || exit 1
web=$UUID
stamp web-0.qcow2 17
keep_content web "$web"
vxe vm-export vm=web filename=web.xva >/dev/null
then=$(network_of "$web")
drop_net lab
before=$(nets)
ok 'vm-export after net-undefine' vxe vm-export vm=web filename=gone.xva
is '... which reads only: the cards keep their network' "$(network_of "$web") $(network_of "$web" 1)" "$then $then"
is '... of that name' "$(plain network-list uuid="$then" params=name-label --minimal)" lab
exits 7 'vm-start names the network that is gone' vxe vm-start uuid="$web"
like '... and the way out' "$ERR" 'lab.*net-define.*vif-move'
run vxe check
like 'vxe check names it' "$OUT$ERR" "card 52:54:00:0a:0b:01 is on the network lab, which libvirt does not have"

head -c 3000000 web.xva >cut.xva
exits 1 'an archive that is cut short' vxe vm-import filename=cut.xva
is '... leaves no network' "$(nets)" "$before"
is '... and no record of one' "$(plain network-list name-label=lab --minimal)" "$then"

VXE_FAILPOINT=vm-import:read=die plain vm-import filename=web.xva >/dev/null 2>&1
is 'vxe is killed: the network is there' "$(nets | tr ' ' '\n' | grep -c lab)" 1
is '... but in no list of networks' "$(plain network-list params=uuid --minimal | tr , '\n' | grep -c "$(virsh net-uuid lab)")" 0
plain task-list >/dev/null
is '... and goes when that is recovered' "$(nets)" "$before"

for file in web gone; do
  run vxe vm-import filename=$file.xva
  one=$OUT
  is "$file: imported" "$STATUS" 0 || show_run
  is "$file: two cards on an internal network, one that the archive says is in user mode" "$(cards "$one")" \
    'network:lab network:lab user' || show_run
  is "$file: which libvirt has" "$(virsh net-info lab | awk '$1 == "Active:" { print $2 }') $(virsh net-dumpxml lab | grep -c '<forward\|<ip ')" 'yes 0'
  is "$file: and vxe" "$(network_of "$one") $(network_of "$one" 1)" "$(virsh net-uuid lab) $(virsh net-uuid lab)"
  like "$file: it is said for each VM" "$ERR" 'ard 0 .*internal network.*ard 1 .*internal network' || show_run
  like "$file: the card in user mode, too" "$ERR" 'ard 2 has user mode networking'
  ok "$file: the disk holds what was exported" has_content web "$one"
  emulated "$one"
  ok "$file: it starts" vxe vm-start uuid="$one"
  is "$file: QEMU's back ends" "$(backends "$(virsh domname "$one")")" 'tap tap user'
  ok "$file: goes" vxe vm-uninstall uuid="$one" --force
done
is 'one network for both' "$(nets)" lab
run vxe check
unlike 'the VM that was exported is on it again' "$OUT$ERR" 'libvirt does not have'

# ---- a network of another bridge

NAT="<forward mode='nat'/><ip address='198.51.100.1' prefix='24'/>"
drop_net lab
virsh -q net-define <(echo "<network><name>far</name>$NAT<bridge name='vbr-lab'/></network>") >/dev/null
virsh -q net-define <(echo "<network><name>lab</name><bridge name='vbr-lab2'/></network>") >/dev/null
plain vm-param-set uuid="$web" name-description=x
plain network-list >/dev/null
plain vm-export vm=web filename=lab.xva >/dev/null
virsh -q net-undefine lab >/dev/null
virsh -q net-undefine far >/dev/null
virsh -q net-define <(echo "<network><name>far</name>$NAT<bridge name='vbr-lab2'/></network>") >/dev/null
plain network-list >/dev/null
run vxe vm-import filename=lab.xva
is 'the bridge of a network of libvirt is no name: another network has it here' "$(cards "$OUT")" \
  'network:lab network:lab user' || show_run
vxe vm-uninstall uuid="$OUT" --force >/dev/null

# ---- a card is put where one says

make_net dmz
dmz=$(plain network-list name-label=dmz --minimal)
run vxe vm-import filename=lab.xva network:lab="$dmz" "network:User-mode networking="
one=$OUT
is 'network:NAME=UUID, and network:NAME= for none' "$(cards "$one")" 'network:dmz network:dmz user:down' || show_run
is '... in the records' "$(network_of "$one") $(network_of "$one" 2)" "$dmz <not in database>"
vif=$(plain vif-list vm-uuid="$one" device=2 --minimal)
ok 'vif-move connects what was not' vxe vif-move uuid="$vif" network-uuid="$dmz"
is '... and its link' "$(cards "$one")" 'network:dmz network:dmz network:dmz'
exits 2 'a network that the archive has not' vxe vm-import filename=lab.xva network:nowhere="$dmz"
like '... is named' "$ERR" nowhere
exits 3 'nor has this host' vxe vm-import filename=lab.xva network:lab=00000000-0000-4000-8000-000000000000
vxe vm-uninstall uuid="$one" --force >/dev/null

# ---- a card that is no network's, under a name that is one here

drop_net lab 2>/dev/null
GUEST_EXTRA="<interface type='direct'><mac address='52:54:00:0a:0c:01'/><source dev='eth0' mode='bridge'/></interface>
<interface type='mcast'><mac address='52:54:00:0a:0c:02'/><source address='230.0.0.1' port='5558'/></interface>" small_guest kinds 1
plain vm-export vm=kinds filename=kinds.xva >/dev/null
run vxe vm-import filename=kinds.xva
is 'other kinds of cards come to internal networks' "$(virsh dumpxml --inactive "$OUT" | grep -o "<interface type='[a-z]*'\|network='[^']*'" | paste -sd' ')" \
  "<interface type='network' network='Connection of another host (direct)' <interface type='network' network='Connection of another host (mcast)'" || show_run
vxe vm-uninstall uuid="$OUT" --force >/dev/null
make_net lab

# ---- the relatives: what is made of a VM whose network is gone

snap=$(plain vm-snapshot uuid="$web" new-name-label=s)
drop_net lab
ok 'vm-clone' vxe vm-clone uuid="$web" new-name-label=two
is '... stays on the network that is gone' "$(cards "$OUT")" 'network:lab network:lab user'
ok 'snapshot-revert' vxe snapshot-revert snapshot-uuid="$snap"
is '... too' "$(cards "$web")" 'network:lab network:lab user'
gone=$(network_of "$web")
isnt '... which is on record' "$gone" ''
exits 7 'vif-create on it' vxe vif-create vm-uuid="$web" device=7 network-uuid="$gone" mac=random
like '... is refused' "$ERR" 'libvirt no longer has this network'
ok 'vm-install of the snapshot' vxe vm-install template-uuid="$(vxe snapshot-clone uuid="$snap" new-name-label=t)" new-name-label=three
is '... too' "$(cards "$OUT")" 'network:lab network:lab user'
virsh dumpxml --inactive web | sed 's#<uuid>.*</uuid>##; s#<name>web#<name>four#; /<metadata>/,/<.metadata>/d; /<disk /,/<.disk>/d; /<mac /d' >four.xml
virsh -q define four.xml >/dev/null
is 'a domain that is adopted now: its cards are on the network of that name' \
  "$(plain network-list uuid="$(network_of "$(virsh domuuid four)")" params=name-label --minimal)" lab
make_net lab
ok 'the network comes back under another UUID' vxe network-list
is '... the cards have it' "$(network_of "$web") $(network_of "$web" 1)" "$(virsh net-uuid lab) $(virsh net-uuid lab)"
ok '... and the VM starts' vxe vm-start uuid="$web"
ok 'vxe check is clean' vxe check

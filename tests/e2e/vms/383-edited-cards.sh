#!/bin/bash
# SPDX-License-Identifier: MIT
# network-destroy believes libvirt's definitions: a card that virsh has just put on the network, into a definition, a running
# guest, saved memory or a transient domain, keeps it. A shell offers the names that libvirt has for its networks now.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"

vxe network-create name-label=lan >lan 2>lan.err || skip_all 'no bridge can be made here'
LAN=$(cat lan)
small_guest other 1
vxe vm-list >/dev/null
card() { echo "<interface type='$1'><mac address='52:54:00:0a:0e:$3'/><source $1='$2'/><model type='virtio'/></interface>"; }
# edited CARD: as 'virsh edit' does.
edited() {
  virsh dumpxml --inactive other | sed "/<interface/,/<.interface>/d" >other.xml
  [ -z "${1-}" ] || sed -i "s#</devices>#$1</devices>#" other.xml
  virsh -q define other.xml >/dev/null
}
refused() {
  wrong NETWORK_CONTAINS_VIF "$1" network-destroy uuid="$LAN"
  SAID=$ERR
  ok '... the network is there' virsh -q net-info lan
}

edited "$(card network lan 01)"
refused 'a card that virsh has just put there'
vif=$(vxe vif-list vm-name-label=other --minimal)
like '... is named' "$SAID" "$vif"
edited
is 'a dry run after virsh has taken it away' "$(vxe network-destroy uuid="$LAN" dry-run=true >/dev/null; echo $?)" 0
edited "$(card network lan 02)"
exits 7 '... and before' vxe network-destroy uuid="$LAN" dry-run=true
edited "$(card bridge "$(vxe network-list uuid="$LAN" params=bridge --minimal)" 03)"
refused 'a card on its bridge'
edited "$(card network lan 04)"
virsh -q start --paused other >/dev/null
edited
refused 'a card in a running guest alone'
like '... is named with its domain' "$SAID" "$UUID"
virsh -q managedsave other >/dev/null
refused 'a card in saved memory alone'
virsh -q managedsave-remove other >/dev/null
sed "/<uuid>/d; s#<name>other#<name>passing#; s#</devices>#$(card network lan 05)</devices>#" other.xml >passing.xml
virsh -q create --paused passing.xml >/dev/null
refused 'a card of a transient domain'
virsh -q destroy passing

# ---- a shell

# offers WORD...: the words that a shell offers for the last one.
offers() { vxe __complete vxe "$@" | cut -f1 | sort | xargs; }
virsh -q net-destroy lan
virsh net-dumpxml --inactive lan | sed 's#<name>lan#<name>office#' >office.xml
virsh -q net-undefine lan && virsh -q net-define office.xml >/dev/null
like 'a shell offers the new name of a network' " $(offers vif-create network-uuid=) " ' network-uuid=office '
unlike '... and not the one that it had' " $(offers vif-create network-uuid=) " ' network-uuid=lan '
is '... for a filter, too' "$(offers network-list name-label=o)" name-label=office
ok 'nobody has a card on it: network-destroy by that name' vxe network-destroy uuid=office
is '... it is gone' "$(virsh -q net-list --all --name | grep -cx 'lan\|office')" 0
ok 'vxe check is clean' vxe check

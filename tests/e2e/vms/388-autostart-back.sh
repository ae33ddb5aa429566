#!/bin/bash
# SPDX-License-Identifier: MIT
# A VM that libvirt starts with the host does so, too, when an undo has defined it again: vxe was killed when it had made it a
# template, and another program has begun to run it since.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

starts_with_host() { virsh dominfo one | grep -q 'Autostart: *enable'; }
for point in change change:after; do
  small_guest one 1
  virsh -q autostart one
  vxe vm-list >/dev/null
  virsh dumpxml --inactive one >one.xml
  not_ok "vxe is killed at $point" env VXE_FAILPOINT="vm-template:$point=die" "$VXE" vm-param-set uuid="$UUID" is-a-template=true
  [ $point = change ] || ok '... when libvirt has no definition any more' virsh -q create one.xml
  ok 'the next command' act "$UUID"
  is '... it is a VM' "$(plain vm-list uuid="$UUID" params=is-a-template --minimal)" false
  like '... which libvirt has for good' "$(virsh dominfo one)" 'Persistent: *yes'
  ok '... and starts with the host' starts_with_host
  ok '... to be ended' vxe vm-uninstall uuid="$UUID" --force
done
ok 'vxe check is clean' vxe check

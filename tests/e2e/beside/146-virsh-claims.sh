#!/bin/bash
# SPDX-License-Identifier: MIT
# What README, docs/from-virsh.md and docs/beside-virsh.md say of virsh's own snapshots, for the libvirt at hand: what it
# refuses, and what becomes of UEFI variables.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

of() { plain snapshot-list snapshot-of="$UUID" name-label="$2" params="$1" --minimal; }
kept() { virsh -q snapshot-list "$1" --name | grep . | sort | tr '\n' ' '; }
libvirt_since 9.9 && CAN=1 || CAN=''

# ---- external snapshots: what virsh refuses, and vxe does -----------------------------------------------------

DISK_SIZE=16M small_guest web 1
for s in a b c; do
  stamp_disks "$UUID" 11 1M
  keep_content $s "$UUID"
  ok "virsh makes $s" virsh -q snapshot-create-as web $s --disk-only --atomic
done
not_ok 'virsh deletes none with its children' virsh -q snapshot-delete web a --children
not_ok '... nor these alone' virsh -q snapshot-delete web a --children-only
is 'all are there' "$(kept web)" 'a b c '
if [ -n "$CAN" ]; then
  ok 'virsh goes back to the first' virsh -q snapshot-revert web a
  not_ok 'it does not delete the current one, which has children' virsh -q snapshot-delete web a
  not_ok 'nor one beside it with children' virsh -q snapshot-delete web b
else
  not_ok 'virsh goes back to none' virsh -q snapshot-revert web a
fi
for s in a b c; do ok "$s holds what it held" has_content $s "$(of uuid $s)"; done
ok 'vxe deletes it with its children' vxe snapshot-uninstall uuid="$(of uuid b)" children=true force=true
is 'one is left' "$(kept web)" 'a '
ok '... and holds what it held' has_content a "$(of uuid a)"
ok 'vxe check is clean' vxe check

# ---- what libvirt makes of its own record -----------------------------------------------------------------------

DISK_SIZE=16M small_guest rec 1
for s in a b c; do ok "virsh makes $s" virsh -q snapshot-create-as rec $s --disk-only --atomic; done
held() { virsh snapshot-dumpxml rec "$1" | xmllint --xpath 'string(//domain/devices/disk/source/@file)' -; }
is 'the second is in the layer of the first' "$(held b)" "$PWD/rec-0.a"
ok 'virsh forgets the first' virsh -q snapshot-delete rec a --metadata
if libvirt_since 11; then
  is 'the second is where it was' "$(held b)" "$PWD/rec-0.a"
else
  is 'libvirt 9.0 thinks that its content has been merged' "$(held b)" "$PWD/rec-0.qcow2"
fi

# ---- UEFI variables --------------------------------------------------------------------------------------------

code=$(compgen -G '/usr/share/OVMF/OVMF_CODE_4M.fd') vars=/usr/share/OVMF/OVMF_VARS_4M.fd
if [ -z "$code" ] || [ ! -e $vars ]; then
  skip 'package ovmf is needed'
  exit 0
fi
# uefi NAME FORMAT: a guest with its variables in a file of that format. libvirt 12.8 wants a template of the same.
uefi() {
  mkdir -p "$HOST_DIR/s" && chmod 1777 "$HOST_DIR/s"
  guest_disk_make "$1-0.qcow2" 16M && guest_install "$1-0.qcow2"
  qemu-img convert -O "$2" $vars "$PWD/$1.vars" && chmod 666 "$1.vars"
  qemu-img convert -O "$2" $vars "$PWD/$1.template" && chmod 644 "$1.template"
  guest_xml "$1" - "$PWD/$1-0.qcow2" | sed "s#<os>#<os><loader readonly='yes' type='pflash'>$code</loader>\
<nvram template='$PWD/$1.template' templateFormat='$2' format='$2'>$PWD/$1.vars</nvram>#; s#machine='pc'#machine='q35'#" >"$1.xml"
  virsh -q define "$1.xml" >/dev/null && UUID=$(virsh domuuid "$1")
}
# A byte in an unused place.
mark() { qemu-io -f "$2" -c "write -q -P $1 540000 1" "$PWD/$G.vars" >/dev/null; }
marked() { byte_of "$PWD/$G.vars" 540000 "$1"; }

G=raw
uefi raw raw
mark 17 raw
ok 'virsh makes an external snapshot' virsh -q snapshot-create-as raw out --disk-only --atomic
ok 'and vxe one' snapshot "$UUID" ours
mark 18 raw
ok 'vxe goes back to its own' vxe snapshot-revert uuid="$SNAP"
is '... with the variables of then' "$(marked raw)" 17
mark 19 raw
ok 'ours goes' vxe snapshot-uninstall uuid="$SNAP" force=true
is 'libvirt lists its own' "$(kept raw)" 'out '
if [ -n "$CAN" ]; then
  ok 'virsh goes back to its own' virsh -q snapshot-revert raw out
  is '... without the variables of then' "$(marked raw)" 19
fi

# From 10.10 on an internal snapshot has those in a file of the format qcow2, when the guest is off, too.
if ! libvirt_since 10.10; then
  skip 'variables in qcow2: libvirt is older than 10.10'
  exit 0
fi
G=inside
uefi inside qcow2
stamp_disks "$UUID" 21 1M
keep_content one "$UUID"
mark 27 qcow2
ok 'virsh makes an internal snapshot' virsh -q snapshot-create-as inside one
is '... also in the file of the variables' "$(qemu-img snapshot -l inside.vars | awk 'NR > 2 { print $2 }')" one
stamp_disks "$UUID" 22 1M
mark 28 qcow2
ok 'a snapshot of ours hides it' snapshot "$UUID" ours
is '... from libvirt' "$(kept inside)" ''
keep_content ours "$UUID"
stamp_disks "$UUID" 23 1M
mark 29 qcow2
ok 'vxe goes back to its own' vxe snapshot-revert uuid="$SNAP"
is '... with the variables of then' "$(marked qcow2)" 28
ok '... and the content' has_content ours "$UUID"
is 'the internal one is still in the file' "$(qemu-img snapshot -l inside.vars | awk 'NR > 2 { print $2 }')" one
ok 'ours goes' vxe snapshot-uninstall uuid="$SNAP" force=true
is 'libvirt lists its own' "$(kept inside)" 'one '
ok 'vxe goes back to it' vxe snapshot-revert uuid="$(of uuid one)"
ok '... the disk has its content' has_content one "$UUID"
is '... and the file its variables' "$(marked qcow2)" 27
mark 30 qcow2
ok 'virsh goes back to it' virsh -q snapshot-revert inside one
is '... with the variables, too' "$(marked qcow2)" 27
ok 'vxe check is clean' vxe check
ok 'it goes' vxe snapshot-uninstall uuid="$(of uuid one)" force=true
is 'from the file of the variables, too' "$(qemu-img snapshot -l inside.vars)" ''

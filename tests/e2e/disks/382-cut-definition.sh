#!/bin/bash
# SPDX-License-Identifier: MIT
# libvirt's file of a domain is cut off, or was overwritten, as by an editor on a full disk; libvirt itself still has the domain
# and will write it again. What the domain uses counts: a layer below another VM's overlay stays, for which this is the disk.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest g 1
FILE=$PWD/g-0.qcow2
stamp "$FILE" 21
vxe vm-list >/dev/null
snapshot "$UUID" s
stamp "$(source_of g vda)" 22
guest_define other - "$FILE"
OTHER=$(virsh domuuid other)
DEFINITION=$(libvirt_conf)/other.xml
cp "$DEFINITION" kept.xml
sum() { sha256sum <"$FILE"; }
before=$(sum)

# known: all is known to vxe, and nothing is so young that it is read again.
known() {
  cat kept.xml >"$DEFINITION"
  sleep 0.05
  vxe snapshot-uninstall uuid="$SNAP" dry-run=true >/dev/null
}
# stays WHAT: the folder of the definitions has changed, so all are looked at.
stays() {
  guest_define "more$((++N))" - "$FILE.none"
  run vxe snapshot-uninstall uuid="$SNAP" dry-run=true
  like "$1: a dry run says who uses the layer" "$OUT$ERR" 'later: .*domain .*other'
}
N=0
known
: >"$DEFINITION"
stays 'an empty definition'
known
head -c 300 kept.xml >"$DEFINITION"
stays 'half a definition'
known
sed "s/$OTHER/$(cat /proc/sys/kernel/random/uuid)/; s/g-0/none/" kept.xml >"$DEFINITION"
stays 'one with another UUID'
known
: >"$DEFINITION"
guest_define last - "$FILE.none"
run vxe snapshot-uninstall uuid="$SNAP" --force
is 'the snapshot goes' "$STATUS" 0 || show_run
is '... the layer is as it was' "$(sum)" "$before"
cat kept.xml >"$DEFINITION"
ok '... and the other domain has it' test "$(source_of other vda)" = "$FILE"
for vm in other last more1 more2 more3; do virsh -q undefine $vm; done
ok 'then it is merged' vxe vdi-flatten uuid="$(vdi_of "$UUID")"
ok 'vxe check is clean' vxe check

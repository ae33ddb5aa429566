#!/bin/bash
# SPDX-License-Identifier: MIT
# A killed QEMU leaves the bitmaps of backup programs in use, and so of no use; QEMU makes no image longer that has such
# a bitmap. A merge that has to make the lower file longer takes it out, and says so; every sound bitmap stays.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

on() { guest_on "$@"; }
off() { guest_off "$@"; }
put() { guest_put "$@"; }

leaf() { source_of "$1" vda; }
# bitmaps FILE: their names, with "!" if it is of no use
bitmaps() {
  qemu-img info -U --output=json "$1" | jq -r '."format-specific".data.bitmaps // [] |
    map(.name + if .flags | contains(["in-use"]) then "!" else "" end) | sort | join(" ")'
}
# broken VM: a halted VM whose QEMU was killed: checkpoint c1, whose bitmap is of no use in $BASE; a snapshot $SNAP, above
# which the disk $LEAF has grown and has data.
broken() {
  small_guest "$1" 1 && BASE=$(leaf "$1") && stamp "$BASE" 1 1M && plain vm-list >/dev/null && on "$1" &&
    virsh -q checkpoint-create-as "$1" c1 >/dev/null && put "$1" 2 512k && off "$1" && on "$1" && guest_kill "$1" || return
  qemu-img bitmap --add -f qcow2 "$BASE" sound
  snapshot "$UUID" s1 && LEAF=$(leaf "$1") && forced "$LEAF" qemu-img resize -q -f qcow2 "$LEAF" 8M &&
    stamp "$LEAF" 4 6M && keep_content "$1" "$UUID"
}
guest_kill() {
  kill -KILL "$(guest_pid "$1")" && wait_until 20 guest_is_off "$1"
}
# is_refused VM: libvirt makes no increment since c1, for the reason that the bitmap is not what it should be.
is_refused() {
  mkdir -p out && chmod 0777 out
  backup_next "$1" >/dev/null
  [ $? = 2 ] && grep -q "missing or broken bitmap 'c1'" backup.err
}

broken web
is 'a killed QEMU has left its bitmap' "$(bitmaps "$BASE")" 'c1! sound'
lost='^lost: the bitmaps c1 in .*web-0.qcow2, .*a full one'
ok 'the dry run of snapshot-uninstall' vxe snapshot-uninstall uuid="$SNAP" --dry-run
is '... names what is lost' "$(grep -c "$lost" <<<"$OUT$ERR")" 1
is '... and does nothing' "$(bitmaps "$BASE")" 'c1! sound'
ok 'the snapshot goes' vxe snapshot-uninstall uuid="$SNAP" force=true
is '... the list names what is lost' "$(grep -c "$lost" <<<"$OUT")" 1
unlike '... nothing waits' "$OUT$ERR" 'later'
is '... the VM is on its file' "$(leaf web)" "$BASE"
ok '... every byte is there' has_content web "$UUID"
is '... the sound bitmap is there, and the other one has gone' "$(bitmaps "$BASE")" sound
ok '... the image is sound' qemu-img check -q -f qcow2 "$BASE"
is '... libvirt lists the checkpoint' "$(virsh -q checkpoint-list web --name | xargs)" c1
on web
ok '... and refuses an increment' is_refused web
virsh -q checkpoint-delete web c1 --metadata
off web
ok 'check is clean' vxe check

[ -n "$LONG" ] || exit 0

# Without growth it stays, and so does libvirt's refusal.
broken short
virsh -q checkpoint-delete short c1 --metadata
LEAF=$(leaf short)
ok 'the disk is as long as before' forced "$LEAF" qemu-img resize -q --shrink -f qcow2 "$LEAF" 4M
stamp "$LEAF" 5 3M && keep_content short "$UUID"
ok '... the snapshot goes' vxe snapshot-uninstall uuid="$SNAP" force=true
unlike '... nothing is lost' "$OUT$ERR" 'lost:'
ok '... every byte is there' has_content short "$UUID"
is '... the bitmaps are as before' "$(bitmaps "$BASE")" 'c1! sound'

# The upper layer has a bitmap of that name, which must not pass for the whole; vxe dies in between.
broken twice
qemu-img bitmap --add -f qcow2 "$LEAF" c1
stamp "$LEAF" 6 2M && keep_content twice "$UUID"
(VXE_FAILPOINT=coalesce-commit:switch=die vxe snapshot-uninstall uuid="$SNAP" force=true >/dev/null 2>&1) 2>/dev/null
is 'vxe has died before the VM is on its file' "$(leaf twice)" "$LEAF"
ok '... the next command merges' vxe sr-coalesce
is '... the VM is on its file' "$(leaf twice)" "$BASE"
ok '... every byte is there' has_content twice "$UUID"
is '... neither bitmap is left' "$(bitmaps "$BASE")" sound
on twice
ok '... libvirt refuses an increment' is_refused twice
virsh -q checkpoint-delete twice c1 --metadata
off twice

# A layer above has one: it would pass for the whole.
broken above
qemu-img bitmap --add -f qcow2 "$LEAF" c1
S1=$SNAP
snapshot "$UUID" s2
qemu-img bitmap --add -f qcow2 "$(leaf above)" c1
keep_content above "$UUID"
ok 'a layer above has a bitmap of that name' vxe snapshot-uninstall uuid="$S1" force=true
like '... the layer waits, for that reason' "$OUT$ERR" "later: .*its bitmap c1.*$(leaf above)"
is '... nothing is taken out' "$(bitmaps "$BASE") $(bitmaps "$LEAF")" 'c1! sound c1'
ok '... every byte is there' has_content above "$UUID"
qemu-img bitmap --remove -f qcow2 "$(leaf above)" c1
ok '... when that one has gone, it is merged' vxe sr-coalesce
is '... and gone' "$([ -e "$LEAF" ] || echo gone)" gone
ok '... every byte is there' has_content above "$UUID"
virsh -q checkpoint-delete above c1 --metadata

# While the guest runs QEMU itself refuses; when it is off, the layer is merged.
broken live
on live
run vxe snapshot-uninstall uuid="$SNAP" force=true
is 'under a running guest nothing is taken out' "$(qemu-img info -U --output=json "$BASE" | jq '."format-specific".data.bitmaps | length')" 2
off live
ok '... when it is off, the layer is merged' vxe sr-coalesce
is '... the VM is on its file' "$(leaf live)" "$BASE"
ok '... every byte is there' has_content live "$UUID"
is '... the bitmap has gone' "$(bitmaps "$BASE")" sound
virsh -q checkpoint-delete live c1 --metadata

# A layer is merged upwards where a header above must stay, here that of an overlay of yours: its bitmaps do not know what the
# upper layer has by itself.
small_guest up 1
stamp "$(leaf up)" 1
snapshot "$UUID" s1
LOW=$(leaf up)
qemu-img bitmap --add -f qcow2 "$LOW" alone
qemu-img bitmap --add -f qcow2 "$LOW" both
stamp "$LOW" 2 2M
snapshot "$UUID" s2 && S2=$SNAP
HIGH=$(leaf up)
qemu-img bitmap --add -f qcow2 "$HIGH" both
stamp "$HIGH" 3 3M
snapshot "$UUID" s3
qemu-img create -q -f qcow2 -F qcow2 -b "$HIGH" yours.qcow2
qemu-img create -q -f qcow2 -F qcow2 -b "$PWD/yours.qcow2" yours-2.qcow2
guest_define yours - "$PWD/yours-2.qcow2"
plain vm-list >/dev/null
keep_content up "$UUID" && keep_content s3 "$SNAP"
ok 'a layer in the middle is merged upwards' vxe snapshot-uninstall uuid="$S2" force=true
is '... and gone' "$([ -e "$LOW" ] || echo gone)" gone
ok '... every byte is there' has_content up "$UUID"
ok '... in the snapshot, too' has_content s3 "$SNAP"
is '... only the bitmap that both had is left' "$(bitmaps "$HIGH")" both
ok 'check is clean' vxe check

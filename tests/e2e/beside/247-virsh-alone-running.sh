#!/bin/bash
# SPDX-License-Identifier: MIT
# What docs/beside-virsh.md says of virsh alone, where the guest runs while it happens: this never runs vxe. A part for
# each row of the table; where libvirt's versions differ, what each of them does.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/alone.sh"

virsh -q pool-create-as here dir --target "$PWD" >/dev/null

# ---- power

two_layers pow
ok 'start' guest_start pow
for step in 'suspend paused' 'resume running' 'reset running' 'destroy shut off'; do
  ok "${step%% *}" virsh -q "${step%% *}" pow
  is '... libvirt says so' "$(virsh -q domstate pow | head -n 1)" "${step#* }"
done

# ---- size

virsh -q start --paused pow
ok 'blockresize' virsh -q blockresize pow vda 8M
like '... libvirt has the new size' "$(virsh domblkinfo pow vda)" "Capacity: *$((8 << 20))"
ok '... the snapshot holds what it held' holds pow pow-0.qcow2

# ---- vol-delete

virsh -q pool-refresh here
ok 'vol-delete of a layer under a guest that runs' virsh -q vol-delete "$PWD/pow-0.qcow2"
is '... says nothing' "$OUT$ERR" ''
virsh -q resume pow
ok '... the guest runs on' guest_counts pow
off pow
not_ok '... and does not start again' virsh -q start pow

# ---- medium

truncate -s 256K one.iso two.iso
GUEST_EXTRA="<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='$PWD/one.iso'/><target dev='hda' bus='ide'/><readonly/></disk>"
small_guest med 1
GUEST_EXTRA=''
virsh -q start --paused med
ok 'change-media' virsh -q change-media med hda "$PWD/two.iso" --update --live --config
is '... libvirt has the other one' "$(virsh -q domblklist med --inactive | awk '$1 == "hda" { print $2 }')" "$PWD/two.iso"
off med

# ---- snapshots

two_layers snp
keep snp.top snp-0.s
virsh -q start --paused snp
ok 'the guest runs: snapshot-delete' virsh -q snapshot-delete snp s
ok '... merges the layer into the one below' holds snp.top snp-0.qcow2
ok '... and removes its file' gone snp-0.s
ok 'a second snapshot' external snp s2
off snp
run virsh -q snapshot-revert snp s2
if libvirt_since 9.9; then
  is 'a revert to it' "$STATUS" 0
else
  like 'no revert to it' "$STATUS $ERR" '^1 .*revert to external snapshot not supported'
fi

small_guest lef 2
virsh dumpxml --inactive lef | sed "/vda/,\$s#<disk type='file' device='disk'#& snapshot='no'#" >lef.def
virsh -q define lef.def
ok "a snapshot of a guest with snapshot='no' on one disk" external lef s
is '... leaves that out' "$(source_of lef vda) $(source_of lef vdb)" "$PWD/lef-0.s $PWD/lef-1.qcow2"

# ---- more layers than libvirt starts

small_guest dee 1
below=dee-0.qcow2
for ((i = 1; i < $(chain_most) && i < 27; i++)); do
  qemu-img create -q -u -f qcow2 -F qcow2 -b "$below" "dee-at$i.qcow2" "$DISK_SIZE"
  below=dee-at$i.qcow2
done
guest_define dee "$UUID" "$PWD/$below"
ok 'a guest on many layers starts' virsh -q start --paused dee
for name in a b c d e; do ok '... virsh takes one more snapshot' external dee $name; done
off dee
run virsh -q start --paused dee
if [ "$(chain_most)" = 22 ]; then
  like '... and libvirt 10.8 to 11.10 does not start it' "$STATUS $ERR" '^1 .*nesting too deep'
else
  is "... this libvirt starts it" "$STATUS" 0
  off dee
fi

# ---- at the same moment

small_guest two 1
virsh -q start --paused two
kill -STOP "$(guest_pid two)"
external two a &
first=$!
sleep 0.5
external two b &
second=$!
sleep 0.5
ok 'the second snapshot waits' kill -0 $second
kill -CONT "$(guest_pid two)"
ok '... for the first one' wait $first
ok '... and is made then' wait $second
is '... both are there' "$(names two)" 'a b'
off two

# ---- jobs

guest_disk_make big.qcow2 48M && stamp big.qcow2 5 1M 24M
small_guest job 1
virsh -q attach-disk job "$PWD/big.qcow2" vdb --subdriver qcow2 --config
virsh -q start --paused job
ok 'a copy of a disk' virsh -q blockcopy job vdb "$PWD/copy.qcow2" --transient-job --bandwidth 1
not_ok '... a snapshot is refused at once' external job x
like '... with the reason' "$ERR" "already in active block job"
not_ok '... so is a save' virsh -q save job saved
like '... with the reason' "$ERR" "has active block job"
virsh -q blockjob job vdb --abort
printf "<domainbackup mode='pull'><server transport='unix' socket='%s'/><disks><disk name='vdb' backup='yes' type='file'>
<scratch file='%s'/></disk><disk name='vda' backup='no'/></disks></domainbackup>" "$HOST_DIR/s/nbd" "$PWD/scratch" >backup.xml
ok 'a backup' virsh -q backup-begin job backup.xml
if [ -n "$LONG" ]; then
  not_ok '... a snapshot is refused after 30 seconds' external job x
  like '... with the reason' "$ERR" 'cannot acquire state change lock'
else
  external job x &
  waits=$!
  sleep 1
  ok '... a snapshot waits' kill -0 $waits
  kill $waits
fi
off job

# ---- blockcopy

two_layers cpy
keep cpy.top cpy-0.s
virsh -q start --paused cpy
ok 'a copy to another file' virsh -q blockcopy cpy vda --dest "$PWD/cpy.copy" --wait --pivot --transient-job --format qcow2
is '... the guest is on it' "$(source_of cpy vda)" "$PWD/cpy.copy"
ok '... which has every byte' holds cpy.top cpy.copy
is '... the snapshot is still listed' "$(names cpy)" s
ok '... its file is as it was' holds cpy cpy-0.qcow2
off cpy
run virsh -q snapshot-delete cpy s
ok '... with or without it the copy stays' holds cpy.top cpy.copy

# ---- encrypted

SECRET=0a81f5b2-8403-7b23-c8d6-21ccc2f80d62
printf 0123456789abcdef >key
echo "<secret ephemeral='no' private='no'><uuid>$SECRET</uuid></secret>" >secret.xml
virsh -q secret-define secret.xml
virsh -q secret-set-value $SECRET --file key --plain
# It measures the CPU first, which fails now and then on a busy machine.
wait_until 20 qemu-img create -q -f qcow2 --object secret,id=s,file=key \
  -o encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10 enc.qcow2 "$DISK_SIZE"
wait_until 20 qemu-io --object secret,id=s,file=key -c "write -q -s $TOOLS/tick.bin 0 1024" \
  --image-opts driver=qcow2,encrypt.key-secret=s,file.filename=enc.qcow2 >/dev/null
guest_xml enc - "$PWD/enc.qcow2" | sed "s#<source file='$PWD/enc.qcow2'/>#<source file='$PWD/enc.qcow2'>\
<encryption format='luks'><secret type='passphrase' uuid='$SECRET'/></encryption></source>#" >enc.xml
virsh -q define enc.xml
ok 'a guest on an encrypted disk' guest_start enc
ok '... a snapshot' external enc s
ok '... the guest goes on' writes enc
off enc
qemu-img convert -O raw 'json:{"driver":"qcow2","backing":null,"file":{"driver":"file","filename":"enc.s"}}' enc.raw
ok '... what it writes then is plain text' test "$(counter_of enc.raw raw)" -gt 0
virsh -q snapshot-delete enc s --metadata
virsh -q secret-undefine $SECRET

# ---- blockcommit of a layer of virsh

two_layers own
keep own.top own-0.s
virsh -q start --paused own
ok 'blockcommit of the layer' virsh -q blockcommit own vda --active --pivot
off own
ok '... the guest has what it had' holds own.top own-0.qcow2
is '... libvirt lists the snapshot' "$(names own)" s
not_ok '... whose content has gone' holds own own-0.qcow2

# ---- blockcommit into a needed layer

two_layers com
keep com.s2 com-0.s
external com s2
virsh -q start --paused com
ok 'blockcommit into the lowest layer' virsh -q blockcommit com vda --active --pivot
off com
is '... libvirt lists both snapshots' "$(names com)" 's s2'
not_ok '... the content of the first is lost' holds com com-0.qcow2

# ---- managedsave

small_guest man 1
guest_start man
ok 'managedsave' virsh -q managedsave man
keep man man-0.qcow2
ok '... a snapshot of the saved guest' external man s
ok '... it starts' virsh -q start man
ok '... and goes on' writes man
off man
not_ok '... and writes to the layer that the snapshot needs: its content is lost' holds man man-0.qcow2

# ---- save

small_guest sav 1
guest_start sav
ok 'save' virsh -q save sav "$PWD/sav.mem"
keep sav sav-0.qcow2
ok '... a snapshot' external sav s
chmod a-w sav-0.qcow2
not_ok '... no restore on a layer without write bits' virsh -q restore "$PWD/sav.mem"
qemu_says sav '... QEMU is no root' 'sav-0.qcow2.*Permission denied'
chmod u+w sav-0.qcow2
ok '... restore' virsh -q restore "$PWD/sav.mem"
ok '... the guest goes on' writes sav
off sav
not_ok '... and writes to the layer that the snapshot needs: its content is lost' holds sav sav-0.qcow2

# ---- second domain

two_layers sec
guest_start sec
guest_define layer - "$PWD/sec-0.qcow2"
guest_define disk - "$PWD/sec-0.s"
for name in layer disk; do
  not_ok "while the guest runs no other one starts on its $name" virsh -q start $name
  qemu_says $name '... because QEMU locks the file' 'Failed to get (shared )?"write" lock'
done

# ---- read

for read in 'dumpxml sec' 'domblklist sec'; do
  # shellcheck disable=SC2086 # words
  ok "$read" virsh -q $read
done
ok 'qemu-img info -U' qemu-img info -U sec-0.s
cp sec-0.qcow2 copy-of-layer.qcow2
ok 'a copy of a frozen layer' holds sec copy-of-layer.qcow2
off sec

# ---- copy

small_guest cop 2
guest_start cop
writes cop
cp cop-0.qcow2 copy-0.qcow2
ok 'the guest goes on while its files are copied' writes cop
cp cop-1.qcow2 copy-1.qcow2
off cop
ok '... the copies are of two instants' test $(($(counter_of copy-1.qcow2) - $(counter_of copy-0.qcow2))) -gt "$GUEST_STEP"

# ---- UEFI variables

VARS=/usr/share/OVMF/OVMF_VARS_4M.fd CODE=/usr/share/OVMF/OVMF_CODE_4M.fd
[ -e $VARS ] && [ -e $CODE ] || { skip 'package ovmf is needed'; exit; }
cp $VARS shared.fd && chmod 0666 shared.fd
printf x | dd of=shared.fd bs=1 seek=530000 conv=notrunc status=none
for name in da db; do
  guest_disk_make "$name.qcow2" "$DISK_SIZE"
  guest_xml $name - "$PWD/$name.qcow2" |
    sed "s#machine='pc'#machine='q35'#; s#hvm</type>#&<loader readonly='yes' type='pflash'>$CODE</loader><nvram>$PWD/shared.fd</nvram>#" >$name.xml
  ok 'a domain on a file of variables' virsh -q define $name.xml
done
ok '... runs' virsh -q start --paused da
ok '... so does the other one beside it' virsh -q start --paused db
off da
off db
ok 'undefine --nvram' virsh -q undefine da --nvram
ok '... removes the file of the other one' gone shared.fd
ok '... which starts' virsh -q start --paused db
ok '... with fresh variables' cmp shared.fd $VARS

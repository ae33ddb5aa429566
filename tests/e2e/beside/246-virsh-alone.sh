#!/bin/bash
# SPDX-License-Identifier: MIT
# What docs/beside-virsh.md says of virsh alone, where the guest is halted while it happens: this never runs vxe. A part
# for each row of the table; where libvirt's versions differ, what each of them does.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/chain.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/marks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/alone.sh"

virsh -q pool-create-as here dir --target "$PWD" >/dev/null
refresh() { virsh -q pool-refresh here; }
starts() { virsh -q start --paused "$1" && off "$1"; }

# ---- definition

small_guest def 1
ok 'an internal snapshot' virsh -q snapshot-create-as def in
virsh -q setmaxmem def 96M --config && virsh -q setmem def 96M --config
is 'a change of the definition is there' "$(memory def)" $((96 << 10))
ok 'snapshot-revert' virsh -q snapshot-revert def in
is '... brings the definition of then' "$(memory def)" $((64 << 10))

# ---- domrename

two_layers named
two_layers namer
first=$(virsh domuuid named | head -n 1)
ok 'domrename' virsh -q domrename named unnamed
ok '... of another one to that name' virsh -q domrename namer named
is '... the first has its new name' "$(virsh domuuid unnamed | head -n 1)" "$first"
is '... and its snapshot' "$(names unnamed)" "$(names named)"

# ---- undefine

two_layers und
not_ok 'undefine' virsh -q undefine und
like '... is refused while there are snapshots' "$ERR" 'cannot delete inactive domain with 1 snapshots'
virsh dumpxml --inactive und >und.def
ok 'undefine --snapshots-metadata' virsh -q undefine und --snapshots-metadata
ok '... leaves the files' holds und und-0.qcow2
ok '... defined again' virsh -q define und.def
ok '... it starts' starts und
is '... libvirt has forgotten its snapshots' "$(names und)" ''

# ---- migrate

two_layers mig
not_ok 'migrate' virsh -q migrate mig "$HOST_URI" --offline --persistent --undefinesource
like '... is refused while there are snapshots' "$ERR" 'cannot migrate domain with 1 snapshots'

# ---- remove-all-storage

two_layers all
refresh
not_ok 'undefine --remove-all-storage' virsh -q undefine all --remove-all-storage
like '... is refused while there are snapshots' "$ERR" 'cannot delete inactive domain with 1 snapshots'
ok '... and removes nothing' test -e all-0.s
ok '... with --snapshots-metadata' virsh -q undefine all --remove-all-storage --snapshots-metadata
ok '... it removes the layer that the guest writes to' gone all-0.s
ok '... no other' holds all all-0.qcow2
not_ok '... and the definition, with the list of snapshots' virsh -q dominfo all

# ---- vol-delete

two_layers vol
refresh
ok 'vol-delete of the layer that the guest writes to' virsh -q vol-delete "$PWD/vol-0.s"
not_ok '... the guest does not start' virsh -q start vol
like '... the file is named then' "$ERR" 'vol-0.s.*No such file'
is '... libvirt lists the snapshot' "$(names vol)" s
if libvirt_since 9.9; then
  ok '... and reverts to it' virsh -q snapshot-revert vol s
  ok '... to its content' holds vol "$(source_of vol vda)"
else
  not_ok '... and does not revert to it' virsh -q snapshot-revert vol s
  like '... as to no external one' "$ERR" 'revert to external snapshot not supported'
fi

# ---- vol-delete of a needed layer

two_layers low
refresh
ok 'vol-delete of a layer that the snapshot needs' virsh -q vol-delete "$PWD/low-0.qcow2"
is '... says nothing' "$OUT$ERR" ''
is '... libvirt lists the snapshot' "$(names low)" s
not_ok '... the guest does not start' virsh -q start low
like '... the file is named then' "$ERR" 'low-0.qcow2.*No such file'
not_ok '... nor is there a way back' virsh -q snapshot-revert low s

# ---- renamed

two_layers ren
mv ren-0.qcow2 away
is 'a layer is renamed: libvirt lists the snapshot' "$(names ren)" s
not_ok '... the guest does not start' virsh -q start ren
like '... the file is named then' "$ERR" 'ren-0.qcow2.*No such file'
mv away ren-0.qcow2
ok '... until it is back' starts ren

# ---- size

two_layers siz
ok 'qemu-img resize' qemu-img resize -q siz-0.s 8M
like '... libvirt has the new size' "$(virsh domblkinfo siz vda)" "Capacity: *$((8 << 20))"
ok '... the snapshot holds what it held' holds siz siz-0.qcow2

# ---- blocks given back

two_layers dis
keep dis.top dis-0.s
qemu-io -f qcow2 -c 'write -q -P 9 2M 1M' -c 'discard 2M 1M' -c 'write -q -z 2M 1M' dis-0.s >/dev/null
ok 'blocks are given back: the guest has what it had' holds dis.top dis-0.s
ok '... and the snapshot' holds dis dis-0.qcow2

# ---- rebase -u

chain_files
unset UUID
define ''
ok 'qemu-img rebase -u' qemu-img rebase -u -f qcow2 -F qcow2 -b n.qcow2 top.qcow2
guest_reads 'rebase -u' 2

# ---- other layers in the definition

define "$N"
guest_reads 'what the definition says' 2
qemu-img convert -U -f qcow2 -O raw top.qcow2 top.raw
is '... qemu-img reads what the header says' "$(byte_of top.raw 1M raw)" 1
define "$N"
ok '... a snapshot' external g s
like '... keeps the layers of the definition' "$(below)" "n.qcow2"
unlike '... and no others' "$(below)" "o.qcow2"
virsh -q dumpxml --inactive g | sed '/<backingStore/,/<target/{/<target/!d}' >without.xml
ok '... a definition without them' virsh -q define without.xml
guest_reads '... without a word the others' 1

# ---- old definition

small_guest old 1
stamp old-0.qcow2 21
virsh dumpxml --inactive old >old.def
keep old old-0.qcow2
external old s
stamp old-0.s 22
ok 'an old definition' virsh -q define old.def
ok '... the guest starts on the layer that the snapshot needs' virsh -q start old
ok '... and writes to it' writes old
off old
not_ok '... whose content is lost' holds old old-0.qcow2
is '... libvirt lists it' "$(names old)" s

# ---- read then

ok 'qemu-img reads the snapshot then' qemu-img convert -f qcow2 -O raw old-0.qcow2 old.raw
is '... without a word' "$OUT$ERR" ''
not_ok '... what the guest has written since' cmp old.raw old.then

# ---- network

printf '<network><name>lab</name></network>' >lab.xml
virsh -q net-define lab.xml
GUEST_EXTRA="<interface type='network'><source network='lab'/></interface>" small_guest net 1
ok 'net-undefine of a network with cards' virsh -q net-undefine lab
not_ok '... the guest does not start' virsh -q start net
like '... the network is named then' "$ERR" "no network with matching name 'lab'"

# ---- internal and external

small_guest mix 1
stamp mix-0.qcow2 21
ok 'an internal snapshot' virsh -q snapshot-create-as mix in
stamp mix-0.qcow2 22
keep mix mix-0.qcow2
ok '... and an external one' external mix out
[ "$HOST_MODE" != system ] || chmod a-w mix-0.qcow2 # which does not stop root
ok '... a revert to the internal one' virsh -q snapshot-revert mix in
not_ok '... writes to the layer of the other: its content is lost' holds mix mix-0.qcow2
is '... libvirt lists it' "$(names mix)" 'in out'

# ---- internal in a layer

two_layers ins
ok 'an internal snapshot in the layer of an external one' virsh -q snapshot-create-as ins in
ok '... the external one is deleted' virsh -q snapshot-delete ins s
ok '... with the file that has the other in it' gone ins-0.s
is '... libvirt lists that' "$(names ins)" in
not_ok '... and cannot revert to it' virsh -q snapshot-revert ins in

# ---- commit into a needed layer

two_layers com
ok 'qemu-img commit into a layer that the snapshot needs' qemu-img commit -q -f qcow2 com-0.s
not_ok '... its content is lost' holds com com-0.qcow2
is '... libvirt lists it' "$(names com)" s

# ---- snapshot -a of a needed layer

small_guest app 1
stamp app-0.qcow2 21
qemu-img snapshot -c q app-0.qcow2
stamp app-0.qcow2 22
keep app app-0.qcow2
external app s
ok 'qemu-img snapshot -a of a layer that the snapshot needs' qemu-img snapshot -a q app-0.qcow2
not_ok '... its content is lost' holds app app-0.qcow2
is '... libvirt lists it' "$(names app)" s

# ---- dirty

# dirty NAME: a halted guest on a layer, above a file whose QEMU was killed; what it reads is kept as NAME.
dirty() {
  F=$PWD/$1.qcow2
  guest_disk_make "$F" 64M -o lazy_refcounts=on
  guest_define "$1" - "$F"
  killed "$F"
  ok "dirty: a snapshot of $1" external "$1" s
  later "$1.s"
  keep "$1" "$1.s"
}
dirty qic
ok 'qemu-img commit into a dirty layer' qemu-img commit -q -f qcow2 qic.s
not_ok '... loses data' holds qic qic.qcow2
dirty bco
virsh -q start --paused bco
ok 'blockcommit into a dirty layer' virsh -q blockcommit bco vda --active --pivot
off bco
not_ok '... loses data' holds bco bco.qcow2
dirty del
ok 'snapshot-delete above a dirty layer' virsh -q snapshot-delete del s
not_ok '... loses data' holds del "$(source_of del vda)"

# ---- corrupt

small_guest cor 1
mark cor-0.qcow2 2
not_ok 'a guest on a corrupt image does not start' virsh -q start cor
qemu_says cor '... QEMU says why' 'Image is corrupt'
ok '... a snapshot of it is made' external cor s
stamp cor-0.s 22
ok '... then it starts' virsh -q start --paused cor
ok '... blockcommit' virsh -q blockcommit cor vda --active --pivot
off cor
is '... writes to the image' "$(byte_of cor-0.qcow2 1M)" 22

# ---- no format of the base

# unnamed NAME: NAME.qcow2 on NAME.base, and its header does not say the format of that.
unnamed() {
  qemu-img create -q -f qcow2 -F qcow2 -b "$PWD/$1.base" "$1.qcow2"
  local at
  at=$(LC_ALL=C grep -obUaP '\xe2\x79\x2a\xca' "$1.qcow2" | head -n 1 | cut -d: -f1)
  printf '\x12\x34\x56\x78' | dd of="$1.qcow2" bs=1 seek="$at" conv=notrunc status=none
  guest_define "$1" - "$PWD/$1.qcow2"
}
guest_disk_make one.base 4M
unnamed one
ok 'a guest on a base without a format starts' starts one
truncate -s 4M secret
qemu-img create -q -f qcow2 -F raw -b "$PWD/secret" two.base 4M
unnamed two
not_ok '... if the base has no base itself' virsh -q start two
like '... and libvirt says why' "$ERR" 'format of backing image .*two.base.* was not specified'
for name in one two; do ok '... qemu-img reads either' qemu-img convert -f qcow2 -O raw $name.qcow2 $name.raw; done

# ---- overlay of somebody

two_layers ovl
qemu-img create -q -f qcow2 -F qcow2 -b "$PWD/ovl-0.qcow2" mine.qcow2
keep mine mine.qcow2
ok 'snapshot-delete' virsh -q snapshot-delete ovl s
not_ok '... changes what an overlay on the layer holds' holds mine mine.qcow2

# ---- disk twice

small_guest twi 1
ln -s "$PWD/twi-0.qcow2" again.qcow2
ok 'the guest gets its disk again' virsh -q attach-disk twi "$PWD/again.qcow2" vdb --subdriver qcow2 --config
not_ok '... it does not start' virsh -q start twi
qemu_says twi '... because QEMU locks the file' 'Failed to get "write" lock'
ok '... a snapshot makes two layers of it' external twi s
ok '... then it starts' starts twi

# ---- second domain

two_layers own
guest_define user - "$PWD/own-0.qcow2"
chmod a-w own-0.qcow2
not_ok 'another domain does not start on a layer without write bits' virsh -q start user
qemu_says user '... QEMU is no root' 'own-0.qcow2.*Permission denied'
chmod u+w own-0.qcow2
ok '... but with them, though the snapshot needs it' virsh -q start user
ok '... and writes to it' writes user
not_ok '... then the guest does not start' virsh -q start own
qemu_says own '... because QEMU locks the file' 'Failed to get (shared )?"write" lock'
off user
not_ok '... the content of the snapshot is lost' holds own own-0.qcow2
is '... libvirt lists it' "$(names own)" s

# ---- blockpull

two_layers pul
keep pul.top pul-0.s
virsh -q start --paused pul
ok 'blockpull' virsh -q blockpull pul vda --wait
off pul
ok '... the guest has what it had' holds pul.top pul-0.s
ok '... the snapshot, too' holds pul pul-0.qcow2
not_ok '... but virsh cannot delete it' virsh -q snapshot-delete pul s
is '... libvirt lists it' "$(names pul)" s
ok '... until it is forgotten' virsh -q snapshot-delete pul s --metadata

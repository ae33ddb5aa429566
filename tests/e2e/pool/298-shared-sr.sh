#!/bin/bash
# SPDX-License-Identifier: MIT
# A shared SR of two hosts (tests/lib/hosts.sh): each sees its disks, makes some and finds files, and each plugs its own
# PBD. A folder without the marker, such as an empty mount point, is refused. A VM with a disk in an SR of one host stays.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/pool.sh"

pool_begin 2
SHARED=$HOSTS_DIR/shared
vxe() { on "$AT" vxe "$@"; } # for wrong, leads
get() { on "$1" plain "$2-param-get" uuid="$3" param-name="$4"; }
list() { on "$1" plain "$2-list" params="$3" --minimal "${@:4}" | tr , '\n' | sort | paste -sd' '; }
pbd() { on "$1" plain pbd-list sr-uuid="$SR" host-uuid="${HOST[$2]}" --minimal; }
BOTH=$(printf '%s\n' "${HOST[@]:1}" | sort | paste -sd' ')

# ---- one SR of both --------------------------------------------------------------------------------------

SR=$(on 1 plain sr-create name-label=common type=file shared=true device-config:location=/mnt/sr/images)
exits 7 'it stays shared while two hosts have it' on 1 vxe sr-param-set uuid="$SR" shared=false
like '... which the error says' "$ERR" 'connected to 2 hosts'
is '... and it is' "$(on 2 plain sr-param-get uuid="$SR" param-name=shared)" true
for i in 1 2; do
  is "h$i sees the SR" "$(get $i sr "$SR" name-label)" common
  is '... with a PBD of each host' "$(list $i pbd host-uuid sr-uuid="$SR")" "$BOTH"
  is '... which are attached' "$(list $i pbd currently-attached sr-uuid="$SR")" 'true true'
  is '... and is shared' "$(get $i sr "$SR" host)" '<shared>'
  head -c 1M /dev/urandom >"$SHARED/content$i"
  VDI[i]=$(on $i plain vdi-create sr-uuid="$SR" name-label=d$i virtual-size=1MiB type=user)
  ok "h$i writes a disk" on $i vxe vdi-import uuid="${VDI[i]}" filename=/mnt/sr/content$i format=raw
done
for i in 1 2; do
  j=$((3 - i))
  is "h$i sees both disks" "$(list $i vdi name-label sr-uuid="$SR")" 'd1 d2'
  ok "... reads that of h$j" on $i vxe vdi-export uuid="${VDI[j]}" filename=/mnt/sr/read$i format=raw
  ok '... byte by byte' cmp "$SHARED/content$j" "$SHARED/read$i"
done
on 1 qemu-img create -q -f qcow2 /mnt/sr/images/found.qcow2 1M
for i in 2 1; do
  ok "h$i scans the SR" on $i vxe sr-scan uuid="$SR"
  is '... which has each disk once' "$(list $i vdi name-label sr-uuid="$SR")" 'd1 d2 found.qcow2'
done
orphan=77777777-3333-4444-8555-666666666666.mem
echo x >"$SHARED/images/$orphan"
for i in 1 2; do
  run on $i vxe check
  is "h$i reports a file without a record once" "$(grep -c "$orphan" <<<"$OUT$ERR")" 1
done
rm "$SHARED/images/$orphan"

# ---- VMs ---------------------------------------------------------------------------------------------------

echo "<domain type='qemu'><name>v</name><memory>65536</memory><os><type arch='x86_64'>hvm</type></os></domain>" \
  >"$HOSTS_DIR/h1/own/v.xml"
ok 'h1 has a VM' on 1 virsh -q define v.xml
V=$(on 1 plain vm-list name-label=v --minimal)
ok '... with a disk of the shared SR' on 1 vxe vbd-create vm-uuid="$V" vdi-uuid="${VDI[1]}" device=0
is '... which can run on both hosts' "$(get 2 vm "$V" possible-hosts | tr -d " " | tr ";" "\n" | sort | paste -sd" ")" "$BOTH"
LOCAL=$(on 1 plain pbd-list host-uuid="${HOST[1]}" sr-name-label='Local storage' params=sr-uuid --minimal)
OWN=$(on 1 plain vdi-create sr-uuid="$LOCAL" name-label=own virtual-size=1MiB type=user)
ok '... and one of its own' on 1 vxe vbd-create vm-uuid="$V" vdi-uuid="$OWN" device=1
is '... which ties it to h1' "$(get 2 vm "$V" possible-hosts)" "${HOST[1]}"

# ---- each host plugs its own PBD ---------------------------------------------------------------------------

P2=$(pbd 1 2)
ok 'h2 unplugs the SR' on 2 vxe pbd-unplug uuid="$P2"
is '... h1 has it' "$(get 2 pbd "$(pbd 2 1)" currently-attached)/$(get 1 pbd "$P2" currently-attached)" true/false
ok '... and writes to it' on 1 vxe vdi-resize uuid="${VDI[2]}" disk-size=2MiB
AT=2
wrong SR_NOT_ATTACHED 'h2 does not' sr-scan uuid="$SR"
if on 2 mount -t tmpfs tmpfs /mnt/sr/images 2>/dev/null; then
  wrong SR_ATTACH_FAILED 'an empty mount point' pbd-plug uuid="$P2"
  ok '... nothing was made in it' on 2 eval '[ -z "$(ls -A /mnt/sr/images)" ]'
  on 2 umount /mnt/sr/images
fi
ok 'h2 plugs it' on 2 vxe pbd-plug uuid="$P2"
if on 2 mount -t tmpfs tmpfs /mnt/sr/images 2>/dev/null; then
  wrong SR_NOT_ATTACHED 'the storage has gone' vdi-create sr-uuid="$SR" name-label=x virtual-size=1MiB type=user
  on 2 umount /mnt/sr/images
fi
is '... each disk is there once' "$(list 2 vdi name-label sr-uuid="$SR")" 'd1 d2 found.qcow2'

# ---- an SR of one host becomes shared ------------------------------------------------------------------------

SR=$(on 1 plain sr-create name-label=single type=file device-config:location=/mnt/sr/single)
share=(pbd-create host-uuid="${HOST[2]}" sr-uuid="$SR" device-config:location=/mnt/sr/single)
wrong SR_NOT_SHARABLE 'an SR of h1 alone' "${share[@]}"
leads SR_NOT_SHARABLE 1
again SR_NOT_SHARABLE vxe "${share[@]}"
ok '... which h2 plugs' on 2 vxe pbd-plug uuid="$(pbd 2 2)"
is '... and h1 has' "$(list 1 pbd currently-attached sr-uuid="$SR")" 'true true'
for i in 1 2; do ok "vxe check is clean on h$i" on $i vxe check; done
database_end

#!/bin/bash
# SPDX-License-Identifier: MIT
# limit 7200
# VMs with a schedule, one night after the other, beside a domain whose disk is a volume of a pool that libvirt does not have and
# that vxe never found: no snapshot fails, each VM has the snapshots and a few layers, and check has one line of it. Four VMs and
# five nights; in ring all a hundred VMs and sixty nights.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

SIZE=${LONG:+100} LAST=${LONG:+60} KEPT=3
SIZE=${SIZE:-4} LAST=${LAST:-5}
WHY='domain b names pool p, which libvirt does not have'
pool() { virsh -q pool-define-as p dir --target "$PWD/priv" >/dev/null && virsh -q pool-start p >/dev/null; }

guest_disk_make seed.qcow2 4M
UUIDS=()
for ((i = 0; i < SIZE; i++)); do
  cp seed.qcow2 "x$i.qcow2" && stamp "x$i.qcow2" $((i % 200 + 1)) && guest_define "x$i" - "$PWD/x$i.qcow2"
  UUIDS+=("$(virsh domuuid "x$i")")
done
vxe vm-list --minimal >/dev/null
# The overlay of somebody is on a layer that the first night freezes.
exits 0 'a schedule' vxe vmss-create name-label=nightly type=snapshot frequency=daily schedule:hour=3 retained-snapshots=$KEPT
SCHEDULE=$OUT
for uuid in "${UUIDS[@]}"; do vxe vm-param-set uuid="$uuid" snapshot-schedule="$SCHEDULE"; done
mkdir -m 0755 priv && pool
qemu-img create -q -f qcow2 -F qcow2 -b "$PWD/x0.qcow2" priv/o.qcow2
guest_xml b - /none | sed "s|<disk type='file'|<disk type='volume'|; s|<source file='/none'/>|<source pool='p' volume='o.qcow2'/>|" >b.xml
virsh -q define b.xml
virsh -q pool-destroy p >/dev/null && virsh -q pool-undefine p >/dev/null

for ((night = 0; night < LAST; night++)); do
  vxe vmss-run uuid="$SCHEDULE" >taken 2>said || break
  [ "$(sort -u taken | grep -c .)" = "$SIZE" ] || break
  stamp "$(vdi_files "${UUIDS[night % SIZE]}")" $((night + 1)) 2M
done
is 'no night fails' "$night" "$LAST"
[ "$night" = "$LAST" ] || tail -n 20 taken said
is 'each VM has the snapshots that are kept' "$(plain snapshot-list scheduled=true --minimal | tr , '\n' | grep -c .)" $((SIZE * KEPT))
most=0
for ((i = 0; i < SIZE; i++)); do
  n=$(layers_of "${UUIDS[i]}")
  [ "$n" -le $most ] || most=$n
  [ "$(byte_of "$(vdi_files "${UUIDS[i]}")" 1M)" = $((i % 200 + 1)) ] || break
done
is 'each disk has its bytes' "$i" "$SIZE"
ok "... in few layers ($most)" [ "$most" -le $((KEPT + 3)) ]
is 'the overlay reads as before' "$(byte_of priv/o.qcow2 1M) $(byte_of priv/o.qcow2 2M)" '1 0'
ok 'check is clean' vxe check
is '... and says it in one line' "$(grep -c "$WHY" <<<"$OUT$ERR")" 1
pool
ok 'with its pool the layers go' vxe sr-coalesce
ok '... all that nobody needs' [ "$(layers_of "${UUIDS[SIZE - 1]}")" -le $((KEPT + 1)) ]
is '... the overlay reads as before' "$(byte_of priv/o.qcow2 1M) $(byte_of priv/o.qcow2 2M)" '1 0'

#!/bin/bash
# SPDX-License-Identifier: MIT
# A list changes nothing in libvirt, also the very first. libvirt's pool "vxe" comes with the first image in the SR "Local
# storage", whatever operation makes it, also after a kill; then it is not looked at again.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

conf=/etc/libvirt
[ "$HOST_MODE" = system ] || conf=$XDG_CONFIG_HOME/libvirt

# Each file, folder and link of libvirt's configuration, with its content. In mode session, running guests have sockets there.
libvirt_has() {
  find "$conf" -path "$conf/qemu/lib" -prune -o -printf '%P %y %m %U %s %T@ %l\n' | sort
  find "$conf" -path "$conf/qemu/lib" -prune -o -type f -exec sha256sum {} + | sort
}
pools() { virsh -q pool-list --all | awk '{ print $1, $2, $3 }'; }
# What the SR and its PBD look like; the space that is free changes by itself.
storage_says() {
  plain sr-list
  plain pbd-list
  plain sr-param-list uuid="$SR" | grep -vE 'physical-|virtual-allocation|VDIs'
  plain sr-list --json params=uuid,name-label,type,content-type,shared,PBDs,other-config,sm-config
}
# fresh: a new store and a libvirt without pools; the guest stays.
fresh() {
  store_new
  rm -rf "$HOST_IMAGES"
  virsh -q pool-list --name | while read -r x; do virsh -q pool-destroy "$x" >/dev/null; done
  virsh -q pool-list --all --name | while read -r x; do virsh -q pool-undefine "$x" >/dev/null; done
  vxe sr-list name-label='Local storage' --minimal
}
# comes WHAT CMD...: CMD puts the first image into the SR of a new store.
comes() {
  local what=$1
  shift
  SR=$(fresh)
  is "$what: no pool before" "$(pools)" ''
  ok '... it is done' "$@" || return
  is '... the pool is there' "$(pools)" 'vxe active yes'
}

small_guest web 1
guest_start web

diag 'lists'
before=$(libvirt_has)
for list in vm-list sr-list snapshot-list pbd-list vdi-list host-list network-list check; do
  ok "$list" vxe $list
done
is 'there is no pool' "$(pools)" ''
is "libvirt's configuration is as before, byte for byte" "$(libvirt_has)" "$before"
SR=$(vxe sr-list name-label='Local storage' --minimal)
says=$(storage_says)

diag 'a dry run'
exits 0 'vdi-create --dry-run' vxe vdi-create sr-uuid="$SR" name-label=d virtual-size=1MiB --dry-run
exits 0 '... --verbose' vxe vdi-create sr-uuid="$SR" name-label=d virtual-size=1MiB --dry-run --verbose
like '... names the pool' "$OUT" "define: libvirt's storage pool of $HOST_IMAGES"
exits 0 'vm-checkpoint --dry-run' vxe vm-checkpoint vm=web new-name-label=one --dry-run
is "... changes nothing in libvirt" "$(libvirt_has)" "$before"

diag 'an image in another folder: the layers of a disk lie beside it'
ok 'a snapshot' vxe vm-snapshot vm=web new-name-label=beside
like '... is in the folder of the disk' "$(vdi_files "$UUID")" "^$PWD/"
is '... so there is no pool' "$(pools)" ''

diag 'the first image'
ok 'vdi-create' vxe vdi-create sr-uuid="$SR" name-label=d virtual-size=1MiB
vdi=$OUT
is '... brings the pool, active and autostarted' "$(pools)" 'vxe active yes'
unlike '... the next dry run does not name it' "$(vxe vdi-create sr-uuid="$SR" name-label=d virtual-size=1MiB --dry-run --verbose)" 'storage pool'
like '... of the folder' "$(virsh pool-dumpxml vxe)" "<path>$HOST_IMAGES</path>"
is '... with the UUID of the SR' "$(virsh pool-uuid vxe | grep .)" "$SR"
is '... the SR and its PBD print the same' "$(storage_says)" "$says"
ok 'vxe check is clean' vxe check

diag 'a pool that the user removes does not come back by itself'
virsh -q pool-destroy vxe && virsh -q pool-undefine vxe
ok 'another image' vxe vdi-create sr-uuid="$SR" name-label=e virtual-size=1MiB
is '... brings none' "$(pools)" ''
for x in $vdi $OUT; do vxe vdi-destroy uuid="$x"; done
ok 'unplug' vxe pbd-unplug uuid="$(vxe pbd-list sr-uuid="$SR" --minimal)"
ok 'plug' vxe pbd-plug uuid="$(vxe pbd-list sr-uuid="$SR" --minimal)"
is '... makes it again' "$(pools)" 'vxe active yes'

diag 'whatever makes the image'
vxe snapshot-uninstall vm=web snapshot=beside --force
virsh -q destroy web
new_disk() { vxe vdi-create sr-uuid="$SR" name-label=d virtual-size=1MiB; }
# taken: the guest is of an earlier store.
taken() { vxe vm-param-set uuid="$UUID" other-config:take-over=true; }
copy() { taken && vxe vm-copy vm=web new-name-label=copy sr-uuid="$SR"; }
checkpoint() { guest_start web && taken && vxe vm-checkpoint vm=web new-name-label=memory; }
import() { vxe vm-import filename="$PWD/web.xva" sr-uuid="$SR"; }
found() {
  qemu-img create -q -f qcow2 "$HOST_IMAGES/mine.qcow2" 1M
  vxe sr-scan uuid="$SR"
}
introduced() {
  qemu-img create -q -f qcow2 "$HOST_IMAGES/mine.qcow2" 1M
  vxe vdi-introduce uuid=5c1f2a64-3b5e-4d7a-9b43-2f0d8f6f7a11 sr-uuid="$SR" type=user location=mine.qcow2
}
ok 'an archive' vxe vm-export vm=web filename="$PWD/web.xva"
comes vm-copy copy
copied=$OUT
comes vm-import import
for x in "$copied" "$OUT"; do virsh -q undefine "$x"; done
comes sr-scan found
comes vdi-introduce introduced
comes vm-checkpoint checkpoint
virsh -q destroy web

diag 'sr-scan of an empty SR'
SR=$(fresh)
ok 'sr-scan' vxe sr-scan uuid="$SR"
is '... makes no pool' "$(pools)" ''

diag 'kills'
for point in make-image make-image:after result result:after; do
  SR=$(fresh)
  (VXE_FAILPOINT=vdi-create:$point=die new_disk) >/dev/null 2>&1
  is "killed at $point: no pool" "$(pools)" ''
  ok '... a list' vxe vdi-list
  is '... brings none' "$(pools)" ''
  ok '... the next image' new_disk
  is '... brings the pool' "$(pools)" 'vxe active yes'
  ok '... check is clean' vxe check
done

diag 'a pool that a vxe which died has defined and not started'
SR=$(fresh)
virsh -q pool-define <(echo "<pool type='dir'><name>vxe</name><uuid>$SR</uuid><target><path>$HOST_IMAGES</path></target></pool>") >/dev/null
is 'it is there' "$(pools)" 'vxe inactive no'
ok 'the next image' new_disk
is '... completes it' "$(pools)" 'vxe active yes'

diag 'two at once'
SR=$(fresh)
for i in 1 2 3; do
  new_disk >"$i.out" 2>&1 &
  jobs[i]=$!
done
for i in 1 2 3; do
  ok "disk $i" wait "${jobs[i]}"
done
is '... bring one pool' "$(pools)" 'vxe active yes'

diag 'names'
SR=$(fresh)
mkdir other
virsh -q pool-define-as vxe dir --target "$PWD/other" >/dev/null
ok 'the name vxe is taken' new_disk
is '... the pool has another' "$(pools | sort)" "vxe inactive no
vxe-${SR:0:8} active yes"
SR=$(fresh)
virsh -q pool-define-as mine dir --target "$HOST_IMAGES" >/dev/null
ok 'the folder is a pool already' new_disk
is '... which stays as it is' "$(pools)" 'mine inactive no'
fresh >/dev/null
store_new
rm -rf "$HOST_IMAGES"
mkdir -p "$HOST_IMAGES"
virsh -q pool-define-as mine dir --target "$HOST_IMAGES" >/dev/null
ok 'also before the first use' vxe vm-list
SR=$(vxe sr-list name-label='Local storage' --minimal)
ok '... an image' new_disk
is '... brings none' "$(pools)" 'mine inactive no'

diag 'without libvirt'
SR=$(fresh)
host_daemon_stop
run new_disk
stopped=$STATUS
host_daemon_start
[ "$stopped" != 0 ] || is 'made without libvirt: no pool' "$(pools)" ''
ok 'the next image' new_disk
is '... brings it' "$(pools)" 'vxe active yes'
ok 'vxe check is clean' vxe check

#!/bin/bash
# SPDX-License-Identifier: MIT
# Snapshots are deleted on a full disk: the guest and its data survive, whether or not the layers can be merged at once.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

[ "$HOST_MODE" = system ] || skip_all 'full file systems: no mounts in session mode'

# mount_small TYPE: a file system of 8 MiB at full/, without reserved blocks.
mount_small() {
  mkdir -p full
  case $1 in
  tmpfs) mount -t tmpfs -o size=8m,mode=0755 tmpfs full ;;
  ext4)
    truncate -s 8M full.img
    mkfs.ext4 -q -F -m 0 -b 4096 -O ^has_journal full.img && mount -o loop full.img full
    ;;
  esac
}
# Fills the file system to the last block.
fill() {
  dd if=/dev/zero of=full/.fill bs=64k 2>/dev/null
  dd if=/dev/zero of=full/.fill bs=4k oflag=append conv=notrunc 2>/dev/null
  sync -f full
}
is_full() { ! dd if=/dev/zero of=full/.probe bs=4k count=1 conv=fsync 2>/dev/null; rm -f full/.probe; }

# chain [STAMP]: a running guest in full/ with snapshots s0, s1 and s2; after each of them its disk was written to.
# STAMP: each layer has a MiB that the layers below lack.
chain() {
  local i
  mkdir -p full
  qemu-img create -q -f qcow2 full/web.qcow2 4M
  guest_install full/web.qcow2
  guest_define web - "$PWD/full/web.qcow2"
  UUID=$(virsh domuuid web)
  snaps=()
  [ -n "${1-}" ] || guest_start web || exit 1
  for i in 0 1 2; do
    snapshot "$UUID" "s$i" || exit 1
    snaps[i]=$SNAP
    keep_content "s$i" "$SNAP"
    if [ -n "${1-}" ]; then
      stamp_disks "$UUID" $((17 + i)) $((1 + i))M 1M
    else
      written
    fi
  done
  [ -z "${1-}" ] || guest_start web && written
  PID=$(guest_pid web)
}
# The disk has the guest's newest counter, so the sectors that it writes are allocated.
written() { wait_until 20 leaf_is_past "$(guest_counter web)" || exit 1; }
leaf_is_past() { [ "$(counter_of "$(vdi_files "$UUID")")" -gt "$1" ] 2>/dev/null; }

# Images in the form of an earlier vxe, with holes.
old_layout() {
  local f
  for f in full/????????-*.qcow2; do
    touch -r "$f" full.time # a layer that is written to is refused
    fallocate -p -o 12288 -l 53248 "$f"
    touch -r full.time "$f"
  done
}

alive() {
  ok "$1: the guest counts" guest_counts web
  is "$1: in the same process" "$(guest_pid web)" "$PID"
  local i
  for i in "${!snaps[@]}"; do
    ok "$1: snapshot $i holds what it held" has_content "s$i" "${snaps[i]}"
  done
  ok "$1: vxe check is clean" vxe check
}
# drop I: deletes the snapshot while there is no free space.
drop() {
  ok "snapshot $1 goes" vxe snapshot-uninstall uuid="${snaps[$1]}" force=true
  unset "snaps[$1]"
  alive "snapshot $1"
}
waiting() { vxe sr-coalesce | sed -n 's/^ *layers-waiting: //p'; }
with_room() {
  rm full/.fill
  is 'with room again nothing waits' "$(waiting)" 0
  alive 'merged'
}

end() {
  local before
  before=$(guest_counter web)
  virsh -q destroy web
  ok "what the guest wrote is there ($before)" \
    test "$(counter_of "$(vdi_files "$UUID")")" -ge $((before - GUEST_STEP))
  vxe vm-uninstall uuid="$UUID" force=true >/dev/null
  umount full
}

declare -A order=([tmpfs]='1 0 2' [ext4]='2 1 0')
for fs in tmpfs ext4; do
  diag "$fs, in the order ${order[$fs]}"
  mount_small $fs || exit 1
  chain
  fill
  ok 'not a block is left' is_full
  for i in ${order[$fs]}; do drop "$i"; done
  is 'no layer is left' "$(find full -name '????????-*.qcow2')" ''
  end

  diag "$fs, layers with holes"
  mount_small $fs || exit 1
  chain
  old_layout
  fill
  drop 1
  isnt 'the layer waits' "$(waiting)" 0
  with_room
  end
done

# The copy itself has too little space: QEMU ends it, and the guest continues.
diag 'layers that have to grow'
mount_small tmpfs
chain stamped
fill
for i in 1 2 0; do drop $i; done
isnt 'layers wait' "$(waiting)" 0
alive 'after one more attempt'
with_room
virsh -q destroy web
stamp_is() { [ "$(byte_of "$(vdi_files "$UUID")" "$1")" = "$2" ]; }
for i in 0 1 2; do ok "the VM has its stamp $i" stamp_is $(((1 + i) << 20)) $((17 + i)); done
vxe vm-uninstall uuid="$UUID" force=true >/dev/null
umount full

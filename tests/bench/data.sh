# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Acts that move MIB of data, half of which does not compress: merges, copies of layers and archives. What is written is
# synced on both sides. Sourced by bench.sh.

MIB=${BENCH_MIB-512}

# noise FILE: MIB of data; each second MiB is random.
noise() {
  local i
  for ((i = 0; i < MIB; i += 2)); do
    head -c 1M /dev/urandom
    yes "block $i" | head -c 1M
  done >"$1"
}

# write_noise IMAGE: the data behind the first MiB, where the guest keeps its program.
write_noise() {
  qemu-io -f qcow2 -c "write -q -s $PWD/noise 1M ${MIB}M" "$1" >/dev/null || fail "$1 cannot be written"
}

synced() { "$@" && sync -f .; }
# piped IMAGE FILE: its content, compressed.
piped() { nbdcopy -- [ qemu-nbd -r -f qcow2 "$1" ] - | zstd -q -1 -T1 >"$2"; }
# What vxe does in one: a merge, and the file that nobody needs any more is gone.
qemu_img_merge() { qemu-img commit -q -t none -d over.qcow2 && rm over.qcow2; }
virsh_merge() { virsh -q blockcommit theirs vda --active --pivot --wait && rm theirs-0.s; }
export -f synced piped qemu_img_merge virsh_merge

# write_row ROW SIDE CMD...: one sample of what is written and synced, once the disk is done with all before.
write_row() {
  sync -f .
  took "$1" "$2" bash -c "synced ${*:3}"
}

ours_merges() { write_row "merge of $MIB MiB, $STATE" vxe "$VXE_BENCH" snapshot-uninstall uuid="$SNAPSHOT" force=true; }
qemu_img_merges() { write_row "merge of $MIB MiB, $STATE" 'qemu-img commit, rm' qemu_img_merge; }
virsh_merges() { write_row "merge of $MIB MiB, $STATE" 'virsh blockcommit, rm' virsh_merge; }

merge_halted() {
  local STATE=halted SNAPSHOT
  SNAPSHOT=$(vxe vm-snapshot vm=ours new-name-label=s) || fail 'no snapshot'
  write_noise "$(vdi_files "${UUID_OF[ours]}" | head -n 1)"
  rm -f below.qcow2
  guest_disk_make below.qcow2 "$((MIB + 64))M" &&
    guest_disk_make over.qcow2 "$((MIB + 64))M" -F qcow2 -b below.qcow2 || fail 'no disk'
  write_noise over.qcow2
  in_turn qemu_img_merges ours_merges
}

merge_running() {
  local STATE=running SNAPSHOT
  SNAPSHOT=$(vxe vm-snapshot vm=ours new-name-label=s) || fail 'no snapshot'
  write_noise "$(vdi_files "${UUID_OF[ours]}" | head -n 1)"
  virsh -q snapshot-create-as theirs s "${VIRSH_SNAPSHOT[@]}" >/dev/null || fail 'no snapshot'
  write_noise theirs-0.s
  vxe vm-start vm=ours && virsh -q start theirs >/dev/null || fail 'no start'
  guest_counts ours && guest_counts theirs || fail 'a guest does not count'
  in_turn virsh_merges ours_merges
  virsh -q destroy ours >/dev/null
  virsh -q destroy theirs >/dev/null
}

# The VDI of the disk of "ours".
disk_of_ours() { vxe vbd-list vm-uuid="${UUID_OF[ours]}" params=vdi-uuid --minimal; }

ours_flattens() { write_row "flatten of $MIB MiB, $STATE" vxe "$VXE_BENCH" vdi-flatten uuid="$(disk_of_ours)"; }
qemu_img_flattens() {
  write_row "flatten of $MIB MiB, $STATE" 'qemu-img convert' qemu-img convert -f qcow2 -O qcow2 "$FROZEN" flat.qcow2
  rm -f flat.qcow2
}
virsh_flattens() { write_row "flatten of $MIB MiB, $STATE" 'virsh blockpull' virsh -q blockpull theirs vda --wait; }

flatten_halted() {
  local snapshot STATE=halted FROZEN
  snapshot=$(vxe vm-snapshot vm=ours new-name-label=s) || fail 'no snapshot'
  FROZEN=$(vdi_files "$snapshot" | head -n 1)
  in_turn qemu_img_flattens ours_flattens
  remove_snapshot "$snapshot"
}

flatten_running() {
  local snapshot STATE=running
  snapshot=$(vxe vm-snapshot vm=ours new-name-label=s) || fail 'no snapshot'
  virsh -q snapshot-create-as theirs s "${VIRSH_SNAPSHOT[@]}" >/dev/null || fail 'no snapshot'
  vxe vm-start vm=ours && virsh -q start theirs >/dev/null || fail 'no start'
  guest_counts ours && guest_counts theirs || fail 'a guest does not count'
  in_turn virsh_flattens ours_flattens
  virsh -q destroy ours >/dev/null
  virsh -q destroy theirs >/dev/null
  remove_snapshot "$snapshot"
  virsh -q define theirs.xml >/dev/null && rm -f theirs-0.s
}

archives() {
  local disk uuid
  disk=$(vdi_files "${UUID_OF[ours]}" | head -n 1)
  rm -f a.xva a.raw a.zst
  took "export of $MIB MiB" vxe bash -c "synced $VXE_BENCH vm-export vm=ours filename=a.xva"
  took "export of $MIB MiB" 'qemu-img convert' bash -c "synced qemu-img convert -O raw $disk a.raw"
  took "import of $MIB MiB" vxe bash -c "synced $VXE_BENCH vm-import filename=a.xva"
  uuid=$OUT
  took "import of $MIB MiB" 'qemu-img convert' bash -c "synced qemu-img convert -O qcow2 a.raw a.qcow2"
  vxe vm-uninstall uuid="$uuid" force=true >/dev/null || fail 'no uninstall'
  took "export of $MIB MiB, zstd" vxe \
    bash -c "synced $VXE_BENCH vm-export vm=ours filename=a.zst compress=zstd"
  took "export of $MIB MiB, zstd" 'nbdcopy, zstd -1' \
    bash -c "synced piped $disk a.raw.zst"
  rm -f a.xva a.raw a.zst a.qcow2 a.raw.zst
}

noise noise
for n in ours theirs; do
  qemu-img create -q -f qcow2 "$n-0.qcow2" "$((MIB + 64))M" && guest_install "$n-0.qcow2" &&
    guest_define "$n" - "$PWD/$n-0.qcow2" && virsh -q dumpxml "$n" --inactive >"$n.xml" || fail "no $n"
  UUID_OF[$n]=$(virsh -q domuuid "$n" | head -n 1)
  write_noise "$n-0.qcow2"
done
vxe vm-list --minimal >/dev/null
each_round flatten_halted
each_round flatten_running
each_round merge_halted
each_round merge_running
each_round archives

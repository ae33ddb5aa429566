# shellcheck shell=bash
# shellcheck disable=SC2034 # for tests
# SPDX-License-Identifier: MIT
# For tests of disks: small guests, the content of their images, the users of each file. Sourced after e2e.sh. Images
# are compared completely, as raw bytes; those of a running guest are only read.

DISK_SIZE=4M

# ---- guests --------------------------------------------------------------------------------------

# small_guest NAME N: like guest_make, with disks that are quick to compare. Sets UUID.
small_guest() {
  local i
  local -a disks=()
  for ((i = 0; i < $2; i++)); do
    guest_disk_make "$1-$i.qcow2" "$DISK_SIZE" && disks+=("$PWD/$1-$i.qcow2")
  done
  guest_install "$1-0.qcow2" && guest_define "$1" - "${disks[@]}" && UUID=$(virsh domuuid "$1")
}

# stamp FILE BYTE [AT [LENGTH [FORMAT]]]: writes as a guest might have done; the guest is halted.
stamp() {
  forced "$1" qemu-io -f "${5-qcow2}" -c "write -q -P $2 ${3-1M} ${4-64k}" "$1" >/dev/null
}

# stamp_disks VM BYTE [AT [LENGTH]]: BYTE on its first disk, BYTE + 1 on the second ...
stamp_disks() {
  local file byte=$2
  for file in $(vdi_files "$1"); do
    stamp "$file" $((byte++)) "${3-1M}" "${4-64k}" || return
  done
}

# snapshot VM NAME: sets SNAP.
snapshot() { SNAP=$(vxe vm-snapshot uuid="$1" new-name-label="$2"); }

# frozen_guest NAME: a halted guest of one disk, with a snapshot SNAP; byte 5 below it, 6 above.
frozen_guest() {
  small_guest "$1" 1
  stamp "$1-0.qcow2" 5
  vxe vm-list >/dev/null
  snapshot "$UUID" s
  stamp "$(vdi_files "$UUID")" 6
}

# layers_of VM: how many files its only disk is made of.
layers_of() { qemu-img info -U --backing-chain "$(vdi_files "$1")" | grep -c '^image:'; }

# ---- content -------------------------------------------------------------------------------------

# keep_content KEY VM: keeps the present content of the disks of a VM or snapshot.
keep_content() {
  local file n=0
  for file in $(vdi_files "$2"); do
    qemu-img convert -U -f qcow2 -O raw "$file" "$1.raw$n" || return
    n=$((n + 1))
  done
  [ $n -gt 0 ]
}

# has_content KEY VM: the disks hold, byte by byte, the content kept as KEY.
has_content() {
  local file n=0
  for file in $(vdi_files "$2"); do
    qemu-img convert -U -f qcow2 -O raw "$file" now.raw && cmp now.raw "$1.raw$n" || return
    n=$((n + 1))
  done
  [ $n -gt 0 ] && [ ! -e "$1.raw$n" ]
}

# ---- what vxe says ---------------------------------------------------------------------------------

vdi_file() { plain vdi-param-get uuid="$1" param-name=sm-config param-key=file; }

# vdi_of VM [N]: the VDI of the VM's disk at position N.
vdi_of() {
  plain vbd-list vm-uuid="$1" userdevice="${2-0}" params=vdi-uuid --minimal
}

# The images of all VDIs, as lines "VDI FILE".
vdi_table() {
  plain vdi-list params=uuid,sm-config | awk '
    $1 == "uuid" { uuid = $NF }
    $1 == "sm-config" && match($0, /file: [^;]*/) {
      print uuid, substr($0, RSTART + 6, RLENGTH - 6)
    }'
}

# disk_table: lines "VM POSITION VDI" of every disk.
disk_table() {
  plain vbd-list type=Disk params=vm-uuid,userdevice,vdi-uuid | awk '
    $1 == "vm-uuid" { vm = $NF }
    $1 == "vdi-uuid" { vdi = $NF }
    $1 == "userdevice" { at = $NF }
    NF == 0 && vm { print vm, at, vdi; vm = "" }
    END { if (vm) print vm, at, vdi }'
}

# The number of layers that vxe made: files named by a UUID.
images_made() { images | wc -l; }
images() {
  find "$PWD" "$HOST_IMAGES" -name '????????-????-????-????-????????????.qcow2' 2>/dev/null
}

# ---- what libvirt says -----------------------------------------------------------------------------

# source_of VM TARGET: the file that the definition names.
source_of() {
  virsh dumpxml --inactive "$1" | awk -v target="$2" '
    /<disk / { file = "" }
    /<source / && match($0, /(file|dev|volume)=.[^'\''"]*/) {
      file = substr($0, RSTART, RLENGTH); sub(/^[a-z]*=./, "", file)
    }
    /<target / && $0 ~ "dev=." target { print file }'
}

# The definitions of all domains and the state of all files that a command could change; equal if nothing changed.
everything() {
  local d f
  for d in $(virsh -q list --all --uuid | sort); do
    virsh dumpxml --inactive "$d"
  done
  for f in "$PWD"/*.qcow2 "$HOST_IMAGES"/*.qcow2; do
    [ ! -f "$f" ] || stat -c '%n %a %s' "$f"
  done
  plain vm-list params=uuid,name-label,parent,snapshot-of,snapshots,VBDs
  plain vdi-list params=uuid,sr-uuid,sm-config,snapshot-of,managed
}

# note_everything, then unchanged WHAT: passes if nothing has changed in between.
note_everything() { everything >everything.before; }
unchanged() {
  everything >everything.now
  ok "$1" diff -U1 everything.before everything.now
}

# Makes vxe record the changes by other programs, as any command that acts on the VM does.
act() { vxe vm-param-set uuid="$1" name-description=seen; }

# documented_guest: the running guest "web" of README.md and docs/start.md, first in each list; puts vxe into PATH.
documented_guest() {
  mkdir bin
  ln -s "$VXE" bin/vxe
  PATH=$PWD/bin:$PATH
  guest_disk_make web.qcow2 64M
  guest_install web.qcow2
  guest_define web 00000000-0000-4000-8000-000000000001 "$PWD/web.qcow2"
  guest_start web
}

# ---- file systems that hang or are dead --------------------------------------------------------------

# A bindfs stands for a server: stopped, it hangs as an NFS server that is not reached; killed, its mount is dead.
has_bindfs() { command -v bindfs && [ -c /dev/fuse ] && [ "$(id -u)" = 0 ]; }

BINDFS=() MOUNTED=()
# bindfs_mount DIR AT: shows DIR at AT. The words below are about all of them.
bindfs_mount() {
  MOUNTED+=("$PWD/$2")
  trap 'bindfs_end; finish' EXIT
  bindfs -f -o allow_other "$PWD/$1" "$PWD/$2" &
  BINDFS+=($!)
  wait_until 10 mountpoint -q "$PWD/$2"
}
# Stopped once all its threads are: what one of them had taken on before could be ended by no signal.
bindfs_stop() {
  local p
  kill -STOP "${BINDFS[@]}"
  for p in "${BINDFS[@]}"; do wait_until 5 threads_stand "$p"; done
}
threads_stand() { [ -z "$(grep -L '^State:[[:space:]]*T' /proc/"$1"/task/*/status 2>/dev/null)" ]; }
bindfs_go_on() { kill -CONT "${BINDFS[@]}"; }
bindfs_kill() {
  kill -KILL "${BINDFS[@]}"
  wait "${BINDFS[@]}" 2>/dev/null
  BINDFS=()
}
bindfs_end() {
  local status=$? p
  for p in "${BINDFS[@]}"; do kill -CONT "$p" 2>/dev/null; done
  for p in "${MOUNTED[@]}"; do umount -l "$p" 2>/dev/null; done
  # A running guest has a namespace of mounts of its own, in which the mount stays.
  for p in "${BINDFS[@]}"; do kill "$p" && wait "$p"; done 2>/dev/null
  BINDFS=() MOUNTED=()
  return $status
}

# took CMD...: runs it as run() does, and sets MS.
took() {
  local from
  from=$(date +%s%3N)
  run "$@"
  MS=$(($(date +%s%3N) - from))
}
none_left() { [ -z "$(vxe_processes)" ]; }

# ---- other programs' incremental backups ----------------------------------------------------------

# guest_inside VM COMMAND: qemu-io's command, by the QEMU of the guest; if it succeeds its words go to QEMU's own output.
guest_inside() {
  virsh -q qemu-monitor-command "$1" --hmp \
    "qemu-io -d /machine/peripheral/virtio-disk0/virtio-backend \"$2\"" >inside.out 2>&1
  ! grep -q '[a-z]' inside.out || { cat inside.out && return 1; }
}
# guest_off VM, guest_on VM: as by pulling the plug; paused.
# guest_put VM BYTE AT [LENGTH]: the guest writes, or its image is written to as a guest would have done.
guest_put() {
  if guest_is_off "$1"; then
    stamp "$(source_of "$1" vda)" "$2" "$3" "${4-64k}"
  else
    guest_inside "$1" "write -P $2 $3 ${4-64k}" && guest_inside "$1" flush
  fi
}

guest_off() { virsh -q destroy "$1" >/dev/null; }
guest_on() { virsh -q start --paused "$1" >/dev/null; }
snapshot_gone() { vxe snapshot-uninstall uuid="$1" force=true; }

# backup_begin VM: it is paused, has a full backup (out/full.raw) with the checkpoint c1, and the snapshots $S1 and $S2, with
# writes before, between and after them. Sets UUID.
backup_begin() {
  small_guest "$1" 1 && stamp "$1-0.qcow2" 1 1M 1M && plain vm-list >/dev/null && guest_on "$1" &&
    virsh -q checkpoint-create-as "$1" c1 >/dev/null &&
    mkdir -p out && chmod 0777 out &&
    qemu-img convert -U -f qcow2 -O raw "$1-0.qcow2" out/full.raw &&
    guest_put "$1" 2 512k && snapshot "$UUID" s1 && S1=$SNAP &&
    guest_put "$1" 3 1M && snapshot "$UUID" s2 && S2=$SNAP && guest_put "$1" 4 1536k
}

# backup_next VM: 0: the increment since c1, on top of the full backup, is what the disk has; 2: libvirt refuses it.
backup_next() {
  cat >backup.xml <<XML
<domainbackup><incremental>c1</incremental><disks><disk name='vda' type='file'><driver type='qcow2'/>
<target file='$PWD/out/inc.qcow2'/></disk></disks></domainbackup>
XML
  rm -f out/inc.qcow2
  guest_is "$1" paused || virsh -q suspend "$1" || return 3
  virsh -q backup-begin "$1" backup.xml >/dev/null 2>backup.err || return 2
  wait_until 20 backup_ended "$1" &&
    qemu-img convert -U -f qcow2 -O raw "$(virsh -q domblklist "$1" | awk '{ print $2; exit }')" now.raw &&
    qemu-img rebase -q -u -f qcow2 -b "$PWD/out/full.raw" -F raw out/inc.qcow2 &&
    qemu-img convert -f qcow2 -O raw out/inc.qcow2 then.raw || return 3
  cmp then.raw now.raw
}
backup_ended() { virsh domjobinfo "$1" | grep -q 'Job type: *None'; }

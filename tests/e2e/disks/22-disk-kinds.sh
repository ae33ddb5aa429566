#!/bin/bash
# SPDX-License-Identifier: MIT
# Each kind of disk that libvirt accepts, in each operation that captures content. The disk is captured (the snapshot,
# clone or copy has the same bytes in a file of vxe's), referred to on purpose (the same source as before), or refused,
# with its VDI named and nothing changed. No disk is left out silently.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# kind NAME SNAPSHOT CLONE COPY DISK: the expected result of each: captured, referred, refused. In DISK @ is this
# folder, which has empty.FORMAT of a few formats and a folder d; the disk is vdb, after a plain one.
KINDS=()
kind() { KINDS+=("$1" "$2" "$3" "$4" "$5"); }

# Why vxe does not manage a disk: of the kinds that are refused with VDI_NOT_MANAGED or VXE_DISK_ENCRYPTED.
declare -A WHY=(
  ['a vmdk file']='its format is vmdk'
  ['a volume of a pool that is not there']='its volume is in no storage pool of libvirt that is active'
  ['rbd']='it is on the network (rbd)'
  ['nbd']='it is on the network (nbd)'
  ['an NVMe device']='it is an NVMe device, which QEMU drives itself'
  ['a vhost-user socket']='another program serves it (vhost-user)'
  ['a LUN']='it is a device that is passed through (a LUN)'
  ['a transient disk']='it is transient: libvirt throws away what the guest writes'
  ['an encrypted disk']='it is encrypted'
  ['a part of a file']='it is a part of a file (<slices>)'
)

at() { echo "<target dev='${1-vdb}' bus='${2-virtio}'/>"; }
file() { # FORMAT [DEVICE [MORE]]
  echo "<disk type='file' device='${2-disk}'><driver name='qemu' type='$1'/><source file='@/x.$1'/>${3-$(at)}</disk>"
}
for format in qcow2 raw; do
  kind "a $format file" captured captured captured "$(file $format)"
done
kind 'a vmdk file' refused refused refused "$(file vmdk)"
kind 'a device' captured captured captured \
  "<disk type='block' device='disk'><driver name='qemu' type='raw'/><source dev='@/x.raw'/>$(at)</disk>"
kind 'a volume' captured captured captured \
  "<disk type='volume' device='disk'><driver name='qemu' type='qcow2'/><source pool='here' volume='x.qcow2'/>$(at)</disk>"
kind 'a volume of a pool that is not there' refused refused refused \
  "<disk type='volume' device='disk'><driver name='qemu' type='raw'/><source pool='lvm' volume='x'/>$(at)</disk>"
kind 'a folder' referred referred referred \
  "<disk type='dir' device='disk'><driver name='qemu' type='fat'/><source dir='@/d'/>$(at)<readonly/></disk>"
net() { echo "<source protocol='$1' name='$2'><host name='localhost' port='1'/></source>"; }
for protocol in rbd nbd; do
  kind "$protocol" refused refused refused \
    "<disk type='network' device='disk'><driver name='qemu' type='raw'/>$(net $protocol a/1)$(at)</disk>"
done
kind 'a CD on a server' referred referred referred \
  "<disk type='network' device='cdrom'><driver name='qemu' type='raw'/>$(net http a/1)$(at hdc ide)<readonly/></disk>"
kind 'an NVMe device' refused refused refused \
  "<disk type='nvme' device='disk'><driver name='qemu' type='raw'/><source type='pci' managed='yes' namespace='1'>
<address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source>$(at)</disk>"
kind 'a vhost-user socket' refused refused refused \
  "<disk type='vhostuser' device='disk'><driver name='qemu' type='raw'/><source type='unix' path='@/s'/>$(at)</disk>"
kind 'a LUN' refused refused refused \
  "<disk type='block' device='lun'><driver name='qemu' type='raw'/><source dev='@/x.raw'/>$(at sda scsi)</disk>"
kind 'a CD' referred referred referred "$(file raw cdrom "$(at hdc ide)<readonly/>")"
kind 'a floppy that is written to' referred captured captured "$(file raw floppy "$(at fda fdc)")"
kind 'a floppy that is read only' referred referred referred "$(file raw floppy "$(at fda fdc)<readonly/>")"
kind 'a disk that is read only' referred referred referred "$(file raw disk "$(at)<readonly/>")"
kind 'a sharable disk' refused refused refused "$(file raw disk "$(at)<shareable/>")"
kind 'a transient disk' refused refused refused "$(file qcow2 disk "$(at)<transient/>")"
kind 'an encrypted disk' refused refused refused "$(file qcow2 disk "$(at)<encryption format='luks'>
<secret type='passphrase' uuid='0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f'/></encryption>")"
kind 'a part of a file' refused refused refused \
  "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='@/x.raw'>
<slices><slice type='storage' offset='512' size='1048576'/></slices></source>$(at)</disk>"

# ---- one of them -----------------------------------------------------------------------------------

fresh() {
  local format
  chmod -R u+w . 2>/dev/null
  rm -rf x.* d one-0.qcow2 k.xml
  mkdir d
  for format in qcow2 raw vmdk; do
    qemu-img create -q -f $format x.$format 4M 2>/dev/null && stamp "$PWD/x.$format" 7 1M 64k $format
  done
  small_guest one 1
  local disk=${1//@/$PWD}
  virsh dumpxml one | sed "s#</memory>#</memory><memoryBacking><access mode='shared'/></memoryBacking>#
    s#</devices>#${disk//$'\n'/ }</devices>#" >k.xml
  virsh -q define k.xml
}

# of DOMAIN: the second disk's source, as libvirt's definition has it, and the file's content.
of() { virsh dumpxml --inactive "$1" | sed -n '/<disk /,/<.disk>/p' | awk '/<disk /{n++} n == 2' | grep -E '<(source|slice|address)' ; }
content() { qemu-img convert -U -O raw "$1" now.raw && [ "$(byte_of now.raw 1M raw)" = 7 ]; }
file_of() { sed -n "s/.*<source file='\([^']*\)'.*/\1/p"; }

# has WHAT DUE UUID BEFORE: checks the second disk of a domain or snapshot.
has() {
  local now=$5 file
  case $2 in
  captured)
    file=$(file_of <<<"$now")
    ok "$1: it has a file of its own" test -n "$file" -a "$now" != "$4"
    ok "$1: ... with what the disk held" content "$file"
    ;;
  referred) is "$1: it refers to the same" "$now" "$4" ;;
  esac
}

# try WHAT DUE SOURCE COMMAND...: the new UUID is OUT.
try() {
  local what=$1 due=$2
  shift 2
  [ "$due" != refused ] || note_everything
  run plain "$@"
  if [ "$due" = refused ]; then
    isnt "$what is refused" "$STATUS" 0
    like "$what: ... and names the disk" "$ERR" "$VDI"
    # An encrypted disk has an error of its own.
    [[ -z ${WHY[$KIND]-} || $ERR = *encrypted* ]] || is "$what: ... and why" "$(sed -n 's/^detail: //p' <<<"$ERR")" "${WHY[$KIND]}"
    unchanged "$what: ... nothing changed"
    return 1
  fi
  is "$what" "$STATUS: $ERR" '0: '
}

ACCEPTED=0
one() {
  local kind=$1 before
  KIND=$1
  fresh "$5" >/dev/null 2>.err || { diag "libvirt does not accept $kind: $(cat .err)"; return; }
  ACCEPTED=$((ACCEPTED + 1))
  before=$(of one)
  plain vm-list >/dev/null # the two below run at once
  VDI=$(plain vbd-list vm-uuid="$UUID" params=vdi-uuid --minimal | tr ',' '\n' | grep -v "^$(vdi_of "$UUID")")
  [ -z "${WHY[$kind]-}" ] ||
    is "$kind: vdi-param-list says why" "$(plain vdi-param-get uuid="$VDI" param-name=sm-config param-key=not-managed)" "${WHY[$kind]}"
  if try "$kind: snapshot" "$2" vm-snapshot uuid="$UUID" new-name-label=s; then
    case $2 in
    captured) ok "$kind: the snapshot has what it held" content "$(vdi_files "$OUT" | sed -n 2p)" ;;
    referred) is "$kind: the VM goes on with it" "$(of one)" "$before" ;;
    esac
    before=$(of one)
  fi
  if try "$kind: clone" "$3" vm-clone uuid="$UUID" new-name-label=two; then
    has "$kind: the clone" "$3" "$OUT" "$before" "$(of two)"
  fi
  if [ "$4" != refused ] && try "$kind: copy" "$4" vm-copy uuid="$UUID" new-name-label=three; then
    has "$kind: the copy" "$4" "$OUT" "$before" "$(of three)"
  fi
  cd "$TEST_DIR" && host_reset
  store_new
}

virsh -q pool-create-as here dir --target "$PWD" >/dev/null
for ((i = 0; i < ${#KINDS[@]}; i += 5)); do
  virsh -q pool-create-as here dir --target "$PWD" >/dev/null 2>&1
  one "${KINDS[@]:i:5}"
done
is 'libvirt accepted each' $ACCEPTED $((${#KINDS[@]} / 5))

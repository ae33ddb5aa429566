#!/bin/bash
# SPDX-License-Identifier: MIT
#
# tests/corpus/corpus.sh [FOLDER]
#
# Domains that others have written: each XML of FOLDER that libvirt accepts is defined on a private host,
# listed, has a field set, is snapshotted, reverted, cloned, exported and imported, and its definition is compared as a tree
# before and after: nothing that is not the operation's own may have changed, and each disk that the guest
# writes to must have. FOLDER (or CORPUS) is libvirt's tests/qemuxml2argvdata, of Debian's source package
# say; without it virt-install writes some. MATCH=GLOB takes only files so called, EVERY=N each n-th of them.
# EMULATORS=FOLDER has more qemu-system-ARCH than are installed. How a file is fitted to this machine is said
# in tests/tools/domain_tree.c; the folder itself is only read.
# It begins with a control: the definition is spoiled behind each operation in several ways, as a broken vxe
# might, and the comparison must see each.
# Needs what make check has built: the debug program, and the tools of the asan build.
set -u
cd "$(dirname "$0")/../.." || exit 1

# ---- outside the host: the XMLs ------------------------------------------------------------------

# By several systems, as their devices differ, and with what people add.
from_virt_install() {
  local os n=0
  local -a more=('--graphics vnc' '--graphics spice --sound ich9 --watchdog i6300esb'
    '--graphics none --console pty,target_type=virtio --rng /dev/urandom --memballoon virtio'
    '--graphics vnc --disk device=cdrom,bus=sata --input tablet --iothreads 2'
    '--graphics vnc --tpm emulator --vsock cid.auto=yes --channel unix,target_type=virtio,name=org.a.b')
  for os in debian11 fedora37 win10 win2k16 rhel9.0 freebsd13.1 generic; do
    for ((n = 0; n < ${#more[@]}; n++)); do
      # shellcheck disable=SC2086 # words
      virt-install --connect test:///default --name "$os" --memory 512 --osinfo "$os" --import \
        --disk /nowhere/disk.qcow2,format=qcow2,size=1 --disk /nowhere/more.img,format=raw,size=1 \
        --network user ${more[n]} --print-xml >"$1/$os-$n.xml" || return
    done
  done
}

if [ -z "${HOST_DIR-}" ]; then
  folder=${1-${CORPUS-}}
  work=$(mktemp -d) || exit 1
  trap 'rm -rf "$work"' EXIT
  chmod 755 "$work"
  mkdir "$work/xml"
  if [ -n "$folder" ]; then
    # shellcheck disable=SC2086 # a pattern
    cp "$folder"/${MATCH-*}.xml "$work/xml/" || exit 1
  elif ! command -v virt-install >/dev/null; then
    echo 'corpus: neither a folder (CORPUS=) nor virt-install is at hand'
    exit 2
  else
    from_virt_install "$work/xml" || exit 1
  fi
  read -r mode _ < <(bash tests/lib/host.sh modes | tr '\n' ' ')
  cp tests/corpus/corpus.sh tests/corpus/control.xml "$work/"
  CORPUS_XML=$work/xml EVERY=${EVERY-1} bash tests/lib/host.sh run "$mode" bash "$work/corpus.sh"
  exit
fi

# ---- inside the host -----------------------------------------------------------------------------

# shellcheck source-path=SCRIPTDIR/../lib
. "$TESTS/lib/host.sh"
export VXE_STORE=$HOST_DIR/corpus/store
IMAGES=$HOST_DIR/corpus/images
mkdir -p "$IMAGES" || exit 1
cd "$HOST_DIR/corpus" || exit 1

CONTROL='' NAME=corpus
SEEN=0 DEFINED=0 RENUMBERED=0 DONE=0 REFUSED=0 FAULTS=0
fault() {
  FAULTS=$((FAULTS + 1))
  echo "FAULT $FILE: $1"
  sed 's/^/  /' "${2-/dev/null}" | head -n 12
}

# ---- what is an operation's own ------------------------------------------------------------------

tree() { virsh -q dumpxml --inactive --security-info "$1" >dump.xml && "$TOOLS/domain_tree" flat dump.xml | sort; }

DEVICES='/domain\[1\]/devices\[1\]'
UUID_RE='[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
LAYER="($IMAGES|$IMAGES/[^/]*|$HOST_IMAGES)/$UUID_RE\\.qcow2"
NOTHING='^$'
# The mark that says whose a domain is.
OWN="^> /domain\\[1\\]/metadata\\[1\\](/vm\\[1\\](@store=$UUID_RE)?)?\$"
# vxe goes by the images' headers, and takes this out of each definition that it writes.
CHAIN="^< $DEVICES/disk\\[[0-9]+\\]/backingStore\\[1\\].*\$"
DESCRIPTION='^> /domain\[1\]/description\[1\](=described)?$|^< /domain\[1\]/description\[1\](=.*)?$'

# written TREE: the places of the disks that the guest writes to, as patterns.
written() {
  sed -nE "s#^($DEVICES/disk\\[[0-9]+\\])@device=disk\$#\\1#p" "$1" | while read -r at; do
    grep -qF "$at/readonly[1]" "$1" || sed 's/[][]/\\&/g' <<<"$at"
  done
}
floppies() {
  sed -nE "s#^($DEVICES/disk\\[[0-9]+\\])@device=floppy\$#\\1#p" "$1" | sed 's/[][]/\\&/g'
}

# layers PLACE...: a new layer is the disk's file now, and its format is that of the layer.
layers() {
  local at
  for at; do
    printf '|^< %s(@type=(file|block|volume)|/source\\[1\\](@(file|dev|pool|volume|index)=.*)?)$' "$at"
    printf '|^> %s(@type=file|/source\\[1\\]@file=%s)$' "$at" "$LAYER"
    printf '|^< %s/driver\\[1\\]@type=[a-z0-9]+$|^> %s/driver\\[1\\]@type=qcow2$' "$at" "$at"
  done
}

# What only one machine of a host can have. What has a file or a socket has one of its own name, or a pty.
CHARDEV="$DEVICES/(serial|console|parallel|channel)\\[[0-9]+\\]"
GRAPHICS="$DEVICES/graphics\\[[0-9]+\\]"
CARD="$DEVICES/interface\\[[0-9]+\\]"
CLONE="^[<>] /domain\\[1\\]/(uuid|genid)\\[1\\]=$UUID_RE\$|^< /domain\\[1\\]/name\\[1\\]=$NAME\$"
CLONE+="|^> /domain\\[1\\]/(name|title)\\[1\\]=$NAME-c\$|^< /domain\\[1\\]/title\\[1\\]="
CLONE+="|^[<>] $CARD/mac\\[1\\]@address=[0-9a-f:]+\$|^< $CARD/target\\[1\\](@(dev|managed)=.*)?\$"
CLONE+="|^< $CHARDEV(@type=(unix|file|pipe|tcp|udp)|/(source|protocol|log)\\[[12]\\].*)\$"
CLONE+="|^> $CHARDEV(@type=pty|/(source\\[1\\]@path|log\\[1\\]@file)=.*/[^/]*$NAME-c[^/]*)\$"
CLONE+="|^< $GRAPHICS(@(port|tlsPort|websocket|autoport|socket)|/listen\\[1\\]@socket)=.*\$"
CLONE+="|^> $GRAPHICS(@(port=-1|autoport=yes|socket=.*$NAME-c.*)|/listen\\[1\\]@socket=.*$NAME-c.*)\$"
CLONE+="|^[<>] $DEVICES/vsock\\[1\\]/cid\\[1\\]@auto=(yes|no)\$|^< $DEVICES/vsock\\[1\\]/cid\\[1\\]@address="
NVRAM="/domain\\[1\\]/os\\[1\\]/nvram\\[1\\]"
CLONE+="|^< $NVRAM(/source\\[1\\]@file)?=.*\$|^> $NVRAM(/source\\[1\\]@file)?=.*/$NAME-c_VARS[^/]*\$"
CLONE+="|^< /domain\\[1\\]/sysinfo\\[1\\]/system\\[1\\](/entry\\[(uuid|serial)\\].*)?\$"

# differs BEFORE AFTER ALLOWED: lines that came or went and that the operation may not touch, into wrong.
differs() {
  diff "$1" "$2" | grep '^[<>]' >difference
  grep -vE "$3" difference >wrong
}

# compare WHAT DOMAIN BEFORE AFTER ALLOWED [PLACE...]: and each of these disks has another file.
compare() {
  local what=$1 domain=$2 before=$3 after=$4 allowed=$5 at
  shift 5
  ! differs "$before" "$after" "$allowed" || fault "$what changed what is not its own" wrong
  [ -z "${KEEP_DIFFERENCES-}" ] || sed "s#^#$what $FILE #" difference >>"$KEEP_DIFFERENCES"
  for at; do
    grep -qE "^> $at/source\\[1\\]@file=" difference || fault "$what left $at out"
  done
  [ -z "$CONTROL" ] || spoil "$what" "$domain" "$before" "$allowed"
}

# ---- the operations ------------------------------------------------------------------------------

# Refusals that say which disk, or what, is in the way.
BY_NAME='does not manage this disk|is sharable|sharable VDI|refers to other files|The disk is sharable'

# act WHAT ARG...: 1 when it was refused, which is an answer; anything else is a fault.
act() {
  local what=$1 status
  shift
  timeout 120 "$VXE_PLAIN" "$@" >out 2>err
  status=$?
  [ $status != 0 ] || return 0
  if ! grep -qE "$BY_NAME" err; then
    fault "$what: status $status" err
    return 1
  fi
  REFUSED=$((REFUSED + 1))
  head -n 1 err >>refused
  return 1
}

devices() { "$VXE_PLAIN" "$1-list" vm-uuid="$2" --minimal | tr , '\n' | grep -c .; }

each_step() {
  local uuid=$1 snapshot clone a
  local -a disks more
  tree "$uuid" >tree.0
  act list vm-list uuid="$uuid" params=all || return
  tree "$uuid" >tree.1
  compare 'a list' "$uuid" tree.0 tree.1 "$NOTHING"
  act set vm-param-set uuid="$uuid" name-description=described || return
  tree "$uuid" >tree.2
  compare 'vm-param-set' "$uuid" tree.1 tree.2 "$OWN|$CHAIN|$DESCRIPTION"
  mapfile -t disks < <(written tree.2)
  mapfile -t more < <(floppies tree.2)
  act snapshot vm-snapshot uuid="$uuid" new-name-label=s || return
  snapshot=$(tail -n 1 out)
  tree "$uuid" >tree.3
  compare 'vm-snapshot' "$uuid" tree.2 tree.3 "$NOTHING$(layers "${disks[@]}")" "${disks[@]}"
  act revert snapshot-revert snapshot-uuid="$snapshot" || return
  tree "$uuid" >tree.4
  compare 'snapshot-revert' "$uuid" tree.3 tree.4 "$NOTHING$(layers "${disks[@]}")" "${disks[@]}"
  act clone vm-clone uuid="$uuid" new-name-label="$NAME-c" || return
  clone=$(tail -n 1 out)
  tree "$clone" >tree.5
  compare 'vm-clone' "$clone" tree.4 tree.5 "$CLONE$(layers "${disks[@]}" "${more[@]}")" "${disks[@]}"
  # What is exported is imported, with as many drives and cards.
  rm -f one.xva
  act export vm-export uuid="$uuid" filename=one.xva || return
  act import vm-import filename=one.xva force=true || fault 'an archive of vxe is refused' err
  clone=$(tail -n 1 out)
  for a in vbd vif; do
    [ "$(devices $a "$clone")" = "$(devices $a "$uuid")" ] || fault "the import has other ${a}s"
  done
  DONE=$((DONE + 1))
}

make_image() {
  qemu-img create -q -f "$2" "$1" 1M >/dev/null 2>&1
}
make_volume() {
  local folder=$IMAGES/$1
  mkdir -p "$folder"
  make_image "$folder/$2" "$3"
  virsh -q pool-create-as "$1" dir --target "$folder" >/dev/null 2>&1 || virsh -q pool-refresh "$1"
}

# libvirt itself writes some definitions another way when it is given what it wrote: it sorts controllers,
# and numbers consoles and zPCI addresses. What that is done with is one that it leaves as it is.
settle() {
  local i
  for i in 1 2 3 4; do
    tree "$NAME" >tree.a
    virsh -q define dump.xml >/dev/null 2>&1
    tree "$NAME" >tree.b
    ! cmp -s tree.a tree.b || break
    [ $i != 1 ] || RENUMBERED=$((RENUMBERED + 1))
  done
}

one() {
  local kind a b c
  "$TOOLS/domain_tree" prepare "$1" "$IMAGES" "$NAME" "${EMULATORS-/nowhere}" >domain.xml 2>wanted || return
  if ! virsh -q define domain.xml >/dev/null 2>error; then
    sed "s/^error: //; /^Failed to define/d; /^$/d; s/'[^']*'/.../g" error | head -n 1 >>unaccepted
    return
  fi
  DEFINED=$((DEFINED + 1))
  settle
  while read -r kind a b c; do
    case $kind in
    image) make_image "$a" "$b" ;;
    volume) make_volume "$a" "$b" "$c" ;;
    esac
  done <wanted
  each_step "$(virsh domuuid "$NAME" | head -n 1)"
}

# All that was made for it goes, so that the next one is as alone as this one.
forget() {
  local x
  for x in $(virsh -q list --all --uuid); do
    virsh -q undefine "$x" --managed-save --nvram >/dev/null 2>&1 ||
      virsh -q undefine "$x" --nvram >/dev/null 2>&1
  done
  virsh -q pool-list --name | while read -r x; do virsh -q pool-destroy "$x" >/dev/null; done
  chmod -R u+w "$IMAGES" "$HOST_IMAGES" 2>/dev/null
  rm -rf "${IMAGES:?}"/* "${HOST_IMAGES:?}" "$VXE_STORE"
}

# ---- the control -----------------------------------------------------------------------------------

# What a broken vxe might leave behind, as changes of tests/corpus/control.xml.
SPOILED=(
  "s#<currentMemory unit='KiB'>[0-9]*#<currentMemory unit='KiB'>32768#" # a field
  "s# discard='unmap'##"                                                # an option of a disk
  "s#bus='virtio'#bus='scsi'#; /<address type='pci'/d"                   # where a disk hangs
  "s#file='[^']*vdb[^']*'#file='/elsewhere.img'#; s#file='[^']*corpus/images/[0-9a-f-]*.qcow2'#file='/elsewhere.qcow2'#"
  "s#kept.iso#other.iso#"                                               # what is referred to
  "/<rng /,/<.rng>/d"                                                   # a device is gone
  "s#</devices>#<watchdog model='i6300esb' action='reset'/></devices>#" # one is new
  "/<boot order='2'/d"
  "s#<title>.*</title>##"
)

# spoil WHAT DOMAIN BEFORE ALLOWED: each must be seen; afterwards all is as it was.
spoil() {
  local change
  virsh -q dumpxml --inactive --security-info "$2" >whole.xml
  for change in "${SPOILED[@]}"; do
    sed "$change" whole.xml >spoiled.xml
    ! cmp -s whole.xml spoiled.xml || fault "the control of $1 changes nothing: $change"
    virsh -q define spoiled.xml >/dev/null 2>error || fault "the control of $1: $change" error
    tree "$2" >tree.s
    SPOILED_SEEN=$((SPOILED_SEEN + 1))
    differs "$3" tree.s "$4" || fault "after $1 nobody sees $change"
  done
  virsh -q define whole.xml >/dev/null
}

control() {
  FILE=control.xml CONTROL=1 SPOILED_SEEN=0
  one "$(dirname "$0")/control.xml"
  forget
  CONTROL=''
  [ $DONE = 1 ] || fault 'the control did not go through all operations'
  echo "control: $SPOILED_SEEN changes behind $((SPOILED_SEEN / ${#SPOILED[@]})) operations, $FAULTS not seen"
  [ $FAULTS = 0 ] || exit 1
  DEFINED=0 RENUMBERED=0 DONE=0
}

# ---- the walk --------------------------------------------------------------------------------------

# What libvirt refuses only since no certificates are named. Nothing is started here.
conf=/etc/libvirt/qemu.conf
[ "$HOST_MODE" = system ] || conf=$XDG_CONFIG_HOME/libvirt/qemu.conf
printf '%s\n' 'spice_tls=1' 'vnc_tls=1' >>"$conf"
host_daemon_stop
host_daemon_start || exit 1

: >unaccepted
: >refused
control
n=0
for xml in "$CORPUS_XML"/*.xml; do
  n=$((n + 1))
  [ $((n % EVERY)) = 0 ] || continue
  FILE=$(basename "$xml")
  SEEN=$((SEEN + 1))
  one "$xml"
  forget
done
echo 'What libvirt does not accept:'
sort unaccepted | uniq -c | sort -rn
echo 'What vxe refuses by name:'
sort refused | uniq -c | sort -rn
echo "$RENUMBERED of the definitions are another one to libvirt itself when it reads what it wrote"
echo "$SEEN files, $DEFINED defined by libvirt, $DONE through all operations, $REFUSED refused by name, $FAULTS faults"
[ $FAULTS = 0 ] && [ $DONE -gt 0 ]

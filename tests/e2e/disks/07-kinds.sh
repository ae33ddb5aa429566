#!/bin/bash
# SPDX-License-Identifier: MIT
# Each kind of disk under a guest that runs: what vm-snapshot, vm-checkpoint, snapshot-revert, vm-copy, vm-clone,
# snapshot-export-to-template and vm-export make of it. The table is that of docs/beside-virsh.md. (22-disk-kinds has the
# kinds that no guest can have here.)
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

SECRET=0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f
LOOP=$(truncate -s 4M loop.img && losetup -f --show "$PWD/loop.img" 2>/dev/null)
leave() {
  local status=$?
  [ -z "$LOOP" ] || losetup -d "$LOOP"
  [ -z "$NBD" ] || kill "$NBD" 2>/dev/null
  virsh -q secret-undefine $SECRET >/dev/null 2>&1
  (exit $status)
  finish
}
trap leave EXIT

# ---- the table -------------------------------------------------------------------------------------

# kind NAME SNAPSHOT COPY EXPORT XML: the expected result of vm-snapshot and vm-checkpoint, of vm-copy and vm-clone, of
# vm-export: captured, referred or refused. In XML @ is this folder.
KINDS=()
kind() { KINDS+=("$1" "$2" "$3" "$4" "$5"); }
at() { echo "<target dev='${1-vdb}' bus='${2-virtio}'/>"; }
file() { # FORMAT [MORE [DEVICE [ATTRIBUTE]]]
  echo "<disk type='file' device='${3-disk}' ${4-}><driver name='qemu' type='$1'/><source file='@/x.$1'/>${2-$(at)}</disk>"
}
kind 'a qcow2 file' captured captured captured "$(file qcow2)"
kind 'a raw file' captured captured captured "$(file raw)"
kind "snapshot='no'" captured captured captured "$(file qcow2 "$(at)" disk "snapshot='no'")"
kind 'a volume' captured captured captured \
  "<disk type='volume' device='disk'><driver name='qemu' type='qcow2'/><source pool='here' volume='x.qcow2'/>$(at)</disk>"
[ -z "$LOOP" ] || kind 'a link to a device' captured captured captured \
  "<disk type='block' device='disk'><driver name='qemu' type='raw'/><source dev='@/by-id'/>$(at)</disk>"
kind 'a network disk' refused refused refused "<disk type='network' device='disk'><driver name='qemu' type='raw'/>
<source protocol='nbd'><host transport='unix' socket='@/nbd.sock'/></source>$(at)</disk>"
kind 'an encrypted disk' refused refused refused "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/>
<source file='@/luks.qcow2'><encryption format='luks'><secret type='passphrase' uuid='$SECRET'/></encryption></source>$(at)</disk>"
kind 'a transient disk' refused refused refused "$(file qcow2 "$(at)<transient/>")"
kind 'a sharable disk' refused refused captured "$(file raw "$(at)<shareable/>")"
kind 'a disk that is read only' referred referred captured "$(file raw "$(at)<readonly/>")"
kind 'a CD' referred referred referred "$(file raw "$(at hdc ide)<readonly/>" cdrom)"
kind 'an empty CD drive' referred referred referred \
  "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>$(at hdc ide)<readonly/></disk>"
kind 'a floppy that is written to' referred captured refused "$(file raw "$(at fda fdc)" floppy)"

# ---- one of them -----------------------------------------------------------------------------------

# fresh XML: the guest `one` with this disk behind its first one, running.
fresh() {
  local format disk=${1//@/$PWD}
  chmod -R u+w . 2>/dev/null
  rm -rf ./*.qcow2 x.* by-id nbd.* ./*.xva
  for format in qcow2 raw; do
    qemu-img create -q -f $format x.$format 4M && put 7 "$PWD/x.$format" $format
  done
  if [ -n "$LOOP" ]; then ln -s "$LOOP" by-id && put 7 "$LOOP" raw; fi
  printf 0123456789abcdef >key
  # It measures the CPU first, which fails now and then on a busy machine ("Unable to get accurate CPU usage").
  wait_until 20 qemu-img create -q -f qcow2 --object secret,id=s,file=key \
    -o encrypt.format=luks,encrypt.key-secret=s luks.qcow2 4M
  echo "<secret ephemeral='no' private='no'><uuid>$SECRET</uuid></secret>" >secret.xml
  virsh -q secret-define secret.xml >/dev/null && virsh -q secret-set-value $SECRET --file key --plain >/dev/null
  if [[ $disk = *nbd* ]]; then
    truncate -s 4M nbd.raw
    qemu-nbd -t -f raw -k "$PWD/nbd.sock" nbd.raw >nbd.log 2>&1 &
    NBD=$!
    wait_until 10 test -S nbd.sock
    chmod 0777 nbd.sock
  fi
  virsh -q pool-create-as here dir --target "$PWD" >/dev/null 2>&1
  chmod 0666 x.* luks.qcow2
  small_guest one 1
  virsh dumpxml one | sed "s#</devices>#${disk//$'\n'/ }</devices>#" >one.xml
  virsh -q define one.xml && guest_start one
}
put() { qemu-io -f "$3" -c "write -q -P $1 1M 64k" "$2" >/dev/null; }

# The second disk of a VM: its source in the definition.
source_xml() { virsh dumpxml --inactive "$1" | sed -n '/<disk /,/<.disk>/p' | awk '/<disk /{n++} n == 2' | grep '<source'; }
# holds BYTE FILE: the content of a disk of vxe's.
holds() { qemu-img convert -U -O raw "$2" now.raw && [ "$(byte_of now.raw 1M raw)" = "$1" ]; }

# try WHAT DUE COMMAND...: done, or refused with the disk named and nothing changed. Fails when refused.
try() {
  local what=$1 due=$2
  shift 2
  [ "$due" != refused ] || note_everything
  run plain "$@"
  if [ "$due" = refused ]; then
    isnt "$what is refused" "$STATUS" 0
    like "$what: ... and names the disk" "$ERR" "$VDI"
    unchanged "$what: ... nothing changed"
    return 1
  fi
  is "$what" "$STATUS: $ERR" '0: ' || return
}
# has WHAT DUE BYTE UUID: the second disk of a VM, template or snapshot.
has() {
  local of
  of=$(plain vbd-list vm-uuid="$4" params=vdi-uuid --minimal | tr ',' '\n' | grep -v "^$(vdi_of "$4" 0)\$")
  case $2 in
  captured)
    isnt "$1: it has a disk of its own" "$of" "$VDI"
    ok "$1: ... with that content" holds "$3" "$(vdi_file "$of")"
    ;;
  referred) is "$1: it refers to the same" "$of" "$VDI" ;;
  esac
}

one() {
  local kind=$1 due=$2 copies=$3 exports=$4 snap='' point='' before
  ok "$kind: the guest runs" fresh "$5" || return
  act "$UUID"
  VDI=$(plain vbd-list vm-uuid="$UUID" params=vdi-uuid --minimal | tr ',' '\n' | grep -v "^$(vdi_of "$UUID" 0)\$")
  try "$kind: vm-snapshot" "$due" vm-snapshot uuid="$UUID" new-name-label=s && snap=$OUT
  try "$kind: vm-checkpoint" "$due" vm-checkpoint uuid="$UUID" new-name-label=c && point=$OUT
  ok "$kind: the guest counts on" guest_counts one
  [ "$due" != refused ] || try "$kind: vm-suspend" "$([ "$copies" = refused ] && echo refused)" vm-suspend uuid="$UUID"
  ok "$kind: vm-shutdown" vxe vm-shutdown uuid="$UUID" --force
  try "$kind: vm-copy" "$copies" vm-copy uuid="$UUID" new-name-label=two && has "$kind: vm-copy" "$copies" 7 "$OUT"
  try "$kind: vm-clone" "$copies" vm-clone uuid="$UUID" new-name-label=two && has "$kind: vm-clone" "$copies" 7 "$OUT"
  if try "$kind: vm-export" "$exports" vm-export uuid="$UUID" filename=one.xva; then
    ok "$kind: ... and vm-import" vxe vm-import filename=one.xva
    [ "$exports" = referred ] || has "$kind: vm-import" "$exports" 7 "$OUT"
  else
    ok "$kind: ... leaves no file" test ! -e one.xva
  fi
  [ -n "$snap" ] || return 0
  has "$kind: the snapshot" "$due" 7 "$snap"
  has "$kind: the checkpoint" "$due" 7 "$point"
  before=$(source_xml one)
  [ "$due" != captured ] || put 9 "$(vdi_file "$VDI")" "$(disk_format)"
  if try "$kind: snapshot-export-to-template" "$exports" snapshot-export-to-template snapshot-uuid="$snap" filename=t.xva; then
    ok "$kind: ... and vm-import" vxe vm-import filename=t.xva
    [ "$due" != captured ] || has "$kind: the template" "$due" 7 "$OUT"
  fi
  ok "$kind: snapshot-revert" vxe snapshot-revert snapshot-uuid="$snap"
  case $due in
  captured) ok "$kind: ... has the content of then" holds 7 "$(vdi_file "$VDI")" ;;
  referred) is "$kind: ... the VM has the same" "$(source_xml one)" "$before" ;;
  esac
  ok "$kind: snapshot-revert to the checkpoint" vxe snapshot-revert snapshot-uuid="$point"
  ok "$kind: ... which goes on" vxe vm-resume uuid="$UUID"
  ok "$kind: ... and counts" guest_counts one
  ok "$kind: vxe check is clean" vxe check
}
disk_format() { virsh dumpxml --inactive one | sed -n "s/.*<driver name='qemu' type='\([^']*\)'.*/\1/p" | sed -n 2p; }

for ((k = 0; k < ${#KINDS[@]}; k += 5)); do
  one "${KINDS[@]:k:5}"
  cd "$TEST_DIR" && host_reset
  store_new
  [ -z "$NBD" ] || kill "$NBD"
  NBD=
done

# ---- a disk that becomes transient when vxe has a record of it -------------------------------------

rm -f one-[01].qcow2 # frozen files of before
small_guest one 2
snapshot "$UUID" s
virsh dumpxml --inactive one | sed "s#<target dev='vdb' bus='virtio'/>#&<transient/>#" >one.xml
virsh -q define one.xml && guest_start one
VDI=$(vdi_of "$UUID" 1)
for command in vm-snapshot vm-checkpoint; do
  try "transient by now: $command" refused $command uuid="$UUID" new-name-label=x
done
try 'transient by now: vm-suspend' refused vm-suspend uuid="$UUID"
ok '... the guest counts on' guest_counts one
ok '... vm-snapshot without that disk' vxe vm-snapshot uuid="$UUID" new-name-label=x ignore-vdi-uuids="$VDI"
ok '... vm-shutdown' vxe vm-shutdown uuid="$UUID" --force
for command in vm-snapshot vm-clone vm-copy; do
  try "transient by now, halted: $command" refused $command uuid="$UUID" new-name-label=x
done
ok 'a revert brings back the definition of then' vxe snapshot-revert snapshot-uuid="$SNAP"
unlike '... in which it was an ordinary disk' "$(virsh dumpxml --inactive one)" '<transient/>'

# ---- a disk that only the running guest has --------------------------------------------------------

cd "$TEST_DIR" && host_reset
store_new
chmod -R u+w . && rm -rf ./*.qcow2
small_guest one 1
guest_start one
guest_disk_make extra.qcow2 8M && chmod 0666 extra.qcow2 && stamp "$PWD/extra.qcow2" 44 1M 1M
plain vm-list >/dev/null
virsh -q attach-disk one "$PWD/extra.qcow2" sda --targetbus scsi --subdriver qcow2 --live
VDI=$PWD/extra.qcow2
try 'only in the running guest: vm-checkpoint' refused vm-checkpoint uuid="$UUID" new-name-label=c
try 'only in the running guest: vm-suspend' refused vm-suspend uuid="$UUID"
run plain vm-snapshot uuid="$UUID" new-name-label=x
is 'only in the running guest: vm-snapshot' "$STATUS" 0
like '... says that it does not have the disk' "$ERR" "not in the snapshot.*sda \\($PWD/extra.qcow2\\)"
is '... which has one disk' "$(plain vbd-list vm-uuid="$OUT" type=Disk --minimal | tr ',' '\n' | grep -c .)" 1
ok '... the guest writes on to its own' holds 44 "$PWD/extra.qcow2"
is '... on which it stays' "$(virsh -q domblklist one | awk '$1 == "sda" { print $2 }')" "$PWD/extra.qcow2"
ok '... and counts' guest_counts one
virsh -q detach-disk one sda --live
ok '... without it, a checkpoint is made' vxe vm-checkpoint uuid="$UUID" new-name-label=c

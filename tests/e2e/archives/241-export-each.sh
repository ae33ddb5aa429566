#!/bin/bash
# SPDX-License-Identifier: MIT
# Whatever vxe exports it imports: each kind of device, bus and drive, empty and full; as a VM, as a snapshot, as a
# template, and as records alone. What it cannot export it refuses by name.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

ISOS=$PWD/isos
truncate -s 256K out.iso && printf in | dd of=out.iso conv=notrunc status=none
truncate -s 1440K second.img floppy.img && printf floppy | dd of=floppy.img conv=notrunc status=none
mkdir folder && echo x >folder/x

# ---- the table -------------------------------------------------------------------------------------

disk() { # BUS TARGET [MORE [N]]: the file x or xN
  echo "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='@/x${4-}.qcow2'/><target dev='$2' bus='$1'/>${3-}</disk>"
}
drive() { # KIND BUS TARGET [FILE [MORE]]
  echo "<disk type='file' device='$1'><driver name='qemu' type='raw'/>${4:+<source file='$4'/>}<target dev='$3' bus='$2'/>${5-}</disk>"
}
nic() { echo "<interface type='$1'><mac address='52:54:00:00:0e:0${3-1}'/>${2-}<model type='${4-virtio}'/></interface>"; }
KINDS=()
kind() { KINDS+=("$1" "$2" "${3-}" "${4-}"); } # NAME DEVICES TOP OS
USB="<controller type='usb' model='qemu-xhci' index='0'/>"
SCSI="<controller type='scsi' model='virtio-scsi' index='0'/>"
kind 'disks' "$SCSI$USB$(disk sata sda)$(disk scsi sdb "<wwn>5000c50015ea71aa</wwn><vendor>VXE</vendor>" 1)$(disk ide hda '' 2)$(disk usb sdc '' 3)$(disk virtio vdaa '' 4)$(disk virtio vdb '<readonly/>' 5)
<disk type='volume' device='disk'><driver name='qemu' type='qcow2'/><source pool='here' volume='x6.qcow2'/><target dev='vdc' bus='virtio'/></disk>"
kind 'a transient disk' "$(disk virtio vdb '<transient/>')"
kind 'a sharable disk' "<disk type='file' device='disk'><driver name='qemu' type='raw' cache='none'/><source file='@/x.raw'/><target dev='vdb' bus='virtio'/><shareable/></disk>"
kind 'one file as two disks' "$(disk virtio vdb)$(disk virtio vdc)"
kind 'a disk of the network' "<disk type='network' device='disk'><driver name='qemu' type='raw'/><source protocol='nbd' name='x'><host name='localhost' port='1'/></source><target dev='vdb' bus='virtio'/></disk>"
kind 'a folder as a floppy' "<disk type='dir' device='floppy'><driver name='qemu' type='fat'/><source dir='@/folder'/><target dev='fda' bus='fdc'/><readonly/></disk>"
kind 'empty drives' "$SCSI$USB$(drive cdrom ide hda)$(drive cdrom sata sda)$(drive cdrom scsi sdb)$(drive cdrom usb sdc)$(drive floppy fdc fda)$(drive floppy fdc fdb)"
kind 'full drives' "$(drive cdrom ide hda "$ISOS/in.iso")$(drive cdrom ide hdb)$(drive disk virtio vdb "$ISOS/in.iso" '<readonly/>')$(drive floppy fdc fda @/floppy.img)$(drive floppy fdc fdb @/second.img '<readonly/>')"
kind 'a floppy and an empty drive' "$(drive floppy fdc fda @/floppy.img)$(drive floppy fdc fdb)"
# What is not on this host at the import: the drive is empty.
kind 'CDs of no SR' "$(drive cdrom ide hda @/out.iso)$(drive cdrom ide hdb @/gone.iso)
<disk type='block' device='cdrom'><driver name='qemu' type='raw'/><source dev='/dev/sr7'/><target dev='hdc' bus='ide'/><readonly/></disk>
<disk type='network' device='cdrom'><driver name='qemu' type='raw'/><source protocol='http' name='x.iso'><host name='localhost' port='80'/></source><target dev='hdd' bus='ide'/><readonly/></disk>"
kind 'cards' "$(nic user '' 1)$(nic user '' 1 e1000)$(nic bridge "<source bridge='virbr0'/>" 2 e1000)$(nic network "<source network='none'/>" 3)$(nic direct "<source dev='eth0' mode='bridge'/>" 4)
<interface type='hostdev' managed='yes'><mac address='52:54:00:00:0e:05'/><source><address type='pci' domain='0x0000' bus='0x66' slot='0x02' function='0x5'/></source></interface>"
kind 'devices' "<serial type='file'><source path='$PWD/serial'/><target port='0'/></serial><parallel type='null'><target port='0'/></parallel>
<controller type='virtio-serial' index='0'/><channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel><channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>
<graphics type='vnc' port='5999' passwd='x'/><graphics type='spice' autoport='yes'/><video><model type='qxl'/></video><sound model='ich9'/><input type='tablet' bus='virtio'/>
<watchdog model='i6300esb' action='reset'/><rng model='virtio'><backend model='random'>/dev/urandom</backend></rng><panic model='isa'/><vsock model='virtio'><cid auto='no' address='77'/></vsock>$USB
<hostdev mode='subsystem' type='usb'><source startupPolicy='optional'><vendor id='0x1234'/><product id='0xbeef'/></source></hostdev><filesystem type='mount'><source dir='/srv'/><target dir='srv'/></filesystem>"
kind 'a TPM, and tuning' "<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>" "<title>Töst &amp; more</title><description>a
b</description><cpu mode='custom'><model>qemu64</model><topology sockets='1' cores='1' threads='1'/></cpu><iothreads>2</iothreads><clock offset='localtime'/><genid/>"
kind 'firmware that the definition names' '' '' "<loader type='rom'>/usr/share/seabios/bios-256k.bin</loader>"

XML="<domain type='qemu'><name>one</name>@top<memory unit='MiB'>64</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='pc'>hvm</type>@os</os><features><acpi/></features>
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator><disk type='file' device='disk'><driver name='qemu' type='qcow2'/>
<source file='@/boot.qcow2'/><target dev='vda' bus='virtio'/></disk>@more<memballoon model='none'/></devices></domain>"

# ---- each ------------------------------------------------------------------------------------------

drives() { plain vbd-list vm-uuid="$1" params=userdevice,type,empty,device,mode | grep -v '^$' | sed 's/.*: *//' | paste -d' ' - - - - - |
  if [ "${2-}" = 'CDs of no SR' ]; then sed 's/^[a-z]* \(.* CD\)$/\1/'; else cat; fi | sort | paste -sd';'; }
# bytes VM: a sum of the content of each disk, by position.
bytes() {
  local file
  for file in $(vdi_files "$1"); do
    case $file in *.qcow2) qemu-img convert -U -f qcow2 -O raw "$file" now.raw ;; *) cp "$file" now.raw ;; esac
    cksum <now.raw
  done
}
cards() { plain vif-list vm-uuid="$1" --minimal | tr ',' '\n' | grep -c .; }

# back WHAT FILE BYTES [ARG...]: the archive is imported, with that content; sets OUT.
back() {
  local what=$1 file=$2 key=$3
  shift 3
  ok "$what: is imported" vxe vm-import filename="$file" "$@" || return
  [ -z "$key" ] || is "$what: with its bytes" "$(bytes "$OUT")" "$key"
}
gone() { plain "${2-vm}-uninstall" "${2:+$2-}uuid=$1" force=true >/dev/null || result 1 "$NAME: $2 $1 goes"; }

# refused WHAT: the export was, by name.
refused() {
  like "$1: the export is refused by name" "$ERR" 'does not manage|not managed|is sharable|transient|refers to|SHARABLE|two devices' || show_run
}

one() {
  local what=$1 uuid snap copy
  guest_disk_make boot.qcow2 1M && stamp boot.qcow2 17 64k
  guest_disk_make x.qcow2 1M && stamp x.qcow2 18 64k
  for n in 1 2 3 4 5 6; do cp x.qcow2 x$n.qcow2; done
  truncate -s 1M x.raw && stamp x.raw 19 64k 64k raw
  virsh -q pool-refresh here
  mkdir "$ISOS" && cp out.iso "$ISOS/in.iso"
  plain sr-create name-label=isos type=iso device-config:location="$ISOS" >/dev/null
  printf '%s' "$XML" | awk -v more="${2//&/\\\\&}" -v top="${3//&/\\\\&}" '{ gsub(/@more/, more); gsub(/@top/, top); print }' |
    sed "s#'@/#'$PWD/#g" >one.xml
  virsh -q define one.xml >/dev/null 2>err || { diag "$what: $(head -n 1 err)" && skip "$what: not a definition to this libvirt" && return; }
  uuid=$(virsh domuuid one)
  plain vm-list uuid="$uuid" >/dev/null
  rm -f ./*.xva
  run plain vm-export uuid="$uuid" filename=vm.xva
  if [ "$STATUS" != 0 ]; then
    refused "$what"
  else
    if back "$what" vm.xva "$(bytes "$uuid")"; then
      is "$what: the drives are the same" "$(drives "$OUT" "$what")" "$(drives "$uuid" "$what")"
      is "$what: and the cards" "$(cards "$OUT")" "$(cards "$uuid")"
      gone "$OUT"
    fi
  fi
  run plain vm-export uuid="$uuid" filename=records.xva metadata=true
  if [ "$STATUS" = 0 ]; then
    plain vm-destroy uuid="$uuid" >/dev/null
    ok "$what: records alone are imported" vxe vm-import filename=records.xva metadata=true preserve=true &&
      is "$what: ... the drives are the same" "$(drives "$OUT")" "$(drives "$uuid")"
    virsh -q domuuid one >/dev/null 2>&1 || { virsh -q define one.xml && plain vm-list >/dev/null && uuid=$(virsh domuuid one); }
  fi
  [[ $what = *disk* || $what = *drive* || $what = *CD* ]] || return
  if snap=$(plain vm-snapshot uuid="$uuid" new-name-label=s 2>err); then
    run plain snapshot-export-to-template snapshot-uuid="$snap" filename=snap.xva
    if [ "$STATUS" != 0 ]; then
      refused "$what, a snapshot"
    elif back "$what, a snapshot" snap.xva "$(bytes "$snap")"; then
      copy=$OUT
      ok "$what: template-export" plain template-export template-uuid="$copy" filename=template.xva &&
        back "$what, a template" template.xva "$(bytes "$copy")" && gone "$OUT" template
      gone "$copy" template
    fi
    plain snapshot-uninstall uuid="$snap" force=true >/dev/null
  fi
}

virsh -q pool-create-as here dir --target "$PWD" >/dev/null
for ((i = 0; i < ${#KINDS[@]}; i += 4)); do
  NAME=${KINDS[i]}
  one "$NAME" "${KINDS[i + 1]}" "${KINDS[i + 2]}" "${KINDS[i + 3]}"
  for x in $(virsh -q list --all --uuid); do virsh -q undefine "$x" --nvram --snapshots-metadata >/dev/null; done
  chmod -R u+w "$HOST_IMAGES" ./*.qcow2 2>/dev/null
  rm -rf "$HOST_IMAGES" "$ISOS" ./*.qcow2 && store_new
done

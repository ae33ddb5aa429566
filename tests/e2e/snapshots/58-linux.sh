#!/bin/bash
# shellcheck disable=SC2034 # LINUX_*, for the library
# SPDX-License-Identifier: MIT
# A real Linux under load: two file systems on four disks that it syncs in a known order, a TCP connection, timers,
# memory that it reads back. Its snapshots are of one moment on all disks, a checkpoint continues at the same point,
# merges change no data, the guest sees devices come and go, and clones, copies and archives have the same content. One
# boot serves all operations, and another boot beside it checks all kept copies. In ring all each of the copies boots,
# too.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/linux.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/dry.sh"

requires linux_is_there 'the Linux guest is not built: make deps'

LINUX_EXTRA="<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>
<target dev='sda' bus='scsi'/><readonly/></disk>"
ok 'a Linux guest' linux_make l
UUID=$(virsh domuuid l)
ok 'it starts' vxe vm-start uuid="$UUID"
ok 'it boots, and its load runs' linux_up l
ok 'its agent answers' wait_until 60 agent_answers l
vxe vm-list >/dev/null

# ---- snapshots under load ------------------------------------------------------------------------

# Waits for more records than at the last snapshot.
SNAPS=() SETS=()
for i in 0 1 2 3 4 5 6 7 8 9; do
  was=$(linux_load l 2)
  ok "snapshot $i" snapshot "$UUID" "s$i"
  SNAPS[i]=$SNAP
  ok '... and the guest writes on' wait_until 60 linux_is_past l 2 "$was"
done
for i in "${!SNAPS[@]}"; do
  linux_keep "s$i" "${SNAPS[i]}" || result 1 "the content of snapshot $i"
  SETS+=("s$i")
done
ok 'nothing was wrong' linux_goes_on l

# ---- devices, as the guest sees them ---------------------------------------------------------------

sees() { inside l "$1" >/dev/null 2>&1; }
soon() { wait_until 60 sees "$1"; }
later_not() { soon "! { $1; }"; }
disk_there='test "$(cat /sys/block/vde/size)" = 16384'
card_there='cat /sys/class/net/*/address | grep 02:00:00:00:00:80'
cpu_there='test "$(nproc)" = 2'
cd_there='grep "what is on the CD" /dev/sr0'
small='test "$(sed -n "s,[^0-9],,g;1p" /proc/meminfo)" -lt 200000'

sr=$(plain pool-list params=default-SR --minimal)
vdi=$(vxe vdi-create sr-uuid="$sr" name-label=more virtual-size=8MiB)
vbd=$(vxe vbd-create vm-uuid="$UUID" device=5 vdi-uuid="$vdi")
ok 'a disk is plugged' vxe vbd-plug uuid="$vbd"
ok '... the guest has it' soon "$disk_there"
ok '... and makes a file system on it' inside l '/sbin/mke2fs -q /dev/vde && sync'
mkdir isos && printf 'what is on the CD' >isos/one.iso && truncate -s 1M isos/one.iso
vxe sr-create name-label=cds type=iso content-type=iso device-config:location="$PWD/isos" >/dev/null
ok 'a CD is inserted' vxe vm-cd-insert uuid="$UUID" cd-name=one.iso
ok '... and read' soon "$cd_there"
ok 'a second processor' vxe vm-vcpu-hotplug uuid="$UUID" new-vcpus=2
ok '... comes' soon 'test -d /sys/devices/system/cpu/cpu1'
ok '... and works' soon "echo 1 >/sys/devices/system/cpu/cpu1/online; $cpu_there"
ok 'memory is taken away' vxe vm-memory-dynamic-range-set uuid="$UUID" min=160MiB max=160MiB
ok '... as the guest sees' soon "$small"
vif=
if lan=$(plain network-create name-label=lan 2>/dev/null); then
  vif=$(vxe vif-create vm-uuid="$UUID" device=0 network-uuid="$lan" mac=02:00:00:00:00:80)
  ok 'a card is plugged' vxe vif-plug uuid="$vif"
  ok '... the guest has it' soon "$card_there"
fi
ok 'nothing was wrong' linux_goes_on l

# ---- a checkpoint --------------------------------------------------------------------------------

before=$(linux_load l 2)
ok 'checkpoint' vxe vm-checkpoint uuid="$UUID" new-name-label=memory
CHECKPOINT=$OUT
after=$(linux_load l 2)
linux_keep memory "$CHECKPOINT" && SETS+=(memory)
linux_look v "${SETS[@]}"
ok 'the guest goes on' linux_goes_on l

# Unplugs everything that was plugged; a revert makes new VBDs and VIFs.
takes_away() {
  ok 'the disk is unplugged' \
    vxe vbd-unplug uuid="$(plain vbd-list vm-uuid="$UUID" userdevice=5 --minimal)"
  ok '... the guest has it no more' later_not "$disk_there"
  if [ -n "$vif" ]; then
    does 'the same of the card' vif-unplug uuid="$(plain vif-list vm-uuid="$UUID" --minimal)"
    ok '... the guest has it no more' later_not "$card_there"
  fi
  ok 'memory is given back' vxe vm-memory-dynamic-range-set uuid="$UUID" min=256MiB max=256MiB
  ok '... as the guest sees' later_not "$small"
  ok 'the CD is ejected' vxe vm-cd-eject uuid="$UUID"
}

# goes_back: revert and resume; the load continues from the checkpoint.
goes_back() {
  local line first
  ok 'revert to the checkpoint' vxe snapshot-revert snapshot-uuid="$CHECKPOINT"
  line=$(($(linux_lines l) + 1))
  is 'it is suspended' "$(plain vm-param-get uuid="$UUID" param-name=power-state)" suspended
  ok 'resume' vxe vm-resume uuid="$UUID"
  ok 'the load goes on' wait_until 60 linux_said l '^L [0-9]' "$line"
  first=$(linux_log l | tail -n +"$line" | grep -a '^L [0-9]' | head -n 1 | cut -d' ' -f2)
  ok "... where it was: $first, between $before and $((after + 100))" \
    test "$first" -ge "$before" -a "$first" -le $((after + 100))
  ok '... TCP, timers, memory, both file systems' linux_goes_on l
  not_ok '... it has not booted' linux_said l '^(MOUNTED|UP)' "$line"
  ok 'its agent answers' wait_until 60 agent_answers l
  is 'the kernel says nothing bad' "$(linux_complaints l)" ''
  ok 'it has the disk again' soon "$disk_there"
  ok '... with its file system' inside l 'mount /dev/vde /mnt && umount /mnt'
  ok '... the CD' soon "$cd_there"
  ok '... the second processor' soon "$cpu_there"
  ok '... as little memory as then' soon "$small"
  [ -z "$vif" ] || ok '... and the card' soon "$card_there"
}
# In ring all often enough to find rare faults.
rounds=1
[ -z "$LONG" ] || rounds=${ROUNDS-200}
for ((round = 1; round <= rounds; round++)); do
  takes_away
  goes_back
done
ok 'vxe check is clean' vxe check

# ---- merges while it writes ------------------------------------------------------------------------

for i in 2 3 5 8; do
  ok "uninstall snapshot $i" vxe snapshot-uninstall uuid="${SNAPS[i]}" force=true
done
for i in 0 1 4 6 7 9; do
  ok "snapshot $i holds what it held" linux_same "s$i" "${SNAPS[i]}"
done
ok 'so does the checkpoint' linux_same memory "$CHECKPOINT"
ok 'the guest goes on' linux_goes_on l
is 'the kernel says nothing bad' "$(linux_complaints l)" ''

# ---- reboot and shutdown ---------------------------------------------------------------------------

line=$(($(linux_lines l) + 1))
ok 'vm-reboot' vxe vm-reboot uuid="$UUID"
ok 'it comes up again' linux_up l "$line"
ok 'it had unmounted its disks' linux_said l '^UNMOUNTED' "$line"
ok 'nothing was to be recovered' linux_said l '^MOUNTED 0' "$line"
line=$(($(linux_lines l) + 1))
ok 'vm-shutdown' vxe vm-shutdown uuid="$UUID"
ok 'it is off' guest_is_off l
ok 'it had unmounted its disks' linux_said l '^UNMOUNTED' "$line"
linux_keep end "$UUID"

# ---- copies ----------------------------------------------------------------------------------------

# boots NAME VM: with its own serial line, since libvirt allows one domain per line; the load finds its disks unchanged
# and continues.
boots() {
  virsh -q dumpxml --inactive "$2" | sed "s#$HOST_DIR/s/[^/'.]*#$HOST_DIR/s/$1#" >boot.xml
  virsh -q define boot.xml && vxe vm-start uuid="$2" && linux_up "$1" &&
    ! linux_said "$1" 'recovery|EXT4-fs error' && vxe vm-shutdown uuid="$2"
}

clone=$(vxe vm-clone uuid="$UUID" new-name-label=clone)
ok 'a clone has the same content' linux_same end "$clone"
installed=$(vxe vm-install template-uuid="${SNAPS[4]}" new-name-label=installed)
ok 'one installed from a snapshot has that of the snapshot' linux_same s4 "$installed"
ok 'export' vxe vm-export uuid="$UUID" filename=l.xva
imported=$(vxe vm-import filename=l.xva)
ok 'import: the same content' linux_same end "$imported"
# An archive does not contain the host's kernel that these guests boot, so an imported one cannot boot.
if [ -n "$LONG" ]; then
  ok 'the clone boots' boots clone "$clone"
  ok 'what was installed boots' boots installed "$installed"
fi
# ---- what all that was kept holds --------------------------------------------------------------------

ok 'another boot has looked at all that was kept' linux_looked v
is 'each of them' "$(wc -l <v.verified)" ${#SETS[@]}
for set in "${SETS[@]}"; do
  like "$set mounts, is whole, and in the order of the syncs" \
    "$(grep "^$set " v.verified)" "^$set [0-9]+ [0-9]+ [0-9]+ ok\$"
done
is 'each has more than the one before' \
  "$(grep '^s' v.verified | cut -d' ' -f2 | sort -n -c 2>&1)" ''
ok 'vxe check is clean' vxe check

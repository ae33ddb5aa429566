#!/bin/bash
# SPDX-License-Identifier: MIT
# limit 1200
# vm-start on= of another host, or vm-resume on=, is killed at each failpoint: of the host that a VM leaves, of the one that takes
# it, and between the two, also when the other host's QEMU lacks its machine type. Then one host has the VM, or the next command
# takes it to one, with its disk, its memory and its UEFI variables byte by byte; and it starts.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/pool.sh"
uefi_is_there() { compgen -G '/usr/share/qemu/firmware/*edk2-x86_64*.json' && [ -e /usr/share/OVMF ]; }
requires uefi_is_there 'package ovmf is needed'

pool_begin 2
AT=1
vxe() { on "$AT" vxe "$@"; } # for wrong, leads
if [ "$HOST_MODE" = system ]; then NVRAM=/var/lib/libvirt/qemu/nvram/u_VARS.fd; else NVRAM=$XDG_CONFIG_HOME/libvirt/qemu/nvram/u_VARS.fd; fi
IMAGE=/mnt/sr/images/u-0.qcow2
mkdir -p "$HOSTS_DIR/shared/images"
ok 'an SR of both' on 1 vxe sr-create name-label=common type=file shared=true device-config:location=/mnt/sr/images
on 1 guest_disks u 1 /mnt/sr/images >/dev/null
on 1 eval 'mkdir -p "$HOST_DIR/s" && guest_xml u - '$IMAGE' | sed "s#<os>#<os firmware=\"efi\">#; s#machine=.pc.#machine=\"q35\"#" >u.xml && virsh -q define u.xml'
U=$(on 1 plain vm-list name-label=u --minimal)
ok 'a guest with UEFI' on 1 vxe vm-start vm=u paused=true
ok '... stops' on 1 vxe vm-shutdown vm=u --force
on 1 stamp $IMAGE 55
# Bytes in an unused place near the end of its variables.
on 1 eval "printf variables | dd of='$NVRAM' bs=1 seek=540000 conv=notrunc status=none && sha256sum <'$NVRAM' >/mnt/sr/nvram"
files_of_it() { sha256sum "$HOSTS_DIR"/shared/images/{u-0.qcow2,*.mem} 2>/dev/null; }
files_of_it >"$HOSTS_DIR/shared/image"
at=1 STATE=halted

has() { on "$1" virsh -q list --all --name | grep -xc u; }
# as_it_was WHAT: one host has it, with what it had. Sets at.
as_it_was() {
  local i
  is "$1: one host has it" "$(has 1)$(has 2)" "$([ "$(has 1)" = 1 ] && echo 10 || echo 01)"
  at=1
  [ "$(has 2)" = 0 ] || at=2
  for i in 1 2; do
    is "... which h$i knows" "$(of $i u power-state)" $STATE
    ok '... vxe check is clean' on $i vxe check
  done
  is '... it has its variables' "$(on $at eval "sha256sum <'$NVRAM'")" "$(cat "$HOSTS_DIR/shared/nvram")"
  is '... and its disk' "$(files_of_it)" "$(cat "$HOSTS_DIR/shared/image")"
}
# next_command N: what ends the rest, in turn: the check of the host LEFT_BY, after that of the other one, or a command on the VM.
next_command() {
  case $(($1 % 3)) in
  0) ok '... vxe check ends it' on $LEFT_BY vxe check ;;
  1)
    run on $((3 - LEFT_BY)) vxe check
    [ "$STATUS" = 0 ] || like '... vxe check says on the other host whose it is' "$OUT" "left half done on the host h$LEFT_BY"
    ok '... which ends it' on $LEFT_BY vxe check
    ;;
  2) on $((1 + $1 / 3 % 2)) vxe vm-param-set uuid="$U" name-description="$1" ;;
  esac
  # A VM that no host has comes to the next one that acts on it; what a host has left unfinished, that host ends.
  on $at vxe check >/dev/null 2>&1
  on $to vxe check >/dev/null 2>&1
  ok '... the next command finds it' on $((1 + $1 / 2 % 2)) vxe vm-param-set uuid="$U" name-description="$1"
}
it_starts() {
  ok '... it starts' on $at vxe vm-start vm=u paused=true
  is '... there' "$(on $at virsh domstate u)" paused
  ok '... and stops' on $at vxe vm-shutdown vm=u --force
}
points() { "$VXE" failpoints | grep -E "^$1:"; }

# killed_at_each POINT_THERE COMMAND...: POINT_THERE is one of what the other host does when it has the VM.
killed_at_each() {
  local n=0 point
  for point in $(points vm-leave); do
    to=$((3 - at))
    LEFT_BY=$at
    run on $at env VXE_FAILPOINT="$point=die" "$VXE_PLAIN" "${@:2}" on=h$to
    is "$2 is killed at $point" "$STATUS" 137
    next_command $n
    as_it_was '...'
    n=$((n + 1))
  done
  for point in $(points vm-take) "$1"; do
    to=$((3 - at))
    LEFT_BY=$to
    pool_reach $to "$(pool_way $to) env VXE_FAILPOINT=$point=die"
    run on $at vxe "${@:2}" on=h$to
    isnt "$2: the vxe of the other host is killed at $point" "$STATUS" 0
    diag "note status $STATUS: $(paste -sd' ' <<<"$ERR")"
    pool_reach $to "$(pool_way $to)"
    next_command $n
    as_it_was '...'
    n=$((n + 1))
  done
}
killed_at_each vm-start:intent:after vm-start vm=u paused=true
it_starts

# ---- a suspended one ------------------------------------------------------------------------------------------------

ok 'its memory is kept in their SR' on 1 vxe vm-param-set uuid="$U" suspend-SR-uuid="$(on 1 plain sr-list name-label=common --minimal)"
ok 'it runs' on $at vxe vm-start vm=u
ok '... and is suspended' on $at vxe vm-suspend vm=u
on $at eval "sha256sum <'$NVRAM' >/mnt/sr/nvram"
files_of_it >"$HOSTS_DIR/shared/image"
like '... into a file' "$(cat "$HOSTS_DIR/shared/image")" '\.mem$'
STATE=suspended
killed_at_each vm-resume:intent vm-resume vm=u
to=$((3 - at))
ok 'it goes on on the other host' on $at vxe vm-resume vm=u on=h$to
is '... there' "$(on $to virsh domstate u)" running
at=$to STATE=halted
ok '... and stops' on $at vxe vm-shutdown vm=u --force
on $at eval "sha256sum <'$NVRAM' >/mnt/sr/nvram"
files_of_it >"$HOSTS_DIR/shared/image"

# ---- a machine type that the other host lacks -----------------------------------------------------------------------

to=$((3 - at))
MACHINE=$(on $at virsh dumpxml u | sed -n "s/.*machine='\([^']*\)'.*/\1/p")
# In what libvirt has on record of its QEMU the one before is the newest of the kind.
caches=$(on $to eval 'capabilities_of "$HOST_MODE"')
before=$(on $to eval "cat $caches/*.xml" | sed -n "s/.* name='\(${MACHINE%-*}-[0-9.]*\)'.*/\1/p" | sort -uV | tail -n 2 | head -n 1)
on $to eval "sed -i \"/ name='$MACHINE'/d; s/ name='$before'/& alias='q35'/\" $caches/*.xml"
libvirtd_kill $to
libvirtd_start $to
not_ok 'the other host lacks its machine type' on $to eval "virsh capabilities | grep -q '>$MACHINE<'"
AT=$at
wrong VM_HOST_INCOMPATIBLE_VIRTUAL_HARDWARE_PLATFORM_VERSION 'it does not start there' vm-start vm=u on=h$to
as_it_was '...'
for point in intent intent:after define define:after result result:after; do
  run on $at env VXE_FAILPOINT="vm-take:$point=die" "$VXE_PLAIN" vm-start vm=u on=h$to
  is "killed at vm-take:$point when it has come back" "$STATUS" 137
  AT=$to
  [[ $point != intent ]] ||
    wrong VM_HOST_INCOMPATIBLE_VIRTUAL_HARDWARE_PLATFORM_VERSION '... the other host does not take it' vm-start vm=u
  for i in 1 2; do on $i vxe check >/dev/null; done
  ok '... its host takes it' on $at vxe vm-param-set uuid="$U" name-description="$point"
  as_it_was '...'
done
it_starts
ok 'copies that were left are removed' on $at vxe sr-coalesce
is '... all' "$(find "$HOSTS_DIR/shared/images" -name '*.nvram' | wc -l)" 0
database_end

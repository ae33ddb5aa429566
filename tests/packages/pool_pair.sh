#!/bin/bash
# SPDX-License-Identifier: MIT
# pool_pair.sh SUITE=ROOT SUITE=ROOT: on the private host of pool_on.sh, a pool whose hosts are of two releases; ROOT is the
# folder of the second and the first one's system, empty: this machine's. What works between two hosts of a release works
# between these, in both directions, with every byte. What the older one cannot have is refused before anything moves, or the
# guest runs on where it was, and the reason is said. At the end it prints a table of what was tried.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR/..
. "$TESTS/lib/ways.sh"
. "$TESTS/lib/disks.sh"
. "$TESTS/lib/hosts.sh"
. "$TESTS/lib/database.sh"
. "$TESTS/lib/migration.sh"
SUITE=('' "${1%%=*}" "${2%%=*}")
[ -z "${1#*=}" ] || HOST_ROOTS[1]=${1#*=}
[ -z "${2#*=}" ] || HOST_ROOTS[2]=${2#*=}
migration_ready || exit
IMAGES=/mnt/sr/images FIRMWARE=/var/lib/libvirt/qemu/nvram SWTPM=/var/lib/libvirt/swtpm
mkdir "$HOSTS_DIR/shared/bin" && ln -s "$VXE" "$HOSTS_DIR/shared/bin/vxe"
for i in 1 2; do pool_reached $i; done
COMMON=$(on 1 plain sr-list name-label=common --minimal)
on 1 vxe pool-param-set uuid="$(on 1 plain pool-list --minimal)" suspend-image-SR="$COMMON"

# ---- words ------------------------------------------------------------------------------------------------

# The newest machine type of a kind (pc, q35) on a host.
newest() { on "$1" virsh domcapabilities --machine "$2" | sed -n 's/.*<machine>\(.*\)<.*/\1/p'; }
uuid_of() { on 1 plain vm-list name-label="$1" --minimal; }
runs_on() { on "$1" virsh -q list --name | grep -qx "$2"; }
defined() { for i in 1 2; do on $i virsh -q list --all --name | grep -x "$1"; done | wc -l; }

# guest HOST NAME MACHINE [XML [KIND]]: a halted guest on the shared SR, with XML among its devices; KIND efi.
guest() {
  on "$1" eval "guest_disk_make $IMAGES/$2-0.qcow2 4M && guest_install $IMAGES/$2-0.qcow2 && mkdir -p \$HOST_DIR/s && chmod 1777 \$HOST_DIR/s"
  GUEST_EXTRA=${4-} on "$1" guest_xml "$2" - "$IMAGES/$2-0.qcow2" |
    sed "s#machine='pc'#machine='$3'#; s#<os>#<os${5:+ firmware='$5'}>#" >"$HOSTS_DIR/shared/$2.xml"
  on "$1" virsh -q define "/mnt/sr/$2.xml" >/dev/null && on "$1" vxe vm-list >/dev/null
}

# tried ACT WHAT: notes for the table how an act went from host A to host B.
declare -A TABLE=()
ACTS=()
tried() {
  [[ " ${ACTS[*]-} " == *" ${1// /_} "* ]] || ACTS+=("${1// /_}")
  TABLE["${1// /_}/$A"]=$2
}
# act NAME CMD...: must pass.
act() {
  local name=$1
  shift
  if ok "${SUITE[A]} -> ${SUITE[B]}: $name" "$@"; then tried "$name" yes; else tried "$name" FAILED; fi
}
# All bytes of a guest's disk but those that the guest writes (the counter, in its first sectors).
disk_of() { on "$1" virsh -q domblklist "$2" | awk '{ print $2; exit }'; }
disk_bytes() { on "$1" eval "qemu-img convert -U -O raw '$(disk_of "$1" "$2")' /mnt/sr/raw && tail -c +1048577 /mnt/sr/raw | sha256sum"; }
# There is one definition, on host $1, and vxe check has no complaint.
is_home() {
  is "... $2 is at home on ${SUITE[$1]} alone" "$(defined "$2") $(on "$1" virsh -q list --all --name | grep -x "$2")" "1 $2"
  for i in 1 2; do ok "... vxe check is clean on ${SUITE[i]}" on $i vxe check; done
}
moves() { on "$A" vxe vm-migrate vm="$1" host=h$B && on "$B" guest_counts "$1"; }
begins() { on "$A" vxe vm-start vm="$1" on=h$B && on "$B" guest_counts "$1"; }

# may_move GUEST ACT: it runs on host B now, or QEMU or libvirt there cannot have it as it runs: then it runs on where it was,
# and why, or where that stands, is said with a way out. libtpms reads what was written by itself and before, and a QEMU is
# not sure to continue what another one has begun, even where it has the machine type.
may_move() {
  run on "$A" vxe vm-migrate vm="$1" host=h"$B"
  if [ "$STATUS" = 0 ]; then
    result 0 "${SUITE[A]} -> ${SUITE[B]}: $2" && tried "$2" yes
    is_home "$B" "$1"
    return
  fi
  tried "$2" refused
  diag "note ${SUITE[A]} -> ${SUITE[B]}: $2: $ERR"
  like "${SUITE[A]} -> ${SUITE[B]}: $2: refused with the reason" "$ERR" \
    "libtpms of the other host|log in /var/log/libvirt|(CPU doesn't match|unknown CPU feature|load of migration failed).*'vxe vm-start on='"
  ok '... it runs on' runs_on "$A" "$1"
  is_home "$A" "$1"
  return 1
}

# ---- what both can have -----------------------------------------------------------------------------------

older_first() { printf '%s\n' "${1##*-}" "${2##*-}" | sort -C -V; }
OLD=1
older_first "$(newest 1 pc)" "$(newest 2 pc)" || OLD=2
for i in 1 2; do
  diag "note ${SUITE[i]}: $(on $i virsh version --daemon | sed -n 's/^Running.*: //p' | paste -sd' '), $(newest $i pc), $(newest $i q35)"
done
PC=$(newest $OLD pc) Q35=$(newest $OLD q35)

plain_guest() {
  local g=c$A k s at last bytes none
  guest "$A" "$g" "$PC"
  act 'a command on its guest' on "$B" vxe vm-start vm="$g"
  ok '... it counts' on "$A" guest_counts "$g"
  none=$(disk_bytes "$A" "$g")
  act 'a snapshot' on "$B" vxe vm-snapshot vm="$g" new-name-label=s
  s=$OUT
  at=$(on "$A" guest_counter "$g")
  act 'a checkpoint' on "$B" vxe vm-checkpoint vm="$g" new-name-label=k
  k=$OUT
  act 'vm-migrate' moves "$g"
  is_home "$B" "$g"
  ok '... a snapshot there' on "$B" vxe vm-snapshot vm="$g" new-name-label=there
  ok '... and back' on "$B" vxe vm-migrate vm="$g" host=h"$A"
  is_home "$A" "$g"
  on "$A" vxe vm-shutdown vm="$g" --force
  on "$A" stamp "$(disk_of "$A" "$g")" 0x5a 1M 2M
  bytes=$(disk_bytes "$A" "$g")
  act 'vm-start on=' begins "$g"
  is '... with every byte' "$(disk_bytes "$B" "$g")" "$bytes"
  is_home "$B" "$g"
  last=$(on "$B" guest_counter "$g")
  on "$B" vxe vm-shutdown vm="$g" --force
  act 'its checkpoint, reverted there' on "$B" vxe snapshot-revert snapshot-uuid="$k"
  ok '... and resumed' on "$B" vxe vm-resume vm="$g"
  ok '... counts there' on "$B" guest_counts "$g"
  ok '... from where it was' test "$at" -le "$(on "$B" guest_counter "$g")" -a "$(on "$B" guest_counter "$g")" -lt "$last"
  ok 'its memory is suspended there' on "$B" vxe vm-suspend vm="$g"
  ok '... and resumed' on "$B" vxe vm-resume vm="$g"
  ok '... and counts' on "$B" guest_counts "$g"
  on "$B" vxe vm-shutdown vm="$g" --force
  is '... with the bytes of then' "$(disk_bytes "$B" "$g")" "$none"
  act 'its snapshot, reverted there' on "$B" vxe snapshot-revert snapshot-uuid="$s"
  is '... with the bytes of then' "$(disk_bytes "$B" "$g")" "$none"
  is_home "$B" "$g"
}

# ---- machine types ------------------------------------------------------------------------------------------

newest_type() {
  local g=m$A type
  type=$(newest "$A" pc)
  guest "$A" "$g" "$type"
  ok "a guest of ${SUITE[A]}, $type" on "$A" eval "vxe vm-start vm=$g && guest_counts $g"
  AT=$A
  if [ "$A" = "$OLD" ] || [ "$type" = "$PC" ]; then
    act "vm-migrate, the newest type" moves "$g"
    is_home "$B" "$g"
    return
  fi
  wrong VM_HOST_INCOMPATIBLE_VIRTUAL_HARDWARE_PLATFORM_VERSION 'its machine type is unknown there' vm-migrate vm="$g" host=h"$B"
  like '... the newest one there is said' "$ERR" "$PC"
  tried 'vm-migrate, the newest type' refused
  ok '... it counts' on "$A" guest_counts "$g"
  is_home "$A" "$g"
  wrong VM_HOST_INCOMPATIBLE_VIRTUAL_HARDWARE_PLATFORM_VERSION '... an evacuation moves nothing' host-evacuate host=h"$A"
  on "$A" vxe vm-shutdown vm="$g" --force
  wrong VM_HOST_INCOMPATIBLE_VIRTUAL_HARDWARE_PLATFORM_VERSION '... nor does it start there' vm-start vm="$g" on=h"$B"
  is_home "$A" "$g"
  on "$A" eval "virsh dumpxml --inactive $g | sed 's/$type/$PC/' >other.xml && virsh -q define other.xml"
  again VM_HOST_INCOMPATIBLE_VIRTUAL_HARDWARE_PLATFORM_VERSION begins "$g"
}

# ---- firmware -----------------------------------------------------------------------------------------------

cat >"$HOSTS_DIR/shared/firmware.sh" <<'END'
calm() { before=$(sha256sum "$@" 2>&1) && sleep 2 && [ "$before" = "$(sha256sum "$@" 2>&1)" ] && for f; do [ -s "$f" ] || return; done; }
mark() { printf '%s' "$2" | dd of="$1" bs=1 seek=540000 conv=notrunc status=none; }
mark_of() { dd if="$1" bs=1 skip=540000 count=10 status=none; }
"$@"
END
file() { on "$1" bash /mnt/sr/firmware.sh "${@:2}"; }

# A guest with UEFI (and a TPM, which a libtpms of before may not be able to read).
uefi_guest() {
  local g=$1 tpm=${2-} vars=$FIRMWARE/$1_VARS.fd state
  guest "$A" "$g" "$Q35" "${tpm:+<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>}" efi
  state=$SWTPM/$(uuid_of "$g")/tpm2/tpm2-00.permall
  ok "${SUITE[A]}: UEFI${tpm:+ and a TPM}" on "$A" vxe vm-start vm="$g"
  # shellcheck disable=SC2086
  ok '... has written its state' wait_until 60 file "$A" calm "$vars" ${tpm:+$state}
  ok '... ends' on "$A" vxe vm-shutdown vm="$g" --force
  file "$A" mark "$vars" first-mark
  ok '... and starts' on "$A" vxe vm-start vm="$g"
  # shellcheck disable=SC2086
  wait_until 60 file "$A" calm "$vars" ${tpm:+$state}
  S=$(on "$B" vxe vm-snapshot vm="$g" new-name-label=s)
}
plain_uefi() {
  local g=u$A vars=$FIRMWARE/u${A}_VARS.fd
  uefi_guest "$g"
  if may_move "$g" 'vm-migrate, UEFI'; then
    is '... with its variables' "$(file "$B" mark_of "$vars")" first-mark
    ok '... and back' on "$B" vxe vm-migrate vm="$g" host=h"$A"
  fi
  is_home "$A" "$g"
  ok '... it ends' on "$A" vxe vm-shutdown vm="$g" --force
  file "$A" mark "$vars" second-one
  act 'vm-start on=, UEFI' on "$A" vxe vm-start vm="$g" on=h"$B"
  is_home "$B" "$g"
  is '... with its variables' "$(file "$B" mark_of "$vars")" second-one
  on "$B" vxe vm-shutdown vm="$g" --force
  act 'a snapshot with UEFI variables, reverted there' on "$B" vxe snapshot-revert snapshot-uuid="$S"
  is '... with those of then' "$(file "$B" mark_of "$vars")" first-mark
  ok '... it starts on its first host again' on "$B" vxe vm-start vm="$g" on=h"$A"
  is '... with them' "$(file "$A" mark_of "$vars")" first-mark
  is_home "$A" "$g"
}
tpm_guest() {
  local g=t$A state
  uefi_guest "$g" tpm
  state=$SWTPM/$(uuid_of "$g")/tpm2/tpm2-00.permall
  ! may_move "$g" 'vm-migrate, TPM' || ok '... and back' on "$B" vxe vm-migrate vm="$g" host=h"$A"
  is_home "$A" "$g"
  on "$A" vxe vm-shutdown vm="$g" --force
  on "$A" cp "$state" /mnt/sr/state
  run on "$A" vxe vm-start vm="$g" on=h"$B"
  if [ $STATUS = 0 ]; then
    tried 'vm-start on=, TPM' yes
    is_home "$B" "$g"
  else
    tried 'vm-start on=, TPM' refused
    diag "note ${SUITE[A]} -> ${SUITE[B]}: vm-start on=, TPM: $ERR"
    like '... with the way out' "$ERR" "libtpms.*'vxe vm-start on='"
    ok '... only by an older host' test "$B" = "$OLD"
    ok '... which leaves the state as it was' on "$B" cmp "$state" /mnt/sr/state
    ok '... it starts where it was' on "$A" vxe vm-start vm="$g" on=h"$A"
    is_home "$A" "$g"
  fi
}

# ---- the processor, the hook ----------------------------------------------------------------------------------

# A processor of the host's own: what one QEMU can emulate, another need not.
processor() {
  local g=p$A
  GUEST_TOP="<cpu mode='$1'/>" guest "$A" "$g-$1" "$PC"
  ok "a guest with the processor $1" on "$A" eval "vxe vm-start vm=$g-$1 && guest_counts $g-$1"
  if may_move "$g-$1" "vm-migrate, CPU $1"; then
    on "$B" vxe vm-shutdown vm="$g-$1" --force
  else
    ok '... it counts on' on "$A" guest_counts "$g-$1"
    on "$A" vxe vm-shutdown vm="$g-$1" --force
    act "vm-start on=, CPU $1" begins "$g-$1"
    on "$B" vxe vm-shutdown vm="$g-$1" --force
  fi
}

hook() {
  local g=c$A
  on "$B" eval "virsh dumpxml --inactive $g >/mnt/sr/stray.xml"
  on "$A" virsh -q define /mnt/sr/stray.xml
  run on "$A" virsh -q start "$g"
  like 'libvirt does not start a guest that is at home elsewhere' "$ERR" "at home on the host h$B"
  tried 'the start hook (of the first)' "$(if [ "$STATUS" = 0 ]; then echo FAILED; else echo yes; fi)"
  on "$A" virsh -q undefine "$g"
}

for A in 1 2; do
  B=$((3 - A))
  plain_guest
  newest_type
  plain_uefi
  tpm_guest
  processor host-model
  processor maximum
  hook
done
database_end
{
  echo "| act | ${SUITE[1]} -> ${SUITE[2]} | ${SUITE[2]} -> ${SUITE[1]} |"
  echo '|---|---|---|'
  for a in "${ACTS[@]}"; do echo "| ${a//_/ } | ${TABLE[$a/1]--} | ${TABLE[$a/2]--} |"; done
} | sed 's/^/# /'

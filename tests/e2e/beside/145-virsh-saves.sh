#!/bin/bash
# SPDX-License-Identifier: MIT
# Memory in each format that libvirt writes (save_image_format, snapshot_image_format in qemu.conf): files of 'virsh save'
# that go on on other disks, by vm-resume; vm-suspend; checkpoints. Counters go on without a break.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

qemu_conf() { [ "$HOST_MODE" = system ] && echo /etc/libvirt/qemu.conf || echo "$XDG_CONFIG_HOME/libvirt/qemu.conf"; }
# format NAME: libvirt writes it from now on.
format() {
  host_daemon_stop
  sed -i '/_image_format/d' "$(qemu_conf)"
  printf '%s_image_format = "%s"\n' save "$1" snapshot "$1" >>"$(qemu_conf)"
  host_daemon_start
}
# format_of FILE: the number in its header.
format_of() { od -An -tu4 -j 28 -N 4 "$1" | tr -d ' '; }
# goes_on WHAT COMMAND...: the guest counts on without a break since line FROM of its log.
goes_on() {
  local at
  at=$(serial_lines web)
  ok "$@"
  ok '... it counts' wait_until 20 has_counted_since web "$at"
  is '... without a break' "$(breaks web "$FROM")" ''
}
# fresh: the guest is started, and what it prints from now on must have no break.
fresh() {
  guest_is web running || FROM=$(($(serial_lines web) + 1))
  guest_is web running || virsh -q start web || return
  guest_counts web
}

GUEST_MIB=32 small_guest web 1
vxe vm-list >/dev/null
has() { command -v "$1" >/dev/null; }
n=0
formats=(raw gzip bzip2 xz lzop zstd sparse) # in the order of the numbers that images have for them
for number in "${!formats[@]}"; do
  f=${formats[number]}
  case $f in
  raw) ;;
  sparse) libvirt_since 11.2 || { skip "$f: libvirt is older than 11.2"; continue; } ;;
  zstd) { libvirt_since 10.4 && has zstd; } || { skip "$f: libvirt is older than 10.4, or no program"; continue; } ;;
  *) has $f || { skip "$f: no such program"; continue; } ;;
  esac
  format $f
  ok "$f: the guest counts" fresh
  ok '... virsh save' virsh -q save web "$PWD/m.$f"
  is '... in that format' "$(format_of "m.$f")" "$number"
  goes_on '... vm-resume filename=' vxe vm-resume vm=web filename="m.$f"
  ok '... vm-suspend' vxe vm-suspend vm=web
  goes_on '... vm-resume' vxe vm-resume vm=web
  # Another definition: the image that libvirt gets is written anew.
  ok '... virsh save' virsh -q save web "$PWD/n.$f"
  snapshot "$UUID" "s$((++n))"
  goes_on '... goes on on the layers of a snapshot' vxe vm-resume vm=web filename="n.$f"
  rm -f "m.$f" "n.$f"
  # QEMU 11 has no way that libvirt 12.8 takes for the memory of a sparse snapshot.
  if [ $f = sparse ] && ! vxe vm-checkpoint vm=web new-name-label=try >/dev/null 2>try.err; then
    like '... vm-checkpoint is refused, and names the setting' "$(cat try.err)" 'snapshot_image_format'
    ok '... the guest goes on' guest_counts web
    ok '... vxe check is clean' vxe check
    virsh -q destroy web
    continue
  fi
  ok '... vm-checkpoint' vxe vm-checkpoint vm=web new-name-label="c$f"
  point=$OUT
  ok '... the guest goes on' guest_counts web
  ok '... vm-param-set' vxe vm-param-set uuid="$UUID" name-description="$(printf '%2000s' "$f" | tr ' ' x)"
  held=$(disk_counts "$point")
  ok '... a revert' vxe snapshot-revert snapshot-uuid="$point"
  FROM=$(($(serial_lines web) + 1))
  goes_on '... it is resumed' vxe vm-resume vm=web
  is '... of one instant' "$(one_instant web "$((FROM - 1))" "$held")" ''
  ok '... the checkpoint goes' vxe snapshot-uninstall uuid="$point" force=true
  virsh -q destroy web
done
ok 'vxe check is clean' vxe check

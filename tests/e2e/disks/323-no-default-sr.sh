#!/bin/bash
# SPDX-License-Identifier: MIT
# No default SR, as after sr-forget or pool-param-clear, and one that is a folder of CDs: commands that would make a file
# there say so, as xe does or by DEFAULT_SR_NOT_FOUND, and make nothing. Which SR takes files is checked where they are made.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"

[ "$HOST_MODE" = system ] || skip_all "a session's guests have no block devices"

ln -s "$VXE" xe
small_guest web 1
web=$UUID
plain vm-list >/dev/null
pool=$(plain pool-list --minimal)
local=$(plain pool-list params=default-SR --minimal)
mkdir iso two
echo iso >iso/a.iso
CDS=$(plain sr-create name-label=isos type=iso content-type=iso device-config:location="$PWD/iso" device-config:legacy_mode=true)
# A guest whose disk lies where vxe makes no files: on a block device.
truncate -s 4M device.img
loop=$(losetup -f --show "$PWD/device.img") || skip_all 'no loop device can be made here: no guest is tried on a block device'
leave() {
  local status=$?
  losetup -d "$loop"
  (exit $status)
  finish
}
trap leave EXIT
guest_define odd - "$loop"
virsh dumpxml --inactive odd | sed "s/<disk type='file'/<disk type='block'/; s/type='qcow2'/type='raw'/; s/<source file=/<source dev=/" >odd.xml
virsh -q define odd.xml && odd=$(virsh domuuid odd)
plain vm-list >/dev/null
T=$(plain template-list name-label='Debian Bookworm 12' --minimal)
made() { find "$PWD" "$HOST_IMAGES" -name '*.qcow2' -o -name '*.mem' | sort; }
before=$(made)

# ---- none ----------------------------------------------------------------------------------------

fails_as() { # WORDS WHAT COMMAND...
  local words=$1 what=$2
  shift 2
  exits 1 "$what" "$@"
  like '... in these words' "$ERR" "$words"
}
none='There is no default storage repository'
nothing() {
  fails_as '^Error: No default Pool SR set; you must specify an SR on the commandline$' "$1: vm-disk-add" ./xe vm-disk-add vm=web disk-size=1MiB device=4
  [ -z "$T" ] || fails_as '^Error: Failed to find a valid default SR for the Pool. Please provide an sr-name-label or sr-uuid parameter.$' \
    "$1: vm-install" ./xe vm-install template="$T" new-name-label=y
  wrong DEFAULT_SR_NOT_FOUND "$1: vm-snapshot" vm-snapshot uuid="$odd" new-name-label=s
  [ -n "$LONG" ] || return
  for act in vm-clone vm-copy; do
    fails_as "$none" "$1: $act" vxe $act uuid="$odd" new-name-label=s
    fails_as "$none" "$1: $act, a dry run" vxe $act uuid="$odd" new-name-label=s --dry-run
  done
  exits 1 "$1: vm-disk-add, a dry run" vxe vm-disk-add uuid="$web" disk-size=1MiB device=4 --dry-run
  ok "$1: where the SR is named" vxe vm-disk-add uuid="$web" disk-size=1MiB device=4 sr-uuid="$local"
  plain vm-disk-remove uuid="$web" device=4
  ok "$1: a VM in an SR has snapshots" vxe vm-snapshot uuid="$web" new-name-label=s
  plain snapshot-uninstall uuid="$OUT" force=true
}
plain pool-param-clear uuid="$pool" param-name=default-SR
nothing 'no default SR'
leads DEFAULT_SR_NOT_FOUND 1 POOL="$pool" SR="$local"
again DEFAULT_SR_NOT_FOUND vxe vm-snapshot uuid="$odd" new-name-label=s
plain snapshot-uninstall uuid="$OUT" force=true
if [ -n "$LONG" ]; then
  two=$(plain sr-create name-label=two type=file device-config:location="$PWD/two")
  plain pool-param-set uuid="$pool" default-SR="$two"
  plain pbd-unplug uuid="$(plain pbd-list sr-uuid="$two" --minimal)"
  ok 'the default SR is forgotten' vxe sr-forget uuid="$two"
  nothing 'a forgotten one'
fi

# ---- a folder of CDs -------------------------------------------------------------------------------

plain pool-param-set uuid="$pool" default-SR="$CDS"
acts=("vm-disk-add uuid=$web disk-size=1MiB device=4" "vm-snapshot uuid=$odd new-name-label=s"
  "vm-copy uuid=$odd new-name-label=s" "vm-clone uuid=$odd new-name-label=s")
[ -z "$T" ] || acts+=("vm-install template=$T new-name-label=y")
for act in "${acts[@]}"; do
  # shellcheck disable=SC2086 # words
  exits 1 "${act%% *} into CDs" vxe $act
  like '... is refused' "$ERR" "The storage repository cannot do this.*sr: $CDS"
done
is 'nothing was made' "$(made)" "$before"
plain pool-param-set uuid="$pool" default-SR="$local"
ok 'vxe check is clean' vxe check
[ -n "$LONG" ] || exit 0

guest_start web
plain vm-param-set uuid="$web" suspend-SR-uuid="$CDS"
for act in vm-suspend 'vm-checkpoint new-name-label=c'; do
  # shellcheck disable=SC2086 # words
  exits 1 "$act into CDs" vxe $act uuid="$web"
  like '... is refused' "$ERR" "The storage repository cannot do this.*sr: $CDS"
done
is 'the guest runs' "$(plain vm-param-get uuid="$web" param-name=power-state)" running
is 'nothing was made' "$(made)" "$before"
plain pool-param-set uuid="$pool" suspend-image-SR="$CDS"
plain vm-param-set uuid="$web" suspend-SR-uuid="$local"
ok 'with another SR it is suspended' vxe vm-suspend uuid="$web"

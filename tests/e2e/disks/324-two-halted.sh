#!/bin/bash
# SPDX-License-Identifier: MIT
# A disk that two halted VMs have is destroyed, or forgotten, with both VBDs and out of both definitions.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest a 1 && A=$UUID
small_guest b 1 && B=$UUID
small_guest c 1 && C=$UUID
plain vm-list >/dev/null
sr=$(plain pool-list params=default-SR --minimal)
disks() { for g in a b c; do virsh dumpxml "$g" | grep -c '<target dev=.vd'; done | xargs; }
shared() {
  D=$(plain vdi-create sr-uuid="$sr" name-label=data virtual-size=1MiB)
  F=$(vdi_file "$D")
  stamp "$F" 7 0
  for vm in "$A" "$B" "$C"; do plain vbd-create vm-uuid="$vm" vdi-uuid="$D" device=2 >/dev/null; done
  is 'three VMs have the disk' "$(disks)" '2 2 2'
}

shared
like 'it may be destroyed' "$(plain vdi-param-get uuid="$D" param-name=allowed-operations)" 'destroy'
ok 'a dry run' vxe vdi-destroy uuid="$D" --dry-run
ok 'vdi-destroy' vxe vdi-destroy uuid="$D"
is '... out of all definitions' "$(disks)" '1 1 1'
is '... with its VBDs and its file' "$(plain vbd-list vdi-uuid="$D" --minimal)$(ls "$F" 2>/dev/null)" ''
ok 'vxe check is clean' vxe check

shared
ok 'vdi-forget' vxe vdi-forget uuid="$D"
is '... out of all definitions' "$(disks)" '1 1 1'
is '... its file stays' "$(byte_of "$F" 0)" 7
ok 'sr-scan' vxe sr-scan uuid="$sr"
is '... it is back' "$(plain vdi-list uuid="$D" --minimal)" "$D"
ok 'vxe check is clean' vxe check
for vm in "$A" "$B"; do plain vbd-create vm-uuid="$vm" vdi-uuid="$D" device=2 >/dev/null; done

virsh -q start --paused b
exits 7 'while one of them runs' vxe vdi-destroy uuid="$D"
like '... it is in use' "$ERR" 'The disk is in use'
is '... and nothing has changed' "$(disks)" '2 2 1'
virsh -q destroy b

# ---- killed ---------------------------------------------------------------------------------------

for point in define detach-others result; do
  [ -n "$LONG" ] || [ $point = detach-others ] || continue
  run env VXE_FAILPOINT="vdi-destroy:$point=die" "$VXE_PLAIN" vdi-destroy uuid="$D"
  isnt "killed at $point" "$STATUS" 0
  ok '... and done again' eval 'vxe check >/dev/null; [ -z "$(plain vdi-list uuid="$D" --minimal)" ] || vxe vdi-destroy uuid="$D"; vxe sr-coalesce'
  is '... it is in no definition' "$(disks)" '1 1 1'
  is '... nor on the disk' "$(ls "$(dirname "$F")"/*.qcow2 2>/dev/null | xargs)" ''
  ok 'vxe check is clean' vxe check
  shared
done

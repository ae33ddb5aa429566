#!/bin/bash
# SPDX-License-Identifier: MIT
# allowed-operations of disks and SRs list what the commands do, and nothing that they refuse: each operation is tried on
# each kind of disk and SR, in each state, by a dry run.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

mkdir other isos && truncate -s 1M isos/one.iso
SR=$(plain sr-create name-label=other type=file device-config:location="$PWD/other")
ISOS=$(plain sr-create name-label=isos type=iso content-type=iso device-config:location="$PWD/isos")

tried() { # OPERATION UUID
  case $1 in
    clone) plain vdi-clone uuid="$2" --dry-run ;;
    copy) plain vdi-copy uuid="$2" sr-uuid="$SR" --dry-run ;;
    snapshot) plain vdi-snapshot uuid="$2" --dry-run ;;
    resize) plain vdi-resize uuid="$2" disk-size=1GiB --dry-run ;;
    resize_online) plain vdi-resize uuid="$2" disk-size=1GiB online=true --dry-run ;;
    destroy) plain vdi-destroy uuid="$2" --dry-run ;;
    forget) plain vdi-forget uuid="$2" --dry-run ;;
    scan) plain sr-scan uuid="$2" ;;
    sr-destroy) plain sr-destroy uuid="$2" --dry-run ;;
    sr-forget) plain sr-forget uuid="$2" --dry-run ;;
    plug | unplug) plain "pbd-$1" uuid="$(plain pbd-list sr-uuid="$2" --minimal)" --dry-run ;;
    VDI.create) plain vdi-create sr-uuid="$2" name-label=x virtual-size=1MiB type=user --dry-run ;;
  esac
}
# agrees WHAT CLASS UUID OPERATION...: it is listed if and only if a dry run does it.
agrees() {
  local what=$1 class=$2 uuid=$3 list op wrong=''
  shift 3
  list="; $(plain "$class-param-get" uuid="$uuid" param-name=allowed-operations);"
  for op; do
    if tried "$op" "$uuid" >out 2>&1; then
      [[ $list == *"; ${op#sr-};"* ]] || wrong+=" $op:works"
    elif [[ $list == *"; ${op#sr-};"* ]]; then
      wrong+=" $op:$(head -n 1 out)"
    fi
  done
  is "$what: what is listed and what is done agree" "$wrong" '' || diag "$list"
}
disk() { agrees "$1" vdi "$2" clone copy snapshot resize resize_online destroy forget; }
sr() { agrees "$1" sr "$2" scan sr-destroy sr-forget plug unplug VDI.create; }
has() { like "$1" "; $(plain vdi-param-get uuid="$2" param-name=allowed-operations);" "; $3;"; }

DISK=$(plain vdi-create sr-uuid="$SR" name-label=alone virtual-size=1MiB type=user)
disk 'a disk of no VM' "$DISK"
small_guest one 1
HIS=$(plain vbd-list vm-uuid="$UUID" params=vdi-uuid --minimal)
disk 'a disk of a halted VM' "$HIS"
snapshot "$UUID" s
disk 'the disk after a snapshot' "$HIS"
disk 'a disk of a snapshot' "$(plain vbd-list vm-uuid="$SNAP" params=vdi-uuid --minimal)"
disk 'a CD' "$(plain vdi-list name-label=one.iso --minimal)"
plain vm-start uuid="$UUID"
disk 'a disk of a running VM' "$HIS"
has '... it can grow' "$HIS" resize_online
disk 'its snapshot' "$(plain vbd-list vm-uuid="$SNAP" params=vdi-uuid --minimal)"
plain vm-suspend uuid="$UUID"
disk 'a disk of a suspended VM' "$HIS"
disk 'a memory image' "$(plain vm-param-get uuid="$UUID" param-name=suspend-VDI-uuid)"
plain vm-shutdown uuid="$UUID" force=true

sr 'an SR' "$SR"
sr 'an SR of CDs' "$ISOS"
plain pbd-unplug uuid="$(plain pbd-list sr-uuid="$SR" --minimal)"
sr 'an SR that is unplugged' "$SR"
disk 'a disk in it' "$DISK"
plain pbd-plug uuid="$(plain pbd-list sr-uuid="$SR" --minimal)"
plain vdi-destroy uuid="$DISK"
plain pbd-unplug uuid="$(plain pbd-list sr-uuid="$SR" --minimal)"
sr 'an empty SR that is unplugged' "$SR"
like '... which can be destroyed' "; $(plain sr-param-get uuid="$SR" param-name=allowed-operations);" '; destroy;.* plug;'
is 'an SR that can make disks is found by the field' \
  "$(plain sr-list allowed-operations:contains=VDI.create params=content-type --minimal | tr , '\n' | grep -c iso)" 0
ok 'vxe check is clean' vxe check

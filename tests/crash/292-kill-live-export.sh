#!/bin/bash
# SPDX-License-Identifier: MIT
# vm-export live=true of a running guest is killed at each of its points: at the snapshot, the export, and the removal of the
# snapshot. The guest goes on with its bytes; what is left is in the list under a name that says what it is, and can be removed.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest web 1
stamp web-0.qcow2 17 3M
guest_start web
pid=$(guest_pid web)
export_live() { plain vm-export vm=web filename="$PWD/$1.xva" live=true; }
# The byte that was written before the guest started.
has_bytes() { qemu-io -U -r -f qcow2 -c 'read -q -P 17 3M 64k' "$(vdi_files "$UUID")"; }

VXE_FAILPOINT_LOG=$PWD/points ok 'an export' export_live whole
is '... leaves no snapshot' "$(plain snapshot-list --minimal)" ''
is '... and no layer' "$(images_made)" 0
grep -v "^adopt-" points | sort -u >todo # what other programs made is taken over only once
ok '... it has points of three operations' grep -q '^vm-snapshot:result:after$' todo
left=0
while read -r point; do
  (VXE_FAILPOINT="$point=die" export_live killed) >/dev/null 2>&1
  is "killed at $point" $? 137
  ok '... check is clean' plain check
  is '... the guest runs on' "$(guest_pid web)" "$pid"
  ok '... with its bytes' has_bytes
  not_ok '... there is no archive' test -e killed.xva -a "${point%%:*}" = vm-snapshot
  names=$(plain snapshot-list params=name-label --minimal)
  like '... what is left says what it is' "$names" '^(export of web)?$'
  if [ -n "$names" ]; then
    left=$((left + 1))
    ok '... and can be removed' plain snapshot-uninstall vm=web snapshot="export of web" --force
  fi
  ok '... no layer waits' plain sr-coalesce
  is '... or is left' "$(images_made)" 0
  ok '... the bytes are the same' has_bytes
  rm -f killed.xva
done <todo
isnt 'some kills leave the snapshot' "$left" 0
ok 'the next export' export_live again

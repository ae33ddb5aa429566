#!/bin/bash
# SPDX-License-Identifier: MIT
# A shared SR whose file system is not mounted on one host: vxe check there names the SR, and none of its files; the host does not
# say that it has it, nor how large it is, and destroys no disk of it. What lies below the mount point is not the SR's.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

migration_ready || exit
# shellcheck disable=SC2034 # for wrong
AT=2
SR=$(on 1 plain sr-list name-label=common --minimal)
FREE=$(on 2 plain vdi-create sr-uuid="$SR" name-label=free virtual-size=1MiB)
ok 'a snapshot' on 1 vxe vm-snapshot uuid="$VM" new-name-label=s1
ok 'a guest of h2' on 2 eval 'guest_disks db 1 /mnt/sr/images >/dev/null && guest_define db - /mnt/sr/images/db-0.qcow2 && "$VXE" vm-list >/dev/null'
for i in 1 2; do ok "h$i: vxe check is clean" on $i vxe check; done

not_mounted() { # WHAT COMMAND...: COMMAND has made on h2 what is below the mount point
  exits 1 "$1: vxe check on h2 says so" on 2 vxe check
  is '... in one line' "$(grep -c '^object' <<<"$OUT")" 1 || diag "$OUT"
  like '... which names the SR and the cause' "$OUT" "SR $SR.*not mounted on this host: its folder /mnt/sr/images has no marker"
  unlike '... and advises nothing else' "$OUT$ERR" 'backup|snapshot-revert|remove it'
  is '... it is not attached there' "$(attached 2 2)" false
  is '... but on h1' "$(attached 1 1)" true
  is '... whose sizes are said' "$(on 1 plain sr-list uuid="$SR" params=physical-size --minimal | grep -c '^[1-9]')" 1
  is '... not on h2' "$(on 2 plain sr-list uuid="$SR" params=physical-size,physical-utilisation --minimal | sort -u)" '<unknown>' ||
    diag "$(on 2 plain sr-list uuid="$SR" params=physical-size,physical-utilisation)"
  wrong SR_NOT_ATTACHED '... a disk is not destroyed' vdi-destroy uuid="$FREE"
  ok '... its record is there' on 2 eval '[ "$("$VXE_PLAIN" vdi-list uuid='"$FREE"' --minimal)" = '"$FREE"' ]'
  ok '... h1 is clean' on 1 vxe check
}
attached() { on "$1" plain pbd-list sr-uuid="$SR" host-uuid="${HOST[$2]}" params=currently-attached --minimal; }

on 2 mount -t tmpfs tmpfs /mnt/sr/images || skip_all 'only root may mount'
not_mounted 'an empty mount point'
on 2 eval 'mkdir -p /mnt/sr/images/lost+found && echo x >/mnt/sr/images/old.txt'
not_mounted 'a mount point with something in it'
is '... in which nothing was made' "$(on 2 ls -A /mnt/sr/images | xargs)" 'lost+found old.txt'
ok 'it is mounted' on 2 umount /mnt/sr/images
ok '... and vxe check is clean' on 2 vxe check
is '... it is attached' "$(attached 2 2)" true
again SR_NOT_ATTACHED on 2 vxe vdi-destroy uuid="$FREE"
ok 'web runs on' on 1 guest_counts web
database_end

#!/bin/bash
# SPDX-License-Identifier: MIT
# Whoever starts a guest of a pool on a host, the host's libvirt asks vxe first: virsh, libvirt itself at boot, another host
# that sends it. A guest starts where it is at home and nowhere else, also when its image carries no locks, when the
# database is down or slow, and when the definition comes from a backup.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

hook=/etc/libvirt/hooks/qemu.d/vxe
starts_by_virsh() { on "$1" virsh -q start "$2"; }
stops() { on "$1" virsh -q destroy "$2"; }
# is_refused HOST GUEST REGEX WHAT: virsh does not start it, and says why.
is_refused() {
  run on "$1" virsh -q start "$2"
  isnt "$4" "$STATUS" 0
  like '... with the reason' "$ERR" "$3"
}
runs() { on "$1" virsh -q list --name | grep -cx "$2"; }

GUEST_EMULATOR=$NO_LOCKS migration_ready || exit
# Of an ordinary user's host root writes it, as docs/pool.md has it.
roots_hook() { # I
  local at=$HOSTS_DIR/h$1/files/etc-libvirt/hooks/qemu.d
  mkdir -p "$at" && awk '/^#!\/bin\/sh/ { on = 1 } on && /^END/ { exit } on' "$TESTS/../docs/pool.md" | sed "s|/usr/bin/vxe|$VXE|" >"$at/vxe" &&
    chmod 755 "$at/vxe" && on "$1" eval 'kill -HUP "$(cat "$HOST_DIR/libvirtd.pid")"'
}
for i in 1 2; do
  [ "$HOST_MODE" = system ] || ok "root of h$i writes the hook" roots_hook $i
  ok "h$i has the hook" on $i test -x $hook
done
on 1 virsh dumpxml --inactive --migratable web >"$HOSTS_DIR/shared/web.xml"
# A guest that vxe has not seen yet on host $1 starts, and goes.
stranger_starts() {
  on "$1" eval 'mkdir -p /mnt/own/f && cd /mnt/own/f && guest_disks stranger 1 /mnt/own/f >/dev/null &&
    guest_define stranger - /mnt/own/f/stranger-0.qcow2' && starts_by_virsh "$1" stranger && stops "$1" stranger &&
    on "$1" virsh -q undefine stranger
}

# ---- the definition of a guest that runs elsewhere ----------------------------------------------------------------

ok 'a definition from a backup comes to h2' on 2 virsh -q define /mnt/sr/web.xml
is_refused 2 web 'at home on the host h1' 'h2 does not start it'
is '... it runs once' "$(runs 1 web)$(runs 2 web)" 10
exits 1 '... vxe check says so' on 2 vxe check
like '... and the way out' "$OUT" "old definition of it \(web\).*at home on h1: 'virsh undefine"
on 1 vxe host-heartbeat
is '... it stays where it is at home' "$(on 2 plain vm-list name-label=web params=resident-on --minimal)" "${HOST[1]}"
on 2 virsh -q autostart web
on 2 host_daemon_stop && on 2 eval 'rm -f "${XDG_RUNTIME_DIR:-/run}/libvirt/qemu/autostarted"'
ok "h2's libvirt starts anew" on 2 host_daemon_start
is '... and starts it no more than virsh' "$(runs 1 web)$(runs 2 web)" 10
on 2 virsh -q undefine web
ok 'vxe check is clean without it' on 2 vxe check

# ---- what may start ------------------------------------------------------------------------------------------------

ok 'a guest that vxe does not know starts' stranger_starts 2
ok 'web goes to h2' on 1 vxe vm-migrate vm=web host=h2
is_on 2 'the guest'
stops 2 web
ok '... where virsh starts it' starts_by_virsh 2 web
stops 2 web
on 1 virsh -q define /mnt/sr/web.xml
is_refused 1 web 'at home on the host h2' 'h1 does not'
on 1 virsh -q undefine web
ok 'vm-start on=h1' on 2 vxe vm-start vm=web on=h1
is_on 1 'the guest'
ok 'it is suspended' on 1 vxe vm-suspend vm=web
ok '... and resumed' on 1 vxe vm-resume vm=web
is_on 1 'the guest'
# An ordinary user's hook finds the definitions in ~/.config alone: nothing tells it where the test has them.
if [ "$HOST_MODE" = system ]; then
VXE_FAILPOINT=vm-migrate:migrate=die run on 1 plain vm-migrate vm=web host=h2
isnt 'a migration is cut off before the guest goes' "$STATUS" 0
on 2 virsh -q define /mnt/sr/web.xml
is_refused 2 web 'on its way to this host, which has a definition' 'meanwhile h2 does not start it by itself'
on 2 virsh -q undefine web
ok '... vxe check ends that' on 1 vxe check
is '... it runs once' "$(runs 1 web)$(runs 2 web)" 10
fi
VXE_FAILPOINT=vm-migrate:result=die run on 1 plain vm-migrate vm=web host=h2
isnt 'a migration is cut off before it is on record' "$STATUS" 0
stops 2 web
on 1 virsh -q define /mnt/sr/web.xml
is_refused 1 web 'on its way to another host' 'meanwhile h1 does not start it'
on 1 virsh -q undefine web
ok '... vxe check ends that' on 1 vxe check
ok 'it starts where it is' on 1 vxe vm-start vm=web
is_on 2 'the guest'
stops 2 web

# ---- without the database -------------------------------------------------------------------------------------------

on 1 virsh -q define /mnt/sr/web.xml
kill -STOP "$DATABASE_PID"
ok 'the database is slow: after five seconds h2, a living member, decides' \
  on 2 eval "timeout 9 $hook web prepare begin - </mnt/sr/web.xml"
ok '... and starts it' starts_by_virsh 2 web
stops 2 web
kill -CONT "$DATABASE_PID"
ok 'h1, which has an old definition, sees the database' on 1 vxe host-heartbeat
is '... and removes it' "$(on 1 virsh -q list --all --name | grep -x web)" ''
database_end
ok 'the database is down: h2 is a living member still' starts_by_virsh 2 web
host_kill 1 && host_boot 1 # with the definition that a dead host has when it comes back
on 1 virsh -q define /mnt/sr/web.xml
is_refused 1 web 'not seen the database since it was booted' 'h1 is not sure'
not_ok '... nor of what vxe does not know' stranger_starts 1
is 'the guest runs once' "$(runs 1 web)$(runs 2 web)" 01
host_kill 2 && host_boot 2
is_refused 2 web 'not seen the database since it was booted' 'after a power cut h2 is not sure'
database_begin "$PG"
ok 'the database is back' on 2 vxe host-heartbeat
ok '... h2 starts it' starts_by_virsh 2 web
ok '... and h1 does not' eval '! starts_by_virsh 1 web 2>/dev/null'
on 1 virsh -q undefine web

# ---- without the hook ------------------------------------------------------------------------------------------------

if [ "$HOST_MODE" = system ]; then
on 1 rm $hook
exits 1 'without the hook vxe check says so' on 1 vxe check
like '... and the way' "$OUT" "libvirt starts guests here without asking vxe.*'vxe host-heartbeat'"
ok '... which puts it back' on 1 vxe host-heartbeat
ok '... and vxe check is clean' on 1 vxe check
fi
libvirtd_kill 2
ok 'a daemon that starts anew lets guests run on' libvirtd_start 2
is '... with the hook' "$(runs 2 web)" 1
ok 'h1 leaves the pool' on 1 vxe pool-eject host-uuid="${HOST[1]}"
[ "$HOST_MODE" != system ] || not_ok '... and the hook goes' on 1 test -e $hook
database_end

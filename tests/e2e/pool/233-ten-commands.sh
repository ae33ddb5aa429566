#!/bin/bash
# SPDX-License-Identifier: MIT
# Two hosts become a pool by the commands of docs/pool.md, as they stand there, with a real sshd on each: commands for the
# other host and migrations come through it. The database is reached through a socket, and "systemctl" is a note.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/pool.sh"
[ "$HOST_MODE" = system ] || skip_all 'the commands are those of root'
hosts_start 2 || exit
PG=$HOSTS_DIR/shared/pg
database_begin "$PG" || skip_all 'PostgreSQL does not start'

bin=$HOSTS_DIR/shared/bin
mkdir "$bin" "$HOSTS_DIR/shared/images" && ln -s "$VXE" "$bin/vxe"
printf '#!/bin/sh\necho "$@" >>/mnt/own/systemctl\n' >"$bin/systemctl" && chmod +x "$bin/systemctl"
# On a host: root has a home there, and comes in by ssh; /srv/images is the shared folder.
begin() { # ADDRESS
  mkdir -m 0700 -p /mnt/own/root/.ssh && mkdir /mnt/own/root/other &&
    sed 's|^\(root:.*:\)[^:]*\(:[^:]*\)$|\1/mnt/own/root\2|' /etc/passwd >/mnt/own/passwd && mount --bind /mnt/own/passwd /etc/passwd &&
    mount -t tmpfs -o mode=755 tmpfs /srv && mkdir /srv/images && mount --bind /mnt/sr/images /srv/images &&
    dropbearkey -t ed25519 -f /mnt/own/host_key >/dev/null 2>&1 &&
    PATH=/mnt/sr/bin:$PATH setsid dropbear -e -E -s -j -k -r /mnt/own/host_key -p "$1:22" -P /mnt/own/sshd.pid 2>>/mnt/own/sshd.log
}
for i in 1 2; do ok "h$i has an sshd" on $i eval "$(declare -f begin); begin 10.9.0.$i" || exit; done
vxe() { on 1 vxe "$@"; }

# ---- the commands -----------------------------------------------------------------------------------------

# A file for each "# on" of the section: its number, and whose it is.
awk '/^## Two hosts in ten commands/ { on = 1 } on && /^```/ { if (code++) exit; next }
  on && code && /^# on / { n++; who = $3 ~ /^both/ ? "both" : $3; next } on && code { print >(n "." who) }' "$TESTS/../docs/pool.md"
is 'the commands are found' "$(echo [0-9].*)" '1.db 2.both 3.h1 4.h2 5.both 6.h1'
is '... ten of them' "$(cat [0-9].* | grep -vc '^  ')" 10
store=$(database_uri /mnt/sr/pg vxe)
sed -i "s|postgresql://vxe@db/vxe|'${store//&/\\&}'|; s|/root/|/mnt/own/root/|; s|\"vxe --|\"/mnt/sr/bin/vxe --|" [0-9].*

psql_as() { PGHOST=$PG PGUSER=vxe PGDATABASE=postgres bash -eu "$1"; }
sed -i 's/^createuser vxe && //' 1.db # it is the server's first user here
typed() { # I FILE
  on "$1" env HOME=/mnt/own/root PATH="/mnt/sr/bin:$PATH" bash -eu -c "cd; $(cat "$2")"
}
other() { # I: the other host's public keys, as a person copies them
  on $((3 - $1)) cat /mnt/own/root/.ssh/"$2".pub | on "$1" sh -c "cat >/mnt/own/root/other/$2.pub"
}
for f in [0-9].*; do
  case $f in
  *.db) ok "$(cat "$f")" psql_as "$f" ;;
  2.both)
    head -n 1 "$f" >keys && sed -i 1d "$f"
    for i in 1 2; do ok "h$i: $(cat keys)" typed $i keys; done
    for i in 1 2; do other $i id_ed25519 && other $i libvirt; done
    for i in 1 2; do ok "h$i: $(head -n 1 "$f")" typed $i "$f"; done
    ;;
  *.both) for i in 1 2; do ok "h$i: $(head -n 1 "$f")" typed $i "$f"; done ;;
  *) ok "${f#*.}: $(head -n 1 "$f")" typed "${f#*.h}" "$f" ;;
  esac
done
for i in 1 2; do is "h$i's timers are on" "$(on $i cat /mnt/own/systemctl)" 'enable --now vxe-heartbeat.timer vxe-schedules.timer'; done

# ---- what they give ----------------------------------------------------------------------------------------

as_root() { on "$1" env HOME=/mnt/own/root PATH="/mnt/sr/bin:$PATH" "${@:2}"; }
on 1 guest_disks web 1 /srv/images >/dev/null
ok 'a guest' on 1 guest_define web - /srv/images/web-0.qcow2
ok '... counts on h1' on 1 guest_start web
on 1 vxe host-heartbeat # as the timer does
for i in 1 2; do is "h$i lists it" "$(on $i plain vm-list name-label=web params=power-state --minimal)" running; done
ok 'h2 makes a snapshot of it' as_root 2 vxe vm-snapshot vm=web new-name-label=by-h2
is '... on h1' "$(on 1 plain snapshot-list name-label=by-h2 params=snapshot-of --minimal)" "$(on 1 plain vm-list name-label=web --minimal)"
ok 'h1 sends it to h2' as_root 1 vxe vm-migrate vm=web host=h2
ok '... where it counts' on 2 guest_counts web
ok 'h1 fetches it' as_root 1 vxe vm-migrate vm=web host=h1
ok '... where it counts' on 1 guest_counts web
ok 'h2 shuts it down' as_root 2 vxe vm-shutdown vm=web --force
ok '... and starts it on h2' as_root 1 vxe vm-start vm=web on=h2
ok '... where it counts' on 2 guest_counts web
run as_root 1 ssh -T -o BatchMode=yes 10.9.0.2 id
isnt 'the key gives no shell' "$STATUS" 0
unlike '... no program but vxe' "$OUT" uid=
ok '... nor that of libvirt' as_root 1 sh -c '! ssh -T -o BatchMode=yes -i ~/.ssh/libvirt 10.9.0.2 id </dev/null | grep uid='
on 2 sh -c 'sed -i /forwarded/d /mnt/own/root/.ssh/authorized_keys'
run as_root 1 vxe vm-shutdown vm=web --force
like 'a key that is taken away is refused' "$OUT$ERR" 'Permission denied|publickey'
ok '... and the guest runs' on 2 guest_counts web
for i in 1 2; do ok "vxe check is clean on h$i" on $i vxe check; done
database_end

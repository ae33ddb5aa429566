#!/bin/bash
# SPDX-License-Identifier: MIT
# Two hosts become a pool by the commands of docs/pool.md, as they stand there: with a server as Debian installs it, which is
# reached by TLS with a password, and a real sshd on each host, through which commands for the other host and migrations come.
# Root's, or those of an ordinary user, whose sshd has a high port and sets no XDG_RUNTIME_DIR. A third host joins; the password and
# the URI change; the keys are changed, and wrong ones refused. "systemctl" is a note, but for the server.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/pool.sh"
debian_makes_servers() { command -v pg_createcluster >/dev/null; }
requires debian_makes_servers 'no pg_createcluster, with which Debian makes servers'
hosts_start 3 || exit

# ---- the server: a name that the hosts know, its files as Debian makes them ---------------------------------------------

server=$HOSTS_DIR/server
as_server=(env PG_CLUSTER_CONF_ROOT="$server/etc" PGHOST="$server/run" PGDATABASE=postgres)
# PostgreSQL does not run as root, which an ordinary user is beside the bridge.
by_bridge=(nsenter -t "$HUB" "${INTO[@]}" -n unshare -U --map-user="$(id -u)" --map-group="$(id -g)")
mkdir -m 0711 "$server"
if [ "$HOST_MODE" = system ]; then
  chown nobody:nogroup "$server"
  by_bridge=(nsenter -t "$HUB" "${INTO[@]}" -n)
  as_server=(setpriv --reuid=nobody --regid=nogroup --clear-groups "${as_server[@]}")
fi
printf '10.9.0.254 db\n10.9.0.254 db2\n' >>"$HOSTS_DIR/names"
version=$(basename "$(ls -d /usr/lib/postgresql/*/ | sort -V | tail -n 1)")
ok 'a server' "${as_server[@]}" pg_createcluster "$version" main -d "$server/data" -s "$server/run" -l "$server/log" \
  --locale C.UTF-8 --encoding UTF8 -- --no-sync || exit
etc=$server/etc/$version/main
# What Debian's package ssl-cert makes.
ok '... and its certificate' "${as_server[@]}" openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=db \
  -addext basicConstraints=CA:FALSE -addext subjectAltName=DNS:db,DNS:db2 -keyout "$server/db.key" -out "$server/db.pem" || exit
"${as_server[@]}" sh -c "printf '%s\n' 'ssl = on' \"ssl_cert_file = '$server/db.pem'\" \"ssl_key_file = '$server/db.key'\" \
  'fsync = off' >>'$etc/postgresql.conf'"
server_start() {
  "${by_bridge[@]}" "${as_server[@]}" setpriv --pdeathsig INT "/usr/lib/postgresql/$version/bin/postgres" \
    -D "$etc" >"$server.log" 2>&1 &
  SERVER=$!
  wait_until 20 "${as_server[@]}" psql -qAtX -c 'SELECT 1' >/dev/null
}
server_stop() { kill -INT "$SERVER" && wait "$SERVER"; }
ok '... runs' server_start || exit

# ---- the hosts -----------------------------------------------------------------------------------------------------------

bin=$HOSTS_DIR/shared/bin PORT=22
[ "$HOST_MODE" = system ] || PORT=2200
mkdir -p "$bin" "$HOSTS_DIR/shared/images" && ln -s "$VXE" "$bin/vxe"
printf '#!/bin/sh\necho "$@" >>/mnt/own/systemctl\n' >"$bin/systemctl" && chmod +x "$bin/systemctl"
# On a host: the user comes in by ssh.
begin() { # ADDRESS PORT
  mkdir -m 0700 ~/.ssh && mkdir ~/other && dropbearkey -t ed25519 -f /mnt/own/host_key >/dev/null 2>&1 || return
  [ "$2" = 22 ] || printf 'Host 10.9.0.*\n  Port %s\n' "$2" >~/.ssh/config
  listens "$@"
}
listens() {
  PATH=/mnt/sr/bin:$PATH setsid env -u XDG_RUNTIME_DIR \
    dropbear -e -E -s -j -k -r /mnt/own/host_key -p "$1:$2" -P /mnt/own/sshd.pid 2>>/mnt/own/sshd.log
}
for i in 1 2 3; do ok "h$i has an sshd" on $i eval "$(declare -f begin listens); begin 10.9.0.$i $PORT" || exit; done
typed() { on "$1" env PATH="/mnt/sr/bin:$PATH" "${@:2}"; } # HOST COMMAND...
vxe() { typed 1 vxe "$@"; }                               # for wrong, leads

# ---- the commands -----------------------------------------------------------------------------------------

# A file for each "# on" of the section: its number, and whose it is.
awk '/^## Two hosts from nothing/ { on = 1 } on && /^```/ { if (code++) exit; next }
  on && code && /^# on / { n++; who = $3 ~ /^both/ ? "both" : $3; next } on && code { print >(n "." who) }' "$TESTS/../docs/pool.md"
is 'the commands are found' "$(echo [0-9].*)" '1.db 2.both 3.h1 4.h2 5.both 6.h1'
is '... thirteen' "$(cat [0-9].* | grep -vc '^  ')" 13
if [ "$HOST_MODE" != system ]; then
  awk '/^## A pool of ordinary users/ { on = 1 } on && /^```/ { if (++code == 5) exit; next } on && code % 2 && !/^#/ { print >("theirs." code) }' \
    "$TESTS/../docs/pool.md"
  sed -i "s|/usr/lib/systemd/system|$TESTS/../share|" theirs.1
  ok 'h1 has timers' typed 1 bash -eu -c "$(cat theirs.1)"
  units=$HOSTS_DIR/h1/files/home/.config/systemd/user
  is '... four units' "$(ls "$units" | xargs)" 'vxe-heartbeat.service vxe-heartbeat.timer vxe-schedules.service vxe-schedules.timer'
  is '... of the own store' "$(cat "$units"/* | grep -c '^ConditionPathExists=%h/.local/state/vxe/')" 3
  sed -i 's|@PREFIX@|/usr|; s|=/usr/bin/vxe|=/bin/true|; /^Documentation/d' "$units"/*
  if command -v systemd-analyze >/dev/null; then
    is '... that systemd knows' "$(XDG_RUNTIME_DIR=$PWD systemd-analyze --user verify "$units"/* 2>&1 | grep -F "$units")" ''
  fi
  mv theirs.3 theirs
  is 'three lines are others' "$(wc -l <theirs)" 3
  for word in virt-ssh-helper systemctl libvirt-uri; do
    grep -F $word theirs >line
    for f in [0-9].both; do
      awk -v word=$word 'NR == FNR { line = $0; next } { print index($0, word) ? line : $0 }' line "$f" >new && mv new "$f"
    done
  done
fi
sed -i "s|/etc/postgresql/15/main|$etc|; s|=/root/|=$HOST_DIR/home/|; s|/usr/bin/vxe --|/mnt/sr/bin/vxe --|
  s|/srv/|/mnt/sr/|; s|PASSWORD|secret|; s|^ssh-keyscan |&-p $PORT |" [0-9].*

# On db: "su postgres" is who owns the server; createuser asks twice.
su() { printf 'secret\nsecret\n' | setsid -w "${as_server[@]}" sh -c "$3"; }
systemctl() { is 'db restarts its server' "$*" 'restart postgresql' && server_stop && server_start; }
on_db() { while read -r line; do ok "db: $line" eval "$line"; done <"$1"; }
lines() { typed "$1" bash -eu -c "cd; $(cat "$2")"; } # HOST FILE
other() { # TO FROM: the keys of host FROM, as a person copies them
  on "$1" mkdir -p "$HOST_DIR/home/other/h$2"
  for k in id_ed25519 libvirt; do on "$2" eval "cat ~/.ssh/$k.pub" | on "$1" eval "cat >~/other/h$2/$k.pub"; done
}
head -n 2 2.both >own && sed 1,2d 2.both >others
for f in [0-9].*; do
  case $f in
  *.db) on_db "$f" ;;
  2.both)
    for i in 1 2; do on $i eval 'cat >~/other/db.pem' <"$server/db.pem" && ok "h$i: $(cat own)" lines $i own; done
    other 1 2 && other 2 1
    for i in 1 2; do ok "h$i: $(head -n 1 others)" lines $i others; done
    ;;
  *.both) for i in 1 2; do ok "h$i: $(head -n 1 "$f")" lines $i "$f"; done ;;
  *) ok "${f#*.}: $(head -n 1 "$f")" lines "${f#*.h}" "$f" ;;
  esac
done
for i in 1 2; do like "h$i's timers are on" "$(on $i cat /mnt/own/systemctl)" 'enable --now vxe-heartbeat.timer vxe-schedules.timer$'; done

# ---- what they give ----------------------------------------------------------------------------------------

on 1 guest_disks web 1 /mnt/sr/images >/dev/null
ok 'a guest' on 1 guest_define web - /mnt/sr/images/web-0.qcow2
ok '... counts on h1' on 1 guest_start web
on 1 vxe host-heartbeat # as the timer does
for i in 1 2; do is "h$i lists it" "$(on $i plain vm-list name-label=web params=power-state --minimal)" running; done
ok 'h2 makes a snapshot of it' typed 2 vxe vm-snapshot vm=web new-name-label=by-h2
is '... on h1' "$(on 1 plain snapshot-list name-label=by-h2 params=snapshot-of --minimal)" "$(on 1 plain vm-list name-label=web --minimal)"
ok 'h1 sends it to h2' vxe vm-migrate vm=web host=h2
ok '... where it counts' on 2 guest_counts web
ok 'h1 fetches it' vxe vm-migrate vm=web host=h1
ok '... where it counts' on 1 guest_counts web
ok 'h2 shuts it down' typed 2 vxe vm-shutdown vm=web --force
ok '... and starts it on h2' vxe vm-start vm=web on=h2
ok '... where it counts' on 2 guest_counts web
run typed 1 ssh -T -o BatchMode=yes 10.9.0.2 id
isnt 'the key gives no shell' "$STATUS" 0
unlike '... no program but vxe' "$OUT" uid=
ok '... nor that of libvirt' typed 1 sh -c '! ssh -T -o BatchMode=yes -i ~/.ssh/libvirt 10.9.0.2 id </dev/null | grep uid='

# ---- who else may come in --------------------------------------------------------------------------------------------------

run on 3 psql 'host=db user=vxe dbname=vxe sslmode=disable password=secret' -c 'SELECT 1'
like 'nobody comes in without TLS' "$ERR" 'no encryption|SSL off'
run on 3 psql 'host=db user=vxe dbname=vxe password=wrong' -c 'SELECT 1'
like '... nor with another password' "$ERR" 'password authentication failed'
ok 'another role' "${as_server[@]}" psql -qX -c "CREATE ROLE other LOGIN PASSWORD 'o'"
echo 'hostssl all other 10.9.0.0/24 scram-sha-256' >>"$etc/pg_hba.conf" && kill -HUP "$SERVER"
run on 3 psql 'host=db user=other dbname=vxe password=o' -c 'SELECT 1'
like '... has no way into the database' "$ERR" 'permission denied for database'

# ---- a third host -------------------------------------------------------------------------------------------------------------

uri=$(sed -n "s/.*store='\(.*\)'/\1/p" 4.h2)
on 3 eval 'cat >~/other/db.pem' <"$server/db.pem"
ok 'a third host has keys' lines 3 own
other 3 1 && other 3 2 && ok '... and those of the others' lines 3 others
grep -v ^ssh-keyscan others >seds
echo "ssh-keyscan -p $PORT -t ed25519 10.9.0.3 >>~/.ssh/known_hosts" >>seds
for i in 1 2; do
  on $i rm -r "$HOST_DIR/home/other/h$((3 - i))" && other $i 3 && ok "h$i has the third one's" lines $i seds
done
ok '... which joins' lines 3 4.h2
ok '... and says how to reach its libvirt' lines 3 5.both
ok 'h3 acts on h2' typed 3 vxe vm-param-set vm=web name-description=by-h3
ok '... and fetches the guest' typed 3 vxe vm-migrate vm=web host=h3
ok '... where it counts' on 3 guest_counts web
ok 'h1 sends it on to h2' vxe vm-migrate vm=web host=h2
ok '... where it counts' on 2 guest_counts web

# ---- the password, and the URI, change ------------------------------------------------------------------------------------------

ok 'the password changes' "${as_server[@]}" psql -qX -c "ALTER ROLE vxe PASSWORD 'changed'"
wrong VXE_STORE_UNUSABLE 'a host with the old one does nothing' vm-list
like "... and says why, in the server's words" "$ERR" 'password authentication failed'
ok '... guests run on' on 2 guest_counts web
for i in 1 2 3; do on $i eval 'sed -i s/:secret$/:changed/ ~/.pgpass'; done
again VXE_STORE_UNUSABLE vxe vm-list
for i in 1 2 3; do
  ok "h$i takes another URI" on $i eval 'sed -i "1s|@db/|@db2/|" "$HOST_STATE/pool" && sed -n "s/^db:/db2:/p" ~/.pgpass >>~/.pgpass2 && cat ~/.pgpass2 >>~/.pgpass'
done
ok '... all hosts work' typed 1 vxe vm-param-set vm=web name-description=elsewhere
is '... which is known' "$(on 3 plain vm-list name-label=web params=name-description --minimal)" elsewhere
ok '... h3 tells' on 3 vxe host-heartbeat

# ---- the keys: changed, and wrong ones -----------------------------------------------------------------------

# Nothing is done, and all that helps is said: the host, ssh's words, the command, the way out.
shuts=(vm-shutdown vm=web --force)
is_refused() { # WHAT WORDS
  run vxe "${shuts[@]}"
  like "$1: the host is named" "$ERR" "host: $H2 \(h2\)"
  wrong HOST_OFFLINE '... with the way out' "${shuts[@]}"
  like '... says why, in the words of ssh' "$ERR" "$2"
  like '... by which command' "$ERR" "ssh .*10\.9\.0\.2"
  ok '... and the guest runs' on 2 guest_counts web
}
H2=$(on 1 plain host-list hostname=h2 --minimal)
if [ "$HOST_MODE" != system ] || [ -n "$LONG" ]; then
  on 1 eval "cp ~/.ssh/id_ed25519 ~/old && ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/new && cp ~/.ssh/new.pub ~/.ssh/id_ed25519.pub /mnt/sr/"
  ok 'h2 allows a new key' on 2 eval 'sed "s|^|restrict,command=\"/mnt/sr/bin/vxe --forwarded\" |" /mnt/sr/new.pub >>~/.ssh/authorized_keys'
  ok '... while the old one works' vxe vm-param-set vm=web name-description=old
  ok '... h1 takes the new one' on 1 eval 'mv ~/.ssh/new ~/.ssh/id_ed25519 && mv ~/.ssh/new.pub ~/.ssh/id_ed25519.pub'
  ok '... and h2 forgets the old one' on 2 eval 'key=$(cut -d" " -f2 /mnt/sr/id_ed25519.pub) && sed -i "\\|$key|d" ~/.ssh/authorized_keys'
  ok '... the new one works' vxe vm-param-set vm=web name-description=new
  is '... which was done' "$(on 2 plain vm-list name-label=web params=name-description --minimal)" new
  ok 'the old one is tried' on 1 eval 'echo "'"$H2"' ssh -T -o IdentitiesOnly=yes -i $HOST_DIR/home/old -o BatchMode=yes 10.9.0.2" >"$HOST_STATE/remote"'
  is_refused '... and refused' 'Permission denied|publickey'
  ok '... the new one again' on 1 eval 'rm "$HOST_STATE/remote"'
  on 2 eval "$(declare -f listens); kill \$(cat sshd.pid) && mv host_key key && dropbearkey -t ed25519 -f host_key >/dev/null 2>&1 && listens 10.9.0.2 $PORT"
  is_refused 'another key of the host' 'Host key verification failed|IDENTIFICATION HAS CHANGED'
  on 2 eval "$(declare -f listens); kill \$(cat sshd.pid) && mv key host_key && listens 10.9.0.2 $PORT"
  again HOST_OFFLINE vxe vm-param-set vm=web name-description=known
fi
on 2 eval 'mv ~/.ssh/authorized_keys keys && grep -v forwarded keys >~/.ssh/authorized_keys'
is_refused 'a key that is taken away' 'Permission denied|publickey'
leads HOST_OFFLINE 1
on 2 eval 'mv keys ~/.ssh/authorized_keys'
again HOST_OFFLINE vxe "${shuts[@]}"
is '... on h2' "$(on 2 virsh domstate web)" 'shut off'
for i in 1 2 3; do ok "vxe check is clean on h$i" on $i vxe check; done
server_stop

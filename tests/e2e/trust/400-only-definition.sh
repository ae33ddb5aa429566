#!/bin/bash
# SPDX-License-Identifier: MIT
# The only definition of a VM is not removed on one side's word: another program has moved it to another host, and the records
# do not say so yet. What is removed, because the VM's home has it, too, is kept in a file.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

migration_ready || exit
on 1 vxe vm-param-set uuid="$VM" name-description='of the shop' other-config:mine=yes
on 1 vxe vm-param-add uuid="$VM" param-name=tags param-key=front

beats() { # I...
  local i
  for i; do ok "h$i tells" on "$i" vxe host-heartbeat; done
}
has() { on "$1" virsh -q list --all --name | grep -x web; }
field() { on "$1" plain vm-param-get uuid="$VM" param-name="$2"; }
moves() { # FROM TO: by virsh alone
  on "$1" virsh -q migrate --offline --persistent --undefinesource web "qemu+tcp://h$2/$HOST_MODE"
}
by_hand() { # FROM TO
  on "$1" virsh -q dumpxml --inactive --migratable web >"$HOSTS_DIR/shared/web.xml"
  on "$1" virsh -q undefine web && on "$2" virsh -q define /mnt/sr/web.xml
}
# is_whole I WHAT: the VM is at home on host I, with all that its record had.
is_whole() {
  local at i
  for i in 1 2; do at+=$(has $i); done
  is "$2: one host has it" "$at" web
  is "... h$1" "$(has "$1")" web
  is '... and it is at home there' "$(database_sql "$PG" pool "SELECT home FROM vxe.\"VM\" WHERE uuid = '$VM'")" "${HOST[$1]}"
  is '... with its description' "$(field 2 name-description)" 'of the shop'
  is '... its tags' "$(field 2 tags)" front
  is '... and keys' "$(on 2 plain vm-param-get uuid="$VM" param-name=other-config param-key=mine)" yes
  for i in 1 2; do ok "... h$i: vxe check is clean" on $i vxe check; done
}

# ---- another program has moved it

ok 'web is off' on 1 vxe vm-shutdown uuid="$VM" --force
beats 1 2
ok 'virsh migrate --offline moves it to h2' moves 1 2
beats 2 1
is_whole 2 'h2 has told first'
ok 'virsh moves it back' moves 2 1
is 'h2 looks first' "$(on 2 plain vm-list name-label=web --minimal)" ''
beats 1 2
is_whole 1 'then h1'
ok 'it is moved by hand' by_hand 1 2
beats 2 1
is_whole 2 'by undefine and define'
ok 'a snapshot' on 2 vxe vm-snapshot uuid="$VM" new-name-label=s1
beats 1 2
ok 'it is moved back, with its snapshot' by_hand 2 1
beats 2 1 2
is_whole 1 'h2, which had it, told before h1'
is '... and has its snapshot' "$(on 2 plain snapshot-list snapshot-of="$VM" params=name-label --minimal)" s1
ok 'it starts there' on 2 vxe vm-start uuid="$VM"
is_on 1 'the guest'
ok '... and is off' on 1 vxe vm-shutdown uuid="$VM" --force

# ---- an old definition goes, and is kept

ok 'a definition comes to h2 from a backup' on 2 virsh -q define /mnt/sr/web.xml
on 2 virsh -q autostart web
libvirtd_kill 1
beats 2
is 'while the libvirt of its home is away it stays' "$(has 2)" web
exits 1 '... which vxe check says' on 2 vxe check
like '... and the reason' "$OUT" 'whose libvirt does not answer: keep it'
ok 'it is back' libvirtd_start 1
exits 1 'then vxe check says' on 2 vxe check
like '... that it is an old one' "$OUT" "old definition of it \(web\).*'virsh undefine"
beats 2
is '... and it goes' "$(has 1)$(has 2)" web
kept=$(on 2 eval 'ls "$HOST_STATE"/removed')
like '... but is kept' "$kept" "^[0-9TZ:]+-$VM\.xml\$"
is '... for its user alone' "$(on 2 eval 'stat -c %a "$HOST_STATE"/removed "$HOST_STATE"/removed/*' | xargs)" '700 600'
run on 2 vxe check
like '... as vxe check tells' "$ERR" "kept in files \(1\): the last one in .*/removed/$kept"
ok '... it tells of what is not in it' on 2 grep -h "virsh autostart $VM" "$(on 2 eval 'ls "$HOST_STATE"/removed/*')"
ok '... which can be defined' on 2 eval 'virsh -q define "$HOST_STATE"/removed/*'

# ---- the other one goes at the same moment

on 2 virsh -q autostart web
starts_with() { on "$1" virsh dominfo web | grep -o 'Autostart: *enable'; }
# about_to I: host I is about to remove it. goes_on I: then it does.
about_to() {
  on "$1" eval 'VXE_FAILPOINT=stale-domain:undefine=stop "$VXE_PLAIN" host-heartbeat >said 2>&1 & echo $! >pid'
  ok "h$1 is about to remove it" wait_until 20 on "$1" eval 'grep -q "^State:.*T" /proc/$(cat pid)/status'
}
goes_on() {
  ok "h$1 goes on" on "$1" eval 'pid=$(cat pid) && wait_until 20 eval "! kill -CONT $pid 2>/dev/null"'
  is '... and keeps it' "$(has "$1")" web
  ok '... starting with the host' starts_with "$1"
}
about_to 2
libvirtd_kill 1
goes_on 2
ok 'it is back' libvirtd_start 1
about_to 2
ok '... when h1 loses it' on 1 virsh -q undefine web --snapshots-metadata
goes_on 2
beats 2 1
is_whole 2 'it is the only one'

# ---- no more than a hundred are kept, for 90 days

# Its input: when h1 has kept a definition, for date.
old_files() {
  on 1 eval 'mkdir -p -m 0700 "$HOST_STATE/removed" && while read -r at; do
    : >"$HOST_STATE/removed/$(date -u -d "$at" +%Y%m%dT%H:%M:%SZ)-x.xml"; done'
}
removes() {
  ok 'an old definition comes to h1' on 1 virsh -q define /mnt/sr/web.xml
  beats 1
  is '... and goes' "$(has 1)" ''
}
n_kept() { on 1 eval 'ls "$HOST_STATE/removed" | wc -l'; }
printf '%s\n' '91 days ago' '89 days ago' | old_files
removes
is '... that of 91 days ago, too' "$(n_kept)" 2
seq -f '%g hours ago' 150 | old_files
removes
is '... and all but a hundred' "$(n_kept)" 100
database_end

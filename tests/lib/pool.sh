# shellcheck shell=bash
# shellcheck source-path=SCRIPTDIR
# SPDX-License-Identifier: MIT
#
# Hosts of a pool, for end-to-end tests. Sourced after e2e.sh; hosts.sh and database.sh come with it.
#
#   pool_hosts N [NAME]   hosts 1 to N are up, and an empty database NAME ("pool"): PG is its folder, URI how the hosts reach it.
#                         TCP=1 before it: over the network alone. PAIR=1: the server has a standby (pair_begin of database.sh),
#                         which the URI names, too
#   pool_begin N          the same if no hosts are up yet; h1 makes a pool there, the others join. HOST: their UUIDs. Each reaches
#                         the vxe of the others, which is VXE, and their libvirt
#   pool_reached I        tells that again, of a host that has joined anew
#   pool_way I            prints the words by which the others reach the vxe of host I
#   pool_reach I WORDS    makes those the words, in the file of each host
#   vxe_after PROGRAM     after pool_hosts: VXE on each host, also for the others, runs the lines of its input and then PROGRAM
#   silent_for I SECONDS  the last that was heard of host I was so long ago
#   lost_at HOW POINT I COMMAND...   the server is lost while COMMAND of host I stands at a failpoint: see below

. "$TESTS/lib/hosts.sh"
. "$TESTS/lib/database.sh"
requires hosts_work 'no namespace in which a user can have a /proc, a bridge and a name'

pool_hosts() {
  local name=${2-pool}
  ok "$1 hosts are up" hosts_start "$1" || exit
  PG=$HOSTS_DIR/shared/pg URI=$(database_uri /mnt/sr/pg "$name")
  if [ -n "${TCP-}" ]; then
    mkdir -p "$PG"
    printf '%s\n' 'local all all trust' 'host all all 10.9.0.0/24 trust' >"$PG/hba"
    printf '%s\n' -clisten_addresses=10.9.0.254 -chba_file="$PG/hba" >"$PG/options"
    URI=postgresql://vxe@10.9.0.254/$name
  fi
  database_begin "$PG" ${TCP:+nsenter -t "$HUB" "${INTO[@]}" -n} || skip_all 'PostgreSQL does not start'
  database_make "$PG" "$name"
  [ -n "${PAIR-}" ] || return 0
  URI="postgresql:///$name?host=/mnt/sr/pg,/mnt/sr/pg2&user=vxe&target_session_attrs=read-write"
  ok 'a standby' pair_begin "$PG" "$HOSTS_DIR/shared/pg2" || exit
}

vxe_after() {
  local bin=$HOSTS_DIR/shared/bin
  mkdir "$bin"
  { echo '#!/bin/sh' && cat && echo "exec '$1' \"\$@\""; } >"$bin/vxe" && chmod +x "$bin/vxe"
  export VXE=/mnt/sr/bin/vxe VXE_PLAIN=/mnt/sr/bin/vxe
}

pool_begin() {
  local i
  [ -n "$HUB" ] || pool_hosts "$1"
  mkdir -p "$HOSTS_DIR/shared/bin"
  [ -e "$HOSTS_DIR/shared/bin/vxe" ] || ln -s "$VXE" "$HOSTS_DIR/shared/bin/vxe"
  ok 'h1 makes a pool' on 1 vxe pool-init store="$URI" || exit
  for ((i = 2; i <= $1; i++)); do ok "h$i joins it" on "$i" vxe pool-join store="$URI" || exit; done
  HOST=('')
  for ((i = 1; i <= $1; i++)); do
    HOST[i]=$(on 1 plain host-list hostname="h$i" --minimal)
    pool_reached "$i"
  done
}
pool_reached() {
  on 1 vxe host-param-set uuid="${HOST[$1]}" other-config:libvirt-uri="qemu+tcp://h$1/$HOST_MODE"
  pool_reach "$1" "$(pool_way "$1")"
}
pool_way() { echo "$(host_words "$1") env PATH=/mnt/sr/bin:$PATH"; }
# shellcheck disable=SC2016 # of a script on the hosts
pool_reach() {
  local i
  echo "${HOST[$1]} $2" >"$HOSTS_DIR/shared/way"
  for i in "${!HOLDERS[@]}"; do
    on "$i" eval 'at=$HOST_STATE/remote && { grep -v "^$(cut -d" " -f1 /mnt/sr/way) " "$at" 2>/dev/null; cat /mnt/sr/way; } >"$at.new" && mv "$at.new" "$at"'
  done
}

# ---- a host whose power fails

of() { on "$1" plain vm-list name-label="$2" params="$3" --minimal; } # HOST VM FIELD

silent_for() {
  database_sql "$PG" pool "UPDATE vxe.beats SET at = clock_timestamp() - interval '$2 seconds' WHERE host = '${HOST[$1]}'"
}

# writes_on I VM: the guest counts for two more writes to its disk.
writes_on() {
  local from
  from=$(on "$1" guest_counter "$2")
  wait_until 20 eval "[ \"\$(on $1 guest_counter $2)\" -gt $((from + 2 * GUEST_STEP)) ]"
}

# has_all_of VM I COUNTER WHAT: VM, which has booted on host I, had on its disk what it had written when it printed COUNTER.
has_all_of() {
  local at
  at=$(on "$2" guest_booted "$1")
  [ -n "$at" ] && [ "$at" -ge $(($3 - 2 * GUEST_STEP)) ]
  result $? "$4 has what it had written" || diag "it has ${at:-nothing}, and had said $3"
}

# ---- the server is lost while a command stands

# With PAIR=1, and STOPS as the lines of vxe_after. COMMAND of vxe on host I stands at POINT, on whatever host that is; "-": it
# has not begun. What happens to the server:
#   restart, promote   it is killed, and started again, or its standby takes its place; each second time the command goes on before
#   there, gone        as commit_lost: it is lost while the command's next commit waits for the standby
# Then the command goes on, and begins again what it wants to. GOT: its status; SAID: its errors.
# shellcheck disable=SC2016 # of a script on the hosts
STOPS='[ ! -e /mnt/sr/reached ] || export VXE_FAILPOINT_LOG=/mnt/sr/reached
[ ! -e /mnt/sr/point ] || export VXE_FAILPOINT="$(cat /mnt/sr/point)=stop"'
LOST_N=0
lost_at() {
  local how=$1 point=$2 shared=$HOSTS_DIR/shared
  ok "$how at $point: there is a standby" pair_ready || return
  GENERATION=$(generation)
  rm -f "$shared/reached" "$shared/point"
  [ "$point" = - ] && commits_held "$how" || echo "$point" >"$shared/point"
  on "$3" vxe "${@:4}" >made 2>said &
  ASKS=$!
  if [ "$point" != - ]; then
    wait_until 60 stands_somewhere
    [ -n "$(stopped)" ] || { result 1 "... $4 stands there" || diag "$(cat said)"; }
    rm -f "$shared/point"
    GENERATION=$(generation)
  fi
  case $how in
  there | gone)
    [ "$point" = - ] || { commits_held "$how" && goes_on; }
    ok '... its commit waits' wait_until 60 commit_waits && ok '... when the server is lost' commit_lost
    ;;
  *)
    server_killed
    [ $((LOST_N++ % 2)) = 0 ] || { goes_on && sleep 0.3; }
    if [ "$how" = restart ]; then server_again; else standby_is_first; fi
    result $? '... the server is lost'
    ;;
  esac
  PG=$FIRST
  wait_until 120 has_ended || { result 1 '... it ends' || kill -KILL $ASKS; }
  wait $ASKS
  GOT=$? SAID=$(cat said)
  [ "$GOT" = 0 ] || diag "note $how at $point: status $GOT, $(tr '\n' ' ' <said)"
  is '... no record is older than before' "$(($(generation) >= GENERATION))" 1
}
generation() { database_sql "$FIRST" pool 'SELECT generation FROM vxe.meta'; }
stopped() {
  local i p
  for i in "${!HOLDERS[@]}"; do
    for p in $(host_processes "$i"); do stands "$p" && echo "$p"; done
  done
}
stands_somewhere() { ! is_child $ASKS || [ -n "$(stopped)" ]; }
goes_on() {
  local p
  for p in $(stopped); do kill -CONT "$p"; done
}
has_ended() { goes_on && ! is_child $ASKS; }

# reached_by I COMMAND...: sets POINTS to the failpoints that the command passes, on all hosts, each once, but for those of snapshots
# of other programs, which are read only now and then.
reached_by() {
  : >"$HOSTS_DIR/shared/reached" && chmod 0666 "$HOSTS_DIR/shared/reached"
  ok "$2 alone" on "$1" vxe "${@:2}"
  mapfile -t POINTS < <(awk '!/^adopt-snapshots:/ && !seen[$0]++' "$HOSTS_DIR/shared/reached")
  rm -f "$HOSTS_DIR/shared/reached"
  diag "note $2 passes ${#POINTS[@]} failpoints: ${POINTS[*]}"
}

# walk HOW FUNCTION POINT...: FUNCTION HOW POINT for each point, or if not in ring all for each fourth.
walk() {
  local n=0 point
  for point in "${@:3}"; do
    [ -z "$LONG" ] && [ $((n++ % 4)) != 0 ] || "$2" "$1" "$point"
  done
}

# ---- an SR of two hosts

# place_ready: makes PLACE, a folder that the hosts share, for an SR "common" that ${create[@]} makes.
# introduce_sr: after sr-forget it is known again, and plugged on both hosts.
# srs I: its UUID, as host I lists it; pbd I: the PBD of host I; attached I K: what host I says of that of host K. SR is its UUID.
place_ready() {
  PLACE=$HOSTS_DIR/shared/place
  # shellcheck disable=SC2034 # for the tests
  create=(sr-create name-label=common type=file shared=true device-config:location=/mnt/sr/place)
  mkdir -p "$PLACE"
}
srs() { on "$1" plain sr-list name-label=common --minimal; }
pbd() { on 1 plain pbd-list sr-uuid="$SR" host-uuid="${HOST[$1]}" --minimal; }
attached() { on "$1" plain pbd-list sr-uuid="$SR" host-uuid="${HOST[$2]}" params=currently-attached --minimal; }
introduce_sr() {
  local i
  on 1 plain sr-introduce uuid="$SR" name-label=common type=file shared=true >/dev/null
  for i in 1 2; do
    on 1 plain pbd-create sr-uuid="$SR" host-uuid="${HOST[i]}" device-config:location=/mnt/sr/place >/dev/null
    ok "... h$i plugs it" on $i vxe pbd-plug uuid="$(pbd $i)"
  done
}

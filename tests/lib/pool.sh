# shellcheck shell=bash
# shellcheck source-path=SCRIPTDIR
# SPDX-License-Identifier: MIT
#
# Hosts of a pool, for end-to-end tests. Sourced after e2e.sh; hosts.sh and database.sh come with it.
#
#   pool_hosts N [NAME]   hosts 1 to N are up, and an empty database NAME ("pool"): PG is its folder, URI how the hosts reach it.
#                         TCP=1 before it: over the network alone
#   pool_begin N          the same if no hosts are up yet; h1 makes a pool there, the others join. HOST: their UUIDs. Each reaches
#                         the vxe of the others, which is VXE, and their libvirt
#   pool_way I            prints the words by which the others reach the vxe of host I
#   pool_reach I WORDS    makes those the words
#   vxe_after PROGRAM     after pool_hosts: VXE on each host, also for the others, runs the lines of its input and then PROGRAM
#   silent_for I SECONDS  the last that was heard of host I was so long ago

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
    on 1 vxe host-param-set uuid="${HOST[i]}" other-config:libvirt-uri="qemu+tcp://h$i/$HOST_MODE" \
      other-config:vxe-remote="$(pool_way "$i")"
  done
}
pool_way() { echo "$(host_words "$1") env PATH=/mnt/sr/bin:$PATH"; }
pool_reach() { on 1 vxe host-param-set uuid="${HOST[$1]}" other-config:vxe-remote="$2"; }

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

# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Hosts of a pool whose power fails. Sourced after migration.sh.

of() { on "$1" plain vm-list name-label="$2" params="$3" --minimal; } # HOST VM FIELD

# silent_for I SECONDS: the last that was heard of host I was so long ago.
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

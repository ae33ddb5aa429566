#!/bin/bash
# SPDX-License-Identifier: MIT
# How often a command of a pool waits for the database, whose answers come a millisecond later by a proxy, which counts them.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

counted_ready

# trips N WHAT COMMAND...: it waits at most N times.
trips() {
  asks "${@:2}"
  [ "$WAITS" -le "$1" ]
  result $? "$2 waits for the database at most $1 times" || diag "it waits $WAITS times"
}
trips 4 'a field' vxe vm-param-get uuid="$VM" param-name=name-label
trips 6 'a list' vxe vm-list
trips 10 'a heartbeat' vxe host-heartbeat
trips 25 'a field that is set' vxe vm-param-set uuid="$VM" name-description=d%N
trips 60 'a snapshot' vxe vm-snapshot uuid="$VM" new-name-label=s%N
trips 6 'the list of hosts' vxe host-list
trips 50 'a check' vxe check
database_end

#!/bin/bash
# SPDX-License-Identifier: MIT
# vxe is killed between two calls of libvirt: it has reduced the guest's maximum downtime in a migration, and has not
# begun to write its memory. A libvirtd that accepts only one more client stops vxe there, as vxe opens another
# connection for the second call.
. "$TESTS/lib/e2e.sh"

ours=10 usual=300 # milliseconds

guest_make web 1
guest_start web
UUID=$(virsh domuuid web)
vxe vm-list >/dev/null

# clients N: libvirtd accepts no more clients at a time from now on; without N: the usual number.
clients() {
  sed -i '/_clients=/d' "$HOST_DIR/libvirtd.conf"
  [ -z "${1-}" ] || printf '%s\n' "max_clients=$1" "max_anonymous_clients=$1" >>"$HOST_DIR/libvirtd.conf"
  host_daemon_stop && host_daemon_start
}
# A shell of virsh takes the first place, and sets the limit.
hold() {
  coproc HELD { virsh -q 2>&1; }
  exec {TO}>&"${HELD[1]}" {FROM}<&"${HELD[0]}" # the coproc's own are closed in $()
  [ "$(limit)" = $usual ]
}
# ask COMMAND PATTERN: the line of the answer that matches.
ask() {
  local line
  echo "$1" >&"$TO"
  while read -r -t 20 line <&"$FROM"; do
    [[ $line =~ $2 ]] && echo "${BASH_REMATCH[1]}" && return
  done
}
limit() { ask 'migrate-getmaxdowntime web' '^([0-9]+)$'; }
is_short() { [ "$(limit)" = $ours ]; }

ok 'libvirtd takes two clients' clients 2
ok 'one is there already' hold
is '... the limit is the usual one' "$(limit)" $usual
"$VXE" vm-checkpoint uuid="$UUID" new-name-label=killed >made 2>&1 &
PID=$!
ok 'vm-checkpoint has shortened the limit' wait_until 20 is_short
sleep 0.5
is '... and stands before its call: libvirt has no job' \
  "$(ask 'domjobinfo web' '^Job type: +([^ ]+)')" None
kill -KILL "$PID"
wait "$PID" 2>/dev/null
is 'killed there it leaves the limit' "$(limit)" $ours
echo quit >&"$TO"
ok 'libvirtd takes everybody again' clients
ok 'the next command' vxe vm-param-set uuid="$UUID" name-description=seen
is '... brings the limit back' "$(virsh -q migrate-getmaxdowntime web)" $usual
is '... leaves no checkpoint' "$(vxe snapshot-list --minimal)" ''
is '... and nothing else' "$(find "$PWD" "$HOST_IMAGES" -name '*.mem' 2>/dev/null)" ''
ok '... the guest counts' guest_counts web
exits 0 'nothing is wrong' vxe check

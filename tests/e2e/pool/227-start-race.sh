#!/bin/bash
# SPDX-License-Identifier: MIT
# Two hosts start, resume or move one guest at the same moment, and the storage carries no locks: it never runs twice. RACES
# of them, the first half without libvirt's hook; under each fourth the server of the records is killed, and comes back. 228-start-races.sh
# makes more.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

VXE=$VXE_PLAIN GUEST_EMULATOR=$NO_LOCKS migration_ready || exit
logs=("$HOSTS_DIR/h1/files/s/web.log" "$HOSTS_DIR/h2/files/s/web.log")
touch "${logs[@]}"

state() { on 1 plain vm-param-get uuid="$VM" param-name=power-state; }
halted() { [ "$(state)" = halted ] || on 1 plain vm-shutdown uuid="$VM" --force; }
suspended() { halted && on 1 plain vm-start uuid="$VM" && on 1 plain vm-suspend uuid="$VM"; }
running() { case $(state) in running) ;; suspended) on 1 plain vm-resume uuid="$VM" ;; *) on 1 plain vm-start uuid="$VM" ;; esac }
# No host has it: vxe was killed when it had left one for the other.
homeless() {
  local at=1
  halted && { on 1 virsh -q list --all --name | grep -qx web || at=2; }
  ! on $at env VXE_FAILPOINT=vm-leave:result:after=die "$VXE_PLAIN" vm-start uuid="$VM" on=h$((3 - at))
}

# What two hosts do at one moment: what must hold before, and the words of each.
declare -A BEFORE=([on]=halted [start]=halted [none]=homeless [resume]=suspended [move]=running [stop]=running)
first_or_again() { "$@" || "$@"; }
does() { # KIND HOST
  case $1 in
  on) plain vm-start uuid="$VM" on="h$2" ;;
  start | none) plain vm-start uuid="$VM" ;;
  resume) plain vm-resume uuid="$VM" ;;
  move) plain vm-migrate uuid="$VM" host="h$2" ;;
  stop) [ "$2" = 1 ] && plain vm-migrate uuid="$VM" host=h2 || { plain vm-shutdown uuid="$VM" --force; first_or_again plain vm-start uuid="$VM" on=h1; } ;;
  esac
}
server_fails() {
  sleep "0.$(printf %03d $((RANDOM % 400)))"
  database_kill
  sleep "0.$(printf %03d $((RANDOM % 700)))"
  database_begin "$PG" </dev/null
}
race() { # KIND [SERVER_FAILS]: sets TWICE to what was seen
  local watcher i
  ${BEFORE[$1]} >/dev/null 2>"$TEST_DIR/before" || { diag "$1: $(cat "$TEST_DIR/before")" && return 1; }
  "$TOOLS/two_guests" "$VM" "${logs[@]}" >"$TEST_DIR/seen" &
  watcher=$!
  for i in 1 2; do
    on $i eval "VM=$VM; $(declare -f does first_or_again); does $1 $i" >"$TEST_DIR/said$i" 2>&1 &
    BOTH[i]=$!
  done
  ${2-}
  wait "${BOTH[@]}"
  sleep 0.1
  kill "$watcher"
  wait "$watcher"
  TWICE=$(cat "$TEST_DIR/seen")
  read -r processes moments <<<"$TWICE"
  [ "$processes" -le 1 ] && [ "$moments" -le 2 ] || {
    diag "$1: $TWICE; $(head -3 "$TEST_DIR/said1"); $(head -3 "$TEST_DIR/said2")" && return 1
  }
  # who has lost the server has begun nothing, or what the next command ends
  [ -z "${2-}" ] || running >"$TEST_DIR/said1" 2>&1
  won "$1" || { diag "$1: nobody has it: $(cat "$TEST_DIR"/said[12])" && return 1; }
}
# One of the two has come to its end, and the guest runs.
won() { [ "$(state)" = running ] && { [ "$(runs_on 1)" = web ] || [ "$(runs_on 2)" = web ]; }; }
runs_on() { on "$1" virsh -q list --name | grep -x web; }

# A hook that lets all pass, and that vxe takes for its own.
without_hook() { [ ! -e /etc/libvirt/hooks/qemu.d/vxe ] || printf '#!/bin/sh\nvxe='\''/bin/true'\''\nexit 0\n' >/etc/libvirt/hooks/qemu.d/vxe; }
with_hook() { [ ! -e /etc/libvirt/hooks/qemu.d/vxe ] || { rm /etc/libvirt/hooks/qemu.d/vxe && plain host-heartbeat; }; }

# That two are seen, if there are two: the second one stands still, as it would write to the first one's disk.
for i in 1 2; do on $i eval "$(declare -f without_hook); without_hook"; done
on 1 virsh dumpxml --inactive --migratable web >"$HOSTS_DIR/shared/web.xml"
on 2 virsh -q define /mnt/sr/web.xml
"$TOOLS/two_guests" "$VM" "${logs[@]}" >"$TEST_DIR/seen" &
watcher=$!
ok 'a second one is started by hand' on 2 virsh -q start --paused web
sleep 0.1
kill $watcher
wait $watcher
like '... and seen' "$(cat "$TEST_DIR/seen")" '^2 '
on 2 virsh -q destroy web
on 2 virsh -q undefine web

kinds=(on none start none resume on none move on stop)
bad=0 BOTH=() RACES=${RACES-20}
for ((n = 0; n < RACES; n++)); do
  [ $n != $((RACES / 2)) ] || for i in 1 2; do on $i eval "$(declare -f with_hook); with_hook"; done
  fails=''
  [ $((n % 4)) != 3 ] || fails=server_fails
  race "${kinds[n % ${#kinds[@]}]}" $fails || bad=$((bad + 1))
done
is "of $RACES races the guest ran twice, or nowhere, in" $bad 0
ok 'it runs' running
for i in 1 2; do
  ok 'what was cut off is ended' on $i vxe check
done
is 'it is in one place' "$(for i in 1 2; do on $i virsh -q list --all --name; done | grep -cx web)" 1
for i in 1 2; do ok "h$i: vxe check is clean" on $i vxe check; done
database_end

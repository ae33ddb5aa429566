#!/bin/bash
# SPDX-License-Identifier: MIT
# The power of the host to which a guest goes fails when it has just begun to run there, and does not come back in time: the
# first host waits for a word, then has the guest alone, with all that it had written.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

migration_ready || exit
log() { echo "$HOSTS_DIR/h$1/files/s/web.log"; }
size() { stat -c %s "$(log "$1")" 2>/dev/null || echo 0; }
said_on() { tr -d '\r' <"$(log "$1")" | sed -n '/^C=[0-9a-f]\{8\}$/s/C=//p' | tail -n 1 | hex; }
state() { on "$1" virsh domstate web --reason 2>&1 | head -n 1; }

at=1 waited=0 gone=0
# decided: a person says that the other host is dead, and a command ends what was left; then that host comes back.
decided() {
  silent_for $to 60
  ok "h$to is dead" on $at vxe host-declare-dead uuid="${HOST[to]}" --force
  ok '... vxe check decides' on $at vxe check
  if on $at virsh -q list --name | grep -qx web; then
    ok '... the guest runs on' on $at guest_counts web
  else
    ok '... the guest starts' on $at vxe vm-start vm=web
    ok '... and counts' on $at guest_counts web
    has_all_of web $at "$last" '... and'
  fi
  ok 'the dead host is back' host_boot $to
  ok '... tells' on $to vxe host-heartbeat
  is_on $at
}

# ---- vxe dies, too ---------------------------------------------------------------------------------------------------------

for point in migrate:after autostart-there:after end-here:after; do
  to=$((3 - at))
  for i in 1 2; do on $i vxe host-heartbeat; done
  run on $at env VXE_FAILPOINT=vm-migrate:$point=die "$VXE_PLAIN" vm-migrate vm=web host=h$to
  is "vxe is killed at $point" "$STATUS" 137
  writes_on $to web
  last=$(on $to guest_counter web)
  host_kill $to
  decided
done

# ---- just when the guest has changed hosts -----------------------------------------------------------------------------------

for try in 1 2 3; do
  to=$((3 - at)) before=$(size $((3 - at)))
  for i in 1 2; do on $i vxe host-heartbeat; done
  on $at bash -c '"$VXE_PLAIN" vm-migrate vm=web host="$1" >made 2>said; echo $? >status' - h$to &
  migrates=$!
  for ((k = 0; k < 40000; k++)); do
    [ "$(size $to)" = "$before" ] || break
  done
  host_kill $to
  wait $migrates
  last=$(said_on $at) there=$(said_on $to)
  [ "${there:-0}" -le "${last:-0}" ] || last=$there
  diag "note $try: $(state $at) on h$at; status $(cat "$HOSTS_DIR/h$at/own/status") $(paste -sd' ' "$HOSTS_DIR/h$at/own/said")"
  case $(state $at) in
  running*) ok 'the guest has stayed' on $at guest_counts web ;;
  paused*)
    waited=$((waited + 1))
    exits 1 'whether the guest has gone only the dead host knows' on $at vxe check
    like '... which is named' "$OUT$ERR" "${HOST[to]}"
    is '... nothing was done' "$(state $at | sed 's/ .*//')" paused
    ;;
  *) gone=$((gone + 1)) ;; # with its definition
  esac
  decided
done
diag "note it was paused $waited times, and gone $gone times"
database_end

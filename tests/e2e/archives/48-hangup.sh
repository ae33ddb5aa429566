#!/bin/bash
# SPDX-License-Identifier: MIT
# An import whose terminal closes, or whose process dies: SIGHUP undoes it as SIGTERM does. After SIGKILL any command
# that meets the import recovers it, not only 'vxe check'.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest web 1
dd if=/dev/urandom of=noise bs=64k count=48 status=none
qemu-io -f qcow2 -c "write -q -s $PWD/noise 1M 3M" web-0.qcow2 >/dev/null
plain vm-export uuid="$UUID" filename=web.xva >/dev/null
sr=$(plain pool-list params=default-SR --minimal)

images() { find "$HOST_IMAGES" -name '*.qcow2*' | wc -l; }
all_there_is() { images && plain vm-list --minimal && plain vdi-list params=uuid --minimal; }
before=$(all_there_is)
intents() { plain check --read-only 2>&1 | grep -c 'left half done'; }

mkfifo stuck
# stuck_import CMD...: an import that has its image and waits for the rest of the archive; its PID.
stuck_import() {
  { head -c 2500000 web.xva && exec sleep 60; } >stuck &
  FEEDER=$!
  "$@" >said 2>&1 &
  PID=$!
  wait_until 20 has_image
}
has_image() { [ "$(images)" -gt "$(head -n 1 <<<"$before")" ]; }
unfeed() {
  kill "$FEEDER" 2>/dev/null
  wait "$FEEDER" 2>/dev/null
}
import() { stuck_import env --default-signal=HUP "$VXE" vm-import filename=stuck; }
killed() {
  import && kill -KILL "$PID"
  wait "$PID" 2>/dev/null
  unfeed
  has_image
}
nothing_left() {
  is "$1: nothing is left" "$(all_there_is)" "$before"
  is '... and no intent' "$(intents)" 0
}

# ---- it ends by itself ---------------------------------------------------------------------------

ok 'an import waits' import
kill -HUP "$PID" && sleep 0.1 && kill -HUP "$PID" 2>/dev/null # the shell tells it once more
wait "$PID"
is 'SIGHUP ends it' $? 129
like '... and it says so' "$(cat said)" cancelled
unfeed
nothing_left SIGHUP

cat >in-terminal <<END
echo \$\$ >pid
exec env --default-signal=HUP "$VXE" vm-import filename=stuck
END
ok 'an import in a terminal' stuck_import script -qec 'bash in-terminal' /dev/null
[ -e pid ] || diag "script said: $(cat said)"
pid=$(cat pid)
kill -KILL "$PID" # the terminal
wait "$PID" 2>/dev/null
gone() { ! [ -e "/proc/$pid" ] || grep -q '^State:.Z' "/proc/$pid/status"; }
ok 'it ends with its terminal' wait_until 20 gone
unfeed
nothing_left 'a terminal that went'

stuck_import env --default-signal=HUP bash -c "exec '$VXE' vm-import filename=stuck 2>&1 | exec false"
pid=$(pgrep -f "^$VXE vm-import filename=stuck" -P "$PID" | head -n 1)
kill -HUP "${pid:-$PID}"
wait "$PID"
unfeed
nothing_left 'SIGHUP when nobody reads the output'

ok 'under nohup' stuck_import nohup "$VXE" vm-import filename=stuck
kill -HUP "$PID"
sleep 0.3
ok '... it goes on' kill -0 "$PID"
kill -TERM "$PID"
wait "$PID" 2>/dev/null
unfeed
nothing_left SIGTERM

# ---- it was killed -------------------------------------------------------------------------------

ok 'killed, it leaves its image' killed
is 'a list of VMs is only a list' "$(plain vm-list --minimal)" "$(sed -n 2p <<<"$before")"
ok '... the image is there' has_image
is 'no task is shown for it' "$(plain task-list --minimal)" ''
nothing_left 'task-list'

ok 'killed again' killed
ok 'sr-scan' vxe sr-scan uuid="$sr"
nothing_left 'sr-scan'

ok 'and again' killed
not_ok 'the next import, which fails' vxe vm-import filename=noise
nothing_left 'an import'

# A child of the import may end later, and keeps its locks until then.
ok 'killed, with a child that ends later' killed
mapfile -t locks < <(grep -rlsx "$PID" /run/vxe "${XDG_RUNTIME_DIR-/run}/vxe")
isnt '... its locks' "${#locks[@]}" 0
flock "${locks[0]}" sh -c 'exec >held && exec sleep 0.5' &
wait_until 20 test -e held
plain task-list --minimal >/dev/null
nothing_left 'a list of tasks'
wait $!

# Files that are locked belong to a running operation.
ok 'an import that lives' import
like 'its task is shown' "$(plain task-list params=name-label --minimal)" 'VM import'
ok '... the image stays' has_image
kill -TERM "$PID"
wait "$PID"
unfeed
nothing_left 'SIGTERM'
ok 'vxe check is clean' vxe check

#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2034 # expanded in the guest; for the library
# A guest whose agent dies while the file systems are frozen for a snapshot, and one whose libvirtd does. vxe thaws them,
# in the recovery as well; where no agent answers it says that they may be frozen and what lets them go, and vxe check
# says so as soon as there is one.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/linux.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

requires linux_is_there 'the Linux guest is not built: make deps'
ok 'a Linux guest' linux_make l
UUID=$(virsh domuuid l)
ok 'it starts' vxe vm-start uuid="$UUID"
ok 'it boots, and its load runs' linux_up l
ok 'its agent answers' wait_until 60 agent_answers l

# An agent that freezes a file system and dies, without an answer. The real one follows, after the seconds in /tmp/away.
cat >dying <<'END'
#!/bin/sh
export PATH=/bin
for p in /sys/class/virtio-ports/*; do
  [ "$(cat "$p/name")" != org.qemu.guest_agent.0 ] || port=/dev/${p##*/}
done
exec 3<>"$port"
say() { echo "$1" >&3; }
while :; do
  while read -r l <&3; do
    case $l in
    *guest-sync*) id=${l##*\"id\":}; id=${id%%[!0-9]*}; say "{\"return\":$id}" ;;
    *fsfreeze-freeze*)
      fsfreeze --freeze /a
      : >/run/qga.state.isfrozen
      sleep "$(cat /tmp/dies)"
      exit ;;
    *) say '{"error":{"class":"CommandNotFound","desc":"no such command"}}' ;;
    esac
  done
  sleep 0.1
done
END
# The next agent is that one. It dies $1 seconds after it has frozen; the real one is away for $2 seconds then.
cat >setup <<'END'
chmod 755 /tmp/dying
echo "$1" >/tmp/dies
echo "$2" >/tmp/away
[ -e /tmp/agent ] || cp /etc/agent /tmp/agent
cat >/etc/agent <<'AGENT'
#!/bin/sh
if [ -e /tmp/dies ]; then
  /tmp/dying
  rm -f /tmp/dies
  sleep "$(cat /tmp/away)"
fi
exec /tmp/agent
AGENT
(sleep 1; kill $(pidof qemu-ga)) >/dev/null 2>&1 &
END
put() { inside l "echo $(base64 -w 0 "$1") | base64 -d >/tmp/$1"; }
dies() { put dying && put setup && inside l "sh /tmp/setup $1 $2" && wait_until 30 is_dying; }
is_dying() { agent l '{"execute":"guest-ping"}' 2>&1 | grep -q 'no such command'; }
snap() { vxe vm-snapshot-with-quiesce uuid="$UUID" new-name-label="$1" quiesce-timeout="${2-20}"; }
goes_on() { linux_goes_on l; }

# ---- the agent comes back

ok 'an agent that will die' dies 0 0
fails VM_SNAPSHOT_WITH_QUIESCE_TIMEOUT 6 "vm: $UUID" 'it dies when it has frozen' snap a
unlike '... and is there again: nothing is frozen, and nothing is said' "$ERR" domfsthaw
ok '... the guest writes on' goes_on
ok 'vxe check is clean' vxe check

# ---- it does not

ok 'an agent that will die for longer' dies 0 25
fails VM_SNAPSHOT_WITH_QUIESCE_TIMEOUT 6 "vm: $UUID" 'it dies when it has frozen' snap b
like '... which vxe says, and what to do' "$ERR" "may still be frozen: 'virsh domfsthaw $UUID'"
ok 'later an agent answers' wait_until 120 agent_answers l
exits 1 'vxe check finds' vxe check
like '... that the guest is frozen' "$OUT$ERR" "file systems of its guest are frozen; .*'virsh domfsthaw $UUID' lets them go"
run snap c
like 'so does the next snapshot that shall freeze' "$ERR" "are frozen: 'virsh domfsthaw $UUID'"
ok 'what it says helps' virsh -q domfsthaw "$UUID"
ok '... the guest writes on' goes_on
ok 'vxe check is clean' vxe check

# ---- libvirtd dies with it

ok 'an agent that will die' dies 5 0
snap d 60 >snap.out 2>&1 &
SNAP=$!
asleep() { [ "$(linux_load l 2)" = "$LOAD" ] || { LOAD=$(linux_load l 2) && false; }; }
LOAD= WAIT_STEP=1 wait_until 30 asleep
host_daemon_stop KILL
wait "$SNAP"
isnt 'a libvirtd that dies in the freeze: the snapshot fails' $? 0
like '... and says that the guest may be frozen' "$(cat snap.out)" "may still be frozen: 'virsh domfsthaw $UUID'"
host_daemon_start
ok 'an agent answers' wait_until 60 agent_answers l
ok 'the next command' vxe vm-param-set uuid="$UUID" name-description=x
ok '... lets them go: the guest writes on' goes_on
ok 'vxe check is clean' vxe check
virsh -q destroy l

#!/bin/bash
# SPDX-License-Identifier: MIT
# Who did what, as vxe shows it: message-list has the user, and only as vxe; log shows the lines of the journal, and where
# it cannot be read the messages.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

as_xe() (exec -a xe "$VXE" "$@")
guest_make web 1
web=$(virsh domuuid web)
ME=$(id -un)

exits 0 'a start' vxe vm-start vm=web
is 'its message has the user' "$(vxe message-list obj-uuid="$web" params=user --minimal)" "$ME"
like '... in the list, too' "$(vxe message-list obj-uuid="$web")" "user \( RO\): $ME"
unlike 'as xe there is no such field' "$(as_xe message-list obj-uuid="$web")" 'user'
unlike '... in no form' "$(as_xe message-list obj-uuid="$web" params=all)" 'user'
message=$(vxe message-list obj-uuid="$web" --minimal)
exits 1 '... nor by its name' as_xe message-param-get uuid="$message" param-name=user
if [ "$(id -u)" = 0 ]; then
  exits 0 'with sudo' env SUDO_USER=alice "$VXE" vm-shutdown vm=web --force
  is '... it is the user of sudo' "$(vxe message-list name=VM_SHUTDOWN params=user --minimal)" alice
  exits 0 'by hand, too' env SUDO_USER=$'al\e[31mice' "$VXE" message-create vm-uuid="$web" name=X priority=5 body=x
  is '... made safe' "$(vxe message-list name=X params=user --minimal)" 'al\\x1B[31mice'
  ME=alice
fi
VXE_FAILPOINT=vm-snapshot:result=die SUDO_USER=bob plain vm-snapshot vm=web new-name-label=half >/dev/null 2>&1
exits 0 'a snapshot that another command completes' vxe check
is '... is of the user who began it' "$(vxe message-list name=VM_SNAPSHOTTED params=user --minimal)" \
  "$([ "$ME" = alice ] && echo bob || echo "$ME")"

diag 'without a journal'
exits 0 'the log' vxe log
like '... is of the messages, which it says' "$ERR" 'these are the messages'
like '... with what happened' "$OUT" 'command *: VM_STARTED'
like '... to what' "$OUT" "objects *: VM $web web"
like '... and who did it' "$OUT" "person *: $(id -un)"
is '... of one VM' "$(vxe log vm=nobody 2>/dev/null)" ''
is '... since a time' "$(vxe log since=20990101T00:00:00Z 2>/dev/null)" ''
exits 2 '... which has to be one' vxe log since=yesterday
exits 1 'as xe it does not exist' as_xe log

diag 'a journal'
# A journalctl that has three lines: of a VM that is gone, of a caller who says that he was another, and a broken one.
printf '%s\n' '#!/bin/sh' 'echo "$@" >>asked' 'cat lines' >journalctl
chmod 0755 journalctl
export VXE_JOURNALCTL=$PWD/journalctl
cat >lines <<'LINES'
{"__REALTIME_TIMESTAMP":"1763920000000000","_UID":"0","VXE_COMMAND":"vm-uninstall","VXE_OBJECT":["VM 11111111-2222-4333-8444-555555555555 old","VDI 11111111-2222-4333-8444-666666666666 disk"],"VXE_PERSON":"alice","VXE_USER":"root","VXE_UID":"0","VXE_SUDO_USER":"alice","VXE_LOGINUID":"1000","VXE_DURATION_MS":"42","VXE_RESULT":"success"}
{"__REALTIME_TIMESTAMP":"1763920001000000","_UID":"1001","VXE_COMMAND":"vm-start","VXE_OBJECT":"VM 11111111-2222-4333-8444-777777777777 web","VXE_UID":"0","VXE_RESULT":"VM_BAD_POWER_STATE","VXE_PERSON":"x\u001b[31m","VXE_USER":[120,1]}
{"__REALTIME_TIMESTAMP":
LINES
exits 0 'the log' vxe log --json
is '... says nothing else' "$ERR" ''
ok '... is JSON' python3 -c '
import json, sys
a, b = json.loads(sys.argv[1])
assert a == {"time": "2025-11-23T17:46:40Z", "command": "vm-uninstall", "objects": ["VDI 11111111-2222-4333-8444-666666666666 disk",
  "VM 11111111-2222-4333-8444-555555555555 old"], "person": "alice", "user": "root", "uid": "0", "sudo-user": "alice",
  "login-uid": "1000", "duration-ms": "42", "result": "success"}, a
assert b["uid"] == "1001" and b["result"] == "VM_BAD_POWER_STATE" and b["person"] == "x\\x1B[31m" and b["user"] == "", b' "$OUT"
like '... the journal is asked for the lines of vxe' "$(cat asked)" \
  '--since=@0 MESSAGE_ID=b9d1a2f4d0c84d0e9a2f7b6c4e5d3a10'
is 'of a VM that is gone, by name' "$(vxe log vm=old --json | grep -c vm-uninstall)" 1
is '... and by UUID' "$(vxe log vm=11111111-2222-4333-8444-777777777777 | grep -c 'command *: vm-start')" 1
is '... not by a part of it' "$(vxe log vm=1111)" ''
like 'as a table' "$(vxe log --table)" 'time +command +objects'
vxe log since=20251123T17:46:41Z >/dev/null
like 'since a time' "$(tail -n 1 asked)" '--since=@1763920001 '

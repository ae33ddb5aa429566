#!/bin/bash
# SPDX-License-Identifier: MIT
# Who did what, in a real journal: a systemd-journald of this test's own takes the lines of vxe, and vxe log reads them
# with the real journalctl. Both are in a mount namespace whose /run has nothing but what libvirt and vxe have there. The
# machine's journal, the kernel's messages and its audit are left alone.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

JOURNALD=$(PATH=/usr/lib/systemd:/lib/systemd command -v systemd-journald)
[ "$HOST_MODE" = system ] || skip_all 'a journald of the test takes root and a mount namespace'
[ -n "$JOURNALD" ] && command -v journalctl >/dev/null || skip_all 'there is no systemd-journald'

mkdir run
# shellcheck disable=SC2016 # expanded inside
unshare -m --propagation private bash -c '
  mount -t tmpfs -o mode=0755 run run &&
    mkdir -p run/libvirt run/vxe run/log run/systemd/journald.conf.d &&
    mount --rbind /run/libvirt run/libvirt && mount --rbind /run/vxe run/vxe &&
    printf "%s\n" "[Journal]" Storage=volatile RuntimeMaxUse=16M ReadKMsg=no Audit= >run/systemd/journald.conf.d/test.conf &&
    mount -n --move run /run && { [ ! -d /var/log/journal ] || mount -n -t tmpfs journal /var/log/journal; } &&
    exec env SYSTEMD_LOG_TARGET=console "$1"' \
  unshare "$JOURNALD" 2>said &
JOURNAL=$!
# there CMD...: in the namespace of that journal, with the program's own paths.
there() {
  nsenter -t $JOURNAL -m --wdns="$PWD" env -u VXE_JOURNAL -u VXE_SYSLOG -u VXE_JOURNALCTL "$@"
}
journal_is_up() { there test -S /run/systemd/journal/socket && there test ! -e /run/dbus; }
ok 'a journald' wait_until 20 journal_is_up || { diag "$(cat said)"; exit 1; }

# ---- the lines ---------------------------------------------------------------------------------------

journal() { there journalctl --quiet --no-pager SYSLOG_IDENTIFIER=vxe "$@"; }
lines() { journal --output=cat | wc -l; }
has_come() { [ "$(lines)" -gt "$1" ]; }
# tells WHAT STATUS CMD...: the command, in that namespace, leaves one line, which is in LINE.
tells() {
  local what=$1 status=$2 before
  shift 2
  before=$(lines)
  exits "$status" "$what" there "$@"
  wait_until 20 has_come "$before"
  is '... leaves one line' "$(lines)" $((before + 1))
  LINE=$(journal --lines=1 --output=export)
}
field() { sed -n "s/^$1=//p" <<<"$LINE"; }
shown() { sed -n "s/^ *$1 *: //p" <<<"$OUT"; }

small_guest web 1
there "$VXE" vm-list >/dev/null
is 'a list leaves none' "$(lines)" 0
tells 'a start' 0 "$VXE" vm-start vm=web
is '... the command' "$(field VXE_COMMAND)" vm-start
is '... the object' "$(field VXE_OBJECT)" "VM $UUID web"
is '... to search by' "$(journal --output=cat "VXE_UUID=$UUID" | wc -l)" 1
is '... the user' "$(field VXE_USER) $(field VXE_UID)" 'root 0'
is '... as the kernel says, too' "$(field _UID)" 0
is '... by the protocol of the journal' "$(field _TRANSPORT)" journal
like '... the duration' "$(field VXE_DURATION_MS)" '^[0-9]+$'
is '... the result' "$(field VXE_RESULT)" success
is '... of whom one can ask by priority' "$(journal --output=cat --priority=notice --facility=daemon | wc -l)" 1
like '... for people' "$(field MESSAGE)" "^vm-start VM $UUID web: success after [0-9.]+ s, by root \(uid 0"

tells 'a snapshot with sudo' 0 env SUDO_USER=alice "$VXE" vm-snapshot vm=web new-name-label='before the upgrade'
SNAP=$OUT
is '... has its user' "$(field VXE_SUDO_USER)" alice
is '... and what it made' "$(field VXE_OBJECT | sort)" "$(printf '%s\n' "VM $UUID web" "VM $SNAP before the upgrade" | sort)"
tells 'one that fails' 1 "$VXE" vm-start vm=web
is '... has the error' "$(field VXE_RESULT)" VM_BAD_POWER_STATE
is '... as a warning' "$(field PRIORITY)" 4
tells 'a secret' 0 "$VXE" secret-create value=hush-1
tells 'a field' 0 "$VXE" vm-param-set uuid="$UUID" name-description=hush-2 other-config:key=hush-3
tells 'a name that would forge a field' 0 "$VXE" vm-param-set uuid="$UUID" name-label=$'web\nVXE_RESULT=forged'
is '... forges none' "$(field VXE_RESULT)" success
tells 'the name again' 0 "$VXE" vm-param-set uuid="$UUID" name-label=web
is 'nothing of the values is in the journal' "$(there journalctl --quiet --output=export | grep -ac hush)" 0

diag 'an ordinary user'
# theirs ARG...: a call that reaches no libvirt.
theirs() {
  setpriv --reuid=65534 --regid=65534 --clear-groups env SUDO_USER=alice HOME=/nonexistent VXE_STORE="$THEIRS" \
    VXE_CONNECT='qemu+unix:///session?socket=/nowhere' "$VXE" "$@"
}
THEIRS=$(store_at theirs)
export THEIRS
in_database || { mkdir -m 0700 "$THEIRS" && chown 65534:65534 "$THEIRS"; }
export -f theirs
tells 'a call' 1 bash -c 'theirs vm-start vm=web'
is '... has that user' "$(field VXE_UID) $(field _UID)" '65534 65534'
is '... whose word of sudo does not count' "$(field VXE_SUDO_USER)" ''

# ---- who logged in -----------------------------------------------------------------------------------

# login UID CMD...: as after the login of that user, whom the kernel keeps through su and sudo.
login() { bash -c 'echo "$1" >/proc/self/loginuid && shift && exec "$@"' login "$@"; }
export -f login
if login 65534 true 2>/dev/null; then
  person=$(id -nu 65534)
  tells 'who logged in' 0 bash -c 'login 65534 env SUDO_USER=alice "$VXE" vm-param-set uuid="$1" name-description=' - "$UUID"
  is '... is in the line' "$(field VXE_LOGINUID) $(field VXE_PERSON)" "65534 $person"
  like '... also for people' "$(field MESSAGE)" 'by root \(uid 0, sudo alice, login uid 65534\)$'
  run there "$VXE" log
  is '... and in the log' "$(shown login-uid | tail -n 1) $(shown person | tail -n 1)" "65534 $person"
else
  skip 'the kernel keeps no login here'
fi

# ---- vxe log -----------------------------------------------------------------------------------------

exits 0 'the log' there "$VXE" log
is '... is of the journal' "$ERR" ''
is '... has each line' "$(grep -c '^ *command' <<<"$OUT")" "$(lines)"
is '... in their order' "$(shown command | head -n 3 | tr '\n' ' ')" 'vm-start vm-snapshot vm-start '
is '... with the results' "$(shown result | head -n 3 | tr '\n' ' ')" 'success success VM_BAD_POWER_STATE '
is '... the objects' "$(shown objects | head -n 1)" "VM $UUID web"
is '... the users' "$(shown uid | sort -u | tr '\n' ' ')" '0 65534 '
is '... and those of sudo' "$(shown sudo-user | head -n 2 | tr '\n' ' ')" ' alice '
is 'of one VM' "$(there "$VXE" log vm="before the upgrade" --json | grep -c '"vm-snapshot"')" 1
is '... and no other' "$(there "$VXE" log vm=nobody 2>&1)" ''
is 'since a time' "$(there "$VXE" log since=20990101T00:00:00Z 2>/dev/null)" ''
# Anybody may write to the journal; whom the kernel names counts.
printf '%s\n' MESSAGE=x MESSAGE_ID=b9d1a2f4d0c84d0e9a2f7b6c4e5d3a10 SYSLOG_IDENTIFIER=vxe VXE_COMMAND=forged VXE_UID=0 \
  VXE_USER=root VXE_RESULT=success >forged
before=$(lines)
there setpriv --reuid=65534 --regid=65534 --clear-groups logger --journald <forged
wait_until 20 has_come "$before"
run there "$VXE" log
is 'a line that somebody forges' "$(shown command | tail -n 1)" forged
is '... has the user who did' "$(shown uid | tail -n 1)" 65534

kill $JOURNAL
wait $JOURNAL 2>/dev/null

#!/bin/bash
# SPDX-License-Identifier: MIT
# max-parallel of a schedule: how many snapshots are taken at the same time, failures, other runs meanwhile, signals and
# kills.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

ln -s "$VXE" xe
[ "$HOST_MODE" = system ] || skip_all 'commands of schedules come from a folder that only root may write to'
export VXE_PLUGINS=$PWD/plugins
mkdir -m 0755 plugins
MIDNIGHT=$(date -u -d 'tomorrow 00:00' +%s)
# at SECONDS: the commands that follow are called so long after midnight, UTC.
at() { export VXE_TEST_AHEAD=$((MIDNIGHT + $1 - $(date +%s))); }
tick() { vxe vmss-run --due; }
field() { plain vmss-param-get uuid="$SCHEDULE" param-name="$1"; }
# Its VMs, with the number of snapshots of each.
counts() { for vm in "${VMS[@]}"; do plain snapshot-list snapshot-of="$vm" --minimal | tr , '\n' | grep -c .; done | xargs; }
# most FILE: so many commands were between + and - at the same time.
most() { awk '$1 == "+" { n++ } $1 == "-" { n-- } n > most { most = n } END { print most + 0 }' "$1"; }
plugin() { cat >plugins/new && chmod 0755 plugins/new && mv plugins/new "plugins/$1"; }
begun() { [ "$(grep -c + said)" -ge "$1" ]; }
children() { pgrep -P "$RUN" -x exe; }
all_ended() { for p; do grep -qs '^State:[[:space:]]*Z' "/proc/$p/status" || return; done; }
has_files() { [ "$(images_made)" = "$1" ]; }
no_children() { [ -z "$(vxe_processes)" ]; }

VMS=()
for i in 1 2 3 4; do
  small_guest "web$i" 1
  VMS+=("$UUID")
done
plugin before <<<"#!/bin/sh
echo + >>$PWD/said
sleep 1"
plugin after <<<"#!/bin/sh
echo - >>$PWD/said"
at 0
SCHEDULE=$(vxe vmss-create name-label=hourly type=snapshot frequency=hourly schedule:min=30 timezone=UTC \
  retained-snapshots=10 pre-command=before post-command=after 2>said)
for vm in "${VMS[@]}"; do vxe vm-param-set uuid="$vm" snapshot-schedule="$SCHEDULE"; done

diag 'the number'
is 'one after the other, if nothing is said' "$(field max-parallel)" 1
: >said
exits 0 'a run' vxe vmss-run uuid="$SCHEDULE"
is '... takes all' "$(counts)" '1 1 1 1'
is '... one at a time' "$(most said)" 1
for n in 0 101 many; do
  not_ok "max-parallel=$n is refused" vxe vmss-param-set uuid="$SCHEDULE" max-parallel=$n
done
unlike 'xe has no such field' "$(./xe vmss-param-list uuid="$SCHEDULE")" 'max-parallel'
exits 0 'two at a time' vxe vmss-param-set uuid="$SCHEDULE" max-parallel=2
: >said
at 1803
exits 0 'a slot comes' tick
is '... takes all' "$(counts)" '2 2 2 2'
is '... prints all' "$(sort <<<"$OUT")" "$(plain snapshot-list name-label="hourly-$(date -u -d "@$MIDNIGHT" +%Y%m%d)-0030" \
  --minimal | tr , '\n' | sort)"
is '... two at a time' "$(most said)" 2
is '... and leaves no process' "$(vxe_processes)" ''
at 1863
exits 0 'a minute later' tick
is '... takes none' "$OUT" ''

diag 'failures'
plugin before <<<"#!/bin/sh
echo + >>$PWD/said
[ \$VXE_VM != ${VMS[1]} ] || { echo 'no backup of this' >&2; exit 3; }"
at $((3600 + 1803))
exits 5 'one VM fails' tick
is '... the others do not' "$(counts)" '3 2 3 3'
like '... the error names how many' "$ERR" 'hourly'
like '... last-error says why' "$(field last-error)" "VM 'web2' .*: .*non-zero exit.*3"
like '... and a message of the VM' "$(plain message-list obj-uuid="${VMS[1]}" params=name,body)" \
  'VMSS_SNAPSHOT_FAILED.*|VM .web2.'
exits 0 'a minute later' tick
is '... it is not tried again' "$(plain message-list obj-uuid="${VMS[1]}" name=VMSS_SNAPSHOT_FAILED --minimal | tr , '\n' | wc -l)" 1
plugin before <<<"#!/bin/sh
echo + >>$PWD/said"

# slow POINT CMD...: a run whose children are slow at this point, in the background as RUN.
slow() {
  : >said
  VXE_FAILPOINT="vm-snapshot:$1=sleep:3000" "$VXE_PLAIN" "${@:2}" >slow.out 2>slow.err &
  RUN=$!
  wait_until 10 begun 2
}

diag 'another run meanwhile'
before=$(counts)
at $((2 * 3600 + 1803))
slow make-overlays vmss-run --due
exits 0 'the next minute' tick
is '... has nothing to do' "$OUT" ''
exits 6 'a run by hand' vxe vmss-run uuid="$SCHEDULE"
like '... says that another one goes on' "$ERR" 'Another operation is using'
exits 6 'also for one VM' vxe vmss-run uuid="$SCHEDULE" vm-uuid="${VMS[3]}"
wait "$RUN"
is 'the run ends well' "$?" 0
is '... with one more of each' "$(counts)" '4 3 4 4'
isnt '... and not before' "$before" "$(counts)"

diag 'a VM that another command uses'
VXE_FAILPOINT=vm-snapshot:make-overlays=sleep:4000 "$VXE_PLAIN" vm-snapshot uuid="${VMS[2]}" new-name-label=mine >/dev/null &
a_task_runs() { plain task-list --minimal | grep -q .; }
wait_until 5 a_task_runs
at $((3 * 3600 + 1803))
exits 0 'its slot comes' tick
is '... it is left out' "$(wc -l <<<"$OUT")" 3
like '... and named' "$(field last-error)" 'another command uses these VMs: web3'
wait
at $((3 * 3600 + 1863))
exits 0 'a minute later' tick
is '... it is taken' "$(counts)" '5 4 6 5'

# goes_on WHAT: after a run that has ended early.
goes_on() {
  ok "$1: the children have ended" wait_until 10 no_children
  : >said
  exits 0 "$1: the next minute" tick
  is "$1: completes the slot" "$(counts)" "$2"
  exits 0 "$1: the minute after it" tick
  is "$1: takes no other" "$(counts)" "$2"
  exits 0 "$1: vxe check" vxe check
}

diag 'signals and kills'
at $((4 * 3600 + 1803))
files=$(images_made)
slow make-overlays:after vmss-run --due
wait_until 10 has_files $((files + 2))
kill -TERM "$RUN"
wait "$RUN"
is 'SIGTERM: it is cancelled' "$?" 143
is 'SIGTERM: the children have removed what they had made' "$(images_made)" "$files"
is 'SIGTERM: nothing is half taken' "$(counts)" '5 4 6 5'
goes_on SIGTERM '6 5 7 6'
# As systemd does at the end of a unit: each process gets the signal.
before=$(plain message-list name=VMSS_SNAPSHOT_FAILED --minimal)
at $((5 * 3600 + 1803))
slow make-overlays vmss-run --due
kill -STOP "$RUN"
helpers=$(children)
kill -TERM $helpers "$RUN"
wait_until 10 all_ended $helpers
kill -CONT "$RUN"
wait "$RUN"
is 'SIGTERM to all: it is cancelled' "$?" 143
is 'SIGTERM to all: no VM is told to have failed' "$(plain message-list name=VMSS_SNAPSHOT_FAILED --minimal)" "$before"
goes_on 'SIGTERM to all' '7 6 8 7'
at $((6 * 3600 + 1803))
slow make-overlays vmss-run --due
kill -KILL "$RUN"
wait "$RUN" 2>/dev/null
goes_on SIGKILL '8 7 9 8'

diag 'one child is killed'
at $((7 * 3600 + 1803))
slow make-overlays vmss-run --due
kill -KILL "$(children | head -n 1)"
wait "$RUN"
is 'the run says that something failed' "$?" 5
like '... what' "$(field last-error)" 'killed by signal 9'
exits 0 'vxe check' vxe check
is '... the others were taken' "$(($(counts | tr ' ' '+')))" 35

#!/bin/bash
# SPDX-License-Identifier: MIT
# A schedule that nothing runs is named, when it is enabled and by vxe check; the timer and any other caller of vmss-run
# are recognized. What a preview and a dry run show, and that they change nothing.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

ln -s "$VXE" xe
export VXE_SYSTEMCTL=$PWD/ctl
# The timer's state is the first word of "timer".
cat >ctl <<'SCRIPT'
#!/bin/sh
echo "$*" >>asked
read -r state <timer
case $state in
active) exit 0 ;;
hangs) exec sleep 600 ;;
esac
exit 3
SCRIPT
chmod 0755 ctl
timer() { echo "$1" >timer; rm -f asked; }
create() { vxe vmss-create name-label="$1" type=snapshot frequency=daily "${@:2}"; }
unwatched='Nothing runs the schedule'

diag 'no timer'
timer inactive
run create off enabled=false
is 'a disabled schedule is no matter' "$STATUS $ERR" '0 '
off=$OUT
not_ok '... systemd is not asked' test -e asked
run create nightly
S=$OUT
is 'an enabled one is made' "$STATUS" 0
like '... nothing runs it' "$ERR" "^$unwatched 'nightly' \($S\): enable the timer with 'systemctl enable --now vxe-schedules.timer'"
is '... systemd was asked for the timer' "$(cat asked)" 'is-active --quiet vxe-schedules.timer'
run vxe vmss-param-set uuid="$off" enabled=true
like 'the same when one is enabled' "$STATUS $ERR" "^0 $unwatched 'off' \($off\):"
run vxe vmss-param-set uuid="$off" enabled=false name-label=still-off
is '... not when it is disabled' "$STATUS $ERR" '0 '
run vxe check
like 'vxe check finds only that it is for no VM' "$STATUS $OUT" "^1 .*$S.*'nightly' is enabled, but no VM belongs to it"
like '... but names it' "$ERR" "$unwatched 'nightly' \($S\):"
unlike '... and not the other one' "$ERR" "$off"
run ./xe vmss-create name-label=x type=snapshot frequency=daily
like 'as xe there is the UUID' "$STATUS $OUT" '^0 [0-9a-f-]{36}$'
is '... and nothing else' "$ERR" ''
run ./xe vmss-param-set uuid="$S" enabled=true
is '... as when it is enabled' "$STATUS $OUT$ERR" '0 '
./xe vmss-destroy uuid="$(plain vmss-list name-label=x --minimal)"

diag 'the timer'
timer active
run vxe vmss-param-set uuid="$S" enabled=true
is 'the timer is active' "$STATUS $ERR" '0 '
run vxe check
unlike '... also for vxe check' "$ERR" "$unwatched"
timer hangs
SECONDS=0
run vxe vmss-param-set uuid="$S" enabled=true
like 'a systemctl that hangs' "$STATUS $ERR" "^0 $unwatched"
ok '... is not waited for' test $SECONDS -lt 60
export VXE_SYSTEMCTL=$PWD/none
run vxe vmss-param-set uuid="$S" enabled=true
like 'there is no systemctl' "$STATUS $ERR" "^0 $unwatched"

diag 'another caller'
export VXE_SYSTEMCTL=$PWD/ctl
timer inactive
exits 0 'a dry run' vxe vmss-run --due --dry-run
run vxe check
like '... is none' "$ERR" "$unwatched"
exits 0 'a call' vxe vmss-run --due
timer inactive
run vxe vmss-param-set uuid="$S" enabled=true
is 'is recognized' "$STATUS $ERR" '0 '
not_ok '... systemd is not asked' test -e asked
run env VXE_STORE="$(store_at other)" "$VXE" vmss-create name-label=elsewhere type=snapshot frequency=daily
like '... but not of another store' "$STATUS $ERR" "$unwatched 'elsewhere'"
export VXE_TEST_AHEAD=400
run vxe check
like '... and not for long' "$ERR" "$unwatched 'nightly'"
unset VXE_TEST_AHEAD

diag 'a preview'
small_guest web 1
act "$UUID"
vxe vm-param-set uuid="$UUID" snapshot-schedule="$S"
hour=$((($(date -u +%-H) + 12) % 24)) # its time does not come meanwhile
vxe vmss-param-set uuid="$S" schedule:hour=$hour schedule:min=30 timezone=UTC retained-snapshots=1 name-template='{schedule} of {vm}'
first=$(vxe vmss-run uuid="$S")
sleep 1 # a run is known by its second
second=$(vxe vmss-run uuid="$S")
third=$(vxe snapshot-clone uuid="$second" new-name-label=clone)
is 'one stays' "$(plain snapshot-list params=name-label --minimal)" 'nightly of web'
not_ok '... the other one is gone' vxe snapshot-param-get uuid="$first" param-name=uuid
today=$(($(date +%s) / 86400 * 86400 + hour * 3600 + 1800))
[ $today -gt "$(date +%s)" ] || today=$((today + 86400))
slot() { date -u -d "@$((today + $1 * 86400))" +%Y%m%dT%H:%M:00Z; }
iso() { sed -E 's/([0-9]{4})([0-9]{2})([0-9]{2})T/\1-\2-\3T/g'; } # as JSON has times
taken=$(plain snapshot-param-get uuid="$second" param-name=snapshot-time)
exits 0 'as JSON' vxe vmss-preview uuid="$S" --json
is '... five runs' "$(jq -r '.[] | select(.what == "run") | .time' <<<"$OUT" | xargs)" \
  "$(for i in 0 1 2 3 4; do slot $i; done | iso | xargs)"
is '... of the schedule' "$(jq -c '.[0] | [.uuid, ."name-label"]' <<<"$OUT")" "[\"$S\",\"nightly\"]"
is '... one snapshot of the VM' "$(jq -c '.[] | select(.what == "take") | [.uuid, ."name-label"]' <<<"$OUT")" "[\"$UUID\",\"web\"]"
is '... the other one is in use' "$(jq -c '.[-1] | [.what, .uuid, ."name-label", .time]' <<<"$OUT")" \
  "[\"keep, in use\",\"$second\",\"nightly of web\",\"$(iso <<<"$taken")\"]"
vxe template-uninstall template-uuid="$third" force=true >/dev/null
exits 0 'as a table' vxe vmss-preview uuid="$S" --table
is '... the VM has a week' "$(awk 'NR > 2 && NR < 10 { print NF }' <<<"$OUT" | sort -u)" 26
is '... within 80 columns' "$(awk 'length > 80' <<<"$OUT")" ''
like '... the last run of the week is kept' "$(grep -E '^[A-Z][a-z][a-z] [0-9][0-9] ' <<<"$OUT" | tr -d '\n. A-Za-z0-9')" '[+]$'
like '... and the VM is named' "$OUT" '^web'
exits 0 'as a tree' vxe vmss-preview uuid="$S" count=2 --tree
is '... the runs' "$(grep '^run' <<<"$OUT")" "run  $(slot 0)  $S  nightly
run  $(slot 1)  $S  nightly"
like '... the VM' "$OUT" $'\n'"take  [0-9TZ:]+  $UUID  web"$'\n'
is '... and below it its snapshot' "$(tail -n 1 <<<"$OUT")" "  delete  $taken  $second  nightly of web"
exits 0 'without a word' vxe vmss-preview uuid="$S" count=1
like '... records' "$OUT" "uuid: $S"
for bad in 0 1001 x; do
  not_ok "count=$bad" vxe vmss-preview uuid="$S" count=$bad
  like '... is refused by name' "$ERR" 'count'
done
exits 3 'an unknown schedule' vxe vmss-preview uuid=00000000-0000-4000-8000-000000000001
exits 1 'as xe there is no such command' ./xe vmss-preview uuid="$S"

diag 'a dry run'
state() { note_everything; cat everything.before; plain vmss-list params=all; plain message-list --minimal; plain task-list --minimal; }
before=$(state)
sleep 1 # in the same second it would be the same run
exits 0 'of a run' vxe vmss-run uuid="$S" --dry-run
is '... says what it would do' "$OUT" "schedule: $S (nightly)
take: VM $UUID (web)
remove: snapshot $second (nightly of web)"
is '... and changes nothing' "$(state)" "$before"
exits 0 '... as JSON' vxe vmss-run uuid="$S" --dry-run --json
ok '... is JSON' jq -e . <<<"$OUT"
is '... and changes nothing' "$(state)" "$before"
export VXE_TEST_AHEAD=$((2 * 86400))
exits 0 'of what is due' vxe vmss-run --due --dry-run
like '... says what it would do' "$OUT" "take: VM $UUID"
is '... and changes nothing' "$(state)" "$before"
exits 0 'of all' vxe vmss-run --all --dry-run
is '... changes nothing' "$(state)" "$before"
exits 0 'then in earnest' vxe vmss-run --due
is '... it happens' "$(plain snapshot-list uuid="$second" --minimal) $(plain snapshot-list --minimal)" " $OUT"
unset VXE_TEST_AHEAD

[ "$HOST_MODE" = system ] || {
  skip 'commands of schedules come from a folder that only root may write to'
  exit 0
}
diag 'what went wrong is named'
mkdir -m 0755 plugins
export VXE_PLUGINS=$PWD/plugins
printf '#!/bin/sh\nexit 3\n' >plugins/fails
chmod 0755 plugins/fails
bodies() { plain message-list name="$1" obj-uuid="$2" params=body --minimal; }
vxe vmss-param-set uuid="$S" pre-command=fails
exits 5 'a command fails' vxe vmss-run uuid="$S"
like '... the error names the schedule' "$ERR" "schedule: $S \(nightly\)"
like '... and the VM' "$ERR" "last-error: VM 'web' \($UUID\): The plugin failed"
like '... its message both' "$(bodies VMSS_SNAPSHOT_FAILED "$UUID")" \
  "^schedule 'nightly' \($S\): VM 'web' \($UUID\): The plugin failed"
vxe vmss-param-set uuid="$S" pre-command= retained-snapshots=1 keep-days=30
for i in {1..11}; do
  sleep 1
  plain vmss-run uuid="$S" >/dev/null
done
n=$(plain snapshot-list --minimal | tr , '\n' | wc -l)
export VXE_TEST_AHEAD=$((60 * 86400))
exits 5 'a clock far ahead' vxe vmss-run uuid="$S"
like '... would delete too many' "$ERR" "VM 'web' \($UUID\): This run would delete more.*'vmss-run --force'.*$S, [0-9]+\)"
is '... and deletes none' "$(plain snapshot-list --minimal | tr , '\n' | wc -l)" $((n + 1))
vxe vmss-param-set uuid="$S" missed-run=skip
export VXE_TEST_AHEAD=$((65 * 86400))
vxe vmss-run --due
like 'runs that were missed' "$(bodies VMSS_SNAPSHOT_MISSED_EVENT "$S")" "schedule 'nightly' \($S\): 6[0-9] runs were missed.*'vmss-run uuid=' makes up"
exits 0 'what must go, goes by force' vxe vmss-run uuid="$S" --force
is '... but the new one, and that of five days ago' "$(plain snapshot-list --minimal | tr , '\n' | grep -c .)" 2
like '... the new one is there' "$(plain snapshot-list --minimal)" "$OUT"
unset VXE_TEST_AHEAD

diag 'with the rights that the unit leaves'
unit=$TESTS/../share/vxe-schedules.service
without=$(sed -n 's/^CapabilityBoundingSet=~//p' "$unit" | xargs | tr A-Z a-z | sed 's/cap_/-/g; s/ /,/g')
like 'the unit takes some away' "$without" '^-audit_control,.*-wake_alarm$'
# The folders of the system cannot be written to there.
bounded() {
  unshare -m --propagation slave sh -c 'for dir in /usr /etc; do mount --bind $dir $dir && mount -o remount,bind,ro $dir || exit 99; done
    ! touch /usr/x /etc/x 2>/dev/null || exit 98; exec "$@"' sh setpriv --no-new-privs --bounding-set="$without" "$@"
}
if [ "$HOST_MODE" = system ]; then
  guest_start web
  sleep 1
  exits 0 'a run on a running guest' bounded "$VXE_PLAIN" vmss-run uuid="$S"
  is '... leaves its snapshot' "$(plain snapshot-list uuid="$OUT" params=snapshot-of --minimal)" "$UUID"
  guest_counts web
  ok '... and the guest goes on' guest_is web running
fi
VXE_TEST_AHEAD=$((90 * 86400)) exits 0 'vxe check, when the time of all snapshots has come' vxe check

#!/bin/bash
# SPDX-License-Identifier: MIT
# Snapshots of a guest whose file systems are frozen meanwhile, by the real agent in a real Linux: the file system in the
# snapshot needs no recovery, the guest writes on, also when vxe is killed. Without an agent, with a mute one, with one that
# refuses, and without a running guest: four errors, and nothing has changed.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/dry.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/linux.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"

requires linux_is_there 'the Linux guest is not built: make deps'

# What a snapshot's disk a has: "clean", or "recover": ext4's mark that the journal has to be replayed.
journal_of() {
  local file
  file=$(linux_disks "$1" | head -n 1)
  qemu-img convert -U -f qcow2 -O raw "$file" journal.raw || return
  [ "$(od -An -tx2 -j1080 -N2 journal.raw)" = ' ef53' ] || { echo 'no ext4'; return 1; }
  if [ $(($(od -An -tu4 -j1120 -N4 journal.raw) & 4)) = 0 ]; then echo clean; else echo recover; fi
}
type_of() { vxe snapshot-param-get uuid="$1" param-name=snapshot-info | sed 's/.*disk-snapshot-type: //'; }
frozen() { agent l '{"execute":"guest-fsfreeze-status"}' | json_field return; }
is_thawed() { [ "$(frozen)" = thawed ]; }
snapshots() { plain snapshot-list --minimal; }
# fails_with CODE STATUS TEXT WHAT ARG...: vxe fails; no snapshot, no layer.
fails_with() {
  local before files
  before=$(snapshots) files=$(vdi_files "$UUID")
  fails "$1" "$2" "$3" "$4" vxe "${@:5}"
  is "$4: no snapshot" "$(snapshots)" "$before"
  is "$4: no layer" "$(vdi_files "$UUID")" "$files"
}

ok 'a Linux guest' linux_make l
UUID=$(virsh domuuid l)

# ---- off

fails_with VM_BAD_POWER_STATE 1 'actual: halted' 'a guest that is off' vm-snapshot-with-quiesce uuid="$UUID" new-name-label=x
fails_with VM_BAD_POWER_STATE 1 'actual: halted' 'the same by quiesce=true' vm-snapshot uuid="$UUID" new-name-label=x quiesce=true
ok 'it starts' vxe vm-start uuid="$UUID"
fails_with VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED 1 'no agent in the guest has opened its channel' 'the guest still boots' \
  vm-snapshot-with-quiesce uuid="$UUID" new-name-label=x
wrong VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED 'it still boots' vm-snapshot-with-quiesce uuid="$UUID" new-name-label=x
leads VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED 1
again VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED vxe vm-snapshot-with-quiesce uuid="$UUID" new-name-label=first
vxe snapshot-uninstall uuid="$OUT" force=true >/dev/null
ok 'it boots, and its load runs' linux_up l
ok 'its agent answers' wait_until 60 agent_answers l

# ---- frozen, and not

ok 'a snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=plain
crash=$OUT
is 'its file system has to be recovered' "$(journal_of "$crash")" recover
is 'it is crash-consistent' "$(type_of "$crash")" crash_consistent
for i in 1 2 3; do
  ok "a quiesced snapshot $i" vxe vm-snapshot-with-quiesce uuid="$UUID" new-name-label="q$i"
  quiet=$OUT
  is "... its file system is clean" "$(journal_of "$quiet")" clean
  is '... it says so' "$(type_of "$quiet")" quiesced
  is '... nothing is frozen any more' "$(frozen)" thawed
  ok '... and the guest writes on' linux_goes_on l
done
ok 'vm-snapshot quiesce=true is the same' vxe vm-snapshot uuid="$UUID" new-name-label=q4 quiesce=true
is '... clean' "$(journal_of "$OUT")" clean
ok 'quiesce=try too' vxe vm-snapshot uuid="$UUID" new-name-label=q5 quiesce=try
is '... clean' "$(journal_of "$OUT") $ERR" 'clean '
does 'vm-snapshot-with-quiesce' vm-snapshot-with-quiesce uuid="$UUID" new-name-label=q6
is '... clean' "$(journal_of "$OUT")" clean
is 'snapshot-list quiesced=true has all of them' \
  "$(vxe snapshot-list quiesced=true params=name-label --minimal | tr , '\n' | sort | xargs)" 'q1 q2 q3 q4 q5 q6'
is '... quiesced=false the other one' "$(vxe snapshot-list quiesced=false params=name-label --minimal)" plain
run vxe vm-snapshot uuid="$UUID" new-name-label=x quiesce=perhaps
like 'another word is refused' "$ERR" 'Unknown quiesce: perhaps'
fails_with VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED 1 'freezes only for a snapshot of disks' 'a checkpoint cannot be quiesced' \
  vm-checkpoint uuid="$UUID" new-name-label=x quiesce=true
ok 'with try it is a checkpoint' vxe vm-checkpoint uuid="$UUID" new-name-label=memory quiesce=try
like '... with a word' "$ERR" 'not frozen'
fails_with INVALID_VALUE 2 'quiesce-timeout' 'no time is no time' vm-snapshot uuid="$UUID" new-name-label=x quiesce=true quiesce-timeout=0
ok 'quiesced, then off' vxe vm-snapshot uuid="$UUID" new-name-label=last quiesce=true then=halt
last=$OUT
is '... it is off' "$(plain vm-param-get uuid="$UUID" param-name=power-state)" halted
is '... its file system is clean' "$(journal_of "$UUID") $(journal_of "$last")" 'clean clean'
ok '... and has written nothing since' qemu-img compare -f qcow2 -F qcow2 "$(linux_disks "$last" | head -n 1)" \
  "$(linux_disks "$UUID" | head -n 1)"
ok 'a revert to a quiesced one' vxe snapshot-revert uuid="$quiet"
is 'its disk is that of the snapshot' "$(journal_of "$UUID")" clean
ok 'it starts again' vxe vm-start uuid="$UUID"
ok 'it boots from it' linux_up l
ok 'its agent answers' wait_until 60 agent_answers l

# ---- the agent refuses

virsh -q domfsfreeze l >/dev/null
is 'somebody else has frozen it' "$(frozen)" frozen
fails_with VM_SNAPSHOT_WITH_QUIESCE_FAILED 1 "vm: $UUID" 'a refusal' vm-snapshot-with-quiesce uuid="$UUID" new-name-label=x
wrong VM_SNAPSHOT_WITH_QUIESCE_FAILED 'the same' vm-snapshot-with-quiesce uuid="$UUID" new-name-label=x
leads VM_SNAPSHOT_WITH_QUIESCE_FAILED 1 NAME=without
virsh -q domfsthaw l >/dev/null
again VM_SNAPSHOT_WITH_QUIESCE_FAILED vxe vm-snapshot-with-quiesce uuid="$UUID" new-name-label=with
ok 'the guest writes on' linux_goes_on l

# ---- the agent is mute

inside l '(sleep 1; kill -STOP $(pidof qemu-ga); sleep 20; kill -CONT $(pidof qemu-ga)) >/dev/null 2>&1 &'
sleep 2
fails_with VM_SNAPSHOT_WITH_QUIESCE_TIMEOUT 6 "vm: $UUID" 'a mute agent' vm-snapshot-with-quiesce uuid="$UUID" new-name-label=x quiesce-timeout=2
ok 'with try there is a snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=tried quiesce=try quiesce-timeout=2
like '... which says that nothing was frozen' "$ERR" 'not frozen'
is '... and is crash-consistent' "$(type_of "$OUT")" crash_consistent
ok 'the agent answers again' wait_until 60 agent_answers l
is 'it has frozen nothing' "$(frozen)" thawed
ok 'the guest writes on' linux_goes_on l

# ---- the agent is slow: the file systems are frozen after libvirt has given up

ok 'freezing takes 8 seconds' inside l \
  "echo '#!/bin/sh' >/tmp/hook; echo 'test \$1 != freeze || sleep 8' >>/tmp/hook; chmod 755 /tmp/hook"
ok 'the agent begins anew, with that' inside l \
  "sed -i 's,-t /run,-t /run -F/tmp/hook,' /etc/agent; (sleep 1; kill \$(pidof qemu-ga)) >/dev/null 2>&1 &"
sleep 2
ok 'its agent answers' wait_until 60 agent_answers l
before=$(snapshots)
wrong VM_SNAPSHOT_WITH_QUIESCE_TIMEOUT 'a slow agent' \
  vm-snapshot-with-quiesce uuid="$UUID" new-name-label=x quiesce-timeout=2
is '... no snapshot' "$(snapshots)" "$before"
is 'when vxe ends, nothing is frozen' "$(frozen)" thawed
ok 'the guest writes on' linux_goes_on l
leads VM_SNAPSHOT_WITH_QUIESCE_TIMEOUT 1 NAME=without
again VM_SNAPSHOT_WITH_QUIESCE_TIMEOUT vxe vm-snapshot-with-quiesce uuid="$UUID" new-name-label=slow quiesce-timeout=20
is '... the snapshot is clean' "$(journal_of "$OUT")" clean
# The disks have switched when libvirt gives up waiting, and its call fails.
ok 'letting go takes 8 seconds' inside l "sed -i 's,freeze,thaw,' /tmp/hook"
run vxe vm-snapshot-with-quiesce uuid="$UUID" new-name-label=late quiesce-timeout=2
late=$OUT
is 'the snapshot is there' "$STATUS" 0
is '... and is clean' "$(journal_of "$late")" clean
is '... nothing is frozen' "$(frozen)" thawed
ok '... the guest writes on' linux_goes_on l
is '... to a layer on it' "$(plain vdi-chain-list vm=l --json | jq -r '.[1]."used-by"[0]')" "snapshot late ($late)"
ok 'freezing takes no time again' inside l 'rm /tmp/hook && ln -s /bin/true /tmp/hook'

# ---- vxe is killed

for after in 0.03 0.06 0.1 0.15 0.25; do
  "$VXE_PLAIN" vm-snapshot-with-quiesce uuid="$UUID" new-name-label="k$after" >/dev/null 2>&1 &
  sleep "$after"
  { kill -KILL $! && wait $!; } 2>/dev/null
  ok "killed after $after s: the agent answers" wait_until 20 agent_answers l
  ok "... nothing stays frozen" wait_until 20 is_thawed
  ok '... and the guest writes on' linux_goes_on l
done
ok 'the next command completes or undoes it' vxe vm-param-set uuid="$UUID" name-description=x
for snap in $(plain snapshot-list --minimal | tr , ' '); do
  case $(type_of "$snap") in quiesced) is 'each quiesced one is clean' "$(journal_of "$snap")" clean ;; esac
done
ok 'vxe check is clean' vxe check
vxe vm-shutdown uuid="$UUID" --force

# ---- no agent

small_guest web 1
vxe vm-start uuid="$UUID"
fails_with VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED 1 'no channel org.qemu.guest_agent.0' 'a guest without an agent' \
  vm-snapshot-with-quiesce uuid="$UUID" new-name-label=x
wrong VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED 'it has none' vm-snapshot-with-quiesce uuid="$UUID" new-name-label=x
leads VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED 2 NAME=without
ok 'with try there is a snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=tried quiesce=try
like '... and a word' "$ERR" 'not frozen: the definition has no channel'
ln -s "$VXE" xe
run ./xe vm-snapshot-with-quiesce uuid="$UUID" new-name-label=x
like 'as xe: its error' "$OUT$ERR" 'vm: .*web'

#!/bin/bash
# SPDX-License-Identifier: MIT
# --dry-run changes nothing (store, files, definitions), and then the command without it makes as many files, removes the
# files and changes the records that the plan said; of storage repositories and networks in ring all.
# tests/checks/dry.sh: each command that has it is in such a test.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/dry.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

times() { find "$PWD" "$HOST_IMAGES" -name '.*' -prune -o -type f \( -name '*.qcow2' -o -name '*.mem' \) -printf '%p %T@ %C@\n' | sort; }

# picture: everything but the content of the disks of a running guest.
picture() {
  facts
  state_domains
  [ -n "${RUNNING-}" ] || { state_files && times; }
}

says() { like "... the plan says $1" "$PLAN" "$1"; }

small_guest web 2
exits 7 'a domain that is not on record yet' vxe vm-snapshot vm=web new-name-label=x --dry-run
like '... must be taken over first' "$ERR" 'vxe vm-list'
plain pool-dump-database file-name=.dump >/dev/null
is '... and is not' "$(grep -c "$UUID" .dump)" 0
act "$UUID"

diag 'a running guest'
guest_start web
RUNNING=1
does vm-checkpoint vm-checkpoint uuid="$UUID" new-name-label=memory
says 'memory image, at most'
says "switch: the running domain $UUID"
memory=$OUT
does vm-suspend vm-suspend uuid="$UUID"
says 'save and stop: domain'
RUNNING=
before=$(serial_lines web)
does vm-resume vm-resume uuid="$UUID"
says 'start from its memory image'
ok 'the guest goes on' wait_until 20 has_counted_since web "$before"
vxe vm-pause uuid="$UUID"
does vm-snapshot vm-snapshot uuid="$UUID" new-name-label=one
says "make: $PWD/.* .overlay on .*, 262144 bytes"
says "space: at most 524288 of [0-9]* free bytes in $PWD"
one=$OUT
vxe vm-unpause uuid="$UUID"
RUNNING=1
dry 'snapshot-revert of a running VM' snapshot-revert uuid="$one"
says "stop: domain $UUID"
dry 'vm-shutdown' vm-shutdown uuid="$UUID"
says "stop: domain $UUID"
dry 'vm-shutdown by force' vm-shutdown uuid="$UUID" --force
dry 'vm-reboot by force' vm-reboot uuid="$UUID" --force
says "start: domain $UUID"
dry 'vm-pause' vm-pause uuid="$UUID"
says "pause: domain $UUID"
ok '... which runs on' guest_counts web
does vm-pause vm-pause uuid="$UUID"
vxe vm-unpause uuid="$UUID"
does vm-reboot vm-reboot uuid="$UUID" --force
does vm-shutdown vm-shutdown uuid="$UUID" --force
RUNNING=

diag 'a halted VM'
keep_content one "$one"
stamp_disks "$UUID" 55
does snapshot-revert snapshot-revert uuid="$one"
says "redefine: domain $UUID"
says 'record: change VM'
ok '... brought the content back' has_content one "$UUID"
does 'snapshot-revert to a checkpoint' snapshot-revert uuid="$memory"
vxe vm-shutdown uuid="$UUID" force=true
stamp_disks "$UUID" 66
keep_content now "$UUID"
does 'vm-snapshot, halted' vm-snapshot uuid="$UUID" new-name-label=two
two=$OUT
does 'vm-clone of a snapshot' vm-clone uuid="$one" new-name-label=t1
says 'record: add VM .* .t1.'
t1=$OUT
does snapshot-clone snapshot-clone uuid="$two" new-name-label=t2
t2=$OUT
does snapshot-copy snapshot-copy uuid="$one" new-name-label=t3
says 'a complete copy, at most'
t3=$OUT
stamp_disks "$UUID" 77
dry 'vm-clone of disks that must be frozen first' vm-clone uuid="$UUID" new-name-label=clone
says 'operation: vm-clone, when that is done'
does '... the same' vm-clone uuid="$UUID" new-name-label=clone
clone=$OUT
vxe vm-param-set uuid="$t2" is-a-template=true
does vm-install vm-install new-name-label=installed template="$t1"
installed=$OUT

diag 'disks'
sr=$(plain pool-list params=default-SR --minimal)
does vdi-create vdi-create sr-uuid="$sr" name-label=new virtual-size=4MiB
says 'empty disk, 262144 bytes'
new=$OUT
does vdi-snapshot vdi-snapshot uuid="$new"
shot=$OUT
does vdi-clone vdi-clone uuid="$new" new-name-label=other
other=$OUT
does vdi-copy vdi-copy uuid="$(vdi_of "$UUID" 0)" sr-uuid="$sr"
copy=$OUT
does 'vdi-copy into a disk' vdi-copy uuid="$(vdi_of "$UUID" 0)" into-vdi-uuid="$other"
head -c 4M /dev/urandom >content
does vdi-import vdi-import uuid="$copy" filename="$PWD/content" format=raw
ok '... the content is that of the file' cmp <(plain vdi-export uuid="$copy" filename=- format=raw) content
exits 2 '... a pipe is not emptied by a dry run' vxe vdi-import uuid="$copy" filename=- format=raw --dry-run \
  < <(cat content)
like '... and it says why' "$ERR" 'a pipe, which a dry run would empty'
does vdi-resize vdi-resize uuid="$copy" disk-size=8MiB
does vdi-destroy vdi-destroy uuid="$copy"
says 'remove: '
does 'vdi-destroy of a snapshot' vdi-destroy uuid="$shot"
does vdi-forget vdi-forget uuid="$other"
does vm-disk-add vm-disk-add uuid="$UUID" device=5 disk-size=1MiB
does vm-disk-remove vm-disk-remove uuid="$UUID" device=5
dry 'vdi-destroy, as JSON' vdi-destroy uuid="$new" --json
ok '... is a list of its lines' python3 -c 'import json,sys; assert [l for l in json.loads(sys.argv[1]) if l["text"].startswith("remove: ") and l["file"] in l["text"] and l["bytes"] >= 0]' "$PLAN"

network=$(plain network-list --minimal | cut -d, -f1)
if [ -n "$network" ]; then
  does vif-create vif-create vm-uuid="$UUID" network-uuid="$network" device=3
  does vif-destroy vif-destroy uuid="$OUT"
else
  skip 'no networks can be made on this host'
fi
does vbd-create vbd-create vm-uuid="$UUID" vdi-uuid="$new" device=6
says 'redefine: domain'
does vbd-destroy vbd-destroy uuid="$OUT"
does vm-start vm-start uuid="$UUID"
says "start: domain $UUID"
vxe vm-shutdown uuid="$UUID" --force
dry vm-create vm-create name-label=empty
says 'define: domain'

if [ -n "$LONG" ]; then
  diag 'storage repositories and networks'
  # The folders of SRs are no files of disks: marks CMD... compares them, too.
  marks() { find "$PWD/more" "$PWD/rest" | sort; }
  mkdir more rest
  before=$(marks)
  dry sr-create sr-create name-label=more type=file device-config:location="$PWD/more"
  says 'record: add SR'
  is '... and the folder gets no mark' "$(marks)" "$before"
  does sr-create sr-create name-label=more type=file device-config:location="$PWD/more"
  more=$OUT
  pbd=$(vxe pbd-list sr-uuid="$more" --minimal)
  does pbd-unplug pbd-unplug uuid="$pbd"
  does pbd-plug pbd-plug uuid="$pbd"
  vxe pbd-unplug uuid="$pbd"
  does sr-forget sr-forget uuid="$more"
  says 'record: '
  rest=$(vxe sr-create name-label=rest type=file device-config:location="$PWD/rest")
  vxe pbd-unplug uuid="$(vxe pbd-list sr-uuid="$rest" --minimal)"
  before=$(marks)
  dry sr-destroy sr-destroy uuid="$rest"
  is '... and the folder keeps its mark' "$(marks)" "$before"
  does sr-destroy sr-destroy uuid="$rest"
  nets=$(virsh net-list --all --name)
  dry network-create network-create name-label=inner
  is '... and libvirt has no new network' "$(virsh net-list --all --name)" "$nets"
  if [ "$HOST_MODE" = system ]; then
    does network-create network-create name-label=inner
    inner=$OUT nets=$(virsh net-list --all --name)
    dry network-destroy network-destroy uuid="$inner"
    is '... and libvirt keeps the network' "$(virsh net-list --all --name)" "$nets"
    does network-destroy network-destroy uuid="$inner"
  fi
fi

diag 'archives'
vxe vm-export uuid="$clone" filename="$PWD/clone.xva" >/dev/null
does vm-import vm-import filename="$PWD/clone.xva"
says 'filled from the archive'
imported=$OUT

diag 'the end'
does vm-destroy vm-destroy uuid="$clone"
says 'undefine: domain'
does snapshot-reset-powerstate snapshot-reset-powerstate uuid="$memory" --force
does snapshot-destroy snapshot-destroy uuid="$memory"
for vm in $installed $imported; do
  dry vm-uninstall vm-uninstall uuid="$vm"
  dry_files >.files
  exits 0 '... without asking' vxe vm-uninstall uuid="$vm" force=true
  dry_files >.now
  is '... removes what the plan said' "$(comm -23 .files .now)" \
    "$(sed -nE 's/^remove: (.*) \([0-9]+ bytes\)$/\1/p; s/^merge: (.*) into .*/\1/p' <<<"$PLAN" | sort)"
done
dry snapshot-uninstall snapshot-uninstall uuid="$one"
does template-uninstall template-uninstall template-uuid="$t3" --force
ok 'the disk of the test is free' vxe vdi-destroy uuid="$new"
snapshot "$UUID" last
VXE_FAILPOINT=coalesce-commit:check=error plain snapshot-uninstall uuid="$SNAP" force=true >/dev/null
does sr-coalesce sr-coalesce
says 'merge: '

diag 'what stands in the way'
VXE_FAILPOINT=vm-snapshot:intent:after=die plain vm-snapshot uuid="$UUID" new-name-label=dead >/dev/null 2>&1
exits 7 'a vxe that died' vxe vm-snapshot uuid="$UUID" new-name-label=x --dry-run
like '... is named' "$ERR" 'vm-snapshot'
ok '... vxe check ends its operation' vxe check
VXE_FAILPOINT=vm-snapshot:intent:after=stop "$VXE_PLAIN" vm-snapshot uuid="$UUID" new-name-label=slow >/dev/null 2>&1 &
wait_until 20 stands $!
exits 6 'a dry run does not wait' vxe vm-snapshot uuid="$UUID" new-name-label=x --dry-run
kill -CONT $!
wait $!
exits 0 'several VMs' vxe vm-snapshot vm=web new-name-label=x --multiple --dry-run
exits 2 'a command without it' vxe vm-export vm=web filename=x --dry-run
exits 3 'an object that does not exist' vxe vm-destroy uuid=00000000-0000-4000-8000-000000000001 --dry-run
ok 'vxe check is clean' vxe check

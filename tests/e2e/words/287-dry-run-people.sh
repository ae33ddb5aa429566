#!/bin/bash
# SPDX-License-Identifier: MIT
# A dry run says what a person asks: what the guest notices, which files come, stay and go, what is lost. Records, steps and
# exact bytes are for --verbose; --json has both. What it says of the guest is then so.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# plan CMD...: PLAN gets what a dry run says; its files without their folders.
plan() {
  exits 0 "$1 ${2-} --dry-run" vxe "$@" --dry-run
  PLAN=$(sed -E 's/\S*\/[^ ]*\.(qcow2|mem)/FILE/g' <<<"$OUT")
}
says() { ok "... it says $1" grep -qE "^$1\$" <<<"$PLAN" || diag "$PLAN"; }
hides() { not_ok "... and not ${2-details}" grep -E "${1-^(operation|record|freeze|switch|stop|define): |generation|[0-9] bytes|$UUID}" <<<"$PLAN"; }
# whole WHAT LINE: a line of what --verbose has printed.
whole() { ok "... $1" grep -qE "^$2\$" <<<"$PLAN"; }

small_guest web 2
act "$UUID"
guest_start web
pid=$(guest_pid web)

diag 'snapshots'
plan vm-snapshot vm=web new-name-label=one
says 'guest: web runs on; it stands still for some ms while its disks change files'
says 'make: FILE .new writes go there, 256.0 KiB so far.'
says 'keep: FILE .as it is: nothing writes to it any more.'
says 'add: snapshot one'
says 'space: at most 512.0 KiB of the .*iB that are free in .*'
hides
plan vm-snapshot vm=web new-name-label=one then=halt
says 'guest: web stops at the moment of the snapshot'
exits 0 'verbose' vxe vm-snapshot vm=web new-name-label=one --dry-run --verbose
PLAN=$OUT
whole 'has the operation' 'operation: vm-snapshot'
whole 'the records' 'record: add VBD .*'
whole 'and exact bytes' 'make: .*, 262144 bytes.'
exits 0 'as JSON' vxe vm-snapshot vm=web new-name-label=one --dry-run --json
ok '... it has both' jq -e --arg vm "$UUID" '(map(select(.action == "guest" and .vm == $vm)) | length == 1)
  and (map(select(.action == "record" and (.brief | not))) | length > 0)
  and (map(select(.action == "make" and .bytes == 262144 and (.brief | test("256.0 KiB")) and (.text | test("262144 bytes")))) | length == 2)' <<<"$OUT"
snapshot "$UUID" one
is 'the guest runs on' "$(guest_pid web)" "$pid"
plan vm-checkpoint vm=web new-name-label=memory
says 'guest: web stands still when its memory is saved, then runs on: some 50 ms with KVM or QEMU 9.0, longer if it changes much of it, else as long as the save takes'
says 'make: FILE .memory image, at most 80.0 MiB.'

diag 'what a revert loses'
since=$(date -d "@$(date -d "$(plain snapshot-list uuid="$SNAP" params=snapshot-time --json | jq -r '.[0]."snapshot-time"')" +%s)" '+%Y-%m-%d %H:%M')
plan snapshot-revert vm=web snapshot=one
says 'guest: web stops'
says "lost: the writes since $since .[0-9]+ (s|min).; keep=true keeps them"
says 'remove: FILE .[0-9.]* KiB.'
says 'in all: [0-9.]* KiB freed'
hides
plan snapshot-revert vm=web snapshot=one keep=true start=running
says "kept: the writes since $since .*, in the snapshot that is made first"
hides '^(lost:|remove: FILE)' 'that anything is lost'
says 'afterwards: the VM is started'
sleep 2 # so that the next revert is of another second
vxe snapshot-revert vm=web snapshot=one start=running
is 'the guest stopped' "$([ "$(guest_pid web)" != "$pid" ] && echo yes)" yes
reverted=$(plain message-list name=VM_SNAPSHOT_REVERTED params=timestamp --json | jq -r '.[0].timestamp')
plan snapshot-revert vm=web snapshot=one
says "lost: the writes since $(date -d "$reverted" '+%Y-%m-%d %H:%M') .*; keep=true keeps them"
# The minute may be that of the snapshot, too; the seconds are not.
span=$(sed -n 's/^lost: .*(\([0-9]*\) s).*/\1/p' <<<"$PLAN")
ok '... and not since the snapshot, which is older' test "${span:-99}" -le $(($(date +%s) - $(date -d "$reverted" +%s)))

diag 'what goes'
plan snapshot-uninstall vm=web snapshot=one
says 'merge: FILE into FILE .[0-9.]* KiB copied while the guest runs; then the first file goes.'
says 'in all: [0-9.]* KiB copied'
exits 0 '... verbose' vxe snapshot-uninstall vm=web snapshot=one --dry-run --verbose
PLAN=$OUT
whole 'exact bytes' 'merge: .* into .* .[0-9]* bytes., guest running'
plan vm-reboot vm=web --force
says 'guest: web stops, then starts'
plan vm-suspend vm=web
says 'guest: web stops when its memory is saved'
plan vm-param-set vm=web name-label=shop
says 'guest: web runs on'
says '  name-label: web -> shop'
vxe vm-shutdown vm=web --force
stamp_disks "$UUID" 7 # else, if it has not written since the revert, the layers below are copied
plan vm-copy vm=web new-name-label=copy
says 'guest: web is off and stays off'
says 'make: a file in .* .a complete copy of FILE, .* KiB.'
says 'add: VM copy'
plan vdi-flatten uuid="$(vdi_of "$UUID" 0)"
says 'make: FILE .a complete copy, at most .*iB.'
hides '^keep: ' 'that a file is kept which goes'
plan vdi-create sr-uuid="$(plain pool-list params=default-SR --minimal)" name-label=new virtual-size=4MiB
says 'add: VDI new'
disk=$(vxe vdi-create sr-uuid="$(plain pool-list params=default-SR --minimal)" name-label=new virtual-size=4MiB)
plan vdi-resize uuid="$disk" disk-size=8MiB
says '  virtual-size: 4.0 MiB -> 8.0 MiB'
plan vm-destroy vm=web
says 'delete: VM web'
says 'kept: 2 disks, which only uninstall commands delete'
exits 2 'a command without dry runs' vxe vm-list --verbose
ln -s "$VXE" xe
exits 1 'and as xe it is a field that there is not' ./xe vm-list verbose=true

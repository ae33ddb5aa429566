#!/bin/bash
# SPDX-License-Identifier: MIT
# What commands print with --json is as `vxe schema` says, and the examples of docs/json.md do what they say.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/page.sh"

has_validator() { /usr/bin/python3 -c 'import jsonschema'; }
allows() { /usr/bin/python3 "$TESTS/lib/json_valid.py" "$@"; }
requires has_validator 'there is no python3-jsonschema'
ln -s "$VXE" xe
small_guest db 1
db=$UUID
small_guest web 2
web=$UUID
vxe vm-list >/dev/null

# valid WHAT COMMAND ARG...: what the command prints is one document; that is in DOC, on one line. Whether its schema allows
# it is seen at the end, by one validator for all of them.
valid() {
  local what=$1
  shift
  run vxe "$@" --json
  [ "$STATUS" = 0 ] && DOC=$(jq -c . <<<"$OUT") && [ "$(wc -l <<<"$DOC")" = 1 ] && printf '%s\t%s\n' "$1" "$DOC" >>documents
  result $? "$what" || { show_run; return 1; }
}
# doc WHAT JQ WANT: of the last document.
doc() { is "$1" "$(jq -rc "$2" <<<"$DOC")" "$3"; }

diag 'lists'
valid 'VMs' vm-list
doc '... two and the host' length 3
valid '... with all fields' vm-list params=all
doc '... times are times' '[.[]."start-time"] | map(. == null or test("^2.*Z$")) | all' true
valid 'no VM' vm-list name-label=none
is '... is an empty array' "$DOC" '[]'
one=$(plain vm-snapshot vm=web new-name-label=one)
valid 'snapshots' snapshot-list params=all
valid '... as a tree' snapshot-list --tree
doc '... with the snapshot' '.[0].snapshots[0].uuid' "$one"
for class in vdi vbd vif sr pbd network host host-cpu pool task message pif template console vmss sm; do
  valid "$class-list" $class-list params=all
done
valid 'one record' vm-param-list uuid="$web"
valid 'one field' vm-param-get uuid="$web" param-name=power-state
is '... is a record' "$DOC" '[{"power-state":"halted"}]'
valid 'a key of a map' vm-param-get uuid="$web" param-name=platform param-key=acpi
valid 'layers' vdi-chain-list vm=web
valid 'cards' vm-vif-list is-control-domain=false --multiple
is '... of several VMs are one list' "$DOC" '[]'
valid 'data sources' host-data-source-list
valid 'a check' check
valid 'facts' host-cpu-info
valid 'a document' snapshot-dumpxml uuid="$one"
valid 'a diagnosis' diagnostic-vm-status uuid="$web"

diag 'disks'
valid 'disks' vm-disk-list vm=web
doc '... two, with their VDIs' '[.[] | .vdi."name-label"] | join(" ")' 'web-0.qcow2 web-1.qcow2'
doc '... the VBD is outside' 'map(.userdevice) | join(" ")' '0 1'
valid '... of two VMs are one list' vm-disk-list is-control-domain=false --multiple vdi-params=uuid
doc '... of three' 'map(.vdi.uuid) | unique | length' 3
valid '... the largest' vm-disk-list vm=web sort=-virtual-size limit=1 vdi-params=all vbd-params=all
doc '... one' length 1
valid '... of a snapshot' snapshot-disk-list uuid="$one"
doc '... two' length 2
vxe vbd-create vm-uuid="$db" device=3 type=CD mode=RO >/dev/null
valid 'an empty drive' vm-cd-list vm=db
doc '... has no VDI' 'map(.vdi)' '[null]'
valid 'no drive' vm-cd-list vm=web
is '... is an empty array' "$DOC" '[]'
like 'xe has its records' "$(./xe vm-disk-list vm=web)" 'Disk 0 VBD:.*Disk 0 VDI:'

diag 'what is done'
valid 'a snapshot' vm-snapshot vm=web new-name-label=two
doc '... is an object' 'keys | join(" ")' uuid
is '... with its UUID' "$(plain snapshot-list name-label=two --minimal)" "$(jq -r .uuid <<<"$DOC")"
valid '... if needed' vm-snapshot vm=web new-name-label=two if-needed=true
doc '... says so' .changed false
valid '... of several' vm-snapshot is-control-domain=false new-name-label=all --multiple
doc '... are objects' 'map(.uuid | length)' '[36,36]'
valid '... if needed' vm-snapshot is-control-domain=false new-name-label=all --multiple if-needed=true
doc '... too' 'map(.changed)' '[false,false]'
valid '... of one of several is an array' vm-snapshot vm=web new-name-label=three --multiple
doc '... of one' length 1
valid 'a setting' vm-param-set uuid="$web" other-config:owner=ops
is '... has no result' "$DOC" '{}'
valid 'a start' vm-start vm=web
is '... neither' "$DOC" '{}'
valid '... if needed' vm-start vm=web if-needed=true
valid '... of several' vm-start is-control-domain=false --multiple if-needed=true
doc '... says which' 'map(.changed) | sort' '[false,true]'
valid 'a shutdown of several' vm-shutdown is-control-domain=false --multiple --force
is '... is an empty array' "$DOC" '[]'
valid 'an export' vm-export vm=db filename=db.xva
doc '... says where' .file db.xva
valid 'an import' vm-import filename=db.xva
copy=$(jq -r .uuid <<<"$DOC")
valid 'a schedule' vmss-create name-label=nightly type=snapshot frequency=daily
valid '... seen before' vmss-preview uuid="$(jq -r .uuid <<<"$DOC")"
valid '... run without VMs' vmss-run vmss=nightly
is '... is an empty array' "$DOC" '[]'
valid '... removed' vmss-destroy vmss=nightly
valid 'a revert' snapshot-revert uuid="$one" keep=true
doc '... gives the snapshot that is kept' 'keys | join(" ")' uuid
valid 'a merge of nothing' sr-coalesce

diag 'what would be done'
valid 'an uninstall' vm-uninstall uuid="$copy" --dry-run
doc '... deletes' 'map(select(.action == "delete") | .class) | join(" ")' 'VM VDI'
valid '... done' vm-uninstall uuid="$copy" --force
valid 'a snapshot' vm-snapshot vm=web new-name-label=four --dry-run
doc '... makes files' 'map(select(.action == "make" and .file)) | length > 1' true
valid '... of several' vm-snapshot is-control-domain=false new-name-label=four --multiple --dry-run
valid 'a setting' vm-param-set uuid="$web" name-label=new --dry-run
valid 'a revert' snapshot-revert uuid="$one" --dry-run
valid 'a merge of nothing' sr-coalesce --dry-run
is '... is an empty array' "$DOC" '[]'

diag 'errors'
# fails WHAT STATUS ARG...: the last line of the error stream is as the schema says; it is in DOC. Nothing is on the output.
plain schema | jq '{"$defs", "$ref": "#/$defs/error"}' >error.json
fails() {
  run vxe "${@:3}" --json
  DOC=${ERR##*$'\n'}
  [ "$STATUS" = "$2" ] && [ -z "$OUT" ] && allows error.json <<<"$DOC" >why
  result $? "$1" || { show_run; diag "$(cat why)"; return 1; }
}
fails 'a VM that is off' 1 vm-pause vm=web
doc '... by its code' .error VM_BAD_POWER_STATE
doc '... and what to do' '.next | length > 0' true
fails 'no such VM' 3 vm-start vm=none
fails 'two VMs' 4 vm-start is-control-domain=false
fails 'no such word' 2 vm-list nmae=x
fails 'no such command' 2 vm-strat
fails 'two of two' 5 vm-pause is-control-domain=false --multiple
doc '... each' .object "$(plain vm-list is-control-domain=false --minimal | tr , '\n' | sort | tail -n 1)"
fails '... not for schemas either' 2 schema command=vm-lst
like '... the nearest is named' "$ERR" vm-list

diag 'words before and behind'
valid 'help' help
doc '... is names' 'index("vm-snapshot") > 0' true
valid '... of a command' help vm-snapshot
doc '... by its parts' '.[0]."command name"' vm-snapshot
valid '... of two' help vm-snapshot vm-start
doc '... two' length 2
is '... by a flag' "$(vxe vm-snapshot --help --json)" "$(vxe help vm-snapshot --json)"
is '... alone' "$(vxe --help --json)" "$(vxe help --json)"
is '--json may come first' "$(vxe --json vm-list)" "$(vxe vm-list --json)"
is '... --minimal, too' "$(vxe --minimal vm-list name-label=db)" "$db"
is 'the version' "$(vxe --version --json | jq -r keys[])" version
is '... in any order' "$(vxe --json --version)" "$(vxe --version --json)"
exits 1 'xe has neither' ./xe --json vm-list
exits 1 '... nor schemas' ./xe schema
valid 'a schema' schema
is '... has every command' "$(jq -r '.properties | length' <<<"$OUT")" "$(plain self-test | cut -d' ' -f1)"
is '... and no session' "$(VXE_CONNECT=qemu:///none VXE_STORE=/nowhere vxe schema | jq -r type)" object

diag 'docs/json.md'
is 'each example is here' "$(page_headings json.md)" 'The fields of a class,The newest snapshot of a VM,VMs that do not run,Snapshots older than 30 days,VMs without a snapshot,The size of all disks of a VM,The space that a VM takes,Which file each disk is,What an uninstall would delete,What the removal of a snapshot would write,Snapshots of several VMs,VMs with a key of a map,Snapshots of each VM,Start what is off,Why it failed'
example() { page json.md "$@"; }
example 'The fields of a class'
ok '... with the name' grep -qx name-label <<<"$OUT"
snapshot "$web" old
example 'The newest snapshot of a VM'
is '... is that' "$OUT" "$SNAP"
ok 'a guest runs' vxe vm-start vm=web
example 'VMs that do not run'
is '... is the other one' "$OUT" db
example 'Snapshots older than 30 days'
is '... are none' "$OUT" ''
example 'Snapshots older than 30 days' 's/days 30/days -1/'
is '... older than tomorrow are all' "$(sort <<<"$OUT" | xargs)" "$(plain snapshot-list --minimal | tr , '\n' | sort | xargs)"
small_guest bare 1
example 'VMs without a snapshot'
is '... is the new one' "$OUT" bare
example 'The size of all disks of a VM'
is '... two of 4 MiB' "$OUT" $((8 << 20))
example 'The space that a VM takes'
ok '... is less, but something' test "$OUT" -gt 0 -a "$OUT" -lt $((64 << 20))
example 'Which file each disk is'
is '... two' "$(cut -f1 <<<"$OUT" | xargs)" '0 1'
is '... whose files are there' "$(cut -f3 <<<"$OUT" | xargs ls | wc -l)" 2
example 'What an uninstall would delete'
like '... the VM and its disks' "$OUT" "VM	$web	web.*VDI"
like '... and its snapshots' "$OUT" "$SNAP"
example 'What the removal of a snapshot would write'
like '... so many bytes' "$OUT" '^[0-9]+$'
example 'Snapshots of several VMs'
is '... of all three' "$(wc -l <<<"$OUT")" 3
vxe vm-param-set uuid="$web" other-config:owner=ops
example 'VMs with a key of a map'
is '... is the one that was set' "$OUT" web
example 'Snapshots of each VM'
is '... one with one' "$(grep bare <<<"$OUT")" "bare	1"
example 'Start what is off'
is '... it was off' "$OUT" started
example 'Start what is off'
is '... and is not now' "$OUT" 'ran already'
example 'Why it failed'
like '... by its code' "$OUT" ^VM_BAD_POWER_STATE
ok 'vxe check' vxe check

diag 'schemas'
vxe schema >schema.json
ok 'each document is as the schema of its command says' allows schema.json documents
vxe schema command=vm-list >list.json
ok '... which is also printed alone' allows list.json <<<"$(sed -n 's/^vm-list\t//p' documents)"

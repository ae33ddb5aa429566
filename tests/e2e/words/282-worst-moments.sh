#!/bin/bash
# SPDX-License-Identifier: MIT
# Moments in which a new user was lost: each must say what is so and what to write instead.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

ln -s "$VXE" xe
small_guest db 1
db=$UUID
small_guest web 1
web=$UUID
vxe vm-list >/dev/null
ok 'the guest starts' guest_start web
one=$(vxe vm-snapshot vm=web new-name-label=one)
vxe vm-snapshot vm=web new-name-label=two >/dev/null
two=$(plain snapshot-list name-label=two --minimal)

diag 'words that lead somewhere'
exits 2 'a verb of another tool' vxe snapshot-restore web one
like '... has its command here' "$ERR" 'vxe snapshot-revert vm=web snapshot=one'
exits 2 'an option of another tool' vxe vm-list -o wide
like '... is explained' "$ERR" "^Error: '-o' is no option: each word is key=value or --flag"

exits 2 'a word that is missing' vxe vm-snapshot vm=web
like '... leads to the page of the command' "$ERR" "For usage run: 'vxe help vm-snapshot'"

diag 'snapshot-uninstall as JSON'
exits 0 'a dry run' vxe snapshot-uninstall vm=web snapshot=one --dry-run --json
is '... is one document' "$(jq -r 'type' <<<"$OUT")" array
is '... with the snapshot' "$(jq -r '.[] | select(.class == "VM") | [.action, .uuid, ."name-label"] | join(" ")' <<<"$OUT")" "delete $one one"
is '... with the layer that is merged' "$(jq -r '.[] | select(.action == "merge") | .bytes > 0' <<<"$OUT")" true
file=$(jq -r '.[] | select(.action == "merge") | .file' <<<"$OUT")
ok '... by its file' test -e "$file"
is '... and nothing is done' "$(vxe snapshot-list vm=web name-label=one --minimal)" "$one"
run bash -c "echo no | '$VXE' snapshot-uninstall vm=web snapshot=one --json"
is 'a question is not in the document' "$OUT" '{}'
like '... but on the error stream' "$ERR" "Type 'yes' to continue"
exits 0 'the deed' vxe snapshot-uninstall vm=web snapshot=one --force --json
is '... says what it has done' "$(jq -r '.[0].uuid' <<<"$OUT")" "$one"
not_ok '... and has done it' test -e "$file"
guest_counts web
exits 0 'a plan of another command' vxe snapshot-revert vm=web snapshot=two --dry-run --json
is '... names the VM that stops' "$(jq -r '.[] | select(.action == "stop") | .vm' <<<"$OUT")" "$web"
like '... and the file that is made' "$(jq -r '.[] | select(.action == "make") | .file' <<<"$OUT")" '^/.*\.qcow2$'

diag 'vm-export of a running VM'
note_records() { plain vm-list params=uuid --minimal; plain snapshot-list params=uuid --minimal; plain vdi-list params=uuid --minimal; }
before=$(note_records)
exits 1 'without live=' vxe vm-export vm=web filename=web.xva
like '... the error names it' "$ERR" 'with live=true'
not_ok '... and no file is left' test -e web.xva
mapfile -t now < <(disk_counts "$web")
mapfile -t then < <(disk_counts "$two")
ok 'the guest has written since its last snapshot' test "${now[0]}" -gt "${then[0]}"
exits 0 'with live=' vxe vm-export vm=web filename=web.xva live=true
guest_counts web
is '... nothing else is left' "$(note_records)" "$before"
copy=$(vxe vm-import filename=web.xva)
is 'the archive is that VM' "$(plain vm-list uuid="$copy" params=name-label,power-state --minimal)" web
mapfile -t then < <(disk_counts "$copy")
ok '... with what the guest has written' test "${then[0]}" -ge "${now[0]}"
vxe vm-uninstall uuid="$copy" --force >/dev/null
run bash -c "'$VXE' vm-export vm=web filename= live=true | head -c 1 >/dev/null; exit \${PIPESTATUS[0]}"
isnt 'an archive that nobody reads fails' "$STATUS" 0
is '... and its snapshot is gone' "$(note_records)" "$before"
mkfifo slow
"$VXE" vm-export vm=web filename= live=true >slow 2>said &
pid=$!
exec 5<slow
head -c 1 <&5 >/dev/null
kill -INT "$pid"
sleep 0.2
exec 5<&-
not_ok '^C ends it' wait "$pid"
is '... and its snapshot is gone, too' "$(note_records)" "$before"
guest_counts web
"$VXE" vm-export vm=web filename= live=true >slow 2>said &
pid=$!
exec 5<slow
head -c 1 <&5 >/dev/null
kill -KILL "$pid"
wait "$pid"
exec 5<&-
is 'a kill leaves its snapshot in the list' "$(vxe snapshot-list vm=web name-label='export of web' --minimal | wc -w)" 1
ok '... and nothing out of order' vxe check
ok '... and it goes as any other' vxe snapshot-uninstall vm=web snapshot='export of web' --force
is '... with all that it had' "$(note_records)" "$before"
guest_counts web
exits 0 'a halted VM is exported as ever' vxe vm-export vm=db filename=db.xva live=true

diag 'a nightly export beside snapshots of virsh'
small_guest old 1
ok 'virsh takes a snapshot' virsh snapshot-create-as old of-virsh
ok 'the guest starts' guest_start old
mkdir exports
PATH=$PWD:$PATH run sh "${TESTS%/tests}/docs/examples/nightly-export.sh" "$PWD/exports"
is '... all running VMs are exported' "$STATUS $(ls exports | wc -l)" '0 2'
like '... and virsh still lists its snapshot' "$(virsh snapshot-list old --name)" of-virsh
vxe vm-uninstall vm=old --force >/dev/null

diag 'if-needed'
exits 1 'a start of a running VM' vxe vm-start vm=web
like '... says that nothing is to be done' "$ERR" 'Nothing is to be done: the VM is running already. With if-needed=true that is no error'
exits 0 '... is no error if it is needed only' vxe vm-start vm=web if-needed=true
is '... and is said' "$(vxe vm-start vm=web if-needed=true --json | jq -c .)" '{"changed":false,"uuid":"'"$web"'"}'
is 'a shutdown of a halted one' "$(vxe vm-shutdown vm=db if-needed=true --json | jq -c .changed)" false
exits 1 'a pause of a halted one' vxe vm-pause vm=db if-needed=true
like '... has its way out' "$ERR" "'vxe vm-start uuid=$db'"
is 'a snapshot of that name' "$(vxe vm-snapshot vm=web new-name-label=two if-needed=true)" "$two"
is '... is no snapshot of another VM' "$(vxe vm-snapshot vm=db new-name-label=two if-needed=true --json | jq -c .changed)" true
net=$(vxe network-create name-label=inner if-needed=true)
is 'a network of that name' "$(vxe network-create name-label=inner if-needed=true)" "$net"
is '... one' "$(plain network-list name-label=inner --minimal)" "$net"
not_ok 'xe has no such word' ./xe vm-start vm=web if-needed=true

diag 'patterns'
is 'VMs by a pattern' "$(vxe vm-list name-label:glob='d?' --minimal)" "$db"
is '... by a part' "$(vxe vm-list name-label:contains=eb params=name-label --minimal)" web
exits 4 'several need --multiple' vxe vm-shutdown name-label:glob='[dw]*b' is-control-domain=false --force
not_ok 'xe has no patterns' ./xe vm-list name-label:glob='d*'
like '... and says so as ever' "$ERR" "Field 'name-label' is not a set or map"

diag 'after a revert'
is 'a pipe gets nothing' "$(vxe snapshot-revert vm=db snapshot=two)" ''
like 'a person learns what the VM does' "$(script -qec "$(printf '%q ' "$VXE") snapshot-revert vm=db snapshot=two" /dev/null </dev/null)" \
  "The VM is halted now: 'vxe vm-start uuid=$db'"

diag 'settings in a file'
mkdir -p settings/vxe
echo "VXE_OPTS=table=true" >settings/vxe/config
like 'words for every command' "$(XDG_CONFIG_HOME=$PWD/settings vxe vm-list vm=db params=name-label | head -n 1)" '^name-label$'
echo "VXE_STORE=$(store_at other)" >settings/vxe/config
is 'the environment counts before the file' "$(XDG_CONFIG_HOME=$PWD/settings vxe vm-list vm=db --minimal)" "$db"
echo "VXE_STOER=/nowhere" >settings/vxe/config
XDG_CONFIG_HOME=$PWD/settings exits 2 'a setting that there is not' vxe vm-list
like '... is named with its line' "$ERR" 'settings/vxe/config, line 1: no such setting'

diag 'a second schedule'
for name in nightly hourly; do
  vxe vmss-create name-label=$name type=snapshot frequency=daily >/dev/null
done
vxe vm-param-set vm=web snapshot-schedule=nightly
exits 0 'another schedule' vxe vm-param-set vm=web snapshot-schedule=hourly
like '... takes the place of the first, which is said' "$ERR" "A VM has one schedule: 'nightly' takes no snapshots of web any more"

diag 'vm-uninstall of a running guest'
exits 0 'a dry run' vxe vm-uninstall vm=web --dry-run
like '... says that the guest is stopped' "$OUT" 'stop: web, which runs'
like '... and which disk stays' "$OUT" 'kept: VDI [0-9a-f-]{36} \(.*\), which the VM only uses'
unlike 'xe says what it always said' "$(./xe vm-uninstall uuid="$web" --force 2>&1 | grep -v VM)" 'stop:|kept:'
ok 'the disk is there' test -e web-0.qcow2
finish

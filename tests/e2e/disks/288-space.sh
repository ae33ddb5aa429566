#!/bin/bash
# SPDX-License-Identifier: MIT
# vxe space: what VMs hold is what their files take, each file once; whose a file is; what a delete frees is freed.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

# Runs vxe space with the words, as JSON, which is $JSON then; the sum in it must be what du says of the files in it.
space_json() {
	local -a files

	exits 0 "space $*" vxe space "$@" --json
	JSON=$OUT
	mapfile -t files < <(jq -r '[.[].files[] | select(.bytes > 0) | .file] | unique[]' <<<"$JSON")
	ok "... there are files" test "${#files[@]}" -gt 0
	is "... the sum is that of du" \
		"$(jq -r '[.[].files[] | {file, bytes}] | unique_by(.file) | map(.bytes) | add' <<<"$JSON")" \
		"$(du --block-size=1 -c "${files[@]}" | tail -n 1 | cut -f 1)"
}

small_guest web 1
web=$UUID
small_guest db 1
db=$UUID
vxe vm-list >/dev/null
ok 'the guest starts' guest_start web
one=$(vxe vm-snapshot vm=web new-name-label=one)
guest_counts web
memory=$(vxe vm-checkpoint vm=web new-name-label=with-memory)
guest_counts web
top=$(vxe vm-snapshot vm=web new-name-label=top)
guest_counts web

ok 'the guest pauses, so that its files stay as large' vxe vm-pause vm=web

diag 'all VMs'
space_json
is '... each VM is in it' "$(jq -r '[.[].uuid] | map(select(. != null)) | sort | join(" ")' <<<"$JSON")" \
	"$(printf '%s\n' "$web" "$db" | sort | tr '\n' ' ' | sed 's/ $//')"
images=$(dirname "$(jq -r '.[] | select(.uuid == "'"$web"'") | .files[0].file' <<<"$JSON")")
for file in "$images"/*.qcow2 "$images"/*.memory; do
	test -e "$file" || continue
	is "... and ${file##*/}" "$(jq -r --arg f "$file" '[.[].files[] | select(.file == $f)] | length' <<<"$JSON")" 1
done

diag 'one VM'
space_json vm=web
is '... its layers' "$(jq -r '.[0].depth' <<<"$JSON")" 4
ok '... against the limit' test "$(jq -r '.[0]["max-depth"]' <<<"$JSON")" -ge 20
is '... the first file is what the guest writes to' "$(jq -r '.[0].files[0].of' <<<"$JSON")" "$web"
is '... what each file is' "$(jq -r '[.[0].files[] | select(.kind == "disk") | ."of-name-label"] | join(" ")' <<<"$JSON")" \
	'web top with-memory one'
is '... and the memory' "$(jq -r '[.[0].files[] | select(.kind == "memory") | ."of-name-label"] | join(" ")' <<<"$JSON")" \
	with-memory
is '... no file of the other VM' "$(jq -r '[.[0].files[]."also-of"[]] | length' <<<"$JSON")" 0
is '... the user'\''s own file is not of vxe' "$(jq -r '[.[0].files[] | select(.kind == "disk") | ."made-by-vxe"] | join(" ")' <<<"$JSON")" \
	'true true true false'
frees=$(jq -r '.[0].snapshots[] | select(.uuid == "'"$memory"'") | .frees' <<<"$JSON")
ok '... what a delete frees' test "$frees" -gt 0

exits 0 'for people' vxe space vm=web
like '... the head' "$OUT" "^web  $web  [0-9.]+ [KMG]iB in 5 files, 4 of at most [0-9]+ layers"
like '... the present state' "$OUT" '    now  '
like '... a snapshot' "$OUT" '  deleting with-memory frees [0-9.]+ [KMG]iB'
like '... the own file' "$OUT" 'one .*/web.*\(not made by vxe\)'
exits 0 'a table' vxe space vm=web --table
like '... has the files' "$OUT" 'with-memory'

diag 'whose a file is'
file=$(vxe space vm=web --json | jq -r '.[0].files[] | select(.of == "'"$top"'") | .file')
exits 0 'a file' vxe space "$file"
like '... its VM and snapshot' "$OUT" "^VM web \($web\): disk 0, top"
exits 0 '... by another name' bash -c "ln -s '$file' link.qcow2 && '$VXE' space file=./link.qcow2"
like '... the same' "$OUT" "^VM web \($web\): disk 0, top"
like '... and its users' "$OUT" 'used by domain web'
: >nobody.img
exits 0 'a file of nobody' vxe space ./nobody.img
is '... is said to be so' "$OUT" 'No VM, domain or image uses the file.'
exits 2 'a name that is no file' vxe space web
like '... leads to the VM' "$ERR" "vxe space vm=web"
exits 0 'a file as JSON' vxe space "$file" --json
is '... has its VM' "$(jq -r '.vms[0].uuid' <<<"$OUT")" "$web"

diag 'a base that two VMs read'
clone=$(vxe snapshot-clone uuid="$one" new-name-label=twin)
twin=$(vxe vm-install template="$clone" new-name-label=copy)
space_json
is '... the base says who else reads it' \
	"$(jq -r --arg v "$web" '.[] | select(.uuid == $v) | [.files[] | select(."also-of" | index("twin"))] | length > 0' <<<"$JSON")" true
all=$(jq -r '[.[].files[] | {file, bytes}] | unique_by(.file) | map(.bytes) | add' <<<"$JSON")
is '... the sum for people counts it once' "$(vxe space | tail -n 1)" \
	"all  $(numfmt --to=iec-i --round=nearest --format=%.1f "$all" | sed 's/[KMG]i/ &B/') in $(jq '[.[].files[].file] | unique | length' <<<"$JSON") files"
is '... a VM alone has less than that' "$(jq --argjson all "$all" '[.[].bytes] | add < $all' <<<"$JSON")" true
ok 'the guest goes on' vxe vm-unpause vm=web
vxe vm-uninstall uuid="$twin" --force >/dev/null
vxe template-uninstall template-uuid="$clone" --force >/dev/null

diag 'a delete frees what was said'
before=$(vxe space vm=web --json | jq '.[0].bytes')
exits 0 'the delete' vxe snapshot-uninstall uuid="$memory" --force
space_json vm=web
after=$(jq '.[0].bytes' <<<"$JSON")
ok '... at least most of it is free' test $((before - after)) -ge $((frees * 8 / 10))
guest_counts web

diag 'what waits, and for whom'
file=$(vxe space vm=web --json | jq -r '.[0].files[] | select(.of == "'"$top"'") | .file')
qemu-img create -q -f qcow2 -F qcow2 -b "$file" stranger.qcow2
exits 0 'a layer that another image reads' vxe snapshot-uninstall uuid="$top" --force
space_json vm=web
like '... waits, and it is said for whom' "$(jq -r --arg f "$file" '.[0].files[] | select(.file == $f) | .waits' <<<"$JSON")" 'stranger\.qcow2'
is '... nothing else waits' "$(jq '[.[0].files[] | select(.waits)] | length' <<<"$JSON")" 1
like '... also for people' "$(vxe space vm=web)" 'waits: .*stranger\.qcow2'
like '... and by the file' "$(vxe space "$file")" 'waits: '
rm stranger.qcow2
vxe sr-coalesce >/dev/null
space_json vm=web
is '... until nobody reads it' "$(jq '[.[0].files[] | select(.waits)] | length' <<<"$JSON")" 0
guest_counts web

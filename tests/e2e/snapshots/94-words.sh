#!/bin/bash
# SPDX-License-Identifier: MIT
# What virsh's snapshot verbs can, on vxe's own snapshots: lists by place in the tree and by kind, deleting a snapshot
# with those below it; as vxe alone.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

ln -s "$VXE" xe
# names ARG...: the names that snapshot-list shows, sorted.
names() { vxe snapshot-list "$@" params=name-label --minimal | tr , '\n' | sort | xargs; }
field() { vxe snapshot-param-get uuid="$1" param-name="$2"; }
sorted() { tr -d ' ' <<<"$1" | tr ';' '\n' | sort | xargs; }
# Siblings are in the order of their UUIDs.
tree() { vxe snapshot-list --tree "$@" | sed 's/  [0-9a-f]\{8\}-.*//' | sort; }

# ---- list ---------------------------------------------------------------------------------------
#
#   a ─┬─ b ─── c          a, b, d: disks; c: with memory
#      └─ d ─── (web)      box, which lies beside it: e

small_guest box 1
box=$UUID
vxe vm-list >/dev/null
e=$(vxe vm-snapshot uuid="$box" new-name-label=e)
small_guest web 1
web=$UUID
vxe vm-list >/dev/null
ok 'the guest starts' guest_start web
snapshot "$web" a && a=$SNAP
snapshot "$web" b && b=$SNAP
c=$(vxe vm-checkpoint uuid="$web" new-name-label=c)
ok 'a revert to the first' vxe snapshot-revert uuid="$a"
snapshot "$web" d && d=$SNAP

is 'roots' "$(names roots=true)" 'a e'
is 'no roots' "$(names roots=false)" 'b c d'
is 'leaves' "$(names leaves=true)" 'c d e'
is 'no leaves' "$(names no-leaves=true)" 'a b'
is 'the same in other words' "$(names leaves=false)" 'a b'
is 'children' "$(names from="$a")" 'b d'
is 'children of a leaf' "$(names from="$c")" ''
is 'all below' "$(names from="$a" descendants=true)" 'b c d'
is 'all below further down' "$(names from="$b" descendants=true)" c
is 'all above' "$(names ancestors="$c")" 'a b'
is 'above a root' "$(names ancestors="$a")" ''
is 'the current one' "$(names current-of=web)" d
is '... by UUID' "$(names current-of="$web")" d
is 'disks alone' "$(names disk-only=true)" 'a b d e'
is 'with memory' "$(names with-memory=true)" c
is 'quiesced' "$(names quiesced=true) $(names quiesced=false)" ' a b c d e'
is 'by a schedule' "$(names scheduled=true) $(names scheduled=false)" ' a b c d e'
is 'words combine' "$(names from="$a" descendants=true leaves=true)" 'c d'
is '... and places' "$(names from="$a" descendants=true ancestors="$c")" b
is '... with the filters of xe' "$(names leaves=true snapshot-of="$web")" 'c d'
is '... and with other fields' "$(names roots=true name-label=e) $(names disk-only=true parent="$a")" 'e b d'
is '--tree keeps them' "$(tree from="$a" descendants=true)" "$(printf '%s\n' web '  b' '    c' '  d' '    (now)' | sort)"
is '... and shows (now) only below its parent' "$(tree leaves=true with-memory=true)" "$(printf '%s\n' web '  c' | sort)"

is 'parent' "$(field "$c" parent) $(field "$c" parent-name)" "$b b"
is 'of a root' "$(field "$a" parent) $(field "$a" parent-name)" '<not in database> <not in database>'
is 'children' "$(sorted "$(field "$a" children)")" "$(sorted "$b; $d")"
is 'with names' "$(sorted "$(field "$a" children-names)")" 'b d'
is 'the VM is a child, too' "$(field "$d" children-names)" web
is 'and has a parent' "$(vxe vm-param-get uuid="$web" param-name=parent-name)" d
is 'fields that filter by name' "$(names parent-name=a)" 'b d'
is 'fields as columns' "$(vxe snapshot-list uuid="$c" params=parent-name --minimal)" b

exits 2 'descendants of nothing' vxe snapshot-list descendants=true
like '... says what is missing' "$ERR" 'descendants= needs from='
exits 3 'an unknown snapshot' vxe snapshot-list from=ffffffff-0000-4000-8000-000000000000
not_ok 'a VM is no snapshot' vxe snapshot-list ancestors="$web"
exits 3 'an unknown VM' vxe snapshot-list current-of=nobody
exits 2 'neither true nor false' vxe snapshot-list roots=perhaps

for word in roots=true leaves=true no-leaves=true "from=$a" "ancestors=$a" current-of=web disk-only=true with-memory=true \
  quiesced=true scheduled=true is-leaf=true parent-name=a; do
  run ./xe snapshot-list "$word"
  is "xe knows no ${word%%=*}" "$OUT$ERR" "Error: Unknown field '${word%%=*}'"
done
run ./xe snapshot-param-get uuid="$c" param-name=parent-name
unlike 'nor such a field' "$OUT" b
unlike '... in a list of all' "$(./xe snapshot-param-list uuid="$c"; ./xe snapshot-list params=all)" 'parent-name|children-names'
like 'vxe has' "$(vxe snapshot-param-list uuid="$c")" 'parent-name'
ok 'vxe check is clean' vxe check

# ---- one snapshot -------------------------------------------------------------------------------

run vxe snapshot-param-set uuid="$b" name-label=renamed name-description='what it is'
is 'another name and description' "$(field "$b" name-label): $(field "$b" name-description)" 'renamed: what it is'
like 'all fields' "$(vxe snapshot-param-list uuid="$b")" 'name-description \( RW\): what it is'
is 'the children see the name' "$(field "$c" parent-name)" renamed
is 'the parent of the current one' "$(vxe snapshot-list current-of=web params=parent-name --minimal)" a
is 'the UUID of the current one' "$(vxe snapshot-list current-of=web --minimal)" "$d"
kept=$(vxe vm-snapshot uuid="$web" new-name-label=told new-name-description='by a word')
is 'a description from the beginning' "$(field "$kept" name-description)" 'by a word'
ok 'it goes' vxe snapshot-uninstall uuid="$kept" --force

# ---- delete -------------------------------------------------------------------------------------
#
#   1 ─┬─ 2 ─┬─ 3 ─── (cow)
#      │     └─ 4
#      └─ 5

vxe vm-uninstall uuid="$web" --force >/dev/null
small_guest cow 2
cow=$UUID
vxe vm-list >/dev/null
declare -A taken=()
# take N: N on the disks, a snapshot N.
take() {
  stamp_disks "$cow" $((0x10 * $1)) $((256 * $1))k
  keep_content "at$1" "$cow"
  snapshot "$cow" "$1" && taken[$1]=$SNAP
}
of_cow() { names snapshot-of="$cow"; }
plant() {
  take 1 && take 2 && take 4 && vxe snapshot-revert uuid="${taken[2]}" && take 3 &&
    vxe snapshot-revert uuid="${taken[1]}" && take 5 && vxe snapshot-revert uuid="${taken[3]}" &&
    stamp_disks "$cow" 200 3M && keep_content now "$cow"
}
# content N...: the snapshots hold what they held, the VM what it had.
content() {
  local n
  for n; do ok "... $n has its content" has_content "at$n" "${taken[$n]}"; done
  ok '... the VM has its own' has_content now "$cow"
}

plant
is 'a tree' "$(of_cow)" '1 2 3 4 5'
run vxe snapshot-uninstall uuid="${taken[1]}" children=true <<<no
is 'the question lists all' "$(grep '^VM ' <<<"$OUT" | cut -d'(' -f2 | tr -d ')' | sort | xargs)" '1 2 3 4 5'
is '... with their disks' "$(grep -c '^VDI' <<<"$OUT")" 10
is '... and nothing else happens' "$(of_cow)" '1 2 3 4 5'
run vxe snapshot-uninstall uuid="${taken[2]}" children=only --dry-run
is 'those below it alone' "$(grep '^VM ' <<<"$OUT" | cut -d'(' -f2 | tr -d ')' | sort | xargs)" '3 4'
(VXE_FAILPOINT=vm-uninstall:undefine=die vxe snapshot-uninstall uuid="${taken[2]}" children=true --force) >/dev/null 2>&1
ok 'killed in the middle' vxe check
is '... all are there' "$(of_cow)" '1 2 3 4 5'
content 1 2 3 4 5
ok 'children=only' vxe snapshot-uninstall uuid="${taken[2]}" children=only --force
is '... they are gone' "$(of_cow)" '1 2 5'
is '... the VM is based on their parent' "$(vxe vm-param-get uuid="$cow" param-name=parent)" "${taken[2]}"
content 1 2 5
ok 'vxe check is clean' vxe check
ok 'children=true' vxe snapshot-uninstall uuid="${taken[1]}" children=true --force
is '... all are gone' "$(of_cow)" ''
content
ok 'their layers, too' vxe sr-coalesce
is '... but for that of the other guest' "$(images_made)" 1
ok 'one without children' vxe snapshot-uninstall uuid="$e" children=only --force
is '... stays' "$(names)" e

vxe vm-uninstall uuid="$cow" --force >/dev/null
small_guest cow 2
cow=$UUID
vxe vm-list >/dev/null
plant
disks=$(plain vdi-list managed=true --minimal | tr , '\n' | sort)
ok 'snapshot-destroy children=only' vxe snapshot-destroy uuid="${taken[1]}" children=only
is '... they are gone' "$(of_cow)" 1
content 1
ok 'children=true' vxe snapshot-destroy uuid="${taken[1]}" children=true
is '... all are gone' "$(of_cow)" ''
content
is '... every disk is there' "$(plain vdi-list managed=true --minimal | tr , '\n' | sort)" "$disks"
vxe vm-start uuid="$cow"
ok 'the guest runs' guest_counts cow
vm=$(vxe vm-checkpoint uuid="$cow" new-name-label=1)
two=$(vxe vm-checkpoint uuid="$cow" new-name-label=2)
at=$(serial_lines cow)
ok 'of a running guest, with memory' vxe snapshot-uninstall uuid="$vm" children=true --force
is '... no image is left' "$(images_of_memory)" ''
is '... nor a snapshot' "$(of_cow)" ''
ok '... the guest counts' guest_counts cow
is '... without a break' "$(breaks cow "$at")" ''
not_ok 'the lower one is gone, too' vxe snapshot-param-get uuid="$two" param-name=uuid
run vxe snapshot-destroy uuid="$e" children=some
like 'another word is refused' "$ERR" 'Unknown children: '
three=$(vxe vm-snapshot uuid="$box" new-name-label=three)
run ./xe snapshot-destroy uuid="$e" children=true
is 'xe knows no such word' "$STATUS $(names snapshot-of="$box")" "0 three"
ok 'vxe check is clean' vxe check
is 'the other guest has its snapshot' "$(vxe vm-param-get uuid="$box" param-name=parent)" "$three"

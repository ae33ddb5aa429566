#!/bin/bash
# SPDX-License-Identifier: MIT
# The fields size and checkpoint-size of snapshots, as vxe alone: the first is what snapshot-uninstall then really frees, also
# where a merge moves the content into another file.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

ln -s "$VXE" xe
# The bytes that all images take.
used() {
  find "$PWD" "$HOST_IMAGES" \( -name '*.qcow2' -o -name '*.mem' \) -print0 2>/dev/null | sort -zu |
    xargs -0 stat -c '%b %B' | awk '{ sum += $1 * $2 } END { printf "%d\n", sum }'
}
size() { vxe snapshot-param-get uuid="$1" param-name=size; }
# frees WHAT SNAPSHOT: deletes it; what it freed is what it said, up to the tables of one image.
frees() {
  local said before after
  said=$(size "$2") before=$(used)
  ok "$1: deleted" vxe snapshot-uninstall uuid="$2" --force
  after=$(used)
  diag "$1: said $said, freed $((before - after))"
  ok "... frees what it said" test $((before - after - said)) -le 65536 -a $((said - before + after)) -le 65536
}
last() { vdi_file "$(vdi_of "$web" 0)"; }

small_guest web 1
web=$UUID
vxe vm-list >/dev/null
stamp "$(last)" 1 1M 1M
snapshot "$web" a && a=$SNAP
stamp "$(last)" 2 1M 512k # over what a has
stamp "$(last)" 2 2M 512k # beside it
snapshot "$web" b && b=$SNAP
stamp "$(last)" 3 2M 256k
snapshot "$web" c && c=$SNAP
golden=$(vxe snapshot-clone uuid="$b" new-name-label=golden)

is 'no memory' "$(vxe snapshot-list params=checkpoint-size --minimal)" 0,0,0
like 'sizes in a table' "$(vxe snapshot-list --table | head -1)" 'size .*checkpoint-size'
unlike '... not without' "$(vxe snapshot-list)" 'size'
is 'a VM has none' "$(vxe vm-param-get uuid="$web" param-name=size)" 0
ok 'as numbers in JSON' python3 -c 'import json,sys; assert all(isinstance(r["size"], int) for r in json.loads(sys.argv[1]))' \
  "$(vxe snapshot-list params=uuid,size --json)"
is 'sorted' "$(vxe snapshot-list --sort=size params=size --minimal)" "$(vxe snapshot-list params=size --minimal | tr , '\n' | sort -n | xargs | tr ' ' ,)"
frees 'one on which a template is based, too' "$b"
ok 'the template goes' vxe template-uninstall template=golden --force
[ -n "$golden" ]
frees 'the newest' "$c"
frees 'the first' "$a"

ok 'the guest starts' guest_start web
guest_counts web
point=$(vxe vm-checkpoint uuid="$web" new-name-label=point)
memory=$(vxe snapshot-param-get uuid="$point" param-name=checkpoint-size)
is 'a checkpoint has the size of its image' "$memory" "$(images_of_memory | xargs stat -c '%b %B' | awk '{ print $1 * $2 }')"
ok '... which deleting it frees, too' test "$(size "$point")" -ge "$memory"
frees 'a checkpoint under the running guest' "$point"
is 'as xe there is no such field' "$(./xe snapshot-list params=size,checkpoint-size --minimal)" ''
ok 'vxe check is clean' vxe check
finish

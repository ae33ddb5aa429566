#!/bin/bash
# SPDX-License-Identifier: MIT
# The size of a snapshot is what its deletion frees also when the base has clusters of another size than the layers above;
# sr-coalesce says what it has merged, removed and freed.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# The bytes that all images take.
used() {
  find "$PWD" "$HOST_IMAGES" -name '*.qcow2' -print0 2>/dev/null | sort -zu | xargs -0 stat -c '%b %B' |
    awk '{ sum += $1 * $2 } END { printf "%d\n", sum }'
}
# near A B BYTES: they differ by so much at most.
near() { [ $(($1 - $2)) -le "$3" ] && [ $(($2 - $1)) -le "$3" ]; }
top() { vdi_file "$(vdi_of "$1")"; }

# base_of NAME CLUSTER: a guest whose disk has such clusters, and data at 2 to 8 MiB; above, in a layer with other clusters,
# data at 4 to 10 MiB.
base_of() {
  qemu-img create -q -f qcow2 -o cluster_size="$2" "$1.qcow2" 16M && stamp "$1.qcow2" 1 2M 6M && chmod 0666 "$1.qcow2" &&
    guest_define "$1" - "$PWD/$1.qcow2" && UUID=$(virsh domuuid "$1") && snapshot "$UUID" s && stamp "$(top "$UUID")" 2 4M 6M
}

for cluster in 512 4k 64k 2M; do
  ok "a base with clusters of $cluster" base_of "g$cluster" $cluster
  keep_content "g$cluster" "$UUID"
  size=$(vxe snapshot-param-get uuid="$SNAP" param-name=size)
  like '... the dry run says as much' "$(vxe space vm="g$cluster" --json | jq '.[0].snapshots[0].frees')" "^$size$"
  before=$(used)
  ok '... the snapshot goes' vxe snapshot-uninstall uuid="$SNAP" --force
  diag "clusters of $cluster: said $size, freed $((before - $(used)))"
  ok '... frees what it said' near "$size" $((before - $(used))) 131072
  ok '... which is more than 3 MiB' test "$size" -gt 3145728
  ok '... with its content' has_content "g$cluster" "$UUID"
done

# A merge that a command could not do: somebody had the layer open.
ok 'another guest' base_of late 64k
keep_content late "$UUID"
layer=$(top "$UUID")
qemu-io -r -f qcow2 -c 'sleep 600000' "$layer" >/dev/null 2>&1 &
reader=$!
leave() {
  local status=$?
  [ -z "$reader" ] || kill "$reader" 2>/dev/null
  (exit $status)
  finish
}
trap leave EXIT
ok 'somebody reads it' wait_until 20 grep -q 'late\|qcow2' "/proc/$reader/cmdline"
ok 'its snapshot goes' vxe snapshot-uninstall uuid="$SNAP" --force
kill "$reader"
wait "$reader" 2>/dev/null
reader=
before=$(used)
exits 0 'sr-coalesce' vxe sr-coalesce --json
diag "$OUT"
said=$(jq '.[0]' <<<"$OUT")
freed=$((before - $(used)))
is '... merged one layer' "$(jq '."layers-merged"' <<<"$said")" 1
is '... and removed it' "$(jq '."layers-removed"' <<<"$said")" 1
is '... says what that freed' "$(jq '."bytes-freed"' <<<"$said")" $freed
ok '... which is much' test $freed -gt 3145728
ok '... with its content' has_content late "$UUID"
exits 0 'once more' vxe sr-coalesce --json
is '... nothing' "$(jq -c '.[0] | [."layers-merged", ."layers-removed", ."bytes-freed"]' <<<"$OUT")" '[0,0,0]'
ok 'vxe check is clean' vxe check

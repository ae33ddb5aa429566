#!/bin/bash
# SPDX-License-Identifier: MIT
# The scripts of docs/examples, unchanged, with xe as a link to vxe.
. "$TESTS/lib/e2e.sh"

mkdir bin
ln -s "$VXE" bin/xe
PATH=$PWD/bin:$PATH
examples=$TESTS/../docs/examples
guest_make web 1
guest_make db 1
web=$(virsh domuuid web)

# ---- rotation

other=$(xe vm-snapshot vm=web new-name-label=mine)
for i in 1 2 3 4; do
  sh "$examples/rotate-snapshots.sh" web 2 >"out.$i" || echo "failed $i"
  sleep 1 # times have seconds
done
is 'rotation leaves as many as wanted' \
  "$(xe snapshot-list snapshot-of="$web" params=name-label | grep -c ': auto-2')" 2
is '... and what is called otherwise' \
  "$(xe snapshot-list uuid="$other" params=name-label --minimal)" mine
is '... of which it removed two' "$(cat out.* | grep -c 'removing the snapshot of')" 2
newest=$(xe snapshot-list snapshot-of="$web" params=name-label --minimal | tr , '\n' | grep ^auto |
  sort | tail -n 1)
ok '... the newest among those left' test "$(date -d "${newest#auto-}" +%s)" -ge $(($(date +%s) - 20))
not_ok 'an unknown VM is told' sh "$examples/rotate-snapshots.sh" nobody
ok 'vxe check is clean' vxe check

# ---- deployment

run bash "$examples/deploy-from-template.sh" db golden
is 'five machines are deployed' "$STATUS" 0
is '... and run' "$(grep -cE '^golden-[1-5] [0-9a-f-]{36} running$' <<<"$OUT")" 5
is '... with their tags' "$(xe vm-list tags:contains=deployed --minimal | tr , '\n' | wc -l)" 5
is '... from one template' "$(xe template-list name-label=golden --minimal | tr , '\n' | wc -l)" 1
for vm in $(xe vm-list tags:contains=deployed --minimal | tr , ' '); do
  xe vm-uninstall uuid="$vm" force=true >/dev/null
done

# ---- nightly export

guest_start web
mkdir exports
run sh "$examples/nightly-export.sh" "$PWD/exports"
is 'what runs is exported' "$STATUS $(cd exports && echo ./*)" "0 ./web-$(date +%Y%m%d).xva"
is '... as an archive' "$(tar -tf exports/web-*.xva | head -n 1)" ova.xml
is '... and the snapshot is gone' "$(xe snapshot-list name-label="export of web $(date +%Y%m%d)" --minimal)" ''
guest_counts web
ok '... while the guest goes on' guest_is web running
run sh "$examples/nightly-export.sh" "$PWD/exports"
isnt 'a file that is there is kept, and it is told' "$STATUS" 0
like '... by name' "$ERR" "failed: $web"
ok 'vxe check is clean in the end' vxe check

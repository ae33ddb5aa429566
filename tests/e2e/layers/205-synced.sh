#!/bin/bash
# SPDX-License-Identifier: MIT
# QEMU rewrites the header of the layer above a merged one, and leaves it to the guest to sync that. A guest that is paused,
# or writes nothing, syncs nothing: so vxe does it, before the merged file goes. After a power cut the header would name a
# file that is there no more.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# synced FILE GONE: in the trace FILE is synced, after its last change of mode and before GONE is removed.
synced() {
  awk -v file="$1" -v gone="$2" '
    /f(data)?sync\(/ && index($0, "<" file ">") { last = NR }
    /unlink(at)?\(/ && index($0, "\"" gone "\"") { found = 1; exit !last }
    END { if (!found) exit 1 }' trace
}
# merges WHAT GONE SYNCED... -- COMMAND...
merges() {
  local what=$1 gone=$2 file files=()
  shift 2
  while [ "$1" != -- ]; do files+=("$1") && shift; done
  shift
  ok "$what" strace -f -y -o trace -e trace=fsync,fdatasync,unlink,unlinkat "$VXE_PLAIN" "$@"
  not_ok '... the merged file has gone' test -e "$gone"
  for file in "${files[@]}"; do ok "... ${file##*/} is synced before that" synced "$file" "$gone"; done
}

small_guest web 1
guest_start web
ok 'the guest is paused' virsh -q suspend web
for name in one two three four; do
  snapshot "$UUID" $name && LAYERS+=("$(source_of web vda)") SNAPS+=("$SNAP")
done
keep_content web "$UUID"
# Of two layers the upper one goes, into the lower one.
merges 'a merge below a frozen layer' "${LAYERS[1]}" "${LAYERS[0]}" "${LAYERS[2]}" -- \
  snapshot-uninstall uuid="${SNAPS[1]}" force=true
ok '... every byte is there' has_content web "$UUID"
merges 'a merge below the layer of the guest' "${LAYERS[2]}" "${LAYERS[0]}" "${LAYERS[3]}" -- \
  snapshot-uninstall uuid="${SNAPS[2]}" force=true
ok '... every byte is there' has_content web "$UUID"
exits 0 'check is clean' "$VXE" check

# The lower file is somebody's own, and keeps its write bits: no change of these syncs it.
small_guest other 2
guest_start other
ok 'the other guest is paused' virsh -q suspend other
OWN=$(source_of other vda) LAYERS=()
for name in e1 e2; do
  ok "virsh makes $name" virsh -q snapshot-create-as other $name --disk-only --atomic
  ok '... and forgets it' virsh -q snapshot-delete other $name --metadata
  LAYERS+=("$(virsh -q domblklist other | awk '$1 == "vda" { print $2 }')")
done
act "$UUID"
keep_content other "$UUID"
merges 'vdi-merge into a file of the user'"'"'s own' "${LAYERS[0]}" "$OWN" "${LAYERS[1]}" -- \
  vdi-merge uuid="$(vdi_of "$UUID")" base="$OWN" top="${LAYERS[0]}" force=true
ok '... every byte is there' has_content other "$UUID"
exits 0 'check is clean' "$VXE" check

#!/bin/bash
# SPDX-License-Identifier: MIT
# What vxe plans again it plans again for a reason: one plan that comes to the same end twice is given up, and it is said
# which object, why, and what leads out.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

leaf() { source_of "$1" vda; }

small_guest web 1
BASE=$(leaf web)
snapshot "$UUID" s1
LEAF=$(leaf web)
stamp "$LEAF" 2
keep_content web "$UUID"
# A qemu-img beside which somebody writes to the file named in "written": it has another time after each copy.
mkdir bin
cat >bin/qemu-img <<EOF
#!/bin/bash
$(command -v qemu-img) "\$@" || exit
[ "\$1" != commit ] || { echo >>'$PWD/commits' && touch "\$(cat '$PWD/written')"; }
EOF
chmod +x bin/qemu-img

echo "$LEAF" >written
ok 'the snapshot goes' env PATH="$PWD/bin:$PATH" "$VXE" snapshot-uninstall uuid="$SNAP" force=true
like '... its layer waits, and it is said why' "$OUT$ERR" "later: $BASE \\(it was written to while it was copied"
is '... it was copied twice, no more' "$(wc -l <commits)" 2
is '... the VM is on its layer' "$(leaf web)" "$LEAF"
ok '... every byte is there' has_content web "$UUID"
run vxe check
like 'check names the layer, and the way out' "$OUT$ERR" "$LEAF .*'vxe sr-coalesce' merges it"
ok 'which merges it' vxe sr-coalesce
is '... the VM is on its file' "$(leaf web)" "$BASE"
ok '... every byte is there' has_content web "$UUID"

# ---- what the user asks for ends with an error --------------------------------------------------

ok 'virsh makes a snapshot' virsh -q snapshot-create-as web e1 --disk-only --atomic
ok '... and forgets it' virsh -q snapshot-delete web e1 --metadata
LEAF=$(leaf web)
stamp "$LEAF" 3
act "$UUID"
keep_content web "$UUID"
echo "$LEAF" >written
VDI=$(vdi_of "$UUID")
PATH="$PWD/bin:$PATH" wrong VXE_NO_PROGRESS 'vdi-merge gives up' vdi-merge uuid="$VDI"
is '... in time' "$STATUS" 6
like '... and says so' "$ERR" 'it does not get on. Everything is as before'
like '... with the file' "$ERR" "$LEAF"
like '... the reason' "$ERR" 'it was written to while it was copied'
is '... nothing has changed' "$(leaf web)" "$LEAF"
ok '... every byte is there' has_content web "$UUID"
again VXE_NO_PROGRESS vxe vdi-merge uuid="$(vdi_of "$UUID")"
is '... the VM is on its file' "$(leaf web)" "$BASE"
ok '... every byte is there' has_content web "$UUID"
ok 'check is clean' vxe check

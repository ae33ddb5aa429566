#!/bin/bash
# SPDX-License-Identifier: MIT
# Snapshots that virsh makes inside an image.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# of FIELD NAME: a field of the VM's snapshot with that name.
of() { vxe snapshot-list snapshot-of="$UUID" name-label="$2" params="$1" --minimal; }
# names [FILTER...]: the names of the VM's snapshots, sorted.
names() { vxe snapshot-list snapshot-of="$UUID" params=name-label --minimal "$@" | tr , '\n' | grep . | sort | tr '\n' ' '; }
kept() { virsh -q snapshot-list "$1" --name | grep . | sort | tr '\n' ' '; }

# ---- filters ---------------------------------------------------------------------------------------------

small_guest pick 1
stamp_disks "$UUID" 11 1M
keep_content in "$UUID"
ok 'a snapshot of ours' snapshot "$UUID" ours
ok 'virsh makes an internal snapshot' virsh -q snapshot-create-as pick in
stamp_disks "$UUID" 12 1M
keep_content out "$UUID"
ok 'and an external one' virsh -q snapshot-create-as pick out --disk-only --atomic
stamp_disks "$UUID" 13 1M
is 'all' "$(names)" 'in ours out '
is 'internal ones' "$(names internal=true)" 'in '
is 'the others' "$(names internal=false)" 'ours out '
is 'external ones' "$(names external=true)" 'ours out '
is 'the others' "$(names external=false)" 'in '
is 'those that libvirt lists' "$(names in-libvirt=true)" "$(kept pick)"
is 'the others' "$(names in-libvirt=false)" 'ours '
is 'words combine' "$(names external=true in-libvirt=true)" 'out '
is 'also as fields' "$(names is-internal=true) $(names is-in-libvirt=false)" 'in  ours '
ok 'the external one holds what it held' has_content out "$(of uuid out)"
exits 2 'neither true nor false' vxe snapshot-list internal=perhaps
ln -s "$VXE" xe
for word in internal=true external=true in-libvirt=true is-internal=true; do
  run ./xe snapshot-list "$word"
  is "xe knows no ${word%%=*}" "$OUT$ERR" "Error: Unknown field '${word%%=*}'"
done

# ---- documents ---------------------------------------------------------------------------------------------

GUEST_EXTRA="<graphics type='vnc' port='-1' passwd='hush'/>" small_guest doc 1
stamp_disks "$UUID" 21 1M
keep_content doc "$UUID"
ok 'virsh makes an internal snapshot' virsh -q snapshot-create-as doc in
ok 'and an external one' virsh -q snapshot-create-as doc out --disk-only --atomic
for name in in out; do
  ok "the document of $name" vxe snapshot-dumpxml uuid="$(of uuid $name)"
  echo "$OUT" >$name.xml
  unlike '... has no password' "$OUT" hush
  is "... is libvirt's" "$(xmllint --c14n $name.xml)" "$(virsh snapshot-dumpxml doc $name | xmllint --c14n -)"
  ok 'with security-info=true' vxe snapshot-dumpxml uuid="$(of uuid $name)" security-info=true
  echo "$OUT" >secret.xml
  is "... it is libvirt's, too" "$(xmllint --c14n secret.xml)" \
    "$(virsh snapshot-dumpxml doc $name --security-info | xmllint --c14n -)"
done
ok 'virsh forgets the external one' virsh -q snapshot-delete doc out --metadata
ok 'and takes the document' virsh -q snapshot-create doc secret.xml --redefine --current
ok 'the snapshot holds what it held' has_content doc "$(of uuid out)"

# ---- dry runs ----------------------------------------------------------------------------------------------

note_everything
for command in snapshot-uninstall snapshot-destroy; do
  ok "the plan of $command of the external one" vxe $command uuid="$(of uuid out)" --dry-run
  like "... names libvirt's part" "$OUT" "libvirt forgets: snapshot out of domain $UUID"
done
unchanged 'and nothing has changed'
ok 'virsh goes back to the image' virsh -q snapshot-delete doc out --metadata
virsh dumpxml doc --inactive --security-info | sed "s,doc-0.out,doc-0.qcow2," >back.xml
ok 'by hand' virsh -q define back.xml
ok 'the plan of the end of the internal one' vxe snapshot-uninstall uuid="$(of uuid in)" --dry-run
like "... names libvirt's part" "$OUT" "libvirt deletes: snapshot in of domain $UUID"
ok 'its end' vxe snapshot-uninstall uuid="$(of uuid in)" force=true
is 'libvirt has none' "$(kept doc)" ''
ok 'the VM has its content' has_content doc "$UUID"

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
ok 'one more of ours, on top of both' vxe vm-snapshot uuid="$UUID" new-name-label=top
is 'libvirt lists none: its delete and revert remove layers' "$(kept pick)" ''
ok 'the external one holds what it held' has_content out "$(of uuid out)"
ok 'vxe check is clean' vxe check

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

# ---- copies: a halted VM -------------------------------------------------------------------------------------

# One of them has ours above it in the chain of its layer, so that it reads from the layers below, too.
small_guest copy 2
stamp_disks "$UUID" 31 1M
ok 'a snapshot of ours' snapshot "$UUID" ours
stamp_disks "$UUID" 41 2M
keep_content a "$UUID"
ok 'virsh makes a snapshot' virsh -q snapshot-create-as copy a
stamp_disks "$UUID" 51 1M 512k
keep_content b "$UUID"
ok 'and one more' virsh -q snapshot-create-as copy b
stamp_disks "$UUID" 61 2M 512k
keep_content now "$UUID"
a=$(of uuid a) b=$(of uuid b)
note_everything
exits 7 'a clone is refused' vxe snapshot-clone uuid="$a" new-name-label=x
like 'and says what can be done' "$ERR" 'snapshot-copy'
exits 7 'a VM on its layers, too' vxe vm-install template-uuid="$a" new-name-label=x
unchanged 'and nothing has changed'
# copied_as KEY COMMAND...: the template or VM that COMMAND makes has that content, shares no layer, and can go again.
copied_as() {
  local key=$1 made
  shift
  ok "$1 ${*: -1}" vxe "$@" && made=$OUT
  ok '... has the content' has_content "$key" "$made"
  is '... and layers of its own' "$(qemu-img info --backing-chain "$(vdi_file "$(vdi_of "$made")")" | grep -c '^image')" 1
  is '... libvirt does not list it' "$(vxe template-param-get uuid="$made" param-name=is-in-libvirt)" false
  ok '... it goes' vxe template-uninstall template-uuid="$made" force=true
}
copied_as a snapshot-copy uuid="$a" new-name-label=a1
copied_as b snapshot-copy uuid="$b" new-name-label=b1
copied_as a snapshot-clone full=true uuid="$a" new-name-label=a2
copied_as b vm-copy vm="$b" new-name-label=b2
ok 'an archive' vxe snapshot-export-to-template snapshot-uuid="$a" filename=a.xva
copied_as a vm-import filename=a.xva
ok 'and of the second' vxe snapshot-export-to-template snapshot-uuid="$b" filename=b.xva
copied_as b vm-import filename=b.xva
ok 'the VM has what it had' has_content now "$UUID"
ok 'virsh goes back to the first' virsh -q snapshot-revert copy a
ok 'which is what the copies had' has_content a "$UUID"
ok 'and to the second' virsh -q snapshot-revert copy b
ok 'likewise' has_content b "$UUID"

# ---- copies: under a running guest ---------------------------------------------------------------------------

small_guest live 1
ok 'the guest counts' guest_start live
ok 'virsh makes a snapshot, with memory' virsh -q snapshot-create-as live then
then=$(of uuid then)
ok 'the guest goes on' guest_counts live
for n in 1 2 3; do
  ok "copy $n" vxe snapshot-copy uuid="$then" new-name-label="live$n"
  made=$OUT
  vdi=$(vdi_file "$(vdi_of "$made")")
  if [ $n -eq 1 ]; then keep_content then "$made"; else ok '... the same as before' has_content then "$made"; fi
  ok '... whole' qemu-img check -q "$vdi"
  ok 'the guest goes on' guest_counts live
done
ok 'an archive' vxe snapshot-export-to-template snapshot-uuid="$then" filename=live.xva
ok 'comes back' vxe vm-import filename=live.xva
ok 'with the content of then' has_content then "$OUT"
ok 'the guest goes on' guest_counts live
ok 'virsh goes back' virsh -q snapshot-revert live then --paused
is 'to what the copies had' "$(counter_of "$vdi")" "$(counter_of live-0.qcow2)"
virsh -q destroy live
qemu-img convert -f qcow2 -l snapshot.name=then -O raw live-0.qcow2 again.raw
ok 'byte by byte' cmp again.raw then.raw0

# ---- copies: virsh deletes the snapshot meanwhile --------------------------------------------------------------

DISK_SIZE=64M small_guest gone 1
stamp gone-0.qcow2 71 1M 60M
ok 'virsh makes a snapshot' virsh -q snapshot-create-as gone then
then=$(of uuid then)
before=$(images_made)
# virsh deletes it while qemu-img runs, which may have read clusters that had a new use by then.
mkdir bin
printf '#!/bin/bash\n%q "$@" || exit\n[ "$1" != convert ] || virsh -q snapshot-delete gone then\n' "$(command -v qemu-img)" >bin/qemu-img
chmod +x bin/qemu-img
run env PATH="$PWD/bin:$PATH" "$VXE" snapshot-copy uuid="$then" new-name-label=x
like 'the copy fails' "$ERR" 'there no more'
is 'virsh has deleted it' "$(kept gone)" ''
is 'nothing is left of it' "$(images_made)" "$before"
# The same while an archive is written: its reader waits until virsh has deleted it.
ok 'virsh makes one more' virsh -q snapshot-create-as gone more
more=$(of uuid more)
mkfifo archive
(
  head -c 10000000 >/dev/null
  virsh -q snapshot-delete gone more
  cat >/dev/null
) <archive &
vxe snapshot-export-to-template snapshot-uuid="$more" filename= >archive 2>err
isnt 'the export fails' $? 0
wait $!
like '... because of that' "$(cat err)" 'there no more'
is 'virsh has deleted it' "$(kept gone)" ''

# ---- below a snapshot of ours: a halted VM -----------------------------------------------------------------------

small_guest off 2
stamp_disks "$UUID" 11 1M
keep_content a "$UUID"
ok 'virsh makes a snapshot' virsh -q snapshot-create-as off a 'the <first>'
stamp_disks "$UUID" 21 1M
keep_content b "$UUID"
ok 'and one more' virsh -q snapshot-create-as off b
virsh snapshot-dumpxml off a --security-info >a.xml
stamp_disks "$UUID" 31 1M
keep_content ours "$UUID"
ok 'vm-list' vxe snapshot-list
note_everything
ok 'the plan of a snapshot of ours' vxe vm-snapshot uuid="$UUID" new-name-label=ours --dry-run
like '... says what libvirt forgets' "$OUT" "libvirt forgets: snapshot a of domain $UUID"
unchanged 'and nothing has changed'
ok 'a snapshot of ours' vxe vm-snapshot uuid="$UUID" new-name-label=ours
ours=$OUT
like '... says so, too' "$ERR" 'libvirt no longer lists.*: a, b'
stamp_disks "$UUID" 41 1M
keep_content later "$UUID"
a=$(of uuid a) b=$(of uuid b)
is 'libvirt lists none' "$(kept off)" ''
is 'vxe does' "$(names internal=true)" 'a b '
is '... hidden from libvirt' "$(names in-libvirt=true)$(of snapshot-info a | grep -o 'libvirt: [a-z]*')" 'libvirt: hidden'
# The neighbour: with its own record of the snapshot, virsh would rewrite the layer that ours needs.
not_ok 'virsh cannot go back' virsh -q snapshot-revert off a
ok 'ours holds what it held' has_content ours "$ours"
ok 'the VM has what it had' has_content later "$UUID"
for key in a b; do
  ok "a copy of $key" vxe snapshot-copy uuid="${!key}" new-name-label=x
  made=$OUT
  ok '... has its content' has_content $key "$made"
  ok '... goes' vxe template-uninstall template-uuid="$made" force=true
done
ok 'its document' vxe snapshot-dumpxml uuid="$a" security-info=true
is "... is libvirt's" "$(xmllint --c14n - <<<"$OUT")" "$(xmllint --c14n a.xml)"
note_everything
exits 7 'a revert to it' vxe snapshot-revert uuid="$a"
like '... names the image' "$ERR" "$PWD/off-[01].qcow2"
exits 7 'its end' vxe snapshot-uninstall uuid="$a" force=true
exits 7 '... and without its disks' vxe snapshot-destroy uuid="$a"
exits 7 'the end of the VM' vxe vm-uninstall uuid="$UUID" force=true
exits 7 '... and without its disks' vxe vm-destroy uuid="$UUID"
exits 7 'as a template' vxe vm-param-set uuid="$UUID" is-a-template=true
unchanged 'all refused, and nothing has changed'
ok 'virsh makes one of the same name' virsh -q snapshot-create-as off a
is 'both are listed' "$(names)" 'a a b ours '
is '... one by libvirt' "$(names in-libvirt=true)" 'a '
ok 'virsh deletes it' virsh -q snapshot-delete off a
is 'the hidden one stays' "$(names)" 'a b ours '
ok 'a revert to ours' vxe snapshot-revert uuid="$ours"
ok 'brings its content' has_content ours "$UUID"
exits 7 'the image is below that, too' vxe snapshot-revert uuid="$a"
ok 'ours goes' vxe snapshot-uninstall uuid="$ours" force=true
ok 'the VM has what it had' has_content ours "$UUID"
is '... in its own images again' "$(vdi_files "$UUID" | xargs)" "$PWD/off-0.qcow2 $PWD/off-1.qcow2"
ok 'a revert to the second' vxe snapshot-revert uuid="$b"
ok 'brings its content' has_content b "$UUID"
is 'libvirt lists both again' "$(kept off)" 'a b '
ok 'a revert to the first' vxe snapshot-revert uuid="$a"
ok 'brings its content' has_content a "$UUID"
is 'with its description' "$(virsh snapshot-dumpxml off a | xmllint --xpath 'string(//description)' -)" 'the <first>'
is 'none is hidden' "$(names in-libvirt=true)" 'a b '
ok 'a snapshot of ours' snapshot "$UUID" again
ok '... goes' vxe snapshot-uninstall uuid="$SNAP" force=true
ok 'a hidden one goes' vxe snapshot-uninstall uuid="$a" force=true
is 'the images have the other one' "$(qemu-img snapshot -l off-0.qcow2 | awk 'NR > 2 { print $2 }')" b
is 'so does vxe' "$(names)" 'b '
ok 'it goes, too' vxe snapshot-destroy uuid="$b"
is 'nothing is left' "$(names)$(kept off)$(qemu-img snapshot -l off-1.qcow2)" ''
ok 'the VM has what it had' has_content a "$UUID"

# ---- below a checkpoint of ours: a running guest ------------------------------------------------------------------

small_guest run 1
ok 'the guest counts' guest_start run
ok 'virsh makes a snapshot, with memory' virsh -q snapshot-create-as run then
then=$(guest_counter run)
ok 'the guest goes on' guest_counts run
ok 'a checkpoint of ours' vxe vm-checkpoint uuid="$UUID" new-name-label=ours
ours=$OUT
keep_content point "$ours"
ok 'the guest goes on' guest_counts run
is 'libvirt lists none' "$(kept run)" ''
is 'vxe lists both' "$(names)" 'ours then '
is '... one with memory' "$(of power-state then)" suspended
not_ok 'virsh cannot go back' virsh -q snapshot-revert run then
ok 'a copy' vxe snapshot-copy uuid="$(of uuid then)" new-name-label=x
at=$(counter_of "$(vdi_file "$(vdi_of "$OUT")")")
ok '... is of then' test "$at" -le "$then"
ok 'the guest goes on' guest_counts run
ok 'a revert to ours' vxe snapshot-revert uuid="$ours"
ok '... is resumed' vxe vm-resume uuid="$UUID"
ok 'and counts' guest_counts run
ok 'ours holds what it held' has_content point "$ours"
ok 'ours goes' vxe snapshot-uninstall uuid="$ours" force=true
ok 'the guest goes on' guest_counts run
is '... on its own image' "$(vdi_files "$UUID")" "$PWD/run-0.qcow2"
ok 'a revert' vxe snapshot-revert uuid="$(of uuid then)"
ok 'the guest counts' guest_counts run
is 'libvirt lists it' "$(kept run)" 'then '
ok 'virsh goes back, too' virsh -q snapshot-revert run then --paused
is '... to what it held' "$(counter_of run-0.qcow2)" "$at"
ok 'the guest goes on' virsh -q resume run
ok '... and counts' guest_counts run
virsh -q destroy run

# ---- given back by hand ---------------------------------------------------------------------------------------------

small_guest hand 1
stamp_disks "$UUID" 51 1M
keep_content in "$UUID"
ok 'virsh makes a snapshot' virsh -q snapshot-create-as hand in
ok 'a snapshot of ours' snapshot "$UUID" ours
ok 'vxe check names no danger' test "$(vxe check | grep -c hand-0)" -eq 0
vxe snapshot-dumpxml uuid="$(of uuid in)" security-info=true >in.xml
ok 'virsh takes the document' virsh -q snapshot-create hand in.xml --redefine
is "it is one of libvirt's" "$(of snapshot-info in | grep -o 'libvirt: [a-z]*') $(kept hand)" 'libvirt: internal in '
is 'now vxe check does' "$(vxe check | grep -c 'hand-0.*virsh snapshot-revert')" 1
ok 'the next of ours' snapshot "$UUID" next
is 'hides it again' "$(of snapshot-info in | grep -o 'libvirt: [a-z]*')$(kept hand)" 'libvirt: hidden'
for s in ours next; do ok "$s goes" vxe snapshot-uninstall uuid="$(of uuid $s)" force=true; done
ok 'a revert' vxe snapshot-revert uuid="$(of uuid in)"
ok 'brings its content' has_content in "$UUID"

# ---- hidden, and the domain goes ------------------------------------------------------------------------------------

small_guest lost 1
stamp_disks "$UUID" 61 1M
keep_content deep "$UUID"
ok 'virsh makes a snapshot' virsh -q snapshot-create-as lost deep
stamp_disks "$UUID" 71 1M
ok 'a snapshot of ours' snapshot "$UUID" ours
ours=$SNAP
keep_content kept "$ours"
ok 'an archive of the VM' vxe vm-export vm=lost filename=lost.xva
exits 7 'which does not replace it' vxe vm-import filename=lost.xva preserve=true force=true
like '... as it would lose the hidden one' "$ERR" "$PWD/lost-0.qcow2"
ok 'virsh undefines the domain' virsh -q undefine lost --snapshots-metadata
is 'both snapshots stay' "$(names)" 'deep ours '
ok 'a copy of the hidden one' vxe snapshot-copy uuid="$(of uuid deep)" new-name-label=x
copy=$OUT
ok '... has its content' has_content deep "$copy"
ok 'a revert to ours makes the domain again' vxe snapshot-revert uuid="$ours"
ok 'and brings its content' has_content kept "$UUID"
is 'both are there' "$(names)" 'deep ours '
ok 'ours goes' vxe snapshot-uninstall uuid="$ours" force=true
ok 'a revert to the hidden one' vxe snapshot-revert uuid="$(of uuid deep)"
ok 'brings its content' has_content deep "$UUID"
ok 'and libvirt has it' test "$(kept lost)" = 'deep '

# ---- around a revert -----------------------------------------------------------------------------------------------------

small_guest around 1
ok 'the guest counts' guest_start around
virsh -q destroy around
keep_content disk "$UUID"
at=$(counter_of around-0.qcow2)
ok 'virsh makes a snapshot' virsh -q snapshot-create-as around disk
ok 'the guest counts' guest_start around
ok 'its snapshot is listed' test "$(names)" = 'disk '
exits 7 'keep=true is refused' vxe snapshot-revert uuid="$(of uuid disk)" keep=true
like '... which says why' "$ERR" 'keep=true cannot keep'
is 'libvirt has its snapshot' "$(kept around)" 'disk '
is 'and no other has come' "$(names)" 'disk '
ok 'the guest goes on' guest_counts around
virsh -q destroy around
ok 'an archive keeps the present state' vxe vm-export uuid="$UUID" filename=around.xva
ok 'a revert that starts it' vxe snapshot-revert uuid="$(of uuid disk)" start=running
ok 'it counts' guest_counts around
is '... from what the snapshot held' "$(guest_booted around)" "$at"
ok 'a revert that starts it paused' vxe snapshot-revert uuid="$(of uuid disk)" start=paused
is 'it is paused' "$(vxe vm-param-get uuid="$UUID" param-name=power-state)" paused
virsh -q destroy around
ok 'a revert' vxe snapshot-revert uuid="$(of uuid disk)"
ok 'brings its content' has_content disk "$UUID"

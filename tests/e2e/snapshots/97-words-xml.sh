#!/bin/bash
# SPDX-License-Identifier: MIT
# snapshot-dumpxml: a document that libvirt's schema accepts, and virsh takes; its files have the content of the snapshot.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

# dump NAME: the document of the snapshot of that name, in NAME.xml.
dump() {
  ok "the document of $1" vxe snapshot-dumpxml uuid="$(plain snapshot-list name-label="$1" --minimal)" "${@:2}"
  echo "$OUT" >"$1.xml"
  ok '... the schema accepts it' virt-xml-validate "$1.xml" domainsnapshot
}
# said NAME PATH: the text that the document has there.
said() { xmllint --xpath "string(/domainsnapshot/$2)" "$1.xml"; }

# ---- documents ----------------------------------------------------------------------------------

GUEST_EXTRA="<graphics type='vnc' port='-1' passwd='hush'/>" small_guest web 2
vxe vm-list >/dev/null
stamp_disks "$UUID" 17
vxe vm-snapshot uuid="$UUID" new-name-label=off new-name-description='a & b' >/dev/null
off=$(plain snapshot-list name-label=off --minimal)
keep_content off "$off"
guest_start web
snapshot "$UUID" disks
point=$(vxe vm-checkpoint uuid="$UUID" new-name-label=point)
vxe vm-shutdown uuid="$UUID" --force
for name in off disks point; do dump "$name"; done
is 'names and description' "$(said off name), $(said off description); $(said point parent/name)" 'off, a & b; disks'
is 'the root has no parent' "$(said off parent/name)" ''
is 'states' "$(said off state) $(said disks state) $(said point state)" 'shutoff disk-snapshot running'
is 'the time' "$(date -u -d "@$(said off creationTime)" +%Y%m%dT%H:%M:%SZ)" "$(vxe snapshot-param-get uuid="$off" param-name=snapshot-time)"
is 'the memory' "$(said off memory/@snapshot) $(said point memory/@file)" "no $(images_of_memory)"
is 'the definition is that of the VM' "$(said off domain/uuid)" "$UUID"
is '... on the files of the snapshot' "$(said off 'domain/devices/disk[1]/source/@file') $(said off 'domain/devices/disk[2]/source/@file')" \
  "$(vdi_files "$off" | xargs)"
is 'the disks are what the VM wrote to since' "$(said point 'disks/disk[1]/source/@file')" "$(vdi_files "$UUID" | head -n 1)"
is '... of the one before, its overlay' "$(said off 'disks/disk[1]/source/@file')" "$(vdi_files "$SNAP" | head -n 1)"
unlike 'no password' "$(cat off.xml)" 'hush'
is 'with security-info=true' "$(vxe snapshot-dumpxml uuid="$off" security-info=true | grep -c hush)" 1

ln -s "$VXE" xe
run ./xe snapshot-dumpxml uuid="$off"
like 'xe has no such command' "$OUT$ERR" 'Unknown command'
not_ok 'a VM is no snapshot' vxe snapshot-dumpxml uuid="$UUID"
ok 'vxe check is clean' vxe check

# ---- virsh --------------------------------------------------------------------------------------

ok 'virsh takes the first' virsh snapshot-create web off.xml --redefine
ok '... the second' virsh snapshot-create web disks.xml --redefine --disk-only
ok '... the third' virsh snapshot-create web point.xml --redefine
is '... as a tree' "$(virsh -q snapshot-list web --tree | tr -d ' |+-' | xargs)" 'off disks point'
is '... with the same files' "$(virsh snapshot-dumpxml web off | grep -c "$(vdi_files "$off" | head -n 1)")" 1

# ---- expressions

theirs=$(vxe snapshot-list in-libvirt=true name-label=off --minimal)
while read -r path; do
  for wrap in false true; do
    flags=() && [ $wrap = false ] || flags=(--wrap)
    want=$(virsh snapshot-dumpxml web off --xpath "$path" "${flags[@]}") || break # virsh adds an empty line
    ok "$path, wrap=$wrap" vxe snapshot-dumpxml uuid="$theirs" xpath="$path" wrap=$wrap
    is "... is what virsh prints: $(wc -l <<<"$want") lines" "$OUT" "$want"
  done
done <<'END'
//disk
/domainsnapshot/domain//disk/source/@file
name/text() | state
//no-such-element
.
//@type
//comment()
END
is 'all of it' "$(plain snapshot-dumpxml uuid="$theirs" xpath=/)" "$(virsh snapshot-dumpxml web off --xpath /)"
is '... and wrapped' "$(plain snapshot-dumpxml uuid="$theirs" xpath=/ wrap=true | xmllint --xpath 'name(/nodes/*)' -)" domainsnapshot
files=$(plain snapshot-dumpxml uuid="$off" xpath='domain/devices/disk/source/@file' | cut -d'"' -f2)
is 'of a snapshot of vxe: the files' "$(xargs <<<"$files")" "$(vdi_files "$off" | xargs)"
is '... have its content' "$(while read -r f; do qemu-img convert -U -f qcow2 -O raw "$f" now.raw && md5sum <now.raw; done <<<"$files")" \
  "$(md5sum <off.raw0; md5sum <off.raw1)"
is 'no password' "$(plain snapshot-dumpxml uuid="$off" xpath=//@passwd)" ''
is '... unless it is asked for' "$(plain snapshot-dumpxml uuid="$off" xpath=//@passwd security-info=true)" ' passwd="hush"'
for path in '//disk[' '' 'vxe:none' 'none()' 'count(//disk)' "'text'" '//namespace::*'; do
  exits 2 "$path is refused" vxe snapshot-dumpxml uuid="$off" xpath="$path"
  like '... by name' "$ERR" 'xpath'
  is '... and nothing else is printed' "$OUT$(grep -c -i '^XPath error' <<<"$ERR")" 0
done
exits 2 'wrap= alone' vxe snapshot-dumpxml uuid="$off" wrap=true
like '... says what is missing' "$ERR" 'wrap= needs xpath='
exits 1 'vxe check' vxe check
like '... names what libvirt could remove' "$OUT" 'libvirt lists its snapshot off, and snapshots or clones of vxe need layers'
is '... and nothing else' "$(grep -c 'problem:' <<<"$OUT")" 3

# ---- forgotten again

for name in point disks off; do virsh -q snapshot-delete web "$name" --metadata; done
ok 'the content is what it was' has_content off "$off"
vxe vm-snapshot uuid="$UUID" new-name-label=off >/dev/null
ok 'of two of one name' vxe snapshot-dumpxml uuid="$off"
like '... the UUID is the name' "$OUT" "<name>$off</name>"
ok 'vxe check is clean' vxe check

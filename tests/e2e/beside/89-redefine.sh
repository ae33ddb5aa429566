#!/bin/bash
# SPDX-License-Identifier: MIT
# vm-adopt-snapshot: libvirt gets the document of a snapshot that it has lost (VXE_SNAPSHOT_UNFIT if that does not fit).
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# of FIELD NAME: a field of the VM's snapshot with that name.
of() { vxe snapshot-list snapshot-of="$UUID" name-label="$2" params="$1" --minimal; }
names() { vxe snapshot-list snapshot-of="$UUID" params=name-label --minimal | tr , '\n' | grep . | sort | tr '\n' ' '; }
kept() { virsh -q snapshot-list "$1" --name | grep . | sort | tr '\n' ' '; }
# lose VM NAME: libvirt forgets the snapshot; its document is in NAME.xml.
lose() { virsh snapshot-dumpxml "$1" "$2" --security-info >"$2.xml" && virsh -q snapshot-delete "$1" "$2" --metadata; }
# change FILE SED: the document, changed, in x.xml.
change() { sed "$2" "$1" >x.xml; }
# refused REASON FILE...: the document is refused for that reason.
refused() {
  exits 7 "refused: $1" vxe vm-adopt-snapshot uuid="$UUID" filename="$2" "${@:3}"
  like '... which it says' "$ERR" "$1"
}

# ---- external ------------------------------------------------------------------------------------------------

small_guest out 2
stamp_disks "$UUID" 11 1M
keep_content one "$UUID"
virsh -q snapshot-create-as out one 'the <first>' --disk-only --atomic
stamp_disks "$UUID" 21 1M
keep_content two "$UUID"
virsh -q snapshot-create-as out two --disk-only --atomic
stamp_disks "$UUID" 31 1M
keep_content last "$UUID"
lose out two && lose out one
is 'libvirt has lost both' "$(names)$(kept out)" ''
note_everything
refused 'does not have its parent one' two.xml
exits 0 'a dry run' vxe vm-adopt-snapshot vm=out filename=one.xml --dry-run
like '... says what libvirt would get' "$OUT" "libvirt takes back: snapshot one of domain $UUID"
is '... which has none then' "$(names)$(kept out)" ''
unchanged '... nothing is changed'
refused 'does not have its parent one' two.xml --dry-run
ok 'it takes the first' vxe vm-adopt-snapshot vm=out filename=one.xml
is 'and prints its UUID' "$OUT" "$(of uuid one)"
ok 'and the second' vxe vm-adopt-snapshot uuid="$UUID" filename=two.xml current=true
is 'libvirt has both' "$(kept out)" 'one two '
is 'the second is the current one' "$(virsh snapshot-current out --name) $(vxe snapshot-list current-of=out params=name-label --minimal)" 'two two'
is 'with its parent' "$(of parent two)" "$(of uuid one)"
is 'and the description' "$(of name-description one)" 'the <first>'
ok 'the first holds what it held' has_content one "$(of uuid one)"
ok 'the second, too' has_content two "$(of uuid two)"
ok 'a revert' vxe snapshot-revert uuid="$(of uuid one)"
ok 'brings its content' has_content one "$UUID"
ok 'another one is the current one' vxe vm-adopt-snapshot vm=out filename=one.xml current=true
is 'for libvirt, too' "$(virsh snapshot-current out --name)" one
ok 'vxe check is clean' vxe check

# libvirt 9.0 changes its record of a later snapshot when it forgets an earlier one: then it names the wrong file.
lose out one
virsh snapshot-dumpxml out two --security-info >wrong.xml
if grep -q "out-0.qcow2'" wrong.xml; then
  virsh -q snapshot-delete out two --metadata
  refused 'out-[01].qcow2 is not below .*/out-[01].two' wrong.xml
  ok 'virsh takes it' virsh -q snapshot-create out wrong.xml --redefine
  is 'its disks are missing' "$(vxe vdi-param-get uuid="$(vdi_of "$(of uuid two)")" param-name=missing)" true
  virsh -q snapshot-delete out two --metadata
  is 'both have gone' "$(names)" ''
  virsh -q snapshot-create out one.xml --redefine
  virsh -q snapshot-create out two.xml --redefine
else # libvirt 11.3 does not
  virsh -q snapshot-create out one.xml --redefine
fi
ok 'vxe ends the first' vxe snapshot-destroy uuid="$(of uuid one)"
is "libvirt's record of the second is right" "$(virsh snapshot-dumpxml out two | grep -o 'out-0[.a-z0-9]*' | sort | xargs)" \
  'out-0.one out-0.two'
ok 'it holds what it held' has_content two "$(of uuid two)"

# ---- internal ------------------------------------------------------------------------------------------------

small_guest in 1
ok 'the guest counts' guest_start in
virsh -q snapshot-create-as in ram
at=$(guest_counter in)
virsh -q destroy in
stamp_disks "$UUID" 41 1M
keep_content off "$UUID"
virsh -q snapshot-create-as in off
stamp_disks "$UUID" 51 1M
keep_content mine "$UUID"
lose in off && lose in ram
change off.xml '/<parent>/,/<\/parent>/d'
cp x.xml off.xml
vxe vm-list >/dev/null
is 'libvirt has lost both' "$(names)$(kept in)" ''

change off.xml 's,<name>off</name>,<name>none</name>,'
refused 'in-0.qcow2 holds no snapshot none' x.xml
change off.xml "s,$UUID,11111111-2222-4333-8444-555555555555,"
refused 'is of the domain 11111111' x.xml
change off.xml "s,in-0.qcow2,in-9.qcow2,"
refused 'in-9.qcow2 does not exist' x.xml
change off.xml "s,in-0.qcow2,out-0.qcow2,"
refused 'out-0.qcow2 is no layer' x.xml
change off.xml "s,<disk name='vda',<disk name='vdc',"
refused 'no file for the disk vdc' x.xml
change off.xml "s,snapshot='internal',snapshot='external',; s,<memory snapshot='external',<memory snapshot='no',"
refused 'the VM writes to .*in-0.qcow2' x.xml
change off.xml "s,<memory snapshot='no'/>,<memory snapshot='internal'/>,"
refused 'no image holds its memory' x.xml
change ram.xml "s,<memory snapshot='internal'/>,<memory snapshot='external' file='$PWD/none.mem'/>,"
refused 'none.mem does not exist' x.xml
sed '/<domain /,$d' off.xml >x.xml && echo '</domainsnapshot>' >>x.xml
refused 'no definition' x.xml
sed '/<domain /,$!d; /<\/domainsnapshot>/d' off.xml >x.xml
not_ok 'a definition is no snapshot' vxe vm-adopt-snapshot uuid="$UUID" filename=x.xml
echo 'no document' >x.xml
not_ok 'neither is a text' vxe vm-adopt-snapshot uuid="$UUID" filename=x.xml
not_ok 'nor nothing' vxe vm-adopt-snapshot uuid="$UUID" filename=absent.xml
exits 2 'neither true nor false' vxe vm-adopt-snapshot uuid="$UUID" filename=off.xml current=perhaps
is 'libvirt still has none' "$(names)$(kept in)" ''
ok 'the VM has what it had' has_content mine "$UUID"

ok 'it takes the one with memory' vxe vm-adopt-snapshot uuid="$UUID" filename=ram.xml
ok 'and the other one' vxe vm-adopt-snapshot uuid="$UUID" filename=off.xml
is 'both are listed' "$(names)$(kept in)" 'off ram off ram '
ok 'a copy' vxe snapshot-copy uuid="$(of uuid off)" new-name-label=x
copy=$OUT
ok '... has its content' has_content off "$copy"
change off.xml 's,<creationTime>[0-9]*,<creationTime>1,'
refused 'libvirt has another snapshot off' x.xml
ok 'a snapshot of ours' snapshot "$UUID" ours
refused 'layers are above' off.xml
ok '... goes' vxe snapshot-uninstall uuid="$SNAP" force=true
ok 'a revert to the one with memory' vxe snapshot-revert uuid="$(of uuid ram)"
ok 'the guest counts' guest_counts in
ok 'from where it was' test "$(guest_counter in)" -ge $((at > 200 ? at - 200 : 0))
virsh -q destroy in
ok 'a revert to the other one' vxe snapshot-revert uuid="$(of uuid off)"
ok 'brings its content' has_content off "$UUID"
ok 'vxe check is clean' vxe check

ln -s "$VXE" xe
run ./xe vm-adopt-snapshot uuid="$UUID" filename=off.xml
like 'xe has no such command' "$OUT$ERR" 'Unknown command'

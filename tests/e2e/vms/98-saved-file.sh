#!/bin/bash
# SPDX-License-Identifier: MIT
# vm-resume filename=: a guest that 'virsh save' wrote to a file goes on exactly where it was, in memory and on its disks.
# The file is only read. One that does not fit the disks as they are now is refused, and nothing has changed then. In ring
# check without what virsh changes in the file, and without what a paused one, vm-suspend and a snapshot do in between.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

# save FILE [NAME]: the guest counts, then virsh saves its memory. Sets FROM to the line of its log where it began.
save() {
  local name=${2-web}
  guest_is "$name" running || FROM=$(($(serial_lines "$name") + 1))
  guest_is "$name" running || virsh -q start "$name" || return
  guest_counts "$name" && virsh -q save "$name" "$PWD/$1" >/dev/null && SUM=$(sha256sum "$1") && SAVED=$1
}
# goes_on WHAT COMMAND...: the guest counts on without a break, no earlier than its disk, whose counter goes on, too.
goes_on() {
  local what=$1 at disk
  at=$(serial_lines web)
  disk=$(counter_of "$(source_of web vda)")
  shift
  ok "$what" "$@"
  SAID=$ERR
  is '... prints nothing' "$OUT" ''
  ok '... it counts' wait_until 20 has_counted_since web "$at"
  is '... without a break' "$(breaks web "$FROM")" ''
  ok '... from where the disk was' test "$(first_count web "$at")" -ge "$disk"
  ok '... on its disk, too' wait_until 20 disk_is_past "$disk"
  is '... and it runs' "$(power "$UUID")" running
  is '... the file is as it was' "$(sha256sum "$SAVED")" "$SUM"
}
disk_is_past() { [ "$(counter_of "$(source_of web vda)")" -gt "$1" ]; }
# refuses WHAT REGEX ARG...: vm-resume with these arguments is refused for that reason, and nothing has changed.
refuses() {
  note_everything
  exits 7 "refused: $1" vxe vm-resume uuid="$UUID" "${@:3}"
  like '... says why' "$ERR" "$2"
  unchanged '... and nothing has changed'
  is '... the file is as it was' "$(sha256sum "$SAVED")" "$SUM"
  is '... the VM is off' "$(power "$UUID")" halted
}
off() { virsh -q destroy web; }

small_guest web 2
vxe vm-list >/dev/null

# ---- resumed ------------------------------------------------------------------------------------

ok 'virsh save' save m
is 'the VM is halted' "$(power "$UUID")" halted
keep_content saved "$UUID"
ok 'vm-resume --dry-run' vxe vm-resume vm=web filename=m --dry-run --verbose
like '... says what it would do' "$OUT" '^operation: vm-resume.*start from its memory image: domain '
is '... and does not' "$(power "$UUID")" halted
ok '... with the disks' has_content saved "$UUID"
goes_on 'vm-resume filename=' vxe vm-resume vm=web filename=m
is '... is a message' "$(vxe message-list name=VM_RESUMED obj-uuid="$UUID" --minimal | tr , '\n' | grep -c .)" 1
is '... makes no image' "$(images_of_memory; vxe vdi-list type=Suspend --minimal)" ''
exits 1 'a second time, as it runs' vxe vm-resume vm=web filename=m
like '... is refused' "$ERR" 'expected: halted'
off
refuses 'a second time, as it has run' 'found: libvirt says that the guest has run' filename=m
host_daemon_stop && host_daemon_start # libvirt has forgotten that
refuses '... also by the time' 'found: .*web-0.qcow2 was written to after' filename=m
ok 'vxe check is clean' vxe check

if [ -n "$LONG" ]; then
  ok 'virsh save of the next run' save m2
  ok 'from a folder below' mkdir -p below
  (cd below && ln -s ../m2 link && plain vm-resume vm=web filename=link paused=true)
  is '... by a link, paused' "$(power "$UUID")" paused
  held=$(ram_count web)
  sleep 0.3
  is '... its memory stands still' "$(ram_count web)" "$held"
  FROM=$(($(serial_lines web) + 1))
  goes_on '... vm-unpause' vxe vm-unpause vm=web
  ok 'vm-suspend of it' vxe vm-suspend vm=web
  exits 1 'a suspended VM' vxe vm-resume vm=web filename=m2
  like '... has its own memory' "$ERR" 'expected: halted'
  goes_on '... goes on from that' vxe vm-resume vm=web

  # virsh's way to resume with another document: what it changes in the file.
  ok 'virsh save' save edited
  virsh save-image-dumpxml edited | sed 's#<metadata>#<description>edited</description>&#' >edited.xml
  ok 'virsh save-image-define' virsh -q save-image-define edited edited.xml
  SUM=$(sha256sum edited)
  goes_on 'vm-resume of it' vxe vm-resume vm=web filename=edited
  is '... takes the document of the file' "$(virsh desc web)" edited

  # After a snapshot.
  ok 'virsh save' save m3
  keep_content saved "$UUID"
  snapshot "$UUID" s
  snapshot "$UUID" t
  isnt 'the VM is on another file by now' "$(source_of web vda)" "$PWD/web-0.qcow2"
  goes_on 'vm-resume, on untouched layers' vxe vm-resume vm=web filename=m3
  ok '... the snapshot has the disks of then' has_content saved "$SNAP"
  is '... libvirt and vxe agree' "$(virsh -q domblklist web | awk '{ print $2 }' | xargs)" "$(vdi_files "$UUID" | xargs)"
  off
  refuses 'now the layer was written to' 'was written to' filename=m3 force=true
  ok 'revert to the snapshot' vxe snapshot-revert uuid="$SNAP"
  host_daemon_stop && host_daemon_start
  FROM=$(($(serial_lines web) + 1))
  goes_on '... the memory fits again' vxe vm-resume vm=web filename=m3
  ok 'vxe check is clean' vxe check
  off
fi

# ---- what does not fit ----------------------------------------------------------------------------

ok 'virsh save' save m4
virsh dumpxml --inactive web >kept.xml
disk=$(source_of web vdb)
cp -p "$disk" other.qcow2
sed "s#$disk#$PWD/other.qcow2#" kept.xml >other.xml
virsh -q define other.xml
vxe vm-adopt-disks vm=web keep=definition >/dev/null
refuses 'another file' 'found: the disk vdb was on .*, and is on .*other.qcow2 by now' filename=m4 force=true
virsh -q define kept.xml
vxe vm-adopt-disks vm=web keep=definition >/dev/null
virsh -q detach-disk web vdb --config
act "$UUID"
refuses 'a disk is missing' 'found: the VM has no disk vdb' filename=m4 force=true
virsh -q define kept.xml
act "$UUID"
touch "$(source_of web vdb)"
refuses 'a disk is younger' 'found: .* was written to after the memory was saved' filename=m4
touch -r m4 "$(source_of web vdb)"
base=$(qemu-img info --backing-chain "$(source_of web vdb)" | sed -n 's/^image: //p' | tail -n 1)
kept=$(stat -c %y "$base")
touch "$base"
refuses 'a layer below is younger' "found: $base was written to after" filename=m4
touch -d "$kept" "$base"
ok '--dry-run of one that fits' vxe vm-resume vm=web filename=m4 --dry-run
vxe vm-param-set uuid="$UUID" blocked-operations:resume=no
exits 7 'a VM that must not be resumed' vxe vm-resume vm=web filename=m4
like '... says so' "$ERR" 'blocked'
vxe vm-param-remove uuid="$UUID" param-name=blocked-operations param-key=resume
virsh -q domrename web called
exits 7 'under another name' vxe vm-resume uuid="$UUID" filename=m4
like '... says how to rename it' "$ERR" 'virsh domrename called web'
virsh -q domrename called web
act "$UUID"
virsh -q start web && virsh -q managedsave web >/dev/null
exits 7 'a VM that libvirt has saved' vxe vm-resume uuid="$UUID" filename=m4
like '... has its own memory' "$ERR" managedsave
virsh -q managedsave-remove web
ok 'the memory of another VM' cp -p m4 theirs
UUID_WEB=$UUID
small_guest other 1
vxe vm-list >/dev/null
SAVED=theirs SUM=$(sha256sum theirs)
refuses '... is named' "found: it is of the domain $UUID_WEB \(web\)" filename=theirs force=true
UUID=$UUID_WEB SAVED=m4

# A copy of the file is younger than all disks, though its memory is old.
ok 'virsh save' save m5
virsh -q restore "$PWD/m5" && guest_counts web && off
cp m5 copy
SAVED=copy SUM=$(sha256sum copy)
refuses 'a copy of what has run since' 'found: libvirt says that the guest has run' filename=copy
ok 'virsh save' save m6

# ---- spoilt files ----------------------------------------------------------------------------------

# spoilt WHAT REGEX STATUS: the file "bad" is refused by its name, and the VM can still go on from the good one.
spoilt() {
  keep_content saved "$UUID"
  exits "$3" "spoilt: $1" vxe vm-resume vm=web filename=bad
  like '... it is named' "$ERR" "$PWD/bad"
  like '... says why' "$ERR" "$2"
  is '... the VM is off' "$(power "$UUID")" halted
  ok '... with its disks' has_content saved "$UUID"
}
: >bad
spoilt 'empty' 'not the complete memory' 7
head -c 5000 m6 >bad
spoilt 'cut in the header' 'not the complete memory' 7
{ printf LibvirtQemudPart && tail -c +17 m6; } >bad
spoilt 'never written to its end' 'not the complete memory' 7
head -c $(($(stat -c %s m6) / 2)) m6 >bad
spoilt 'cut in the memory' 'load of migration failed' 1
cp "$(source_of web vda)" bad
spoilt 'a disk' 'not the complete memory' 7
rm bad && mkdir bad
spoilt 'a folder' 'not a regular file' 1
rmdir bad && mkfifo bad
spoilt 'a pipe' 'not a regular file' 1
rm bad
exits 1 'a file that does not exist' vxe vm-resume vm=web filename=nowhere
like '... is named' "$ERR" 'nowhere'
exits 1 'no name' vxe vm-resume vm=web filename=
ln -s "$VXE" xe
exits 1 'xe knows no such word' ./xe vm-resume vm=web filename=m6
is '... and has not begun' "$(power "$UUID")" halted
goes_on 'the good one goes on' vxe vm-resume vm=web filename=m6
ok 'vxe check is clean' vxe check

# ---- past the cache -------------------------------------------------------------------------------

# shows REGEX COMMAND...: it says that to libvirt.
shows() { VXE_LOG=debug vxe "${@:2}" 2>&1 | grep -qE "$1"; }
FROM=$(($(serial_lines web) + 1))
ok 'vm-suspend bypass-cache=true' shows 'hv: save_start .* past the cache' vm-suspend vm=web bypass-cache=true
is '... the VM is suspended' "$(power "$UUID")" suspended
SAVED=/dev/null SUM=$(sha256sum /dev/null)
goes_on 'vm-resume bypass-cache=true' vxe vm-resume vm=web bypass-cache=true
is '... the image is gone' "$(images_of_memory)" ''
ok 'virsh save --bypass-cache' virsh -q save web "$PWD/m8" --bypass-cache
ok 'vm-resume filename= bypass-cache=true paused=true' \
  shows 'hv: restore_start .*m8 paused past the cache' vm-resume vm=web filename=m8 bypass-cache=true paused=true
goes_on '... goes on' vxe vm-unpause vm=web
virsh -q managedsave web >/dev/null
ok 'vm-resume bypass-cache=true of what libvirt saved' shows 'hv: start .* past the cache' vm-resume vm=web bypass-cache=true
ok '... it counts' guest_counts web
is '... without a break' "$(breaks web "$FROM")" ''

# ramfs is a file system that cannot do it.
if mkdir -m 0711 cached && mount -t ramfs none cached 2>/dev/null; then
  sr=$(vxe sr-create type=file name-label=cached device-config:location="$PWD/cached/sr")
  vxe vm-param-set uuid="$UUID" suspend-SR-uuid="$sr"
  at=$(serial_lines web)
  exits 1 'vm-suspend where the file system cannot' vxe vm-suspend vm=web bypass-cache=true
  like '... says so' "$ERR" 'cached/sr/.*cannot bypass the host.s cache: leave bypass-cache=true out'
  is '... the guest runs' "$(power "$UUID")" running
  ok '... it counts' guest_counts web
  is '... without a break' "$(breaks web "$FROM")" ''
  is '... no image is left' "$(images_of_memory)" ''
  is '... no disk is frozen' "$(stat -c %A "$(vdi_file "$(vdi_of "$UUID" 0)")" | cut -c3)" w
  ok '... vxe check is clean' vxe check
  ok 'vm-suspend without the word' vxe vm-suspend vm=web
  exits 1 'vm-resume where the file system cannot' vxe vm-resume vm=web bypass-cache=true
  like '... says so' "$ERR" 'cannot bypass the host.s cache'
  is '... the VM is suspended' "$(power "$UUID")" suspended
  goes_on 'vm-resume without the word' vxe vm-resume vm=web
  virsh -q save web "$PWD/cached/m9"
  exits 1 'vm-resume of a file there' vxe vm-resume vm=web filename=cached/m9 bypass-cache=true
  like '... says so' "$ERR" 'cached/m9.*cannot bypass the host.s cache'
  is '... the VM is off' "$(power "$UUID")" halted
  SAVED=cached/m9 SUM=$(sha256sum cached/m9)
  goes_on '... goes on without the word' vxe vm-resume vm=web filename=cached/m9
else
  skip 'no mounts in session mode'
fi

# ---- progress --------------------------------------------------------------------------------------

FROM=$(($(serial_lines web) + 1))
ok 'vm-suspend --progress' vxe vm-suspend vm=web --progress
like '... shows how far it is' "$ERR" '100% .*####'
SAVED=/dev/null SUM=$(sha256sum /dev/null)
goes_on 'vm-resume' vxe vm-resume vm=web

# ---- force ------------------------------------------------------------------------------------------

ok 'virsh save' save m7
touch "$(source_of web vda)"
refuses 'a disk is younger' 'was written to after' filename=m7
goes_on 'force=true' vxe vm-resume vm=web filename=m7 force=true
like '... says what is risked' "$SAID" "$(source_of web vda) was written to after the memory was saved; the guest damages"
is '... once' "$(grep -c damages <<<"$SAID")" 1
ok 'vxe check is clean in the end' vxe check
off
wrong VXE_MEMORY_UNFIT 'the disks have gone on' vm-resume uuid="$UUID" filename=m7
leads VXE_MEMORY_UNFIT 1

#!/bin/bash
# SPDX-License-Identifier: MIT
# A VM whose memory somebody has saved with 'virsh managedsave': it is suspended, goes on from the image, and no command
# changes the files that the image needs or removes the image without a word.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

saves() { [ "$HOST_MODE" = system ] && echo /var/lib/libvirt/qemu/save || echo "$XDG_CONFIG_HOME/libvirt/qemu/save"; }
is_saved() { virsh dominfo "$1" | grep -q '^Managed save: *yes'; }
# save NAME: the guest counts, then its memory is saved. Sets FROM to the line of its log where it began to count.
save() {
  guest_is "$1" running || FROM=$(($(serial_lines "$1") + 1))
  guest_is "$1" running || virsh -q start "$1" || return
  guest_counts "$1" && virsh -q managedsave "$1" >/dev/null
}
# goes_on NAME WHAT COMMAND...: the guest counts on without a break, in memory and on disk.
goes_on() {
  local name=$1 at=$(($(serial_lines "$1") + 1)) what=$2 disk
  disk=$(counter_of "$(source_of "$name" vda)")
  shift 2
  ok "$what" "$@"
  ok '... it counts' wait_until 20 has_counted_since "$name" $((at - 1))
  is '... without a break' "$(breaks "$name" "$FROM")" ''
  ok '... from where the disk was' test "$(first_count "$name" $((at - 1)))" -ge "$disk"
  ok '... on its disk, too' wait_until 20 disk_is_past "$name" "$disk"
  not_ok '... libvirt has no image any more' is_saved "$name"
  is '... and it runs' "$(power "$UUID")" running
}
disk_is_past() { [ "$(counter_of "$(source_of "$1" vda)")" -gt "$2" ]; }
started() { vxe message-list params=name --minimal | tr ',' '\n' | grep -c "^$1\$"; }

small_guest web 2
web=$UUID
FROM=1
guest_start web

# ---- it is suspended ---------------------------------------------------------------------------

ok 'virsh managedsave' save web
is 'the VM is suspended' "$(vxe vm-list uuid="$web" params=power-state --minimal)" suspended
is '... for a filter' "$(vxe vm-list power-state=suspended --minimal)" "$web"
is '... and for no other' "$(vxe vm-list power-state=halted --minimal)" ''
is '... in a field' "$(power "$web")" suspended
act "$web"
is '... also where vxe reads the files of libvirt' "$(power "$web")" suspended
host_daemon_stop && host_daemon_start
is '... when libvirt has started anew' "$(power "$web")" suspended
act "$web"
is '... and in a field' "$(power "$web")" suspended
like 'it can be resumed' "$(vm_field "$web" allowed-operations)" 'resume; '
unlike '... but no snapshot can be taken' "$(vm_field "$web" allowed-operations)" 'snapshot|checkpoint|destroy|clone|copy'
ok 'vxe check is clean' vxe check

# ---- it goes on ---------------------------------------------------------------------------------

goes_on web 'vm-resume' vxe vm-resume vm=web
is '... which is a message' "$(started VM_RESUMED)" 1
save web
goes_on web 'vm-start' vxe vm-start vm=web
is '... is a message of the same kind' "$(started VM_RESUMED)" 2
save web
ok 'vm-start paused=true' vxe vm-start vm=web paused=true
is '... is paused' "$(power "$web")" paused
goes_on web 'vm-unpause' vxe vm-unpause vm=web
save web
goes_on web 'vm-resume discard-changes=true has nothing to discard' vxe vm-resume vm=web discard-changes=true
ok 'vm-suspend of a VM that was saved once' vxe vm-suspend vm=web
goes_on web 'vm-resume of it' vxe vm-resume vm=web
save web
ok 'vxe check is clean' vxe check

vxe vm-param-set uuid="$web" blocked-operations:start=no
exits 7 'vm-start can be blocked' vxe vm-start vm=web
like '... says so' "$ERR" 'blocked'
vxe vm-param-remove uuid="$web" param-name=blocked-operations param-key=start

# ---- what does not fit it is refused -----------------------------------------------------------

vxe vm-shutdown vm=web --force >/dev/null 2>&1
snapshot "$web" s
spare=$(vxe vdi-create sr-uuid="$(vxe sr-list type=file --minimal | cut -d, -f1)" name-label=spare virtual-size=1MiB)
vxe vm-disk-add uuid="$web" disk-size=1MiB device=autodetect >/dev/null
vbd=$(vxe vbd-list vm-uuid="$web" userdevice=2 --minimal)
vdi=$(vdi_of "$web" 0)
last=$(vdi_of "$web" 2)
# A network that needs no right on the host.
echo "<network><name>n</name><forward mode='bridge'/><bridge name='vxenone'/></network>" >net.xml
virsh -q net-define net.xml >/dev/null && network=$(plain network-list name-label=n --minimal)
FROM=$(($(serial_lines web) + 1))
virsh -q start web
ok 'saved again' save web
note_everything
while read -r status code command; do
  # shellcheck disable=SC2086 # words of a command
  exits "$status" "refused: ${command/$web/VM}" vxe $command
  like "... $code" "$ERR" "$code"
  unchanged '... and nothing has changed'
done <<END
7 managedsave vm-snapshot uuid=$web new-name-label=x
7 managedsave vm-checkpoint uuid=$web new-name-label=x
7 managedsave snapshot-revert snapshot-uuid=$SNAP
7 managedsave vm-destroy uuid=$web
7 managedsave vm-uninstall uuid=$web --force
7 managedsave vdi-snapshot uuid=$vdi
7 managedsave vdi-clone uuid=$vdi
7 managedsave vdi-resize uuid=$vdi disk-size=100MiB
7 managedsave vdi-import uuid=$vdi filename=/dev/null format=raw
7 managedsave vdi-destroy uuid=$last
7 managedsave vdi-forget uuid=$vdi
7 managedsave vm-export uuid=$web filename=x.xva preserve-power-state=true
1 expected:.halted vm-clone uuid=$web new-name-label=x
1 expected:.halted vm-copy uuid=$web new-name-label=x
1 expected:.halted vm-param-set uuid=$web is-a-template=true
1 expected:.halted vm-param-set uuid=$web memory-static-max=128MiB memory-dynamic-max=128MiB
1 expected:.halted vm-param-set uuid=$web VCPUs-max=2
1 expected:.running vm-suspend uuid=$web
1 expected:.halted vm-disk-add uuid=$web disk-size=1MiB device=autodetect
1 expected:.halted vbd-create vm-uuid=$web device=5 vdi-uuid=$spare
1 expected:.halted vbd-destroy uuid=$vbd
1 expected:.halted vif-create vm-uuid=$web device=0 network-uuid=$network
END
vxe pool-param-set uuid="$(vxe pool-list --minimal)" other-config:allow_clone_suspended_vm=true
note_everything
for command in vm-clone vm-copy; do
  exits 7 "refused: $command where the pool allows it of a suspended VM" vxe $command uuid="$web" new-name-label=x
  like '... as the disks cannot be frozen' "$ERR" managedsave
  unchanged '... and nothing has changed'
done
keep_content held "$web"
ok 'vm-export takes the disks' vxe vm-export uuid="$web" filename=disks.xva
is 'a name can be changed' "$(vxe vm-param-set uuid="$web" name-description=new 2>&1)" ''
ok 'snapshot-copy is of the snapshot' vxe snapshot-copy uuid="$SNAP" new-name-label=copy
ok '... and so is its template' vxe snapshot-export-to-template snapshot-uuid="$SNAP" filename=t.xva
ok 'the disks are as they were' has_content held "$web"
goes_on web 'and then it goes on' vxe vm-resume vm=web

# ---- given up ------------------------------------------------------------------------------------

save web
ok 'vm-shutdown --force' vxe vm-shutdown vm=web --force
like '... says that the memory is lost' "$ERR" '^lost: the memory of the VM'
not_ok '... which it is' is_saved web
is '... the VM is halted' "$(power "$web")" halted
ok '... and starts anew' guest_start web
save web
ok 'vm-reset-powerstate --force' vxe vm-reset-powerstate vm=web --force
like '... is the same' "$ERR" '^lost: the memory of the VM'
is '... the VM is halted' "$(power "$web")" halted
save web
VXE_FAILPOINT=vm-shutdown:stop:after=die plain vm-shutdown vm=web --force >/dev/null 2>&1
is 'killed before the image goes: the VM is suspended' "$(power "$web")" suspended
goes_on web '... and goes on' vxe vm-resume vm=web
save web
VXE_FAILPOINT=vm-shutdown:drop-saved:after=die plain vm-shutdown vm=web --force >/dev/null 2>&1
act "$web"
is 'killed after that: it is halted' "$(power "$web")" halted
ok 'vxe check is clean' vxe check

# ---- what libvirt would not notice ---------------------------------------------------------------

save web
disk=$(source_of web vdb)
cp "$disk" other.qcow2
virsh dumpxml --inactive web >kept.xml
sed "s#<source file='$disk'#<source file='$PWD/other.qcow2'#" kept.xml >other.xml
virsh -q define other.xml >/dev/null
for command in vm-resume vm-start; do
  exits 7 "$command, when the definition has another disk" vxe $command vm=web
  like '... is refused' "$ERR" 'vm-adopt-disks|managed-save image'
done
ok '... and keeps the image' is_saved web
virsh -q define kept.xml >/dev/null
goes_on web 'with its own it goes on' vxe vm-resume vm=web

# libvirt removes an image that was not written to its end, and boots.
save web
printf 'LibvirtQemudPart' | dd of="$(saves)/web.save" conv=notrunc status=none
for command in vm-resume vm-start; do
  exits 1 "$command, when the image is damaged" vxe $command vm=web
done
ok '... keeps it' test -s "$(saves)/web.save"
printf 'LibvirtQemudSave' | dd of="$(saves)/web.save" conv=notrunc status=none
goes_on web 'repaired it goes on' vxe vm-resume vm=web

# ---- layers that only the image names --------------------------------------------------------------

virsh -q destroy web
for s in one two; do
  snapshot "$web" $s
  stamp "$(source_of web vdb)" 5 2M
done
save web
disk=$(source_of web vdb)
vdi=$(vdi_of "$web" 1)
chain=$(qemu-img info -U --backing-chain "$disk" | grep -c '^image:')
virsh dumpxml --inactive web >kept.xml
virsh -q detach-disk web vdb --config >/dev/null
act "$web"
is 'the definition has lost the disk' "$(source_of web vdb)" ''
files=$(images | sort)
for s in s one two; do
  ok "snapshot $s goes" vxe snapshot-uninstall snapshot-uuid="$(vxe snapshot-list name-label=$s --minimal)" --force
done
ok 'sr-coalesce' vxe sr-coalesce
is '... the image keeps every layer of that disk' \
  "$(qemu-img info -U --backing-chain "$disk" | grep -c '^image:')" "$chain"
other=$(vxe vm-create name-label=other)
while read -r command; do
  # shellcheck disable=SC2086 # words of a command
  exits 7 "refused: ${command%% *} of that disk" vxe $command
  like '... as the image needs it' "$ERR" managedsave
done <<END
vdi-destroy uuid=$vdi
vdi-forget uuid=$vdi
vdi-resize uuid=$vdi disk-size=100MiB
vdi-import uuid=$vdi filename=/dev/null format=raw
vdi-snapshot uuid=$vdi
vbd-create vm-uuid=$other device=autodetect vdi-uuid=$vdi
END
ok '... and the file is there' test -f "$disk"
vxe vm-destroy uuid="$other"
exits 7 'the VM does not go on without it' vxe vm-resume uuid="$web"
like '... and says why' "$ERR" 'managed-save image needs it'
virsh -q define kept.xml >/dev/null
goes_on web 'with the disk it goes on' vxe vm-resume uuid="$web"
is '... which has its content' "$(byte_of "$disk" 2M)" 5
ok 'sr-coalesce now merges' vxe sr-coalesce
ok '... the layers' test "$(images | wc -l)" -lt "$(wc -l <<<"$files")"
ok 'vxe check is clean' vxe check

# ---- another domain has the disk, too -----------------------------------------------------------

virsh -q destroy web
snapshot "$web" s
guest_define twin - "$(source_of web vdb)"
twin=$(virsh domuuid twin)
ok 'the other domain is saved' guest_start web
virsh -q destroy web
virsh -q start twin >/dev/null && virsh -q managedsave twin >/dev/null
exits 7 'refused: to start a VM that shares a disk with a saved one' vxe vm-start vm=web
like '... which is named' "$ERR" "managedsave.*vm: $twin"
note_everything
exits 7 'refused: vm-snapshot of a VM that shares a disk with a saved one' vxe vm-snapshot uuid="$web" new-name-label=x
like '... which is named' "$ERR" "managedsave.*vm: $twin"
unchanged '... and nothing has changed'
ok 'vm-shutdown --force of the other' vxe vm-shutdown uuid="$twin" --force
virsh -q undefine twin
act "$web"

# ---- saved on the guards of a suspended VM -------------------------------------------------------

vxe vm-start vm=web
guest_counts web
FROM=$(serial_lines web)
ok 'vm-suspend' vxe vm-suspend vm=web
ok 'somebody starts it, and saves it' virsh -q start web
guest_counts web
virsh -q managedsave web >/dev/null
for command in vm-resume 'vm-resume discard-changes=true' vm-start 'vm-checkpoint new-name-label=x' vm-destroy; do
  # shellcheck disable=SC2086 # words of a command
  not_ok "refused: $command" vxe $command uuid="$web"
  ok '... the second image stays' is_saved web
done
ok 'vm-shutdown --force gives both up' vxe vm-shutdown vm=web --force
like '... and says so' "$ERR" '^lost: the memory of the VM'
is '... it is halted' "$(power "$web")" halted
not_ok '... without an image' is_saved web
ok '... and starts' guest_start web
ok 'vxe check is clean in the end' vxe check

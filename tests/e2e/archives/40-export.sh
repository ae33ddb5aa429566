#!/bin/bash
# SPDX-License-Identifier: MIT
# Archives: snapshots and VMs are exported in every compression, to files and to stdout, and imported with the same
# bytes; failures leave no files behind.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/dry.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"

field() { vxe vm-param-get uuid="$1" param-name="$2" "${@:3}"; }
mac_of() { vxe vif-list vm-uuid="$1" params=MAC --minimal; }
images() { find "$HOST_IMAGES" -name '*.qcow2*' | wc -l; }
uuids() { vxe "$1"-list --minimal | tr , '\n' | sort; }
all_there_is() { images && uuids vm && uuids template && uuids vdi && uuids network; }
# nothing_new WHAT: nothing was added or removed since "before".
before() { all_there_is >.before; }
nothing_new() { is "$1: nothing is left" "$(all_there_is | diff .before -)" ''; }
# The machine as the guest sees it, with the attributes in any order.
machine_of() {
  virsh dumpxml --inactive "$1" | tr -d '\n' | grep -oE "<(type arch|cpu |model |target |blockio|serial>|bus=)[^>]*>[^<]*" |
    grep -v pty | sort
}
# The machine may have no working KVM.
emulated() {
  virsh dumpxml --inactive "$1" | sed "s/<domain type='kvm'/<domain type='qemu'/
    /<cpu mode='host[^>]*\/>/d; /<cpu mode='host/,/<\/cpu>/d" >new.xml
  virsh -q define new.xml >/dev/null
}

GUEST_EXTRA="<interface type='user'><mac address='52:54:00:aa:bb:01'/><model type='e1000'/></interface>"
GUEST_TOP="<cpu mode='custom'><model>qemu64</model></cpu>"
small_guest web 2
web=$UUID
GUEST_EXTRA= GUEST_TOP=
dd if=/dev/urandom of=noise bs=64k count=32 status=none
qemu-io -f qcow2 -c "write -q -s $PWD/noise 2M 2M" web-1.qcow2 >/dev/null
guest_start web || exit 1
snap=$(vxe vm-snapshot vm=web new-name-label='before & <after>')
keep_content snap "$snap"

# ---- a snapshot, out -----------------------------------------------------------------------------

run vxe snapshot-export-to-template snapshot-uuid="$snap" filename=plain.xva
is 'snapshot-export-to-template says so' "$OUT$ERR" 'Export succeeded'
is 'the file is for its owner alone' "$(stat -c %a plain.xva)" 600
ok 'gzip' vxe snapshot-export-to-template snapshot-uuid="$snap" filename=gzip.xva compress=true
ok 'gzip: the format' gzip -t gzip.xva
ok 'zstd' vxe snapshot-export-to-template snapshot-uuid="$snap" filename=zstd.xva compress=zstd
ok 'zstd: the format' zstd -qt zstd.xva
vxe snapshot-export-to-template snapshot-uuid="$snap" filename= >out.xva 2>out.err
is 'to the output' "$?$(cat out.err)" 0
vxe snapshot-export-to-template snapshot-uuid="$snap" filename= --minimal 2>out.err | tar t >members
is 'to a pipe, with nothing behind the archive' "${PIPESTATUS[*]}$(cat out.err)" '0 0'
is 'tar lists the document first' "$(head -n 1 members)" ova.xml
tar xOf plain.xva ova.xml >plain.xml
tar xOf out.xva ova.xml >out.xml
is 'the same document each time' "$(cmp plain.xml out.xml)" ''
is 'p25: it holds no snapshot' "$(grep -o '<name>is_a_snapshot</name><value><boolean>1' plain.xml)" ''
is 'p25: but one VM' "$(grep -o '<name>class</name><value>VM</value>' plain.xml | wc -l)" 1
ok 'the guest has gone on' guest_counts web
cp plain.xva kept.xva
exits 1 'an existing file' vxe snapshot-export-to-template snapshot-uuid="$snap" filename=plain.xva
like 'is refused' "$ERR" "^Error: plain.xva: File exists"
ok 'and stays' cmp plain.xva kept.xva
exits 1 'a folder that is not there' \
  vxe snapshot-export-to-template snapshot-uuid="$snap" filename=no/where.xva
exits 2 'a compression that is none' \
  vxe snapshot-export-to-template snapshot-uuid="$snap" filename=no.xva compress=zip
exits 1 'a running VM' vxe vm-export vm=web filename=no.xva
like 'is refused' "$ERR" 'expected: halted, suspended'
# records FILE WORD: the number of objects of the class, or members with the value, in the document.
records() { tar xOf "$1" ova.xml | grep -oE "<name>class</name><value>$2</value>" | wc -l; }
member_is() { tar xOf "$1" ova.xml | grep -oE "<name>$2</name><value>(<boolean>)?$3<" | wc -l; }
run vxe vm-export vm=web filename=meta.xva metadata=true compress=true
is 'with metadata=true it is exported' "$OUT$ERR" 'Export succeeded'
is 'the archive holds the document alone' "$(tar tf meta.xva)" ova.xml
is '... of one VM' "$(records meta.xva VM) $(records meta.xva VIF)" '1 1'
is '... that runs' "$(member_is meta.xva power_state Running) $(member_is meta.xva currently_attached 1)" '1 3'
is '... with its UUID, and where its disks lie' \
  "$(member_is meta.xva uuid "$web") $(member_is meta.xva location "$(vxe vdi-param-get uuid="$(vdi_of "$web")" param-name=location)")" '1 1'
before
exits 1 'it is no archive with disks' vxe vm-import filename=meta.xva
like '... and that is said' "$ERR" 'ends too early'
nothing_new 'an archive without disks'
ok 'to the output, with its snapshots, without cards' bash -c \
  "'$VXE' vm-export vm=web filename= metadata=true include-snapshots=true excluded-device-types=vif,vtpm >meta-all.xva"
is '... both machines' "$(tar tf meta-all.xva) $(records meta-all.xva VM) $(records meta-all.xva VIF)" 'ova.xml 2 0'
is '... one is the snapshot of the other' \
  "$(member_is meta-all.xva is_a_snapshot 1) $(member_is meta-all.xva snapshot_of Ref:0)" '1 1'
exits 2 'a kind of device that there is not' \
  vxe vm-export vm=web filename=no.xva metadata=true excluded-device-types=vifs
exits 1 'a VM is no snapshot' vxe snapshot-export-to-template snapshot-uuid="$web" filename=no.xva
exits 1 'nor a template' vxe template-export template-uuid="$web" filename=no.xva
if [ -c /dev/full ]; then
  vxe snapshot-export-to-template snapshot-uuid="$snap" filename= >/dev/full 2>out.err
  is 'a full output' "$?" 1
  like 'is said' "$(cat out.err)" 'No space left'
fi
vxe snapshot-export-to-template snapshot-uuid="$snap" filename= 2>out.err | head -c 4096 >/dev/null
is 'a reader that goes away is told about' "${PIPESTATUS[0]}" 1
is 'no file is left of what failed' "$(find . -name '*no.xva*' -o -name '.*.xva*')" ''

# ---- and in --------------------------------------------------------------------------------------

for how in plain gzip zstd; do
  run vxe vm-import filename=$how.xva
  template=$OUT
  like "$how: vm-import prints the UUID alone" "$template" '^[0-9a-f-]{36}$' || show_run
  is "$how: p25: it is a template" "$(field "$template" is-a-template)" true
  is "$how: p25: and no snapshot" "$(field "$template" is-a-snapshot)$(field "$template" snapshot-of)" \
    'false<not in database>'
  is "$how: of the same name" "$(field "$template" name-label)" 'before & <after>'
  ok "$how: the disks hold, byte by byte, what was exported" has_content snap "$template"
done
run vxe vm-import filename=/dev/stdin <zstd.xva
ok 'from standard input' has_content snap "$OUT"
run bash -c "cat plain.xva | '$VXE' vm-import filename=/dev/stdin"
ok 'from a pipe' has_content snap "$OUT"
disks=$(vxe vbd-list vm-uuid="$template" params=vdi-uuid --minimal)
is 'p26: the disks have UUIDs of their own' \
  "$(tr , '\n' <<<"$disks" | grep -cFf - plain.xml)" 0
is 'and are owned' "$(vxe vbd-list vm-uuid="$template" params=other-config | grep -c owner)" 2
ok 'vxe check is clean' vxe check
ok 'a template goes out, too' vxe template-export template-uuid="$template" filename=template.xva
ok 'vm-install from it' vxe vm-install template-uuid="$template" new-name-label=installed
installed=$OUT
ok 'its disks hold the same' has_content snap "$installed"
mapfile -t files < <(vdi_files "$installed")
was=$(counter_of "${files[0]}")
emulated "$installed"
ok 'it starts' vxe vm-start uuid="$installed"
has_counted() { [ "$(counter_of "${files[0]}")" -gt "$was" ]; }
ok 'boots and counts on from there' wait_until 30 has_counted
ok 'stop it' vxe vm-shutdown uuid="$installed" force=true

# ---- memory --------------------------------------------------------------------------------------

# logged UUID NAME: the output of the suspended VM will go to a log with this name.
logged() {
  local image
  image=$(vdi_file "$(vm_field "$1" suspend-VDI-uuid)")
  chmod u+w "$image"
  virsh -q save-image-dumpxml "$image" |
    sed "s#<serial type='pty'>#&<log file='$(serial_of "$2")' append='on'/>#" >image.xml
  virsh -q save-image-define "$image" image.xml >/dev/null && chmod a-w "$image"
}
# goes_on WHAT UUID NAME: resumed, its memory is of one instant with its disks, and it did not boot.
goes_on() {
  local -a held
  mapfile -t held < <(disk_counts "$2")
  ok "$1: its serial line is logged" logged "$2" "$3"
  ok "$1: vm-resume" vxe vm-resume uuid="$2"
  is "$1: it counts, from where it was" "$(one_instant "$3" 0 "${held[@]}")" ''
  is "$1: without a break" "$(breaks "$3" 1)" ''
  is "$1: and has not booted" "$(grep -c 'D=' "$(serial_of "$3")")" 0
  is "$1: it runs" "$(power "$2")" running
  ok "$1: vxe check is clean" vxe check
}

point=$(vxe vm-checkpoint vm=web new-name-label=point)
keep_content point "$point"
ok 'vm-suspend' vxe vm-suspend vm=web
keep_content web "$web"
before
run vxe vm-export vm=web filename=memory.xva preserve-power-state=true
is 'with preserve-power-state=true its memory goes along' "$STATUS$OUT$ERR" '0Export succeeded'
ok 'without it stays behind' vxe vm-export vm=web filename=halted.xva
run vxe vm-import filename=halted.xva
one=$OUT
is 'and the VM is halted' "$(power "$one")" halted
ok 'its disks are those that it was suspended with' has_content web "$one"
vxe vm-uninstall uuid="$one" force=true >/dev/null
run vxe vm-import filename=memory.xva
one=$OUT
is 'a suspended VM comes back suspended' "$(power "$one")" suspended || show_run
like 'what the guest has not noticed is said' "$ERR" 'old MAC addresses'
ok 'with its disks' has_content web "$one"
is 'and an image of its own' "$(images_of_memory | wc -l)" 3
is 'nobody may write to its disks' "$(vdi_files "$one" | xargs stat -c %A | tr -dc w)" ''
ok 'vxe check is clean' vxe check
goes_on 'imported' "$one" one
ok 'uninstall' vxe vm-uninstall uuid="$one" force=true
nothing_new 'the imported VM has gone'
cp memory.xva bad.xva
at=$(grep -abo LibvirtQemudSave memory.xva | head -n 1 | cut -d: -f1)
at=$((at + 92 + 10)) # in the XML
printf '\1' | dd of=bad.xva bs=1 seek=$at conv=notrunc status=none
exits 1 'a memory image that says nothing' vxe vm-import filename=bad.xva force=true
like 'is refused' "$ERR" 'memory image' || show_run
nothing_new 'damaged memory'
run vxe snapshot-export-to-template snapshot-uuid="$point" filename=point.xva preserve-power-state=true
is 'a checkpoint with its memory' "$STATUS$OUT$ERR" '0Export succeeded'
run vxe vm-import filename=point.xva
two=$OUT
is 'is a suspended template' "$(field "$two" is-a-template)$(power "$two")" truesuspended
ok 'with its disks' has_content point "$two"
ok 'vm-install of it' vxe vm-install template-uuid="$two" new-name-label=cold
is 'is a halted VM' "$(power "$OUT")" halted
vxe vm-uninstall uuid="$OUT" force=true >/dev/null
ok 'it becomes a VM' vxe template-param-set uuid="$two" is-a-template=false
is 'which is suspended' "$(power "$two")" suspended
ok 'vxe check is clean' vxe check
goes_on 'the checkpoint' "$two" two
ok 'uninstall' vxe vm-uninstall uuid="$two" force=true
nothing_new 'the template has gone'
ok 'the VM itself' vxe vm-resume vm=web
ok 'runs on' guest_counts web
vxe snapshot-uninstall uuid="$point" --force >/dev/null

# ---- a VM ----------------------------------------------------------------------------------------

virsh -q destroy web
keep_content web "$web"
ok 'vm-export' vxe vm-export vm=web filename=web.xva
is 'says so' "$OUT" 'Export succeeded'
before
run vxe vm-import filename=web.xva
one=$OUT
ok 'it comes back with the same bytes' has_content web "$one"
is 'as a VM' "$(field "$one" is-a-template)$(field "$one" power-state)" falsehalted
is 'with a domain' "$(virsh domuuid "$(virsh domname "$one")")" "$one"
isnt 'and another address' "$(mac_of "$one")" "$(mac_of "$web")"
is 'its machine is the same: type, processor, buses, card' "$(machine_of "$one" | diff <(machine_of "$web") -)" ''
is 'that was not nothing' "$(machine_of "$web" | grep -cE 'pc-i440fx|qemu64|e1000|vda|vbd-1')" 5
run vxe vm-import filename=web.xva
two=$OUT
isnt 'imported twice, another again' "$(mac_of "$one")" "$(mac_of "$two")"
mapfile -t files < <(vdi_files "$two")
was=$(counter_of "${files[0]}")
emulated "$two"
ok 'an imported VM starts' vxe vm-start uuid="$two"
ok 'and counts on' wait_until 30 has_counted
ok 'vxe check is clean' vxe check
for vm in "$one" "$two"; do vxe vm-uninstall uuid="$vm" force=true >/dev/null; done
nothing_new 'uninstalled'
exits 1 'preserve=true beside the VM itself' vxe vm-import filename=web.xva preserve=true
like 'is refused' "$ERR" 'existing_version: 0'
nothing_new 'preserve=true refused'

# ---- in the place of the VM itself -----------------------------------------------------------------

disks_of() { vxe vbd-list vm-uuid="$1" type=Disk params=vdi-uuid --minimal | tr , '\n' | sort; }
disks_of "$web" >disks.old
stamp_disks "$web" 0x77
keep_content changed "$web"
virsh -q start web >/dev/null
before
exits 1 'over a running VM' vxe vm-import filename=web.xva preserve=true force=true
like 'is refused' "$ERR" 'expected: halted'
virsh -q destroy web >/dev/null
keep_content changed "$web"
head -c 2000000 web.xva >cut.xva
exits 1 'over it, of a truncated archive' vxe vm-import filename=cut.xva preserve=true force=true
nothing_new 'it'
ok 'it has its disks, and what they hold' has_content changed "$web"
run vxe vm-import filename=web.xva preserve=true force=true
is 'the archive in its place' "$OUT" "$web"
is '... with nothing said but of its card' "$(grep -v '^Card 0 has user mode' <<<"$ERR")" ''
ok 'holds what was exported' has_content web "$web"
is 'under the same name' "$(virsh domname "$web")" web
is 'with the same address' "$(mac_of "$web")" 52:54:00:aa:bb:01
is 'and other disks' "$(disks_of "$web" | comm -12 disks.old - | wc -l)" 0
n=0
for vdi in $(cat disks.old); do
  qemu-img convert -U -f qcow2 -O raw "$(vdi_file "$vdi")" now.raw
  cmp -s now.raw changed.raw0 || cmp -s now.raw changed.raw1 || n=$((n + 1))
done
is 'the old ones stay, with what they hold' "$n" 0
ok 'its snapshot can be reverted to' vxe snapshot-revert snapshot-uuid="$snap"
ok 'and has its disks back' has_content snap "$web"
ok 'vxe check is clean' vxe check
before

# ---- what goes wrong -----------------------------------------------------------------------------

exits 1 'a truncated archive' vxe vm-import filename=cut.xva
like 'is refused' "$ERR" 'ends too early'
nothing_new 'truncated'
head -c $(($(stat -c %s zstd.xva) - 5)) zstd.xva >cut.zstd
exits 1 'a truncated frame' vxe vm-import filename=cut.zstd
nothing_new 'truncated frame'
# The data in the archive begin with these bytes; one byte of the last block is changed.
at=$(grep -abo "$(printf 'Ref:[0-9]*/00000003')" web.xva | tail -n 2 | head -n 1 | cut -d: -f1)
cp web.xva bad.xva
byte=$(od -An -tu1 -j$((at + 512 + 77)) -N1 web.xva)
printf "\\x$(printf %x $((byte ^ 165)))" | dd of=bad.xva bs=1 seek=$((at + 512 + 77)) conv=notrunc status=none
exits 1 'a wrong checksum' vxe vm-import filename=bad.xva
like 'is refused, and the block named' "$ERR" 'Ref:[0-9]+/0000000.: the checksum is wrong'
nothing_new 'wrong checksum'
run vxe vm-import filename=bad.xva force=true
like 'with force=true it is a warning' "$ERR" 'the checksum is wrong'
like 'and the VM is there' "$OUT" '^[0-9a-f-]{36}$'
vxe vm-uninstall uuid="$OUT" force=true >/dev/null
# ---- ^C ---------------------------------------------------------------------------------------------

# interrupted WHAT PIPE CMD...: CMD is interrupted when no more data move in the pipe.
interrupted() {
  local what=$1 pid
  shift
  "$@" >int.out 2>int.err &
  pid=$!
  wait_until 20 stands_still "$pid"
  kill -INT "$pid"
  wait "$pid"
  isnt "$what: ^C ends it" $? 0
  like "$what: and is said" "$(cat int.err)" '[Cc]ancel' || diag "$(cat int.err)"
}
# It has begun, and waits.
stands_still() {
  task=$(vxe task-list params=name-label --minimal)
  [ "$task" ] && grep -qs '^State:.S' "/proc/$1/status"
}
mkfifo stuck
before
{ head -c 2500000 web.xva && exec sleep 60; } >stuck &
feeder=$!
interrupted 'vm-import' env "$VXE" vm-import filename=stuck
is 'its task is called as by xe' "$task" 'VM import'
nothing_new 'vm-import'
is 'no task is left' "$(vxe task-list --minimal)" ''
kill $feeder 2>/dev/null
exec 9<>stuck
interrupted 'vm-export to a pipe' bash -c "exec '$VXE' vm-export uuid=$web filename= >stuck"
exec 9<&-
nothing_new 'vm-export'
like 'the VM can be exported' "$(vxe vm-param-get uuid="$web" param-name=allowed-operations)" export
is 'its state is right' "$(vxe vm-param-get uuid="$web" param-name=current-operations)" ''

# From another terminal: reads the progress, and cancels the import.
{ head -c 65536 && sleep 1.3 && head -c 1500000 && exec sleep 60; } <stuck >/dev/null &
reader=$!
"$VXE" vm-export uuid="$web" filename= >stuck 2>cancelled.err &
pid=$!
is_under_way() { [[ $(vxe task-list params=progress --minimal) =~ ^0\.[0-9]*[1-9] ]]; }
ok 'a task says how far it is' wait_until 20 is_under_way
does 'task-cancel' task-cancel uuid="$(vxe task-list --minimal)"
status=0
wait "$pid" || status=$?
is 'the export ends' "$status" 1
like '... and says why' "$(cat cancelled.err)" 'cancelled'
kill $reader 2>/dev/null
is 'no task is left' "$(vxe task-list --minimal)" ''
ok 'vxe check is clean' vxe check
echo hello >junk
exits 1 'no archive at all' vxe vm-import filename=junk
exits 1 'a file that is not there' vxe vm-import filename=nowhere.xva
is 'says so' "$ERR" "Error: file 'nowhere.xva' does not exist"
exits 1 'a folder with ova.xml' vxe vm-import filename=/x/OVA.xml
nothing_new 'refused archives'
if mkdir small && mount -t tmpfs -o size=2304k tmpfs small 2>/dev/null; then
  OTHER=$(store_at other)
  other() { VXE_STORE=$OTHER VXE_IMAGES=$PWD/small "$@"; }
  other wrong SR_FULL 'a storage repository that is full' vm-import filename=plain.xva
  like '... it says what is needed' "$ERR" '"params": \["4194304"'
  other leads SR_FULL 1
  is 'nothing is left in it' "$(find small -name '*qcow2*')" ''
  is 'nor in the store' "$(VXE_STORE=$OTHER vxe template-list is-default-template=false --minimal)" ''
  mount -o remount,size=16m small
  again SR_FULL other vxe vm-import filename=plain.xva
  umount small
else
  skip 'a full storage repository: no mounts in session mode'
fi
ok 'vxe check is clean in the end' vxe check

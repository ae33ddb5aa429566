#!/bin/bash
# SPDX-License-Identifier: MIT
# Operations on a suspended VM, and changes by other programs: the files that its memory image needs are never lost.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

guard_of() { source_of web "$1"; }
# What the check that has just run says of a guard that was written to.
guard_lines() { grep "while the VM was suspended" <<<"$OUT$ERR"; }
snapshot_field() { vxe snapshot-param-get uuid="$1" param-name="$2"; }
suspend() {
  guest_is web running || vxe vm-start vm=web || return
  wait_until 20 guest_has_counter web && vxe vm-suspend vm=web
}
# goes_on FROM WHAT: resumed, its counter continues from line FROM of the log.
goes_on() {
  local at
  at=$(serial_lines web)
  ok "$2: resumed" vxe vm-resume vm=web "${@:3}"
  ok '... it counts' wait_until 20 has_counted_since web "$at"
  is '... without a break' "$(breaks web "$1")" ''
  ok '... vxe check is clean' vxe check
}

small_guest web 2
guest_start web

# ---- what is allowed ---------------------------------------------------------------------------

from=$(serial_lines web)
ok 'suspended' suspend
keep_content held "$UUID"
ok 'vm-snapshot of a suspended VM' vxe vm-snapshot vm=web new-name-label=plain
plain=$OUT
is 'p12: it is halted' "$(snapshot_field "$plain" power-state)" halted
is 'p12: it has no memory' "$(snapshot_field "$plain" suspend-VDI-uuid)" '<not in database>'
like 'p12: it says how the VM was' "$(snapshot_field "$plain" snapshot-info)" 'at-snapshot: Suspended'
ok 'p12: it has the content of the disks' has_content held "$plain"
ok 'vm-checkpoint of a suspended VM' vxe vm-checkpoint vm=web new-name-label=point
point=$OUT
is '... is suspended' "$(snapshot_field "$point" power-state)" suspended
is '... and says nothing' "$(snapshot_field "$point" snapshot-info)" ''
ok '... with the content of the disks' has_content held "$point"
is '... and no second image file' "$(images_of_memory | wc -l)" 1
ok 'a suspended VM is renamed' vxe vm-param-set uuid="$UUID" name-description=new
ok 'sr-coalesce leaves it alone' vxe sr-coalesce
ok '... its disks are as they were' has_content held "$UUID"
exits 1 'vm-suspend again' vxe vm-suspend vm=web
goes_on "$from" 'after all that'

# ---- p07, p11 ----------------------------------------------------------------------------------

ok 'revert to the checkpoint of the suspended VM' vxe snapshot-revert snapshot-uuid="$point"
goes_on $(($(serial_lines web) + 1)) 'p07: the image comes back'
is 'p07: the checkpoint has its image' "$(images_of_memory | wc -l)" 1
is 'p07: ... under its UUID' "$(vxe vdi-list uuid="$(snapshot_field "$point" suspend-VDI-uuid)" \
  params=name-label --minimal)" 'Suspend image'
ok 'the plain snapshot reverts to a halted VM' vxe snapshot-revert snapshot-uuid="$plain"
is '... halted' "$(power "$UUID")" halted
ok '... with that content' has_content held "$UUID"
exits 1 'p11: no checkpoint of a halted VM' vxe vm-checkpoint vm=web new-name-label=none
like 'p11: ... the states that it could have' "$ERR" 'expected: paused, suspended, running'
virsh -q start web && virsh -q suspend web
ok 'p11: a checkpoint of a paused VM' vxe vm-checkpoint vm=web new-name-label=paused
is 'p11: ... is halted' "$(snapshot_field "$OUT" power-state)" halted
is 'p11: ... and says nothing' "$(snapshot_field "$OUT" snapshot-info)" ''
vxe snapshot-uninstall uuid="$OUT" --force >/dev/null
vxe snapshot-uninstall uuid="$plain" --force >/dev/null
virsh -q resume web

# ---- forced shutdown and destroy ---------------------------------------------------------------

ok 'suspended' suspend
keep_content held "$UUID"
ok 'vm-shutdown --force of a suspended VM' vxe vm-shutdown vm=web --force
is '... halted' "$(power "$UUID")" halted
ok '... with its disks' has_content held "$UUID"
is '... only the checkpoint has an image' "$(images_of_memory | wc -l)" 1
ok '... vxe check is clean' vxe check
ok '... it starts' guest_start web

# ---- started by virsh ----------------------------------------------------------------------------

# The guest runs on the guards, so its counter begins with the counter on the disks.
from=$(($(serial_lines web) + 1))
ok 'suspended' suspend
keep_content held "$UUID"
upto=$(serial_lines web)
ok 'virsh start while it is suspended' guest_start web
is 'vm-list says that it runs' "$(power "$UUID")" running
ok 'its disks are as they were' has_content held "$UUID"
for command in 'vm-resume vm=web' 'vm-suspend vm=web' 'vm-shutdown vm=web' \
  'vm-snapshot vm=web new-name-label=no' 'vm-checkpoint vm=web new-name-label=no' \
  "vm-param-set uuid=$UUID name-description=no"; do
  # shellcheck disable=SC2086 # words
  exits 7 "refused: ${command%% *}" vxe $command
  like '... with one way out' "$ERR" 'vm-resume discard-changes=true'
  like '... and the other' "$ERR" 'vm-shutdown --force'
done
exits 1 'vxe check tells' vxe check
virsh -q destroy web
exits 7 'it is refused when it is off again' vxe vm-resume vm=web
ok 'its disks are as they were' has_content held "$UUID"
at=$(serial_lines web)
ok 'vm-resume discard-changes=true' vxe vm-resume vm=web discard-changes=true
ok '... it counts' wait_until 20 has_counted_since web "$at"
last=$(head -n "$upto" "$(serial_of web)" | tr -d '\r' | sed -n 's/^C=\([0-9a-f]\{8\}\)$/\1/p' |
  tail -n 1 | hex)
is '... on from the counter of the image' "$(first_count web "$at")" $((last + 1))
ok '... vxe check is clean' vxe check

ok 'suspended' suspend
ok 'virsh start again' guest_start web
virsh -q destroy web
mapfile -t held < <(for t in vda vdb; do counter_of "$(guard_of $t)"; done)
ok 'vm-shutdown --force' vxe vm-shutdown vm=web --force
mapfile -t now < <(disk_counts "$UUID")
is '... keeps what was written' "${now[*]}" "${held[*]}"
is '... halted' "$(power "$UUID")" halted
ok '... vxe check is clean' vxe check

# A guest that has gone on above its guard has the newest data there: only the way that keeps that is named.
ok 'suspended' suspend
ok 'virsh start once more' guest_start web
ok '... and a snapshot of virsh' virsh -q snapshot-create-as web above --disk-only --no-metadata
ok '... above which it counts' guest_counts web
virsh -q destroy web
above=$(virsh -q domblklist web | awk '$1 == "vda" { print $2 }')
at=$(counter_of "$above")
exits 1 'vxe check tells' vxe check
like '... the way that keeps what it has written' "$(guard_lines)" "'vm-shutdown --force' drops the memory image, and keeps"
unlike '... alone' "$(guard_lines)" 'discard-changes'
exits 7 'vm-resume, too' vxe vm-resume vm=web
unlike '... names that alone' "$ERR" 'discard-changes'
ok 'it ends the memory' vxe vm-shutdown vm=web --force
is '... and keeps the newest data' "$(virsh -q domblklist web | awk '$1 == "vda" { print $2 }') $(counter_of "$above")" "$above $at"
ok '... which become its disks' vxe vm-adopt-disks vm=web keep=definition
ok '... with the newest data' grep -qx "$at" <(disk_counts "$UUID")
ok '... vxe check is clean' vxe check

# Zeros and discards are writes, too.
for how in 'discard 2M 64k' 'write -q -z 2M 64k'; do
  ok 'suspended' suspend
  qemu-io -f qcow2 -c "$how" "$(guard_of vdb)" >/dev/null
  exits 7 "a guard with a ${how%% *} only is refused" vxe vm-resume vm=web
  ok '... until it is dropped' vxe vm-resume vm=web discard-changes=true
done

# ---- a revert, a managed save, uninstall ---------------------------------------------------------

ok 'suspended' suspend
ok 'virsh start' guest_start web
ok 'a revert takes it back' vxe snapshot-revert snapshot-uuid="$point"
is '... suspended' "$(power "$UUID")" suspended
ok '... vxe check is clean' vxe check
virsh -q start web && virsh -q managedsave web >/dev/null
exits 7 'a managed save of somebody else' vxe vm-resume vm=web discard-changes=true
like '... is named' "$ERR" 'managedsave-remove'
virsh -q managedsave-remove web >/dev/null
ok '... without it the VM comes back' vxe vm-resume vm=web discard-changes=true

# ---- the machine of then -------------------------------------------------------------------------

ok 'a checkpoint' vxe vm-checkpoint vm=web new-name-label=then
then=$OUT
mapfile -t held < <(disk_counts "$then")
vxe vm-shutdown vm=web --force
ok 'renamed, with other memory and VCPUs' vxe vm-param-set uuid="$UUID" name-label=other \
  memory-static-max=100MiB memory-dynamic-max=100MiB memory-dynamic-min=100MiB VCPUs-max=2
ok 'a disk more' vxe vm-disk-add uuid="$UUID" disk-size=1MiB device=autodetect
virsh -q detach-disk web vdb --config >/dev/null
machine=$(virsh dumpxml --inactive web | sed -n "s/.*machine='\([^']*\)'.*/\1/p")
ok 'reverted' vxe snapshot-revert snapshot-uuid="$then"
at=$(serial_lines web)
ok '... and resumed' vxe vm-resume uuid="$UUID"
is '... memory and disks are of one instant' "$(one_instant web "$at" "${held[@]}")" ''
is '... the name of then' "$(vm_field "$UUID" name-label)" web
is '... the memory of then' "$(vm_field "$UUID" memory-static-max)" $((64 << 20))
is '... the disks of then' "$(virsh -q domblklist web | wc -l)" 2
is '... their serials' "$(virsh dumpxml web | grep -o '<serial>vbd-[01]' | sort | tr '\n' ' ')" \
  '<serial>vbd-0 <serial>vbd-1 '
is '... the machine of then' \
  "$(virsh dumpxml web | sed -n "s/.*machine='\([^']*\)'.*/\1/p")" "$machine"
ok '... vxe check is clean' vxe check

# ---- ^C ------------------------------------------------------------------------------------------

# The undo asks qemu-img, too, and the signal must not end that one: it is slow here.
mkdir slow
printf '%s\n' '#!/bin/sh' 'sleep 0.4' "exec $(command -v qemu-img) \"\$@\"" >slow/qemu-img
chmod +x slow/qemu-img
images=$(images_of_memory | sort)
layers=$(images_made)
from=$(serial_lines web)
for command in vm-suspend 'vm-checkpoint new-name-label=never'; do
  point=${command%% *}
  [ $point = vm-suspend ] && at=vm-suspend:guard:after || at=vm-checkpoint:make-overlays:after
  # shellcheck disable=SC2086 # words
  PATH=$PWD/slow:$PATH VXE_FAILPOINT="$at=stop" VXE_FAILPOINT_LOG=$PWD/reached \
    "$VXE_PLAIN" $command uuid="$UUID" >cancelled 2>&1 &
  wait_until 20 stands $!
  kill -INT $!
  kill -CONT $!
  wait $!
  is "$point stopped by ^C" $? 130
  like '... says so' "$(cat cancelled)" 'cancelled'
  is '... the VM runs' "$(power "$UUID")" running
  is '... no image is left' "$(images_of_memory | sort)" "$images"
  is '... no layer is left' "$(images_made)" "$layers"
  ok '... vxe check is clean' vxe check
done
# During the save: vxe is stopped, or the memory was written before libvirt noticed.
in_save() { [ "$(tail -n 1 reached)" = vm-suspend:save ]; }
for try in 1 2 3 4 5 6; do
  : >reached
  VXE_FAILPOINT_LOG=$PWD/reached "$VXE_PLAIN" vm-suspend uuid="$UUID" >cancelled 2>&1 &
  wait_until 20 in_save
  sleep 0.0$((try * 15))
  kill -INT $!
  wait $!
  is "^C in the save ($try): it says what came of it" "$? $(power "$UUID") $(images_of_memory | wc -l)" \
    "$(if grep -q cancelled cancelled; then echo '130 running 2'; else echo '0 suspended 3'; fi)"
  [ "$(power "$UUID")" = running ] || vxe vm-resume uuid="$UUID"
done
ok '... vxe check is clean' vxe check
guest_counts web
is 'the guest has counted on' "$(breaks web $((from + 1)))" ''

# The suspended VM uses the checkpoint's own layers; a VM installed from the checkpoint uses layers above them.
ok 'vm-checkpoint' vxe vm-checkpoint uuid="$UUID" new-name-label=shared
shared=$OUT
ok 'vm-install from it' vxe vm-install template-uuid="$shared" new-name-label=beside
beside=$OUT
ok 'the VM goes back to it' vxe snapshot-revert snapshot-uuid="$shared"
ok 'what was installed runs' vxe vm-start uuid="$beside"
ok 'vm-resume beside that' vxe vm-resume uuid="$UUID"
ok 'the guest counts' guest_counts web
ok 'the installed VM goes' vxe vm-uninstall uuid="$beside" --force
ok 'the checkpoint goes' vxe snapshot-uninstall uuid="$shared" force=true

ok 'suspended' suspend
ok 'vm-destroy of a suspended VM' vxe vm-destroy uuid="$UUID"
is 'only checkpoints have images' "$(images_of_memory | wc -l)" 2
ok 'vxe check is clean' vxe check

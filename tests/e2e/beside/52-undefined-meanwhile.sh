#!/bin/bash
# SPDX-License-Identifier: MIT
# A guest's memory when another program renames or undefines its domain, and when the file system of the image becomes
# full during the save. Also, which clones start with the host.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

small_guest web 2
guest_start web
vxe vm-list >/dev/null

# ---- virsh domrename -----------------------------------------------------------------------------

from=$(serial_lines web)
ok 'a checkpoint' vxe vm-checkpoint vm=web new-name-label=point
point=$OUT
mapfile -t held < <(disk_counts "$point")
ok 'suspended' vxe vm-suspend vm=web
keep_content held "$UUID"
ok 'renamed by virsh' virsh -q domrename web moved
exits 7 'vm-resume refuses' vxe vm-resume uuid="$UUID"
like '... with the way out' "$ERR" "virsh domrename moved web"
is 'the VM is suspended' "$(power "$UUID")" suspended
ok 'its disks are as they were' has_content held "$UUID"
ok 'vxe check is clean' vxe check
virsh -q domrename moved web
ok 'resumed under its name' vxe vm-resume uuid="$UUID"
guest_counts web
is 'its counter went on without a break' "$(breaks web $((from + 1)))" ''

vxe vm-shutdown uuid="$UUID" --force
virsh -q domrename web moved
ok 'a renamed VM is reverted to the checkpoint' vxe snapshot-revert snapshot-uuid="$point"
exits 7 'vm-resume refuses' vxe vm-resume uuid="$UUID"
virsh -q domrename moved web
at=$(serial_lines web)
ok '... but under the name of then' vxe vm-resume uuid="$UUID"
is 'memory and disks are of one instant' "$(one_instant web "$at" "${held[@]}")" ''
ok 'vxe check is clean' vxe check

# ---- virsh undefine ------------------------------------------------------------------------------

from=$(serial_lines web)
ok 'suspended' vxe vm-suspend uuid="$UUID"
keep_content held "$UUID"
ok 'undefined by virsh' virsh -q undefine web
is 'the VM is suspended' "$(power "$UUID")" suspended
exits 7 'its image, which knows the machine, is not dropped' vxe vm-shutdown uuid="$UUID" force=true
like '... but can be resumed' "$ERR" 'comes back with vm-resume'
is 'the image is there' "$(images_of_memory | wc -l)" 2
ok 'its disks are as they were' has_content held "$UUID"
ok 'vm-resume' vxe vm-resume uuid="$UUID"
guest_counts web
is 'its counter went on without a break' "$(breaks web $((from + 1)))" ''
ok 'vxe check is clean' vxe check
ok 'defined again, it can be shut down' vxe vm-shutdown uuid="$UUID" force=true
is 'it is halted' "$(power "$UUID")" halted
is 'only the checkpoint has an image' "$(images_of_memory | wc -l)" 1
ok 'vxe check is clean' vxe check
ok 'it starts' vxe vm-start uuid="$UUID"
ok '... and counts' guest_counts web

# ---- which VMs start with the host -----------------------------------------------------------------

# Like xe, which copies the key.
autostarts() { virsh -q dominfo "$1" | grep -q '^Autostart: *enable'; }
poweron() { vm_field "$1" other-config | grep -o 'auto_poweron: [a-z]*'; }
ok 'a snapshot of a VM that does not' vxe vm-snapshot uuid="$UUID" new-name-label=without
without=$OUT
ok 'it shall' vxe vm-param-set uuid="$UUID" other-config:auto_poweron=true
ok 'a snapshot of one that does' vxe vm-snapshot uuid="$UUID" new-name-label=with
with=$OUT
vxe vm-shutdown uuid="$UUID" --force
for how in "vm-clone uuid=$UUID" "vm-copy uuid=$UUID" "vm-install template-uuid=$with"; do
  # shellcheck disable=SC2086 # words
  ok "${how%% *}" vxe $how new-name-label="${how%% *}"
  made=$OUT
  is '... has the key' "$(poweron "$made")" 'auto_poweron: true'
  ok '... and libvirt knows' autostarts "$made"
  ok '... also when somebody looks again' act "$made"
  is '... has the key' "$(poweron "$made")" 'auto_poweron: true'
done
ok 'reverted to the one without' vxe snapshot-revert snapshot-uuid="$without"
is '... it has no key' "$(poweron "$UUID")" ''
not_ok '... nor does libvirt start it' autostarts "$UUID"
ok 'reverted to the one with it' vxe snapshot-revert snapshot-uuid="$with"
is '... it has the key' "$(poweron "$UUID")" 'auto_poweron: true'
ok '... and libvirt starts it' autostarts "$UUID"
ok 'vxe check is clean' vxe check

# ---- the image's place fills while it is written -----------------------------------------------------

[ "$HOST_MODE" = system ] || skip_all 'a full SR: no mounts in session mode'
mkdir small && mount -t tmpfs -o size=90m tmpfs small && chmod 0711 small
sr=$(vxe sr-create type=file name-label=small device-config:location="$PWD/small")
vxe vm-param-set uuid="$UUID" suspend-SR-uuid="$sr"
guest_start web
from=$(serial_lines web)
layers=$(images_made)
images=$(images_of_memory)
for command in vm-suspend 'vm-checkpoint new-name-label=never'; do
  at=vm-suspend:guard:after
  [ "$command" = vm-suspend ] || at=vm-checkpoint:make-overlays:after
  # shellcheck disable=SC2086 # words
  VXE_FAILPOINT="$at=stop" VXE_FAILPOINT_LOG=$PWD/reached "$VXE_PLAIN" $command uuid="$UUID" \
    >full 2>&1 &
  wait_until 20 stands $!
  dd if=/dev/zero of=small/filler bs=64k status=none 2>/dev/null
  truncate -s -64k small/filler
  kill -CONT $!
  wait $!
  is "${command%% *}: the place fills" $? 1
  like '... is what it says' "$(cat full)" 'SR_SUSPEND_SPACE_INSUFFICIENT|space'
  rm small/filler
  is '... the VM runs' "$(power "$UUID")" running
  ok '... and counts' guest_counts web
  is '... no image is left' "$(images_of_memory)" "$images"
  is '... nor a layer' "$(images_made)" "$layers"
  ok '... vxe check is clean' vxe check
done
is 'the guest has counted on' "$(breaks web $((from + 1)))" ''
ok 'with room it is suspended' vxe vm-suspend uuid="$UUID"
ok '... and resumed' vxe vm-resume uuid="$UUID"
guest_counts web
is 'without a break' "$(breaks web $((from + 1)))" ''
vxe vm-shutdown uuid="$UUID" --force
umount small

#!/bin/bash
# SPDX-License-Identifier: MIT
# limit 600
# A QEMU in uninterruptible sleep (D), which not even SIGKILL ends, as its storage has taken a request and does not answer:
# vm-shutdown --force ends in time, and says of which VM, and what it waits for; nothing else changes; TERM ends it at once. When
# the storage goes on the same command works, and the disk has what was written.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/dead_sleep.sh"
requires has_bindfs 'bindfs, FUSE and root are needed'

dead_sleep_mounts
guest_disk_make fm/a.qcow2 4M && guest_install fm/a.qcow2
guest_define a - "$PWD/fm/a.qcow2"
A=$(virsh domuuid a)
vxe vm-list >/dev/null

hangs() { virsh -q start a && guest_counts a && falls_asleep a; }
# sound: QEMU has ended, and the disk has what the guest had written.
sound() {
  ok '... ends QEMU' wait_until 20 qemu_is_gone
  is '... the guest is off' "$(virsh domstate a)" 'shut off'
  is '... as the records say' "$(vxe vm-list uuid="$A" params=power-state --minimal)" halted
  ok '... the image is sound' qemu-img check -q fm/a.qcow2
  ok '... and has what the guest had written' [ "$(counter_of fm/a.qcow2)" -ge "$((wrote - GUEST_STEP))" ]
}
definition() { virsh dumpxml --inactive a | sha256sum; }
before=$(definition)
ok 'the disk of a guest hangs' hangs
wrote=$(guest_counter a)

from=$(date +%s%3N)
wrong VXE_GUEST_STUCK 'vm-shutdown --force fails' vm-shutdown uuid="$A" --force
MS=$(($(date +%s%3N) - from)) SAID=$ERR
ok "... in time ($MS ms)" [ "$MS" -lt 35000 ]
is '... names the VM, its process, and what it waits for' "$(tail -n 1 <<<"$SAID" | jq -r '.params[]' | xargs)" \
  "$A $QEMU $PWD/fm/a.qcow2"
ok '... the disk is there' test -s real/a.qcow2
ok '... QEMU, too' test -e "/proc/$QEMU"

# ---- the storage goes on

bindfs_go_on
leads VXE_GUEST_STUCK 1
sound
is '... the definition is as before' "$(definition)" "$before"

# ---- TERM

ok 'the disk hangs again' hangs
wrote=$(guest_counter a)
"$VXE" vm-shutdown uuid="$A" --force >ended 2>&1 &
PID=$!
sleep 3
from=$(date +%s%3N)
kill -TERM $PID
wait $PID
is 'TERM ends it' $? 143
ok '... at once' [ $(($(date +%s%3N) - from)) -lt 3000 ]
bindfs_go_on
is_off() { [ "$(virsh domstate a)" = 'shut off' ] || vxe vm-shutdown uuid="$A" --force; }
ok '... the guest ends when the storage goes on' is_off
sound
ok 'the guest starts' vxe vm-start uuid="$A"
ok '... and counts on' guest_counts a
virsh -q destroy a
ok 'vxe check is clean' vxe check

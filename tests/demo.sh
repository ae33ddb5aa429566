#!/bin/bash
# SPDX-License-Identifier: MIT
# demo.sh BUILD: shows vxe on a private host (tests/lib/host.sh). A counting guest is snapshotted while it runs, goes
# on, and is reverted, also with its memory. Then the snapshot becomes an archive, a template and another VM. Every
# command is shown before its output.
set -u

if [ "${1-}" != --inside ]; then
  cd "$(dirname "$0")/.." || exit 1
  mode=$(bash tests/lib/host.sh modes | head -n 1)
  echo "A private libvirtd (mode $mode); the machine's own is not touched."
  # shellcheck disable=SC2016 # expanded inside the host
  BUILD_PLAIN=$PWD/$1 BUILD=$PWD/$1 exec bash tests/lib/host.sh run "$mode" \
    bash -c 'exec bash "$TESTS/demo.sh" --inside'
fi

# shellcheck source=tests/lib/host.sh
. "$TESTS/lib/host.sh"
# shellcheck source=tests/lib/guest.sh
. "$TESTS/lib/guest.sh"
TEST_DIR=$HOST_DIR/demo
mkdir -m 0711 "$TEST_DIR" && cd "$TEST_DIR" || exit 1

die() {
  echo "demo: $*" >&2
  exit 1
}
say() { printf '\n# %s\n' "$*"; }
# show WORDS: prints the command as an administrator would type it, then runs it.
show() {
  printf '$ %s\n' "$*"
  "$@" || die "it failed with status $?"
}
vxe() { "$VXE_PLAIN" "$@"; }
has_moved_on() { [ "$(counter_of "$(disk)")" -gt $((held + 10 * GUEST_STEP)) ]; }
disk() { virsh -q domblklist web | awk '$1 == "vda" { print $2 }'; }
# The first counter that the guest printed after its log had $printed bytes.
first_count() {
  tail -c +$((printed + 1)) "$HOST_DIR/s/web.log" | tr -d '\r' |
    sed -n 's/^C=\([0-9a-f]\{8\}\)$/\1/p' | head -n 1 | hex
}
goes_on() { [ -n "$(first_count)" ]; }

say 'A guest that libvirt already runs. It counts, and writes the count to its disk.'
guest_disks web 1 >/dev/null && guest_define web - "$PWD/web-0.qcow2" || die 'no guest'
show virsh start web
guest_counts web || die 'the guest does not count'
before=$(disk)

say 'vxe finds it.'
show vxe vm-list

say 'A snapshot while it runs.'
printf '$ vxe vm-snapshot vm=web new-name-label=before-upgrade\n'
snapshot=$(vxe vm-snapshot vm=web new-name-label=before-upgrade) || die 'no snapshot'
echo "$snapshot"
show vxe snapshot-list
held=$(counter_of "$before")

say 'The guest has not noticed; it goes on counting and writing.'
wait_until 10 has_moved_on || die 'the guest does not write'
echo "count in the snapshot: $held    on the disk: $(counter_of "$(disk)")"

say 'Back to the snapshot.'
show vxe snapshot-revert snapshot-uuid="$snapshot"
reverted=$(disk)
show vxe vm-list name-label=web params=uuid,name-label,power-state

say 'The disk holds what the snapshot holds, byte for byte.'
show qemu-img compare -U -f qcow2 -F qcow2 "$before" "$reverted"
now=$(counter_of "$reverted")

say 'It starts from there.'
show vxe vm-start vm=web
guest_counts web || die 'the guest does not count'
booted=$(guest_booted web)

say 'A checkpoint has the memory, too. The guest runs on while it is written.'
printf '$ vxe vm-checkpoint vm=web new-name-label=with-memory\n'
checkpoint=$(vxe vm-checkpoint vm=web new-name-label=with-memory) || die 'no checkpoint'
echo "$checkpoint"
reached=$(guest_counter web)
guest_counts web || die 'the guest does not count'
echo "count of the guest at the checkpoint, at most: $reached    now: $(guest_counter web)"

say 'Back to it: the VM is suspended, and goes on where it was.'
show vxe snapshot-revert snapshot-uuid="$checkpoint"
show vxe vm-list name-label=web params=name-label,power-state
printed=$(stat -c %s "$HOST_DIR/s/web.log")
show vxe vm-resume vm=web
wait_until 20 goes_on || die 'the guest does not go on'
first=$(first_count)
echo "first count after the resume: $first"
[ "$first" -ge "$booted" ] && [ "$first" -le "$reached" ] || die 'that is not where it was'

say 'A snapshot as a file, and as a template again.'
show vxe snapshot-export-to-template snapshot-uuid="$snapshot" filename=web.xva compress=zstd
printf '$ vxe vm-import filename=web.xva\n'
template=$(vxe vm-import filename=web.xva) || die 'no import'
echo "$template"
show vxe template-list uuid="$template"

say 'A new VM of the template.'
printf '$ vxe vm-install template-uuid=%s new-name-label=web2\n' "$template"
second=$(vxe vm-install template-uuid="$template" new-name-label=web2) || die 'no new VM'
echo "$second"
is_held=$(counter_of "$(virsh -q domblklist web2 | awk '$1 == "vda" { print $2 }')")
echo "count on its disk: $is_held"
[ "$is_held" = "$held" ] || die 'its disk is not that of the snapshot'

say 'The snapshot is no longer needed; its layers are merged while the guest runs.'
pid=$(guest_pid web)
show vxe snapshot-uninstall snapshot-uuid="$snapshot" --force
show vxe snapshot-list params=name-label --minimal
guest_counts web && [ "$(guest_pid web)" = "${pid:-none}" ] || die 'the guest did not go on'

say 'Nothing is out of order.'
show vxe check

printf '\ncount in the snapshot: %s    on the disk after the revert: %s    read by the guest: %s\n' \
  "$held" "$now" "$booted"
[ -n "$held" ] && [ "$now" = "$held" ] && [ "$booted" = "$held" ] ||
  die 'the disk is not that of the snapshot'
echo 'Done: the guest was reverted, and its disk is that of the snapshot.'

#!/bin/bash
# SPDX-License-Identifier: MIT
# session.sh: the first ten minutes, with the installed vxe and the system's libvirt: the commands of docs/start.md as
# they stand there, on a guest web that writes. Ends with its guest removed, as the page does.
set -u
cd "$(dirname "$0")/../.." || exit 1
HOST_DIR=$(mktemp -d /var/tmp/vxe-session.XXXXXX) # in /tmp a service may have a folder of its own
chmod 0711 "$HOST_DIR"
export HOST_DIR HOST_MODE=system HOST_URI=qemu:///system LIBVIRT_DEFAULT_URI=qemu:///system
export TESTS=$PWD/tests TOOLS=$HOST_DIR/tools TEST_DIR=$HOST_DIR/disks
trap 'virsh -q destroy web >/dev/null 2>&1; virsh -q undefine web >/dev/null 2>&1; rm -rf "$HOST_DIR"' EXIT
# shellcheck source-path=SCRIPTDIR/../lib
. tests/lib/host.sh
# shellcheck source-path=SCRIPTDIR/../lib
. tests/lib/guest.sh
mkdir "$TOOLS" "$HOST_DIR/s" "$HOST_DIR/disks"
chmod 0777 "$HOST_DIR/s"
nasm -f bin -o "$TOOLS/tick.bin" tests/guest/tick.asm || exit 1
cd "$HOST_DIR/disks" || exit 1

guest_disk_make web.qcow2 64M && guest_install web.qcow2 || exit 1
guest_define web 00000000-0000-4000-8000-000000000001 "$PWD/web.qcow2" && guest_start web || exit 1 # first in each list
for section in List Snapshot Revert Template Export Remove; do
  bash "$TESTS/lib/session.sh" "$TESTS/../docs/start.md" "$section" || exit 1
done
guest_is web running || { echo 'the guest does not run' && exit 1; }
left=$(find "$PWD" /var/lib/libvirt/images -name '*.qcow2' -o -name '*.xva' | sort)
[ "$left" = "$(printf '%s\n' "$PWD/web.qcow2" "$PWD/web.xva")" ] || { echo "left: $left" && exit 1; }
# The folder of this guest goes; the other tests have the same records.
sr=$(vxe vdi-list name-label=web.qcow2 params=sr-uuid --minimal | cut -d, -f1)
vxe vm-uninstall vm=web --force >/dev/null &&
  vxe pbd-unplug uuid="$(vxe pbd-list sr-uuid="$sr" --minimal)" && vxe sr-forget uuid="$sr" && vxe check

#!/bin/bash
# SPDX-License-Identifier: MIT
# A user of group libvirt on the system's daemon may not read its folders, so that vxe asks libvirt for each domain: among
# 1,000 of them not at each of its looks. A domain that comes meanwhile is seen; data are what they were.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
[ "$HOST_MODE" = system ] || skip_all 'the daemon is a user'"'"'s own'

N=${N-1000}
mkdir many
for ((i = 0; i < N; i++)); do
  guest_xml d$i - "$PWD/many/d$i.qcow2" >many/$i.xml
  echo "define $PWD/many/$i.xml"
done >script
ok "$N domains" virsh -q <script
chmod 0777 /run/libvirt/libvirt-sock
mkdir -m 0777 theirs && cd theirs || exit 1
small_guest web 2
chown -R 65534:65534 . && chmod 0666 ./*.qcow2
STORE=$VXE_STORE
in_database || STORE=$PWD/store
AS=(setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$PWD" XDG_RUNTIME_DIR="$PWD" VXE_STORE="$STORE" VXE_IMAGES="$PWD/images"
  VXE_CONNECT=qemu:///system "$VXE_PLAIN")
user() { "${AS[@]}" "$@"; }
took() { # COMMAND...: sets MS, OUT
  local from=${EPOCHREALTIME/./}
  ok "${*:1:2}" "$@"
  MS=$(((${EPOCHREALTIME/./} - from) / 1000))
}
files() { virsh -q domblklist web | awk '{ print $2 }'; }
stamp_all() { for file in $(files); do stamp "$file" "$1" || return; done; }
content() { for file in $(files); do qemu-img convert -f qcow2 -O raw "$file" now.raw && cksum <now.raw; done; }

ok 'the domains are on record' user vm-list --minimal
for round in 1 2; do
  stamp_all $((round * 16)) && was=$(content)
  took user vm-snapshot uuid="$UUID" new-name-label=s
  snap=$OUT made=$MS
  stamp_all 99
  took user snapshot-revert uuid="$snap"
  reverted=$MS
  is '... to what it held' "$(content)" "$was"
  took user snapshot-uninstall uuid="$snap" --force
  diag "ms: snapshot $made, revert $reverted, uninstall $MS"
  is '... and the VM has it' "$(content)" "$was"
done

# ---- how often they are read ----------------------------------------------------------------------------

took user vm-snapshot uuid="$UUID" new-name-label=s
VXE_LOG=info user snapshot-uninstall uuid="$OUT" --force >out 2>log
mapfile -t READS < <(sed -n 's/.*domains were asked for in \([0-9]*\) ms.*/\1/p' log)
diag "ms for each reading: ${READS[*]}"
if [ "${READS[0]-0}" -ge 40 ]; then
  ok 'an uninstall reads them a few times' test ${#READS[@]} -le 4
else
  skip 'they are read so quickly here that each look does it'
fi

# ---- a neighbour between two looks ------------------------------------------------------------------------

took user vm-snapshot uuid="$UUID" new-name-label=s
snap=$OUT
stamp_all 77 && was=$(content)
VXE_FAILPOINT=coalesce-commit:check=stop "${AS[@]}" snapshot-uninstall uuid="$snap" --force >out 2>&1 &
VXE_PID=$!
[ ${#snap} = 36 ] || exit 1
ok 'an uninstall stops before it merges' wait_until 60 stands $VXE_PID
layer=$(files | head -n 1)
guest_xml nb - "$layer" >nb.xml
ok 'a domain on its layer comes' virsh -q define nb.xml
goes_on() { ! kill -CONT $VXE_PID 2>/dev/null; }
ok '... it goes on' wait_until 120 goes_on
qemu-img convert -f qcow2 -O raw "$(source_of nb vda)" now.raw
is '... its disk holds what the layer held' "$(cksum <now.raw)" "$(head -n 1 <<<"$was")"
is '... and the VM has what it had' "$(content)" "$was"
virsh -q list --all --name | sed 's/^./undefine &/' >script && virsh -q <script >/dev/null

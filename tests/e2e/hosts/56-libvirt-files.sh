#!/bin/bash
# SPDX-License-Identifier: MIT
# The state and the name of one VM are told by libvirt's files, without a connection: always what libvirt itself says,
# whatever happens to the domain, and libvirt is asked where the files do not count.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

small_guest web 1
state() { plain vm-param-get uuid="$UUID" param-name=power-state; }
named() { plain vm-list name-label="$1" params=uuid,name-label,power-state,dom-id,hvm; }
# Another text for the same libvirt: vxe does not know that the files are this one's.
from_libvirt() { VXE_CONNECT="qemu:///$HOST_MODE?" "$@" 2>&1; }
# connects CMD...: whether the command loads libvirt. Sets SAID.
connects() {
  SAID=$(VXE_LOG=debug "$@" 2>connects.err)
  grep -q 'load .*vxe-libvirt' connects.err
}
# same WHAT: nothing connects, and all answers are libvirt's.
same() {
  ok "$1: the files tell the state" not connects state
  is '... that libvirt tells' "$SAID" "$(from_libvirt state)"
  ok '... and the VM by its name' not connects named web
  is '... that libvirt has' "$SAID" "$(from_libvirt named web)"
}
# asked WHAT: libvirt has to be asked, and the answers are the same.
asked() {
  ok "$1: libvirt is asked for the state" connects state
  is '... that it has' "$SAID" "$(from_libvirt state)"
  ok '... and for the name' connects named web
  is '... that it has' "$SAID" "$(from_libvirt named web)"
}
not() { ! "$@"; }

asked 'before vxe has defined anything'
snapshot "$UUID" s
same 'a halted VM'
is 'it is halted' "$(state)" halted
virsh -q start web
same 'a running one'
is 'it runs' "$(state)" running
like 'its number is that of libvirt' "$(named web)" "dom-id.*: $(virsh domid web | head -n 1)\$"
virsh -q suspend web
same 'a paused one'
is 'it is paused' "$(state)" paused
virsh -q resume web
same 'it runs again'

# ---- QEMU ends without libvirt

daemon=$(cat "$HOST_DIR/libvirtd.pid")
kill -STOP "$daemon"
qemu=$(guest_pid web)
kill -KILL "$qemu"
process_gone "$qemu" 100
stopped() { VXE_LIBVIRT_TIMEOUT=1 state; }
fails VXE_HYPERVISOR_SILENT 6 'uri: ' 'a state whose QEMU has gone does not count' stopped
kill -CONT "$daemon"
wait_until 10 guest_is_off web
same 'then it is halted'

# ---- names

virsh -q define <(guest_xml other - "$PWD/other.qcow2") >/dev/null
ok 'a new domain is looked for in libvirt' connects named other
like '... and found' "$SAID" 'name-label .*: other'
virsh -q domrename web web2
ok 'a renamed one, too' connects named web
is '... as libvirt has it' "$SAID" "$(from_libvirt named web)"
ok '... under its new name, which is on record by now' not connects named web2
is '... as well' "$SAID" "$(from_libvirt named web2)"
ok '... and its state' not connects state
virsh -q domrename web2 web
ok 'and when it is renamed again' connects named web
is '... as libvirt has it' "$SAID" "$(from_libvirt named web)"
same 'back again'
virsh -q undefine other
ok 'a VM without domain is looked for in libvirt' connects named other
is '... and gone' "$SAID" ''
guest_xml web9 - "$PWD/other.qcow2" >web9.xml
guest_disk_make other.qcow2 1M
virsh -q create web9.xml >/dev/null
ok 'a transient domain is looked for in libvirt' connects named web9
like '... and shown' "$SAID" 'name-label .*: web9'
plain vm-param-set uuid="$UUID" name-label=web9
ok '... also beside a VM of that name' connects named web9
is '... as libvirt has it' "$SAID" "$(from_libvirt named web9)"
is '... these are two' "$(grep -c uuid <<<"$SAID")" 2
plain vm-param-set uuid="$UUID" name-label=web
virsh -q destroy web9

# A second VM with the label of the first one's domain.
SECOND=$(plain vm-clone uuid="$UUID" new-name-label=second)
plain vm-param-set uuid="$SECOND" name-label=web
is 'two VMs of one name' "$(plain vm-list name-label=web --minimal | tr , '\n' | sort)" \
  "$(printf '%s\n' "$UUID" "$SECOND" | sort)"
same 'with two VMs of one name'
plain vm-uninstall uuid="$SECOND" force=true >/dev/null
same 'one of them gone'

# ---- where the files do not count

conf=$(libvirt_conf)
STORE=$(plain pool-list --minimal)
index=$(find /run/vxe "${XDG_RUNTIME_DIR-/run/vxe}/vxe" -name "users-$STORE" 2>/dev/null | head -n 1)
cp -p "$conf/web.xml" web.kept
sed "s/$UUID/$(cat /proc/sys/kernel/random/uuid)/" web.kept >"$conf/web.xml"
asked 'a definition with another UUID'
cat web.kept >"$conf/web.xml"
same 'the right one'
: >"$conf/web.xml"
asked 'an empty definition'
cat web.kept >"$conf/web.xml"
cp -p "$index" index.kept
rm "$index"
asked 'no index'
cp -p index.kept "$index"
same 'an index'
sed -i 's/^\(vxe users of files [0-9]*\)/\1x/' "$index" && chmod 600 "$index"
asked 'an index of another layout'
{ head -c 24 index.kept && printf x && tail -c +26 index.kept; } >"$index"
asked 'an index of another boot'
truncate -s 100 "$index"
asked 'half a head'
cp -p index.kept "$index"
chmod 644 "$index"
asked 'an index that others may read'
chmod 600 "$index"
same 'an index as before'
host_daemon_stop
run state
isnt 'without libvirt the files say nothing' "$STATUS:$ERR" '0:'
host_daemon_start
same 'with libvirt again'
ok 'vxe check is clean' plain check

# ---- which libvirt it is

# recognized: a command that connects does not ask which host it is.
recognized() { VXE_LOG=debug plain vm-list params=uuid 2>&1 >/dev/null | grep -c 'hv: host'; }
host_daemon_stop && host_daemon_start
is 'a libvirt that was started anew is asked for its host' "$(recognized)" 1
is 'one that vxe has met is not' "$(recognized)" 0
met=$(find /run/vxe "${XDG_RUNTIME_DIR-/run/vxe}/vxe" -name "met-$STORE" 2>/dev/null | head -n 1)
cp -p "$met" met.kept
sed -i 's/ QEMU$/ QEMUX/' "$met"
is '... but by a note of another host' "$(recognized)" 1
is '... once' "$(recognized)" 0
chmod 644 "$met"
is '... or one that others may read' "$(recognized)" 1
cp -p met.kept "$met"
is '... and not by its own' "$(recognized)" 0
socket=${XDG_RUNTIME_DIR-/run}/libvirt/libvirt-sock
mv "$socket" "$socket.own" && ln -s "$socket.own" "$socket" && chmod 0700 "$socket.own"
is 'another socket is asked' "$(recognized)" 1
rm "$socket" && mv "$socket.own" "$socket"
is '... and then the former one' "$(recognized)" 1
sed -i.own "s/^host_uuid=.*/host_uuid=\"$(cat /proc/sys/kernel/random/uuid)\"/" "$HOST_DIR/libvirtd.conf"
host_daemon_stop && host_daemon_start
fails VXE_HOST_UUID_CHANGED 7 'recorded: ' 'the same libvirt with another host UUID is met' plain vm-list
mv "$HOST_DIR/libvirtd.conf.own" "$HOST_DIR/libvirtd.conf"
host_daemon_stop && host_daemon_start
ok 'with its old one all is well' plain vm-list

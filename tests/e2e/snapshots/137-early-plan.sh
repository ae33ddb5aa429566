#!/bin/bash
# SPDX-License-Identifier: MIT
# The snapshot of a running guest is planned from libvirt's files before libvirt is asked. If the files are too old, or
# edited by hand, the snapshot is nevertheless that of the guest, and nothing is left of the plan that was given up.
# alone
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/layers.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

GUEST_EXTRA="<graphics type='vnc' passwd='hush'><listen type='socket'/></graphics>" guest_make web 1
UUID=$(virsh -q domuuid web | head -n 1)
definition=$(libvirt_conf)/web.xml
status=$(status_of web)
overlays() { find . -maxdepth 1 -name '*.qcow2*' -o -name '.*.qcow2*' | wc -l; }
# early CMD...: whether its plan came from the files. Sets SAID.
early() {
  SAID=$(VXE_LOG=debug "$VXE" "$@" 2>early.err) || diag "failed: $*: $(tail -n 3 early.err)"
  grep -q "from libvirt's files" early.err
}
late() { ! early "$@"; }
definition_of() { rm -f dump; plain pool-dump-database file-name=dump >/dev/null
  jq -r --arg u "$1" '.. | objects | select(.uuid? == $u) | .domain_xml? // empty' dump; }

guest_start web
ok 'before vxe has defined anything, libvirt is asked' late vm-snapshot uuid="$UUID" new-name-label=first
virsh -q dumpxml web --inactive --security-info >asked.xml
ok 'then the files are enough' early vm-snapshot uuid="$UUID" new-name-label=second
snap=$SAID
whole 'after an early plan'
ok '... the guest counts' guest_counts web
definition_of "$snap" >kept.xml
like '... a secret is kept' "$(cat kept.xml)" 'hush'
is '... the definition is kept as libvirt tells it' "$(diff asked.xml <(printf '%s' "$(cat kept.xml)"; echo) | head -5)" ''
exits 0 '... nothing is wrong' vxe check
VXE_SHORTCUTS=-early-plan ok 'without the shortcut, libvirt is asked' late vm-snapshot uuid="$UUID" new-name-label=third

diag 'a snapshot that fails while libvirt is being loaded'
ends() { grep -c 'End of file' "$HOST_DIR/libvirtd.log"; }
too_early() { VXE_FAILPOINT=vm-snapshot:intent=error "$VXE_PLAIN" vm-snapshot uuid="$UUID" new-name-label=failed; }
plain snapshot-uninstall uuid="$snap" force=true >/dev/null # a command that looks for users after its change
before=$(overlays) ended=$(ends)
fails VXE_FAILPOINT 1 'intent' 'it ends' too_early
unlike '... before it needs the connection' "$(VXE_LOG=debug too_early 2>&1)" 'hv: open'
is '... no overlay is left' "$(overlays)" "$before"
is '... its connection was closed, not broken off' "$(ends)" "$ended"

# ---- files that say something else -----------------------------------------------------------------

# left WHAT: no overlay is left of a plan that was given up, no work, and the guest keeps what it has written.
left() {
  whole "$1"
  is '... one overlay more' "$(overlays)" "$((before + 1))"
  is '... nothing is under way' "$(plain task-list status=pending --minimal)" ''
  ok '... the guest counts' guest_counts web
  exits 0 '... nothing is wrong' vxe check
}
# As if libvirt had not written the files since: keep, and later as_kept.
keep() { cp -p "$definition" definition.old && cp -p "$status" status.old; }
as_kept() { cat definition.old >"$definition" && cat status.old >"$status"; }

diag 'a layer of virsh that the files do not tell yet'
keep
virsh -q snapshot-create-as web behind --disk-only --atomic --no-metadata >/dev/null
layer=$(running_layers | head -n 1)
as_kept
before=$(overlays)
early vm-snapshot uuid="$UUID" new-name-label=behind
ok 'it was planned from the files' grep -q "from libvirt's files" early.err
ok "... the layer is in the guest's chain" grep -qxF "$layer" <(running_layers)
left 'after files without the layer'
at=$(guest_counter web)
virsh -q destroy web
ok 'it starts again' guest_start web
ok '... with what it has written' test "$(guest_booted web)" -ge $((at - 2 * GUEST_STEP))

diag 'a disk that the files do not tell yet'
guest_disk_make more.qcow2 8M
keep
virsh -q attach-disk web "$PWD/more.qcow2" vdb --subdriver qcow2 --live >/dev/null
cat status.old >"$status"
before=$(overlays)
early vm-snapshot uuid="$UUID" new-name-label=attached
ok 'it was planned from the files' grep -q "from libvirt's files" early.err
like '... the disk is named' "$(cat early.err)" 'not in the snapshot.*vdb'
is '... and has no new layer' "$(virsh -q domblklist web | awk '$1 == "vdb" { print $2 }')" "$PWD/more.qcow2"
virsh -q destroy web # takes the disk out
guest_start web
left 'after files without the disk'

diag 'files that were edited by hand'
# edited FILE SED: libvirt does not read its file, and knows better.
edited() {
  sed "$2" "$1" >edited && cat edited >"$1"
  before=$(overlays)
  ok "edited by $2: libvirt is asked" late vm-snapshot uuid="$UUID" new-name-label=edited
  left '... what the guest has is in the snapshot'
}
other="s|<source file='[^']*'|<source file='$PWD/more.qcow2'|"
edited "$definition" "$other"
edited "$status" "$other"
edited "$definition" 's|<vcpu[^<]*</vcpu>|<vcpu>2</vcpu>|'
is '... the VM is as libvirt has it' "$(vm_field "$UUID" VCPUs-max)" 1
edited "$definition" 's|</domain>||'
edited "$status" 's|</domain>||'

# ---- libvirt does not answer -----------------------------------------------------------------------

daemon=$(cat "$HOST_DIR/libvirtd.pid")
virsh -q suspend web # so that its disk stays as it is
state_note
before=$(overlays)
slow() { VXE_LIBVIRT_TIMEOUT=1 VXE_LOG=debug plain vm-snapshot uuid="$UUID" new-name-label=unmet; }
# waits: in the background, until its overlay is there. Sets VXE_PID.
waits() {
  VXE_LIBVIRT_TIMEOUT=60 "$VXE_PLAIN" vm-snapshot uuid="$UUID" new-name-label=unmet >.waits.out 2>&1 &
  VXE_PID=$!
  wait_until 10 made
}
# made: the overlay of a snapshot that waits for libvirt is there.
made() { [ "$(overlays)" -gt "$before" ]; }
# nothing_left: looked at while libvirt is still silent, and by what the next command finds to recover.
nothing_left() {
  is '... its overlay has gone' "$(overlays)" "$before"
  kill -CONT "$daemon"
  VXE_LOG=info plain task-list 2>.recovered.err
  is '... nothing was to be recovered' "$(grep -c recovering .recovered.err)" 0
  same_state '... and all is as before'
}

diag 'a libvirt that is silent'
kill -STOP "$daemon"
fails VXE_HYPERVISOR_SILENT 6 'uri: ' 'the snapshot is undone without libvirt' slow
like '... its overlay had been made' "$ERR" 'vm-snapshot: meet-libvirt'
nothing_left

diag 'a libvirt that refuses'
[ "$HOST_MODE" = system ] && socket=/run/libvirt/libvirt-sock || socket=$XDG_RUNTIME_DIR/libvirt/libvirt-sock
mv "$socket" "$socket.away"
fails VXE_HYPERVISOR_UNREACHABLE 1 'uri: ' 'the snapshot is undone without libvirt' slow
mv "$socket.away" "$socket"
like '... its overlay had been made' "$ERR" 'vm-snapshot: meet-libvirt'
nothing_left

diag 'a signal while libvirt is silent'
kill -STOP "$daemon"
ok 'the overlay is made meanwhile' waits
kill -TERM "$VXE_PID"
wait "$VXE_PID"
like '... the snapshot is undone' "$(cat .waits.out)" 'The operation was cancelled'
nothing_left

diag 'killed while libvirt is silent'
kill -STOP "$daemon"
ok 'the overlay is made meanwhile' waits
kill -KILL "$VXE_PID"
wait "$VXE_PID" 2>/dev/null
kill -CONT "$daemon"
VXE_LOG=info plain task-list 2>.recovered.err >/dev/null
like '... the next command undoes it' "$(cat .recovered.err)" 'recovering vm-snapshot'
is '... the overlay has gone' "$(overlays)" "$before"
same_state '... and all is as before'

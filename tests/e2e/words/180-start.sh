#!/bin/bash
# SPDX-License-Identifier: MIT
# docs/start.md, run as it stands there on a guest that writes: what each section says is so for the guest's data, too.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

session() { ok "$1" bash "$TESTS/lib/session.sh" "$TESTS/../docs/start.md" "$1"; }

documented_guest
web=$(virsh domuuid web)
pid=$(guest_pid web)

session List
is '... the guest has the same disk' "$(source_of web vda)" "$PWD/web.qcow2"
session Snapshot
guest_counts web
is '... the guest goes on' "$(guest_pid web)" "$pid"
snapshot=$(plain snapshot-list --minimal)
keep_content before "$snapshot"
wait_until 20 eval '[ "$(counter_of "$(source_of web vda)")" -gt "$(counter_of web.qcow2)" ]'
virsh -q destroy web
not_ok '... and has written' has_content before "$web"
virsh -q start web
session Revert
guest_counts web
is '... the guest began with what the snapshot holds' "$(guest_booted web)" "$(counter_of web.qcow2)"
ok '... which is what it was' has_content before "$snapshot"
session Template
is '... of the same content' "$(qemu-img compare -q -U -f qcow2 -F qcow2 \
  "$(vdi_files "$(plain template-list name-label=web-template --minimal)")" web.qcow2 && echo same)" same
session Export
ok '... the template of the file has the same content' has_content before \
  "$(plain template-list name-label=before-upgrade --minimal)"
pid=$(guest_pid web)
session Remove
guest_counts web
is '... the guest goes on' "$(guest_pid web)" "$pid"
is '... nothing but its disk and the archive is left' "$(find "$PWD" "$HOST_IMAGES" -name '*.qcow2' -o -name '*.xva' | sort)" \
  "$PWD/web.qcow2
$PWD/web.xva"
is 'each section of commands is here' "$(awk '/^#/ && !code { h = $0 } /^```/ { code = !code } /^```console/ { print h }' \
  "$TESTS/../docs/start.md" | uniq | xargs)" '## List ## Snapshot ## Revert ## Template ## Export ## Remove'

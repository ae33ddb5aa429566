#!/bin/bash
# SPDX-License-Identifier: MIT
# vxe report of some VMs is about these; what the check says besides is on the page, and a schedule that nothing runs is in
# red. The limit of layers that vxe space and the report name is that of this libvirt.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest web 1
WEB=$UUID
small_guest db 1
for name in w1 w2; do snapshot "$WEB" $name; done
for name in d1 d2 d3; do snapshot "$UUID" $name; done

like 'the page of all' "$(vxe report)" '2 VMs, 0 running, 5 snapshots'
page=$(vxe report vm=web 2>err)
like 'the page of one: its snapshots are counted' "$page" '1 VMs, 0 running, 2 snapshots'
like '... and named' "$page" '<li>w2 <small>'
unlike '... no others' "$page" '<li>d1 <small>'
like 'of none with a snapshot' "$(small_guest new 1 && vxe report vm=new)" '1 VMs, 0 running, 0 snapshots'
like 'nothing is wrong' "$page" 'No problems found'
unlike '... so the head says nothing of it' "$page" 'The check</a>'

# Nothing runs it: the tests have no systemd.
schedule=$(vxe vmss-create name-label=nightly type=snapshot frequency=hourly schedule:min=0 2>/dev/null)
vxe vm-param-set uuid="$WEB" snapshot-schedule="$schedule"
page=$(vxe report 2>err)
like 'a schedule that nothing runs: the standard error says it' "$(cat err)" 'Nothing runs the schedule'
like '... the page' "$page" '<p class="late">Nothing runs the schedule'
like '... its head' "$page" '<p class="late"><a href="#check">The check</a>: 1 note</p>'
like '... the line of the schedule' "$page" '<b>nightly</b>, for 1 VM.*<span class="bad">but nothing runs it</span>'
unlike '... which is no page without a problem' "$page" 'No problems found'
rm "$(vdi_file "$(vdi_of "$UUID")")"
like 'a problem, too' "$(vxe report)" '<p class="bad"><a href="#check">The check</a>: [0-9]+ problems?, [0-9]+ notes?</p>'
vxe vmss-run --due >/dev/null
page=$(vxe report vm=web 2>err)
unlike 'once something runs it, no word of it' "$page$(cat err)" '[Nn]othing runs'

most=40
! libvirt_since 10.8 || libvirt_since 12.0 || most=20
like 'vxe space names the limit of this libvirt' "$(vxe space vm=web)" "of at most $most layers"
is '... also as JSON' "$(vxe space vm=web --json | jq '.[0]."max-depth"')" $most
like '... and the report' "$page" "of at most $most layers"

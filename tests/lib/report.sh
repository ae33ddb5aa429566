# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A world with two VMs, a tree of snapshots and a schedule, for tests of the page that vxe report prints.

# Sets WEB and DB, the UUIDs of the VMs, and SNAPSHOTS, the names of the snapshots in the tree of the first. $1: the name
# of the second VM.
report_world() {
	local i schedule

	small_guest web 1
	WEB=$UUID
	small_guest db 1
	DB=$UUID
	vxe vm-list >/dev/null
	vxe vm-param-set "uuid=$DB" "name-label=$1"
	ok 'the guest starts' guest_start web
	vxe vm-snapshot vm=web new-name-label='fresh install' >/dev/null
	for i in 1 2 3; do
		vxe vm-snapshot vm=web "new-name-label=by-hand-$i" >/dev/null
		guest_counts web
	done
	vxe snapshot-revert vm=web snapshot=by-hand-1
	vxe vm-start vm=web
	vxe vm-checkpoint vm=web new-name-label='before upgrade' >/dev/null
	vxe vm-snapshot vm=web new-name-label='after <upgrade>' >/dev/null
	schedule=$(vxe vmss-create name-label=nightly type=snapshot frequency=hourly schedule:min=0 retained-snapshots=1)
	vxe vm-param-set "uuid=$WEB" "snapshot-schedule=$schedule"
	vxe vmss-run "uuid=$schedule" >/dev/null
	vxe vmss-param-set "uuid=$schedule" retained-snapshots=2
	vxe vmss-run "uuid=$schedule" >/dev/null
	mapfile -t SNAPSHOTS < <(plain snapshot-list params=name-label --minimal | tr , '\n')
}

#!/bin/bash
# SPDX-License-Identifier: MIT
# As vxe, snapshots and templates by name, objects by the first digits of their UUIDs: what a text means is done to the
# right object, and a text that can mean several changes nothing.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

ln -s "$VXE" xe
digits() { cut -c1-"${2:-13}" <<<"$1"; }
name_of() { plain vm-param-get uuid="$1" param-name=name-label; }

small_guest db 1
db=$UUID
small_guest web 1
web=$UUID
vxe vm-list >/dev/null
ok 'the guest starts' guest_start web
snapshot "$web" before-upgrade && first=$SNAP
mapfile -t in_first < <(disk_counts "$first")
snapshot "$db" before-upgrade && other=$SNAP
guest_counts web

# ---- a revert by name ---------------------------------------------------------------------------

note_everything
exits 4 'a name that two VMs have' vxe snapshot-revert snapshot=before-upgrade
like '... says so' "$ERR" "'before-upgrade' can mean each of 2 objects"
like '... with the one' "$ERR" "$first  snapshot 'before-upgrade' of $web .web., 20"
like '... and the other' "$ERR" "$other  snapshot 'before-upgrade' of $db .db., 20"
unchanged '... and does nothing'
exits 4 'the same with --json' vxe snapshot-revert uuid=before-upgrade --json
is '... is JSON' "$(python3 -c 'import json,sys; print(json.loads(sys.argv[1])["error"])' "$ERR")" CLI_AMBIGUOUS
exits 3 'a typing mistake' vxe snapshot-revert vm=web snapshot=befor-upgrade
like '... names the right name' "$ERR" "None of the snapshots of that VM has the name or the UUID 'befor-upgrade'; the nearest name is 'before-upgrade'"
exits 3 'a snapshot of another VM' vxe snapshot-revert vm=web snapshot="$other"
exits 3 '... by its digits' vxe snapshot-revert vm=web snapshot="$(digits "$other")"
exits 3 'an unknown VM' vxe snapshot-revert vm=nobody snapshot=before-upgrade
exits 2 'two snapshots' vxe snapshot-revert snapshot=before-upgrade uuid="$other"
exits 2 'none' vxe snapshot-revert vm=web
for row in snapshot-uninstall snapshot-destroy snapshot-copy snapshot-clone snapshot-export-to-template \
  snapshot-disk-list snapshot-dumpxml snapshot-reset-powerstate; do
  extra=()
  case $row in
  snapshot-copy | snapshot-clone) extra=(new-name-label=never) ;;
  snapshot-export-to-template) extra=(filename=never.xva) ;;
  snapshot-uninstall | snapshot-reset-powerstate) extra=(--force) ;;
  esac
  exits 4 "$row: the name of two" vxe "$row" snapshot=before-upgrade "${extra[@]}"
  exits 3 "$row: the name of none" vxe "$row" snapshot=nothing "${extra[@]}"
done
is '... no archive is left' "$(ls -- *.xva 2>/dev/null)" ''
for words in param-list 'param-get param-name=tags' 'param-set name-label=x' 'param-add param-name=tags param-key=x' \
  'param-remove param-name=tags param-key=x' 'param-clear param-name=tags'; do
  # shellcheck disable=SC2086 # a command and its words
  exits 4 "snapshot-$words: the name of two" vxe snapshot-$words uuid=before-upgrade
done
unchanged '... and nothing is done'

ok 'a revert by name' vxe snapshot-revert vm=web snapshot=before-upgrade start=running
ok '... the guest counts' guest_counts web
is '... from the content of that snapshot' "$(guest_booted web 0)" "${in_first[0]}"
is '... the other VM is as it was' "$(plain vm-param-get uuid="$db" param-name=power-state)" halted

# ---- others by name -----------------------------------------------------------------------------

snapshot "$web" later && later=$SNAP
is 'a field of a snapshot' "$(vxe snapshot-param-get uuid=later param-name=uuid)" "$later"
ok 'a setting' vxe snapshot-param-set uuid=later name-description=seen
is '... is that of the snapshot' "$(plain snapshot-param-get uuid="$later" param-name=name-description)" seen
is 'a place in the list' "$(vxe snapshot-list ancestors=later --minimal)" "$first"
like 'its disks' "$(vxe snapshot-disk-list snapshot=later --minimal)" '[0-9a-f]{8}-'
golden=$(vxe snapshot-clone vm=web snapshot=before-upgrade new-name-label=golden)
is 'a template of it' "$(name_of "$golden")" golden
is '... by name' "$(vxe template-param-get uuid=golden param-name=uuid)" "$golden"
new=$(vxe vm-install template=golden new-name-label=made)
is 'a VM of the template' "$(name_of "$new")" made
ok 'a snapshot called like the template' vxe vm-snapshot vm=made new-name-label=golden
note_everything
exits 4 'a name of both, where both are possible' vxe vm-install template=golden new-name-label=x
like '... names the template' "$ERR" "$golden  template 'golden'"
exits 3 'a snapshot alone is no template by name' vxe template-uninstall template=later --force
exits 2 'two names' vxe vm-install template=golden template-name=x new-name-label=x
unchanged '... nothing is done'
ok 'a template goes by its name' vxe template-uninstall template=golden --force
is '... not the snapshot' "$(vxe snapshot-list name-label=golden --minimal | wc -w)" 1
ok 'a snapshot, too' vxe snapshot-uninstall vm=web snapshot=later --force
is '... only that' "$(vxe snapshot-list name-label=later --minimal)$(vxe snapshot-list snapshot-of="$web" --minimal)" "$first"

# ---- the first digits ---------------------------------------------------------------------------

is 'a VM by 8 digits' "$(vxe vm-param-get uuid="$(digits "$web" 8)" param-name=uuid)" "$web"
is '... by more, in capitals' "$(vxe vm-param-get uuid="$(digits "$web" 11 | tr a-f A-F)" param-name=uuid)" "$web"
is '... as a filter' "$(vxe vm-list uuid="$(digits "$web")" --minimal)" "$web"
is '... of a reference' "$(vxe snapshot-list snapshot-of="$(digits "$web")" --minimal)" "$first"
is '... as a selector' "$(vxe vm-shutdown vm="$(digits "$web")" --force && plain vm-param-get uuid="$web" param-name=power-state)" halted
disk=$(vdi_of "$web" 0)
is 'a disk' "$(vxe vdi-param-get uuid="$(digits "$disk")" param-name=uuid)" "$disk"
exits 3 '7 digits are none' vxe vm-param-get uuid="$(digits "$web" 7)" param-name=uuid
like '... and no name' "$ERR" 'None of the virtual machines has the name or the UUID'
exits 3 'digits of nothing' vxe vm-param-get uuid=ffffffff-ffff param-name=uuid
like '... says so' "$ERR" "None of the virtual machines has the name or the UUID 'ffffffff-ffff'"
exits 3 '... of a disk' vxe vdi-destroy uuid=ffffffff-ffff
exits 3 '... as a filter' vxe vm-list uuid=ffffffff-ffff

# Two VMs whose UUIDs begin alike, and a third whose name is the first digits of one.
for i in 1 2; do
  virsh -q define <(sed "s/WHICH/$i/g" <<<"<domain type='qemu'><name>twin-WHICH</name><uuid>abcdef01-0000-4000-8000-00000000000WHICH</uuid>
    <memory>1024</memory><os><type>hvm</type></os></domain>") >/dev/null
done
virsh -q define <(echo "<domain type='qemu'><name>$(digits "$db" 8)</name><memory>1024</memory><os><type>hvm</type></os></domain>") >/dev/null
vxe vm-list >/dev/null
note_everything
exits 4 'digits of two' vxe vm-destroy uuid=abcdef01
like '... names them' "$ERR" "abcdef01-0000-4000-8000-000000000001  VM 'twin-1'"
like '... both' "$ERR" "abcdef01-0000-4000-8000-000000000002  VM 'twin-2'"
exits 4 '... as a selector' vxe vm-uninstall vm=abcdef01-0000 --force
exits 4 '... also of several' vxe vm-uninstall vm=abcdef01-0000 --force --multiple
exits 4 'digits of one, name of another' vxe vm-uninstall vm="$(digits "$db" 8)" --force
like '... names the one' "$ERR" "$db  VM 'db'"
like '... and the other' "$ERR" "VM '$(digits "$db" 8)'"
unchanged '... and nothing is done'
is 'the name alone' "$(vxe vm-list name-label="$(digits "$db" 8)" params=name-label --minimal)" "$(digits "$db" 8)"
exits 2 'a UUID to be is whole' vxe sr-introduce uuid="$(digits "$disk")" name-label=x type=file
sr=$(plain sr-list --minimal | cut -d, -f1)
not_ok '... of a disk, too' vxe vdi-introduce uuid="$(digits "$disk")" sr-uuid="$sr" type=user location=x.qcow2

# ---- names of other classes, and the class as a word for uuid= ---------------------------------

name=$(plain sr-param-get uuid="$sr" param-name=name-label)
is 'a VM by its class' "$(vxe vm-param-get vm=web param-name=uuid)" "$web"
is 'the snapshots of a VM' "$(vxe snapshot-list vm=web --minimal)" "$first"
is '... by the first digits' "$(vxe snapshot-list vm="$(digits "$web")" --minimal)" "$first"
is 'the disks of a VM' "$(vxe vbd-list vm=web params=vdi-uuid --minimal)" "$disk"
new=$(vxe vdi-create sr="$name" name-label=spare virtual-size=1MiB)
is 'a disk in a storage repository' "$(plain vdi-param-get uuid="$new" param-name=sr-uuid)" "$sr"
is '... among its disks' "$(vxe vdi-list sr="$name" name-label=spare --minimal)" "$new"
second=$(vxe vdi-create sr="$name" name-label=spare virtual-size=2MiB)
note_everything
exits 4 'two disks of one name' vxe vdi-destroy vdi=spare
like '... are told apart' "$ERR" "$new  'spare' in $name, 1048576 bytes"
like '... both' "$ERR" "$second  'spare' in $name, 2097152 bytes"
exits 3 'a disk that there is not' vxe vdi-destroy vdi=spar
like '... has a near one' "$ERR" "the nearest name is 'spare'"
exits 2 'two texts' vxe vdi-destroy vdi=spare uuid="$new"
exits 2 'a class that the command does not take' vxe vdi-destroy sr="$name"
exits 3 'snapshots of no VM' vxe snapshot-list vm=nobody
unchanged '... nothing is done'
ok 'a disk of one name' vxe vdi-destroy uuid="$second"
ok '... goes by it' vxe vdi-destroy vdi=spare
is '... and no other' "$(plain vdi-list uuid="$new" --minimal)$(plain vdi-list uuid="$disk" --minimal)" "$disk"
schedule=$(vxe vmss-create name-label=nightly type=snapshot frequency=daily)
ok 'a schedule by name' vxe vm-param-set vm=web snapshot-schedule=nightly
is '... is set' "$(plain vm-param-get uuid="$web" param-name=snapshot-schedule)" "$schedule"
ok '... runs' vxe vmss-run vmss=nightly
is '... for its VM' "$(vxe snapshot-list vm=web is-vmss-snapshot=true --minimal | wc -w)" 1

# ---- two VMs of one name -----------------------------------------------------------------------

old=$(name_of "$db")
vxe vm-param-set uuid="$db" name-label=web
note_everything
exits 4 'two VMs of one name' vxe vm-shutdown vm=web --force
like '... the one' "$ERR" "$web  VM 'web', halted"
like '... and the other' "$ERR" "$db  VM 'web', halted"
exits 4 '... as the VM of a setting' vxe vm-param-set vm=web name-description=x
like '... the same' "$ERR" "$web  VM 'web', halted"
unchanged '... nothing is done'
vxe vm-param-set uuid="$db" name-label="$old"

# ---- as xe --------------------------------------------------------------------------------------

not_ok 'as xe no name' ./xe snapshot-revert snapshot-uuid=before-upgrade
like '... is a UUID' "$ERR" 'uuid: before-upgrade'
not_ok '... no name of a VM' ./xe vm-param-get uuid=web param-name=uuid
not_ok '... no class' ./xe vm-param-get vm=web param-name=uuid
is '... no list of one VM' "$(./xe snapshot-list snapshot-of=web --minimal)" ''
not_ok '... no digits' ./xe vm-param-get uuid="$(digits "$web")" param-name=uuid
not_ok '... no other word' ./xe snapshot-revert snapshot="$first"
is '... digits filter nothing' "$(./xe snapshot-list uuid="$(digits "$first")" --minimal)" ''
finish

#!/bin/bash
# SPDX-License-Identifier: MIT
# An archive with a VM and its snapshots: vm-import snapshots=true imports all of them in one operation, or nothing. Each
# snapshot holds what it held, byte by byte; revert, copy, export and uninstall work on it.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/archives.sh"

field() { plain vm-param-get uuid="$1" param-name="$2" "${@:3}"; }
snapshots_of() { plain snapshot-list snapshot-of="$1" params="${2-uuid}" --minimal; }
named() { plain snapshot-list snapshot-of="$1" name-label="$2" --minimal; }
all_there_is() {
  find "$HOST_IMAGES" -name '*.qcow2' | sort
  for class in vm template snapshot vdi network; do plain $class-list --all params=uuid --minimal 2>/dev/null | tr , '\n' | sort; done
  virsh -q list --all --uuid | sort
}
before() { all_there_is >.before; }
nothing_new() { is "$1: nothing is left" "$(all_there_is | diff .before -)" ''; }

# ---- an archive of a VM and two snapshots, the second of them based on the first

GUEST_EXTRA="<interface type='user'><mac address='52:54:00:aa:bb:01'/></interface>" small_guest web 2 || exit 1
web=$UUID
for name in one two; do
  stamp_disks "$web" 17 1M
  [ $name = one ] || stamp_disks "$web" 77 2M 256k
  snapshot "$web" $name
  plain snapshot-param-set uuid="$SNAP" name-description="was $name" >/dev/null
  keep_content $name "$SNAP"
  plain snapshot-export-to-template snapshot-uuid="$SNAP" filename=$name.xva >/dev/null
  old[${#old[@]}]=$SNAP
done
stamp_disks "$web" 99 1M 512k
keep_content now "$web"
plain vm-export vm=web filename=web.xva >/dev/null
for snap in "${old[@]}"; do plain snapshot-uninstall uuid="$snap" --force >/dev/null; done
plain vm-uninstall vm=web --force >/dev/null
unpacked web.xva both
add_snapshot both one one.xva 20240131T09:30:00Z OpaqueRef:NULL
first=$(id_of_class one.parts/ova.xml VM) first=Ref:one-${first#Ref:}
add_snapshot both two two.xva 20240201T10:00:00Z "$first"
second=$(id_of_class two.parts/ova.xml VM) second=Ref:two-${second#Ref:}
vm_id=$(id_of_class both/ova.xml VM)
object_lines both/ova.xml | sed -E "/<id<.name><value>$vm_id<|<name>id<.name><value>$vm_id</ s|(<name>parent</name><value>)[^<]*|\1$second|" |
  tr -d '\n' >ova.new && mv ova.new both/ova.xml
packed both
before

# ---- only when it is asked for

run vxe vm-import filename=both.xva
vm=$OUT
like 'without snapshots=true it says how' "$ERR" 'The snapshots of the VM are not imported; snapshots=true imports them, too' || show_run
is '... and there are none' "$(snapshots_of "$vm")" ''
ok '... the VM holds its bytes' has_content now "$vm"
plain vm-uninstall uuid="$vm" --force >/dev/null
nothing_new 'the VM alone'
exits 1 'metadata=true has no disks for them' vxe vm-import filename=both.xva snapshots=true metadata=true
like '... which is said' "$ERR" 'snapshots=true.*metadata=true.*not both'
ln -sf "$VXE" xe
run ./xe vm-import filename=both.xva snapshots=true
is 'as xe the parameter is none, and is ignored as xe does' "$(snapshots_of "$OUT")" '' || show_run
unlike '... nor is it named' "$ERR" 'snapshots=true'
[ -z "$OUT" ] || plain vm-uninstall uuid="$OUT" --force >/dev/null
nothing_new 'as xe'
exits 0 'a dry run' vxe vm-import filename=both.xva snapshots=true dry-run=true --verbose
is '... shows the six disks' "$(grep -c 'filled from the archive' <<<"$OUT") $(grep -c '^freeze' <<<"$OUT")" '6 4' || show_run
nothing_new 'a dry run'

# ---- both

run vxe vm-import filename=both.xva snapshots=true
vm=$OUT
like 'snapshots=true prints the UUID of the VM' "$vm" '^[0-9a-f-]{36}$' || show_run
unlike '... and says nothing of snapshots' "$ERR" 'snapshot'
is 'its snapshots' "$(snapshots_of "$vm" name-label | tr , '\n' | sort | paste -sd' ')" 'one two'
one=$(named "$vm" one) two=$(named "$vm" two)
is '... have UUIDs of their own' "$(grep -cE "$one|$two" <<<"${old[*]}")" 0
is '... their descriptions' "$(field "$one" name-description), $(field "$two" name-description)" 'was one, was two'
is '... their times' "$(field "$one" snapshot-time) $(field "$two" snapshot-time)" '20240131T09:30:00Z 20240201T10:00:00Z'
is '... the second is based on the first, and the VM on the second' "$(field "$two" parent) $(field "$vm" parent)" "$one $two"
is '... the first on nothing' "$(field "$one" parent)" '<not in database>'
ok 'the VM holds its bytes' has_content now "$vm"
ok 'the first snapshot, too' has_content one "$one"
ok 'the second, too' has_content two "$two"
is 'nobody may write to their files' "$(cat <(vdi_files "$one") <(vdi_files "$two") | xargs stat -c %A | tr -dc w)" ''
is 'their disks are of the disks of the VM' \
  "$(for vdi in $(plain vbd-list vm-uuid="$one" type=Disk params=vdi-uuid --minimal | tr , ' '); do plain vdi-param-get uuid="$vdi" param-name=snapshot-of; done | sort)" \
  "$(plain vbd-list vm-uuid="$vm" type=Disk params=vdi-uuid --minimal | tr , '\n' | sort)"
is 'a card of the same address' "$(plain vif-list vm-uuid="$one" params=MAC --minimal)" "$(plain vif-list vm-uuid="$vm" params=MAC --minimal)"
ok 'vxe check is clean' vxe check

# ---- what can be done with them

ok 'snapshot-revert to the first' vxe snapshot-revert snapshot-uuid="$one"
ok '... the VM holds that' has_content one "$vm"
is '... under its name' "$(field "$vm" name-label) $(field "$vm" parent)" "web $one"
ok '... its disks keep their UUIDs' test "$(vdi_of "$vm")" = "$(plain vdi-param-get uuid="$(vdi_of "$one")" param-name=snapshot-of)"
mapfile -t files < <(vdi_files "$vm")
was=$(counter_of "${files[0]}")
has_counted() { [ "$(counter_of "${files[0]}")" -gt "$was" ]; }
ok '... it starts' vxe vm-start uuid="$vm"
ok '... and counts' wait_until 20 has_counted
ok 'stop it' vxe vm-shutdown uuid="$vm" --force
ok 'the snapshot holds what it held' has_content one "$one"
ok 'snapshot-revert to the second' vxe snapshot-revert snapshot-uuid="$two"
ok '... the VM holds that' has_content two "$vm"
ok 'snapshot-copy' vxe snapshot-copy uuid="$one" new-name-label=copy
copy=$OUT
ok '... holds the same' has_content one "$copy"
ok 'vdi-export' vxe vdi-export uuid="$(vdi_of "$two")" filename=two.raw format=raw
ok '... the same bytes' cmp two.raw two.raw0
ok 'snapshot-export-to-template' vxe snapshot-export-to-template snapshot-uuid="$two" filename=again.xva
ok 'vm-snapshot beside them' vxe vm-snapshot uuid="$vm" new-name-label=three
ok 'snapshot-uninstall of the first' vxe snapshot-uninstall uuid="$one" --force
ok '... the second holds what it held' has_content two "$two"
ok '... the VM, too' has_content two "$vm"
ok 'snapshot-uninstall of the second' vxe snapshot-uninstall uuid="$two" --force
ok '... the VM holds what it held' has_content two "$vm"
ok 'vxe check is clean' vxe check
plain vm-uninstall uuid="$vm" --force >/dev/null
plain template-uninstall template-uuid="$copy" --force >/dev/null
nothing_new 'all have gone'

# ---- of another program: there is no machine in its archive

rm -rf foreign && cp -r both foreign
sed -i 's|<name>product_brand</name><value>vxe<|<name>product_brand</name><value>XenServer<|' foreign/ova.xml
object_lines foreign/ova.xml | sed "/<name>id<.name><value>$second</ s|<name>power_state</name><value>Halted|<name>power_state</name><value>Suspended|" | tr -d '\n' >ova.new && mv ova.new foreign/ova.xml
packed foreign
run vxe vm-import filename=foreign.xva snapshots=true
vm=$OUT
like 'memory of a snapshot is left out, which is said' "$ERR" 'memory of the snapshot two is not imported' || show_run
one=$(named "$vm" one) two=$(named "$vm" two)
ok 'snapshot-revert to the second' vxe snapshot-revert snapshot-uuid="$two"
ok '... the VM holds that' has_content two "$vm"
is '... and is halted' "$(field "$vm" power-state)" halted
ok 'snapshot-revert to the first' vxe snapshot-revert snapshot-uuid="$one"
ok '... the VM holds that' has_content one "$vm"
ok 'vxe check is clean' vxe check
plain vm-uninstall uuid="$vm" --force >/dev/null
before # with the network that was made for the card

# ---- all or nothing

head -c $(($(stat -c %s both.xva) - 900000)) both.xva >cut.xva
state_note
refused IMPORT_ERROR_PREMATURE_EOF 1 'ends too early' 'an archive that is cut in the last disk of a snapshot' \
  vxe vm-import filename=cut.xva snapshots=true
rm -rf bad && cp -r both bad
sed -i "s|<name>snapshot_of</name><value>$vm_id<|<name>snapshot_of</name><value>Ref:gone<|" bad/ova.xml
packed bad
state_note
refused IMPORT_ERROR_FAILED_TO_FIND_OBJECT 1 Ref:gone 'a snapshot of a VM that is not there' \
  vxe vm-import filename=bad.xva snapshots=true
for step in make-networks make-images make-memory read bind-memory freeze write-state define autostart seal-memory; do
  VXE_FAILPOINT=vm-import:$step=die plain vm-import filename=both.xva snapshots=true >/dev/null 2>&1
  is "killed at $step" $? 137
  plain task-list >/dev/null
  vm=$(plain vm-list name-label=web --minimal)
  if [ -z "$vm" ]; then
    nothing_new "killed at $step"
    is '... before the definition' "$(grep -cE '^(autostart|seal-memory)$' <<<"$step")" 0
  else
    is "killed at $step: all is there" "$(snapshots_of "$vm" name-label | tr , '\n' | sort | paste -sd' ')" 'one two'
    ok '... the bytes of the VM' has_content now "$vm"
    ok '... of the first' has_content one "$(named "$vm" one)"
    ok '... of the second' has_content two "$(named "$vm" two)"
    ok '... vxe check is clean' vxe check
    plain vm-uninstall uuid="$vm" --force >/dev/null
    nothing_new "... and can go"
  fi
done

# ---- UUIDs that are kept, and parents in a circle

rm -rf circle && cp -r both circle
object_lines circle/ova.xml | sed "/<name>id<.name><value>$first</ s|<name>parent</name><value>[^<]*|<name>parent</name><value>$second|" | tr -d '\n' >ova.new && mv ova.new circle/ova.xml
packed circle
run vxe vm-import filename=circle.xva snapshots=true preserve=true
is 'preserve=true keeps the UUIDs' "$OUT $(snapshots_of "$web" | tr , '\n' | sort | paste -sd' ')" \
  "$web $(printf '%s\n' "${old[@]}" | sort | paste -sd' ')" || show_run
is '... a circle of parents is cut' "$(field "${old[0]}" parent) $(field "${old[1]}" parent)" "<not in database> ${old[0]}"
ok '... the bytes' has_content one "${old[0]}"
plain vm-uninstall uuid="$web" --force >/dev/null
nothing_new 'vm-uninstall takes its snapshots along'
vxe vm-import filename=both.xva snapshots=true preserve=true >/dev/null 2>&1
plain vm-destroy uuid="$web" >/dev/null
state_note
refused DB_UNIQUENESS_CONSTRAINT_VIOLATION 7 "${old[0]}|${old[1]}" 'again, while the snapshots are here' \
  vxe vm-import filename=both.xva snapshots=true preserve=true
ok 'a snapshot without its VM: snapshot-revert makes the VM again' vxe snapshot-revert snapshot-uuid="${old[0]}"
ok '... with its bytes' has_content one "$web"
ok 'vxe check is clean in the end' vxe check

#!/bin/bash
# SPDX-License-Identifier: MIT
# virsh domrename: a name is that of the VM which libvirt calls so now. Swaps of names before vm-uninstall, vm-shutdown and
# snapshot-revert, which take the guest that virsh shows under the name; lists, prompts, dry runs and shells show that name.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

name_of() { plain vm-param-get uuid="$1" param-name=name-label; }
# swap A B: what virsh shows as B is A afterwards, and A is A-old.
swap() { virsh -q domrename "$1" "$1-old" && virsh -q domrename "$2" "$1"; }
# uuid_of NAME: as virsh has it.
uuid_of() { virsh domuuid "$1" | head -n 1; }

small_guest base 1
for name in shop shop-new; do
  plain vm-clone vm=base new-name-label=$name >/dev/null
done
old=$(uuid_of shop) new=$(uuid_of shop-new)
old_disk=$(vdi_files "$old") new_disk=$(vdi_files "$new")
stamp "$old_disk" 17
stamp "$new_disk" 34
keep_content old "$old"

# ---- a swap

swap shop shop-new
is 'the prompt names the VM that virsh calls so' \
  "$(echo no | vxe vm-uninstall vm=shop | sed -n 's/^VM : \([^ ]*\) (\(.*\))$/\1 \2/p')" "$new shop"
ok 'vm-uninstall by the name' vxe vm-uninstall vm=shop --force
is '... removes the disk of the VM that virsh called so' "$([ -e "$new_disk" ] || echo gone)" gone
ok '... and not that of the other one' has_content old "$old"
is 'libvirt has the other one' "$(virsh domuuid shop-old | head -n 1)" "$old"
is '... which a list shows by its name' "$(vxe vm-list uuid="$old" params=name-label --minimal)" shop-old
is '... and finds by it' "$(vxe vm-list name-label=shop-old --minimal)" "$old"
is 'the name that nobody has any more finds nothing' "$(vxe vm-list name-label=shop --minimal)" ''
exits 3 '... and nothing is done' vxe vm-start vm=shop
virsh -q domrename shop-old shopping
# offers WORD...: the words that a shell offers for the last one.
offers() { vxe __complete vxe "$@" | cut -f1 | sort | xargs; }
is 'a shell offers the new name, before any command' "$(offers vm-start vm=sho)" vm=shopping
virsh -q domrename shopping shop-old
is '... the name of now' "$(offers vm-list name-label=sho)" name-label=shop-old

# ---- running guests, lists, filters

swap_back() { virsh -q domrename "$1" "$2"; }
plain vm-clone uuid="$old" new-name-label=rose-new >/dev/null
swap_back shop-old rose
rose=$old blue=$(uuid_of rose-new)
is 'the first list after a rename has the new name' "$(vxe vm-list params=name-label --minimal | tr , '\n' | sort | xargs)" \
  'Control domain on host: '"$(hostname)"' base rose rose-new'
swap rose rose-new # blue is rose, rose is rose-old
is 'a filter on the name' "$(vxe vm-list name-label=rose params=uuid --minimal)" "$blue"
swap_back rose rose-new && swap_back rose-old rose && swap rose rose-new
is 'a pattern' "$(vxe vm-list name-label:glob='*-old' params=uuid --minimal)" "$rose"
swap_back rose rose-new && swap_back rose-old rose && swap rose rose-new
virsh -q start rose --paused
is 'the state of the VM of that name' "$(vxe vm-list name-label=rose params=power-state --minimal)" paused
virsh -q start rose-old --paused
ok 'vm-shutdown by the name' vxe vm-shutdown vm=rose --force
is '... stops that guest' "$(virsh domstate "$blue")" 'shut off'
is '... and the other one goes on' "$(virsh domstate "$rose")" paused
virsh -q destroy rose-old

# ---- snapshots

for uuid in "$rose" "$blue"; do
  snapshot "$uuid" clean
  stamp_disks "$uuid" 51
done
keep_content rose "$rose"
swap_back rose rose-new && swap_back rose-old rose # rose is rose, blue is rose-new
vxe snapshot-param-set uuid="$(vxe snapshot-list snapshot-of="$blue" --minimal)" name-label=blue
swap rose rose-new
is 'a shell offers the snapshots of the VM of that name' "$(offers snapshot-revert vm=rose snapshot=bl)" snapshot=blue
swap_back rose rose-new && swap_back rose-old rose
vxe snapshot-param-set uuid="$(vxe snapshot-list snapshot-of="$blue" --minimal)" name-label=clean
ok 'snapshot-revert by the name' vxe snapshot-revert vm=rose-new snapshot=clean
ok '... leaves the other one alone' has_content rose "$rose"
is 'a VM that was renamed keeps its name in a revert' "$(name_of "$blue")" rose-new
is '... and libvirt has no other title' "$(virsh dumpxml "$blue" | grep -c '<title>')" 0
ok 'a revert of the other one' vxe snapshot-revert vm=rose snapshot=clean
is '... leaves it its name, too' "$(name_of "$rose")" rose

# ---- a name that vxe gave

vxe vm-param-set uuid="$rose" name-label='Web / rose'
is 'libvirt has it as title' "$(virsh dumpxml rose | sed -n 's/^ *<title>\(.*\)<.title>/\1/p')" 'Web / rose'
is '... and the name stays' "$(vxe vm-list uuid="$rose" params=name-label --minimal)" 'Web / rose'
is 'a list changes nothing' "$(vxe vm-list name-label='Web / rose' --minimal)" "$rose"
swap rose rose-new
is 'after a rename that is the name' "$(vxe vm-list uuid="$rose" params=name-label --minimal)" rose-old
is '... for each further list' "$(vxe vm-list params=uuid name-label=rose-old --minimal)" "$rose"
is '... and for a command that acts' "$(vxe vm-snapshot vm=rose-old new-name-label=later >/dev/null; name_of "$rose")" rose-old
is 'the title is no name any more' "$(vxe vm-list name-label='Web / rose' --minimal)" ''
ok 'the VM gets a setting' vxe vm-param-set uuid="$rose" name-description=x
is '... and its title goes' "$(virsh dumpxml "$rose" | grep -c '<title>W')" 0
act "$rose"
virsh -q desc "$rose" --title --config --new-desc 'Web / rose' >/dev/null
act "$rose"
is 'a title that virsh sets is the name' "$(name_of "$rose")" 'Web / rose'
virsh -q domrename rose-old rose-older
is 'renamed once more' "$(vxe vm-list params=uuid name-label=rose-older --minimal)" "$rose"

# ---- titles, which no list reads

vxe vm-param-set uuid="$rose" name-label=front
vxe vm-param-set uuid="$blue" name-label=back
virsh -q desc "$rose" --title --config --new-desc back >/dev/null
virsh -q desc "$blue" --title --config --new-desc front >/dev/null
exits 3 'titles are swapped: the VM that had the name is not taken' vxe vm-start vm=front
is '... nothing has started' "$(virsh -q list --name | xargs)" ''
is '... and the name is taken over' "$(vxe vm-list uuid="$rose" params=name-label --minimal)" back
virsh -q domrename rose-older rose-oldest
virsh -q domrename rose-oldest rose-older
is 'a rename there and back between two commands changes nothing' "$(name_of "$rose")" back
virsh -q desc "$rose" --title --config --new-desc '' >/dev/null
virsh -q desc "$blue" --title --config --new-desc '' >/dev/null
act "$rose" && act "$blue"

# ---- what else names a VM

ok 'a schedule that takes VMs by name' vxe vmss-create name-label=nightly frequency=daily retained-snapshots=3 \
  type=snapshot vm-filter=name-label=rose schedule:hour=1 schedule:min=0
nightly=$OUT
virsh -q domrename rose was-rose
virsh -q domrename rose-older rose
exits 0 '... takes the one of that name' vxe vmss-run uuid="$nightly"
is 'a snapshot of it' "$(vxe snapshot-list snapshot-of="$rose" is-vmss-snapshot=true --minimal | wc -w)" 1
is '... and none of the other' "$(vxe snapshot-list snapshot-of="$blue" is-vmss-snapshot=true --minimal | wc -w)" 0
vxe vmss-destroy uuid="$nightly"
ok 'vxe check is clean' vxe check

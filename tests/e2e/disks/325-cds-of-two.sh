#!/bin/bash
# SPDX-License-Identifier: MIT
# A folder of CDs is an SR of any number of stores: sr-create works in the second one, too, and neither changes what the
# other has. A default template whose key is removed can be uninstalled.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

mkdir iso
truncate -s 1M iso/a.iso
create() { "$@" sr-create name-label=isos type=iso content-type=iso device-config:location="$PWD/iso" device-config:legacy_mode=true; }
other() { VXE_STORE=$OTHER VXE_IMAGES=$PWD/images plain "$@"; }
cds() { $1 vdi-list sr-uuid="$2" params=name-label --minimal | tr , '\n' | sort | xargs; }
mkdir images
OTHER=$(store_at other)

plain vm-list >/dev/null
one=$(create plain)
mark=$(cat iso/.vxe-sr)
ok 'another store makes an SR of the same CDs' create other
two=$OUT
is '... and has the CD' "$(other vdi-list sr-uuid="$two" params=name-label --minimal)" a.iso
truncate -s 1M iso/b.iso
for of in plain other; do
  sr=$one && [ $of = plain ] || sr=$two
  ok "$of: sr-scan" $of sr-scan uuid="$sr"
  is '... finds the new one' "$(cds $of "$sr")" 'a.iso b.iso'
  pbd=$($of pbd-list sr-uuid="$sr" --minimal)
  ok '... is unplugged' $of pbd-unplug uuid="$pbd"
  ok '... and plugged' $of pbd-plug uuid="$pbd"
done
other pbd-unplug uuid="$(other pbd-list sr-uuid="$two" --minimal)"
ok 'the second one is forgotten' other sr-forget uuid="$two"
is '... which leaves the marker' "$(cat iso/.vxe-sr)" "$mark"
ok 'the first one has its CDs' plain sr-scan uuid="$one"
is '... all' "$(cds plain "$one")" 'a.iso b.iso'
exits 7 'in one store it is refused' create vxe
like '... as the folder is an SR' "$ERR" 'in use'

t=$(plain template-list is-default-template=true --minimal)
t=${t%%,*}
exits 1 'a default template is not uninstalled' vxe template-uninstall template-uuid="$t" force=true
ok 'its key is removed' vxe template-param-remove uuid="$t" param-name=other-config param-key=default_template
is '... and the field with it' "$(plain template-param-get uuid="$t" param-name=is-default-template)" false
ok '... then it is' vxe template-uninstall template-uuid="$t" force=true

#!/bin/bash
# SPDX-License-Identifier: MIT
# What a VM has, its archive has, and the imported VM, too: every setting, each position of a disk, a floppy that is
# written to. What an archive cannot carry cannot be set; archives of older programs are read as xapi reads them.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/archives.sh"

# ---- settings

small_guest one 2
ONE=$UUID
stamp_disks "$ONE"
keep_content one "$ONE"
HOST=$(plain host-list --minimal)
SR=$(plain sr-create name-label=memory type=file device-config:location="$PWD/memory")
ok 'every setting that others know is set' plain vm-param-set uuid="$ONE" ha-restart-priority=restart ha-always-run=true \
  has-vendor-device=true actions-after-softreboot=preserve HVM-shadow-multiplier=2.5 blocked-operations:destroy=kept \
  affinity="$HOST" suspend-SR-uuid="$SR" order=3 start-delay=4 shutdown-delay=5
DISK=$(plain vbd-list vm-uuid="$ONE" userdevice=0 params=vdi-uuid --minimal)
ok '... of a disk, too' plain vdi-param-set uuid="$DISK" allow-caching=true
settings() { # VM
  local name
  for name in ha-restart-priority ha-always-run has-vendor-device actions-after-softreboot HVM-shadow-multiplier \
    blocked-operations affinity suspend-SR-uuid order start-delay shutdown-delay; do
    echo "$name $(plain vm-param-get uuid="$1" param-name=$name)"
  done
  plain vdi-param-get uuid="$(plain vbd-list vm-uuid="$1" userdevice=0 params=vdi-uuid --minimal)" param-name=allow-caching
}
settings "$ONE" >want
ok 'it is exported' vxe vm-export uuid="$ONE" filename=one.xva
ok '... and imported' vxe vm-import filename=one.xva && copy=$OUT
is '... with each of them' "$(settings "$copy")" "$(cat want)"
ok '... and what the disks held' has_content one "$copy"

unpacked one.xva other
sed -i 's|<name>product_brand</name><value>vxe|<name>product_brand</name><value>XCP-ng|' other/ova.xml
packed other
ok 'an archive of another program is imported' vxe vm-import filename=other.xva && copy=$OUT
is '... with each that is not of its pool' "$(settings "$copy" | grep -v -e affinity -e suspend-SR)" "$(grep -v -e affinity -e suspend-SR want)"

# ---- positions

# placed WHAT SED...: the archive as that sed makes it.
placed() {
  rm -rf moved && cp -r other moved
  sed -i "$2" moved/ova.xml
  packed moved
  run vxe vm-import filename=moved.xva
}
for name in xvda:xvdb sda:xvdc hda:hdd d0:d1p2 sda1:xvdz; do
  placed "$name" "s|<name>userdevice</name><value>0|<name>userdevice</name><value>${name%:*}|
    s|<name>userdevice</name><value>1|<name>userdevice</name><value>${name#*:}|"
  is "an archive with the positions $name is imported" "$STATUS" 0 || show_run
  is '... which stay' "$(plain vbd-list vm-uuid="$OUT" params=userdevice --minimal | tr , '\n' | sort | paste -sd:)" \
    "$(printf '%s\n' "${name%:*}" "${name#*:}" | sort | paste -sd:)"
  ok '... with what the disks held' has_content one "$OUT"
done
placed xvda 's|<name>userdevice</name><value>[01]|<name>userdevice</name><value>xvda|g'
is 'two disks at one position are damage' "$STATUS" 1

B=$(plain vbd-list vm-uuid="$ONE" userdevice=1 --minimal)
for bad in nonsense 256 xvd ''; do
  run vxe vbd-param-set uuid="$B" userdevice="$bad"
  like "userdevice=$bad is refused" "$ERR" 'device'
done
run vxe vbd-param-set uuid="$B" userdevice=xvda
like 'userdevice= of another disk is refused' "$ERR" 'already'
ok 'a free one is taken' vxe vbd-param-set uuid="$B" userdevice=xvdq
is '... and listed' "$(plain vbd-list vm-uuid="$ONE" userdevice=xvdq --minimal)" "$B"
ok '... exported' vxe vm-export uuid="$ONE" filename=q.xva
ok '... and imported' vxe vm-import filename=q.xva && copy=$OUT
is '... as it was' "$(plain vbd-list vm-uuid="$copy" userdevice=xvdq --minimal | wc -w)" 1
ok '... with what it held' has_content one "$copy"

# An archive of an older vxe, which let users set anything.
unpacked q.xva old
sed -i 's|<name>userdevice</name><value>xvdq|<name>userdevice</name><value>nonsense|' old/ova.xml
packed old
ok 'an archive of vxe with a position that is none is imported' vxe vm-import filename=old.xva && copy=$OUT
like '... which says so' "$ERR" 'at position nonsense, which is none; here it is at 1'
ok '... with what it held' has_content one "$copy"

# ---- a long name

long=$(printf '%65535s' '' | tr ' ' n)
ok 'a name of 65,535 bytes' plain vm-param-set uuid="$ONE" name-label="$long"
ok '... is exported' vxe vm-export uuid="$ONE" filename=long.xva
ok '... and imported' vxe vm-import filename=long.xva && copy=$OUT
ok '... whole' test "$(plain vm-param-get uuid="$copy" param-name=name-label)" = "$long"
ok '(its first name again)' plain vm-param-set uuid="$ONE" name-label=one

# ---- memory, before it was dynamic

rm -rf before && cp -r other before
static=$(plain vm-param-get uuid="$ONE" param-name=memory-static-max)
object_lines other/ova.xml | sed '/<name>class<.name><value>VM</ s|<member><name>parent</name><value>OpaqueRef:NULL</value></member>||' |
  tr -d '\n' >before/ova.xml
for most in $((static * 2)) $((static / 2)); do
  sed -i "s|<name>memory_dynamic_max</name><value>[0-9]*|<name>memory_dynamic_max</name><value>$most|" before/ova.xml
  packed before
  ok "an archive without parent, with memory_dynamic_max $most, is imported" vxe vm-import filename=before.xva && copy=$OUT
  for name in memory-static-max memory-dynamic-max memory-dynamic-min; do
    is "... $name" "$(plain vm-param-get uuid="$copy" param-name=$name)" "$static"
  done
done

ok 'vxe check is clean' vxe check

#!/bin/bash
# SPDX-License-Identifier: MIT
# Called as xe: the columns of the lists of disks, the names of devices as they were given, the texts of wrong words, and
# the numbers and words that xapi refuses.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

ln -s "$VXE" xe
xe() { ./xe "$@"; }
# complains TEXT WHAT ARG...: the error is this text, and the status 1.
complains() {
  run xe "${@:3}"
  is "$2" "$STATUS $ERR" "1 Error: $1" || show_run
}
# refused TEXT WHAT ARG...: the parameters of the error are these.
refused() {
  run xe "${@:3}"
  is "$2: the status" "$STATUS" 1
  like "$2" "$ERR" "$1"
}

small_guest one 1
VBD=$(plain vbd-list vm-uuid="$UUID" --minimal) VDI=$(plain vbd-list vm-uuid="$UUID" params=vdi-uuid --minimal)

# ---- lists of disks

ok 'vm-disk-list with params=' xe vm-disk-list uuid="$UUID" params=userdevice,virtual-size
is '... shows these of both' "$(grep -o '^ *[a-z-]* *(' <<<"$OUT" | tr -d ' (' | sort | paste -sd' ')" 'userdevice virtual-size'
ok '... and vdi-params= for one' xe vm-disk-list uuid="$UUID" vdi-params=location params=mode
is '... the first that names it' "$(grep -o '^ *[a-z-]* *(' <<<"$OUT" | tr -d ' (' | sort | paste -sd' ')" 'location mode'
ok 'all of them' xe vm-disk-list uuid="$UUID" params=all
like '... of both' "$OUT" 'unpluggable.*'
like '... of both' "$OUT" 'physical-utilisation'
snapshot "$UUID" s
ok 'snapshot-disk-list, too' xe snapshot-disk-list uuid="$SNAP" params=type,physical-utilisation
like '... shows them' "$OUT" 'physical-utilisation'

# ---- names of devices

ok 'a disk by the name of a device' xe vm-disk-add uuid="$UUID" disk-size=1MiB device=xvdd
is '... is found by it' "$(xe vbd-list vm-uuid="$UUID" userdevice=xvdd --minimal | wc -w)" 1
refused 'device: 3$' 'its number is taken, too' vbd-create vm-uuid="$UUID" device=3 type=CD mode=RO
ok '... and is removed by it' xe vm-disk-remove uuid="$UUID" device=xvdd

# ---- texts

complains 'Unknown mode: x (should be "ro" or "rw"' 'vbd-create mode=' vbd-create vm-uuid="$UUID" device=5 mode=X
complains 'Unknown type: tape (should be "cd", "disk" or "floppy"' 'vbd-create type=' vbd-create vm-uuid="$UUID" device=5 type=tape
complains 'Please specify one but not both of: a destination sr-uuid (I will create a fresh VDI); or a destination into-vdi-uuid (I will copy the blocks into this VDI)' \
  'vdi-copy to nowhere' vdi-copy uuid="$VDI"
complains 'Do not use the sr-name-label or sr-uuid argument when installing from a snapshot. By default, it will install each new disk on the same SR as the corresponding snapshot disks.' \
  'vm-install from a snapshot into an SR' vm-install template-uuid="$SNAP" new-name-label=n sr-uuid="$(plain pool-list params=default-SR --minimal)"
complains "Expected 'persist' or 'reset', got never" 'vdi-param-set on-boot=' vdi-param-set uuid="$VDI" on-boot=never
complains 'Invalid domain type. Got xen' 'vm-param-set domain-type=' vm-param-set uuid="$UUID" domain-type=xen

# ---- what xapi refuses

refused 'value: bogus' 'ha-restart-priority=' vm-param-set uuid="$UUID" ha-restart-priority=bogus
for name in order start-delay shutdown-delay; do
  refused 'must be non-negative' "$name=-1" vm-param-set uuid="$UUID" $name=-1
done
refused 'value: 0.5' 'HVM-shadow-multiplier=0.5' vm-param-set uuid="$UUID" HVM-shadow-multiplier=0.5
for word in restart best-effort ''; do
  ok "ha-restart-priority=$word" xe vm-param-set uuid="$UUID" ha-restart-priority="$word"
done
# ha-always-run: setting it sets the priority; it tells of a VM that runs.
priority() { plain vm-param-get uuid="$UUID" param-name=ha-restart-priority; }
always() { plain vm-param-get uuid="$UUID" param-name=ha-always-run; }
ok '(best-effort)' xe vm-param-set uuid="$UUID" ha-restart-priority=best-effort
ok 'ha-always-run=true' xe vm-param-set uuid="$UUID" ha-always-run=true
is '... is the priority restart' "$(priority)" restart
is '... and false while the VM is off' "$(always)" false
ok '(it runs)' vxe vm-start uuid="$UUID"
is '... true while it runs' "$(plain vm-list ha-always-run=true --minimal)" "$UUID"
is '... not for its snapshot' "$(plain snapshot-param-get uuid="$SNAP" param-name=ha-always-run)" false
for word in best-effort restart; do
  ok "... ha-restart-priority=$word" xe vm-param-set uuid="$UUID" ha-restart-priority=$word
  is '... says it, too' "$(always)" "$([ $word = restart ] && echo true || echo false)"
done
ok '... ha-always-run=false' xe vm-param-set uuid="$UUID" ha-always-run=false
is '... is no priority' "$(priority)$(always)" false
ok '(it is off)' vxe vm-shutdown uuid="$UUID" force=true
is 'an adopted VM has no vendor device' "$(plain vm-param-get uuid="$UUID" param-name=has-vendor-device)" false
is '(the first disk is as it was)' "$(plain vbd-list vm-uuid="$UUID" --minimal)" "$VBD"

# ---- what goes on while a VM is read

# beside UUID OPERATION...: what of these is listed, and what a dry run does.
listed() {
  local op list="; $(plain vm-param-get uuid="$1" param-name=allowed-operations);"
  for op in "${@:2}"; do [[ $list != *"; $op;"* ]] || echo "$op"; done
}
done_beside() {
  local op
  for op in "${@:2}"; do ! timeout 60 "$VXE_PLAIN" "vm-$op" uuid="$1" new-name-label=n --dry-run >/dev/null 2>&1 || echo "$op"; done
}
qemu-io -f qcow2 -c 'write -q -P 7 0 3M' "$(vdi_file "$VDI")" >/dev/null
mkfifo pipe
plain vm-export uuid="$UUID" filename= >pipe 2>err &
EXPORT=$!
exec 7<pipe
is_read() { [ "$(plain vm-param-get uuid="$UUID" param-name=current-operations)" = export ]; }
ok 'an export waits for its reader' wait_until 20 is_read
ok 'the name changes meanwhile' timeout 60 "$VXE_PLAIN" vm-param-set uuid="$UUID" name-label=two name-description=text
is '... at once' "$(plain vm-list uuid="$UUID" params=name-label --minimal)" two
like '... in the definition, too' "$(virsh dumpxml --inactive "$UUID")" '<title>two</title>'
ok 'two at the same time' timeout 60 bash -c '"$0" vm-param-set uuid="$1" name-label=three & "$0" vm-param-set uuid="$1" name-description=four; wait $!' "$VXE_PLAIN" "$UUID"
is '... are both done' "$(plain vm-list uuid="$UUID" params=name-label,name-description --minimal) $(virsh dumpxml --inactive "$UUID" | grep -c '<title>three\|<description>four')" 'three 2'
not_ok 'memory waits, as in xe' timeout 3 "$VXE_PLAIN" vm-memory-limits-set uuid="$UUID" static-min=16MiB dynamic-min=16MiB dynamic-max=32MiB static-max=32MiB
is 'a clone and a copy, which freeze its disk first, are not listed' "$(listed "$UUID" clone copy)" "$(done_beside "$UUID" clone copy)"
ok 'another export goes on beside' timeout 60 "$VXE_PLAIN" vm-export uuid="$UUID" filename=beside.xva
is '... and is listed' "$(listed "$UUID" export)" export
cat <&7 >one.xva
exec 7<&-
ok 'the export ends' wait $EXPORT
ok '... and is whole' vxe vm-import filename=one.xva
is '... with the name of its beginning' "$(plain vm-list uuid="$OUT" params=name-label --minimal)" one
plain snapshot-export-to-template snapshot-uuid="$SNAP" filename= >pipe 2>err &
EXPORT=$!
exec 7<pipe
is_read() { [ "$(plain snapshot-param-get uuid="$SNAP" param-name=current-operations)" = export ]; }
ok 'an export of a snapshot waits for its reader' wait_until 20 is_read
is '... its clone and copy are listed' "$(listed "$SNAP" clone copy)" $'clone\ncopy'
for op in clone copy; do
  ok "... and vm-$op is done beside" timeout 60 "$VXE_PLAIN" vm-$op uuid="$SNAP" new-name-label=$op
done
cat <&7 >/dev/null
exec 7<&-
ok '... which ends' wait $EXPORT
ok 'vxe check is clean' vxe check

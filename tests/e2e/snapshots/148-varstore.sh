#!/bin/bash
# SPDX-License-Identifier: MIT
# UEFI variables in a <varstore> (libvirt 12.1): snapshots and checkpoints have them, a revert restores them byte by byte,
# a clone and a template's VM have a file of their own, and a file that another domain names stays.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

ROM=/usr/share/ovmf/OVMF.fd
[ -e $ROM ] || skip_all 'package ovmf is needed'
libvirt_since 12.1 || skip_all 'libvirt 12.1 is needed for a varstore'

DIR=/var/lib/libvirt/qemu/varstore
[ "$HOST_MODE" = system ] || DIR=$XDG_CONFIG_HOME/libvirt/qemu/varstore
mkdir -p "$DIR"

# variables BYTE: a store with one variable of that byte; QEMU reads it, and writes it anew when the firmware changes one.
variables() {
  printf '{"version":2,"variables":[{"name":"Vxe","guid":"8be4df61-93ca-11d2-aa0d-00e098032b8c","attr":7,"data":"%s"}]}\n' "$1"
}
# json_define NAME UUID FILE: a guest whose variables are in FILE.
json_define() {
  mkdir -p "$HOST_DIR/s" && chmod 1777 "$HOST_DIR/s"
  [ -e "$1.qcow2" ] || { guest_disk_make "$1.qcow2" "$DISK_SIZE" && guest_install "$1.qcow2"; } || return
  guest_xml "$1" "$2" "$PWD/$1.qcow2" |
    sed "s#machine='pc'#machine='q35'#; s#hvm</type>#&<loader type='rom' format='raw'>$ROM</loader><varstore path='$3'/>#" \
      >"$1.xml" && virsh -q define "$1.xml" >/dev/null
}
store_of() { virsh dumpxml --inactive "$1" | xmllint --xpath 'string(//os/varstore/@path)' -; }
# Writes into the file, not a new one.
change() { variables "$1" >"${2-$JSON}"; }
captured() { find "$HOST_IMAGES" -name '*.nvram' | wc -l; }
# holds BYTE [FILE]: the variable has this byte, whatever the firmware has added.
holds() { tr -d ' \n' <"${2-$JSON}" | grep -q "\"name\":\"Vxe\"[^}]*\"data\":\"$1\""; }

JSON=$DIR/w.json
variables 11 >"$JSON" && chmod 0666 "$JSON"
ok 'a guest with a varstore' json_define w - "$JSON"
UUID=$(virsh domuuid w)
ok 'vxe check is clean' vxe check

# ---- halted ------------------------------------------------------------------------------------------------

stamp_disks "$UUID" 1
cp "$JSON" first.json && keep_content first "$UUID"
ok 'a snapshot' snapshot "$UUID" then
halted=$SNAP
is '... has the file' "$(captured)" 1
ok '... as it is' cmp "$(find "$HOST_IMAGES" -name "*.nvram")" first.json
change 12 && stamp_disks "$UUID" 2
ok 'snapshot-revert' vxe snapshot-revert uuid="$halted"
ok '... the variables are those of then' cmp "$JSON" first.json
ok '... and the disk' has_content first "$UUID"

# ---- running -----------------------------------------------------------------------------------------------

change 13
ok 'it starts with changed ones' vxe vm-start uuid="$UUID"
uses() { tr '\0' ' ' <"/proc/$(guest_pid w)/cmdline" | grep -q "uefi-vars[^ ]*$JSON"; }
ok '... QEMU has the file' uses
ok '... it has the byte' holds 13
ok 'a snapshot of the running guest' snapshot "$UUID" live
live=$SNAP
ok 'a checkpoint' eval 'point=$(vxe vm-checkpoint uuid="$UUID" new-name-label=point)'
is '... each has the file' "$(captured)" 3
ok 'it is stopped' vxe vm-shutdown uuid="$UUID" force=true
change 14
ok 'revert to the checkpoint' vxe snapshot-revert uuid="$point"
ok '... the variables are those of then' holds 13
ok '... it resumes' vxe vm-resume uuid="$UUID"
ok '... with them' uses
ok 'it is suspended' vxe vm-suspend uuid="$UUID"
ok '... and resumes' vxe vm-resume uuid="$UUID"
ok 'it is stopped' vxe vm-shutdown uuid="$UUID" force=true
change 15
ok 'revert to the snapshot of the running guest' vxe snapshot-revert uuid="$live"
ok '... the variables are those of then' holds 13

# ---- a copy has its own ------------------------------------------------------------------------------------

change 16
ok 'vm-clone' eval 'clone=$(vxe vm-clone uuid="$UUID" new-name-label=c)'
isnt '... it has a file of its own' "$(store_of c)" "$JSON"
ok '... with the same content' cmp "$(store_of c)" "$JSON"
ok '... which a change of the first does not reach' eval 'change 17 && holds 16 "$(store_of c)"'
ok 'vm-copy' eval 'copy=$(vxe vm-copy uuid="$UUID" new-name-label=d)'
ok '... too' eval '[ "$(store_of d)" != "$JSON" ] && [ "$(store_of d)" != "$(store_of c)" ] && holds 17 "$(store_of d)"'
ok 'a template of a snapshot' eval 'template=$(vxe snapshot-clone uuid="$halted" new-name-label=t)'
ok '... a VM of it' eval 'made=$(vxe vm-install template="$template" new-name-label=e)'
ok '... has the variables of then, in a file of its own' eval 'cmp "$(store_of e)" first.json && [ "$(store_of e)" != "$JSON" ]'
for vm in w c; do
  ok "$vm starts" vxe vm-start vm=$vm
done
ok '... both run' eval 'guest_is w running && guest_is c running'
for vm in w c; do
  ok "$vm is stopped" vxe vm-shutdown vm=$vm force=true
done
ok 'it is renamed' vxe vm-param-set uuid="$clone" name-label=cc
ok '... and has its file' holds 16 "$(store_of c)"
ok 'vxe check is clean' vxe check

# ---- an archive ----------------------------------------------------------------------------------------------

ok 'vm-export' vxe vm-export uuid="$made" filename=e.xva
ok '... is imported' eval 'imported=$(vxe vm-import filename=e.xva)'
isnt '... and does not name the file of another' "$(store_of "$imported")" "$(store_of e)"
ok '... it goes' vxe vm-uninstall uuid="$imported" force=true

# ---- removing ------------------------------------------------------------------------------------------------

own=$(store_of c)
ok 'uninstall of the clone' vxe vm-uninstall uuid="$clone" force=true
like '... lists its file' "$OUT" "remove: $own"
not_ok '... it is gone' [ -e "$own" ]
ok '... that of the first is not' holds 17
before=$(captured)
ok 'uninstall of a snapshot' vxe snapshot-uninstall uuid="$live" force=true
is '... its file goes with it' "$(captured)" $((before - 1))

# ---- two domains on one file -------------------------------------------------------------------------------

ln -s "$JSON" link.json
ok 'another domain names it, by a link' json_define o - "$PWD/link.json"
exits 1 'vxe check' vxe check
like '... names the file and the other one' "$OUT" "VM $UUID.*its UEFI variables are in $JSON, which the domain o uses, too"
cp "$JSON" now
exits 7 'no revert replaces it' vxe snapshot-revert uuid="$halted"
like '... the file and its user are named' "$ERR" "$JSON.*\\(o\\)"
ok '... it stays' cmp "$JSON" now
ok 'uninstall' vxe vm-uninstall uuid="$UUID" force=true
like '... says that the file stays' "$OUT" "kept: $JSON \\(used by domain .*\\(o\\)\\)"
ok '... it does' cmp "$JSON" now
ok 'vxe check is clean' vxe check

#!/bin/bash
# SPDX-License-Identifier: MIT
# A domain whose disk is a volume of a pool that libvirt does not have now. A volume whose file vxe has found once counts by
# that file. One that vxe has never found may be an overlay on any layer that was there before: these stay, and everything else
# goes on.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# volume_guest NAME POOL VOLUME: a halted domain whose disk is that volume.
volume_guest() {
  guest_xml "$1" - /none | sed "s|<disk type='file'|<disk type='volume'|; s|<source file='/none'/>|<source pool='$2' volume='$3'/>|" >"$1.xml"
  virsh -q define "$1.xml"
}
# overlay FILE BASE: of somebody, in a folder that no pool of vxe's has.
overlay() { mkdir -p "${1%/*}" && qemu-img create -q -f qcow2 -F qcow2 -b "$PWD/$2" "$1"; }
pool() { virsh -q pool-define-as "$1" dir --target "$2" >/dev/null && virsh -q pool-start "$1" >/dev/null; }
pool_goes() { virsh -q pool-destroy "$1" >/dev/null && virsh -q pool-undefine "$1" >/dev/null; }
reads() { is "$1" "$(byte_of "$2" 1M)" "$3"; }
WHY='domain b names pool p, which libvirt does not have'

# ---- never found ---------------------------------------------------------------------------------

frozen_guest a && A=$UUID
overlay "$PWD/priv/o.qcow2" a-0.qcow2
pool p "$PWD/priv"
volume_guest b p o.qcow2
pool_goes p
ok 'the snapshot goes' vxe snapshot-uninstall snapshot-uuid="$SNAP" --force
reads '... and the overlay reads as before' priv/o.qcow2 5
like '... the list says what the layer waits for' "$OUT$ERR" "later: $PWD/a-0.qcow2 \($WHY"
is '... it is there' "$(layers_of "$A")" 2
vxe sr-coalesce >out 2>&1
like 'sr-coalesce says it, too' "$(<out)" "$WHY"
ok 'check is clean' vxe check
is '... and names it once' "$(grep -c "$WHY" <<<"$OUT$ERR")" 1
like '... with the ways out' "$OUT$ERR" 'virsh pool-define'
unlike '... and no layer' "$OUT$ERR" 'a-0.qcow2'

# What is made now is not below it.
ok 'vm-snapshot goes on' snapshot "$A" t1 && T1=$SNAP
stamp "$(vdi_files "$A")" 7
snapshot "$A" t2
stamp "$(vdi_files "$A")" 8
ok 'a revert goes on' vxe snapshot-revert snapshot-uuid="$T1"
reads '... to its content' "$(vdi_files "$A")" 6
ok 'snapshots go' vxe snapshot-uninstall snapshot-uuid="$T1" --force
ok '... all of them' vxe snapshot-uninstall snapshot-uuid="$SNAP" --force
reads '... and the disk reads as before' "$(vdi_files "$A")" 6
reads '... and so does the overlay' priv/o.qcow2 5
is '... few layers wait' $(($(layers_of "$A") <= 3)) 1
ok 'the VM starts' vxe vm-start uuid="$A"
ok '... a snapshot of the running guest' snapshot "$A" live
ok '... goes' vxe snapshot-uninstall snapshot-uuid="$SNAP" --force
is '... and leaves one layer more at most' $(($(layers_of "$A") <= 4)) 1
vxe vm-shutdown uuid="$A" --force
nights=${LONG:+60}
for ((i = 0; i < ${nights:-6}; i++)); do
  vxe vm-snapshot uuid="$A" new-name-label="n$i" >new || break
  NIGHTS+=("$(<new)")
  [ ${#NIGHTS[@]} -lt 4 ] || { vxe snapshot-uninstall snapshot-uuid="${NIGHTS[0]}" --force >/dev/null 2>&1 && NIGHTS=("${NIGHTS[@]:1}"); }
done
is 'a schedule makes every snapshot' "$i" "${nights:-6}"
is '... and few layers' $(($(layers_of "$A") <= 7)) 1
ok 'check says one line' vxe check
is '... of it' "$(grep -c "$WHY" <<<"$OUT$ERR")" 1
reads '... the overlay reads as before' priv/o.qcow2 5
for s in "${NIGHTS[@]}"; do vxe snapshot-uninstall snapshot-uuid="$s" --force >/dev/null 2>&1; done

# ---- it is back, and goes again ------------------------------------------------------------------

pool p "$PWD/priv"
vxe sr-coalesce >out 2>&1
like 'with its pool the overlay is named' "$(<out)" 'needed by .*o.qcow2|needed by .*domain'
pool_goes p
vxe sr-coalesce >out 2>&1
like 'without it, too: its file is known' "$(<out)" 'needed by .*o.qcow2|needed by .*domain'
reads '... it reads as before' priv/o.qcow2 5
frozen_guest c && C=$UUID
ok 'no other layer waits for it' vxe snapshot-uninstall snapshot-uuid="$SNAP" --force
is '... a layer of another VM is merged' "$(layers_of "$C")" 1
ok 'check is clean' vxe check
virsh -q undefine b
rm -r priv
ok 'without the domain' vxe sr-coalesce
is '... the layer is merged' "$(layers_of "$A")" 1
ok 'check is clean' vxe check
unlike '... and says nothing' "$OUT$ERR" 'pool p'

# ---- the same names, another file ------------------------------------------------------------------

# What is on record of a volume is of one domain's, and only while its file is there.
overlay "$PWD/one/o.qcow2" c-0.qcow2
pool p "$PWD/one"
volume_guest d p o.qcow2
ok 'a volume is found' vxe sr-coalesce
pool_goes p
virsh -q undefine d
rm -r one
frozen_guest e && E=$UUID
overlay "$PWD/two/o.qcow2" e-0.qcow2
pool p "$PWD/two"
volume_guest b p o.qcow2
pool_goes p
ok "the snapshot below another domain's volume of that name goes" vxe snapshot-uninstall snapshot-uuid="$SNAP" --force
reads '... and the overlay reads as before' two/o.qcow2 5
ok 'a snapshot while it is not known' snapshot "$E" meanwhile
stamp "$(vdi_files "$E")" 9
virsh -q undefine b
rm -r two
layer=$(vxe vdi-chain-list uuid="$(vxe vbd-list vm-uuid="$E" params=vdi-uuid --minimal)" --json | jq -r '.[1].file')
mkdir three && qemu-img create -q -f qcow2 -F qcow2 -b "$layer" three/o.qcow2
was=$(byte_of three/o.qcow2 1M)
pool p "$PWD/three"
volume_guest b p o.qcow2
pool_goes p
ok 'that snapshot goes, on whose layer the next one of that name has its own' vxe snapshot-uninstall snapshot-uuid="$SNAP" --force
reads '... and reads as before' three/o.qcow2 "$was"
pool p "$PWD/three"
ok 'it is found' vxe sr-coalesce
pool_goes p
mkdir four && mv three/o.qcow2 four/
ok 'its file is another one, which vxe does not see' snapshot "$E" last
ok '... and a snapshot goes' vxe snapshot-uninstall snapshot-uuid="$SNAP" --force
vxe sr-coalesce >out 2>&1
reads '... it reads as before' four/o.qcow2 "$was"
virsh -q undefine b
rm -r four
ok 'without the domains' vxe sr-coalesce
is '... all is merged' "$(layers_of "$E")" 1
ok 'check is clean' vxe check

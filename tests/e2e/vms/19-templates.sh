#!/bin/bash
# SPDX-License-Identifier: MIT
# Clones, copies and templates of a real guest: their content, byte by byte, after any change of their source; their
# identities; is-a-template both ways.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

param() { vxe vm-param-get uuid="$1" param-name="$2" "${@:3}"; }
mac_of() { vxe vif-list vm-uuid="$1" params=MAC --minimal; }
# hashes FILE N: N times MD5 over the file, as 32 hex digits.
hashes() {
  local i
  cp "$1" h
  for ((i = 0; i < $2; i++)); do md5sum <h | cut -c1-32 | sed 's/../\\x&/g' >hex && printf "$(cat hex)" >h; done
  md5sum <h | cut -c1-32
}
# mac_rule SEED DEVICE: the address by xe's rule.
mac_rule() {
  local d1 d2
  printf %s "$1" >seed
  d1=$(hashes seed $((2 * $2))) d2=$(hashes seed $((2 * $2 + 1)))
  printf '%02x:%s:%s:%s:%s:%s\n' $(((16#${d1:0:2} | 2) & ~1)) "${d1:2:2}" "${d1:4:2}" "${d1:6:2}" \
    "${d2:2:2}" "${d2:4:2}"
}

VNC=$((20000 + $$ % 10000)) # another run of this test may have its guest at the same time
GUEST_EXTRA="<interface type='user'><mac address='52:54:00:aa:bb:01'/><model type='virtio'/>
</interface><graphics type='vnc' port='$VNC' autoport='no'/>"
small_guest web 2
web=$UUID
GUEST_EXTRA=
stamp_disks "$web" 11
keep_content web "$web"

# ---- vm-clone ------------------------------------------------------------------------------------

run vxe vm-clone vm=web new-name-label=one
one=$OUT
like 'vm-clone prints the UUID alone' "$one" '^[0-9a-f-]{36}$' || show_run
is 'and nothing else' "$ERR" ''
ok 'a clone holds what its source holds' has_content web "$one"
is 'it is a VM with a domain of its own' "$(virsh domuuid one)" "$one"
is 'halted' "$(param "$one" power-state)" halted
is 'its disks are its own' "$(vxe vbd-list vm-uuid="$one" params=other-config | grep -c owner)" 2
seed=$(param "$one" other-config param-key=mac_seed)
is 'p17: a clone gets a new address, by the rule from its seed' "$(mac_of "$one")" \
  "$(mac_rule "$seed" 0)"
is 'p17: and the source keeps its own' "$(mac_of "$web")" 52:54:00:aa:bb:01
is 'the domain has that address' \
  "$(virsh dumpxml --inactive one | grep -c "mac address='$(mac_of "$one")'")" 1
is 'a fixed console port is not taken over' \
  "$(virsh dumpxml --inactive one | grep -c "'$VNC'")" 0
is 'a socket that bears the name is renamed' \
  "$(virsh dumpxml --inactive one | grep -c "path='$HOST_DIR/s/one'")" \
  "$(virsh dumpxml --inactive web | grep -c "path='$HOST_DIR/s/web'")"
ok 'vxe check is clean' vxe check
images=$(images_made)
ok 'another clone at once' vxe vm-clone vm=web new-name-label=two
two=$OUT
is 'an idle source is not frozen again' "$(images_made)" $((images + 2))
stamp_disks "$web" 21
ok 'writing to the source does not reach the clones' has_content web "$one"
stamp_disks "$one" 31
ok 'nor does writing to one of them reach another' has_content web "$two"
keep_content one "$one"
keep_content web2 "$web"
ok 'source and clone run side by side' guest_start web && guest_start one
exits 1 'a running VM is not cloned' vxe vm-clone vm=web new-name-label=no
like 'and says so' "$ERR" 'halted.*running'
virsh -q destroy web
virsh -q destroy one
keep_content one "$one"

# ---- vm-copy -------------------------------------------------------------------------------------

mkdir -m 0711 other
other=$(vxe sr-create type=file name-label=other device-config:location="$PWD/other" 2>/dev/null) ||
  other=
run vxe vm-copy vm=one new-name-label=copy ${other:+sr-uuid="$other"}
copy=$OUT
like 'vm-copy prints the UUID' "$copy" '^[0-9a-f-]{36}$' || show_run
ok 'a copy holds what its source holds' has_content one "$copy"
is 'its files stand alone' "$(for f in $(vdi_files "$copy"); do qemu-img info "$f"; done | grep -c backing)" 0
[ -z "$other" ] || is 'they are where they were asked for' \
  "$(for f in $(vdi_files "$copy"); do dirname "$f"; done | sort -u)" "$PWD/other"
ok 'vm-clone full=true makes such disks, too' vxe vm-clone vm=one new-name-label=whole full=true
is 'that stand alone' "$(for f in $(vdi_files "$OUT"); do qemu-img info "$f"; done | grep -c backing)" 0
ok 'with the same content' has_content one "$OUT"
run vxe vm-snapshot vm=one new-name-label=point
point=$OUT
ok 'of a snapshot' vxe vm-clone uuid="$point" new-name-label=whole2 full=true
is 'that stand alone' "$(for f in $(vdi_files "$OUT"); do qemu-img info "$f"; done | grep -c backing)" 0
ok 'by snapshot-clone, too' vxe snapshot-clone uuid="$point" new-name-label=whole3 full=true
is 'that stand alone' "$(for f in $(vdi_files "$OUT"); do qemu-img info "$f"; done | grep -c backing)" 0
ok 'with the same content' has_content one "$OUT"
ok 'full=false shares them' vxe vm-clone uuid="$point" new-name-label=shared full=false
isnt 'as ever' "$(for f in $(vdi_files "$OUT"); do qemu-img info "$f"; done | grep -c backing)" 0
ok 'vxe check is clean' vxe check

# ---- templates -----------------------------------------------------------------------------------

virsh dumpxml --inactive two | grep -v '<uuid>' >two.before
ok 'a VM becomes a template' vxe vm-param-set uuid="$two" is-a-template=true
not_ok 'it has no domain any more' virsh dominfo two
is 'it is listed as a template' "$(vxe template-list uuid="$two" params=name-label --minimal)" two
is 'no more as a VM' "$(vxe vm-list uuid="$two" --minimal)" ''
ok 'the disks are as they were' has_content web "$two"
ok 'clones of a template are templates' vxe vm-clone uuid="$two" new-name-label=tclone
tclone=$OUT
is 'such as this' "$(param "$tclone" is-a-template)" true
is 'it knows its origin' "$(param "$tclone" other-config param-key=base_template_name)" two
ok 'with the same disks' has_content web "$tclone"
ok 'the template becomes a VM again' vxe template-param-set uuid="$two" is-a-template=false
is 'under its UUID and name' "$(virsh domuuid two)" "$two"
virsh dumpxml --inactive two | grep -v '<uuid>' | grep -v '<source file' >two.after
ok 'with the hardware that it had' diff <(grep -v '<source file' two.before) two.after
ok 'and its content' has_content web "$two"
ok 'it boots' guest_start two
virsh -q destroy two
ok 'so does a VM made of the clone of a template' \
  vxe template-param-set uuid="$tclone" is-a-template=false
ok 'under a name of its own' guest_start tclone
virsh -q destroy tclone
ok 'vxe check is clean' vxe check

vxe vm-param-set uuid="$two" is-a-template=true
guest_define two - "$PWD/web-0.qcow2"
not_ok 'a name that was taken is an error' vxe vm-param-set uuid="$two" is-a-template=false
like 'that says who has it' "$ERR" "called .two. by now"
virsh -q undefine two

# ---- vm-install ----------------------------------------------------------------------------------

keep_content two "$two"
for vm in d1 d2; do
  ok "vm-install $vm" vxe vm-install template=two new-name-label=$vm
  eval $vm=\$OUT
done
is 'each is a VM' "$(virsh domuuid d1) $(virsh domuuid d2)" "$d1 $d2"
ok 'with the content of the template' has_content two "$d1"
ok 'the other one, too' has_content two "$d2"
ok 'they boot, one beside the other' guest_start d1 && guest_start d2
was=$(counter_of "$(vdi_files "$two" | head -n 1)")
is 'on the disks of the template' "$(guest_booted d1) $(guest_booted d2)" "$was $was"
is 'p17: each has an address of its own' \
  "$( (mac_of "$d1"; mac_of "$d2"; mac_of "$two") | sort -u | wc -l)" 3
for vm in d1 d2; do virsh -q destroy $vm; done
ok 'the template is as it was' has_content two "$two"
ok 'vm-install from other install media' \
  vxe vm-install template-name-label='Other install media' new-name-label=empty
empty=$OUT
ok 'a machine that starts' vxe vm-start uuid="$empty"
vxe vm-shutdown uuid="$empty" --force
ok 'vm-install with a disk of its own' vxe vm-install template='Debian Bookworm 12' new-name-label=deb
deb=$OUT
is 'as the template asks' \
  "$(vxe vdi-param-get uuid="$(vdi_of "$deb")" param-name=virtual-size)" $((10 << 30))
ok 'it starts, too' vxe vm-start uuid="$deb"
vxe vm-shutdown uuid="$deb" --force
ok 'vm-create' vxe vm-create name-label=bare
ok 'starts' vxe vm-start uuid="$OUT"
vxe vm-shutdown uuid="$OUT" --force
bare=$OUT
exits 3 'a template that is none' vxe vm-install template=nothing new-name-label=no
exits 2 'no template at all' vxe vm-install new-name-label=no
ok 'vxe check is clean' vxe check
for vm in d1 d2 empty deb bare; do vxe vm-uninstall vm=$vm force=true >/dev/null; done

# ---- of a snapshot -------------------------------------------------------------------------------

snapshot "$web" s
keep_content s "$SNAP"
ok 'snapshot-clone' vxe snapshot-clone snapshot-uuid="$SNAP" new-name-label=sclone
sclone=$OUT
is 'the clone of a snapshot is a template' \
  "$(vxe template-list uuid="$sclone" params=name-label --minimal)" sclone
is 'and no snapshot' "$(vxe snapshot-list uuid="$sclone" --minimal)" ''
ok 'with its disks' has_content s "$sclone"
ok 'snapshot-copy' vxe snapshot-copy uuid="$SNAP" new-name-label=scopy
scopy=$OUT
ok 'the copy, too' has_content s "$scopy"
sr=$(vxe vdi-param-get uuid="$(vdi_of "$SNAP")" param-name=sr-uuid)
exits 1 'p24: an install from a snapshot takes no other SR' \
  vxe vm-install template-uuid="$SNAP" new-name-label=no sr-uuid="$sr"
ok 'p24: without it, it is made' vxe vm-install template=s new-name-label=p24
p24=$OUT
is 'p24: its disks are where those of the snapshot are' \
  "$(vxe vdi-param-get uuid="$(vdi_of "$p24")" param-name=sr-uuid)" "$sr"
ok 'p24: and hold the same' has_content s "$p24"
vxe vm-uninstall uuid="$p24" force=true >/dev/null
ok 'a snapshot can be made visible' vxe template-param-set uuid="$SNAP" is-a-template=false
is 'vm-list shows it' "$(vxe vm-list uuid="$SNAP" --minimal)" "$SNAP"
is 'snapshot-list, too' "$(vxe snapshot-list uuid="$SNAP" --minimal)" "$SNAP"
ok 'vxe check is clean' vxe check
ok 'it can be uninstalled then' vxe vm-uninstall uuid="$SNAP" force=true

# ---- of memory: it is dropped ----------------------------------------------------------------------

guest_start web
checkpoint=$(vxe vm-checkpoint uuid="$web" new-name-label=memory)
keep_content memory "$checkpoint"
for how in clone copy; do
  ok "snapshot-$how of a checkpoint" vxe snapshot-$how uuid="$checkpoint" new-name-label=m$how
  made=$OUT
  ok 'it holds its disks' has_content memory "$made"
  is 'and is halted' "$(param "$made" power-state)$(param "$made" suspend-VDI-uuid)" \
    'halted<not in database>'
  vxe template-uninstall template-uuid="$made" force=true >/dev/null
done
ok 'the VM is suspended' vxe vm-suspend uuid="$web"
keep_content suspended "$web"
exits 1 'a suspended VM is not cloned' vxe vm-clone vm=web new-name-label=no
pool=$(vxe pool-list --minimal)
vxe pool-param-set uuid="$pool" other-config:allow_clone_suspended_vm=true
for how in clone copy; do
  ok "vm-$how, where the pool allows it" vxe vm-$how vm=web new-name-label=m$how
  made=$OUT
  ok 'it holds the disks' has_content suspended "$made"
  is 'and is halted' "$(param "$made" power-state)" halted
  vxe vm-uninstall uuid="$made" force=true >/dev/null
done
exits 1 'a suspended VM becomes no template' vxe vm-param-set uuid="$web" is-a-template=true
ok 'vxe check is clean' vxe check
ok 'the VM resumes' vxe vm-resume uuid="$web"
vxe vm-shutdown uuid="$web" --force

# ---- the source goes -----------------------------------------------------------------------------

ok 'the source goes, with its disks' vxe vm-uninstall uuid="$web" force=true
ok 'the clone of its snapshot has its content' has_content s "$sclone"
ok 'the copy as well' has_content s "$scopy"
ok 'its clones have theirs' has_content one "$one"
exits 1 'template-uninstall refuses what is none' vxe template-uninstall template-uuid="$one" --force
ok 'template-uninstall' vxe template-uninstall template-uuid="$scopy" --force
is 'it is gone' "$(vxe template-list uuid="$scopy" --minimal)" ''
for vm in $one $copy $tclone; do
  ok "vm-uninstall $vm" vxe vm-uninstall uuid="$vm" force=true
done
ok 'the last clone has its content' has_content s "$sclone"
ok 'vxe check is clean in the end' vxe check

# ---- a full SR -------------------------------------------------------------------------------------

if [ "$HOST_MODE" = system ]; then
  mkdir small && mount -t tmpfs -o size=6m tmpfs small && chmod 0711 small
  VXE_STORE=$(store_at 2)
  export VXE_STORE VXE_IMAGES=$PWD/small
  small_guest big 1
  big=$UUID
  stamp big-0.qcow2 77 2M 2M
  keep_content big "$big"
  sr=$(vxe pool-list params=default-SR --minimal)
  dd if=/dev/zero of=small/filler bs=1M count=5 status=none
  act "$big" # which marks the domain as this store's
  note_everything
  run vxe vm-copy uuid="$big" new-name-label=no sr-uuid="$sr"
  like 'a copy into a full SR is refused' "$ERR" 'bytes are free in'
  unchanged 'and nothing has changed'
  rm small/filler
  VXE_FAILPOINT=vm-copy:copy-disks=sleep:2000 vxe vm-copy uuid="$big" new-name-label=no \
    sr-uuid="$sr" 2>full.err &
  sleep 1
  dd if=/dev/zero of=small/filler bs=1M count=5 status=none
  not_ok 'one that is full in the middle fails' wait $!
  like 'and says why' "$(cat full.err)" 'No space left'
  rm small/filler
  unchanged 'nothing has changed either'
  ok 'with room it is made' vxe vm-copy uuid="$big" new-name-label=yes sr-uuid="$sr"
  ok 'whole' has_content big "$OUT"
  ok 'vxe check is clean with it' vxe check
  umount small
else
  skip 'a full SR: no mounts in session mode'
fi

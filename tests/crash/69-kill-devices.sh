#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2034,SC2154 # crash.sh uses and sets them; words are expanded later
# vxe is killed at every failpoint of the operations that make, plug and remove devices, SRs and networks. One guest
# runs all the time and releases devices on request. Its definition, its devices, the places of SRs, the disks' bytes
# and the lists are compared.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"

# ---- the guest -----------------------------------------------------------------------------------

# A CD drive, and a card only in the definition.
devices_guest() {
  G=devices-$$
  # Networks that need nothing of the host to start; no guest can be connected to them.
  for net in one two; do
    echo "<network><name>$net</name><forward mode='bridge'/><bridge name='vxenone$net'/></network>" >net.xml
    virsh -q net-define net.xml && virsh -q net-start $net
  done

  guest_disk_make boot.qcow2 $CRASH_SIZE && guest_install boot.qcow2 tick-eject && stamp boot.qcow2 17 1M 64k
  mkdir -p "$HOST_DIR/s" isos place && chmod 1777 "$HOST_DIR/s" && chmod 0755 isos place
  qemu-img create -q -f raw isos/one.iso 1M
  GUEST_EXTRA="<controller type='scsi' model='virtio-scsi'/><disk type='file' device='cdrom'>
<driver name='qemu' type='raw'/><target dev='hdc' bus='ide'/><readonly/></disk>" \
    guest_xml "$G" - "$PWD/boot.qcow2" | sed "s/dev='vda' bus='virtio'/dev='sda' bus='scsi'/" >"$G.xml"
  virsh -q define "$G.xml" && UUID=$(virsh domuuid "$G") && be_running
  SR=$(plain pool-list params=default-SR --minimal)
  CD=$(plain vbd-list vm-uuid="$UUID" type=CD --minimal)
  plain sr-create name-label=cds type=iso content-type=iso device-config:location="$PWD/isos" >/dev/null
  ISO=$(plain vdi-list name-label=one.iso --minimal)
  VDI=$(plain vdi-create sr-uuid="$SR" name-label=data virtual-size=1MiB type=user)
  FILE=$(plain vdi-param-get uuid="$VDI" param-name=sm-config param-key=file)
  stamp "$FILE" 34 64k 64k
  ONE=$(plain network-list name-label=one --minimal) TWO=$(plain network-list name-label=two --minimal)
}

# ---- the state, without names that differ from one run to the next ---------------------------------

# The parts of the state that an operation can change, PARTS; all parts at the beginning and at the end.
state_disks() {
  plain vbd-list vm-uuid="$UUID" params=userdevice,mode,currently-attached,empty,vdi-name-label
  virsh -q dumpxml --inactive "$G" | grep -c '<readonly/>'
  plain vdi-list params=name-label,virtual-size,managed
  virsh -q domblklist "$G" | sed 's|^|has |; s|[^/]*-[^/]*.qcow2|LAYER|'
  virsh -q domblklist "$G" --inactive | sed 's|^|defined |; s|[^/]*-[^/]*.qcow2|LAYER|'
}
state_cards() {
  plain vif-list vm-uuid="$UUID" params=device,currently-attached,network-name-label,MAC
  virsh -q domiflist "$G" | awk '{ print "has", $2, $3, $4, $5 }'
  virsh -q domiflist "$G" --inactive | awk '{ print "defined", $2, $3, $4, $5 }'
}
state_places() {
  plain sr-list params=name-label
  plain vdi-list params=name-label,virtual-size,managed
  plain pbd-list params=sr-name-label,currently-attached
  virsh -q pool-list --all | awk '{ print "pool", $2, $3 }'
  find place isos -mindepth 1 ! -name "${HIDDEN-}" | sed 's/[0-9a-f-]\{36\}/UUID/'
}
state_networks() {
  plain network-list params=name-label
  virsh -q net-list --all | awk '{ print "network", $1, $2 }'
}
state() {
  local part
  POWER=$(power_of "$G")
  echo "power $POWER"
  for part in $PARTS; do "state_$part" | grep . | sort; done
  holds boot.qcow2 17 1M
  holds "$FILE" 34 64k
}
# holds FILE BYTE AT: the file has this content and can be read.
holds() { qemu-io -U -r -f qcow2 -c "read -q -P $2 $3 64k" "$1" 2>&1; }

# wrong PID BEFORE AFTER: replaces that of crash.sh, which expects a guest with snapshots.
wrong() {
  plain check >check.out 2>&1 || cat check.out
  [ "$PARTS" != disks ] || plain sr-coalesce >coalesced # recovery leaves that to whoever comes next
  wrong_guest "$1"
  state >now
  [ "$(cat now)" != "$BEFORE" ] || CLEAN=$THINGS # nothing to prepare; $2 is another one after an error that came too late
  [ "$(cat now)" = "$2" ] || [ "$(cat now)" = "$3" ] || {
    echo 'the state is neither that before nor that after:'
    diff <(echo "$2") now
    diff <(echo "$3") now
  }
}
window_open() { LOW=-1; }

# ---- things that there are before ------------------------------------------------------------------

kill_of() { plain "$1-list" name-label=kill --minimal | tr , ' '; }
vbd() { plain vbd-list vm-uuid="$UUID" userdevice=3 --minimal; }
vif() { plain vif-list vm-uuid="$UUID" --minimal; }
pbd() { plain pbd-list sr-uuid="$(kill_of sr)" --minimal; }
plugged() { [ "$(plain "$1-list" uuid="$2" params=currently-attached --minimal)" = true ]; }

clean_disks() {
  local x
  for x in $(vbd); do
    ! plugged vbd "$x" || plain vbd-unplug uuid="$x" || return
    plain vbd-destroy uuid="$x" || return
  done
  [ "$(plain vbd-param-get uuid="$CD" param-name=empty)" = true ] || plain vbd-eject uuid="$CD" || return
  for x in $(kill_of vdi); do plain vdi-destroy uuid="$x" || return; done
  plain sr-coalesce >coalesced
}
clean_cards() {
  local x
  for x in $(vif); do
    ! plugged vif "$x" || plain vif-unplug uuid="$x" || return
    plain vif-destroy uuid="$x" || return
  done
}
clean_places() {
  local x
  for x in $(kill_of sr); do
    ! plugged pbd "$(pbd)" || plain pbd-unplug uuid="$(pbd)" || return
    plain sr-forget uuid="$x" || return
  done
  rm -rf place/sr
}
clean_networks() {
  local x
  for x in $(kill_of network); do plain network-destroy uuid="$x" || return; done
}
# be THING...: makes these, and removes all others that a scenario made.
CLEAN=-
be() {
  local x
  [ "$CLEAN" != "$*" ] || { CLEAN=- && return; }
  CLEAN=-
  for x in $PARTS; do "clean_$x" || return; done
  be_running || return
  for x; do "make_$x" >/dev/null || return; done
}
CREATE_SR='sr-create name-label=kill type=file device-config:location=$PWD/place/sr'
CREATE_VBD='vbd-create vm-uuid=$UUID vdi-uuid=$VDI device=3'
CREATE_VIF='vif-create vm-uuid=$UUID network-uuid=$ONE device=0 mac=02:00:00:00:00:11'
make_vdi() { plain vdi-create sr-uuid="$SR" name-label=kill virtual-size=1MiB type=user; }
make_vbd() { eval "plain $CREATE_VBD"; }
make_plugged_vbd() { make_vbd && plain vbd-plug uuid="$(vbd)"; }
make_owned() {
  make_vdi && plain vbd-create vm-uuid="$UUID" vdi-uuid="$(kill_of vdi)" device=3 &&
    plain vbd-plug uuid="$(vbd)"
}
make_cd() { plain vbd-insert uuid="$CD" vdi-uuid="$ISO"; }
make_vif() { eval "plain $CREATE_VIF"; }
# A card that needs nothing of the host.
make_user_vif() {
  echo "<interface type='user'><mac address='02:00:00:00:00:12'/><model type='virtio'/></interface>" >if.xml
  virsh -q attach-device "$G" if.xml --config && plain vm-param-set uuid="$UUID" name-description=seen
}
make_plugged_user_vif() { make_user_vif && plain vif-plug uuid="$(vif)"; }
make_sr() { eval "plain $CREATE_SR"; }
make_unplugged_sr() { make_sr && plain pbd-unplug uuid="$(pbd)"; }
make_network() { eval "plain $CREATE_NETWORK"; }

# kill_op OPERATION PART THINGS WORDS: kills at every point of the operation, which begins with the THINGS.
OPS=''
kill_op() {
  local name=${1//-/_} PARTS=$2 THINGS=$3
  eval "${name}_prepare() { be $3; }; ${name}_command() { eval 'CMD=($4)'; }; ${name}_reset() { :; }"
  points "$1" && CLEAN=- && crash_scenario "$name" "${POINTS[@]}"
  be
  OPS+=" $1"
}

devices_guest
PARTS='disks cards places networks'
be
begin=$(state)
# Where libvirt cannot start networks, an unmanaged one.
CREATE_NETWORK='network-create name-label=kill'
make_network >/dev/null 2>&1 || CREATE_NETWORK+=' managed=false'
kill_op vbd-create disks '' "$CREATE_VBD"
kill_op vbd-param-set disks 'vbd && be_halted' 'vbd-param-set uuid=$(vbd) mode=RO'
kill_op vbd-plug disks vbd 'vbd-plug uuid=$(vbd)'
kill_op vbd-unplug disks plugged_vbd 'vbd-unplug uuid=$(vbd)'
kill_op vbd-destroy disks vbd 'vbd-destroy uuid=$(vbd)'
kill_op vm-disk-remove disks owned 'vm-disk-remove uuid=$UUID device=3'
kill_op vbd-insert disks '' 'vbd-insert uuid=$CD vdi-uuid=$ISO'
kill_op vbd-eject disks cd 'vbd-eject uuid=$CD'
kill_op vdi-forget disks vdi 'vdi-forget uuid=$(kill_of vdi)'
kill_op vif-create cards '' "$CREATE_VIF"
kill_op vif-move cards vif 'vif-move uuid=$(vif) network-uuid=$TWO'
kill_op vif-destroy cards vif 'vif-destroy uuid=$(vif)'
kill_op vif-plug cards user_vif 'vif-plug uuid=$(vif)'
kill_op vif-unplug cards plugged_user_vif 'vif-unplug uuid=$(vif)'
kill_op network-create networks '' "$CREATE_NETWORK"
kill_op network-destroy networks network 'network-destroy uuid=$(kill_of network)'
kill_op sr-create places '' "$CREATE_SR"
kill_op pbd-unplug places sr 'pbd-unplug uuid=$(pbd)'
# The file that unplugging leaves beside the disks, for a forgotten SR, may exist or not here.
HIDDEN=.vxe-records kill_op pbd-plug places unplugged_sr 'pbd-plug uuid=$(pbd)'
HIDDEN=.vxe-records kill_op sr-destroy places unplugged_sr 'sr-destroy uuid=$(kill_of sr)'
kill_op sr-forget places unplugged_sr 'sr-forget uuid=$(kill_of sr)'
rm -rf place/sr

PARTS='disks cards places networks'
is 'all is as it was in the beginning' "$(diff <(echo "$begin") <(state))" ''

# ---- names of an SR that comes back, when plugging it was killed before its disks were looked at ----

SR_UUID=$(make_sr)
named=$(plain vdi-create sr-uuid="$SR_UUID" name-label=named virtual-size=1MiB type=user)
again() {
  plain pbd-unplug uuid="$(pbd)" && plain sr-forget uuid="$SR_UUID" &&
    plain sr-introduce uuid="$SR_UUID" name-label=kill type=file &&
    plain pbd-create sr-uuid="$SR_UUID" host-uuid="$(plain host-list --minimal)" \
      device-config:location="$PWD/place/sr"
}
ok 'an SR is forgotten and introduced' again
ok 'plugging it is killed' kill_at pbd-plug:result:after pbd-plug uuid="$(pbd)"
ok 'it is unplugged, forgotten, introduced' again
ok 'plugged' plain pbd-plug uuid="$(pbd)"
is 'its disk has its name' "$(plain vdi-list uuid="$named" params=name-label --minimal)" named
# shellcheck disable=SC2086 # words
crash_summary $OPS

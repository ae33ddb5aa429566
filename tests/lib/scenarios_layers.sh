# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# SPDX-License-Identifier: MIT
# Scenarios like those of scenarios.sh: flattened disks, layers of other programs, snapshots that libvirt keeps. Sourced
# after scenarios.sh.

# ---- flattened disks -------------------------------------------------------------------------------

# The disk lies on the layer of the snapshot "zero" again.
layered() { plain snapshot-revert snapshot-uuid="$ZERO" && stamp "$(vdi_file 0)" 53 1M 4k && stamp "$(vdi_file 1)" 54 2M 4k; }

alone_prepare() { layered && be_running; }
alone_command() { CMD=(vdi-flatten uuid="${VDIS[0]}"); }
alone_reset() { :; }
halted_alone_prepare() { layered && be_halted; }
halted_alone_command() { alone_command; }
halted_alone_reset() { :; }

# Onto the layer of "zero", with another layer in between.
onto_prepare() { layered && take one && stamp "$(vdi_file 0)" 55 3M 4k && be_running; }
onto_command() {
  CMD=(vdi-flatten uuid="${VDIS[0]}" base="$(plain vbd-list vm-uuid="$ZERO" userdevice=0 params=vdi-uuid --minimal)")
}
onto_reset() { drop_snapshots; }

# ---- layers of other programs ------------------------------------------------------------------------

LAYERS=0
# layers N: N more layers on the first disk, as another program makes them; each has data of its own. Sets OURS, the
# file below them, and THEIRS. The names are such that a file that is left over is found.
layers() {
  local i new file=''
  be_halted && OURS=$(vdi_file 0) && THEIRS=() && file=$OURS || return
  for ((i = 0; i < $1; i++)); do
    new=$PWD/of-some-other-program-$((++LAYERS)).qcow2
    qemu-img create -q -f qcow2 -b "$file" -F qcow2 "$new" && stamp "$new" $((90 + i)) 1M 64k || return
    THEIRS+=("$new") file=$new
  done
  virsh dumpxml --inactive "$G" | sed "s|'$OURS'|'$file'|" >layers.xml && virsh -q define layers.xml &&
    plain vm-param-set uuid="$UUID" name-description=layers
}
# With what is left of the layers merged, everything is on OURS. Merged already, there is nothing below it that may go.
layers_reset() {
  local file
  [ "$(vdi_file 0)" != "$OURS" ] || return 0
  plain vdi-merge uuid="${VDIS[0]}" base="$OURS" || return
  for file in "${THEIRS[@]}"; do [ ! -e "$file" ] || { echo "$file is left" && return 1; }; done
  file=$(virsh domblklist "$G" | awk '$1 == "vda" { print $2 }')
  [ "$file $(vdi_file 0)" = "$OURS $OURS" ] || { echo "it is on $file" && return 1; }
  ! guest_is "$G" running || guest_counts "$G"
}

down_prepare() { layers 1 && be_running; }
down_command() { CMD=(vdi-merge uuid="${VDIS[0]}" base="$OURS"); }
down_reset() { layers_reset; }
between_prepare() { layers 2 && be_running; }
between_command() { CMD=(vdi-merge uuid="${VDIS[0]}" base="$OURS" top="${THEIRS[0]}"); }
between_reset() { layers_reset; }
halted_down_prepare() { layers 1; }
halted_down_command() { down_command; }
halted_down_reset() { layers_reset; }
halted_between_prepare() { layers 2; }
halted_between_command() { between_command; }
halted_between_reset() { layers_reset; }

# ---- snapshots that libvirt keeps ----------------------------------------------------------------------

kept_uuid() { plain snapshot-list snapshot-of="$UUID" name-label="$1" --minimal; }
# What libvirt lists is what vxe says it lists.
same_lists() {
  diff <(plain snapshot-list snapshot-of="$UUID" in-libvirt=true params=name-label --minimal | tr , "\n" | grep . | sort) \
    <(virsh -q snapshot-list "$G" --name | grep . | sort)
}

# An external one of the halted guest at its first counter; its disks differ from those of "zero". N of file names.
EXTS=0
has_ext() {
  local i specs=()
  [ -z "$(kept_uuid ext)" ] || return 0
  layered || return
  EXTS=$((EXTS + 1))
  for i in 0 1; do specs+=(--diskspec "vd$([ $i = 0 ] && echo a || echo b),file=$PWD/ext$EXTS-$i.qcow2"); done
  virsh -q snapshot-create-as "$G" ext --disk-only --atomic "${specs[@]}" && [ -n "$(kept_uuid ext)" ]
}
# The guest's disks differ from those of "ext".
on_ext() { has_ext && { guest_is "$G" running || { stamp "$(vdi_file 0)" 57 1M 4k && stamp "$(vdi_file 1)" 58 2M 4k; }; }; }

ext_revert_prepare() { on_ext && be_running; }
ext_revert_command() { CMD=(snapshot-revert uuid="$(kept_uuid ext)"); }
ext_revert_reset() { same_lists; }
ext_end_prepare() { on_ext && be_running; }
ext_end_command() { goes "$(kept_uuid ext)"; }
ext_end_expects() {
  BEFORE=$(state)
  AFTER=$(grep -v '^snapshot ext ' <<<"$BEFORE")
}
ext_end_reset() { same_lists; }
# libvirt has lost it, and gets its document back.
ext_adopt_prepare() {
  on_ext && be_halted && virsh -q snapshot-dumpxml "$G" ext --security-info >ext.xml &&
    virsh -q snapshot-delete "$G" ext --metadata && [ -z "$(kept_uuid ext)" ]
}
ext_adopt_command() { CMD=(vm-adopt-snapshot uuid="$UUID" filename="$PWD/ext.xml"); }
ext_adopt_reset() { same_lists && virsh -q snapshot-create "$G" ext.xml --redefine && same_lists; }

# One inside the images, of the halted guest: "in". IN_FILES: the images; IN: what it holds.
inside() {
  local i
  for i in 0 1; do
    qemu-img convert -U -f qcow2 -l snapshot.name=in -O raw "${IN_FILES[$i]}" in.raw && cksum <in.raw || return
  done
}
has_in() {
  [ -z "$(kept_uuid in)" ] || return 0
  be_halted && virsh -q snapshot-create-as "$G" in && [ -n "$(kept_uuid in)" ] &&
    IN_FILES=("$(vdi_file 0)" "$(vdi_file 1)") && IN=$(inside)
}
# It holds what it held, and libvirt has it unless a snapshot of vxe hides it, also when that has gone.
in_holds() {
  local snap
  snap=$(kept_uuid kill)
  [ "$(inside)" = "$IN" ] || { echo 'the internal snapshot holds something else' && return 1; }
  same_lists || return
  [ -z "$snap" ] || plain snapshot-uninstall uuid="$snap" force=true
}
in_given() {
  [ -n "$(virsh -q snapshot-list "$G" --name)" ] || {
    plain snapshot-dumpxml uuid="$(kept_uuid in)" security-info=true >in.xml && plain vm-adopt-snapshot uuid="$UUID" filename="$PWD/in.xml"
  }
}

hide_prepare() { has_in && in_given && be_running; }
hide_command() { running_command; }
hide_reset() { in_holds; }
# vxe hides it, goes back to it, and libvirt has it again when no layer is above it.
in_revert_prepare() {
  has_in && be_halted && plain snapshot-revert uuid="$(kept_uuid in)" && plain vm-snapshot uuid="$UUID" new-name-label=kill >/dev/null &&
    plain snapshot-uninstall uuid="$(kept_uuid kill)" force=true &&
    stamp "$(vdi_file 0)" 67 1M 4k && stamp "$(vdi_file 1)" 68 2M 4k
}
in_revert_command() { CMD=(snapshot-revert uuid="$(kept_uuid in)"); }
in_revert_reset() { in_holds; }
in_end_prepare() { has_in && in_given && be_halted; }
in_end_command() { goes "$(kept_uuid in)"; }
in_end_expects() {
  BEFORE=$(state)
  AFTER=$(grep -v '^snapshot in ' <<<"$BEFORE")
}
in_end_reset() {
  same_lists && diff <(plain snapshot-list snapshot-of="$UUID" internal=true params=name-label --minimal | grep .) \
    <(qemu-img snapshot -l "${IN_FILES[0]}" | awk 'NR > 2 { print $2 }')
}

# A snapshot with the guest's agent if there is one: there is none.
try_prepare() { be_running; }
try_command() { CMD=(vm-snapshot uuid="$UUID" new-name-label=kill quiesce=try); }
try_reset() { drop_snapshots; }

# shellcheck shell=bash
# shellcheck disable=SC2034 # for tests
# SPDX-License-Identifier: MIT
# For tests of content that is no file (tests/kind): a keeper of images in the folder K, an SR of its type, and the program
# that knows them as vxe. Sourced after disks.sh or crash.sh. A place of an image looks like a path, FOLDER/NAME; what a
# library does with a file by qemu-img or qemu-io it does with an image here, too.

K=$TEST_DIR/k
export VXE=${VXE%/vxe}/kept/vxe VXE_PLAIN=${VXE_PLAIN%/vxe}/kept/vxe
KEPT_SIZE=4MiB
eval "file_$(declare -f guest_disk_xml)"

# keep WORD...: asks the keeper, or tells it.
keep() { "$TOOLS/image_keeper" "$K" "$@"; }
# kept_images: the places of all images, drafts included.
kept_images() { keep list | sed "s|^|$K/|" | sort; }

# keeper_start: sets KEEPER, its PID; it ends with the test.
keeper_start() {
  mkdir -p "$K" && chmod 0711 "$K" || return
  "$TOOLS/image_keeper" "$K" >keeper.out &
  KEEPER=$!
  wait_until 10 grep -qs ready keeper.out
}
# keeper_sr: sets SR.
keeper_sr() {
  keeper_start && SR=$(plain sr-create name-label=kept type=kept device-config:location="$K")
}

# ---- images --------------------------------------------------------------------------------------

# as_qemu FILE: sets URI to the words by which QEMU opens it.
as_qemu() {
  URI=$1
  [[ $1 != "$K"/* ]] || URI="nbd+unix:///${1#"$K"/}?socket=$K/keeper"
}
as_qemu_all() {
  local word URI
  ARGS=()
  for word; do
    as_qemu "$word"
    ARGS+=("$URI")
  done
}
qemu-img() {
  local -a ARGS
  as_qemu_all "$@"
  command qemu-img "${ARGS[@]}"
}
qemu-io() {
  local -a ARGS
  as_qemu_all "$@"
  command qemu-io "${ARGS[@]}"
}
# chain_of FILE: the places of its layers, from above.
chain_of() {
  qemu-img info -U --backing-chain --output=json "$1" | jq -r '.[].filename' |
    sed "s|^nbd+unix:///\([^?]*\)?socket=$K/keeper\$|$K/\1|"
}
layers_below() { chain_of "$1" | wc -l; }
stamp() { qemu-io -f "${5-qcow2}" -c "write -q -P $2 ${3-1M} ${4-64k}" "$1" >/dev/null; }

# ---- guests --------------------------------------------------------------------------------------

guest_disk_xml() {
  [[ $1 == "$K"/* ]] || { file_guest_disk_xml "$@" && return; }
  file_guest_disk_xml "$@" | sed "s|<disk type='file'|<disk type='network'|
    s|<source file='[^']*'/>|<source protocol='nbd' name='${1##*/}'><host transport='unix' socket='$K/keeper'/></source>|"
}

# kept_guest NAME N: a halted guest with disks of the SR, the first with its program. Sets UUID.
kept_guest() {
  local i vdi
  local -a disks=()
  for ((i = 0; i < $2; i++)); do
    vdi=$(plain vdi-create sr-uuid="$SR" name-label="$1-$i" virtual-size=$KEPT_SIZE) || return
    disks+=("$(plain vdi-param-get uuid="$vdi" param-name=sm-config param-key=file)")
  done
  guest_install "${disks[0]}" && guest_define "$1" - "${disks[@]}" && UUID=$(virsh domuuid "$1")
}

# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# SPDX-License-Identifier: MIT
# What crash.sh and its scenarios do with files, for images of a keeper. Sourced after kept.sh and the scenarios.

# crash_guest NAME: as that of crash.sh, with disks of the SR.
crash_guest() {
  local i file
  G=$1-$$
  kept_guest "$G" 2 || return
  mapfile -t VDIS < <(disk_table | awk -v vm="$UUID" '$1 == vm { print $2, $3 }' | sort | cut -d' ' -f2)
  for i in 0 1; do stamp "$(vdi_file $i)" $((17 + i)) 1M 64k; done
  ZERO=$(plain vm-snapshot uuid="$UUID" new-name-label=zero)
}

# content FILE [live]: as that of crash.sh; an export is never too short for what QEMU has added.
content() {
  local n sum low=$LOW high=$HIGH
  qemu-img convert -U -f qcow2 -O raw "$1" raw 2>&1 || return
  n=$(od -An -tu4 -j1024 -N4 raw)
  n=$((n))
  dd if=/dev/zero of=raw bs=512 seek=2 count=1 conv=notrunc status=none
  sum=$(cksum <raw)
  [ -z "${2-}" ] || [ "$LOW" = -1 ] || low=0 high=$(($(printed) + GUEST_STEP))
  [ "$n" -ge "$low" ] && [ "$n" -le "$high" ] && n=counting
  echo "${sum% *} $n"
}

# disk_places [--inactive]: the images that the definition of the guest names, or of its running domain.
disk_places() {
  virsh -q dumpxml "$@" "$G" | awk '/<disk / { d = 1 } /<backingStore/ { d = 0 } /<\/disk>/ { d = 0 }
    d && match($0, /<source protocol=.nbd. name=.[^'\'']*/) { name = substr($0, RSTART, RLENGTH); sub(/.*name=./, "", name)
      print name; d = 0 }' | sed "s|^|$K/|"
}

wrong_files() {
  local file active=''
  [[ ! $POWER =~ running|paused ]] || active=$(disk_places)
  cut -d' ' -f4- table | sort -u | while read -r file; do
    [ -z "$file" ] || chain_of "$file" 2>&1
  done | sort -u >chains
  kept_images | comm -13 chains - | sed 's/^/orphan: /'
  while read -r file; do
    [[ $active == *"$file"* ]] || qemu-img check -q -U -f qcow2 "$file" 2>&1
  done <chains
  grep "^$UUID " table | cut -d' ' -f4- | sort >disks
  disk_places --inactive | sort | diff disks - | sed 's/^/definition: /'
  [ -z "$active" ] || sort <<<"$active" | diff disks - | sed 's/^/running: /'
}

# As that of scenarios.sh.
goes_on_stays() {
  local files
  files=$(vdi_file 0 && vdi_file 1) && [ "$(head -n 1 <<<"$files")" = "$STAYS" ] &&
    diff <(echo "$files") <(disk_places --inactive) &&
    { ! is_up || diff <(sort <<<"$files") <(qemu_files | sed "s|^nbd+unix:///\([^?]*\)?socket=$K/keeper\$|$K/\1|"); } &&
    diff <(sums <<<"$BEFORE") <(state | sums)
}

# The layer is made under the running guest: libvirt reads no header behind NBD, and knows of no others.
active_prepare() {
  local i
  be_halted && for i in 0 1; do stamp "$(vdi_file $i)" $((70 + i)) 1M 2M; done &&
    STAYS=$(vdi_file 0) && be_running && take one
}

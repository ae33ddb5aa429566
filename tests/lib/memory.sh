# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For tests of guest memory: what the counting guest says before and after its memory was saved.
# Sourced after e2e.sh.

serial_of() { echo "$HOST_DIR/s/$1.log"; }
# counts_of GUEST [LINE]: every counter that it printed, decimal, from that line of its log on.
counts_of() {
  tail -n +"${2-1}" "$(serial_of "$1")" | tr -d '\r' | sed -n 's/^C=\([0-9a-f]\{8\}\)$/\1/p' |
    awk '{ print "0x" $0 }' | xargs -r printf '%d\n' 2>/dev/null
}
serial_lines() { wc -l <"$(serial_of "$1")"; }

# first_count GUEST LINE: the first that it printed after so many lines. It may have been printed in
# part when the memory was saved, and what was begun then may stand in the log before it; so it is
# told by the next one.
first_count() {
  local next
  next=$(counts_of "$1" $(($2 + 2)) | sed -n 1p)
  [ -z "$next" ] || echo $((next - 1))
}
has_counted_since() { [ -n "$(first_count "$1" "$2")" ]; }

# breaks GUEST LINE: where its counting did not go on by one.
breaks() { counts_of "$1" "$2" | awk 'NR > 1 && $1 != last + 1 { print last, $1 } { last = $1 }'; }

power() { plain vm-param-get uuid="$1" param-name=power-state; }
vm_field() { plain vm-param-get uuid="$1" param-name="$2"; }
images_of_memory() { find "$PWD" "$HOST_IMAGES" -name '*.mem' 2>/dev/null; }

# one_instant GUEST LINE DISK_COUNT...: the memory is at most one step ahead of what each disk held,
# and behind none. The guest counts, prints, then writes: the first count that it prints afterwards
# is the one in its memory, or, where that had been printed before the save, the next.
one_instant() {
  local guest=$1 line=$2 first held
  shift 2
  wait_until 20 has_counted_since "$guest" "$line" || { echo 'it does not count'; return; }
  first=$(first_count "$guest" "$line")
  for held; do
    [ $((first - held)) -ge 0 ] && [ $((first - held - 1)) -le $GUEST_STEP ] ||
      echo "memory says $first, a disk $held"
  done
}

# The counter in the RAM of a guest that is up: exactly, when it is paused.
ram_count() {
  virsh qemu-monitor-command "$1" --hmp 'xp /1wx 0x8400' | sed -n 's/.*: 0x\([0-9a-f]*\).*/\1/p' | hex
}

# The counters that the VM's (or snapshot's) disks hold.
disk_counts() {
  local file
  for file in $(vdi_files "$1"); do counter_of "$file"; done
}

# memory_goes_on WHAT, for crash tests (G, UUID, MEMORY_FROM): whatever state the guest is in, its
# counter goes on without a break since that line of its log. The result goes to descriptor 3.
memory_goes_on() {
  ! is_suspended "$UUID" || plain vm-resume uuid="$UUID"
  is "$1: the memory goes on" \
    "$(guest_counts "$G" || echo 'it does not count'; breaks "$G" "$MEMORY_FROM" | head -n 3)" '' >&3
}

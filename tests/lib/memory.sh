# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# For tests of guest memory: the counters that the counting guest prints before and after its memory was saved. Sourced
# after e2e.sh.

serial_of() { echo "$HOST_DIR/s/$1.log"; }
# counts_of GUEST [LINE]: every counter that it printed, decimal, from LINE of its log on.
counts_of() {
  tail -n +"${2-1}" "$(serial_of "$1")" | tr -d '\r' | sed -n 's/^C=\([0-9a-f]\{8\}\)$/\1/p' |
    awk '{ print "0x" $0 }' | xargs -r printf '%d\n' 2>/dev/null
}
serial_lines() { wc -l <"$(serial_of "$1")"; }

# first_count GUEST LINE: the first counter that it printed after LINE. That counter may have been printed in part when
# the memory was saved, and its first part may be in the log before LINE; so it is computed from the next one.
first_count() {
  local next
  next=$(counts_of "$1" $(($2 + 2)) | sed -n 1p)
  [ -z "$next" ] || echo $((next - 1))
}
has_counted_since() { [ -n "$(first_count "$1" "$2")" ]; }

# breaks GUEST LINE: the places where its counter did not increase by one.
breaks() { counts_of "$1" "$2" | awk 'NR > 1 && $1 != last + 1 { print last, $1 } { last = $1 }'; }

power() { plain vm-param-get uuid="$1" param-name=power-state; }
vm_field() { plain vm-param-get uuid="$1" param-name="$2"; }
images_of_memory() { find "$PWD" "$HOST_IMAGES" -name '*.mem' 2>/dev/null; }

# one_instant GUEST LINE DISK_COUNT...: the memory is at most one step ahead of the content of each disk, and behind
# none. The guest counts, prints, then writes. So the first counter that it prints after LINE is the one in its memory,
# or the next one if that was printed before the save.
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

# The counter in the RAM of an active guest; exact if the guest is paused.
ram_count() {
  virsh qemu-monitor-command "$1" --hmp 'xp /1wx 0x8400' | sed -n 's/.*: 0x\([0-9a-f]*\).*/\1/p' | hex
}

# The counters on the disks of the VM or snapshot.
disk_counts() {
  local file
  for file in $(vdi_files "$1"); do counter_of "$file"; done
}

# memory_goes_on WHAT, for crash tests (G, UUID, MEMORY_FROM): whatever state the guest is in, its counter continues
# without a break since line MEMORY_FROM of its log. The result goes to descriptor 3.
memory_goes_on() {
  ! is_suspended "$UUID" || plain vm-resume uuid="$UUID"
  is "$1: the memory goes on" \
    "$(guest_counts "$G" || echo 'it does not count'; breaks "$G" "$MEMORY_FROM" | head -n 3)" '' >&3
}

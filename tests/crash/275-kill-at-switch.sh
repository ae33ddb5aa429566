#!/bin/bash
# SPDX-License-Identifier: MIT
# At the moment at which a guest changes hosts (its first line comes from the other one) libvirt's daemon of the first host,
# of the other, or both are killed, or the hosts lose sight of each other, TRIES times in turn. When daemons and network are
# back, a command decides: one guest runs, whose counter and disk go on, one host has its definition, nothing is left.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"
TRIES=${TRIES:-20}

migration_ready || exit
IMAGE=$HOSTS_DIR/shared/images/web-0.qcow2
log() { echo "$HOSTS_DIR/h$1/files/s/web.log"; }
size() { stat -c %s "$(log "$1")" 2>/dev/null || echo 0; }
# last_of I: the last counter that the guest said on host I.
last_of() { tr -d '\r' <"$(log "$1")" | sed -n '/^C=[0-9a-f]\{8\}$/s/C=//p' | tail -n 1 | hex; }
# said_twice FROM1 FROM2: counters that came from both hosts after these sizes of their logs.
said_twice() {
  comm -12 <(counters 1 "$1") <(counters 2 "$2") | wc -l
}
counters() { tail -c "+$(($2 + 1))" "$(log "$1")" | tr -d '\r' | grep -x 'C=[0-9a-f]\{8\}' | sort -u; }

# processes I PATTERN: those of host I so named, by the numbers that the script sees: what has to be quick goes to these.
processes() {
  local p name
  for p in $(host_processes "$1"); do
    # shellcheck disable=SC2254 # a pattern
    case $(cat "/proc/$p/comm" 2>/dev/null) in $2) echo "$p" ;; esac
  done
}
# fault WHAT DAEMONS... TO: at once.
fault() {
  case $1 in
  source) kill -KILL "$2" ;;
  target) kill -KILL "$3" ;;
  both) kill -KILL "$2" "$3" ;;
  network*) echo >&"${CUTTER[1]}" ;;
  esac
}
mend() {
  case $1 in
  source) libvirtd_start "$2" ;;
  target) libvirtd_start "$3" ;;
  both) libvirtd_start 1 && libvirtd_start 2 ;;
  network*) host_join "$3" ;;
  esac
}

disk_is_past() { [ "$(counter_of "$IMAGE")" != "$1" ]; }

# cutter I: what cuts host I off at a word.
cutter() { coproc CUTTER { in_hub sh -c 'read -r word && ip link set "$1" down' - "v$1"; }; }

at=1
kinds=(source target both network source target both network-long)
for ((try = 1; try <= TRIES; try++)); do
  what=${kinds[(try - 1) % 8]} to=$((3 - at))
  s1=$(size 1) s2=$(size 2)
  last=$(last_of $at)
  before=$(size $to) d1=$(processes $at libvirtd) d2=$(processes $to libvirtd)
  [[ $what != network* ]] || cutter $to
  on $at bash -c '"$VXE_PLAIN" vm-migrate vm=web host="$1" >made 2>said; echo $? >status' - h$to &
  migrates=$!
  for ((k = 0; k < 40000; k++)); do
    [ "$(size $to)" = "$before" ] || break
  done
  fault $what "$d1" "$d2" $to 2>/dev/null
  [ $what != network ] || { sleep 3 && mend $what $at $to; } # it goes on, after a long cut it ends
  wait $migrates
  mend $what $at $to
  diag "note $try, $what: $(on $at virsh domstate web --reason 2>&1 | head -n 1) on the first host, $(on $to virsh domstate web --reason 2>&1 | head -n 1) on the other; status $(cat "$HOSTS_DIR/h$at/own/status") $(paste -sd" " "$HOSTS_DIR/h$at/own/said")"
  ok "$try, $what: vxe check decides" on $at vxe check || on $at vxe check
  on $to virsh -q list --name | grep -qx web && at=$to
  is_on $at '... the guest'
  like '... from where it was' "$(($(last_of $at) - last))" '^[1-9]'
  is '... and never on both' "$(said_twice "$s1" "$s2")" 0
  c=$(counter_of "$IMAGE")
  ok '... its disk goes on' wait_until 20 disk_is_past "$c"
  for i in 1 2; do is "... h$i has no other" "$(processes $i 'qemu-system*' | wc -w)" $((i == at)); done
done

ok 'the guest ends' on $at vxe vm-shutdown vm=web --force
c=$(counter_of "$IMAGE")
diag "note the last count is $(last_of $at), that on the disk $c"
ok '... and has all on its disk that it said' [ $(($(last_of $at) - c)) -le $GUEST_STEP ]
ok '... which is whole' on $at qemu-img check -q "$DISK"
ok '... and with which it starts' on $at vxe vm-start vm=web
ok '... and counts on' on $at guest_counts web
is '... from there' "$(on $at guest_booted web)" "$c"
database_end

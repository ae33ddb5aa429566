#!/bin/bash
# SPDX-License-Identifier: MIT
# limit 1200
# host-evacuate of a host with two guests is killed at each of its failpoints: inside the migration of each guest, and between
# them; the vxe that runs it for another host, and the one that has asked for it; its database. Then each guest runs on one host,
# which alone has it, and counts on; the next host-evacuate moves the rest.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

migration_ready || exit
second_guest
at=1
own() { echo "$HOSTS_DIR/h$1/own/$2"; }
on_host() { on "$1" virsh -q list --all --name | grep -xc "$2"; }
points() { "$VXE" failpoints | grep '^vm-migrate:'; }

# each_is_once: sets GONE to the guests that are on h$to, all of which count.
each_is_once() {
  local vm i
  GONE=''
  ok '... vxe check is clean' on $at vxe check
  ok '... on the other host, too' on $to vxe check
  for vm in web db; do
    i=$at
    on $to virsh -q list --all --name | grep -qx $vm && i=$to GONE+="$vm "
    is "... $vm is on one host" "$(on_host 1 $vm) $(on_host 2 $vm)" "$((i == 1)) $((i == 2))"
    is '... which both know' "$(of 1 $vm resident-on) $(of 2 $vm resident-on)" "${HOST[i]} ${HOST[i]}"
    ok '... and counts' on $i guest_counts $vm
  done
}
# the_rest_goes: the next one moves what is left.
the_rest_goes() {
  ok '... the next one moves the rest' on $at vxe host-evacuate host=h$at
  at=$to to=$((3 - at))
  each_is_once
  is '... all' "$GONE" ''
}

# ---- vxe is killed -----------------------------------------------------------------------------------------------

n=$(points | wc -l)
names=$(points | tr '\n' ' ')
diag "note a migration has the points $names"
to=2
on 1 env VXE_FAILPOINT_LOG=reached "$VXE_PLAIN" host-evacuate host=h1 >/dev/null 2>&1
mapfile -t reached <"$(own 1 reached)"
is 'an evacuation passes those of both' "${#reached[@]}" $((2 * n))
at=2 to=1
for ((k = 1; k <= ${#reached[@]}; k++)); do
  # Between the end of a step and the beginning of the next one nothing happens.
  [[ ${reached[k - 1]} == *:after ]] || [ $k = 1 ] || continue
  run on $at env VXE_FAILPOINT="#$k=die" "$VXE_PLAIN" host-evacuate host=h$at
  is "killed at $k, ${reached[k - 1]}" "$STATUS" 137
  each_is_once
  diag "note gone: $GONE"
  the_rest_goes
done

# ---- for another host --------------------------------------------------------------------------------------------

for point in vm-migrate:migrate:after vm-migrate:result:after; do
  pool_reach $at "$(pool_way $at) env VXE_FAILPOINT=$point=die"
  run on $to vxe host-evacuate host=h$at
  isnt "the vxe that runs it is killed at $point" "$STATUS" 0
  diag "note status $STATUS: $ERR"
  pool_reach $at "$(pool_way $at)"
  each_is_once
  the_rest_goes
done
for point in vm-migrate:mark:after vm-migrate:migrate:after vm-migrate:result:after; do
  rm -f "$(own $at reached)"
  pool_reach $at "$(pool_way $at) env VXE_FAILPOINT=$point=sleep:3000 VXE_FAILPOINT_LOG=/mnt/own/reached"
  on $to bash -c '"$VXE_PLAIN" host-evacuate host="$1" >made 2>said & echo $! >pid; wait $!' - h$at &
  asks=$!
  ok "it stands at $point" wait_until 60 grep -qsx "$point" "$(own $at reached)"
  # shellcheck disable=SC2016 # of the other bash
  on $to bash -c 'kill -KILL "$(<pid)"'
  wait $asks
  pool_reach $at "$(pool_way $at)"
  is_over() { ! on $at plain host-evacuate host=h$at --dry-run 2>&1 | grep -q 'being evacuated'; }
  ok '... the one that has asked is killed: it ends' wait_until 60 is_over
  each_is_once
  diag "note gone: $GONE"
  the_rest_goes
done

# ---- the database is killed ----------------------------------------------------------------------------------------

# Inside the migration of each guest, and between the two: no operation is at work then that could take its locks again.
for k in 8 $n $((n + 8)); do
  rm -f "$(own $at reached)"
  on $at env VXE_FAILPOINT="#$k=sleep:4000" VXE_FAILPOINT_LOG=reached "$VXE_PLAIN" host-evacuate host=h$at >moved 2>&1 &
  moves=$!
  reaches() { [ "$(wc -l 2>/dev/null <"$(own $at reached)")" = $k ]; }
  ok "it stands at $k" wait_until 60 reaches
  database_kill
  ok '... the database is killed, and started again' database_begin "$PG"
  wait $moves
  status=$?
  if [ $k = $n ]; then
    like '... it says that it has lost it' "$status $(cat moved)" '^1 .*store was lost'
  else
    is '... all go' "$status $(cat moved)" '0 '
  fi
  each_is_once
  the_rest_goes
done
for vm in web db; do
  ok "$vm ends" on $at vxe vm-shutdown vm=$vm --force
  said=$(on $at guest_counter $vm)
  ok '... its disk is whole' on $at qemu-img check -q /mnt/sr/images/$vm-0.qcow2
  ok '... and it starts with it' on $at vxe vm-start vm=$vm
  on $at guest_counts $vm
  has_all_of $vm $at "$said" '... it'
done
database_end

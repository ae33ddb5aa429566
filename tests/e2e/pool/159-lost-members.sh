#!/bin/bash
# SPDX-License-Identifier: MIT
# limit 3600
# The server of the records is lost at every failpoint of the commands on hosts and SRs of a pool, as in 158-lost-homes.sh: a
# host joins and leaves, or is forgotten, an SR of both comes and goes, a host is plugged to it, is disabled, is dead. What a
# command says is true on both hosts then, each VM has one definition, and its data.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/pool.sh"

fast=$VXE_PLAIN
PAIR=1 pool_hosts 2
vxe_after "$VXE" <<<"$STOPS"
VXE_PLAIN=$fast
for i in 1 2; do
  ok "h$i has a VM" on $i eval "mkdir /mnt/own/g && cd /mnt/own/g && small_guest g$i 1 && vxe vm-list"
  ok '... with data' on $i eval "cd /mnt/own/g && stamp_disks \$(virsh domuuid g$i) 1$i && keep_content now \$(virsh domuuid g$i)"
done
pool_begin 2

hosts_of() { on "$1" plain host-list params=name-label --minimal | tr , '\n' | sort | paste -sd,; }
vms_of() { on "$1" plain vm-list params=name-label --minimal | tr , '\n' | grep -o 'g[12]' | sort | paste -sd,; }
# judge_member 1|0 WHAT: h2 is in the pool, or has its own records.
judge_member() {
  local i
  if [ "$1" = 1 ]; then
    is "$2: the hosts are in one pool" "$(hosts_of 1) $(hosts_of 2)" 'h1,h2 h1,h2'
    is '... and list their VMs' "$(vms_of 1) $(vms_of 2)" 'g1,g2 g1,g2'
  else
    is "$2: each host is alone" "$(hosts_of 1) $(hosts_of 2)" 'h1 h2'
    is '... and lists its VM' "$(vms_of 1) $(vms_of 2)" 'g1 g2'
  fi
  for i in 1 2; do
    ok '... vxe check is clean' on $i vxe check
    is "... h$i has its definition" "$(on $i virsh -q list --all --name | xargs)" g$i
    ok '... with its data' on $i eval "cd /mnt/own/g && has_content now \$(virsh domuuid g$i)"
  done
}
# must_be_done: nothing but a server that stays away makes it fail.
must_be_done() { is '... it is done' "$GOT" 0; }

# ---- pool-eject, pool-join -----------------------------------------------------------------------------------------

leaves() { # HOW POINT
  lost_at "$1" "$2" 2 pool-eject host-uuid="${HOST[2]}"
  must_be_done
  judge_member $((GOT != 0)) '... afterwards'
  [ "$GOT" = 0 ] || ok '... it leaves' on 2 vxe pool-eject host-uuid="${HOST[2]}"
}
joins() { # HOW POINT
  lost_at "$1" "$2" 2 pool-join store="$URI"
  must_be_done
  judge_member $((GOT == 0)) '... afterwards'
  [ "$GOT" = 0 ] || ok '... it joins' on 2 vxe pool-join store="$URI"
}
reached_by 2 pool-eject host-uuid="${HOST[2]}"
OUTS=("${POINTS[@]}")
judge_member 0 'h2 leaves'
reached_by 2 pool-join store="$URI"
INS=("${POINTS[@]}")
judge_member 1 'h2 joins'
leaves_and_joins() { # HOW POINT
  leaves "$1" "${OUTS[$((LOST_N / 2 % ${#OUTS[@]}))]}"
  joins "$1" "$2"
}
walk promote leaves_and_joins "${INS[@]}" pool-join:stop:after
for how in there gone; do
  leaves $how pool-eject:copy:after
  joins $how pool-join:stop:after
done
# The others: 209-pool-eject.sh, 296-pool-join.sh.
for point in commit:after end:after; do
  leaves restart pool-eject:$point
  joins restart pool-join:mark
done

# ---- what the standby never had ----------------------------------------------------------------------------------------

# unseen POINT COMMAND...: the commit of h2's COMMAND reaches no standby. vxe, the server and the standby are killed, and the server
# comes back, with the commit; a command of h2 asks it. Then it is lost for good, and the standby takes its place, without the commit.
unseen() {
  local moves
  pair_ready
  echo "$1" >"$HOSTS_DIR/shared/point"
  on 2 vxe "${@:2}" >made 2>said &
  ASKS=$!
  wait_until 60 stands_somewhere
  rm "$HOSTS_DIR/shared/point"
  moves=$(stopped)
  commits_held gone
  goes_on
  ok "$2: its commit reaches no standby" wait_until 60 commit_waits
  kill -KILL "$moves"
  wait $ASKS
  DATABASE_PID=$STANDBY_PID
  database_kill
  server_killed
  ok '... it is killed, and so are both servers: one comes back' server_again
  on 2 vxe host-list >made 2>said &
  ASKS=$!
  sleep 3
  server_killed
  database_begin "$STANDBY"
  STANDBY_PID=$DATABASE_PID
  ok '... and is lost again: the standby takes its place' standby_is_first
  PG=$FIRST
  wait $ASKS
  exits 1 '... which h2, who has seen the commit, refuses' on 2 vxe host-list
  like '... and leaves to a person' "$ERR" 'older than those that this host has seen'
  exits 1 '... and then h1, too' on 1 vxe host-list
  like '... because of h2' "$ERR" 'the host h2 has seen commits that are not in it'
  ok '... a person says that these are the right ones' on 1 vxe pool-reconcile
  ok '... and h2 works with them' on 2 vxe host-list
}
unseen pool-eject:copy:after pool-eject host-uuid="${HOST[2]}"
judge_member 1 '... h2 has not left'
ok '... it leaves' on 2 vxe pool-eject host-uuid="${HOST[2]}"
unseen pool-join:stop:after pool-join store="$URI"
judge_member 0 '... h2 has not joined'
ok '... it joins' on 2 vxe pool-join store="$URI"

# ---- pool-init -------------------------------------------------------------------------------------------------------

begins() { # HOW POINT
  ok 'h1 leaves as the last one' on 1 vxe pool-eject host-uuid="${HOST[1]}"
  lost_at "$1" "$2" 1 pool-init store="$URI"
  must_be_done
  judge_member 0 '... afterwards'
  [ "$GOT" = 0 ] || ok '... it makes one' on 1 vxe pool-init store="$URI"
}
ok 'h2 leaves' on 2 vxe pool-eject host-uuid="${HOST[2]}"
ok 'h1 leaves as the last one' on 1 vxe pool-eject host-uuid="${HOST[1]}"
reached_by 1 pool-init store="$URI"
for how in promote restart; do walk $how begins "${POINTS[@]}"; done
for how in there gone; do begins $how pool-init:stop:after; done
ok 'h2 joins' on 2 vxe pool-join store="$URI"

# ---- host-forget -----------------------------------------------------------------------------------------------------

# The host is forgotten with its VM, and its machine joins as a new one.
forgotten() { # HOW POINT
  ok 'h2 tells that it is up' on 2 vxe host-heartbeat
  ok '... in the records of a server with a standby' pair_ready
  host_kill 2
  silent_for 2 60
  ok '... it is dead' on 1 vxe host-declare-dead uuid="${HOST[2]}" --force
  lost_at "$1" "$2" 1 host-forget uuid="${HOST[2]}" --force
  must_be_done
  is '... h1 is alone' "$(hosts_of 1) $(vms_of 1)" 'h1 g1'
  ok '... vxe check is clean' on 1 vxe check
  host_boot 2
  ok '... the machine comes back without records' on 2 eval 'rm -r "$HOST_STATE"/*'
  ok '... and joins' on 2 vxe pool-join store="$URI"
  ok '... and tells' on 2 vxe host-heartbeat
  pool_reached 2
  judge_member 1 '... then'
}
for how in promote restart; do walk $how forgotten host-forget:records{,:after}; done
for how in there gone; do forgotten $how host-forget:records; done

# ---- an SR of both -----------------------------------------------------------------------------------------------------

place_ready
both_agree() {
  local i
  for i in 1 2; do ok "... vxe check is clean on h$i" on $i vxe check; done
  is '... both know the same SRs' "$(srs 1)" "$(srs 2)"
}
done_or_undone() { # POINT
  [[ $1 == *:intent ]] || is '... it is done' "$GOT" 0
  [ "$GOT" = 0 ] || for i in 1 2; do on $i vxe check >/dev/null 2>&1; done
}
makes_sr() { # HOW POINT
  lost_at "$1" "$2" 1 "${create[@]}"
  done_or_undone "$2"
  both_agree
  SR=$(srs 1)
  is '... the SR is there, or not' "$([ -z "$SR" ] || echo 0)" "$([ "$GOT" != 0 ] || echo 0)"
  if [ -z "$SR" ]; then
    is '... nothing is in its folder' "$(find "$PLACE" -mindepth 1 2>/dev/null)" ''
    on 1 plain "${create[@]}" >/dev/null
    SR=$(srs 1)
  fi
  is '... both are plugged' "$(attached 2 1) $(attached 2 2)" 'true true'
}
removes_sr() { # HOW POINT
  for i in 1 2; do [ "$(attached 1 $i)" != true ] || on $i plain pbd-unplug uuid="$(pbd $i)"; done
  lost_at "$1" "$2" 1 sr-destroy uuid="$SR"
  done_or_undone "$2"
  both_agree
  is '... the SR is gone, or not' "$([ -z "$(srs 1)" ] && echo 0)" "$([ "$GOT" != 0 ] || echo 0)"
  [ "$GOT" = 0 ] || ok '... it goes' on 1 vxe sr-destroy uuid="$SR"
  is '... nothing is left in its folder' "$(find "$PLACE" -mindepth 1 2>/dev/null)" ''
  mkdir -p "$PLACE"
}
of_op() { printf '%s\n' "${POINTS[@]}" | grep "^$1:"; }
reached_by 1 "${create[@]}"
SR=$(srs 1)
mapfile -t INS < <(of_op sr-create)
for i in 1 2; do ok "h$i unplugs it" on $i vxe pbd-unplug uuid="$(pbd $i)"; done
reached_by 1 sr-destroy uuid="$SR"
mapfile -t OUTS < <(of_op sr-destroy)
mkdir -p "$PLACE"
for how in promote restart; do
  for k in "${!INS[@]}"; do
    [ -n "$LONG" ] || [ $((k % 4)) = 0 ] || continue
    makes_sr $how "${INS[k]}"
    removes_sr $how "${OUTS[k]-${OUTS[0]}}"
  done
done
for how in there gone; do
  for step in intent result; do
    makes_sr $how sr-create:$step
    removes_sr $how sr-destroy:$step
  done
done
ok 'an SR of both' on 1 vxe "${create[@]}"
SR=$(srs 1)
VDI=$(on 1 plain vdi-create sr-uuid="$SR" name-label=d virtual-size=1MiB type=user)
FILE=$(on 1 plain vdi-param-get uuid="$VDI" param-name=sm-config param-key=file)
on 1 qemu-io -f qcow2 -c 'write -q -P 7 0 64k' "$FILE"

# ---- pbd-unplug, pbd-plug ------------------------------------------------------------------------------------------------

reads() { [ "$(on "$1" qemu-io -r -f qcow2 -c 'read -P 7 0 64k' "$FILE" | grep -c 'verification failed')" = 0 ]; }
plugs() { # OPERATION HOST HOW POINT
  local want=true other=$((3 - $2))
  [ "$1" = pbd-plug ] || want=false
  lost_at "$3" "$4" "$2" "$1" uuid="$(pbd "$2")"
  done_or_undone "$4"
  both_agree
  if [ "$GOT" != 0 ]; then
    isnt '... nothing has changed' "$(attached 1 "$2")" $want
    ok '... and again' on "$2" vxe "$1" uuid="$(pbd "$2")"
  fi
  is "... both know whether h$2 has it" "$(attached 1 "$2") $(attached 2 "$2")" "$want $want"
  is '... and that the other host has' "$(attached 1 $other) $(attached 2 $other)" 'true true'
  ok '... which reads what is in it' reads $other
  ok '... and scans it' on $other vxe sr-scan uuid="$SR"
}
reached_by 2 pbd-unplug uuid="$(pbd 2)"
mapfile -t OUTS < <(of_op pbd-unplug)
reached_by 2 pbd-plug uuid="$(pbd 2)"
mapfile -t INS < <(of_op pbd-plug)
for how in promote restart; do
  for k in "${!OUTS[@]}"; do
    [ -n "$LONG" ] || [ $((k % 4)) = 0 ] || continue
    plugs pbd-unplug $((1 + k % 2)) $how "${OUTS[k]}"
    plugs pbd-plug $((1 + k % 2)) $how "${INS[k]-${INS[0]}}"
  done
done
for how in there gone; do
  for step in intent result; do
    plugs pbd-unplug 2 $how pbd-unplug:$step
    plugs pbd-plug 2 $how pbd-plug:$step
  done
done

# ---- sr-forget -------------------------------------------------------------------------------------------------------------

forgets_sr() { # HOW POINT
  for i in 1 2; do ok "... h$i unplugs it" on $i vxe pbd-unplug uuid="$(pbd $i)"; done
  lost_at "$1" "$2" 1 sr-forget uuid="$SR"
  done_or_undone "$2"
  both_agree
  is '... it is forgotten, or not' "$([ -z "$(srs 1)" ] && echo 0)" "$([ "$GOT" != 0 ] || echo 0)"
  if [ "$GOT" = 0 ]; then
    introduce_sr
  else
    for i in 1 2; do ok "... h$i plugs it" on $i vxe pbd-plug uuid="$(pbd $i)"; done
  fi
  is '... with its disk' "$(on 2 plain vdi-list sr-uuid="$SR" params=uuid --minimal)" "$VDI"
  ok '... and its data' reads 2
}
for i in 1 2; do ok "h$i unplugs it" on $i vxe pbd-unplug uuid="$(pbd $i)"; done
reached_by 1 sr-forget uuid="$SR"
introduce_sr
mapfile -t OUTS < <(of_op sr-forget)
for how in promote restart; do walk $how forgets_sr "${OUTS[@]}"; done
for how in there gone; do
  for step in intent result; do forgets_sr $how sr-forget:$step; done
done

# ---- host-disable, host-enable ---------------------------------------------------------------------------------------------

for how in there gone; do
  for op in host-disable host-enable; do
    lost_at $how - 1 $op uuid="${HOST[2]}"
    must_be_done
    is '... which both know' "$(on 1 plain host-list uuid="${HOST[2]}" params=enabled --minimal) $(on 2 plain host-list uuid="${HOST[2]}" params=enabled --minimal)" \
      "$([ $op = host-enable ] && echo true true || echo false false)"
    both_agree
  done
done

# ---- host-declare-dead, and a VM that comes from there ---------------------------------------------------------------------

on 1 eval 'cd /mnt/sr/place && small_guest web 1'
WEB=$(on 1 eval 'vxe vm-list >/dev/null; virsh domuuid web')
on 1 eval "cd /mnt/sr/place && stamp_disks $WEB 33 && keep_content now $WEB"
at=1
# dies HOW POINT: the host of the VM has no power; the other one is told so, and starts the VM.
dies() {
  local to=$((3 - at)) how point
  on $at vxe vm-list >/dev/null
  ok "h$at tells that it is up" on $at vxe host-heartbeat
  ok '... in the records of a server with a standby' pair_ready
  host_kill $at
  silent_for $at 60
  if [[ $2 == host-declare-dead:* ]]; then
    lost_at "$1" "$2" $to host-declare-dead uuid="${HOST[at]}" --force
    must_be_done
  else
    ok '... it is dead' on $to vxe host-declare-dead uuid="${HOST[at]}" --force
  fi
  is '... its VM has no host' "$(of $to web resident-on)" '<not in database>'
  if [[ $2 == host-declare-dead:* ]]; then
    ok '... it starts on the other one' on $to vxe vm-start vm=web paused=true
  else
    lost_at "$1" "$2" $to vm-start vm=web paused=true
    # What comes from a dead host has no intent: the next command takes it.
    [[ $2 == vm-start:intent || $2 == vm-take-from-dead:define* ]] || must_be_done
    [ "$GOT" = 0 ] || ok '... it starts on the other one' on $to vxe vm-start vm=web paused=true
  fi
  is '... it runs there' "$(on $to virsh domstate web)" paused
  host_boot $at
  ok '... the host is back' on $at vxe host-heartbeat
  is '... without the old definition' "$(on $at virsh -q list --all --name | grep -x web)" ''
  both_agree
  is '... both know where it is' "$(of 1 web resident-on) $(of 2 web resident-on)" "${HOST[to]} ${HOST[to]}"
  ok '... it ends' on $to vxe vm-shutdown vm=web --force
  ok '... it has its data' on 1 eval "cd /mnt/sr/place && has_content now $WEB"
  at=$to
}
for how in promote restart; do
  walk $how dies host-declare-dead:records{,:after} vm-take-from-dead:{define,define:after,records:after} vm-start:{intent,result}
done
for how in there gone; do
  dies $how host-declare-dead:records
  dies $how vm-take-from-dead:define:after
done
database_end

#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # ways.sh uses them
# limit 1200
# Other programs, and other commands of vxe, act on a guest while a migration stands still between two of its steps: libvirt's
# virsh on either host, qemu-img on its disk, a second vxe. Afterwards one guest runs at most, one host has it, nothing that it
# wrote is lost, and vxe check is clean or says what a person has to do.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

migration_ready || exit
at=1
on 1 virsh dumpxml --inactive --migratable web >"$HOSTS_DIR/shared/web.xml"

running() { for i in 1 2; do on $i virsh -q list --name; done | grep -cx web; }
defined() { for i in 1 2; do on $i virsh -q list --all --persistent --name; done | grep -cx web; }

# moves POINT: a migration from h$at to h$to begins, and stands at the point for three seconds.
moves() {
  to=$((3 - at))
  rm -f "$HOSTS_DIR/h$at/own/reached"
  SAID=$(on $at guest_counter web)
  on $at env VXE_FAILPOINT="vm-migrate:$1=sleep:${SLEEP-4000}" VXE_FAILPOINT_LOG=reached "$VXE_PLAIN" vm-migrate vm=web host=h$to >moved 2>&1 &
  MOVES=$!
  ok "it stands at $1" wait_until 60 grep -qsx "vm-migrate:$1" "$HOSTS_DIR/h$at/own/reached"
}
# moved: sets MOVED, the status, and at.
moved() {
  wait $MOVES
  MOVED=$?
  on $to virsh -q list --all --name | grep -qx web && at=$to
  diag "note status $MOVED, now on h$at: $(paste -sd' ' moved)"
}
# It has ended: it is at home on one host, and has all on its disk that it had said.
has_ended() {
  is "$1: no guest runs" "$(running)" 0
  is '... one host has it' "$(defined)" 1
  for i in 1 2; do ok "... vxe check is clean on h$i" on $i vxe check; done
  ok '... it starts' on 1 vxe vm-start vm=web
  ok '... and counts' on $at guest_counts web
  has_all_of web $at "$SAID" '... and'
  is_on $at '... it'
}

# ---- virsh on the host that it leaves ----------------------------------------------------------------------------

moves migrate
on $at virsh -q destroy web
moved
isnt 'what has been ended does not move' "$MOVED" 0
has_ended 'virsh destroy before it goes'

moves migrate
on $at virsh -q undefine web
moved
is 'virsh undefine before it goes: it has moved' "$MOVED" 0
is '... one host has it' "$(defined)" 1
is_on $at '... it'

moves migrate
on $at virsh -q suspend web
moved
is 'virsh suspend before it goes: it has moved' "$MOVED" 0
is '... paused' "$(on $at virsh domstate web)" paused
ok '... vxe lets it go on' on 1 vxe vm-unpause vm=web
is_on $at '... it'

moves migrate:after
on $at virsh -q define /mnt/sr/web.xml
not_ok 'a definition of it comes back, and does not start' on $at virsh -q start web
moved
is '... it has moved' "$MOVED" 0
is_on $at '... it'

moves result
on $at virsh -q define /mnt/sr/web.xml
moved
is 'it comes back later, and it has moved' "$MOVED" 0
is_on $at '... it'

moves migrate
on $at virsh -q snapshot-create-as web layer --disk-only --no-metadata --diskspec vda,file=/mnt/sr/images/web-layer.qcow2
moved
is 'virsh puts a layer on its disk before it goes: it has moved' "$MOVED" 0
is '... with it' "$(on $at virsh -q domblklist web | awk '{ print $2 }')" /mnt/sr/images/web-layer.qcow2
ok '... the next command takes it over' on 1 vxe vm-param-set uuid="$VM" name-description=x
is_on $at '... it'

moves migrate
on $at virsh -q blockcommit web vda --active --bandwidth 1
moved
isnt 'a job on its disk: it does not go' "$MOVED" 0
on $at virsh -q blockjob web vda --abort
is_on $at '... it'

# ---- virsh on the host to which it goes ---------------------------------------------------------------------------

moves migrate:after
on $to virsh -q destroy web
moved
is 'virsh destroy when it has gone: it has moved' "$MOVED" 0
has_ended '... and ended'

moves migrate:after
on $to virsh -q undefine web
moved
is 'virsh undefine when it has gone: it has moved' "$MOVED" 0
is '... and runs' "$(running)" 1
exits 1 '... vxe check says that its definition is gone' on $at vxe check
NEXT=$OUT
like '... and what to do' "$OUT" "virsh define"
ok '... which is done' on $at eval "$(way 1)"
is_on $at '... it'

moves migrate
on $to virsh -q define /mnt/sr/web.xml
run on $to virsh -q start web
diag "note virsh start there: status $STATUS, $(head -n 1 <<<"$ERR")"
moved
is_on $at 'virsh defines and starts it where it goes: it'

# ---- another vxe, and qemu-img ---------------------------------------------------------------------------------------

# meanwhile HOST WORDS...: runs while the migration stands.
meanwhile() {
  SECONDS_N=$((SECONDS_N + 1))
  on "$@" >"$TEST_DIR/second-$SECONDS_N" 2>&1 &
  SECOND+=($!)
}
for point in migrate migrate:after result; do
  SECOND=() SECONDS_N=0
  moves $point
  for i in 1 2; do
    meanwhile $i plain vm-start vm=web
    meanwhile $i plain vm-migrate vm=web host=h$to
    meanwhile $i plain vm-snapshot vm=web new-name-label="$point-$i"
    meanwhile $i plain vm-param-set uuid="$VM" name-description="$point-$i"
  done
  meanwhile $at plain vm-migrate vm=web host=h$at
  run qemu-img commit -q "$(on $at virsh -q domblklist web 2>/dev/null | awk '{ print $2 }')"
  isnt "qemu-img does not get at its disk at $point" "$STATUS" 0
  run on $to qemu-io -f qcow2 -c 'write -P 66 1M 64k' $DISK
  isnt '... nor qemu-io' "$STATUS" 0
  moved
  for i in "${SECOND[@]}"; do wait "$i"; done
  at=1
  on 2 virsh -q list --name | grep -qx web && at=2
  for ((i = 1; i <= SECONDS_N; i++)); do diag "note $i: $(paste -sd' ' "$TEST_DIR/second-$i" | cut -c1-150)"; done
  is '... it runs once' "$(running) $(defined)" '1 1'
  is_on $at '... it'
done
ok 'it ends' on 1 vxe vm-shutdown vm=web --force
SAID=$(on $at guest_counter web)
has_ended 'all that were there'
database_end

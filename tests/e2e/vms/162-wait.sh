#!/bin/bash
# SPDX-License-Identifier: MIT
# vm-wait: until a VM runs, is off, or has an address; a time limit, several VMs, ^C and TERM. It locks nothing and writes
# nothing.
. "$TESTS/lib/e2e.sh"
NL=$'\n'
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest web 1
web=$UUID
small_guest db 1
db=$UUID
vxe vm-list >/dev/null
ln -s "$VXE" xe

# ---- running, halted -----------------------------------------------------------------------------

exits 0 'what is so already' vxe vm-wait vm=web state=halted timeout=0
exits 6 'a time limit' vxe vm-wait vm=web state=running timeout=1
like '... names the VM and where it is' "$ERR" "vm: $web .web.${NL}state: running${NL}found: halted${NL}seconds: 1"
vxe vm-wait vm=web state=running timeout=60 &
sleep 0.5
ok 'a VM that somebody waits for starts' vxe vm-start vm=web
ok '... which the other sees' wait $!
virsh -q suspend web
exits 6 'a paused VM does not run' vxe vm-wait vm=web state=running timeout=0
exits 6 '... and is not halted' vxe vm-wait vm=web state=halted timeout=0
virsh -q resume web
vxe vm-wait uuid="$web" state=halted timeout=60 &
sleep 0.5
virsh -q destroy web
ok 'a VM that virsh stops' wait $!

# ---- several -------------------------------------------------------------------------------------

words="is-control-domain=false --multiple"
vxe vm-start vm=web
# shellcheck disable=SC2086 # words
exits 5 'not all of several' vxe vm-wait $words state=running timeout=1
like '... and which' "$OUT" "operation failed on $db: "
unlike '... alone' "$OUT" "operation failed on $web"
# shellcheck disable=SC2086 # words
vxe vm-wait $words state=running timeout=60 &
sleep 0.5
vxe vm-start vm=db
ok 'all of several' wait $!
exits 4 'several only with --multiple' vxe vm-wait is-control-domain=false state=running

# ---- it is ended, and disturbs nobody ------------------------------------------------------------

before=$(store_sum)
for signal in INT TERM; do
  env --default-signal=$signal "$VXE" vm-wait vm=web state=halted 2>said &
  pid=$!
  sleep 1
  is "nothing is locked ($signal)" "$(grep -lsx "$pid" /run/vxe/* "${XDG_RUNTIME_DIR-/nowhere}"/vxe/* 2>/dev/null)" ''
  kill -$signal $pid
  wait $pid
  is "SIG$signal ends it" $? $((128 + $(kill -l $signal)))
  like '... as cancelled, with the VM' "$(cat said)" "cancelled.${NL}vm: $web .web."
done
is 'nothing was written' "$(store_sum)" "$before"
vxe vm-wait vm=db state=ip timeout=60 2>said &
sleep 0.5
vxe vm-shutdown vm=db --force
ok 'a VM goes while somebody waits for it' vxe vm-destroy uuid="$db"
wait $!
is '... which is an error' $? 3

# ---- words ---------------------------------------------------------------------------------------

exits 2 'another state' vxe vm-wait vm=web state=asleep
like '... is refused' "$ERR" 'Unknown state: asleep'
exits 1 'xe does not have it' ./xe vm-wait vm=web state=running
like '... by name' "$ERR" 'Unknown command: vm-wait'
vxe vm-shutdown vm=web --force

#!/bin/bash
# SPDX-License-Identifier: MIT
# virsh begins a blockcommit and gives it up: libvirt leaves QEMU as a writer of the layer below, which vxe then freezes. A
# guest that is stopped for its memory could not go on: it goes on, and a checkpoint has a memory, or is none.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest web 2
guest_start web
first=$(vxe vm-checkpoint vm=web new-name-label=first)
isnt 'a checkpoint' "$first" ''
keep_content first "$first"
ok 'virsh makes a layer' virsh -q snapshot-create-as web --no-metadata --disk-only --atomic \
  --diskspec vda,snapshot=external,file="$PWD/theirs.qcow2" --diskspec vdb,snapshot=no
ok '... merges it' virsh -q blockcommit web vda --active --shallow
ok '... and gives up' virsh -q blockjob web vda --abort
ok 'vxe takes over what it has done' vxe vm-param-set uuid="$UUID" name-description=x

# A snapshot by virsh itself leaves the guest paused; vm-unpause lets it go on, which virsh resume does not.
run virsh -q snapshot-create-as web virshs --no-metadata --memspec file="$PWD/virshs.mem" --diskspec vda,snapshot=no \
  --diskspec vdb,snapshot=no
if [ "$STATUS" != 0 ]; then
  is 'after virsh with memory the guest is paused' "$(virsh domstate web)" paused
  layer=$(sed -n "s/.*Could not open '\([^']*\)'.*/\1/p" <<<"$ERR")
  not_ok '... virsh cannot let it go on' virsh -q resume web
  ok '... vxe can' vxe vm-unpause uuid="$UUID"
  is '... and the layer that vxe has frozen stays so' "$(stat -c %a "$layer")" 444
fi
ok 'the guest counts' guest_counts web

checkpoints() {
  local try status said made
  for try in "$@"; do
    run vxe vm-checkpoint vm=web new-name-label="c$try"
    status=$STATUS said=$ERR
    is "checkpoint $try: the guest runs afterwards" "$(virsh domstate web)" running
    ok '... and counts' guest_counts web
    made=$(plain snapshot-list name-label="c$try" --minimal)
    if [ "$status" = 0 ]; then
      is '... it has the memory' "$(plain snapshot-param-get uuid="$made" param-name=power-state)" suspended
    else
      is '... none is left' "$made" ''
      like '... it says why' "$said" 'message: .*Permission denied'
    fi
  done
}
checkpoints 1 2 3
ok 'the first holds what it did' has_content first "$first"

# Two that were given up: QEMU is a writer of two layers, and a guest that is stopped for its memory needs both.
vxe vm-snapshot vm=web new-name-label=between >/dev/null
ok 'virsh makes another layer' virsh -q snapshot-create-as web --no-metadata --disk-only --atomic \
  --diskspec vda,snapshot=external,file="$PWD/theirs2.qcow2" --diskspec vdb,snapshot=no
ok '... merges it' virsh -q blockcommit web vda --active --shallow
ok '... and gives up' virsh -q blockjob web vda --abort
ok 'vxe takes over what it has done' vxe vm-param-set uuid="$UUID" name-description=y
checkpoints 4 5 6
ok 'the first holds what it did' has_content first "$first"

# vxe is killed while libvirt saves the memory: nobody lets the guest go on, until the next command.
killed_at() {
  "$VXE_PLAIN" vm-checkpoint vm=web new-name-label=killed >/dev/null 2>&1 &
  local pid=$!
  sleep "0.$1"
  kill -KILL $pid
  wait $pid
  wait_until 20 no_job web
} 2>/dev/null
no_job() { ! virsh domjobinfo "$1" | grep -q 'Operation: '; }
paused=''
for try in 05 10 15 20 25 30 35 40 45 50; do
  killed_at $try
  case $(virsh domstate web --reason) in paused*) paused+=" $try" ;; esac
  vxe sr-coalesce >/dev/null
  [ "$(virsh domstate web)" = running ] && guest_counts web || break
done
isnt 'killed vxe left the guest paused' "$paused" ''
is '... and the next command let it go on' "$(virsh domstate web)" running
ok '... it counts' guest_counts web

vxe vm-shutdown uuid="$UUID" --force
ok 'back to it' vxe snapshot-revert snapshot-uuid="$first"
ok '... and on' vxe vm-resume uuid="$UUID"
ok '... it counts' guest_counts web
ok 'vxe check is clean' vxe check

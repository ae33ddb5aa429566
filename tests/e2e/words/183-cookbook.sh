#!/bin/bash
# SPDX-License-Identifier: MIT
# The recipes of docs/cookbook.md, run as they stand there, on a guest that writes: what is restored, copied or moved holds,
# byte by byte, what it must, and the guest goes on.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/page.sh"

is 'each recipe is here' "$(page_headings cookbook.md)" \
  'Nightly backup,Restore,Before,The patch was bad,The patch is good,Golden image,Machines of it,A newer image,Move a VM,After the move,Clone for tests,After the tests'
[ "$HOST_MODE" = system ] || skip_all 'a recipe makes a network, for which libvirt has to be root'
export -f keep_content has_content vdi_files plain
# The instant that a recipe keeps is compared in the middle of it.
recipe() { page cookbook.md "$@"; }
first_disk() { vdi_files "$1" | head -n 1; }
written() { [ "$(counter_of "$(first_disk "$1")")" -gt "$2" ]; }
runs_on() { wait_until 30 written "$1" "$(counter_of "$(first_disk "$1")")"; }

GUEST_EXTRA="<interface type='user'><mac address='52:54:00:00:00:01'/></interface>" small_guest web 2
export VM=$UUID
guest_start web
pid=$(guest_pid web)

# ---- backup

mkdir -m 0700 backup
touch -d '15 days ago' backup/web-old.xva
recipe 'Nightly backup' "s|/backup|$PWD/backup|; /snapshot-uninstall/i keep_content backup \$SNAP"
is '... of which one archive stays' "$(cd backup && echo ./*)" "./web-$(date +%Y%m%d).xva"
is '... and no snapshot' "$(plain snapshot-list --minimal)" ''
ok '... the guest goes on' guest_counts web
is '... as the same process' "$(guest_pid web)" "$pid"
recipe Restore "s|/backup|$PWD/backup|"
ok '... it holds what the guest had at that instant' has_content backup "$RESTORED"
is '... the template is gone' "$(plain template-list name-label=backup --minimal)" ''
ok '... and it runs' vxe vm-start uuid="$RESTORED"
ok '... from its disk' runs_on "$RESTORED"
vxe vm-uninstall uuid="$RESTORED" --force >/dev/null

# ---- patch day

recipe Before
keep_content before "$BEFORE"
guest_counts web
wait_until 20 eval '[ "$(counter_of "$(first_disk "$VM")")" -gt $(($(counter_of "$(first_disk "$BEFORE")") + 2 * GUEST_STEP)) ]'
patched=$(guest_counter web)
LOG=$(serial_of web)
export LOG
recipe 'The patch was bad' '/vm-resume/i wc -l <"$LOG" >line'
line=$(cat line)
is '... memory and disks are those of the checkpoint' "$(one_instant web "$line" "$(counter_of "$(first_disk "$BEFORE")")")" ''
ok '... of before the patch' test "$(first_count web "$line")" -lt "$patched"
ok '... which still holds them' has_content before "$BEFORE"
KEPT=$(plain snapshot-list --minimal | tr , '\n' | grep -v "$BEFORE")
ok '... the bad state is kept' test "$(counter_of "$(first_disk "$KEPT")")" -gt "$(counter_of "$(first_disk "$BEFORE")")"
vxe snapshot-uninstall uuid="$KEPT" --force >/dev/null
pid=$(guest_pid web)
recipe 'The patch is good'
guest_counts web
is '... the guest goes on' "$(guest_pid web)" "$pid"
is '... on its first file' "$(source_of web vda)" "$PWD/web-0.qcow2"

# ---- golden image

recipe 'Golden image' 's/^vxe vm-shutdown .*/& --force/' # it has no system that could shut down
keep_content golden "$VM"
ok '... the template has its content' has_content golden "$GOLD"
recipe 'Machines of it' '/vm-start/i has_content golden $NEW'
for N in 1 2 3; do
  machine=$(plain vm-list name-label="web-$N" --minimal)
  ok "... machine $N runs from its disk" runs_on "$machine"
done
recipe 'A newer image'
is '... there is none' "$(plain template-list name-label=golden-1 --minimal)" ''
for N in 1 2 3; do
  machine=$(plain vm-list name-label="web-$N" --minimal)
  ok "... machine $N goes on" runs_on "$machine"
  vxe vm-uninstall uuid="$machine" --force >/dev/null
done
ok '... the first one is as it was' has_content golden "$VM"

# ---- a move: the other machine is another store and folder, so the VM there gets a UUID of its own

THERE=$(store_at there)
export THERE
cat >bin/ssh <<'END'
#!/bin/bash
[ "$1" = root@there ] && shift
export VXE_STORE=$THERE VXE_IMAGES=$PWD/there.images
exec "$@"
END
chmod 0755 bin/ssh
there() { VXE_STORE=$THERE "$@"; }
guest_start web
recipe 'Move a VM' "s/ preserve=true//; /^ssh.*vm-resume/i keep_content moved \$VM; VXE_STORE=\$THERE has_content moved \$MOVED"
moved=$(there plain vm-param-get uuid="$MOVED" param-name=power-state)
is '... it runs there' "$moved" running
ok '... and counts' there runs_on "$MOVED"
is '... it is suspended here' "$(power "$VM")" suspended
ok '... with the same disks' has_content moved "$VM"
virsh -q destroy "$MOVED"
there vxe vm-uninstall uuid="$MOVED" --force >/dev/null
vxe vm-resume uuid="$VM"
guest_counts web

# ---- a clone

pid=$(guest_pid web)
recipe 'Clone for tests' '/vm-start/i has_content clone $CLONE
/^CLONE/i keep_content clone $SNAP'
ok '... it runs from its disk' runs_on "$CLONE"
is '... its card is in a network of its own' "$(plain vif-list vm-uuid="$CLONE" params=network-uuid --minimal)" "$NET"
isnt '... and the card of the first one is not' "$(plain vif-list vm-uuid="$VM" params=network-uuid --minimal)" "$NET"
ok '... the snapshot holds what it did' has_content clone "$SNAP"
recipe 'After the tests'
guest_counts web
is '... the guest goes on' "$(guest_pid web)" "$pid"
is '... no snapshot is left' "$(plain snapshot-list --minimal)" ''
vxe vm-suspend uuid="$VM"
recipe 'After the move'
is 'no VM is left' "$(plain vm-list is-control-domain=false --minimal)" ''
ok 'vxe check' vxe check

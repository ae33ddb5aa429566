#!/bin/bash
# SPDX-License-Identifier: MIT
# A halted guest on storage that two hosts share is started on the one or the other, or a suspended one resumed: it has one home at
# a time, with its snapshots, its bytes and its memory, also when the way there is cut off in the middle.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/pool.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
pool_begin 2
vxe() { on 1 vxe "$@"; } # for wrong, leads
bin=$HOSTS_DIR/shared/bin
of() { on "$1" plain vm-list name-label=web params="$2" --minimal; }
defined() { for i in 1 2; do on $i virsh -q list --all --name; done | grep -cx web; }
starts() { on "$1" vxe vm-start vm=web on=h"$2"; }
stops() { on "$1" vxe vm-shutdown vm=web --force; }

ok 'they share an SR' on 1 vxe sr-create name-label=common type=file shared=true device-config:location=/mnt/sr/images
on 1 eval 'cd /mnt/sr/images && small_guest web 1' && on 1 vxe vm-list >/dev/null
WEB=$(of 1 uuid)
on 1 stamp_disks "$WEB" 11
ok 'a snapshot on h1' on 1 vxe vm-snapshot uuid="$WEB" new-name-label=clean
SNAP=$OUT
on 1 keep_content clean "$SNAP"
on 1 stamp_disks "$WEB" 22

# ---- there and back --------------------------------------------------------------------------------------

ok 'h2 starts the guest of h1 on itself' starts 2 2
is '... which has it now' "$(on 1 virsh -q list --all --name | grep -x web)/$(on 2 virsh -q list --name | grep -x web)" /web
ok '... and it counts there' on 2 guest_counts web
is '... as both see' "$(of 1 resident-on) $(of 2 resident-on)" "${HOST[2]} ${HOST[2]}"
wrong VM_BAD_POWER_STATE 'a guest that runs does not start elsewhere' vm-start vm=web on=h1
ok 'h1 stops it there' stops 1
cp "$HOSTS_DIR"/h1/own/clean* "$HOSTS_DIR/h2/own/"
ok 'its snapshot is gone back to' on 1 vxe snapshot-revert uuid="$SNAP"
ok '... byte by byte' on 2 has_content clean "$WEB"
ok 'h1 starts it on itself' starts 1 1
ok '... and it counts there' on 1 guest_counts web
is '... with one definition' "$(defined)" 1
ok '... and stops' stops 2

# ---- a suspended one ---------------------------------------------------------------------------------------

COMMON=$(on 1 plain sr-list name-label=common --minimal)
ok 'its memory is kept in their SR' on 1 vxe vm-param-set uuid="$WEB" suspend-SR-uuid="$COMMON"
starts 1 1
ok 'it counts on h1' on 1 guest_counts web
on 1 virsh -q autostart web
ok '... and is suspended' on 2 vxe vm-suspend vm=web
autostarts() { on 2 virsh dominfo web | awk '$1 == "Autostart:" { print $2 }'; }
SAID=$(on 1 guest_counter web)
wrong VM_BAD_POWER_STATE 'one that is suspended does not boot elsewhere' vm-start vm=web on=h2
boots() { on 2 grep -c ^B= "$HOST_DIR/s/web.log"; }
BOOTS=$(boots)
ok 'h1 has it go on on h2' on 1 vxe vm-resume vm=web on=h2
is '... which has it now' "$(on 1 virsh -q list --all --name | grep -x web)/$(on 2 virsh -q list --name | grep -x web)" /web
ok '... where it counts on' on 2 guest_counts web
is '... from its memory' "$(boots) $([ "$(on 2 guest_counter web)" -gt "$SAID" ] && echo more)" "$BOOTS more"
is '... which is gone' "$(on 1 plain vm-param-get uuid="$WEB" param-name=suspend-VDI-uuid)" '<not in database>'
is '... with its autostart' "$(autostarts)" enable
for sr in $(on 1 plain pbd-list host-uuid="${HOST[2]}" params=sr-uuid --minimal | tr , ' '); do
  on 1 plain sr-list uuid="$sr" name-label='Local storage' --minimal | grep -q . && OWN=$sr
done
on 1 vxe vm-param-set uuid="$WEB" suspend-SR-uuid="$OWN" >/dev/null
ok '... one with memory on h2 alone' on 2 vxe vm-suspend vm=web
wrong VM_REQUIRES_SR '... stays there' vm-resume vm=web on=h1
ok '... and goes on' on 1 vxe vm-resume vm=web
on 1 vxe vm-param-set uuid="$WEB" suspend-SR-uuid="$COMMON" >/dev/null
ok '... one that boots by virsh' on 2 vxe vm-suspend vm=web
is '... is not started by its host' "$(autostarts)" disable
on 2 virsh -q start web && on 2 guest_counts web
wrong VXE_DISK_CHANGED '... runs, and has written' vm-resume vm=web on=h1
on 2 virsh -q destroy web
wrong VXE_DISK_CHANGED '... and stays there, when it has stopped' vm-resume vm=web on=h1
is '... with one definition' "$(on 2 virsh -q list --all --name | grep -x web) $(defined)" 'web 1'
ok '... and goes back to its memory' on 1 vxe vm-resume vm=web discard-changes=true
on 2 virsh -q autostart web --disable
stops 1
starts 1 1
stops 1

# ---- what goes wrong ---------------------------------------------------------------------------------------

pool_reach 2 'false'
wrong HOST_OFFLINE 'a host that cannot be reached' vm-start vm=web on=h2
is '... has nothing' "$(on 1 virsh -q list --all --name | grep -x web)" web
pool_reach 2 "$(pool_way 2)"
again HOST_OFFLINE vxe vm-start vm=web on=h2
ok '... and stops' stops 1
ok '... and is at h1 again' starts 1 1
stops 1

VXE_FAILPOINT=vm-leave:undefine:after=die run on 1 vxe vm-start vm=web on=h2
is 'killed when it has left h1' "$STATUS" 137
ok '... the next start comes to its end' starts 2 2
is '... with one definition' "$(defined)" 1
stops 2

# Killed before the other host has it: no host has it, until one acts on it.
on 2 keep_content last "$WEB"
cp "$HOSTS_DIR"/h2/own/last* "$HOSTS_DIR/h1/own/"
printf '#!/bin/sh\nexec sleep 600\n' >"$bin/hang" && chmod +x "$bin/hang"
pool_reach 1 /mnt/sr/bin/hang
on 2 bash -c 'PATH=/mnt/sr/bin:$PATH vxe vm-start vm=web on=h1 >/dev/null 2>&1 & echo $! >/mnt/own/pid; wait' &
waiting=$!
ok 'it leaves h2' wait_until 20 eval '[ "$(defined)" = 0 ]'
on 2 bash -c 'kill -9 "$(</mnt/own/pid)"'
wait $waiting
pool_reach 1 "$(pool_way 1)"
is 'a guest that no host has is listed' "$(of 1 power-state) $(of 2 power-state)" 'halted halted'
is '... nowhere' "$(of 1 resident-on)" '<not in database>'
ok 'h1 takes it when it acts on it' on 1 vxe vm-param-set uuid="$WEB" name-description=mine
is '... with one definition' "$(on 1 virsh -q list --all --name | grep -x web) $(defined)" 'web 1'
ok '... byte by byte' on 1 has_content last "$WEB"
ok '... and starts it' on 1 vxe vm-start vm=web
ok '... and it counts' on 1 guest_counts web
for i in 1 2; do ok "h$i: vxe check is clean" on $i vxe check; done
database_end

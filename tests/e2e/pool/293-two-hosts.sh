#!/bin/bash
# SPDX-License-Identifier: MIT
# Two hosts on this machine (tests/lib/hosts.sh). Each has its own guests and its own libvirt and records; a folder and a
# network they share. A guest moves from one to the other. Two cannot have one disk, unless their QEMUs take no locks. A
# cable that is pulled, or power that fails, is felt by one alone.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/hosts.sh"
requires hosts_work 'no namespace in which a user can have a /proc, a bridge and a name'

since() { diag "note $1 after $(((${EPOCHREALTIME/./} - $2) / 1000)) ms"; }
begun=${EPOCHREALTIME/./}
ok 'two hosts are up' hosts_start 2 || exit
since 'ready' "$begun"

# ---- each its own -------------------------------------------------------------------------------------

for i in 1 2; do
  is "the name of h$i" "$(on $i hostname)" h$i
  ok '... a guest there' on $i small_guest g$i 1
  ok '... is snapshotted' on $i vxe vm-snapshot vm=g$i new-name-label=s
  is '... and is all that vxe lists' "$(on $i plain vm-list is-control-domain=false params=name-label --minimal)" g$i
  ok '... with vxe check clean' on $i vxe check
done
isnt 'they are two hosts' "$(on 1 plain host-list --minimal)" "$(on 2 plain host-list --minimal)"
ok 'the folder is shared' on 1 touch /mnt/sr/seen
ok '... by both' on 2 test -e /mnt/sr/seen
not_ok '... others are not' on 2 test -e /mnt/own/g1-0.qcow2

# ---- a guest moves ---------------------------------------------------------------------------------------

disk=/mnt/sr/web-0.qcow2
on 1 guest_disks web 1 /mnt/sr >/dev/null
ok 'a guest on the shared folder' on 1 guest_define web - $disk
ok '... counts on h1' on 1 guest_start web || exit
ok '... moves to h2' on 1 virsh -q migrate --live --p2p --persistent --undefinesource --unsafe web "qemu+tcp://h2/$HOST_MODE" || exit
ok '... and counts there' on 2 guest_counts web
# What it has said, on h1 and then on h2, byte by byte: one line for each count.
said() { on 1 cat "$HOST_DIR/s/web.log" && on 2 cat "$HOST_DIR/s/web.log"; }
said | tr -d '\r' | sed -n '/^C=[0-9a-f]\{8\}$/s/C=//p' >counts
awk 'NR == 1 { first = $1 } END { print first, $1, NR }' counts >ends
read -r first last n <ends
is '... where it was' "$n" $((16#$last - 16#$first + 1))
is '... h1 has it no longer' "$(on 1 virsh -q list --all --name | grep -x web)" ''
like '... which vxe sees on h2' "$(on 2 plain vm-list name-label=web params=power-state --minimal)" running

# ---- one disk, two guests ----------------------------------------------------------------------------------

on 1 guest_define twin - $disk
not_ok 'its disk is not given to a second guest' on 1 virsh -q start twin --paused
log=/var/log/libvirt/qemu
[ "$HOST_MODE" = system ] || log=$XDG_CACHE_HOME/libvirt/qemu/log
like '... for the lock' "$ERR$(on 1 cat "$log/twin.log")" 'Failed to get "write" lock'
GUEST_EMULATOR=$NO_LOCKS on 1 guest_define blind - $disk
# The first one is paused, so that never two of them write.
on 2 virsh -q suspend web
ok '... but to one whose QEMU sees no locks' on 1 virsh -q start blind --paused
on 1 virsh -q destroy blind
on 2 virsh -q resume web
ok '... and goes on' on 2 guest_counts web

# ---- libvirt, the network, the power ---------------------------------------------------------------------

was=$(on 2 guest_pid web)
libvirtd_kill 2
not_ok 'libvirtd of h2 is killed' on 2 virsh -q list
ok '... the other one is not' on 1 virsh -q list
ok '... and started' libvirtd_start 2
is '... the guest runs on' "$(on 2 guest_pid web)" "$was"

read -ra there <<<"$(host_words 2)"
ok 'h1 runs a command on h2' on 1 "${there[@]}" hostname
is '... on h2' "$OUT" h2
exits 7 '... whose status it gets' on 1 "${there[@]}" sh -c 'echo why >&2; exit 7'
is '... and its errors' "$ERR" why
head -c 3M /dev/urandom >bytes
on 1 "${there[@]}" cat <bytes >back
ok '... and every byte' cmp bytes back
host_cut 2
exits 255 'h2 is cut off' on 1 "${there[@]}" true
ok '... its guest runs on' on 2 guest_counts web
host_join 2
ok '... it is reached again' wait_until 10 on 1 "${there[@]}" true

boot=$(on 2 cat /proc/sys/kernel/random/boot_id)
mapfile -t ran < <(host_processes 2)
like 'h2 has a QEMU, a libvirtd' "$(printf '%s\n' "${ran[@]}" | sed 's,.*,/proc/&/comm,' | xargs cat | sort | paste -sd' ')" 'libvirtd.*qemu-system'
begun=${EPOCHREALTIME/./}
host_kill 2
is 'the power of h2 fails: nothing of it runs' "$(host_processes 2 "${ran[@]}")" ''
since 'without power' "$begun"
on 1 guest_start twin
ok '... h1 can have the disk' on 1 guest_counts twin
ok '... as it was left' test "$(on 1 guest_booted twin)" -gt $((16#$last))
on 1 virsh -q destroy twin
begun=${EPOCHREALTIME/./}
ok 'it boots' host_boot 2
since 'booted' "$begun"
ok '... and h1 reaches it' on 1 "${there[@]}" true
isnt '... it was another boot' "$(on 2 cat /proc/sys/kernel/random/boot_id)" "$boot"
is '... its guests are there, halted' "$(on 2 plain vm-list power-state=halted params=name-label --minimal | tr , '\n' | sort | paste -sd,)" g2,web
is '... and its snapshots' "$(on 2 plain snapshot-list params=name-label --minimal)" s
ok '... a guest can start' on 2 vxe vm-start vm=web
ok '... and counts' on 2 guest_counts web
ok '... vxe check is clean' on 2 vxe check

# ---- the end -----------------------------------------------------------------------------------------------

for i in 1 2; do cp "$HOSTS_DIR/h$i/pidns" $i; done
mapfile -t ran < <(processes_in 1 && processes_in 2)
ok 'both run' test ${#ran[@]} -ge 8
ok '... and are gone' hosts_stop
is '... with all processes' "$(processes_in 1 "${ran[@]}")$(processes_in 2 "${ran[@]}")" ''
not_ok '... and files' test -e "$HOSTS_DIR"
cat >killed.sh <<'END'
. "$TESTS/lib/e2e.sh"
. "$TESTS/lib/hosts.sh"
hosts_start 1 && cp "$HOSTS_DIR/h1/pidns" "$1.part" && mv "$1.part" "$1" && exec sleep 1000
END
bash killed.sh "$PWD/one" >killed.out 2>&1 &
killed=$!
ok 'another script has a host' wait_until 20 test -s one
mapfile -t ran < <(processes_in one)
ok '... which runs' test ${#ran[@]} -ge 4
kill -KILL $killed && wait $killed 2>/dev/null
gone() { [ -z "$(processes_in one "${ran[@]}")" ]; }
ok '... and ends with the script, when that is killed' wait_until 10 gone
rm -rf "$HOST_DIR/x/killed"

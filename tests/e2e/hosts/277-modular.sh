#!/bin/bash
# SPDX-License-Identifier: MIT
# A libvirt of many daemons: virtqemud, virtnetworkd and virtstoraged in libvirtd's place. The demo and the first ten
# minutes pass, and what needs the other daemons works.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

daemons=(virtstoraged virtnetworkd virtqemud)
for name in "${daemons[@]}"; do
  command -v "$name" >/dev/null || skip_all "no program $name: libvirtd has all drivers here, as in Debian 12 to testing"
done

# Also where libvirt was built for libvirtd, a client asks them.
conf=/etc/libvirt
[ "$HOST_MODE" = system ] || conf=$XDG_CONFIG_HOME/libvirt
echo 'remote_mode = "direct"' >"$conf/libvirt.conf"
host_daemon_stop
for name in "${daemons[@]}"; do
  setsid tini -s -- "$name" -f "$HOST_DIR/libvirtd.conf" --pid-file "$PWD/$name.pid" >>"$name.out" 2>&1 </dev/null &
  disown $!
done
# gone: what the end of the test needs, too.
single() {
  local name
  for name in $(virsh -q list --name); do virsh -q destroy "$name"; done
  for name in "${daemons[@]}"; do
    kill "$(cat "$name.pid")" && process_gone "$(cat "$name.pid")" 100
  done
  rm "$conf/libvirt.conf"
  host_daemon_start
}
ok 'they answer' host_answers || exit
not_ok 'libvirtd does not run' test -e "$HOST_DIR/libvirtd.pid"

ok 'the demo' bash "$TESTS/demo.sh" --inside
host_reset
store_new
rm -f "$HOST_DIR/s/web.log"
documented_guest
for section in List Snapshot Revert Template Export Remove; do
  ok "the first ten minutes: $section" bash "$TESTS/lib/session.sh" "$TESTS/../docs/start.md" "$section"
done
ok '... the guest goes on' guest_counts web

mkdir sr
ok 'an SR' vxe sr-create type=file name-label=sr device-config:location="$PWD/sr"
like '... is a pool of virtstoraged' "$(virsh -c storage:///"$HOST_MODE" -q pool-list)" "vxe-${OUT:0:8}"
ok 'a network' vxe network-create name-label=inner
like '... is in virtnetworkd' "$(virsh -c network:///"$HOST_MODE" -q net-list --all --uuid)" "$OUT"
ok 'vxe check is clean' vxe check

# ---- the daemon of the guests dies, and comes back

pid=$(guest_pid web)
kill -KILL "$(cat virtqemud.pid)"
process_gone "$(cat virtqemud.pid)" 100
exits 1 'without virtqemud a guest cannot be snapshotted' vxe vm-snapshot vm=web new-name-label=none
like '... which is said' "$ERR" 'libvirt cannot be reached'
setsid tini -s -- virtqemud -f "$HOST_DIR/libvirtd.conf" --pid-file "$PWD/virtqemud.pid" >>virtqemud.out 2>&1 </dev/null &
disown $!
ok 'it is back' host_answers
ok '... and so is the guest' vxe vm-checkpoint vm=web new-name-label=again
is '... which went on' "$(guest_pid web)" "$pid"
ok 'vxe check is clean' vxe check
ok 'libvirtd is back' single

#!/bin/bash
# SPDX-License-Identifier: MIT
# Another host's libvirt behind a local name: an alias of libvirt.conf that leads over ssh, and a socket that a tunnel brings
# here, which is played by a libvirtd that does not see this host's files. vxe writes nothing, and does not advise to take
# the other host for its own.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

has_helper() { command -v virt-ssh-helper; }
requires has_helper 'virt-ssh-helper is not there'
small_guest web 1
stamp web-0.qcow2 7
keep_raw() { qemu-img convert -U -f qcow2 -O raw web-0.qcow2 "$1"; }
keep_raw before.raw

# ---- an alias ----------------------------------------------------------------------------------------

printf '#!/bin/sh\nexec virt-ssh-helper %s\n' "$HOST_URI" >ssh.sh && chmod 0755 ssh.sh
conf=$([ "$HOST_MODE" = system ] && echo /etc/libvirt || echo "$XDG_CONFIG_HOME/libvirt")
there=qemu+ssh://other.example${HOST_URI#qemu://}?command=$PWD/ssh.sh
[ ! -e "$conf/libvirt.conf" ] || cp "$conf/libvirt.conf" libvirt.conf.was
echo "uri_aliases = [ \"other=$there\" ]" >"$conf/libvirt.conf"
other() { VXE_CONNECT=other "$VXE" "$@"; }
is 'virsh reaches a host by its alias' "$(virsh -c other -q list --all --name)" web
for command in 'vm-list' 'vm-start vm=web' 'vm-snapshot vm=web new-name-label=s'; do
  # shellcheck disable=SC2086 # words
  fails VXE_REMOTE_URI 2 "uri: qemu\\+ssh://other.example/" "vxe does not: ${command%% *}" other $command
done
is '... the guest is off' "$(guest_state web)" 'shut off'
keep_raw after.raw
ok '... and its disk has every byte' cmp before.raw after.raw
is '... and no layer' "$(find . -name '*.qcow2')" ./web-0.qcow2
rm "$conf/libvirt.conf"
[ ! -e libvirt.conf.was ] || cp libvirt.conf.was "$conf/libvirt.conf"

# ---- a tunnel ------------------------------------------------------------------------------------------

if [ "$HOST_MODE" != system ]; then
  skip 'a libvirtd with other folders needs root'
  exit 0
fi
ok 'the store knows this host' vxe vm-list
host_daemon_stop
mkdir -p "$(dirname "$HOST_IMAGES")"
# That daemon has empty folders where this host has its disks, and another UUID.
cp "$HOST_DIR/libvirtd.conf" other.conf
sed -i '/^host_uuid/d' other.conf && echo 'host_uuid = "5d1c4b1e-1111-4222-8333-44445555666a"' >>other.conf
elsewhere() {
  setsid unshare -m --propagation private sh -c "mount -t tmpfs none '$(dirname "$HOST_IMAGES")' &&
    exec tini -s -- libvirtd -f '$PWD/other.conf' --pid-file '$HOST_DIR/libvirtd.pid'" >other.out 2>&1 </dev/null &
  disown $!
  host_answers
}
ok 'a libvirtd of another host answers at the socket' elsewhere
fails VXE_HYPERVISOR_MISMATCH 7 'found: 5d1c4b1e-1111' 'vxe refuses it' vxe vm-start vm=web
unlike '... and does not advise to take it over' "$OUT$ERR" host-adopt
fails VXE_REMOTE_URI 2 'uri:' '... which it refuses, too' vxe host-adopt
fails VXE_REMOTE_URI 2 'uri:' 'a new store does not begin there' env VXE_STORE="$(store_at new)" "$VXE" vm-list
like '... a line says why' "$ERR" "${NL}detail: libvirt does not see a file in $HOST_IMAGES"
is '... the guest is off' "$(guest_state web)" 'shut off'
host_daemon_stop
host_daemon_start
ok 'here again all is well' vxe check

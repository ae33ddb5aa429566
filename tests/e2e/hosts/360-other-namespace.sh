#!/bin/bash
# SPDX-License-Identifier: MIT
# A libvirtd in another mount namespace, as in a container, has another file at the path of a disk than vxe. What vxe would make
# beside its own file, the guest would never find: refused before anything is written.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"

[ "$HOST_MODE" = system ] || skip_all 'a mount namespace for the daemon alone needs root'

# daemon_sees FOLDER [PLACE]: libvirtd is started again, with FOLDER in the place of I; '': with what the test has there.
daemon_sees() {
  host_daemon_stop
  # shellcheck disable=SC2016
  setsid unshare -m --propagation private sh -c '[ -z "$2" ] || mount --bind "$2" "$1" || exit
    shift 2; exec tini -s -- libvirtd "$@"' sh "${2-$PWD/I}" "$1" -f "$HOST_DIR/libvirtd.conf" \
    --pid-file "$HOST_DIR/libvirtd.pid" >>"$HOST_DIR/libvirtd.out" 2>&1 </dev/null &
  disown $!
  host_answers
}
# Of a guest that runs only vxe's files stay as they are.
content() {
  find I "$HOST_IMAGES" -type f -printf '%p %m %T@\n' 2>/dev/null | sort
  sha256sum I/*
  [ -n "$RUNS" ] || sha256sum other/*
  virsh dumpxml --inactive g
}
# refuses WHAT COMMAND...: by its code, and nothing has changed. Sets SAID.
refuses() {
  content >before
  wrong VXE_FILE_ELSEWHERE "$@"
  SAID=$ERR
  content >after
  ok '... and no file was made or changed' diff before after
}

RUNS=''
mkdir I other
small_guest g 1
mv g-0.qcow2 I/g.qcow2
virsh -q undefine g
guest_define g - "$PWD/I/g.qcow2"
UUID=$(virsh domuuid g)
stamp I/g.qcow2 5
snapshot "$UUID" old
top=$(source_of g vda)
cp -a I/* other/

# ---- the daemon has another folder -------------------------------------------------------------------

ok 'libvirtd in a namespace of its own, another folder' daemon_sees "$PWD/other"
refuses 'a snapshot of a halted VM' vm-snapshot uuid="$UUID" new-name-label=s
like '... names the file' "$SAID" "$top"
like '... what vxe has there' "$SAID" "inode $(stat -c %i "$top")"
like '... what libvirt has there' "$SAID" "inode $(stat -c %i "other/${top##*/}")"
like '... and its process' "$SAID" "$(cat "$HOST_DIR/libvirtd.pid")"
if [ -n "$LONG" ]; then
  refuses 'a dry run' vm-snapshot uuid="$UUID" new-name-label=s --dry-run
  refuses 'a revert' snapshot-revert snapshot-uuid="$SNAP"
  refuses 'the end of a snapshot' snapshot-uninstall uuid="$SNAP" --force
  refuses 'the end of the VM' vm-uninstall uuid="$UUID" --force
  refuses 'a copy' vm-copy uuid="$UUID" new-name-label=c
  refuses 'a clone' vm-clone uuid="$UUID" new-name-label=c
  refuses 'a larger disk' vdi-resize uuid="$(vdi_of "$UUID")" disk-size=8MiB
  refuses 'one layer' vdi-flatten uuid="$(vdi_of "$UUID")"
  export VXE_CONNECT="qemu:///system?socket=/run/libvirt/libvirt-sock"
  refuses 'with the address of the socket' vm-snapshot uuid="$UUID" new-name-label=s
  unset VXE_CONNECT
fi
RUNS=1
ok 'the guest starts' guest_start g
refuses 'a snapshot of a running VM' vm-snapshot uuid="$UUID" new-name-label=s
if [ -n "$LONG" ]; then
  refuses 'its checkpoint' vm-checkpoint uuid="$UUID" new-name-label=s
  refuses 'its memory' vm-suspend uuid="$UUID"
fi
ok '... and the guest goes on' guest_counts g
virsh -q destroy g
exits 1 'vxe check says it' vxe check
like '... once for the folder' "$(grep -c 'libvirt has another folder' <<<"$OUT")" '^1$'

# ---- the daemon has a namespace, but the same folder ----------------------------------------------------

ok 'libvirtd in a namespace of its own, the same folder' daemon_sees ''
again VXE_FILE_ELSEWHERE vxe vm-snapshot uuid="$UUID" new-name-label=s
ok 'the guest starts on it' guest_start g
ok '... is snapshotted' vxe vm-snapshot uuid="$UUID" new-name-label=live
ok '... and goes on' guest_counts g
virsh -q destroy g
ok 'vxe check is clean' vxe check
unlike '... and compares' "$ERR" 'cannot be compared'

# ---- it cannot be compared --------------------------------------------------------------------------------

apart() { unshare -m --propagation private -p --fork --mount-proc "$@"; }
ok 'from another PID namespace vxe goes on' apart "$VXE" vm-snapshot uuid="$UUID" new-name-label=apart
ok '... vxe check, too' apart "$VXE" check
like '... which says it' "$ERR" 'cannot be compared'

# ---- a link on the way, UEFI variables ------------------------------------------------------------------------

if [ -n "$LONG" ]; then
  ln -s "$PWD/I" link
  virsh dumpxml --inactive g | sed "s|$PWD/I/|$PWD/link/|" >linked.xml
  ok 'the definition names the disk by a link' virsh -q define linked.xml
  cp -a I/* other/
  daemon_sees "$PWD/other"
  refuses '... whose target is another folder for libvirt' vm-snapshot uuid="$UUID" new-name-label=s
  daemon_sees ''
  RUNS='' && mkdir vars more && : >vars/n_VARS.fd && cp vars/n_VARS.fd more/
  small_guest n 1
  virsh dumpxml --inactive n | sed "s|</os>|<loader type='pflash' readonly='yes'>/dev/null</loader><nvram>$PWD/vars/n_VARS.fd</nvram></os>|" >n.xml
  ok 'a VM with UEFI variables' virsh -q define n.xml
  daemon_sees "$PWD/more" "$PWD/vars"
  refuses '... in another folder for libvirt' vm-snapshot uuid="$UUID" new-name-label=s
  like '... which are named' "$SAID" vars/n_VARS.fd
  rm vars/n_VARS.fd
  refuses '... that vxe does not see' vm-snapshot uuid="$UUID" new-name-label=s
fi

host_daemon_stop
ok 'the host is as it was' host_daemon_start

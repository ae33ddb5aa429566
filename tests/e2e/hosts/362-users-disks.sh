#!/bin/bash
# SPDX-License-Identifier: MIT
# An ordinary user on the system's libvirt cannot give files away: what QEMU's user can open and could not open afterwards is
# refused before anything is written, and the way out is named. What QEMU's user can open, or never could, or what libvirt will give
# him, goes on.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"

[ "$HOST_MODE" = system ] || skip_all 'the daemon is a user'"'"'s own'
command -v setfacl >/dev/null || skip_all 'no setfacl'

# ownership 0|1: libvirt is started again with this setting; other tests use the same host.
ownership() {
  host_daemon_stop
  sed -i '/^dynamic_ownership/d' /etc/libvirt/qemu.conf
  echo "dynamic_ownership=$1" >>/etc/libvirt/qemu.conf
  host_daemon_start && chmod 0777 /run/libvirt/libvirt-sock
}
GROUP=$(id -g libvirt-qemu)
mkdir -m 0777 theirs && cd theirs || exit 1
STORE=$VXE_STORE
in_database || STORE=$PWD/store
AS=(setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$PWD" XDG_RUNTIME_DIR="$PWD" VXE_STORE="$STORE" VXE_IMAGES="$PWD/images"
  VXE_CONNECT=qemu:///system)
user() { "${AS[@]}" "$VXE" "$@"; }
asked() { "${AS[@]}" "$VXE_PLAIN" "$@"; }
# For ways.sh: the commands are the user's.
vxe() { user "$@"; }
# disk OWNER MODE [ENTRY]: a VM g of this user with a disk that has this owner and mode. Sets UUID, FILE.
disk() {
  rm -rf images g-0.qcow2
  mkdir -m 0777 "d$((++N))"
  small_guest g 1
  FILE=$PWD/d$N/g.qcow2
  mv g-0.qcow2 "$FILE"
  virsh -q undefine g
  guest_define g - "$FILE"
  [ -z "$LABEL$DISK_LABEL" ] || labelled
  UUID=$(virsh domuuid g)
  chown "$1" "$FILE" && chmod "$2" "$FILE"
  [ -z "${3-}" ] || setfacl -m "$3" "$FILE"
  asked vm-list --minimal >/dev/null
}
# labelled: its definition gets LABEL, and its disk DISK_LABEL.
LABEL='' DISK_LABEL=''
labelled() {
  virsh dumpxml --inactive g | sed "s|<source file='\([^']*\)'/>|<source file='\1'>$DISK_LABEL</source>|
    s|</domain>|$LABEL</domain>|" >g.xml
  virsh -q define g.xml
}
gone() { asked vm-uninstall uuid="$UUID" --force >/dev/null; }
N=0
starts() {
  ok "$1: the VM starts" virsh -q start "${2-g}"
  virsh -q destroy "${2-g}"
}
files() { find . -path ./store -prune -o -path ./vxe -prune -o -type f -printf '%p %m %U:%G %T@\n' | grep -v '\.out$\|\.err$' | sort; virsh dumpxml --inactive g; }
# refuses WHAT ARG...: and nothing has changed. Sets SAID.
refuses() {
  files >../before
  wrong VXE_DISK_UNOPENABLE "$@"
  SAID=$ERR
  files >../after
  ok '... and no file was made or changed' diff ../before ../after
}

# ---- libvirt changes no owners ---------------------------------------------------------------------------

ownership 0
disk "65534:$GROUP" 660
starts 'a disk of QEMU'"'"'s group'
refuses 'a snapshot' vm-snapshot uuid="$UUID" new-name-label=s
like '... names the file' "$SAID" "$FILE"
like '... and QEMU'"'"'s user' "$SAID" libvirt-qemu
refuses 'its dry run' vm-snapshot uuid="$UUID" new-name-label=s --dry-run
refuses 'a clone' vm-clone uuid="$UUID" new-name-label=c
refuses 'a copy' vm-copy uuid="$UUID" new-name-label=c
starts 'as before'
chmod g+s "${FILE%/*}" && chgrp "$GROUP" "${FILE%/*}"
again VXE_DISK_UNOPENABLE user vm-snapshot uuid="$UUID" new-name-label=s
starts '... in a folder that gives its group'
gone
disk "65534:$GROUP" 660 u:libvirt-qemu:rw
again VXE_DISK_UNOPENABLE user vm-snapshot uuid="$UUID" new-name-label=s
starts '... with an entry in the ACL'
ok '... one layer' user vdi-flatten uuid="$(asked vbd-list vm-uuid="$UUID" params=vdi-uuid --minimal)"
starts '... one layer'
gone
disk 65534:65534 600
not_ok 'a disk that QEMU never could open: no start' virsh -q start g
ok '... is snapshotted' user vm-snapshot uuid="$UUID" new-name-label=s
gone

# ---- libvirt's folder is empty for a time ----------------------------------------------------------------
# This user may not read the definitions. vxe has seen that there are none; the next one counts nevertheless.

is 'libvirt has no domain, as vxe sees, too' "$(asked vm-list is-control-domain=false --minimal)$(virsh -q list --all)" ''
SR=$(asked sr-list --minimal)
asked sr-scan uuid="${SR%%,*}" >/dev/null
disk 65534:65534 666
snapshot=$(asked vm-snapshot uuid="$UUID" new-name-label=s)
stamp "$(source_of g vda)" 5
guest_define other - "$FILE"
run user snapshot-uninstall uuid="$snapshot" --force
like 'a layer of another domain stays' "$OUT$ERR" 'later: .*domain .*other'
virsh -q undefine other
mkdir -m 0750 closed && chgrp "$GROUP" closed && ln -s "$FILE" closed/link
guest_xml other - "$PWD/closed/link" | sed "s/type='qcow2'/type='raw'/" >other.xml
virsh -q define other.xml
content=$(sha256sum "$FILE")
run user sr-coalesce
like 'one that has it as a raw disk, in a folder that this user may not enter' "$OUT$ERR" \
  "an image in $PWD/closed, which cannot be searched: Permission denied"
is '... has what it had' "$(sha256sum "$FILE")" "$content"
virsh -q undefine other
ok '... one layer' user vdi-flatten uuid="$(asked vbd-list vm-uuid="$UUID" params=vdi-uuid --minimal)"
starts '... of this one'
gone

# ---- libvirt changes owners -------------------------------------------------------------------------------

ownership 1
disk 65534:65534 600
ok 'owners by libvirt: a snapshot' user vm-snapshot uuid="$UUID" new-name-label=s
starts 'owners by libvirt'
gone

# given WHAT, kept WHAT: a snapshot of a disk that QEMU's user can open by its group, of a VM with these labels: it starts
# afterwards, as libvirt gives him the files; or libvirt would not.
given() {
  disk "65534:$GROUP" 660
  starts "$1"
  ok '... a snapshot' user vm-snapshot uuid="$UUID" new-name-label=s
  starts '... given to QEMU'"'"'s user'
  gone
}
kept() {
  disk "65534:$GROUP" 660
  starts "$1"
  refuses '... a snapshot' vm-snapshot uuid="$UUID" new-name-label=s
  [ -n "${2-}" ] || chown 65534:65534 "$FILE"
  [ -n "${2-}" ] || not_ok '... libvirt does not give it' virsh -q start g
  gone
}
given 'a disk of QEMU'"'"'s group'
LABEL="<seclabel type='none'/>" given 'a label of no model'
LABEL="<seclabel type='none' model='dac'/>" kept 'no label'
LABEL="<seclabel type='static' model='dac' relabel='no'><label>libvirt-qemu:+$GROUP</label></seclabel>" kept 'a static label'
LABEL="<seclabel type='static' model='dac' relabel='yes'><label>libvirt-qemu:+$GROUP</label></seclabel>" \
  given 'a static label, with files'
LABEL="<seclabel type='dynamic' model='dac' relabel='yes'/>" given 'a dynamic label'
DISK_LABEL="<seclabel model='dac' relabel='no'/>" kept 'a disk with a label'
LABEL="<seclabel type='static' model='dac' relabel='no'><label>+65534:+65534</label></seclabel>"
disk "65534:$GROUP" 600
ok 'a guest of this user: a snapshot' user vm-snapshot uuid="$UUID" new-name-label=s
starts 'a guest of this user'
gone
LABEL=''
chmod 0600 /etc/libvirt/qemu.conf
kept 'who may not read the settings' given
chmod 0644 /etc/libvirt/qemu.conf

#!/bin/bash
# SPDX-License-Identifier: MIT
# Which commands load libvirt, and the number of its calls for a list: the same for a hundred domains as for ten.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# ---- what is mapped --------------------------------------------------------------------------------

# mapped ARG...: the names of the libvirt objects that the dynamic loader opened for vxe ARG...
mapped() {
  rm -f loaded.*
  LD_DEBUG=files LD_DEBUG_OUTPUT="$PWD/loaded" plain "$@" >/dev/null 2>&1
  cat loaded.* >loaded
  grep -q 'libsqlite3\|libjson-c\|libc\.so' loaded || echo 'nothing was observed'
  grep -o 'libvirt[a-z-]*\.so[.0-9]*\|vxe-libvirt\.so' loaded | sort -u
}

small_guest web 1
snapshot "$UUID" s
like 'a list of VMs maps libvirt' "$(mapped vm-list)" 'libvirt\.so'
while read -r line; do
  # shellcheck disable=SC2086 # words of a command
  is "without libvirt: $line" "$(mapped $line)" ''
done <<END
snapshot-list
snapshot-list params=all
template-list
host-list
pool-list
snapshot-param-get uuid=$SNAP param-name=name-label
snapshot-param-list uuid=$SNAP
vm-param-get uuid=$UUID param-name=name-label
snapshot-param-set uuid=$SNAP name-label=t
vm-snapshot
no-such-command
help
help vm-snapshot
help --all
END

# ---- how many calls ------------------------------------------------------------------------------------

ADMIN=libvirtd:///system LOG=$PWD/messages.log
[ "$HOST_MODE" = system ] || ADMIN=libvirtd:///session

# The daemon logs every message that it receives.
log_messages() {
  virt-admin -q -c "$ADMIN" daemon-log-filters 1:rpc.netserverprogram &&
    virt-admin -q -c "$ADMIN" daemon-log-outputs "1:file:$LOG"
}
log_as_before() {
  virt-admin -q -c "$ADMIN" daemon-log-filters '' &&
    virt-admin -q -c "$ADMIN" daemon-log-outputs "2:file:$HOST_DIR/libvirtd.log"
}

# messages CMD...: the number of messages that a command sends to libvirt.
messages() {
  local from
  from=$(wc -l <"$LOG")
  "$@" >/dev/null || return
  tail -n +$((from + 1)) "$LOG" | grep -c 'virNetServerProgramDispatch:.* proc='
}

made=0
# domains_up_to N: defines N domains with one disk each.
domains_up_to() {
  for ((; made < $1; made++)); do
    cp empty.qcow2 "d$made.qcow2"
    guest_xml "d$made" - "$PWD/d$made.qcow2" >"d$made.xml"
    echo "define $PWD/d$made.xml"
  done | virsh -q >/dev/null
  made=$1
}

vxe vm-uninstall uuid="$UUID" force=true >/dev/null
virsh -q undefine web 2>/dev/null
guest_disk_make empty.qcow2 $DISK_SIZE
chmod 0711 . && domains_up_to 10
plain vm-list >/dev/null # takes them in
log_messages
few=$(messages plain vm-list)
virsh -q list --all >/dev/null
domains_up_to 100
is 'all are there' "$(plain vm-list is-control-domain=false --minimal | tr , '\n' | grep -c .)" 100
many=$(messages plain vm-list)
ok "messages are counted: $few" test "$few" -gt 3
is 'a list of 100 domains takes as many as one of 10' "$many" "$few"
before=$many
domains_up_to 101
many=$(messages plain vm-list)
ok "a domain to adopt takes more: $many" test "$many" -gt "$before"
for list in vdi-list vbd-list vif-list sr-list network-list; do
  many=$(messages plain $list)
  ok "$list takes a few: $many" test "$many" -le $((before + 4))
done
is 'a list of snapshots takes none' "$(messages plain snapshot-list)" 0
log_as_before

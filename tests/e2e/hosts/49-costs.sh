#!/bin/bash
# SPDX-License-Identifier: MIT
# Which commands load libvirt, which ask it for its host, and what commands cost: a list of a hundred domains as many calls of libvirt as one of ten,
# an act on one VM among 300 as many calls, opened files and rows of the store as among ten.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/costs.sh"

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
vm-param-get uuid=$UUID param-name=name-label
vm-param-get uuid=$UUID param-name=power-state
vm-list name-label=web
snapshot-param-set uuid=$SNAP name-label=t
vm-snapshot
no-such-command
help
help vm-snapshot
help --all
END

# A command that is sure to need libvirt loads it in another thread, while it opens the store.
while read -r times line; do
  # shellcheck disable=SC2086 # words of a command
  is "loads of libvirt in another thread: $times: $line" \
    "$(VXE_LOG=debug plain $line 2>&1 >/dev/null | grep -c 'beside this thread')" "$times"
done <<END
1 vm-list
1 vm-list name-label=web params=networks
1 vm-param-get uuid=$UUID param-name=networks
1 vm-param-set uuid=$UUID name-description=d
1 vm-snapshot vm=web new-name-label=u
1 snapshot-uninstall uuid=$SNAP force=true
0 vm-list name-label=web
0 vm-param-get uuid=$UUID param-name=power-state
0 vm-param-get uuid=$UUID param-name=name-label
0 vm-param-set uuid=$UUID tags=t
0 vm-snapshot vm=web
END

# ---- how many calls, and what an act costs -------------------------------------------------------------

# acts FILE: each act on the VM once, which is then as before; their costs go to FILE.
acts() {
  local snap copy
  COSTS=$1
  rm -f "$COSTS"
  act snapshot vm-snapshot uuid="$UUID" new-name-label=s && snap=$OUT
  act snapshots snapshot-list snapshot-of="$UUID"
  act revert snapshot-revert snapshot-uuid="$snap"
  act uninstall snapshot-uninstall uuid="$snap" force=true
  act clone vm-clone uuid="$UUID" new-name-label=copy && copy=$OUT
  act vm-uninstall vm-uninstall uuid="$copy" force=true
  act start vm-start uuid="$UUID"
  act snapshot-live vm-snapshot uuid="$UUID" new-name-label=t && snap=$OUT
  act shutdown vm-shutdown uuid="$UUID" force=true
  plain snapshot-uninstall uuid="$snap" force=true >/dev/null
  act power-state vm-param-get uuid="$UUID" param-name=power-state
  act name vm-param-get uuid="$UUID" param-name=name-label
  act by-name vm-list name-label=web --minimal
  act description vm-param-set uuid="$UUID" name-description="$1"
}

plain snapshot-uninstall uuid="$SNAP" force=true >/dev/null
guest_disk_make empty.qcow2 $DISK_SIZE
chmod 0711 . && domains_up_to 10
plain vm-list >/dev/null # takes them in
log_messages
acts first # what is known of them is kept now
acts few
few=$(messages plain vm-list)
virsh -q list --all >/dev/null
domains_up_to 100
is 'all are there' "$(plain vm-list is-control-domain=false --minimal | tr , '\n' | grep -c .)" 101
many=$(messages plain vm-list)
ok "messages are counted: $few" test "$few" -gt 3
is 'a list of 100 domains takes as many as one of 10' "$many" "$few"
before=$many
domains_up_to 101
# Before libvirt describes its host or says its version it may look at each QEMU of the machine, for seconds: it is asked
# once, though this store has had it define nothing.
LISTED=$(store_at listed)
host_asked() {
  local from
  from=$(wc -l <"$LOG")
  VXE_STORE=$LISTED plain "$@" >/dev/null 2>&1
  tail -n +$((from + 1)) "$LOG" | grep -cE 'virNetServerProgramDispatch:.* proc=(4|7)( |$)'
}
is 'the first list of a store asks for the host' "$(host_asked vm-list)" 2
for list in vm-list 'vm-list --table' 'vm-list params=all' snapshot-list 'snapshot-list --table' \
  'snapshot-list params=all' sr-list 'sr-list --table' 'sr-list params=all' host-list 'host-list --table' \
  vdi-list 'vdi-list --table' 'vbd-list params=all' 'network-list params=all' 'pool-list params=all'; do
  # shellcheck disable=SC2086 # words of a command
  is "... later ones do not: $list" "$(host_asked $list)" 0
done
is '... but a field with the version' "$(host_asked host-list params=software-version)" 1
is '... and space, which names the limit of layers of this version' "$(host_asked space)" 1
many=$(messages plain vm-list)
ok "a domain to adopt takes more: $many" test "$many" -gt "$before"
for list in vdi-list vbd-list vif-list sr-list network-list; do
  many=$(messages plain $list)
  ok "$list takes a few: $many" test "$many" -le $((before + 4))
done
is 'a list of snapshots takes none' "$(messages plain snapshot-list)" 0

domains_up_to 300
plain vm-list >/dev/null
acts first
acts many
# A look is repeated when a folder has changed a moment ago; what is dearer each time is dearer.
[ -z "$(dearer few many)" ] || acts many
log_as_before
while read -r act opened rows calls bytes; do
  diag "note $act: $opened files, $rows rows, $calls calls, $bytes bytes"
done <many
is 'every act is counted' "$(awk '$2 > 3 && $3 > 10 && $5 > 5000' few | wc -l)" 13
is 'an act among 300 domains costs as much as among ten' "$(dearer few many)" ''

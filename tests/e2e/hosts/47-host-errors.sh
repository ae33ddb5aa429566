#!/bin/bash
# SPDX-License-Identifier: MIT
# Faults of libvirt and of the store. After each refusal nothing has changed.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

with_store() { VXE_STORE=$1 vxe "${@:2}"; }
with_uri() { VXE_CONNECT=$1 vxe "${@:2}"; }
with_failpoint() { VXE_FAILPOINT=$1 vxe "${@:2}"; }

guest_make web 1
web=$(virsh domuuid web)
snap=$(vxe vm-snapshot vm=web new-name-label=s)
state_note

# ---- libvirt

gone="qemu+unix:///system?socket=$PWD/nothing"
refused VXE_HYPERVISOR_UNREACHABLE 1 "Check that libvirtd .*${NL}uri: qemu.unix.*/nothing${NL}message: .*nothing" \
  'no libvirt: which one, and what to do' with_uri "$gone" vm-start vm=web
refused VXE_HYPERVISOR_UNREACHABLE 1 'uri: ' 'no snapshot' \
  with_uri "$gone" vm-snapshot vm=web new-name-label=x
refused VXE_HYPERVISOR_UNREACHABLE 1 'uri: ' 'no revert' \
  with_uri "$gone" snapshot-revert snapshot-uuid="$snap"
refused VXE_HYPERVISOR_UNREACHABLE 1 'uri: ' 'no uninstall of the VM' \
  with_uri "$gone" vm-uninstall vm=web --force
exits 0 'a list of what the store has is still printed' \
  with_uri "$gone" vm-list params=name-label,is-a-template uuid="$web"
like '... as it is' "$OUT" "name-label \( RW\) *: web$NL *is-a-template \( RW\): false"
is '... with one warning' "$(wc -l <<<"$ERR")" 1
like '... that names the URI' "$ERR" 'libvirt cannot be reached \(qemu\+unix:.*; vxe shows its records'
exits 0 'of snapshots the store knows all' with_uri "$gone" snapshot-list params=power-state --minimal
is '... with their state' "$OUT" halted

# A script waits until no VM runs and then stops the host, so an unreachable libvirt must be an error.
unanswered() {
  fails VXE_HYPERVISOR_UNREACHABLE 1 "uri: " "$1" with_uri "$gone" "${@:2}"
  is '... with nothing on stdout' "$OUT" ''
}
ln -s "$VXE" xe
with_xe() { VXE_CONNECT=$gone ./xe "$@"; }
unanswered 'which VMs run is not guessed' vm-list power-state=running --minimal
run with_xe vm-list power-state=running --minimal
is 'nor when called as xe' "$STATUS $OUT" '1 '
unanswered 'the default columns have the power state' vm-list
unanswered '... of templates, too, by --all' vm-list --all params=power-state
unanswered 'a field' vm-param-get uuid="$web" param-name=power-state
unanswered 'all fields' vm-param-list uuid="$web"
unanswered 'a UUID that libvirt may know' vm-param-get uuid=00000000-0000-4000-8000-000000000001 param-name=name-label
unanswered 'devices of what runs' vbd-list currently-attached=true --minimal
unanswered 'the host: what runs on it' host-list params=resident-vms
unanswered 'consoles' console-list
unanswered 'numbers of a guest' vm-data-source-list uuid="$web"
unanswered 'an event that is waited for' event-wait class=vm uuid="$web" power-state=halted
unanswered 'a selection' vm-disk-list power-state=halted --multiple
exits 0 'disks of a VM that is known are shown' with_uri "$gone" vm-disk-list vm=web
refused VXE_HYPERVISOR_UNREACHABLE 1 'uri: ' 'a VM that is not found may be one that libvirt knows' \
  with_uri "$gone" vm-start vm=new
refused VXE_REMOTE_URI 2 'uri: qemu\+ssh://elsewhere/system' 'another machine is refused' \
  with_uri qemu+ssh://elsewhere/system vm-list

# ---- another store

other=$(store_at other)
exits 0 "another store's domain is listed" with_store "$other" vm-list name-label=web --minimal
is '... under its UUID' "$OUT" "$web"
refused VXE_STORE_MISMATCH 7 "take-over=true.*${NL}vm: $web .web.${NL}store: [0-9a-f-]{36}" \
  '... and not changed: snapshot' with_store "$other" vm-snapshot vm=web new-name-label=x
refused VXE_STORE_MISMATCH 7 'store: ' '... settings' \
  with_store "$other" vm-param-set uuid="$web" name-label=mine
refused VXE_STORE_MISMATCH 7 'store: ' '... start' with_store "$other" vm-start vm=web
refused VXE_STORE_MISMATCH 7 'store: ' '... uninstall' \
  with_store "$other" vm-uninstall vm=web --force
refused VXE_STORE_MISMATCH 7 'store: ' '... destroy' with_store "$other" vm-destroy uuid="$web"
VXE_STORE=$other wrong VXE_STORE_MISMATCH '... with the way out' vm-snapshot vm=web new-name-label=x
VXE_STORE=$other leads VXE_STORE_MISMATCH 1
VXE_STORE=$other again VXE_STORE_MISMATCH vxe vm-snapshot vm=web new-name-label=x
fails VXE_STORE_MISMATCH 7 'store: ' '... and the first store is told' \
  vxe vm-snapshot vm=web new-name-label=y
exits 0 'which takes it back' vxe vm-param-set uuid="$web" other-config:take-over=true
exits 0 '... with what the other one did' vxe vm-snapshot vm=web new-name-label=y
vxe vm-param-remove uuid="$web" param-name=other-config param-key=take-over

# ---- this store

state_note
of_newer() {
  if in_database; then store_sql 'UPDATE vxe.meta SET layout = 99, readable = 99'; else sed -i 's/layout3/layout9/' "$VXE_STORE/vxe.db"; fi
}
store_keep now
of_newer
before=$(store_sum)
fails VXE_STORE_UNUSABLE 1 "store: ${VXE_STORE//\?/\\?}${NL}reason: a newer vxe.* (made it|has changed its tables)" 'a store of a newer vxe is refused' vxe vm-list
is '... untouched' "$(store_sum)" "$before"
store_back now
same_state '... and nothing has changed'

# What can happen to files alone.
broken_files() {
  cp -R store store-damaged && printf 'not a database' | dd of=store-damaged/vxe.db conv=notrunc status=none
  refused VXE_STORE_UNUSABLE 1 "store: $TEST_DIR/store-damaged${NL}reason: .*damaged" \
    'a damaged store is refused' with_store "$TEST_DIR/store-damaged" vm-start vm=web
  cp -R store store-torn && dd if=/dev/urandom of=store-torn/vxe.db bs=4096 seek=1 count=200 \
    conv=notrunc status=none
  fails VXE_STORE_UNUSABLE 1 'reason: .*damaged' 'a store with damaged pages, too' \
    with_store "$TEST_DIR/store-torn" vm-start vm=web
  : >store-file
  refused VXE_STORE_UNUSABLE 1 'reason: .*' 'a file is no store' \
    with_store "$TEST_DIR/store-file" vm-list
}
in_database || broken_files

# Root can write to files in spite of the mode, but not on a read-only mount.
OWN=$VXE_STORE READER=reader_${TEST_NAME//-/_} UNWRITABLE='not writable'
read_only() {
  if in_database; then
    store_sql "CREATE ROLE $READER LOGIN; GRANT USAGE ON SCHEMA vxe TO $READER; GRANT SELECT ON ALL TABLES IN SCHEMA vxe TO $READER"
    VXE_STORE=${OWN/user=vxe/user=$READER} UNWRITABLE='permission denied'
  elif [ "$HOST_MODE" = system ]; then
    mount --bind store store && mount -o remount,ro,bind store
  else
    chmod 0500 store && chmod 0400 store/*
  fi
}
read_only_no_more() {
  if in_database; then
    VXE_STORE=$OWN store_sql "DROP OWNED BY $READER; DROP ROLE $READER"
  elif [ "$HOST_MODE" = system ]; then
    umount store
  else
    chmod 0700 store && chmod 0600 store/*
  fi
  VXE_STORE=$OWN
}
read_only
refused VXE_STORE_UNUSABLE 1 "store: ${VXE_STORE//\?/\\?}${NL}reason: .*$UNWRITABLE" \
  'no snapshot without a place to record it' vxe vm-snapshot vm=web new-name-label=x
refused VXE_STORE_UNUSABLE 1 "reason: .*$UNWRITABLE" 'nor a new name' \
  vxe vm-param-set uuid="$web" name-label=x
exits 0 'lists still work' vxe snapshot-list --minimal
wrong VXE_STORE_UNUSABLE '... with the way out' vm-param-set uuid="$web" name-label=web
read_only_no_more
again VXE_STORE_UNUSABLE vxe vm-param-set uuid="$web" name-label=web
VXE_STORE=$(store_at another) again VXE_STORE_UNUSABLE vxe vm-list

# ---- libvirt fails in the middle

for step in make-overlays freeze-halted switch; do
  refused VXE_FAILPOINT 1 'name: ' "a failure at $step is undone" \
    with_failpoint "vm-snapshot:$step=error" vm-snapshot vm=web new-name-label=x
done

# ---- a managed-save image

virsh -q start web >/dev/null
virsh -q managedsave web >/dev/null
state_note
refused VXE_MANAGED_SAVE 7 "virsh managedsave-remove.*${NL}vm: $web .web." 'no revert' vxe snapshot-revert snapshot-uuid="$snap"
refused VXE_MANAGED_SAVE 7 "vm: $web" 'no snapshot' vxe vm-snapshot vm=web new-name-label=x
refused VXE_MANAGED_SAVE 7 "vm: $web" 'no destroy' vxe vm-destroy uuid="$web"
refused VXE_MANAGED_SAVE 7 "vm: $web" 'no uninstall' vxe vm-uninstall vm=web --force
wrong VXE_MANAGED_SAVE '... with the ways out' snapshot-revert snapshot-uuid="$snap"
leads VXE_MANAGED_SAVE 1
again VXE_MANAGED_SAVE vxe vm-snapshot vm=web new-name-label=on
virsh -q managedsave web >/dev/null
wrong VXE_MANAGED_SAVE 'saved once more' snapshot-revert snapshot-uuid="$snap"
leads VXE_MANAGED_SAVE 2
again VXE_MANAGED_SAVE vxe snapshot-revert snapshot-uuid="$snap"
ok 'vxe check is clean' vxe check
state_note

# ---- another host

# Changes the machine's id for this test only.
host_is_another() {
  sed 'y/0123456789abcdef/123456789abcdef0/' /etc/machine-id >other-machine-id
  mount --bind "$PWD/other-machine-id" /etc/machine-id
}
host_is_another_no_more() { umount /etc/machine-id && rm other-machine-id; }

other_host() {
  host_daemon_stop
  sed -i.own "s/^host_uuid=.*/host_uuid=\"$(cat /proc/sys/kernel/random/uuid)\"/" "$HOST_DIR/libvirtd.conf"
  host_daemon_start
  fails VXE_HOST_UUID_CHANGED 7 \
    "host_uuid .*host-adopt.*${NL}recorded: [0-9a-f-]{36}.*${NL}found: [0-9a-f-]{36}" \
    'another UUID on the same machine: what to do' vxe vm-list
  store_keep followed
  followed=$(store_kept followed)
  wrong VXE_HOST_UUID_CHANGED '... with the way out' vm-list
  leads VXE_HOST_UUID_CHANGED 1
  VXE_STORE=$followed leads VXE_HOST_UUID_CHANGED 2
  VXE_STORE=$followed again VXE_HOST_UUID_CHANGED vxe vm-list params=power-state
  is '... with the same host record' "$(with_store "$followed" host-list --minimal)" \
    "$(plain host-list --minimal)"
  host_is_another
  fails VXE_HYPERVISOR_MISMATCH 7 'recorded: ' 'a store is not led to another machine' vxe host-adopt
  fails VXE_HYPERVISOR_MISMATCH 7 \
    "Point VXE_CONNECT .*${NL}recorded: [0-9a-f-]{36} QEMU${NL}found: [0-9a-f-]{36} QEMU" \
    'another hypervisor is refused by name' vxe vm-start vm=web
  wrong VXE_HYPERVISOR_MISMATCH 'by lists, too' vm-list
  leads VXE_HYPERVISOR_MISMATCH 1
  VXE_STORE=$(store_at of-this) again VXE_HYPERVISOR_MISMATCH vxe vm-list
  host_is_another_no_more
  host_daemon_stop
  mv "$HOST_DIR/libvirtd.conf.own" "$HOST_DIR/libvirtd.conf"
  host_daemon_start
  same_state 'nothing has changed when the right one is back'
}
if [ "$HOST_MODE" = system ] && [ -s /etc/machine-id ]; then
  other_host
else
  skip 'this machine has no id, or may not show another one'
fi

# ---- a transient domain

guest_disk_make fleeting.qcow2
guest_xml fleeting - "$PWD/fleeting.qcow2" >fleeting.xml
virsh -q create --paused fleeting.xml >/dev/null
state_note
fleeting=$(virsh domuuid fleeting)
refused VXE_TRANSIENT 7 "'virsh define'.*${NL}vm: " 'a transient domain is not changed' \
  vxe vm-snapshot uuid="$fleeting" new-name-label=x
wrong VXE_TRANSIENT '... with the way out' vm-snapshot uuid="$fleeting" new-name-label=x
leads VXE_TRANSIENT 1
again VXE_TRANSIENT vxe vm-snapshot uuid="$fleeting" new-name-label=x

#!/bin/sh
# SPDX-License-Identifier: MIT
#
# rotate-snapshots.sh VM [KEEP]
#
# Takes a snapshot of the VM, named "auto-" and the date, and removes the oldest of those that bear
# such a name, so that KEEP (7) are left. Snapshots of other names are not touched.
set -eu

name=${1:?usage: rotate-snapshots.sh VM [KEEP]}
keep=${2:-7}
prefix=auto-

vm=$(xe vm-list name-label="$name" is-control-domain=false params=uuid --minimal)
case $vm in
'') echo "no VM is called $name" >&2 && exit 1 ;;
*,*) echo "several VMs are called $name" >&2 && exit 1 ;;
esac

xe vm-snapshot uuid="$vm" new-name-label="$prefix$(date +%Y-%m-%dT%H:%M:%S)" >/dev/null

# A line "time uuid" for each of ours, the oldest first.
ours() {
  xe snapshot-list snapshot-of="$vm" params=uuid --minimal | tr , '\n' | while read -r uuid; do
    label=$(xe snapshot-param-get uuid="$uuid" param-name=name-label)
    time=$(xe snapshot-param-get uuid="$uuid" param-name=snapshot-time)
    case $label in
    "$prefix"*) echo "$time $uuid" ;;
    esac
  done | sort
}

ours | head -n "-$keep" | while read -r time uuid; do
  echo "removing the snapshot of $time"
  xe snapshot-uninstall uuid="$uuid" force=true >/dev/null
done

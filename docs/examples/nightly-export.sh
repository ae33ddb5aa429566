#!/bin/sh
# SPDX-License-Identifier: MIT
#
# nightly-export.sh DIRECTORY
#
# Exports all running VMs to DIRECTORY/NAME-DATE.xva. They go on running: each is exported from a
# snapshot, which is removed afterwards. What fails is told at the end; the others are still done.
set -u

dir=${1:?usage: nightly-export.sh DIRECTORY}
date=$(date +%Y%m%d)
failed=

for vm in $(xe vm-list power-state=running is-control-domain=false params=uuid --minimal | tr , ' '); do
  name=$(xe vm-param-get uuid="$vm" param-name=name-label)
  # A name may have a slash, a file may not.
  file=$dir/$(printf %s "$name" | tr '/' '_')-$date.xva
  if ! snapshot=$(xe vm-snapshot uuid="$vm" new-name-label="export of $name $date"); then
    failed="$failed $vm"
    continue
  fi
  if xe snapshot-export-to-template snapshot-uuid="$snapshot" filename="$file" >/dev/null; then
    echo "$name: $(du -h "$file" | cut -f1) in $file"
  else
    failed="$failed $vm"
  fi
  xe snapshot-uninstall snapshot-uuid="$snapshot" force=true >/dev/null || failed="$failed $vm"
done
[ -z "$failed" ] || echo "failed:$failed" >&2
[ -z "$failed" ]

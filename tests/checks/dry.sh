#!/bin/bash
# SPDX-License-Identifier: MIT
# Each command that has a dry run is in a test that compares what the dry run said with what the command did: "does WHAT
# COMMAND" (tests/lib/dry.sh, which compares files, definitions and records).
set -u
cd "$(dirname "$0")/../.." || exit 1
found=0 n=0

# host-reboot and host-shutdown call one program, whose arguments 126 compares. Of those that need two hosts, 299 compares the
# plan of vm-migrate, 255 of host-evacuate, 217 of host-declare-dead, 216 of host-forget, and 408 of
# pool-reconcile. The others print a plan of their own, which 278
# and 293 compare.
others='host-declare-dead host-evacuate host-forget host-reboot host-shutdown pool-eject pool-init pool-join pool-reconcile vm-adopt-disks vm-migrate vmss-run'

with_dry_run() {
  sed -n '/^### / { s/^### \([a-z-]*\).*/\1/; h; }; /^- `dry-run=/ { g; p; }' docs/commands.md
}
while read -r command; do
  n=$((n + 1))
  [[ " $others " != *" $command "* ]] || continue
  grep -rqE "^ *(\[.*\|\| )?does ('[^']*'|\"[^\"]*\"|[^ ]+) $command( |\$)" tests/e2e ||
    { echo "no test compares the dry run of $command with what it does" && found=1; }
done < <(with_dry_run)
[ $n -gt 80 ] || { echo "only $n commands with a dry run are found" && found=1; }
exit $found

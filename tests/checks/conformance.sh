#!/bin/bash
# SPDX-License-Identifier: MIT
# Each call that a hypervisor implements is made by a case of tests/conformance.
set -u
cd "$(dirname "$0")/../.." || exit 1
found=0 slots=0

while read -r slot; do
  slots=$((slots + 1))
  grep -qw "hv_$slot" tests/conformance/*.c || { echo "no case calls hv_$slot()" && found=1; }
done < <(sed -n '/_ops {/,/^};/s/^\t[a-z]* (\*\([a-z_]*\))(.*/\1/p' backends/hv/hv_ops.h)
[ $slots -gt 40 ] || { echo "only $slots calls were found in hv_ops.h" && found=1; }
echo "COUNT conformance: $slots calls"
exit $found

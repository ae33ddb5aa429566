#!/bin/bash
# SPDX-License-Identifier: MIT
# Each row of the table of what depends on a version names a test that is there, and each fact has a row for every version.
set -u
cd "$(dirname "$0")/../.." || exit 1
table=backends/hv/hv_by_version.c
found=0
rows=0
while IFS='"' read -r _ name _; do
  rows=$((rows + 1))
  [ -f "$name" ] || { echo "$table: no $name" && found=1; }
done < <(grep -E '^	\{ HV_|^		"tests/' $table | grep '"')
for fact in $(sed -n 's/^	\(HV_[A-Z_]*\),.*/\1/p' backends/hv/hv_by_version.h); do
  grep -q "^	{ $fact, [A-Z]*, 0, 0, " $table || { echo "$table: no last row of $fact" && found=1; }
done
[ $rows -ge 4 ] || { echo "$table: $rows rows" && found=1; }
exit $found

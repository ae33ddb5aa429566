#!/bin/bash
# SPDX-License-Identifier: MIT
# What operations do with disks are acts, of one table (objects/disks/disks.h): no object of another room needs a step's
# function, a probe or a table of members that objects/disks defines.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=build/asan # whose objects are read for symbols

objects() { find xe objects store backends -name '*.c' | sed "s|^\(.*\)\.c$|$build/\1.o|"; }
names=$(objects | grep "^$build/objects/disks/" | xargs nm 2>/dev/null |
  awk '$2 ~ /[TDBR]/ && $3 ~ /^((step|probe)_.*|[a-z_]*_members)$/ { print $3 }' | sort -u)
n=$(grep -c . <<<"$names")
[ "$n" -ge 20 ] || { echo "objects/disks defines $n steps and tables of members" && exit 1; }
found=$(objects | grep -v "^$build/objects/disks/" | xargs nm -A 2>/dev/null | awk '$2 == "U" { print $1, $3 }' |
  grep -E " ($(tr '\n' '|' <<<"$names" | sed 's/|$//'))$" | sed "s|^$build/||; s|\.o:|.c|")
[ -z "$found" ] || { echo 'names a step of objects/disks, or its data, and no act:' && echo "$found" && exit 1; }
echo "COUNT $n steps and tables behind $(grep -c '^	\[DISK_' objects/disks/disk_acts.c) acts"

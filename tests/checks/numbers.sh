#!/bin/bash
# SPDX-License-Identifier: MIT
# Each end-to-end and kill test has a number of its own in both folders, so that it can be run and named by the number.
cd "$(dirname "$0")/../.." || exit 1
twice=$(basename -a tests/e2e/*/*.sh tests/crash/*.sh | cut -d- -f1 | sort | uniq -d)
[ -z "$twice" ] || { echo "numbers that more than one test has:" "$twice" && exit 1; }
! basename -a tests/e2e/*/*.sh tests/crash/*.sh | grep -v '^[12]\?[0-9][0-9]-[a-z]'

#!/bin/bash
# SPDX-License-Identifier: MIT
# libvirt does what tests/conformance asks of every hypervisor, and so what the mock of the unit tests does.
. "$TESTS/lib/e2e.sh"

bridges=no
[ "$HOST_MODE" != system ] || bridges=yes
mkdir -m 0711 cases
"$TOOLS/conformance" "$HOST_URI" "$PWD/cases" "$TOOLS/tick-eject.bin" $bridges >results
status=$?
judge() {
  case $1 in
  'ok '*) result 0 "${1#* - }" ;;
  'not ok '*) result 1 "${1#* - }" ;;
  *) echo "$1" ;;
  esac
}
while IFS= read -r line; do judge "$line"; done <results
is 'the cases came to their end' "$status" 0

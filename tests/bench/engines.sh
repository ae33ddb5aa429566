#!/bin/bash
# SPDX-License-Identifier: MIT
#
# engines.sh BUILD [ROUNDS]: what a command takes with the records in PostgreSQL, on a Unix socket, beside SQLite: in turn
# in one run, on a private host. Prints the least and the median of ROUNDS (21) in ms. Not a part of make bench.
set -u

inside() {
  # shellcheck source=tests/lib/database.sh
  . "$TESTS/lib/database.sh"
  mkdir -m 0711 "$HOST_DIR/bench" && cd "$HOST_DIR/bench" || exit 1
  database_begin "$PWD/pg" && database_make "$PWD/pg" records || exit 1
  declare -A stores=([sqlite]=$PWD/store [postgresql]=$(database_uri "$PWD/pg" records))
  on() { VXE_STORE=${stores[$1]} "$VXE_PLAIN" "${@:2}"; }
  on sqlite vm-create name-label=measured >/dev/null
  uuid=$(on sqlite vm-list name-label=measured --minimal)
  on sqlite pool-dump-database file-name=small.json
  jq -c '(.. | objects | select(has("VM")) | .VM) |= (. as $all | (first(.[] | select(.is_a_template == true))) as $t |
    reduce range(10000) as $i ($all; ("00000000-0000-4000-8000-" + ("000000000000\($i)" | .[-12:])) as $uuid |
    .[$uuid] = ($t + {name_label: "t \($i)"} + if $t | has("uuid") then {uuid: $uuid} else {} end)))' small.json >large.json
  for engine in "${!stores[@]}"; do on "$engine" pool-restore-database file-name="$PWD/large.json" force=true 2>/dev/null; done
  [ "$(on postgresql template-list --minimal | tr , '\n' | wc -l)" -gt 10000 ] || exit 1
  measure get vm-param-get uuid="$uuid" param-name=name-label
  measure 'list of 10,000, --minimal' template-list --minimal
  measure 'list of 10,000, three fields' template-list params=uuid,name-label,name-description
  measure 'act on a VM' vm-param-set uuid="$uuid" name-description=N
  measure 'a new object' appliance-create name-label=N
  database_end
}

# measure WHAT COMMAND...: N stands for the round.
measure() {
  local what=$1 i engine begun least median line
  shift
  rm -f sqlite.ms postgresql.ms
  for ((i = 0; i < ROUNDS; i++)); do
    for engine in sqlite postgresql; do
      begun=${EPOCHREALTIME/./}
      on $engine "${@/%N/$i}" >/dev/null || exit 1
      echo $((${EPOCHREALTIME/./} - begun)) >>$engine.ms
    done
  done
  line=$what:
  for engine in sqlite postgresql; do
    least=$(sort -n $engine.ms | head -n 1) median=$(sort -n $engine.ms | sed -n "$((ROUNDS / 2 + 1))p")
    line+=" $engine $((least / 1000)).$((least % 1000 / 100)) $((median / 1000)).$((median % 1000 / 100))"
  done
  echo "$line"
}

ROUNDS=${2:-21}
if [ "${1-}" = --inside ]; then
  inside
else
  cd "$(dirname "$0")/../.." || exit 1
  BUILD_PLAIN=$PWD/$1 bash tests/lib/host.sh run "$(bash tests/lib/host.sh modes | head -n 1)" \
    bash -c 'exec bash "$TESTS/bench/engines.sh" --inside "$1"' bench "$ROUNDS"
fi

#!/bin/bash
# SPDX-License-Identifier: MIT
# The first commands of a new store at the same moment, as cron and a person give them: each does what it should, says
# nothing of other stores, and the store is whole.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

for round in 1 2 3 4 5 6 7 8; do
  small_guest web$round 1
  VXE_STORE=$(store_at $round)
  export VXE_STORE VXE_IMAGES=$PWD/images$round
  commands=(
    'vm-list --minimal' 'sr-list --minimal' "vm-snapshot uuid=$UUID new-name-label=s" 'host-list --minimal'
    "vm-param-set uuid=$UUID name-description=x" 'vdi-list --minimal'
  )
  pids=()
  for n in "${!commands[@]}"; do
    # shellcheck disable=SC2086 # words
    "$VXE_PLAIN" ${commands[n]} >"out.$n" 2>"err.$n" &
    pids[n]=$!
  done
  for n in "${!commands[@]}"; do
    status=0
    wait "${pids[n]}" || status=$?
    is "round $round: ${commands[n]%% *}" "$status $(cat "err.$n")" '0 '
  done
  is '... the snapshot is there' "$(plain snapshot-list snapshot-of="$UUID" params=name-label --minimal)" s
  is '... one local storage' "$(plain sr-list name-label='Local storage' --minimal | tr , '\n' | wc -l)" 1
  is '... whose folder is the marker alone' "$(find "$VXE_IMAGES" -mindepth 1 -printf '%f\n')" .vxe-sr
  ok '... nothing is wrong' plain check
  virsh -q undefine web$round
done

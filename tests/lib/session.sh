#!/bin/bash
# SPDX-License-Identifier: MIT
#
# session.sh PAGE [HEADING]: runs the recorded sessions of a page again, or those below one heading: the blocks
#
#   ```console
#   $ a command, which may go on after a \
#   > in the next line
#   what it prints, on stdout and stderr
#   ```
#
# and compares what the commands print. UUIDs, times, numbers of bytes and folders differ in each run. A UUID of the page
# stands for the one that is printed in its place, also in later commands and blocks. A line "..." stands for any lines.
# The commands run in the working directory; uuids.session there keeps the UUIDs for the next call. Prints the
# differences; status 1 if there are any, or no commands.
set -u
page=$1 heading=${2-}
HEX='[0-9a-f]'
UUID="$HEX{8}-$HEX{4}-$HEX{4}-$HEX{4}-$HEX{12}"
declare -A here=() # the UUID here, by that of the page
commands=0 failed=0

uuids() { grep -oE "$UUID" <<<"$1"; }
# What is the same in each run.
masked() {
  sed -E "s/$UUID/UUID/g; s/[0-9]{8}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z/TIME/g; s/[0-9]+ bytes|[0-9]+\.[0-9] [KMGT]iB/N bytes/g
    s|/[^ ]*/|FOLDER/|g; s/[[:space:]]+\$//" <<<"$1"
}

# learn WANT GOT: which UUID is which. Fails if one of the page would stand for two.
learn() {
  local theirs ours
  while read -r theirs ours; do
    [ "${here[$theirs]-$ours}" = "$ours" ] || return
    here[$theirs]=$ours
    echo "$theirs $ours" >>uuids.session
  done < <(paste -d ' ' <(uuids "$1") <(uuids "$2"))
}

same() {
  local pattern want got
  want=$(masked "$1") got=$(masked "$2")
  if ! grep -qx '\.\.\.' <<<"$want"; then
    [ "$want" = "$got" ] && { [ -z "$want" ] || ! uuids "$1" >/dev/null || learn "$1" "$2"; }
    return
  fi
  pattern=$(sed 's/[][\\*?]/\\&/g; s/^\.\.\.$/*/' <<<"$want")
  pattern=${pattern//$'*\n'/*}
  # shellcheck disable=SC2053 # a pattern
  [[ $got == ${pattern//$'\n*'/*} ]]
}

# run COMMAND WANT
run() {
  local command=$1 want got theirs
  commands=$((commands + 1))
  for theirs in "${!here[@]}"; do command=${command//$theirs/${here[$theirs]}}; done
  want=$(cat <<<"$2")
  got=$(bash -c "$command" 2>&1 </dev/null)
  same "$want" "$got" && return
  failed=1
  printf '%s: $ %s\n' "${page##*/}" "$command"
  diff -U99 --label page --label here <(echo "$want") <(echo "$got") | tail -n +3
}

[ ! -e uuids.session ] || while read -r theirs ours; do here[$theirs]=$ours; done <uuids.session
command='' want='' more=''
while IFS= read -r line; do
  if [ -n "$more" ]; then
    command+=$'\n'${line#> }
  elif [[ $line == '$ '* || $line == '```' ]]; then
    [ -z "$command" ] || run "$command" "$want"
    command=${line#'$ '} want=''
    [ "$line" != '```' ] || command=''
  else
    want+=$line$'\n'
  fi
  [[ $command == *\\ && -z $want ]] && more=1 || more=''
done < <(awk -v head="$heading" '
  /^#/ && !code { title = $0; sub(/^#+ /, "", title) }
  /^```/ { code = !code; on = code && $1 == "```console" && (head == "" || title == head); if (!code && was) print; was = on; next }
  on' "$page")
[ "$commands" -gt 0 ] || { echo "${page##*/}: no commands below '$heading'" && exit 1; }
exit $failed

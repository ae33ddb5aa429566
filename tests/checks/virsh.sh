#!/bin/bash
# SPDX-License-Identifier: MIT
# docs/from-virsh.md is true: each row names a command, parameters and a section of an end-to-end test that exist, or says
# "none" with the reason, or "not yet"; and there is a row for each verb and flag that this machine's virsh has.
set -u
cd "$(dirname "$0")/../.." || exit 1
doc=docs/from-virsh.md
found=0 rows=0 later=0 none=0
problem() {
  echo "$doc: $*"
  found=1
}

# Lines "COMMAND KEY": the parameters of each command; "COMMAND [filters]" and the like for fields.
parameters=$(awk '/^### / { command = $2; sub(/,$/, "", command); print command, "exists" }
  /^- `[a-z-]*-param-/ { gsub(/[`:]/, "", $2); print $2, "exists"; print $2, $2 ~ /-set$/ ? "fields" : "param-name"; print $2, "uuid"; print $2, "param-key"; next }
  /^- `/ { key = substr($2, 2); gsub(/=.*/, "", key); sub(/:KEY.*/, ":", key); gsub(/`.*/, "", key); print command, key }
  /^- filters: / { print command, "filters" } /^- VM selectors/ { print command, "VM" }' docs/commands.md)
fields=$(sed -n 's/^| `\([A-Za-z_-]*\) .*/\1/p' docs/fields.md)
has() { grep -qxF -- "$1 $2" <<<"$parameters"; }

# check_words COMMAND WORD...: each "key=..." or "--key" is a parameter of the command, or a field where fields are meant.
check_words() {
  local command=$1 word key
  shift
  has "$command" exists || { problem "no such command: $command" && return; }
  for word; do
    key=${word#--}
    key=${key%%=*}
    case $key in minimal | json | table | null | multiple) continue ;; esac
    has "$command" "$key" && continue
    [ "$key" = vm ] && has "$command" VM && continue
    { has "$command" filters || has "$command" fields || has "$command" VM; } && grep -qxF -- "${key%%:*}" <<<"$fields" && continue
    problem "$command has no parameter $key"
  done
}

# check_test TEXT COMMAND: TEXT is "NAME" or "NAME: SECTION"; the test, or a helper of it, runs the command (if one is given).
check_test() {
  local name=${1%%:*} section=${1#*: } file
  file=$(echo tests/e2e/*/"$name.sh")
  [ -f "$file" ] || { problem "no such test: $name" && return; }
  # shellcheck disable=SC2046,SC2016 # paths; with the helpers that it sources
  [ -z "$2" ] || grep -qw -- "$2" "$file" $(sed -n 's,^\. "$TESTS/\(lib/.*\)",tests/\1,p' "$file") || problem "$name does not run $2"
  [ "$section" = "$1" ] || grep -qE -- "^# ---- $section( -+)?\$" "$file" || problem "$name has no section $section"
}

while IFS='|' read -r _ virsh vxe why tests _; do
  read -r virsh <<<"${virsh//\`/}"
  read -r vxe <<<"$vxe"
  read -r why <<<"$why"
  read -r tests <<<"$tests"
  rows=$((rows + 1))
  seen+="$virsh"$'\n'
  if [ "$vxe" = 'not yet' ]; then
    later=$((later + 1))
    [ -z "$tests" ] || problem "$virsh: not yet, but a test"
    continue
  fi
  if [ "$vxe" = none ]; then
    none=$((none + 1))
    [ -n "$why" ] || problem "$virsh: none, without the reason"
    [ -z "$tests" ] || check_test "$tests" ''
    continue
  fi
  [[ $vxe =~ ^\`[a-z].*\`$ ]] || { problem "$virsh: neither a command nor \"none\" nor \"not yet\": $vxe" && continue; }
  # shellcheck disable=SC2086 # words
  check_words ${vxe//\`/}
  [ -n "$tests" ] || { problem "$virsh: no test" && continue; }
  vxe=${vxe//\`/}
  check_test "$tests" "${vxe%% *}"
done < <(grep '^| `' $doc)
[ $rows -gt 100 ] || problem "$rows rows"

verbs='snapshot-create snapshot-create-as snapshot-list snapshot-current snapshot-edit snapshot-info snapshot-parent
  snapshot-dumpxml snapshot-revert snapshot-delete blockcommit blockpull blockjob domblklist save restore managedsave
  managedsave-remove'
# The program names the same commands, for each verb that is no command of its own.
says=$(sed -n 's/^\t{ "\([a-z-]*\)", "\(.*\)" },$/\1 \2/p' xe/words/virsh_words.c | sort)
doc_says=$(sed -n 's/^| `\([a-z-]*\)` | `\([^`]*\)` .*/\1 \2/p' $doc | sort |
  while read -r verb command; do has "$verb" exists || echo "$verb $command"; done)
differences=$(diff <(echo "$says") <(echo "$doc_says")) || problem "verbs that differ (< xe/words/virsh_words.c, > the table): $differences"

twice=$(sort <<<"$seen" | uniq -d)
[ -z "$twice" ] || problem "more than one row: $twice"
for verb in $verbs; do
  grep -qxF -- "$verb" <<<"$seen" || problem "no row: $verb"
  while read -r flag; do
    case "$verb $flag" in
    'snapshot-current --snapshotname') ;;
    *' --domain' | *' --snapshotname' | *' --xmlfile' | *' --path' | *' --file') continue ;;
    esac
    grep -qxF -- "$verb $flag" <<<"$seen" || problem "no row: $verb $flag"
  done < <(virsh help "$verb" 2>/dev/null | sed -n '/OPTIONS/,$s/^ *\[\{0,1\}\(--[a-z-]*\)\]\{0,1\} .*/\1/p')
done
echo "COUNT rows for virsh: $((rows - later - none)) with a test, $none without a meaning here, $later not yet"
exit $found

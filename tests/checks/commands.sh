#!/bin/bash
# SPDX-License-Identifier: MIT
# tests/commands.tsv has every command of xe and is correct: each command marked done exists, with the parameters and
# selectors in the table; each command marked refused gives the reason in the table. TABLE_UPDATE=1 marks existing
# commands as done and records the differences of their optional parameters; review the changed table then.
set -u
cd "$(dirname "$0")/../.." || exit 1
table=tests/commands.tsv
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
ln -s "$PWD/build/asan/vxe" "$dir/xe"
found=0
problem() {
  echo "$table: $*"
  found=1
}

grep -v '^#' $table | tail -n +2 >"$dir/table"
names() { awk -F'\t' -v state="$1" '$2 == state { print $1 }' "$dir/table"; }
[ "$(wc -l <"$dir/table")" = 676 ] || problem "$(wc -l <"$dir/table") commands, not 676"
cut -f1 "$dir/table" | LC_ALL=C sort -cu || problem 'not sorted'

# ---- done: the help has the same parameters, name by name

# ours NAME...: name, required and optional parameters in our help, a line each
ours() {
  "$dir/xe" help "$@" 2>&1 |
    awk '{ value = $0; sub(/^[^:]*: /, "", value); gsub(/, /, ",", value) }
      /^Unknown command|Does nothing on KVM/ { print >"/dev/stderr" }
      /^command name / { name = value }
      /reqd params / { required = value == "" ? "-" : value }
      /optional params / { optional = value == "" ? "-" : value }
      /description / && !/Does nothing on KVM/ { print name "\t" required "\t" optional }'
}

if [ -n "${TABLE_UPDATE:-}" ]; then
  mapfile -t all < <(cut -f1 "$dir/table")
  ours "${all[@]}" >"$dir/here" 2>/dev/null
  {
    grep '^#' $table
    awk -F'\t' -v OFS='\t' '
      NR == FNR { here[$1] = $3; next }
      /^#/ || !($1 in here) { if (!/^#/) print; next }
      {
        n = split($4 == "-" ? "" : $4, keys, ",")
        if ($5 != "-") keys[++n] = "<" $5 "-selectors>"
        m = split(here[$1] == "-" ? "" : here[$1], got, ",")
        list = ""
        for (i = 1; i <= n; i++) {
          found = 0
          for (j = 1; j <= m; j++) if (got[j] == keys[i]) { found = 1; got[j] = "" }
          if (!found) list = list ",-" keys[i]
        }
        for (j = 1; j <= m; j++) if (got[j] != "") list = list ",+" got[j]
        $2 = "done"; $6 = list == "" ? "-" : substr(list, 2); $7 = "-"
        print
      }' "$dir/here" $table
  } >"$dir/new"
  cat "$dir/new" >$table
  grep -v '^#' $table | tail -n +2 >"$dir/table"
fi

mapfile -t all < <(names 'done')
ours "${all[@]}" >"$dir/here" 2>"$dir/bad"
[ ! -s "$dir/bad" ] || problem "done, but not there: $(cat "$dir/bad")"

# The parameters in the table with the differences applied: -x is not accepted, +x is vxe's own.
awk -F'\t' -v OFS='\t' '$2 == "done" {
    n = split($4 == "-" ? "" : $4, keys, ",")
    if ($5 != "-") keys[++n] = "<" $5 "-selectors>"
    n_changes = split($6 == "-" ? "" : $6, changes, ",")
    for (i = 1; i <= n_changes; i++)
      if (changes[i] ~ /^\+/) keys[++n] = substr(changes[i], 2)
    list = ""
    for (i = 1; i <= n; i++) {
      left_out = 0
      for (j = 1; j <= n_changes; j++) if (changes[j] == "-" keys[i]) left_out = 1
      if (!left_out) list = list (list == "" ? "" : ",") keys[i]
    }
    print $1, $3, list == "" ? "-" : list
  }' "$dir/table" >"$dir/wanted"
sorted() { # the optional parameters have no order
  awk -F'\t' -v OFS='\t' '{ n = split($3, keys, ","); list = ""
    for (i = 2; i <= n; i++)
      for (j = i; j > 1 && keys[j] < keys[j - 1]; j--) {
        t = keys[j]; keys[j] = keys[j - 1]; keys[j - 1] = t
      }
    for (i = 1; i <= n; i++) list = list " " keys[i]
    print $1, $2, list }' "$1"
}
differences=$(diff <(sorted "$dir/wanted") <(sorted "$dir/here")) ||
  problem "parameters that differ (< the table, > the program):
$differences"

# ---- refused

while IFS=$'\t' read -r name state _ _ _ _ reason; do
  case $state in
  done) continue ;;
  refused) [ "$reason" != - ] || problem "$name is $state without a reason" ;;
  *) problem "$name is $state" ;;
  esac
done <"$dir/table"

# shellcheck disable=SC2046 # a list of words
"$dir/xe" help $(names refused) >"$dir/help" 2>&1
[ "$(grep -c 'Does nothing on KVM' "$dir/help")" = "$(names refused | wc -l)" ] ||
  problem "refused, but help says otherwise: $(grep '^Unknown command' "$dir/help")"
differences=$(diff <(awk -F'\t' '$2 == "refused" { print $1 ": " $7 }' "$dir/table") \
  <(sed -n 's/^command name *: //p; s/.*Does nothing on KVM: \(.*\)\.$/\1/p' "$dir/help" |
    paste -d '\t' - - | sed 's/\t/: /')) ||
  problem "reasons that differ (< the table, > the program):
$differences"
while read -r name; do
  grep -q "^$name	" "$dir/table" || problem "$name is ours, but exists as xe"
done < <("$dir/xe" help --all --minimal | tr , '\n')

# A refusal is one line, and a script can see it by the status.
status=0
"$dir/xe" vm-restart-device-models vm=x >"$dir/out" 2>"$dir/err" || status=$?
[ "$status $(cat "$dir/out")" = '1 ' ] || problem "as xe a refusal ended with $status"
grep -q '^Error: vm-restart-device-models ' "$dir/err" || problem 'a refusal says nothing'
status=0
build/asan/vxe vm-restart-device-models vm=x >/dev/null 2>&1 || status=$?
[ $status = 2 ] || problem "as vxe a refusal ended with $status"

echo "COUNT commands: $(names 'done' | wc -l) done, $(names refused | wc -l) refused"
exit $found

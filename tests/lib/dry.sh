# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# For tests of --dry-run. Sourced after e2e.sh. A test may have its own picture, which prints facts and what else must not change.

# dry WHAT CMD...: PLAN gets the whole plan of a command that is not run.
dry() {
  local what=$1
  shift
  picture >.dry-before
  exits 0 "$what --dry-run" vxe "$@" --dry-run --verbose
  PLAN=$OUT
  picture >.dry-after
  ok '... changes nothing' diff .dry-before .dry-after
  isnt '... and says something' "$PLAN" ''
}

# ---- what the plan says, and what has happened ---------------------------------------------------

# The files that commands make and remove.
dry_files() {
  find "$PWD" "$HOST_IMAGES" -path "$VXE_STORE" -prune -o -name '.*' -prune -o -type f \
    \( -name '*.qcow2' -o -name '*.raw' -o -name '*.mem' -o -name '*.nvram' \) -print | sort
}
# Every record that a command shows, as a line; base copies come and go with layers.
dry_records() {
  rm -f .dump
  plain pool-dump-database file-name=.dump >/dev/null
  jq -rS '.classes | to_entries[] | select(.key | IN("NODE", "INTENT", "FORGOTTEN", "task") | not) | .key as $c
    | .value | to_entries[] | select($c != "VDI" or .value.managed != false) | "\($c) \(.key) \(.value | tojson)"' .dump | sort
}
# The definitions, a domain a line.
dry_definitions() {
  local d all=''
  for d in $(virsh -q list --all --uuid | sort); do all+="dumpxml --inactive $d; "; done
  [ -z "$all" ] || virsh -q "$all" | tr -d '\n' | sed 's#</domain>#&\n#g'
}
# A file that an operation makes and the next one removes has no name yet.
dry_made() {
  local made
  made=$(grep -c '^make: ' <<<"$PLAN")
  ! grep -qE '^(merge|remove): the overlays of the first operation' <<<"$PLAN" || made=$((made - $(dry_first)))
  echo $made
}
# The overlays of the first of two operations.
dry_first() { awk '/^operation: / { n++ } n == 1 && /^make: .*\(overlay/ { made++ } END { print made + 0 }' <<<"$PLAN"; }
dry_removed() { sed -nE 's/^remove: (.*) \([0-9]+ bytes\)$/\1/p; s/^merge: (\/.*) into .*/\1/p' <<<"$PLAN" | sort; }
# A disk that is moved to a layer, which then is merged back, is as before.
dry_lasting() { if grep -q '^merge: ' <<<"$PLAN"; then grep -v '^change VDI '; else cat; fi; }
# Of records, but those of tasks, which come and go with commands: "change CLASS UUID", "delete CLASS UUID", "add CLASS".
dry_named() {
  sed -nE '/^record: [a-z]* task /d; s/^record: ((change|delete) [^ ]+ [^ ]+).*/\1/p; s/^record: (add [^ ]+) .*/\1/p' <<<"$PLAN" | sort
}
# The same from .was and .is. Messages count where the plan names them.
dry_changes() {
  local messages=0
  grep -q '^record: [a-z]* message' <<<"$PLAN" && messages=1
  awk -v messages=$messages '!messages && $1 == "message" { next }
    { key = $1 " " $2 }
    FNR == NR { was[key] = $0; next }
    !(key in was) { print "add " $1; next }
    was[key] != $0 { print "change " key }
    { delete was[key] }
    END { for (key in was) print "delete " key }' .was .is | sort
}
dry_planned() { dry_named | uniq | dry_lasting; }
dry_happened() { dry_changes | uniq | dry_lasting; }

# ---- both, for any command -----------------------------------------------------------------------

picture() { facts; }
# What does() compares; the last ones are kept.
facts() {
  dry_files >.files
  dry_definitions >.defined
  dry_records >.was
  cat .files .defined .was
}
# does WHAT CMD...: then the command does what the plan said.
does() {
  local what=$1
  dry "$@" # whose second picture has the facts
  shift
  exits 0 "$what" vxe "$@"
  local out=$OUT err=$ERR
  dry_files >.now
  dry_definitions >.redefined
  dry_records >.is
  is '... makes as many files as the plan said' "$(comm -13 .files .now | wc -l)" "$(dry_made)"
  is '... and removes those that it named' "$(comm -23 .files .now)" "$(dry_removed)"
  ! grep -q '^record: ' <<<"$PLAN" || is '... changes the records of the plan' "$(dry_happened)" "$(dry_planned)"
  grep -qE '^((re|un)?define|switch|merge|VM *): ' <<<"$PLAN" || ok '... and no definition' cmp .defined .redefined
  is '... what waits is what the plan said' "$(grep '^later: ' <<<"$out" | sort -u)" "$(grep '^later: ' <<<"$PLAN" | sort -u)"
  OUT=$out ERR=$err
}

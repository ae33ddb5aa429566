#!/bin/bash
# SPDX-License-Identifier: MIT
# No source calls functions without a limit or a check; every file names its licence; every header is guarded. Who reads the
# name of a static function or variable in a stack trace, or searches for it, finds at most three files. A function has at most
# 60 lines, a file at most 600.
set -u
cd "$(dirname "$0")/../.." || exit 1
found=0
words='v?sprintf|strcpy|strcat|strtok|atoi|gets|system|popen|alloca'

# Prints the file without its comments and with empty strings.
code() {
  gcc -fpreprocessed -dD -E -P "$1" 2>/dev/null | sed -E 's/"([^"\\]|\\.)*"/""/g'
}

while read -r file; do
  hits=$(code "$file" |
    grep -nE "(^|[^_[:alnum:]])($words)[[:space:]]*\(") &&
    echo "$file: $hits" && found=1
done < <(find xe objects store backends tests -name '*.[ch]' -exec grep -lwE "$words" {} +)

licence='SPDX-License-Identifier: MIT'
while read -r file; do
  head -n 3 "$file" | grep -q "$licence" || { echo "$file: no SPDX line" && found=1; }
done < <(find Makefile xe objects store backends tests .ci -type f \
  \( -name '*.[ch]' -o -name '*.sh' -o -name '*.asm' -o -name Makefile -o -name run \) -exec awk -v licence="$licence" '
  FNR < 4 && index($0, licence) { has[FILENAME] } END {
    for (i = 1; i < ARGC; i++) if (!(ARGV[i] in has)) print ARGV[i] }' {} +)

while read -r file; do
  echo "$file: no #pragma once" && found=1
done < <(find xe objects store backends tests -name '*.h' -exec grep -L '^#pragma once$' {} +)

# shellcheck disable=SC2016 # awk's
find xe objects store backends -name '*.[ch]' -print0 | xargs -0 awk '
  function say(what) { print what; found = 1 }
  function is_static(line) {
    sub(/ *[=;([].*/, "", line)
    sub(/.*[ *]/, "", line)
    if (line !~ /^[a-z]/ || (line, FILENAME) in seen) return
    seen[line, FILENAME]
    files[line] = files[line] " " FILENAME
    n[line]++
  }
  FNR == 1 { name = body = "" }
  FNR == 601 { say(FILENAME ": more than 600 lines") }
  /^static / || /^} [a-z_]+\[/ { is_static($0) }
  /^[a-z][^=]*[a-z0-9_]\(/ && !/;$/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name); at = FNR }
  /^{/ { body = name }
  /^}/ {
    if (body != "" && body == name && FNR - at >= 60) say(FILENAME ": " name "() has " FNR - at + 1 " lines")
    name = body = ""
  }
  END {
    for (name in n) if (n[name] > 3) say(name " is static in " n[name] " files:" files[name])
    exit found
  }' || found=1
exit $found

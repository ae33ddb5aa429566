#!/bin/bash
# SPDX-License-Identifier: MIT
# No source calls functions without a limit or a check; every file names its licence; every header is guarded.
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
done < <(find xe objects store backends tests -name '*.[ch]')

while read -r file; do
  head -n 3 "$file" | grep -q 'SPDX-License-Identifier: MIT' ||
    { echo "$file: no SPDX line" && found=1; }
done < <(find Makefile xe objects store backends tests .ci -type f \
  \( -name '*.[ch]' -o -name '*.sh' -o -name '*.asm' -o -name Makefile -o -name run \))

while read -r file; do
  grep -q '^#pragma once$' "$file" || { echo "$file: no #pragma once" && found=1; }
done < <(find xe objects store backends tests -name '*.h')
exit $found

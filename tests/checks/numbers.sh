#!/bin/bash
# SPDX-License-Identifier: MIT
# Each end-to-end and kill test has a number of its own in both folders, so that it can be run and named by the number. The
# version is the same in the program, the packages and the first section of the changelog, whose sections have 40 lines at most.
# Each shortcut has a row in docs/performance.md, and code that asks whether it is on.
cd "$(dirname "$0")/../.." || exit 1
version=$(sed -n 's/^#define VXE_VERSION "\(.*\)"/\1/p' objects/base/version.h)
bad=$(
  [ "$(sed -n '1s/^vxe (\([^)-]*\).*/\1/p' debian/changelog)" = "$version" ] || echo "debian/changelog: not of version $version"
  [ "$(sed -n 's/^Version: *//p' rpm/vxe.spec)" = "$version" ] || echo "rpm/vxe.spec: not of version $version"
  [ "$(sed -n 's/^## \([^ ]*\).*/\1/p' CHANGELOG.md | head -1)" = "$version" ] || echo "CHANGELOG.md: does not begin with $version"
  diff <(sed -n 's/^\t\[SHORTCUT_[A-Z_]*\] = "\(.*\)",$/\1/p' objects/base/shortcut.c | sort) \
    <(sed -n '/^## Shortcuts/,/^## S[^h]/s/^| `\([a-z-]*\)` | .*/\1/p' docs/performance.md | sort) |
    sed -n 's/^[<>]/docs\/performance.md and shortcut.c differ in:/p'
  for shortcut in $(sed -n 's/^\t\(SHORTCUT_[A-Z_]*\),.*/\1/p' objects/base/shortcut.h); do
    grep -rqF "shortcut_on($shortcut)" --include='*.c' objects backends store xe || echo "shortcut.h: no code asks for $shortcut"
  done
  awk '/^## / { title = $2; n = 0 } title && ++n == 41 { print "CHANGELOG.md: " title " has more than 40 lines" }' CHANGELOG.md
)
[ -z "$bad" ] || echo "$bad"
twice=$(basename -a tests/e2e/*/*.sh tests/crash/*.sh | cut -d- -f1 | sort | uniq -d)
[ -z "$twice" ] || { echo "numbers that more than one test has:" "$twice" && exit 1; }
[ -z "$bad" ] || exit 1
! basename -a tests/e2e/*/*.sh tests/crash/*.sh | grep -v '^[1-4]\?[0-9][0-9]-[a-z]'

#!/bin/bash
# SPDX-License-Identifier: MIT
# What docs/contributing.md shows works: in a copy of the tree its patches apply one after the other, the program with them
# compiles without a warning and has the new field, command and error, and the page's unit test passes, which meets the new
# check, too. The page has the only copy of the patches. With PATCHES_ONLY=1 they are only applied.
set -u
cd "$(dirname "$0")/../.." || exit 1
page=docs/contributing.md
catalogue=objects/base/codes.h
unit=build/asan/tests/unit/test_contact
scratch=$(mktemp -d /tmp/vxe-contributing.XXXXXX) || exit 1
trap 'rm -rf "$scratch"' EXIT
found=0
problem() {
  echo "$page: $*"
  found=1
}

mkdir -p "$scratch/tree/build" && tar --exclude=./build --exclude=./.git -cf - . | tar -xpf - -C "$scratch/tree" || exit 1

# ---- the patches -----------------------------------------------------------------------------------

# diff_of HEADING: the diff in that section.
diff_of() {
  awk -v heading="## $1" '
    /^## / && !code { here = $0 == heading }
    /^```/ { code = !code; diff = code && here && $0 == "```diff"; next }
    diff' $page
}
# Whatever git knows of the folder around, and of a hook that runs this.
apply() { (cd "$scratch/tree" && GIT_DIR=/nonexistent git apply "$scratch/patch"); }
for section in 'A stored field' 'A command' 'An error' 'A check' 'A unit test'; do
  diff_of "$section" >"$scratch/patch"
  [ -s "$scratch/patch" ] || { problem "no section '$section' with a diff" && continue; }
  apply 2>"$scratch/why" || problem "the diff of '$section' does not apply to these sources any more:
$(cat "$scratch/why")
Its lines that begin with a blank or with - have to be lines of the file, with the diffs before it; behind @@, the number after
a comma counts lines."
done
[ $found = 0 ] && [ -z "${PATCHES_ONLY-}" ] || exit $found

# ---- the program with them -------------------------------------------------------------------------

# Without the units that are linked already.
tar -C build -cf - --anchored --no-wildcards-match-slash --exclude='asan/tests/unit/test_*' asan | tar -xpf - -C "$scratch/tree/build" || exit 1
codes() { grep -oE '^[[:space:]]X\([A-Z0-9_]+' "$1"; }
known=$(codes $catalogue)
cd "$scratch/tree" || exit 1

# Every source includes the catalogue. If no code gets another number, only those that use the list as a whole differ.
[[ $(codes $catalogue) == "$known"$'\n'* ]] || problem "the new row of $catalogue is not the last one"
grep -rlE 'VXE_(CODES|N_CODES)' --include='*.c' objects xe store backends tests/mock |
  sed 's|^\(.*\)c$|build/asan/\1o|' | xargs rm -f
# Of the make that runs this, the settings count, the options do not.
env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s --no-print-directory -j"$(nproc)" -o $catalogue VARIANT=asan \
  WERROR=-Werror build/asan/vxe $unit >"$scratch/built" 2>&1 ||
  { tail -n 40 "$scratch/built" && problem "its code does not compile"; exit 1; }

# has REGEX WORD...: a command of the program prints it.
has() { build/asan/vxe "${@:2}" 2>&1 | grep -q "$1" || problem "vxe ${*:2} has no $1"; }
has '^| `contact ( RW)`' fields-doc
has '^### appliance-contact' commands-doc
has 'reqd params *: uuid$' help appliance-contact
has '^### VXE_NO_CONTACT' errors-doc
TMPDIR=$scratch $unit >"$scratch/said" 2>&1 || { cat "$scratch/said" && problem 'its unit test fails'; }

if clang-format --version 2>/dev/null | grep -q ' version 14\.'; then
  sed -n 's|^+++ b/\(.*\.[ch]\)$|\1|p' $page | sort -u | xargs clang-format --dry-run -Werror || problem 'make format would change its code'
fi
exit $found

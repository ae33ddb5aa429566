#!/bin/bash
# SPDX-License-Identifier: MIT
# Every target of a link in the documents, also in those of HTML, exists, with its heading; docs/fields.md, the manual pages and the codes of
# docs/troubleshooting.md are as generated; the table of docs/beside-virsh.md has its tests; the smoke list is short and
# correct.
set -u
cd "$(dirname "$0")/../.." || exit 1
found=0
problem() {
  echo "$*"
  found=1
}

# anchors FILE: the names of its headings in links.
anchors() {
  awk '/^ *```/ { code = !code } /^#+ / && !code { sub(/^#+ /, ""); print tolower($0) }' "$1" |
    sed -E 's/\[([^]]*)\]\([^)]*\)/\1/g; s/[^a-z0-9_ -]//g; s/ /-/g'
}

while read -r doc; do
  while read -r link; do
    case $link in
    *://*) continue ;;
    '#'*) file=$doc ;;
    *) file=$(dirname "$doc")/${link%%#*} ;;
    esac
    [ -e "$file" ] || { problem "$doc: no such file: $link" && continue; }
    [[ $link != *'#'* ]] || anchors "$file" | grep -qxF -- "${link#*#}" || problem "$doc: no such heading: $link"
  done < <(grep -oE '\]\([^) ]+\)' "$doc" | sed 's/^](//; s/)$//')
done < <(find . -name '*.md' -not -path './build/*')

for folder in xe objects objects/base store backends; do
  grep -qs "$folder/" docs/architecture.md || problem "docs/architecture.md: no word on $folder/"
done

[ "$(build/asan/vxe fields-doc)" = "$(cat docs/fields.md)" ] ||
  problem 'docs/fields.md is stale: vxe fields-doc >docs/fields.md'
# Each command of an area with a page has its entry there, and vxe.1 names each page. Versions of lowdown differ in line
# breaks and escapes.
page_lines() { cat "$@" | sed -e '/^\.S[HS]$/{N;s/\n/ /}' -e 's/\\-/-/g'; }
entries=$(sed -n '/^## Appendix/q; s/^### \([a-z-]*\).*/\1/p' docs/commands.md | sort)
[ "$(page_lines build/asan/man/vxe-*.7 | sed -n 's/^\.SS "\{0,1\}\([a-z-]*\).*/\1/p' | sort)" = "$entries" ] ||
  problem 'the manual pages of areas have other commands than docs/commands.md'
for page in build/asan/man/vxe-*.7; do
  page_lines build/asan/man/vxe.1 | grep -qF "B$(basename "$page" .7)\\f" || problem "vxe.1 does not name $page"
done
# Each command that help lists has a page of its own, which says in its first line what it does.
listed=$(build/asan/vxe help --minimal | tr , '\n' | sort)
[ "$(cd build/asan/man && ls vxe-*.1 | sed 's/^vxe-//; s/\.1$//' | sort)" = "$listed" ] ||
  problem 'other commands have manual pages of their own than help lists'
for command in $listed; do
  page_lines "build/asan/man/vxe-$command.1" | grep -qE "^vxe-$command - [a-zA-Z]" || problem "vxe-$command.1 does not say what it does"
done
for section in EXAMPLES FILES 'EXIT STATUS' ENVIRONMENT; do
  page_lines build/asan/man/vxe.1 | grep -qE "^\.SH \"?$section\"?$" || problem "vxe.1 has no section $section"
done
[ "$(build/asan/vxe errors-doc)" = "$(sed '0,/^Written by .vxe errors-doc/d' docs/troubleshooting.md)" ] ||
  problem 'docs/troubleshooting.md: the codes are stale: all after "Written by" is from vxe errors-doc'
# groff warns of requests and escapes that man does not know.
if command -v groff >/dev/null; then
  for page in build/asan/man/*; do
    warnings=$(groff -man -ww -Tutf8 -z "$page" 2>&1)
    [ -z "$warnings" ] || problem "$page: $warnings"
  done
fi

# The pages as HTML lead to each other.
links=$(sh tests/lib/links.sh build/asan/html) || problem "$links"

# The table of docs/beside-virsh.md: each row has what happens beside vxe, what virsh does alone, and tests of both. A
# test of virsh alone is named with its part, and no part is without a row.
beside=docs/beside-virsh.md rows=0 seen=''
while IFS='|' read -r _ what ours alone tests rest; do
  rows=$((rows + 1)) own='' virsh=''
  [[ $ours == *[a-z]* && $alone == *[a-z]* && -z $rest ]] || problem "$beside: not four columns:$what"
  while read -r name part; do
    test=$(echo tests/e2e/*/"${name%:}.sh")
    [ -f "$test" ] || { problem "$beside: no such test: $name" && continue; }
    case $name in *-virsh-alone*) virsh=1 seen+="$test $part"$'\n' ;; *) own=1 ;; esac
    [ -z "$part" ] || grep -qxF -- "# ---- $part" "$test" || problem "$beside: $name has no part $part"
  done < <(tr , '\n' <<<"$tests")
  [ -n "$own" ] && [ -n "$virsh" ] || problem "$beside: no test of vxe or none of virsh alone:$what"
done < <(sed -n '/^| with virsh, /,/^$/{/^| with\|^|---\|^$/d;p}' $beside)
[ $rows -ge 38 ] || problem "$beside: $rows rows"
for test in tests/e2e/*/*-virsh-alone*.sh; do
  while read -r part; do
    grep -qxF -- "$test $part" <<<"$seen" || problem "$beside: no row for $test: $part"
  done < <(sed -n 's/^# ---- //p' "$test")
done

n=0
while read -r test; do
  n=$((n + 1))
  [ -f "$test" ] || problem "tests/smoke.list: no such test: $test"
done < <(sed 's/#.*//; s/[[:space:]]*\(other\)\{0,1\}$//; /^$/d' tests/smoke.list)
[ $n -le 15 ] || problem "tests/smoke.list: $n entries, 15 are allowed"
exit $found

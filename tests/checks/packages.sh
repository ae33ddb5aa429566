#!/bin/bash
# SPDX-License-Identifier: MIT
# Every program that the build, the tests and the demo call, and every library that is linked, is of a package that
# PACKAGES of the Makefile brings, or that each Debian has, or that brought this tree (git, apt). What a machine has by
# chance would fail on the next one.
# tests/packages is left out: its targets install what they need. A program may be missing where the same file asks for
# it by 'command -v'.
set -u
cd "$(dirname "$0")/../.." || exit 1
command -v dpkg-query >/dev/null || { echo 'SKIP: packages: not Debian' && exit 0; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
found=0

# What PACKAGES brings, with all that these depend on: one alternative of those that are installed.
packages=$(sed -n '/^PACKAGES :=/,/[^\\]$/p' Makefile | tr -d '\\' | sed 's/^PACKAGES :=//' | xargs)
dpkg-query -W -f '${db:Status-Abbrev}\t${Package}\t${Essential} ${Priority}\t${Pre-Depends}, ${Depends}\t${Provides}\n' |
  awk -F'\t' -v wanted="$packages git apt" '
  $1 !~ /^ii/ { next }
  {
    needs[$2] = $4
    if ($3 ~ /^yes|required$/) wanted = wanted " " $2
    n = split($5, p, / *, */)
    for (i = 1; i <= n; i++) { sub(/[ :(].*/, "", p[i]); if (p[i] != "") gives[p[i]] = gives[p[i]] " " $2 }
  }
  function take(name) { if (!(name in have)) { have[name] = 1; queue[++last] = name } }
  function choose(alternatives,   a, k, j, name, by) {
    k = split(alternatives, a, / *\| */)
    for (j = 1; j <= k; j++) {
      name = a[j]
      sub(/[ :(].*/, "", name)
      if (name in needs) { take(name); return }
      if (name in gives) { split(gives[name], by, " "); take(by[1]); return }
    }
  }
  END {
    n = split(wanted, w, " ")
    for (i = 1; i <= n; i++)
      if (w[i] in needs) take(w[i]); else if (w[i] in gives) choose(w[i]); else print "missing", w[i]
    for (at = 1; at <= last; at++) {
      n = split(needs[queue[at]], d, / *, */)
      for (i = 1; i <= n; i++) if (d[i] != "") choose(d[i])
    }
    for (name in have) print "has", name
  }' >"$work/closure"
while read -r _ name; do
  echo "PACKAGES: $name is not installed: make deps"
  found=1
done < <(grep '^missing' "$work/closure")

# ---- programs ----------------------------------------------------------------------------------

# A line "PROGRAM PACKAGE" per program of this machine.
grep -HE '^(/usr)?/s?bin/[^/]+$' /var/lib/dpkg/info/*.list |
  sed -E 's#^.*/info/([^:]+)(:[a-z0-9]+)?\.list:.*/([^/]+)$#\3 \1#' >"$work/programs"

# Words where a command may stand, without those that are the shell's or a function's. Some are English, in a text.
mapfile -t scripts < <(git ls-files tests share docs/examples .ci | grep -v ^tests/packages/ | grep -E '\.(sh|bash)$|/run$')
{
  compgen -bk
  cat "${scripts[@]}" | sed -nE 's/^[[:space:]]*([a-z_][a-z0-9_-]*)\(\).*/\1/p'
  printf '%s\n' file more open opt login dir wish node as look host
} >"$work/shell"
words_of() {
  sed 's/^[[:space:]]*#.*//' "$1" |
    grep -oE '(^|[|;(`&!]|\b(if|then|do|while|else|until|xargs|exec|env|setsid|timeout [0-9]+|command -v))[[:space:]]*@?[a-z][a-z0-9_.-]+' |
    grep -oE '[a-z][a-z0-9_.-]+$' | sort -u | grep -vxFf "$work/shell"
}
for script in "${scripts[@]}"; do
  while read -r word; do
    grep -qE "command -v $word\b" "$script" || echo "$word $script"
  done < <(words_of "$script")
done >"$work/words"
sed -n 's/^\t@\{0,1\}//p' Makefile >"$work/recipes"
while read -r word; do
  grep -qE "command -v $word\b" Makefile || echo "$word Makefile"
done < <(words_of "$work/recipes") >>"$work/words"
awk -v closure="$work/closure" -v programs="$work/programs" '
  BEGIN {
    while ((getline line <closure) > 0) { split(line, c, " "); has[c[2]] = 1 }
    while ((getline line <programs) > 0) { split(line, c, " "); of[c[1]] = of[c[1]] " " c[2] }
    # these targets install what they need, or are not part of the tests
    n = split("dpkg-buildpackage lintian rpmbuild rpmlint", skip, " ")
    for (i = 1; i <= n; i++) delete of[skip[i]]
  }
  $1 in of {
    n = split(of[$1], p, " ")
    for (i = 1; i <= n; i++) if (p[i] in has) next
    print "PACKAGES: " $2 " calls " $1 ", which is in none of them (" p[1] ")"
  }' "$work/words" >"$work/bad"

# ---- libraries ---------------------------------------------------------------------------------

for file in build/{debug,asan,release}/{vxe,vxe-libvirt.so,vxe-xml.so,vxe-xva.so,vxe-postgresql.so}; do
  [ ! -f "$file" ] || readelf -d "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
done | sort -u >"$work/needed"
while read -r library; do
  owner=$(grep -lE "/$library$" /var/lib/dpkg/info/*.list | sed -E 's#.*/info/([^:]+)(:[a-z0-9]+)?\.list#\1#')
  for name in $owner; do grep -qx "has $name" "$work/closure" && continue 2; done
  echo "PACKAGES: none of them brings $library (${owner:-of no package})"
done <"$work/needed" >>"$work/bad"
[ ! -s "$work/bad" ] || { cat "$work/bad" && found=1; }
exit $found

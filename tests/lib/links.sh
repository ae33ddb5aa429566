#!/bin/sh
# SPDX-License-Identifier: MIT
# links.sh FOLDER: prints the links in the HTML pages of the folder that lead to no file of it, or to no heading of a page.
# Addresses elsewhere are not followed. A folder without pages is a fault, too.
set -u
cd "$1" || exit 1
[ -n "$(find . -name '*.html' -print -quit)" ] || { echo "no pages in $1" && exit 1; }
{
  find . -printf 'there %P\n'
  find . -name '*.html' -exec grep -HoE '(id|href)="[^"]*"' {} +
} | awk '
  /^there / { there[substr($0, 7)] = 1; next }
  {
    page = $0
    sub(/:.*/, "", page)
    sub(/^\.\//, "", page)
    value = $0
    sub(/^[^"]*"/, "", value)
    sub(/"$/, "", value)
    if ($0 ~ /:id="/)
      id[page "#" value] = 1
    else {
      from[++n] = page
      to[n] = value
    }
  }
  # The page that a link names, without "..".
  function target(page, path) {
    if (path == "")
      return page
    if (!sub(/[^\/]*$/, "", page))
      page = ""
    path = page path
    sub(/\/$/, "", path)
    while (sub(/[^\/]+\/\.\.\//, "", path))
      ;
    return path
  }
  END {
    for (i = 1; i <= n; i++) {
      if (to[i] ~ /^[a-z]+:/)
        continue
      path = anchor = to[i]
      sub(/#.*/, "", path)
      path = target(from[i], path)
      sub(/^[^#]*#?/, "", anchor)
      if (!(path in there))
        print from[i] ": no such file: " to[i]
      else if (anchor != "" && !(path "#" anchor in id))
        print from[i] ": no such heading: " to[i]
      else
        continue
      bad = 1
    }
    exit bad
  }'

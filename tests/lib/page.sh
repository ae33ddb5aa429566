# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Runs the commands of a page of docs/ as they stand there: the blocks ```sh. Sourced after e2e.sh; puts vxe and xe into
# PATH.

mkdir bin
ln -s "$VXE" bin/vxe
ln -s "$VXE" bin/xe
PATH=$PWD/bin:$PATH

# page PAGE HEADING [SED]: the commands below the heading, changed by SED, in one shell that ends at the first one that
# fails. Variables in capitals that they set stay for the next call, and are set here, too.
page() {
  local names
  awk -v head="$2" '
    /^#/ && !code { title = $0; sub(/^#+ /, "", title) }
    /^ *```/ { code = !code; on = code && $1 == "```sh" && title == head; next } on' "$TESTS/../docs/$1" |
    sed "${3-}" >page.sh
  [ -s page.sh ] || echo 'echo "no commands there" >&2; exit 1' >page.sh
  names=$(sed -nE 's/^ *([A-Z]+)=.*/\1/p' page.sh | sort -u | xargs)
  [ -z "$names" ] || echo "declare -p $names | sed 's/^declare -[-x]*/export/' >>page.set" >>page.sh
  ok "$1: $2" bash -eu page.sh
  # shellcheck disable=SC1091
  [ ! -e page.set ] || . ./page.set
}

# page_headings PAGE: those that have commands, in one line.
page_headings() {
  awk '/^#/ && !code { title = $0; sub(/^#+ /, "", title) }
    /^ *```/ { code = !code; if (code && $1 == "```sh" && title != last) { print title; last = title } }' \
    "$TESTS/../docs/$1" | paste -sd, -
}

# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Runs the commands of a page of docs/ as they stand there: the blocks ```sh, or those of another language. Sourced after
# e2e.sh; puts vxe and xe into PATH.

mkdir bin
ln -s "$VXE" bin/vxe
ln -s "$VXE" bin/xe
PATH=$PWD/bin:$PATH

# page_blocks PAGE HEADING LANGUAGE: the blocks in this language below the heading.
page_blocks() {
  awk -v head="$2" -v language="\`\`\`$3" '
    /^#/ && !code { title = $0; sub(/^#+ /, "", title) }
    /^ *```/ { code = !code; on = code && $1 == language && title == head; next } on' "$TESTS/../docs/$1"
}

# page PAGE HEADING [SED]: the commands below the heading, changed by SED, in one shell that ends at the first one that
# fails. Variables in capitals that they set stay for the next call, and are set here, too.
page() {
  local names
  page_blocks "$1" "$2" sh | sed "${3-}" >page.sh
  [ -s page.sh ] || echo 'echo "no commands there" >&2; exit 1' >page.sh
  names=$(sed -nE 's/^ *([A-Z]+)=.*/\1/p' page.sh | sort -u | xargs)
  [ -z "$names" ] || echo "declare -p $names | sed 's/^declare -[-x]*/export/' >>page.set" >>page.sh
  ok "$1: $2" bash -eu page.sh
  # shellcheck disable=SC1091
  [ ! -e page.set ] || . ./page.set
}

# page_headings PAGE [LANGUAGE]: those that have blocks in this language (sh), in one line.
page_headings() {
  awk -v language="\`\`\`${2-sh}" '/^#/ && !code { title = $0; sub(/^#+ /, "", title) }
    /^ *```/ { code = !code; if (code && $1 == language && title != last) { print title; last = title } }' \
    "$TESTS/../docs/$1" | paste -sd, -
}

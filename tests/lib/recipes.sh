# shellcheck shell=bash
# shellcheck disable=SC2034 # for tests
# SPDX-License-Identifier: MIT
# Runs the commands of docs/schedules.md as they stand there, with vxe in PATH. Sourced after e2e.sh.

RECIPES=$TESTS/../docs/schedules.md
mkdir bin
ln -s "$VXE_PLAIN" bin/vxe
PATH=$PWD/bin:$PATH
export VXE_PLUGINS=$PWD/plugins
mkdir -m 0755 plugins

# The headings of all recipes.
recipe_names() { sed -n '/^## Recipes/,$s/^### //p' "$RECIPES"; }

# recipe HEADING: runs its commands, in a shell that ends at the first one that fails, with VM, S and BEFORE as here;
# sets S, BEFORE and OUT.
recipe() {
  awk -v head="### $1" '$0 == head { on = 1; next } /^#/ && !code { on = 0 }
    on && /^```/ { code = !code; next } on && code' "$RECIPES" |
    sed "s|/etc/vxe/plugins|$VXE_PLUGINS|" >recipe.sh
  [ -s recipe.sh ] || echo 'echo "no such recipe" >&2; exit 1' >recipe.sh
  # shellcheck disable=SC2016
  echo 'printf "S=%s\nBEFORE=%s\n" "${S-}" "${BEFORE-}" >recipe.set' >>recipe.sh
  ok "$1" env VM="$UUID" S="${S-}" BEFORE="${BEFORE-}" bash -eu recipe.sh
  # shellcheck disable=SC1091
  . ./recipe.set
}

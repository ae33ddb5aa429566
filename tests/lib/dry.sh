# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# For tests of --dry-run. Sourced after e2e.sh by a test with a function picture, which prints what must not change.

# dry WHAT CMD...: PLAN gets the plan of a command that is not run.
dry() {
  local what=$1
  shift
  picture >.before
  exits 0 "$what --dry-run" vxe "$@" --dry-run
  PLAN=$OUT
  picture >.after
  ok '... changes nothing' diff .before .after
  isnt '... and says something' "$PLAN" ''
}

# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# "Nothing has changed": a dump of everything that a command could have changed, to compare before and after. Sourced
# after e2e.sh. Dumps are in $TEST_DIR/.state, which no dump includes.

STATE_CLASSES='vm vdi vbd vif sr network pool host' # --all: snapshots and templates, too

# Every record with all its fields, from the store in use, except for fields that change by themselves.
state_objects() {
  local class
  for class in $STATE_CLASSES; do
    echo "== $class"
    "$VXE_PLAIN" "$class-list" params=all --all 2>&1
  done | awk '/^== /{ c = $2 } /^ *memory-free / { next }
    c == "sr" && /^ *physical-utilisation / { next } { print }'
}

# Files of the test and of the default SR: name, mode, owner and content. Without stores, whose records state_objects
# shows, and serial logs, which grow by themselves.
state_files() {
  local what
  for what in '-printf "%p %m %u %s\n"' '-exec cksum {} +'; do
    eval "find '$TEST_DIR' '$HOST_IMAGES' \( -name '.*' -o -name 'store*' \) -prune -o -type f $what"
  done 2>/dev/null | sort
}

# Every definition, and the list of domains with their states.
state_domains() {
  local uuid all='list --all'
  for uuid in $(virsh -q list --all --uuid | sort); do all+="; dumpxml --inactive $uuid"; done
  virsh -q "$all"
}

state_of() {
  state_objects
  state_files
  state_domains
}

# state_note: keeps the state with which later same_state calls compare.
state_note() {
  mkdir -p "$TEST_DIR/.state"
  state_of >"$TEST_DIR/.state/before"
}

# same_state WHAT: passes when nothing has changed since state_note.
same_state() {
  state_of >"$TEST_DIR/.state/after"
  diff "$TEST_DIR/.state/before" "$TEST_DIR/.state/after" >"$TEST_DIR/.state/diff"
  result $? "$1" || { diag "$(head -n 20 "$TEST_DIR/.state/diff")"; return 1; }
}

# fails CODE STATUS REGEX WHAT CMD...: CMD ends with STATUS, fails with CODE, and its stderr matches REGEX.
fails() {
  local code=$1 status=$2 regex=$3 what=$4
  shift 4
  VXE_LOG=error exits "$status" "$what" "$@"
  like "... the code is $code" "$ERR" " error: $code(:|$NL|\$)"
  like '... it says why' "$ERR" "$regex"
}
NL=$'\n'

# refused CODE STATUS REGEX WHAT CMD...: and nothing has changed since state_note.
refused() {
  fails "$@"
  same_state '... and nothing has changed'
}

# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the parts of the benchmark share: timing in turn, and domains. Sourced by bench.sh inside a host;
# needs HOST_DIR, TOOLS, TEST_DIR, VXE_BENCH, SIZE (how many domains the host has), SAMPLES, ROUNDS.

fail() {
  echo "bench: $*" >&2
  exit 1
}

vxe() { "$VXE_BENCH" "$@"; }

# remove_snapshot UUID
remove_snapshot() { vxe snapshot-uninstall uuid="$1" force=true >/dev/null || fail 'no uninstall'; }

# took ROW SIDE CMD...: one sample, in microseconds; the output of CMD goes to OUT.
took() {
  local row=$1 side=$2
  shift 2
  timed "$@" >"$TEST_DIR/.out" || fail "$row: failed: $*"
  OUT=$(head -n 1 "$TEST_DIR/.out")
  sample "$row" "$side" $((END - BEGIN))
}

sample() { printf '%s\t%s\t%s\t%s\n' "$1" "$SIZE" "$2" "$3" >>"$SAMPLES"; }

# at_most ROW more MS | times N: how much more than the other side, or how many times as much, the median may be.
at_most() { sample "$1" "at most, $2" "$(awk "BEGIN { print $3 * 1000 }")"; }

ours() { took "$1" vxe "$VXE_BENCH" "${@:2}"; }
# The second word of the side says what virsh did.
theirs() { took "$1" "virsh $2" virsh -q "${@:2}"; }

# each_round FUNCTION ARG...: the function, ROUNDS times, with ROUND set; the sides of a row take turns in it.
each_round() {
  for ((ROUND = 1; ROUND <= ROUNDS; ROUND++)); do "$@"; done
}

# in_turn FUNCTION FUNCTION ARG...: both with the arguments; each goes first every other round.
in_turn() {
  if ((ROUND % 2)); then
    "$1" "${@:3}" && "$2" "${@:3}"
  else
    "$2" "${@:3}" && "$1" "${@:3}"
  fi
}

# machine NAME DISKS: a guest that counts, with vxe's UUID of it in UUID_OF[NAME].
declare -A UUID_OF=()
machine() {
  guest_make "$1" "$2" && virsh -q dumpxml "$1" --inactive >"$1.xml" || fail "no guest $1"
  UUID_OF[$1]=$(virsh -q domuuid "$1" | head -n 1)
}

# How virsh takes a snapshot that vxe's is compared with.
VIRSH_SNAPSHOT=(--disk-only --atomic --no-metadata)

# forget_layers NAME DISKS: the definition with the first layers again; the layers of virsh's go.
forget_layers() {
  local i
  virsh -q define "$1.xml" >/dev/null || fail "$1 cannot be defined"
  for ((i = 0; i < $2; i++)); do
    find . -maxdepth 1 -name "$1-$i.*" ! -name "$1-$i.qcow2" -delete
  done
}

# fill N: halted domains x1 ... xN with one small disk each.
fill() {
  local i
  mkdir many definitions && guest_disk_make seed.qcow2 8M || fail 'no disk'
  for ((i = 1; i <= $1; i++)); do
    cp --sparse=always seed.qcow2 "many/x$i.qcow2" || fail 'no space'
    guest_xml "x$i" - "$PWD/many/x$i.qcow2" >"definitions/x$i.xml"
    echo "define $PWD/definitions/x$i.xml"
  done >define.cmds
  virsh -q <define.cmds >/dev/null || fail 'the domains cannot be defined'
}

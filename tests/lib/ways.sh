# shellcheck shell=bash
# shellcheck disable=SC2034 # for tests
# SPDX-License-Identifier: MIT
# For tests of the ways out that errors name. tests/checks/ways.sh wants each code of objects/base/advice.c here: wrong CODE,
# then leads CODE, if its text has a command, else again CODE. Sourced after e2e.sh.

# wrong CODE WHAT COMMAND...: a command of vxe fails with that error. Sets ERR, and NEXT to the text of its way out.
wrong() {
  local code=$1 what=$2
  shift 2
  run vxe "$@" --json
  NEXT=$(tail -n 1 <<<"$ERR" | jq -r '.next // ""' 2>/dev/null)
  [ "$(tail -n 1 <<<"$ERR" | jq -r .error 2>/dev/null)" = "$code" ] && [ "$STATUS" != 0 ] && [ -n "$NEXT" ]
  result $? "$code: $what" || { show_run; return 1; }
}

# way N [WORD=VALUE...]: the Nth command between quotes in NEXT, with VALUE for each word WORD (SR, NAME, PLACE ...).
way() {
  local text word n=$1
  text=$(grep -oE "'(vxe|virsh|qemu-img|fuser|df|ip|ls|mv|tar|systemctl) [^']*'" <<<"$NEXT" | sed -n "${n}s/^'\(.*\)'\$/\1/p")
  shift
  for word; do
    text=$(awk -v word="${word%%=*}" -v value="${word#*=}" '{
      while (match($0, "(^|[^A-Za-z-])" word "([^A-Za-z]|$)")) {
        at = RSTART + (substr($0, RSTART, 1) ~ /[^A-Za-z]/)
        printf "%s%s", substr($0, 1, at - 1), value
        $0 = substr($0, at + length(word))
      }
      print }' <<<"$text")
  done
  [ -n "$text" ] && ! [[ $(sed 's/mode=RO//; s/type=CD//' <<<"$text") =~ (^|[ =])[A-Z][A-Z]+($|[ /]) ]] && echo "$text"
}

# leads CODE N [WORD=VALUE...]: the Nth command of the way out of the error before, as it was printed, is done.
leads() {
  local text code=$1
  shift
  text=$(way "$@") || {
    result 1 "$code: NEXT has a whole command $*"
    diag "next: $NEXT"
    return 1
  }
  ok "$code: '$text' leads out" eval "$text"
}

# again CODE COMMAND...: what the way out says in words was done, and the command, or its right form, passes.
again() {
  local code=$1
  shift
  ok "$code: and again" "$@"
}

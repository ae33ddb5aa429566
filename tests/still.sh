# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Ends a program that stands still: its processes together use no processor time.
#
#	still_run NAME LIMIT WAITS OUT CMD ARG...
#
# runs CMD with its output in OUT; its exit status; 124 after LIMIT seconds, and 125, with the stacks in OUT, when all of
# its processes have slept for WAITS seconds. They are those that have VXE_UNIT=NAME in their environment.

# The processes of NAME.
still_pids() {
  grep -lsxzF "VXE_UNIT=$1" /proc/[0-9]*/environ | cut -d/ -f3
}

# still_use NAME: the processor time of these processes in ticks, with that of their children which have ended; nothing if
# one of them runs or waits for a disk. A process may end meanwhile; the fields follow the last ")" of its name.
still_use() {
  local pid stat sum=0
  local -a field
  for pid in $(still_pids "$1"); do
    stat=$(cat "/proc/$pid/stat" 2>/dev/null) || continue
    read -ra field <<<"${stat##*) }"
    [[ ${field[0]} != [RD] ]] || return 0
    sum=$((sum + field[11] + field[12] + field[13] + field[14]))
  done
  echo $sum
}

# The stacks of the processes of NAME, as far as this machine shows them.
still_stacks() {
  local pid
  for pid in $(still_pids "$1"); do
    echo "process $pid: $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline")"
    grep -hE '^(State|PPid|Threads):' "/proc/$pid/status"
    if command -v gdb >/dev/null; then
      timeout -k 5 60 gdb -p "$pid" -batch -nx -ex 'thread apply all backtrace' 2>/dev/null </dev/null |
        grep -E '^(Thread|#)'
    else
      cat "/proc/$pid/wchan" && echo
    fi
  done
}

still_kill() {
  local pid
  trap '' TERM # the first that ends wakes up who then ends the watch
  for pid in $(still_pids "$1"); do kill -KILL "$pid" 2>/dev/null; done
}

# still_watch PID NAME LIMIT WAITS OUT: beside that process, until it has ended. A twentieth of a second of processor time
# in WAITS is still nothing: somebody looks now and then whether to go on.
still_watch() {
  local pid=$1 name=$2 limit=$3 waits=$4 out=$5 used was='' begun=$SECONDS since=$SECONDS next=$SECONDS nothing
  exec {nothing}<><(:)
  while read -rt 1 -u "$nothing" || [ -e "/proc/$pid" ]; do
    if [ $((SECONDS - begun)) -ge "$limit" ]; then
      echo "$name was ended after $limit s" >>"$out"
      still_kill "$name"
      return 124
    fi
    [ $SECONDS -ge $next ] || continue
    next=$((SECONDS + waits / 12))
    used=$(still_use "$name")
    if [ -z "$used" ] || [ -z "$was" ] || [ $((used < was ? 5 : used - was)) -ge 5 ]; then
      was=$used since=$SECONDS
    elif [ $((SECONDS - since)) -ge "$waits" ]; then
      { echo "$name stood still for $waits s" && still_stacks "$name"; } >>"$out" 2>&1
      still_kill "$name"
      return 125
    fi
  done
}

still_run() {
  local name=$1 limit=$2 waits=$3 out=$4 pid watch status ended
  shift 4
  VXE_UNIT=$name "$@" >"$out" 2>&1 </dev/null &
  pid=$!
  still_watch "$pid" "$name" "$limit" "$waits" "$out" &
  watch=$!
  wait "$pid" 2>/dev/null
  status=$?
  kill "$watch" 2>/dev/null
  wait "$watch" 2>/dev/null
  ended=$?
  [ $ended != 124 ] && [ $ended != 125 ] || status=$ended
  return $status
}

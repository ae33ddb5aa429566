# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# SPDX-License-Identifier: MIT
# The database of a crash test is killed, all its processes at once, while a command stands at a failpoint, and started
# again: each second time when the command has gone on already. Sourced by crash.sh, when LOST is set. The command need not
# notice; what it does then is judged as after a kill: if it says that it is done, the state must be that after it.
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/database.sh"
LOST_N=0
database_begin "$TEST_DIR/pg" || skip_all 'PostgreSQL does not start'
database_make "$TEST_DIR/pg" crash
VXE_STORE=$(database_uri "$TEST_DIR/pg" crash)

# lost_at POINT CMD...: sets DONE if CMD ends well.
lost_at() {
  local status
  stand_at "$@" || return
  echo "$1" >>"$HIT"
  database_kill
  [ $((LOST_N++ % 2)) = 0 ] && kill -CONT "$VXE_PID" && sleep 0.3
  database_begin "$TEST_DIR/pg" || { echo 'PostgreSQL does not start again' && return 1; }
  go_on
  status=$?
  [ $status -le 1 ] || { echo "status $status" && cat said; }
  [ $status = 0 ] && DONE=1
  [ $status = 0 ] || echo "$1 $(tr '\n' ' ' <said)" >>"$TEST_DIR/failed"
  return 0
}
# The database was there again in time.
lost_summary() {
  # Before the intent is written nothing has been done.
  is 'every command that had begun has ended well' "$(grep -v '^[^ ]*:intent ' "$TEST_DIR/failed" 2>/dev/null)" ''
  database_end
}

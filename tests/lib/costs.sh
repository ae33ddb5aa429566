# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# For tests of what a command costs: its calls of libvirt, the files it opens, the rows of the store it reads. None of
# them depends on the speed of the machine. Sourced after e2e.sh, in the test's folder.

ADMIN=libvirtd:///system LOG=$PWD/messages.log
[ "$HOST_MODE" = system ] || ADMIN=libvirtd:///session

# The daemon logs every message that it receives.
log_messages() {
  virt-admin -q -c "$ADMIN" daemon-log-filters 1:rpc.netserverprogram &&
    virt-admin -q -c "$ADMIN" daemon-log-outputs "1:file:$LOG"
}
log_as_before() {
  virt-admin -q -c "$ADMIN" daemon-log-filters '' &&
    virt-admin -q -c "$ADMIN" daemon-log-outputs "2:file:$HOST_DIR/libvirtd.log"
}

# calls_from LINE: the number of messages to libvirt since that line of the log.
calls_from() { tail -n +$(($1 + 1)) "$LOG" | grep -c 'virNetServerProgramDispatch:.* proc='; }

# messages CMD...: the number of messages that a command sends to libvirt.
messages() {
  local from
  from=$(wc -l <"$LOG")
  "$@" >/dev/null || return
  calls_from "$from"
}

made=0
# domains_up_to N: defines N domains with one disk each.
domains_up_to() {
  for ((; made < $1; made++)); do
    cp empty.qcow2 "d$made.qcow2"
    guest_xml "d$made" - "$PWD/d$made.qcow2" >"d$made.xml"
    echo "define $PWD/d$made.xml"
  done | virsh -q >/dev/null
  made=$1
}

COUNTS=$TEST_DIR/counts.so
cp "$TOOLS/counts.so" "$COUNTS"

# act NAME CMD...: adds the line "NAME OPENED ROWS CALLS BYTES" to COSTS. Sets OUT.
act() {
  local name=$1 from opened bytes rows
  shift
  sleep 0.05 # the files of the act before are no longer so young that they are read twice
  head -c 24 /dev/zero >"$COUNTS.counts"
  from=$(wc -l <"$LOG")
  OUT=$(LD_PRELOAD=$COUNTS "$VXE_PLAIN" "$@") || diag "failed: $*"
  read -r opened bytes rows < <(od -An -td8 -w24 "$COUNTS.counts")
  echo "$name $opened $rows $(calls_from "$from") $bytes" >>"$COSTS"
}

# dearer FEW MANY: the acts that cost more. A file that changed a moment ago is read twice, and libvirt asked again. Of
# bytes, the index of users has 600 for each domain, read once and in small files written once, and the store has more
# pages on the way to a row: 500,000 to 630,000. The random UUIDs decide how many rows are met on the way: vm-uninstall
# reads 943 to 960 with the same domains. A row for each of 290 further domains would be 290.
dearer() {
  paste -d' ' "$1" "$2" | awk '
    $7 > $2 + 10 || $8 > $3 + 50 || $9 > $4 + 6 || $10 > $5 + 900000 { print }'
}

# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Kills vxe at its failpoints, and checks the state after the next command. Sourced after e2e.sh. A scenario NAME is
# three functions and a command:
#   NAME_prepare   brings guest G (UUID) to the state before the command; called before each kill
#   NAME_command   sets CMD
#   NAME_reset     undoes the command, if it was done; called after each kill
# The state after a recovery must be the one before the command or the one after it. Both are observed once, or each
# time by NAME_expects, which sets BEFORE and AFTER.
# Nothing happens between the end of a step and the beginning of the next one. After a kill at the first of two such
# points the whole state is compared. After a kill at the second (unless in ring all) vxe must find nothing wrong and
# the guest must go on. A second scenario of an operation is killed at the first points only.

# The operations that each test kills; together all operations of the program.
KILLED_BY_30='vm-start vm-shutdown vm-reboot vm-pause vm-unpause snapshot-reset-powerstate
  vm-snapshot vm-param-set vm-disk-add'
KILLED_BY_31='snapshot-revert vm-destroy vm-uninstall vm-adopt-disks'
KILLED_BY_84='kept-revert'
KILLED_BY_32='coalesce-commit coalesce-pull'
KILLED_BY_33='vm-suspend vm-resume vm-discard-changes'
KILLED_BY_34='vm-freeze vm-clone vm-copy'
KILLED_BY_35='vm-export vm-import'
KILLED_BY_36='vm-template vm-install vm-create'
KILLED_BY_37='vm-checkpoint'
KILLED_BY_38='vdi-copy vdi-create vdi-destroy vdi-import vdi-resize vdi-snapshot'
KILLED_BY_39='network-create network-destroy pbd-plug pbd-unplug sr-create sr-destroy sr-forget
  vbd-create vbd-destroy vbd-eject vbd-insert vbd-param-set vbd-plug vbd-unplug vdi-forget vif-create vif-destroy
  vif-move vif-plug vif-unplug vm-disk-remove'
KILLED_BY_40='vdi-flatten'
KILLED_BY_87='vdi-merge'
KILLED_BY_236='vm-leave vm-take'
KILLED_BY_276='vm-migrate'

# LOST=1 before this: the records are in a database, and a scenario loses that at its points (lost.sh).
# shellcheck source-path=SCRIPTDIR
[ -z "${LOST-}" ] || . "$TESTS/lib/lost.sh"

CRASH_SIZE=4M
CRASH_N=0 # of kills, for what alternates
CRASH_GUESTS=0
HIT=$PWD/hit

# ---- the guest ---------------------------------------------------------------------------------

stamp() { qemu-io -f qcow2 -c "write -q -P $2 ${3-1M} ${4-64k}" "$1" >/dev/null; }

# crash_guest NAME: a halted guest with a stamp on each of two disks, and its snapshot "zero". Sets G (unique among all
# hosts), UUID, VDIS, ZERO. The files are new: those of a destroyed guest are still layers of its snapshot.
crash_guest() {
  local i file=$1-$((CRASH_GUESTS++))
  G=$1-$$
  for i in 0 1; do
    guest_disk_make "$file-$i.qcow2" $CRASH_SIZE
    stamp "$file-$i.qcow2" $((17 + i)) 1M 64k
  done
  guest_install "$file-0.qcow2"
  guest_define "$G" - "$PWD/$file-0.qcow2" "$PWD/$file-1.qcow2"
  UUID=$(virsh domuuid "$G")
  ZERO=$(plain vm-snapshot uuid="$UUID" new-name-label=zero)
  mapfile -t VDIS < <(disk_table | awk -v vm="$UUID" '$1 == vm { print $2, $3 }' | sort |
    cut -d' ' -f2)
}

# Makes the guest run and count so far that its disks differ from those of "zero". Each disk has been written to since
# the boot: if the guest ended between two writes, the second disk is behind until then.
be_running() {
  local is
  is=$(power_of "$G")
  [ "$is" != paused ] || plain vm-unpause uuid="$UUID" || return
  if [ "$is" = 'shut off' ]; then
    rm -f "$HOST_DIR/s/$G.log" # what it printed before is no news
    plain vm-start uuid="$UUID" || return
  fi
  wait_until 20 guest_has_counted
}
guest_has_counted() {
  local now booted
  now=$(guest_counter "$G")
  booted=$(guest_booted "$G")
  [ "${now:-0}" -gt $((6 * GUEST_STEP)) ] && [ "$now" -gt $((${booted:-0} + GUEST_STEP)) ]
}
be_paused() { be_running && plain vm-pause uuid="$UUID"; }
power_of() { guest_state "$1" 2>/dev/null || echo none; }
is_up() { [[ $(power_of "$G") =~ running|paused ]]; }
be_halted() { guest_is_off "$G" || plain vm-shutdown uuid="$UUID" force=true; }

# Removes every snapshot except "zero".
drop_snapshots() {
  local snap
  for snap in $(plain snapshot-list snapshot-of="$UUID" --minimal | tr , ' '); do
    [ "$snap" = "$ZERO" ] || plain snapshot-uninstall uuid="$snap" force=true >/dev/null
  done
}

# True for a suspended VM or checkpoint.
is_suspended() {
  [ "$(plain vm-list uuid="$1" params=power-state --minimal)" = suspended ] ||
    [ "$(plain snapshot-list uuid="$1" params=power-state --minimal)" = suspended ]
}

# ---- the state, as text ------------------------------------------------------------------------

# A line "UUID KIND POWER OF NAME" per VM, template and snapshot (KIND); OF: the VM of the snapshot.
vm_table() {
  plain vm-list --all \
    params=uuid,name-label,power-state,is-a-template,is-a-snapshot,snapshot-of | awk '
    function line() {
      if (uuid) print uuid, snapshot ? "snapshot" : template ? "template" : "vm", power, of, name
      uuid = ""
    }
    $1 == "uuid" { uuid = $NF }
    $1 == "name-label" { sub(/^[^:]*: /, ""); name = $0 }
    $1 == "power-state" { power = $NF }
    $1 == "is-a-template" { template = $NF == "true" }
    $1 == "is-a-snapshot" { snapshot = $NF == "true" }
    $1 == "snapshot-of" { of = $NF }
    /^$/ { line() }
    END { line() }'
}

# A line "VM DEVICE VDI FILE" per disk; "-" as VM and DEVICE if no VM has the disk.
disk_table() {
  {
    plain vdi-list managed=true params=uuid,sm-config
    echo =
    plain vbd-list type=Disk params=vm-uuid,userdevice,vdi-uuid
  } | awk '
    function line() { if (vm) { print vm, device, vdi, file[vdi]; used[vdi] = 1 } vm = "" }
    $1 == "=" { vbds = 1 }
    !vbds && $1 == "uuid" { uuid = $NF; file[uuid] = "-" }
    !vbds && $1 == "sm-config" && match($0, /file: [^;]*/) {
      file[uuid] = substr($0, RSTART + 6, RLENGTH - 6) }
    vbds && $1 == "vm-uuid" { vm = $NF }
    vbds && $1 == "userdevice" { device = $NF }
    vbds && $1 == "vdi-uuid" { vdi = $NF }
    vbds && /^$/ { line() }
    END { line(); for (vdi in file) if (!used[vdi]) print "-", "-", vdi, file[vdi] }'
}

# content FILE [live]: "SUM COUNTER"; the counter's sector is not part of the sum. A counter from LOW to HIGH, the
# values that the guest printed meanwhile, is "counting". A live disk may have a later counter, or an earlier one, as
# QEMU keeps tables of a new layer in memory until they are flushed. A cluster that QEMU adds behind the end of the file
# that qemu-img saw when it opened it reads as zeros: then it reads again.
content() {
  local n sum size=0 low=$LOW high=$HIGH
  [ -e "$1" ] || { echo "no file $1" && return; }
  until [ "$size" = "$(stat -c %s "$1")" ]; do
    size=$(stat -c %s "$1")
    qemu-img convert -U -f qcow2 -O raw "$1" raw 2>&1 || return
  done
  n=$(od -An -tu4 -j1024 -N4 raw)
  n=$((n))
  dd if=/dev/zero of=raw bs=512 seek=2 count=1 conv=notrunc status=none
  sum=$(cksum <raw)
  [ -z "${2-}" ] || [ "$LOW" = -1 ] || low=0 high=$(($(printed) + GUEST_STEP))
  [ "$n" -ge "$low" ] && [ "$n" -le "$high" ] && n=counting
  echo "${sum% *} $n"
}

# window_open and window_close note the guest's counter; its disks may hold any value in between. A guest that is off
# has no window, unless STARTS says that the command starts it. EXACT: no snapshot is taken in the window. has_written
# makes sure that no empty disk fits the window.
printed() { guest_counter "$G" | grep . || { is_up && wait_until 5 guest_has_counter "$G" && guest_counter "$G"; }; }
has_written() { [ "$(printed)" -gt $((4 * GUEST_STEP)) ]; }
window_open() {
  LOW=-1 HIGH=-1
  ! guest_is "$G" running || wait_until 20 has_written
  [ -z "${STARTS-}" ] && ! is_up || LOW=$(($(printed) - 3 * GUEST_STEP))
}
window_close() {
  [ "$LOW" = -1 ] || [ -n "${EXACT-}" ] || HIGH=$(($(printed) + GUEST_STEP))
}

# state: the guest and its disks, with names that are the same in each run. Leaves the tables "table", "vms" and
# "snapshots" ("NAME UUID"; "zero" also when the VM is gone), and POWER.
state() {
  local i vm device vdi file name snap
  POWER=$(power_of "$G")
  echo "power $POWER"
  vm_table >vms
  disk_table | sort >table
  awk -v vm="$UUID" '$1 == vm { if ($3 == "suspended") print $3; name = $5 } END { print "name", name }' vms
  for i in "${!VDIS[@]}"; do
    if read -r vm device vdi file < <(grep " ${VDIS[$i]} " table); then
      [ "$vm" = - ] || device="at $device"
      echo "V$i $device $(content "$file" live)"
    else
      echo "V$i gone"
    fi
  done
  while read -r vm device vdi file; do
    [ "$vm" != "$UUID" ] || [[ " ${VDIS[*]} ${KNOWN-} " == *" $vdi "* ]] || echo another
  done <table
  awk -v vm="$UUID" -v zero="$ZERO" '
    $2 == "snapshot" && ($4 == vm || $1 == zero) { print $5, $1 }' vms | sort >snapshots
  while read -r name snap; do
    ! grep -q "^$snap snapshot suspended " vms || echo "snapshot $name with memory"
    disks_of "$snap" "snapshot $name"
  done <snapshots
  others
}
# disks_of VM WORDS: a line for the content of each disk.
disks_of() {
  local vm device vdi file
  while read -r vm device vdi file; do
    [ "$vm" != "$1" ] || echo "$2 $device $(content "$file")"
  done <table
}

# made: lines "KIND NAME UUID" of the VMs and templates that a scenario made, known by their names.
made() { vm_table | made_of; }
made_of() { awk '$2 != "snapshot" && $5 ~ /^made-/ { print $2, $5, $1 }' | sort; }
unmake() {
  local vm
  for vm in $(made | cut -d' ' -f3); do
    plain vm-uninstall uuid="$vm" force=true 2>/dev/null ||
      plain template-uninstall template-uuid="$vm" force=true
  done
  plain sr-coalesce
}
others() {
  local kind name uuid
  made_of <vms >others
  while read -r kind name uuid; do
    echo "$kind $name $(virsh -q domstate "$uuid" 2>/dev/null)"
    disks_of "$uuid" "$kind $name"
  done <others
}

# ---- what is wrong -----------------------------------------------------------------------------

# Files in no chain, chains with errors for qemu-img, definitions that name other files. Skips files that a running
# guest writes to. Reads the tables of state(). The definition of a suspended guest names guards, each on a disk, which
# no VDI names.
wrong_files() {
  local file active='' named guards=''
  named=$(virsh -q domblklist "$G" --inactive 2>/dev/null | awk '{ print $2 }')
  [[ ! $POWER =~ running|paused ]] ||
    active=$(virsh -q domblklist "$G" --details | awk '{ print $4 }')
  ! grep -q "^$UUID vm suspended " vms || guards=$named
  { cut -d' ' -f4- table && echo "$guards"; } | grep -v '\.mem$' | sort -u | while read -r file; do
    [ -z "$file" ] || qemu-img info -U --backing-chain "$file" 2>&1
  done | sed -n 's/^image: //p; /Could not/p' | xargs -rd '\n' realpath 2>&1 | sort -u >chains
  find "$PWD" "$HOST_IMAGES" -name '*.mem' -o -name '*-*-*-*-*.qcow2' 2>/dev/null | sort >images
  { cat chains && cut -d' ' -f4- table; } | sort -u | comm -13 - images | sed 's/^/orphan: /'
  while read -r file; do
    [[ $active == *"$file"* ]] || qemu-img check -q -U -f qcow2 "$file" 2>&1
  done <chains
  ! grep -q "^$UUID template " vms || return 0 # it has no definition
  grep "^$UUID " table | cut -d' ' -f4- | sort >disks
  for file in $named; do
    [ -z "$guards" ] || file=$(qemu-img info -U -f qcow2 --output=json "$file" |
      sed -n 's/.*"full-backing-filename": "\(.*\)",*$/\1/p' | head -n 1)
    echo "$file"
  done | sort | diff disks - | sed 's/^/definition: /'
  [ -z "$active" ] || sort <<<"$active" | diff disks - | sed 's/^/running: /'
}

# A snapshot of the running guest: the first disk is ahead by at most one step.
wrong_instants() {
  local name snap first second
  while read -r name snap; do
    first=$(counter_of "$(awk -v s="$snap" '$1 == s && $2 == 0 { print $4 }' table)")
    second=$(counter_of "$(awk -v s="$snap" '$1 == s && $2 == 1 { print $4 }' table)")
    [ $((first - second)) -ge 0 ] && [ $((first - second)) -le $GUEST_STEP ] ||
      echo "snapshot $name is of two instants: $first, $second"
  done <snapshots
}

# Files that a process has open but that have no name. QEMU may hold a file without using it for a disk, if libvirtd
# passed the file and died before the switch.
gone_files() {
  local file
  virsh -q qemu-monitor-command "$G" '{"execute": "query-block"}' >blocks
  find "/proc/$1/fd" -printf '%l\n' 2>/dev/null | sed -n 's/ (deleted)$//p' | while read -r file; do
    ! grep -qF "$file" blocks || echo "$file is gone, and the guest uses it"
  done
}

# PID: the guest's process before the command. A running guest must still be this process, and its files must exist.
wrong_guest() {
  local now from
  guest_is "$G" running || return 0
  now=$(guest_pid "$G")
  [ -n "$now" ] || echo 'the guest has no process'
  [ -z "$1" ] || [ "$1" = "$now" ] || echo "the guest has another process: $1, $now"
  gone_files "$now"
  from=$(guest_counter "$G")
  wait_until 10 guest_is_past "$G" "$from" || echo "the guest does not count on"
}

# wrong PID BEFORE AFTER: prints all that is wrong. The state ALSO is right, too.
wrong() {
  plain check >check.out 2>&1 || cat check.out
  plain sr-coalesce >coalesced 2>&1 || cat coalesced # recovery leaves that to whoever comes next
  wrong_guest "$1"
  window_close
  state >now
  # An operation that was then undone may have stopped a running guest.
  if [ "$(cat now)" != "$2" ] && [ "$(cat now)" != "$3" ] && [ "$(cat now)" != "${ALSO-$2}" ] &&
    { [ -z "${STOPS-}" ] || [ "$(cat now)" != "${2/power running/power shut off}" ]; }; then
    echo 'the state is neither that before nor that after:'
    diff <(echo "$2") now
    diff <(echo "$3") now
  fi
  wrong_files
  [ "$LOW" = -1 ] || wrong_instants
}

# ---- killing -----------------------------------------------------------------------------------

# kill_at POINT CMD...: CMD dies at this point. With ACTION=lost it loses the database instead. With ACTION=error it undoes its work, or, after the commit point,
# completes it: then DONE is set.
kill_at() {
  local point=$1 status
  DONE=''
  [ "${ACTION-}" != lost ] || { lost_at "$@" && return; }
  shift
  : >reached
  (VXE_FAILPOINT="$point=${ACTION-die}" VXE_FAILPOINT_LOG=$PWD/reached plain "$@" >killed 2>&1) \
    2>/dev/null
  status=$?
  if [ "${ACTION-die}" = die ]; then
    [ $status = 137 ] && [ "$(tail -n 1 reached)" = "$point" ] && echo "$point" >>"$HIT" && return
  elif grep -qx "$point" reached; then
    [ $status != 1 ] || return 0
    # Errors after a command's own work are not reported.
    [ $status = 0 ] && DONE=1 &&
      { [[ $point == coalesce-* ]] || grep -qx "${point%%:*}:result:after" reached; } && return
  fi
  echo "not killed at $point: status $status, last at $(tail -n 1 reached)"
  cat killed
  return 1
}

# stand_at POINT CMD...: starts CMD in the background and waits until it stops at the point; go_on continues it and
# returns its status.
stand_at() {
  : >reached
  VXE_FAILPOINT="$1=stop" VXE_FAILPOINT_LOG=$PWD/reached "$VXE_PLAIN" "${@:2}" >made 2>said &
  VXE_PID=$!
  wait_until 20 stands "$VXE_PID" || echo "$1 was not reached"
}
go_on() {
  kill -CONT "$VXE_PID" 2>/dev/null
  until process_gone "$VXE_PID" 1; do # what begins again stops there again
    kill -CONT "$VXE_PID" 2>/dev/null
  done
  wait "$VXE_PID"
}

# Runs either a command on the VM, which may be gone by then, or the check of everything. If recovery sets the same
# field, it does so first, so the new value stays. Of twin points, one is recovered by the program with sanitizers, the
# other by the plain one.
recover() {
  local vxe=vxe
  [ -z "${point-}" ] || ! is_second "$point" || vxe=plain
  if [ $((CRASH_N++ / 2 % 2)) = 0 ]; then # two by two, as points come in twos
    $vxe check
  else
    $vxe vm-param-set uuid="$UUID" name-description=$CRASH_N ||
      ! virsh -q dominfo "$G" 2>/dev/null
  fi >recovered 2>&1 || cat recovered
}

# True for a point whose twin, the end of the step before, has seen the same state.
is_second() { [[ -z $LONG && -z ${ACTION-} && $1 != *:after ]]; }

attempt() {
  local point=$1 problems pid='' before
  "${SCENARIO}_prepare" >prepared 2>&1 || {
    is "$point: prepared" "it failed: $(cat prepared)" ''
    return
  }
  "${SCENARIO}_command"
  window_open
  ! declare -F "${SCENARIO}_expects" >/dev/null || "${SCENARIO}_expects"
  [ -n "${STARTS-}" ] || pid=$(guest_pid "$G") # its process may become another one
  kill_at "$point" "${CMD[@]}" >problems || {
    is "$point" "it was not killed: $(cat problems)" ''
    return
  }
  recover >>problems
  before=$BEFORE
  [ -z "$DONE" ] || before=$AFTER
  if is_second "$point"; then
    plain check >check.out 2>&1 || cat check.out
    wrong_guest "$pid"
  else
    wrong "$pid" "$before" "$AFTER"
  fi >>problems
  problems=$(cat problems)
  is "$SCENARIO: ${ACTION-killed} at $point" "$problems" ''
  "${SCENARIO}_reset" >reset 2>&1 || { cat reset; is "$SCENARIO: reset" "$(cat reset)" ''; }
}

# The points of an operation, or of one of its steps.
points_of() { plain failpoints | grep -E "^$1(:|$)"; }
# Sets POINTS.
points() { mapfile -t POINTS < <(points_of "$1"); }
# Sets POINTS to the first of each two points that have no effect between them.
first_points() { mapfile -t POINTS < <(points_of "$1" | grep ':after$'); }

# The file of the guest's disk with this number.
vdi_file() { plain vdi-param-get uuid="${VDIS[$1]}" param-name=sm-config param-key=file; }

# crash_scenario NAME POINT...: observes the command once, then kills it at every point.
crash_scenario() {
  local point
  SCENARIO=$1
  shift
  "${SCENARIO}_prepare"
  "${SCENARIO}_command"
  window_open
  BEFORE=$(HIGH=$((LOW < 0 ? -1 : LOW + 1000000)) state)
  ok "$SCENARIO: the command alone" plain "${CMD[@]}" || return
  [ $LOW = -1 ] || HIGH=$((LOW + 1000000))
  AFTER=$(state)
  isnt "$SCENARIO: it changes the state" "$AFTER" "${UNCHANGED-$BEFORE}"
  "${SCENARIO}_reset" >/dev/null
  [ -z "${LOST-}" ] || { for point; do ACTION=lost attempt "$point"; done && return; }
  for point; do attempt "$point"; done
  [ -n "$LONG" ] || return 0
  for point; do ACTION=error attempt "$point"; done
}

# crash_hits POINTS: every one of these lines was reached.
crash_hits() {
  local defined hit
  defined=$(sort <<<"$1")
  hit=$(sort -u "$HIT" | comm -12 - <(echo "$defined"))
  diag "failpoints hit / defined: $(wc -l <<<"$hit") / $(wc -l <<<"$defined")"
  is 'every failpoint was hit' "$(comm -23 <(echo "$defined") <(echo "$hit"))" ''
}

# crash_summary OPERATION...: every point of these operations was reached, and some test kills each operation.
crash_summary() {
  local op
  crash_hits "$(for op; do points_of "$op"; done)"
  [ -z "${LOST-}" ] || lost_summary
  is 'every operation is killed by one of the tests' \
    "$(plain failpoints | cut -d: -f1 | sort -u)" \
    "$(for op in "${!KILLED_BY_@}"; do printf '%s\n' ${!op}; done | sort)"
}

#!/bin/bash
# SPDX-License-Identifier: MIT
# limit 5400
# In ring all: a random walk of commands of two hosts of a pool, on a guest that counts and on a halted one. Under each third command
# vxe is killed on the one host or the other, or a libvirtd or the server of the records is, or the power of a host fails. Between
# them virsh moves a guest's definition to the other host, the database is restored from an older backup, or a standby takes over
# that lacks what was written since, or refuses a host in one of five ways, while virsh starts an old definition there; the SR is not
# mounted on a host, or an old copy of it is; a host boots. QEMU takes no locks on images. After each step one host has each VM, disks and snapshots have their bytes, the guest has what it had written, both hosts list the same, and
# vxe check is clean. SEED= and STEPS= choose another walk.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

[ -n "$LONG" ] || skip_all 'only in ring all'
SEED=${SEED-$((RANDOM * 32768 + RANDOM))}
RANDOM=$SEED
diag "note SEED=$SEED"
rnd() { R=$((RANDOM % $1)); }
pick() {
  [ $# -gt 0 ] || return
  rnd $#
  shift $R
  R=$1
}

# ---- two hosts, two guests ---------------------------------------------------------------------------------------------

pool_hosts 2
URI="postgresql:///pool?host=/mnt/sr/pg,/mnt/sr/pg2&user=vxe&target_session_attrs=read-write"
export GUEST_EMULATOR=$NO_LOCKS
vxe_after "$VXE_PLAIN" <<END
[ ! -e /mnt/own/dies ] || { ms=\$(cat /mnt/own/dies) && rm /mnt/own/dies && exec timeout -s KILL "\$ms" '$VXE_PLAIN' "\$@"; }
END
migration_ready || exit
database_sql "$PG" pool 'CREATE ROLE app LOGIN CONNECTION LIMIT 0' >/dev/null
COMMON=$(on 1 plain sr-list name-label=common --minimal)
on 1 eval 'cd /mnt/sr/images && small_guest db 1'
on 1 plain vm-list >/dev/null
DB=$(on 1 plain vm-list name-label=db --minimal)
for vm in $VM $DB; do on 1 plain vm-param-set uuid="$vm" suspend-SR-uuid="$COMMON"; done
mkdir "$HOSTS_DIR/shared/model"
chmod 0777 "$HOSTS_DIR/shared/model"
on_model() { on "$1" eval "cd /mnt/sr/model && ${*:2}"; }
on 1 stamp_disks "$DB" 11
on_model 1 keep_content now "$DB"
declare -A OF=() # the VM of each snapshot with a model

name_of() { if [ "$1" = "$VM" ]; then echo web; else echo db; fi; }
# has NAME: the hosts that have its definition; runs NAME: those of them on which it is active. Where a guest was to arrive when
# its host lost its power, libvirt has a transient domain for a while, which never runs.
runs() { for i in 1 2; do on $i virsh -q list --persistent --name | grep -qx "$1" && echo $i; done; }
has() { for i in 1 2; do on $i virsh -q list --all --persistent --name | grep -qx "$1" && echo $i; done; }
snaps() { on 1 plain snapshot-list snapshot-of="$1" --minimal | tr , ' '; }
state() { on 1 plain vm-param-get uuid="$1" param-name=power-state; }
# The counter on the disk of web.
written() { on_model 1 'qemu-img convert -U -f qcow2 -O raw $(vdi_files '"$VM"') web.raw && od -An -tu4 -j1024 -N4 web.raw | tr -d " "'; }

# ---- a step: a command, and what happens under it ------------------------------------------------------------------------

hosts_tell() { for i in 1 2; do on $i plain host-heartbeat >/dev/null; done; }
dies_after() { echo "0.$(printf %03d "$1")" >"$HOSTS_DIR/h$2/own/dies"; } # MS HOST: the next vxe there
power_fails() { # HOST
  host_kill "$1"
  wait $STEP_PID
  silent_for "$1" 60
  on $((3 - $1)) plain host-declare-dead uuid="${HOST[$1]}" --force >>said 2>&1
  on $((3 - $1)) plain vm-list >/dev/null
  host_boot "$1"
}
# beside HOST: another command of the other host on the same VM.
beside() {
  local -a words
  rnd 6
  case $R in
  0) words=(vm-snapshot uuid="$vm" new-name-label="b$STEP") ;;
  1) words=(vm-shutdown uuid="$vm" --force) ;;
  2) words=(vm-start uuid="$vm" on=h$k) && [ "$vm" = "$VM" ] || words+=(paused=true) ;;
  3) words=(vm-migrate uuid="$vm" host=h$k) ;;
  4) words=(vm-param-set uuid="$vm" name-description="b$STEP") ;;
  5) words=(vm-disk-list uuid="$vm") ;;
  esac
  rnd 200
  sleep "0.$(printf %03d $R)"
  on "$1" plain "${words[@]}" >/dev/null 2>saidb
  echo "h$1 ${words[0]}: $? $(head -c 80 saidb | tr '\n' ' ')" >beside
}
# does HOST COMMAND...: sets STATUS; WHAT is what happened.
does() {
  local ms victim
  rnd 300 && ms=$((R + 10))
  rnd 2 && victim=$((R + 1))
  rnd 15
  case $R in
  0 | 1) WHAT="killed on h$victim" && dies_after $ms $victim ;;
  2) WHAT="libvirtd of h$victim" ;;
  3) WHAT='server' ;;
  4) WHAT="power of h$victim" ;;
  *) WHAT='' ;;
  esac
  [ -z "$WHAT" ] || WHAT+=" after $ms ms"
  on "$1" plain "${@:2}" >made 2>said &
  STEP_PID=$!
  rnd 4
  if [ $R = 0 ]; then
    beside $((3 - $1)) &
    BESIDE=$!
  else
    BESIDE=''
  fi
  case $WHAT in
  libvirtd*)
    sleep "0.$(printf %03d $ms)"
    libvirtd_kill $victim
    sleep 0.5
    libvirtd_start $victim
    ;;
  server*)
    sleep "0.$(printf %03d $ms)"
    database_kill
    sleep 0.5
    database_begin "$PG" </dev/null
    FIRST_PID=$DATABASE_PID
    ;;
  power*)
    sleep "0.$(printf %03d $ms)"
    power_fails $victim
    ;;
  esac
  wait $STEP_PID
  STATUS=$?
  [ -z "$BESIDE" ] || wait $BESIDE
  rm -f "$HOSTS_DIR"/h[12]/own/dies
  [ -z "$BESIDE" ] || WHAT+="${WHAT:+, }beside $(paste -sd' ' beside | cut -c1-120)"
  diag "note $STEP h$1 $2 $(name_of "$vm") $(for w in "${@:3}"; do [[ $w == *[0-9a-f]-[0-9a-f]* ]] && w=${w%%=*}; echo -n "$w "; done): $STATUS${WHAT:+, $WHAT}$([ $STATUS = 0 ] || paste -sd' ' <said | cut -c1-160)"
  [ -z "$WHAT" ] || {
    hosts_tell
    for i in 1 2; do on $i plain check >/dev/null 2>&1; done
    # libvirt has ended before it knew of a layer to which its QEMU has gone: vxe says so until the guest is stopped.
    for name in web db; do
      i=$(runs $name)
      [ -z "$i" ] || ! on "$i" plain check 2>&1 | grep -q 'in its live XML' || on "$i" plain vm-shutdown vm=$name --force
    done
    # One that no host has comes to the next that acts on it.
    for i in $VM $DB; do on 1 plain vm-param-set uuid="$i" other-config:step=$STEP >/dev/null 2>&1; done
  }
}

# ---- what is true after each ---------------------------------------------------------------------------------------------

# What a line of check is to be explained by.
evidence() {
  local i vm
  for i in 1 2; do
    for vm in web db; do
      diag "h$i has $vm: $(on $i virsh domstate $vm --reason 2>&1) $(on $i virsh -q domblklist $vm 2>&1) and by its definition $(on $i virsh -q domblklist $vm --inactive 2>&1)"
    done
  done
  diag "$(on 1 plain vdi-list params=uuid,sm-config,is-a-snapshot,vbd-uuids)"
  diag "$(on 1 plain snapshot-list params=uuid,name-label,snapshot-of)"
  diag "$(on 2 eval 'for f in /mnt/sr/images/*; do ls -l $f && qemu-img info -U $f | sed -n "s/^backing file:/...on/p"; done')"
}
judge() {
  local vm snap text other at
  for vm in web db; do
    is "$STEP: one host has $vm" "$(has $vm | wc -l)" 1
    [ "$(runs $vm | wc -l)" -lt 2 ] || result 1 "... $vm runs once"
  done
  hosts_tell
  text=$(on 1 plain vm-list params=name-label,power-state,resident-on)
  other=$(on 2 plain vm-list params=name-label,power-state,resident-on)
  is '... both hosts list the same' "$text" "$other"
  is '... and the same snapshots' "$(on 1 plain snapshot-list --minimal | tr , '\n' | sort | xargs)" "$(on 2 plain snapshot-list --minimal | tr , '\n' | sort | xargs)"
  [ -z "$RESTORED" ] || follows
  for i in 1 2; do ok '... vxe check is clean' on $i vxe check || evidence; done
  rnd 2 && at=$((R + 1))
  # It has never run, but stood still.
  if ! on_model $at has_content now "$DB" >/dev/null; then
    if [ -n "$REVERTED" ] && on_model $at has_content "$REVERTED" "$DB"; then
      on_model $at keep_content now "$DB"
    else
      result 1 '... db has its bytes'
    fi
  fi
  for vm in $VM $DB; do
    for snap in $(snaps "$vm"); do
      if [ -n "${OF[$snap]-}" ]; then
        on_model $at has_content "$snap" "$snap" >/dev/null || result 1 "... a snapshot of $(name_of "$vm") has its bytes"
      else
        OF[$snap]=$vm
        on_model $at keep_content "$snap" "$snap" || result 1 '... a new snapshot has a disk'
        [ "$vm" = "$VM" ] || on_model $at has_content before "$snap" >/dev/null || on_model $at has_content now "$snap" || result 1 '... the bytes of db'
      fi
    done
  done
  if [ -n "$(runs web)" ] && [ "$(state "$VM")" = running ]; then ok '... web counts' on "$(runs web)" guest_counts web; fi
  at=$(written)
  [ -n "$WEB_REVERTED" ] || [ "${at:-0}" -ge $((LAST - 2 * GUEST_STEP)) ] || { result 1 '... web has what it had written' && diag "$at, and had said $LAST"; }
}
look() { # before a step
  local i
  on_model 1 'rm -f before.raw*; cp now.raw0 before.raw0'
  REVERTED='' WEB_REVERTED=''
  i=$(runs web)
  LAST=$(if [ -n "$i" ]; then on "$i" guest_counter web; else written; fi)
  LAST=${LAST:-0}
}

# ---- other copies ----------------------------------------------------------------------------------------------------------

# elsewhere NAME HOW: virsh has the definition on the other host, and here no longer.
elsewhere() {
  local i j
  i=$(has "$1") j=$((3 - i))
  if [ "$2" = 14 ]; then
    on "$i" virsh -q migrate --offline --persistent --undefinesource "$1" "qemu+tcp://h$j/$HOST_MODE"
  else
    on "$i" virsh -q dumpxml --inactive --migratable "$1" >"$HOSTS_DIR/shared/moved.xml"
    on "$i" virsh -q undefine "$1" --keep-nvram && on "$j" virsh -q define /mnt/sr/moved.xml
  fi >/dev/null 2>&1
  diag "note $STEP virsh has $1 on h$(has "$1"), not h$i"
  for i in $j $i $j; do on "$i" plain host-heartbeat >/dev/null; done
}
BACKUP=''
backup() {
  database_sql "$PG" postgres 'DROP DATABASE IF EXISTS back' && database_sql "$PG" postgres 'CREATE DATABASE back TEMPLATE pool' || return
  BACKUP=$STEP
  diag "note $STEP backup"
}
generation_of() { database_sql "$PG" "$1" 'SELECT generation FROM vxe.meta'; }
# The database is as it was at the backup.
restored() {
  local newer
  newer=$(generation_of pool)
  [ "$newer" != "$(generation_of back)" ] || newer=''
  database_sql "$PG" postgres 'DROP DATABASE pool WITH (FORCE)' && database_sql "$PG" postgres 'CREATE DATABASE pool TEMPLATE back'
  decided "$1" "$BACKUP" "$newer"
}
# There is a standby, which is off from now on, and nobody waits for it.
FIRST='' LAGS=''
lags() {
  [ -z "$LAGS" ] || return
  if [ -z "$FIRST" ]; then pair_begin "$PG" "$HOSTS_DIR/shared/pg2"; else pair_ready; fi && database_alone "$FIRST" || {
    result 1 "$STEP: a standby"
    return
  }
  kill -INT "$STANDBY_PID"
  wait "$STANDBY_PID"
  LAGS=$STEP
  diag "note $STEP the standby lags"
}
# The server is killed, and the standby takes over.
fails_over() {
  local newer
  newer=$(generation_of pool)
  server_killed
  database_begin "$STANDBY" </dev/null && STANDBY_PID=$DATABASE_PID
  standby_is_first || result 1 "$STEP: the standby takes over"
  PG=$FIRST BACKUP=''
  [ "$newer" != "$(generation_of pool)" ] || newer=''
  decided "$1" "$LAGS" "$newer"
  LAGS=''
}
# until_decided HOST: where a layer lies above a VM's leaf of which its definition does not know, the person says that this is right.
until_decided() {
  local name vm
  local -a homes=()
  run on "$1" vxe pool-reconcile
  for vm in $(sed -n 's/^VM \([^ ]*\) .*: no definition is the newer one; .*/\1/p' <<<"$ERR"); do
    name=$(name_of "$vm")
    i=$(runs "$name")
    i=${i:-$(has "$name" | head -n 1)}
    diag "note $STEP a person says that $name is h$i's: $(paste -sd' ' <<<"$ERR" | cut -c1-400)"
    homes+=("homes:$vm=${HOST[i]}")
  done
  [ ${#homes[@]} = 0 ] || run on "$1" vxe pool-reconcile "${homes[@]}"
  [ "$STATUS" = 0 ]
  result $? '... until a person decides' || show_run
}
# forgets HOST: the disks that nobody has, and that have no file, or are another's; and layers.
forgets() {
  local vdi
  on "$1" plain check 2>&1 | grep -q "sr-coalesce' ends its record" && on "$1" plain sr-coalesce >/dev/null
  for vdi in $(on "$1" plain check 2>&1 | sed -n "s/.*'vxe vdi-forget uuid=\([^']*\)' ends the record of this disk.*/\1/p" | sort -u); do
    on "$1" plain vdi-forget uuid="$vdi" >/dev/null 2>said || diag "$(cat said)"
  done
}
# decided HOST STEP NEWER: a person decides for the records of that step. What check calls files that nobody needs goes, and so do
# snapshots that were deleted since, of which the records still tell.
decided() {
  local i vm snap
  [ -z "$3" ] || for i in 1 2; do exits 1 "$STEP: h$i refuses the records of step $2" on $i vxe vm-list; done
  until_decided "$1"
  for i in 1 2 1; do on $i plain host-heartbeat >/dev/null 2>said || diag "$(cat said)"; done
  for vm in $VM $DB; do
    for snap in $(snaps "$vm"); do
      [ -n "${OF[$snap]-}" ] && on_model 1 has_content "$snap" "$snap" >/dev/null 2>&1 && continue
      on "$(has "$(name_of "$vm")")" plain snapshot-destroy snapshot-uuid="$snap" >/dev/null 2>said || diag "snapshot-destroy: $(cat said)"
    done
  done
  # A layer into which was merged since, when a snapshot was deleted, is another one than on record; the disks above it are right.
  for i in 1 2; do
    on $i plain check 2>&1 | sed -n "s/.*'vxe vdi-update uuid=\([^ ]*\) force=true' accepts it.*/\1/p" | sort -u | while read -r snap; do
      on $i plain vdi-update uuid="$snap" force=true >/dev/null 2>said || diag "vdi-update: $(cat said)"
      diag "note $STEP the layers of the disk $snap are accepted"
    done
  done
  # A disk that was reverted since is on another line than on record; the person says that its definition is right.
  for vm in $VM $DB; do
    i=$(has "$(name_of "$vm")")
    # It was suspended then, and has gone on since: what it has now stays.
    if [ "$(state "$vm")" = suspended ] && on "$i" plain check 2>&1 |
      grep -qE "vm-shutdown uuid=$vm --force' gives the memory up|'vm-shutdown --force' drops the memory image"; then
      diag "note $STEP the memory of $(name_of "$vm") is given up"
      ok '... its memory of then is given up' on "$i" vxe vm-shutdown uuid="$vm" --force
    fi
    on "$i" plain check 2>&1 | grep -q "vm-adopt-disks uuid=$vm" || continue
    diag "note $STEP the disks of $(name_of "$vm") are those of its definition"
    [ -z "$(runs "$(name_of "$vm")")" ] || on "$i" plain vm-shutdown uuid="$vm" --force >/dev/null 2>said || diag "$(cat said)"
    ok '... its disks are taken' on "$i" vxe vm-adopt-disks uuid="$vm" keep=definition
    forgets "$i" # the disk on record is free now, and has no file
  done
  forgets "$1" && forgets "$1" # those of snapshots, too, and then what is below
  # A layer that was frozen by these records, and was written to and frozen again since, may have its write bits.
  for i in 1 2; do
    on $i plain check 2>&1 | sed -n "s/.*'chmod a-w' ends that: //p" | while read -r file; do
      on $i chmod a-w "$file"
      diag "note $STEP chmod a-w $file"
    done
    # ... and one to which a guest wrote then may have been frozen since, and have none.
    on $i plain check 2>&1 | sed -n "s/.*'chmod u+w' permits it: //p" | while read -r file; do
      on $i chmod u+w "$file"
      diag "note $STEP chmod u+w $file"
    done
  done
  useless_goes
  diag "note $STEP restored to step $2${3:+, of older records}"
  RESTORED=1
}
# Layers of which these records do not know are other programs' for vxe, and stay when their disk leaves them.
RESTORED=''
useless_goes() {
  local i file found=1
  while [ -n "$found" ]; do # below one that goes there may be another
    found=''
    for i in 1 2; do
      for file in $(on $i plain check 2>&1 | awk '/^object/ { at = $3 } /if nobody needs it, remove it/ { print at }' | grep '^/mnt/sr/images/' | sort -u); do
        on $i rm "$file" && found=1
      done
    done
  done
}
# follows: after a restore, what check names as the way out is done.
follows() {
  local i vm
  for i in 1 2; do
    forgets $i
    for vm in $(on $i plain check 2>&1 | sed -n 's/.*next vm-snapshot of the VM \([^ ]*\) hides it.*/\1/p' | sort -u); do
      on $i plain vm-snapshot uuid="$vm" new-name-label="f$STEP" >/dev/null 2>said || diag "vm-snapshot: $(cat said)"
    done
  done
  useless_goes
}

# covered HOST HOW: there the SR is not mounted, or an old copy of it is.
covered() {
  COVERS=$1 COPY=''
  if [ "$2" = 0 ]; then
    on "$1" mount -t tmpfs tmpfs /mnt/sr/images
  else
    on "$1" eval 'rm -rf /mnt/own/old && cp -a /mnt/sr/images /mnt/own/old'
    COPY=$(sums_of "$HOSTS_DIR/h$1/own/old")
    on $((3 - $1)) plain pbd-plug uuid="$(on 1 plain pbd-list sr-uuid="$COMMON" host-uuid="${HOST[$((3 - $1))]}" --minimal)"
    on "$1" mount --bind /mnt/own/old /mnt/sr/images
  fi || result 1 "$STEP: h$1 is covered"
  diag "note $STEP h$1 does not have the SR mounted${COPY:+, but an old copy}"
}
sums_of() { (cd "$1" && find . -type f ! -name '.vxe-sr*' -exec sha256sum {} + | sort | sha256sum | cut -c1-16); }
uncovered() {
  if [ -n "$COPY" ]; then
    is "$STEP: nothing was written to the copy" "$(sums_of "$HOSTS_DIR/h$COVERS/own/old")" "$COPY"
  else
    is "$STEP: nothing was written below the mount point" "$(on "$COVERS" eval 'mountpoint -q /mnt/sr/images && ls -A /mnt/sr/images')" ''
  fi
  on "$COVERS" umount /mnt/sr/images 2>/dev/null # not after a boot
}
# refused HOST WAY: the database does not let host HOST in.
as_user() { on "$1" eval 'cp -p "$HOST_STATE/pool" "$HOST_STATE/kept" && sed -i "1s|user=vxe|user='"$2"'|" "$HOST_STATE/pool"'; }
refused() {
  WAY=$2
  case $2 in
  0) kill -STOP "$DATABASE_PID" ;;
  1) on "$1" eval 'for d in /mnt/sr/pg /mnt/sr/pg2; do [ ! -d $d ] || mount -t tmpfs tmpfs $d; done' ;;
  2) as_user "$1" app ;;
  3) as_user "$1" stranger ;;
  4)
    database_sql "$PG" pool 'BEGIN; LOCK TABLE vxe.meta IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(8)' >/dev/null &
    LOCKER=$!
    ;;
  esac
  diag "note $STEP h$1 is refused by way $2"
}
let_in() {
  case $WAY in
  0) kill -CONT "$DATABASE_PID" ;;
  1) on "$1" eval 'umount /mnt/sr/pg /mnt/sr/pg2 2>/dev/null' ;;
  2 | 3) on "$1" eval 'mv "$HOST_STATE/kept" "$HOST_STATE/pool"' ;;
  4) wait "$LOCKER" ;;
  esac
  wait_until 20 on "$1" plain host-heartbeat >/dev/null 2>&1
}
# starts_by_virsh NAME HOST: also where its definition is not, or is an old one.
starts_by_virsh() {
  local at
  at=$(has "$1")
  [ "$at" = "$2" ] || {
    on "$at" virsh -q dumpxml --inactive --migratable "$1" >"$HOSTS_DIR/shared/old.xml"
    on "$2" virsh -q define /mnt/sr/old.xml
  } >/dev/null 2>&1
  on "$2" timeout 60 virsh -q start "$1" >/dev/null 2>said
  STATUS=$?
  diag "note $STEP virsh start $1 on h$2, and it is h$at's: $STATUS $(paste -sd' ' said | cut -c1-160)"
  [ "$at" = "$2" ] || [ $STATUS != 0 ] || result 1 "$STEP: h$2 does not start $1"
  [ "$(runs "$1" | wc -l)" -lt 2 ] || result 1 "$STEP: $1 runs once"
  [ "$at" = "$2" ] || on "$2" eval "virsh -q destroy $1; virsh -q undefine $1 --keep-nvram" >/dev/null 2>&1
}
boots() { # HOST
  host_kill "$1"
  host_boot "$1" || result 1 "$STEP: h$1 boots"
  diag "note $STEP h$1 has booted; libvirt has started: $(on "$1" virsh -q list --name | xargs)"
}

# ---- the walk --------------------------------------------------------------------------------------------------------------

for ((STEP = 1; STEP <= ${STEPS-150}; STEP++)); do
  look
  rnd 2 && h=$((R + 1))
  rnd 2 && k=$((R + 1))
  pick $VM $DB && vm=$R
  s=$(state "$vm")
  rnd 24
  case $R in
  0 | 1) does $h vm-snapshot uuid="$vm" new-name-label="s$STEP" ;;
  2) if [ "$s" = running ] && [ "$vm" = "$VM" ]; then does $h vm-checkpoint uuid="$vm" new-name-label="c$STEP"; else continue; fi ;;
  3)
    # shellcheck disable=SC2046 # words
    pick $(snaps "$vm") || continue
    [ "$vm" = "$VM" ] && WEB_REVERTED=1 || REVERTED=$R
    does $h snapshot-revert snapshot-uuid="$R"
    ;;
  4)
    # shellcheck disable=SC2046
    pick $(snaps "$vm") || continue
    does $h snapshot-uninstall snapshot-uuid="$R" --force
    ;;
  5 | 6 | 7)
    case $s in
    halted) if [ "$vm" = "$VM" ]; then does $h vm-start uuid="$vm" on=h$k; else does $h vm-start uuid="$vm" on=h$k paused=true; fi ;;
    suspended) does $h vm-resume uuid="$vm" on=h$k ;;
    *)
      rnd 3
      case $R in
      0) does $h vm-shutdown uuid="$vm" --force ;;
      1) if [ "$vm" = "$VM" ]; then does $h vm-suspend uuid="$vm"; else does $h vm-shutdown uuid="$vm" --force; fi ;;
      2) does $h vm-migrate uuid="$vm" host=h$k live=true ;;
      esac
      ;;
    esac
    ;;
  8) if [ "$s" = running ]; then does $h vm-migrate uuid="$vm" host=h$k live=true; else continue; fi ;;
  9)
    does $h host-evacuate host=h$k
    for i in 1 2; do on $i plain host-enable uuid="${HOST[i]}" >/dev/null 2>&1; done
    ;;
  10)
    [ "$vm" = "$DB" ] && [ "$s" = halted ] || continue
    rnd 100
    on $h stamp_disks "$DB" $((R + 100)) 2M && on_model $h keep_content now "$DB"
    does $h vdi-flatten uuid="$(on $h vdi_of "$DB")"
    ;;
  11)
    case $(state "$VM") in
    running | paused) on "$(runs web)" virsh -q destroy web ;;
    halted) on "$(has web)" virsh -q start web ;;
    *) continue ;;
    esac >/dev/null 2>&1
    does $h vm-param-set uuid="$VM" name-description="$STEP"
    ;;
  12)
    [ "$(state "$DB")" = halted ] || continue
    vm=$DB
    does $h vm-copy uuid="$DB" new-name-label="copy$STEP" sr-uuid="$COMMON"
    for copy in $(on $k plain vm-list name-label="copy$STEP" --minimal | tr , ' '); do
      on_model $k has_content now "$copy" >/dev/null || result 1 "$STEP: a copy has the bytes"
      ok "$STEP: it goes" on $k vxe vm-uninstall uuid="$copy" --force
    done
    ;;
  13)
    [ -n "$(runs web)" ] || continue
    vm=$VM
    on "$(runs web)" virsh -q snapshot-create-as web "x$STEP" --disk-only >/dev/null 2>&1
    does $h vm-snapshot uuid="$VM" new-name-label="s$STEP"
    ;;
  14 | 15)
    [ "$s" = halted ] || continue
    elsewhere "$(name_of "$vm")" $R
    does $h vm-param-set uuid="$vm" name-description="$STEP"
    ;;
  16) backup || continue ;;
  17)
    [ -n "$BACKUP" ] || continue
    restored $h
    ;;
  18) lags ;;
  19)
    [ -n "$LAGS" ] && [ "$LAGS" -lt $((STEP - 3)) ] || continue
    fails_over $h
    ;;
  20 | 21)
    i=$(runs web)
    [ -n "$i" ] && k=$((3 - i))
    covered $k $((R - 20))
    rnd 3
    case $R in
    0) does $h vm-snapshot uuid="$vm" new-name-label="m$STEP" ;;
    1) does $h vm-start uuid="$vm" on=h$k ;;
    2) does $h vm-migrate uuid="$vm" host=h$k live=true ;;
    esac
    uncovered
    hosts_tell
    ;;
  22 | 23)
    i=$(state "$VM") # a suspended VM that virsh starts goes on without its memory, as check says then
    rnd 5
    refused $k $R
    rnd 2
    if [ $R = 0 ] || [ "$i" = suspended ]; then boots $k; else starts_by_virsh web $k; fi
    let_in $k
    for i in $k $((3 - k)) $k; do on "$i" plain host-heartbeat >/dev/null 2>&1; done
    ;;
  esac
  judge
done
database_end

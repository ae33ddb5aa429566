# shellcheck shell=bash
# shellcheck disable=SC2034 # for tests
# SPDX-License-Identifier: MIT
# The Linux guest (tests/guest/linux): Debian's kernel, busybox, the real guest agent, and a load. The load writes two
# file systems on four disks in a known order, keeps a TCP connection, timers and memory, and reports its state every
# 250 ms on the serial line. Sourced after e2e.sh.

LINUX=$HOST_DIR/tree/linux
LINUX_DISKS='a j b0 b1' # a file system, its journal, the two halves of a RAID0 with the other
LINUX_WAIT=${LINUX_WAIT-240} # seconds for a boot; 6 on an idle machine
WAIT_STEP=0.1 # its line is long: looking at it takes processor time from the guest

linux_is_there() { [ -e "$LINUX/initrd" ]; }

# linux_make NAME: makes four disks in the working directory, and the domain. Environment: LINUX_CMDLINE (load),
# LINUX_TOP and LINUX_EXTRA (XML inside <domain> and <devices>), LINUX_OS (attributes and content of <os>),
# LINUX_MACHINE (pc).
linux_make() {
  local d
  for d in $LINUX_DISKS; do guest_disk_make "$1-$d.qcow2" 24M || return; done
  linux_xml "$1" >"$1.xml" && virsh -q define "$1.xml"
}

linux_xml() {
  local d n=0 letters=abcd
  linux_head "$1"
  for d in $LINUX_DISKS; do
    echo "<disk type='file' device='disk'><driver name='qemu' type='qcow2' discard='unmap'/>
<source file='$PWD/$1-$d.qcow2'/><target dev='vd${letters:$((n++)):1}' bus='virtio'/>
<serial>$d</serial></disk>"
  done
  linux_tail "$1"
}

# On a busy machine an emulated timer is late. The kernel does not know that it is emulated, and would take the timer
# for broken and panic without no_timer_check.
linux_head() {
  mkdir -p "$HOST_DIR/s" && chmod 1777 "$HOST_DIR/s"
  echo "<domain type='qemu'><name>$1</name><memory unit='MiB'>256</memory>
<vcpu current='1'>2</vcpu>
<os ${LINUX_OS-}><type arch='x86_64' machine='${LINUX_MACHINE-pc}'>hvm</type>${LINUX_FIRMWARE-}
<kernel>$LINUX/vmlinuz</kernel><initrd>$LINUX/initrd</initrd>
<cmdline>console=ttyS0 quiet panic=-1 no_timer_check ${LINUX_CMDLINE-load}</cmdline></os>
<features><acpi/></features><clock offset='utc'/>
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
<controller type='usb' model='none'/><controller type='scsi' model='virtio-scsi'/>
<memballoon model='virtio'/>${LINUX_EXTRA-}
<serial type='unix'><source mode='bind' path='$HOST_DIR/s/$1'/>
<log file='$HOST_DIR/s/$1.log' append='on'/><target port='0'/></serial>
<channel type='unix'><source mode='bind'/><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
}
linux_tail() { echo '</devices></domain>'; }

# ---- its serial line ---------------------------------------------------------------------------

linux_log() { tr -d '\r' <"$HOST_DIR/s/$1.log"; }
# linux_said NAME REGEX [LINE]: a line of its serial log, from LINE on, matches.
linux_said() { linux_log "$1" | tail -n +"${3-1}" | grep -aqE "$2"; }
linux_lines() { linux_log "$1" | wc -l; }
# linux_up NAME [LINE]: it has booted (after that line), and its load has written.
linux_up() {
  wait_until "$LINUX_WAIT" linux_works "$1" "${2-1}" || { linux_log "$1" | tail -n 20; false; }
}
linux_works() { linux_log "$1" | tail -n +"$2" | sed -n '/^UP/,$p' | grep -aq '^L [1-9]'; }
# linux_load NAME [FIELD]: its last report; field 2 records, 3 TCP messages, 4 timers, 5 pages, 6 faults.
linux_load() {
  linux_log "$1" | grep -aE '^L( [0-9]+){5}$' | tail -n 1 | cut -d' ' -f"${2-2-}"
}
linux_is_past() { [ "$(linux_load "$1" "$2")" -gt "$3" ] 2>/dev/null; }
# linux_goes_on NAME: it writes, talks over TCP, counts and reads back, without any fault.
linux_goes_on() {
  local was
  was=$(linux_load "$1")
  wait_until 60 linux_all_past "$1" "$was" || { echo "$was, now $(linux_load "$1")"; return 1; }
  ! linux_log "$1" | grep -a '^BAD'
}
linux_all_past() {
  local -a was now
  local i
  read -ra was <<<"$2"
  read -ra now < <(linux_load "$1")
  for i in 0 1 2 3; do [ "${now[i]}" -gt "${was[i]}" ] || return; done 2>/dev/null
}

# ---- its agent ---------------------------------------------------------------------------------

agent() { virsh -q qemu-agent-command --timeout 60 "$1" "$2"; }
agent_answers() { agent "$1" '{"execute":"guest-ping"}' >/dev/null 2>&1; }
json_field() { sed -n "s/.*\"$1\":\"\\{0,1\\}\\([^\",}]*\\).*/\\1/p"; }

# inside NAME WORDS: runs a shell command in the guest; its output and its exit status.
inside() {
  local pid answer end
  patience 60
  end=$((SECONDS + PATIENCE))
  pid=$(agent "$1" "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"/bin/sh\",
    \"arg\":[\"-c\",\"${2//\"/\\\"}\"],\"capture-output\":true}}" | json_field pid) || return
  while [ $SECONDS -lt $end ]; do
    answer=$(agent "$1" "{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":$pid}}") || return
    [[ $answer != *'"exited":true'* ]] || break
    sleep 0.1
  done
  json_field out-data <<<"$answer" | base64 -d
  return "$(json_field exitcode <<<"$answer")"
}

# Bad messages of the kernel.
linux_complaints() {
  inside "$1" dmesg |
    grep -E 'BUG|Oops|Call Trace|Kernel panic|stall|lockup|segfault|EXT4-fs (error|warning)|I/O error|remount'
}

# ---- what disks hold ---------------------------------------------------------------------------

# linux_disks VM: the files of the disks of a VM or snapshot, in the order of LINUX_DISKS.
linux_disks() { vdi_files "$1" | head -n 4; }

# linux_keep SET VM: copies its disks to SET-a.qcow2 ...
linux_keep() {
  local file i=0
  local -a disks
  read -ra disks <<<"$LINUX_DISKS"
  for file in $(linux_disks "$2"); do
    qemu-img convert -U -f qcow2 -O qcow2 "$file" "$1-${disks[i++]}.qcow2" || return
  done
  [ $i = 4 ]
}

# linux_same SET VM: its disks are equal to the copies, byte by byte.
linux_same() {
  local file i=0
  local -a disks
  read -ra disks <<<"$LINUX_DISKS"
  for file in $(linux_disks "$2"); do
    qemu-img compare -q -U -f qcow2 -F qcow2 "$file" "$1-${disks[i++]}.qcow2" || return
  done
  [ $i = 4 ]
}

# linux_look NAME SET...: in the background, another boot of the same kernel mounts each set of disks, replays the
# journals, and checks the content; the copies are not changed. That guest is not a domain of libvirt.
linux_look() {
  local name=$1 set d target=0 unit
  shift
  local -a drives=()
  for set; do
    unit=0
    for d in $LINUX_DISKS; do
      drives+=(-drive "if=none,id=$set-$d,format=qcow2,snapshot=on,file=$PWD/$set-$d.qcow2"
        -device "scsi-hd,drive=$set-$d,scsi-id=$target,lun=$unit")
      unit=$((unit + 1))
    done
    target=$((target + 1))
  done
  printf '%s\n' "$@" >"$name.sets"
  qemu-system-x86_64 -accel tcg -machine pc -m 256 -nodefaults -display none -no-reboot \
    -kernel "$LINUX/vmlinuz" -initrd "$LINUX/initrd" \
    -append "console=ttyS0 quiet panic=-1 no_timer_check verify=$#" -serial "file:$HOST_DIR/s/$name.log" \
    -device virtio-scsi-pci "${drives[@]}" &
  LINUX_LOOKS=$!
}

# linux_looked NAME: its findings, as lines "SET RECORDS_A RECORDS_B FILES ok" in NAME.verified.
linux_looked() {
  local found target rest
  local -a sets
  wait_until "$LINUX_WAIT" linux_said "$1" '^VERIFIED'
  found=$?
  kill "$LINUX_LOOKS"
  wait "$LINUX_LOOKS"
  [ $found = 0 ] || { linux_log "$1" | tail -n 40; return 1; }
  mapfile -t sets <"$1.sets"
  linux_log "$1" | grep -a '^V ' | while read -r _ target rest; do
    echo "${sets[target]} $rest"
  done >"$1.verified"
}

# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# The counting guest (tests/guest/tick.asm): images, domain XML, counters, serial output.
# Sourced by e2e.sh; needs HOST_DIR, TOOLS, TEST_DIR.

# shellcheck disable=SC2034 # for tests
GUEST_STEP=16 # ticks between two writes of the counter

# wait_until SECONDS CMD...: until CMD passes; fails if it never does. Waits longer on a busy machine.
wait_until() {
  local end
  patience "$1"
  end=$((SECONDS + PATIENCE + 1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || return 1
    sleep "${WAIT_STEP-0.05}"
  done
}

# guest_disk_make FILE [SIZE [OPTION...]]: an empty qcow2; options as for qemu-img create.
guest_disk_make() {
  local file=$1 size=${2-64M}
  shift $(($# > 1 ? 2 : 1))
  qemu-img create -q -f qcow2 "$@" "$file" "$size"
}

# guest_install FILE [tick|tick-fill|tick-dirty|tick-eject]: installs the program on the guest's first disk. tick-fill-3g
# and tick-dirty-3g are for a guest of 4 GiB.
guest_install() {
  qemu-io -f qcow2 -c "write -q -s $TOOLS/${2-tick}.bin 0 1024" "$1" >/dev/null
}

# guest_disks NAME N [DIR]: makes N disks DIR/NAME-0.qcow2 ...; the first one boots. Prints the names.
guest_disks() {
  local i dir=${3-$PWD}
  for ((i = 0; i < $2; i++)); do
    guest_disk_make "$dir/$1-$i.qcow2" || return
    echo "$dir/$1-$i.qcow2"
  done
  guest_install "$dir/$1-0.qcow2"
}

# guest_xml NAME UUID DISK...: the domain. "-" as UUID: libvirt chooses. Environment, all optional:
#   GUEST_MIB   memory, 64            GUEST_SERIAL  socket, HOST_DIR/s/NAME; its log is NAME.log
#   GUEST_EXTRA XML inside <devices>  GUEST_TOP     XML inside <domain>       GUEST_TYPE  qemu or kvm
#   GUEST_EMULATOR  QEMU's file
guest_xml() {
  local name=$1 uuid=$2 serial=${GUEST_SERIAL-$HOST_DIR/s/$1} n=0
  shift 2
  echo "<domain type='${GUEST_TYPE-qemu}'><name>$name</name>"
  [ "$uuid" = - ] || echo "<uuid>$uuid</uuid>"
  echo "<memory unit='MiB'>${GUEST_MIB-64}</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>${GUEST_TOP-}
<devices><emulator>${GUEST_EMULATOR-/usr/bin/qemu-system-x86_64}</emulator>"
  while [ $# -gt 0 ]; do
    guest_disk_xml "$1" $((n++))
    shift
  done
  echo "<serial type='unix'><source mode='bind' path='$serial'/>
<log file='$serial.log' append='on'/><target port='0'/></serial>
<controller type='usb' model='none'/><memballoon model='none'/>${GUEST_EXTRA-}</devices></domain>"
}

# The BIOS, and so the guest, sees only disks with a boot order.
guest_disk_xml() {
  local letters=abcdefghijklmnop
  echo "<disk type='file' device='disk'><driver name='qemu' type='qcow2' discard='unmap'/>
<source file='$1'/><target dev='vd${letters:$2:1}' bus='virtio'/><serial>vbd-$2</serial>
<boot order='$(($2 + 1))'/></disk>"
}

# guest_define NAME UUID DISK...
guest_define() {
  mkdir -p "$HOST_DIR/s"
  chmod 1777 "$HOST_DIR/s"
  guest_xml "$@" >"$1.xml" && virsh -q define "$1.xml" >/dev/null
}

# guest_make NAME N: a guest with N disks in the working directory; libvirt chooses the UUID.
guest_make() {
  local -a disks
  mapfile -t disks < <(guest_disks "$1" "$2")
  guest_define "$1" - "${disks[@]}"
}

# guest_start NAME: starts the guest and waits until it counts.
guest_start() {
  virsh -q start "$1" >/dev/null && guest_counts "$1"
}

# The state in the words of virsh domstate, from libvirt's status file of an active domain, else from its definition.
guest_state() {
  local line
  while read -r line; do
    [[ $line =~ ^\<domstatus\ state=\'([a-z]*)\' ]] && echo "${BASH_REMATCH[1]}" && return
  done 2>/dev/null <"$(status_of "$1")"
  [ ! -e "$(libvirt_conf)/$1.xml" ] || { echo 'shut off' && return; }
  virsh -q domstate "$1"
}
guest_is() { [ "$(guest_state "$1")" = "$2" ]; }
guest_is_off() { guest_is "$1" 'shut off'; }

# forced FILE CMD...: while CMD runs, its owner may write to FILE; root could anyway.
forced() {
  local was status
  was=$(stat -c %a "$1") && chmod u+w "$1" || return
  "${@:2}"
  status=$?
  chmod "$was" "$1" && return $status
}

# The last counter that the guest printed; empty before the first.
guest_counter() {
  local try text
  for try in 1 2 3 4 5; do
    text=$(tail -c 200 "$HOST_DIR/s/$1.log" 2>/dev/null)
    if [[ $text =~ .*(^|$'\n')C=([0-9a-f]{8})($|$'\r'|$'\n') ]]; then
      echo $((16#${BASH_REMATCH[2]}))
      return
    fi
    # On a busy machine a read came back empty, once in many hundreds.
    [ -s "$HOST_DIR/s/$1.log" ] && [ "$try" -lt 5 ] || return 0
    sleep 0.02
  done
}

# guest_booted NAME [K]: the counter on its disk K (0) at the last boot. A guest that was destroyed may have left half a
# line, on which the next boot goes on.
guest_booted() {
  tr -d '\r' <"$HOST_DIR/s/$1.log" | awk -v k="${2-0}" '
    /D=/ { n = 0 } /^B=/ { if (n++ == k) b = substr($0, 3) } END { if (b != "") print b }' | hex
}

# guest_disk_count NAME: the number of disks that it saw at the last boot.
guest_disk_count() {
  tr -d '\r' <"$HOST_DIR/s/$1.log" | sed -n 's/.*D=//p' | tail -n 1 | hex
}

# guest_counts NAME [SECONDS]: its counter advances.
guest_counts() {
  local from
  wait_until "${2-20}" guest_has_counter "$1" || return
  from=$(guest_counter "$1")
  wait_until "${2-20}" guest_is_past "$1" "$from"
}
# True if a guest counts under KVM here: a /dev/kvm may open, and yet no guest start.
kvm_works() {
  local status=1
  (GUEST_TYPE=kvm guest_make probe 1 && virsh -q start probe && guest_counts probe 30) >/dev/null 2>&1 && status=0
  virsh -q destroy probe >/dev/null 2>&1
  virsh -q undefine probe >/dev/null 2>&1
  return $status
}
guest_has_counter() { [ -n "$(guest_counter "$1")" ]; }
# While a guest boots, its log may end with a text of the BIOS, and without a counter.
guest_is_past() {
  local now
  now=$(guest_counter "$1")
  [ -n "$now" ] && [ "$now" != "$2" ]
}

# counter_of FILE [FORMAT]: the counter in an image, decimal; the image may be in use.
counter_of() {
  qemu-io -U -r -f "${2-qcow2}" -c 'read -v 1024 4' "$1" |
    sed -n 's/^00000400: *\(..\) \(..\) \(..\) \(..\).*/\4\3\2\1/p' | hex
}

# The byte at an offset of an image, decimal: byte_of FILE AT [FORMAT].
byte_of() {
  qemu-io -U -r -f "${3-qcow2}" -c "read -v $2 1" "$1" |
    sed -n 's/^[0-9a-f]*:  *\([0-9a-f][0-9a-f]\) .*/\1/p' | hex
}

# Hex digits in, decimal out; nothing in, nothing out.
hex() {
  local x
  read -r x && echo $((16#$x))
}

# serial_log_start NAME FILE: "<microseconds> <line>" per line from now on, until the guest stops
# or serial_log_stop.
serial_log_start() {
  "$TOOLS/serial_log" "$HOST_DIR/s/$1" "$2" &
  SERIAL_PID=$!
}
serial_log_stop() {
  kill "$SERIAL_PID" 2>/dev/null
  wait "$SERIAL_PID" 2>/dev/null
  return 0
}

# longest_gap FILE [FROM TO]: microseconds between two lines of a serial log, in that window.
longest_gap() {
  awk -v from="${2-0}" -v to="${3-0}" '
    $1 < from || (to && $1 > to) { next }
    last && $1 - last > gap { gap = $1 - last }
    { last = $1 }
    END { print gap + 0 }' "$1"
}

# timed CMD...: runs CMD; BEGIN and END are microseconds on serial_log's clock.
timed() {
  local status
  "$TOOLS/timed" "$TEST_DIR/.timed" "$@"
  status=$?
  read -r BEGIN END <"$TEST_DIR/.timed"
  return $status
}

# libvirt's folders of definitions and of running domains; a guest's process, and its status file.
libvirt_conf() { [ "$HOST_MODE" = system ] && echo /etc/libvirt/qemu || echo "$XDG_CONFIG_HOME/libvirt/qemu"; }
libvirt_run() { [ "$HOST_MODE" = system ] && echo /run/libvirt/qemu || echo "$XDG_RUNTIME_DIR/libvirt/qemu/run"; }
guest_pid() { cat "$(libvirt_run)/$1.pid" 2>/dev/null; }
status_of() { echo "$(libvirt_run)/$1.xml"; }

# vdi_files VM: the files of its disks, by position.
vdi_files() {
  {
    plain vdi-list params=uuid,sm-config
    plain vbd-list vm-uuid="$1" type=Disk params=vdi-uuid,userdevice
  } | awk '
    $1 == "uuid" { uuid = $NF }
    $1 == "sm-config" && match($0, /file: [^;]*/) { file[uuid] = substr($0, RSTART + 6, RLENGTH - 6) }
    $1 == "vdi-uuid" { vdi = $NF }
    $1 == "userdevice" { at = $NF }
    NF == 0 && vdi != "" { print at, file[vdi]; vdi = "" }' | sort -n | cut -d' ' -f2-
}

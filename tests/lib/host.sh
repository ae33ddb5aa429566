#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A private host for tests: a private libvirtd, all state below one scratch folder.
#
#   host.sh modes                 the modes that work here, best first
#   host.sh run MODE CMD ARG...   start the host, run CMD inside, stop the host; CMD's exit status
#   host.sh bridged CMD ARG...    in a mount and a network namespace: CMD, where there are bridges
#
# system:  root, with a mount namespace in which libvirt's and vxe's folders are private, and a
#          network of its own; qemu:///system, QEMU as an unprivileged user.
# session: an ordinary user (root becomes nobody), no capability, no namespace; qemu:///session.
#
# CMD runs as the host's user, in its namespace, in a session without a terminal. It finds
#   HOST_DIR   scratch folder, removed at the end            HOST_MODE   system or session
#   HOST_URI   the libvirt URI (also vxe's and virsh's default there)
#   TESTS      a copy of tests/                              VXE, VXE_PLAIN   asan and debug program
#   TOOLS      test programs and guest images of the build    HOST_IMAGES, HOST_STATE: vxe's defaults
# and the functions below, when it sources this file. The machine's own libvirt is never touched.
# Environment: BUILD (build/asan) and BUILD_PLAIN (build/debug), VXE_INSTALLED, a program to test instead of these two,
# KEEP=1 leaves HOST_DIR.

HOST_UNIT_WAIT=30 # seconds that the daemon may take until it answers

# ---- inside the host ---------------------------------------------------------------------------

host_daemon_start() {
  local conf=$HOST_DIR/libvirtd.conf
  # In a session of its own, as a ^C at the terminal must not reach the daemon: guests must end first. Under a
  # subreaper, because a stop of a guest waits until its process is reaped.
  setsid tini -s -- libvirtd ${HOST_LISTENS:+--listen} -f "$conf" --pid-file "$HOST_DIR/libvirtd.pid" \
    >>"$HOST_DIR/libvirtd.out" 2>&1 </dev/null &
  disown $!
  host_answers && return
  echo "host: libvirtd does not answer:" >&2
  tail -n 20 "$HOST_DIR/libvirtd.out" "$HOST_DIR/libvirtd.log" >&2
  return 1
}

# patience SECONDS: sets PATIENCE to the time that a step may take which takes SECONDS at most on an idle machine: up to
# ten times as long when processes queue for the processors.
patience() {
  local load
  read -r load _ </proc/loadavg
  load=$((${load%.*} / ${PROCESSORS:=$(nproc)}))
  PATIENCE=$(($1 * (1 + (load < 9 ? load : 9))))
}

host_answers() {
  local end
  patience "$HOST_UNIT_WAIT"
  end=$((SECONDS + PATIENCE))
  until virsh -q list >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.05
  done
}

# host_daemon_stop [SIGNAL]: guests continue to run. Returns when the daemon has ended.
host_daemon_stop() {
  local pid
  pid=$(cat "$HOST_DIR/libvirtd.pid" 2>/dev/null) || return 0
  kill -"${1:-TERM}" "$pid" 2>/dev/null
  process_gone "$pid" 100 || kill -KILL "$pid" 2>/dev/null
  rm -f "$HOST_DIR/libvirtd.pid"
}

# process_gone PID TENTHS: waits for the end of the process; a zombie has ended.
process_gone() {
  local i
  for ((i = 0; i < $2; i++)); do
    grep -qs '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status" || return 0
    sleep 0.1
  done
  return 1
}

# The PIDs of every QEMU of this host, also of those that the daemon has lost.
host_guest_pids() {
  local p
  for p in /proc/[0-9]*; do
    tr '\0' ' ' 2>/dev/null <"$p/cmdline" | grep -q "^[^ ]*qemu-system[^ ]* .*$HOST_DIR" &&
      echo "${p#/proc/}"
  done
}

# Empties the host: no domain, no pool, no network, no VM in vxe's store.
host_reset() {
  local x
  for x in $(virsh -q list --uuid); do virsh -q destroy "$x" >/dev/null; done
  for x in $(virsh -q list --all --uuid); do
    virsh -q undefine "$x" --managed-save --nvram --snapshots-metadata --checkpoints-metadata >/dev/null
  done
  virsh -q pool-list --name | while read -r x; do virsh -q pool-destroy "$x" >/dev/null; done
  virsh -q pool-list --all --name | while read -r x; do virsh -q pool-undefine "$x" >/dev/null; done
  virsh -q net-list --name | while read -r x; do virsh -q net-destroy "$x" >/dev/null; done
  virsh -q net-list --all --name | while read -r x; do virsh -q net-undefine "$x" >/dev/null; done
  chmod -R u+w "$HOST_IMAGES" "$HOST_STATE" 2>/dev/null
  rm -rf "$HOST_IMAGES" "${HOST_STATE:?}"/*
}

# The control groups of the guests that have run here; QEMU's command line contains their names.
host_groups() {
  local dir names
  names=" $(sed -n 's|.*/domain-\([0-9]*-[^/]*\)/master-key\.aes.*|qemu-\1.libvirt-qemu|p' \
    /var/log/libvirt/qemu/*.log 2>/dev/null | sort -u | tr '\n' ' ') "
  for dir in /sys/fs/cgroup{,/*}/machine/qemu-*; do
    [[ $names != *" ${dir##*/} "* ]] || echo "$dir"
  done
}

# The daemon leaves the control groups of guests that ended while it was not running.
host_groups_remove() {
  local dir
  host_groups | while read -r dir; do find "$dir" -depth -type d -exec rmdir {} + 2>/dev/null; done
}

# Stops the guests, then the daemon; kills them if they do not stop.
host_stop() {
  local x
  [ -f "$HOST_DIR/libvirtd.pid" ] || return 0
  for x in $(timeout 20 virsh -q list --uuid 2>/dev/null); do
    timeout 20 virsh -q destroy "$x" >/dev/null 2>&1
  done
  for x in $(host_guest_pids); do
    kill -KILL "$x" 2>/dev/null
    process_gone "$x" 20
  done
  host_daemon_stop
  [ "$HOST_MODE" != system ] || host_groups_remove
}

# ---- stage 2: the host's user and namespace ----------------------------------------------------

# Replaces PARENT by a folder of links to its entries, except for the NAMES, which become empty folders in it. So a
# mount point that the machine lacks is not created on the machine.
farm() {
  local parent=$1 old=$HOST_DIR/orig$1 new=$HOST_DIR/farm$1 x
  shift
  mkdir -p "$old" "$new"
  mount --rbind "$parent" "$old"
  find "$old" -mindepth 1 -maxdepth 1 -exec ln -s -t "$new" {} +
  for x in "$@"; do
    rm -f "$new/$x"
    mkdir "$new/$x"
  done
  mount --bind "$new" "$parent"
}

# private_dirs PARENT NAME...: mounts an empty private folder over each.
private_dirs() {
  local parent=$1 x
  shift
  for x in "$@"; do
    [ -d "$parent/$x" ] && continue
    farm "$parent" "$@"
    break
  done
  for x in "$@"; do
    mkdir -p "$HOST_DIR/root$parent/$x"
    mount --bind "$HOST_DIR/root$parent/$x" "$parent/$x" || return
  done
}

# libvirtd needs the user that it was built for, even if no package has created this user.
private_user() {
  local x
  getent passwd libvirt-qemu >/dev/null && return
  for x in passwd group; do
    cp "/etc/$x" "$HOST_DIR/$x"
    mount --bind "$HOST_DIR/$x" "/etc/$x" || return
  done
  echo 'libvirt-qemu:x:64055:64055:QEMU:/nonexistent:/usr/sbin/nologin' >>/etc/passwd
  echo 'libvirt-qemu:x:64055:' >>/etc/group
}

# QEMU's user must be able to use /dev/kvm, or must have no right to it: to a device with rights that does not open, or
# is no KVM, libvirt puts QEMU's question anew at each connection, and a run takes hours.
private_kvm() {
  [ -e /dev/kvm ] || return 0
  if mknod "$HOST_DIR/kvm" c 10 232 2>/dev/null && chmod 0666 "$HOST_DIR/kvm" &&
    : 2>/dev/null <>"$HOST_DIR/kvm"; then
    mount --bind "$HOST_DIR/kvm" /dev/kvm
  else
    without_kvm
  fi
}
without_kvm() {
  : >"$HOST_DIR/no-kvm" && chmod 0 "$HOST_DIR/no-kvm" && mount --bind "$HOST_DIR/no-kvm" /dev/kvm
}

# The terminals, too: guests open one as libvirt-qemu, who may have no right to one of the machine's.
private_pty() {
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=tty devpts /dev/pts &&
    mount --bind /dev/pts/ptmx /dev/ptmx
}

# Bridges, filters and ports are private to this host. A dummy card has a default route, which leads nowhere.
private_net() {
  [ "$(readlink /proc/self/ns/net)" != "$HOST_NET" ] || return 0
  mkdir "$HOST_DIR/cgroup"
  mount --rbind /sys/fs/cgroup "$HOST_DIR/cgroup" &&
    mount -t sysfs sysfs /sys && # what a sysfs shows is the network of whoever mounted it
    mount --rbind "$HOST_DIR/cgroup" /sys/fs/cgroup &&
    ip link set lo up &&
    ip link add eth0 type veth peer name eth0-peer &&
    ip address add 192.0.2.2/24 dev eth0 &&
    ip link set eth0 up && ip link set eth0-peer up &&
    ip route add default via 192.0.2.1 &&
    machine_bridges
}

# Real hosts have such bridges, and no test may depend on their absence.
machine_bridges() {
  ip link add docker0 type bridge && ip link add virbr0 type bridge
}

bridged() {
  mount -t sysfs sysfs /sys && ip link set lo up && machine_bridges && exec "$@"
}

setup_system() {
  export HOST_URI=qemu:///system HOST_IMAGES=/var/lib/libvirt/images/vxe HOST_STATE=/var/lib/vxe
  private_dirs /etc libvirt &&
    private_dirs /run libvirt vxe dbus && # dbus: no word to the machine's systemd about our guests
    private_dirs /var/lib libvirt vxe &&
    private_dirs /var/log libvirt &&
    private_dirs /var/cache libvirt &&
    private_user && private_kvm && private_pty && private_net || return
  chmod 0711 /var/lib/libvirt
  printf '%s\n' 'stdio_handler="file"' 'security_driver="none"' 'user="libvirt-qemu"' \
    "group=\"$(getent group libvirt-qemu >/dev/null && echo libvirt-qemu || id -gn libvirt-qemu)\"" \
    "seccomp_sandbox=$(sandbox)" >/etc/libvirt/qemu.conf
}

# QEMU reads what libvirt says byte by byte, and its sandbox looks at each of these system calls: a tenth of the time of
# ring check. Ring all runs with it.
sandbox() { if [ "${RING-}" = check ]; then echo 0; else echo -1; fi; }

setup_session() {
  [ -n "$(getent passwd "$(id -u)")" ] || {
    echo "host: libvirt refuses a user without a name (uid $(id -u))" >&2
    return 1
  }
  export XDG_RUNTIME_DIR=$HOST_DIR/run XDG_CONFIG_HOME=$HOST_DIR/cfg \
    XDG_CACHE_HOME=$HOST_DIR/cache XDG_DATA_HOME=$HOST_DIR/data XDG_STATE_HOME=$HOST_DIR/home/.local/state
  export HOST_URI=qemu:///session HOST_IMAGES=$XDG_DATA_HOME/libvirt/images/vxe \
    HOST_STATE=$XDG_STATE_HOME/vxe
  mkdir -p "$XDG_RUNTIME_DIR" "$XDG_CONFIG_HOME/libvirt" "$XDG_DATA_HOME" "$XDG_STATE_HOME"
  chmod 0700 "$XDG_RUNTIME_DIR"
  printf '%s\n' 'stdio_handler="file"' "seccomp_sandbox=$(sandbox)" >"$XDG_CONFIG_HOME/libvirt/qemu.conf"
}

setup_common() {
  export HOME=$HOST_DIR/home LC_ALL=C.UTF-8 SHELL=/bin/bash # script(1) would take that of the user, "nologin" may be gone
  export LIBVIRT_DEFAULT_URI=$HOST_URI LIBVIRT_AUTOSTART=0
  export TESTS=$HOST_DIR/tree/tests TOOLS=$HOST_DIR/tree/tools
  export VXE=${VXE_INSTALLED:-$HOST_DIR/tree/asan/vxe} VXE_PLAIN=${VXE_INSTALLED:-$HOST_DIR/tree/debug/vxe}
  export VXE_SYSTEMCTL=false # no word of the machine's systemd about its timers
  export VXE_JOURNAL=$HOST_DIR/journal VXE_SYSLOG=$HOST_DIR/syslog VXE_JOURNALCTL=false # nor a line in its journal
  unset SUDO_USER
  unset XE_EXTRA_ARGS XE_SERVER VXE_CONNECT VXE_STORE VXE_LOG VXE_FAILPOINT VXE_FAILPOINT_LOG
  mkdir -p "$HOME"
  printf '%s\n' 'auth_unix_rw="none"' 'auth_unix_ro="none"' 'unix_sock_rw_perms="0700"' \
    "host_uuid=\"$(cat /proc/sys/kernel/random/uuid)\"" \
    "log_outputs=\"2:file:$HOST_DIR/libvirtd.log\"" >"$HOST_DIR/libvirtd.conf"
}

# Kills all processes that CMD has left in its process group.
stop_command() {
  kill -TERM -- -"$1" 2>/dev/null || return 0
  process_gone "$1" 80
  kill -KILL -- -"$1" 2>/dev/null
}

inside() {
  local command='' status=1
  umask 022
  : >/dev/null || { # what follows writes to it everywhere, and would name something else
    echo "host: uid $(id -u) cannot write to /dev/null ($(stat -c '%F, mode %a, of %U' /dev/null))" >&2
    return 1
  }
  trap 'exit 130' INT TERM HUP
  trap 'trap "" INT TERM HUP; [ -z "$command" ] || stop_command "$command"; host_stop' EXIT
  "setup_$HOST_MODE" || return 1
  setup_common
  cd "$HOST_DIR" && host_daemon_start || return 1
  setsid env --default-signal=INT,QUIT "$@" </dev/null &
  command=$!
  wait "$command"
  status=$?
  return $status
}

# ---- stage 1: the caller -----------------------------------------------------------------------

system_works() {
  [ "$(id -u)" = 0 ] && unshare -m --propagation private mount --bind /tmp /tmp 2>/dev/null
}

network_works() {
  command -v ip >/dev/null && unshare -mn --propagation private mount -t sysfs sysfs /sys 2>/dev/null
}

modes() {
  system_works && echo system
  echo session
}

# Copies the part of the tree that the host needs: its user may not be able to read the tree.
copy_tree() {
  local to=$HOST_DIR/tree v b
  mkdir -p "$to/tools"
  cp -R "$ROOT/tests" "$ROOT/share" "$to/"
  cp -R "$ROOT/docs" "$ROOT/README.md" "$to/"
  # libvirt changes the owner of kernels, so they are copied.
  ! b=$(sh "$ROOT/tests/guest/linux/build.sh" --there 2>/dev/null) || cp -R "$b" "$to/linux"
  ! b=$(sh "$ROOT/tests/lib/pgbouncer.sh" --there 2>/dev/null) || cp "$b" "$to/"
  for v in asan debug; do
    b=$ROOT/build/$v
    [ $v = asan ] && b=${BUILD:-$b} || b=${BUILD_PLAIN:-$b}
    mkdir -p "$to/$v"
    cp "$b/vxe" "$b"/vxe-{libvirt,xml,xva,postgresql}.so "$to/$v/" 2>/dev/null
    # The program with the kind of content of the tests (tests/kind), with its modules beside it.
    mkdir -p "$to/$v/kept"
    ln -s ../vxe-{libvirt,xml,xva,postgresql}.so "$to/$v/kept/"
    ! [ -e "$b/tests/kind/vxe-kept" ] || cp "$b/tests/kind/vxe-kept" "$to/$v/kept/vxe"
    find "$b/tests/guest" "$b/tests/tools" "$b/tests/kind/image_keeper" -type f \( -name '*.bin' -o -perm -u+x \) \
      -exec cp -t "$to/tools" {} + 2>/dev/null
  done
}

# libvirtd probes every QEMU once; the result is kept between runs, per mode.
capabilities_of() {
  case $1 in
  system) echo "$HOST_DIR/root/var/cache/libvirt/qemu/capabilities" ;;
  session) echo "$HOST_DIR/cache/libvirt/qemu/cache/capabilities" ;;
  esac
}
cache_in() {
  local to
  to=$(capabilities_of "$HOST_MODE")
  mkdir -p "$(dirname "$to")"
  [ ! -d "$CACHE" ] || cp -R -p "$CACHE" "$to"
}
# Other hosts may write the cache at the same time.
cache_out() {
  local fresh new=$CACHE.$$
  fresh=$(capabilities_of "$HOST_MODE")
  [ -d "$fresh" ] && [ -d "$ROOT/build" ] || return 0
  diff -qr "$fresh" "$CACHE" >/dev/null 2>&1 && return
  mkdir -p "$(dirname "$CACHE")" && cp -R -p "$fresh" "$new" && rm -rf "$CACHE" &&
    mv -T "$new" "$CACHE" 2>/dev/null
  rm -rf "$new"
  own "$ROOT/build/cache"
}

# Files that root makes in another user's tree get the owner of the tree.
own() {
  [ "$(id -u)" != 0 ] || chown -hR --reference="$ROOT/Makefile" "$1"
}

# user_kvm: an ordinary user has no mounts, unless in a user namespace of his own.
user_kvm() {
  local -a own=(unshare -Um --map-current-user --keep-caps bash "$HOST_DIR/tree/tests/lib/host.sh" user_without_kvm)
  "${enter[@]}" bash -c '[ -w /dev/kvm ] && [ -r /dev/kvm ] && ! : <>/dev/kvm' 2>/dev/null || return 0
  if "${enter[@]}" "${own[@]}" true 2>/dev/null; then
    enter+=("${own[@]}")
  else
    echo 'host: /dev/kvm does not open and cannot be hidden, so libvirt will be slow' >&2
  fi
}
user_without_kvm() {
  without_kvm && exec setpriv --inh-caps=-all --ambient-caps=-all --bounding-set=-all "$@"
}

run() {
  local mode=$1 stage2='' status
  local -a enter=()
  shift
  ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
  CACHE=$ROOT/build/cache/$mode
  # A short path, as a socket's path is limited to 107 bytes. A guest's QEMU must be able to traverse the folder.
  HOST_DIR=$(mktemp -d /tmp/vxe.XXXXXX) || return 1
  chmod 0711 "$HOST_DIR"
  export HOST_DIR HOST_MODE=$mode
  [ -z "${VXE_HOSTS-}" ] || echo "$HOST_DIR" >>"$VXE_HOSTS"
  trap 'stop_host "$stage2"; exit 130' INT TERM HUP
  cache_in
  copy_tree
  mkdir -m 1777 "$HOST_DIR/san"
  if [ "$mode" = system ]; then
    enter=(unshare -m --propagation private)
    ! network_works || enter+=(-n)
    HOST_NET=$(readlink /proc/self/ns/net)
    export HOST_NET
  elif [ "$(id -u)" = 0 ]; then
    chown -R nobody:nogroup "$HOST_DIR"
    enter=(setpriv --reuid=nobody --regid=nogroup --clear-groups --no-new-privs --inh-caps=-all)
  fi
  [ "$mode" = system ] || user_kvm
  env --default-signal=INT,QUIT "${enter[@]}" bash "$HOST_DIR/tree/tests/lib/host.sh" inside "$@" &
  stage2=$!
  wait "$stage2"
  status=$?
  cache_out
  keep_logs "$status"
  nothing_left || status=1
  remove_host
  return $status
}

stop_host() {
  trap '' INT TERM HUP
  [ -z "$1" ] || { kill -TERM "$1" 2>/dev/null; wait "$1"; }
  nothing_left 2>/dev/null
  remove_host
}

remove_host() {
  if [ -n "${KEEP-}" ]; then
    echo "host: kept $HOST_DIR" >&2
  else
    rm -rf "$HOST_DIR"
  fi
}

# Keeps the daemon's log of a failed run.
keep_logs() {
  local to=$ROOT/build/log/${HOST_DIR##*/}
  [ "$1" != 0 ] && [ -d "$ROOT/build" ] || return 0
  mkdir -p "$to"
  cp "$HOST_DIR"/libvirtd.{log,out} "$to" 2>/dev/null
  own "$ROOT/build/log"
}

# Finds processes of this host: the name of its folder is in their arguments or environment.
nothing_left() {
  local p left=0
  for p in /proc/[0-9]*; do
    [ "$p" = "/proc/$$" ] && continue
    grep -qs "$HOST_DIR" "$p/cmdline" "$p/environ" || continue
    echo "host: left behind: $(tr '\0' ' ' 2>/dev/null <"$p/cmdline")" >&2
    kill -KILL "${p#/proc/}" 2>/dev/null
    left=1
  done
  return $left
}

[ "${BASH_SOURCE[0]}" = "$0" ] || return 0
case ${1-} in
modes) modes ;;
run) shift && run "$@" ;;
inside) shift && inside "$@" ;;
user_without_kvm) shift && user_without_kvm "$@" ;;
bridged) shift && bridged "$@" ;;
*) sed -n '3,22s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac

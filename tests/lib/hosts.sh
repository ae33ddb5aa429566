#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR
#
# Two or three hosts on this machine, for end-to-end tests. Sourced after e2e.sh, inside the suite's private host. Each is
# a mount, UTS, PID, IPC and network namespace with a libvirtd of its own, the name h1, h2 ... (which all can resolve) and
# the address 10.9.0.1 ... on a bridge in a namespace of its own.
#
#   requires hosts_work WHY   skips the test where such namespaces cannot be had
#   hosts_start N             hosts 1 to N are up
#   hosts_stop                they are gone, with all they had; also at the end of the script
#   on I CMD...               runs CMD on host I: a program, a function of guest.sh, disks.sh or host.sh, vxe, plain
#   host_kill I, host_boot I  its power fails: all its processes and locks go at once; it boots, its files are there
#   host_cut I, host_join I   it is cut off from the others; it can reach them again
#   libvirtd_kill I, libvirtd_start I   guests go on
#   host_words I              prints the words before a command that any host runs to have it run on host I: over the
#                             network, because the kernel lets nobody enter the PID namespace of a neighbour
#   host_processes I [PID...]   prints the processes of host I; those that are left of the PIDs, when it has been killed
#
# On each host HOST_DIR, the folders of libvirt and vxe, /run, /tmp and /mnt/own (the working directory of CMD) are its
# own; a boot empties /run. /mnt/sr is shared. GUEST_EMULATOR=$NO_LOCKS before guest_define: QEMU takes no locks on images.
# Each boot has a boot ID, each host a machine ID. There are no control groups. The user's home is HOST_DIR/home for programs
# that ask the list of users, too. An ordinary user has a /run/user/UID, and /etc/libvirt is files/etc-libvirt of HOSTS_DIR/hI, into
# which the script writes what root of that host would. HOST_ROOTS[I]=FOLDER before hosts_start: the programs and libraries of
# host I are those of the system in FOLDER, with the tests and vxe in FOLDER/tree (copy_tree).

HOSTS_DIR=${TEST_DIR-}/hosts
# shellcheck disable=SC2034 # for tests
NO_LOCKS=$HOST_DIR/qemu-no-locks # a file on each host
declare -A HOLDERS=() # of a host: the process with which it ends
HOST_ROOTS=()         # of a host that has another system than this machine: its folder
HUB=''                # the process that holds the bridge

# An ordinary user is root of a namespace with the bridge, and in one below it for each host who he was before.
if [ "$HOST_MODE" = system ]; then
  NEW_HUB=() NEW_HOST=() INTO=() ORDINARY=()
else
  ORDINARY=(setpriv --inh-caps=-all --ambient-caps=-all --bounding-set=-all)
  NEW_HUB=(-U -r) NEW_HOST=(-U --map-user="$(id -u)" --map-group="$(id -g)" --keep-caps) INTO=(-U --preserve-credentials)
fi
NEW_HOST+=(-m -u -i -n -p --fork --kill-child=KILL --propagation private)

# ---- the script ------------------------------------------------------------------------------------

hosts_work() {
  unshare "${NEW_HUB[@]}" -n unshare "${NEW_HOST[@]}" sh -c 'mount -t proc proc /proc && mount -t sysfs sysfs /sys &&
    hostname h1 && mount -t tmpfs tmpfs /mnt && ip link add br0 type bridge && ip link add v1 type veth peer name v2'
}

# The end of the script ends the hub and the holders, and these their hosts, also when the script is killed.
hosts_start() {
  local i
  local -a starts=()
  mkdir -p "$HOSTS_DIR/shared" && chmod 0755 "$HOSTS_DIR" "$HOSTS_DIR/shared" || return
  echo '127.0.0.1 localhost' >"$HOSTS_DIR/names"
  setpriv --pdeathsig KILL unshare "${NEW_HUB[@]}" -n bash "$TESTS/lib/hosts.sh" hub "$HOSTS_DIR" \
    </dev/null >"$HOSTS_DIR/hub.log" 2>&1 &
  HUB=$!
  for ((i = 1; i <= $1; i++)); do
    echo "10.9.0.$i h$i" >>"$HOSTS_DIR/names"
    host_make "$i" || return
  done
  wait_until 10 test -e "$HOSTS_DIR/bridge" || { cat "$HOSTS_DIR/hub.log" && return 1; }
  for ((i = 1; i <= $1; i++)); do host_hold "$i"; done
  for ((i = 1; i <= $1; i++)); do
    host_ready "$i" &
    starts+=($!)
  done
  for i in "${starts[@]}"; do wait "$i" || return; done
}

# host_make I: its files. It asks no QEMU what it can, if the host of the suite has done so.
host_make() {
  local at=$HOSTS_DIR/h$1 known uuid
  known=$(capabilities_of "$HOST_MODE") uuid=$(cat /proc/sys/kernel/random/uuid)
  [ -d "$known" ] || virsh domcapabilities >/dev/null # it knows QEMU now
  mkdir -p "$at"/{own,tmp,files/home,files/s} "$at/files${known#"$HOST_DIR"}" && chmod 0711 "$at" "$at/files" && chmod 1777 "$at"/{tmp,files/s} &&
    { [ -n "${HOST_ROOTS[$1]-}" ] || cp -a "$known/." "$at/files${known#"$HOST_DIR"}/"; } && tr -d - <<<"$uuid" >"$at/machine-id" || return
  # It listens to the others, too.
  sed "s/^host_uuid=.*/host_uuid=\"$uuid\"/" "$HOST_DIR/libvirtd.conf" >"$at/files/libvirtd.conf" &&
    printf '%s\n' 'listen_tls=0' 'listen_tcp=1' 'auth_tcp="none"' "listen_addr=\"10.9.0.$1\"" >>"$at/files/libvirtd.conf"
  awk -F: -v OFS=: -v user="$(id -u)" -v home="$HOST_DIR/home" '$3 == user { $6 = home; $7 = "/bin/bash" } { print }' /etc/passwd >"$at/passwd"
  printf '#!/bin/sh\nLD_PRELOAD=%s exec /usr/bin/qemu-system-x86_64 "$@"\n' "$TOOLS/no_locks.so" >"$at/files/qemu-no-locks"
  chmod 0755 "$at/files/qemu-no-locks"
}

host_hold() {
  local at=$HOSTS_DIR/h$1
  rm -rf "$at"/{run,pid} "$at"/files/{run,root/run,ready,kvm,libvirtd.pid}
  cat /proc/sys/kernel/random/uuid >"$at/boot-id"
  setpriv --pdeathsig KILL nsenter -t "$HUB" "${INTO[@]}" -n unshare "${NEW_HOST[@]}" \
    bash "$TESTS/lib/hosts.sh" boot "$HOSTS_DIR" "$1" ${HOST_ROOTS[$1]+"${HOST_ROOTS[$1]}"} </dev/null >"$at/boot.log" 2>&1 &
  HOLDERS[$1]=$!
}

# host_ready I: plugs its cable in, and waits until it answers. Its card keeps its address, which the others remember.
host_ready() {
  local at=$HOSTS_DIR/h$1
  { wait_until 10 test -s "$at/pid" && stat -Lc %i "/proc/$(<"$at/pid")/ns/pid" >"$at/pidns" &&
    in_hub ip link add "v$1" type veth peer name eth0 address "02:00:0a:09:00:0$1" netns "$(<"$at/pid")" &&
    in_hub ip link set "v$1" up master br0 &&
    wait_until 10 test -e "$at/files/ready" && on "$1" host_services "$1"; } || { cat "$at/boot.log" && return 1; }
}

in_hub() { nsenter -t "$HUB" "${INTO[@]}" -n "$@"; }

on() {
  local i=$1
  shift
  nsenter -t "$(<"$HOSTS_DIR/h$i/pid")" "${INTO[@]}" -m -u -i -n -p bash "$TESTS/lib/hosts.sh" on "$@"
}

# The cable first, as no word leaves a host without power. When the holder has ended, so have all processes of the host: the
# kernel ends them with the first one of a PID namespace.
host_kill() {
  local pid holder=${HOLDERS[$1]}
  in_hub ip link delete "v$1" 2>/dev/null
  pid=$(cat "$HOSTS_DIR/h$1/pid" 2>/dev/null)
  if grep -qs "^PPid:[[:space:]]*$holder\$" "/proc/$pid/status"; then kill -KILL "$pid"; else kill -KILL "$holder"; fi
  wait "$holder" 2>/dev/null
  unset "HOLDERS[$1]"
  rm -f "$HOSTS_DIR/h$1/pid"
}
host_boot() { host_hold "$1" && host_ready "$1"; }
host_cut() { in_hub ip link set "v$1" down; }
host_join() { in_hub ip link set "v$1" up; }
libvirtd_kill() { on "$1" host_daemon_stop KILL; }
libvirtd_start() { on "$1" host_daemon_start; }
host_words() { echo "$TOOLS/remote 10.9.0.$1"; }

host_processes() { processes_in "$HOSTS_DIR/h$1/pidns" "${@:2}"; }

# processes_in FILE [PID...]: prints those in the PID namespace that a file "pidns" of HOSTS_DIR/h* names, of these alone: another
# suite may get the number of a namespace that has gone. A zombie has ended.
processes_in() {
  local p
  for p in $(find /proc -maxdepth 3 -path '/proc/[0-9]*/ns/pid' -lname "pid:?$(<"$1")?" 2>/dev/null | cut -d/ -f3); do
    [ $# = 1 ] || [[ " ${*:2} " == *" $p "* ]] || continue
    ! grep -qs '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$p/status" || echo "$p"
  done
}

# Called by finish() of e2e.sh, too.
hosts_stop() {
  local i
  for i in "${!HOLDERS[@]}"; do host_kill "$i"; done
  [ -z "$HUB" ] || { kill -KILL "$HUB" && wait "$HUB"; } 2>/dev/null
  HUB=''
  chmod -R u+w "$HOSTS_DIR" 2>/dev/null
  rm -rf "$HOSTS_DIR"
}

# ---- the hub, and the first process of a host --------------------------------------------------------

hub() {
  ip link set lo up && ip link add br0 type bridge && ip address add 10.9.0.254/24 dev br0 && ip link set br0 up &&
    : >"$1/bridge" && exec sleep infinity
}

# over FILE PATH: FILE in place of PATH, if there is such a file.
over() { [ ! -e "$2" ] || mount --bind "$1" "$2"; }

# The system in the folder is that of the host, with the tests and vxe of its own.
enter_root() {
  mount --bind "$1" "$1" && mount -t tmpfs tmpfs "$1/tmp" && mkdir -p "$1$HOST_DIR" "$1/.old" &&
    mount --rbind "$HOST_DIR" "$1$HOST_DIR" && mount --bind "$1/tree" "$1$HOST_DIR/tree" && mount --rbind /dev "$1/dev" &&
    cd "$1" && pivot_root . .old && cd / && mount -t proc proc /proc && umount -l /.old && rmdir /.old
}

# boot DIR I [ROOT]
boot() {
  local at=$1/h$2 pid x
  read -r pid _ </proc/self/stat # before the new /proc: as the script sees it
  [ -z "${3-}" ] || enter_root "$3" || return
  # Of two hosts' guests with one name, the control groups would be the same. (An ordinary user has none.)
  while umount -l /sys; do :; done 2>/dev/null
  umount -l "$HOST_DIR/cgroup" 2>/dev/null
  hostname "h$2" && mount -t proc proc /proc && mount -t sysfs sysfs /sys && mount -t tmpfs -o mode=755 tmpfs /mnt &&
    mkdir -p /mnt/sr /mnt/own "$at"/run/{libvirt,vxe,dbus} && mount --bind "$1/shared" /mnt/sr && mount --bind "$at/own" /mnt/own &&
    over "$1/names" /etc/hosts && over "$at/machine-id" /etc/machine-id && over "$at/boot-id" /proc/sys/kernel/random/boot_id && over "$at/passwd" /etc/passwd &&
    mount --bind "$at/run" /run && echo "$pid" >"$at/pid" || return
  # Its own folder has the name of that of the suite's host, whose tests and programs it sees.
  for x in tree san orig; do
    [ ! -d "$HOST_DIR/$x" ] || { mkdir -p "$at/files/$x" && mount --rbind "$HOST_DIR/$x" "$at/files/$x"; } || return
  done
  x=$at/tmp/${HOST_DIR#/tmp/}
  mkdir -p "$x" && mount --rbind "$at/files" "$x" && mount --rbind "$at/tmp" /tmp || return
  HOST_NET=$(readlink /proc/self/ns/net) # it has its network already
  "setup_$HOST_MODE" && ip link set lo up && machine_bridges || return
  [ "$HOST_MODE" = system ] || { mkdir -p "/run/user/$(id -u)" "$HOST_DIR/etc-libvirt" &&
    mount --bind "$XDG_RUNTIME_DIR" "/run/user/$(id -u)" && over "$HOST_DIR/etc-libvirt" /etc/libvirt; } || return
  until [ -e /sys/class/net/eth0 ]; do sleep 0.02; done # the script plugs it in, or ends this process
  ip address add "10.9.0.$2/24" dev eth0 && ip link set eth0 up && ip route add default via 10.9.0.254 || return
  : >"$HOST_DIR/ready"
  cd / && exec "${ORDINARY[@]}" tini -- sleep infinity
}

# On a host: what runs from its boot on.
host_services() {
  setsid "$TOOLS/remote" serve "10.9.0.$1" </dev/null >>"$HOST_DIR/remote.log" 2>&1 &
  disown $!
  host_daemon_start
}

[ "${BASH_SOURCE[0]}" = "$0" ] || return 0
# shellcheck source=host.sh
. "$TESTS/lib/host.sh"
case $1 in
hub) hub "$2" ;;
boot) boot "${@:2}" ;;
on)
  . "$TESTS/lib/guest.sh"
  . "$TESTS/lib/disks.sh"
  vxe() { "$VXE" "$@"; }
  plain() { "$VXE_PLAIN" "$@"; }
  export HOST_LISTENS=1
  unset VXE_STORE
  cd /mnt/own || exit 1
  "${@:2}"
  ;;
esac

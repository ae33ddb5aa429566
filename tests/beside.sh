#!/bin/bash
# SPDX-License-Identifier: MIT
#
# tests/beside.sh [--user] [WORD...]
#
# Runs tests/run with these WORDs (options, names of tests) on a machine that is in use. It has the
# bridges docker0 and virbr0, a system libvirtd at qemu:///system with its default network and a pool,
# two guests that run, one that does not, with a snapshot of virsh's, and a store of vxe's. It fails
# when the tests do; when a domain, network, pool, process, mount, link, rule or file is another one
# afterwards; when somebody has connected to that libvirtd; when its guests do not count any more.
# As root, or with --user as an ordinary user; root has to start it. The machine is pretended: in
# namespaces, below one scratch folder, with a copy of the tree, which is built. KEEP=1 leaves that.
set -u

BESIDE_USER=tester BESIDE_UID=64101
GUESTS_UP=(web db)

die() {
  echo "beside: $*" >&2
  exit 1
}

# ---- outside: the scratch folder and the namespaces ----------------------------------------------

outside() {
  local home=root status
  [ "$(id -u)" = 0 ] || die 'it takes root, also for --user'
  cd "$(dirname "$0")/.." || exit 1
  [ -x build/asan/vxe ] && [ -x build/debug/vxe ] || die 'the tree is not built'
  S=$(mktemp -d /tmp/vxe-beside.XXXXXX) || exit 1
  trap 'trap "" INT TERM HUP; [ -z "${INNER-}" ] || end_inside; exit 130' INT TERM HUP
  trap 'remove_scratch' EXIT
  chmod 0755 "$S"
  mkdir -m 1777 "$S/tmp" "$S/shm" && mkdir "$S/home" && mkdir -m 0700 "$S/root" || exit 1
  [ -z "$AS_USER" ] || home=home/$BESIDE_USER
  copy_to "$S/$home" || die 'the tree cannot be copied'
  export S AS_USER
  unshare -mpin --propagation private --fork --kill-child --mount-proc \
    env --default-signal=INT,QUIT bash "$S/$home/vxe/tests/beside.sh" --machine "/$home" "$@" </dev/null &
  INNER=$!
  wait "$INNER"
  status=$?
  INNER=
  return $status
}

# unshare itself does not react to signals.
end_inside() {
  # shellcheck disable=SC2046 # a list of pids
  kill -TERM $(cat "/proc/$INNER/task/$INNER/children") 2>/dev/null
  wait "$INNER"
}

remove_scratch() {
  if [ -n "${KEEP-}" ]; then echo "beside: kept $S" >&2; else rm -rf "$S"; fi
}

# Copies the tree, with everything built and the Linux guest, to a home; the user owns all of it.
copy_to() {
  local guest
  mkdir -p "$1/vxe" && cp -a . "$1/vxe/" || return
  rm -rf "$1/vxe/build/log" "$1/vxe/build/results"
  if [ -z "$AS_USER" ]; then
    chown -hR 0:0 "$1"
  else
    if guest=$(sh tests/guest/linux/build.sh --there 2>/dev/null); then
      mkdir -p "$1/.cache/vxe-tests" && cp -a "$guest" "$1/.cache/vxe-tests/" || return
    fi
    chown -hR "$BESIDE_UID:$BESIDE_UID" "$1"
  fi
}

# ---- the machine: the first process of its namespace -----------------------------------------------

machine() {
  local host=''
  trap 'trap "" INT TERM HUP; [ -z "$host" ] || { kill -TERM "$host"; wait "$host"; }; exit 130' \
    INT TERM HUP
  export HOME=$1
  shift
  own_users && own_folders && cd "$HOME/vxe" || die 'no folders of its own'
  # No process here may have the scratch folder's name in its environment.
  unset S
  # shellcheck disable=SC2016 # expanded inside the host
  bash tests/lib/host.sh run system bash -c 'exec bash "$0" --inside "$@"' "$HOME/vxe/tests/beside.sh" \
    "$HOME" "$@" &
  host=$!
  wait "$host"
}

own_users() {
  local x
  for x in passwd group; do cp "/etc/$x" "$S/$x" && mount --bind "$S/$x" "/etc/$x" || return; done
  echo "$BESIDE_USER:x:$BESIDE_UID:$BESIDE_UID::/home/$BESIDE_USER:/bin/bash" >>/etc/passwd
  echo "$BESIDE_USER:x:$BESIDE_UID:" >>/etc/group
}

own_folders() {
  mount -t tmpfs -o mode=0755 tmpfs /run && mkdir -p /run/libvirt /run/vxe /run/dbus &&
    mkdir -m 1777 /run/lock &&
    install -d -m 0700 -o $BESIDE_UID -g $BESIDE_UID /run/user/$BESIDE_UID &&
    mount --bind "$S/shm" /dev/shm && mount --bind "$S/home" /home &&
    mount --bind "$S/root" /root && mount --bind "$S/tmp" /tmp
}

# ---- inside: what the machine has, and the tests beside it --------------------------------------------

inside() {
  local status
  BESIDE_HOME=$1
  shift
  # shellcheck source-path=SCRIPTDIR
  . "$TESTS/lib/host.sh"
  # shellcheck source-path=SCRIPTDIR
  . "$TESTS/lib/guest.sh"
  TEST_DIR=$HOST_DIR/beside
  mkdir "$TEST_DIR" && : >"$TEST_DIR/after" || exit 1
  trap 'virsh -q net-destroy default >/dev/null 2>&1' EXIT # it has a process of its own
  trap 'exit 130' INT TERM HUP
  open_daemon && bridges && neighbours || die 'the machine does not come up'
  picture >"$TEST_DIR/before"
  run_tests "$@"
  status=$?
  picture >"$TEST_DIR/after"
  compare && [ $status = 0 ]
}

# The daemon accepts every user, and logs each connection.
open_daemon() {
  host_daemon_stop
  sed -i '/^log_/d; /^unix_sock_rw_perms/d' "$HOST_DIR/libvirtd.conf"
  printf '%s\n' 'unix_sock_rw_perms="0777"' 'log_filters="1:rpc.netserver"' \
    "log_outputs=\"1:file:$HOST_DIR/libvirtd.log\"" >>"$HOST_DIR/libvirtd.conf"
  host_daemon_start
}
connections() { grep -c 'RPC_SERVER_CLIENT_NEW' "$HOST_DIR/libvirtd.log"; }

# Says of each connection when it came, and what ran at that moment.
watch_connections() {
  local seen now
  seen=$(connections)
  while sleep 0.3; do
    now=$(connections)
    [ "$now" != "$seen" ] || continue
    seen=$now
    echo "beside: a connection at $(date +%T), beside these:"
    pgrep -af 'tests/(checks|e2e|crash)/|tests/unit/test_|virsh|/vxe( |$)' | cut -c 1-200
  done
}

# libvirt's default network as packages bring it; if that is not possible, a bridge like the one it makes.
bridges() {
  ip address add 172.17.0.1/16 dev docker0 && ip link set docker0 up || return
  ip link delete virbr0
  default_network >"$TEST_DIR/default.xml" || return
  mkdir -p /var/lib/libvirt/dnsmasq # a package brings it
  virsh -q net-define "$TEST_DIR/default.xml" && virsh -q net-autostart default &&
    virsh -q net-start default && return
  echo 'beside: the default network does not start; virbr0 is a plain bridge' >&2
  ip link add virbr0 type bridge && ip address add 192.168.122.1/24 dev virbr0 && ip link set virbr0 up
}
default_network() {
  echo "<network><name>default</name><forward mode='nat'/><bridge name='virbr0' stp='on' delay='0'/>"
  if command -v dnsmasq >/dev/null; then
    echo "<ip address='192.168.122.1' netmask='255.255.255.0'>
<dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp></ip>"
  else
    echo "<dns enable='no'/><ip address='192.168.122.1' netmask='255.255.255.0'/>"
  fi
  echo '</network>'
}

# A pool, two running guests, one of them on the network, and one that is off; all of them in vxe's store.
neighbours() {
  local images=/var/lib/libvirt/images x card=''
  mkdir -p "$images" && chmod 0711 "$images"
  virsh -q pool-define-as default dir --target "$images" && virsh -q pool-start default || return
  ! virsh -q net-info default >/dev/null 2>&1 ||
    card="<interface type='network'><source network='default'/><model type='virtio'/></interface>"
  cd "$images" || return
  GUEST_EXTRA=$card guest_make web 2 && guest_make db 1 && guest_make old 1 || return
  chown libvirt-qemu "$images"/*.qcow2
  virsh -q snapshot-create-as old before >/dev/null || return
  for x in "${GUESTS_UP[@]}"; do
    guest_start "$x" || return
    nice_all "$(guest_pid "$x")" # it only has to count on
  done
  cd / && vxe vm-list --minimal >/dev/null
}

nice_all() {
  local task
  for task in "/proc/$1/task/"*; do renice -n 19 -p "${task##*/}" >/dev/null; done
}

# vxe as any user would call it, with no variable that points to libvirt.
vxe() { env -i PATH="$PATH" HOME=/root "$VXE_PLAIN" "$@"; }

# as_who CMD...: runs CMD as the user of the tests, with the environment of a fresh login.
as_who() {
  local -a who=(HOME="$BESIDE_HOME" LOGNAME=root USER=root) enter=()
  if [ -n "$AS_USER" ]; then
    enter=(setpriv --reuid=$BESIDE_UID --regid=$BESIDE_UID --init-groups)
    who=(HOME="$BESIDE_HOME" LOGNAME=$BESIDE_USER USER=$BESIDE_USER
      XDG_RUNTIME_DIR=/run/user/$BESIDE_UID)
  fi
  "${enter[@]}" env -i PATH="$PATH" TERM="${TERM-dumb}" "${who[@]}" ALONE=1 ${RING:+RING=$RING} \
    ${SEED:+SEED=$SEED} ${TEST_TIMEOUT:+TEST_TIMEOUT=$TEST_TIMEOUT} "$@"
}

# Runs the tests of the copy. Only they may connect meanwhile, so the pictures only read files.
run_tests() {
  local x came watch
  came=$(connections)
  watch_connections &
  watch=$!
  (cd "$BESIDE_HOME/vxe" && as_who bash tests/run "$@")
  x=$?
  kill $watch
  came=$(($(connections) - came))
  [ $came = 0 ] || { echo "beside: $came connections to the machine's libvirtd" && x=1; }
  for came in "${GUESTS_UP[@]}"; do
    guest_counts "$came" 60 || { echo "beside: the guest $came has stopped" && x=1; }
  done
  return $x
}

compare() {
  diff -U0 "$TEST_DIR/before" "$TEST_DIR/after" >"$TEST_DIR/diff" &&
    echo "beside: nothing left, nothing changed ($(wc -l <"$TEST_DIR/before") lines)" && return
  echo 'beside: the machine is another one than before:'
  grep '^[-+][^-+]' "$TEST_DIR/diff" | head -n 100
  return 1
}

# ---- what the machine is -------------------------------------------------------------------------------

picture() {
  picture_vxe
  picture_libvirt
  picture_network
  picture_processes
  awk '{ $1 = $2 = $3 = ""; print "mount", $0 }' /proc/self/mountinfo | sort
  picture_files | sort
}

# Without files that change by themselves (the disks of running guests, vxe's database), and without what is built:
# the tests write their results there, and one of them builds the release that it installs.
picture_files() {
  local live
  live=".*/(images/(web|db)-.*|var/lib/vxe/.*)"
  find /tmp /run /dev/shm /root /home /etc/libvirt /var/lib/libvirt /var/lib/vxe /var/log/libvirt \
    /var/cache/libvirt -regextype posix-extended \
    -path "$BESIDE_HOME/vxe/build" -prune -o -path "$HOST_DIR" -prune -o \
    ! -type f -printf 'file %y %M %u:%g %p %l\n' -o \
    -regex "$live" -printf 'file live %M %u:%g %p\n' -o -printf 'file %s %T@ %M %u:%g %p\n'
}

picture_network() {
  ip -brief address | awk '{ $2 = ""; print "link", $0 }' # but for the state: virbr0 listens at first
  ip route | sed 's/^/route /; s/ linkdown//'
  iptables-save 2>/dev/null | sed '/^#/d; s/\[[0-9:]*\]//; s/^/rule /'
}

# Without the sizes of pools, which are those of the file system.
picture_libvirt() {
  local x
  virsh list --all | sed 's/^/domain /'
  for x in $(virsh -q list --all --name); do
    virsh dumpxml "$x"
    virsh dumpxml --inactive "$x"
    virsh snapshot-list "$x" | sed 's/^/snapshot /'
  done
  virsh net-list --all | sed 's/^/network /'
  for x in $(virsh -q net-list --all --name); do virsh net-dumpxml "$x"; done
  virsh pool-list --all --details --type dir | awk '{ print "pool", $1, $2, $3, $4 }'
  virsh nwfilter-list | sed 's/^/filter /'
  virsh secret-list | sed 's/^/secret /'
}

picture_vxe() {
  vxe vm-list params=uuid,name-label,power-state,snapshots
  vxe vdi-list params=uuid,name-label,sr-uuid
  vxe message-list
  vxe check
}

# Starts no other process than its own shell.
picture_processes() {
  local p
  local -a words
  for p in /proc/[0-9]*; do
    [ "${p#/proc/}" != "$BASHPID" ] && mapfile -d '' -t words 2>/dev/null <"$p/cmdline" &&
      echo "process ${p#/proc/} ${words[*]}"
  done
}

case ${1-} in
--machine) shift && machine "$@" ;;
--inside) shift && inside "$@" ;;
--user) AS_USER=1 && shift && outside "$@" ;;
--help) sed -n '4,12s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
*) AS_USER='' && outside "$@" ;;
esac

# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A fresh Debian in a folder, for on.sh and deb.sh.

# fresh_make SUITE ROOT [OPTION...]: makes one of SUITE (bookworm, trixie, testing) in ROOT, with the folder ROOT.apt
# beside it. The packages come from where this machine's come from. OPTION: one of mmdebstrap's.
fresh_make() {
  local suite=$1 root=$2 own file sources
  local -a options=()
  shift 2
  mkdir "$root.apt"
  sources=$root.apt/$suite.sources
  # This machine's own source of its suite, in either form, with the name of the other suite.
  own=$(. /etc/os-release && echo "$VERSION_CODENAME")
  for file in /etc/apt/sources.list.d/*.sources; do
    [ ! -f "$file" ] || awk -v RS= -v own="$own" -v suite="$suite" '
      !done && match($0, "(^|\n)Suites: *([^\n]* )?" own "( |\n)") {
        sub(/(^|\n)Suites:[^\n]*/, "\nSuites: " suite); print; done = 1 }' "$file"
  done >"$sources"
  [ -s "$sources" ] || {
    sources=$root.apt/$suite.list
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
      [ ! -f "$file" ] || sed -n "s/^\(deb .*\) $own main.*/\1 $suite main/p" "$file"
    done >"$sources"
  }
  [ -s "$sources" ] || { echo "apt has no source of $own" >&2 && return 1; }
  # How this machine reaches them, also from inside.
  for file in $(grep -ls '^ *Acquire' /etc/apt/apt.conf /etc/apt/apt.conf.d/*); do options+=("--aptopt=$file"); done
  chmod 0755 "${root%/*}"
  # mount: fresh_run needs its umount. Every installed Debian has it, but a root with apt alone has not since trixie.
  mmdebstrap --quiet --skip=cleanup/apt/lists --include=mount "${options[@]}" "$@" "$suite" "$root" "$sources"
  cp /etc/resolv.conf "$root/etc/"
}

# fresh_run ROOT [OPTION...] -- CMD...: runs CMD in it, with OPTION of unshare; its processes end with CMD. It has devices
# of its own, and is the root of its namespace: a libvirtd with rights to mount enters that namespace when it makes or
# removes the devices of a guest, and leaves a mere chroot thereby.
fresh_run() {
  local root=$1
  local -a options=()
  shift
  while [ "$1" != -- ]; do options+=("$1") && shift; done
  shift
  # shellcheck disable=SC2016 # expanded inside
  unshare -mpf "${options[@]}" --propagation private bash -c '
    set -e
    root=$1 && shift
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"
    for name in null zero full random urandom tty net/tun; do
      [ -e "/dev/$name" ] || continue
      mkdir -p "$(dirname "$root/dev/$name")"
      : >"$root/dev/$name" && mount --bind "/dev/$name" "$root/dev/$name"
    done
    mkdir "$root/dev/pts" "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
    ln -s pts/ptmx "$root/dev/ptmx" && ln -s /proc/self/fd "$root/dev/fd"
    ln -s fd/0 "$root/dev/stdin" && ln -s fd/1 "$root/dev/stdout" && ln -s fd/2 "$root/dev/stderr"
    mount -t sysfs sysfs "$root/sys" 2>/dev/null || mount --rbind /sys "$root/sys"
    [ ! -d "$root/sys/fs/cgroup" ] || mountpoint -q "$root/sys/fs/cgroup" || mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
    mount -t tmpfs -o mode=755 tmpfs "$root/run"
    mkdir -p "$root/.old" && cd "$root" && pivot_root . .old && cd / && umount -l /.old && rmdir /.old
    exec env -i HOME=/root LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"' fresh "$root" "$@"
}

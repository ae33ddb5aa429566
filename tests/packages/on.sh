#!/bin/bash
# SPDX-License-Identifier: MIT
#
# on.sh SUITE [TARGET...]: in a fresh Debian SUITE (bookworm, trixie, testing) the last commit is cloned, and there
# "make TARGET" for each (demo, check), as root without the rights to mount and to make devices. The packages come from
# where this machine's come from. Nothing is kept, and the exit status is that of the first make that fails.
set -eu
cd "$(dirname "$0")/../.."
suite=$1
shift
[ $# -gt 0 ] || set -- demo check
[ "$(id -u)" = 0 ] || { echo 'on.sh: only root can make a fresh Debian' >&2 && exit 1; }
work=$(mktemp -d /var/tmp/vxe-on.XXXXXX)
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT TERM HUP
root=$work/root

# This machine's own source of its suite, in either form, with the name of the other suite.
own=$(. /etc/os-release && echo "$VERSION_CODENAME")
shopt -s nullglob
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  [ ! -f "$file" ] || sed -n "s/^\(deb .*\) $own main.*/\1 $suite main/p" "$file"
done >"$work/$suite.list"
for file in /etc/apt/sources.list.d/*.sources; do
  awk -v RS= -v own="$own" -v suite="$suite" '
    !done && match($0, "(^|\n)Suites: *([^\n]* )?" own "( |\n)") {
      sub(/(^|\n)Suites:[^\n]*/, "\nSuites: " suite); print; done = 1 }' "$file"
done >"$work/$suite.sources"
[ -s "$work/$suite.sources" ] || mv "$work/$suite.list" "$work/$suite.sources"
[ -s "$work/$suite.sources" ] || { echo "on.sh: apt has no source of $own" >&2 && exit 1; }

# How this machine reaches them, also from inside.
options=()
for file in $(grep -ls '^ *Acquire' /etc/apt/apt.conf /etc/apt/apt.conf.d/*); do options+=("--aptopt=$file"); done
chmod 0755 "$work"
mmdebstrap --quiet --variant=apt --include=make,git,ca-certificates --skip=cleanup/apt/lists "${options[@]}" \
  "$suite" "$root" "$work/$suite.sources"
cp /etc/resolv.conf "$root/etc/"
git clone -q . "$root/root/vxe"
chmod 0711 "$root/root"

# The devices are this root's own, as a libvirtd inside may remove some: it takes /dev for its own.
# shellcheck disable=SC2016 # expanded inside
within() {
  unshare -mpf --propagation private bash -c '
    set -e
    root=$1 && shift
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"
    for name in null zero full random urandom tty; do
      : >"$root/dev/$name" && mount --bind "/dev/$name" "$root/dev/$name"
    done
    mkdir "$root/dev/pts" "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
    ln -s pts/ptmx "$root/dev/ptmx" && ln -s /proc/self/fd "$root/dev/fd"
    ln -s fd/0 "$root/dev/stdin" && ln -s fd/1 "$root/dev/stdout" && ln -s fd/2 "$root/dev/stderr"
    mount --rbind /sys "$root/sys"
    mount -t tmpfs -o mode=755 tmpfs "$root/run"
    exec chroot "$root" setpriv --bounding-set=-sys_admin,-mknod --inh-caps=-sys_admin,-mknod \
      env -i HOME=/root LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"' within "$root" "$@"
}

within sh -c '. /etc/os-release && echo "on.sh: $PRETTY_NAME"'
for target; do
  begun=$SECONDS
  within make -C /root/vxe "$target" </dev/null
  echo "on.sh: make $target on $suite: $((SECONDS - begun)) s"
done

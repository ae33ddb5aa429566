#!/bin/bash
# SPDX-License-Identifier: MIT
#
# deb.sh FOLDER: tries the Debian packages in FOLDER in a fresh Debian, as root: installation, debian/tests (the first ten
# minutes and the demo) by autopkgtest beside a system libvirtd, upgrade from the previous layout of the store, removal,
# purge. The machine's own libvirt is not touched.
set -eu
cd "$(dirname "$0")/../.."
debs=$(realpath "$1")
[ "$(id -u)" = 0 ] || { echo 'deb.sh: only root can make a fresh Debian' >&2 && exit 1; }
work=$(mktemp -d /var/tmp/vxe-deb.XXXXXX)
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT TERM HUP
root=$work/root

mmdebstrap --quiet --variant=minbase --aptopt='APT::Install-Recommends "false"' \
  --skip=cleanup/apt/lists \
  --include=libvirt-daemon-system,libvirt-clients,qemu-system-x86,nasm,procps,sqlite3,autopkgtest,dpkg-dev \
  "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$root"
mkdir "$root/try"
cp "$debs"/*.deb "$root/try/"
cp -R debian docs tests "$root/try/"

# within [--net] CMD...: in the fresh Debian, whose processes end with CMD; unless --net in a network of its own.
# shellcheck disable=SC2016 # expanded inside
within() {
  local net=-n
  [ "$1" != --net ] || { net='' && shift; }
  # shellcheck disable=SC2086 # nothing, or one word
  unshare -mpf $net --propagation private bash -c '
    set -e
    root=$1 && shift
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    [ ! -e /dev/kvm ] || mount --bind /dev/null "$root/dev/kvm"
    mount -t sysfs sysfs "$root/sys" 2>/dev/null || mount --rbind /sys "$root/sys"
    [ ! -d "$root/sys/fs/cgroup" ] || mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
    mount -t tmpfs tmpfs "$root/run"
    exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 chroot "$root" "$@"' within "$root" "$@"
}

# The libraries come from Debian; no package here may start anything.
within --net env DEBIAN_FRONTEND=noninteractive sh -c 'apt-get -qq -y install --no-install-recommends \
  /try/vxe_*.deb /try/vxe-xe-compat_*.deb >/try/log 2>&1 || { cat /try/log; exit 1; }
  echo processes $(ps -e -o comm= | grep -c "libvirtd\|qemu\|vxe\|virt") >>/try/log'
within bash /try/tests/packages/inside.sh

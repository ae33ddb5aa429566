#!/bin/bash
# SPDX-License-Identifier: MIT
#
# deb.sh [SUITE]: tries Debian packages in a fresh Debian, as root: installation, a new user's first hour (hours.sh),
# debian/tests (the first ten minutes and the demo) by autopkgtest beside a system libvirtd, upgrade from the previous layout
# of the store, removal, purge. They are those in build/deb; with SUITE (bookworm, trixie, testing) they are built of the
# last commit in a fresh Debian of that release, and tried in another one. The machine's own libvirt is not touched.
set -eu
cd "$(dirname "$0")/../.."
own=$(. /etc/os-release && echo "$VERSION_CODENAME")
suite=${1:-$own} debs=$PWD/build/deb
[ "$(id -u)" = 0 ] || { echo 'deb.sh: only root can make a fresh Debian' >&2 && exit 1; }
work=$(mktemp -d /var/tmp/vxe-deb.XXXXXX)
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT TERM HUP
root=$work/root

# shellcheck source-path=SCRIPTDIR/../..
. tests/packages/fresh.sh

if [ $# -gt 0 ]; then
  fresh_make "$suite" "$work/build" --variant=apt --include=make,git,ca-certificates
  git clone -q . "$work/build/root/vxe"
  fresh_run "$work/build" -- make -C /root/vxe deb </dev/null
  debs=$work/debs
  mkdir "$debs"
  cp "$work/build/root/vxe/build/deb/"*.deb "$debs"
  rm -rf --one-file-system "$work/build"
fi
fresh_make "$suite" "$root" --variant=minbase --aptopt='APT::Install-Recommends "false"' \
  --include=libvirt-daemon-system,libvirt-clients,qemu-system-x86,nasm,procps,sqlite3,autopkgtest,dpkg-dev,tini,iproute2,jq,ansible-core
mkdir "$root/try"
cp "$debs"/*.deb "$root/try/"
cp -R debian docs share tests Makefile README.md CHANGELOG.md "$root/try/"

# The libraries come from Debian; no package here may start anything.
# shellcheck disable=SC2016 # expanded inside
fresh_run "$root" -- env DEBIAN_FRONTEND=noninteractive sh -c 'apt-get -qq -y install --no-install-recommends \
  /try/vxe_*.deb /try/vxe-xe-compat_*.deb >/try/log 2>&1 || { cat /try/log; exit 1; }
  echo processes $(ps -e -o comm= | grep -c "libvirtd\|qemu\|vxe\|virt") >>/try/log'
status=0
fresh_run "$root" -n -- bash /try/tests/packages/hours.sh || status=1
fresh_run "$root" -n -- bash /try/tests/packages/inside.sh || status=1
exit $status

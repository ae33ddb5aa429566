#!/bin/bash
# SPDX-License-Identifier: MIT
#
# on.sh SUITE [TARGET...]: in a fresh Debian SUITE (bookworm, trixie, testing) the last commit is cloned, and there
# "make TARGET" for each (demo, check), as root without the rights to mount and to make devices. The packages come from
# where this machine's come from. Nothing is kept, and the exit status is that of the first make that fails.
set -eu
cd "$(dirname "$0")/../.."
. tests/packages/fresh.sh
suite=$1
shift
[ $# -gt 0 ] || set -- demo check
[ "$(id -u)" = 0 ] || { echo 'on.sh: only root can make a fresh Debian' >&2 && exit 1; }
work=$(mktemp -d /var/tmp/vxe-on.XXXXXX)
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT TERM HUP
root=$work/root

fresh_make "$suite" "$root" --variant=apt --include=make,git,ca-certificates
git clone -q . "$root/root/vxe"
chmod 0711 "$root/root"
within() {
  fresh_run "$root" -- setpriv --bounding-set=-sys_admin,-mknod --inh-caps=-sys_admin,-mknod "$@"
}

within sh -c '. /etc/os-release && echo "on.sh: $PRETTY_NAME"'
for target; do
  begun=$SECONDS
  within make -C /root/vxe "$target" </dev/null
  echo "on.sh: make $target on $suite: $((SECONDS - begun)) s"
done

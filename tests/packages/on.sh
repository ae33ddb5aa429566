#!/bin/bash
# SPDX-License-Identifier: MIT
#
# on.sh SUITE [TARGET...]: in a fresh Debian SUITE (bookworm, trixie, testing) the last commit is cloned, and there
# "make TARGET" for each (demo, check), as root without the rights to mount and to make devices. The packages come from
# where this machine's come from. At the end it prints the row of README.md's table of what was tried. Nothing is kept,
# and the exit status is that of the first make that fails.
set -eu -o pipefail
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

did=''
for target; do
  begun=$SECONDS
  within make -C /root/vxe "$target" </dev/null | tee "$work/said"
  result=$(sed -n 's/^\([0-9]*\) passed, 0 failed$/: \1 passed/p' "$work/said")
  result+=$(sed -n 's/^\([0-9]*\) skipped .*/, \1 skipped/p' "$work/said")
  did+="${did:+; }\`make $target\`$result, $(((SECONDS - begun + 59) / 60)) min"
done
# shellcheck disable=SC2016 # expanded inside
within bash -c '. /etc/os-release
  first() { "$@" | grep -o -m 1 "[0-9]*\.[0-9.]*[0-9]" | head -n 1; }
  echo "| $PRETTY_NAME | $(first libvirtd --version) | $(first qemu-system-x86_64 --version) | $(first gcc --version) | $1 |"' \
  row "$did"

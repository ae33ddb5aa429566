#!/bin/bash
# SPDX-License-Identifier: MIT
#
# pool_on.sh SUITE SUITE: a pool whose two hosts have different releases of Debian (bookworm, trixie, testing), with all that
# pool_pair.sh tries in it. A suite that is not this machine's is a fresh Debian in a folder, in which the last commit is
# built. ROOTS=FOLDER keeps these folders there, and uses those that are there. The exit status is that of pool_pair.sh.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
. tests/packages/fresh.sh
# shellcheck source-path=SCRIPTDIR/../..
. tests/lib/host.sh
[ $# = 2 ] || { echo 'pool_on.sh: two suites, as bookworm trixie' >&2 && exit 1; }
[ "$(id -u)" = 0 ] || { echo 'pool_on.sh: only root can make a fresh Debian' >&2 && exit 1; }
own=$(. /etc/os-release && echo "$VERSION_CODENAME")
work=${ROOTS-}
if [ -z "$work" ]; then
  work=$(mktemp -d /var/tmp/vxe-pool.XXXXXX)
  trap 'rm -rf --one-file-system "$work"' EXIT
  trap 'exit 130' INT TERM HUP
fi

# root_of SUITE: makes the folder of it, AT, where it is not there, and builds the last commit in it.
root_of() {
  AT=$work/$1
  if [ ! -e "$AT.made" ]; then
    fresh_make "$1" "$AT" --variant=apt --include=make,git,ca-certificates
    git clone -q . "$AT/root/vxe"
    fresh_run "$AT" -- make -C /root/vxe packages </dev/null
    [ -s "$AT/etc/machine-id" ] || tr -d - </proc/sys/kernel/random/uuid >"$AT/etc/machine-id"
    : >"$AT.made"
  fi
  git push -q -f "$AT/root/vxe" HEAD:refs/heads/tried && git -C "$AT/root/vxe" checkout -q -f --detach tried
  fresh_run "$AT" -- make -C /root/vxe -j"$(nproc)" VARIANT=debug program tools </dev/null
  # The tests of this tree, beside the programs of that one.
  rm -rf "$AT/tree"
  ROOT=$PWD HOST_DIR=$AT BUILD=$AT/root/vxe/build/debug BUILD_PLAIN=$AT/root/vxe/build/debug copy_tree
}

roots=()
for suite; do
  AT=''
  [ "$suite" = "$own" ] || root_of "$suite" >&2
  roots+=("$suite=$AT")
done
# shellcheck disable=SC2016 # expanded inside the host
BUILD=$PWD/build/debug bash tests/lib/host.sh run system bash -c 'exec bash "$TESTS/packages/pool_pair.sh" "$@"' pair "${roots[@]}"

# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# In some containers only root can write to /dev/null: then all fails that a test does as another user (databases, TPMs, guests).

is_for_all() { setpriv --reuid 65534 --regid 65534 --clear-groups sh -c ': >/dev/null' 2>/dev/null; }

# null_for_all ARG...: where only root can write to /dev/null, runs this script again with these arguments, in a mount namespace
# of its own with a /dev/null for all.
null_for_all() {
  local dir
  [ "$(id -u)" = 0 ] && ! is_for_all && [ -z "${NULL_MADE-}" ] || return 0
  dir=$(mktemp -d /tmp/vxe-null.XXXXXX) || return 0
  echo "note: another user cannot write to /dev/null ($(stat -c '%F, mode %a, of %U' /dev/null)): the tests have their own" >&2
  # shellcheck disable=SC2016 # expanded in the namespace
  NULL_MADE=1 unshare -m --propagation private bash -c '
    mount -t tmpfs -o mode=0755 vxe-null "$1" && mknod -m 0666 "$1/null" c 1 3 && mount --bind "$1/null" /dev/null &&
      umount -l "$1"
    rmdir "$1"
    shift
    exec "$@"' null "$dir" "$0" "$@"
  exit
}

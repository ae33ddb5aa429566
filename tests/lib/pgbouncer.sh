#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pgbouncer.sh: unpacks Debian's package of PgBouncer, once, and prints the path of the program, which is not installed, as the
# package would start a service. It is kept where the Linux guest is (tests/guest/linux/build.sh). With --there it only prints
# the path, and fails when it is not unpacked yet, or does not run.
set -eu
[ "$(id -u)" = 0 ] && CACHE=/var/cache/vxe-tests || CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/vxe-tests
CACHE=${VXE_TEST_CACHE:-$CACHE}
PROGRAM=$CACHE/pgbouncer/usr/sbin/pgbouncer
runs() { [ -x "$PROGRAM" ] && "$PROGRAM" --version >&2; }

if [ "${1-}" != --there ] && ! [ -x "$PROGRAM" ]; then
  WORK=$(mktemp -d)
  trap 'rm -rf "$WORK"' EXIT
  chmod 0755 "$WORK" # apt's user downloads into it
  (cd "$WORK" && { apt-get -q download pgbouncer || { apt-get -q update && apt-get -q download pgbouncer; }; } >&2)
  mkdir -p "$CACHE"
  dpkg-deb -x "$WORK"/*.deb "$WORK/pgbouncer"
  rm -rf "$CACHE/pgbouncer" && cp -R "$WORK/pgbouncer" "$CACHE/pgbouncer"
fi
runs
echo "$PROGRAM"

#!/bin/bash
# SPDX-License-Identifier: MIT
# The installed program is a separate build, with an optimizer that checks more than the test builds do: it compiles
# without a warning, its files are in their places, and it works under both names.
cd "$(dirname "$0")/../.." || exit 1
dir=$(mktemp -d /tmp/vxe-install.XXXXXX) || exit 1
trap 'rm -rf "$dir"' EXIT
set -e
mkdir "$dir/etc"
: >"$dir/etc/xensource-inventory" # one that is there is kept: no libvirt is asked here
make --no-print-directory install XE=1 DESTDIR="$dir" PREFIX=/usr CFLAGS= >/dev/null
for file in bin/xe lib/vxe/vxe-libvirt.so lib/vxe/vxe-xva.so share/man/man1/xe.1; do
  [ -s "$dir/usr/$file" ] || { echo "$file is missing" && exit 1; }
done
[ ! -s "$dir/etc/xensource-inventory" ]
[ "$(readlink "$dir/opt/xensource/bin/xe") $(cat "$dir/etc/xensource/pool.conf")" = '/usr/bin/xe master' ]
"$dir/usr/bin/vxe" -version >/dev/null
# The units name the installed program and have only settings that systemd knows.
units=$dir/usr/lib/systemd/system
grep -qx 'ExecStart=/usr/bin/vxe check' "$units/vxe-recover.service"
grep -qx 'ExecStart=/usr/bin/vxe vmss-run --due' "$units/vxe-schedules.service"
if command -v systemd-analyze >/dev/null; then
  for unit in vxe-recover.service vxe-schedules.service vxe-schedules.timer; do
    sed "s|=/usr/bin|=$dir/usr/bin|; /^Documentation/d" "$units/$unit" >"$dir/$unit"
  done
  for unit in vxe-recover.service vxe-schedules.service vxe-schedules.timer; do
    # --user: as the system's it leaves a file in /run/systemd.
    said=$(XDG_RUNTIME_DIR=$dir systemd-analyze --user verify "$dir/$unit" 2>&1 |
      grep -F "$dir/vxe-" || true)
    [ -z "$said" ] || { echo "$said" && exit 1; }
  done
  # The service that works without anybody looking has few rights: systemd's measure, ten times 5.0 when this was written.
  if systemd-analyze security --help 2>/dev/null | grep -q -e --offline; then
    said=$(systemd-analyze security --no-pager --offline=true --threshold=52 "$dir/vxe-schedules.service" 2>&1) ||
      { tail -n 1 <<<"$said" && exit 1; }
  fi
fi
"$dir/usr/bin/xe" help vm-start | grep -q 'command name *: vm-start'
! "$dir/usr/bin/vxe" help | grep -qi failpoint
# The module is loaded from where it was put, wherever that was moved to. A list takes no lock: the
# lock files of this machine are not the test's.
mv "$dir/usr" "$dir/moved"
VXE_STORE="$dir/store" VXE_CONNECT="qemu+unix:///system?socket=$dir/nowhere" \
  "$dir/moved/bin/vxe" vm-list >"$dir/said" 2>&1 && exit 1
grep -q 'libvirt cannot be reached' "$dir/said"
! grep 'shared object' "$dir/said"

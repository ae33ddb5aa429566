#!/bin/bash
# SPDX-License-Identifier: MIT
# rpm.sh FOLDER: installs the packages in FOLDER into an empty folder, runs the program there, and removes them. As root,
# and without their scripts: there is no shell in that folder.
set -eu
root=$(mktemp -d /tmp/vxe-rpm.XXXXXX)
trap 'rm -rf "$root"' EXIT
in_root() { rpm --root "$root" --noscripts --nodeps "$@"; }
mkdir -p "$root/var/lib/vxe" && echo records >"$root/var/lib/vxe/vxe.db"

in_root -i "$1"/*/*.rpm
"$root/usr/bin/xe" help vm-start | grep -q 'command name *: vm-start'
VXE_STORE="$root/store" VXE_CONNECT="qemu+unix:///system?socket=$root/nowhere" "$root/usr/bin/vxe" vm-list >"$root/said" 2>&1 && exit 1
grep -q 'libvirt cannot be reached' "$root/said"
if grep 'shared object' "$root/said"; then exit 1; fi
[ "$(cat "$root/etc/xensource/pool.conf")" = master ]
[ -d "$root/etc/vxe/plugins" ] && ls "$root"/usr/share/man/man1/vxe-vm-snapshot.1* >/dev/null
sh tests/lib/links.sh "$root/usr/share/doc/vxe/html"
[ ! -e "$root/etc/xensource-inventory" ] && [ ! -d "$root/etc/systemd" ]
in_root -e vxe-xe-compat vxe
rm -r "$root/store" "$root/said"
left=$(find "$root" ! -type d ! -path '*/rpm/*' ! -path '*/.rpmdb/*')
[ "$left" = "$root/var/lib/vxe/vxe.db" ] || { echo "left: $left" && exit 1; }
echo 'installed, tried and removed'

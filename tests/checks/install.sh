#!/bin/bash
# SPDX-License-Identifier: MIT
# The installed program is a separate build, with an optimizer that checks more than the test builds do: it compiles
# without a warning, its files are in their places, and it works under both names.
cd "$(dirname "$0")/../.." || exit 1
dir=$(mktemp -d /tmp/vxe-install.XXXXXX) || exit 1
trap 'rm -rf "$dir"' EXIT
set -e
install() { make --no-print-directory "$@" XE=1 DESTDIR="$dir" CFLAGS= >/dev/null; }
# files FOLDER: what is in it, but folders.
files() { (cd "$1" && find . ! -type d | sort); }

# ---- folders of one's own, and nothing is left of it ----------------------------------------------

words=(prefix=/opt/vxe bindir=/opt/vxe/sbin libdir=/usr/lib/x86_64-linux-gnu libexecdir=/usr/libexec
  mandir=/opt/man sysconfdir=/opt/etc)
mkdir -p "$dir/opt/vxe/sbin"
: >"$dir/opt/vxe/sbin/other"
install install "${words[@]}"
for file in opt/vxe/sbin/xe usr/lib/x86_64-linux-gnu/vxe/vxe-libvirt.so usr/libexec/vxe/inventory.sh \
  opt/man/man1/xe.1 opt/man/man1/vxe-vm-snapshot.1 opt/man/man7/vxe-vm.7 opt/etc/xensource/pool.conf; do
  [ -s "$dir/$file" ] || { echo "$file is missing" && exit 1; }
done
# says FILE: it says what a list says that finds its module and no libvirt. A list takes no lock: the lock files of this
# machine are not the test's.
says() {
  VXE_STORE="$dir/store" VXE_CONNECT="qemu+unix:///system?socket=$dir/nowhere" "$1" vm-list >"$dir/said" 2>&1 && exit 1
  grep -q 'libvirt cannot be reached' "$dir/said" && ! grep -q 'shared object' "$dir/said" || { cat "$dir/said" && exit 1; }
}
says "$dir/opt/vxe/sbin/vxe"
[ -d "$dir/opt/etc/vxe/plugins" ] || { echo 'no folder of the plugins' && exit 1; }
sh tests/lib/links.sh "$dir/opt/vxe/share/doc/vxe/html"
grep -qx 'ExecStart=/opt/vxe/sbin/vxe check' "$dir/opt/vxe/lib/systemd/system/vxe-recover.service"
install uninstall "${words[@]}"
rm "$dir/said"
[ "$(files "$dir")" = "$(printf '%s\n' ./opt/etc/xensource/pool.conf ./opt/vxe/sbin/other)" ] ||
  { files "$dir" && exit 1; }
for folder in opt/xensource opt/etc/vxe opt/vxe/share/doc/vxe usr/lib/x86_64-linux-gnu/vxe usr/libexec/vxe; do
  [ ! -e "$dir/$folder" ] || { echo "$folder is left" && exit 1; }
done

# ---- the usual ones -------------------------------------------------------------------------------

install install prefix=/usr
for file in bin/xe lib/vxe/vxe-libvirt.so lib/vxe/vxe-xml.so lib/vxe/vxe-xva.so lib/vxe/vxe-postgresql.so share/man/man1/xe.1 share/man/man7/vxe-snapshot.7; do
  [ -s "$dir/usr/$file" ] || { echo "$file is missing" && exit 1; }
done
# The inventory of this machine is not that of the one which the package is for.
[ ! -e "$dir/etc/xensource-inventory" ]
[ "$(readlink "$dir/opt/xensource/bin/xe") $(cat "$dir/etc/xensource/pool.conf")" = '/usr/bin/xe master' ]
"$dir/usr/bin/vxe" -version >/dev/null
[ -z "$(nm "$dir/usr/bin/vxe" 2>/dev/null)" ] # it is stripped
# The units name the installed program and have only settings that systemd knows.
units=$dir/usr/lib/systemd/system
grep -qx 'ExecStart=/usr/bin/vxe check' "$units/vxe-recover.service"
grep -qx 'ExecStart=/usr/bin/vxe vmss-run --due' "$units/vxe-schedules.service"
grep -qx 'ExecStart=/usr/bin/vxe host-heartbeat' "$units/vxe-heartbeat.service"
if command -v systemd-analyze >/dev/null; then
  for unit in "$units"/vxe-*; do
    sed "s|=/usr/bin|=$dir/usr/bin|; /^Documentation/d" "$unit" >"$dir/${unit##*/}"
  done
  for unit in "$dir"/vxe-*.{service,timer}; do
    # --user: as the system's it leaves a file in /run/systemd.
    said=$(XDG_RUNTIME_DIR=$dir systemd-analyze --user verify "$unit" 2>&1 |
      grep -F "$dir/vxe-" || true)
    [ -z "$said" ] || { echo "$said" && exit 1; }
  done
  # Services that work without anybody looking have few rights: systemd's measure, ten times 5.0 when this was written.
  if systemd-analyze security --help 2>/dev/null | grep -q -e --offline; then
    for unit in "$dir"/vxe-*.service; do
      said=$(systemd-analyze security --no-pager --offline=true --threshold=52 "$unit" 2>&1) ||
        { tail -n 1 <<<"$said" && exit 1; }
    done
  fi
fi
"$dir/usr/bin/xe" help vm-start | grep -q 'command name *: vm-start'
if "$dir/usr/bin/vxe" help | grep -qi failpoint; then exit 1; fi
# The module is loaded from where it was put, wherever that was moved to.
mv "$dir/usr" "$dir/moved"
says "$dir/moved/bin/vxe"
mv "$dir/moved" "$dir/usr"

# A link xe that is somebody else's stays, and the same words remove what the same words installed.
ln -sfn other "$dir/usr/bin/xe"
install uninstall prefix=/usr
[ "$(cd "$dir" && find usr opt ! -type d)" = "$(printf '%s\n' usr/bin/xe opt/etc/xensource/pool.conf opt/vxe/sbin/other)" ] ||
  { files "$dir" && exit 1; }

# ---- what it depends on, with licences ------------------------------------------------------------

libraries=$(readelf -d build/release/vxe build/release/vxe-*.so | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u)
[ -n "$libraries" ]
for library in $libraries; do
  grep -q "^| .*$library.* | .* | .* | .* |\$" docs/packages.md || { echo "docs/packages.md: no $library" && exit 1; }
done

# ---- the packages are of this version -------------------------------------------------------------

version=$(build/release/vxe --version | cut -d' ' -f2)
head -n 1 debian/changelog | grep -q "^vxe ($version)"
grep -qx "Version: *$version" rpm/vxe.spec
for script in debian/vxe*.p*; do sh -n "$script"; done

# ---- help and the sources -------------------------------------------------------------------------

for word in install uninstall dist check; do make --no-print-directory help | grep -q "^make $word  "; done
if git rev-parse HEAD >/dev/null 2>&1; then
  archive() { make --no-print-directory dist 2>/dev/null | tail -n 1; }
  first=$(sha256sum <"$(archive)") && [ "$(sha256sum <"$(archive)")" = "$first" ]
  tar tzf "$(archive)" | grep -q '^vxe-[0-9.]*/xe/main.c$'
else
  echo 'SKIP: make dist: no git repository here'
fi

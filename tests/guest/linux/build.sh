#!/bin/sh
# SPDX-License-Identifier: MIT
#
# build.sh: makes the Linux guest of the tests out of Debian's packages, once, and prints the folder
# that holds it: vmlinuz, initrd. It is kept outside the tree, in $VXE_TEST_CACHE (as root
# /var/cache/vxe-tests, else ~/.cache/vxe-tests). Nothing is installed: packages are unpacked there.
# With --there it only prints the folder, and fails when it is not made yet.
set -eu
cd "$(dirname "$0")"
[ "$(id -u)" = 0 ] && CACHE=/var/cache/vxe-tests || CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/vxe-tests
CACHE=${VXE_TEST_CACHE:-$CACHE}
GUEST=$CACHE/linux-$(cat build.sh load.c init inittab rc load.sh verify stop agent | sha256sum | cut -c1-12)

[ ! -e "$GUEST/initrd" ] || { echo "$GUEST" && exit 0; }
[ "${1-}" != --there ] || exit 1

# Kernel, shell, agent, RAID; the tools of ext4 and the libraries are this system's own.
PACKAGES='busybox-static qemu-guest-agent mdadm'
MODULES='virtio_pci virtio_blk virtio_scsi sd_mod sr_mod virtio_net virtio_console virtio_balloon button
  evdev raid0 isofs efivarfs'

kernel_package() {
  apt-cache depends linux-image-cloud-amd64 |
    sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -n 1
}

unpack() {
  mkdir -p "$WORK/debs" "$WORK/x"
  KERNEL=$(kernel_package)
  [ -n "$KERNEL" ] || { apt-get -q update >&2 && KERNEL=$(kernel_package); }
  # shellcheck disable=SC2086 # a list of words
  (cd "$WORK/debs" && apt-get -q download "$KERNEL" $PACKAGES >&2)
  for deb in "$WORK"/debs/*.deb; do dpkg-deb -x "$deb" "$WORK/x"; done
}

# put FILE: a program with the libraries that it is linked with.
put() {
  cp -L "$1" "$ROOT/sbin/${1##*/}"
  ldd "$1" | sed -n 's#^[^/]*\(/[^ ]*\) (0x.*#\1#p' | while read -r lib; do
    mkdir -p "$ROOT$(dirname "$lib")"
    cp -L "$lib" "$ROOT$lib"
  done
}

# A driver with those that it needs, as modules.dep names them.
put_module() {
  for m in $(sed -n "s#:# #; \\#/$1\\.ko #p" "$LIBRARY/modules.dep"); do
    mkdir -p "$ROOT/$MODS/$(dirname "$m")"
    cp "$LIBRARY/$m" "$ROOT/$MODS/$m"
  done
}

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
trap 'exit 130' INT TERM HUP
chmod 0755 "$WORK" # apt's user downloads into it
unpack
BUSYBOX=$WORK/x/bin/busybox ROOT=$WORK/root
LIBRARY=$(echo "$WORK"/x/lib/modules/*) && MODS=lib/modules/${LIBRARY##*/}
mkdir -p "$ROOT/bin" "$ROOT/$MODS" "$ROOT/etc/acpi/PWRF" "$ROOT/sbin"
"$BUSYBOX" depmod -b "$WORK/x" "${LIBRARY##*/}"
for m in $MODULES; do put_module "$m"; done
cp "$BUSYBOX" "$ROOT/bin/"
put "$WORK/x/usr/sbin/qemu-ga"
put "$WORK/x/sbin/mdadm"
for tool in mke2fs e2fsck dumpe2fs; do
  put "$(PATH=$PATH:/sbin:/usr/sbin command -v $tool)"
done
"$BUSYBOX" depmod -b "$ROOT" "${LIBRARY##*/}"
gcc -std=gnu17 -O2 -Wall -Wextra -static -pthread -o "$ROOT/bin/load" load.c
cp init "$ROOT/init"
cp inittab "$ROOT/etc/inittab"
cp rc verify stop agent "$ROOT/etc/"
cp load.sh "$ROOT/etc/load"
printf '#!/bin/sh\nexec /bin/poweroff\n' >"$ROOT/etc/acpi/PWRF/00000080"
ln -s /proc/self/mounts "$ROOT/etc/mtab"
chmod 0755 "$ROOT"/init "$ROOT"/etc/rc "$ROOT"/etc/verify "$ROOT"/etc/stop "$ROOT"/etc/agent "$ROOT"/etc/load \
  "$ROOT"/etc/acpi/PWRF/*
mkdir -p "$CACHE" "$WORK/made"
cp "$WORK"/x/boot/vmlinuz-* "$WORK/made/vmlinuz"
(cd "$ROOT" && find . | "$BUSYBOX" cpio -o -H newc 2>/dev/null) >"$WORK/made/initrd"
chmod -R a+rX "$WORK/made"
# Another run may have made it meanwhile.
NEW=$(mktemp -d "$CACHE/new.XXXXXX")
cp -R "$WORK/made/." "$NEW"
chmod 0755 "$NEW"
mv -T "$NEW" "$GUEST" 2>/dev/null || rm -rf "$NEW"
echo "$GUEST"

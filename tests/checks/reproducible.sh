#!/bin/bash
# SPDX-License-Identifier: MIT
# Two builds of the release program in two folders, at two times and with two locales, give the same bytes, with the
# debugging information.
cd "$(dirname "$0")/../.." || exit 1
dir=$(mktemp -d /tmp/vxe-same.XXXXXX) || exit 1
trap 'rm -rf "$dir"' EXIT
set -eu
export CCACHE_DISABLE=1 # it would give the second build what the first one made
results=(vxe vxe-libvirt.so vxe-xml.so vxe-xva.so vxe-postgresql.so xe/main.o)

# made FOLDER [NAME=VALUE...]: the sums of the results in a copy of the sources.
made() {
  local to=$1
  shift
  mkdir -p "$to"
  tar cf - --exclude=./build --exclude=./.git . | tar xmf - -C "$to"
  (cd "$to" && env "$@" make --no-print-directory -j"$(nproc)" VARIANT=release CFLAGS= \
    "${results[@]/#/build/release/}" >/dev/null && cd build/release && sha256sum "${results[@]}")
}
made "$dir/one" LC_ALL=C >"$dir/sums-one"
made "$dir/another/with-a-longer-name" TZ=Asia/Tokyo LC_ALL=C.UTF-8 >"$dir/sums-another"
diff "$dir/sums-one" "$dir/sums-another" || { echo 'the folder is in what is built' && exit 1; }
# Jumps through pointers lead to an endbr64. The objects say so; the program does not where libc's own do not.
case $(gcc -dumpmachine) in
x86_64-*) readelf -nW "$dir/one/build/release/xe/main.o" | grep -q 'x86 feature:.*IBT.*SHSTK' ;;
esac

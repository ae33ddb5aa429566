#!/bin/sh
# SPDX-License-Identifier: MIT
# deps.sh PACKAGE... [--if-known PACKAGE...]: installs the missing packages as root on Debian; elsewhere prints their
# names. Those after --if-known count only where apt knows them: other releases have their content in another package.
set -u

# Installs without recommended packages and without questions; waits while another apt works. PostgreSQL, where it was not
# there before, makes no cluster and starts no server: a test has its own (postgresql.sh).
install_all() {
  own=/etc/postgresql-common/createcluster.d/vxe-deps.conf
  [ -e /etc/postgresql-common ] || { mkdir -p "${own%/*}" && echo "create_main_cluster = false" >"$own"; }
  DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 \
    -o Dpkg::Options::=--force-confold install --no-install-recommends "$@" </dev/null
  done=$?
  [ ! -e "$own" ] || { rm -f "$own" && rmdir --ignore-fail-on-non-empty "${own%/*}" "${own%/*/*}"; }
  return $done
}

# The lock of the package lists is not covered by DPkg::Lock::Timeout.
update_lists() {
  tries=60
  until apt-get -q update </dev/null; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] && apt-get -q update 2>&1 </dev/null | grep -q 'Could not get lock' ||
      return 1
    sleep 5
  done
}

is_known() { apt-cache show --no-all-versions "$@" >/dev/null 2>&1; }

if ! command -v dpkg-query >/dev/null; then
  echo "deps: not Debian; make sure that the equivalents of these are there: $(echo "$*" | sed 's/ --if-known//')" >&2
  exit 0
fi
is_installed() { [ "$(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null | cut -c1-2)" = ii ]; }

missing='' perhaps='' into=missing
for p in "$@"; do
  [ "$p" != --if-known ] || { into=perhaps && continue; }
  is_installed "$p" || eval "$into=\"\$$into $p\""
done

# Of those after --if-known the missing ones that apt knows.
# shellcheck disable=SC2086 # a list of words
known() {
  [ -z "$perhaps" ] || apt-cache show --no-all-versions $perhaps 2>/dev/null | sed -n 's/^Package: / /p' | tr -d '\n'
}

known=$(known)
[ -z "$missing$known" ] && exit 0
if [ "$(id -u)" != 0 ]; then
  echo "deps: missing packages; as root: apt-get install --no-install-recommends$missing$known" >&2
  exit 1
fi
echo "deps: installing$missing$known"
# Updates package lists that are absent or old, once, not at every run.
# shellcheck disable=SC2086 # a list of words
if is_known $missing $known && install_all $missing $known; then
  exit 0
fi
# shellcheck disable=SC2046,SC2086
update_lists && install_all $missing $(known)

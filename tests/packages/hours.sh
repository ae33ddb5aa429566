#!/bin/bash
# SPDX-License-Identifier: MIT
# hours.sh: the part of deb.sh that plays a new user's first hour in the fresh Debian, with the installed program: the pages
# docs/start.md, docs/from-virsh.md, docs/from-xe.md, docs/ansible.md and docs/json.md, by the tests that run them elsewhere
# with the built one, each on a libvirt of its own. Prints "ok" or "not ok" for each of the tests.
set -u
cd "$(dirname "$0")/../.." || exit 1
failed=0
export BUILD=$PWD/build BUILD_PLAIN=$PWD/build VXE_INSTALLED=/usr/bin/vxe
mkdir -p "$BUILD/tests/guest"
nasm -f bin -o "$BUILD/tests/guest/tick.bin" tests/guest/tick.asm || exit 1

hour() {
  local test=$1 results bad
  timeout -k 20 1800 bash tests/lib/host.sh run system bash -c 'exec bash "${TESTS%/tests}/$1"' hour "$test" >hour.tap 2>hour.err
  results=$(grep -c '^ok ' hour.tap) bad=$(grep -c '^not ok ' hour.tap)
  if [ "$bad" = 0 ] && grep -q "^1\.\.$results$" hour.tap; then
    echo "ok - $(basename "$test" .sh): $results results"
  else
    echo "not ok - $(basename "$test" .sh): $bad of $results results"
    grep -v '^ok ' hour.tap
    tail -n 20 hour.err
    failed=1
  fi
  grep 'SKIP' hour.tap
}
hour tests/e2e/words/180-start.sh
hour tests/e2e/words/285-first-hour.sh
hour tests/e2e/words/182-from-xe.sh
hour tests/e2e/words/284-ansible.sh
for test in $(grep -l 'docs/json\.md' tests/e2e/*/*.sh); do hour "$test"; done
exit $failed

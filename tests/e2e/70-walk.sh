#!/bin/bash
# SPDX-License-Identifier: MIT
# A random walk with a model of every disk: what vxe does, in some steps beside a scan or ended in its midst, and
# what virsh does in between. 40 steps, none begun after 60 s; with LONG=1 300. By hand: SEED= and STEPS= repeat
# one (what a signal hits is chance), PLAIN=1 takes the program without sanitizers, which is several times as fast.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/walk.sh"

[ -z "${PLAIN-}" ] || VXE=$VXE_PLAIN
seed=${SEED-$RANDOM}
steps=${STEPS-40} most=60
[ -z "${LONG-}" ] || steps=${STEPS-300}
[ -z "${LONG-}${STEPS-}" ] || most=100000
walk "$seed" "$steps" "$most" >walk.out
result $? "a walk with seed $seed: no byte differs from the model"
cat walk.out

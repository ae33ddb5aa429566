#!/bin/bash
# SPDX-License-Identifier: MIT
# A random walk with a model of every disk: 60 steps. By hand: WALK_SEED= and WALK_STEPS= repeat
# one, WALK_PLAIN=1 takes the program without sanitizers, which is several times as fast.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/walk.sh"

[ -z "${WALK_PLAIN-}" ] || VXE=$VXE_PLAIN
seed=${WALK_SEED-$RANDOM}
steps=${WALK_STEPS-60}
walk "$seed" "$steps" >walk.out
result $? "$steps steps with seed $seed: no byte differs from the model"
cat walk.out

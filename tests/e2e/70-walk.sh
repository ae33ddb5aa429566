#!/bin/bash
# SPDX-License-Identifier: MIT
# A random walk with a model of every disk: 60 steps; by hand WALK_SEED= WALK_STEPS= to repeat one.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/walk.sh"

seed=${WALK_SEED-$RANDOM}
steps=${WALK_STEPS-60}
walk "$seed" "$steps" >walk.out
result $? "$steps steps with seed $seed: no byte differs from the model"
cat walk.out

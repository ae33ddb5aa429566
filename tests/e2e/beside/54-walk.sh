#!/bin/bash
# SPDX-License-Identifier: MIT
# A random walk with a model of every disk: steps of vxe, some with a scan beside them or interrupted, and actions of
# virsh in between. 60 steps, none begun after 90 s; in ring all 300. By hand: SEED= and STEPS= repeat a walk (the
# effect of a signal is random), PLAIN=1 uses the program without sanitizers, which is several times as fast.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/walk/walk.sh"

[ -z "${PLAIN-}" ] || VXE=$VXE_PLAIN
ulimit -c unlimited # what a crash is explained by
# A change is checked by steps that all changes before have passed; check-all looks for new ones.
seed=${SEED-16}
[ -z "$LONG" ] || seed=${SEED-$RANDOM}
# In half of the walks vxe watches the folders of libvirt and of images, as it does where they are large.
[ $((seed % 2)) = 0 ] || export VXE_WATCHED_FROM=0
steps=${STEPS-60} most=90
[ -z "$LONG" ] || steps=${STEPS-300}
[ -z "$LONG${STEPS-}" ] || most=100000
walk "$seed" "$steps" "$most" >walk.out
result $? "a walk with seed $seed: no byte differs from the model"
mount_ends
cat walk.out

# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# A schedule of SIZE halted VMs that are due at once: the time of a VM in one run, beside vm-snapshot of one VM at the
# same number of VMs, in turn; with one VM after the other and with max-parallel. Each run must have taken all.
#   BENCH_RUNS   runs of each kind (2)     BENCH_ALONE  single snapshots before each run (20)
# Sourced by bench.sh.

fill "$SIZE"
mapfile -t VMS < <(virsh -q list --all --uuid | grep .)
SCHEDULE=$(vxe vmss-create name-label=due type=snapshot frequency=hourly schedule:min=0 retained-snapshots=10 \
  vm-filter=power-state=halted 2>/dev/null) || fail 'no schedule'

# run_row ROW PARALLEL: one run of all, as time of a VM.
run_row() {
  local n
  vxe vmss-param-set uuid="$SCHEDULE" max-parallel="$2" || fail 'no max-parallel'
  timed "$VXE_BENCH" vmss-run uuid="$SCHEDULE" >.out || fail "$1: the run failed"
  n=$(sort -u .out | grep -c .)
  [ "$n" = "$SIZE" ] || fail "$1: $n of $SIZE VMs were handled"
  sample "$1" vxe $(((END - BEGIN) / SIZE))
}

# As many single snapshots as a few rounds carry, of VMs in turn.
alone() {
  local i
  for ((i = 0; i < ${BENCH_ALONE-20}; i++)); do
    took "$1" vm-snapshot "$VXE_BENCH" vm-snapshot uuid="${VMS[(ROUND * 100 + i) % SIZE]}" new-name-label=alone
  done
}

due() {
  local parallel
  for parallel in 1 $(nproc); do
    alone "a VM of a run, max-parallel $parallel"
    run_row "a VM of a run, max-parallel $parallel" "$parallel"
  done
}
ROUNDS=${BENCH_RUNS-2}
each_round due

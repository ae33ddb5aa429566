# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# One VM among SIZE: what each act on it, and each list of all, takes. Sourced by bench.sh.

# At the first command vxe adopts everything.
first_list() {
  timed "$VXE_BENCH" vm-list --minimal >/dev/null || fail 'no list'
  sample 'first list: all are adopted' vxe $((END - BEGIN))
}

look_up() {
  local u=${UUID_OF[ours]} name=x$((SIZE / 2))
  ours 'a field in the store, by UUID' vm-param-get uuid="$u" param-name=name-label
  took 'a field in the store, by UUID' /bin/true /bin/true
  ours 'power-state by UUID' vm-param-get uuid="$u" param-name=power-state
  theirs 'power-state by UUID' domstate theirs
  ours 'UUID by name' vm-list name-label="$name" --minimal
  theirs 'UUID by name' domuuid "$name"
  ours 'snapshots of one VM' snapshot-list snapshot-of="$u"
  theirs 'snapshots of one VM' snapshot-list theirs
  ours 'set a description' vm-param-set uuid="$u" name-description="round $ROUND"
  theirs 'set a description' desc theirs "round $ROUND" --config
}

list() {
  ours 'list' vm-list
  theirs 'list' list --all
  ours 'list, all fields' vm-list params=all
  theirs 'list, all fields' domstats
}

halted() {
  local snapshot n
  for n in '' 4; do
    ours "vm-snapshot, halted, ${n:-1} disk(s)" vm-snapshot vm="ours$n" new-name-label="s$ROUND"
    snapshot=$OUT
    theirs "vm-snapshot, halted, ${n:-1} disk(s)" snapshot-create-as "theirs$n" "s$ROUND" \
      "${VIRSH_SNAPSHOT[@]}"
    forget_layers "theirs$n" "${n:-1}"
    ours "snapshot-revert, halted, ${n:-1} disk(s)" snapshot-revert snapshot-uuid="$snapshot"
    ours "snapshot-uninstall, halted, ${n:-1} disk(s)" snapshot-uninstall uuid="$snapshot" force=true
  done
  ours 'vm-clone' vm-clone vm=ours new-name-label=copy
  ours 'vm-uninstall of the clone' vm-uninstall uuid="$OUT" force=true
}

# What is measured after the other one finds the files of libvirt in the caches: each goes first in every other round.
ours_running() {
  ours "vm-snapshot, running, ${1:-1} disk(s)" vm-snapshot vm="ours$1" new-name-label="s$ROUND"
  snapshot=$OUT
}
theirs_running() {
  theirs "vm-snapshot, running, ${1:-1} disk(s)" snapshot-create-as "theirs$1" "s$ROUND" "${VIRSH_SNAPSHOT[@]}"
}

running() {
  local snapshot n
  ours 'vm-start' vm-start vm=ours
  theirs 'vm-start' start theirs
  vxe vm-start vm=ours4 && virsh -q start theirs4 >/dev/null || fail 'no start'
  for n in ours theirs ours4 theirs4; do guest_counts "$n" || fail "$n does not count"; done
  for n in '' 4; do
    in_turn ours_running theirs_running "$n"
    remove_snapshot "$snapshot"
  done
  ours 'vm-checkpoint' vm-checkpoint vm=ours new-name-label="c$ROUND"
  snapshot=$OUT
  took 'vm-checkpoint' 'virsh snapshot-create-as --live' virsh -q snapshot-create-as theirs "c$ROUND" \
    --live --memspec "$PWD/theirs.memory" --no-metadata
  rm -f theirs.memory
  remove_snapshot "$snapshot"
  for n in '' 4; do
    virsh -q destroy "ours$n" >/dev/null
    virsh -q destroy "theirs$n" >/dev/null
    forget_layers "theirs$n" "${n:-1}"
  done
}

fill "$SIZE"
for n in '' 4; do machine "ours$n" "${n:-1}" && machine "theirs$n" "${n:-1}"; done
first_list
each_round halted
each_round look_up
each_round list
each_round running

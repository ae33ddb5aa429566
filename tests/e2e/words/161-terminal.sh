#!/bin/bash
# SPDX-License-Identifier: MIT
# What a user at a terminal sees of a command that takes long: what it does and for how long, on one line, which is gone
# when the command ends or is interrupted.
. "$TESTS/lib/e2e.sh"
NL=$'\n'
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

guest_make web 1
web=$(virsh domuuid web)
vxe vm-list >/dev/null
disk=$(vdi_of "$web")
ln -s "$VXE" xe

# on_terminal SCREEN NAME ARG...: runs NAME on a terminal, whose output goes to SCREEN. ^C, when INTERRUPT is seen there
# or in the file reached; with AGAIN until NAME has ended.
on_terminal() {
  local screen=$1 words
  shift
  printf -v words '%q ' "$@"
  rm -f "$screen"
  {
    [ -z "${INTERRUPT-}" ] || { wait_until 40 grep -qs "$INTERRUPT" "$screen" reached && printf '\003'; }
    while [ -n "${AGAIN-}" ] && ! grep -qs 'STATUS [0-9]' "$screen"; do sleep 0.5 && printf '\003'; done
    wait_until 40 grep -qs 'STATUS [0-9]' "$screen"
  } | SHELL=/bin/bash script -qefc "trap : INT; $words; echo STATUS \$?" "$screen" >/dev/null
}
# line_of SCREEN REGEX: what the terminal shows of the last line with that.
line_of() {
  grep -aE "$2" "$1" | tail -n 1 | tr '\r' '\n' |
    awk '{ seen = $0 substr(seen, length($0) + 1) } END { sub(/ +$/, "", seen); print seen }'
}

# ---- the bar -------------------------------------------------------------------------------------

qemu-io -f qcow2 -c 'write -q -P 7 1M 16M' web-0.qcow2 >/dev/null
plain vm-snapshot vm=web new-name-label=s >/dev/null
on_terminal bar "$VXE" vdi-flatten uuid="$disk" max-bandwidth=4MiB
like 'the bar has a name' "$(cat bar)" $'\rvdi-flatten web-0.qcow2 \\[#*'
like '... the rate and the time left' "$(cat bar)" '%  [0-9.]+ MiB/s  0:[0-9][0-9] left'
is '... and leaves its line empty' "$(line_of bar 'STATUS [0-9]')" 'STATUS 0'
like '... in a command that does its work' "$(cat bar)" 'STATUS 0'

plain vm-snapshot vm=web new-name-label=t >/dev/null
export VXE_FAILPOINT=vdi-flatten:make-image:after=sleep:600000 VXE_FAILPOINT_LOG=$PWD/reached
INTERRUPT=make-image:after AGAIN=1 on_terminal killed "$VXE" vdi-flatten uuid="$disk" max-bandwidth=4MiB
unset VXE_FAILPOINT VXE_FAILPOINT_LOG
rm reached
like 'a second ^C comes while there is a bar' "$(cat killed)" $'\rvdi-flatten web-0.qcow2 \\[#.*\\^C'
is '... ends vxe, which leaves the line empty, too' "$(line_of killed 'STATUS [0-9]')" 'STATUS 130'
ok '... and another call puts in order' vxe check

# ---- a guest that does not hear the button -------------------------------------------------------

guest_disk_make mute.qcow2
guest_define mute - "$PWD/mute.qcow2"
vxe vm-start vm=mute
mute=$(virsh domuuid mute)
INTERRUPT='shut down, 2 s' on_terminal wait "$VXE" vm-shutdown vm=mute
like 'vm-shutdown says that it waits' "$(cat wait)" \
  'vm-shutdown mute: waiting for the guest to shut down, 0 s of at most 300 s'
like '... and after ^C whose shutdown was cancelled' "$(tr -d '\r' <wait)" \
  "The operation was cancelled.${NL}vm: $mute .mute.${NL}next: "
is '... on a line of its own' "$(line_of wait cancelled)" 'Error: The operation was cancelled.'
like '... with the status of the signal' "$(cat wait)" 'STATUS 130'
is 'the guest runs on' "$(virsh domstate mute)" running
VXE_SHUTDOWN_TIMEOUT_MS=1500 on_terminal silent "$PWD/xe" vm-shutdown vm=mute
unlike 'xe waits silently' "$(cat silent)" 'waiting'
"$VXE" vm-shutdown vm=mute >/dev/null 2>quiet &
sleep 1.5
kill -TERM $!
wait $!
unlike 'nothing is drawn where there is no terminal' "$(cat quiet)" 'waiting'
vxe vm-shutdown vm=mute --force

# ---- the first list ------------------------------------------------------------------------------

NEW=$(store_at new)
# at_first NAME ARG...: NAME on a terminal with a new store, while libvirt stands still for more than a second.
at_first() {
  VXE_STORE=$NEW store_new
  kill -STOP "$(cat "$HOST_DIR/libvirtd.pid")"
  { sleep 1.5 && kill -CONT "$(cat "$HOST_DIR/libvirtd.pid")"; } &
  VXE_STORE=$NEW "$@"
  wait $!
}
guest_define third - "$PWD/web-0.qcow2"
at_first on_terminal first "$VXE" vm-list
like 'the first list says that it takes over VMs' "$(cat first)" $'\rvm-list: taking over VMs, [12] of 3'
is '... and leaves its line empty' "$(line_of first 'STATUS [0-9]')" 'STATUS 0'
like '... before the list' "$(tr '\r' '\n' <first | sed 1,/taking/d)" 'name-label .*: third'
at_first on_terminal first "$PWD/xe" vm-list
unlike 'xe takes over silently' "$(cat first)" taking
like '... and lists them' "$(cat first)" 'name-label .*: third'
at_first "$VXE" vm-list >/dev/null 2>quiet
unlike 'and so does vxe without a terminal' "$(cat quiet)" taking
rm -r new
virsh -q undefine third

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

# on_terminal SCREEN NAME ARG...: runs NAME on a terminal, whose output goes to SCREEN. ^C, when INTERRUPT is seen there.
# bash goes on after it, unlike sh.
on_terminal() {
  local screen=$1 words
  shift
  printf -v words '%q ' "$@"
  rm -f "$screen"
  {
    [ -z "${INTERRUPT-}" ] || { wait_until 20 grep -qs "$INTERRUPT" "$screen" && printf '\003'; }
    wait_until 40 grep -qs STATUS "$screen"
  } | SHELL=/bin/bash script -qefc "$words; echo STATUS \$?" "$screen" >/dev/null
}
# last_line SCREEN: what is still to be seen on the line of STATUS: what was drawn last, and what stands behind it.
last_line() { grep -a 'STATUS [0-9]' "$1" | tail -n 1 | sed 's/STATUS.*//' | tr '\r' '\n' | tail -n 2 | tr -d ' \n'; }

# ---- the bar -------------------------------------------------------------------------------------

qemu-io -f qcow2 -c 'write -q -P 7 1M 16M' web-0.qcow2 >/dev/null
plain vm-snapshot vm=web new-name-label=s >/dev/null
on_terminal bar "$VXE" vdi-flatten uuid="$disk" max-bandwidth=1MiB
like 'the bar has a name' "$(cat bar)" $'\rvdi-flatten web-0.qcow2 \\[#*'
like '... the rate and the time left' "$(cat bar)" '%  [0-9.]+ MiB/s  0:[0-9][0-9] left'
is '... and leaves its line empty' "$(last_line bar)" ''
like '... in a command that does its work' "$(cat bar)" 'STATUS 0'

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
like '... with a failure' "$(cat wait)" 'STATUS 1'
is 'the guest runs on' "$(virsh domstate mute)" running
VXE_SHUTDOWN_TIMEOUT_MS=1500 on_terminal silent "$PWD/xe" vm-shutdown vm=mute
unlike 'xe waits silently' "$(cat silent)" 'waiting'
"$VXE" vm-shutdown vm=mute >/dev/null 2>quiet &
sleep 1.5
kill -TERM $!
wait $!
unlike 'nothing is drawn where there is no terminal' "$(cat quiet)" 'waiting'
vxe vm-shutdown vm=mute --force

#!/bin/bash
# SPDX-License-Identifier: MIT
# What vxe says when it refuses: the object by name and UUID, and the commands that lead out, which then do. And ^C: at
# the question, and while vxe waits.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest web 1
web=$UUID
disk=$(vdi_of "$web")
ln -s "$VXE" xe

# next_of N: the command in the N-th pair of quotes of the last line that says what to do next.
next_of() { sed -n 's/^next: //p' <<<"$ERR" | cut -d"'" -f$((2 * $1)); }

# ---- the object, and what to do ------------------------------------------------------------------

exits 1 'a VM that is off is not shut down' vxe vm-shutdown vm=web
like '... its name and UUID are said' "$ERR" "vm: $web .web."
like '... and what to do' "$ERR" "next: Nothing is to be done: the VM is halted already"
run ./xe vm-shutdown vm=web
unlike 'xe says what xe says' "$ERR" 'next:'

vbd=$(plain vbd-list vm-uuid="$web" --minimal)
exits 1 'a device without a name' vxe vbd-eject uuid="$vbd"
like '... has its place in the VM' "$ERR" "vbd: $vbd .vda of web."

# ---- VXE_DISK_CHANGED ----------------------------------------------------------------------------

snap=$(plain vm-snapshot vm=web new-name-label=before)
overlay=$(vdi_file "$disk")
virsh dumpxml --inactive web | sed "s|$overlay|$PWD/web-0.qcow2|" >moved.xml
virsh -q define moved.xml >/dev/null
exits 7 'a definition with another disk' vxe vm-start vm=web
like '... the VM is named' "$ERR" "vm: $web .web."
way=$(next_of 2)
is '... and the command that leads out' "$way" "vxe vm-adopt-disks uuid=$web keep=records"
# shellcheck disable=SC2086 # words
ok '... which does' $way
ok '... so that the VM starts' vxe vm-start vm=web
vxe vm-shutdown vm=web --force

# ---- VXE_DEPENDENTS ------------------------------------------------------------------------------

exits 7 'a layer that a snapshot needs' vxe vdi-merge uuid="$disk" base="$PWD/web-0.qcow2"
like '... the snapshot is named' "$ERR" "user: .*snapshot before .$snap."
like '... the ways out are' "$ERR" 'next: .*vdi-flatten.*vxe snapshot-uninstall.*fuser -v '

# ---- VXE_FOREIGN_IMAGE ---------------------------------------------------------------------------

echo text >text.img
exits 7 'a file that is no image' vxe vdi-import uuid="$disk" filename=text.img format=qcow2
like '... says that it may be a trap' "$ERR" 'leave it alone if a stranger may have made it'
like '... and how to make one' "$ERR" "'qemu-img convert -O qcow2 [^']*text.img NEW.qcow2'"

# ---- ^C at the question --------------------------------------------------------------------------

# at_question KEYS NAME ARG...: the program NAME on a terminal; KEYS are typed when it asks. Prints what the terminal
# shows, then the exit status.
at_question() {
  local keys=$1 words
  shift
  printf -v words '%q ' "$@"
  rm -f shown
  {
    wait_until 20 grep -qs "Type 'yes'" shown && printf '%b' "$keys"
    wait_until 20 grep -qs '^STATUS' shown
  } | SHELL=/bin/bash script -qefc "$words; echo STATUS \$?" shown >/dev/null
  tr -d '\r' <shown | grep -v '^Script '
}
shown=$(at_question '\003' "$VXE" vm-uninstall vm=web)
like '^C at the question is "cancelled"' "$shown" $'\nError: The operation was cancelled.\n'
like '... with the status of ^C' "$shown" $'\nSTATUS 130$'
unlike '... and no connection is lost' "$shown" 'onnection'
shown=$(at_question '\003' "$PWD/xe" vm-uninstall vm=web)
like 'xe says what xe says' "$shown" 'Lost connection to the server.'
shown=$(at_question '\004' "$VXE" vm-uninstall vm=web)
like 'the end of the input is told' "$shown" 'The question was not answered'
is 'nothing has gone' "$(plain vm-list name-label=web --minimal)" "$web"
ok 'and the VM starts' vxe vm-start vm=web

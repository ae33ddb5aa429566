#!/bin/bash
# SPDX-License-Identifier: MIT
# The examples that help shows, typed as they stand there, on a guest of libvirt; and help in its three spellings.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# examples COMMAND: those of its help, a line each, without the program's name.
examples() { plain help "$1" | sed -n '/^ *examples /,/^ *see also /s/^    vxe //p'; }
# type_example LINE: types it, with UUIDs and folders of this test.
type_example() {
  local line=$1
  line=${line//VM-UUID/$UUID}
  line=${line//SNAPSHOT-UUID/${S-}}
  line=${line//VDI-UUID/$DISK}
  line=${line//SR-UUID/$SR}
  line=${line//\/backup/$PWD/backup}
  eval "set -- $line" # quotes are for a shell
  ok "vxe $1: $line" vxe "$@"
}
each_example() {
  local line n=0
  while read -r line; do
    n=$((n + 1))
    type_example "$line"
  done < <(examples "$1")
  [ $n -gt 0 ] || ok "$1 has examples" false
}

# ---- spellings ----------------------------------------------------------------------------------

plain help vm-snapshot >help
is 'COMMAND --help says what help COMMAND says' "$(plain vm-snapshot --help)" "$(cat help)"
is '... and -h' "$(plain vm-snapshot -h)" "$(cat help)"
like 'a parameter has a type, a meaning and a default' "$(cat help)" 'quiesce-timeout=NUMBER  .*answer\. \(default: 30\)'
like '... or is required' "$(cat help)" 'new-name-label=TEXT  .*\(required\)'
like 'there are related commands' "$(cat help)" 'see also .*snapshot-revert'
ln -s "$VXE" xe
unlike 'as xe there is nothing of that' "$(./xe help vm-snapshot)" 'examples|see also|default:'

# ---- on a guest ---------------------------------------------------------------------------------

mkdir backup
small_guest web 1
guest_start web
vxe vm-list >/dev/null
DISK=$(plain vdi-list --minimal | cut -d, -f1)
SR=$(plain vdi-param-get uuid="$DISK" param-name=sr-uuid)
plain vm-param-add uuid="$UUID" param-name=tags param-key=prod
plain vm-param-set uuid="$UUID" other-config:owner=ops
for command in vm-list vm-param-list vm-param-get vm-disk-list vm-snapshot vm-checkpoint; do each_example $command; done
S=$(plain snapshot-list name-label=before-upgrade --minimal | cut -d, -f1)
for command in snapshot-list snapshot-disk-list snapshot-param-set snapshot-revert vdi-list vdi-chain-list sr-list check; do
  each_example $command
done
is 'the last of them: keep=true took a snapshot, start=running let it run' \
  "$(plain vm-list uuid="$UUID" params=power-state --minimal)" running

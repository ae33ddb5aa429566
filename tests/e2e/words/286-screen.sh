#!/bin/bash
# SPDX-License-Identifier: MIT
# What vxe shows at a terminal, and that pipes, xe and scripts get nothing of it.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest web 1
web=$UUID
ln -s "$VXE" xe
ESC=$'\033'

# screen WORDS: what a terminal of 80 columns and 24 lines shows of a shell's command.
screen() {
  script -qec "stty cols 80 rows 24; export LC_ALL=C.UTF-8 TERM=xterm; $1" /dev/null </dev/null | tr -d '\r'
}
VXE_Q=$(printf %q "$VXE")

# ---- colours -------------------------------------------------------------------------------------

like 'a table has states in colour' "$(screen "$VXE_Q vm-list --table")" "$ESC\\[2mhalted$ESC\\[0m"
like '... and the list, too' "$(screen "$VXE_Q vm-list")" "power-state \\( RO\\): $ESC\\[2mhalted$ESC\\[0m"
vxe vm-start vm=web
like 'a running one is green' "$(screen "$VXE_Q vm-list --table")" "$ESC\\[32mrunning$ESC\\[0m"
vxe vm-pause vm=web
like 'a paused one is yellow' "$(screen "$VXE_Q vm-list --table")" "$ESC\\[33mpaused$ESC\\[0m"
vxe vm-shutdown vm=web --force
for words in "env NO_COLOR=1 $VXE_Q vm-list" "env NO_COLOR=1 $VXE_Q vm-list --table" \
  "env TERM=dumb $VXE_Q vm-list --table" "$VXE_Q vm-list | cat" "$VXE_Q vm-list --table | cat" \
  './xe vm-list' "$VXE_Q vm-list --minimal" "$VXE_Q vm-list --json"; do
  shown=$(screen "$words")
  like "it is shown: ${words##*/}" "$shown" "${web:0:8}"
  unlike '... without escapes' "$shown" "$ESC"
done
snap=$(plain vm-snapshot vm=web new-name-label=s)
mv web-0.qcow2 away
shown=$(screen "$VXE_Q check --table")
like 'check says in red what is wrong' "$shown" "$ESC\\[31m[a-z-]+$ESC\\[0m +.*web-0.qcow2"
unlike '... but not in a file' "$(vxe check --table 2>&1)" "$ESC"
mv away web-0.qcow2
ok '... and nothing when it is there' vxe check
ok 'the snapshot goes' vxe snapshot-uninstall uuid="$snap" --force

# ---- TSV, quiet ----------------------------------------------------------------------------------

vxe vm-param-set uuid="$web" name-description=$'a\tb\\n\nc'
is 'TSV has the order of params=' "$(vxe vm-list uuid="$web" params=name-label,uuid --tsv)" \
  $'name-label\tuuid\nweb\t'"$web"
is '... and escapes what would end a value' "$(vxe vm-list uuid="$web" params=name-description --tsv)" \
  $'name-description\na\\tb\\\\n\\nc'
is '... and of no VM the head' "$(vxe vm-list name-label=nobody params=uuid,name-label --tsv)" $'uuid\tname-label'
run vxe vbd-unplug uuid="$(plain vbd-list vm-uuid="$web" --minimal)" timeout=3
like 'a word without an effect is remarked' "$ERR" 'timeout.*the guest gets some seconds'
run vxe vbd-unplug uuid="$(plain vbd-list vm-uuid="$web" --minimal)" timeout=3 --quiet
unlike 'quiet leaves the remark out' "$ERR" 'the guest gets some seconds|next:'
isnt '... and not the error' "$ERR" ''
is 'xe knows no TSV' "$(./xe vm-list --tsv)" "$(./xe vm-list --nonsense)"

# ---- help through a pager ------------------------------------------------------------------------

marked="sed s/^/P:/"
like 'long help goes through the pager' "$(screen "VXE_PAGER='$marked' $VXE_Q help --all")" '^P:.*P: *vm-start '
like '... by PAGER, too' "$(screen "PAGER='$marked' $VXE_Q vm-list --help")" '^P:command name'
like '... which VXE_PAGER overrides' "$(screen "PAGER='$marked' VXE_PAGER=rev $VXE_Q help --all")" ' trats-mv'
mkdir -p config/vxe
echo "VXE_PAGER=$marked" >config/vxe/config
like '... or a file of settings' "$(screen "XDG_CONFIG_HOME=$PWD/config $VXE_Q help --all")" '^P:'
for words in "VXE_PAGER= $VXE_Q help --all" "VXE_PAGER=cat PAGER=rev $VXE_Q help --all" \
  "VXE_PAGER=no-such-program $VXE_Q help --all" "stty rows 2000; VXE_PAGER=rev $VXE_Q help --all" \
  "VXE_PAGER=rev $VXE_Q help --all | cat" "VXE_PAGER=rev TERM=dumb $VXE_Q help --all"; do
  shown=$(screen "$words; echo STATUS \$?")
  like "as it is: ${words/$VXE_Q/vxe}" "$shown" $'\n  vm-start .*STATUS 0'
done
like 'a pager that reads nothing is no error' "$(screen "VXE_PAGER=true $VXE_Q help --all; echo STATUS \$?")" '^STATUS 0'
unlike 'xe has no pager' "$(screen "VXE_PAGER='$marked' ./xe help --all")" 'P:'
is '... nor has --minimal' "$(screen "VXE_PAGER='$marked' $VXE_Q help --all --minimal")" "$(vxe help --all --minimal)"

# ---- help on one screen --------------------------------------------------------------------------

shown=$(screen "VXE_PAGER='$marked' $VXE_Q help")
like 'the everyday commands are on one screen' "$shown" $'\n  snapshot   vm-snapshot, vm-checkpoint '
unlike '... without a pager' "$shown" 'P:'
like 'a topic has the commands of its area' "$(vxe help network)" $'\n  vif-create  +Give a VM a network card'
exits 2 'a topic that is none' vxe help nonsense
like '... leads to the topics' "$ERR" 'The topics are vm, snapshot, .*, scripts'

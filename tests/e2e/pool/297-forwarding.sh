#!/bin/bash
# SPDX-License-Identifier: MIT
# Two hosts of a pool. A command on a guest of the other host runs there, with all that belongs to it: its words, its streams,
# its status, ^C. Files are those of the host on which it was typed. A host that cannot be reached is named.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/pool.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
pool_hosts 2

h1() { on 1 vxe "$@"; }
vxe() { h1 "$@"; } # for wrong, leads
# The programs by which the hosts run what another one sends them; "ssh" joins its words for a shell, as ssh does.
bin=$HOSTS_DIR/shared/bin
mkdir "$bin" && ln -s "$VXE" "$bin/vxe" && ln -s "$VXE" "$bin/xe"
printf '#!/bin/sh\nto=$1\nshift\nexec %q "$to" env PATH=/mnt/sr/bin:"$PATH" sh -c "$*"\n' "$TOOLS/remote" >"$bin/ssh"
chmod +x "$bin/ssh"

# Both hosts can look at the disks.
on 1 eval 'cd /mnt/sr && small_guest web 1'
on 2 eval 'cd /mnt/sr && small_guest db 1'
for i in 1 2; do on $i vxe vm-list >/dev/null; done
pool_begin 2
H1=${HOST[1]} H2=${HOST[2]}
WEB=$(h1 vm-list name-label=web --minimal) DB=$(h1 vm-list name-label=db --minimal)
h1 vm-param-set uuid="$DB" suspend-SR-uuid="$(h1 pbd-list host-uuid="$H2" sr-name-label='Local storage' params=sr-uuid --minimal)"

# ---- the life of a guest --------------------------------------------------------------------------------

on 2 stamp_disks "$DB" 11
ok 'a snapshot of a guest of h2' h1 vm-snapshot uuid="$DB" new-name-label=clean
like '... is made' "$OUT" '^[0-9a-f-]{36}$'
SNAP=$OUT
on 2 keep_content clean "$SNAP"
on 2 stamp_disks "$DB" 22
ok '... is gone back to' h1 snapshot-revert uuid="$SNAP"
ok '... byte by byte' on 2 has_content clean "$DB"
ok 'it starts' h1 vm-start vm=db
ok '... on h2' on 2 guest_counts db
is '... which h1 is told' "$(h1 vm-wait vm=db state=running timeout=60 && on 2 plain vm-list uuid="$DB" params=power-state --minimal)" running
ok 'a checkpoint' h1 vm-checkpoint vm=db new-name-label=live
LIVE=$OUT
ok '... is gone back to' h1 snapshot-revert uuid="$LIVE"
ok '... and goes on' h1 vm-resume vm=db
ok '... on h2' on 2 guest_counts db
ok '... goes' h1 snapshot-uninstall uuid="$LIVE" force=true
run h1 snapshot-uninstall uuid="$SNAP" <<<no
like 'a question comes back' "$OUT" "Type 'yes' to continue"
like '... with the answer' "$OUT" "you typed: 'no'"
ok '... and another one' h1 snapshot-uninstall uuid="$SNAP" <<<yes
is '... is taken' "$(h1 snapshot-list --minimal)" ''
ok 'it is shut down' h1 vm-shutdown uuid="$DB" --force
is '... on h2' "$(on 2 virsh domstate db)" 'shut off'
exits 1 'what fails there, fails here' h1 vm-shutdown uuid="$DB" --force
like '... in its words' "$ERR" 'power state'

# ---- words, files, several guests --------------------------------------------------------------------------

odd=$'it\'s\n"two"  $HOME `x` \\ *'
for words in "$(pool_way 2)" '/mnt/sr/bin/ssh 10.9.0.2' 'env -u A timeout 60 /mnt/sr/bin/ssh 10.9.0.2'; do
  pool_reach 2 "$words"
  ok "every word arrives by ${words%% *}" h1 vm-param-set uuid="$DB" name-description="$odd"
  is '... unchanged' "$(h1 vm-param-get uuid="$DB" param-name=name-description)" "$odd"
  ok '... and the next' h1 vm-param-set uuid="$DB" name-description=
done
ok 'as xe' on 1 /mnt/sr/bin/xe vm-param-set uuid="$DB" name-description=x
while read -r _; do h1 vm-param-set uuid="$DB" name-description=y; done <<<$'1\n2' && read -r left < <(
  printf '%s\n' 1 2 | { h1 vm-param-set uuid="$DB" name-description=z && cat; })
is 'the input is left to the caller' "$left" 1

on 2 keep_content /mnt/sr/db "$DB"
ok 'an export' h1 vm-export vm=db filename=/mnt/own/db.xva
is '... says so' "$OUT" 'Export succeeded'
ok '... to a file of h1' on 1 test -s /mnt/own/db.xva
not_ok '... not of h2' on 2 test -e /mnt/own/db.xva
ok '... from which a guest is made' h1 vm-import filename=/mnt/own/db.xva
NEW=$OUT
ok '... with the content' on 1 has_content /mnt/sr/db "$NEW"
h1 vm-uninstall uuid="$NEW" force=true >/dev/null
VDI=$(h1 vbd-list vm-uuid="$DB" params=vdi-uuid --minimal)
ok 'the content of a disk' h1 vdi-export uuid="$VDI" filename=/mnt/own/db.raw
ok '... is that' on 1 cmp /mnt/own/db.raw /mnt/sr/db.raw0
ok '... and another one' on 1 sh -c 'head -c 4M /dev/urandom >/mnt/own/new.raw'
ok '... goes there' h1 vdi-import uuid="$VDI" filename=/mnt/own/new.raw
on 2 keep_content /mnt/sr/new "$DB"
ok '... byte by byte' on 1 cmp /mnt/own/new.raw /mnt/sr/new.raw0
wrong VXE_FILE_HERE '... not through a pipe' vdi-import uuid="$VDI" filename=/proc/self/fd/0
wrong VXE_FILE_HERE 'a file that h2 would read' vm-resume vm=db filename=/mnt/own/x
leads VXE_FILE_HERE 1
like '... to h2' "$OUT" 'h2.*10\.9\.0\.2|10\.9\.0\.2'
both=(is-control-domain=false --multiple)
ok 'guests of both hosts' h1 vm-snapshot new-name-label=all "${both[@]}"
is '... are snapshotted' "$(sort <<<"$OUT")" "$(h1 snapshot-list name-label=all --minimal | tr , '\n' | sort)"
run h1 vm-unpause "${both[@]}"
is '... what fails' "$STATUS" 5
is '... is said of each' "$(grep -c '^operation failed on' <<<"$OUT")" 2
wrong VXE_SEVERAL_HOSTS '... at once' vm-uninstall "${both[@]}" force=true dry-run=true
again VXE_SEVERAL_HOSTS vxe vm-uninstall uuid="$DB" force=true dry-run=true
wrong VM_REQUIRES_SR 'a start on a host that has not its disk' vm-start vm=db on=h1
leads VM_REQUIRES_SR 1

# ---- an appliance of VMs of both ----------------------------------------------------------------------------

GROUP=$(h1 appliance-create name-label=group)
for vm in "$WEB" "$DB"; do h1 vm-param-set uuid="$vm" appliance="$GROUP" order=1; done
runs() { for i in 1 2; do on $i virsh -q list --name; done | sort | xargs; }
run h1 appliance-start uuid="$GROUP" --dry-run
like 'a dry run says where its VMs start' "$OUT$ERR" "$DB.*is started at its home"
is '... and starts none' "$(runs)" ''
ok 'an appliance starts each at its home' h1 appliance-start uuid="$GROUP"
is '... both' "$(runs)" 'db web'
ok '... again it finds them started' h1 appliance-start uuid="$GROUP"
ok '... and stops' h1 appliance-shutdown uuid="$GROUP" force=true
is '... both' "$(runs)" ''
pool_reach 2 "$(host_words 2) /no/such/folder/env"
run h1 appliance-start uuid="$GROUP"
like 'a home that is not reached' "$ERR" "$DB.*cannot be reached"
is '... keeps its VM only' "$(runs)" web
h1 appliance-shutdown uuid="$GROUP" force=true >/dev/null 2>&1
pool_reach 2 "$(pool_way 2)"
for vm in "$WEB" "$DB"; do h1 vm-param-set uuid="$vm" appliance=; done
h1 appliance-destroy uuid="$GROUP"

# ---- ^C, and a caller that has gone --------------------------------------------------------------------------

slow="env VXE_FAILPOINT=vm-snapshot:make-overlays:after=sleep:3000"
pool_reach 2 "$(pool_way 2) $slow"
exits 130 '^C' on 1 timeout --preserve-status -s INT 1.5 "$VXE" vm-snapshot vm=db new-name-label=never
like '... is said by h2' "$ERR" cancelled
is '... which has undone it' "$(h1 snapshot-list name-label=never --minimal)" ''
ok '... all of it' on 2 vxe check
on 1 timeout -s KILL 1.5 "$VXE" vm-snapshot vm=db new-name-label=never 2>/dev/null
pool_reach 2 "$(pool_way 2)"
ok 'the caller is killed' h1 vm-snapshot vm=db new-name-label=next
is '... h2 has undone that, too' "$(h1 snapshot-list name-label=never --minimal)" ''
ok '... all of it' on 2 vxe check

# ---- a schedule of VMs of both --------------------------------------------------------------------------------

PLAN=$(h1 vmss-create name-label=both type=snapshot frequency=hourly retained-snapshots=1 timezone=UTC --minimal)
for vm in "$WEB" "$DB"; do h1 vm-param-set uuid="$vm" snapshot-schedule="$PLAN"; done
of_plan() { h1 snapshot-list snapshot-of="$1" is-vmss-snapshot=true --minimal; }
for i in 1 2 1 2; do
  ok "h$i runs the schedule of VMs of both" on $i vxe vmss-run uuid="$PLAN"
  is '... which makes a snapshot of each' "$(grep -cE '^[0-9a-f-]{36}$' <<<"$OUT")" 2
  sleep 1.1 # a run is known by its second
done
is '... and keeps as many of each' "$(of_plan "$WEB" | tr , '\n' | wc -l)" "$(of_plan "$DB" | tr , '\n' | wc -l)"
like '... but not all' "$(of_plan "$DB" | tr , '\n' | wc -l)" '^[12]$'
for vm in "$WEB" "$DB"; do h1 vm-param-set uuid="$vm" snapshot-schedule=; done
h1 vmss-destroy uuid="$PLAN"

# ---- a host that is not reached -------------------------------------------------------------------------------

pool_reach 2 "$(pool_way 1)"
wrong VXE_WRONG_HOST 'the way to another host' vm-start vm=db
pool_reach 2 "$(pool_way 2)"
again VXE_WRONG_HOST vxe vm-param-set uuid="$DB" name-description=x
pool_reach 2 "$(host_words 2) /no/such/folder/env"
wrong HOST_OFFLINE 'a way without vxe' vm-start vm=db
leads HOST_OFFLINE 1
run h1 vm-start vm=db
like '... the reason is said' "$ERR" '/no/such/folder/env.*No such file'
pool_reach 2 "$(pool_way 2)"
host_cut 2
wrong HOST_OFFLINE 'a host that is cut off' vm-start vm=db
ok '... what is read' h1 vm-list
ok '... and what is here' h1 vm-param-set uuid="$WEB" name-description=x
host_join 2
is '... nothing was done' "$(on 2 virsh domstate db)" 'shut off'
ok 'it is reached again' wait_until 10 h1 vm-param-set uuid="$DB" name-description=x
for i in 1 2; do ok "vxe check is clean on h$i" on $i vxe check; done
database_end

#!/bin/bash
# SPDX-License-Identifier: MIT
# The power of a host of a pool fails: its guest starts on the other one with all that it had written, also when the power
# fails inside an operation, and the host comes back without harm.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

AT=2 # the commands of wrong, leads
migration_ready || exit
on 1 small_guest own 1
ok 'h1 has a guest on storage of its own' on 1 vxe vm-start vm=own
ok '... and tells' on 1 vxe host-heartbeat

# ---- it is alive -------------------------------------------------------------------------------------------------

wrong HOST_IS_LIVE 'a host is not dead that says so' host-declare-dead uuid="${HOST[2]}" --force
declare_dead() { on 2 vxe host-declare-dead uuid="${HOST[1]}" --force; }
silent_for 1 3600 # as after a step of the server's clock
(sleep 15 && on 1 vxe host-heartbeat) &
wrong HOST_IS_LIVE '... or that is heard while one waits' host-declare-dead uuid="${HOST[1]}" --force
wait $!
is '... and keeps its guest' "$(of 2 web resident-on)" "${HOST[1]}"
like 'called without --force, it asks' "$(on 2 plain host-declare-dead uuid="${HOST[1]}" <<<no)" 'verified offline.*Aborted'

# ---- its power fails, in the middle of a snapshot, on whose layer the guest has written ----------------------------------

VXE_FAILPOINT=vm-snapshot:switch:after=die run on 1 "$VXE_PLAIN" vm-snapshot vm=web new-name-label=half
is 'a snapshot is half done' "$STATUS" 137
writes_on 1 web
last=$(on 1 guest_counter web)
host_kill 1
wrong HOST_OFFLINE 'its guest cannot be reached' vm-shutdown vm=web --force
wrong HOST_OFFLINE '... nor be called halted' vm-reset-powerstate vm=web --force
like '... but the host dead' "$NEXT" "'vxe host-declare-dead uuid=${HOST[1]}'"
silent_for 1 23
like 'a dry run names its guests' "$(on 2 plain host-declare-dead uuid="${HOST[1]}" --dry-run)" "web.*halted"
is '... and changes nothing' "$(of 2 web power-state)" running
again HOST_IS_LIVE declare_dead
ok '... and once more' declare_dead
is '... it is not live' "$(on 2 plain host-list uuid="${HOST[1]}" params=host-metrics-live --minimal)" false
is '... its guests are halted' "$(of 2 web power-state) $(of 2 own power-state)" 'halted halted'
is '... nowhere' "$(of 2 web resident-on)" '<not in database>'
wrong HOST_OFFLINE 'what was on its own storage stays' vm-start vm=own
ok 'the other one starts on h2' on 2 vxe vm-start vm=web
ok '... and counts' on 2 guest_counts web
has_all_of web 2 "$last" 'the guest'
isnt '... and the snapshot' "$(on 2 plain snapshot-list name-label=half --minimal)" ''
is '... whose home it is' "$(of 2 web resident-on)" "${HOST[2]}"
ok '... vxe check is clean' on 2 vxe check

# ---- it comes back ----------------------------------------------------------------------------------------------------

ok 'h1 has power again' host_boot 1
is '... with the old definition' "$(on 1 virsh -q list --all --name | grep -x web)" web
ok '... says that it is up' on 1 vxe host-heartbeat
is '... has that definition no longer' "$(on 1 virsh -q list --all --name | grep -x web)" ''
is '... is live' "$(on 2 plain host-list uuid="${HOST[1]}" params=host-metrics-live --minimal)" true
ok '... and starts its own guest' on 1 vxe vm-start vm=own
is '... there' "$(of 2 own resident-on)" "${HOST[1]}"
is_on 2 'the other one'
ok 'which goes back' on 2 vxe vm-migrate vm=web host=h1
is_on 1
database_end

#!/bin/bash
# SPDX-License-Identifier: MIT
# A guest is to go to a host whose packets vanish: vxe gives up after half a minute, names the host, and nothing is left.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

migration_ready || exit
AT=1
# h1 knows the card of h2, so that it sends, and nobody answers.
on 1 ip neigh replace 10.9.0.2 lladdr 02:00:0a:09:00:02 dev eth0 nud permanent || skip_all 'only root may say who a neighbour is'
host_cut 2
begun=$SECONDS
wrong VXE_HYPERVISOR_SILENT 'a host whose packets vanish' vm-migrate vm=web host=h2
diag "note after $((SECONDS - begun)) s: $ERR"
like '... is named' "$ERR" "${HOST[2]}|h2"
is '... no task is left' "$(on 1 plain task-list --minimal)" ''
ok '... the guest counts on' on 1 guest_counts web
ok '... vxe check is clean' on 1 vxe check
host_join 2
again VXE_HYPERVISOR_SILENT on 1 vxe vm-migrate vm=web host=h2
is_on 2
database_end

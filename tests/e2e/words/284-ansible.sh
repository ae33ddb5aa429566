#!/bin/bash
# SPDX-License-Identifier: MIT
# The playbooks of docs/ansible.md, run as they stand there by Ansible on a guest that writes: what is put back holds, byte by
# byte, what it held, and a second run changes nothing where the page says so.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/page.sh"

command -v ansible-playbook >/dev/null || skip_all 'there is no Ansible'
is 'each playbook is here' "$(page_headings ansible.md yaml)" 'Upgrade,A state,Old snapshots,Check mode'
export ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=False ANSIBLE_RETRY_FILES_ENABLED=False
printf '[hypervisors]\nhere ansible_connection=local ansible_python_interpreter=%s\n' "$(command -v python3)" >hosts

# The host's folders of Ansible itself.
export ANSIBLE_HOME=$PWD/ansible ANSIBLE_LOCAL_TEMP=$PWD/ansible/tmp ANSIBLE_REMOTE_TEMP=$PWD/ansible/tmp

# plays STATUS CHANGED WHAT HEADING SED [OPTION...]: runs the playbook, changed by SED; so many of its tasks change something.
plays() {
  local changed
  page_blocks ansible.md "$4" yaml | sed "$5" >play.yml
  run ansible-playbook -i hosts play.yml "${@:6}"
  changed=$(sed -n 's/^here .*changed=\([0-9]*\).*/\1/p' <<<"$OUT")
  is "$3" "$STATUS $changed" "$1 $2" || show_run
}
names() { plain snapshot-list params=name-label --minimal; }

small_guest web 2
guest_start web
export VM=$UUID TEST_DIR
# An upgrade: it ends when the guest has written, and the disks are no longer those of the snapshot.
cat >upgrade <<'END'
#!/bin/bash
. "$TESTS/lib/host.sh"
. "$TESTS/lib/guest.sh"
. "$TESTS/lib/disks.sh"
plain() { "$VXE_PLAIN" "$@"; }
at() { counter_of "$(vdi_files "$1" | head -n 1)"; }
is_past() { [ "$(at "$VM")" -gt "$(at "$before")" ]; }
cd "$TEST_DIR"
before=$(plain snapshot-list name-label=before-2.1 --minimal)
keep_content before "$before" && wait_until 20 is_past && { has_content before "$VM" || touch written; }
exit "$1"
END
chmod 0755 upgrade

# ---- an upgrade that fails, one after which the guest does not come, and a good one

plays 2 2 'an upgrade that fails' Upgrade 's/start=running/start=paused/' -e "upgrade='$PWD/upgrade 1'"
like '... says so' "$OUT" "web is as it was before the upgrade; 'Upgrade' has failed"
ok '... it was there and had an effect' rm written
ok '... the disks are those of before' has_content before "$VM"
is '... the snapshot stays' "$(names)" before-2.1
before=$(plain snapshot-list --minimal)
vxe vm-unpause uuid="$VM"
guest_counts web

plays 2 2 'a guest that does not come' Upgrade '' -e "upgrade='$PWD/upgrade 0' seconds=1"
like '... is a failure' "$OUT" "'Its guest is up' has failed"
ok '... of a guest that had written' rm written
ok '... which runs' guest_counts web
is '... and began with what the snapshot holds' "$(guest_booted web)" "$(counter_of "$(vdi_files "$before" | head -n 1)")"
is '... there is no second snapshot' "$(plain snapshot-list --minimal)" "$before"

pid=$(guest_pid web)
plays 0 1 'a good one' Upgrade '' -e "upgrade='$PWD/upgrade 0' ready=running"
is '... the guest goes on' "$(guest_pid web)" "$pid"
ok '... with what it has written' rm written

# ---- states

plays 0 0 'a VM that runs' 'A state' ''
plays 0 1 'a VM that is to be suspended' 'A state' '' -e verb=vm-suspend
plays 0 0 '... once more' 'A state' '' -e verb=vm-suspend
is '... it is' "$(plain vm-param-get uuid="$VM" param-name=power-state)" suspended
plays 0 1 '... and resumed' 'A state' '' -e verb=vm-resume
guest_counts web

# ---- check mode

plays 0 0 'a snapshot that is there' 'Check mode' '' --check
plays 0 1 'one that would be taken' 'Check mode' '' --check -e snapshot=before-2.2
is '... is not' "$(names)" before-2.1
plays 0 1 '... is' 'Check mode' '' -e snapshot=before-2.2
plays 0 0 '... once' 'Check mode' '' -e snapshot=before-2.2
ok '... and with a space in its name' vxe vm-snapshot vm=web new-name-label='before 2.3'

# ---- old snapshots

pid=$(guest_pid web)
plays 0 0 'two snapshots of upgrades' 'Old snapshots' ''
vxe vm-snapshot vm=web new-name-label=before-2.3 >/dev/null
plays 0 0 'three, in check mode' 'Old snapshots' '' --check
plays 0 1 '... of which one goes' 'Old snapshots' ''
is '... the oldest' "$(names)" 'before-2.2,before 2.3,before-2.3'
plays 0 0 '... once' 'Old snapshots' ''
plays 0 1 '... or all of them' 'Old snapshots' '' -e left=0 -e "pattern='before*'"
is '... none is left' "$(names)" ''
guest_counts web
is '... the guest goes on' "$(guest_pid web)" "$pid"
is '... on its first file' "$(source_of web vda)" "$PWD/web-0.qcow2"
ok 'vxe check' vxe check

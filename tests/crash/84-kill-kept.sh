#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# vxe is killed while it ends a snapshot that libvirt keeps, and while libvirt goes back to one. libvirt and the records
# have the same snapshots after the next command, and the disks hold what they held before or what they should hold.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"

of() { plain snapshot-list snapshot-of="$UUID" name-label="$2" params="$1" --minimal; }
recorded() { plain snapshot-list snapshot-of="$UUID" params=name-label --minimal | tr , '\n' | grep . | sort | tr '\n' ' '; }
kept() { virsh -q snapshot-list "$1" --name | grep . | sort | tr '\n' ' '; }
same_in_both() { is "$1: libvirt and the records agree" "$(recorded)" "$(kept "$2")"; }
# What is hidden, and that it waits, is no fault.
check_is_clean() {
  is "$1: nothing is wrong" "$(plain check 2>&1 | grep -v 'No problems found\|^Waits\|^libvirt does not list its snapshot in ')" ''
}

# ---- its end: libvirt forgets it -------------------------------------------------------------------------

small_guest out 1
stamp_disks "$UUID" 41 1M
keep_content one "$UUID"
virsh -q snapshot-create-as out one --disk-only --atomic
stamp_disks "$UUID" 42 1M
virsh -q snapshot-create-as out two --disk-only --atomic
stamp_disks "$UUID" 43 1M
keep_content now "$UUID"
virsh -q snapshot-dumpxml out one >one.xml
virsh -q snapshot-dumpxml out two >two.xml
for op in vm-destroy vm-uninstall; do
  command=(snapshot-"${op#vm-}" force=true)
  points "$op"
  for point in "${POINTS[@]}"; do
    recorded >/dev/null
    one=$(of uuid one)
    kill_at "$point" "${command[@]}" uuid="$one" >problems
    is "$op: killed at $point" "$(cat problems)" ''
    plain vm-param-set uuid="$UUID" name-description="$point" 2>problems || cat problems
    same_in_both "$point" out
    [[ $point == *:result:after ]] || is "$point: it is undone" "$(kept out)" 'one two '
    check_is_clean "$point"
    ok "$point: the VM has what it had" has_content now "$UUID"
    if [ "$(kept out)" = 'two ' ]; then # put both back, as they were
      virsh -q snapshot-create out one.xml --redefine
      virsh -q snapshot-create out two.xml --redefine --current
      is "$point: it is listed again" "$(recorded)" 'one two '
    fi
    is "$point: the child has its parent" "$(virsh snapshot-parent out two)" one
    is "$point: the child is the current one" "$(virsh snapshot-current out --name)" two
    ok "$point: it holds what it held" has_content one "$(of uuid one)"
  done
done

# ---- a revert to one inside the image ----------------------------------------------------------------------

small_guest in 1
stamp_disks "$UUID" 51 1M
keep_content a "$UUID"
virsh -q snapshot-create-as in a
stamp_disks "$UUID" 52 1M
keep_content b "$UUID"
virsh -q snapshot-create-as in b
recorded >/dev/null
a=$(of uuid a) b=$(of uuid b)
points kept-revert
for point in "${POINTS[@]}"; do
  plain snapshot-revert uuid="$b"
  kill_at "$point" snapshot-revert uuid="$a" >problems
  is "revert: killed at $point" "$(cat problems)" ''
  plain vm-param-set uuid="$UUID" name-description="$point" 2>problems || cat problems
  same_in_both "$point" in
  check_is_clean "$point"
  case $(plain vm-param-get uuid="$UUID" param-name=parent) in
  "$a") ok "$point: the VM has the content of its parent" has_content a "$UUID" ;;
  *) ok "$point: the VM has the content of its parent" has_content b "$UUID" ;;
  esac
  ok "$point: the revert again" plain snapshot-revert uuid="$a"
  ok "$point: the VM has its content" has_content a "$UUID"
done

# ---- a snapshot of ours hides one from libvirt ---------------------------------------------------------------

# agree POINT: libvirt lists what the records say, and all of them hold what they held.
agree() {
  is "$1: libvirt lists what the records say" \
    "$(plain snapshot-list snapshot-of="$UUID" in-libvirt=true params=name-label --minimal)" "$(kept hide | xargs)"
  ok "$1: the VM has what it had" has_content last "$UUID"
  ok "$1: a copy of the internal one" plain snapshot-copy uuid="$in" new-name-label=x
  made=$OUT
  ok "$1: holds what it held" has_content in "$made"
  plain template-uninstall template-uuid="$made" force=true >/dev/null
  check_is_clean "$1"
}

small_guest hide 1
stamp_disks "$UUID" 61 1M
keep_content in "$UUID"
virsh -q snapshot-create-as hide in
stamp_disks "$UUID" 62 1M
keep_content last "$UUID"
recorded >/dev/null
in=$(of uuid in)
points vm-snapshot
for point in "${POINTS[@]}"; do
  kill_at "$point" vm-snapshot uuid="$UUID" new-name-label=ours >problems
  is "hide: killed at $point" "$(cat problems)" ''
  plain vm-param-set uuid="$UUID" name-description="$point" 2>problems || cat problems
  ours=$(of uuid ours)
  is "$point: it is hidden if there is one of ours" "$(kept hide)" "$([ -n "$ours" ] || echo 'in ')"
  agree "$point"
  [ -z "$ours" ] || plain snapshot-uninstall uuid="$ours" force=true >/dev/null
  # libvirt has it again by now.
  ok "$point: a revert" plain snapshot-revert uuid="$in"
  ok "$point: brings its content" has_content in "$UUID"
  is "$point: libvirt lists it" "$(kept hide)" 'in '
  stamp_disks "$UUID" 62 1M
done

# ---- one that was hidden is reverted to or ended --------------------------------------------------------------

points kept-revert
for point in "${POINTS[@]}"; do
  ours=$(plain vm-snapshot uuid="$UUID" new-name-label=ours)
  plain snapshot-uninstall uuid="$ours" force=true >/dev/null
  is "$point: it is given back" "$(kept hide)" 'in '
  kill_at "$point" snapshot-revert uuid="$in" >problems
  is "back: killed at $point" "$(cat problems)" ''
  plain vm-param-set uuid="$UUID" name-description="$point" 2>problems || cat problems
  if has_content in "$UUID" >/dev/null; then stamp_disks "$UUID" 62 1M; fi # it was made, else nothing was
  agree "$point"
done
points vm-uninstall
for point in "${POINTS[@]}"; do
  ours=$(plain vm-snapshot uuid="$UUID" new-name-label=ours)
  plain snapshot-uninstall uuid="$ours" force=true >/dev/null
  kill_at "$point" snapshot-uninstall uuid="$in" force=true >problems
  is "end: killed at $point" "$(cat problems)" ''
  plain vm-param-set uuid="$UUID" name-description="$point" 2>problems || cat problems
  is "$point: the image agrees with the records" "$(recorded)" \
    "$(qemu-img snapshot -l hide-0.qcow2 | awk 'NR > 2 { printf "%s ", $2 }')"
  is "$point: so does libvirt" "$(plain snapshot-list snapshot-of="$UUID" in-libvirt=true params=name-label --minimal)" \
    "$(kept hide | xargs)"
  ok "$point: the VM has what it had" has_content last "$UUID"
  check_is_clean "$point"
  [ -z "$(recorded)" ] || continue
  virsh -q snapshot-create-as hide in
  recorded >/dev/null
  in=$(of uuid in)
done
# shellcheck disable=SC2086 # words
crash_summary $KILLED_BY_84

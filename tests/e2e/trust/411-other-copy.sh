#!/bin/bash
# SPDX-License-Identifier: MIT
# A copy of a shared SR's folder, as it lies below a mount point or comes from a replica, has the marker of the SR as well. It is
# told by the word in the marker: nothing starts from it, whoever wants that, and nothing is written there. Kills between the
# writes of a new word; what makes a copy the SR's storage.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

migration_ready || exit
# shellcheck disable=SC2034 # for wrong
AT=2
SR=$(on 1 plain sr-list name-label=common --minimal)
SHARED=$HOSTS_DIR/shared/images OLD=$HOSTS_DIR/h2/own/old
word() { sed -n 's/^word //p' "${1-$SHARED}/.vxe-sr"; }
# The two words of the record, where "-" is none.
known() {
  database_sql "$PG" pool "SELECT _document FROM vxe.\"SR\" WHERE uuid = '$SR'" |
    jq -r '"\(if .word == "" then "-" else .word end)|\(if .word_next == "" then "-" else .word_next end)"'
}
sums() { (cd "$1" && find . -type f ! -name '.vxe-sr*' -exec sha256sum {} + | sort); }
plugs() { on "$1" vxe pbd-plug uuid="$(pbd "$1")" "${@:2}"; }
copied() { on 2 eval 'rm -rf /mnt/own/old && cp -a /mnt/sr/images /mnt/own/old'; }
covered() { on 2 mount --bind /mnt/own/old /mnt/sr/images; }
uncovered() { on 2 umount /mnt/sr/images; }
runs() { on "$1" virsh -q list --name | grep -cx web; }
time_of() { sed -E 's/^(....)(..)(..)T(.*Z) .*/\1-\2-\3T\4/' <<<"$1"; }
other_copy() { echo "lies another copy of it, as the word in its marker \(.vxe-sr\) is of $(time_of "$(word "$OLD")") and that of the records of $(time_of "$(word)")"; }

# ---- what a word is

first=$(word)
like 'the marker of a shared SR has a word' "$first" '^[0-9]{8}T[0-9:]{8}Z [0-9a-f-]{36}$'
is '... which its record has, too' "$(known)" "$first|-"
ok 'web is off' on 1 vxe vm-shutdown uuid="$VM" --force
ok 'the folder is copied' copied
sleep 1.1
ok 'h1 plugs the SR, which is plugged' plugs 1
isnt '... and the word is another one' "$(word)" "$first"
is '... also of the record' "$(known)" "$(word)|-"
for i in 1 2; do ok "h$i: vxe check is clean" on $i vxe check; done
ok 'web writes' on 1 vxe vm-start uuid="$VM"
ok '... to the storage' on 1 guest_counts web
at=$(on 1 guest_counter web)

# ---- an old copy below the mount point

before=$(sums "$OLD")
covered || skip_all 'only root may mount'
exits 1 'what lies below the mount point: vxe check on h2 says so' on 2 vxe check
is '... in one line' "$(grep -c '^object' <<<"$OUT")" 1 || diag "$OUT"
like '... with both times' "$OUT" "SR $SR.*not mounted on this host: in its folder /mnt/sr/images $(other_copy)"
like '... and the way out' "$OUT" "'vxe pbd-plug force=true' of its PBD on this host"
is '... it is not attached there' "$(attached 2 2)$(attached 1 1)" falsetrue
wrong SR_NOT_ATTACHED 'no disk is made there' vdi-create sr-uuid="$SR" name-label=x virtual-size=1MiB
run on 1 vxe vm-migrate uuid="$VM" host=h2
isnt 'a running guest does not come there' "$STATUS" 0
like '... because of that' "$ERR$OUT" 'another copy of it'
ok '... and runs on' on 1 guest_counts web
is '... on h1 alone' "$(runs 1)$(runs 2)" 10
ok '... until it is off' on 1 vxe vm-shutdown uuid="$VM" --force
wrong SR_NOT_ATTACHED 'nor does one start there that is off' vm-start uuid="$VM" on=h2
like '... with both times' "$ERR" "$(other_copy)"
is '... it is where it was' "$(on 1 virsh -q list --all --name | grep -cx web)$(on 2 virsh -q list --all --name | grep -cx web)" 10
uncovered
ok 'without it, it goes to h2' on 2 vxe vm-start uuid="$VM" on=h2
ok '... and writes' writes_on 2 web
has_all_of web 2 "$at" 'the guest there'
at=$(on 2 guest_counter web)
covered
ok 'a guest that runs there when the copy comes goes on' on 2 guest_counts web
wrong SR_NOT_ATTACHED '... without a snapshot' vm-snapshot uuid="$VM" new-name-label=s
on 2 virsh -q destroy web
run on 2 virsh -q start web
isnt "virsh does not start it" "$STATUS" 0
like '... for the same reason' "$ERR" "the storage of the SR 'common' is not mounted on this host: in its folder /mnt/sr/images $(other_copy)"
wrong SR_NOT_ATTACHED 'nor vm-start' vm-start uuid="$VM"
is 'nothing was written there' "$(sums "$OLD")" "$before"
uncovered
again SR_NOT_ATTACHED on 2 vxe vm-start uuid="$VM"
ok '... and counts' on 2 guest_counts web
has_all_of web 2 "$at" 'the guest'
ok 'it is off' on 2 vxe vm-shutdown uuid="$VM" --force
for i in 1 2; do ok "h$i: vxe check is clean" on $i vxe check; done

# ---- layers

ok 'a snapshot' on 2 vxe vm-snapshot uuid="$VM" new-name-label=s
ok '... is copied' copied
ok '... before h1 writes another word' plugs 1
before=$(sums "$OLD") files=$(sums "$SHARED")
covered
run on 2 vxe snapshot-uninstall snapshot-uuid="$(on 2 plain snapshot-list name-label=s --minimal)" --force
diag "note snapshot-uninstall: status $STATUS, $ERR"
is 'nothing is merged or removed in the copy' "$(sums "$OLD")" "$before"
is '... nor in the storage' "$(sums "$SHARED")" "$files"
uncovered
ok '... where that is done later' on 2 vxe sr-coalesce sr-uuid="$SR"
isnt '... really' "$(sums "$SHARED")" "$files"
ok '... and vxe check is clean' on 2 vxe check
ok 'web starts' on 2 vxe vm-start uuid="$VM"
ok '... and counts' on 2 guest_counts web
has_all_of web 2 "$at" 'it'
ok '... until it is off' on 2 vxe vm-shutdown uuid="$VM" --force

# ---- a new word is cut off

cut_off() { # POINT WORDS-IN-FILE-AND-RECORD
  local was
  ok "$1: a copy" copied
  was=$(word)
  VXE_FAILPOINT=$1=die run on 1 plain pbd-plug uuid="$(pbd 1)"
  is '... h1 is killed while it writes a word' "$STATUS" 137
  is '... the record has both' "$(known | cut -d'|' -f1)$([ "$(known | cut -d'|' -f2)" = - ] || echo +)" "$was+"
  case $1 in
  *:file) is '... the file the old one' "$(word)" "$was" ;;
  *) is '... the file the new one' "$(word)" "$(known | cut -d'|' -f2)" ;;
  esac
  ok '... the SR is there for both' on 2 vxe vdi-create sr-uuid="$SR" name-label="$1" virtual-size=1MiB
  is '... attached' "$(attached 1 1)$(attached 2 2)" truetrue
  ok '... and the next run of the timer' on 2 vxe vmss-run --due
  is '... ends that' "$(known)" "$(word)|-"
  isnt '... with a new one' "$(word)" "$was"
  covered
  is '... so that the copy is one' "$(attached 2 2)" false
  uncovered
}
cut_off sr-word:file
cut_off sr-word:record
was=$(word)
ok 'a run within the day' on 1 vxe vmss-run --due
is '... changes nothing' "$(word)" "$was"
VXE_FAILPOINT=sr-word:file=error run on 1 plain pbd-plug uuid="$(pbd 1)"
is 'a marker that cannot be written' "$STATUS$(word)" "0$was"
ok '... gets its word later' on 1 vxe vmss-run --due
is '... which is the one on record' "$(known)" "$(word)|-"

# ---- a replica, which becomes the SR's storage

covered
wrong SR_NOT_ATTACHED 'another copy cannot be plugged' pbd-plug uuid="$(pbd 2)"
ok '... but with force' plugs 2 force=true
is '... the word is in the copy' "$(known)" "$(word "$OLD")|-"
is '... where the SR is now' "$(attached 1 1)$(attached 2 2)" falsetrue
ok '... and h2 is clean' on 2 vxe check
ok '... a guest starts from it' on 2 vxe vm-start uuid="$VM"
ok '... and counts' on 2 guest_counts web
ok '... until it is off' on 2 vxe vm-shutdown uuid="$VM" --force
ok '... and unplugged' on 2 vxe pbd-unplug uuid="$(pbd 2)"
uncovered
wrong SR_NOT_ATTACHED 'the one of before is not plugged' pbd-plug uuid="$(pbd 2)"
is '... and stays unplugged' "$(on 2 plain pbd-param-get uuid="$(pbd 2)" param-name=currently-attached)" false
ok '... but with force' plugs 2 force=true
is '... then it is the true one' "$(attached 1 1)$(attached 2 2)|$(known)" "truetrue|$(word)|-"
for i in 1 2; do ok "h$i: vxe check is clean" on $i vxe check; done

# ---- what has no word

sed -i /^word/d "$SHARED/.vxe-sr"
wrong SR_NOT_ATTACHED 'a marker without a word, where the record has one' vm-start uuid="$VM"
like '... is of a copy, too' "$ERR" 'without a time and that of the records'
rm "$SHARED/.vxe-sr"
wrong SR_NOT_ATTACHED 'and so is a folder without a marker' vm-start uuid="$VM"
like '... as it says' "$ERR" 'its folder /mnt/sr/images has no marker of it'
ok 'force makes one' plugs 1 force=true
is '... with a word' "$(known)" "$(word)|-"
ok '... and the guest starts' on 2 vxe vm-start uuid="$VM"
ok '... and counts' on 2 guest_counts web
has_all_of web 2 "$at" 'the guest'
mkdir "$HOSTS_DIR/shared/older"
VXE_FAILPOINT=sr-word:file=error on 1 plain sr-create name-label=older type=file shared=true device-config:location=/mnt/sr/older >/dev/null
SR=$(on 1 plain sr-list name-label=older --minimal)
is 'a marker without a word, as an earlier version makes it' "$(word "$HOSTS_DIR/shared/older")" ''
ok '... is that of the SR' on 2 vxe vdi-create sr-uuid="$SR" name-label=b virtual-size=1MiB
ok '... and gets one when a host plugs it' plugs 2
is '... which the record has' "$(known)" "$(word "$HOSTS_DIR/shared/older")|-"
for i in 1 2; do ok "h$i: vxe check is clean" on $i vxe check; done
database_end

#!/bin/bash
# SPDX-License-Identifier: MIT
# A record that is not as vxe wrote it is refused by name and found by check, and both ways out that the error names lead
# to a clean check with the data as they were: saving what can be read, and a dump of before.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

PLACE=${VXE_STORE//\?/\\?}
document() { echo "(SELECT document FROM objects WHERE class = '$1' AND uuid = '$2')"; }
# db SQL SQL: what is done to the tables of SQLite, and of PostgreSQL.
db() { if in_database; then store_sql "$2"; else sqlite3 "$VXE_STORE/vxe.db" "$1"; fi; }
# refused CLASS UUID REASON WHAT COMMAND...
refused() {
  local want="store: $PLACE"$'\n'"class: $1"$'\n'"uuid: $2"$'\n'"reason: $3" what=$4
  shift 4
  exits 1 "$what" vxe "$@"
  like '... by its name' "$ERR" "VXE_RECORD_DAMAGED|not as vxe wrote it"
  like '... of the record' "$ERR" "$want"
}
found() {
  local aside="mv $VXE_STORE $VXE_STORE.damaged"
  ! in_database || aside='give the database another name, make an empty one'
  for flag in read-only=false read-only=true; do
    exits 1 "check $flag finds it" vxe check $flag
    like '... by its name' "$OUT" "$1 $2"
    like '... with the way out' "$OUT" "$3.*$aside.*pool-restore-database"
  done
}
# way_out DUMP COMMAND...: that of the command's error, with this dump.
way_out() {
  wrong VXE_RECORD_DAMAGED 'the way out is named' "${@:2}"
  rm -f anew.json
  leads VXE_RECORD_DAMAGED 2 FILE=anew.json
  if in_database; then
    like '... which says what is done with a database' "$NEXT" 'a database gets another name, and an empty one takes its place'
    ok '... which is done' store_new
  else
    rm -rf "$VXE_STORE.damaged"
    leads VXE_RECORD_DAMAGED 3
  fi
  leads VXE_RECORD_DAMAGED 4 FILE="$1"
  ok '... check is clean' vxe check
  is '... the snapshot is there' "$(plain snapshot-list --minimal)" "$SNAP"
  ok '... with its data' has_content first "$SNAP"
  ok '... and the VM has its own' has_content now "$UUID"
}

small_guest web 2
stamp_disks "$UUID" 0x11
snapshot "$UUID" first
keep_content first "$SNAP"
stamp_disks "$UUID" 0x33
keep_content now "$UUID"
ok 'a dump' vxe pool-dump-database file-name=before.json
store_keep good
sum=$(sha256sum <"$(vdi_files "$UUID" | head -n 1)")

# ---- one byte, still JSON --------------------------------------------------------------------------

db "UPDATE documents SET json = replace(json, 'first', 'fjrst') WHERE id = $(document VM "$SNAP")" \
  "UPDATE vxe.\"VM\" SET _document = replace(_document::text, 'first', 'fjrst')::json WHERE uuid = '$SNAP'"
refused VM "$SNAP" 'its checksum is wrong' 'a field is refused' snapshot-param-get uuid="$SNAP" param-name=name-description
refused VM "$SNAP" 'its checksum is wrong' 'a revert, too' snapshot-revert uuid="$SNAP"
refused VM "$SNAP" 'its checksum is wrong' '... and the end of the snapshot' snapshot-uninstall uuid="$SNAP" force=true
is '... nothing was done' "$(sha256sum <"$(vdi_files "$UUID" | head -n 1)")" "$sum"
found VM "$SNAP" "'vxe pool-dump-database' saves what it says, or take a dump of before"
ok 'what can be read is saved' vxe pool-dump-database file-name=saved.json
like '... with a word on the record' "$ERR" "VM $SNAP is not as vxe wrote it .its checksum is wrong.: look at it in the file before you restore it"
sed -i 's/fjrst/first/' saved.json
way_out saved.json snapshot-revert uuid="$SNAP"
is '... under its name' "$(plain snapshot-param-get uuid="$SNAP" param-name=name-label)" first

# ---- documents that were exchanged -----------------------------------------------------------------

store_back good
vdis=("$(vdi_of "$UUID" 0)" "$(vdi_of "$UUID" 1)")
db "UPDATE objects SET document = $(document VDI "${vdis[0]}") + $(document VDI "${vdis[1]}") - document
  WHERE uuid IN ('${vdis[0]}', '${vdis[1]}')" \
  "UPDATE vxe.\"VDI\" AS a SET _document = b._document FROM vxe.\"VDI\" AS b
  WHERE a.uuid IN ('${vdis[0]}', '${vdis[1]}') AND b.uuid IN ('${vdis[0]}', '${vdis[1]}') AND a.uuid <> b.uuid"
refused VDI "${vdis[0]}" 'its checksum is wrong' 'another object'\''s document is refused' \
  vdi-param-get uuid="${vdis[0]}" param-name=location
not_ok 'a start is refused' vxe vm-start uuid="$UUID"
found VDI "${vdis[1]}" "'vxe pool-dump-database' saves"

# ---- one that can no longer be read ----------------------------------------------------------------

store_back good
db "UPDATE documents SET json = replace(json, '{', '[') WHERE id = $(document VM "$UUID")" \
  "UPDATE vxe.\"VM\" SET _document = '[]' WHERE uuid = '$UUID'"
refused VM "$UUID" 'its checksum is wrong' 'it is refused' vm-param-get uuid="$UUID" param-name=name-description
found VM "$UUID" 'only a dump of before has what it said'
ok 'what can be read is saved' vxe pool-dump-database file-name=rest.json
like '... without it, which is said' "$ERR" "VM $UUID is not as vxe wrote it .*: it is not in the file"
like '... the others are in it' "$(cat rest.json)" "$SNAP"
way_out before.json vm-param-get uuid="$UUID" param-name=name-description

#!/bin/bash
# SPDX-License-Identifier: MIT
# backends/content has one door, content.h. One function judges the header of an image, one says what may be done with it,
# one room says who uses a file, two rooms write to images: nobody else looks at the bits of a header; each function that
# starts a program of QEMU's on an image stands below, with the function beside it that asks content_vet() first, or opens
# the file without what lies below; nobody but objects/file_index finds the files that a definition names; no object but those
# of objects/disks and objects/guest_state (memory, firmware variables, TPM) needs a function that writes, and of the rooms above
# objects/disks none but objects/guest_state needs any function of backends/content.
set -u
cd "$(dirname "$0")/../.." || exit 1
found=0
complain() {
  [ -z "$2" ] || { echo "$1:" && echo "$2" && found=1; }
}
sources() { find xe objects store backends -name '*.c'; }

# ---- the door ----------------------------------------------------------------------------------------

door=backends/content/content.h
n=$(grep -cE '^[a-z].*\(' "$door")
[ "$n" -le 27 ] || complain "$door" "$n functions; 27 are allowed"
# What a qcow2 header looks like is told to those who write one.
complain 'another header of backends/content is included than content.h' \
  "$({ sources; find xe objects store backends -name '*.h'; } | grep -v '^backends/content/' |
    xargs grep -n 'include "backends/content/' | grep -v '"backends/content/content.h"' |
    grep -v '^objects/disks/images/.*"backends/content/qcow2_layout.h"')"

# ---- the judge ---------------------------------------------------------------------------------------

complain 'a header is judged outside of content_header.c' \
  "$(sources | grep -v '^backends/content/content_header.c' | xargs grep -nE '\b(h|head|header)(\.|->)(dirty|corrupt|unknown|encrypted)\b')"
# The index of users has to know the file that a header names for its data.
complain 'a data file is looked at outside of content_header.c and the index of users' \
  "$(sources | grep -vE '^(backends/content/content_(header|names)|objects/base/content_facts)\.c' | xargs grep -nE '(\.|->)data_file\b')"

# ---- the opener --------------------------------------------------------------------------------------

# FILE FUNCTION GUARD: "alone" is a name without the chain; info reads one header, bitmap the target and, alone, its source.
table='
objects/disks/images/image_merge.c image_touched alone
objects/disks/images/image_merge.c image_same_content VET_CHAIN
objects/disks/images/image_merge.c check_qcow2 alone
objects/disks/images/image_merge.c run_repair alone
objects/disks/images/image_merge.c rebase VET_CHAIN
objects/disks/images/image_bitmaps.c carry image_alone
objects/disks/images/image_bitmaps.c ask_image_info content_read
objects/disks/images/image_bitmaps.c add_void image_bitmaps_void
objects/disks/images/image_bitmaps.c disable image_bitmaps_carry
objects/disks/images/image_bitmaps.c remove_bitmap image_alone
objects/disks/images/image_content.c image_measure VET_CHAIN
objects/disks/images/image_content.c resize VET_CHAIN
objects/disks/images/image_content.c fill_draft VET_CHAIN
objects/disks/images/image_content.c fill_difference VET_CHAIN
objects/disks/images/image_content.c image_commit_watched VET_CHAIN
objects/disks/images/image_content.c image_write_to VET_CHAIN
objects/disks/images/image_copy.c image_copy_start VET_CHAIN
backends/xva/xva_image.c start_qemu_nbd VET_CHAIN
'
# "FILE FUNCTION" of each that names such a program as an argument.
starters() {
  # shellcheck disable=SC2016 # awk's
  sources | xargs awk '
    /^[a-z].*[a-z0-9_]\(/ && !/;$/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
    /"(qemu-img|qemu-nbd|qemu-io|qemu-storage-daemon)",/ && !/^[ \t]*\/?\*/ { print FILENAME, name }' | sort -u
}
complain 'starts a program of QEMU, and is not in the table of this check (<), or no longer does (>)' \
  "$(diff <(starters) <(sed '/^$/d; s/ [^ ]*$//' <<<"$table" | sort) | grep '^[<>]')"
while read -r file function guard; do
  grep -qE "(^|[^_[:alnum:]])$guard\>" "$file" || complain "$file: $function" "nothing calls $guard"
done < <(sed '/^$/d' <<<"$table")

# ---- the finder --------------------------------------------------------------------------------------

complain 'the files of definitions are searched for outside of objects/file_index' \
  "$(sources | grep -v '^objects/file_index/' | xargs grep -nE '\bxml_(paths|own_files|arg_paths)\(')"

# ---- who asks ----------------------------------------------------------------------------------------

build=build/asan # whose objects are read for symbols
# The rooms above objects/disks ask objects/disks/disks.h; objects/guest_state has files of its own.
above() {
  local folders
  folders=$(sed -n '/^disks /,$p' tests/checks/rooms.list | grep -vE '^(disks|guest_state|registry) ' | cut -d' ' -f2- | tr ' ' '\n')
  { sed 's|$|/|' <<<"$folders" | xargs -I{} find {} -maxdepth 1 -name '*.c'; find objects -maxdepth 1 -name '*.c'; } | sort
}
[ "$(above | wc -l)" -gt 150 ] || complain 'the rooms above objects/disks' 'they are not found'
content=$(find backends/content -name '*.c' | sed "s|^\(.*\)\.c$|$build/\1.o|" | xargs nm 2>/dev/null |
  awk '$2 ~ /^[TDBR]$/ { print $3 }' | grep '^content')
[ "$(wc -w <<<"$content")" -ge 20 ] || complain 'the functions of backends/content' 'they are not found'
complain 'asks backends/content, above objects/disks, and not objects/disks/disks.h' \
  "$(above | sed "s|^\(.*\)\.c$|$build/\1.o|" | xargs nm -A 2>/dev/null | awk '$2 == "U" { print $1, $3 }' |
    grep -E " ($(echo $content | tr ' ' '|'))$" | sed "s|^$build/||; s|\.o:|.c|")"

# ---- the writers -------------------------------------------------------------------------------------

writers='content_create content_freeze content_hold content_remove content_reserve content_sync content_thaw
image_bitmaps_carry image_bitmaps_clear image_bitmaps_void image_commit_watched image_copy_start image_grow image_make image_make_copy image_make_difference
image_make_overlays image_make_raw image_pull image_repair image_reserve_header image_set_backing memory_image_correct
memory_image_rewrite memory_image_set_xml state_file_drop state_file_place'
for name in $writers; do
  grep -qrE "\b$name\(" backends/content backends/hv objects/disks/images objects/guest_state --include='*.h' ||
    complain 'the list of writers' "$name() is in no header"
done
complain 'writes to images, outside of objects/disks and objects/guest_state' \
  "$(sources | grep -E '^(objects|xe)/' | grep -vE '^objects/(disks|guest_state)/' | sed "s|^\(.*\)\.c$|$build/\1.o|" |
    xargs nm -A 2>/dev/null | awk '$2 == "U" { print $1, $3 }' |
    grep -E " ($(echo $writers | tr ' ' '|'))$" | sed "s|^$build/||; s|\.o:|.c|")"
exit $found

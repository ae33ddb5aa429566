#!/bin/bash
# SPDX-License-Identifier: MIT
# One function judges the header of an image, one says whether its chain may be opened, one room says who uses a file, two
# rooms write to images: nobody else looks at the bits of a header; each function that starts a program of QEMU's on an image stands below, with
# the function beside it that asks image_chain_vet() first, or opens the file without what lies below; nobody but
# objects/users finds the files that a definition names; no object but those of objects/layers (disks) and objects/state
# (memory, firmware variables, TPM) needs a function of backends/content that writes.
set -u
cd "$(dirname "$0")/../.." || exit 1
found=0
complain() {
  [ -z "$2" ] || { echo "$1:" && echo "$2" && found=1; }
}
sources() { find xe objects store backends -name '*.c'; }

# ---- the judge ---------------------------------------------------------------------------------------

complain 'a header is judged without qcow2_judge()' \
  "$(sources | grep -v '^backends/content/qcow2' | xargs grep -nE '\b(h|head|header)(\.|->)(dirty|corrupt|unknown|encrypted)\b')"
# The index of users has to know the file that a header names for its data.
complain 'a data file is looked at beside qcow2_judge() and the index of users' \
  "$(sources | grep -vE '^backends/content/(qcow2|image_scan\.c)' | xargs grep -nE '(\.|->)data_file\b')"

# ---- the opener --------------------------------------------------------------------------------------

# FILE FUNCTION GUARD: "alone" is a name without the chain; info reads one header, bitmap the target and, alone, its source.
table='
backends/content/image.c image_touched alone
backends/content/image.c image_same_content image_chain_vet
backends/content/image.c check_qcow2 alone
backends/content/image.c run_repair alone
backends/content/image.c image_commit image_chain_vet
backends/content/image.c rebase image_chain_vet
backends/content/image_bitmaps.c carry image_alone
backends/content/image_bitmaps.c describe qcow2_read
backends/content/image_content.c image_measure image_chain_vet
backends/content/image_content.c resize image_chain_vet
backends/content/image_content.c fill_draft image_chain_vet
backends/content/image_content.c fill_difference image_chain_vet
backends/content/image_content.c image_commit_watched image_chain_vet
backends/content/image_content.c image_write_to image_chain_vet
backends/content/image_copy.c image_copy_start image_chain_vet
backends/xva/xva_image.c start image_chain_vet
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
  grep -qE "(^|[^_[:alnum:]])$guard\(" "$file" || complain "$file: $function" "nothing calls $guard()"
done < <(sed '/^$/d' <<<"$table")

# ---- the finder --------------------------------------------------------------------------------------

complain 'the files of definitions are searched for outside of objects/users' \
  "$(sources | grep -v '^objects/users/' | xargs grep -nE '\bxml_(paths|own_files|arg_paths)\(')"

# ---- the writers -------------------------------------------------------------------------------------

build=build/asan # whose objects are read for symbols
writers='image_bitmaps_carry image_check_freezable image_commit_watched image_copy_start image_freeze image_grow image_hold
image_make image_make_copy image_make_difference image_make_overlays image_make_raw image_pull image_repair
image_reserve_header image_set_backing image_sync image_thaw image_unlink memory_image_correct memory_image_rewrite
memory_image_set_xml state_file_drop state_file_place'
for name in $writers; do
  grep -qrE "\b$name\(" backends/content backends/hv objects/state --include='*.h' || complain backends/content "$name() is in no header"
done
complain 'writes to images, outside of objects/layers and objects/state' \
  "$(sources | grep -E '^(objects|xe)/' | grep -vE '^objects/(layers|state)/' | sed "s|^\(.*\)\.c$|$build/\1.o|" |
    xargs nm -A 2>/dev/null | awk '$2 == "U" { print $1, $3 }' |
    grep -E " ($(echo $writers | tr ' ' '|'))$" | sed "s|^$build/||; s|\.o:|.c|")"
exit $found

#!/bin/bash
# SPDX-License-Identifier: MIT
# Every source is in one room of rooms.list; no room includes one above it or uses a symbol of one; no folder has too
# many files, no cycle of files that call each other is too large. Foreign headers are used only in their places. Only
# xe/ (and the log) writes, exits or reads the environment. Only backends/machine/machine*.c reads the machine's files,
# since the machine is a folder in tests. Only backends/sr knows types of SRs.
set -u
cd "$(dirname "$0")/../.." || exit 1
found=0

# ---- rooms -------------------------------------------------------------------------------------

FULL=40 KNOT=6
build=build/asan # whose objects are read for symbols

sources() {
  find xe objects store backends -name '*.[ch]'
}
facts() {
  sed 's/#.*//; /^[[:space:]]*$/d' tests/checks/rooms.list |
    awk '{ for (i = 2; i <= NF; i++) print "room", NR, $1, $i }'
  sources | sed 's/^/file /'
  sources | xargs grep -o '^#include "[^"]*"' | sed 's/:#include "/ /; s/"$//; s/^/include /'
  sources | grep '\.c$' | while read -r c; do
    [ "$build/${c%.c}.o" -nt "$c" ] && echo "object $c"
  done
  sources | grep '\.c$' | sed "s|^\(.*\)\.c$|$build/\1.o|" | xargs nm -A 2>/dev/null |
    sed -n "s|^$build/\([^:]*\)\.o:[0-9a-f]* *\([A-Z]\) \([A-Za-z_][A-Za-z0-9_]*\)\$|\1.c \2 \3|p" |
    awk '$2 == "U" { print "needs", $1, $3 } $2 ~ /[TDBRC]/ { print "defines", $1, $3 }'
}
facts | awk -v full=$FULL -v knot=$KNOT -f tests/checks/rooms.awk || found=1

# ---- headers and words ---------------------------------------------------------------------------

# The own headers that FOLDER may include, and the foreign headers that are restricted to one place.
ours() {
  case $1 in
  objects/base) echo 'objects/base/' ;;
  store) echo '(store|objects/base)/' ;;
  backends) echo '(backends|objects/base)/' ;;
  objects) echo '(objects|store|backends)/' ;;
  xe) echo '(xe|objects)/' ;;
  esac
}
foreign() {
  case $1 in
  objects/base) echo 'libvirt/|libxml/|sqlite3|libpq|json' ;;
  store) echo 'libvirt/|libxml/' ;;
  backends) echo 'sqlite3|libpq' ;;
  objects) echo 'libvirt/|libxml/|sqlite3|libpq' ;;
  xe) echo 'libvirt/|libxml/|sqlite3|libpq|json' ;;
  esac
}
complain() {
  [ -z "$2" ] || { echo "$1:" && echo "$2" && found=1; }
}

for folder in objects/base store backends objects xe; do
  files=$(find "$folder" -name '*.[ch]')
  [ "$folder" != objects ] || files=$(grep -v '^objects/base/' <<<"$files")
  [ -n "$files" ] || continue
  # shellcheck disable=SC2086 # a list of files
  {
    complain "$folder includes what it must not" \
      "$(grep -nHE '^#include "' $files | grep -vE "#include \"$(ours $folder)")"
    complain "$folder includes a library that belongs elsewhere" \
      "$(grep -nHE "^#include <($(foreign $folder))" $files)"
  }
done

# Prints the file without its comments and with empty strings.
code() {
  gcc -fpreprocessed -dD -E -P "$1" 2>/dev/null | sed -E 's/"([^"\\]|\\.)*"/""/g'
}

# What a function of libc's writes, rooms.awk sees. Children get their descriptors in backends/child.
while read -r file; do
  complain "$file writes to the terminal" \
    "$(code "$file" | grep -nE "(^|[^_[:alnum:]])p?writev?[[:space:]]*\([[:space:]]*(1|2|STDOUT_FILENO|STDERR_FILENO)[[:space:]]*,")"
done < <(find objects store backends -name '*.c' ! -path backends/child/child.c -exec grep -lwE 'p?writev?' {} +)

# Every source may read files of the own process; texts in tables of fields are not paths.
machine='"/(sys|proc|etc)/'
while read -r file; do
  complain "$file names a file of the machine's" \
    "$(gcc -fpreprocessed -dD -E -P "$file" 2>/dev/null | grep -nE "$machine" |
      grep -vE '"/proc/self/|machine_[a-z]+\(')"
done < <(find objects store backends -name '*.c' ! -path 'backends/machine/machine*.c' -exec grep -lE "$machine" {} +)
# The words are those of backends/sr. What else has a member called type has other words.
types=$(sed -n 's/^\t\.\(other_\)\{0,1\}name = "\([a-z]*\)",$/\2/p' backends/sr/*.c | sort -u | tr '\n' '|')
[ -n "$types" ] || complain backends/sr 'no type of SR is found'
complain 'a type of SR is named by its word; backends/sr knows them' \
  "$(grep -rnE "\"(${types}lvm)\"" objects xe --include='*.[ch]' |
    grep -vE '"(file|dir)"|"content-type", "iso"|"libssh"')" # common words: see below
complain 'a type is compared with a word that is none of a card, a machine or a disk' \
  "$(grep -rnE '[.>]type, *"' objects xe --include='*.[ch]' |
    grep -vE '(nic|v)->type, "(bridge|network|user)"|spec->type, "kvm"|row->type, "system"')"
complain 'the content of an SR is compared with a word' \
  "$(grep -rnE '[.>]content_type, *"' objects xe --include='*.[ch]')"
while read -r file; do
  complain "$file opens a session on the real machine" \
    "$(awk '/struct session_config\)? ?\{|session_config [a-z]+ = \{/ { from = NR; text = "" }
      from { text = text $0 } from && /\}/ { if (text !~ /\.root/) print from ": no .root"; from = 0 }' \
      "$file")"
done < <(find tests/unit -name '*.[ch]')
exit $found

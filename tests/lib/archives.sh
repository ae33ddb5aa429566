# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Archives that are taken apart and put together by tar. Sourced after e2e.sh.

# packed FOLDER: FOLDER.xva, of its members in the order of an archive: ova.xml, each block and its sum, the table of sums.
packed() {
  (cd "$1" && {
    echo ova.xml && find . -mindepth 2 -type f -printf '%P\n' | LC_ALL=C sort
    [ ! -e checksum.xml ] || echo checksum.xml
  } | tar --format=ustar --no-recursion -cf "../$1.xva" -T -)
}

# first_version FOLDER: it becomes an archive of export_vsn 1: sums by SHA-1, and a table of all at the end.
first_version() {
  local block sum
  rm "$1"/*/*.xxhash
  printf '<value><struct>' >"$1/checksum.xml"
  while read -r block; do
    sum=$(sha1sum <"$1/$block")
    printf '%s' "${sum%% *}" >"$1/$block.checksum"
    printf '<member><name>%s</name><value>%s</value></member>' "$block" "${sum%% *}" >>"$1/checksum.xml"
  done < <(cd "$1" && find . -mindepth 2 -type f -printf '%P\n' | LC_ALL=C sort -r)
  printf '</struct></value>' >>"$1/checksum.xml"
  sed -i 's|<name>export_vsn</name><value>2|<name>export_vsn</name><value>1|' "$1/ova.xml"
}

# unpacked ARCHIVE FOLDER
unpacked() { rm -rf "$2" && mkdir "$2" && tar -xf "$1" -C "$2" && chmod -R u+rw "$2"; }

# object_lines FILE: ova.xml with a line for each object, one for what is before and one for what is after.
object_lines() {
  tr '\n' ' ' <"$1" | sed 's|<value><struct><member><name>class</name>|\n&|g; s|</struct></value></data>|</struct></value>\n</data>|'
}
id_of_class() { object_lines "$1" | sed -n "s|.*<name>class</name><value>$2</value></member><member><name>id</name><value>\([^<]*\)<.*|\1|p" | head -n 1; }

# add_snapshot FOLDER KEY ARCHIVE TIME PARENT: the template in the archive becomes a snapshot of the VM in the folder: its
# objects are Ref:KEY-N there. PARENT is such an id, or OpaqueRef:NULL.
add_snapshot() {
  local vm sr net file
  unpacked "$3" "$2.parts" || return
  vm=$(id_of_class "$1/ova.xml" VM) sr=$(id_of_class "$1/ova.xml" SR) net=$(id_of_class "$1/ova.xml" network)
  object_lines "$1/ova.xml" >all.lines
  object_lines "$2.parts/ova.xml" | grep -E '<name>class</name><value>(VM|VBD|VDI|VIF)</value>' |
    sed -E "s|Ref:([0-9]+)|Ref:$2-\1|g
      s|(<name>SR</name><value>)[^<]*|\1$sr|; s|(<name>network</name><value>)[^<]*|\1$net|
      /<name>class<.name><value>VM</ {
        s|(<name>is_a_snapshot</name><value><boolean>)0|\11|
        s|(<name>snapshot_of</name><value>)[^<]*|\1$vm|
        s|(<name>snapshot_time</name><value><dateTime.iso8601>)[^<]*|\1$4|
        s|(<name>parent</name><value>)[^<]*|\1$5|
      }" >snapshot.lines
  { head -n -1 all.lines && cat snapshot.lines && tail -n 1 all.lines; } | tr -d '\n' >"$1/ova.xml"
  for file in "$2.parts"/Ref:*; do
    mv "$file" "$1/Ref:$2-${file##*Ref:}" || return
  done
}

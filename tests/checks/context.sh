#!/bin/bash
# SPDX-License-Identifier: MIT
# struct session and struct session_host have no member that is an option of the caller's (those are in struct wishes) or
# something that was done (struct reports), none that is a pointer to a function of a room above (objects/registry.c has
# those: session_above), and none that only one room uses: what a room keeps there is in struct caches.
set -u
cd "$(dirname "$0")/../.." || exit 1
found=0
complain() { echo "$1" && found=1; }

# members STRUCT HEADER: the lines of its members.
members() { sed -n "/^struct $1 {/,/^};/p" "$2" | sed 's|/\*.*||'; }
# rooms_of MEMBER: the folders whose files name it as a member of a session, a host or what is kept there.
rooms_of() {
  grep -rlE "(->|\.)$1\b" objects xe store backends --include='*.[ch]' | sed 's|/[^/]*$||' | sort -u
}
for one in 'session objects/session/session.h' 'session_host objects/session/session_host.h'; do
  read -r struct header <<<"$one"
  [ "$(members "$struct" "$header" | grep -c ';')" -gt 8 ] || complain "struct $struct is not found"
  while read -r name; do
    complain "struct $struct: $name is a pointer to a function of a room above: session_above has those"
  done < <(members "$struct" "$header" | sed -n 's/.*(\*\([a-z_]*\))(.*/\1/p')
  while read -r name; do
    rooms=$(rooms_of "$name")
    [ "$(wc -l <<<"$rooms")" -gt 1 ] || [ "$rooms" = objects/session ] ||
      complain "struct $struct: only $rooms uses $name: cache_of() keeps it"
  done < <(members "$struct" "$header" | sed -n 's/^\t.*[ *]\([a-z_]*\)\(\[[^]]*\]\)*;.*/\1/p')
done
while read -r name; do
  complain "struct session: $name is no state of a call: struct wishes or struct reports has it"
done < <(members session objects/session/session.h |
  sed -n 's/^\t\(const \)\?\(bool\|int\|int64_t\|struct strv\) \([a-z_]*\);.*/\3/p')
exit $found

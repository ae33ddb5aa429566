#!/bin/bash
# SPDX-License-Identifier: MIT
# What a host runs to reach another stands in its own file, not in a record that all hosts can write; what it is sent there is a
# word that no shell changes, whatever that program is; and what it does for others is what hosts send each other.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

# "ssh" joins its words for a shell, as ssh does; so does "over", which has another name. "evil" is run by nobody.
bin=$HOSTS_DIR/shared/bin
mkdir -p "$bin"
printf '#!/bin/sh\nto=$1\nshift\nexec %q "$to" env PATH=/mnt/sr/bin:"$PATH" sh -c "$*"\n' "$TOOLS/remote" >"$bin/ssh"
cp "$bin/ssh" "$bin/over"
printf '#!/bin/sh\ntouch /mnt/sr/pwned\n' >"$bin/evil"
chmod +x "$bin"/{ssh,over,evil}
migration_ready || exit
AT=2
is_safe() { not_ok "${1-...} and nothing of it was run" test -e "$HOSTS_DIR/shared/pwned"; }

# ---- words --------------------------------------------------------------------------------------------

names=('$(touch /mnt/sr/pwned)' '`touch /mnt/sr/pwned`' ';touch /mnt/sr/pwned;' '&& touch /mnt/sr/pwned' $'a\ntouch /mnt/sr/pwned'
  'back\slash' 'a b' "it's" '"two"' '$HOME ~ * ? [a] {a,b} ! # %41 + %' 'äöü €' '|touch /mnt/sr/pwned' '>/mnt/sr/pwned' '')
for way in '/mnt/sr/bin/ssh 10.9.0.1' 'timeout 60 /mnt/sr/bin/ssh 10.9.0.1' 'env A=b /mnt/sr/bin/ssh 10.9.0.1' '/mnt/sr/bin/over 10.9.0.1' \
  "$(pool_way 1)"; do
  pool_reach 1 "$way"
  wrongly=0
  for name in "${names[@]}"; do
    vxe vm-param-set uuid="$VM" name-description="$name" 2>said && [ "$(on 1 plain vm-param-get uuid="$VM" param-name=name-description)" = "$name" ] ||
      { wrongly=$((wrongly + 1)) && diag "note by $way: $name: $(cat said)"; }
  done
  is "by ${way%% *}: every word arrives as it was typed" "$wrongly" 0
  is_safe
done

# ---- a record ------------------------------------------------------------------------------------------

ok 'a record says how h1 is to be reached' vxe host-param-set uuid="${HOST[1]}" other-config:vxe-remote='/mnt/sr/bin/evil h1'
ok '... a command of h2 goes its own way' vxe vm-param-set uuid="$VM" name-description=x
exits 1 '... vxe check names it' vxe check
like '... with the line that says the same' "$OUT" \
  "the line '${HOST[1]} /mnt/sr/bin/evil h1' in the file .*/remote of each host that needs it"
on 2 eval 'mv "$HOST_STATE/remote" "$HOST_STATE/kept"'
wrong HOST_OFFLINE 'without a line it is ssh that is run' vm-param-set uuid="$VM" name-description=x
like '... as is said' "$ERR" 'by: ssh -T'
leads HOST_OFFLINE 1
on 2 eval 'mv "$HOST_STATE/kept" "$HOST_STATE/remote"'
vxe host-param-remove uuid="${HOST[1]}" param-name=other-config param-key=vxe-remote
ok '... and vxe check is clean' vxe check

# A URI of libvirt can name programs as well; h2's libvirt is asked by h1.
for uri in 'qemu+ext:///system?command=/mnt/sr/bin/evil' 'qemu+ssh://h2/system?command=/mnt/sr/bin/evil' 'qemu+ssh://h2/system?netcat=/mnt/sr/bin/evil' \
  'qemu+ssh://h2/system?no_tty=1&com%6Dand=/mnt/sr/bin/evil' 'qemu+ssh://-oProxyCommand=evil/system' 'qemu+ssh://x@-oProxyCommand=evil/system' 'xen+ext://h2'; do
  vxe host-param-set uuid="${HOST[2]}" other-config:libvirt-uri="$uri"
  AT=1 wrong HOST_OFFLINE "$uri" vm-migrate vm=web host=h2
  like '... is not used' "$ERR" 'libvirt-uri of the host .* is not used'
done
is_safe
pool_reached 2
ok 'the guest goes by one that names an address' on 1 vxe vm-migrate vm=web host=h2
is_on 2

# ---- what a host does for others ------------------------------------------------------------------------

# asks TEXT: who has another host's key asks h2 for that; asked WORD...: in the form of an older vxe.
mkfifo held && exec 9<>held # its end would stop the command
asks() {
  local status
  on 2 env SSH_ORIGINAL_COMMAND="$1" "$VXE" --forwarded <&9 2>said
  status=$?
  tr -d '\0' <said >&2
  return $status
}
asked() {
  local word text=
  for word; do text+=" '${word//\'/\'\\\'\'}'"; done
  run asks "'vxe' '--forwarded=${HOST[2]}'$text"
}
refused=(
  "host-param-set uuid=${HOST[1]} other-config:a=b" "host-param-set uuid=${HOST[2]} other-config:a=b" 'pool-dump-database file-name=/mnt/sr/pwned'
  'pool-restore-database file-name=/mnt/sr/pwned --force' "host-declare-dead uuid=${HOST[1]}" "pool-param-set uuid=$(on 1 plain pool-list --minimal) name-label=x"
  'vm-list' 'secret-create value=x' "vm-resume uuid=$VM filename=/mnt/sr/pwned" "vm-export uuid=$VM filename=/mnt/sr/pwned"
)
for words in "${refused[@]}"; do
  # shellcheck disable=SC2086 # words
  asked $words
  isnt "h2 does not do for others: ${words%% *}" "$STATUS" 0
  like '... and says so' "$ERR" 'no host sends this command|VXE_FILE_HERE|filename|file-name'
done
is_safe
asked vm-param-set uuid="$VM" name-description='it'"'"'s'
is 'but what one of before sends about a guest of it' "$STATUS" 0
is '... byte by byte' "$(on 1 plain vm-param-get uuid="$VM" param-name=name-description)" "it's"
run asks "vxe --forwarded=+${HOST[2]}+vm-param-set+uuid=$VM+name-description=a%20b"
is '... and one of now' "$STATUS$(on 1 plain vm-param-get uuid="$VM" param-name=name-description)" '0a b'
for text in "vxe --forwarded=+${HOST[2]}+vm-list;id" "vxe --forwarded=+%zz" 'id' "'sh' '-c' 'id'"; do
  run asks "$text"
  isnt "not: $text" "$STATUS" 0
done
for i in 1 2; do ok "h$i: vxe check is clean" on $i vxe check; done
database_end

#!/bin/bash
# SPDX-License-Identifier: MIT
# limit 900
# What one host does with an SR of two hosts (sr-create, pbd-unplug, pbd-plug, sr-forget, sr-destroy) is killed at each failpoint.
# The other host keeps what it has of the SR; the next command ends the rest, and a disk in it has its bytes.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/pool.sh"

pool_begin 2
place_ready
points() { "$VXE" failpoints | grep -E "^$1:"; }
# dies HOST POINT COMMAND...
dies() {
  LEFT_BY=$1
  run on "$1" env VXE_FAILPOINT="$2=die" "$VXE_PLAIN" "${@:3}"
  is "$3 is killed at $2" "$STATUS" 137
}
# both_agree: what is left is ended, by the host that left it; both say the same of the SR.
both_agree() {
  ok '... vxe check is clean' on "$LEFT_BY" vxe check
  ok '... on the other host, too' on $((3 - LEFT_BY)) vxe check
  is '... both know the same SRs' "$(srs 1)" "$(srs 2)"
}
writes() { on "$1" qemu-io -f qcow2 -c "write -q -P $2 0 64k" "$FILE"; }
reads() { [ "$(on "$1" qemu-io -r -f qcow2 -c "read -P $2 0 64k" "$FILE" | grep -c 'verification failed')" = 0 ]; }
has_sr() { SR=$(srs 1) && [ -n "$SR" ]; }

# ---- sr-create -----------------------------------------------------------------------------------------------------

for point in $(points sr-create); do
  dies 1 "$point" "${create[@]}"
  both_agree
  if has_sr; then
    is '... with both hosts' "$(attached 2 1) $(attached 2 2)" 'true true'
    for i in 1 2; do ok "... h$i unplugs it" on $i vxe pbd-unplug uuid="$(pbd $i)"; done
    ok '... and it goes' on 2 vxe sr-destroy uuid="$SR"
  fi
  is '... nothing is left in its folder' "$(find "$PLACE" -mindepth 1 2>/dev/null)" ''
done
ok 'an SR of both' on 1 vxe "${create[@]}"
has_sr
VDI=$(on 1 plain vdi-create sr-uuid="$SR" name-label=d virtual-size=1MiB type=user)
FILE=$(on 1 plain vdi-param-get uuid="$VDI" param-name=sm-config param-key=file)
writes 1 7

# ---- pbd-unplug, pbd-plug --------------------------------------------------------------------------------------------

n=0
for op in pbd-unplug pbd-plug; do
  for point in $(points $op); do
    i=$((1 + n / 2 % 2)) j=$((2 - n / 2 % 2))
    [ $op = pbd-unplug ] || on $i plain pbd-unplug uuid="$(pbd $i)"
    dies $i "$point" $op uuid="$(pbd $i)"
    [ $((n % 2)) = 0 ] || { # the other host first
      run on $j vxe vdi-resize uuid="$VDI" disk-size=$((n + 2))MiB
      [ "$STATUS" = 0 ] || like '... meanwhile the other host waits for that one' "$ERR" "left unfinished on the host h$i"
    }
    both_agree
    is '... the other host has it' "$(attached $i $j)" true
    ok '... and scans it' on $j vxe sr-scan uuid="$SR"
    ok '... and reads what is in it' reads $j 7
    [ "$(attached $j $i)" = true ] || ok '... which plugs it' on $i vxe pbd-plug uuid="$(pbd $i)"
    ok '... both scan it' on $i vxe sr-scan uuid="$SR"
    is '... with its disk' "$(on $i plain vdi-list sr-uuid="$SR" name-label=d --minimal)" "$VDI"
    n=$((n + 1))
  done
done

# ---- sr-forget, sr-destroy -------------------------------------------------------------------------------------------

for point in $(points sr-forget); do
  for i in 1 2; do on $i plain pbd-unplug uuid="$(pbd $i)"; done
  dies 2 "$point" sr-forget uuid="$SR"
  both_agree
  ok '... what is in it stays' reads 1 7
  if [ -z "$(srs 1)" ]; then
    introduce_sr
  else
    for i in 1 2; do ok "... h$i plugs it" on $i vxe pbd-plug uuid="$(pbd $i)"; done
  fi
  is '... with its disk' "$(on 1 plain vdi-list sr-uuid="$SR" params=uuid --minimal)" "$VDI"
done
ok 'its disk goes' on 1 vxe vdi-destroy uuid="$VDI"
for point in $(points sr-destroy); do
  for i in 1 2; do [ "$(attached 1 $i)" != true ] || on $i plain pbd-unplug uuid="$(pbd $i)"; done
  dies 1 "$point" sr-destroy uuid="$SR"
  both_agree
  has_sr && continue
  is '... nothing is left in its folder' "$(find "$PLACE" -mindepth 1 2>/dev/null)" ''
  mkdir -p "$PLACE"
  on 1 plain "${create[@]}" >/dev/null
  has_sr
done
database_end

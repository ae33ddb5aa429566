#!/bin/bash
# SPDX-License-Identifier: MIT
# Scripts of administrators with xe as a link to vxe: those of docs/examples, unchanged, and some in
# other styles.
. "$TESTS/lib/e2e.sh"

mkdir bin
ln -s "$VXE" bin/xe
PATH=$PWD/bin:$PATH
examples=$TESTS/../docs/examples
guest_make web 1
guest_make db 1
web=$(virsh domuuid web)

# ---- rotation

other=$(xe vm-snapshot vm=web new-name-label=mine)
for i in 1 2 3 4; do
  sh "$examples/rotate-snapshots.sh" web 2 >"out.$i" || echo "failed $i"
  sleep 1 # times have seconds
done
is 'rotation leaves as many as wanted' \
  "$(xe snapshot-list snapshot-of="$web" params=name-label | grep -c ': auto-2')" 2
is '... and what is called otherwise' \
  "$(xe snapshot-list uuid="$other" params=name-label --minimal)" mine
is '... of which it removed two' "$(cat out.* | grep -c 'removing the snapshot of')" 2
newest=$(xe snapshot-list snapshot-of="$web" params=name-label --minimal | tr , '\n' | grep ^auto |
  sort | tail -n 1)
ok '... the newest among those left' test "$(date -d "${newest#auto-}" +%s)" -ge $(($(date +%s) - 20))
not_ok 'an unknown VM is told' sh "$examples/rotate-snapshots.sh" nobody
ok 'vxe check is clean' vxe check

# ---- deployment

run bash "$examples/deploy-from-template.sh" db golden
is 'five machines are deployed' "$STATUS" 0
is '... and run' "$(grep -cE '^golden-[1-5] [0-9a-f-]{36} running$' <<<"$OUT")" 5
is '... with their tags' "$(xe vm-list tags:contains=deployed --minimal | tr , '\n' | wc -l)" 5
is '... from one template' "$(xe template-list name-label=golden --minimal | tr , '\n' | wc -l)" 1
for vm in $(xe vm-list tags:contains=deployed --minimal | tr , ' '); do
  xe vm-uninstall uuid="$vm" force=true >/dev/null
done

# ---- nightly export

guest_start web
mkdir exports
run sh "$examples/nightly-export.sh" "$PWD/exports"
is 'what runs is exported' "$STATUS $(cd exports && echo ./*)" "0 ./web-$(date +%Y%m%d).xva"
is '... as an archive' "$(tar -tf exports/web-*.xva | head -n 1)" ova.xml
is '... and the snapshot is gone' "$(xe snapshot-list name-label="export of web $(date +%Y%m%d)" --minimal)" ''
guest_counts web
ok '... while the guest goes on' guest_is web running
run sh "$examples/nightly-export.sh" "$PWD/exports"
isnt 'a file that is there is kept, and it is told' "$STATUS" 0
like '... by name' "$ERR" "failed: $web"
ok 'vxe check is clean in the end' vxe check

# ---- scripts of other hands: they read lists with awk and grep, not with --minimal

# A copy of every tagged guest as a template; keeps the newest one of each. Removes disks one by one before their
# snapshot or template.
cat >templates.sh <<'SCRIPT'
value() { awk -v name="$1" '$1 == name { sub(/^[^:]*: /, ""); print }'; }
drop() { # drop KIND UUID
  xe vbd-list vm-uuid="$2" empty=false | value vdi-uuid | while read -r disk; do
    xe vdi-destroy uuid="$disk" || exit 1
  done
  xe "$1-uninstall" "$1-uuid=$2" force=true | tail -n 1
}
sr=$(xe pool-list params=default-SR | value default-SR)
xe vm-list is-control-domain=false tags:contains=gold | value uuid >work
while read -r vm; do
  name=$(xe vm-list uuid="$vm" | value name-label)
  snapshot=$(xe vm-snapshot uuid="$vm" new-name-label="$name of tonight") || exit 1
  copy=$(xe snapshot-copy uuid="$snapshot" sr-uuid="$sr" new-name-label="$name being made") || exit 1
  drop snapshot "$snapshot"
  xe template-param-set uuid="$copy" name-label="$name-$1"
  xe template-list | grep -B1 "name-label ( RW): $name-[0-9]" | value uuid |
    while read -r old; do
      echo "$(xe template-param-get uuid="$old" param-name=name-label) $old"
    done | sort -r | tail -n +2 | while read -r _ old; do drop template "$old"; done
done <work
SCRIPT
guest_counts web
xe vm-param-add uuid="$web" param-name=tags param-key=gold
before=$(xe vdi-list --minimal | tr , '\n' | wc -l)
for day in 1 2; do
  run sh templates.sh $day
  is "templates of day $day" "$STATUS $ERR" '0 '
done
is '... say what they destroyed' "$OUT" 'All objects destroyed
All objects destroyed'
is '... the newest is left' "$(xe template-list | grep -o 'web-[0-9]')" web-2
is '... with its disk, and nothing else' "$(xe vdi-list --minimal | tr , '\n' | wc -l)" $((before + 1))
copy=$(xe template-list name-label=web-2 --minimal)
file=$(vdi_files "$copy")
ok '... that holds what the guest had written' \
  test "$(counter_of "$file")" -gt 0 -a "$(counter_of "$file")" -le "$(guest_counter web)"
guest_counts web
ok '... and the guest goes on' guest_is web running
ok 'vxe check is clean' vxe check

# A guest installed from a CD in a directory that is an SR only for this purpose.
cat >from-cd.sh <<'SCRIPT'
set -e
sr=$(xe sr-create name-label=cds type=iso content-type=iso device-config:legacy_mode=true \
  device-config:location="$PWD/cds")
vm=$(xe vm-install template="Other install media" new-name-label="new one")
xe vm-memory-limits-set uuid="$vm" static-min=64MiB dynamic-min=64MiB dynamic-max=64MiB static-max=64MiB
xe vm-param-set uuid="$vm" VCPUs-max=2 VCPUs-at-startup=2 HVM-boot-policy='BIOS order' \
  HVM-boot-params:order=dc name-description="by $0" other-config:installed=today
xe vm-disk-add uuid="$vm" disk-size=64MiB device=0
xe vm-cd-add uuid="$vm" cd-name=setup.iso device=1
xe vm-start uuid="$vm" paused=true
while ! xe vm-param-get uuid="$vm" param-name=power-state | grep -q paused; do sleep 1; done
xe vm-cd-list uuid="$vm" | grep name-label
xe vm-shutdown uuid="$vm" force=true
xe vm-cd-eject uuid="$vm"
xe vm-cd-remove uuid="$vm" cd-name='<EMPTY>'
xe pbd-list sr-uuid="$sr" | awk '/^uuid/ { print $NF }' | xargs -I{} xe pbd-unplug uuid={}
xe sr-forget uuid="$sr"
xe vm-list other-config:installed=today params=name-label,name-description | grep -c 'by '
SCRIPT
mkdir cds
qemu-img create -q -f raw cds/setup.iso 1M
run sh from-cd.sh
is 'a guest is installed from a CD' "$STATUS $ERR" '0 '
like '... which it had in its drive' "$OUT" 'name-label \( RW\): setup.iso'
is '... the drive is gone' "$(xe vbd-list vm-name-label='new one' params=type --minimal)" Disk
is '... and the SR' "$(xe sr-list type=iso --minimal)" ''
xe vm-uninstall vm='new one' force=true >/dev/null

# The actions of a host at its start and end: an appliance, found by its name.
cat >boot.sh <<'SCRIPT'
appliance=$(xe appliance-list params=uuid name-label=boot | awk '{ print $5 }')
xe "appliance-$1" uuid="$appliance" "$2"
for vm in $(xe appliance-list params=VMs name-label=boot --minimal | tr -d ' ' | tr ';' ' '); do
  echo "$(xe vm-list uuid="$vm" params=name-label --minimal) $(xe vm-list uuid="$vm" |
    awk '/power-state/ { print $4 }')"
done | sort
SCRIPT
appliance=$(xe appliance-create name-label=boot)
xe vm-param-set uuid="$web" appliance="$appliance" order=2
xe vm-param-set uuid="$(virsh domuuid db)" appliance="$appliance" order=1 start-delay=1
run sh boot.sh shutdown --force
is 'an appliance is stopped' "$STATUS $OUT$ERR" '0 db halted
web halted'
run sh boot.sh start paused=false
is '... and started' "$STATUS $OUT$ERR" '0 db running
web running'
guest_counts web
xe vm-param-set uuid="$web" blocked-operations:hard_shutdown=true
run xe appliance-shutdown uuid="$appliance" --force
is 'one that may not be stopped is named' "$STATUS $(tail -n 1 <<<"$ERR")" "1 <extra>: $web (web)"
is '... the other one is stopped' "$(virsh domstate db)" 'shut off'
xe vm-param-clear uuid="$web" param-name=blocked-operations
ok 'vxe check is clean after all' vxe check

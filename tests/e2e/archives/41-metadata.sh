#!/bin/bash
# SPDX-License-Identifier: MIT
# Imports of archives with records only: the VM is restored on the existing disks, byte by byte and without copies;
# missing disks are named. Also archives from a web server.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

field() { vxe vm-param-get uuid="$1" param-name="$2" "${@:3}"; }
uuids() { vxe "$1"-list --minimal | tr , '\n' | sort; }
all_there_is() {
  find "$HOST_IMAGES" "$TEST_DIR" -name '*.qcow2' -o -name '*.raw' | sort
  uuids vm && uuids template && uuids vdi && uuids network && virsh -q list --all --uuid | sort
}
before() { all_there_is >.before; }
nothing_new() { is "$1: nothing is left" "$(all_there_is | diff .before -)" ''; }
disks() { vxe vbd-list vm-uuid="$1" type=Disk params=vdi-uuid --minimal | tr , '\n' | sort; }

# A VM with three disks: a file of its own, a raw one, one that vxe has made.
qemu-img create -q -f raw plain.raw 1M
qemu-io -f raw -c 'write -q -P 7 0 64k' plain.raw >/dev/null
GUEST_EXTRA="<interface type='user'><mac address='52:54:00:aa:bb:01'/><model type='e1000'/></interface>
<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='$PWD/plain.raw'/>
<target dev='vdb' bus='virtio'/><boot order='2'/></disk>"
GUEST_TOP="<cpu mode='custom'><model>qemu64</model></cpu>"
small_guest web 1
web=$UUID
GUEST_EXTRA= GUEST_TOP=
vxe vm-disk-add uuid="$web" disk-size=1MiB device=2
vxe vm-param-set uuid="$web" name-description=kept other-config:mine=yes
guest_start web && guest_counts web || exit 1
own=$(disks "$web")
ok 'vm-export metadata=true of the running VM' vxe vm-export vm=web metadata=true filename=web.xva

# ---- looking only

before
run vxe vm-import filename=web.xva metadata=true dry-run=true
is 'a dry run prints what xe prints' "$OUT" xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx
like '... and what is said of the card' "$ERR" '^Card 0 has user mode networking'
nothing_new 'a dry run'
exits 0 'of a whole archive it shows the plan' vxe vm-import filename=web.xva dry-run=true --verbose
like '... of its disks' "$OUT" 'operation: vm-import.*make: .*filled from the archive'
ln -sf "$VXE" xe
exits 1 'as xe, it is of records alone' ./xe vm-import filename=web.xva dry-run=true
is '... in the words of xe' "$ERR" 'Only metadata import function support dry-run'

# ---- the VM is gone, its disks are here

vxe vm-shutdown vm=web --force
counted=$(counter_of web-0.qcow2)
vxe vm-destroy uuid="$web"
ok 'metadata=true' vxe vm-import filename=web.xva metadata=true preserve=true
is 'it prints the UUID' "$OUT" "$web"
is 'the VM has its disks' "$(disks "$web")" "$own"
is '... its card' "$(vxe vif-list vm-uuid="$web" params=MAC --minimal)" 52:54:00:aa:bb:01
is '... its records' "$(field "$web" name-description) $(field "$web" other-config param-key=mine)" 'kept yes'
is 'and is halted' "$(field "$web" power-state)" halted
is 'the definition names the files and their formats' \
  "$(virsh dumpxml --inactive "$web" | grep -oE "driver name='qemu' type='[a-z0-9]*'" | sort | uniq -c | tr -s ' \n' ' ')" \
  " 2 driver name='qemu' type='qcow2' 1 driver name='qemu' type='raw' "
ok 'vxe check is clean' vxe check
vxe vm-start uuid="$web"
# Its serial line has changed.
goes_on() { [ "$(counter_of web-0.qcow2)" -gt "$1" ]; }
ok 'it counts on from where it was' wait_until 20 goes_on "$counted"
is '... on the raw disk, too' "$(qemu-io -U -r -f raw -c 'read -P 7 4k 60k' plain.raw | grep -c 'verification failed')" 0
before
exits 1 'over a VM that is up' vxe vm-import filename=web.xva metadata=true preserve=true
like '... it is refused' "$ERR" 'actual: running'
nothing_new 'a VM that is up'

# ---- beside it, on the same disks

run vxe vm-import filename=web.xva metadata=true
twin=$OUT
is 'a second VM on the same disks' "$(disks "$twin")" "$own"
isnt '... with a card of its own' "$(vxe vif-list vm-uuid="$twin" params=MAC --minimal)" 52:54:00:aa:bb:01
fails VDI_IN_USE 7 'operation: attach' 'cannot be started meanwhile' vxe vm-start uuid="$twin"
ok 'the first counts on' wait_until 20 goes_on "$(counter_of web-0.qcow2)"
vxe vm-destroy uuid="$twin"
vxe vm-shutdown uuid="$web" --force

# ---- halted, it is replaced

vxe vm-param-set uuid="$web" name-description=changed
exits 1 'an archive that is no newer' vxe vm-import filename=web.xva metadata=true preserve=true
like '... is refused' "$ERR" 'VM_TO_IMPORT_IS_NOT_NEWER_VERSION|version'
ok 'with force=true it takes the place' vxe vm-import filename=web.xva metadata=true preserve=true force=true
is 'with the old record' "$(field "$web" name-description)" kept
is '... on the same disks' "$(disks "$web")" "$own"
ok 'vxe check is clean' vxe check

# ---- disks that are not here, or called otherwise

made=$(vxe vbd-list vm-uuid="$web" userdevice=2 params=vdi-uuid --minimal)
vxe vm-destroy uuid="$web"
copy=$(vxe vdi-copy uuid="$made" sr-uuid="$(vxe vdi-param-get uuid="$made" param-name=sr-uuid)")
vxe vdi-destroy uuid="$made"
before
fails VDI_LOCATION_MISSING 1 "location: $made" 'a disk that is missing is named' \
  vxe vm-import filename=web.xva metadata=true
fails VDI_LOCATION_MISSING 1 "location: $made" '... by a dry run, too' \
  vxe vm-import filename=web.xva metadata=true dry-run=true
place=$(vxe vdi-param-get uuid="$copy" param-name=sr-uuid)
sed "s/$place/00000000-0000-4000-8000-000000000000/g" web.xva >elsewhere.xva
fails VDI_CONTENT_ID_MISSING 1 '' 'and so is one of an SR that is not here' \
  vxe vm-import filename=elsewhere.xva metadata=true
nothing_new 'a disk that is missing'
ok 'vdi: names another one' vxe vm-import filename=web.xva metadata=true vdi:"$made"="$copy"
is '... which the VM has' "$(disks "$OUT")" "$(sort <<<"${own/$made/$copy}")"
vxe vm-destroy uuid="$OUT"
ok 'with force=true it is left out' vxe vm-import filename=web.xva metadata=true force=true
like '... and named' "$ERR" "$made .* left out"
is '... two are left' "$(disks "$OUT" | wc -l)" 2
vxe vm-destroy uuid="$OUT"
fails UUID_INVALID 3 'uuid: ' 'vdi: names a disk that there is not' \
  vxe vm-import filename=web.xva metadata=true vdi:"$made"="$web"
ok 'vxe check is clean' vxe check

# ---- what is frozen is nobody's

small_guest frozen 1
snap=$(vxe vm-snapshot vm=frozen new-name-label=s)
vxe vm-export uuid="$UUID" metadata=true include-snapshots=true filename=both.xva >/dev/null
held=$(vxe vbd-list vm-uuid="$snap" params=vdi-uuid --minimal)
fails VDI_READONLY 1 "vdi: $held" "a snapshot's disk is not written to" \
  vxe vm-import filename=both.xva metadata=true vdi:"$(disks "$UUID")"="$held"
ok 'with snapshots in the archive the VM comes' vxe vm-import filename=both.xva metadata=true
like '... without them, which is said' "$ERR" 'snapshots of the VM are not imported'
is '... on its disk' "$(disks "$OUT")" "$(disks "$UUID")"

# ---- from a web server

# serve DIR: answers one request after the other; prints its port.
serve() {
  exec perl -MIO::Socket::INET -e '$| = 1; chdir $ARGV[0];
    my $l = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1") or die;
    print $l->sockport, "\n";
    while (my $c = $l->accept) {
      my ($name) = <$c> =~ m{^GET /([\w%]+\.xva) };
      while (<$c> =~ /\S/) {}
      if (defined $name && open my $f, "<", $name) {
        my $data = do { local $/; <$f> };
        my $length = $name =~ /^more/ ? length($data) - 100 : $name =~ /^less/ ? length($data) + 100 : undef;
        print $c "HTTP/1.0 200 OK\r\n", defined $length ? "Content-Length: $length\r\n" : "", "\r\n", $data;
      } else {
        print $c "HTTP/1.0 404 Not Found\r\n\r\n";
      }
      close $c;
    }' "$1"
}
snap=$(vxe vm-snapshot uuid="$UUID" new-name-label=out)
keep_content out "$snap"
mkdir web
vxe snapshot-export-to-template snapshot-uuid="$snap" filename=web/all.xva compress=zstd >/dev/null
head -c "$(($(stat -c %s web/all.xva) / 2))" web/all.xva >web/short.xva
ln web/all.xva web/less.xva
ln web/all.xva web/more.xva
ln web/all.xva 'web/%C3%A4%E6%9D%B1.xva' # as it is asked for
serve web >server.port &
wait_until 10 test -s server.port
server=http://127.0.0.1:$(cat server.port)
ok 'url=' vxe vm-import url="$server/all.xva"
ok 'the disks hold, byte by byte, what was exported' has_content out "$OUT"
# A password in the URL must not be visible in the list of processes.
mkdir bin
printf '#!/bin/sh\necho "$@" >"%s/curl.args"\nexec "%s" "$@"\n' "$PWD" "$(command -v curl)" >bin/curl
chmod +x bin/curl
ok 'with a password' env PATH="$PWD/bin:$PATH" "$VXE" vm-import url="${server/127/me:secret@127}/all.xva"
unlike '... which curl is not called with' "$(cat curl.args)" 'secret|http:'
fails INVALID_VALUE 2 'value: http:' 'nor has it a second line' vxe vm-import url="$server/all.xva"$'\nproxy=x'
ok 'a scheme in capitals' vxe vm-import url="${server/http/HTTP}/all.xva"
ok 'characters that are not ASCII' vxe vm-import url="$server/ä東.xva"
before
fails INVALID_VALUE 2 'value: http:' 'but not in the name of the host' vxe vm-import url=http://hä.invalid/all.xva
fails INVALID_VALUE 2 'value: http:' '... nor bytes that are none' vxe vm-import url="$server/"$'\xff.xva'
fails IMPORT_ERROR 1 'curl: \(18\) (transfer closed|end of response) with 100 bytes' 'less than the server announced' vxe vm-import url="$server/less.xva"
fails IMPORT_ERROR_PREMATURE_EOF 1 '' 'more than it announced, which is not read' vxe vm-import url="$server/more.xva"
fails IMPORT_ERROR 1 '404' 'a file that the server has not' vxe vm-import url="$server/none.xva"
fails IMPORT_ERROR_PREMATURE_EOF 1 '' 'one that is cut short' vxe vm-import url="$server/short.xva"
fails IMPORT_ERROR 1 'onnect' 'a server that there is not' vxe vm-import url=http://127.0.0.1:1/all.xva
fails INVALID_VALUE 2 'value: file:' 'a file is none' vxe vm-import url="file://$PWD/web/all.xva"
exits 1 'url= and filename=' vxe vm-import url=http://127.0.0.1:1/x filename=web.xva
like '... in the words of xe' "$ERR" "^Error: Invalid arguments. The 'url' and 'filename' parameters should not both"
nothing_new 'what cannot be had'
ok 'vxe check is clean in the end' vxe check

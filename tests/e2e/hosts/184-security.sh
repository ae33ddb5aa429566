#!/bin/bash
# SPDX-License-Identifier: MIT
# docs/security.md: the modes and owners in its table, with a umask that would permit everything, and what it says of
# passwords, plugins, other machines and users.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

DOC=$TESTS/../docs/security.md
umask 000
# mode_of WHAT: the mode in the row of the table that has WHAT.
mode_of() { awk -F' *[|] *' -v what="$1" 'index($2, what) { print $3; exit }' "$DOC"; }
me=$(id -un)
# has_mode WHAT FILE...: there are such files, of mode and owner as the table says.
has_mode() {
  local what=$1 want
  shift
  want=$(mode_of "$what")
  is "$what: $want" "$(stat -c '0%a %U' "$@" 2>&1 | sort -u)" "$want $me"
}

# ---- modes

GUEST_EXTRA="<graphics type='vnc' passwd='open-ses'/>" small_guest web 1
vxe vm-param-set uuid="$UUID" name-description=seen
if ! in_database; then
  has_mode '`/var/lib/vxe`' "$VXE_STORE"
  has_mode 'vxe.db`' "$VXE_STORE"/vxe.*
fi
has_mode 'a folder of images' "$HOST_IMAGES"
has_mode '.vxe-sr' "$HOST_IMAGES/.vxe-sr"
chmod 0640 web-0.qcow2
guest_start web
snapshot "$UUID" one
new=$(vdi_files "$UUID")
is "a new layer: $(mode_of 'a new layer')" "$(stat -c '%a %U' "$new")" "640 $(stat -c %U web-0.qcow2)"
is "a frozen layer: $(mode_of 'a frozen layer')" "$(stat -c %a web-0.qcow2)" 440
locks=/run/vxe
[ "$HOST_MODE" = system ] || locks=$XDG_RUNTIME_DIR/vxe
has_mode 'locks, notes and the index' "$locks"/*
vxe vm-checkpoint uuid="$UUID" new-name-label=memory >/dev/null
has_mode '*.mem' "$HOST_IMAGES"/*.mem
vdi=$(vxe vdi-create sr-uuid="$(plain sr-list name-label='Local storage' --minimal)" name-label=new virtual-size=1MiB type=user)
has_mode 'a new disk' "$(vdi_file "$vdi")"
vxe snapshot-export-to-template snapshot-uuid="$SNAP" filename=a.xva >/dev/null
vxe vdi-export uuid="$vdi" filename=a.raw format=raw
vxe pool-dump-database file-name=a.json
has_mode 'archives, exported disks' a.xva a.raw a.json
sr=$(vxe sr-create name-label=more type=file device-config:location="$PWD/more")
vxe pbd-unplug uuid="$(plain pbd-list sr-uuid="$sr" --minimal)"
has_mode '.vxe-records' more/.vxe-records
# Those of firmware: 18-firmware looks into them.
like 'UEFI variables and TPM state are as the memory' "$(grep -F '.nvram' "$DOC")" "\| $(mode_of '*.mem') \|"

# ---- secrets

ok 'a dump has the passwords of screens' grep -q open-ses a.json
unlike 'a document has none' "$(vxe snapshot-dumpxml uuid="$SNAP")" open-ses
like '... unless asked for' "$(vxe snapshot-dumpxml uuid="$SNAP" security-info=true)" open-ses
unlike 'an archive has none' "$(tar -xOf a.xva ova.xml)" open-ses

# ---- other machines

exits 0 'a user and a password are ignored' vxe -u nobody -pw wrong vm-list
not_ok 'another server is refused' vxe -s other.example vm-list
exits 2 'a libvirt of another machine is refused' env VXE_CONNECT=qemu+ssh://other.example/system "$VXE" vm-list
like '... by its code' "$(env VXE_CONNECT=qemu+ssh://other.example/system "$VXE" vm-list --json 2>&1)" VXE_REMOTE_URI

# ---- plugins

mkdir -m 0755 plugins
export VXE_PLUGINS=$PWD/plugins
printf '#!/bin/sh\necho done\n' >plugins/say
chmod 0755 plugins/say
host=$(plain host-list --minimal)
call() { vxe host-call-plugin host-uuid="$host" plugin="$1" fn=x; }
if [ "$HOST_MODE" != system ]; then
  exits 7 'a plugin that is not of root' call say
  exit 0
fi
ok 'a plugin' call say
for mode in 0775 0757; do
  chmod $mode plugins/say
  not_ok "... that others may write to ($mode)" call say
  chmod 0755 plugins/say
  chmod $mode plugins
  not_ok "... in a folder where they may ($mode)" call say
  chmod 0755 plugins
done
ln -s say plugins/link
not_ok '... a link' call link

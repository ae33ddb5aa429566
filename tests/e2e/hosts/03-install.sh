#!/bin/bash
# SPDX-License-Identifier: MIT
# Completion in bash: vxe's own, which calls the program, and the script of xe, which reads lists. Also, the other files
# of an installation.
. "$TESTS/lib/e2e.sh"

mkdir bin
ln -s "$VXE" bin/vxe
ln -s "$VXE" bin/xe
PATH=$PWD/bin:$PATH
# shellcheck source=/dev/null
. "$TESTS/../share/vxe.bash"
compopt() { :; } # it works only while readline completes
# offered LINE: the candidates for its last word
offered() {
  COMP_LINE=$1 COMP_POINT=${#1}
  _vxe_words
  printf '%s\n' "${COMPREPLY[@]}"
}

# Prints something if vxe has made the store.
store_made() {
  if in_database; then store_sql "SELECT nspname FROM pg_namespace WHERE nspname = 'vxe'"; else find "$VXE_STORE" 2>/dev/null; fi
}

guest_make web 1
guest_make 'two words' 1
vxe vm-list >/dev/null
web=$(virsh domuuid web)

is 'a command' "$(offered 'vxe vm-star')" vm-start
is 'a key' "$(offered 'vxe vm-param-get uuid=x param-n')" param-name=
is 'a UUID' "$(offered "vxe vm-start uuid=${web:0:8}")" "$web"
is 'a name' "$(offered 'xe vm-start vm=w')" web
is 'a name with a blank is quoted' "$(offered 'xe vm-start vm=tw')" 'two\ words'
is 'a field after a comma' "$(offered 'xe vm-list params=uuid,user-v')" uuid,user-version
is 'a flag' "$(offered 'xe vm-shutdown --fo')" --force
is 'nothing of a store that is new' "$(VXE_STORE=$(store_at new) offered 'xe vm-start vm=t')" ''
is '... which is not made' "$(VXE_STORE=$(store_at new) store_made)" ''
is 'nothing: the shell offers files' "$(offered 'xe vdi-import filename=/et')" ''
is 'what is ours is not offered for xe' "$(offered 'xe sr-coal')" ''
is '... but for vxe' "$(offered 'vxe sr-coal')" sr-coalesce
is 'xe itself does not know the question' "$(xe __complete xe vm-s 2>&1 | head -n 1)" \
  'Unknown command: __complete'

# ---- what the completion of xe reads

is 'all names, with commas between them' \
  "$(xe help --minimal --all | tr , '\n' | grep -cx 'vm-start\|vm-param-get\|snapshot-revert')" 3
is 'required parameters' \
  "$(xe help vm-param-get | grep 'reqd params' | cut -d: -f2 | tr -d ' ')" uuid,param-name
like 'optional parameters' "$(xe help vm-start | grep 'optional params' | cut -d: -f2)" 'force, .*paused'
is 'values are the lists of --minimal' "$(xe vm-list params=uuid name-label=web --minimal)" "$web"

# ---- what an installation writes

ok 'the inventory is written' sh "$TESTS/../share/inventory.sh" "$VXE" "$PWD/etc/inventory"
# shellcheck source=/dev/null
. etc/inventory
is '... with the host' "$INSTALLATION_UUID" "$(vxe host-list --minimal)"
is '... and its VM' "$CONTROL_DOMAIN_UUID" "$(vxe vm-list is-control-domain=true --minimal)"
echo "INSTALLATION_UUID='x'" >etc/inventory
sh "$TESTS/../share/inventory.sh" "$VXE" "$PWD/etc/inventory"
is 'one that is there is kept' "$(cat etc/inventory)" "INSTALLATION_UUID='x'"
VXE_STORE=$(store_at none) VXE_CONNECT="qemu+unix:///system?socket=$PWD/nowhere" sh "$TESTS/../share/inventory.sh" "$VXE" "$PWD/etc/other" >said
is 'without libvirt and a store none is written' "$(ls etc)" inventory
like '... but it is said how' "$(cat said)" 'vxe inventory >'

sh "$TESTS/../share/xensource.sh" "$PWD/root" "$PWD/bin/xe"
is 'xe is where scripts of XenServer have it' \
  "$(root/opt/xensource/bin/xe vm-list name-label=web --minimal)" "$web"
is '... and the host is master of its pool' "$(od -An -c root/etc/xensource/pool.conf | tr -d ' ')" master
rm root/opt/xensource/bin/xe
ln -s nowhere root/opt/xensource/bin/xe
echo slave:192.0.2.1 >root/etc/xensource/pool.conf
sh "$TESTS/../share/xensource.sh" "$PWD/root" "$PWD/bin/xe"
is 'what is there is kept' \
  "$(readlink root/opt/xensource/bin/xe) $(cat root/etc/xensource/pool.conf)" 'nowhere slave:192.0.2.1'

#!/bin/bash
# SPDX-License-Identifier: MIT
# Files that a definition names elsewhere than in a disk: a kernel, an initrd, a loader, a template of UEFI variables, in any
# spelling. None of them is removed as long as it does.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

mkdir -p "$HOST_DIR/s" && chmod 1777 "$HOST_DIR/s"
SR=$(plain sr-list name-label='Local storage' --minimal)
# user_define XML: a domain with this in <os>.
user_define() {
  guest_xml w - | sed "s#hvm</type>#&$1#" >w.xml && virsh -q define w.xml
}
content() { sha256sum <"$1"; }

# stays WHAT XML: @ stands for the file, by the name of a link.
stays() {
  local vdi file before
  vdi=$(plain vdi-create sr-uuid="$SR" name-label="$1" virtual-size=1MiB)
  file=$(vdi_file "$vdi")
  before=$(content "$file")
  ln -sf "$file" link
  ok "$1: a definition names the file" user_define "${2//@/$PWD/link}"
  ok '... its VDI goes' vxe vdi-destroy uuid="$vdi"
  is '... the file stays' "$(content "$file")" "$before"
  ok '... check' vxe check
  like '... names the user' "$ERR" "Waits to be merged or removed: .*$file.*domain [^ ]* \\(w\\)"
  virsh -q undefine w --nvram
  ok '... without the definition' vxe sr-coalesce
  not_ok '... the file goes, too' test -e "$file"
}
stays kernel '<kernel>@</kernel>'
stays loader "<loader readonly='yes' type='pflash'>@</loader>"
stays initrd '<kernel>/boot/none</kernel><initrd>@</initrd>'
stays template "<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader><nvram template='@'>$PWD/n.fd</nvram>"
ok 'vxe check' vxe check

# shellcheck shell=bash
# shellcheck disable=SC2034 # for tests
# SPDX-License-Identifier: MIT
# A guest g whose definition gives its disk top.qcow2 other layers than the headers do. Sourced after disks.sh.

# A base with the guest's program, a counter and a pattern, both of BYTE.
base() { # FILE BYTE
  guest_disk_make "$1" $DISK_SIZE
  guest_install "$1"
  qemu-io -f qcow2 -c "write -q -P 0 1024 4" -c "write -q -P $2 1025 1" -c "write -q -P $2 1M 64k" "$1" >/dev/null
}
layer() { # FILE FORMAT [BELOW]
  echo "<backingStore type='file'><format type='$2'/><source file='$PWD/$1'/>${3-<backingStore/>}</backingStore>"
}
# A guest on a fresh top, whose header names o, with this in its definition. Sets UUID.
define() { # XML
  rm -f top.qcow2
  qemu-img create -q -f qcow2 -F qcow2 -b o.qcow2 top.qcow2
  guest_xml g "${UUID--}" "$PWD/top.qcow2" | sed "s#\(<source file='$PWD/top.qcow2'/>\)#\1$1#" >g.xml
  virsh -q define g.xml && UUID=$(virsh domuuid g)
}
below() { virsh -q dumpxml --inactive g | sed -n '/<backingStore/,/<target/{/<target/d;p}' | tr -d ' \n'; }
header() { qemu-img info --output=json top.qcow2 | sed -n 's/.*"backing-filename": "\(.*\)",*/\1/p'; }
# What the guest reads at its start: 256 * BYTE is its counter.
guest_reads() { # WHAT BYTE
  ok "$1: the guest starts" guest_start g
  is "$1: and reads $2" "$(guest_booted g)" $((256 * $2))
  virsh -q destroy g
}

# The files: top's header names o; n is another base, mid lies on low. Each base has its own byte.
chain_files() {
  mkdir -p "$HOST_DIR/s" && chmod 1777 "$HOST_DIR/s"
  base o.qcow2 1
  base n.qcow2 2
  base low.qcow2 3
  qemu-img create -q -f qcow2 -F qcow2 -b low.qcow2 mid.qcow2
  qemu-img convert -f qcow2 -O raw n.qcow2 n.raw
  N=$(layer n.qcow2 qcow2)
}

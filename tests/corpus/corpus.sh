#!/bin/bash
# SPDX-License-Identifier: MIT
#
# tests/corpus/corpus.sh [FOLDER]
#
# Domains that others have written: each XML of FOLDER that libvirt accepts is defined on a private host,
# listed, has a field set, is snapshotted, reverted and cloned, and its definition is compared as a tree
# before and after: nothing that is not the operation's own may have changed. FOLDER (or CORPUS) is
# libvirt's tests/qemuxml2argvdata, of Debian's source package say; without it virt-install writes some.
# MATCH=GLOB takes only files so called, EVERY=N each n-th of them. What a file's disks are is made anew,
# as empty images; the folder itself is only read.
# Needs what make check has built: the debug program, and the tools of the asan build.
set -u
cd "$(dirname "$0")/../.." || exit 1

# ---- outside the host: the XMLs ------------------------------------------------------------------

# By several systems: their devices differ.
from_virt_install() {
  local os
  command -v virt-install >/dev/null || return
  for os in debian11 fedora37 win10 win2k16 rhel9.0 freebsd13.1 generic; do
    virt-install --connect test:///default --name "$os" --memory 512 --osinfo "$os" --import \
      --disk /nowhere/disk.qcow2,format=qcow2 --disk /nowhere/more.img,format=raw \
      --network user --graphics vnc --print-xml >"$1/$os.xml" 2>/dev/null || rm -f "$1/$os.xml"
  done
}

if [ -z "${HOST_DIR-}" ]; then
  folder=${1-${CORPUS-}}
  work=$(mktemp -d) || exit 1
  trap 'rm -rf "$work"' EXIT
  chmod 755 "$work"
  mkdir "$work/xml"
  if [ -n "$folder" ]; then
    # shellcheck disable=SC2086 # a pattern
  cp "$folder"/${MATCH-*}.xml "$work/xml/" || exit 1
  else
    from_virt_install "$work/xml" || {
      echo 'corpus: neither a folder (CORPUS=) nor virt-install is at hand'
      exit 2
    }
  fi
  read -r mode _ < <(bash tests/lib/host.sh modes | tr '\n' ' ')
  cp tests/corpus/corpus.sh "$work/corpus.sh"
  CORPUS_XML=$work/xml EVERY=${EVERY-1} bash tests/lib/host.sh run "$mode" "$work/corpus.sh"
  exit
fi

# ---- inside the host -----------------------------------------------------------------------------

# shellcheck source-path=SCRIPTDIR/../lib
. "$TESTS/lib/host.sh"
export VXE_STORE=$HOST_DIR/corpus/store
IMAGES=$HOST_DIR/corpus/images
mkdir -p "$IMAGES" || exit 1
cd "$HOST_DIR/corpus" || exit 1

SEEN=0 DEFINED=0 DONE=0 REFUSED=0 FAULTS=0
fault() {
  FAULTS=$((FAULTS + 1))
  echo "FAULT $FILE: $1"
  sed 's/^/  /' "${2-/dev/null}" | head -n 12
}

tree() { virsh -q dumpxml --inactive --security-info "$1" >dump.xml && "$TOOLS/domain_tree" flat dump.xml | sort; }

# The mark that says whose a domain is, and how libvirt numbers it.
OWN='^/domain\[1\]/metadata\[1\](/vm\[1\].*)?$'
# A layer on top of a disk, and the format of that.
DISKS="$OWN"'|/disk\[[0-9]+\]/(source\[1\](@(file|dev|pool|volume|index))?|driver\[1\](@(name|type))?|backingStore\[1\].*)(=.*)?$|/disk\[[0-9]+\]@type='
# What only one machine of a host can have.
CLONE="$DISKS"'|^/domain\[1\]/(name|uuid|title|genid)\[1\]|/interface\[[0-9]+\]/(mac|target)\[1\]|/nvram\[1\]|/(serial|console|channel|parallel)\[[0-9]+\]/(source|target)\[1\]@(path|mode)|/graphics\[[0-9]+\](/listen\[1\])?@(port|tlsPort|autoport|websocket|socket)|/sysinfo\[1\]/.*(serial|uuid)'

# compare WHAT BEFORE AFTER ALLOWED: lines that came or went and that the operation may not touch.
compare() {
  diff "$2" "$3" | grep '^[<>]' >difference
  grep -vE "${4//^/^[<>] }" difference >wrong || return 0
  fault "$1 changed what is not its own" wrong
}

# vxe WHAT ARG...: 1 when it was refused, which is an answer; anything else is a fault.
act() {
  local what=$1 status
  shift
  timeout 120 "$VXE_PLAIN" "$@" >out 2>err
  status=$?
  [ $status != 0 ] || return 0
  case $(cat err) in
  *'vxe does not manage this disk'* | *'is sharable'* | *'sharable VDI'* | *'refers to other files'*) ;;
  *)
    fault "$what: status $status" err
    return 1
    ;;
  esac
  REFUSED=$((REFUSED + 1))
  return 1
}

each_step() {
  local uuid=$1 snapshot clone
  tree "$uuid" >tree.0
  act list vm-list uuid="$uuid" params=all || return
  tree "$uuid" >tree.1
  compare 'a list' tree.0 tree.1 '^$'
  act set vm-param-set uuid="$uuid" name-description=described || return
  tree "$uuid" | grep -v '^/domain\[1\]/description\[1\]' >tree.2
  grep -v '^/domain\[1\]/description\[1\]' tree.1 >tree.1d
  compare 'vm-param-set' tree.1d tree.2 "$OWN"
  tree "$uuid" >tree.2
  act snapshot vm-snapshot uuid="$uuid" new-name-label=s || return
  snapshot=$(tail -n 1 out)
  tree "$uuid" >tree.3
  compare 'vm-snapshot' tree.2 tree.3 "$DISKS"
  act revert snapshot-revert snapshot-uuid="$snapshot" || return
  tree "$uuid" >tree.4
  compare 'snapshot-revert' tree.2 tree.4 "$DISKS"
  act clone vm-clone uuid="$uuid" new-name-label="$NAME-c" || return
  clone=$(tail -n 1 out)
  tree "$clone" >tree.5
  compare 'vm-clone' tree.2 tree.5 "$CLONE"
  DONE=$((DONE + 1))
}

one() {
  local path format
  "$TOOLS/domain_tree" prepare "$1" "$IMAGES" "$NAME" >domain.xml 2>wanted || return
  virsh -q define domain.xml >/dev/null 2>&1 || return
  DEFINED=$((DEFINED + 1))
  while read -r path format; do
    qemu-img create -q -f "$format" "$path" 1M >/dev/null 2>&1
  done <wanted
  each_step "$(virsh domuuid "$NAME" | head -n 1)"
}

# All that was made for it goes, so that the next one is as alone as this one.
forget() {
  local x
  for x in $(virsh -q list --all --uuid); do
    virsh -q undefine "$x" --managed-save --nvram >/dev/null 2>&1 ||
      virsh -q undefine "$x" --nvram >/dev/null 2>&1
  done
  chmod -R u+w "$IMAGES" "$HOST_IMAGES" 2>/dev/null
  rm -rf "${IMAGES:?}"/* "${HOST_IMAGES:?}" "$VXE_STORE"
}

n=0
for xml in "$CORPUS_XML"/*.xml; do
  n=$((n + 1))
  [ $((n % EVERY)) = 0 ] || continue
  FILE=$(basename "$xml") NAME=corpus
  SEEN=$((SEEN + 1))
  one "$xml"
  forget
done
echo "$SEEN files, $DEFINED defined by libvirt, $DONE through all operations, $REFUSED refused by name, $FAULTS faults"
[ $FAULTS = 0 ]

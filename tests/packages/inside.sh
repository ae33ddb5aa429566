#!/bin/bash
# SPDX-License-Identifier: MIT
# inside.sh: the part of deb.sh that runs in the fresh Debian. Prints "ok" or "not ok" for each of its results.
set -u
cd /try || exit 1
failed=0
ok() {
  local what=$1
  shift
  if "$@" >/try/out 2>&1; then echo "ok - $what"; else
    echo "not ok - $what" && sed 's/^/# /' /try/out
    failed=1
  fi
}
is() { ok "$1" test "$2" = "$3"; [ "$2" = "$3" ] || printf '# got:  %s\n# want: %s\n' "$2" "$3"; }
none() { ! ls -d "$@" 2>/dev/null; }

# ---- installed, without a libvirt that runs --------------------------------------------------------

ok 'nothing was started' grep -qx 'processes 0' log
ok '... or enabled' none /etc/systemd/system/*.wants/vxe*
ok 'the program runs' vxe --version
ok '... and is xe, too' sh -c 'xe help vm-start | grep -q "command name *: vm-start" && /opt/xensource/bin/xe help vm-start'
is 'the role in the pool' "$(cat /etc/xensource/pool.conf)" master
ok 'plugins have their folder' test -d /etc/vxe/plugins
is '... which only root may change' "$(stat -c '%U %a' /etc/vxe/plugins)" 'root 755'
ok 'a command has its manual page' test -s /usr/share/man/man1/vxe-vm-snapshot.1.gz
ok 'the documents lead to each other' sh tests/lib/links.sh /usr/share/doc/vxe/html
is '... with all pages' "$(find /usr/share/doc/vxe/html -name '*.html' | wc -l)" "$(find docs README.md CHANGELOG.md -name '*.md' | wc -l)"
ok 'no libvirt was asked for the inventory' none /etc/xensource-inventory
ok '... but it is said how' grep -q 'later: vxe inventory >' log

# ---- debian/tests, beside the system's libvirtd -------------------------------------------------------

ip link set lo up 2>/dev/null
virtlogd -d && libvirtd -d
for ((i = 0; i < 300; i++)); do virsh -q list >/dev/null 2>&1 && break || sleep 0.2; done
# All that the tests depend on is there, and nothing is to be downloaded. This root stands for a machine of its own.
mv /etc/apt/sources.list.d/* /try/
ok 'autopkgtest' autopkgtest --no-built-binaries --ignore-restrictions=isolation-machine --env=KEEP=1 \
  --output-dir=/try/results /try/vxe_*.deb /try/vxe-xe-compat_*.deb /try/ -- null
for name in $(sed -n 's/^Tests: //p' debian/tests/control | tr -d ,); do
  is "$name passes" "$(awk -v name="$name" '$1 == name { print $2 }' results/summary)" PASS
done
ok 'a guest runs' virsh -q dominfo web
pid=$(pgrep -f 'guest=web,')
web=$(virsh domuuid web)
snapshot=$(vxe vm-snapshot vm=web new-name-label=kept)
# What is the guests': files with their owners and modes, libvirt's definitions, the process.
state() {
  find /var/lib/libvirt/images /var/tmp/vxe-demo.* -type f ! -name '*.log' -printf '%p %u %m\n' | sort
  virsh -q list --all
  pgrep -f 'guest=web,'
}
before=$(state)

# ---- an upgrade from the previous layout of the store -----------------------------------------------

{
  echo 'BEGIN;'
  for class in $(sqlite3 /var/lib/vxe/vxe.db 'SELECT DISTINCT class FROM objects'); do
    echo "CREATE TABLE \"$class\"(uuid TEXT NOT NULL PRIMARY KEY, _generation INTEGER NOT NULL, _json TEXT NOT NULL);
      INSERT INTO \"$class\" SELECT uuid, generation, json FROM objects JOIN documents ON id = document
      WHERE class = '$class';"
  done
  echo "DROP TABLE objects; DROP TABLE documents; DROP TABLE found;
    UPDATE _meta SET value = '1' WHERE key = 'layout'; COMMIT;"
} | sqlite3 /var/lib/vxe/vxe.db
is 'a store of the previous layout' "$(sqlite3 /var/lib/vxe/vxe.db "SELECT value FROM _meta WHERE key = 'layout'")" 1
rm -f /etc/xensource-inventory # autopkgtest has installed the packages again, beside libvirt
mkdir new
for deb in vxe_*.deb vxe-xe-compat_*.deb; do
  dpkg-deb -R "$deb" new/x && sed -i 's/^\(Version: .*\)/\1+newer/; s/(>= \(.*\))$/(>= \1)/' new/x/DEBIAN/control &&
    dpkg-deb -b new/x "new/$deb" >/dev/null && rm -r new/x
done
ok 'an upgrade' dpkg -i new/vxe_*.deb new/vxe-xe-compat_*.deb
is '... changes nothing of the guests' "$(state)" "$before"
ok '... makes the inventory, as libvirt runs' grep -q INSTALLATION_UUID /etc/xensource-inventory
is '... and the records are converted' "$(vxe snapshot-list snapshot-of="$web" name-label=kept --minimal)" "$snapshot"
is '... to this layout' "$(sqlite3 /var/lib/vxe/vxe.db "SELECT value FROM _meta WHERE key = 'layout'")" 3
ok '... and fit' vxe check

# ---- removal and purge --------------------------------------------------------------------------------

# What the removal that ran last has said of snapshots.
said() { sed -n 's/^vxe: \(.* snapshots\)\. .*/\1/p' /try/out; }
owners=$(vxe snapshot-list params=snapshot-of --minimal | tr , '\n' | sort -u | wc -l)
[ "$owners" = 1 ] && owners='1 VM has snapshots' || owners="$owners VMs have snapshots"
ok 'a removal' dpkg -r vxe-xe-compat vxe
is '... says that there are snapshots' "$(said)" "$owners"
is '... changes nothing of the guests' "$(state)" "$before"
ok '... takes the program' none /usr/bin/vxe /usr/bin/xe /usr/lib/*/vxe /opt/xensource/bin/xe
dpkg -P vxe-xe-compat vxe >/try/purged 2>&1
is 'a purge changes nothing of the guests' "$(state)" "$before"
ok '... takes what belongs to a run, and the files for scripts' none /run/vxe /etc/xensource-inventory /etc/xensource/pool.conf
ok '... but no records' test -s /var/lib/vxe/vxe.db
ok '... and says so' grep -q '/var/lib/vxe' /try/purged
is 'nothing but the records is left, and what libvirt has' \
  "$(find / -xdev \( -path /try -o -path /var/tmp -o -path /var/lib/libvirt -o -path /etc/libvirt -o -path /var/cache \) \
    -prune -o -name '*vxe*' -prune -print | tr '\n' ' ')" '/var/lib/vxe '
ok 'installed again' dpkg -i vxe_*.deb vxe-xe-compat_*.deb
is '... the snapshots are there' "$(vxe snapshot-list snapshot-of="$web" name-label=kept --minimal)" "$snapshot"
ok '... and work' vxe snapshot-revert snapshot-uuid="$snapshot"

# ---- removal without libvirt, beside a store that is locked, and without snapshots -----------------------

# Without a UUID of the firmware a libvirt that is started again would draw a new one.
virsh capabilities | sed -n '0,/<uuid>/s|.*<uuid>\(.*\)</uuid>|host_uuid = "\1"|p' >>/etc/libvirt/libvirtd.conf
kill "$(cat /run/libvirtd.pid)"
for ((i = 0; i < 100; i++)); do pgrep -x libvirtd >/dev/null || break; sleep 0.1; done
ok 'a removal while libvirt is off' timeout 10 dpkg -r vxe-xe-compat vxe
is '... says the same' "$(said)" "$owners"
ok '... and starts no libvirt' sh -c '! pgrep -x libvirtd'
dpkg -i vxe_*.deb >/dev/null
sqlite3 /var/lib/vxe/vxe.db 'PRAGMA locking_mode = EXCLUSIVE' 'BEGIN EXCLUSIVE' '.shell touch /try/locked; sleep 20' >/dev/null &
for ((i = 0; i < 100; i++)); do [ ! -e /try/locked ] || break; sleep 0.1; done
ok 'a removal beside a store that is locked' timeout 10 dpkg -r vxe
is '... says nothing' "$(said)" ''
wait $!
dpkg -i vxe_*.deb >/dev/null
libvirtd -d
for ((i = 0; i < 300; i++)); do virsh -q list >/dev/null 2>&1 && break || sleep 0.2; done
for snapshot in $(vxe snapshot-list --minimal | tr , ' '); do
  vxe snapshot-uninstall uuid="$snapshot" --force >/dev/null
done
ok 'without snapshots' vxe check
ok '... a removal' dpkg -r vxe
is '... says nothing' "$(grep -c '^vxe:' /try/out)" 0

for guest in web web2; do virsh -q destroy "$guest" >/dev/null 2>&1; done
exit $failed

# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Checks if a run of the tests left something on the machine. Sourced by tests/run, whose folder is WORK; each host
# writes the name of its own folder to WORK/hosts. Every process and mount of a test has the name of one of these
# folders in its data. Other things are compared before and after the run: on a machine with other users they may belong
# to those, and are only named; with ALONE=1 they are a fault.

# Names on the machine: bridges, mounts, and entries of the folders that libvirt, QEMU and vxe use.
machine_names() {
  local x
  for x in /sys/class/net/*/bridge; do
    [ ! -e "$x" ] || echo "bridge $(basename "${x%/bridge}")"
  done
  awk '{ print "mount", $5 }' /proc/self/mountinfo
  # Without the folders of runs: left_of_ours finds those of this run, and others belong to other runs.
  find /tmp /dev/shm -mindepth 1 -maxdepth 1 -name '*vxe*' ! -name 'vxe-run.??????' \
    ! -name 'vxe.??????' ! -name 'vxe-beside.??????' -printf 'file %p\n'
  find /run/vxe /run/libvirt /etc/libvirt /var/lib/vxe /var/lib/libvirt /var/log/libvirt \
    -printf 'file %p\n' 2>/dev/null
  :
}

left_note() { machine_names | sort >"$WORK/machine.before"; }

# Lines for all things that name a folder of this run. The folders of its hosts must be gone.
left_of_ours() {
  local dir p
  while read -r dir; do
    [ ! -e "$dir" ] || [ -n "${KEEP-}" ] || echo "folder $dir"
    grep -F "$dir" /proc/self/mountinfo
    losetup -nO NAME,BACK-FILE 2>/dev/null | grep -F "$dir"
    for p in /proc/[0-9]*; do
      [ "$p" = "/proc/$$" ] || ! grep -qsF "$dir" "$p/cmdline" "$p/environ" ||
        echo "process $(tr '\0' ' ' 2>/dev/null <"$p/cmdline")"
    done
  done < <(cat "$WORK/hosts" 2>/dev/null)
}

left_of_somebody() {
  machine_names | sort >"$WORK/machine.after"
  comm -13 "$WORK/machine.before" "$WORK/machine.after"
}

# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Whether a run of the tests left something on the machine. Sourced by tests/run, which names its
# folder as WORK; each host writes its own folder to WORK/hosts. Whatever was started or mounted for
# a test names one of these folders. Other things are compared before and after: on a machine where
# others work, too, they may be theirs, and are only named; with ALONE=1 they are a fault.

# Names that belong to the machine: bridges, mounts, and entries of folders where libvirt, QEMU and
# vxe keep things.
machine_names() {
  local x
  for x in /sys/class/net/*/bridge; do
    [ ! -e "$x" ] || echo "bridge $(basename "${x%/bridge}")"
  done
  awk '{ print "mount", $5 }' /proc/self/mountinfo
  # Without the folders of runs: this one's are looked for by name, others' come and go.
  find /tmp /dev/shm -mindepth 1 -maxdepth 1 -name '*vxe*' ! -name 'vxe-run.??????' \
    ! -name 'vxe.??????' ! -name 'vxe-beside.??????' -printf 'file %p\n'
  find /run/vxe /run/libvirt /etc/libvirt /var/lib/vxe /var/lib/libvirt /var/log/libvirt \
    -printf 'file %p\n' 2>/dev/null
  :
}

left_note() { machine_names | sort >"$WORK/machine.before"; }

# What names a folder of this run: lines. The folders of hosts have gone.
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

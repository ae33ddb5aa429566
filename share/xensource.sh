#!/bin/sh
# SPDX-License-Identifier: MIT
#
# xensource.sh ROOT XE [SYSCONFDIR]: where scripts of XenServer look without asking, where nothing is there: XE
# as /opt/xensource/bin/xe, and the host's role in its pool. It never stops an installation.
set -u
root=$1 xe=$2 etc=$1${3-/etc}

link=$root/opt/xensource/bin/xe role=$etc/xensource/pool.conf
[ -e "$link" ] || [ -L "$link" ] ||
  { mkdir -p "$(dirname "$link")" && ln -s "$xe" "$link"; } || echo "no $link"
# As XenServer has it: without an end of line.
[ -e "$role" ] ||
  { mkdir -p "$(dirname "$role")" && printf master >"$role"; } || echo "no $role"

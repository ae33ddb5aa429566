#!/bin/bash
# SPDX-License-Identifier: MIT
# With AppArmor libvirt's virt-aa-helper lists the files that a guest's QEMU may open. Each file that vxe makes for a guest is
# permitted: layers below the disk for reading, the disk for writing. No AppArmor is needed: the list is only printed.
. "$TESTS/lib/e2e.sh"

HELPER=/usr/lib/libvirt/virt-aa-helper
requires "test -x $HELPER" 'no virt-aa-helper'

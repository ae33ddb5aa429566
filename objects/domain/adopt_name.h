/* SPDX-License-Identifier: MIT */
/* A domain that another program has renamed (virsh domrename): its VM's record follows before a name selects a VM. */
#pragma once

#include "objects/session/session.h"

/* Updates the names in the VM's record from the domain's definition; does nothing if the record has them. */
int adopt_name(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

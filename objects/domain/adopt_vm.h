/* SPDX-License-Identifier: MIT */
/* Records of a VM that was there before vxe, or was made beside it. */
#pragma once

#include "objects/classes/vm/vif.h"
#include "objects/session/session.h"

/* The VM of a definition with its VBDs, VIFs and disks. */
int adopt_vm(struct session *s, struct txn *t, const struct domain_spec *spec,
	struct vxe_error *err) _must_check_;
/* The VBD of one disk, with its VDI when there is a medium. */
int adopt_vbd(struct session *s, struct txn *t, const char *vm, const struct domain_spec *spec,
	const struct spec_disk *disk, struct vxe_error *err) _must_check_;
/* What tells the record's card from others of its MAC address in the definition. */
void vif_set_card(struct vif *vif, const struct domain_spec *spec, const struct spec_nic *nic);
int adopt_vif(struct session *s, struct txn *t, const char *vm, const struct domain_spec *spec,
	const struct spec_nic *nic, struct vxe_error *err) _must_check_;

/* SPDX-License-Identifier: MIT */
/* Makes the records of a VM that was made without vxe, or of a part of it. */
#pragma once

#include "backends/hv/domain_spec.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/session/session.h"

/* Makes the records of a VM from its domain's definition, with its VBDs, VIFs and disks. */
int adopt_vm(struct session *s, struct txn *t, const struct domain_spec *spec,
	struct vxe_error *err) _must_check_;
/* Copies to a VBD record what the definition of the disk decides: type and mode. True if something has changed. */
bool vbd_from_spec(struct vbd *vbd, const struct spec_disk *disk);
/* Makes the VBD of one disk of a domain, and its VDI if there is a medium. */
int adopt_vbd(struct session *s, struct txn *t, const char *vm, const struct domain_spec *spec,
	const struct spec_disk *disk, struct vxe_error *err) _must_check_;
/* Makes the VBD of one disk of a domain for a VDI that already has a record; @vdi NULL: an empty drive. */
int adopt_vbd_on(struct txn *t, const char *vm, const struct domain_spec *spec,
	const struct spec_disk *disk, const char *vdi, struct vxe_error *err) _must_check_;
/*
 * Stores in a VIF's record what distinguishes its card in the definition from other cards with the same MAC address.
 */
void vif_set_card(struct vif *vif, const struct domain_spec *spec, const struct spec_nic *nic);
int adopt_vif(struct session *s, struct txn *t, const char *vm, const struct domain_spec *spec,
	const struct spec_nic *nic, struct vxe_error *err) _must_check_;
/*
 * After another program has renamed a domain (virsh domrename), updates the names in its VM's record from the definition;
 * does nothing if the record has them.
 */
int adopt_name(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

/* SPDX-License-Identifier: MIT */
/*
 * What adoption and drift share: the records made for what was there before vxe, or was made beside
 * it. All of it is pure: it reads files and the session's facts, and writes into a transaction.
 */
#pragma once

#include "objects/layers/file_chain.h"
#include "objects/session/session.h"

/*
 * Takes in persistent domains that the store does not know; drops vanished ones. Where libvirt
 * cannot be reached: a warning, return 0.
 */
int adopt_domains(struct session *s, struct vxe_error *err) _must_check_;

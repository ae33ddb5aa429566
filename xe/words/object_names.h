/* SPDX-License-Identifier: MIT */
/*
 * As `vxe` a word that refers to an object may have the object's name-label, or the first 8 or more characters of its
 * UUID, and the object's class is another word for the parameter: snapshot=NAME for snapshot-uuid=NAME, vm=NAME for the
 * uuid= of vm-param-get. Handlers see whole UUIDs only.
 *
 * Nothing is guessed: a text that means several objects, be it by name or by UUID, is an error that lists them.
 */
#pragma once

#include "xe/model/call.h"

/*
 * Replaces aliases of the command's parameters by the names that its handler knows. Fails with CLI_USAGE if two names
 * of one parameter have different values.
 */
int named_unify(
	const struct command *cmd, struct params *params, struct vxe_error *err) _must_check_;

/*
 * Replaces names, and beginnings of UUIDs, in the values of parameters by whole UUIDs; opens the session only if there
 * are any. Other texts stay as they are, for the handler to refuse. Fails with CLI_NO_MATCH, or with CLI_AMBIGUOUS and
 * the matching objects in err->detail.
 */
int named_resolve(struct call *c, struct params *params, struct vxe_error *err) _must_check_;

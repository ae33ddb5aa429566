/* SPDX-License-Identifier: MIT */
/* What a user can do about an error: one row per code of the catalogue, printed only as `vxe`. */
#pragma once

#include "objects/base/error.h"

/*
 * The advice about an error: a sentence or two. {NAME} stands for the error's parameter of that name; {NAME?TEXT} for
 * a text that is said only if the command that failed has a parameter of that name. "" for codes whose own text is
 * all that there is to say; a unit test lists them with the reason.
 */
const char *code_next(enum vxe_code code);
/* The advice about TASK_CANCELLED where an operation has begun and is left to recovery. */
extern const char next_of_cut_short[];

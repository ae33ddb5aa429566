/* SPDX-License-Identifier: MIT */
/*
 * Calls that must succeed or fail. The test has an error E; an expected failure leaves it cleared.
 */
#pragma once

#include "tests/unit/harness.h"

#include "objects/base/error.h"

#define OK(call)                                                                                   \
	do {                                                                                       \
		int r_ = (call);                                                                   \
		cr_assert_eq(r_, 0, "%s: %s %s %s", #call, code_info(E.code)->name,                \
			E.n_params > 0 ? E.params[0] : "", E.n_params > 1 ? E.params[1] : "");     \
	} while (0)
#define FAILS(error_code, call)                                                                    \
	do {                                                                                       \
		cr_assert_eq((call), -1, "%s", #call);                                             \
		cr_assert_eq(E.code, (error_code), "%s: %s %s", #call, code_info(E.code)->name,    \
			E.n_params > 0 ? E.params[0] : "");                                        \
		error_clear(&E);                                                                   \
	} while (0)

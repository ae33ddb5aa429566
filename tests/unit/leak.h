/* SPDX-License-Identifier: MIT */
/*
 * A leak is seen at the end of a process, when its test's name is gone. So a suite looks
 * for leaks at the end of each test, while the test's name is still on the screen:
 *	TestSuite(store, .fini = no_leaks);
 * Also, tests/run sends the sanitizers' reports to files; if such a file exists, the binary has
 * failed.
 */
#pragma once

#include "tests/unit/harness.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LEAKS_ARE_SEEN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define LEAKS_ARE_SEEN 1
#endif

#ifdef LEAKS_ARE_SEEN
#include <sanitizer/lsan_interface.h>
#endif

static inline void no_leaks(void)
{
#ifdef LEAKS_ARE_SEEN
	cr_assert(__lsan_do_recoverable_leak_check() == 0, "memory was leaked");
#endif
}

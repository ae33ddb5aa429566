/* SPDX-License-Identifier: MIT */
/* The cases of tests/conformance on the mock; tests/e2e/hosts/53-conformance.sh runs them on libvirt. */
#include "tests/conformance/conformance.h"

#include "tests/mock/hv_mock.h"
#include "tests/mock/hv_mock_impl.h"
#include "tests/unit/leak.h"
#include "tests/unit/scratch.h"

#define URI "mock:///conformance"

static char dir[SCRATCH_MAX];

static void enter(void)
{
	scratch_dir(dir, "conformance");
}

static void leave(void)
{
	scratch_drop(dir);
	no_leaks();
}

static bool reset(const char *uri, const char *uuid)
{
	hv_mock_reset(mock_lookup(uri), uuid);
	return true;
}

ParameterizedTestParameters(conformance, the_mock_does_it)
{
	static size_t cases[256];
	size_t n = 0;

	for (; conformance_case(n) && n < ARRAY_LEN(cases); n++)
		cases[n] = n;
	return cr_make_param_array(size_t, cases, n);
}

ParameterizedTest(const size_t *i, conformance, the_mock_does_it, .init = enter, .fini = leave)
{
	_cleanup_mock_ struct hv_mock *m = hv_mock_create(URI);
	const struct conformance_host host = { &hv_mock_ops, URI, dir, NULL, true, reset };

	conformance_run(&host, *i);
}

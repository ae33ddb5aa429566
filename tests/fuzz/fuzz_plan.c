/* SPDX-License-Identifier: MIT */
/* The plan in an intent: read from the store, said again, and its changes tried on a store. */
#include "tests/fuzz/fuzz.h"

#include "objects/engine/plan.h"
#include "tests/fuzz/world.h"

static char *again(const char *text, bool try)
{
	_cleanup_error_ struct vxe_error err = { 0 }, refused = { 0 };
	_cleanup_plan_ struct plan p = { 0 };
	int r = plan_decode(text, &p, &err);

	fuzz_outcome(r, &err);
	if (r < 0)
		return NULL;
	if (try)
		fuzz_outcome(plan_rehearse(fuzz_world(), &p, &refused), &refused);
	return plan_encode(&p);
}

void fuzz_plan(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size), *once = again(text, true);
	_cleanup_free_ char *twice = once ? again(once, false) : NULL;

	assert(!once || (twice && strcmp(once, twice) == 0));
}

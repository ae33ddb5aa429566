/* SPDX-License-Identifier: MIT */
/* The plan in an intent: read from the store, said again, and its changes tried on a store. */
#include "tests/fuzz/fuzz.h"

#include "objects/engine/op.h"
#include "objects/engine/plan.h"
#include "tests/fuzz/world.h"

/* One of each type. */
static const struct plan_member own[] = {
	{ "text", PLAN_STRING, "any" },
	{ "uuid", PLAN_UUID, "a UUID" },
	{ "path", PLAN_PATH, "a path" },
	{ "flag", PLAN_BOOL, "yes or no" },
	{ "number", PLAN_INT, "a number" },
	{ "list", PLAN_STRINGS, "a few" },
	{ 0 },
};
static const struct op_type type = { .members = PLAN_MEMBERS(own) };

static void read_members(const struct plan *p)
{
	_cleanup_strv_ struct strv list = { 0 };
	const char *path = plan_string(p, "path"), *uuid = plan_string(p, "uuid");

	assert(!path || !*path || *path == '/');
	assert(!uuid || strlen(uuid) == 36);
	assert(plan_has(p, "text") == (plan_string(p, "text") != NULL));
	assert(plan_has(p, "flag") || !plan_bool(p, "flag"));
	assert(plan_has(p, "number") || !plan_int(p, "number"));
	plan_strings(p, "list", &list);
}

static char *again(const char *text, bool try)
{
	_cleanup_error_ struct vxe_error err = { 0 }, refused = { 0 }, any = { 0 };
	_cleanup_plan_ struct plan p = { 0 }, looked = { 0 };
	int r = plan_decode(text, &type, &p, &err);

	fuzz_outcome(r, &err);
	fuzz_outcome(plan_decode_any(text, &looked, &any), &any);
	if (r < 0)
		return NULL;
	assert(any.code == VXE_OK);
	read_members(&p);
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

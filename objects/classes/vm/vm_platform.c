/* SPDX-License-Identifier: MIT */
#include "objects/classes/vm/vm_platform.h"

#include "objects/model/value.h"

int vm_cores_per_socket(const struct vm *vm)
{
	const char *text = map_get(&vm->platform, "cores-per-socket");
	int64_t n;

	return text && int_parse(text, &n) == 0 && n > 0 && n <= INT32_MAX ? (int)n : 0;
}

/*
 * The greatest platform:timeoffset, 100 years: QEMU is given a date, so that only offsets of some years have a meaning.
 */
#define MOST_SECONDS (100 * INT64_C(366) * 86400)

bool vm_timeoffset(const char *text, int64_t *ret)
{
	return int_parse(text, ret) == 0 && *ret >= -MOST_SECONDS && *ret <= MOST_SECONDS;
}

bool vm_autostarts(const struct vm *vm)
{
	return str_eq(map_get(&vm->other_config, "auto_poweron"), "true");
}

/* SPDX-License-Identifier: MIT */
#include "xe/words/unknown_word.h"

#include "xe/words/similar_word.h"

int unknown_command(const struct commands *all, const char *name, struct vxe_error *err)
{
	_cleanup_nearest_ struct nearest n = { .word = name };
	const char *other = virsh_command(name);
	_cleanup_free_ char *names = NULL;

	vxe_fail(err, CLI_UNKNOWN_COMMAND, name);
	if (other) {
		err->detail = xasprintf("What virsh does by that verb: vxe %s", other);
		return -1;
	}
	for (size_t i = 0; i < all->n; i++)
		if (!(all->items[i].flags & C_HIDDEN))
			nearest_try(&n, all->items[i].name);
	names = nearest_text(&n);
	err->detail = xasprintf("The nearest is %s.", names);
	return -1;
}

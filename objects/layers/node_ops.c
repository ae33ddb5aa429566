/* SPDX-License-Identifier: MIT */
/* Names of backing files in headers, and the locks of a chain. */
#include "objects/layers/node_ops.h"

#include "backends/content/image_file.h"
#include "objects/classes/storage/node_names.h"

#include <string.h>

char *node_backing_name(const char *child, const char *base)
{
	const char *slash = strrchr(child, '/');
	size_t dir = slash ? (size_t)(slash - child) + 1 : 0;

	if (dir && strncmp(child, base, dir) == 0 && !strchr(base + dir, '/'))
		return image_backing_name(base + dir);
	return xstrdup(base);
}

int node_lock_chain(struct txn *t, const char *uuid, struct locks *l, struct vxe_error *err)
{
	_cleanup_records_ struct records chain = { 0 };

	if (node_chain(t, uuid, &chain, err) < 0)
		return -1;
	for (size_t i = 0; i < chain.n; i++)
		locks_add(
			l, LOCK_NODE, ((const struct node *)chain.items[i])->r.uuid, LEASE_SHARED);
	return 0;
}

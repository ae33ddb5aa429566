/* SPDX-License-Identifier: MIT */
#include "objects/disks/merge/space_freed.h"

#include "objects/disks/merge/merge_request.h"
#include "objects/disks/merge/merge_space.h"

static int64_t growth(const struct tree_node *from, const struct tree_node *to)
{
	int64_t bytes = merge_needs(from, to);

	return bytes >= 0 ? bytes : merge_growth(from, to->allocated);
}

int64_t actions_free(const struct tree *t, const struct disk_actions *a)
{
	int64_t sum = 0;

	for (size_t i = 0; i < a->n; i++) {
		const struct disk_action *action = &a->items[i];
		const struct tree_node *n = &t->items[action->node];

		if (action->kind == ACTION_REMOVE)
			sum += n->allocated;
		else if (action->kind == ACTION_COMMIT || action->kind == ACTION_PULL)
			sum += n->allocated - growth(n, &t->items[action->into]);
	}
	return sum;
}

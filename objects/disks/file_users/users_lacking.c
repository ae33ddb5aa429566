/* SPDX-License-Identifier: MIT */
/* Domains that name a volume whose file nobody knows: it may be an overlay on any layer that was there before. */
#include "objects/disks/file_users/file_users.h"

#include "objects/classes/storage/node.h"
#include "objects/file_index/volumes.h"

int users_lacking(
	struct session *s, const struct strv *beside, const char **ret, struct vxe_error *err)
{
	_cleanup_domain_users_ struct domain_users unused = { 0 };
	_cleanup_strv_ struct strv none = { 0 };
	const struct volumes *v = users_volumes(s);

	*ret = NULL;
	/* looks at the domains, unless the last search is recent enough */
	if (users_domains(s, &none, &unused, err) < 0)
		return -1;
	for (size_t i = 0; i < v->lacking.n && !*ret; i++)
		if (!strv_has(beside, v->lacking.items[i]))
			*ret = v->why.items[i];
	return 0;
}

int users_lacking_check(
	struct session *s, const struct node *n, const char *path, struct vxe_error *err)
{
	const char *why;

	if (n->kind != NODE_DISK || n->state == NODE_WRITABLE)
		return 0;
	if (users_lacking(s, &n->beside, &why, err) < 0)
		return -1;
	return why ? vxe_fail(err, VXE_DEPENDENTS, path, why) : 0;
}

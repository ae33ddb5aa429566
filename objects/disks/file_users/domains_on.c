/* SPDX-License-Identifier: MIT */
/* Finds the domains that have a disk on a file. */
#include "objects/disks/file_users/file_users.h"

#include "objects/base/file_key.h"
#include "objects/disks/disks.h"
#include "objects/file_index/xml_paths.h"
#include "objects/session/disk_path.h"

#include <string.h>

/*
 * Refuses with VXE_DEPENDENTS a domain that uses the file @path otherwise than by a <disk> of its definition: such a
 * use cannot be moved to another file with the disks.
 */
static int check_unnamed(const struct domain_spec *spec, const char *path, struct vxe_error *err)
{
	for (size_t i = 0; i < spec->unnamed.n; i++) {
		const char *at = spec_unnamed_path(spec->unnamed.items[i]);

		if (!at || !file_is_same(at, path))
			continue;
		_cleanup_free_ char *user = xasprintf("domain %s (%s), whose definition has %s",
			spec->uuid, spec->name, spec->unnamed.items[i]);

		return vxe_fail(err, VXE_DEPENDENTS, path, user);
	}
	return 0;
}

/* Returns 1 if one of the domain's disks is the file @path itself, not only an overlay on it. */
static int is_on_file(struct session *s, const struct hv_domain *d, enum hv_xml which,
	const char *path, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	const char *xml;

	if (session_xml(s->here, d, which, &xml, err) < 0)
		return -1;
	if (!xml || (!xml_names_path(xml, path) && !strstr(xml, "volume=")))
		return 0;
	if (spec_read(xml, &spec, err) < 0 || check_unnamed(spec, path, err) < 0)
		return -1;
	struct spec_disk *disk;

	return disk_on(s, spec, path, &disk, err) < 0 ? -1 : disk != NULL;
}

static int domain_names_file(
	struct session *s, const struct hv_domain *d, const char *path, struct vxe_error *err)
{
	int r = hv_is_active(d->state) ? is_on_file(s, d, HV_XML_LIVE, path, err) : 0;

	if (r == 0 && d->saved)
		r = is_on_file(s, d, HV_XML_SAVED, path, err);
	return r == 0 && d->persistent ? is_on_file(s, d, HV_XML_INACTIVE, path, err) : r;
}

int domains_on(struct session *s, const char *path, const char *except, struct strv *ret,
	struct strv *running, struct vxe_error *err)
{
	_cleanup_domain_users_ struct domain_users users = { 0 };

	if (users_domains_of(s, path, except, &users, err) < 0)
		return -1;
	for (size_t i = 0; i < users.n; i++) {
		const struct hv_domain *d = users.items[i];
		int named = domain_names_file(s, d, path, err);

		if (named < 0)
			return -1;
		if (named)
			strv_add(hv_is_active(d->state) ? running : ret, d->uuid);
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "objects/hidden_snapshots/snapshot_documents.h"

#include "backends/hv/domain_spec.h"

static int files_now(struct hv *hv, const char *domain, struct map *ret, struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL;
	_cleanup_spec_ struct domain_spec *now = NULL;

	if (hv_xml(hv, domain, HV_XML_INACTIVE, &xml, err) < 0 || spec_read(xml, &now, err) < 0)
		return -1;
	for (size_t i = 0; i < now->n_disks; i++)
		if (now->disks[i].source == DISK_FILE && now->disks[i].path)
			map_set(ret, now->disks[i].target, now->disks[i].path);
	return 0;
}

int kept_put(
	struct hv *hv, const char *domain, const char *xml, bool current, struct vxe_error *err)
{
	_cleanup_map_ struct map files = { 0 };
	_cleanup_free_ char *patched = NULL;

	if (!current)
		return hv_snapshot_put(hv, domain, xml, false, err);
	return files_now(hv, domain, &files, err) < 0 ||
			snapshot_with_files(xml, &files, &patched, err) < 0
		? -1
		: hv_snapshot_put(hv, domain, patched, true, err);
}

static bool is_outside(const struct hv_snapshot *of)
{
	bool outside = of->memory == HV_EXTERNAL;

	for (size_t i = 0; i < of->n_disks; i++)
		outside |= of->disks[i].place == HV_EXTERNAL;
	return outside;
}

int kept_have_current(struct hv *hv, const char *domain, struct vxe_error *err)
{
	_cleanup_hv_snapshots_ struct hv_snapshots found = { 0 };
	const struct hv_snapshot *last = NULL;

	if (hv_snapshots(hv, domain, &found, err) < 0)
		return -1;
	for (size_t i = 0; i < found.n; i++) {
		if (found.items[i].current)
			return 0;
		if (is_outside(&found.items[i]))
			last = &found.items[i];
	}
	return last ? kept_put(hv, domain, last->xml, true, err) : 0;
}

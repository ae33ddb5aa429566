/* SPDX-License-Identifier: MIT */
/* Merges and copies layers under a running guest: block jobs of QEMU, which vxe polls. */
#include "backends/libvirt/hv_libvirt_merge.h"

#include "objects/base/file_key.h"
#include "backends/libvirt/xml/domain_xml_source.h"
#include "backends/libvirt/xml/domain_xml_tree.h"
#include "backends/libvirt/hv_libvirt_busy.h"
#include "backends/libvirt/hv_libvirt_define.h"
#include "backends/libvirt/hv_libvirt_memory.h"
#include "objects/base/clock.h"

#define MERGE "merge layers"
#define COPY "copy a layer"
#define CANCEL_WAIT_MS 30000
#define CANCEL_STEP_MS 20

/*
 * The name by which libvirt is to find the disk: its active layer, so that the call fails if another program's snapshot
 * comes first; the target if the layer is not a file.
 */
static int disk_name(
	const struct libvirt_job *j, const char *from, char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *xml = from ? virDomainGetXMLDesc(j->dom, 0) : NULL;

	*ret = NULL;
	if (from && !xml)
		return libvirt_fail(err, j->work);
	_cleanup_doc_ xmlDoc *live = xml ? tree_parse(xml, "domain", err) : NULL;

	if (xml && !live)
		return -1;
	for (const xmlNode *disk = live ? tree_find(tree_root(live), "devices/disk") : NULL;
		disk && !*ret; disk = tree_next(disk, "disk")) {
		_cleanup_free_ char *target = tree_get(disk, "target@dev");

		if (str_eq(target, j->target))
			*ret = libvirt_source(disk);
	}
	if (*ret && !file_is_same(*ret, from)) {
		free(TAKE(*ret));
		return vxe_fail(err, VXE_TRY_AGAIN, from, "the VM writes to another file by now");
	}
	if (!*ret || domain_xml_is_export(*ret))
		str_replace(ret, j->target);
	return 0;
}

/*
 * Makes the error of a block job call that has named the disk by its active layer @from: VXE_BUSY if another job was
 * at work, VXE_TRY_AGAIN if the guest has another active layer by now.
 */
static int fail_disk_call(struct hv *h, const struct libvirt_job *j, const char *uuid,
	const char *from, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_free_ char *said = xstrdup(virGetLastErrorMessage());
	bool there = true;

	if (libvirt_was_busy(j->dom, virGetLastErrorCode(), err))
		return -1;
	libvirt_said(err, j->work, said);
	if (from && libvirt_has_disk(h, uuid, from, &there, &ignored) == 0 && !there &&
		virDomainIsActive(j->dom) == 1) {
		error_clear(err);
		(void)vxe_fail(err, VXE_TRY_AGAIN, from, "the VM writes to another file by now");
	}
	return -1;
}

/*
 * The <disk> element with that target, or the <backingStore> of a layer of it, whose file is @place; NULL: libvirt
 * knows none.
 */
static const xmlNode *layer_at(const xmlDoc *live, const char *target, const char *place)
{
	const xmlNode *disk = tree_find(tree_root(live), "devices/disk");

	for (; disk; disk = tree_next(disk, "disk")) {
		_cleanup_free_ char *own = tree_get(disk, "target@dev");

		if (str_eq(own, target))
			break;
	}
	for (const xmlNode *layer = disk; layer; layer = tree_child(layer, "backingStore")) {
		_cleanup_free_ char *at = domain_xml_place(layer);

		if (file_is_same(at, place))
			return layer;
	}
	return NULL;
}

/*
 * The name of a layer in a libvirt call: its path; if the layer is an export of a server, "vda[3]", by libvirt's
 * number of the layer. Owned.
 */
static int layer_name(
	const struct libvirt_job *j, const char *place, char **ret, struct vxe_error *err)
{
	*ret = xstrdup_null(place);
	if (!place || !domain_xml_is_export(place))
		return 0;
	_cleanup_free_ char *xml = virDomainGetXMLDesc(j->dom, 0);

	if (!xml)
		return libvirt_fail(err, j->work);
	_cleanup_doc_ xmlDoc *live = tree_parse(xml, "domain", err);
	const xmlNode *layer = live ? layer_at(live, j->target, place) : NULL;
	_cleanup_free_ char *number =
		layer ? tree_get(layer, "@index") : NULL; /* number of a layer */

	if (layer && !number)
		number = tree_get(layer, "source@index"); /* number of the disk itself */

	if (!live)
		return -1;
	if (!number)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, j->work,
			"libvirt does not know the layers below this disk");
	free(*ret);
	*ret = xasprintf("%s[%s]", j->target, number);
	return 0;
}

static int start_block_job(const struct libvirt_job *j, const char *disk, const char *base,
	const char *top, int64_t speed, unsigned flags)
{
	return virDomainBlockCommit(j->dom, disk, base, top, (unsigned long)speed,
		flags | (top ? 0 : VIR_DOMAIN_BLOCK_COMMIT_ACTIVE) |
			VIR_DOMAIN_BLOCK_COMMIT_BANDWIDTH_BYTES);
}

int libvirt_merge_start(struct hv *h, const char *uuid, const char *target, const char *from,
	const char *base, const char *top, int64_t speed, struct hv_job **ret,
	struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	_cleanup_free_ char *disk = NULL, *base_name = NULL, *top_name = NULL;

	if (libvirt_domain(h, uuid, MERGE, &dom, err) < 0)
		return -1;
	struct libvirt_job *j = libvirt_job_new(TAKE(dom));
	j->work = MERGE;
	j->target = xstrdup(target);
	j->pivots = !top;
	if (disk_name(j, from, &disk, err) < 0 || layer_name(j, base, &base_name, err) < 0 ||
		layer_name(j, top, &top_name, err) < 0) {
		libvirt_job_release(j);
		return -1;
	}
	bool relative = !base || !domain_xml_is_export(base);
	int rc = start_block_job(j, disk, base_name, top_name, speed,
		relative ? VIR_DOMAIN_BLOCK_COMMIT_RELATIVE : 0);
	/*
	 * Tries again without relative names: the headers of a chain that another program has made may have absolute
	 * names, which cannot stay relative.
	 */
	if (rc < 0 && relative && libvirt_last_error_is(VIR_ERR_OPERATION_INVALID))
		rc = start_block_job(j, disk, base_name, top_name, speed, 0);
	if (rc < 0) {
		(void)fail_disk_call(h, j, uuid, from, err);
		libvirt_job_release(j);
		return -1;
	}
	*ret = &j->job;
	return 0;
}

/* The <disk> element for the target image of a block copy; libvirt finds the backing files by the headers. */
static char *image_xml(const char *image)
{
	_cleanup_doc_ xmlDoc *doc = tree_new("disk");

	domain_xml_set_place(tree_root(doc), DISK_FILE, image);
	tree_set(tree_root(doc), "driver@type", "qcow2");
	return tree_dump(doc);
}

static int start_copy(
	const struct libvirt_job *j, const char *disk, const char *image, int64_t speed)
{
	virTypedParameter limit = { .type = VIR_TYPED_PARAM_ULLONG,
		.field = VIR_DOMAIN_BLOCK_COPY_BANDWIDTH,
		.value.ul = (unsigned long long)speed };
	_cleanup_free_ char *xml = image_xml(image);

	return virDomainBlockCopy(j->dom, disk, xml, &limit, speed ? 1 : 0,
		VIR_DOMAIN_BLOCK_COPY_SHALLOW | VIR_DOMAIN_BLOCK_COPY_REUSE_EXT |
			VIR_DOMAIN_BLOCK_COPY_TRANSIENT_JOB);
}

int libvirt_copy_start(struct hv *h, const char *uuid, const char *target, const char *from,
	const char *image, int64_t speed, struct hv_job **ret, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	_cleanup_free_ char *disk = NULL;

	if (libvirt_domain(h, uuid, COPY, &dom, err) < 0)
		return -1;
	struct libvirt_job *j = libvirt_job_new(TAKE(dom));

	j->work = COPY;
	j->target = xstrdup(target);
	j->pivots = true;
	if (disk_name(j, from, &disk, err) < 0 ||
		(start_copy(j, disk, image, speed) < 0 &&
			fail_disk_call(h, j, uuid, from, err) < 0)) {
		libvirt_job_release(j);
		return -1;
	}
	*ret = &j->job;
	return 0;
}

static bool is_ready(const struct libvirt_job *j)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_free_ char *xml = virDomainGetXMLDesc(j->dom, 0);
	_cleanup_doc_ xmlDoc *doc = xml ? tree_parse(xml, "domain", &ignored) : NULL;
	const xmlNode *disk = doc ? tree_find(tree_root(doc), "devices/disk") : NULL;

	for (; disk; disk = tree_next(disk, "disk")) {
		_cleanup_free_ char *target = tree_get(disk, "target@dev");
		_cleanup_free_ char *ready = tree_get(disk, "mirror@ready");
		if (str_eq(target, j->target))
			return str_eq(ready, "yes");
	}
	return false;
}

static void set_failed(struct libvirt_job *j, const char *why)
{
	j->state = JOB_FAILED;
	j->failure = xstrdup(why);
}

static void pivot(struct libvirt_job *j)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	int may = hv_may_pivot(&j->job, &err);

	if (may == 0 &&
		virDomainBlockJobAbort(j->dom, j->target, VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT) == 0) {
		j->state = JOB_ENDED;
		return;
	}
	set_failed(j, may < 0 ? err.params[err.n_params - 1] : virGetLastErrorMessage());
	(void)virDomainBlockJobAbort(j->dom, j->target, 0);
}

void libvirt_merge_ask(struct libvirt_job *j, struct hv_progress *progress)
{
	virDomainBlockJobInfo info = { 0 };
	int rc = virDomainGetBlockJobInfo(j->dom, j->target, &info, 0);

	if (rc < 0)
		set_failed(j, virGetLastErrorMessage());
	else if (rc == 0 && j->pivots)
		set_failed(j, "the job ended before its pivot");
	else if (rc ==
		0) /* after a commit in the middle, only the headers show whether it has succeeded */
		j->state = JOB_ENDED;
	else if (j->pivots && info.end > 0 && info.cur >= info.end && is_ready(j))
		pivot(j);
	progress->done = (int64_t)info.cur;
	progress->total = (int64_t)info.end;
}

int libvirt_merge_stop(struct libvirt_job *j, struct vxe_error *err)
{
	int64_t until = clock_ms() + CANCEL_WAIT_MS;

	while (j->state == JOB_RUNS) {
		int rc = virDomainBlockJobAbort(j->dom, j->target, 0);
		_cleanup_free_ char *why = rc < 0 ? xstrdup(virGetLastErrorMessage()) : NULL;
		virDomainBlockJobInfo info;

		/* If libvirt cannot say anything of the block job, the job has ended with its domain. */
		if (virDomainGetBlockJobInfo(j->dom, j->target, &info, 0) <= 0)
			j->state = JOB_ENDED;
		else if (clock_ms() > until)
			return vxe_fail(err, VXE_HYPERVISOR_FAILED, "stop a block job", why);
		else
			clock_sleep_ms(CANCEL_STEP_MS);
	}
	return 0;
}

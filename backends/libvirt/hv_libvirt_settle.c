/* SPDX-License-Identifier: MIT */
/*
 * Makes sure that libvirtd no longer works on a domain for a vxe that has died: libvirtd may go on with that
 * process's calls. Memory and block jobs of the dead vxe are stopped; then modifying calls are made, which queue
 * behind any call on the domain. Jobs of other programs go on. XML and headers may be judged only after a whole
 * round has found nothing.
 */
#include "backends/libvirt/hv_libvirt_busy.h"

#include "backends/content/content.h"
#include "objects/base/file_key.h"
#include "backends/hv/memory_image.h"
#include "backends/libvirt/xml/domain_xml_source.h"
#include "backends/libvirt/xml/domain_xml_tree.h"
#include "backends/libvirt/hv_libvirt_memory.h"
#include "backends/libvirt/hv_libvirt_quiesce.h"
#include "objects/base/clock.h"
#include "objects/base/log.h"

#define ROUND_MS 20
#define OTHERS_MS 2000
/*
 * Namespace of metadata that no domain has, and that libvirt is asked to remove: such a call waits for others, as
 * one that changes something, and changes nothing.
 */
#define SETTLE_NAMESPACE "urn:vxe:settle"

enum round { SETTLED, AT_WORK, ANSWER_FAILED };

/* What one round has found at work on the domain; @what describes it. */
struct finding {
	const struct hv_left *left;
	char *what;
	bool others; /* the job belongs to another program, and may last for hours */
};

static enum round at_work(struct finding *f, const char *what, const char *which)
{
	free(f->what);
	f->what = xasprintf("%s%s", what, which);
	f->others = false;
	return AT_WORK;
}

/* True if libvirtd has given up waiting for another call on the domain. */
static bool is_queue_full(void)
{
	return libvirt_last_error_is(VIR_ERR_OPERATION_TIMEOUT) ||
		libvirt_last_error_is(VIR_ERR_RESOURCE_BUSY);
}

/* ---- jobs of the whole domain --------------------------------------------------------------- */

static bool writes_memory(int operation)
{
	return operation == VIR_DOMAIN_JOB_OPERATION_SNAPSHOT ||
		operation == VIR_DOMAIN_JOB_OPERATION_SAVE;
}

void libvirt_abort_memory_job(virDomainPtr dom)
{
	/* A switch of disks cannot be aborted, and soon ends by itself. */
	if (writes_memory(libvirt_job_at_work(dom)) && virDomainAbortJob(dom) < 0)
		log_debug("hv: the job goes on: %s", virGetLastErrorMessage());
}

void libvirt_abort_migration(virDomainPtr dom, int64_t ms)
{
	virTypedParameterPtr params = NULL;
	int n = 0, type = VIR_DOMAIN_JOB_NONE, operation = VIR_DOMAIN_JOB_OPERATION_UNKNOWN;
	unsigned long long elapsed = 0;

	if (virDomainGetJobStats(dom, &type, &params, &n, 0) < 0)
		return;
	(void)virTypedParamsGetInt(params, n, VIR_DOMAIN_JOB_OPERATION, &operation);
	(void)virTypedParamsGetULLong(params, n, VIR_DOMAIN_JOB_TIME_ELAPSED, &elapsed);
	virTypedParamsFree(params, n);
	if (type == VIR_DOMAIN_JOB_NONE || operation != VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT ||
		(ms && (int64_t)elapsed > ms + ROUND_MS))
		return;
	if (virDomainAbortJob(dom) < 0)
		log_debug("hv: the migration goes on: %s", virGetLastErrorMessage());
}

/*
 * True if libvirt is writing the memory image @path: it marks the file as unfinished until the end, and removes it
 * if the job fails.
 */
static bool is_being_written(const char *path)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_contents_ struct content *all = contents_new();
	struct content *c = content_at(all, path);
	struct content_stat f;

	return content_stat(c, &f, &ignored) == 0 && f.exists &&
		memory_image_complete(c, &ignored) == 0;
}

static enum round settle_domain_job(virDomainPtr dom, struct finding *f)
{
	const char *memory = f->left->memory;
	int operation = libvirt_job_at_work(dom);

	if (!operation)
		return SETTLED;
	if (f->left->migration && operation == VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT) {
		libvirt_abort_migration(dom, 0);
		return at_work(f, "a migration of the domain", "");
	}
	if (memory && writes_memory(operation) && is_being_written(memory)) {
		libvirt_abort_memory_job(dom);
		return at_work(f, "a libvirt job on the domain", "");
	}
	/*
	 * Another program's job that allows changes matters only if a save of the dead vxe may wait behind it in
	 * libvirt.
	 */
	if (!memory && libvirt_job_lets_change(operation))
		return SETTLED;
	_cleanup_free_ char *text = libvirt_job_text(dom, operation);

	at_work(f, text, "");
	f->others = !memory || !writes_memory(operation);
	return AT_WORK;
}

/* ---- block jobs ----------------------------------------------------------------------------- */

static const xmlNode *find_disk(const xmlDoc *live, const char *target)
{
	const xmlNode *disk = tree_find(tree_root(live), "devices/disk");

	for (; disk; disk = tree_next(disk, "disk")) {
		_cleanup_free_ char *own = tree_get(disk, "target@dev");

		if (str_eq(own, target))
			break;
	}
	return disk;
}

/*
 * *ret: the file to which a block job of the disk @target copies or merges, by the live XML, owned; NULL: there is
 * no such job.
 */
static int mirror_of(virDomainPtr dom, const char *target, char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *xml = virDomainGetXMLDesc(dom, 0);
	_cleanup_doc_ xmlDoc *live = xml ? tree_parse(xml, "domain", err) : NULL;

	*ret = NULL;
	if (!live)
		return xml ? -1 : libvirt_fail(err, "settle");
	const xmlNode *disk = find_disk(live, target);

	if (!disk)
		return 0;
	const xmlNode *mirror = tree_child(disk, "mirror");

	*ret = mirror ? domain_xml_place(mirror) : NULL;
	return 0;
}

/*
 * 1 if a block job of type @type is the dead vxe's: it has the file that @d names; 0 if it is another program's; -1
 * on failure.
 */
static int is_left(virDomainPtr dom, const struct hv_left_disk *d, int type, struct vxe_error *err)
{
	_cleanup_free_ char *file = NULL;

	switch (type) {
	case VIR_DOMAIN_BLOCK_JOB_TYPE_COPY:
	case VIR_DOMAIN_BLOCK_JOB_TYPE_ACTIVE_COMMIT:
		return mirror_of(dom, d->target, &file, err) < 0 ? -1 : file_is_same(file, d->into);
	case VIR_DOMAIN_BLOCK_JOB_TYPE_COMMIT:
		return libvirt_commit_top(dom, d->target, &file, err) < 0
			? -1
			: file_is_same(file, d->from);
	default:
		return 0;
	}
}

static enum round settle_disk(virDomainPtr dom, const struct hv_left_disk *d, struct finding *f)
{
	_cleanup_error_ struct vxe_error why = { 0 };
	virDomainBlockJobInfo info = { 0 };

	int rc = virDomainGetBlockJobInfo(dom, d->target, &info, 0);
	if (rc < 0 && is_queue_full())
		return at_work(f, "another libvirt call on the domain", "");
	if (rc <= 0)
		return SETTLED; /* there is no job, or the domain has stopped, which the next call tells */
	int left = is_left(dom, d, info.type, &why);

	if (!left)
		return SETTLED;
	if (left > 0)
		(void)virDomainBlockJobAbort(dom, d->target, VIR_DOMAIN_BLOCK_JOB_ABORT_ASYNC);
	return at_work(f, "a block job on disk ", d->target);
}

static enum round settle_block_jobs(virDomainPtr dom, struct finding *f)
{
	enum round found = SETTLED;

	for (size_t i = 0; i < f->left->n; i++)
		if (settle_disk(dom, &f->left->disks[i], f) == AT_WORK)
			found = AT_WORK;
	return found;
}

/* ---- calls that queue ----------------------------------------------------------------------- */

static enum round touch(virDomainPtr dom, unsigned flags, struct finding *f, struct vxe_error *err)
{
	if (virDomainSetMetadata(
		    dom, VIR_DOMAIN_METADATA_ELEMENT, NULL, "vxe", SETTLE_NAMESPACE, flags) == 0 ||
		libvirt_last_error_is(VIR_ERR_NO_DOMAIN))
		return SETTLED;
	if (is_queue_full())
		return at_work(f, "another libvirt call on the domain", "");
	/*
	 * The domain has stopped or become transient; libvirt has given this answer, too, only after all calls
	 * before.
	 */
	if (libvirt_last_error_is(VIR_ERR_OPERATION_INVALID))
		return SETTLED;
	libvirt_fail(err, "settle");
	return ANSWER_FAILED;
}

static enum round settle_calls(virDomainPtr dom, struct finding *f, struct vxe_error *err)
{
	enum round found = SETTLED;

	/* If libvirt cannot even say whether the domain is persistent, the next call fails and says why. */
	if (virDomainIsPersistent(dom) != 0)
		found = touch(dom, VIR_DOMAIN_AFFECT_CONFIG, f, err);
	if (found == SETTLED && virDomainIsActive(dom) != 0)
		found = touch(dom, VIR_DOMAIN_AFFECT_LIVE, f, err);
	return found;
}

static enum round settle_jobs(virDomainPtr dom, struct finding *f)
{
	if (virDomainIsActive(dom) == 0)
		return SETTLED;
	return settle_domain_job(dom, f) == AT_WORK ? AT_WORK : settle_block_jobs(dom, f);
}

/*
 * One round: looks for jobs, makes calls that queue behind others, and looks for jobs again, because one that waited
 * before may have begun.
 */
static enum round settle_round(virDomainPtr dom, struct finding *f, struct vxe_error *err)
{
	enum round found = settle_jobs(dom, f);

	if (found == SETTLED)
		found = settle_calls(dom, f, err);
	return found == SETTLED ? settle_jobs(dom, f) : found;
}

int libvirt_settle(struct hv *h, const char *uuid, struct hv_left *left, int64_t timeout_ms,
	struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	int64_t began = clock_ms(), others_ms = timeout_ms < OTHERS_MS ? timeout_ms : OTHERS_MS;
	int rc = libvirt_lookup(h, uuid, "settle", &dom, err);
	struct finding f = { .left = left };
	enum round found;

	left->others = false;
	if (rc <= 0)
		return rc;
	while ((found = settle_round(dom, &f, err)) == AT_WORK &&
		clock_ms() - began < (f.others ? others_ms : timeout_ms))
		clock_sleep_ms(ROUND_MS);
	if (found == AT_WORK)
		vxe_fail(err, VXE_BUSY, uuid, f.what);
	left->others = found == AT_WORK && f.others;
	if (found == SETTLED && virDomainIsActive(dom) == 1) {
		libvirt_forget_silence(dom);
		libvirt_forget_agent(dom);
	}
	free(f.what);
	return found == SETTLED ? 0 : -1;
}

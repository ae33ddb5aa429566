/* SPDX-License-Identifier: MIT */
/*
 * Settles a domain: when a vxe dies, libvirtd may go on with its calls. Memory and block jobs are
 * stopped or waited for; then modifying calls are made, which queue behind any call on the domain.
 * XML and headers may be judged only after a whole round has found nothing.
 */
#include "backends/libvirt/hv_libvirt_job.h"

#include "backends/libvirt/domain_xml.h"
#include "backends/libvirt/hv_libvirt_memory.h"
#include "objects/base/clock.h"
#include "objects/base/log.h"

#define ROUND_MS 20
/* Removing an element that does not exist is a modifying call that changes nothing. */
#define SETTLE_NAMESPACE "urn:vxe:settle"

enum round { SETTLED, AT_WORK, ANSWER_FAILED };

/* The result of one round; @what describes it. */
struct finding {
	char *what;
};

static enum round at_work(struct finding *f, const char *what, const char *which)
{
	free(f->what);
	f->what = xasprintf("%s%s", what, which);
	return AT_WORK;
}

/* libvirtd gave up waiting for another call on the domain. */
static bool is_queue_full(void)
{
	return libvirt_last_error_is(VIR_ERR_OPERATION_TIMEOUT) ||
	       libvirt_last_error_is(VIR_ERR_RESOURCE_BUSY);
}

/* ---- jobs of the whole domain --------------------------------------------------------------- */

static int job_operation(virDomainPtr dom, int *type)
{
	virTypedParameterPtr params = NULL;
	int n = 0, operation = VIR_DOMAIN_JOB_OPERATION_UNKNOWN;

	*type = VIR_DOMAIN_JOB_NONE;
	if (virDomainGetJobStats(dom, type, &params, &n, 0) < 0)
		return operation;
	(void)virTypedParamsGetInt(params, n, VIR_DOMAIN_JOB_OPERATION, &operation);
	virTypedParamsFree(params, n);
	return operation;
}

bool libvirt_abort_memory_job(virDomainPtr dom)
{
	int type, operation = job_operation(dom, &type);
	bool ours = operation == VIR_DOMAIN_JOB_OPERATION_SNAPSHOT ||
		    operation == VIR_DOMAIN_JOB_OPERATION_SAVE;

	if (type != VIR_DOMAIN_JOB_BOUNDED && type != VIR_DOMAIN_JOB_UNBOUNDED)
		return false;
	/* A switch of disks cannot be aborted, and ends by itself. */
	if (ours && virDomainAbortJob(dom) < 0)
		log_debug("hv: the job goes on: %s", virGetLastErrorMessage());
	return true;
}

/* ---- block jobs ----------------------------------------------------------------------------- */

static enum round settle_disk(virDomainPtr dom, const char *target, struct finding *f)
{
	virDomainBlockJobInfo info = { 0 };

	int rc = virDomainGetBlockJobInfo(dom, target, &info, 0);
	if (rc < 0 && is_queue_full())
		return at_work(f, "another libvirt call on the domain", "");
	if (rc <= 0)
		return SETTLED; /* no job, or the domain has stopped: the next call tells */
	if (info.type == VIR_DOMAIN_BLOCK_JOB_TYPE_COMMIT ||
		info.type == VIR_DOMAIN_BLOCK_JOB_TYPE_ACTIVE_COMMIT ||
		info.type == VIR_DOMAIN_BLOCK_JOB_TYPE_COPY)
		(void)virDomainBlockJobAbort(dom, target, VIR_DOMAIN_BLOCK_JOB_ABORT_ASYNC);
	return at_work(f, "a block job on disk ", target);
}

static enum round settle_block_jobs(virDomainPtr dom, struct finding *f, struct vxe_error *err)
{
	_cleanup_free_ char *xml = virDomainGetXMLDesc(dom, 0);
	_cleanup_spec_ struct domain_spec *live = NULL;
	enum round found = SETTLED;

	if (!xml)
		return libvirt_last_error_is(VIR_ERR_NO_DOMAIN)
			       ? SETTLED
			       : (libvirt_fail(err, "settle"), ANSWER_FAILED);
	if (domain_xml_read(xml, &live, err) < 0)
		return ANSWER_FAILED;
	for (size_t i = 0; i < live->n_disks; i++)
		if (live->disks[i].source != DISK_NONE &&
			settle_disk(dom, live->disks[i].target, f) == AT_WORK)
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
	/* The domain has stopped or become transient: this answer, too, came through the queue. */
	if (libvirt_last_error_is(VIR_ERR_OPERATION_INVALID))
		return SETTLED;
	libvirt_fail(err, "settle");
	return ANSWER_FAILED;
}

static enum round settle_calls(virDomainPtr dom, struct finding *f, struct vxe_error *err)
{
	enum round found = SETTLED;

	/* If even the state is unknown, the call itself fails. */
	if (virDomainIsPersistent(dom) != 0)
		found = touch(dom, VIR_DOMAIN_AFFECT_CONFIG, f, err);
	if (found == SETTLED && virDomainIsActive(dom) != 0)
		found = touch(dom, VIR_DOMAIN_AFFECT_LIVE, f, err);
	return found;
}

static enum round settle_jobs(virDomainPtr dom, struct finding *f, struct vxe_error *err)
{
	if (virDomainIsActive(dom) == 0)
		return SETTLED;
	/* Stops only jobs of the kinds that vxe starts; waits for others. */
	if (libvirt_abort_memory_job(dom))
		return at_work(f, "a libvirt job on the domain", "");
	return settle_block_jobs(dom, f, err);
}

/* Checks jobs again after the calls: a job that was queued before may have begun. */
static enum round settle_round(virDomainPtr dom, struct finding *f, struct vxe_error *err)
{
	enum round found = settle_jobs(dom, f, err);

	if (found == SETTLED)
		found = settle_calls(dom, f, err);
	return found == SETTLED ? settle_jobs(dom, f, err) : found;
}

int libvirt_settle(struct hv *h, const char *uuid, int64_t timeout_ms, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	int64_t until = clock_ms() + timeout_ms;
	int rc = libvirt_lookup(h, uuid, "settle", &dom, err);
	struct finding f = { 0 };
	enum round found;

	if (rc <= 0)
		return rc;
	while ((found = settle_round(dom, &f, err)) == AT_WORK && clock_ms() < until)
		clock_sleep_ms(ROUND_MS);
	if (found == AT_WORK)
		vxe_fail(err, VXE_BUSY, uuid, f.what);
	if (found == SETTLED && virDomainIsActive(dom) == 1) {
		libvirt_forget_silence(dom);
		libvirt_forget_agent(dom);
	}
	free(f.what);
	return found == SETTLED ? 0 : -1;
}

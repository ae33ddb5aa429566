/* SPDX-License-Identifier: MIT */
/* Finds jobs of other programs, and describes them. */
#include "backends/libvirt/hv_libvirt_busy.h"

#include "backends/libvirt/xml/domain_xml_tree.h"

/* ---- on the whole domain --------------------------------------------------------------------- */

int libvirt_job_at_work(virDomainPtr dom)
{
	virTypedParameterPtr params = NULL;
	int n = 0, type = VIR_DOMAIN_JOB_NONE, operation = VIR_DOMAIN_JOB_OPERATION_UNKNOWN;

	if (virDomainGetJobStats(dom, &type, &params, &n, 0) < 0)
		return VIR_DOMAIN_JOB_OPERATION_UNKNOWN;
	(void)virTypedParamsGetInt(params, n, VIR_DOMAIN_JOB_OPERATION, &operation);
	virTypedParamsFree(params, n);
	/* A job of the type "completed" is still at work: QEMU has done its part, but libvirt has not. */
	return type == VIR_DOMAIN_JOB_NONE ? VIR_DOMAIN_JOB_OPERATION_UNKNOWN : operation;
}

bool libvirt_job_lets_change(int operation)
{
	return operation == VIR_DOMAIN_JOB_OPERATION_UNKNOWN ||
		operation == VIR_DOMAIN_JOB_OPERATION_BACKUP;
}

char *libvirt_job_text(virDomainPtr dom, int operation)
{
	static const char *const kinds[] = {
		[VIR_DOMAIN_JOB_OPERATION_START] = "start",
		[VIR_DOMAIN_JOB_OPERATION_SAVE] = "save",
		[VIR_DOMAIN_JOB_OPERATION_RESTORE] = "restore",
		[VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN] = "migration",
		[VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT] = "migration",
		[VIR_DOMAIN_JOB_OPERATION_SNAPSHOT] = "snapshot",
		[VIR_DOMAIN_JOB_OPERATION_SNAPSHOT_REVERT] = "revert",
		[VIR_DOMAIN_JOB_OPERATION_DUMP] = "dump",
		[VIR_DOMAIN_JOB_OPERATION_BACKUP] = "backup",
	};
	bool known = operation > 0 && (size_t)operation < ARRAY_LEN(kinds) && kinds[operation];

	return xasprintf("a %s by another program; 'virsh domjobinfo %s' shows it",
		known ? kinds[operation] : "job", virDomainGetName(dom));
}

static int fail_job(virDomainPtr dom, int operation, struct vxe_error *err)
{
	_cleanup_free_ char *uuid = libvirt_uuid(dom), *text = libvirt_job_text(dom, operation);

	return vxe_fail(err, VXE_BUSY, uuid, text);
}

int libvirt_free_domain(struct hv *h, const char *uuid, const char *operation, virDomainPtr *ret,
	struct vxe_error *err)
{
	if (libvirt_domain(h, uuid, operation, ret, err) < 0)
		return -1;
	int job = libvirt_job_at_work(*ret);

	if (job == VIR_DOMAIN_JOB_OPERATION_SNAPSHOT || libvirt_job_lets_change(job))
		return 0;
	return fail_job(*ret, job, err);
}

/* ---- on a disk -------------------------------------------------------------------------------- */

static const char *block_job(int type)
{
	switch (type) {
	case VIR_DOMAIN_BLOCK_JOB_TYPE_PULL:
		return "block pull";
	case VIR_DOMAIN_BLOCK_JOB_TYPE_COPY:
		return "block copy";
	case VIR_DOMAIN_BLOCK_JOB_TYPE_COMMIT:
	case VIR_DOMAIN_BLOCK_JOB_TYPE_ACTIVE_COMMIT:
		return "block commit";
	case VIR_DOMAIN_BLOCK_JOB_TYPE_BACKUP:
		return "backup";
	default:
		return "block job";
	}
}

static bool is_disk_busy(virDomainPtr dom, const char *target, struct vxe_error *err)
{
	virDomainBlockJobInfo info = { 0 };

	if (!target || virDomainGetBlockJobInfo(dom, target, &info, 0) <= 0)
		return false;
	_cleanup_free_ char *uuid = libvirt_uuid(dom);
	_cleanup_free_ char *text =
		xasprintf("a %s of the disk %s by another program; 'virsh blockjob %s %s' shows it",
			block_job(info.type), target, virDomainGetName(dom), target);

	(void)vxe_fail(err, VXE_BUSY, uuid, text);
	return true;
}

int libvirt_check_free(struct hv *h, const char *uuid, const char *target, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;

	if (libvirt_domain(h, uuid, "look for jobs", &dom, err) < 0)
		return -1;
	int operation = libvirt_job_at_work(dom);

	/* A snapshot is usually short, and the next call waits for it in libvirt. */
	if (operation == VIR_DOMAIN_JOB_OPERATION_SNAPSHOT)
		return 0;
	if (target ? !libvirt_job_lets_change(operation) : operation)
		return fail_job(dom, operation, err);
	return is_disk_busy(dom, target, err) ? -1 : 0;
}

/*
 * True if a job of another program was the reason why libvirt refused a call. If that job has ended since, the
 * call's own error stays.
 */
bool libvirt_was_busy(virDomainPtr dom, int code, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	int operation = libvirt_job_at_work(dom);
	bool busy = false;

	if (code == VIR_ERR_OPERATION_TIMEOUT && operation)
		return fail_job(dom, operation, err) < 0;
	_cleanup_free_ char *xml = virDomainGetXMLDesc(dom, 0);
	_cleanup_doc_ xmlDoc *live = xml ? tree_parse_top(xml, &ignored) : NULL;

	for (const xmlNode *disk = live ? tree_find(tree_root(live), "devices/disk") : NULL;
		disk && !busy; disk = tree_next(disk, "disk")) {
		_cleanup_free_ char *target = tree_get(disk, "target@dev");

		busy = is_disk_busy(dom, target, err);
	}
	return busy;
}

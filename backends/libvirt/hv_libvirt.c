/* SPDX-License-Identifier: MIT */
/*
 * The libvirt module: connection, listing and life cycle of domains. Each call names a domain by
 * its UUID; libvirt's errors are converted at once.
 */
#include "backends/libvirt/hv_libvirt.h"

#include "backends/libvirt/xml/domain_xml_tree.h"
#include "backends/libvirt/hv_libvirt_busy.h"
#include "backends/libvirt/hv_libvirt_define.h"
#include "backends/libvirt/hv_libvirt_memory.h"
#include "backends/libvirt/hv_libvirt_quiesce.h"
#include "objects/base/clock.h"
#include "objects/base/uri.h"

#define WAKE_MS 10000

extern const struct hv_ops hv_libvirt_ops; /* loaded by name, see HV_MODULE_SYMBOL */

/* ---- errors --------------------------------------------------------------------------------- */

/* Swallows libvirt's error messages, which libvirt would otherwise print itself. */
static void say_nothing(void *ctx, virErrorPtr e)
{
	(void)ctx, (void)e;
}

/* ---- connection ----------------------------------------------------------------------------- */

static int open_any(struct hv **ret, const char *uri, bool other, struct vxe_error *err)
{
	virSetErrorFunc(NULL, say_nothing);
	virConnectPtr conn = virConnectOpen(uri);
	if (!conn)
		return vxe_fail(err, VXE_HYPERVISOR_UNREACHABLE, uri, virGetLastErrorMessage());
	/* Asks libvirt for the URI of the connection: the caller's may be an alias in libvirt.conf. */
	_cleanup_free_ char *own = virConnectGetURI(conn);

	const char *driver = virConnectGetType(conn);
	bool remote = !other && own && uri_is_remote(own), qemu = str_eq(driver, "QEMU");

	if (remote || !qemu) {
		_cleanup_free_ char *name = xstrdup(driver ? driver : "");

		virConnectClose(conn);
		return remote ? vxe_fail(err, VXE_REMOTE_URI, own)
			      : vxe_fail(err, VXE_DRIVER_NOT_QEMU, uri, name);
	}
	struct hv_libvirt *l = xcalloc(1, sizeof(*l));
	l->conn = conn;
	*ret = &l->hv;
	return 0;
}

static int libvirt_open(struct hv **ret, const char *uri, struct vxe_error *err)
{
	return open_any(ret, uri, false, err);
}

static int libvirt_open_other(struct hv **ret, const char *uri, struct vxe_error *err)
{
	return open_any(ret, uri, true, err);
}

static void libvirt_close(struct hv *h)
{
	libvirt_know(h, NULL, NULL);
	libvirt_hear_no_more((struct hv_libvirt *)h);
	strv_clear(&((struct hv_libvirt *)h)->machines);
	virConnectClose(conn_of(h));
	free(h);
}

/*
 * *ret: libvirt's host has the file @path. Has libvirt open the file, which is no memory image: the error tells
 * whether the file is there. An error in another language than English cannot be understood, and *ret is true.
 */
static int libvirt_sees(struct hv *h, const char *path, bool *ret, struct vxe_error *err)
{
	char *xml = virDomainSaveImageGetXMLDesc(conn_of(h), path, 0);

	(void)err;
	*ret = xml || !strstr(virGetLastErrorMessage(), "No such file");
	free(xml);
	virResetLastError();
	return 0;
}

/* ---- facts ---------------------------------------------------------------------------------- */

/*
 * The libvirt state of a domain as enum hv_state. A crashed domain with an id still has its QEMU, which holds the
 * disks.
 */
static enum hv_state state_of(int state, int id)
{
	switch (state) {
	case VIR_DOMAIN_PAUSED:
		return HV_PAUSED;
	case VIR_DOMAIN_SHUTDOWN:
		return HV_SHUTDOWN;
	case VIR_DOMAIN_SHUTOFF:
		return HV_SHUTOFF;
	case VIR_DOMAIN_CRASHED:
		return id < 0 ? HV_CRASHED : HV_PAUSED;
	case VIR_DOMAIN_PMSUSPENDED:
		return HV_SUSPENDED;
	default:
		return HV_RUNNING;
	}
}

static struct hv_domain fact_of(virDomainPtr dom, int state, bool persistent)
{
	unsigned given = state == VIR_DOMAIN_SHUTOFF ? (unsigned)-1 : virDomainGetID(dom);
	int id = given == (unsigned)-1 ? -1 : (int)given;

	return (struct hv_domain){
		.uuid = libvirt_uuid(dom),
		.name = xstrdup(virDomainGetName(dom)),
		.state = state_of(state, id),
		.persistent = persistent,
		.id = id,
	};
}

static int fact_in(const virDomainStatsRecord *r, const char *name)
{
	for (int i = 0; i < r->nparams; i++)
		if (str_eq(r->params[i].field, name))
			return r->params[i].value.i;
	return 0; /* libvirt gives no state, or an unknown reason */
}

static int state_in(const virDomainStatsRecord *r)
{
	return fact_in(r, "state.state");
}

/*
 * True if the domain is off because its guest has shut down or crashed, or was stopped by force. libvirt forgets the
 * reason when libvirt restarts, and after a start that failed.
 */
static bool has_ended(const virDomainStatsRecord *r)
{
	switch (state_in(r) == VIR_DOMAIN_SHUTOFF ? fact_in(r, "state.reason") : -1) {
	case VIR_DOMAIN_SHUTOFF_SHUTDOWN:
	case VIR_DOMAIN_SHUTOFF_DESTROYED:
	case VIR_DOMAIN_SHUTOFF_CRASHED:
		return true;
	default:
		return false;
	}
}

/* The reasons that libvirt gives on the source, before and after the other host may have begun to run the guest. */
static bool is_moving(int state, int reason)
{
	return state == VIR_DOMAIN_PAUSED &&
		(reason == VIR_DOMAIN_PAUSED_MIGRATION || reason == VIR_DOMAIN_PAUSED_POSTCOPY ||
			reason == VIR_DOMAIN_PAUSED_POSTCOPY_FAILED);
}

static void take_reason(struct hv_domain *d, int state, int reason)
{
	d->moving = is_moving(state, reason);
	d->by_user = state == VIR_DOMAIN_PAUSED && reason == VIR_DOMAIN_PAUSED_USER;
}

/*
 * Reads the state of a domain if it is persistent. False: the domain has gone, is transient, or this libvirt cannot
 * tell.
 */
static bool find_persistent(virDomainPtr dom, struct hv_domain *ret)
{
	virDomainPtr asked[] = { dom, NULL };
	virDomainStatsRecordPtr *records = NULL;
	int n = virDomainListGetStats(asked, VIR_DOMAIN_STATS_STATE, &records,
		VIR_CONNECT_GET_ALL_DOMAINS_STATS_PERSISTENT);

	if (n == 1) {
		*ret = fact_of(records[0]->dom, state_in(records[0]), true);
		ret->ended = has_ended(records[0]);
		take_reason(ret, state_in(records[0]), fact_in(records[0], "state.reason"));
	}
	if (n >= 0)
		virDomainStatsRecordListFree(records);
	return n == 1;
}

/*
 * Asks whether the domain has a managed save. The reason of the domain's state tells that, too, but not after a
 * restart of libvirt.
 */
static int find_saved(virDomainPtr dom, struct hv_domain *ret, struct vxe_error *err)
{
	int has = hv_is_active(ret->state) ? 0 : virDomainHasManagedSaveImage(dom, 0);

	ret->saved = has > 0;
	if (has >= 0)
		return 0;
	hv_domain_clear(ret);
	return libvirt_last_error_is(VIR_ERR_NO_DOMAIN) ? 0 : libvirt_fail(err, "find");
}

static int libvirt_find(
	struct hv *h, const char *uuid, struct hv_domain *ret, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr known = libvirt_known(h, uuid), dom = NULL;
	int state = 0, reason = 0, persistent;

	*ret = (struct hv_domain){ 0 };
	if (known && find_persistent(known, ret))
		return find_saved(known, ret, err);
	int rc = libvirt_lookup(h, uuid, "find", &dom, err);

	if (rc <= 0)
		return rc;
	if (!known && find_persistent(dom, ret))
		return find_saved(dom, ret, err);
	persistent = virDomainIsPersistent(dom);
	if (persistent < 0 || virDomainGetState(dom, &state, &reason, 0) < 0)
		return libvirt_last_error_is(VIR_ERR_NO_DOMAIN) ? 0 : libvirt_fail(err, "find");
	*ret = fact_of(dom, state, persistent > 0);
	take_reason(ret, state, reason);
	return 0;
}

static int libvirt_find_name(struct hv *h, const char *name, char **ret_uuid, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = virDomainLookupByName(conn_of(h), name);

	if (!dom && !libvirt_last_error_is(VIR_ERR_NO_DOMAIN))
		return libvirt_fail(err, "find");
	*ret_uuid = dom ? libvirt_uuid(dom) : NULL;
	return 0;
}

/* ---- the listing: three round trips, for any number of domains ------------------------------- */

static int by_uuid(const void *a, const void *b)
{
	return strcmp(((const struct hv_domain *)a)->uuid, ((const struct hv_domain *)b)->uuid);
}

/*
 * Marks the domains of the list, usually few, that a filter of libvirt selects: the transient ones, or those with a
 * managed save.
 */
static int mark(struct hv *h, unsigned filter, const struct hv_domains *all, struct vxe_error *err)
{
	virDomainPtr *found = NULL;
	int n = virConnectListAllDomains(conn_of(h), &found, filter);

	for (int i = 0; i < n; i++) {
		struct hv_domain key = { .uuid = libvirt_uuid(found[i]) };
		struct hv_domain *d = bsearch(&key, all->items, all->n, sizeof(key), by_uuid);

		if (d && filter == VIR_CONNECT_LIST_DOMAINS_TRANSIENT)
			d->persistent = false;
		else if (d)
			d->saved = !hv_is_active(d->state);
		free(key.uuid);
		virDomainFree(found[i]);
	}
	free(found);
	return n < 0 ? libvirt_fail(err, "list") : 0;
}

static int libvirt_list(struct hv *h, struct hv_domains *ret, struct vxe_error *err)
{
	virDomainStatsRecordPtr *records = NULL;
	struct hv_domains all = { 0 };
	int n = virConnectGetAllDomainStats(conn_of(h), VIR_DOMAIN_STATS_STATE, &records, 0);

	if (n < 0)
		return libvirt_fail(err, "list");
	all.n = (size_t)n;
	all.items = xcalloc(all.n, sizeof(*all.items));
	for (size_t i = 0; i < all.n; i++)
		all.items[i] = fact_of(records[i]->dom, state_in(records[i]), true);
	libvirt_know(h, records, &all);
	if (n)
		qsort(all.items, all.n, sizeof(*all.items), by_uuid);
	/*
	 * Marks transient and saved domains after the list was read, so that domains that have appeared meanwhile
	 * are marked, too.
	 */
	if (mark(h, VIR_CONNECT_LIST_DOMAINS_TRANSIENT, &all, err) < 0 ||
		mark(h, VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE, &all, err) < 0) {
		hv_domains_clear(&all);
		return -1;
	}
	*ret = all;
	return 0;
}

static int libvirt_begun(struct hv *h, const char *digits, struct strv *ret, struct vxe_error *err)
{
	virDomainPtr *all = NULL;
	int n = virConnectListAllDomains(conn_of(h), &all, 0);

	for (int i = 0; i < n; i++) {
		_cleanup_free_ char *uuid = libvirt_uuid(all[i]);

		if (str_starts(uuid, digits))
			strv_take(ret, TAKE(uuid));
		virDomainFree(all[i]);
	}
	free(all);
	return n < 0 ? libvirt_fail(err, "list") : 0;
}

/* ---- definitions ---------------------------------------------------------------------------- */

char *libvirt_definition(virDomainPtr dom, enum hv_xml which)
{
	unsigned flags = VIR_DOMAIN_XML_SECURE;

	if (which == HV_XML_SAVED)
		return virDomainManagedSaveGetXMLDesc(dom, VIR_DOMAIN_SAVE_IMAGE_XML_SECURE);
	if (which == HV_XML_INACTIVE)
		flags |= VIR_DOMAIN_XML_INACTIVE;
	return virDomainGetXMLDesc(dom, flags);
}

static int libvirt_xml(
	struct hv *h, const char *uuid, enum hv_xml which, char **ret, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;

	if (libvirt_domain(h, uuid, "xml", &dom, err) < 0)
		return -1;
	char *xml = libvirt_definition(dom, which);
	if (!xml)
		return libvirt_fail(err, "xml");
	*ret = xml;
	return 0;
}

static int libvirt_undefine(struct hv *h, const char *uuid, unsigned how, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	unsigned flags = (how & HV_UNDEFINE_DROP_NVRAM ? VIR_DOMAIN_UNDEFINE_NVRAM
						       : VIR_DOMAIN_UNDEFINE_KEEP_NVRAM) |
		(how & HV_UNDEFINE_DROP_TPM ? VIR_DOMAIN_UNDEFINE_TPM
					    : VIR_DOMAIN_UNDEFINE_KEEP_TPM) |
		VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA;
	int rc = libvirt_lookup(h, uuid, "undefine", &dom, err);

	if (rc <= 0)
		return rc;
	if (virDomainUndefineFlags(dom, flags) == 0 || libvirt_last_error_is(VIR_ERR_NO_DOMAIN))
		return 0;
	return libvirt_fail(err, "undefine");
}

/* ---- life cycle ----------------------------------------------------------------------------- */

static int libvirt_start(struct hv *h, const char *uuid, unsigned how, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	unsigned flags = (how & HV_STAY_PAUSED ? VIR_DOMAIN_START_PAUSED : 0) |
		(how & HV_BYPASS_CACHE ? VIR_DOMAIN_START_BYPASS_CACHE : 0) |
		(how & HV_RESET_NVRAM ? VIR_DOMAIN_START_RESET_NVRAM : 0);

	if (libvirt_domain(h, uuid, "start", &dom, err) < 0)
		return -1;
	if (virDomainCreateWithFlags(dom, flags) < 0)
		return libvirt_fail(err, "start");
	return 0;
}

static int libvirt_shutdown(struct hv *h, const char *uuid, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;

	if (libvirt_free_domain(h, uuid, "shutdown", &dom, err) < 0)
		return -1;
	if (virDomainShutdownFlags(dom, VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN) < 0)
		return libvirt_fail(err, "shutdown");
	return 0;
}

static int libvirt_pause(struct hv *h, const char *uuid, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;

	if (libvirt_free_domain(h, uuid, "pause", &dom, err) < 0)
		return -1;
	return virDomainSuspend(dom) == 0 ? 0 : libvirt_fail(err, "pause");
}

/* Wakes a guest that sleeps, and waits until QEMU says that it is awake, which libvirt's call does not. */
static int wake(virDomainPtr dom, struct vxe_error *err)
{
	int64_t until = clock_ms() + WAKE_MS;
	int state;
	if (virDomainPMWakeup(dom, 0) < 0)
		return libvirt_fail(err, "wake up");
	while (virDomainGetState(dom, &state, NULL, 0) == 0 && state == VIR_DOMAIN_PMSUSPENDED &&
		clock_ms() < until)
		clock_sleep_ms(20);
	return 0;
}

static int libvirt_unpause(struct hv *h, const char *uuid, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	int state;

	if (libvirt_free_domain(h, uuid, "unpause", &dom, err) < 0)
		return -1;
	if (virDomainGetState(dom, &state, NULL, 0) == 0 && state == VIR_DOMAIN_PMSUSPENDED)
		return wake(dom, err);
	if (virDomainResume(dom) == 0)
		return 0;
	_cleanup_free_ char *why = xstrdup(virGetLastErrorMessage());
	if (virDomainGetState(dom, &state, NULL, 0) == 0 && state == VIR_DOMAIN_RUNNING)
		return 0;
	return vxe_fail(err, VXE_HYPERVISOR_FAILED, "unpause", why);
}

static int libvirt_autostart(struct hv *h, const char *uuid, bool *ret, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	int on;

	if (libvirt_domain(h, uuid, "autostart", &dom, err) < 0)
		return -1;
	if (virDomainGetAutostart(dom, &on) < 0)
		return libvirt_fail(err, "autostart");
	*ret = on != 0;
	return 0;
}

static int libvirt_set_autostart(struct hv *h, const char *uuid, bool on, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;

	if (libvirt_domain(h, uuid, "autostart", &dom, err) < 0)
		return -1;
	return virDomainSetAutostart(dom, on) == 0 ? 0 : libvirt_fail(err, "autostart");
}

static int libvirt_managed_save(struct hv *h, const char *uuid, bool *ret, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;

	if (libvirt_domain(h, uuid, "managed save", &dom, err) < 0)
		return -1;
	int has = virDomainHasManagedSaveImage(dom, 0);
	if (has < 0)
		return libvirt_fail(err, "managed save");
	*ret = has > 0;
	return 0;
}

static int libvirt_managed_drop(struct hv *h, const char *uuid, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	int rc = libvirt_lookup(h, uuid, "drop the managed save", &dom, err);

	if (rc <= 0)
		return rc;
	if (virDomainHasManagedSaveImage(dom, 0) == 0 || virDomainManagedSaveRemove(dom, 0) == 0)
		return 0;
	return libvirt_last_error_is(VIR_ERR_NO_DOMAIN)
		? 0
		: libvirt_fail(err, "drop the managed save");
}

int libvirt_domains_that(
	struct hv *h, unsigned what, const char *operation, struct strv *ret, struct vxe_error *err)
{
	virDomainPtr *domains = NULL;
	int n = virConnectListAllDomains(conn_of(h), &domains, what);

	if (n < 0)
		return libvirt_fail(err, operation);
	for (int i = 0; i < n; i++) {
		strv_take(ret, libvirt_uuid(domains[i]));
		virDomainFree(domains[i]);
	}
	free(domains);
	return 0;
}

static int libvirt_saved(struct hv *h, struct strv *ret, struct vxe_error *err)
{
	return libvirt_domains_that(
		h, VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE, "saved domains", ret, err);
}

static int libvirt_count(struct hv *h, int *active, int *inactive, struct vxe_error *err)
{
	*active = virConnectNumOfDomains(conn_of(h));
	if (inactive)
		*inactive = virConnectNumOfDefinedDomains(conn_of(h));
	return *active < 0 || (inactive && *inactive < 0) ? libvirt_fail(err, "count of domains")
							  : 0;
}

static int libvirt_own_snapshots(struct hv *h, const char *uuid, int *ret, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;

	if (libvirt_domain(h, uuid, "snapshots", &dom, err) < 0)
		return -1;
	int n = virDomainSnapshotNum(dom, 0);
	if (n < 0)
		return libvirt_fail(err, "snapshots");
	*ret = n;
	return 0;
}

static const struct hv_facts_ops libvirt_facts_ops = {
	.host = libvirt_host,
	.sees = libvirt_sees,
	.versions = libvirt_versions,
	.stats = libvirt_stats,
	.guest = libvirt_guest,
	.new_machine = libvirt_new_machine,
	.machine_gone = libvirt_machine_gone,
};

static const struct hv_domain_ops libvirt_domain_ops = {
	.list = libvirt_list,
	.find = libvirt_find,
	.find_name = libvirt_find_name,
	.begun = libvirt_begun,
	.reboots = libvirt_reboots,
	.xml = libvirt_xml,
	.xml_many = libvirt_xml_many,
	.define = libvirt_define,
	.undefine = libvirt_undefine,
	.start = libvirt_start,
	.shutdown = libvirt_shutdown,
	.destroy = libvirt_destroy,
	.pause = libvirt_pause,
	.unpause = libvirt_unpause,
	.autostart = libvirt_autostart,
	.set_autostart = libvirt_set_autostart,
	.managed_save = libvirt_managed_save,
	.managed_drop = libvirt_managed_drop,
	.saved = libvirt_saved,
	.count = libvirt_count,
	.own_snapshots = libvirt_own_snapshots,
	.disk_files = libvirt_disk_files,
	.has_disk = libvirt_has_disk,
	.close_file = libvirt_close_file,
	.settle = libvirt_settle,
	.check_free = libvirt_check_free,
	.frozen = libvirt_frozen,
	.set_memory = libvirt_set_memory,
	.set_vcpus = libvirt_set_vcpus,
};

const struct hv_ops hv_libvirt_ops = {
	.name = "libvirt",
	.open = libvirt_open,
	.open_other = libvirt_open_other,
	.close = libvirt_close,
	.facts = &libvirt_facts_ops,
	.domain = &libvirt_domain_ops,
	.job = &libvirt_job_ops,
	.snapshot = &libvirt_snapshot_ops,
	.device = &libvirt_device_ops,
	.pool = &libvirt_pool_ops,
	.network = &libvirt_network_ops,
};

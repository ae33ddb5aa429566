/* SPDX-License-Identifier: MIT */
/* The mock's slots about the host and its domains. */
#include "tests/mock/hv_mock.h"

#include "backends/content/content.h"
#include "objects/base/file_key.h"
#include "backends/libvirt/xml/domain_xml.h"
#include "objects/base/uuid.h"
#include "tests/mock/hv_mock_job.h"
#include "tests/image_at.h"

#include <string.h>

#define ASKS_QEMU "ask QEMU for its disks"

/* ---- connection and listing ----------------------------------------------------------------- */

static int mock_open(struct hv **ret, const char *uri, struct vxe_error *err)
{
	struct hv_mock *m = mock_lookup(uri);

	if (!m || m->unreachable)
		return vxe_fail(err, VXE_HYPERVISOR_UNREACHABLE, uri,
			m ? m->unreachable : "no such mock hypervisor");
	struct mock_conn *c = xcalloc(1, sizeof(*c));
	c->m = m;
	*ret = &c->hv;
	return 0;
}

static void mock_close(struct hv *h)
{
	free(h);
}

static int mock_host(struct hv *h, struct hv_host *ret, struct vxe_error *err)
{
	if (mock_enter(mock_of(h), SLOT_HOST, err) < 0)
		return -1;
	*ret = (struct hv_host){ .uuid = xstrdup(mock_of(h)->host_uuid),
		.driver = xstrdup("QEMU") };
	return 0;
}

static struct hv_domain fact_of(const struct mock_domain *d)
{
	return (struct hv_domain){
		.uuid = xstrdup(d->uuid),
		.name = xstrdup(d->name),
		.state = d->state,
		.persistent = d->inactive != NULL,
		.saved = d->managed_save && !d->live,
		.ended = d->ended,
		.moving = d->moving,
		.by_user = d->by_user && d->state == HV_PAUSED,
		.id = d->id,
	};
}

static int by_uuid(const void *a, const void *b)
{
	return strcmp(((const struct hv_domain *)a)->uuid, ((const struct hv_domain *)b)->uuid);
}

static int mock_list(struct hv *h, struct hv_domains *ret, struct vxe_error *err)
{
	const struct hv_mock *m = mock_of(h);

	if (mock_enter(mock_of(h), SLOT_LIST, err) < 0)
		return -1;
	*ret = (struct hv_domains){ .n = m->n, .items = xcalloc(m->n, sizeof(*ret->items)) };
	for (size_t i = 0; i < m->n; i++)
		ret->items[i] = fact_of(&m->domains[i]);
	qsort(ret->items, ret->n, sizeof(*ret->items), by_uuid);
	return 0;
}

static int mock_find_slot(
	struct hv *h, const char *uuid, struct hv_domain *ret, struct vxe_error *err)
{
	if (mock_enter(mock_of(h), SLOT_FIND, err) < 0)
		return -1;
	const struct mock_domain *d = mock_find(mock_of(h), uuid);
	*ret = d ? fact_of(d) : (struct hv_domain){ 0 };
	return 0;
}

static int mock_find_name_slot(
	struct hv *h, const char *name, char **ret_uuid, struct vxe_error *err)
{
	if (mock_enter(mock_of(h), SLOT_FIND_NAME, err) < 0)
		return -1;
	const struct mock_domain *d = mock_find_name(mock_of(h), name);
	*ret_uuid = d ? xstrdup(d->uuid) : NULL;
	return 0;
}

static int mock_begun(struct hv *h, const char *digits, struct strv *ret, struct vxe_error *err)
{
	const struct hv_mock *m = mock_of(h);

	if (mock_enter(mock_of(h), SLOT_BEGUN, err) < 0)
		return -1;
	for (size_t i = 0; i < m->n; i++)
		if (str_starts(m->domains[i].uuid, digits))
			strv_add(ret, m->domains[i].uuid);
	return 0;
}

/* ---- definitions ---------------------------------------------------------------------------- */

static int mock_xml(
	struct hv *h, const char *uuid, enum hv_xml which, char **ret, struct vxe_error *err)
{
	if (mock_enter(mock_of(h), SLOT_XML, err) < 0)
		return -1;
	const struct mock_domain *d = mock_domain(mock_of(h), uuid, "xml", err);
	if (!d)
		return -1;
	if (which == HV_XML_SAVED && !d->managed_save)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, "xml", "no managed save image");
	bool live = !d->inactive || (which == HV_XML_LIVE && d->live);
	*ret = xstrdup(live ? d->live : d->inactive);
	return 0;
}

/* One after the other. */
static int mock_xml_many(struct hv *h, struct hv_xml_wish *wishes, size_t n, struct vxe_error *err)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_error_ struct vxe_error none = { 0 };

		if (mock_xml(h, wishes[i].uuid, wishes[i].which, &wishes[i].xml, &none) < 0)
			wishes[i].xml = NULL;
	}
	(void)err;
	return 0;
}

static int check_identity(
	const struct hv_mock *m, const struct domain_spec *s, struct vxe_error *err)
{
	if (!s->name)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, "define", "missing domain name");
	const struct mock_domain *same_uuid = mock_find(m, s->uuid);
	const struct mock_domain *same_name = mock_find_name(m, s->name);
	if (same_uuid == same_name)
		return 0;
	_cleanup_free_ char *why = xasprintf("domain '%s' is already defined with uuid %s",
		same_uuid ? same_uuid->name : same_name->name,
		same_uuid ? same_uuid->uuid : same_name->uuid);
	return vxe_fail(err, VXE_HYPERVISOR_FAILED, "define", why);
}

static int define(struct hv_mock *m, const char *xml, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *s = NULL;
	_cleanup_free_ char *named = NULL;

	if (mock_read(xml, "define", &s, err) < 0)
		return -1;
	if (!s->uuid) {
		s->uuid = uuid_new();
		if (domain_xml_patch(xml, s, &named, err) < 0)
			return -1;
	}
	if (check_identity(m, s, err) < 0)
		return -1;
	struct mock_domain *d = mock_find(m, s->uuid);
	if (!d)
		d = mock_add_domain(m, s->uuid, s->name);
	str_replace(&d->inactive, named ? named : xml);
	return 0;
}

static int mock_define(struct hv *h, const char *xml, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_DEFINE, err) < 0 || define(m, xml, err) < 0)
		return -1;
	return mock_leave(m, SLOT_DEFINE, err);
}

static int drop_nvram(const struct mock_domain *d, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *s = NULL;

	if (domain_xml_read(d->inactive, &s, err) < 0)
		return -1;
	if (s->nvram && content_remove(image_at(s->nvram), err) < 0)
		return -1;
	return s->varstore ? content_remove(image_at(s->varstore), err) : 0;
}

static int undefine(struct hv_mock *m, struct mock_domain *d, unsigned how, struct vxe_error *err)
{
	if (d->managed_save)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, "undefine",
			"Refusing to undefine while domain managed save image exists");
	if (d->own_snapshots || d->snapshots.n)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, "undefine",
			"cannot delete inactive domain with snapshots");
	if (!d->inactive)
		return vxe_fail(
			err, VXE_HYPERVISOR_FAILED, "undefine", "cannot undefine transient domain");
	if ((how & HV_UNDEFINE_DROP_NVRAM) && drop_nvram(d, err) < 0)
		return -1;
	free(TAKE(d->inactive));
	d->autostart = false;
	if (!d->live)
		mock_remove_domain(m, d);
	return 0;
}

static int mock_undefine(struct hv *h, const char *uuid, unsigned how, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_UNDEFINE, err) < 0)
		return -1;
	struct mock_domain *d = mock_find(m, uuid);
	if (d && undefine(m, d, how, err) < 0)
		return -1;
	return mock_leave(m, SLOT_UNDEFINE, err);
}

/* ---- life cycle ----------------------------------------------------------------------------- */

static int refuse_file(
	const char *operation, const char *file, const char *what, struct vxe_error *err)
{
	_cleanup_free_ char *why = xasprintf("Cannot access storage file '%s': %s", file, what);

	return vxe_fail(err, VXE_HYPERVISOR_FAILED, operation, why);
}

static int check_exists(const char *operation, const char *file, struct vxe_error *err)
{
	struct content_stat f = { 0 };

	if (content_stat(image_at(file), &f, err) < 0)
		return -1;
	return f.exists ? 0 : refuse_file(operation, file, "No such file or directory", err);
}

/* The backing file that the header of @file names; NULL at the end of the chain. */
static int backing_of(const char *file, char **ret, struct vxe_error *err)
{
	struct content_header header = { 0 };
	int rc = content_read(image_at(file), &header, err);

	*ret = rc > 0 && header.backing ? named_path(file, header.backing) : NULL;
	content_header_clear(&header);
	return rc < 0 ? -1 : 0;
}

int mock_check_chain(const struct spec_disk *disk, const char *operation, struct vxe_error *err)
{
	_cleanup_free_ char *file = xstrdup_null(disk->path);

	if (disk->source != DISK_FILE && disk->source != DISK_BLOCK)
		return 0;
	if (file && file_is_device(file) != (disk->source == DISK_BLOCK))
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, operation,
			"the disk's type is not that of its place");
	while (file) {
		char *below = NULL;
		if (check_exists(operation, file, err) < 0)
			return -1;
		if (str_eq(disk->format, "qcow2") && backing_of(file, &below, err) < 0)
			return -1;
		free(file);
		file = below;
	}
	return 0;
}

/* libvirt trusts the <backingStore> elements more than the headers. */
static int check_backing_stores(
	const xmlNode *disk, const char *path, const char *operation, struct vxe_error *err)
{
	_cleanup_free_ char *file = xstrdup_null(path);

	for (const xmlNode *store = tree_find(disk, "backingStore"); store && file;
		store = tree_find(store, "backingStore")) {
		_cleanup_free_ char *said = tree_get(store, "source@file");
		char *below = NULL;
		if (backing_of(file, &below, err) < 0)
			return -1;
		free(file);
		file = below;
		if (!str_eq(said, file))
			return refuse_file(
				operation, said ? said : "-", "stale <backingStore>", err);
	}
	return 0;
}

int mock_check_disks(const char *xml, const char *operation, struct vxe_error *err)
{
	_cleanup_doc_ xmlDoc *doc = tree_parse(xml, "domain", err);
	_cleanup_spec_ struct domain_spec *s = NULL;

	if (!doc || domain_xml_read(xml, &s, err) < 0)
		return -1;
	const xmlNode *disk = tree_find(tree_root(doc), "devices/disk");
	for (size_t i = 0; i < s->n_disks; i++, disk = tree_next(disk, "disk"))
		if (mock_check_chain(&s->disks[i], operation, err) < 0 ||
			check_backing_stores(disk, s->disks[i].path, operation, err) < 0)
			return -1;
	return 0;
}

static int check_networks(const struct hv_mock *m, const char *xml, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *s = NULL;

	if (domain_xml_read(xml, &s, err) < 0)
		return -1;
	for (size_t i = 0; i < s->n_nics; i++)
		if (mock_check_network(m, &s->nics[i], "start", err) < 0)
			return -1;
	return 0;
}

static int start(struct hv_mock *m, const char *uuid, unsigned how, struct vxe_error *err)
{
	struct mock_domain *d = mock_domain(m, uuid, "start", err);

	if (!d)
		return -1;
	if (d->live)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, "start", "domain is already running");
	if (mock_check_disks(d->inactive, "start", err) < 0 ||
		check_networks(m, d->inactive, err) < 0)
		return -1;
	d->managed_save = false;
	mock_set_state(m, d, how & HV_STAY_PAUSED ? HV_PAUSED : HV_RUNNING);
	return 0;
}

static int mock_start(struct hv *h, const char *uuid, unsigned how, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_START, err) < 0 || start(m, uuid, how, err) < 0)
		return -1;
	return mock_leave(m, SLOT_START, err);
}

static int mock_shutdown(struct hv *h, const char *uuid, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_SHUTDOWN, err) < 0)
		return -1;
	struct mock_domain *d = mock_domain(m, uuid, "shutdown", err);
	if (!d)
		return -1;
	if (!d->live)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, "shutdown", "domain is not running");
	if (!m->deaf && d->state == HV_RUNNING)
		mock_set_state(m, d, HV_SHUTOFF);
	return mock_leave(m, SLOT_SHUTDOWN, err);
}

static int mock_destroy(struct hv *h, const char *uuid, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_DESTROY, err) < 0)
		return -1;
	struct mock_domain *d = mock_find(m, uuid);
	if (d && d->live)
		mock_set_state(m, d, HV_SHUTOFF);
	return mock_leave(m, SLOT_DESTROY, err);
}

static int mock_managed_save(struct hv *h, const char *uuid, bool *ret, struct vxe_error *err)
{
	if (mock_enter(mock_of(h), SLOT_MANAGED_SAVE, err) < 0)
		return -1;
	const struct mock_domain *d = mock_domain(mock_of(h), uuid, "managed save", err);
	if (!d)
		return -1;
	*ret = d->managed_save;
	return 0;
}

static int mock_managed_drop(struct hv *h, const char *uuid, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_MANAGED_DROP, err) < 0)
		return -1;
	struct mock_domain *d = mock_find(m, uuid);
	if (d)
		d->managed_save = false;
	return mock_leave(m, SLOT_MANAGED_DROP, err);
}

static int mock_saved(struct hv *h, struct strv *ret, struct vxe_error *err)
{
	const struct hv_mock *m = mock_of(h);

	if (mock_enter(mock_of(h), SLOT_SAVED, err) < 0)
		return -1;
	for (size_t i = 0; i < m->n; i++)
		if (m->domains[i].managed_save)
			strv_add(ret, m->domains[i].uuid);
	return 0;
}

static int mock_count(struct hv *h, int *active, int *inactive, struct vxe_error *err)
{
	const struct hv_mock *m = mock_of(h);

	*active = 0;
	if (mock_enter(mock_of(h), SLOT_COUNT, err) < 0)
		return -1;
	for (size_t i = 0; i < m->n; i++)
		*active += hv_is_active(m->domains[i].state);
	if (inactive)
		*inactive = (int)m->n - *active;
	return 0;
}

static int mock_own_snapshots(struct hv *h, const char *uuid, int *ret, struct vxe_error *err)
{
	if (mock_enter(mock_of(h), SLOT_OWN_SNAPSHOTS, err) < 0)
		return -1;
	const struct mock_domain *d = mock_domain(mock_of(h), uuid, "snapshots", err);
	if (!d)
		return -1;
	*ret = d->own_snapshots + (int)d->snapshots.n;
	return 0;
}

static int mock_disk_files(struct hv *h, const char *uuid, struct strv *ret, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *live = NULL;

	if (mock_enter(mock_of(h), SLOT_DISK_FILES, err) < 0)
		return -1;
	const struct mock_domain *d = mock_domain(mock_of(h), uuid, ASKS_QEMU, err);
	if (!d || (d->live && domain_xml_read(d->live, &live, err) < 0))
		return -1;
	if (d->on_file)
		strv_add(ret, d->on_file);
	for (size_t i = 0; !d->on_file && live && i < live->n_disks; i++)
		if (live->disks[i].path)
			strv_add(ret, live->disks[i].path);
	return 0;
}

/* Which file a volume is, the mock does not know: any. */
static bool is_on_file(const struct spec_disk *disk, const char *path)
{
	return disk->source == DISK_VOLUME || (disk->path && file_is_same(disk->path, path));
}

static int mock_has_disk(
	struct hv *h, const char *uuid, const char *path, bool *ret, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *live = NULL;

	*ret = false;
	if (mock_enter(mock_of(h), SLOT_HAS_DISK, err) < 0)
		return -1;
	const struct mock_domain *d = mock_domain(mock_of(h), uuid, ASKS_QEMU, err);
	if (!d || (d->live && domain_xml_read(d->live, &live, err) < 0))
		return -1;
	for (size_t i = 0; live && i < live->n_disks; i++)
		*ret |= is_on_file(&live->disks[i], path);
	return mock_leave(mock_of(h), SLOT_HAS_DISK, err);
}

/* No guest here has a file open that no disk is on. */
static int mock_close_file(struct hv *h, const char *uuid, const char *path, struct vxe_error *err)
{
	(void)path;
	if (mock_enter(mock_of(h), SLOT_CLOSE_FILE, err) < 0)
		return -1;
	const struct mock_domain *d = mock_domain(mock_of(h), uuid, ASKS_QEMU, err);
	if (!d)
		return -1;
	if (!d->live)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, ASKS_QEMU, "domain is not running");
	return mock_leave(mock_of(h), SLOT_CLOSE_FILE, err);
}

static int mock_settle(struct hv *h, const char *uuid, struct hv_left *left, int64_t timeout_ms,
	struct vxe_error *err)
{
	(void)timeout_ms;
	if (mock_enter(mock_of(h), SLOT_SETTLE, err) < 0)
		return -1;
	mock_end_jobs(mock_of(h), uuid, left);
	return mock_leave(mock_of(h), SLOT_SETTLE, err);
}

/* A job on a whole domain is done at once here. */
static int mock_check_free(
	struct hv *h, const char *uuid, const char *target, struct vxe_error *err)
{
	if (mock_enter(mock_of(h), SLOT_CHECK_FREE, err) < 0)
		return -1;
	if (target && mock_merging(mock_of(h), uuid, target))
		return vxe_fail(err, VXE_BUSY, uuid, MOCK_DISK_BUSY);
	return mock_leave(mock_of(h), SLOT_CHECK_FREE, err);
}

/* Its agents freeze nothing. */
static int mock_frozen(
	struct hv *h, const char *uuid, bool thaw, enum hv_freeze *ret, struct vxe_error *err)
{
	const struct mock_domain *d = mock_find(mock_of(h), uuid);

	(void)thaw;
	if (mock_enter(mock_of(h), SLOT_FROZEN, err) < 0)
		return -1;
	*ret = d && d->live && !d->agent_os ? HV_FREEZE_UNKNOWN : HV_THAWED;
	return mock_leave(mock_of(h), SLOT_FROZEN, err);
}

static int mock_new_machine(struct hv *h, char **ret, struct vxe_error *err)
{
	if (mock_enter(mock_of(h), SLOT_NEW_MACHINE, err) < 0)
		return -1;
	*ret = xstrdup("<domain type='qemu'><memory unit='KiB'>1</memory><vcpu>1</vcpu><os>"
		       "<type arch='x86_64' machine='pc'>hvm</type></os>"
		       "<features><acpi/><apic/></features><clock offset='utc'/>"
		       "<on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot>"
		       "<on_crash>destroy</on_crash><devices><serial type='pty'/>"
		       "<graphics type='vnc' autoport='yes'/>"
		       "<video><model type='vga'/></video></devices></domain>");
	return 0;
}

static int mock_machine_gone(
	struct hv *h, const char *xml, char **ret, char **newest, struct vxe_error *err)
{
	if (mock_enter(mock_of(h), SLOT_MACHINE_GONE, err) < 0)
		return -1;
	*ret = strstr(xml, "machine=\"gone\"") || strstr(xml, "machine='gone'") ? xstrdup("gone")
										: NULL;
	if (*ret && newest)
		*newest = xstrdup("pc");
	return mock_leave(mock_of(h), SLOT_MACHINE_GONE, err);
}

static int mock_sees(struct hv *h, const char *path, bool *ret, struct vxe_error *err)
{
	struct content_stat f;

	if (mock_enter(mock_of(h), SLOT_SEES, err) < 0 || content_stat(image_at(path), &f, err) < 0)
		return -1;
	*ret = f.exists;
	return mock_leave(mock_of(h), SLOT_SEES, err);
}

static const struct hv_facts_ops mock_facts_ops = {
	.host = mock_host,
	.sees = mock_sees,
	.versions = mock_versions,
	.stats = mock_stats,
	.guest = mock_guest,
	.new_machine = mock_new_machine,
	.machine_gone = mock_machine_gone,
};

static const struct hv_domain_ops mock_domain_ops = {
	.list = mock_list,
	.find = mock_find_slot,
	.find_name = mock_find_name_slot,
	.begun = mock_begun,
	.reboots = mock_reboots,
	.xml = mock_xml,
	.xml_many = mock_xml_many,
	.define = mock_define,
	.undefine = mock_undefine,
	.start = mock_start,
	.shutdown = mock_shutdown,
	.destroy = mock_destroy,
	.pause = mock_pause,
	.unpause = mock_unpause,
	.autostart = mock_autostart,
	.set_autostart = mock_set_autostart,
	.managed_save = mock_managed_save,
	.managed_drop = mock_managed_drop,
	.saved = mock_saved,
	.count = mock_count,
	.own_snapshots = mock_own_snapshots,
	.disk_files = mock_disk_files,
	.has_disk = mock_has_disk,
	.close_file = mock_close_file,
	.settle = mock_settle,
	.check_free = mock_check_free,
	.frozen = mock_frozen,
	.set_memory = mock_set_memory,
	.set_vcpus = mock_set_vcpus,
};

const struct hv_ops hv_mock_ops = {
	.name = "mock",
	.open = mock_open,
	.open_other = mock_open,
	.close = mock_close,
	.facts = &mock_facts_ops,
	.domain = &mock_domain_ops,
	.job = &mock_job_ops,
	.snapshot = &mock_snapshot_ops,
	.device = &mock_device_ops,
	.pool = &mock_pool_ops,
	.network = &mock_network_ops,
};

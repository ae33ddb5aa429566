/* SPDX-License-Identifier: MIT */
/*
 * The calls that save a guest's disks or memory as of one instant, or restore memory: an external snapshot without
 * libvirt's metadata, a save, a restore.
 */
#include "backends/libvirt/hv_libvirt_memory.h"

#include "backends/hv/hv_by_version.h"
#include "backends/content/content.h"
#include "objects/base/file_key.h"
#include "backends/libvirt/xml/domain_xml_source.h"
#include "backends/libvirt/xml/domain_xml_devices.h"
#include "backends/libvirt/xml/domain_xml_tree.h"
#include "backends/libvirt/hv_libvirt_define.h"
#include "backends/libvirt/hv_libvirt_quiesce.h"

/*
 * How long QEMU may stop the guest to write the last memory (the downtime limit), in ms: vxe's value, libvirt's
 * default, the greatest.
 */
#define SILENCE_MS 10
#define SILENCE_DEFAULT_MS 300
#define SILENCE_MAX_MS 2000000 /* stops the guest at once */
#define FORCE_AFTER 3 /* the guest is stopped when so many times its memory has been written */

/* Fails if the file exists, because libvirt would overwrite it. */
static int check_absent(const char *path, const char *operation, struct vxe_error *err)
{
	_cleanup_contents_ struct content *all = contents_new();
	struct content_stat f;

	if (content_stat(content_at(all, path), &f, err) < 0)
		return -1;
	if (!f.exists)
		return 0;
	_cleanup_free_ char *why = xasprintf("the file '%s' exists", path);
	return vxe_fail(err, VXE_HYPERVISOR_FAILED, operation, why);
}

/* ---- switch ---------------------------------------------------------------------------------- */

static const struct hv_switch *switch_of(
	const struct hv_switch *disks, size_t n, const char *target)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(disks[i].target, target))
			return &disks[i];
	return NULL;
}

/* True if only one disk of the live XML has the file @source: only then can libvirt find the disk by its file. */
static bool is_alone(const xmlDoc *live, const char *source)
{
	int n = 0;

	for (const xmlNode *disk = tree_find(tree_root(live), "devices/disk"); disk;
		disk = tree_next(disk, "disk")) {
		_cleanup_free_ char *own = libvirt_source(disk);

		n += str_eq(own, source);
	}
	return n == 1;
}

/*
 * Adds one disk to the list of a snapshot's XML. The snapshot call waits while libvirt makes another program's
 * snapshot; then the guest writes into another layer, which the header of the overlay does not name. So the XML
 * names the disk by the file that the disk has now: libvirt looks for that file when it begins, and refuses if no
 * disk is on it any more.
 */
static void add_switch(
	const xmlDoc *live, const xmlNode *from, xmlNode *list, const struct hv_switch *s)
{
	_cleanup_free_ char *target = tree_get(from, "target@dev"), *source = libvirt_source(from);
	bool named = s && s->from && source && source[0] == '/' && !domain_xml_is_export(source) &&
		is_alone(live, source);
	xmlNode *disk = tree_add(list, "disk");

	tree_set(disk, "@name", named ? source : target);
	tree_set(disk, "@snapshot", s ? "external" : "no");
	if (!s)
		return;
	tree_set(disk, "@type", "file");
	tree_set(disk, "driver@type", s->format);
	if (s->cache)
		tree_set(disk, DISK_CACHE, s->cache);
	domain_xml_set_place(disk, DISK_FILE, s->overlay);
}

/*
 * The live XML of a running domain. If the domain is halted (has no id), a snapshot call would change its definition
 * instead, so that is an error.
 */
static xmlDoc *running_xml(virDomainPtr dom, struct vxe_error *err)
{
	_cleanup_free_ char *xml = virDomainGetXMLDesc(dom, 0);

	if (!xml) {
		(void)libvirt_fail(err, "switch disks");
		return NULL;
	}
	_cleanup_doc_ xmlDoc *doc = tree_parse_top(xml, err);
	_cleanup_free_ char *id = doc ? tree_get(tree_root(doc), "@id") : NULL;

	if (doc && !id)
		(void)vxe_fail(
			err, VXE_HYPERVISOR_FAILED, "switch disks", "the domain is not running");
	return id ? TAKE(doc) : NULL;
}

/*
 * Fails if the disk is not on the file s->from: another program may have put another disk in its place since the
 * caller planned the snapshot, which would go on with the content of the old one.
 */
static int check_from(const xmlNode *disk, const struct hv_switch *s, struct vxe_error *err)
{
	_cleanup_free_ char *now = libvirt_source(disk);

	/* After a failed call, libvirt may already have moved the disk to the overlay. */
	if (!s || !s->from || !now || str_eq(now, s->from) || str_eq(now, s->overlay) ||
		file_is_same(now, s->from))
		return 0;
	return vxe_fail(err, VXE_TRY_AGAIN, s->from, "the VM writes to another file by now");
}

/*
 * Fails if the domain has a disk that the caller does not know of: a disk that came since the caller planned the
 * snapshot would be left out, and memory that was saved at the same instant would be restored beside later content
 * of that disk. The medium in a CD or floppy drive is not part of a snapshot.
 */
static int check_known(
	const xmlNode *disk, const char *target, const struct strv *known, struct vxe_error *err)
{
	_cleanup_free_ char *device = tree_get(disk, "@device");
	bool drive = str_eq(device, "cdrom") || str_eq(device, "floppy");

	return !known || drive || strv_has(known, target)
		? 0
		: vxe_fail(err, VXE_TRY_AGAIN, target, "the VM has another disk by now");
}

static int check_disks(const xmlDoc *live, const struct hv_switch *disks, size_t n,
	const struct strv *known, struct vxe_error *err)
{
	for (const xmlNode *disk = tree_find(tree_root(live), "devices/disk"); disk;
		disk = tree_next(disk, "disk")) {
		_cleanup_free_ char *target = tree_get(disk, "target@dev");

		if (check_known(disk, target, known, err) < 0 ||
			check_from(disk, switch_of(disks, n, target), err) < 0)
			return -1;
	}
	return 0;
}

/*
 * The XML of a snapshot of the domain. Names each disk, because libvirt would make an overlay for one that is not
 * named.
 */
static char *switch_xml(
	const xmlDoc *live, const struct hv_switch *disks, size_t n, const char *memory)
{
	_cleanup_doc_ xmlDoc *doc = tree_new("domainsnapshot");

	if (memory) {
		tree_set(tree_root(doc), "memory@snapshot", "external");
		tree_set(tree_root(doc), "memory@file", memory);
	}
	xmlNode *list = tree_add(tree_root(doc), "disks");

	for (const xmlNode *disk = tree_find(tree_root(live), "devices/disk"); disk;
		disk = tree_next(disk, "disk")) {
		_cleanup_free_ char *target = tree_get(disk, "target@dev");

		add_switch(live, disk, list, switch_of(disks, n, target));
	}
	return tree_dump(doc);
}

static int run_switch(struct libvirt_job *j)
{
	virDomainSnapshotPtr s = virDomainSnapshotCreateXML(j->called, j->xml, j->flags);

	if (!s)
		return -1;
	virDomainSnapshotFree(s);
	return 0;
}

static int explain_switch(const struct libvirt_job *j, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_doc_ xmlDoc *live = running_xml(j->dom, &ignored);

	if (live && check_disks(live, j->disks, j->n, j->known, err) < 0)
		return -1;
	return libvirt_said(err, j->call->operation, j->failure);
}

/*
 * The downtime limit in ms that the domain has by itself; 0: the limit is unknown. QEMU stops the guest when it
 * expects to write the remaining memory within that limit, by default 300 ms. For a file QEMU's estimate is too
 * optimistic: most of the memory would be written while the guest is stopped.
 */
static unsigned long long own_silence(virDomainPtr dom, unsigned long long *now)
{
	if (virDomainMigrateGetMaxDowntime(dom, now, 0) < 0)
		return 0;
	/* A limit of vxe's was left by a vxe that was killed. */
	return *now == SILENCE_MS || *now == SILENCE_MAX_MS ? SILENCE_DEFAULT_MS : *now;
}

static unsigned long long shorten_silence(virDomainPtr dom)
{
	unsigned long long now, own = own_silence(dom, &now);

	if (own > SILENCE_MS && virDomainMigrateSetMaxDowntime(dom, SILENCE_MS, 0) < 0)
		return 0;
	return own;
}

void libvirt_forget_silence(virDomainPtr dom)
{
	unsigned long long now, own = own_silence(dom, &now);

	if (own && own != now)
		(void)virDomainMigrateSetMaxDowntime(dom, own, 0);
}

static void restore_silence(struct libvirt_job *j)
{
	if (j->silence)
		(void)virDomainMigrateSetMaxDowntime(j->dom, j->silence, 0);
}

void libvirt_end_passes(struct libvirt_job *j, const struct pass_look *now, int64_t total)
{
	bool vain = passes_are_vain(&j->passes, now) || now->written / FORCE_AFTER >= total;

	if (j->silence && vain)
		j->ends = virDomainMigrateSetMaxDowntime(j->dom, SILENCE_MAX_MS, 0) == 0;
}

/* ---- quiesced -------------------------------------------------------------------------------- */

static int run_quiesced(struct libvirt_job *j)
{
	return libvirt_run_quiesced(j, run_switch);
}

static int explain_quiesced(const struct libvirt_job *j, struct vxe_error *err)
{
	return libvirt_explain_quiesced(j, explain_switch, err);
}

static const struct libvirt_call quiet_call = { "switch disks", run_quiesced,
	.after = libvirt_after_quiesced, .explain = explain_quiesced };
static const struct libvirt_call disk_call = { "switch disks", run_switch,
	.explain = explain_switch };
static const struct libvirt_call memory_call = { "switch disks", run_switch, .stops = true,
	.after = restore_silence, .explain = explain_switch };

/* True if the guest can run while its memory is written. */
static bool may_run(virDomainPtr dom, const xmlDoc *live)
{
	_cleanup_free_ char *type = tree_get(tree_root(live), "@type");
	unsigned long qemu;

	if (!str_eq(type, "qemu"))
		return true;
	if (virConnectGetVersion(virDomainGetConnect(dom), &qemu) < 0)
		return false;
	_cleanup_free_ char *text =
		xasprintf("%lu.%lu.%lu", qemu / 1000000, qemu / 1000 % 1000, qemu % 1000);
	const struct hv_versions v = { .hypervisor = text };

	return hv_by_version(&v, HV_KEEPS_MARKS) == 1;
}

static const unsigned switch_flags = VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC |
	VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA | VIR_DOMAIN_SNAPSHOT_CREATE_REUSE_EXT;

int libvirt_switch_start(struct hv *h, const char *uuid, const struct hv_switch *disks, size_t n,
	const struct hv_switch_how *how, struct hv_job **ret, struct vxe_error *err)
{
	const char *memory = how->memory;
	_cleanup_domain_ virDomainPtr dom = NULL;

	if (libvirt_domain(h, uuid, "switch disks", &dom, err) < 0 ||
		(memory && check_absent(memory, "switch disks", err) < 0))
		return -1;
	_cleanup_doc_ xmlDoc *live = running_xml(dom, err);
	if (!live || check_disks(live, disks, n, how->known, err) < 0)
		return -1;
	struct libvirt_job *j = libvirt_job_new(TAKE(dom));
	j->silence = memory ? shorten_silence(j->dom) : 0;
	j->disks = disks;
	j->n = n;
	j->known = how->known;
	j->xml = switch_xml(live, disks, n, memory);
	j->path = xstrdup_null(memory);
	j->flags = switch_flags;
	if (!memory)
		j->flags |= VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY;
	else if (may_run(j->dom, live))
		j->flags |= VIR_DOMAIN_SNAPSHOT_CREATE_LIVE;
	if (how->quiesce_s)
		j->flags |= VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE;
	if (how->halt)
		j->flags |= VIR_DOMAIN_SNAPSHOT_CREATE_HALT;
	j->quiesce_s = how->quiesce_s;
	return libvirt_job_begin(j,
		memory			 ? &memory_call
			: how->quiesce_s ? &quiet_call
					 : &disk_call,
		ret, err);
}

int libvirt_has_disk(
	struct hv *h, const char *uuid, const char *path, bool *ret, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	virDomainBlockJobInfo info;

	*ret = false;
	if (libvirt_domain(h, uuid, "find a disk", &dom, err) < 0)
		return -1;
	/*
	 * This call waits until libvirt has time for the domain, and then finds the disk by its file, as a snapshot
	 * call does.
	 */
	*ret = virDomainGetBlockJobInfo(dom, path, &info, 0) >= 0;
	if (*ret)
		return 0;
	if (libvirt_last_error_is(VIR_ERR_OPERATION_TIMEOUT))
		return libvirt_fail(err, "find a disk");
	if (virDomainIsActive(dom) == 0)
		return 0;
	_cleanup_doc_ xmlDoc *live = running_xml(dom, err);

	for (const xmlNode *disk = live ? tree_find(tree_root(live), "devices/disk") : NULL;
		disk && !*ret; disk = tree_next(disk, "disk")) {
		_cleanup_free_ char *now =
			libvirt_source(disk); /* perhaps the file under another name */

		*ret = now && file_is_same(now, path);
	}
	return live ? 0 : -1;
}

/* ---- save and restore ------------------------------------------------------------------------ */

static int run_save(struct libvirt_job *j)
{
	return virDomainSaveFlags(j->called, j->path, NULL, j->flags);
}

static const struct libvirt_call save_call = { "save", run_save, .stops = true };

int libvirt_save_start(struct hv *h, const char *uuid, const char *path, unsigned how,
	struct hv_job **ret, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;

	if (libvirt_domain(h, uuid, "save", &dom, err) < 0 || check_absent(path, "save", err) < 0)
		return -1;
	struct libvirt_job *j = libvirt_job_new(TAKE(dom));
	j->path = xstrdup(path);
	j->flags = how & HV_BYPASS_CACHE ? VIR_DOMAIN_SAVE_BYPASS_CACHE : 0;
	return libvirt_job_begin(j, &save_call, ret, err);
}

static int run_restore(struct libvirt_job *j)
{
	return virDomainRestoreFlags(j->conn, j->path, j->xml, j->flags);
}

static const struct libvirt_call restore_call = { "restore", .run = run_restore };

int libvirt_restore_start(struct hv *h, const char *path, const char *xml, unsigned how,
	struct hv_job **ret, struct vxe_error *err)
{
	_cleanup_free_ char *suited = NULL;

	if (libvirt_definition_for(h, xml, &suited, err) < 0)
		return -1;
	struct libvirt_job *j = libvirt_job_new(NULL);

	j->conn = conn_of(h);
	j->path = xstrdup(path);
	j->xml = suited ? TAKE(suited) : xstrdup(xml);
	j->flags = (how & HV_STAY_PAUSED ? VIR_DOMAIN_SAVE_PAUSED : VIR_DOMAIN_SAVE_RUNNING) |
		(how & HV_BYPASS_CACHE ? VIR_DOMAIN_SAVE_BYPASS_CACHE : 0);
	return libvirt_job_begin(j, &restore_call, ret, err);
}

/* ---- to another host --------------------------------------------------------------------------- */

/*
 * The guest has to be persistent there and gone here: with one of these two flags alone, two hosts would have it. Whether
 * both hosts see the same disks is vxe's to know: without "unsafe" libvirt accepts only file systems that it knows as shared.
 */
static const unsigned migrate_flags = VIR_MIGRATE_LIVE | VIR_MIGRATE_PEER2PEER |
	VIR_MIGRATE_PERSIST_DEST | VIR_MIGRATE_UNDEFINE_SOURCE | VIR_MIGRATE_UNSAFE |
	VIR_MIGRATE_AUTO_CONVERGE;

static int run_migrate(struct libvirt_job *j)
{
	virTypedParameterPtr params = NULL;
	int n = 0, room = 0, rc = 0;

	if (j->memory)
		rc = virTypedParamsAddString(&params, &n, &room, VIR_MIGRATE_PARAM_URI, j->memory);
	if (rc == 0)
		rc = virDomainMigrateToURI3(j->called, j->to, params, (unsigned)n, j->flags);
	virTypedParamsFree(params, n);
	return rc;
}

static const struct libvirt_call migrate_call = { "migrate", run_migrate, .stops = true };

int libvirt_migrate_start(struct hv *h, const char *uuid, const struct hv_migration *how,
	struct hv_job **ret, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;

	if (libvirt_domain(h, uuid, migrate_call.operation, &dom, err) < 0)
		return -1;
	struct libvirt_job *j = libvirt_job_new(TAKE(dom));
	j->to = xstrdup(how->to);
	j->memory = xstrdup_null(how->memory);
	j->flags = migrate_flags | (how->compress ? VIR_MIGRATE_COMPRESSED : 0);
	return libvirt_job_begin(j, &migrate_call, ret, err);
}

int libvirt_saved_xml(struct hv *h, const char *path, char **ret, struct vxe_error *err)
{
	char *xml =
		virDomainSaveImageGetXMLDesc(conn_of(h), path, VIR_DOMAIN_SAVE_IMAGE_XML_SECURE);

	if (!xml)
		return libvirt_fail(err, "read memory image");
	*ret = xml;
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Turns the document of an archive into records: finds the objects and checks them. */
#include "objects/archive/vm_imported.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "backends/sr/sr_type.h"
#include "objects/archive/ova_rows.h"
#include "objects/base/base64.h"
#include "objects/base/shown.h"
#include "objects/base/uuid.h"
#include "objects/classes/storage/sr.h"

#define OBJECTS_MAX 10000
#define ID_MAX 100 /* bytes */
#define SIZE_DIGITS_MAX 16
#define SIZE_MAX_DISK (INT64_C(1) << 53)
#define MEMORY_MAX (INT64_C(1) << 50)
#define VCPUS_MAX 4096
#define POSITION_MAX 255
#define EXPORT_VERSION 2
#define SECTOR 512

void imported_clear(struct imported *i)
{
	vm_free(i->vm);
	for (size_t k = 0; k < i->n_disks; k++) {
		vbd_free(i->disks[k].vbd);
		vdi_free(i->disks[k].vdi);
		free(i->disks[k].location);
	}
	for (size_t k = 0; k < i->n_vifs; k++) {
		vif_free(i->vifs[k].vif);
		network_free(i->vifs[k].network);
	}
	free(i->disks);
	free(i->vifs);
	free(i->streams);
	free(i->ids);
	strv_clear(&i->notices);
	captures_clear(&i->state);
	*i = (struct imported){ 0 };
}

static void notice(struct imported *i, const char *text)
{
	if (!strv_has(&i->notices, text))
		strv_add(&i->notices, text);
}

/* ---- version and objects ---------------------------------------------------------------------- */

static int read_version(struct imported *i, struct vxe_error *err)
{
	static const char *const texts[] = { "hostname", "date", "product_version", "product_brand",
		"build_number" };
	static const char *const numbers[] = { "xapi_major", "xapi_minor" };
	const struct ova *v = ova_get(i->document, "version");
	const struct ova *version = ova_get(v, "export_vsn");
	const char *text = "";
	int64_t n = 0;

	for (size_t k = 0; k < ARRAY_LEN(texts); k++)
		if (ova_text(ova_get(v, texts[k]), texts[k], &text, err) < 0)
			return -1;
	for (size_t k = 0; k < ARRAY_LEN(numbers); k++)
		if (ova_int(ova_get(v, numbers[k]), numbers[k], &n, err) < 0)
			return -1;
	n = 0;
	if (version && ova_int(version, "export_vsn", &n, err) < 0)
		return -1;
	if (n != EXPORT_VERSION)
		return vxe_fail(err, IMPORT_INCOMPATIBLE_VERSION);
	if (ova_text(ova_get(v, "product_brand"), "product_brand", &text, err) < 0)
		return -1;
	i->ours = str_eq(text, "vxe");
	return 0;
}

static const struct ova *objects(const struct imported *i)
{
	return ova_get(i->document, "objects");
}

static const char *text_of(const struct ova *object, const char *name)
{
	const struct ova *v = ova_get(object, name);

	return v && v->type == OVA_TEXT && v->text ? v->text : "";
}

/* xapi writes "Ref:" and a number, and reads any text; its blocks are members "ID/NUMBER". */
static bool is_id(const char *id)
{
	size_t n = 0;

	for (; id[n]; n++)
		if ((unsigned char)id[n] < ' ' || id[n] == 0x7f || id[n] == '/')
			return false;
	return n > 0 && n <= ID_MAX && !strstr(id, "..") && !str_eq(id, OVA_NULL);
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(((const struct imported_id *)a)->id, ((const struct imported_id *)b)->id);
}

/* The object with this id; NULL when there is none. */
static const struct ova *find_object(const struct imported *i, const char *id)
{
	const struct imported_id key = { .id = id };
	const struct imported_id *found =
		i->n_ids ? bsearch(&key, i->ids, i->n_ids, sizeof(key), compare_ids) : NULL;

	return found ? found->object : NULL;
}

static int read_id(struct imported *i, const struct ova *o, struct vxe_error *err)
{
	const struct ova *record = ova_get(o, "snapshot");
	const char *id, *class;

	if (ova_text(ova_get(o, "class"), "class", &class, err) < 0 ||
		ova_text(ova_get(o, "id"), "id", &id, err) < 0)
		return -1;
	if (!is_id(id))
		return ova_fail(err, "%s is not an id", id);
	if (!record || record->type != OVA_STRUCT)
		return ova_fail(err, "%s has no record", id);
	i->ids[i->n_ids++] = (struct imported_id){ id, o };
	return 0;
}

static int check_objects(struct imported *i, struct vxe_error *err)
{
	const struct ova *list = objects(i);

	if (!list || list->type != OVA_LIST)
		return ova_fail(err, "ova.xml: objects is not a list");
	if (list->n > OBJECTS_MAX)
		return ova_fail(err, "ova.xml: too many objects");
	i->ids = xcalloc(list->n + 1, sizeof(*i->ids));
	for (size_t k = 0; k < list->n; k++)
		if (read_id(i, &list->items[k].value, err) < 0)
			return -1;
	qsort(i->ids, i->n_ids, sizeof(*i->ids), compare_ids);
	for (size_t k = 1; k < i->n_ids; k++)
		if (str_eq(i->ids[k - 1].id, i->ids[k].id))
			return ova_fail(err, "two objects are called %s", i->ids[k].id);
	return 0;
}

/*
 * The object of that class to which the record's member refers; NULL for a reference to nothing in
 * the document: other programs write references that are valid only in their pool.
 */
static const struct ova *find_ref(
	const struct imported *i, const struct ova *record, const char *name, const char *class)
{
	const char *ref = text_of(record, name);
	const struct ova *o = !*ref || str_eq(ref, OVA_NULL) ? NULL : find_object(i, ref);

	return o && str_eq(text_of(o, "class"), class) ? o : NULL;
}

static int fail_to_find(const char *ref, struct vxe_error *err)
{
	_cleanup_free_ char *id = shown(ref, SHOWN_TEXT);

	return vxe_fail(err, IMPORT_ERROR_FAILED_TO_FIND_OBJECT, id);
}

static int need_ref(const struct imported *i, const struct ova *record, const char *name,
	const char *class, const struct ova **ret, struct vxe_error *err)
{
	*ret = find_ref(i, record, name, class);
	return *ret ? 0 : fail_to_find(text_of(record, name), err);
}

/* ---- the VM ----------------------------------------------------------------------------------- */

static int check_limits(const struct vm *vm, struct vxe_error *err)
{
	const char *firmware = map_get(&vm->hvm_boot_params, "firmware");

	if (vm->is_control_domain)
		return ova_fail(err, "a control domain cannot be imported");
	if (vm->memory_static_max <= 0 || vm->memory_static_max > MEMORY_MAX ||
		vm->memory_static_min < 0 || vm->memory_static_min > vm->memory_dynamic_min ||
		vm->memory_dynamic_min > vm->memory_dynamic_max ||
		vm->memory_dynamic_max > vm->memory_static_max)
		return ova_fail(err, "the memory limits are out of order");
	if (vm->vcpus_at_startup < 1 || vm->vcpus_at_startup > vm->vcpus_max ||
		vm->vcpus_max > VCPUS_MAX)
		return ova_fail(err, "the numbers of VCPUs are out of order");
	if (firmware && *firmware && !str_eq(firmware, "bios") && !str_eq(firmware, "uefi"))
		return ova_fail(err, "the firmware %s is not known", firmware);
	return 0;
}

/* A memory image of vxe's has its length in a key, because the stream has whole sectors. */
static int read_memory(struct imported *i, const struct ova *object, struct vxe_error *err)
{
	const struct ova *record = ova_get(object, "snapshot");
	_cleanup_map_ struct map config = { 0 };
	int64_t size = 0, bytes = 0;

	i->memory_id = text_of(object, "id");
	if (!i->ours)
		return 0;
	if (ova_map(ova_get(record, "other_config"), "other_config", &config, err) < 0 ||
		ova_int(ova_get(record, "virtual_size"), "virtual_size", &size, err) < 0)
		return -1;
	if (!str_eq(map_get(&config, OVA_FORMAT), OVA_FORMAT_MEMORY))
		return 0;
	const char *text = map_get(&config, OVA_BYTES);
	size_t n = text ? strspn(text, "0123456789") : 0;

	if (!n || n > SIZE_DIGITS_MAX || text[n])
		return ova_fail(err, "%s: %s is not a size", i->memory_id, text ? text : "");
	bytes = strtoll(text, NULL, 10);
	if (bytes < 1 || bytes > size || size - bytes >= SECTOR)
		return ova_fail(err, "%s: its size is another one", i->memory_id);
	i->memory_bytes = bytes;
	return 0;
}

static int read_state(
	struct captured *c, const char *format, const char *text, struct vxe_error *err)
{
	if (str_is_empty(format) || !text)
		return 0;
	if (!base64_decode(text, &c->bytes, &c->n) || !c->n)
		return ova_fail(err, "UEFI variables or TPM state: they are damaged");
	c->format = xstrdup(format);
	return 0;
}

/* Variables are in xe's field NVRAM, under vxe's own key: XenServer's have another format. */
static int read_variables(struct imported *i, const struct ova *record, struct vxe_error *err)
{
	const struct ova *nvram = ova_get(record, "NVRAM");
	_cleanup_map_ struct map m = { 0 };

	if (!nvram || ova_map(nvram, "NVRAM", &m, err) < 0)
		return nvram ? -1 : 0;
	if (map_get(&m, "EFI-variables"))
		notice(i, "The UEFI variables are XenServer's; the VM gets new ones.");
	if (!i->ours || !str_eq(map_get(&m, OVA_FORMAT), OVA_FORMAT_VARIABLES))
		return 0;
	return read_state(&i->state.items[CAPTURE_NVRAM], "raw", map_get(&m, OVA_VARIABLES), err);
}

/* Data that only vxe writes and reads. */
static int read_own(struct imported *i, const struct ova *record, struct vxe_error *err)
{
	const struct ova *own = i->ours ? ova_get(record, OVA_OWN) : NULL;
	const struct ova *hardware = ova_get(own, OVA_OWN_HARDWARE);

	if (hardware && ova_text(hardware, OVA_OWN_HARDWARE, &i->hardware, err) < 0)
		return -1;
	return read_state(&i->state.items[CAPTURE_TPM], text_of(own, OVA_OWN_TPM_FORMAT),
		own ? text_of(own, OVA_OWN_TPM) : NULL, err);
}

/* Otherwise libvirt would refuse the whole VM. */
static void restart_after_crash(struct imported *i)
{
	if (i->vm->actions_after_crash != CRASH_RENAME_RESTART)
		return;
	i->vm->actions_after_crash = CRASH_RESTART;
	notice(i, "The VM was to start under another name after a crash (rename_restart), which "
		  "libvirt cannot do: it starts again.");
}

static int read_vm(struct imported *i, const struct ova *object, struct vxe_error *err)
{
	const struct ova *record = ova_get(object, "snapshot"), *memory;
	const char *type = text_of(record, "domain_type");

	i->vm = record_new(&vm_class);
	if (ova_read_rows(ova_vm_rows, &vm_class, record, text_of(object, "id"), i->vm, err) < 0 ||
		check_limits(i->vm, err) < 0)
		return -1;
	if (str_starts(type, "pv") || (!str_eq(type, "hvm") && !*i->vm->hvm_boot_policy))
		notice(i, "The VM was paravirtual: its disks need another boot loader here.");
	i->vm->domain_type = DOMAIN_HVM;
	restart_after_crash(i);
	str_replace(&i->vm->r.uuid, text_of(record, "uuid"));
	uuid_lower(i->vm->r.uuid);
	if (read_variables(i, record, err) < 0 || read_own(i, record, err) < 0)
		return -1;
	i->suspended = strcasecmp(text_of(record, "power_state"), "suspended") == 0;
	if (!i->suspended)
		return 0;
	if (need_ref(i, record, "suspend_VDI", "VDI", &memory, err) < 0)
		return -1;
	return read_memory(i, memory, err);
}

static bool is_snapshot(const struct ova *object)
{
	const struct ova *flag = ova_get(ova_get(object, "snapshot"), "is_a_snapshot");

	return flag && flag->type == OVA_BOOL && str_eq(flag->text, "1");
}

static bool is_vm(const struct ova *object)
{
	return str_eq(text_of(object, "class"), "VM");
}

/* Snapshots are VMs beside their VM. One that is alone is imported as the VM. */
static int find_vm(struct imported *i, const struct ova **ret, struct vxe_error *err)
{
	const struct ova *list = objects(i), *alone = NULL;
	size_t vms = 0, snapshots = 0;

	*ret = NULL;
	for (size_t k = 0; k < list->n; k++) {
		const struct ova *o = &list->items[k].value;

		if (!is_vm(o))
			continue;
		if (is_snapshot(o)) {
			alone = o;
			snapshots++;
		} else {
			*ret = o;
			vms++;
		}
	}
	if (vms > 1)
		return ova_fail(err, "several VMs in one archive");
	if (vms == 0 && snapshots == 1 && !i->metadata)
		*ret = alone;
	else if (snapshots)
		notice(i, "The snapshots of the VM are not imported.");
	return *ret ? 0 : ova_fail(err, "no VM is in the archive");
}

/* ---- what is streamed ------------------------------------------------------------------------- */

static int add_stream(
	struct imported *i, const struct ova *vdi, const char *what, struct vxe_error *err)
{
	const char *id = text_of(vdi, "id");
	int64_t size = 0;

	if (ova_int(ova_get(ova_get(vdi, "snapshot"), "virtual_size"), "virtual_size", &size, err) <
		0)
		return -1;
	if (size < 1 || size > SIZE_MAX_DISK)
		return ova_fail(err, "%s: a size that no %s has", id, what);
	i->streams = xrealloc(i->streams, i->n_streams + 1, sizeof(*i->streams));
	i->streams[i->n_streams++] = (struct xva_disk){ .id = id, .size = size };
	return 0;
}

/* In the order of the archive, each once: two devices may have the same disk. */
static void sort_streams(struct imported *i)
{
	size_t n = 0;

	xva_sort(i->streams, i->n_streams);
	for (size_t k = 0; k < i->n_streams; k++)
		if (!n || !str_eq(i->streams[n - 1].id, i->streams[k].id))
			i->streams[n++] = i->streams[k];
	i->n_streams = n;
}

/* Memory images are in the stream even if nothing refers to them. */
static int add_memory(struct imported *i, const struct ova *vdi, struct vxe_error *err)
{
	bool memory = strcasecmp(text_of(ova_get(vdi, "snapshot"), "type"), "suspend") == 0;

	return memory && !i->metadata ? add_stream(i, vdi, "memory", err) : 0;
}

/*
 * A medium that is found by its name: an ISO image, or a floppy that the guest cannot write to. The place of a floppy that
 * is streamed is its UUID.
 */
static bool is_named(const struct ova *vbd, const struct ova *vdi, const struct ova *sr)
{
	bool floppy = strcasecmp(text_of(vbd, "type"), "Floppy") == 0 &&
		      strcasecmp(text_of(vbd, "mode"), "RO") == 0 &&
		      strcasecmp(text_of(vdi, "location"), text_of(vdi, "uuid")) != 0;

	return !sr || floppy || sr_content_is_cds(text_of(ova_get(sr, "snapshot"), "content_type"));
}

/* Also what the disks of a snapshot hold: nobody takes it, but it is there. */
static int add_disk(struct imported *i, const struct ova *vbd, struct vxe_error *err)
{
	const struct ova *vdi = find_ref(i, vbd, "VDI", "VDI");
	const struct ova *sr = find_ref(i, ova_get(vdi, "snapshot"), "SR", "SR");

	if (i->metadata || !vdi || strcasecmp(text_of(vbd, "type"), "CD") == 0 ||
		is_named(vbd, ova_get(vdi, "snapshot"), sr))
		return 0;
	return add_stream(i, vdi, "disk", err);
}

/* ---- disks ------------------------------------------------------------------------------------ */

static int position(const char *text)
{
	size_t n = strlen(text);

	return n >= 1 && n <= 3 && strspn(text, "0123456789") == n &&
			       strtol(text, NULL, 10) <= POSITION_MAX
		       ? (int)strtol(text, NULL, 10)
		       : -1;
}

static bool position_taken(const struct imported *i, const char *text)
{
	for (size_t k = 0; k < i->n_disks; k++)
		if (str_eq(i->disks[k].vbd->userdevice, text))
			return true;
	return false;
}

static int check_position(
	struct imported *i, struct vbd *vbd, const char *id, struct vxe_error *err)
{
	bool any = !*vbd->userdevice || str_eq(vbd->userdevice, "autodetect");
	int n = any ? 0 : position(vbd->userdevice);

	if (n < 0)
		return ova_fail(err, "%s: %s is not a position of a disk", id, vbd->userdevice);
	for (; n <= POSITION_MAX; n++) {
		_cleanup_free_ char *text = xasprintf("%d", n);

		if (!position_taken(i, text)) {
			str_replace(&vbd->userdevice, text);
			return 0;
		}
		if (!any)
			break;
	}
	return ova_fail(err, "%s: two disks at position %s", id, vbd->userdevice);
}

/* A disk that would be shown as one that is reset, and is not, would be trusted. */
static void keep_content(struct imported *i, struct vdi *vdi)
{
	if (vdi->on_boot != ON_BOOT_RESET)
		return;
	_cleanup_free_ char *text = xasprintf(
		"The disk %s was reset at each start of its VM (on-boot=reset); here it keeps what "
		"is written to it.",
		vdi->name_label);

	vdi->on_boot = ON_BOOT_PERSIST;
	notice(i, text);
}

/* Images have whole sectors, and so has what a guest sees of them. */
static void tell_sectors(struct imported *i, const struct vdi *vdi)
{
	if (vdi->virtual_size % SECTOR == 0)
		return;
	_cleanup_free_ char *text =
		xasprintf("The disk %s has %" PRId64
			  " bytes; here it gets whole sectors, with zeros at the end.",
			vdi->name_label, vdi->virtual_size);

	notice(i, text);
}

static int read_vdi(struct imported *i, const struct ova *vbd, const struct ova *object,
	struct imported_disk *d, struct vxe_error *err)
{
	const struct ova *record = ova_get(object, "snapshot"), *sr;
	const char *id = text_of(object, "id");
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = record_new(&vdi_class);

	if (ova_read_rows(ova_vdi_rows, &vdi_class, record, id, vdi, err) < 0)
		return -1;
	keep_content(i, vdi);
	sr = find_ref(i, record, "SR", "SR");
	if (!sr &&
		d->vbd->type == VBD_DISK) /* a medium may be in a device, or come from a server */
		return fail_to_find(text_of(record, "SR"), err);
	bool iso = is_named(vbd, record, sr);

	d->streamed = !iso && d->vbd->type != VBD_CD && !i->metadata;
	d->here = !iso && d->vbd->type != VBD_CD && i->metadata;
	d->vdi_uuid = text_of(record, "uuid");
	d->sr_uuid = text_of(ova_get(sr, "snapshot"), "uuid");
	d->place = text_of(record, "location");
	d->location = iso ? xstrdup(text_of(record, "location")) : NULL;
	if (d->streamed)
		tell_sectors(i, vdi);
	if (vdi->type > VDI_EPHEMERAL)
		vdi->type = VDI_USER;
	d->vdi_id = id;
	if (d->streamed || d->here || iso)
		d->vdi = TAKE(vdi);
	return 0;
}

static int read_vbd(
	struct imported *i, const struct ova *object, const struct ova *vm, struct vxe_error *err)
{
	const struct ova *record = ova_get(object, "snapshot"), *owner, *vdi;
	const char *id = text_of(object, "id");
	_cleanup_(vbd_free_cleanup) struct vbd *vbd = record_new(&vbd_class);

	if (ova_read_rows(ova_vbd_rows, &vbd_class, record, id, vbd, err) < 0 ||
		need_ref(i, record, "VM", "VM", &owner, err) < 0 || add_disk(i, record, err) < 0)
		return -1;
	if (owner != vm)
		return 0;
	if (check_position(i, vbd, id, err) < 0)
		return -1;
	str_replace(&vbd->r.uuid, text_of(record, "uuid"));
	uuid_lower(vbd->r.uuid);
	str_replace(&vbd->device, text_of(record, "device"));
	if (vbd->type == VBD_CD)
		vbd->mode = VBD_RO;
	i->disks = xrealloc(i->disks, i->n_disks + 1, sizeof(*i->disks));
	struct imported_disk *d = &i->disks[i->n_disks++];

	*d = (struct imported_disk){ .vbd = TAKE(vbd) };
	vdi = find_ref(i, record, "VDI", "VDI");
	if (!vdi && d->vbd->type == VBD_DISK)
		return fail_to_find(text_of(record, "VDI"), err);
	return vdi ? read_vdi(i, record, vdi, d, err) : 0;
}

/* ---- cards ------------------------------------------------------------------------------------ */

static bool is_mac(const char *mac)
{
	for (int k = 0; k < 17; k++)
		if (k % 3 == 2 ? mac[k] != ':'
			       : !strchr("0123456789abcdefABCDEF", mac[k]) || !mac[k])
			return false;
	return !mac[17];
}

static int check_vif(
	const struct imported *i, const struct vif *vif, const char *id, struct vxe_error *err)
{
	if (position(vif->device) < 0)
		return ova_fail(err, "%s: %s is not a position of a card", id, vif->device);
	for (size_t k = 0; k < i->n_vifs; k++)
		if (str_eq(i->vifs[k].vif->device, vif->device))
			return ova_fail(err, "%s: two cards at position %s", id, vif->device);
	if (*vif->mac && !is_mac(vif->mac))
		return ova_fail(err, "%s: %s is not a MAC address", id, vif->mac);
	return 0;
}

static int read_vif(
	struct imported *i, const struct ova *object, const struct ova *vm, struct vxe_error *err)
{
	const struct ova *record = ova_get(object, "snapshot"), *owner, *network;
	const char *id = text_of(object, "id");
	_cleanup_(vif_free_cleanup) struct vif *vif = record_new(&vif_class);
	_cleanup_(network_free_cleanup) struct network *net = record_new(&network_class);

	if (ova_read_rows(ova_vif_rows, &vif_class, record, id, vif, err) < 0 ||
		need_ref(i, record, "VM", "VM", &owner, err) < 0 ||
		need_ref(i, record, "network", "network", &network, err) < 0 ||
		ova_read_rows(ova_network_rows, &network_class, ova_get(network, "snapshot"),
			text_of(network, "id"), net, err) < 0)
		return -1;
	if (owner != vm)
		return 0;
	if (check_vif(i, vif, id, err) < 0)
		return -1;
	uuid_lower(vif->mac); /* in lower case */
	str_replace(&vif->r.uuid, text_of(record, "uuid"));
	uuid_lower(vif->r.uuid);
	i->vifs = xrealloc(i->vifs, i->n_vifs + 1, sizeof(*i->vifs));
	i->vifs[i->n_vifs++] = (struct imported_vif){ TAKE(vif), TAKE(net),
		text_of(ova_get(network, "snapshot"), "uuid") };
	return 0;
}

/* ---- the document ----------------------------------------------------------------------------- */

/* Of its settings none is used here; but a record with holes is a damaged one. */
static int check_sr(const struct ova *object, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = record_new(&sr_class);

	return ova_read_rows(ova_sr_rows, &sr_class, ova_get(object, "snapshot"),
		text_of(object, "id"), sr, err);
}

static int read_object(
	struct imported *i, const struct ova *object, const struct ova *vm, struct vxe_error *err)
{
	const char *class = text_of(object, "class");

	if (str_eq(class, "VBD"))
		return read_vbd(i, object, vm, err);
	if (str_eq(class, "VIF"))
		return read_vif(i, object, vm, err);
	if (str_eq(class, "VDI"))
		return add_memory(i, object, err);
	if (str_eq(class, "SR"))
		return check_sr(object, err);
	if (str_eq(class, "VGPU"))
		notice(i, "The VM had a virtual GPU; it is not imported.");
	if (str_eq(class, "VTPM") && !i->hardware)
		notice(i, "The VM had a virtual TPM; it is not imported.");
	return 0;
}

int imported_read(
	const struct ova *document, bool metadata, struct imported *ret, struct vxe_error *err)
{
	_cleanup_imported_ struct imported i = { .document = document, .metadata = metadata };
	const struct ova *vm;

	if (read_version(&i, err) < 0 || check_objects(&i, err) < 0 || find_vm(&i, &vm, err) < 0 ||
		read_vm(&i, vm, err) < 0)
		return -1;
	for (size_t k = 0; k < objects(&i)->n; k++)
		if (read_object(&i, &objects(&i)->items[k].value, vm, err) < 0)
			return -1;
	sort_streams(&i);
	*ret = i;
	i = (struct imported){ 0 };
	return 0;
}

int imported_check_uuids(const struct imported *i, struct vxe_error *err)
{
	const struct ova *list = objects(i);
	_cleanup_strv_ struct strv uuids = { 0 };

	for (size_t k = 0; k < list->n; k++) {
		const char *uuid = text_of(ova_get(&list->items[k].value, "snapshot"), "uuid");

		if (!*uuid)
			continue;
		strv_add(&uuids, uuid);
		uuid_lower(uuids.items[uuids.n - 1]);
	}
	strv_sort(&uuids);
	for (size_t k = 1; k < uuids.n; k++)
		if (str_eq(uuids.items[k - 1], uuids.items[k]))
			return ova_fail(err, "two objects have the UUID %s", uuids.items[k]);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Turns the document of an archive into records: finds its objects and checks them. */
#include "objects/archive/vm_imported.h"

#include <string.h>
#include <strings.h>

#include "objects/archive/ova_members.h"
#include "objects/archive/vm_imported_devices.h"
#include "objects/archive/base64.h"
#include "objects/base/escape.h"
#include "objects/base/uuid.h"
#include "objects/classes/storage/sr.h"

#define OBJECTS_MAX 10000
#define ID_MAX 100 /* longest id, in bytes */
#define SIZE_DIGITS_MAX 16
#define EXPORT_VERSION 2
#define EXPORT_VERSION_TABLE 1
#define SECTOR 512

void imported_clear(struct imported *i)
{
	vm_free(i->vm);
	for (size_t k = 0; k < i->n_snapshots; k++)
		imported_clear(&i->snapshots[k]);
	free(i->snapshots);
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

void imported_notice(struct imported *i, const char *text)
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
	if (n != EXPORT_VERSION && n != EXPORT_VERSION_TABLE)
		return vxe_fail(err, IMPORT_INCOMPATIBLE_VERSION);
	i->has_table = n == EXPORT_VERSION_TABLE;
	if (ova_text(ova_get(v, "product_brand"), "product_brand", &text, err) < 0)
		return -1;
	i->ours = str_eq(text, "vxe");
	return 0;
}

static const struct ova *objects(const struct imported *i)
{
	return ova_get(i->document, "objects");
}

const char *imported_text(const struct ova *object, const char *name)
{
	const struct ova *v = ova_get(object, name);

	return v && v->type == OVA_TEXT && v->text ? v->text : "";
}

/*
 * True if the text can be the id of an object in an archive. xapi writes "Ref:" and a number, and reads any text; a
 * slash is refused, because blocks of content are members "ID/NUMBER".
 */
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

/* The object in the archive's document with this id; NULL if there is none. */
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

const struct ova *imported_ref(
	const struct imported *i, const struct ova *record, const char *name, const char *class)
{
	const char *ref = imported_text(record, name);
	const struct ova *o = !*ref || str_eq(ref, OVA_NULL) ? NULL : find_object(i, ref);

	return o && str_eq(imported_text(o, "class"), class) ? o : NULL;
}

int imported_fail_to_find(const char *ref, struct vxe_error *err)
{
	_cleanup_free_ char *id = shown(ref, SHOWN_TEXT);

	return vxe_fail(err, IMPORT_ERROR_FAILED_TO_FIND_OBJECT, id);
}

int imported_need_ref(const struct imported *i, const struct ova *record, const char *name,
	const char *class, const struct ova **ret, struct vxe_error *err)
{
	*ret = imported_ref(i, record, name, class);
	return *ret ? 0 : imported_fail_to_find(imported_text(record, name), err);
}

/* ---- the VM ----------------------------------------------------------------------------------- */

/* Reads the id and size of the VM's memory image. A key has the exact size, because contents have whole sectors. */
static int read_memory(struct imported *i, const struct ova *object, struct vxe_error *err)
{
	const struct ova *record = ova_get(object, "snapshot");
	_cleanup_map_ struct map config = { 0 };
	int64_t size = 0, bytes = 0;

	i->memory_id = imported_text(object, "id");
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

/* Reads UEFI variables from xe's field NVRAM, under a key of vxe's own; XenServer's have another format. */
static int read_variables(struct imported *i, const struct ova *record, struct vxe_error *err)
{
	const struct ova *nvram = ova_get(record, "NVRAM");
	_cleanup_map_ struct map m = { 0 };

	if (!nvram || ova_map(nvram, "NVRAM", &m, err) < 0)
		return nvram ? -1 : 0;
	if (map_get(&m, "EFI-variables"))
		imported_notice(i, "The UEFI variables are XenServer's; the VM gets new ones.");
	if (!i->ours || !str_eq(map_get(&m, OVA_FORMAT), OVA_FORMAT_VARIABLES))
		return 0;
	return read_state(&i->state.items[CAPTURE_NVRAM], "raw", map_get(&m, OVA_VARIABLES), err);
}

/* Reads data that only vxe writes. */
static int read_own(struct imported *i, const struct ova *record, struct vxe_error *err)
{
	const struct ova *own = i->ours ? ova_get(record, OVA_OWN) : NULL;
	const struct ova *hardware = ova_get(own, OVA_OWN_HARDWARE);

	if (hardware && ova_text(hardware, OVA_OWN_HARDWARE, &i->hardware, err) < 0)
		return -1;
	return read_state(&i->state.items[CAPTURE_TPM], imported_text(own, OVA_OWN_TPM_FORMAT),
		own ? imported_text(own, OVA_OWN_TPM) : NULL, err);
}

static int read_vm(struct imported *i, struct vxe_error *err)
{
	const struct ova *record = ova_get(i->object, "snapshot"), *memory;

	if (imported_read_settings(i, i, err) < 0 || read_variables(i, record, err) < 0 ||
		read_own(i, record, err) < 0)
		return -1;
	if (!i->suspended)
		return 0;
	if (imported_need_ref(i, record, "suspend_VDI", "VDI", &memory, err) < 0)
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
	return str_eq(imported_text(object, "class"), "VM");
}

static bool is_meant(const struct imported *i, const struct ova *object)
{
	const struct ova *record = ova_get(object, "snapshot");

	return !i->only || str_eq(imported_text(object, "id"), i->only) ||
		str_eq(imported_text(record, "name_label"), i->only) ||
		strcasecmp(imported_text(record, "uuid"), i->only) == 0;
}

void imported_find_vms(const struct ova *document, struct imported_vms *ret)
{
	const struct ova *list = ova_get(document, "objects");

	for (size_t k = 0; list && list->type == OVA_LIST && k < list->n; k++) {
		const struct ova *o = &list->items[k].value;

		if (!is_vm(o) || is_snapshot(o))
			continue;
		strv_add(&ret->ids, imported_text(o, "id"));
		strv_add(&ret->names, imported_text(ova_get(o, "snapshot"), "name_label"));
	}
}

void imported_vms_clear(struct imported_vms *v)
{
	strv_clear(&v->ids);
	strv_clear(&v->names);
}

#define NAMED_MAX 10 /* most VMs that an error message names */

/* The names of the archive's VMs, which the parameter only= may have, as text: "web, db". */
static char *names_of_vms(const struct imported *i)
{
	_cleanup_(imported_vms_clear) struct imported_vms vms = { 0 };

	imported_find_vms(i->document, &vms);
	while (vms.names.n > NAMED_MAX + 1)
		free(vms.names.items[--vms.names.n]);
	if (vms.names.n > NAMED_MAX)
		str_replace(&vms.names.items[NAMED_MAX], "...");
	return strv_join(&vms.names, ", ");
}

static int fail_to_choose(const struct imported *i, size_t found, struct vxe_error *err)
{
	_cleanup_free_ char *names = names_of_vms(i);

	if (!*names)
		return ova_fail(err, "no VM is in the archive");
	if (!i->only)
		return ova_fail(err,
			"several VMs in one archive: give it as a file, not through a pipe, or "
			"only=NAME takes one: %s",
			names);
	return ova_fail(err, "%s VM is called %s; the archive has: %s",
		found ? "more than one" : "no", i->only, names);
}

/*
 * Finds the VM to import in the document, where snapshots stand beside their VM. If the archive has one snapshot and
 * no VM, the snapshot is imported as a VM.
 */
static int find_vm(struct imported *i, struct vxe_error *err)
{
	const struct ova *list = objects(i), *alone = NULL;
	size_t vms = 0, snapshots = 0;

	for (size_t k = 0; k < list->n; k++) {
		const struct ova *o = &list->items[k].value;

		if (!is_vm(o))
			continue;
		if (is_snapshot(o)) {
			alone = o;
			snapshots++;
		} else if (is_meant(i, o)) {
			i->object = o;
			vms++;
		}
	}
	if (vms > 1)
		return fail_to_choose(i, vms, err);
	if (vms == 0 && snapshots == 1 && !i->metadata && !i->only)
		i->object = alone;
	else
		i->left_snapshots = snapshots > 0;
	return i->object ? 0 : fail_to_choose(i, vms, err);
}

/* ---- its snapshots ---------------------------------------------------------------------------- */

static int read_snapshot(struct imported *i, const struct ova *object, struct vxe_error *err)
{
	const struct ova *record = ova_get(object, "snapshot"), *time;

	i->snapshots = xrealloc(i->snapshots, i->n_snapshots + 1, sizeof(*i->snapshots));
	struct imported *of = &i->snapshots[i->n_snapshots++];

	*of = (struct imported){ .object = object };
	if (imported_read_settings(i, of, err) < 0)
		return -1;
	time = ova_get(record, "snapshot_time");
	if (time && ova_date(time, "snapshot_time", &of->vm->snapshot_time, err) < 0)
		return -1;
	/* Takes over only these facts about a snapshot, which can still be true on this host. */
	static const char *const keys[] = { "power-state-at-snapshot", "disk-snapshot-type" };
	const struct ova *info = ova_get(record, "snapshot_info");

	for (size_t k = 0; k < ARRAY_LEN(keys); k++)
		if (*imported_text(info, keys[k]))
			map_set(&of->vm->snapshot_info, keys[k], imported_text(info, keys[k]));
	if (!of->suspended)
		return 0;
	_cleanup_free_ char *text =
		xasprintf("The memory of the snapshot %s is not imported; its disks are.",
			of->vm->name_label);

	imported_notice(i, text);
	return 0;
}

/*
 * Returns 1 if the snapshot @object belongs to the imported VM, else 0. A reference into another pool ("OpaqueRef:")
 * counts as none; any other reference to a VM that the archive does not have means that the archive is damaged.
 */
static int is_of_vm(struct imported *i, const struct ova *object, struct vxe_error *err)
{
	const struct ova *record = ova_get(object, "snapshot");
	const char *ref = imported_text(record, "snapshot_of");

	const struct ova *vm = imported_ref(i, record, "snapshot_of", "VM");

	if (vm == i->object)
		return 1;
	if (vm && !is_snapshot(vm)) /* the snapshot belongs to another VM of the archive */
		return 0;
	if (*ref && !str_starts(ref, "OpaqueRef:"))
		return imported_fail_to_find(ref, err);
	_cleanup_free_ char *text =
		xasprintf("The snapshot %s is of no VM in the archive and is not imported.",
			imported_text(record, "name_label"));

	imported_notice(i, text);
	return 0;
}

static size_t position_of(const struct imported *i, const struct ova *object)
{
	for (size_t k = 0; object && k < i->n_snapshots; k++)
		if (i->snapshots[k].object == object)
			return k;
	return NO_SNAPSHOT;
}

static void find_parent(const struct imported *i, struct imported *of)
{
	of->parent =
		position_of(i, imported_ref(i, ova_get(of->object, "snapshot"), "parent", "VM"));
}

/* Finds the snapshots' parents. A snapshot that is its own ancestor gets none, which opens the circle for others. */
static void find_parents(struct imported *i)
{
	find_parent(i, i);
	for (size_t k = 0; k < i->n_snapshots; k++)
		find_parent(i, &i->snapshots[k]);
	for (size_t k = 0; k < i->n_snapshots; k++) {
		size_t at = i->snapshots[k].parent;

		for (size_t n = 0; at != NO_SNAPSHOT && at != k && n < i->n_snapshots; n++)
			at = i->snapshots[at].parent;
		if (at == k)
			i->snapshots[k].parent = NO_SNAPSHOT;
	}
}

static int read_snapshots(struct imported *i, struct vxe_error *err)
{
	const struct ova *list = objects(i);

	if (i->vm->is_a_template || is_snapshot(i->object))
		return 0;
	i->left_snapshots = false;
	for (size_t k = 0; k < list->n; k++) {
		const struct ova *o = &list->items[k].value;
		int r = is_vm(o) && is_snapshot(o) ? is_of_vm(i, o, err) : 0;

		if (r < 0 || (r && read_snapshot(i, o, err) < 0))
			return -1;
	}
	find_parents(i);
	return 0;
}

/* ---- the document ----------------------------------------------------------------------------- */

static int read_object(struct imported *i, const struct ova *object, struct vxe_error *err)
{
	const char *class = imported_text(object, "class");

	if (str_eq(class, "VBD"))
		return imported_read_vbd(i, object, err);
	if (str_eq(class, "VIF"))
		return imported_read_vif(i, object, err);
	if (str_eq(class, "VDI"))
		return imported_add_memory(i, object, err);
	if (str_eq(class, "SR")) {
		/* Checks an SR, which the import does not use: an incomplete record means a damaged archive. */
		_cleanup_(sr_free_cleanup) struct sr *sr = record_new(&sr_class);

		return ova_read_rows(ova_sr_rows, &sr_class, ova_get(object, "snapshot"),
			imported_text(object, "id"), sr, err);
	}
	if (str_eq(class, "VGPU"))
		imported_notice(i, "The VM had a virtual GPU; it is not imported.");
	if (str_eq(class, "VTPM") && !i->hardware)
		imported_notice(i, "The VM had a virtual TPM; it is not imported.");
	return 0;
}

int imported_read(const struct ova *document, const char *only, unsigned flags,
	struct imported *ret, struct vxe_error *err)
{
	_cleanup_imported_ struct imported i = {
		.document = document, .only = only, .metadata = flags & IMPORTED_METADATA
	};

	if (read_version(&i, err) < 0 || check_objects(&i, err) < 0 || find_vm(&i, err) < 0 ||
		read_vm(&i, err) < 0 ||
		((flags & IMPORTED_SNAPSHOTS) && read_snapshots(&i, err) < 0))
		return -1;
	for (size_t k = 0; k < objects(&i)->n; k++)
		if (read_object(&i, &objects(&i)->items[k].value, err) < 0)
			return -1;
	if (imported_place_disks(&i, &i, err) < 0)
		return -1;
	for (size_t k = 0; k < i.n_snapshots; k++)
		if (imported_place_disks(&i, &i.snapshots[k], err) < 0)
			return -1;
	imported_find_origins(&i);
	imported_sort_streams(&i);
	*ret = i;
	i = (struct imported){ 0 };
	return 0;
}

int imported_check_uuids(const struct imported *i, struct vxe_error *err)
{
	const struct ova *list = objects(i);
	_cleanup_strv_ struct strv uuids = { 0 };

	for (size_t k = 0; k < list->n; k++) {
		const char *uuid =
			imported_text(ova_get(&list->items[k].value, "snapshot"), "uuid");

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

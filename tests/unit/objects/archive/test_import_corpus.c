/* SPDX-License-Identifier: MIT */
/*
 * What an archive may say and what not, one by one: each valid document is read, each invalid one is refused by its
 * error; and of an archive that is refused, whenever that becomes known, nothing is left on the host.
 */
#include "objects/archive/vm_import.h"
#include "objects/archive/vm_imported.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/storage/node.h"
#include "objects/vm/vm_ops.h"
#include "tests/unit/host_fixture.h"
#include "tests/unit/ova_fixture.h"
#include "tests/unit/xva_malformed.h"

#include <dirent.h>
#include <fcntl.h>

TestSuite(import_corpus, .init = host_start_mem, .fini = host_stop);

static void read_as(const struct ova *doc, enum vxe_code code, const char *what)
{
	_cleanup_imported_ struct imported i = { 0 };
	int r = imported_read(doc, NULL, 0, &i, &E);

	cr_assert_eq(r, code == VXE_OK ? 0 : -1, "%s", what);
	cr_assert_eq(E.code, code, "%s", what);
	error_clear(&E);
}

static bool is_said(const char *part)
{
	for (size_t i = 0; i < notices.n; i++)
		if (strstr(notices.items[i], part))
			return true;
	return false;
}

/* ---- objects and their members ---------------------------------------------------------------- */

static const struct {
	const char *id;
	const struct ova_row *rows;
} tables[] = {
	{ "Ref:0", ova_vm_rows },
	{ "Ref:1", ova_vbd_rows },
	{ "Ref:10", ova_vdi_rows },
	{ "Ref:3", ova_sr_rows },
	{ "Ref:4", ova_vif_rows },
	{ "Ref:5", ova_network_rows },
};

static void rename_member(struct ova *doc, const char *id, const char *from, const char *to)
{
	struct ova *r = record(doc, id);

	for (size_t k = 0; k < r->n; k++)
		if (str_eq(r->items[k].name, from))
			str_replace(&r->items[k].name, to);
}

Test(import_corpus, members_that_are_missing)
{
	for (size_t t = 0; t < ARRAY_LEN(tables); t++)
		for (const struct ova_row *row = tables[t].rows; row->name; row++) {
			_cleanup_ova_ struct ova *doc = document();
			_cleanup_free_ char *what = xasprintf("%s.%s", tables[t].id, row->name);

			rename_member(doc, tables[t].id, row->name, "gone");
			read_as(doc, row->flags & ROW_NEED ? IMPORT_ERROR : VXE_OK, what);
		}
}

/* A structure is no text, number or list, and a text is no structure. */
Test(import_corpus, members_of_a_wrong_type)
{
	for (size_t t = 0; t < ARRAY_LEN(tables); t++)
		for (const struct ova_row *row = tables[t].rows; row->name; row++) {
			_cleanup_ova_ struct ova *doc = document();
			_cleanup_free_ char *what = xasprintf("%s.%s", tables[t].id, row->name);
			struct ova *v = item(record(doc, tables[t].id), row->name);

			if (!(row->flags & ROW_READ))
				continue;
			if (v->type == OVA_STRUCT || v->type == OVA_LIST) {
				v->type = OVA_TEXT;
			} else {
				free(TAKE(v->text));
				v->type = OVA_STRUCT;
			}
			read_as(doc, IMPORT_ERROR, what);
		}
}

Test(import_corpus, what_nobody_knows_is_ignored)
{
	_cleanup_ova_ struct ova *doc = document();
	struct ova *o = ova_add(item(doc, "objects"), NULL, OVA_STRUCT);

	ova_add_text(o, "class", "PVS_site");
	ova_add_text(o, "id", "Ref:77");
	ova_add(o, "snapshot", OVA_STRUCT);
	ova_add_text(doc, "future", "x");
	ova_add_text(item(doc, "version"), "future", "x");
	for (size_t t = 0; t < ARRAY_LEN(tables); t++)
		ova_add(record(doc, tables[t].id), "future", OVA_LIST);
	ova_add_text(item(record(doc, "Ref:0"), "platform"), "future", "x");
	read_as(doc, VXE_OK, "unknown");
	ova_add_text(o, "id", "Ref:5"); /* of two, the first counts */
	str_replace(&o->items[1].value.text, "Ref:5");
	read_as(doc, IMPORT_ERROR, "its id counts");
}

Test(import_corpus, version_and_objects)
{
	static const char *const version[] = { "hostname", "date", "product_version",
		"product_brand", "build_number", "xapi_major", "xapi_minor" };
	static const char *const object[] = { "class", "id", "snapshot" };

	for (size_t i = 0; i < ARRAY_LEN(version); i++) {
		_cleanup_ova_ struct ova *doc = document();

		str_replace(&item(doc, "version")->items[i].name, "gone");
		read_as(doc, IMPORT_ERROR, version[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(object); i++) {
		_cleanup_ova_ struct ova *doc = document();
		struct ova *o = &item(doc, "objects")->items[3].value;

		str_replace(&o->items[i].name, "gone");
		read_as(doc, IMPORT_ERROR, object[i]);
	}
	for (int i = 0; i < 2; i++) {
		_cleanup_ova_ struct ova *doc = document();

		str_replace(&doc->items[i].name, "gone");
		read_as(doc, IMPORT_ERROR, i ? "no objects" : "no version");
	}
	_cleanup_ova_ struct ova *doc = document();
	item(doc, "objects")->type = OVA_TEXT;
	read_as(doc, IMPORT_ERROR, "objects that are no list");
}

/* ---- limits ----------------------------------------------------------------------------------- */

Test(import_corpus, too_many_objects)
{
	_cleanup_ova_ struct ova *doc = document();
	struct ova *list = item(doc, "objects");

	for (int i = 0; list->n < 10000; i++) {
		struct ova *o = ova_add(list, NULL, OVA_STRUCT);
		_cleanup_free_ char *id = xasprintf("Ref:x%d", i);

		ova_add_text(o, "class", "host");
		ova_add_text(o, "id", id);
		ova_add(o, "snapshot", OVA_STRUCT);
	}
	read_as(doc, VXE_OK, "10000");
	ova_add(list, NULL, OVA_STRUCT);
	read_as(doc, IMPORT_ERROR, "10001");
}

static char *repeated_text(size_t n)
{
	char *text = xcalloc(n + 1, 1);

	memset(text, 'x', n);
	return text;
}

#define TEXT ((size_t)1 << 20)

/* A text has 1 MiB, also in maps and lists. */
Test(import_corpus, long_texts)
{
	for (size_t over = 0; over < 2; over++) {
		_cleanup_free_ char *text = repeated_text(TEXT + over);
		enum vxe_code code = over ? IMPORT_ERROR : VXE_OK;

		for (int i = 0; i < 5; i++) {
			_cleanup_ova_ struct ova *doc = document();
			struct ova *vm = record(doc, "Ref:0");

			if (i == 0)
				set(doc, "Ref:0", "name_label", text);
			else if (i == 1)
				set(doc, "Ref:0", "name_description", text);
			else if (i == 2)
				ova_add_text(item(vm, "other_config"), "k", text);
			else if (i == 3)
				ova_add_text(item(vm, "other_config"), text, "v");
			else
				ova_add_text(item(vm, "tags"), NULL, text);
			read_as(doc, code, over ? "too long" : "long");
		}
	}
}

/* ---- values ----------------------------------------------------------------------------------- */

static const struct {
	const char *id, *member, *text;
	enum vxe_code code;
} values[] = {
	{ "Ref:0", "VCPUs_at_startup", "0", IMPORT_ERROR },
	{ "Ref:0", "VCPUs_at_startup", "-1", IMPORT_ERROR },
	{ "Ref:0", "VCPUs_at_startup", "2", IMPORT_ERROR },
	{ "Ref:0", "memory_static_min", "-1", IMPORT_ERROR },
	{ "Ref:0", "memory_static_min", "9999999999", IMPORT_ERROR },
	{ "Ref:0", "memory_dynamic_max", "9999999999", IMPORT_ERROR },
	{ "Ref:0", "memory_static_max", "1_048_576", IMPORT_ERROR },
	{ "Ref:0", "memory_static_max", "1048576 ", IMPORT_ERROR },
	{ "Ref:0", "memory_static_max", "", IMPORT_ERROR },
	{ "Ref:0", "actions_after_shutdown", "", IMPORT_ERROR },
	{ "Ref:1", "bootable", "1", VXE_OK },
	{ "Ref:1", "mode", "rw", VXE_OK },
	{ "Ref:1", "mode", "w", IMPORT_ERROR },
	{ "Ref:1", "VDI", "", IMPORT_ERROR_FAILED_TO_FIND_OBJECT },
	{ "Ref:1", "VDI", "Ref:3", IMPORT_ERROR_FAILED_TO_FIND_OBJECT },
	{ "Ref:1", "userdevice", "", VXE_OK },
	{ "Ref:1", "userdevice", "255", VXE_OK },
	{ "Ref:1", "userdevice", "0000", IMPORT_ERROR },
	{ "Ref:1", "device", "../../dev/sda", VXE_OK },
	{ "Ref:10", "SR", "Ref:99", IMPORT_ERROR_FAILED_TO_FIND_OBJECT },
	{ "Ref:10", "SR", "Ref:5", IMPORT_ERROR_FAILED_TO_FIND_OBJECT },
	{ "Ref:10", "type", "redo_log", VXE_OK },
	{ "Ref:10", "type", "REDO_LOG", VXE_OK },
	{ "Ref:10", "type", "floppy", IMPORT_ERROR },
	{ "Ref:10", "virtual_size", "1", VXE_OK },
	{ "Ref:10", "virtual_size", "9007199254740992", VXE_OK },
	{ "Ref:10", "virtual_size", "9007199254740993", IMPORT_ERROR },
	{ "Ref:4", "VM", "", IMPORT_ERROR_FAILED_TO_FIND_OBJECT },
	{ "Ref:4", "network", "", IMPORT_ERROR_FAILED_TO_FIND_OBJECT },
	{ "Ref:4", "network", OVA_NULL, IMPORT_ERROR_FAILED_TO_FIND_OBJECT },
	{ "Ref:4", "device", "", IMPORT_ERROR },
	{ "Ref:4", "MAC", "52:54:00:aa:00:01:02", IMPORT_ERROR },
	{ "Ref:4", "MAC", "52-54-00-aa-00-01", IMPORT_ERROR },
	/* references that never have to resolve: of another pool, to nothing, in circles */
	{ "Ref:0", "metrics", "Ref:99", VXE_OK },
	{ "Ref:0", "affinity", "OpaqueRef:0e4f2ff4-0000-4000-8000-000000000001", VXE_OK },
	{ "Ref:0", "parent", "Ref:0", VXE_OK },
	{ "Ref:0", "parent", "Ref:99", VXE_OK },
	{ "Ref:0", "snapshot_of", "Ref:0", VXE_OK },
	{ "Ref:0", "snapshot_of", "Ref:99", VXE_OK },
	{ "Ref:10", "parent", "Ref:10", VXE_OK },
	{ "Ref:10", "snapshot_of", "Ref:10", VXE_OK },
	/* places on the other host */
	{ "Ref:0", "PV_kernel", "../../etc/shadow", VXE_OK },
	{ "Ref:10", "location", "../../etc/shadow", VXE_OK },
	{ "Ref:0", "name_label", "\x1b[31m$(reboot)%s<&>", VXE_OK },
	{ "Ref:0", "domain_type", "pv", VXE_OK },
	{ "Ref:0", "domain_type", "UNSPECIFIED", VXE_OK },
};

Test(import_corpus, values_one_by_one)
{
	for (size_t k = 0; k < ARRAY_LEN(values); k++) {
		_cleanup_ova_ struct ova *doc = document();
		_cleanup_free_ char *what =
			xasprintf("%s.%s=%s", values[k].id, values[k].member, values[k].text);
		struct ova *r = record(doc, values[k].id);

		if (str_eq(values[k].member, "domain_type"))
			ova_add_text(r, "domain_type", "");
		set(doc, values[k].id, values[k].member, values[k].text);
		read_as(doc, values[k].code, what);
	}
}

Test(import_corpus, firmware)
{
	static const char *const known[] = { "bios", "uefi", "" };

	for (size_t k = 0; k <= ARRAY_LEN(known); k++) {
		_cleanup_ova_ struct ova *doc = document();
		const char *text = k < ARRAY_LEN(known) ? known[k] : "coreboot";

		str_replace(&item(item(record(doc, "Ref:0"), "HVM_boot_params"), "firmware")->text,
			text);
		read_as(doc, k < ARRAY_LEN(known) ? VXE_OK : IMPORT_ERROR, text);
	}
}

/* ---- devices ---------------------------------------------------------------------------------- */

static struct ova *add_device(struct ova *doc, const char *id, const char *position)
{
	struct vbd *vbd = record_new(&vbd_class);

	vbd->r.uuid = uuid_new();
	str_replace(&vbd->userdevice, position);
	struct ova *r = add(doc, "VBD", id, ova_vbd_rows, &vbd_class, vbd);

	ova_add_text(r, "VM", "Ref:0");
	ova_add_text(r, "VDI", "Ref:10");
	return r;
}

static struct ova *add_one_more_card(struct ova *doc, const char *id, const char *position)
{
	struct vif *vif = record_new(&vif_class);

	vif->r.uuid = uuid_new();
	str_replace(&vif->device, position);
	struct ova *r = add(doc, "VIF", id, ova_vif_rows, &vif_class, vif);

	ova_add_text(r, "VM", "Ref:0");
	ova_add_text(r, "network", "Ref:5");
	return r;
}

Test(import_corpus, two_devices_at_one_position)
{
	for (int same = 0; same < 2; same++) {
		_cleanup_ova_ struct ova *disks = document(), *cards = document();

		add_device(disks, "Ref:20", same ? "0" : "1");
		read_as(disks, same ? IMPORT_ERROR : VXE_OK, "disks");
		add_one_more_card(cards, "Ref:20", same ? "0" : "1");
		read_as(cards, same ? IMPORT_ERROR : VXE_OK, "cards");
	}
	_cleanup_ova_ struct ova *doc = document();
	_cleanup_imported_ struct imported i = { 0 };

	add_device(doc, "Ref:20", "autodetect");
	add_device(doc, "Ref:21", "");
	OK(imported_read(doc, NULL, 0, &i, &E));
	cr_assert_eq(i.n_disks, 3);
	cr_assert_str_eq(i.disks[1].vbd->userdevice, "1");
	cr_assert_str_eq(i.disks[2].vbd->userdevice, "2");
	cr_assert_eq(i.n_streams, 1, "one VDI, one stream");
}

/* Which disks are in the stream. */
static const struct {
	const char *what, *type, *content;
	const char *vdi;
	size_t streams;
	bool location;
} kinds[] = {
	{ "a disk", "Disk", "user", "Ref:10", 1, false },
	{ "a floppy", "Floppy", "user", "Ref:10", 1, false },
	{ "a CD", "CD", "iso", "Ref:10", 0, true },
	{ "an empty drive", "CD", "iso", OVA_NULL, 0, false },
	{ "a drive with something of another pool", "CD", "iso", "OpaqueRef:12", 0, false },
	{ "a disk in a drive", "CD", "user", "Ref:10", 0, false },
	{ "an ISO image as a disk", "Disk", "iso", "Ref:10", 0, true },
	{ "an empty floppy drive", "Floppy", "user", OVA_NULL, 0, false },
};

Test(import_corpus, what_is_streamed)
{
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		_cleanup_ova_ struct ova *doc = document();
		_cleanup_imported_ struct imported i = { 0 };

		set(doc, "Ref:1", "type", kinds[k].type);
		set(doc, "Ref:1", "VDI", kinds[k].vdi);
		set(doc, "Ref:3", "content_type", kinds[k].content);
		cr_assert_eq(imported_read(doc, NULL, 0, &i, &E), 0, "%s", kinds[k].what);
		cr_assert_eq(i.n_streams, kinds[k].streams, "%s", kinds[k].what);
		cr_assert_eq(i.disks[0].streamed, kinds[k].streams, "%s", kinds[k].what);
		cr_assert_eq(i.disks[0].location != NULL, kinds[k].location, "%s", kinds[k].what);
	}
}

/* ---- nothing is left -------------------------------------------------------------------------- */

#define DISK_BYTES (2 << 20)

/* Files of images, and records of all kinds that an import makes. */
static size_t all_there_is(void)
{
	const struct class *const made[] = { &vm_class, &vbd_class, &vdi_class, &vif_class,
		&network_class, &node_class, &intent_class };
	_cleanup_free_ char *images = at("images/vxe");
	size_t n = 0;
	DIR *d = opendir(images);

	for (struct dirent *e; d && (e = readdir(d));)
		n += *e->d_name != '.' || str_ends(e->d_name, ".qcow2");
	if (d)
		closedir(d);
	for (size_t i = 0; i < ARRAY_LEN(made); i++)
		n += count_of(made[i]);
	return n;
}

/* The document with its disk as Ref:2, of @size. */
static struct ova *with_disk(const char *size)
{
	struct ova *doc = document(), *objects = item(doc, "objects");

	for (size_t i = 0; i < objects->n; i++) {
		struct ova *o = &objects->items[i].value;

		if (str_eq(item(o, "id")->text, "Ref:10"))
			str_replace(&item(o, "id")->text, "Ref:2");
	}
	set(doc, "Ref:1", "VDI", "Ref:2");
	set(doc, "Ref:2", "virtual_size", size);
	return doc;
}

static int import_bytes(const struct str *s, const struct vm_import_args *args, char **uuid)
{
	_cleanup_free_ char *path = at("t.xva");
	_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	cr_assert_eq(write(fd, s->data, s->len), (ssize_t)s->len);
	cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
	next_command();
	return import_fd(args, fd, uuid);
}

Test(import_corpus, nothing_is_left_of_what_is_refused, .timeout = 600)
{
	_cleanup_ova_ struct ova *doc = with_disk("2097152");
	const struct vm_import_args args = { 0 };
	size_t length;
	_cleanup_free_ char *text = ova_write(doc, &length);
	char *uuid = NULL;

	OK(session_prepare(S, &E));
	size_t before = all_there_is();
	const char *other = document_text;

	document_text = text;
	for (size_t i = 0; i < ARRAY_LEN(malformed); i++) {
		_cleanup_str_ struct str s = { 0 };

		malformed[i].make(&s);
		cr_assert_eq(import_bytes(&s, &args, &uuid), -1, "%s", malformed[i].name);
		cr_assert_eq(E.code, malformed[i].code, "%s: %s", malformed[i].name,
			code_info(E.code)->name);
		error_clear(&E);
		cr_assert_eq(all_there_is(), before, "%s", malformed[i].name);
	}
	_cleanup_str_ struct str s = { 0 };
	good(&s);
	OK(import_bytes(&s, &args, &uuid));
	cr_assert_gt(all_there_is(), before);
	free(uuid);
	document_text = other;
}

/* The document of @doc, then one disk Ref:2 of 2 MiB; and that imported. */
static int import_good(const struct ova *doc, const struct vm_import_args *args, char **uuid)
{
	_cleanup_str_ struct str s = { 0 };
	size_t length;
	_cleanup_free_ char *text = ova_write(doc, &length);
	const char *other = document_text;

	document_text = text;
	good(&s);
	document_text = other;
	return import_bytes(&s, args, uuid);
}

/* A guest sees whole sectors; the stream ends where the archive says. */
Test(import_corpus, a_size_that_is_no_number_of_sectors)
{
	_cleanup_ova_ struct ova *doc = with_disk("1000");
	const struct vm_import_args args = { 0 };
	_cleanup_free_ char *uuid = NULL;
	_cleanup_str_ struct str s = { 0 };
	size_t length;
	_cleanup_free_ char *text = ova_write(doc, &length);
	const char *other = document_text;

	document_text = text;
	put_document(&s);
	put_block(&s, 0, 7, 1000, ".xxhash");
	put_end(&s);
	OK(import_bytes(&s, &args, &uuid));
	document_text = other;
	_cleanup_records_ struct records vdis = all_of(&vdi_class), nodes = all_of(&node_class);
	cr_assert_eq(nodes.n, 1);
	cr_assert(is_said("1000 bytes"));
	cr_assert_eq(((const struct node *)nodes.items[0])->virtual_size, 1024);
	for (size_t i = 0; i < vdis.n; i++)
		cr_assert_eq(((const struct vdi *)vdis.items[i])->virtual_size % 512, 0);
}

/* libvirt takes no such address; an import that makes new ones does not need it. */
Test(import_corpus, an_address_of_many)
{
	_cleanup_ova_ struct ova *doc = with_disk("2097152");
	const struct vm_import_args plain = { 0 }, preserve = { .preserve = true };
	_cleanup_free_ char *uuid = NULL;

	set(doc, "Ref:4", "MAC", "01:00:5e:00:00:01");
	OK(session_prepare(S, &E));
	size_t before = all_there_is();

	FAILS(IMPORT_ERROR, import_good(doc, &preserve, &uuid));
	cr_assert_eq(all_there_is(), before);
	OK(import_good(doc, &plain, &uuid));
}

/* ---- what becomes of it ----------------------------------------------------------------------- */

/* What belongs to the pool that exported the VM is not taken over. */
Test(import_corpus, a_new_identity)
{
	_cleanup_ova_ struct ova *doc = with_disk("2097152");
	const struct vm_import_args plain = { 0 }, preserve = { .preserve = true };
	struct ova *vm = record(doc, "Ref:0"), *config = item(vm, "other_config");

	ova_add_text(config, "grant_api_access", "x");
	ova_add_text(config, "import_task", "x");
	ova_add_text(config, "default_template", "true");
	ova_add_text(config, "mac_seed", "the seed");
	ova_add_text(config, "mine", "x");
	set(doc, "Ref:0", "version", "7");
	set(doc, "Ref:0", "generation_id", "1:2");
	for (int keep = 0; keep < 2; keep++) {
		_cleanup_free_ char *uuid = NULL;

		OK(import_good(doc, keep ? &preserve : &plain, &uuid));
		_cleanup_(vm_free_cleanup) struct vm *v = find(&vm_class, uuid);
		cr_assert_null(map_get(&v->other_config, "grant_api_access"));
		cr_assert_null(map_get(&v->other_config, "import_task"));
		cr_assert_null(map_get(&v->other_config, "default_template"));
		cr_assert_str_eq(map_get(&v->other_config, "mine"), "x");
		cr_assert_eq(str_eq(map_get(&v->other_config, "mac_seed"), "the seed"), keep);
		cr_assert_eq(v->version, keep ? 8 : 0);
		cr_assert(!str_eq(v->generation_id, "1:2") && *v->generation_id);
		cr_assert_eq(str_eq(uuid, item(vm, "uuid")->text), keep);
		cr_assert(!v->is_default_template && !v->is_a_snapshot && !v->snapshot_of);
	}
}

Test(import_corpus, a_template_stays_one)
{
	_cleanup_ova_ struct ova *doc = with_disk("2097152");
	const struct vm_import_args plain = { 0 };
	_cleanup_free_ char *uuid = NULL;

	set(doc, "Ref:0", "is_a_template", "1");
	set(doc, "Ref:0", "is_default_template", "1");
	set(doc, "Ref:0", "generation_id", "1:2");
	OK(import_good(doc, &plain, &uuid));
	_cleanup_(vm_free_cleanup) struct vm *v = find(&vm_class, uuid);
	cr_assert(v->is_a_template && !v->is_default_template);
	cr_assert_str_eq(v->generation_id, "1:2");
}

Test(import_corpus, no_storage_repository)
{
	_cleanup_ova_ struct ova *doc = with_disk("2097152");
	const struct vm_import_args plain = { 0 };
	char *uuid = NULL;

	OK(session_prepare(S, &E));
	_cleanup_records_ struct records pools = all_of(&pool_class);
	struct pool *pool = pools.items[0];
	str_replace(&pool->default_sr, NULL);
	save(&pool_class, pool);
	size_t before = all_there_is();
	cr_assert_eq(import_good(doc, &plain, &uuid), -1);
	cr_assert(strstr(E.params[0], "No SR specified and Pool default SR is null"));
	error_clear(&E);
	cr_assert_eq(all_there_is(), before);
}

/* An ISO image is found by its name in any SR of ISO images; nothing is opened as a path. */
static const struct {
	const char *what, *type, *location;
	bool device, medium;
} images[] = {
	{ "a CD that is here", "CD", "x.iso", true, true },
	{ "a CD that is not here", "CD", "y.iso", true, false },
	{ "a CD with a path", "CD", "../../../../../../etc/passwd", true, false },
	{ "a disk that is here", "Disk", "x.iso", true, true },
	{ "a disk that is not here", "Disk", "y.iso", false, false },
};

static void add_iso(void)
{
	struct sr *sr = record_new(&sr_class);
	struct vdi *vdi = record_new(&vdi_class);

	sr->r.uuid = uuid_new();
	str_replace(&sr->type, "iso");
	str_replace(&sr->content_type, "iso");
	vdi->r.uuid = uuid_new();
	str_replace(&vdi->sr, sr->r.uuid);
	str_replace(&vdi->location, "x.iso");
	str_replace(&vdi->file, "/isos/x.iso");
	save(&sr_class, sr);
	save(&vdi_class, vdi);
	record_free(&sr_class, sr);
	record_free(&vdi_class, vdi);
}

Test(import_corpus, iso_images)
{
	const struct vm_import_args plain = { 0 };

	OK(session_prepare(S, &E));
	add_iso();
	for (size_t k = 0; k < ARRAY_LEN(images); k++) {
		_cleanup_ova_ struct ova *doc = document();
		_cleanup_str_ struct str s = { 0 };
		_cleanup_free_ char *uuid = NULL;
		size_t length, vbds = count_of(&vbd_class);

		set(doc, "Ref:1", "type", images[k].type);
		set(doc, "Ref:3", "content_type", "iso");
		set(doc, "Ref:10", "location", images[k].location);
		_cleanup_free_ char *text = ova_write(doc, &length);
		put_file(&s, "ova.xml", text, length);
		put_end(&s);
		strv_clear(&notices);
		cr_assert_eq(import_bytes(&s, &plain, &uuid), 0, "%s", images[k].what);
		cr_assert_eq(count_of(&vbd_class), vbds + images[k].device, "%s", images[k].what);
		cr_assert_eq(
			is_said("is not on this host"), !images[k].medium, "%s", images[k].what);
		_cleanup_records_ struct records all = all_of(&vbd_class);
		for (size_t v = 0; v < all.n; v++) {
			const struct vbd *vbd = all.items[v];

			if (!str_eq(vbd->vm, uuid))
				continue;
			cr_assert_eq(vbd->vdi != NULL, images[k].medium, "%s", images[k].what);
			cr_assert_eq(vbd->mode, VBD_RO, "%s", images[k].what);
		}
		cr_assert_eq(count_of(&node_class), 0);
	}
}

/* The document of a suspended VM of XenServer's, with its memory as Ref:2 and no disk. */
static struct ova *suspended(void)
{
	struct ova *doc = with_disk("2097152");

	set(doc, "Ref:2", "type", "suspend");
	set(doc, "Ref:1", "type", "CD");
	set(doc, "Ref:1", "VDI", OVA_NULL);
	set(doc, "Ref:0", "power_state", "Suspended");
	set(doc, "Ref:0", "suspend_VDI", "Ref:2");
	return doc;
}

/* The memory is read and checked, and left out. */
Test(import_corpus, memory_of_another_program)
{
	_cleanup_ova_ struct ova *doc = suspended();
	const struct vm_import_args plain = { 0 };
	_cleanup_free_ char *uuid = NULL;
	_cleanup_str_ struct str s = { 0 };
	size_t length;

	OK(import_good(doc, &plain, &uuid));
	_cleanup_(vm_free_cleanup) struct vm *v = find(&vm_class, uuid);
	cr_assert_eq(v->power_state, POWER_HALTED);
	cr_assert_null(v->suspend_vdi);
	cr_assert(is_said("saved memory of the VM cannot be used here"));
	size_t before = all_there_is();

	_cleanup_free_ char *text = ova_write(doc, &length);
	put_file(&s, "ova.xml", text, length);
	put_block(&s, 0, 1, 1 << 20, ".xxhash");
	put_block(&s, 1, 2, 1 << 20, ".xxhash");
	put_end(&s);
	s.data[s.len - 5000] ^= 1;
	char *none = NULL;
	FAILS(IMPORT_ERROR, import_bytes(&s, &plain, &none));
	cr_assert_eq(all_there_is(), before);
}

/* What cannot come along is said. */
Test(import_corpus, notices)
{
	_cleanup_ova_ struct ova *doc = with_disk("2097152");
	const struct vm_import_args plain = { 0 };
	_cleanup_free_ char *uuid = NULL;
	struct ova *vm = record(doc, "Ref:0");
	static const char *const absent[] = { "VGPU", "VTPM" };
	static const char *const said[] = { "virtual GPU", "virtual TPM", "UEFI variables are",
		"paravirtual", "was sharable" };

	for (size_t i = 0; i < ARRAY_LEN(absent); i++) {
		struct ova *o = ova_add(item(doc, "objects"), NULL, OVA_STRUCT);

		ova_add_text(o, "class", absent[i]);
		ova_add_text(o, "id", absent[i]);
		ova_add(o, "snapshot", OVA_STRUCT);
	}
	ova_add_text(ova_add(vm, "NVRAM", OVA_STRUCT), "EFI-variables", "AAAA");
	ova_add_text(vm, "domain_type", "pv");
	set(doc, "Ref:2", "sharable", "1");
	OK(import_good(doc, &plain, &uuid));
	for (size_t i = 0; i < ARRAY_LEN(said); i++)
		cr_assert(is_said(said[i]), "%s", said[i]);
}

/* ---- snapshots -------------------------------------------------------------------------------- */

/* A snapshot of the VM, with a device for @vdi. */
static void add_snapshot(struct ova *doc, const char *id, const char *type, const char *vdi)
{
	struct vm *vm = record_new(&vm_class);
	struct vbd *vbd = record_new(&vbd_class);
	_cleanup_free_ char *vbd_id = xasprintf("%s-vbd", id);

	vm->r.uuid = uuid_new();
	str_replace(&vm->name_label, id);
	vm->memory_static_max = vm->memory_dynamic_max = vm->memory_dynamic_min = 1 << 20;
	vm->vcpus_max = vm->vcpus_at_startup = 1;
	struct ova *r = add(doc, "VM", id, ova_vm_rows, &vm_class, vm);

	str_replace(&item(r, "is_a_snapshot")->text, "1");
	str_replace(&item(r, "snapshot_of")->text, "Ref:0");
	str_replace(&item(r, "snapshot_time")->text, "20240131T09:30:00Z");
	ova_add_text(r, "power_state", "Halted");
	vbd->r.uuid = uuid_new();
	str_replace(&vbd->userdevice, "0");
	r = add(doc, "VBD", vbd_id, ova_vbd_rows, &vbd_class, vbd);
	str_replace(&item(r, "type")->text, type);
	ova_add_text(r, "VM", id);
	ova_add_text(r, "VDI", vdi);
}

static void add_one_more_vdi(struct ova *doc, const char *id)
{
	struct vdi *vdi = record_new(&vdi_class);

	vdi->r.uuid = uuid_new();
	vdi->virtual_size = DISK_BYTES;
	struct ova *r = add(doc, "VDI", id, ova_vdi_rows, &vdi_class, vdi);

	ova_add_text(r, "SR", "Ref:3");
	ova_add_text(r, "location", "");
}

/* The VM with its disk Ref:2, the snapshot Ref:5s with Ref:3s. */
static struct ova *with_snapshot(void)
{
	struct ova *doc = with_disk("2097152");

	add_one_more_vdi(doc, "Ref:3s");
	add_snapshot(doc, "Ref:5s", "Disk", "Ref:3s");
	return doc;
}

/* The disks Ref:2, and Ref:3s if @both. */
static int import_disks(
	const struct ova *doc, bool both, const struct vm_import_args *args, char **uuid)
{
	_cleanup_str_ struct str s = { 0 };
	size_t length;
	_cleanup_free_ char *text = ova_write(doc, &length);

	put_file(&s, "ova.xml", text, length);
	for (int i = 0; i < 1 + both; i++)
		for (int n = 0; n < 2; n++)
			put_block_of(
				&s, i ? "Ref:3s" : "Ref:2", n, 1 + 2 * i + n, 1 << 20, ".xxhash");
	put_end(&s);
	strv_clear(&notices);
	return import_bytes(&s, args, uuid);
}

static struct vm *snapshot_of(const char *vm)
{
	_cleanup_records_ struct records all = all_of(&vm_class);

	for (size_t i = 0; i < all.n; i++)
		if (str_eq(((const struct vm *)all.items[i])->snapshot_of, vm))
			return record_copy(&vm_class, all.items[i]);
	return NULL;
}

static struct vbd *device_of(const char *vm)
{
	_cleanup_records_ struct records all = all_of(&vbd_class);

	for (size_t i = 0; i < all.n; i++)
		if (str_eq(((const struct vbd *)all.items[i])->vm, vm))
			return record_copy(&vbd_class, all.items[i]);
	return NULL;
}

static const struct vm_import_args all_of_it = { .snapshots = true };

Test(import_corpus, a_snapshot_is_taken_along)
{
	_cleanup_ova_ struct ova *doc = with_snapshot();
	_cleanup_free_ char *uuid = NULL;
	struct ova *info = item(record(doc, "Ref:5s"), "snapshot_info");

	ova_add_text(info, "power-state-at-snapshot", "Running");
	ova_add_text(info, "libvirt", "internal"); /* would say that libvirt keeps it */
	OK(import_disks(doc, true, &all_of_it, &uuid));
	_cleanup_(vm_free_cleanup) struct vm *s = snapshot_of(uuid), *v = find(&vm_class, uuid);
	cr_assert(s && s->is_a_snapshot && s->is_a_template);
	cr_assert_str_eq(s->name_label, "Ref:5s");
	cr_assert_eq(s->snapshot_time, 1706693400);
	cr_assert_str_eq(map_get(&s->snapshot_info, "power-state-at-snapshot"), "Running");
	cr_assert_null(map_get(&s->snapshot_info, "libvirt"));
	cr_assert_str_eq(
		map_get(&s->other_config, "mac_seed"), map_get(&v->other_config, "mac_seed"));
	cr_assert(*s->metadata && *s->domain_xml && !*s->libvirt_name);
	_cleanup_(vbd_free_cleanup) struct vbd *now = device_of(uuid), *then = device_of(s->r.uuid);
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = find(&vdi_class, then->vdi);
	cr_assert(vdi->is_a_snapshot && vdi->read_only);
	cr_assert_str_eq(vdi->snapshot_of, now->vdi);
	cr_assert_str_eq(then->target, now->target);
	cr_assert_not_null(map_get(&then->other_config, "owner"));
	_cleanup_(node_free_cleanup) struct node *n = find(&node_class, vdi->node);
	cr_assert_eq(n->state, NODE_FROZEN);
	cr_assert_null(n->parent);
	cr_assert(*n->fingerprint);
}

/* Both are there, so that nothing is read that is not used. */
Test(import_corpus, snapshots_that_are_not_taken)
{
	static const struct vm_import_args plain = { 0 };
	static const struct {
		const char *of;
		const char *said;
		enum vxe_code code;
	} rows[] = {
		{ OVA_NULL, "is of no VM in the archive", VXE_OK },
		{ "", "is of no VM in the archive", VXE_OK },
		{ "OpaqueRef:1234", "is of no VM in the archive", VXE_OK },
		{ "Ref:99", NULL, IMPORT_ERROR_FAILED_TO_FIND_OBJECT },
		{ "Ref:2", NULL, IMPORT_ERROR_FAILED_TO_FIND_OBJECT },
		{ "Ref:5s", NULL, IMPORT_ERROR_FAILED_TO_FIND_OBJECT },
	};

	OK(session_prepare(S, &E));
	for (size_t i = 0; i <= ARRAY_LEN(rows); i++) {
		_cleanup_ova_ struct ova *doc = with_snapshot();
		_cleanup_free_ char *uuid = NULL;
		bool asked = i < ARRAY_LEN(rows);

		if (asked)
			set(doc, "Ref:5s", "snapshot_of", rows[i].of);
		size_t before = all_there_is();
		int r = import_disks(doc, true, asked ? &all_of_it : &plain, &uuid);
		cr_assert_eq(E.code, asked ? rows[i].code : VXE_OK, "%zu", i);
		error_clear(&E);
		if (r < 0) {
			cr_assert_eq(all_there_is(), before);
			continue;
		}
		cr_assert(is_said(asked ? rows[i].said : "snapshots=true imports them, too"));
		_cleanup_(vm_free_cleanup) struct vm *s = snapshot_of(uuid);
		cr_assert_null(s);
	}
}

/* A device of a snapshot on the VM's own disk stays a reference; two snapshots cannot have one disk. */
Test(import_corpus, odd_disks_of_snapshots)
{
	_cleanup_ova_ struct ova *same = with_disk("2097152"), *twice = with_snapshot(),
				 *floppy = with_disk("2097152");
	_cleanup_free_ char *uuid = NULL, *none = NULL, *third = NULL;

	add_snapshot(same, "Ref:5s", "Disk", "Ref:2");
	OK(import_disks(same, false, &all_of_it, &uuid));
	_cleanup_(vm_free_cleanup) struct vm *s = snapshot_of(uuid);
	_cleanup_(vbd_free_cleanup) struct vbd *now = device_of(uuid), *then = device_of(s->r.uuid);
	cr_assert_str_eq(then->vdi, now->vdi);
	size_t before = all_there_is();

	add_snapshot(twice, "Ref:6s", "Disk", "Ref:3s");
	FAILS(IMPORT_ERROR, import_disks(twice, true, &all_of_it, &none));
	cr_assert_eq(all_there_is(), before);
	set(floppy, "Ref:1", "type", "Floppy");
	add_one_more_vdi(floppy, "Ref:3s");
	add_snapshot(floppy, "Ref:5s", "Floppy", "Ref:3s");
	OK(import_disks(floppy, true, &all_of_it, &third));
	_cleanup_(vm_free_cleanup) struct vm *f = snapshot_of(third);
	_cleanup_(vbd_free_cleanup) struct vbd *one = device_of(third), *two = device_of(f->r.uuid);
	cr_assert_str_eq(one->vdi, two->vdi);
}

/* It has no variables of its own: after a revert the VM goes on with those that it has. */
Test(import_corpus, a_snapshot_of_a_machine_with_uefi)
{
	_cleanup_ova_ struct ova *doc = with_snapshot();
	_cleanup_free_ char *uuid = NULL;
	static const char *const ids[] = { "Ref:0", "Ref:5s" };

	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		struct ova *params = item(record(doc, ids[i]), "HVM_boot_params");

		if (i)
			ova_add_text(params, "firmware", "uefi");
		else
			str_replace(&item(params, "firmware")->text, "uefi");
	}
	OK(import_disks(doc, true, &all_of_it, &uuid));
	_cleanup_(vm_free_cleanup) struct vm *s = snapshot_of(uuid);
	cr_assert(strstr(s->domain_xml, "efi"));
	next_command();
	OK(snapshot_revert(S, s->r.uuid, &E));
	_cleanup_(vbd_free_cleanup) struct vbd *now = device_of(uuid), *then = device_of(s->r.uuid);
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = find(&vdi_class, now->vdi),
					       *kept = find(&vdi_class, then->vdi);
	_cleanup_(node_free_cleanup) struct node *n = find(&node_class, vdi->node);
	cr_assert_str_eq(n->parent, kept->node);
}

/* A chain of a thousand, in ring all of thousands, and the same as a circle. */
Test(import_corpus, many_snapshots, .timeout = 600)
{
	const size_t N = str_eq(getenv("RING"), "all") ? 3000 : 1000;

	for (int circle = 0; circle < 2; circle++) {
		_cleanup_ova_ struct ova *doc = document();
		_cleanup_imported_ struct imported i = { 0 };
		struct ova *list = item(doc, "objects");
		size_t roots = 0;

		for (size_t k = 0; k < N; k++) {
			_cleanup_free_ char *id = xasprintf("Ref:s%zu", k);
			_cleanup_free_ char *on = xasprintf("Ref:s%zu", k ? k - 1 : N - 1);

			add_snapshot(doc, id, "CD", OVA_NULL);
			/* The last object is its device. */
			struct ova *r = item(&list->items[list->n - 2].value, "snapshot");
			if (k || circle)
				str_replace(&item(r, "parent")->text, on);
		}
		OK(imported_read(doc, NULL, IMPORTED_SNAPSHOTS, &i, &E));
		cr_assert_eq(i.n_snapshots, N);
		for (size_t k = 0; k < N; k++)
			roots += i.snapshots[k].parent == NO_SNAPSHOT;
		cr_assert_eq(roots, 1);
	}
}

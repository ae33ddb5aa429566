/* SPDX-License-Identifier: MIT */
/*
 * The objects that an import takes from an archive, and the refusals before anything is done:
 * contradictory documents, damaged records. Also, when UUIDs and addresses are kept.
 */
#include "backends/content/content.h"
#include "objects/archive/ova_members.h"
#include "objects/archive/vm_export.h"
#include "objects/archive/vm_import.h"
#include "objects/archive/vm_imported.h"
#include "objects/archive/base64.h"
#include "objects/base/uuid.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/storage/sr.h"
#include "objects/domain/adopt.h"
#include "objects/domain/vif_mac.h"
#include "objects/queries/param_effect.h"
#include "objects/vm/vm_destroy.h"
#include "tests/unit/host_fixture.h"
#include "tests/unit/ova_fixture.h"
#include "tests/image_at.h"

#include <fcntl.h>

TestSuite(import, .init = host_start_mem, .fini = host_stop);

/* ---- documents -------------------------------------------------------------------------------- */

Test(import, a_document)
{
	_cleanup_ova_ struct ova *doc = document();
	_cleanup_imported_ struct imported i = { 0 };

	OK(imported_read(doc, NULL, 0, &i, &E));
	cr_assert_eq(i.n_disks, 1);
	cr_assert_eq(i.n_vifs, 1);
	cr_assert_eq(i.n_streams, 1);
	cr_assert_str_eq(i.streams[0].id, "Ref:10");
	cr_assert(!i.ours);
	cr_assert_str_eq(i.vifs[0].vif->mac, "52:54:00:aa:00:01");
	cr_assert_str_eq(i.vifs[0].network->name_label, "lan");
}

/* What can be set and is not a member of an archive's records, or is a constant there. */
static const struct {
	const struct class *cls;
	const char *fields; /* each with blanks around it */
} apart[] = {
	/* of this pool alone; affinity and suspend-SR-uuid are among what only vxe reads */
	{ &vm_class,
		" is-default-template suspend-VDI-uuid suspend-SR-uuid affinity appliance groups"
		" snapshot-schedule is-vmss-snapshot " },
	/* written by other rules */
	{ &vm_class, " domain-type NVRAM ha-always-run " },
	{ &vdi_class, " xenstore-data " }, /* is the storage's */
};

static bool is_apart(const struct class *c, const struct field *f)
{
	_cleanup_free_ char *word = xasprintf(" %s ", f->name);

	for (size_t k = 0; k < ARRAY_LEN(apart); k++)
		if (apart[k].cls == c && strstr(apart[k].fields, word))
			return true;
	return false;
}

static bool is_carried(const struct ova_row *rows, const struct field *f)
{
	_cleanup_free_ char *key = field_key(f->name);

	for (; rows->name; rows++)
		if (str_eq(rows->name, key))
			return rows->kind == ROW_FIELD && rows->flags & ROW_READ;
	return false;
}

/* An archive has each setting of a VM and its devices, and an import takes it. */
Test(import, all_settings)
{
	static const struct {
		const struct class *cls;
		const struct ova_row *rows;
	} tables[] = { { &vm_class, ova_vm_rows }, { &vbd_class, ova_vbd_rows },
		{ &vif_class, ova_vif_rows }, { &vdi_class, ova_vdi_rows } };

	for (size_t k = 0; k < ARRAY_LEN(tables); k++)
		for (const struct field *f = tables[k].cls->fields; f->name; f++)
			cr_expect(!field_is_settable(f) || is_apart(tables[k].cls, f) ||
					is_carried(tables[k].rows, f),
				"%s: an archive has no %s", tables[k].cls->name, f->name);
}

/* One change each, and its result. */
static const struct {
	const char *id, *member, *text;
	enum vxe_code code;
} changes[] = {
	{ "Ref:0", "memory_static_max", "0", IMPORT_ERROR },
	{ "Ref:0", "memory_dynamic_min", "99999999", IMPORT_ERROR },
	{ "Ref:0", "memory_static_max", "2251799813685248", IMPORT_ERROR },
	{ "Ref:0", "memory_static_max", "1e9", IMPORT_ERROR },
	{ "Ref:0", "memory_static_max", "0x100000", IMPORT_ERROR },
	{ "Ref:0", "memory_static_max", "+1048576", IMPORT_ERROR },
	{ "Ref:0", "memory_static_max", "99999999999999999999", IMPORT_ERROR },
	{ "Ref:0", "VCPUs_max", "0", IMPORT_ERROR },
	{ "Ref:0", "VCPUs_max", "5000", IMPORT_ERROR },
	{ "Ref:0", "is_control_domain", "1", IMPORT_ERROR },
	{ "Ref:0", "actions_after_crash", "explode", IMPORT_ERROR },
	{ "Ref:0", "power_state", "Suspended", IMPORT_ERROR_FAILED_TO_FIND_OBJECT },
	{ "Ref:1", "VM", "Ref:3", IMPORT_ERROR_FAILED_TO_FIND_OBJECT },
	{ "Ref:1", "VM", "Ref:99", IMPORT_ERROR_FAILED_TO_FIND_OBJECT },
	{ "Ref:1", "VDI", OVA_NULL, IMPORT_ERROR_FAILED_TO_FIND_OBJECT },
	{ "Ref:1", "VDI", "OpaqueRef:1234", IMPORT_ERROR_FAILED_TO_FIND_OBJECT },
	{ "Ref:1", "userdevice", "-1", IMPORT_ERROR },
	{ "Ref:1", "userdevice", "256", IMPORT_ERROR },
	{ "Ref:1", "userdevice", "../0", IMPORT_ERROR },
	{ "Ref:1", "type", "tape", IMPORT_ERROR },
	{ "Ref:10", "SR", "", IMPORT_ERROR_FAILED_TO_FIND_OBJECT },
	{ "Ref:10", "virtual_size", "0", IMPORT_ERROR },
	{ "Ref:10", "virtual_size", "-512", IMPORT_ERROR },
	{ "Ref:10", "virtual_size", "4611686018427387904", IMPORT_ERROR },
	{ "Ref:4", "MAC", "52:54:00:aa:00", IMPORT_ERROR },
	{ "Ref:4", "MAC", "52:54:00:aa:00:0x", IMPORT_ERROR },
	{ "Ref:4", "device", "eth0", IMPORT_ERROR },
	{ "Ref:4", "network", "Ref:3", IMPORT_ERROR_FAILED_TO_FIND_OBJECT },
	/* and these values are valid */
	{ "Ref:0", "actions_after_reboot", "RESTART", VXE_OK },
	{ "Ref:0", "power_state", "running", VXE_OK },
	{ "Ref:1", "type", "disk", VXE_OK },
	{ "Ref:1", "userdevice", "autodetect", VXE_OK },
	{ "Ref:4", "MAC", "", VXE_OK },
};

Test(import, one_change)
{
	for (size_t k = 0; k < ARRAY_LEN(changes); k++) {
		_cleanup_ova_ struct ova *doc = document();
		_cleanup_imported_ struct imported i = { 0 };
		const char *what = changes[k].member;

		set(doc, changes[k].id, what, changes[k].text);
		int r = imported_read(doc, NULL, 0, &i, &E);
		cr_assert_eq(r, changes[k].code == VXE_OK ? 0 : -1, "%s %s", what, changes[k].text);
		cr_assert_eq(E.code, changes[k].code, "%s %s: %s", what, changes[k].text,
			code_info(E.code)->name);
		error_clear(&E);
	}
}

/* It is not done here, so it is not shown either. */
Test(import, a_disk_that_was_reset_keeps_its_content)
{
	_cleanup_ova_ struct ova *doc = document();
	_cleanup_imported_ struct imported i = { 0 };

	set(doc, "Ref:10", "on_boot", "reset");
	set(doc, "Ref:10", "name_label", "kiosk");
	OK(imported_read(doc, NULL, 0, &i, &E));
	cr_assert_eq(i.disks[0].vdi->on_boot, ON_BOOT_PERSIST);
	cr_assert_eq(i.notices.n, 1);
	cr_assert(strstr(i.notices.items[0], "The disk kiosk was reset at each start"));
}

Test(import, what_libvirt_cannot_do_after_a_crash)
{
	_cleanup_ova_ struct ova *doc = document();
	_cleanup_imported_ struct imported i = { 0 };

	set(doc, "Ref:0", "actions_after_crash", "rename_restart");
	OK(imported_read(doc, NULL, 0, &i, &E));
	cr_assert_eq(i.vm->actions_after_crash, CRASH_RESTART);
	cr_assert_eq(i.notices.n, 1);
	cr_assert(strstr(i.notices.items[0], "rename_restart"));
}

Test(import, versions)
{
	static const char *const bad[] = { "0", "3", "-1" };
	struct imported i = { 0 };

	for (size_t k = 0; k < ARRAY_LEN(bad); k++) {
		_cleanup_ova_ struct ova *doc = document();

		str_replace(&item(item(doc, "version"), "export_vsn")->text, bad[k]);
		FAILS(IMPORT_INCOMPATIBLE_VERSION, imported_read(doc, NULL, 0, &i, &E));
	}
	_cleanup_ova_ struct ova *doc = document();
	_cleanup_imported_ struct imported first = { 0 };

	str_replace(&item(item(doc, "version"), "export_vsn")->text, "1");
	OK(imported_read(doc, NULL, 0, &first, &E));
	cr_assert(first.has_table);
	str_replace(&item(doc, "version")->items[0].name, "gone");
	FAILS(IMPORT_ERROR, imported_read(doc, NULL, 0, &i, &E));
}

/* Every required member is reported when it is absent. */
Test(import, what_has_to_be_there)
{
	for (const struct ova_row *row = ova_vm_rows; row->name; row++) {
		_cleanup_ova_ struct ova *doc = document();
		_cleanup_imported_ struct imported i = { 0 };
		struct ova *vm = record(doc, "Ref:0");

		for (size_t k = 0; k < vm->n; k++)
			if (str_eq(vm->items[k].name, row->name))
				str_replace(&vm->items[k].name, "gone");
		int r = imported_read(doc, NULL, 0, &i, &E);
		cr_assert_eq(r, row->flags & ROW_NEED ? -1 : 0, "%s", row->name);
		error_clear(&E);
	}
}

/*
 * Ten thousand objects that name each other: references are looked up, not searched for one by one.
 */
Test(import, many_objects, .timeout = 600)
{
	_cleanup_ova_ struct ova *doc = document();
	_cleanup_imported_ struct imported i = { 0 };

	for (int k = 100; k < 10000; k++) {
		struct vdi *vdi = record_new(&vdi_class);
		_cleanup_free_ char *id = xasprintf("Ref:%d", k);

		vdi->r.uuid = uuid_new();
		vdi->type = VDI_SUSPEND;
		vdi->virtual_size = 1 << 20;
		ova_add_text(add(doc, "VDI", id, ova_vdi_rows, &vdi_class, vdi), "SR", "Ref:3");
	}
	OK(imported_read(doc, NULL, 0, &i, &E));
	cr_assert_eq(i.n_streams, 9901);
	OK(imported_check_uuids(&i, &E));
}

/* The document with the last object's id replaced. */
static struct ova *document_with_id(const char *id)
{
	struct ova *doc = document(), *objects = item(doc, "objects");

	str_replace(&item(&objects->items[objects->n - 1].value, "id")->text, id);
	return doc;
}

Test(import, ids)
{
	static const char hundred[] = "Ref:VDI-1-root-------------------------------------"
				      "-------------------------------------------------";
	static const char *const bad[] = { "Ref:1", "", "a/b", "a..b", "..", "a\nb", "a\x7f",
		OVA_NULL };
	static const char *const good[] = { "Ref:", "Ref:x", "Ref:12345678901", "1", "a b",
		"\xc3\xa9", hundred };
	_cleanup_free_ char *longer = xasprintf("%sx", hundred);

	for (size_t k = 0; k <= ARRAY_LEN(bad); k++) {
		_cleanup_ova_ struct ova *doc =
			document_with_id(k < ARRAY_LEN(bad) ? bad[k] : longer);
		struct imported i = { 0 };

		FAILS(IMPORT_ERROR, imported_read(doc, NULL, 0, &i, &E));
	}
	for (size_t k = 0; k < ARRAY_LEN(good); k++) {
		_cleanup_ova_ struct ova *doc = document_with_id(good[k]);
		_cleanup_imported_ struct imported i = { 0 };
		struct ova *vif = record(doc, "Ref:4");

		str_replace(&item(vif, "network")->text, good[k]);
		OK(imported_read(doc, NULL, 0, &i, &E));
	}
}

Test(import, bytes_as_text)
{
	static const struct {
		const char *bytes, *text;
	} good[] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" }, { "\xff\xfe\xfd", "//79" } };
	static const char *const bad[] = { "Z",
		"Zg=", "Zg===", "Z===", "Zg==Zg==", "Z g=", "Zm9\n" };
	size_t n;
	char *bytes;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		_cleanup_free_ char *text = base64_encode(good[i].bytes, strlen(good[i].bytes));

		cr_expect_str_eq(text, good[i].text);
		cr_assert(base64_decode(text, &bytes, &n));
		cr_expect_eq(n, strlen(good[i].bytes));
		cr_expect_str_eq(bytes, good[i].bytes);
		free(bytes);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		cr_expect_not(base64_decode(bad[i], &bytes, &n), "%s", bad[i]);
}

/* Members of vxe's own are read only from vxe's archives, and refused if damaged there. */
Test(import, what_is_ours)
{
	_cleanup_ova_ struct ova *doc = document();
	_cleanup_map_ struct map nvram = { 0 };
	struct ova *vm = record(doc, "Ref:0");

	map_set(&nvram, OVA_FORMAT, OVA_FORMAT_VARIABLES);
	map_set(&nvram, OVA_VARIABLES, "bad");
	ova_add_map(vm, "NVRAM", &nvram);
	struct ova *own = ova_add(vm, OVA_OWN, OVA_STRUCT);

	ova_add_text(own, OVA_OWN_HARDWARE, "<domain/>");
	ova_add_text(own, OVA_OWN_TPM_FORMAT, "tpm2");
	ova_add_text(own, OVA_OWN_TPM, "Zg==");
	struct imported i = { 0 };
	OK(imported_read(doc, NULL, 0, &i, &E));
	cr_expect_null(i.hardware);
	cr_expect_null(i.state.items[CAPTURE_TPM].format);
	imported_clear(&i);
	str_replace(&item(item(doc, "version"), "product_brand")->text, "vxe");
	FAILS(IMPORT_ERROR, imported_read(doc, NULL, 0, &i, &E));
	str_replace(&item(item(record(doc, "Ref:0"), "NVRAM"), OVA_VARIABLES)->text, "Zm9v");
	OK(imported_read(doc, NULL, 0, &i, &E));
	cr_expect_str_eq(i.hardware, "<domain/>");
	cr_expect_str_eq(i.state.items[CAPTURE_NVRAM].bytes, "foo");
	cr_expect_str_eq(i.state.items[CAPTURE_TPM].bytes, "f");
	imported_clear(&i);
}

/* ---- one UUID, one object --------------------------------------------------------------------- */

#define TAKEN "cccccccc-0000-4000-8000-000000000003"

/* A drive without a medium, so that no disk has to be streamed. */
static struct ova *add_drive(struct ova *doc, const char *id, const char *position)
{
	struct vbd *vbd = record_new(&vbd_class);

	vbd->r.uuid = uuid_new();
	vbd->type = VBD_CD;
	vbd->empty = true;
	str_replace(&vbd->userdevice, position);
	struct ova *r = add(doc, "VBD", id, ova_vbd_rows, &vbd_class, vbd);

	ova_add_text(r, "VM", "Ref:0");
	ova_add_text(r, "VDI", OVA_NULL);
	return r;
}

/* VM Ref:0, drives Ref:11 and Ref:12, card Ref:4, each of a UUID of its own. */
static struct ova *drives(void)
{
	struct ova *doc = ova_new(OVA_STRUCT);

	add_version(doc);
	ova_add(doc, "objects", OVA_LIST);
	add_vm(doc);
	add_drive(doc, "Ref:11", "1");
	add_drive(doc, "Ref:12", "2");
	add_card(doc);
	return doc;
}

static int import_doc(const struct ova *doc, const struct vm_import_args *args, char **uuid)
{
	_cleanup_free_ char *path = at("doc.xva");
	_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	OK(xva_write(fd, XVA_PLAIN, doc, NULL, 0, NULL, &E));
	cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
	next_command();
	return import_fd(args, fd, uuid);
}

Test(import, two_objects_of_one_uuid)
{
	static const struct {
		const char *one, *other;
		const char *uuid;
	} same[] = {
		{ "Ref:11", "Ref:12", TAKEN },
		{ "Ref:0", "Ref:11", TAKEN },
		{ "Ref:0", "Ref:4", TAKEN },
		{ "Ref:11", "Ref:4", TAKEN },
		{ "Ref:11", "Ref:12", "CCCCCCCC-0000-4000-8000-000000000003" },
	};
	const struct vm_import_args preserve = { .preserve = true };

	for (size_t k = 0; k < ARRAY_LEN(same); k++) {
		_cleanup_ova_ struct ova *doc = drives();
		_cleanup_free_ char *uuid = NULL;

		set(doc, same[k].one, "uuid", TAKEN);
		set(doc, same[k].other, "uuid", same[k].uuid);
		FAILS(IMPORT_ERROR, import_doc(doc, &preserve, &uuid));
		_cleanup_records_ struct records vbds = all_of(&vbd_class);
		cr_assert_eq(vbds.n, 0);
	}
}

/* Whichever class uses it. In the attempt without preserve=true each object gets a new UUID. */
Test(import, a_uuid_that_is_taken)
{
	static const char *const ids[] = { "Ref:0", "Ref:11", "Ref:4" };
	const struct vm_import_args preserve = { .preserve = true }, plain = { 0 };
	const struct vm_import_args dry = { .preserve = true, .metadata = true, .dry_run = true };
	struct network *net = record_new(&network_class);

	OK(session_prepare(S, &E));
	net->r.uuid = xstrdup(TAKEN);
	save(&network_class, net);
	record_free(&network_class, net);
	for (size_t k = 0; k < ARRAY_LEN(ids); k++) {
		_cleanup_ova_ struct ova *doc = drives();
		_cleanup_free_ char *uuid = NULL;

		set(doc, ids[k], "uuid", TAKEN);
		FAILS(DB_UNIQUENESS_CONSTRAINT_VIOLATION, import_doc(doc, &preserve, &uuid));
		FAILS(DB_UNIQUENESS_CONSTRAINT_VIOLATION, import_doc(doc, &dry, &uuid));
		_cleanup_records_ struct records vbds = all_of(&vbd_class);
		cr_assert_eq(vbds.n, k * 2);
		OK(import_doc(doc, &plain, &uuid));
	}
	_cleanup_records_ struct records intents = all_of(&intent_class);
	cr_assert_eq(intents.n, 0);
}

/* If the import replaces the VM that had them, the devices keep their UUIDs, in one spelling. */
Test(import, the_same_uuids_again)
{
	const struct vm_import_args again = { .preserve = true, .force = true };
	_cleanup_ova_ struct ova *doc = drives();
	_cleanup_free_ char *one = NULL, *two = NULL, *upper = NULL;

	set(doc, "Ref:0", "uuid", TAKEN);
	OK(import_doc(doc, &again, &one));
	set(doc, "Ref:0", "uuid", "CCCCCCCC-0000-4000-8000-000000000003");
	OK(import_doc(doc, &again, &two));
	cr_assert_str_eq(one, TAKEN);
	cr_assert_str_eq(two, TAKEN);
	_cleanup_records_ struct records vbds = all_of(&vbd_class), vifs = all_of(&vif_class);
	cr_assert_eq(vbds.n, 2);
	cr_assert_eq(vifs.n, 1);
	set(doc, "Ref:0", "uuid", VM_B); /* another VM with the devices of this one */
	FAILS(DB_UNIQUENESS_CONSTRAINT_VIOLATION, import_doc(doc, &again, &upper));
}

/* ---- archives --------------------------------------------------------------------------------- */

static int export_a(const char *name)
{
	const struct vm_export_args args = { 0 };
	_cleanup_free_ char *path = at(name);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	return vm_export(S, VM_A, &args, fd, &E);
}

static int import_a(const char *name, const struct vm_import_args *args, char **uuid)
{
	_cleanup_free_ char *path = at(name);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	return import_fd(args, fd, uuid);
}

static void guest(void)
{
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", "a.qcow2");
	_cleanup_free_ char *devices = xasprintf("%s<interface type='user'>"
						 "<mac address='52:54:00:aa:bb:01'/></interface>",
		disk);
	_cleanup_free_ char *xml = domain_xml(VM_A, "a", devices);

	make_image("a.qcow2", NULL, NULL);
	hv_mock_add(mock, xml, HV_SHUTOFF);
	OK(adopt_domains(S, &E));
}

static struct vif *card_of(const char *vm)
{
	_cleanup_records_ struct records all = all_of(&vif_class);

	for (size_t i = 0; i < all.n; i++)
		if (str_eq(((const struct vif *)all.items[i])->vm, vm))
			return record_copy(&vif_class, all.items[i]);
	cr_assert(false, "%s has no card", vm);
	return NULL;
}

Test(import, addresses)
{
	const struct vm_import_args plain = { 0 }, preserve = { .preserve = true };
	_cleanup_free_ char *one = NULL, *same = NULL;

	guest();
	OK(export_a("a.xva"));
	OK(import_a("a.xva", &plain, &one));
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, one);
	_cleanup_(vif_free_cleanup) struct vif *card = card_of(one);
	_cleanup_free_ char *rule =
		mac_from_seed(map_get(&vm->other_config, MAC_SEED), card->device);
	cr_assert_str_eq(card->mac, rule);
	cr_assert(!str_eq(one, VM_A));
	FAILS(VM_TO_IMPORT_IS_NOT_NEWER_VERSION, import_a("a.xva", &preserve, &same));
	OK(vm_destroy(S, VM_A, &E));
	next_command();
	OK(import_a("a.xva", &preserve, &same));
	cr_assert_str_eq(same, VM_A);
	_cleanup_(vif_free_cleanup) struct vif *kept = card_of(VM_A);
	cr_assert_str_eq(kept->mac, "52:54:00:aa:bb:01");
}

Test(import, seeds)
{
	const struct vm_import_args preserve = { .preserve = true };
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	char *uuid;

	guest();
	vm = find(&vm_class, VM_A);
	map_set(&vm->other_config, MAC_SEED, "seed");
	save(&vm_class, vm);
	OK(export_a("a.xva"));
	OK(vm_destroy(S, VM_A, &E));
	str_replace(&vm->r.uuid, VM_B); /* meanwhile another VM has it */
	vm->is_a_template = true;
	save(&vm_class, vm);
	next_command();
	FAILS(DUPLICATE_MAC_SEED, import_a("a.xva", &preserve, &uuid));
}

/* TPM state that a destroyed VM left under its UUID must not be overwritten. */
Test(import, state_that_is_left)
{
	const struct vm_import_args preserve = { .preserve = true };
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", "a.qcow2"), *uuid = NULL;
	_cleanup_free_ char *xml = uefi_xml(VM_A, "a", disk), *tpm = xasprintf(TPM_FILE, VM_A);
	_cleanup_free_ char *path = at(tpm);

	make_image("a.qcow2", NULL, NULL);
	hv_mock_add(mock, xml, HV_SHUTOFF);
	OK(adopt_domains(S, &E));
	write_text(tpm, "as exported");
	OK(export_a("a.xva"));
	OK(vm_destroy(S, VM_A, &E));
	next_command();
	write_text(tpm, "later");
	FAILS(VXE_IMAGE_FAILED, import_a("a.xva", &preserve, &uuid));
	expect_file(path, "later");
	OK(content_remove(image_at(path), &E));
	next_command();
	OK(import_a("a.xva", &preserve, &uuid));
	expect_file(path, "as exported");
}

Test(import, storage)
{
	const struct vm_import_args nowhere = { .sr = VM_B };
	char *uuid;

	guest();
	OK(export_a("a.xva"));
	FAILS(UUID_INVALID, import_a("a.xva", &nowhere, &uuid));
	_cleanup_(sr_free_cleanup) struct sr *sr = record_new(&sr_class);
	sr->r.uuid = xstrdup(VM_B);
	str_replace(&sr->type, "iso");
	str_replace(&sr->content_type, "iso");
	save(&sr_class, sr);
	FAILS(SR_OPERATION_NOT_SUPPORTED, import_a("a.xva", &nowhere, &uuid));
}

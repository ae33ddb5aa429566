/* SPDX-License-Identifier: MIT */
/* Lists, filters and their errors: the worked examples of xe, by their numbers. */
#include "objects/queries/list.h"

#include "objects/model/record.h"
#include "objects/queries/param.h"
#include "objects/queries/rows_json.h"
#include "tests/unit/world.h"

#include <json-c/json.h>

TestSuite(filter, .init = world_make, .fini = world_free);

/* Splits "a=b|c" into filters; @words owns the texts. */
static size_t parse_filters(const char *text, struct strv *words, struct filter *ret)
{
	strv_split(words, text, '|');
	for (size_t i = 0; i < words->n; i++) {
		char *value = strchr(words->items[i], '=');

		ret[i] = (struct filter){ words->items[i], "" };
		if (!value)
			continue;
		*value = '\0';
		ret[i].value = value + 1;
	}
	return words->n;
}

/* Rows joined by '|', their values by '/'; "!" and the text when the list fails. Owned. */
static char *list_text(const char *prefix, const char *params, const char *filters, unsigned flags)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_strv_ struct strv words = { 0 }, names = { 0 };
	_cleanup_rows_ struct rows rows = { 0 };
	const struct view *v = view_by_prefix(prefix);
	const struct field *fields[16] = { 0 };
	struct filter parsed[8];
	struct str text = { 0 };

	cr_assert(v);
	strv_split(&names, params, ',');
	for (size_t i = 0, k = 0; i < names.n; i++) {
		fields[k] = class_field(v->cls, names.items[i]);
		k += fields[k] != NULL;
	}

	size_t n = parse_filters(filters, &words, parsed);

	if (list_rows(world, v, parsed, n, fields, flags, &rows, &err) < 0)
		return xasprintf("!%s", err.params[0]);
	for (size_t i = 0; i < rows.n; i++) {
		str_add(&text, i ? "|" : "");
		for (size_t k = 0; k < rows.n_fields; k++) {
			_cleanup_free_ char *value =
				value_print(world, rows.fields[k], &rows.items[i].values[k]);

			str_addf(&text, "%s%s", k ? "/" : "", value);
		}
	}
	return str_steal(&text);
}

static const struct {
	const char *id, *view, *params, *filters;
	unsigned flags;
	const char *rows;
} cases[] = {
	{ "E001", "vm", "uuid,name-label,power-state", "", 0,
		U(01) "/Control domain on host: h1/running|" U(02) "/web/halted|" U(
			03) "/db/running" },
	{ "E002", "vm", "uuid,power-state", "name-label=web", 0, U(02) "/halted" },
	{ "E004", "vm", "name-label", "is-control-domain=false", 0, "web|db" },
	{ "E006", "vm", "name-label,uuid", "name-label=web", 0, U(02) "/web" },
	{ "E008", "vm", "name-description", "name-label=web", 0, "front, end" },
	{ "E009", "vm", "uuid", "name-label=none", 0, "" },
	{ "E011", "vm", "bogus", "name-label=web", 0, "" },
	{ "E015", "vm", "uuid", "bogus=1", 0, "!Unknown field 'bogus'" },
	{ "E016", "vm", "uuid", "name-label=none|bogus=1", 0, "" },
	{ "E017", "vm", "uuid", "bogus=1|name-label=none", 0, "!Unknown field 'bogus'" },
	{ "E018", "vm", "uuid", "vm=web", 0, "!Unknown field 'vm'" },
	{ "E019", "vm", "possible-hosts,name-label", "name-label=web", 0, "web/<expensive field>" },
	{ "costly filter", "vm", "name-label", "possible-hosts=" U(70), 0,
		"Control domain on host: h1|web|db" },
	{ "costly asked", "vm", "possible-hosts", "name-label=web", LIST_COSTLY, U(70) },
	{ "E020", "vm", "name-label", "other-config:owner=bob", 0, "web" },
	{ "E021", "vm", "name-label", "other-config-owner=bob", 0, "web" },
	{ "E022", "vm", "uuid", "other-config:owner=alice", 0, "" },
	{ "E023", "vm", "name-label", "tags:contains=prod", 0, "web|db" },
	{ "old set form", "vm", "name-label", "tags-contains=eu", 0, "web" },
	{ "E024", "vm", "uuid", "tags:has=prod", 0,
		"!Invalid syntax for set filtering (should be set-param:contains=key)" },
	{ "E025", "vm", "name-label", "tags=prod, eu", 0, "web" },
	{ "E026", "vm", "uuid", "name-label:x=1", 0, "!Field 'name-label' is not a set or map" },
	{ "no members", "vm", "uuid", "snapshot-info:x=1", 0,
		"!Field 'snapshot-info' is not a set or map" },
	{ "unknown:key", "vm", "uuid", "bogus:x=1", 0, "!Unknown field 'bogus:x'" },
	{ "a map named before", "vm", "name-label", "other-x=y", 0, "" },
	{ "a field, not map memory", "vm", "name-label", "memory-static-max=4294967296", 0,
		"Control domain on host: h1|web|db" },
	{ "internal", "vm", "uuid", "libvirt_name=x", 0, "!Unknown field 'libvirt_name'" },
	{ "internal underscore", "vm", "name-label", "power_state=halted", LIST_UNDERSCORE, "web" },
	{ "E027", "vm", "uuid", "power-state=Running", 0, "" },
	{ "E028", "vm", "uuid", "name-label=web|name-label=db", 0, "" },
	{ "E029", "vm", "uuid", "uuid", 0, "" },
	{ "by uuid", "vm", "name-label", "uuid=" U(03), 0, "db" },
	{ "by uuid of a template", "vm", "name-label", "uuid=" U(04), 0, "" },
	{ "by unknown uuid", "vm", "name-label", "uuid=" U(09) "|bogus=1", 0, "" },
	{ "by uuid, then wrong", "vm", "name-label", "uuid=" U(03) "|bogus=1", 0,
		"!Unknown field 'bogus'" },
	{ "E030", "vm", "name-label", "", LIST_ALL, "Control domain on host: h1|web|db|base|s1" },
	{ "--all keeps errors", "vm", "uuid", "name-label=web|bogus=1", LIST_ALL,
		"!Unknown field 'bogus'" },
	{ "--all with uuid", "vm", "name-label", "uuid=" U(03), LIST_ALL,
		"Control domain on host: h1|web|db|base|s1" },
	{ "E031", "vm", "uuid", "is-a-template=true", 0, "" },
	{ "E032", "vm", "uuid", "live=true", 0, "" },
	{ "E033", "vm", "uuid", "progress=true", 0, "!Unknown field 'progress'" },
	{ "E034", "vm", "uuid", "power-state=running|is-control-domain=false", 0, U(03) },
	{ "E036", "template", "name-label,name-description", "", 0, "base/" },
	{ "E037", "snapshot", "uuid,name-label,name-description,is-vmss-snapshot", "", 0,
		U(05) "/s1//false" },
	{ "E038", "snapshot", "snapshot-time,snapshot-of", "", 0, U(02) "/20260101T10:00:00Z" },
	{ "E039", "snapshot", "uuid", "snapshot-of=" U(02), 0, U(05) },
	{ "E040", "snapshot", "uuid", "snapshot_of=" U(02), 0, "!Unknown field 'snapshot_of'" },
	{ "as vxe", "snapshot", "uuid", "snapshot_of=" U(02), LIST_UNDERSCORE, U(05) },
	{ "as vxe, map", "vm", "name-label", "other_config:owner=bob", LIST_UNDERSCORE, "web" },
	{ "E041", "template", "uuid", "is-a-snapshot=true", 0, "" },
	{ "E042", "vbd", "vm-uuid,vm-name-label,vdi-uuid,empty,device", "vm-uuid=" U(02), 0,
		U(02) "/web/<not in database>/true/" },
	{ "E043", "vbd", "vdi-name-label,userdevice,mode,type", "vm-name-label=web", 0,
		"<EMPTY>/3/RO/CD" },
	{ "a disk", "vbd", "vdi-uuid,vdi-name-label,currently-attached,type", "vm-name-label=db", 0,
		U(30) "/disk0/Disk/true" },
	{ "E044", "vdi", "name-label,sr-uuid,virtual-size,sharable,read-only", "", 0,
		"disk0/" U(40) "/8589934592/false/false" },
	{ "E045", "vdi", "type,virtual-size", "name-label=disk0", 0, "8589934592/User" },
	{ "E046", "vif", "uuid", "MAC=52:54:00:aa:BB:01", 0, U(50) },
	{ "names mind the case", "vm", "uuid", "name-label=WEB", 0, "" },
	{ "E047", "sr", "name-label,name-description,host,type,content-type", "", 0,
		"local//h1/dir/user" },
	{ "E048", "sr", "uuid", "host=h1", 0, U(40) },
	{ "E049", "sr", "uuid", "sr=local", 0, "!Unknown field 'sr'" },
	{ "E050", "network", "tags,name-label,bridge", "", 0, "lan/vxe0/" },
	{ "E051", "task", "uuid", "bogus=1", 0, "" },
	{ "hidden", "vm", "name-label", "nomigrate=false|name-label=web", 0, "web" },
	{ "derived", "vm", "snapshots,parent,children,VBDs", "name-label=web", 0,
		U(05) "/" U(05) "//" U(20) },
	{ "derived, snapshot", "snapshot", "children", "", 0, U(02) },
	{ "sets of uuids", "vm", "name-label", "VBDs:contains=" U(21), 0, "db" },
	{ "derived, SR", "sr", "VDIs,virtual-allocation", "", 0, U(30) "/8589934592" },
	{ "derived, network", "network", "VIF-uuids", "", 0, U(50) },
	{ "live", "vm", "memory-actual,resident-on,dom-id,VCPUs-number", "name-label=db", 0,
		"4294967296/" U(70) "/7/1" },
	{ "not live", "vm", "memory-actual,resident-on,dom-id,VCPUs-number", "name-label=web", 0,
		"0/<not in database>/-1/0" },
	{ "free devices", "vm", "allowed-VBD-devices", "name-label=db", LIST_COSTLY,
		"1; 2; 3; 4; 5; 6; 7; 8; 9; 10; 11; 12; 13; 14; 15; 16; 17; 18; 19; 20; 21; 22; "
		"23; 24; 25" },
	{ "free devices", "vm", "allowed-VIF-devices", "name-label=web", LIST_COSTLY,
		"1; 2; 3; 4; 5; 6; 7; 8; 9; 10; 11; 12; 13; 14; 15" },
};

Test(filter, lists)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_free_ char *rows =
			list_text(cases[i].view, cases[i].params, cases[i].filters, cases[i].flags);

		cr_expect_str_eq(
			rows, cases[i].rows, "%s: %s, not %s", cases[i].id, rows, cases[i].rows);
	}
}

static int put_broken(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct json_object *doc = json_object_new_object();

	(void)ctx;
	json_object_object_add(doc, "name_label", json_object_new_string("broken"));
	json_object_object_add(doc, "is_a_template", json_object_new_boolean(false));
	json_object_object_add(doc, "other_config", json_object_new_int(1));

	int r = txn_put(t, "VM", U(08), doc, err);

	json_object_put(doc);
	return r;
}

/* A list does not notice an unreadable document while the columns are sufficient. */
Test(filter, lists_read_no_documents)
{
	_cleanup_error_ struct vxe_error err = { 0 };

	ok(store_update(world->store, put_broken, NULL, &err), &err);
	_cleanup_free_ char *columns = list_text(
		"vm", "uuid,name-label,power-state", "name-label=broken|power-state=halted", 0);
	_cleanup_free_ char *others = list_text("vm", "tags", "name-label=db", 0);
	_cleanup_free_ char *document = list_text("vm", "tags", "name-label=broken", 0);

	cr_expect_str_eq(columns, U(08) "/broken/halted");
	cr_expect_str_eq(others, "prod");
	cr_expect(str_starts(document, "!bad value of 'other_config' in a VM record"), "%s",
		document);
}

/* ---- without libvirt ------------------------------------------------------------------------- */

/* The world has no connection; it knows only the list of domains. */
static void leave_libvirt(void)
{
	session_forget_domains(world->here);
	world->reports.adopted = false;
}

static const struct {
	const char *view, *params, *filters;
	unsigned flags;
	const char *rows; /* NULL: refused */
} unreachable[] = {
	{ "vm", "uuid,name-label", "name-label=web", 0, U(02) "/web" },
	{ "vm", "name-label", "is-control-domain=false", 0, "web|db" },
	{ "vm", "name-label,power-state", "", 0, NULL },
	{ "vm", "uuid", "power-state=running", 0, NULL },
	{ "vm", "uuid", "power_state=running", LIST_UNDERSCORE, NULL },
	{ "vm", "uuid", "name-label=none|power-state=running", 0, NULL },
	{ "vm", "uuid", "power-state=running", LIST_ALL, NULL },
	{ "vm", "name-label", "networks:0/ip=10.0.0.1", 0, NULL },
	{ "snapshot", "name-label,power-state", "power-state=halted", 0, "s1/halted" },
	{ "template", "name-label,dom-id", "", 0, "base/-1" },
	{ "vbd", "uuid", "currently-attached=true|vm-uuid=" U(09), 0, NULL },
	{ "vdi", "name-label", "", 0, "disk0" },
	{ "network", "name-label", "", 0, "lan" },
};

Test(filter, without_libvirt_nothing_is_guessed)
{
	leave_libvirt();
	for (size_t i = 0; i < ARRAY_LEN(unreachable); i++) {
		_cleanup_free_ char *rows = list_text(unreachable[i].view, unreachable[i].params,
			unreachable[i].filters, unreachable[i].flags);

		cr_expect_str_eq(rows, unreachable[i].rows ? unreachable[i].rows : "!", "%s %s: %s",
			unreachable[i].view, unreachable[i].filters, rows);
	}
	cr_expect(strstr(world->reports.warning, "vxe shows its records"), "%s",
		world->reports.warning);
}

static bool needs_libvirt(const struct view *v, const struct field *f)
{
	return f->flags & F_LIVE && (v->adopts || v->cls != &vm_class);
}

/* F_LIVE tells if a field needs libvirt; checked for each field of each class. */
static void try_field(const struct view *v, const struct field *f)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_rows_ struct rows rows = { 0 };
	const struct field *const fields[] = { f, NULL };
	int rc = list_rows(world, v, NULL, 0, fields, LIST_COSTLY, &rows, &err);

	if (needs_libvirt(v, f))
		cr_expect(rc < 0 && err.code == VXE_HYPERVISOR_UNREACHABLE, "%s: %s is told",
			v->prefix, f->name);
	else
		cr_expect(rc == 0, "%s: %s: %s", v->prefix, f->name, code_info(err.code)->name);
}

Test(filter, every_field_is_had_without_libvirt_or_refused)
{
	leave_libvirt();
	for (const struct view *v = views; v->prefix; v++)
		for (const struct field *f = v->cls->fields; !v->cls->absent && f->name; f++)
			if (!(f->flags & F_INTERNAL))
				try_field(v, f);
}

Test(filter, without_libvirt_an_unknown_uuid_may_be_its)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	const struct view *vms = view_by_prefix("vm");
	_cleanup_free_ char *text = NULL;

	leave_libvirt();
	ok(param_get(world, vms, U(02), "name-label", NULL, &text, &err), &err);
	cr_expect_str_eq(text, "web");
	cr_expect_lt(param_get(world, vms, U(02), "power-state", NULL, &text, &err), 0);
	cr_expect_eq(err.code, VXE_HYPERVISOR_UNREACHABLE);
	error_clear(&err);
	cr_expect_lt(param_get(world, vms, U(09), "name-label", NULL, &text, &err), 0);
	cr_expect_eq(err.code, VXE_HYPERVISOR_UNREACHABLE);
}

Test(filter, suspended_is_ours_but_libvirt_knows_what_runs)
{
	struct vm *vm = world_get(&vm_class, U(02));

	vm->power_state = POWER_SUSPENDED;
	world_put(&vm_class, vm);
	vm = world_get(&vm_class, U(03));
	vm->power_state = POWER_SUSPENDED;
	world_put(&vm_class, vm);
	_cleanup_free_ char *states = list_text("vm", "power-state", "is-control-domain=false", 0);

	cr_expect_str_eq(states, "suspended|running");
}

Test(filter, paused_domains_are_paused)
{
	world->here->domains->items[1].state = HV_PAUSED;
	_cleanup_free_ char *state = list_text("vm", "power-state", "name-label=db", 0);

	cr_expect_str_eq(state, "paused");
}

Test(filter, transient_domains_are_listed_as_they_run)
{
	add_domain(U(06), HV_RUNNING, false);
	_cleanup_free_ char *rows = list_text("vm", "name-label,power-state", "uuid=" U(06), 0);
	_cleanup_free_ char *all = list_text("vm", "uuid", "power-state=running", 0);
	_cleanup_free_ char *templates = list_text("template", "uuid", "", 0);

	cr_expect_str_eq(rows, "domain-6/running");
	cr_expect_str_eq(all, U(01) "|" U(03) "|" U(06));
	cr_expect_str_eq(templates, U(04));
}

Test(filter, dangling_references_say_so)
{
	struct vm *vm = world_get(&vm_class, U(05));

	str_replace(&vm->snapshot_of, U(99));
	str_replace(&vm->affinity, U(99));
	world_put(&vm_class, vm);
	_cleanup_free_ char *rows = list_text("snapshot", "snapshot-of,affinity", "", 0);
	_cleanup_free_ char *found =
		list_text("snapshot", "uuid", "snapshot-of=<not in database>", 0);

	cr_expect_str_eq(rows, "<not in database>/<not in database>");
	cr_expect_str_eq(found, U(05));
}

/* Oldest first, whatever the uuids are. */
Test(filter, snapshots_come_by_time)
{
	struct vm *vm = world_vm(U(06), "s0");

	vm->is_a_template = vm->is_a_snapshot = true;
	str_replace(&vm->snapshot_of, U(02));
	vm->snapshot_time = 1767261599;
	world_put(&vm_class, vm);
	_cleanup_free_ char *rows = list_text("vm", "snapshots", "name-label=web", 0);

	cr_expect_str_eq(rows, U(06) "; " U(05));
}

Test(filter, tasks_show_as_current_operations)
{
	struct task *task = world_new(&task_class, U(90));

	str_replace(&task->object, U(02));
	str_replace(&task->operation, "snapshot");
	world_put(&task_class, task);
	_cleanup_free_ char *rows =
		list_text("vm", "current-operations,allowed-operations", "name-label=web", 0);
	_cleanup_free_ char *found =
		list_text("vm", "uuid", "current-operations:contains=snapshot", 0);

	cr_expect_str_eq(rows, "snapshot/snapshot");
	cr_expect_str_eq(found, U(02));
}

static int to_str(void *ctx, const char *data, size_t len)
{
	str_add_bytes(ctx, data, len);
	return 0;
}

Test(filter, json_is_typed)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_rows_ struct rows rows = { 0 };
	_cleanup_str_ struct str text = { 0 };
	const struct view *v = view_by_prefix("vm");
	const struct filter web = { "name-label", "web" };
	const struct field *const fields[] = { class_field(v->cls, "name-label"),
		class_field(v->cls, "is-a-template"), class_field(v->cls, "memory-static-max"),
		class_field(v->cls, "other-config"), class_field(v->cls, "tags"),
		class_field(v->cls, "affinity"), class_field(v->cls, "parent"),
		class_field(v->cls, "power-state"), class_field(v->cls, "actions-after-crash"),
		NULL };
	struct vm *vm = world_get(&vm_class, U(02));

	str_replace(&vm->name_description, "x");
	map_set(&vm->other_config, "path", "a/b\x01\xff\xc3\xa9");
	world_put(&vm_class, vm);
	ok(list_rows(world, v, &web, 1, fields, 0, &rows, &err), &err);
	cr_expect_eq(rows_write_json(&rows, to_str, &text), 0);
	cr_expect_str_eq(str_text(&text),
		"[\n"
		"  {\n"
		"    \"name-label\": \"web\",\n"
		"    \"is-a-template\": false,\n"
		"    \"parent\": \"" U(05) "\",\n"
					   "    \"power-state\": \"halted\",\n"
					   "    \"memory-static-max\": 4294967296,\n"
					   "    \"actions-after-crash\": \"Destroy\",\n"
					   "    \"affinity\": null,\n"
					   "    \"other-config\": {\n"
					   "      \"auto_poweron\": \"true\",\n"
					   "      \"owner\": \"bob\",\n"
					   "      \"path\": \"a/b\\u0001\xef\xbf\xbd\xc3\xa9\"\n"
					   "    },\n"
					   "    \"tags\": [\n"
					   "      \"prod\",\n"
					   "      \"eu\"\n"
					   "    ]\n"
					   "  }\n"
					   "]\n",
		"%s", str_text(&text));
}

/* ---- batches ----------------------------------------------------------------------------------- */

#define MANY (2 * LIST_BATCH + 40)

struct batches {
	size_t n, largest, stop;
	struct strv names;
};

static int add_batch(void *ctx, struct rows *rows, struct vxe_error *err)
{
	struct batches *b = ctx;

	b->n++;
	if (rows->n > b->largest)
		b->largest = rows->n;
	for (size_t i = 0; i < rows->n; i++)
		strv_add(&b->names, rows->items[i].values[0].string);
	return b->n == b->stop ? vxe_fail_internal(err, "stopped") : 0;
}

static void make_many(void)
{
	for (int i = 0; i < MANY; i++) {
		_cleanup_free_ char *uuid = xasprintf("aaaaaaaa-0000-4000-8000-%012d", i);
		struct vm *vm = world_vm(uuid, uuid);

		strv_add(&vm->tags, i % 2 ? "odd" : "even");
		world_put(&vm_class, vm);
	}
}

static int batches_of(const char *tag, struct batches *ret, struct vxe_error *err)
{
	const struct view *v = view_by_prefix("vm");
	const struct field *const fields[] = { class_field(v->cls, "name-label"), NULL };
	const struct filter by_tag = { "tags:contains", tag };

	return list_batches(world, v, &by_tag, 1, fields, 0, add_batch, ret, err);
}

Test(filter, batches_have_all_rows_in_their_order)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *want = NULL, *got = NULL;
	struct batches b = { 0 };

	make_many();
	want = list_text("vm", "name-label", "tags:contains=odd", 0);
	ok(batches_of("odd", &b, &err), &err);
	got = strv_join(&b.names, "|");
	cr_assert_str_eq(got, want);
	cr_assert_eq(b.names.n, MANY / 2);
	cr_assert(b.n > 1 && b.largest == LIST_BATCH, "%zu batches, %zu", b.n, b.largest);
	strv_clear(&b.names);
	b = (struct batches){ 0 };
	ok(batches_of("none", &b, &err), &err);
	cr_assert_eq(b.names.n, 0);
	b = (struct batches){ .stop = 1 };
	cr_assert_lt(batches_of("even", &b, &err), 0);
	cr_assert(b.n == 1 && b.names.n == LIST_BATCH);
	strv_clear(&b.names);
}

/* SPDX-License-Identifier: MIT */
/* What operations remember in their plans: what they declare, and what is read of an intent. */
#include "objects/engine/plan.h"

#include "objects/base/uuid.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/vm/vm.h"
#include "objects/disks/disks.h"
#include "objects/domain/adopt.h"
#include "objects/engine/file_claims.h"
#include "objects/engine/op.h"
#include "objects/engine/op_recover.h"
#include "tests/unit/host_fixture.h"

#include <json-c/json.h>
#include <signal.h>

TestSuite(plan, .init = host_start_mem, .fini = host_stop);

static const struct op_type *type_called(const char *name)
{
	for (size_t i = 0; op_types[i]; i++)
		if (str_eq(op_types[i]->name, name))
			return op_types[i];
	cr_assert_fail("there is no operation %s", name);
	return NULL;
}

/* ---- tables ------------------------------------------------------------------------------------ */

Test(plan, each_operation_declares_each_member_once)
{
	size_t n = 0;

	for (size_t i = 0; op_types[i]; i++) {
		const struct plan_member *tables[OP_TABLES];
		size_t n_tables = op_tables(op_types[i], tables);

		for (size_t k = 0; k < n_tables; k++)
			for (const struct plan_member *m = tables[k]; m->name; m++, n++) {
				cr_assert(!str_is_empty(m->doc), "%s: %s", op_types[i]->name,
					m->name);
				cr_assert_eq(plan_member_find(op_types[i], m->name), m,
					"%s has two %s", op_types[i]->name, m->name);
			}
	}
	cr_assert_gt(n, 100);
}

Test(plan, each_step_is_an_act)
{
	for (size_t i = 0; op_types[i]; i++)
		for (const struct step *st = op_types[i]->steps; st->name; st++)
			cr_assert(st->act && st->act->run, "%s: %s", op_types[i]->name, st->name);
	for (size_t i = 0; i < DISK_ACTS; i++)
		cr_assert(disk_acts[i].run, "act %zu", i);
}

static const struct plan_member own[] = {
	{ "text", PLAN_STRING, "any" },
	{ "uuid", PLAN_UUID, "a UUID" },
	{ "path", PLAN_PATH, "a path" },
	{ "flag", PLAN_BOOL, "yes or no" },
	{ "number", PLAN_INT, "a number" },
	{ "list", PLAN_STRINGS, "a few" },
	{ 0 },
};
static const struct op_type all = { .name = "all", .members = PLAN_MEMBERS(own) };

static const struct step acting_steps[] = {
	{ "switch", DISK(SWITCH), true },
	{ "halt", DISK(HALT), false },
	{ "undefine", DO_WITH(DISK(UNDEFINE), step_meet_libvirt, NULL), false },
	{ 0 },
};
static const struct op_type acting = { "acting", NULL, acting_steps, PLAN_MEMBERS(own), NULL };

/* The tables of an act and of the act within are those of the operation, once each. */
Test(plan, an_operation_has_the_members_of_its_acts)
{
	const struct plan_member *tables[OP_TABLES];

	cr_assert_eq(op_tables(&acting, tables), 3);
	cr_assert_eq(tables[0], own);
	cr_assert_not_null(plan_member_find(&acting, "text"));
	cr_assert_not_null(plan_member_find(&acting, "quiesce"));
	cr_assert_not_null(plan_member_find(&acting, "drop-state"));
	cr_assert_null(plan_member_find(&acting, "source"));
}

Test(plan, members_are_kept_and_read_again)
{
	_cleanup_plan_ struct plan p = { .op_type = &all }, again = { 0 };
	_cleanup_strv_ struct strv list = { 0 };

	cr_assert(!plan_has(&p, "flag") && !plan_bool(&p, "flag") && !plan_int(&p, "number"));
	cr_assert_null(plan_string(&p, "path"));
	plan_keep(&p, "text", "a \"text\"");
	plan_keep(&p, "uuid", VM_A);
	plan_keep(&p, "path", "/a/b");
	plan_keep_bool(&p, "flag", true);
	plan_keep_int(&p, "number", INT64_MAX);
	plan_keep_one_more(&p, "list", "a b");
	plan_keep_one_more(&p, "list", "c");
	plan_keep_one_more(&p, "list", "a b");
	plan_keep(&p, "path", NULL);
	_cleanup_free_ char *text = plan_encode(&p);

	OK(plan_decode(text, &all, &again, &E));
	cr_assert_str_eq(plan_string(&again, "text"), "a \"text\"");
	cr_assert_str_eq(plan_string(&again, "uuid"), VM_A);
	cr_assert(!plan_has(&again, "path"));
	cr_assert(plan_bool(&again, "flag"));
	cr_assert_eq(plan_int(&again, "number"), INT64_MAX);
	plan_strings(&again, "list", &list);
	cr_assert(list.n == 2 && strv_has(&list, "a b") && strv_has(&list, "c"));
}

/* ---- what is not declared ----------------------------------------------------------------------- */

Test(plan, a_member_that_is_not_declared_cannot_be_read, .signal = SIGABRT)
{
	struct plan p = { .op_type = &all };

	(void)plan_string(&p, "txt");
}

Test(plan, a_member_that_is_not_declared_cannot_be_kept, .signal = SIGABRT)
{
	struct plan p = { .op_type = type_called("vm-pause") };

	plan_keep_bool(&p, "force", true);
}

Test(plan, a_member_is_not_read_as_another_type, .signal = SIGABRT)
{
	struct plan p = { .op_type = &all };

	(void)plan_string(&p, "number");
}

Test(plan, a_member_is_not_kept_as_another_type, .signal = SIGABRT)
{
	struct plan p = { .op_type = &all };

	plan_keep_int(&p, "flag", 1);
}

/* ---- from the store ------------------------------------------------------------------------------ */

static const char *text_of(const struct vxe_error *err)
{
	return err->n_params ? err->params[0] : "";
}

/* The words of the refusal; NULL: it is read. */
static char *refusal(const char *text, const struct op_type *type)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_plan_ struct plan p = { 0 };

	if (plan_decode(text, type, &p, &err) == 0)
		return NULL;
	cr_assert_eq(err.code, INTERNAL_ERROR);
	return xstrdup(text_of(&err));
}

static void refused(const char *extra, const char *words)
{
	_cleanup_free_ char *text = xasprintf("{\"form\":2,\"extra\":{%s}}", extra);
	_cleanup_free_ char *why = refusal(text, &all);

	cr_assert(why && strstr(why, words), "%s: %s", extra, why ? why : "is read");
}

Test(plan, what_is_not_of_its_type_is_refused)
{
	refused("\"text\":5", "'text' is not text");
	refused("\"text\":null", "'text' is not text");
	refused("\"uuid\":5", "'uuid' is not text");
	refused("\"path\":[\"/a\"]", "'path' is not text");
	refused("\"flag\":\"true\"", "'flag' is not true or false");
	refused("\"number\":\"5\"", "'number' is not a number");
	refused("\"list\":\"a b\"", "'list' is not a list of texts");
	refused("\"list\":[\"a\",5]", "'list' is not a list of texts");
	refused("\"other\":\"x\"", "'other' is no member of this operation");
}

/* Each member of each operation, not of its type. */
Test(plan, every_operation_refuses_what_is_not_of_its_type)
{
	for (size_t i = 0; op_types[i]; i++) {
		const struct plan_member *tables[OP_TABLES];
		size_t n_tables = op_tables(op_types[i], tables);

		for (size_t k = 0; k < n_tables; k++)
			for (const struct plan_member *m = tables[k]; m->name; m++) {
				_cleanup_free_ char *text = xasprintf(
					"{\"form\":2,\"extra\":{\"%s\":{\"a\":1}}}", m->name);
				_cleanup_free_ char *why = refusal(text, op_types[i]);

				cr_assert(why && strstr(why, m->name), "%s: %s", op_types[i]->name,
					m->name);
			}
	}
}

Test(plan, a_form_of_a_newer_version_is_refused_by_its_number)
{
	_cleanup_free_ char *why = refusal("{\"form\":3,\"commit\":99}", &all);
	_cleanup_free_ char *none = refusal("{\"form\":0}", &all);
	_cleanup_free_ char *text = refusal("{\"form\":\"2\"}", &all);

	cr_assert(why && strstr(why, "newer vxe") && strstr(why, "form 3") &&
		strstr(why, "vxe check"));
	cr_assert(none && strstr(none, "damaged"));
	cr_assert_null(text, "a number that is written as text");
}

Test(plan, a_change_of_an_unknown_kind_is_refused)
{
	_cleanup_free_ char *why =
		refusal("{\"form\":2,\"changes\":[{\"verb\":\"swap\",\"class\":\"VM\","
			"\"uuid\":\"" VM_A "\",\"key\":\"name_label\"}]}",
			&all);

	cr_assert(why && strstr(why, "damaged"), "%s", why ? why : "is read");
}

/* ---- what is written ------------------------------------------------------------------------------ */

static int apply(struct txn *t, void *ctx, struct vxe_error *err)
{
	return plan_apply(NULL, ctx, t, err); /* no node in it: nothing is opened */
}

static struct vm *vm_called(const char *uuid, const char *name)
{
	struct vm *vm = record_new(&vm_class);

	str_replace(&vm->r.uuid, uuid);
	str_replace(&vm->name_label, name);
	return vm;
}

static struct json_object *text(const char *t)
{
	return json_object_new_string(t);
}

/* Fields of one record that are set one after the other are written at once. */
Test(plan, fields_are_set_in_their_order_each_in_its_record)
{
	_cleanup_plan_ struct plan p = { .op_type = &all };
	_cleanup_(vm_free_cleanup) struct vm *a = vm_called(VM_A, "a"), *b = vm_called(VM_B, "b");
	_cleanup_txn_ struct txn *t = NULL;

	plan_add(&p, &vm_class, a);
	plan_add(&p, &vm_class, b);
	plan_set(&p, &vm_class, VM_A, "name-label", text("first"));
	plan_set(&p, &vm_class, VM_A, "name-description", text("of a"));
	plan_set(&p, &vm_class, VM_A, "name-label", text("last"));
	plan_set_now(&p, &vm_class, VM_A, "snapshot-time");
	plan_set(&p, &vm_class, VM_B, "name-description", text("of b"));
	plan_set(&p, &vm_class, VM_A, "snapshot-of", text(VM_B));
	plan_set(&p, &vm_class, VM_A, "snapshot-of", NULL);
	plan_set(&p, &vm_class, "0123abcd-0000-4000-8000-000000000099", "name-label", text("gone"));
	plan_del(&p, &vm_class, VM_B);
	OK(store_update(S->store, apply, &p, &E));
	vm_free_cleanup(&a);
	vm_free_cleanup(&b);
	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(vm_get(t, VM_A, &a, &E));
	OK(vm_find(t, VM_B, &b, &E));
	cr_assert_null(b);
	cr_assert_str_eq(a->name_label, "last");
	cr_assert_str_eq(a->name_description, "of a");
	cr_assert_null(a->snapshot_of);
	cr_assert_gt(a->snapshot_time, 0);
}

/* An intent in the store, of a vxe that is dead. */
static void intent_put(const char *operation, const char *plan)
{
	_cleanup_(intent_free_cleanup) struct intent *i = record_new(&intent_class);

	i->r.uuid = uuid_new();
	str_replace(&i->operation, operation);
	str_replace(&i->object, VM_A);
	strv_add(&i->objects, VM_A);
	str_replace(&i->plan, plan);
	save(&intent_class, i);
}

static void one_machine(void)
{
	make_image("a.qcow2", NULL, NULL);
	add_domain(VM_A, "a", "a.qcow2");
	OK(adopt_domains(S, &E));
}

static void left_alone(const char *operation, const char *plan, const char *words)
{
	intent_put(operation, plan);
	cr_assert_eq(op_recover_object(S, VM_A, &E), -1);
	cr_assert(strstr(text_of(&E), words), "%s", text_of(&E));
	cr_assert(strstr(E.detail, operation), "%s", E.detail);
	error_clear(&E);
	cr_assert_eq(count_of(&intent_class), 1);
}

/* Acted upon, each would have started the domain. */
Test(plan, an_intent_with_a_wrong_member_is_not_acted_upon)
{
	one_machine();
	left_alone("vm-reboot",
		"{\"form\":2,\"domain\":\"" VM_A "\",\"commit\":4,\"extra\":{\"force\":\"yes\"}}",
		"'force' is not true or false");
	cr_assert_eq(hv_mock_state(mock, VM_A), HV_SHUTOFF);
}

Test(plan, an_intent_with_a_member_of_another_operation_is_not_acted_upon)
{
	one_machine();
	left_alone("vm-reboot",
		"{\"form\":2,\"domain\":\"" VM_A "\",\"commit\":4,\"extra\":{\"paused\":true}}",
		"'paused' is no member of this operation");
	cr_assert_eq(hv_mock_state(mock, VM_A), HV_SHUTOFF);
}

Test(plan, an_intent_of_a_newer_form_is_not_acted_upon)
{
	one_machine();
	left_alone("vm-reboot", "{\"form\":3,\"domain\":\"" VM_A "\",\"commit\":4,\"extra\":{}}",
		"newer vxe");
	cr_assert_eq(hv_mock_state(mock, VM_A), HV_SHUTOFF);
}

/* ---- intents of the version before forms -------------------------------------------------------- */

#define ID "0123abcd-0000-4000-8000-000000000001"
#define MEM                                                                                        \
	"\"memory-path\":\"/sr/1.mem\",\"memory-sr\":\"" ID "\",\"memory\":\"" ID "\","            \
	"\"image\":\"" ID "\""
#define PLACE "\"path\":\"/sr/1\",\"pool\":\"vxe-1\",\"pool-uuid\":\"" ID "\",\"sr\":\"" ID "\""
#define NFS ",\"server\":\"10.0.0.1\",\"folder\":\"/export\""
#define DEVICE                                                                                     \
	"\"device-kind\":\"disk\",\"device-key\":\"vda\",\"device-live\":\"attach\","              \
	"\"device-type\":\"VBD\",\"device-record\":\"" ID "\""
#define NIC "\"device-kind\":\"nic\",\"device-key\":\"52:54:00:00:00:01\",\"device-live\":\"\""
#define IMAGE "\"image-kind\":\"copy\",\"source\":\"/sr/1.qcow2\",\"source-format\":\"qcow2\""
#define FILES(from, to) "\"nvram-from\":\"" from "\",\"tpm-to\":\"" to "\""
#define NET "\"libvirt\":\"" ID "\",\"name\":\"lan\",\"bridge\":\"vxe1\""
#define TWO ID " " VM_B
#define TWO_NOW "[\"" ID "\",\"" VM_B "\"]"

static const struct stored {
	const char *operation, *extra, *now; /* NULL: the same */
} stored[] = {
	{ "vm-start",
		"\"paused\":\"true\",\"reset-nvram\":\"true\",\"bypass-cache\":\"true\","
		"\"networks\":\"" TWO "\"",
		"\"paused\":true,\"reset-nvram\":true,\"bypass-cache\":true,"
		"\"networks\":" TWO_NOW },
	{ "vm-shutdown",
		"\"force\":\"true\",\"vm\":\"" ID "\",\"autostart-before\":\"false\","
		"\"autostart-after\":\"true\"",
		"\"force\":true,\"vm\":\"" ID "\",\"autostart-before\":false,"
		"\"autostart-after\":true" },
	{ "vm-reboot", "\"force\":\"true\",\"networks\":\"" ID "\"",
		"\"force\":true,\"networks\":[\"" ID "\"]" },
	{ "vm-suspend",
		"\"vm\":\"" ID "\"," MEM ",\"bypass-cache\":\"true\",\"autostart-before\":\"true\"",
		"\"vm\":\"" ID "\"," MEM ",\"bypass-cache\":true,\"autostart-before\":true" },
	{ "vm-resume",
		MEM ",\"token\":\"" ID "\",\"restore-xml\":\"<domain/>\",\"other-domains\":\"" TWO
		    "\",\"networks\":\"" ID "\",\"autostart-after\":\"false\"",
		MEM ",\"token\":\"" ID "\",\"restore-xml\":\"<domain/>\",\"other-domains\":" TWO_NOW
		    ",\"networks\":[\"" ID "\"],\"autostart-after\":false" },
	{ "vm-snapshot", "\"snapshot\":\"" ID "\",\"other-domains\":\"" ID "\"," FILES("/a", "/b"),
		"\"snapshot\":\"" ID "\",\"other-domains\":[\"" ID "\"]," FILES("/a", "/b") },
	{ "vm-checkpoint", "\"snapshot\":\"" ID "\"," MEM "," FILES("/a", "/b"), NULL },
	{ "vdi-snapshot", "\"other-domains\":\"" TWO "\"", "\"other-domains\":" TWO_NOW },
	{ "snapshot-revert", "\"autostart-after\":\"true\"," FILES("/a", "/b"),
		"\"autostart-after\":true," FILES("/a", "/b") },
	{ "vm-destroy", "\"vm\":\"" ID "\"", NULL },
	{ "vm-uninstall", "\"drop-state\":\"true\",\"vm\":\"" ID "\"",
		"\"drop-state\":true,\"vm\":\"" ID "\"" },
	{ "vm-param-set", "\"live-vcpus\":\"2\",\"live-memory-before\":\"8589934592\"",
		"\"live-vcpus\":2,\"live-memory-before\":8589934592" },
	{ "vm-freeze", "\"other-domains\":\"" ID "\"", "\"other-domains\":[\"" ID "\"]" },
	{ "vm-clone", "\"own-places\":\"true\"," FILES("/a", "/b"),
		"\"own-places\":true," FILES("/a", "/b") },
	/* How much there is to copy stood among the members, by the new node's UUID. */
	{ "vm-copy", "\"" ID "\":\"65536\",\"autostart-after\":\"true\"",
		"\"autostart-after\":true" },
	{ "vm-template", "\"own-places\":\"true\"", "\"own-places\":true" },
	{ "vm-leave", FILES("/a", "/b"), FILES("/a", "/b") },
	{ "vm-take", "\"own-places\":\"true\"", "\"own-places\":true" },
	{ "vm-migrate", "\"target\":\"" ID "\",\"target-uri\":\"test:///\",\"compress\":\"true\"",
		"\"target\":\"" ID "\",\"target-uri\":\"test:///\",\"compress\":true" },
	{ "vm-install", "\"autostart-after\":\"true\"", "\"autostart-after\":true" },
	/* It declared the member, which no bare VM had. */
	{ "vm-create", "\"autostart-after\":\"true\"", "" },
	/* And which stream of the archive fills which node. */
	{ "vm-import", "\"Ref:7\":\"" ID "\"," MEM ",\"own-places\":\"true\"",
		MEM ",\"own-places\":true" },
	{ "coalesce-commit", "\"domain-id\":\"7\",\"new-format\":\"raw\"", "\"domain-id\":7" },
	{ "coalesce-pull", "\"other-domains\":\"" ID "\"", "\"other-domains\":[\"" ID "\"]" },
	{ "vdi-create", "\"image-kind\":\"qcow2\"", NULL },
	{ "vdi-copy", IMAGE, NULL },
	{ "vdi-import", IMAGE ",\"source-fd\":\"9\"", IMAGE ",\"source-fd\":9" },
	{ "vdi-destroy", "\"target\":\"vda\"", NULL },
	{ "vdi-flatten",
		"\"source\":\"/a\",\"source-format\":\"qcow2\",\"frozen\":\"true\",\"kept\":"
		"\"true\",\"speed\":\"4096\",\"other-domains\":\"" ID "\"",
		"\"source\":\"/a\",\"source-format\":\"qcow2\",\"frozen\":true,\"kept\":true,"
		"\"speed\":4096,\"other-domains\":[\"" ID "\"]" },
	{ "vdi-merge", "\"domain-id\":\"7\",\"speed\":\"4096\",\"other-domains\":\"" ID "\"",
		"\"domain-id\":7,\"speed\":4096,\"other-domains\":[\"" ID "\"]" },
	{ "vdi-forget", "\"target\":\"vda\"", NULL },
	{ "vbd-create", DEVICE, NULL },
	{ "vbd-param-set", DEVICE, NULL },
	{ "vbd-destroy", DEVICE, NULL },
	{ "vbd-plug", DEVICE, NULL },
	{ "vbd-unplug", DEVICE, NULL },
	{ "vbd-insert", DEVICE, NULL },
	{ "vbd-eject", DEVICE, NULL },
	{ "vm-disk-remove", DEVICE, NULL },
	{ "vif-create", NIC, NULL },
	{ "vif-destroy", NIC, NULL },
	{ "vif-plug", NIC ",\"networks\":\"" ID "\"", NIC ",\"networks\":[\"" ID "\"]" },
	{ "vif-unplug", NIC, NULL },
	{ "vif-move", NIC ",\"networks\":\"" ID "\"", NIC ",\"networks\":[\"" ID "\"]" },
	{ "sr-create",
		PLACE NFS ",\"type\":\"nfs\",\"mounted\":\"true\",\"new-directory\":\"true\"",
		PLACE NFS ",\"type\":\"nfs\",\"mounted\":true,\"new-directory\":true" },
	/* Older still: it does not say the type. */
	{ "sr-create", PLACE ",\"device\":\"/dev/sdb\",\"foreign-pool\":\"true\"",
		PLACE ",\"device\":\"/dev/sdb\",\"foreign-pool\":true" },
	{ "sr-destroy", PLACE NFS ",\"clean-medium\":\"true\",\"mounted\":\"true\"",
		PLACE NFS ",\"clean-medium\":true,\"mounted\":true" },
	{ "sr-forget", "\"path\":\"\",\"pool\":null,\"adopted\":\"true\"",
		"\"path\":\"\",\"adopted\":true" },
	{ "pbd-plug", PLACE ",\"marked\":\"true\",\"take-over\":\"true\",\"mark-store\":\"x\"",
		PLACE ",\"marked\":true,\"take-over\":true,\"mark-store\":\"x\"" },
	{ "pbd-unplug", PLACE ",\"keep-pool\":\"true\"", PLACE ",\"keep-pool\":true" },
	{ "kept-revert", "\"kept-name\":\"in\"", NULL },
	{ "vm-adopt-disks", "\"headers\":\"" ID "\",\"header-readers\":\"" ID "\"",
		"\"headers\":[\"" ID "\"],\"header-readers\":[\"" ID "\"]" },
	{ "network-create", NET, NULL },
	{ "network-destroy", NET, NULL },
};

static void read_stored(const struct stored *s)
{
	_cleanup_free_ char *text = xasprintf("{\"object\":\"" VM_A "\",\"commit\":0,\"running\":"
					      "false,\"disks\":[],\"nodes\":[],\"changes\":null,"
					      "\"extra\":{%s}}",
		s->extra);
	_cleanup_free_ char *now = xasprintf("{%s}", s->now ? s->now : s->extra);
	_cleanup_plan_ struct plan p = { 0 }, again = { 0 };
	struct json_object *expect = json_tokener_parse(now);
	const struct op_type *type = type_called(s->operation);

	cr_assert_eq(plan_decode(text, type, &p, &E), 0, "%s: %s", s->operation, text_of(&E));
	cr_assert(expect && json_object_equal(p.extra, expect), "%s: %s", s->operation,
		json_object_to_json_string(p.extra));
	_cleanup_free_ char *rewritten = plan_encode(&p);

	OK(plan_decode(rewritten, type, &again, &E));
	cr_assert(json_object_equal(again.extra, expect));
	json_object_put(expect);
}

Test(plan, intents_of_the_version_before_are_read)
{
	for (size_t i = 0; op_types[i]; i++) {
		const struct plan_member *tables[OP_TABLES];
		bool found = !op_tables(op_types[i], tables);

		for (size_t k = 0; k < ARRAY_LEN(stored); k++)
			if (str_eq(stored[k].operation, op_types[i]->name)) {
				read_stored(&stored[k]);
				found = true;
			}
		cr_assert(found, "no stored intent of %s", op_types[i]->name);
	}
}

Test(plan, an_old_member_that_is_no_text_of_its_type_is_refused)
{
	_cleanup_free_ char *flag = refusal("{\"extra\":{\"flag\":\"perhaps\"}}", &all);
	_cleanup_free_ char *number = refusal("{\"extra\":{\"number\":\"x\"}}", &all);

	cr_assert(flag && strstr(flag, "'flag'"));
	cr_assert(number && strstr(number, "'number'"));
}

/* Who only asks which files are taken reads what he cannot judge. */
Test(plan, what_an_unknown_operation_names_is_claimed)
{
	_cleanup_claims_ struct claims c = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	intent_put("vm-fly", "{\"form\":2,\"extra\":{\"wings\":\"/sr/wings.qcow2\"}}");
	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(claims_load(t, &c, &E));
	cr_assert_str_eq(claims_find(&c, "/sr/wings.qcow2"), "vm-fly");
}

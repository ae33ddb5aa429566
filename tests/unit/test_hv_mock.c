/* SPDX-License-Identifier: MIT */
/* The mock hypervisor, through the same calls as the real one; merges are judged by the data. */
#include "tests/unit/leak.h"

#include <stdio.h>
#include <string.h>

#include "backends/child.h"
#include "backends/hv_mock.h"
#include "backends/image.h"
#include "tests/unit/scratch.h"

#define URI "mock:///test"
#define UUID "6695eb01-f6a4-8304-79aa-97f2502e193f"
#define OTHER "7795eb01-f6a4-8304-79aa-97f2502e193f"
#define MIB 1048576

static char dir[SCRATCH_MAX]; /* of the running test; Criterion gives each test its own process */

static void enter(void)
{
	scratch_dir(dir, "mock");
}

static void leave(void)
{
	scratch_drop(dir);
	no_leaks();
}

TestSuite(hv_mock, .init = enter, .fini = leave);

/* ---- helpers -------------------------------------------------------------------------------- */

/* A hypervisor and a connection to it. */
struct world {
	struct hv_mock *m;
	struct hv *h;
	struct vxe_error err;
};

static void world_open(struct world *w)
{
	w->m = hv_mock_create(URI);
	cr_assert_eq(hv_open(&w->h, &hv_mock_ops, URI, &w->err), 0);
}

static void world_close(struct world *w)
{
	hv_close(w->h);
	hv_mock_free(w->m);
	error_clear(&w->err);
}
#define _cleanup_world_ _cleanup_(world_close)

static const char *why(const struct vxe_error *err)
{
	return err->n_params ? err->params[err->n_params - 1] : "";
}

#define DO(w, call) cr_assert_eq((call), 0, "%s: %s", #call, why(&(w).err))

/* The call failed so, with a text that holds @text. */
static void assert_failed(struct world *w, int rc, enum vxe_code code, const char *text)
{
	cr_assert_eq(rc, -1);
	cr_assert_eq(w->err.code, code);
	cr_assert_not_null(strstr(why(&w->err), text), "%s", why(&w->err));
	error_clear(&w->err);
}

static char *file(const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

static void qemu_io(const char *path, const char *command)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	const char *const argv[] = { "qemu-io", "-f", "qcow2", "-c", command, path, NULL };
	_cleanup_free_ char *output = NULL;

	cr_assert_eq(child_run(argv, path, &output, &err), 0);
	cr_assert_null(strstr(output, "ailed"), "%s", output);
}

static void make(const char *name)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = file(name);

	cr_assert_eq(image_make(path, MIB, &err), 0, "%s", why(&err));
}

static void make_overlay(const char *name, const char *backing)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = file(name);
	const struct image_overlay o = { path, backing, "qcow2", MIB };

	cr_assert_eq(image_make_overlays(&o, 1, NULL, &err), 0, "%s", why(&err));
}

static void write_pattern(const char *name, int at_kib, int pattern)
{
	_cleanup_free_ char *path = file(name);
	_cleanup_free_ char *command = xasprintf("write -P %d %dk 64k", pattern, at_kib);

	qemu_io(path, command);
}

static void assert_pattern(const char *name, int at_kib, int pattern)
{
	_cleanup_free_ char *path = file(name);
	_cleanup_free_ char *command = xasprintf("read -P %d %dk 64k", pattern, at_kib);

	qemu_io(path, command);
}

static char *backing_of(const char *name)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = file(name);
	struct qcow2_header header = { 0 };

	cr_assert_eq(qcow2_read(path, &header, &err), 1);
	char *backing = xstrdup(header.backing ? header.backing : "");
	qcow2_header_clear(&header);
	return backing;
}

static void assert_backing(const char *name, const char *backing)
{
	_cleanup_free_ char *have = backing_of(name);

	cr_assert_str_eq(have, backing, "%s", name);
}

static char *domain_xml(const char *uuid, const char *name, const char *leaf)
{
	return xasprintf("<domain type=\"kvm\">\n"
			 "  <name>%s</name>\n"
			 "  <uuid>%s</uuid>\n"
			 "  <devices>\n"
			 "    <disk type=\"file\" device=\"disk\">\n"
			 "      <driver name=\"qemu\" type=\"qcow2\"/>\n"
			 "      <source file=\"%s/%s\"/>\n"
			 "      <target dev=\"vda\" bus=\"virtio\"/>\n"
			 "    </disk>\n"
			 "    <disk type=\"file\" device=\"cdrom\">\n"
			 "      <target dev=\"sda\" bus=\"sata\"/>\n"
			 "    </disk>\n"
			 "  </devices>\n"
			 "</domain>\n",
		name, uuid, dir, leaf);
}

static void add(
	struct world *w, const char *uuid, const char *name, const char *leaf, enum hv_state state)
{
	_cleanup_free_ char *xml = domain_xml(uuid, name, leaf);

	hv_mock_add(w->m, xml, state);
}

static char *leaf_of(struct world *w, enum hv_xml which)
{
	_cleanup_spec_ struct domain_spec *s = NULL;
	_cleanup_free_ char *xml = NULL;

	DO(*w, hv_xml(w->h, UUID, which, &xml, &w->err));
	DO(*w, hv_spec_read(w->h, xml, &s, &w->err));
	return xstrdup(strrchr(spec_find_disk(s, "vda")->path, '/') + 1);
}

static void assert_leaf(struct world *w, const char *live, const char *inactive)
{
	_cleanup_free_ char *a = leaf_of(w, HV_XML_LIVE), *b = leaf_of(w, HV_XML_INACTIVE);

	cr_assert_str_eq(a, live);
	cr_assert_str_eq(b, inactive);
}

static enum hv_state state_of(struct world *w, const char *uuid)
{
	struct hv_domains all = { 0 };

	DO(*w, hv_list(w->h, &all, &w->err));
	cr_assert_not_null(hv_domains_find(&all, uuid));
	enum hv_state state = hv_domains_find(&all, uuid)->state;
	hv_domains_clear(&all);
	return state;
}

static int run(struct world *w, struct hv_job *started)
{
	_cleanup_job_ struct hv_job *job = started;
	int rc;

	while ((rc = hv_poll(job, NULL, &w->err)) == 1)
		;
	return rc;
}

static int switch_to(struct world *w, const char *overlay)
{
	_cleanup_free_ char *path = file(overlay);
	const struct hv_switch s = { "vda", path, "qcow2" };
	struct hv_job *job = NULL;

	if (hv_switch_start(w->h, UUID, &s, 1, NULL, &job, &w->err) < 0)
		return -1;
	return run(w, job);
}

static int merge(struct world *w, enum hv_merge_kind kind, const char *base, const char *top)
{
	_cleanup_free_ char *b = base ? file(base) : NULL, *t = top ? file(top) : NULL;
	struct hv_job *job = NULL;

	if (hv_merge_start(w->h, UUID, "vda", kind, b, t, &job, &w->err) < 0)
		return -1;
	return run(w, job);
}

/* Four layers, each with a pattern of its own at its own place and one at a place of all. */
static void make_chain(void)
{
	make("0");
	make_overlay("1", "0");
	make_overlay("2", "1");
	make_overlay("3", "2");
	for (int i = 0; i < 4; i++) {
		char name[2] = { (char)('0' + i), '\0' };
		write_pattern(name, 64 * (i + 1), 0x10 + i);
		write_pattern(name, 0, 0x20 + i);
	}
}

static void assert_chain_data(const char *leaf)
{
	for (int i = 0; i < 4; i++)
		assert_pattern(leaf, 64 * (i + 1), 0x10 + i);
	assert_pattern(leaf, 0, 0x23);
}

/* ---- connection and listing ----------------------------------------------------------------- */

Test(hv_mock, sessions_share_a_hypervisor_by_uri)
{
	_cleanup_world_ struct world w = { 0 };
	struct hv *second = NULL;

	world_open(&w);
	add(&w, UUID, "web", "0", HV_SHUTOFF);
	DO(w, hv_open(&second, &hv_mock_ops, URI, &w.err));
	DO(w, hv_undefine(second, UUID, HV_UNDEFINE_KEEP_STATE, &w.err));
	hv_close(second);
	cr_expect_null(hv_mock_xml(w.m, UUID, HV_XML_INACTIVE));

	assert_failed(&w, hv_open(&second, &hv_mock_ops, "mock:///other", &w.err),
		VXE_HYPERVISOR_UNREACHABLE, "no such");
	hv_mock_set_unreachable(w.m, "connection refused");
	assert_failed(&w, hv_open(&second, &hv_mock_ops, URI, &w.err), VXE_HYPERVISOR_UNREACHABLE,
		"connection refused");
}

Test(hv_mock, lists_sorted_with_states)
{
	_cleanup_world_ struct world w = { 0 };
	struct hv_domains all = { 0 };
	_cleanup_free_ char *xml = domain_xml("0095eb01-f6a4-8304-79aa-97f2502e193f", "t", "0");

	world_open(&w);
	add(&w, OTHER, "b", "0", HV_SHUTOFF);
	add(&w, UUID, "a", "0", HV_PAUSED);
	hv_mock_add_transient(w.m, xml);
	DO(w, hv_list(w.h, &all, &w.err));
	cr_assert_eq(all.n, 3);
	cr_expect_str_eq(all.items[0].name, "t");
	cr_expect(!all.items[0].persistent && all.items[0].id > 0);
	cr_expect_str_eq(all.items[1].uuid, UUID);
	cr_expect_eq(all.items[1].state, HV_PAUSED);
	cr_expect(all.items[2].persistent && all.items[2].id == -1);
	cr_expect_null(hv_domains_find(&all, "nothing"));
	hv_domains_clear(&all);
}

Test(hv_mock, finds_by_uuid_and_name)
{
	_cleanup_world_ struct world w = { 0 };
	struct hv_domain d = { 0 };
	_cleanup_free_ char *uuid = NULL;

	world_open(&w);
	add(&w, UUID, "web", "0", HV_SHUTOFF);
	DO(w, hv_find(w.h, OTHER, &d, &w.err));
	cr_expect_null(d.uuid);
	DO(w, hv_find(w.h, UUID, &d, &w.err));
	cr_expect_str_eq(d.name, "web");
	free(d.uuid);
	free(d.name);
	DO(w, hv_find_name(w.h, "web", &uuid, &w.err));
	cr_expect_str_eq(uuid, UUID);
}

/* ---- definitions and life cycle ------------------------------------------------------------- */

Test(hv_mock, names_and_uuids_are_unique)
{
	_cleanup_world_ struct world w = { 0 };
	_cleanup_free_ char *renamed = domain_xml(UUID, "new", "0");
	_cleanup_free_ char *clash = domain_xml(OTHER, "web", "0");

	world_open(&w);
	add(&w, UUID, "web", "0", HV_SHUTOFF);
	assert_failed(&w, hv_define(w.h, renamed, &w.err), VXE_HYPERVISOR_FAILED, "already");
	assert_failed(&w, hv_define(w.h, clash, &w.err), VXE_HYPERVISOR_FAILED, "already");
	assert_failed(&w, hv_define(w.h, "<domain/>", &w.err), VXE_HYPERVISOR_FAILED, "UUID");
}

Test(hv_mock, defining_a_running_domain_leaves_the_live_xml)
{
	_cleanup_world_ struct world w = { 0 };
	_cleanup_free_ char *xml = domain_xml(UUID, "web", "9");

	world_open(&w);
	add(&w, UUID, "web", "0", HV_RUNNING);
	DO(w, hv_define(w.h, xml, &w.err));
	assert_leaf(&w, "0", "9");
	DO(w, hv_destroy(w.h, UUID, &w.err));
	assert_leaf(&w, "9", "9");
}

Test(hv_mock, undefine_has_libvirts_conditions)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	add(&w, UUID, "web", "0", HV_RUNNING);
	hv_mock_set_managed_save(w.m, UUID, true);
	assert_failed(&w, hv_undefine(w.h, UUID, HV_UNDEFINE_DROP_STATE, &w.err),
		VXE_HYPERVISOR_FAILED, "managed save");
	hv_mock_set_managed_save(w.m, UUID, false);
	DO(w, hv_undefine(w.h, UUID, HV_UNDEFINE_KEEP_STATE, &w.err));
	cr_expect_eq(state_of(&w, UUID), HV_RUNNING, "it runs on as a transient domain");
	DO(w, hv_destroy(w.h, UUID, &w.err));
	DO(w, hv_destroy(w.h, UUID, &w.err));
	DO(w, hv_undefine(w.h, UUID, HV_UNDEFINE_KEEP_STATE, &w.err));
}

Test(hv_mock, start_wants_every_file_of_the_chain)
{
	_cleanup_world_ struct world w = { 0 };
	_cleanup_free_ char *base = file("0");

	world_open(&w);
	make_chain();
	add(&w, UUID, "web", "3", HV_SHUTOFF);
	DO(w, hv_start(w.h, UUID, true, &w.err));
	cr_expect_eq(state_of(&w, UUID), HV_PAUSED);
	assert_failed(&w, hv_start(w.h, UUID, false, &w.err), VXE_HYPERVISOR_FAILED, "already");
	DO(w, hv_destroy(w.h, UUID, &w.err));
	cr_assert_eq(remove(base), 0);
	assert_failed(&w, hv_start(w.h, UUID, false, &w.err), VXE_HYPERVISOR_FAILED, base);
	cr_expect_eq(state_of(&w, UUID), HV_SHUTOFF);
}

Test(hv_mock, the_button_can_be_ignored)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	add(&w, UUID, "web", "0", HV_RUNNING);
	hv_mock_ignore_button(w.m, true);
	DO(w, hv_shutdown(w.h, UUID, &w.err));
	cr_expect_eq(state_of(&w, UUID), HV_RUNNING);
	hv_mock_ignore_button(w.m, false);
	DO(w, hv_shutdown(w.h, UUID, &w.err));
	cr_expect_eq(state_of(&w, UUID), HV_SHUTOFF);
	assert_failed(&w, hv_shutdown(w.h, UUID, &w.err), VXE_HYPERVISOR_FAILED, "not running");
}

Test(hv_mock, attaches_live_only)
{
	_cleanup_world_ struct world w = { 0 };
	_cleanup_free_ char *path = file("b");
	const struct spec_disk d = { .target = (char[]){ "vdb" },
		.bus = (char[]){ "virtio" },
		.source = DISK_FILE,
		.path = path,
		.format = (char[]){ "qcow2" } };

	world_open(&w);
	make("b");
	add(&w, UUID, "web", "0", HV_RUNNING);
	DO(w, hv_attach_disk(w.h, UUID, &d, &w.err));
	cr_expect_not_null(strstr(hv_mock_xml(w.m, UUID, HV_XML_LIVE), path));
	cr_expect_null(strstr(hv_mock_xml(w.m, UUID, HV_XML_INACTIVE), path));
	assert_failed(&w, hv_attach_disk(w.h, UUID, &d, &w.err), VXE_HYPERVISOR_FAILED, "exists");
}

Test(hv_mock, pools)
{
	_cleanup_world_ struct world w = { 0 };
	struct hv_pool p = { .name = (char[]){ "p" }, .path = (char[]){ "/a" } };
	struct hv_pools all = { 0 };

	world_open(&w);
	DO(w, hv_pool_define(w.h, &p, &w.err));
	DO(w, hv_pool_define(w.h, &p, &w.err));
	DO(w, hv_pools(w.h, &all, &w.err));
	cr_expect(all.n == 1 && all.items[0].active && str_eq(all.items[0].path, "/a"));
	hv_pools_clear(&all);
	p.path = (char[]){ "/b" };
	assert_failed(&w, hv_pool_define(w.h, &p, &w.err), VXE_HYPERVISOR_FAILED, "another");
}

/* ---- script --------------------------------------------------------------------------------- */

Test(hv_mock, a_scripted_failure_hits_one_call)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	add(&w, UUID, "web", "0", HV_RUNNING);
	hv_mock_fail(w.m, "destroy", 1, HV_MOCK_BEFORE, "no power");
	DO(w, hv_destroy(w.h, UUID, &w.err));
	hv_mock_set_state(w.m, UUID, HV_RUNNING);
	assert_failed(&w, hv_destroy(w.h, UUID, &w.err), VXE_HYPERVISOR_FAILED, "no power");
	cr_expect_eq(state_of(&w, UUID), HV_RUNNING);
	hv_mock_fail(w.m, "destroy", 0, HV_MOCK_AFTER, "lost");
	assert_failed(&w, hv_destroy(w.h, UUID, &w.err), VXE_HYPERVISOR_FAILED, "lost");
	cr_expect_eq(state_of(&w, UUID), HV_SHUTOFF, "it was done, only the answer was lost");
	DO(w, hv_destroy(w.h, UUID, &w.err));
	cr_expect_eq(hv_mock_calls(w.m, "destroy"), 4);
	cr_expect_eq(hv_mock_calls(w.m, NULL), 6, "with two listings");
}

Test(hv_mock, an_answer_is_lost_by_the_right_call)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	add(&w, UUID, "web", "0", HV_RUNNING);
	hv_mock_fail(w.m, "destroy", 1, HV_MOCK_AFTER, "lost");
	DO(w, hv_destroy(w.h, UUID, &w.err));
	assert_failed(&w, hv_destroy(w.h, UUID, &w.err), VXE_HYPERVISOR_FAILED, "lost");
}

static void start_it(struct hv_mock *m, void *uuid)
{
	hv_mock_set_state(m, uuid, HV_RUNNING);
}

Test(hv_mock, somebody_else_is_quicker)
{
	_cleanup_world_ struct world w = { 0 };
	char uuid[] = UUID;

	world_open(&w);
	add(&w, UUID, "web", "0", HV_SHUTOFF);
	hv_mock_before(w.m, "start", start_it, uuid);
	assert_failed(&w, hv_start(w.h, UUID, false, &w.err), VXE_HYPERVISOR_FAILED, "already");
}

/* ---- switch --------------------------------------------------------------------------------- */

Test(hv_mock, switch_changes_both_and_leaves_a_stale_chain)
{
	_cleanup_world_ struct world w = { 0 };
	_cleanup_free_ char *inactive = NULL, *clean = NULL;
	_cleanup_spec_ struct domain_spec *s = NULL;

	world_open(&w);
	make("0");
	make_overlay("1", "0");
	make_overlay("2", "1");
	add(&w, UUID, "web", "0", HV_RUNNING);
	DO(w, switch_to(&w, "1"));
	DO(w, switch_to(&w, "2"));
	assert_leaf(&w, "2", "2");
	DO(w, hv_xml(w.h, UUID, HV_XML_INACTIVE, &inactive, &w.err));
	const char *first = strstr(inactive, "<backingStore");
	cr_assert_not_null(first);
	cr_expect_not_null(strstr(first + 1, "<backingStore"), "one level for each layer");

	/* The trap: the leaf alone is replaced, and the domain would run on the wrong chain. */
	DO(w, hv_destroy(w.h, UUID, &w.err));
	make_overlay("3", "0");
	_cleanup_free_ char *leaf = file("2");
	char *at = strstr(inactive, leaf);
	at[strlen(leaf) - 1] = '3';
	DO(w, hv_define(w.h, inactive, &w.err));
	assert_failed(&w, hv_start(w.h, UUID, false, &w.err), VXE_HYPERVISOR_FAILED, "stale");
	DO(w, hv_spec_read(w.h, inactive, &s, &w.err));
	DO(w, hv_spec_patch(w.h, inactive, s, &clean, &w.err));
	DO(w, hv_define(w.h, clean, &w.err));
	DO(w, hv_start(w.h, UUID, false, &w.err));
}

Test(hv_mock, switch_is_all_or_nothing)
{
	_cleanup_world_ struct world w = { 0 };
	_cleanup_free_ char *good = NULL, *bad = NULL, *before = NULL;

	world_open(&w);
	make("0");
	make_overlay("1", "0");
	add(&w, UUID, "web", "0", HV_RUNNING);
	before = xstrdup(hv_mock_xml(w.m, UUID, HV_XML_LIVE));
	good = file("1");
	bad = file("absent");
	const struct hv_switch s[] = { { "vda", good, "qcow2" }, { "sda", bad, "qcow2" } };
	struct hv_job *job = NULL;
	DO(w, hv_switch_start(w.h, UUID, s, 2, NULL, &job, &w.err));
	assert_failed(&w, run(&w, job), VXE_HYPERVISOR_FAILED, "missing");
	cr_expect_str_eq(hv_mock_xml(w.m, UUID, HV_XML_LIVE), before);
	cr_expect_str_eq(hv_mock_xml(w.m, UUID, HV_XML_INACTIVE), before);
}

Test(hv_mock, a_switch_whose_answer_is_lost_has_happened)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	make("0");
	make_overlay("1", "0");
	add(&w, UUID, "web", "0", HV_RUNNING);
	hv_mock_fail(w.m, "switch_start", 0, HV_MOCK_AFTER, "connection lost");
	assert_failed(&w, switch_to(&w, "1"), VXE_HYPERVISOR_FAILED, "connection lost");
	assert_leaf(&w, "1", "1");
}

Test(hv_mock, switch_needs_a_running_domain)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	make("0");
	make_overlay("1", "0");
	add(&w, UUID, "web", "0", HV_SHUTOFF);
	assert_failed(&w, switch_to(&w, "1"), VXE_HYPERVISOR_FAILED, "not running");
}

/* ---- merge ---------------------------------------------------------------------------------- */

Test(hv_mock, commit_of_a_middle_layer)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	make_chain();
	add(&w, UUID, "web", "3", HV_RUNNING);
	DO(w, merge(&w, HV_MERGE_COMMIT, "1", "2"));
	assert_leaf(&w, "3", "3");
	assert_backing("3", "1");
	assert_pattern("1", 64 * 3, 0x12);
	assert_pattern("1", 0, 0x22);
	assert_chain_data("3");
}

Test(hv_mock, commit_of_the_active_layer_pivots)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	make_chain();
	add(&w, UUID, "web", "3", HV_RUNNING);
	DO(w, merge(&w, HV_MERGE_COMMIT_ACTIVE, "2", NULL));
	assert_leaf(&w, "2", "2");
	assert_backing("2", "1");
	assert_chain_data("2");
}

Test(hv_mock, pull_to_a_base_and_of_everything)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	make_chain();
	add(&w, UUID, "web", "3", HV_RUNNING);
	DO(w, merge(&w, HV_MERGE_PULL, "1", NULL));
	assert_backing("3", "1");
	assert_chain_data("3");
	DO(w, merge(&w, HV_MERGE_PULL, NULL, NULL));
	assert_backing("3", "");
	assert_chain_data("3");
	assert_leaf(&w, "3", "3");
}

Test(hv_mock, a_cancelled_merge_has_done_nothing)
{
	_cleanup_world_ struct world w = { 0 };
	_cleanup_free_ char *base = file("1"), *top = file("2");
	struct hv_progress p = { 0 };
	struct hv_job *job = NULL;

	world_open(&w);
	make_chain();
	add(&w, UUID, "web", "3", HV_RUNNING);
	hv_mock_set_job_polls(w.m, 3);
	DO(w, hv_merge_start(w.h, UUID, "vda", HV_MERGE_COMMIT, base, top, &job, &w.err));
	cr_expect_eq(hv_poll(job, &p, &w.err), 1);
	cr_expect_eq(hv_poll(job, &p, &w.err), 1);
	cr_expect(p.done == 1 && p.total == 3);
	DO(w, hv_cancel(job, &w.err));
	DO(w, hv_cancel(job, &w.err));
	DO(w, hv_poll(job, NULL, &w.err));
	hv_job_free(job);
	assert_backing("3", "2");
	assert_pattern("1", 0, 0x21);
}

Test(hv_mock, merge_ends_with_its_domain)
{
	_cleanup_world_ struct world w = { 0 };
	_cleanup_free_ char *base = file("1"), *top = file("2");
	struct hv_job *job = NULL;

	world_open(&w);
	make_chain();
	add(&w, UUID, "web", "3", HV_RUNNING);
	DO(w, hv_merge_start(w.h, UUID, "vda", HV_MERGE_COMMIT, base, top, &job, &w.err));
	hv_mock_set_state(w.m, UUID, HV_SHUTOFF);
	assert_failed(&w, run(&w, job), VXE_HYPERVISOR_FAILED, "not running");
	assert_backing("3", "2");
}

Test(hv_mock, merge_of_layers_that_are_not_there)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	make_chain();
	add(&w, UUID, "web", "3", HV_RUNNING);
	assert_failed(&w, merge(&w, HV_MERGE_COMMIT, "1", "9"), VXE_HYPERVISOR_FAILED, "find");
	assert_failed(&w, merge(&w, HV_MERGE_PULL, "9", NULL), VXE_HYPERVISOR_FAILED, "find");
	assert_chain_data("3");
}

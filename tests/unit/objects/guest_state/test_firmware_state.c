/* SPDX-License-Identifier: MIT */
/* UEFI variables and TPM state in snapshots, checked by the bytes of the files. */
#include "objects/guest_state/state_file.h"
#include "objects/check/check.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/vm/vm.h"
#include "objects/domain/adopt.h"
#include "objects/queries/list.h"
#include "objects/queries/param.h"
#include "objects/vm/vm_clone.h"
#include "objects/vm/vm_destroy.h"
#include "objects/vm/vm_lifecycle.h"
#include "objects/vm/vm_ops.h"
#include "objects/vm/snapshot/vm_snapshot.h"
#include "objects/vm/snapshot/vm_uninstall.h"
#include "tests/unit/host_fixture.h"
#include "tests/image_at.h"

#include <fcntl.h>
#include <unistd.h>

TestSuite(capture, .init = host_start_mem, .fini = host_stop);

/* ---- the machine ----------------------------------------------------------------------------- */

static char *nvram_of(const char *name)
{
	_cleanup_free_ char *below = xasprintf(NVRAM_FILE, name);

	return at(below);
}

static char *tpm_of(const char *uuid)
{
	_cleanup_free_ char *below = xasprintf(TPM_FILE, uuid);

	return at(below);
}

static void expect_state(const char *nvram, const char *tpm)
{
	_cleanup_free_ char *a = nvram_of("a"), *b = tpm_of(VM_A);

	expect_file(a, nvram);
	expect_file(b, tpm);
}

static void write_state(const char *nvram, const char *tpm)
{
	_cleanup_free_ char *a = xasprintf(NVRAM_FILE, "a"), *b = xasprintf(TPM_FILE, VM_A);

	if (nvram)
		write_text(a, nvram);
	if (tpm)
		write_text(b, tpm);
}

static void add_machine(void)
{
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", "a.qcow2");
	_cleanup_free_ char *xml = uefi_xml(VM_A, "a", disk);

	make_image("a.qcow2", NULL, NULL);
	hv_mock_add(mock, xml, HV_SHUTOFF);
	OK(adopt_domains(S, &E));
}

static char *snapshot(void)
{
	const struct vm_snapshot_args args = { .name_label = "s" };
	char *uuid;

	next_command();
	OK(vm_snapshot(S, VM_A, &args, &uuid, &E));
	return uuid;
}

static void revert(const char *uuid)
{
	next_command();
	OK(snapshot_revert(S, uuid, &E));
}

static char *node_file(const char *uuid)
{
	_cleanup_(node_free_cleanup) struct node *node = find(&node_class, uuid);
	_cleanup_txn_ struct txn *t = NULL;
	char *path;

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(node_path(t, node, &path, &E));
	return path;
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	cr_assert_eq(stat(path, &st), 0, "%s", path);
	return st.st_mode & 07777;
}

static void no_findings(void)
{
	_cleanup_findings_ struct findings found = { 0 };

	next_command();
	OK(check_all(S, true, &found, &E));
	for (size_t i = 0; i < found.n; i++)
		cr_expect(false, "%s: %s", found.items[i].object, found.items[i].text);
	cr_assert_eq(found.n, 0);
}

/* Only nodes of disks are left. */
static void expect_gone(void)
{
	_cleanup_records_ struct records nodes = all_of(&node_class);

	for (size_t i = 0; i < nodes.n; i++)
		cr_assert_eq(((const struct node *)nodes.items[i])->kind, NODE_DISK);
	no_findings();
}

/* ---- snapshot and revert --------------------------------------------------------------------- */

static const struct wishes ignoring = { .ignore_firmware = true };

Test(capture, a_revert_brings_back_what_the_snapshot_has)
{
	_cleanup_free_ char *first = NULL, *second = NULL;

	add_machine();
	write_state("v1", "t1");
	first = snapshot();
	write_state("v2", "t2");
	second = snapshot();
	write_state("v3", "t3");
	revert(first);
	expect_state("v1", "t1");
	revert(second);
	expect_state("v2", "t2");
	write_state("v4", "t4");
	revert(first); /* any number of times: the snapshot's files do not change */
	expect_state("v1", "t1");
	no_findings();
}

Test(capture, what_a_snapshot_has_is_frozen)
{
	_cleanup_free_ char *uuid = NULL, *nvram = NULL, *tpm = NULL;

	add_machine();
	write_state("v1", "t1");
	uuid = snapshot();
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, uuid);
	nvram = node_file(vm->nvram_node);
	tpm = node_file(vm->tpm_node);
	expect_file(nvram, "v1");
	expect_file(tpm, "t1");
	cr_assert_eq(mode_of(nvram), 0400);
	cr_assert_eq(mode_of(tpm), 0400);
	_cleanup_(node_free_cleanup) struct node *node = find(&node_class, vm->tpm_node);
	cr_assert_eq(node->kind, NODE_TPM);
	cr_assert_str_eq(node->format, "tpm2");
}

Test(capture, the_mode_of_the_file_stays)
{
	_cleanup_free_ char *uuid = NULL, *nvram = nvram_of("a");

	add_machine();
	write_state("v1", NULL);
	uuid = snapshot();
	write_state("v2", NULL);
	cr_assert_eq(chmod(nvram, 0640), 0);
	revert(uuid);
	expect_file(nvram, "v1");
	cr_assert_eq(mode_of(nvram), 0640);
}

Test(capture, without_the_file_the_mode_is_that_of_then)
{
	_cleanup_free_ char *uuid = NULL, *nvram = nvram_of("a");

	add_machine();
	write_state("v1", NULL);
	cr_assert_eq(chmod(nvram, 0660), 0);
	uuid = snapshot();
	cr_assert_eq(unlink(nvram), 0);
	revert(uuid);
	expect_file(nvram, "v1");
	cr_assert_eq(mode_of(nvram), 0660);
}

Test(capture, what_there_is_not_yet_is_not_captured)
{
	_cleanup_free_ char *uuid = NULL;

	add_machine();
	uuid = snapshot();
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, uuid);
	cr_assert(!vm->nvram_node && !vm->tpm_node);
	write_state("v1", "t1");
	revert(uuid);
	expect_state("v1", "t1");
}

Test(capture, the_definition_says_where)
{
	_cleanup_free_ char *uuid = NULL, *file = at("elsewhere.fd");
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", "a.qcow2");
	_cleanup_free_ char *plain = domain_xml(VM_A, "a", disk);
	char *os = strstr(plain, "</os>");
	_cleanup_free_ char *xml =
		xasprintf("%.*s<nvram>%s</nvram>%s", (int)(os - plain), plain, file, os);

	make_image("a.qcow2", NULL, NULL);
	hv_mock_add(mock, xml, HV_SHUTOFF);
	OK(adopt_domains(S, &E));
	write_text("elsewhere.fd", "v1");
	uuid = snapshot();
	write_text("elsewhere.fd", "v2");
	revert(uuid);
	expect_file(file, "v1");
}

Test(capture, a_machine_without_disks_has_them_too)
{
	_cleanup_free_ char *uuid = NULL, *xml = uefi_xml(VM_A, "a", "");

	hv_mock_add(mock, xml, HV_SHUTOFF);
	OK(adopt_domains(S, &E));
	write_state("v1", "t1");
	uuid = snapshot();
	write_state("v2", "t2");
	revert(uuid);
	expect_state("v1", "t1");
}

Test(capture, a_destroyed_vm_gets_them_back)
{
	_cleanup_free_ char *uuid = NULL, *nvram = nvram_of("a"), *tpm = tpm_of(VM_A);

	add_machine();
	write_state("v1", "t1");
	uuid = snapshot();
	next_command();
	OK(vm_destroy(S, VM_A, &E));
	cr_assert_eq(state_file_drop(image_at(nvram), 0, &E), 0);
	cr_assert_eq(state_file_drop(image_at(tpm), 2, &E), 0);
	revert(uuid);
	expect_state("v1", "t1");
	no_findings();
}

Test(capture, a_missing_node_is_an_error_and_nothing_is_done)
{
	_cleanup_free_ char *uuid = NULL, *file = NULL;

	add_machine();
	write_state("v1", "t1");
	uuid = snapshot();
	write_state("v2", "t2");
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, uuid);
	file = node_file(vm->nvram_node);
	cr_assert_eq(unlink(file), 0);
	next_command();
	FAILS(VXE_IMAGE_FAILED, snapshot_revert(S, uuid, &E));
	expect_state("v2", "t2");
}

/* ---- clones and templates -------------------------------------------------------------------- */

static char *clone(const char *uuid, const char *name)
{
	const struct vm_clone_args args = { .name_label = name };
	char *fresh;

	next_command();
	OK(vm_clone(S, uuid, &args, &fresh, &E));
	next_command();
	return fresh;
}

/* In the file of its definition, or by libvirt's rule. */
static void expect_state_of(const char *uuid, const char *nvram, const char *tpm)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_free_ char *usual = NULL, *tpm_file = tpm_of(uuid);

	OK(spec_read(hv_mock_xml(mock, uuid, HV_XML_INACTIVE), &spec, &E));
	usual = nvram_of(spec->name);
	expect_file(spec->nvram ? spec->nvram : usual, nvram);
	expect_file(tpm_file, tpm);
}

static void become(const char *uuid, bool template)
{
	const struct filter f = { "is-a-template", template ? "true" : "false" };

	next_command();
	OK(param_set(S, view_by_prefix(template ? "vm" : "template"), uuid, &f, 1, &E));
	next_command();
}

Test(capture, a_clone_has_its_own)
{
	_cleanup_free_ char *fresh = NULL;

	add_machine();
	write_state("v1", "t1");
	fresh = clone(VM_A, "b");
	expect_state_of(fresh, "v1", "t1");
	write_state("v2", "t2");
	expect_state_of(fresh, "v1", "t1");
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, fresh);
	cr_assert(!vm->nvram_node && !vm->tpm_node);
	no_findings();
}

/* A file that a destroyed VM has left under the name. */
Test(capture, a_clone_takes_nobodys_place)
{
	_cleanup_free_ char *fresh = NULL, *theirs = nvram_of("b");

	add_machine();
	write_state("v1", "t1");
	write_text("nvram/b_VARS.fd", "theirs");
	fresh = clone(VM_A, "b");
	expect_file(theirs, "theirs");
	expect_state_of(fresh, "v1", "t1");
}

/* A template of a snapshot names its nodes, and a VM made of that has copies of its own. */
Test(capture, a_template_of_a_snapshot_keeps_them)
{
	_cleanup_free_ char *uuid = NULL, *template = NULL, *file = NULL;

	add_machine();
	write_state("v1", "t1");
	uuid = snapshot();
	write_state("v2", "t2");
	template = clone(uuid, "golden");
	OK(snapshot_destroy(S, uuid, END_ALONE, &E));
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, template);
	file = node_file(vm->nvram_node);
	expect_file(file, "v1");
	no_findings();
	become(template, false);
	expect_state_of(template, "v1", "t1");
	expect_gone();
	expect_file(file, "-");
	expect_state("v2", "t2");
}

Test(capture, an_installed_vm_has_its_own)
{
	const struct vm_clone_args args = { .name_label = "installed" };
	_cleanup_free_ char *uuid = NULL, *template = NULL, *first = NULL, *second = NULL;

	add_machine();
	write_state("v1", "t1");
	uuid = snapshot();
	write_state("v2", "t2");
	template = clone(uuid, "golden");
	OK(vm_install(S, template, &args, &first, &E));
	next_command();
	OK(vm_install(S, uuid, &args, &second, &E)); /* the snapshot is not changed */
	next_command();
	expect_state_of(first, "v1", "t1");
	expect_state_of(second, "v1", "t1");
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, second);
	cr_assert(!vm->nvram_node && !vm->tpm_node);
	no_findings();
}

/* The files of a VM that becomes a template stay where they are, and are cloned from there. */
Test(capture, a_vm_made_into_a_template_keeps_its_files)
{
	_cleanup_free_ char *fresh = NULL, *file = NULL;

	add_machine();
	write_state("v1", "t1");
	become(VM_A, true);
	expect_state("v1", "t1");
	fresh = clone(VM_A, "b");
	write_state("v2", "t2");
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, fresh);
	file = node_file(vm->nvram_node);
	expect_file(file, "v1");
	become(VM_A, false);
	expect_state_of(VM_A, "v2", "t2");
	become(fresh, false);
	expect_state_of(fresh, "v1", "t1");
	expect_gone();
}

Test(capture, a_template_takes_its_files_along)
{
	_cleanup_strv_ struct strv vms = { 0 };
	_cleanup_uninstall_ struct uninstall *u = NULL;

	add_machine();
	write_state("v1", "t1");
	become(VM_A, true);
	strv_add(&vms, VM_A);
	OK(uninstall_plan(S, &vms, END_ALONE, &u, &E));
	OK(uninstall_run(S, u, &E));
	expect_state("-", "-");
}

/* ---- the end --------------------------------------------------------------------------------- */

Test(capture, they_go_with_their_snapshot)
{
	_cleanup_free_ char *uuid = NULL, *file = NULL;

	add_machine();
	write_state("v1", "t1");
	uuid = snapshot();
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, uuid);
	file = node_file(vm->nvram_node);
	next_command();
	OK(snapshot_destroy(S, uuid, END_ALONE, &E));
	expect_file(file, "-");
	expect_gone();
	expect_state("v1", "t1");
}

Test(capture, an_uninstall_lists_and_removes_them)
{
	_cleanup_free_ char *uuid = NULL, *file = NULL, *line = NULL;
	_cleanup_strv_ struct strv vms = { 0 };
	_cleanup_uninstall_ struct uninstall *u = NULL;

	add_machine();
	write_state("v1", "t1");
	uuid = snapshot();
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, uuid);
	file = node_file(vm->tpm_node);
	next_command();
	strv_add(&vms, uuid);
	OK(uninstall_plan(S, &vms, END_ALONE, &u, &E));
	_cleanup_planned_ struct planned_list lines = { 0 };
	OK(uninstall_actions(S, u, &lines, &E));
	_cleanup_str_ struct str all = { 0 };

	for (size_t i = 0; i < lines.n; i++)
		str_addf(&all, "%s%s", i ? "\n" : "", lines.items[i].text);
	const char *actions = str_text(&all);
	line = xasprintf("remove: %s ", file);
	cr_assert(strstr(actions, line), "%s", actions);
	OK(uninstall_run(S, u, &E));
	expect_file(file, "-");
	expect_gone();
	expect_state("v1", "t1");
}

static void expect_missing(const char *path);

/* ---- UEFI variables in a file of their own format (libvirt 12.1) -------------------------------- */

/* libvirt 9 knows no such file; the mock keeps the text of a definition. */
static void add_varstore(void)
{
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", "a.qcow2"), *file = at("a.json");
	_cleanup_free_ char *plain = domain_xml(VM_A, "a", disk);
	char *os = strstr(plain, "</os>");
	_cleanup_free_ char *xml = xasprintf("%.*s<loader type='rom' format='raw'>/c</loader>"
					     "<varstore path='%s'/>%s",
		(int)(os - plain), plain, file, os);

	make_image("a.qcow2", NULL, NULL);
	hv_mock_add(mock, xml, HV_SHUTOFF);
	OK(adopt_domains(S, &E));
	write_text("a.json", "v1");
}

Test(capture, a_varstore_is_captured_as_variables_are)
{
	_cleanup_free_ char *uuid = NULL, *file = at("a.json"), *copy = NULL,
			    *other = at("copy.json");
	_cleanup_strv_ struct strv vms = { 0 };
	_cleanup_uninstall_ struct uninstall *u = NULL;

	add_varstore();
	uuid = snapshot();
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, uuid);
	cr_assert_not_null(vm->nvram_node);
	write_text("a.json", "v2");
	next_command();
	OK(vm_clone(S, VM_A, &(struct vm_clone_args){ .name_label = "copy" }, &copy, &E));
	expect_file(other, "v2");
	const char *xml = hv_mock_xml(mock, copy, HV_XML_INACTIVE);
	cr_assert(strstr(xml, other) && !strstr(xml, file), "%s", xml);
	revert(uuid);
	expect_file(file, "v1");
	expect_file(other, "v2");
	strv_add(&vms, copy);
	next_command();
	OK(uninstall_plan(S, &vms, END_ALONE, &u, &E));
	OK(uninstall_run(S, u, &E));
	expect_file(other, "-");
	expect_file(file, "v1");
	no_findings();
}

Test(capture, a_running_guests_varstore_has_to_be_there)
{
	_cleanup_free_ char *file = at("a.json");

	add_varstore();
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	OK(unlink(file));
	expect_missing(file);
}

/* ---- files of two domains --------------------------------------------------------------------- */

/* A second domain whose definition names the file of the first one, which names none: its name is a. */
static void add_neighbour(void)
{
	_cleanup_free_ char *nvram = nvram_of("a"), *disk = disk_xml("vda", "qcow2", "b.qcow2");
	_cleanup_free_ char *xml = uefi_xml(VM_B, "b", disk), *named = NULL;
	char *os = strstr(xml, "</os>");

	named = xasprintf("%.*s<nvram>%s</nvram>%s", (int)(os - xml), xml, nvram, os);
	make_image("b.qcow2", NULL, NULL);
	hv_mock_add(mock, named, HV_SHUTOFF);
	next_command();
}

static void expect_shared(int r)
{
	_cleanup_free_ char *nvram = nvram_of("a");

	cr_assert_eq(r, -1);
	cr_assert_eq(E.code, VXE_FIRMWARE_SHARED, "%s", code_info(E.code)->name);
	cr_assert_str_eq(E.params[0], nvram);
	cr_assert_str_eq(E.params[1], "domain " VM_B " (b)");
	error_clear(&E);
}

Test(capture, a_file_of_two_domains_is_not_replaced)
{
	_cleanup_free_ char *uuid = NULL;

	add_machine();
	write_state("v1", "t1");
	uuid = snapshot();
	write_state("v2", "t2");
	add_neighbour();
	expect_shared(snapshot_revert(S, uuid, &E));
	expect_state("v2", "t2");
	next_command();
	expect_shared(vm_start(S, VM_A, VM_START_RESET_NVRAM, &E));
	session_wish(S, &ignoring);
	revert(uuid);
	expect_state("v2", "t1");
	cr_assert_eq(notices.n, 1);
}

Test(capture, a_file_of_two_domains_is_not_removed)
{
	_cleanup_planned_ struct planned_list lines = { 0 };
	_cleanup_strv_ struct strv vms = { 0 };
	_cleanup_uninstall_ struct uninstall *u = NULL;
	_cleanup_findings_ struct findings found = { 0 };
	_cleanup_free_ char *nvram = nvram_of("a");
	_cleanup_free_ char *kept = xasprintf("kept: %s (used by domain " VM_B " (b))", nvram);

	add_machine();
	write_state("v1", "t1");
	add_neighbour();
	OK(adopt_domains(S, &E));
	next_command();
	OK(check_all(S, true, &found, &E));
	cr_assert_eq(found.n, 2);
	cr_assert(strstr(found.items[0].text, "UEFI variables are in"), "%s", found.items[0].text);
	strv_add(&vms, VM_A);
	next_command();
	OK(uninstall_plan(S, &vms, END_ALONE, &u, &E));
	OK(uninstall_actions(S, u, &lines, &E));
	bool said = false;

	for (size_t i = 0; i < lines.n; i++)
		said |= str_eq(lines.items[i].text, kept);
	cr_assert(said, "%s", lines.items[0].text);
	OK(uninstall_run(S, u, &E));
	expect_file(nvram, "v1");
}

/* ---- files ----------------------------------------------------------------------------------- */

Test(capture, a_copy_has_its_name_only_when_it_is_complete)
{
	_cleanup_free_ char *from = at("from"), *to = at("to"), *none = at("none");

	write_text("from", "one");
	OK(state_file_capture(image_at(from), to, &E));
	expect_file(to, "one");
	write_text("from", "two");
	OK(state_file_capture(image_at(from), to, &E)); /* a copy exists already */
	expect_file(to, "one");
	OK(state_file_place(image_at(from), 0, to, &E));
	OK(state_file_place(image_at(from), 0, to, &E));
	expect_file(to, "two");
	FAILS(VXE_IMAGE_FAILED, state_file_place(image_at(none), 0, to, &E));
	expect_file(to, "two");
}

Test(capture, what_a_killed_process_left_is_no_obstacle)
{
	_cleanup_free_ char *from = at("from"), *to = at("to");

	write_text("from", "whole");
	write_text(".to.vxe-tmp", "ha");
	OK(state_file_capture(image_at(from), to, &E));
	expect_file(to, "whole");
	write_text(".to.vxe-tmp", "ha");
	OK(state_file_place(image_at(from), 0, to, &E));
	expect_file(to, "whole");
}

Test(capture, only_regular_files_are_replaced)
{
	_cleanup_free_ char *from = at("from"), *to = at("fifo");

	write_text("from", "x");
	cr_assert_eq(mkfifo(to, 0600), 0);
	FAILS(VXE_IMAGE_FAILED, state_file_place(image_at(from), 0, to, &E));
}

Test(capture, dropping_takes_its_own_directories_along)
{
	_cleanup_free_ char *tpm = tpm_of(VM_A), *lock = NULL, *top = at("tpm");

	write_state(NULL, "t");
	lock = xasprintf("tpm/%s/tpm2/.lock", VM_A);
	write_text(lock, "");
	OK(state_file_drop(image_at(tpm), 2, &E));
	cr_assert_eq(rmdir(top), 0, "only the directory of all is left");
}

/* ---- files that are gone ---------------------------------------------------------------------- */

static int take(char **uuid)
{
	next_command();
	return vm_snapshot(S, VM_A, &(struct vm_snapshot_args){ .name_label = "s" }, uuid, &E);
}

/* A running domain's XML has the place of the variables. */
static void run_machine(void)
{
	add_machine();
	_cleanup_free_ char *xml = xstrdup(hv_mock_xml(mock, VM_A, HV_XML_INACTIVE));
	_cleanup_free_ char *nvram = nvram_of("a");
	char *os = strstr(xml, "</os>");
	_cleanup_free_ char *live =
		xasprintf("%.*s<nvram>%s</nvram>%s", (int)(os - xml), xml, nvram, os);

	write_state("variables", "state");
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	hv_mock_set_xml(mock, VM_A, HV_XML_LIVE, live);
	next_command();
}

static void expect_missing(const char *path)
{
	char *uuid = NULL;
	size_t vms = count_of(&vm_class);

	cr_assert_eq(take(&uuid), -1);
	cr_assert_eq(E.code, VXE_FIRMWARE_MISSING, "%s", code_info(E.code)->name);
	cr_assert_str_eq(E.params[0], VM_A);
	cr_assert_str_eq(E.params[1], path);
	error_clear(&E);
	cr_assert_eq(count_of(&vm_class), vms);
}

Test(capture, a_running_guests_files_have_to_be_there)
{
	run_machine();
	_cleanup_free_ char *nvram = nvram_of("a"), *tpm = tpm_of(VM_A), *uuid = NULL;

	OK(unlink(nvram));
	expect_missing(nvram);
	write_state("variables", NULL);
	OK(unlink(tpm));
	expect_missing(tpm);

	/* A user may continue without the file, and gets one notice. */
	session_wish(S, &ignoring);
	OK(take(&uuid));
	cr_assert_eq(notices.n, 1);
	cr_assert(str_starts(notices.items[0], tpm), "%s", notices.items[0]);
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, uuid);
	cr_assert_not_null(vm->nvram_node);
	cr_assert_null(vm->tpm_node);
}

Test(capture, a_suspended_guests_files_have_to_be_there)
{
	run_machine();
	_cleanup_free_ char *tpm = tpm_of(VM_A);

	OK(vm_suspend(S, VM_A, false, &E));
	OK(unlink(tpm));
	expect_missing(tpm);
}

static void add_tpm(const char *backend, const char *nvram)
{
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", "a.qcow2");
	_cleanup_free_ char *all = xasprintf("%s<tpm model='tpm-tis'>%s</tpm>", disk, backend);
	_cleanup_free_ char *xml = domain_xml(VM_A, "a", all);
	char *os = strstr(xml, "</os>");
	_cleanup_free_ char *whole = xasprintf("%.*s%s%s", (int)(os - xml), xml, nvram, os);

	make_image("a.qcow2", NULL, NULL);
	hv_mock_add(mock, whole, HV_RUNNING);
	OK(adopt_domains(S, &E));
}

Test(capture, a_passed_through_tpm_has_no_files)
{
	_cleanup_free_ char *uuid = NULL;

	add_tpm("<backend type='passthrough'><device path='/dev/tpm0'/></backend>", "");
	OK(take(&uuid));
}

Test(capture, variables_that_are_no_file_are_refused)
{
	char *uuid = NULL;

	add_tpm("<backend type='passthrough'/>",
		"<nvram type='network'><source protocol='nbd' name='vars'/></nvram>");
	FAILS(VXE_FOREIGN_IMAGE, take(&uuid));
}

/* SPDX-License-Identifier: MIT */
/* Failures of operations that make a second VM: clones, copies, templates, archives. */
#include "tests/unit/crash_play.h"

#include "objects/archive/vm_export.h"
#include "objects/archive/vm_import.h"
#include "objects/vm/vm_clone.h"
#include "objects/vm/vm_ops.h"

#include <fcntl.h>

TestSuite(crash, .init = host_start, .fini = host_stop);

static int clone_it(struct vxe_error *err)
{
	const struct vm_clone_args args = { .name_label = "clone" };
	_cleanup_free_ char *uuid = NULL;

	return vm_clone(S, VM_A, &args, &uuid, err);
}

static int copy_it(struct vxe_error *err)
{
	const struct vm_clone_args args = { .name_label = "copy" };
	_cleanup_free_ char *uuid = NULL;

	return vm_copy(S, VM_A, &args, &uuid, err);
}

static int change_kind(bool template, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *before = find(&vm_class, VM_A);
	_cleanup_(vm_free_cleanup) struct vm *after = record_copy(&vm_class, before);

	after->is_a_template = template;
	return vm_apply_settings(S, before, after, err);
}

static int to_template(struct vxe_error *err)
{
	return change_kind(true, err);
}

static int to_vm(struct vxe_error *err)
{
	return change_kind(false, err);
}

static void template(void)
{
	OK(to_template(&E));
}

/* With a disk that the installation creates. */
static void template_that_asks(void)
{
	template();
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_A);

	map_set(&vm->other_config, "disks",
		"<provision><disk device='3' size='1048576' sr='' bootable='true'/></provision>");
	save(&vm_class, vm);
}

static int install_from(const char *template, const char *sr, struct vxe_error *err)
{
	const struct vm_clone_args args = { .name_label = "installed", .sr = sr };
	_cleanup_free_ char *uuid = NULL;

	return vm_install(S, template, &args, &uuid, err);
}

static int install_it(struct vxe_error *err)
{
	return install_from(VM_A, NULL, err);
}

static int install_copy(struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = find(&vdi_class, vdis.items[0]);
	_cleanup_free_ char *sr = xstrdup(vdi->sr);

	return install_from(VM_A, sr, err);
}

static int create_it(struct vxe_error *err)
{
	const struct vm_clone_args args = { .name_label = "bare" };
	_cleanup_free_ char *uuid = NULL;

	return vm_create(S, &args, &uuid, err);
}

/* A clone of it uses its layers, which are frozen now. */
static void cloned(void)
{
	OK(clone_it(&E));
}

/* ---- archives --------------------------------------------------------------------------------- */

static int export_it(const char *vm, struct vxe_error *err)
{
	const struct vm_export_args args = { .compression = XVA_ZSTD,
		.preserve_power_state = true };
	_cleanup_free_ char *path = at("archive");
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	return vm_export(S, vm, &args, fd, err);
}

static int export_vm(struct vxe_error *err)
{
	return export_it(VM_A, err);
}

static void exported_vm(void)
{
	OK(export_it(VM_A, &E));
}

static void exported_snapshot(void)
{
	OK(export_it(zero, &E));
}

static void exported_suspended(void)
{
	suspended();
	OK(export_it(VM_A, &E));
}

static void exported_checkpoint(void)
{
	with_checkpoint_halted();
	OK(export_it(zero, &E));
}

static int import_it(struct vxe_error *err)
{
	const struct vm_import_args args = { 0 };
	_cleanup_free_ char *path = at("archive");
	_cleanup_strv_ struct strv uuids = { 0 };
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	return vm_import(S, &args, fd, &uuids, err);
}

static int import_over(struct vxe_error *err)
{
	const struct vm_import_args args = { .preserve = true, .force = true };
	_cleanup_free_ char *path = at("archive");
	_cleanup_strv_ struct strv uuids = { 0 };
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	return vm_import(S, &args, fd, &uuids, err);
}

/* Its TPM would be lost. */
static void exported_without_tpm(void)
{
	_cleanup_free_ char *xml = xstrdup(hv_mock_xml(mock, VM_A, HV_XML_INACTIVE));
	char *from = strstr(xml, "<tpm"), *to = from ? strstr(from, "</tpm>") : NULL;

	cr_assert(to);
	memset(from, ' ', (size_t)(to + strlen("</tpm>") - from));
	hv_mock_set_xml(mock, VM_A, HV_XML_INACTIVE, xml);
	next_command();
	OK(export_it(VM_A, &E));
	guest_writes(7, 128);
}

static struct vm *imported_template(void)
{
	_cleanup_records_ struct records vms = all_of(&vm_class);

	for (size_t i = 0; i < vms.n; i++) {
		const struct vm *vm = vms.items[i];

		if (vm->is_a_template && !vm->is_a_snapshot && vm->power_state == POWER_SUSPENDED)
			return record_copy(&vm_class, vm);
	}
	return NULL;
}

static void imported_checkpoint(void)
{
	exported_checkpoint();
	OK(import_it(&E));
}

static int checkpoint_to_vm(struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *before = imported_template();
	_cleanup_(vm_free_cleanup) struct vm *after = record_copy(&vm_class, before);

	after->is_a_template = false;
	return vm_change_kind(S, before, after, err);
}

static int leave_it(struct vxe_error *err)
{
	return vm_leave(S, VM_A, S->here->uuid, "start_on", err);
}

static void left(void)
{
	OK(vm_leave(S, VM_A, S->here->uuid, "start_on", &E));
}

static int take_it(struct vxe_error *err)
{
	return vm_take(S, VM_A, err);
}

static const struct scene scenes[] = {
	{ "vm-freeze", "of a VM", 2, false, nothing, clone_it },
	{ "vm-freeze", "of a template", 1, false, template, clone_it },
	{ "vm-clone", "of a VM", 2, false, cloned, clone_it },
	{ "vm-clone", "of a template", 1, false, template, clone_it },
	{ "vm-copy", "", 2, false, nothing, copy_it },
	{ "vm-install", "clone", 1, false, template_that_asks, install_it },
	{ "vm-install", "copy", 1, false, template_that_asks, install_copy },
	{ "vm-create", "", 1, false, nothing, create_it },
	{ "vm-template", "of a VM", 1, false, nothing, to_template },
	{ "vm-template", "and back", 1, false, template, to_vm },
	{ "vm-leave", "", 2, false, nothing, leave_it },
	{ "vm-take", "", 2, false, left, take_it },
	{ "vm-export", "", 2, false, nothing, export_vm },
	{ "vm-import", "a VM", 2, false, exported_vm, import_it },
	{ "vm-import", "a template", 1, false, exported_snapshot, import_it },
	{ "vm-import", "over a VM", 2, false, exported_without_tpm, import_over },
	{ "vm-import", "a suspended VM", 2, false, exported_suspended, import_it },
	{ "vm-import", "a checkpoint", 1, false, exported_checkpoint, import_it },
	{ "vm-template", "a checkpoint to a VM", 2, false, imported_checkpoint, checkpoint_to_vm },
};

CRASH_COPIES(PLAY_ALL)

/* SPDX-License-Identifier: MIT */
#include "objects/domain/leftover_memory.h"

#include "objects/disks/disks.h"
#include "backends/hv/memory_image.h"
#include "objects/base/far/far_file.h"
#include "objects/base/uuid.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/vm/vm.h"

#include <dirent.h>
#include <string.h>

static bool is_named_by_vxe(const char *name, const char *suffix)
{
	_cleanup_free_ char *uuid = xstrndup(name, UUID_TEXT_LEN);

	return uuid_is_valid(uuid) && str_eq(name + strlen(uuid), suffix);
}

/* True if the file is a memory image of the VM and no record names it. */
static bool is_memory_of(struct session *s, struct txn *t, const char *vm, const char *path)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_spec_ struct domain_spec *then = NULL;
	_cleanup_free_ char *xml = NULL;

	return node_by_path(s, t, path, &n, &ignored) == 0 && !n &&
		memory_image_xml(content_of(s, path), &xml, &ignored) == 0 &&
		spec_read(xml, &then, &ignored) == 0 && str_eq(then->uuid, vm);
}

/* The path of a file with memory of the VM in the folder @folder, owned; NULL: there is none. */
static char *memory_in(struct session *s, struct txn *t, const char *vm, const char *folder)
{
	_cleanup_dir_ DIR *dir = far_answers(folder) < 0 ? NULL : opendir(folder);
	const struct dirent *e;

	while (dir && (e = readdir(dir))) {
		_cleanup_free_ char *path = xasprintf("%s/%s", folder, e->d_name);

		if (is_named_by_vxe(e->d_name, ".mem") && is_memory_of(s, t, vm, path))
			return TAKE(path);
	}
	return NULL;
}

static int block_start(struct session *s, struct txn *t, const char *uuid, const char *memory,
	struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_free_ char *why = xasprintf(
		"the VM was suspended, and these records are older: its memory is in %s. Permit "
		"start again, then 'vxe vm-resume uuid=%s filename=%s' goes on with it, and 'vxe "
		"vm-start' boots the guest without it",
		memory, uuid, memory);

	if (vm_get(t, uuid, &vm, err) < 0)
		return -1;
	/* Another disk of the VM has blocked its start already. */
	if (map_get(&vm->blocked_operations, "start"))
		return 0;
	map_set(&vm->blocked_operations, "start", why);
	session_notice(s, "VM %s (%s) is not started for now: %s", uuid, vm->name_label, why);
	return record_save(t, &vm_class, vm, err);
}

/*
 * 1: an overlay that vxe has made and that is empty, as the guard overlays of a suspended VM are until somebody
 * starts it; -1: one that was written to, as after a checkpoint; 0: another file.
 */
static int is_guard(struct session *s, const char *path, const char *format)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	const char *slash = path ? strrchr(path, '/') : NULL;
	bool touched = true;

	if (!slash || !is_named_by_vxe(slash + 1, ".qcow2"))
		return 0;
	return image_touched(content_of(s, path), format, &touched, &ignored) == 0 && !touched ? 1
											       : -1;
}

/* After a checkpoint the guest has written to at least one of the overlays. */
bool memory_may_be_left(struct session *s, const struct domain_spec *spec)
{
	size_t guards = 0;

	for (size_t i = 0; i < spec->n_disks; i++) {
		int guard = is_guard(s, spec->disks[i].path, spec->disks[i].format);

		if (guard < 0)
			return false;
		guards += (size_t)guard;
	}
	return guards;
}

int memory_left(
	struct session *s, struct txn *t, const struct domain_spec *spec, struct vxe_error *err)
{
	_cleanup_records_ struct records srs = { 0 };
	_cleanup_free_ char *memory = NULL;

	if (srs_here(s, t, &srs, err) < 0)
		return -1;
	for (size_t i = 0; i < srs.n && !memory; i++) {
		const struct sr *sr = srs.items[i];

		if (!str_is_empty(sr->path) && !sr->detached)
			memory = memory_in(s, t, spec->uuid, sr->path);
	}
	return memory ? block_start(s, t, spec->uuid, memory, err) : 0;
}

/* SPDX-License-Identifier: MIT */
#include "objects/domain/leftover_memory.h"

#include "objects/disks/disks.h"
#include "backends/hv/memory_image.h"
#include "objects/base/far/far_file.h"
#include "objects/base/uuid.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/vm/vm.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

static bool is_named_by_vxe(const char *name, const char *suffix)
{
	_cleanup_free_ char *uuid = xstrndup(name, UUID_TEXT_LEN);

	return uuid_is_valid(uuid) && str_eq(name + strlen(uuid), suffix);
}

/* Where memory of the VM is. */
struct left {
	char *path;
	char *why; /* why nobody can tell whether it is there, or is the VM's; NULL: it is */
};

static void left_clear(struct left *l)
{
	free(l->path);
	free(l->why);
}

static void left_set(struct left *l, const char *path, const char *why)
{
	if (l->path && why)
		return;
	str_replace(&l->path, path);
	str_replace(&l->why, why);
}

/* Looks whether the file is a memory image of the VM, and no record names it. */
static void look_at_file(
	struct session *s, struct txn *t, const char *vm, const char *path, struct left *ret)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_error_ struct vxe_error failed = { 0 };
	_cleanup_spec_ struct domain_spec *then = NULL;
	_cleanup_free_ char *xml = NULL;

	if (node_by_path(s, t, path, &n, &failed) == 0 &&
		(n || memory_image_complete(content_of(s, path), &failed) == 0))
		return;
	if (!failed.code && memory_image_xml(content_of(s, path), &xml, &failed) == 0 &&
		spec_read(xml, &then, &failed) == 0 && !str_eq(then->uuid, vm))
		return;
	left_set(ret, path,
		failed.code ? failed.params[failed.n_params ? failed.n_params - 1 : 0] : NULL);
}

/* Looks for a file with memory of the VM in the folder @folder. */
static void look_in(
	struct session *s, struct txn *t, const char *vm, const char *folder, struct left *ret)
{
	_cleanup_dir_ DIR *dir = far_answers(folder) < 0 ? NULL : opendir(folder);
	int error = dir ? 0 : errno;

	while (dir && !error) {
		errno = 0;
		const struct dirent *e = readdir(dir);

		if (!e) {
			error = errno;
			break;
		}
		_cleanup_free_ char *path = xasprintf("%s/%s", folder, e->d_name);

		if (is_named_by_vxe(e->d_name, ".mem"))
			look_at_file(s, t, vm, path, ret);
		if (ret->path && !ret->why)
			return;
	}
	if (error && error != ENOENT && error != ENOTDIR)
		left_set(ret, folder, far_why(error));
}

static int block_start(struct session *s, struct txn *t, const char *uuid,
	const struct left *memory, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_free_ char *why = memory->why
		? xasprintf(
			  "the VM may have been suspended, and these records are older: whether its "
			  "memory is in %s cannot be told: %s. Put that right and permit start "
			  "again; if the memory is there, 'vxe vm-resume uuid=%s filename=FILE' "
			  "goes on with it, and 'vxe vm-start' boots the guest without it",
			  memory->path, memory->why, uuid)
		: xasprintf(
			  "the VM was suspended, and these records are older: its memory is in %s. "
			  "Permit start again, then 'vxe vm-resume uuid=%s filename=%s' goes on "
			  "with it, and 'vxe vm-start' boots the guest without it",
			  memory->path, uuid, memory->path);

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
	_cleanup_(left_clear) struct left memory = { 0 };

	if (srs_here(s, t, &srs, err) < 0)
		return -1;
	for (size_t i = 0; i < srs.n && (!memory.path || memory.why); i++) {
		const struct sr *sr = srs.items[i];

		if (!str_is_empty(sr->path) && !sr->detached)
			look_in(s, t, spec->uuid, sr->path, &memory);
	}
	return memory.path ? block_start(s, t, spec->uuid, &memory, err) : 0;
}

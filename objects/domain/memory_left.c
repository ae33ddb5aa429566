/* SPDX-License-Identifier: MIT */
#include "objects/domain/memory_left.h"

#include "backends/image/image.h"
#include "backends/image/memory_image.h"
#include "objects/base/uuid.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/vm/vm.h"
#include "objects/layers/places.h"

#include <dirent.h>
#include <string.h>

static bool is_named_by_vxe(const char *name, const char *suffix)
{
	_cleanup_free_ char *uuid = xstrndup(name, UUID_TEXT_LEN);

	return uuid_is_valid(uuid) && str_eq(name + strlen(uuid), suffix);
}

/* The file is the VM's memory, and on no record. */
static bool is_memory_of(struct session *s, struct txn *t, const char *vm, const char *path)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_spec_ struct domain_spec *then = NULL;
	_cleanup_free_ char *xml = NULL;

	return node_by_path(s, t, path, &n, &ignored) == 0 && !n &&
	       memory_image_xml(path, &xml, &ignored) == 0 &&
	       spec_read(xml, &then, &ignored) == 0 && str_eq(then->uuid, vm);
}

/* Owned; NULL: there is none. */
static char *memory_in(struct session *s, struct txn *t, const char *vm, const char *folder)
{
	_cleanup_dir_ DIR *dir = opendir(folder);
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
	map_set(&vm->blocked_operations, "start", why);
	session_notice(s, "VM %s (%s) is not started for now: %s", uuid, vm->name_label, why);
	return record_save(t, &vm_class, vm, err);
}

/* A guard is empty until somebody starts the VM on it; a layer of a checkpoint usually is not. */
static bool may_be_guard(const char *path, const char *format)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	bool touched = true;

	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash && is_named_by_vxe(slash + 1, ".qcow2") &&
	       image_touched(path, format, &touched, &ignored) == 0 && !touched;
}

int memory_left(struct session *s, struct txn *t, const char *vm, const char *top,
	const char *format, struct vxe_error *err)
{
	_cleanup_records_ struct records srs = { 0 };
	_cleanup_free_ char *memory = NULL;

	if (!may_be_guard(top, format))
		return 0;
	if (records_load(t, &sr_class, NULL, NULL, &srs, err) < 0)
		return -1;
	for (size_t i = 0; i < srs.n && !memory; i++) {
		const struct sr *sr = srs.items[i];

		if (!str_is_empty(sr->path) && !sr->detached)
			memory = memory_in(s, t, vm, sr->path);
	}
	return memory ? block_start(s, t, vm, memory, err) : 0;
}

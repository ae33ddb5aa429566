/* SPDX-License-Identifier: MIT */
/* vm-memory-*-set and vm-vcpu-hotplug: change the settings, then the running guest. */
#include "objects/vm/vm_resize.h"

#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/engine/op_recover.h"
#include "objects/model/enums.h"
#include "objects/queries/param.h"
#include "objects/vm/vm_apply.h"

#include <inttypes.h>

static int load_vm_record(
	struct session *s, const char *uuid, struct vm **ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	return vm_get(t, uuid, ret, err);
}

int vm_set_memory(struct session *s, const char *uuid, const char *operation,
	const struct filter *settings, size_t n, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (load_vm_record(s, uuid, &vm, err) < 0 || vm_check_operation(s, vm, operation, err) < 0)
		return -1;
	return param_set(s, view_by_prefix("vm"), uuid, settings, n, err);
}

int vm_set_vcpus(struct session *s, const char *uuid, int64_t n, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL, *after = NULL;
	_cleanup_free_ char *text = xasprintf("%" PRId64, n);
	enum power_state state;

	if (op_recover_object(s, uuid, err) < 0 || load_vm_record(s, uuid, &vm, err) < 0 ||
		vm_power_state(s, vm, &state, err) < 0)
		return -1;
	if (state != POWER_RUNNING || !vm_has_domain(vm))
		return vxe_fail(err, VM_BAD_POWER_STATE, uuid, "running",
			enum_print(&power_state_table, state));
	if (n < 1 || n > vm->vcpus_max)
		return vxe_fail(err, INVALID_VALUE, "nvcpu", text);
	after = record_copy(&vm_class, vm);
	after->vcpus_at_startup = n;
	return vm_apply_vcpus(s, vm, after, err);
}

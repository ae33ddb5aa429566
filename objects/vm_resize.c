/* SPDX-License-Identifier: MIT */
/* vm-memory-*-set and vm-vcpu-hotplug: the settings' own way, then the running guest. */
#include "objects/vm_resize.h"

#include <inttypes.h>

#include "objects/live.h"
#include "objects/vm.h"
#include "objects/vm_operations.h"
#include "objects/vm_power.h"

static int load(struct session *s, const char *uuid, struct vm **ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	return vm_get(t, uuid, ret, err);
}

static void resize_guest(struct session *s, const char *uuid, int64_t bytes)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct hv *hv;

	if (session_hv(s, &hv, &err) < 0 || hv_set_memory(hv, uuid, bytes, &err) < 0)
		session_notice(s, "the running guest keeps its memory until it starts again: %s",
			err.n_params ? err.params[err.n_params - 1] : "");
}

int vm_set_memory(struct session *s, const char *uuid, const char *operation,
	const struct filter *settings, size_t n, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *before = NULL, *after = NULL;
	enum power_state state;

	if (load(s, uuid, &before, err) < 0 ||
		vm_check_operation(s, before, operation, err) < 0 ||
		vm_power_state_sure(s, before, &state, err) < 0 ||
		param_set(s, view_by_prefix("vm"), uuid, settings, n, err) < 0 ||
		load(s, uuid, &after, err) < 0)
		return -1;
	if (state == POWER_RUNNING && vm_has_domain(after))
		resize_guest(s, uuid, after->memory_dynamic_max);
	return 0;
}

int vm_set_vcpus(struct session *s, const char *uuid, int64_t n, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_free_ char *text = xasprintf("%" PRId64, n);
	const struct filter setting = { "VCPUs-at-startup", text };
	_cleanup_error_ struct vxe_error back = { 0 };
	const struct hv_stat *stat;
	enum power_state state;
	struct hv *hv;

	if (load(s, uuid, &vm, err) < 0 || vm_power_state_sure(s, vm, &state, err) < 0)
		return -1;
	if (state != POWER_RUNNING || !vm_has_domain(vm))
		return vxe_fail(err, VM_BAD_POWER_STATE, uuid, "running",
			state == POWER_PAUSED	    ? "paused"
			: state == POWER_SUSPENDED ? "suspended"
						    : "halted");
	if (n < 1 || n > vm->vcpus_max)
		return vxe_fail(err, INVALID_VALUE, "nvcpu", text);
	if (session_hv(s, &hv, err) < 0 || live_stat(s, uuid, &stat, err) < 0 ||
		hv_set_vcpus(hv, uuid, (int)n, err) < 0)
		return -1;
	if (param_set(s, view_by_prefix("vm"), uuid, &setting, 1, err) == 0)
		return 0;
	if (stat && stat->vcpus && hv_set_vcpus(hv, uuid, stat->vcpus, &back) < 0)
		session_notice(s, "the running guest keeps its new number of VCPUs");
	return -1;
}

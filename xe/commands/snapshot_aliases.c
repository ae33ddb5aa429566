/* SPDX-License-Identifier: MIT */
/*
 * Parameters of snapshot-list that virsh's list of snapshots has, too: by place in the tree of snapshots (roots, from
 * ...) and by kind (internal, external ...). Each is a filter like any field, and combines with all others.
 */
#include "objects/classes/vm/vm_tree.h"
#include "objects/vm/vm_destroy.h"
#include "xe/model/command.h"
#include "xe/model/select.h"

/* Parameters that stand for a filter on a field: PARAMETER=true, PARAMETER=false. */
static const struct {
	const char *word, *field;
	bool negated;
} flags[] = {
	{ "roots", "is-root", false },
	{ "leaves", "is-leaf", false },
	{ "no-leaves", "is-leaf", true },
	{ "disk-only", "has-memory", true },
	{ "with-memory", "has-memory", false },
	{ "quiesced", "is-quiesced", false },
	{ "scheduled", "is-vmss-snapshot", false },
	{ "internal", "is-internal", false },
	{ "external", "is-internal", true },
	{ "in-libvirt", "is-in-libvirt", false },
};

/* ---- places in the tree ---------------------------------------------------------------------- */

/*
 * Removes from @ret the members that are not in @set, too; if nothing has been put into @ret before, takes @set whole.
 */
static void keep_common(struct strv *ret, bool *chosen, const struct strv *set)
{
	_cleanup_strv_ struct strv before = *ret;

	*ret = (struct strv){ 0 };
	for (size_t i = 0; i < set->n; i++)
		if (!*chosen || strv_has(&before, set->items[i]))
			strv_add(ret, set->items[i]);
	*chosen = true;
}

typedef int tree_fn(struct session *s, const char *uuid, struct strv *ret, struct vxe_error *err);

static int around(struct call *c, const char *snapshot, tree_fn *fn, struct strv *ret, bool *chosen,
	struct vxe_error *err)
{
	_cleanup_strv_ struct strv set = { 0 };

	if (call_session(c, err) < 0 || snapshot_check(c->session, snapshot, err) < 0 ||
		fn(c->session, snapshot, &set, err) < 0)
		return -1;
	keep_common(ret, chosen, &set);
	return 0;
}

/* Limits @ret to the snapshots on which the VMs with the UUID or name @vm are based now. */
static int current_of(
	struct call *c, const char *vm, struct strv *ret, bool *chosen, struct vxe_error *err)
{
	_cleanup_strv_ struct strv vms = { 0 }, set = { 0 };

	if (select_vms_named(c, vm, &vms, err) < 0)
		return -1;
	for (size_t i = 0; i < vms.n; i++) {
		_cleanup_strv_ struct strv above = { 0 };

		if (vm_tree_above(c->session, vms.items[i], &above, err) < 0)
			return -1;
		if (above.n && !strv_has(&set, above.items[0]))
			strv_add(&set, above.items[0]);
	}
	keep_common(ret, chosen, &set);
	return 0;
}

int snapshot_words(struct call *c, struct filters *ret, struct strv *among, bool *chosen,
	struct vxe_error *err)
{
	const char *from = call_get(c, "from"), *above = call_get(c, "ancestors"),
		   *vm = call_get(c, "current-of");
	bool all = call_flag(c, "descendants", false);

	if (all && !from)
		return vxe_fail(err, CLI_USAGE, "Parameter descendants= needs from=.");
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (call_get(c, flags[i].word))
			filters_add(ret, flags[i].field,
				call_flag(c, flags[i].word, false) != flags[i].negated ? "true"
										       : "false");
	if ((vm && current_of(c, vm, among, chosen, err) < 0) ||
		(above && around(c, above, vm_tree_above, among, chosen, err) < 0))
		return -1;
	return from ? around(c, from, all ? vm_tree_below : vm_tree_children, among, chosen, err)
		    : 0;
}

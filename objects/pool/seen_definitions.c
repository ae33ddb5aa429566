/* SPDX-License-Identifier: MIT */
#include "objects/pool/seen_definitions.h"

#include <inttypes.h>
#include <sys/stat.h>

#include "objects/base/log.h"
#include "objects/classes/vm/seen_definition.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/domain/drift.h"
#include "objects/domain/vm_load.h"
#include "objects/file_index/file_index.h"
#include "objects/session/disk_path.h"

/* So many definitions are read from libvirt at a time: a host with thousands of new guests is not kept busy by it. */
#define AT_A_TIME 32

enum noted { NOTED_NEVER, NOTED_ONCE, NOTED_NOW };

struct definitions {
	struct session *s;
	const struct hv_domains *domains;
	enum noted *noted; /* for each domain */
	struct strv gone;  /* UUIDs of definitions of this host whose domain is no longer there */
	bool waits;	   /* ... or is not old enough */
};

static void definitions_clear(struct definitions *d)
{
	free(d->noted);
	strv_clear(&d->gone);
}

char *definition_word(const struct session *s, const struct hv_domain *d)
{
	const char *dir = s->config.definitions_dir;
	_cleanup_free_ char *path = dir ? xasprintf("%s/%s.xml", dir, d->name) : NULL;
	struct stat st;

	if (!path || stat(path, &st) < 0)
		return xstrdup("");
	struct sign sign = sign_of(&st);

	return xasprintf("%" PRId64 ":%" PRId64 ":%" PRId64, sign.ino, sign.written, sign.changed);
}

static int compare_definition(
	void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	struct definitions *all = ctx;
	const struct hv_domain *d = hv_domains_find(all->domains, uuid);

	(void)err;
	if (!d) {
		if (seen_definition_is_old(values[0]))
			strv_add(&all->gone, uuid);
		all->waits = true;
		return 0;
	}
	_cleanup_free_ char *word = definition_word(all->s, d);

	all->noted[d - all->domains->items] =
		*word && str_eq(values[0], word) ? NOTED_NOW : NOTED_ONCE;
	return 0;
}

static const char *const word_column[] = { "word", NULL };

struct store_question seen_definitions_question(const struct session *s)
{
	return (struct store_question){ seen_definition_class.name, word_column, .where = "host",
		.value = s->here->uuid };
}

static int compare_all(struct definitions *all, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	return txn_begin(all->s->store, TXN_READ, &t, err) < 0
		? -1
		: txn_scan_where(t, seen_definition_class.name, word_column, "host",
			  all->s->here->uuid, compare_definition, all, err);
}

/* ---- one definition ---------------------------------------------------------------------------- */

/* *ret: the record is the same already, as it may be where no file of libvirt's tells of changes. */
static int is_known(
	struct session *s, const struct seen_definition *seen, bool *ret, struct vxe_error *err)
{
	_cleanup_(seen_definition_free_cleanup) struct seen_definition *known = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		seen_definition_find(t, seen->r.uuid, &known, err) < 0)
		return -1;
	_cleanup_free_ char *odd = strv_join(&seen->odd, ",");
	_cleanup_free_ char *known_odd = known ? strv_join(&known->odd, ",") : NULL;

	*ret = known && str_eq(known->host, seen->host) && str_eq(known->word, seen->word) &&
		str_eq(known->xml, seen->xml) && str_eq(known_odd, odd);
	return 0;
}

static int put_definition(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct seen_definition *seen = ctx;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (vm_find(t, seen->r.uuid, &vm, err) < 0)
		return -1;
	return vm && str_eq(vm->home, seen->host)
		? record_save(t, &seen_definition_class, seen, err)
		: 0;
}

/*
 * Finds the disks that are not on their files on record: another program has switched them, in the definition or under the
 * running guest. The definition gets the file on which the guest is.
 */
static int find_odd(struct session *s, const struct vm_loaded *l, struct seen_definition *seen,
	struct vxe_error *err)
{
	for (size_t i = 0; i < l->n_disks; i++)
		if (vm_disk_is_changed(s, l, &l->disks[i]))
			strv_add(&seen->odd, l->disks[i].vbd->target);
	bool moved = false;

	for (size_t i = 0; l->live && i < l->spec->n_disks; i++) {
		struct spec_disk *next = &l->spec->disks[i];
		const struct spec_disk *now = spec_find_disk(l->live, next->target);

		if (!now || next->device != DISK_DISK || next->transient || !now->path ||
			now->path[0] != '/' || !next->path)
			continue;
		int same = disk_is_same(s, now, next, err);

		if (same < 0)
			return -1;
		if (same)
			continue;
		spec_put_file(next, now->path, now->format);
		spec_drop_below(next);
		if (!strv_has(&seen->odd, next->target))
			strv_add(&seen->odd, next->target);
		moved = true;
	}
	if (moved)
		return spec_patch(l->xml, l->spec, &seen->xml, err);
	seen->xml = xstrdup(l->xml);
	return 0;
}

/* Notes one definition, unless an operation works on the VM: it may have switched disks that the records name otherwise. */
static int note_definition(
	struct session *s, const char *uuid, const char *word, struct vxe_error *err)
{
	_cleanup_(seen_definition_free_cleanup) struct seen_definition *seen =
		record_new(&seen_definition_class);
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	bool moving;

	if (vm_load(s, uuid, VM_LOAD_ACT | VM_LOAD_GUARDED | VM_LOAD_DRIFTED, &l, err) < 0 ||
		vm_in_motion(s, uuid, &moving, err) < 0)
		return -1;
	if (moving || !l->xml)
		return 0;
	free(TAKE(seen->xml));
	if (find_odd(s, l, seen, err) < 0)
		return -1;
	str_replace(&seen->r.uuid, uuid);
	str_replace(&seen->host, s->here->uuid);
	str_replace(&seen->word, word);
	bool known;

	if (is_known(s, seen, &known, err) < 0)
		return -1;
	return known ? 0 : store_update(s->store, put_definition, seen, err);
}

/* Deletes a definition whose VM is gone, unless it keeps that VM's record for a time. */
static int drop_definition(struct txn *t, void *ctx, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	const char *uuid = ctx;

	return vm_find(t, uuid, &vm, err) < 0 ? -1
		: vm			      ? 0
					      : txn_del(t, seen_definition_class.name, uuid, err);
}

/* *ret: the VM has a record. */
static int has_vm(struct session *s, const char *uuid, bool *ret, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, uuid, &vm, err) < 0)
		return -1;
	*ret = vm != NULL;
	return 0;
}

static int drop_gone(struct definitions *all, struct vxe_error *err)
{
	for (size_t i = 0; i < all->gone.n && i < AT_A_TIME; i++) {
		char *uuid = all->gone.items[i];
		bool there;

		if (has_vm(all->s, uuid, &there, err) < 0 ||
			(!there && store_update(all->s->store, drop_definition, uuid, err) < 0))
			return -1;
	}
	return 0;
}

/* Chooses the definitions that are noted now, those first of which nothing is known; with their words. */
static void choose(const struct definitions *all, const struct strv *vms, struct strv *uuids,
	struct strv *words)
{
	for (enum noted noted = NOTED_NEVER; noted < NOTED_NOW; noted++)
		for (size_t i = 0; i < vms->n && uuids->n < AT_A_TIME; i++) {
			const struct hv_domain *d = hv_domains_find(all->domains, vms->items[i]);

			if (!d || all->noted[d - all->domains->items] != noted)
				continue;
			strv_add(uuids, d->uuid);
			strv_take(words, definition_word(all->s, d));
		}
}

int seen_definitions_note(
	struct session *s, const struct strv *vms, bool *all_noted, struct vxe_error *err)
{
	_cleanup_(definitions_clear) struct definitions all = { .s = s };
	_cleanup_strv_ struct strv uuids = { 0 }, words = { 0 };

	*all_noted = false;
	if (session_domains_if_up(s->here, &all.domains, err) < 0)
		return -1;
	if (!all.domains)
		return 0;
	all.noted = xcalloc(all.domains->n + 1, sizeof(*all.noted));
	if (compare_all(&all, err) < 0 || drop_gone(&all, err) < 0)
		return -1;
	choose(&all, vms, &uuids, &words);
	*all_noted = !uuids.n && !all.waits;
	for (size_t i = 0; i < uuids.n; i++) {
		_cleanup_error_ struct vxe_error why = { 0 };

		if (note_definition(s, uuids.items[i], words.items[i], &why) < 0)
			log_info("the definition of VM %s is not noted: %s", uuids.items[i],
				code_info(why.code)->name);
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "objects/pool/object_host.h"

#include <string.h>

#include "objects/classes/host/host.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/queries/param.h"
#include "objects/vm/vm_from_dead.h"

void object_host_clear(struct object_host *h)
{
	free(h->host);
	free(h->homeless);
	*h = (struct object_host){ 0 };
}

struct search {
	struct session *s;
	struct txn *t;
	struct object_host *found;
};

/* A home counts more than storage, and a host that was found first more than a later one. */
static void tie_to(struct search *f, enum tie tie, const char *host)
{
	if (str_is_empty(host) || tie <= f->found->tie)
		return;
	f->found->tie = tie;
	str_replace(&f->found->host, host);
}

static int tie_to_sr(struct search *f, const char *sr, struct vxe_error *err)
{
	_cleanup_records_ struct records pbds = { 0 };

	if (records_load(f->t, &pbd_class, "sr_uuid", sr, &pbds, err) < 0)
		return -1;
	for (size_t i = 0; i < pbds.n; i++)
		if (session_is_here(f->s, ((const struct pbd *)pbds.items[i])->host))
			return 0;
	if (pbds.n)
		tie_to(f, TIE_STORAGE, ((const struct pbd *)pbds.items[0])->host);
	return 0;
}

static int tie_to_vdi_sr(struct search *f, const char *uuid, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;

	if (str_is_empty(uuid) || vdi_find(f->t, uuid, &vdi, err) < 0)
		return str_is_empty(uuid) ? 0 : -1;
	return vdi && !str_is_empty(vdi->sr) ? tie_to_sr(f, vdi->sr, err) : 0;
}

static int tie_to_disks(struct search *f, const char *vm, struct vxe_error *err)
{
	_cleanup_records_ struct records vbds = { 0 };

	if (records_load(f->t, &vbd_class, "vm_uuid", vm, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n && !f->found->tie; i++)
		if (tie_to_vdi_sr(f, ((const struct vbd *)vbds.items[i])->vdi, err) < 0)
			return -1;
	return 0;
}

/* Ties to the home of the VM or, of a snapshot, of the VM that it was taken of. */
static int tie_to_home(struct search *f, const char *uuid, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL, *of = NULL;

	if (str_is_empty(uuid) || vm_find(f->t, uuid, &vm, err) < 0)
		return str_is_empty(uuid) ? 0 : -1;
	if (vm && vm->is_a_snapshot && !str_is_empty(vm->snapshot_of) &&
		vm_find(f->t, vm->snapshot_of, &of, err) < 0)
		return -1;
	const struct vm *has = of ? of : vm;

	if (has && str_eq(has->home, HOME_NONE)) {
		_cleanup_free_ char *target = NULL;

		if (vm_was_going_to(f->t, has, &target, err) < 0)
			return -1;
		str_replace(&f->found->homeless, has->r.uuid);
		tie_to(f, TIE_HOME, target);
	} else if (has && vm_has_domain(has))
		tie_to(f, TIE_HOME, has->home);
	return 0;
}

static int tie_to_vm(struct search *f, const char *uuid, struct vxe_error *err)
{
	return tie_to_home(f, uuid, err) < 0 ? -1 : f->found->tie ? 0 : tie_to_disks(f, uuid, err);
}

static int tie_to_vdi(struct search *f, const char *uuid, struct vxe_error *err)
{
	_cleanup_records_ struct records vbds = { 0 };

	if (records_load(f->t, &vbd_class, "vdi_uuid", uuid, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n && f->found->tie < TIE_HOME; i++)
		if (tie_to_home(f, ((const struct vbd *)vbds.items[i])->vm, err) < 0)
			return -1;
	return f->found->tie ? 0 : tie_to_vdi_sr(f, uuid, err);
}

static int tie_to_vbd(struct search *f, const char *uuid, struct vxe_error *err)
{
	_cleanup_(vbd_free_cleanup) struct vbd *vbd = NULL;

	return vbd_find(f->t, uuid, &vbd, err) < 0 ? -1 : vbd ? tie_to_vm(f, vbd->vm, err) : 0;
}

static int tie_to_vif(struct search *f, const char *uuid, struct vxe_error *err)
{
	_cleanup_(vif_free_cleanup) struct vif *vif = NULL;

	return vif_find(f->t, uuid, &vif, err) < 0 ? -1 : vif ? tie_to_vm(f, vif->vm, err) : 0;
}

static int tie_to_pbd(struct search *f, const char *uuid, struct vxe_error *err)
{
	_cleanup_(pbd_free_cleanup) struct pbd *pbd = NULL;

	if (pbd_find(f->t, uuid, &pbd, err) < 0)
		return -1;
	if (pbd)
		tie_to(f, TIE_HOME, pbd->host);
	return 0;
}

static int tie_to_host(struct search *f, const char *uuid, struct vxe_error *err)
{
	(void)err;
	tie_to(f, TIE_HOME, uuid);
	return 0;
}

static const struct {
	const struct class *cls;
	int (*find)(struct search *f, const char *uuid, struct vxe_error *err);
} ties[] = { { &vm_class, tie_to_vm }, { &vbd_class, tie_to_vbd }, { &vif_class, tie_to_vif },
	{ &vdi_class, tie_to_vdi }, { &sr_class, tie_to_sr }, { &pbd_class, tie_to_pbd },
	{ &host_class, tie_to_host } };

/* The row of the class; ARRAY_LEN(ties): it has none. */
static size_t find_tie(const struct class *cls)
{
	size_t i = 0;

	while (i < ARRAY_LEN(ties) && ties[i].cls != cls)
		i++;
	return i;
}

bool object_host_ties(const struct class *cls)
{
	return find_tie(cls) < ARRAY_LEN(ties);
}

int object_host(struct session *s, const struct class *cls, const char *uuid,
	struct object_host *ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	struct search f = { .s = s, .found = ret };
	const size_t i = find_tie(cls);

	if (i == ARRAY_LEN(ties))
		return 0;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	f.t = t;
	return ties[i].find(&f, uuid, err);
}

/* ---- how it is reached ---------------------------------------------------------------------------- */

#define BLANKS " \t\r\f\v"

char *object_host_ways(const struct session *s)
{
	return xasprintf("%s/remote", s->mark.dir ? s->mark.dir : s->config.store);
}

/* Adds the words of the host's line in this host's own file. */
static void add_way(const struct session *s, const char *host, struct strv *ret)
{
	_cleanup_free_ char *path = object_host_ways(s), *text = machine_text(NULL, path);
	_cleanup_strv_ struct strv lines = { 0 };

	strv_split(&lines, text ? text : "", '\n');
	for (size_t i = 0; i < lines.n; i++) {
		const char *p = lines.items[i] + strspn(lines.items[i], BLANKS);
		size_t n = strcspn(p, BLANKS);

		if (n != strlen(host) || strncmp(p, host, n) != 0)
			continue;
		for (p += n; *(p += strspn(p, BLANKS)); p += n) {
			n = strcspn(p, BLANKS);
			strv_take(ret, xstrndup(p, n));
		}
		return;
	}
}

int object_host_reach(struct session *s, const char *host, char **address, struct strv *way,
	struct vxe_error *err)
{
	static const char digits[] = "0123456789abcdefABCDEF.:";

	if (param_get(s, view_by_prefix("host"), host, "address", NULL, address, err) < 0)
		return -1;
	/* it becomes a word of a command */
	if (*address && strspn(*address, digits) != strlen(*address))
		str_replace(address, "");
	add_way(s, host, way);
	return 0;
}

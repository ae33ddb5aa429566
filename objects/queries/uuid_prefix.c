/* SPDX-License-Identifier: MIT */
#include "objects/queries/uuid_prefix.h"

#include "objects/base/uuid.h"
#include "objects/classes/vm/vm.h"
#include "objects/domain/adopt.h"
#include "objects/model/read_txn.h"
#include "objects/queries/list.h"

static int add_uuid(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	(void)values, (void)err;
	if (!strv_has(ctx, uuid))
		strv_add(ctx, uuid);
	return 0;
}

static int scan(struct session *s, const struct class *c, const char *digits, struct strv *ret,
	struct vxe_error *err)
{
	static const char *const none[] = { NULL };
	_cleanup_reader_ struct reader r = { 0 };

	if (c->absent)
		return 0;
	return reader_begin(s, NULL, &r, err) < 0
		? -1
		: txn_scan_begun(s->read_txn, c->name, none, digits, add_uuid, ret, err);
}

/*
 * Collects in @ret the UUIDs on record that begin with @digits. @ask: first makes records of libvirt domains that may
 * be meant and have none.
 */
static int look_up_begun(struct session *s, const struct view *v, const char *digits, bool ask,
	struct strv *ret, struct vxe_error *err)
{
	strv_clear(ret);
	if (ask && v->adopts && v->cls == &vm_class && adopt_begun(s, digits, ret, err) < 0)
		return -1;
	return scan(s, v->cls, digits, ret, err);
}

int begun_uuids(struct session *s, const struct view *v, const char *digits, bool surely,
	struct strv *ret, struct vxe_error *err)
{
	_cleanup_free_ char *low = uuid_lower(xstrdup(digits));
	struct view on_record = *v;

	on_record.adopts = on_record.kept = false;
	if (view_prepare(s, &on_record, err) < 0 ||
		look_up_begun(s, v, low, surely, ret, err) < 0 ||
		(ret->n != 1 && !surely && look_up_begun(s, v, low, true, ret, err) < 0))
		return -1;
	if (ret->n || !(v->adopts || v->kept))
		return 0;
	/*
	 * No UUID on record begins with these digits. After the store was lost, domains may still be without records:
	 * records of all are made, and searched.
	 */
	return view_prepare(s, v, err) < 0 ? -1 : scan(s, v->cls, low, ret, err);
}

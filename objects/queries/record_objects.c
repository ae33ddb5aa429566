/* SPDX-License-Identifier: MIT */
/* Makes and deletes objects that are only records, and cancels tasks. */
#include "objects/queries/record_objects.h"

#include "objects/base/uuid.h"
#include "objects/classes/common/task.h"
#include "objects/model/trial_run.h"

struct wish {
	const struct class *c;
	const void *obj;
	const char *uuid;
};

static int create_record(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct wish *w = ctx;

	return record_add(t, w->c, w->obj, err);
}

int object_create(
	struct session *s, const struct class *c, void *obj, char **ret, struct vxe_error *err)
{
	struct record *r = obj;
	struct wish w = { .c = c, .obj = obj };

	free(r->uuid);
	r->uuid = uuid_new();
	if (session_prepare(s, err) < 0 || record_update(s, create_record, &w, err) < 0)
		return -1;
	*ret = xstrdup(r->uuid);
	return 0;
}

static int destroy(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct wish *w = ctx;
	void *obj;

	if (record_load(t, w->c, w->uuid, &obj, err) < 0)
		return -1;
	record_free(w->c, obj);
	if (w->c->drop && w->c->drop(t, w->uuid, err) < 0)
		return -1;
	return txn_del(t, w->c->name, w->uuid, err);
}

int object_destroy(
	struct session *s, const struct class *c, const char *uuid, struct vxe_error *err)
{
	struct wish w = { .c = c, .uuid = uuid };

	return record_update(s, destroy, &w, err);
}

static int cancel(struct txn *t, void *ctx, struct vxe_error *err)
{
	_cleanup_(task_free_cleanup) struct task *task = NULL;

	if (task_get(t, ctx, &task, err) < 0)
		return -1;
	if (task->status != TASK_STATUS_PENDING)
		return 0;
	task->cancelled = true;
	task->status = TASK_STATUS_CANCELLING;
	return record_save(t, &task_class, task, err);
}

int task_cancel(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_free_ char *copy = xstrdup(uuid);

	return record_update(s, cancel, copy, err);
}

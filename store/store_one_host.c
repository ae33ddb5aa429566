/* SPDX-License-Identifier: MIT */
/* What the engines have in common whose stores are those of one host: nobody else is asked, told or waited for. */
#include <json-c/json_object.h>

#include "objects/base/clock.h"
#include "store/store_engine.h"

int store_get_each(struct txn *t, const char *cls, const struct strv *uuids, txn_each_fn *fn,
	void *ctx, struct vxe_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < uuids->n && rc == 0; i++) {
		struct json_object *doc = NULL;

		if (txn_get(t, cls, uuids->items[i], &doc, NULL, err) < 0)
			return -1;
		rc = doc ? fn(ctx, uuids->items[i], doc, err) : 0;
		json_object_put(doc);
	}
	return rc;
}

int store_keeps_leases(struct store *s, const char *cls, const char *uuid, bool ask, bool *gone,
	struct vxe_error *err)
{
	(void)s, (void)cls, (void)uuid, (void)ask, (void)gone, (void)err;
	return 0;
}

int store_no_await(struct store *s, int64_t seen, int64_t ms, struct vxe_error *err)
{
	(void)s, (void)seen, (void)err;
	clock_sleep_ms(ms);
	return 1;
}

int store_no_beat(struct store *s, const char *host, struct vxe_error *err)
{
	(void)s, (void)host, (void)err;
	return 0;
}

int store_no_last_beat(struct store *s, const char *host, int64_t *ms, struct vxe_error *err)
{
	(void)s, (void)host, (void)ms, (void)err;
	return 0;
}

int store_no_beat_in(struct txn *t, const char *host, int64_t *ms, struct vxe_error *err)
{
	(void)t, (void)host, (void)ms, (void)err;
	return 0;
}

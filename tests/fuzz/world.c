/* SPDX-License-Identifier: MIT */
/* The records that filters and plans find: a VM with a disk and a card, its snapshot, an SR, a network. */
#include "tests/fuzz/world.h"

#include <json-c/json.h>

#include "objects/start/session_open.h"
#include "objects/model/record.h"
#include "tests/fuzz/fuzz.h"

#define U(n) "000000" #n "-0000-4000-8000-0000000000" #n

static const struct {
	const char *class, *uuid, *text;
} records[] = {
	{ "VM", U(01), "{\"name_label\":\"Control domain\",\"is_control_domain\":true}" },
	{ "VM", U(02),
		"{\"name_label\":\"web\",\"tags\":[\"eu\",\"prod\"],\"other_config\":{\"owner\":"
		"\"bob\"},"
		"\"memory_static_max\":4294967296}" },
	{ "VM", U(03),
		"{\"name_label\":\"s1\",\"is_a_snapshot\":true,\"is_a_template\":true,"
		"\"snapshot_of\":\"" U(02) "\",\"snapshot_time\":\"20260101T10:00:00Z\"}" },
	{ "host", U(70), "{\"name_label\":\"h1\",\"control_domain\":\"" U(01) "\"}" },
	{ "SR", U(40), "{\"name_label\":\"local\",\"type\":\"dir\",\"content_type\":\"user\"}" },
	{ "PBD", U(41), "{\"host\":\"" U(70) "\",\"sr\":\"" U(40) "\"}" },
	{ "VDI", U(30),
		"{\"name_label\":\"disk0\",\"sr\":\"" U(40) "\",\"virtual_size\":8589934592}" },
	{ "VBD", U(21), "{\"vm\":\"" U(02) "\",\"vdi\":\"" U(30) "\",\"userdevice\":\"0\"}" },
	{ "network", U(60), "{\"name_label\":\"lan\",\"bridge\":\"vxe0\"}" },
	{ "VIF", U(50),
		"{\"vm\":\"" U(02) "\",\"network\":\"" U(60) "\",\"MAC\":\"52:54:00:aa:bb:01\"}" },
};

static int put(struct txn *t, void *ctx, struct vxe_error *err)
{
	(void)ctx;
	for (size_t i = 0; i < ARRAY_LEN(records); i++) {
		const struct class *c = class_by_name(records[i].class);
		struct json_object *doc = json_tokener_parse(records[i].text);

		assert(c && doc);
		struct record *r = record_new(c);
		int failed = record_decode(c, doc, r, err);

		r->uuid = xstrdup(records[i].uuid);
		if (!failed)
			failed = record_save(t, c, r, err);
		record_free(c, r);
		json_object_put(doc);
		if (failed)
			return -1;
	}
	return 0;
}

struct session *fuzz_world_new(void)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct session *s = NULL;
	int r = session_open(&s,
		&(struct session_config){ .store = fuzz_dir(),
			.lock_dir = fuzz_dir(),
			.root = "/nonexistent",
			.engine = &store_mem_ops },
		&err);

	assert(r == 0);
	/* As after the adoption of domains; there is no hypervisor to ask. */
	s->reports.adopted = true;
	s->store_uuid = xstrdup(U(80));
	s->here->domains = xcalloc(1, sizeof(*s->here->domains));
	r = store_update(s->store, put, NULL, &err);
	assert(r == 0);
	return s;
}

struct session *fuzz_world(void)
{
	static struct session *world;

	return world ? world : (world = fuzz_world_new());
}

/* SPDX-License-Identifier: MIT */
/* The fields of PBDs, in xe's print order. */
#include "objects/classes/storage/pbd.h"

#include "objects/base/uuid.h"
#include "objects/classes/common/getters.h"
#include "objects/classes/storage/sr.h"

static int get_attached(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct pbd *pbd = obj;
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	if (pbd->sr && sr_find(s->read_txn, pbd->sr, &sr, err) < 0)
		return -1;
	ret->integer = sr && !sr->detached;
	return 0;
}

static int get_pbd_host(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	(void)s, (void)err;
	ret->string = xstrdup_null(((const struct pbd *)obj)->host);
	return 0;
}

#define REF(m, cls) AT_REF(struct pbd, m, cls)

static const struct field pbd_fields[] = {
	{ "uuid", "Unique identifier.", AT_STRING(struct pbd, r.uuid), .flags = F_COLUMN },
	{ "host", "The host; an old name of host-uuid.", COMPUTED(FIELD_REF, get_pbd_host),
		.ref = CLASS_HOST, .flags = F_DEPRECATED, .source = "host-uuid" },
	{ "host-uuid", "The host that is connected.", REF(host, CLASS_HOST) },
	{ "host-name-label", "Name of that host.", REF(host, CLASS_HOST), .flags = F_NAME },
	{ "sr-uuid", "The SR that it is connected to.", REF(sr, CLASS_SR), .flags = F_COLUMN },
	{ "sr-name-label", "Name of that SR.", REF(sr, CLASS_SR), .flags = F_NAME | F_PARTIAL },
	{ "device-config", "Where the storage lies: location, server and so on.",
		AT_MAP(struct pbd, device_config) },
	{ "currently-attached", "Whether the host uses the SR now.",
		COMPUTED(FIELD_BOOL, get_attached), .source = "pbd-plug and pbd-unplug" },
	{ "other-config", "Free keys of users and tools.", AT_MAP(struct pbd, other_config),
		.flags = F_ADD },
	{ 0 },
};

const struct class pbd_class = {
	.name = "PBD",
	.size = sizeof(struct pbd),
	.fields = pbd_fields,
};

int pbd_put(struct txn *t, const char *host, const char *sr, const struct map *device_config,
	struct vxe_error *err)
{
	_cleanup_(pbd_free_cleanup) struct pbd *pbd = record_new(&pbd_class);

	pbd->r.uuid = uuid_derive(sr, "pbd");
	str_replace(&pbd->host, host);
	str_replace(&pbd->sr, sr);
	if (device_config)
		map_copy(&pbd->device_config, device_config);
	return record_save(t, &pbd_class, pbd, err);
}

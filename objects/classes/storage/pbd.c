/* SPDX-License-Identifier: MIT */
/* The fields of PBDs, in xe's print order; and which SRs this host has. */
#include "objects/classes/storage/pbd.h"

#include "objects/base/uuid.h"
#include "objects/classes/common/getters.h"
#include "objects/classes/host/host.h"
#include "objects/classes/storage/sr_marker.h"

static int get_attached(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct pbd *pbd = obj;
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	if (pbd->sr && sr_find(s->read_txn, pbd->sr, &sr, err) < 0)
		return -1;
	ret->integer = sr && !sr->detached && !pbd->unplugged &&
		!(session_is_here(s, pbd->host) && sr_is_away(s, sr));
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
		COMPUTED(FIELD_BOOL, get_attached),
		.source = "pbd-plug and pbd-unplug; here also the SR's marker" },
	{ "other-config", "Free keys of users and tools.", AT_MAP(struct pbd, other_config),
		.flags = F_ADD },
	{ "unplugged", "Whether its host has unplugged it.", AT_BOOL(struct pbd, unplugged),
		.flags = F_INTERNAL },
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

/* ---- the SRs of this host --------------------------------------------------------------------- */

/* True if the store has one host, to which all SRs belong. */
static bool is_alone(const struct session *s)
{
	return s->pool_size <= 1;
}

/* *ret: a PBD of the SR, this host's if there is one; NULL: the SR has none. */
static int find_nearest(
	struct session *s, struct txn *t, const char *sr, struct pbd **ret, struct vxe_error *err)
{
	_cleanup_records_ struct records pbds = { 0 };
	size_t nearest = 0;

	if (records_load(t, &pbd_class, "sr_uuid", sr, &pbds, err) < 0)
		return -1;
	for (size_t i = 1; i < pbds.n; i++)
		if (session_is_here(s, ((const struct pbd *)pbds.items[i])->host))
			nearest = i;
	*ret = pbds.n ? TAKE(pbds.items[nearest]) : NULL;
	return 0;
}

int sr_is_here(struct session *s, struct txn *t, const char *sr, struct vxe_error *err)
{
	_cleanup_(pbd_free_cleanup) struct pbd *pbd = NULL;

	if (is_alone(s) || str_is_empty(sr))
		return 1;
	if (find_nearest(s, t, sr, &pbd, err) < 0)
		return -1;
	return pbd && session_is_here(s, pbd->host);
}

int sr_is_plugged(struct session *s, struct txn *t, const struct sr *sr, struct vxe_error *err)
{
	_cleanup_(pbd_free_cleanup) struct pbd *pbd = NULL;

	if (is_alone(s) || sr->detached)
		return !sr->detached;
	if (find_nearest(s, t, sr->r.uuid, &pbd, err) < 0)
		return -1;
	return pbd && session_is_here(s, pbd->host) && !pbd->unplugged;
}

/* This host's PBD of the SR; NULL: it has none. */
static const struct pbd *own_pbd(struct session *s, const struct records *pbds, const char *sr)
{
	for (size_t i = 0; i < pbds->n; i++) {
		const struct pbd *pbd = pbds->items[i];

		if (str_eq(pbd->sr, sr) && session_is_here(s, pbd->host))
			return pbd;
	}
	return NULL;
}

int srs_here(struct session *s, struct txn *t, struct records *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records srs = { 0 }, pbds = { 0 };
	size_t n = 0;

	if (records_load(t, &sr_class, NULL, NULL, &srs, err) < 0 ||
		(!is_alone(s) && records_load(t, &pbd_class, NULL, NULL, &pbds, err) < 0))
		return -1;
	for (size_t i = 0; i < srs.n; i++) {
		struct sr *sr = srs.items[i];
		const struct pbd *pbd = own_pbd(s, &pbds, sr->r.uuid);

		if (pbd)
			sr->detached |= pbd->unplugged;
		if (pbd || is_alone(s))
			srs.items[n++] = sr;
		else
			sr_free(sr);
	}
	srs.n = n;
	*ret = srs;
	srs = (struct records){ 0 };
	return 0;
}

int sr_default_here(
	struct session *s, struct txn *t, const char *sr, struct sr **ret, struct vxe_error *err)
{
	_cleanup_records_ struct records own = { 0 };
	int here = sr_is_here(s, t, sr, err);

	if (here < 0 || (!here && srs_here(s, t, &own, err) < 0))
		return -1;
	for (size_t i = 0; i < own.n; i++) {
		const struct sr *at = own.items[i];

		if (!str_is_empty(at->path) && str_eq(at->path, s->config.image_dir)) {
			*ret = TAKE(own.items[i]);
			own.items[i] = own.items[--own.n];
			return 0;
		}
	}
	return sr_find(t, sr, ret, err);
}

static int take_sr(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	(void)values, (void)err;
	strv_add(ctx, uuid);
	return 0;
}

int srs_elsewhere(struct session *s, struct txn *t, struct strv *ret, struct vxe_error *err)
{
	static const char *const none[] = { NULL };
	_cleanup_records_ struct records pbds = { 0 };
	_cleanup_strv_ struct strv all = { 0 };

	if (is_alone(s))
		return 0;
	if (txn_scan(t, sr_class.name, none, take_sr, &all, err) < 0 ||
		records_load(t, &pbd_class, NULL, NULL, &pbds, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		if (!own_pbd(s, &pbds, all.items[i]))
			strv_add(ret, all.items[i]);
	return 0;
}

/* Says which SR, and the name of the host that has it, beside the error. */
static int note_sr(struct txn *t, const char *sr, const char *host, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error unknown = { 0 };
	_cleanup_free_ char *sr_name = NULL, *host_name = NULL;

	if (record_text(t, &sr_class, sr, "name_label", &sr_name, &unknown) == 0 &&
		record_text(t, &host_class, host, "name_label", &host_name, &unknown) == 0)
		error_note(err, "the SR %s (%s) is not of this host; %s has it", sr, sr_name,
			host_name);
	return -1;
}

int sr_check_here(struct session *s, struct txn *t, const char *sr, struct vxe_error *err)
{
	_cleanup_(pbd_free_cleanup) struct pbd *pbd = NULL;

	if (is_alone(s) || str_is_empty(sr))
		return 0;
	if (find_nearest(s, t, sr, &pbd, err) < 0)
		return -1;
	if (!pbd || session_is_here(s, pbd->host))
		return 0;
	(void)vxe_fail(err, HOST_OFFLINE, pbd->host);
	return note_sr(t, sr, pbd->host, err);
}

/* SPDX-License-Identifier: MIT */
#include "objects/classes/storage/chain_limit.h"

#include "backends/hv/hv_by_version.h"
#include "objects/model/value.h"

/* *ret: the versions of libvirt and QEMU on this host; NULL if libvirt does not run. */
static int versions(struct session *s, const struct hv_versions **ret, struct vxe_error *err)
{
	struct hv *hv;

	*ret = NULL;
	if (session_hv_if_up(s->here, &hv, err) < 0)
		return -1;
	return hv ? session_versions(s->here, ret, err) : 0;
}

int chain_most(
	struct session *s, size_t layers, size_t *ret, const char **libvirt, struct vxe_error *err)
{
	const struct hv_versions *v = NULL;

	*ret = (size_t)hv_by_version_least(HV_CHAIN_MOST);
	*libvirt = NULL;
	if (layers <= *ret)
		return 0;
	if (versions(s, &v, err) < 0)
		return -1;
	*ret = (size_t)hv_by_version(v, HV_CHAIN_MOST);
	*libvirt = v ? v->library : NULL;
	return 0;
}

static int usual(struct session *s, size_t layers, size_t *ret, struct vxe_error *err)
{
	const struct hv_versions *v;

	*ret = (size_t)hv_by_version_least(HV_CHAIN_USUAL);
	if (layers < *ret)
		return 0;
	if (versions(s, &v, err) < 0)
		return -1;
	*ret = (size_t)hv_by_version(v, HV_CHAIN_USUAL);
	return 0;
}

int chain_limit(struct session *s, const struct sr *sr, size_t layers, struct chain_limit *ret,
	struct vxe_error *err)
{
	const char *libvirt, *text = map_get(&sr->other_config, CHAIN_KEY);
	int64_t n = 0;
	bool number = text && int_parse(text, &n) == 0 && n >= 1;

	*ret = (struct chain_limit){ 0 };
	if (!text)
		return usual(s, layers, &ret->layers, err);
	if (chain_most(s, number ? (size_t)n : SIZE_MAX, &ret->most, &libvirt, err) < 0)
		return -1;
	if (number && (size_t)n <= ret->most) {
		ret->layers = (size_t)n;
		return 0;
	}
	ret->text = text;
	return usual(s, SIZE_MAX, &ret->layers, err);
}

int sr_check_other_config(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	const struct sr *sr = obj;
	const struct sr wanted = { .other_config = value->map };
	struct chain_limit limit;

	/*
	 * If the value of max-chain-depth is unchanged, the user sets another key, and even an invalid old value may
	 * stay.
	 */
	if (str_eq(map_get(&value->map, CHAIN_KEY), map_get(&sr->other_config, CHAIN_KEY)))
		return 0;
	if (chain_limit(s, &wanted, 0, &limit, err) < 0)
		return -1;
	if (!limit.text)
		return 0;
	_cleanup_free_ char *why = xasprintf("%s (from 1 to %zu)", limit.text, limit.most);

	return vxe_fail(err, INVALID_VALUE, "other-config:" CHAIN_KEY, why);
}

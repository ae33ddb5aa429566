/* SPDX-License-Identifier: MIT */
/* network records: one per network of libvirt, one per bridge of the host that no such network
 * owns. */
#include "objects/networks.h"

#include <glob.h>
#include <string.h>

#include "objects/base/uuid.h"

void networks_find_bridges(struct strv *ret)
{
	static const char pattern[] = "/sys/class/net/*/bridge";
	static const size_t before = sizeof("/sys/class/net/") - 1, after = sizeof("/bridge") - 1;
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];

		strv_take(ret, xstrndup(path + before, strlen(path) - before - after));
	}
	globfree(&found);
}

/* Unless there is one of this UUID. */
static int put_network(struct txn *t, const char *uuid, const char *name, const char *bridge,
	struct vxe_error *err)
{
	_cleanup_(network_free_cleanup) struct network *net = NULL;
	void *known = NULL;

	if (record_find(t, &network_class, uuid, &known, err) < 0)
		return -1;
	if (known) {
		record_free(&network_class, known);
		return 0;
	}
	net = record_new(&network_class);
	net->r.uuid = xstrdup(uuid);
	str_replace(&net->name_label, name);
	str_replace(&net->bridge, bridge ? bridge : "");
	net->mtu = 1500;
	net->managed = true;
	return record_save(t, &network_class, net, err);
}

static char *bridge_uuid(const char *host_uuid, const char *bridge)
{
	_cleanup_free_ char *name = xasprintf("bridge:%s", bridge);

	return uuid_derive(host_uuid, name);
}

static bool is_libvirts(const struct session *s, const char *bridge)
{
	for (size_t i = 0; s->networks && i < s->networks->n; i++)
		if (str_eq(s->networks->items[i].bridge, bridge))
			return true;
	return false;
}

int networks_put(struct session *s, struct txn *t, const struct strv *bridges,
	const char *host_uuid, struct vxe_error *err)
{
	for (size_t i = 0; s->networks && i < s->networks->n; i++) {
		const struct hv_network *n = &s->networks->items[i];

		if (put_network(t, n->uuid, n->name, n->bridge, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < bridges->n; i++) {
		const char *bridge = bridges->items[i];
		_cleanup_free_ char *uuid = bridge_uuid(host_uuid, bridge);

		if (!is_libvirts(s, bridge) && put_network(t, uuid, bridge, bridge, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- the network of a card ------------------------------------------------------------------- */

struct found {
	char *uuid; /* NULL: a kind that xe does not know */
	const char *name, *bridge;
};

/* A record of any origin with this bridge, else what its own would be. */
static int find_bridge(struct session *s, struct txn *t, const char *bridge, struct found *ret,
	struct vxe_error *err)
{
	_cleanup_records_ struct records known = { 0 };

	if (records_load(t, &network_class, "bridge", bridge, &known, err) < 0)
		return -1;
	ret->uuid = known.n ? xstrdup(((const struct network *)known.items[0])->r.uuid)
			    : bridge_uuid(s->host_uuid, bridge);
	ret->name = ret->bridge = bridge;
	return 0;
}

static int find_network(struct session *s, struct txn *t, const struct spec_nic *nic,
	struct found *ret, struct vxe_error *err)
{
	if (str_eq(nic->type, "bridge") && !str_is_empty(nic->source))
		return find_bridge(s, t, nic->source, ret, err);
	for (size_t i = 0; str_eq(nic->type, "network") && s->networks && i < s->networks->n; i++) {
		const struct hv_network *n = &s->networks->items[i];

		if (!str_eq(n->name, nic->source))
			continue;
		*ret = (struct found){ xstrdup(n->uuid), n->name, n->bridge };
		break;
	}
	return 0;
}

int network_of_nic(struct session *s, struct txn *t, const struct spec_nic *nic, char **ret,
	struct vxe_error *err)
{
	struct found f = { 0 };

	if (find_network(s, t, nic, &f, err) < 0)
		return -1;
	int r = f.uuid ? put_network(t, f.uuid, f.name, f.bridge, err) : 0;
	*ret = f.uuid;
	return r;
}

int network_uuid_of_nic(struct session *s, struct txn *t, const struct spec_nic *nic, char **ret,
	struct vxe_error *err)
{
	struct found f = { 0 };

	if (find_network(s, t, nic, &f, err) < 0)
		return -1;
	*ret = f.uuid;
	return 0;
}

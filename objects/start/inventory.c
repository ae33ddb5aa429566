/* SPDX-License-Identifier: MIT */
/*
 * Collects the facts for /etc/xensource-inventory. The UUIDs are those of the store, or are derived from libvirt's
 * host UUID as at the first use.
 */
#include "objects/start/inventory.h"

#include <stdio.h>
#include <sys/stat.h>

#include "objects/base/uri.h"
#include "objects/base/uuid.h"
#include "objects/classes/host/host_identity.h"
#include "objects/start/session_open.h"

void inventory_clear(struct inventory *i)
{
	free(i->host);
	free(i->control_domain);
	free(i->interface);
	*i = (struct inventory){ 0 };
}

char *inventory_control_domain(const char *host)
{
	return uuid_derive(host, "control-domain");
}

char *inventory_interface(const char *routes)
{
	_cleanup_strv_ struct strv lines = { 0 };
	char name[64], best[64] = "";
	long least = -1;

	strv_split(&lines, routes, '\n');
	for (size_t i = 1; i < lines.n; i++) {
		unsigned long to, mask;
		long metric;

		if (sscanf(lines.items[i], "%63s %lx %*x %*x %*d %*d %ld %lx", name, &to, &metric,
			    &mask) != 4 ||
			to || mask || (least >= 0 && metric >= least))
			continue;
		least = metric;
		snprintf(best, sizeof(best), "%s", name);
	}
	return xstrdup(best);
}

/* The UUID of the host in an existing store; NULL: there is no store. */
static int recorded_host(const struct session_config *config, char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *path = xasprintf("%s/" STORE_FILE, config->store);
	_cleanup_session_ struct session *s = NULL;
	struct stat st;

	if (!uri_is_database(config->store) && stat(path, &st) < 0)
		return 0;
	if (session_open(&s, config, err) < 0 || host_check_here(s, err) < 0)
		return -1;
	*ret = xstrdup_null(s->here->uuid);
	return 0;
}

static int present_host(const struct session_config *config, char **ret, struct vxe_error *err)
{
	_cleanup_(hv_host_clear) struct hv_host host = { 0 };
	struct hv *hv;
	int r;

	if (hv_open(&hv, config->hypervisor, config->connect, err) < 0)
		return -1;
	r = hv_host(hv, &host, err);
	hv_close(hv);
	if (r == 0)
		*ret = xstrdup(host.uuid);
	return r;
}

int inventory_read(
	const struct session_config *config, struct inventory *ret, struct vxe_error *err)
{
	if (recorded_host(config, &ret->host, err) < 0 ||
		(!ret->host && present_host(config, &ret->host, err) < 0))
		return -1;
	_cleanup_free_ char *routes = machine_text(config->root, "/proc/net/route");

	ret->control_domain = inventory_control_domain(ret->host);
	ret->interface = inventory_interface(routes ? routes : "");
	return 0;
}

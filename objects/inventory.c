/* SPDX-License-Identifier: MIT */
/* The UUIDs follow from libvirt's host UUID, as they do at the first use of a store. */
#include "objects/inventory.h"

#include <stdio.h>

#include "objects/base/uuid.h"

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

static char *read_interface(const char *root)
{
	_cleanup_free_ char *routes = machine_text(root, "/proc/net/route");

	return inventory_interface(routes ? routes : "");
}

int inventory_read(
	const struct session_config *config, struct inventory *ret, struct vxe_error *err)
{
	_cleanup_(hv_host_clear) struct hv_host host = { 0 };
	struct hv *hv;
	int r;

	if (hv_open(&hv, config->hypervisor, config->connect, err) < 0)
		return -1;
	r = hv_host(hv, &host, err);
	hv_close(hv);
	if (r < 0)
		return -1;
	ret->host = xstrdup(host.uuid);
	ret->control_domain = inventory_control_domain(host.uuid);
	ret->interface = read_interface(config->root);
	return 0;
}

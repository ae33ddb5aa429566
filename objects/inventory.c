/* SPDX-License-Identifier: MIT */
/* The UUIDs follow from libvirt's host UUID, as they do at the first use of a store. */
#include "objects/inventory.h"

#include <stdio.h>

#include "objects/base/uuid.h"

#define ROUTES "/proc/net/route"

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

static char *read_interface(void)
{
	FILE *f = fopen(ROUTES, "re");
	_cleanup_str_ struct str text = { 0 };
	char block[4096];
	size_t n;

	while (f && (n = fread(block, 1, sizeof(block), f)) > 0)
		str_add_bytes(&text, block, n);
	if (f)
		fclose(f);
	return inventory_interface(str_text(&text));
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
	ret->interface = read_interface();
	return 0;
}

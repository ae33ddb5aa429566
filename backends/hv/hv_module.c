/* SPDX-License-Identifier: MIT */
/*
 * Loads the libvirt module: beside the command, when that will connect in any case, or at the first hv_open(). A
 * command that needs only the store never loads libvirt.
 */
#include "backends/hv/hv_module.h"

#include "backends/child/module.h"
#include "backends/hv/spec.h"

/*
 * What libvirt needs in the end. The loader looks for each symbol of a library in all libraries that are loaded with
 * it, which are sixty for libvirt. These libraries have many symbols and need few others: alone they are loaded faster.
 * With the first one a domain's XML can be read, long before libvirt can be asked.
 */
static const struct module_first first[] = { { "libxml2.so.2", NULL },
	{ SPEC_MODULE_FILE, SPEC_MODULE_SYMBOL }, { "libcrypto.so.3", NULL },
	{ "libgnutls.so.30", NULL }, { "libcurl-gnutls.so.4", NULL }, { NULL, NULL } };

const struct hv_ops *hv_module(const char *uri, struct vxe_error *err)
{
	const char *why = NULL;
	const struct hv_ops *ops = module_symbol(HV_MODULE_FILE, HV_MODULE_SYMBOL, &why);

	if (!ops)
		vxe_fail(err, VXE_HYPERVISOR_UNREACHABLE, uri, why);
	return ops;
}

void hv_preload(void)
{
	module_preload(HV_MODULE_FILE, first);
}

bool hv_preloading(void)
{
	return module_preloading();
}

void hv_preload_end(void)
{
	module_preload_end();
}

/* SPDX-License-Identifier: MIT */
/*
 * Loads the libvirt module: beside the command, when that will connect in any case, or at the first hv_open(). A
 * command that needs only the store never loads libvirt.
 */
#include "backends/hv/hv_module.h"

#include "backends/child/module.h"

/*
 * What libvirt needs in the end. The loader looks for each symbol of a library in all libraries that are loaded with
 * it, which are sixty for libvirt. These have many symbols and need few libraries: alone they are loaded faster.
 */
static const char *const large_libraries[] = { "libcrypto.so.3", "libxml2.so.2", "libgnutls.so.30",
	"libcurl-gnutls.so.4", NULL };

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
	module_preload(HV_MODULE_FILE, large_libraries);
}

bool hv_preloading(void)
{
	return module_preloading();
}

void hv_preload_end(void)
{
	module_preload_end();
}

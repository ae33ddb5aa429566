/* SPDX-License-Identifier: MIT */
/*
 * A library for LD_PRELOAD: a vxe stops just before its first call to define a domain, until it gets SIGCONT. So a test
 * can have another program come between vxe's last look at the domain and that call.
 */
#include <dlfcn.h>
#include <libvirt/libvirt.h>
#include <signal.h>
#include <stdbool.h>

typedef virDomainPtr define_fn(virConnectPtr conn, const char *xml, unsigned flags);

__attribute__((visibility("default"))) virDomainPtr virDomainDefineXMLFlags(
	virConnectPtr conn, const char *xml, unsigned flags)
{
	static bool stopped;
	/* vxe's module has loaded it for itself alone. */
	void *libvirt = dlopen("libvirt.so.0", RTLD_LAZY | RTLD_NOLOAD);
	define_fn *define = (define_fn *)dlsym(libvirt, "virDomainDefineXMLFlags");

	if (!stopped)
		raise(SIGSTOP);
	stopped = true;
	return define(conn, xml, flags);
}

/* SPDX-License-Identifier: MIT */
/* Finds and opens the serial line of a VM. */
#include "objects/host/console_open.h"

#include "backends/child/serial.h"
#include "objects/session/session.h"

int console_open(struct session *s, const char *vm, int *ret, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_hv_domain_ struct hv_domain domain = { 0 };
	struct hv *hv;

	*ret = -1;
	if (session_hv(s->here, &hv, err) < 0 || hv_find(hv, vm, &domain, err) < 0)
		return -1;
	if (!domain.uuid || !hv_is_active(domain.state))
		return 0;
	if (session_spec(s->here, vm, HV_XML_LIVE, &spec, err) < 0)
		return -1;
	for (size_t i = 0; i < spec->n_consoles && *ret < 0; i++)
		if (str_eq(spec->consoles[i].kind, "serial"))
			*ret = serial_open(spec->consoles[i].location);
	return 0;
}

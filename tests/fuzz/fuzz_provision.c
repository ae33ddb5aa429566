/* SPDX-License-Identifier: MIT */
/* The document in which a template says which disks an installation makes. */
#include "tests/fuzz/fuzz.h"

#include "backends/libvirt/xml/domain_xml.h"

void fuzz_provision(const uint8_t *data, size_t size)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_provision_ struct provision p = { 0 };
	_cleanup_free_ char *xml = fuzz_text(data, size);
	int r = domain_xml_provision(xml, &p, &err);

	fuzz_outcome(r, &err);
	for (size_t i = 0; i < p.n; i++)
		assert(p.items[i].size > 0 && p.items[i].device && p.items[i].sr &&
			p.items[i].type);
}

/* SPDX-License-Identifier: MIT */
/* What a stranger's document says, as records. */
#include "tests/fuzz/fuzz.h"

#include "backends/xva/xva_private.h"
#include "objects/archive/vm_imported.h"

static void import(const struct ova *document, unsigned flags)
{
	_cleanup_error_ struct vxe_error err = { 0 }, other = { 0 };
	_cleanup_imported_ struct imported i = { 0 };
	int r = imported_read(document, NULL, flags, &i, &err);

	fuzz_outcome(r, &err);
	if (r < 0)
		return;
	assert(i.vm && i.memory_bytes >= 0);
	for (size_t k = 0; k < i.n_streams; k++)
		assert(i.streams[k].id && i.streams[k].size >= 0);
	fuzz_outcome(imported_check_uuids(&i, &other), &other);
}

void fuzz_import(const uint8_t *data, size_t size)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_ova_ struct ova *v = NULL;

	if (ova_parse((const char *)data, size, NULL, &v, &err) < 0)
		return;
	import(v, 0);
	import(v, IMPORTED_METADATA);
	import(v, IMPORTED_SNAPSHOTS);
}

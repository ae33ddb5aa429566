/* SPDX-License-Identifier: MIT */
/* The marker in an SR's directory, which another vxe may have written. */
#include "tests/fuzz/fuzz.h"

#include "objects/base/uuid.h"
#include "objects/classes/storage/sr_marker.h"

void fuzz_mark(const uint8_t *data, size_t size)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_mark_ struct sr_mark m = { 0 }, again = { 0 };
	_cleanup_free_ char *path = fuzz_put(SR_MARK, data, size);
	int r = sr_mark_read(fuzz_dir(), &m, &err);

	assert(r == 0 && (!m.sr || uuid_is_valid(m.sr)) && (!m.store || uuid_is_valid(m.store)));
	if (!m.sr)
		return;
	r = sr_mark_write(fuzz_dir(), &m, &err);
	assert(r == 0);
	r = sr_mark_read(fuzz_dir(), &again, &err);
	assert(r == 0 && str_eq(m.sr, again.sr) && str_eq(m.store, again.store));
	/* Host and folder are said of a store. */
	assert(!m.store || (str_eq(m.host, again.host) && str_eq(m.at, again.at)));
}

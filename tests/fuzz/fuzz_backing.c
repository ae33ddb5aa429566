/* SPDX-License-Identifier: MIT */
/* The name of a backing file as a header has it: NAME, file:NAME, json:OPTIONS, a protocol. */
#include "tests/fuzz/fuzz.h"

#include "objects/base/file_key.h"

void fuzz_backing(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *name = fuzz_text(data, size);
	_cleanup_free_ char *path = named_path("/images/top.qcow2", name);

	if (!path)
		return;
	assert(path[0] == '/');
	/* An absolute path is its own meaning, wherever the header lies, once it is said as vxe says it. */
	_cleanup_free_ char *said = name_for_header(path);
	_cleanup_free_ char *again = named_path("/images/top.qcow2", said);

	assert(again && strcmp(again, path) == 0);
}

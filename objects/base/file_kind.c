/* SPDX-License-Identifier: MIT */
#include "objects/base/file_kind.h"

#include "objects/base/mem.h"

#include <string.h>

static const struct {
	const char *name;
	size_t at, n;
	const char *mark;
} kinds[] = {
	{ "a qcow2 image", 0, 4, "QFI\xfb" },
	{ FILE_KIND_QED, 0, 4, "QED" },
	{ FILE_KIND_VMDK, 0, 4, "KDMV" },
	{ FILE_KIND_VMDK, 0, 21, "# Disk DescriptorFile" },
	{ "a VHDX image", 0, 8, "vhdxfile" },
	{ FILE_KIND_VHD, 0, 8, "conectix" },
	{ "a VirtualBox image", 64, 4, "\x7f\x10\xda\xbe" },
	{ "a file compressed by gzip", 0, 3, "\x1f\x8b\x08" },
	{ "a file compressed by xz", 0, 6,
		"\xfd"
		"7zXZ" },
	{ "a file compressed by zstd", 0, 4, "\x28\xb5\x2f\xfd" },
	{ "a zip archive", 0, 4, "PK\x03\x04" },
	{ "an XML document", 0, 5, "<?xml" },
};

const char *file_kind(const void *head, size_t n)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (n >= kinds[i].at + kinds[i].n &&
			memcmp((const char *)head + kinds[i].at, kinds[i].mark, kinds[i].n) == 0)
			return kinds[i].name;
	return NULL;
}

/* SPDX-License-Identifier: MIT */
#include "backends/content/image_kind.h"

#include "backends/content/image_private.h"

#include <sys/stat.h>
#include <unistd.h>

#define VHD_MARK "conectix"

static const struct {
	const char *name;
	size_t at, n;
	const char *mark;
} kinds[] = {
	{ "a qcow2 image", 0, 4, "QFI\xfb" },
	{ IMAGE_KIND_QED, 0, 4, "QED" },
	{ IMAGE_KIND_VMDK, 0, 4, "KDMV" },
	{ IMAGE_KIND_VMDK, 0, 21, "# Disk DescriptorFile" },
	{ "a VHDX image", 0, 8, "vhdxfile" },
	{ "a VHD image", 0, 8, VHD_MARK },
	{ "a VirtualBox image", 64, 4, "\x7f\x10\xda\xbe" },
	{ "a file compressed by gzip", 0, 3, "\x1f\x8b\x08" },
	{ "a file compressed by xz", 0, 6,
		"\xfd"
		"7zXZ" },
	{ "a file compressed by zstd", 0, 4, "\x28\xb5\x2f\xfd" },
	{ "a zip archive", 0, 4, "PK\x03\x04" },
	{ "an XML document", 0, 5, "<?xml" },
};

const char *image_kind(const void *head, size_t n)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (n >= kinds[i].at + kinds[i].n &&
			memcmp((const char *)head + kinds[i].at, kinds[i].mark, kinds[i].n) == 0)
			return kinds[i].name;
	return NULL;
}

int image_kind_of_file(struct content *c, const char **ret, struct vxe_error *err)
{
	const char *path = content_place(c);
	int fd = content_fd(c, err);
	unsigned char bytes[IMAGE_KIND_BYTES];
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return -1;
	n = pread(fd, bytes, sizeof(bytes), 0);
	if (n < 0 || fstat(fd, &st) < 0)
		return image_fail_errno(err, path, "cannot be read");
	*ret = image_kind(bytes, (size_t)n);
	if (*ret || st.st_size < IMAGE_KIND_BYTES)
		return 0;
	n = pread(fd, bytes, sizeof(bytes), st.st_size - IMAGE_KIND_BYTES);
	if (n < 0)
		return image_fail_errno(err, path, "cannot be read");
	if (n == IMAGE_KIND_BYTES && memcmp(bytes, VHD_MARK, strlen(VHD_MARK)) == 0)
		*ret = "a VHD image";
	return 0;
}

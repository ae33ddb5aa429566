/* SPDX-License-Identifier: MIT */
/* Memory images, as libvirt writes them and as archives bring them. */
#include "tests/fuzz/fuzz.h"

#include <sys/stat.h>
#include <unistd.h>

#include "backends/hv/memory_image.h"
#include "tests/image_at.h"

#define XML "<domain><name>second</name></domain>"

static int64_t length(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : -1;
}

static void is_second(const char *path)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *xml = NULL;
	int r = memory_image_xml(image_at(path), &xml, &err);

	assert(r == 0 && strcmp(xml, XML) == 0);
	r = memory_image_complete(image_at(path), &err);
	assert(r == 1);
}

void fuzz_memory(const uint8_t *data, size_t size)
{
	_cleanup_error_ struct vxe_error err = { 0 }, copied = { 0 }, set = { 0 }, seen = { 0 };
	_cleanup_free_ char *path = fuzz_put("image", data, size), *xml = NULL;
	_cleanup_free_ char *copy = xasprintf("%s/copy", fuzz_dir());
	int r = memory_image_xml(image_at(path), &xml, &err);

	fuzz_outcome(r, &err);
	fuzz_outcome(memory_image_complete(image_at(path), &seen), &seen);
	int put = memory_image_rewrite(image_at(path), copy, XML, &copied);

	fuzz_outcome(put, &copied);
	assert(r == 0 || put < 0);
	assert((put == 0) == (length(copy) >= 0));
	if (put == 0)
		is_second(copy);
	(void)unlink(copy);
	int in_place = memory_image_set_xml(image_at(path), XML, &set);

	fuzz_outcome(in_place, &set);
	assert((in_place == 0) == (put == 0));
	if (in_place == 0)
		is_second(path);
	(void)unlink(path);
}

/* SPDX-License-Identifier: MIT */
/* Headers of images and their tables of internal snapshots: qcow2, and the footer of a VHD. */
#include "tests/fuzz/fuzz.h"

#include "objects/classes/storage/image_fingerprint.h"
#include "backends/content/content.h"
#include "tests/image_at.h"

static void read_table(const char *path, const struct content_header *h)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_snapshots_ struct content_snapshots found = { 0 };
	int r = content_snapshots(image_at(path), NULL, &found, &err);

	fuzz_outcome(r, &err);
	assert(r < 0 || (r == 1 && found.n == (size_t)h->snapshots));
	for (size_t i = 0; i < found.n; i++)
		assert(found.items[i].memory >= 0 && strlen(found.items[i].name) <= 255);
}

static void read_header(const char *path)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_header_ struct content_header h = { 0 };
	int r = content_read(image_at(path), &h, &err);

	fuzz_outcome(r, &err);
	if (r != 1)
		return;
	assert(h.virtual_size >= 0 && (h.version == 2 || h.version == 3));
	assert(h.cluster_size >= 512 && h.cluster_size <= 2 << 20);
	assert(!h.backing || (*h.backing && strlen(h.backing) <= 1023));
	assert(!h.backing_format || strlen(h.backing_format) <= 15);
	assert(!h.data_file || strlen(h.data_file) <= 1023);
	read_table(path, &h);
}

void fuzz_qcow2(const uint8_t *data, size_t size)
{
	_cleanup_error_ struct vxe_error vet = { 0 }, vhd = { 0 }, unseen = { 0 };
	const char *path = fuzz_file(data, size);
	_cleanup_free_ char *print = NULL;
	int64_t bytes = 0;

	read_header(path);
	fuzz_outcome(content_vet(image_at(path), "qcow2", VET_USE, &vet), &vet);
	fuzz_outcome(image_print(image_at(path), "qcow2", &print, &unseen), &unseen);
	fuzz_outcome(content_size(image_at(path), "vpc", &bytes, &vhd), &vhd);
	assert(bytes >= 0 || vhd.code);
}

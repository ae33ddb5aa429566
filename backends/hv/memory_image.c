/* SPDX-License-Identifier: MIT */
/*
 * Memory images as files. Only the header and the text after it are parsed. An image may come from
 * a foreign archive, so every length is checked before it is used.
 */
#include "backends/hv/memory_image.h"

#include "backends/content/content.h"
#include "objects/base/file_key.h"
#include "objects/base/file_draft.h"
#include "objects/base/image_error.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* most bytes of XML and cookie that are read; a domain's XML has only some KiB */
#define DATA_LIMIT (UINT32_C(64) << 20)
/* libvirt begins QEMU's migration stream at a multiple of so many bytes */
#define UNIT (UINT32_C(64) << 10)
#define COPY_BUFFER (1 << 20)

static_assert(sizeof(struct memory_image_header) == 92, "libvirt's header");

/* The part of a memory image before QEMU's migration stream. */
struct head {
	struct memory_image_header h;
	char *data; /* h.data_len bytes and a NUL */
};

static void head_clear(struct head *head)
{
	free(head->data);
	head->data = NULL;
}

static bool has_magic(const struct memory_image_header *h)
{
	return memcmp(h->magic, MEMORY_IMAGE_MAGIC, MEMORY_IMAGE_MAGIC_LEN) == 0;
}

static int size_of(struct content *c, int64_t *ret, struct vxe_error *err)
{
	const char *path = content_place(c);
	struct content_stat f;

	if (content_stat(c, &f, err) < 0)
		return -1;
	if (!f.exists)
		return image_fail(err, path, "does not exist");
	if (!S_ISREG(f.type))
		return image_fail(err, path, "not a regular file");
	*ret = f.size;
	return 0;
}

/* Reads all @n bytes at @offset of the image; fails if the file is shorter. */
static int read_at(struct content *c, void *to, size_t n, off_t offset, struct vxe_error *err)
{
	for (size_t done = 0; done < n;) {
		ssize_t got =
			content_pread(c, (char *)to + done, n - done, offset + (off_t)done, err);

		if (got < 0)
			return -1;
		if (got == 0)
			return image_fail(
				err, content_place(c), "the memory image has been cut off");
		done += (size_t)got;
	}
	return 0;
}

static int write_at(
	int fd, const char *path, const void *from, size_t n, off_t offset, struct vxe_error *err)
{
	for (size_t done = 0; done < n;) {
		ssize_t put = pwrite(fd, (const char *)from + done, n - done, offset + (off_t)done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return image_fail_errno(err, path, "cannot be written");
		done += (size_t)put;
	}
	return 0;
}

bool memory_image_is_begun(struct content *c)
{
	struct memory_image_header h;
	_cleanup_error_ struct vxe_error ignored = { 0 };
	int64_t size;

	if (size_of(c, &size, &ignored) < 0)
		return false;
	return size < (int64_t)sizeof(h) ||
		(read_at(c, &h, sizeof(h), 0, &ignored) == 0 &&
			memcmp(h.magic, MEMORY_IMAGE_PARTIAL, MEMORY_IMAGE_MAGIC_LEN) == 0);
}

int memory_image_complete(struct content *c, struct vxe_error *err)
{
	struct memory_image_header h;
	struct content_stat f;
	int64_t size;

	if (content_stat(c, &f, err) < 0)
		return -1;
	if (!f.exists)
		return 0;
	if (size_of(c, &size, err) < 0)
		return -1;
	if (size < (int64_t)sizeof(h))
		return 0;
	if (read_at(c, &h, sizeof(h), 0, err) < 0)
		return -1;
	return has_magic(&h) && size > (int64_t)sizeof(h) + h.data_len;
}

/* ---- another XML ----------------------------------------------------------------------------- */

/*
 * Checks what libvirt itself would check only when it restores the image: the XML has an end, and the cookie lies
 * behind it.
 */
static bool is_sound(const struct head *head)
{
	const struct memory_image_header *h = &head->h;
	size_t len = strlen(head->data);

	if (len >= h->data_len || head->data[0] != '<' || h->was_running > 1)
		return false;
	return !h->cookie_offset || (h->cookie_offset > len && head->data[h->cookie_offset] == '<');
}

/*
 * The formats of libvirt's memory images, by the number in the header. A sparse image has the guest's pages at fixed
 * offsets.
 */
enum { PLAIN = 0, SPARSE = 6, N_FORMATS };

/*
 * Sets the true format in the header @h. With snapshot_image_format = "sparse" libvirt 11.3 writes a plain stream
 * under the number of a sparse one, and does not restore it then. QEMU names its capabilities in the beginning of a
 * stream, so a sparse stream has "mapped-ram" there.
 */
static int correct_format(struct content *c, struct memory_image_header *h, struct vxe_error *err)
{
	static const char word[] = "mapped-ram";
	char begin[4096];

	if (h->compressed != SPARSE)
		return 0;
	ssize_t n = content_pread(c, begin, sizeof(begin), (off_t)sizeof(*h) + h->data_len, err);

	if (n > 0 && !memmem(begin, (size_t)n, word, strlen(word)))
		h->compressed = PLAIN;
	return n < 0 ? -1 : 0;
}

int memory_image_correct(struct content *c, struct vxe_error *err)
{
	struct memory_image_header h;
	const char *path = content_place(c);

	if (read_at(c, &h, sizeof(h), 0, err) < 0)
		return -1;
	if (!has_magic(&h) || h.compressed != SPARSE)
		return 0;
	if (correct_format(c, &h, err) < 0)
		return -1;
	if (h.compressed == SPARSE)
		return 0;
	_cleanup_close_ int out = open(path, O_WRONLY | O_CLOEXEC);
	if (out < 0)
		return image_fail_errno(err, path, "cannot be opened");
	return write_at(out, path, &h, sizeof(h), 0, err);
}

/* Checks that the stream begins as the format in the header says. */
static bool has_stream(
	struct content *c, const struct memory_image_header *h, struct vxe_error *err)
{
	static const struct {
		const char *bytes;
		size_t n;
	} streams[N_FORMATS] = { { "QEVM", 4 }, { "\x1f\x8b", 2 }, { "BZh", 3 },
		{ "\xfd"
		  "7zXZ",
			5 },
		{ "\x89LZO", 4 }, { "\x28\xb5\x2f\xfd", 4 }, { "QEVM", 4 } };
	char begin[8] = { 0 };

	return read_at(c, begin, streams[h->compressed].n, (off_t)sizeof(*h) + h->data_len, err) ==
		0 &&
		memcmp(begin, streams[h->compressed].bytes, streams[h->compressed].n) == 0;
}

static int read_head(struct content *c, struct head *ret, struct vxe_error *err)
{
	struct memory_image_header *h = &ret->h;
	const char *path = content_place(c);

	if (read_at(c, h, sizeof(*h), 0, err) < 0)
		return -1;
	if (!has_magic(h) || h->version == 0 || h->version > MEMORY_IMAGE_VERSION)
		return image_fail(err, path, "not a complete memory image");
	if (h->compressed >= N_FORMATS)
		return image_fail(err, path,
			"its format is none that vxe knows: libvirt's save_image_format or "
			"snapshot_image_format is newer");
	if (h->data_len == 0 || h->data_len > DATA_LIMIT || h->cookie_offset >= h->data_len)
		return image_fail(err, path, "the header of the memory image is damaged");
	ret->data = xcalloc(h->data_len + 1, 1);
	if (read_at(c, ret->data, h->data_len, sizeof(*h), err) < 0 ||
		correct_format(c, h, err) < 0)
		return -1;
	return is_sound(ret) && has_stream(c, h, err) ? 0
		: err->code			      ? -1
			    : image_fail(err, path, "the header of the memory image is damaged");
}

/*
 * Replaces the XML in an image's header part; this grows by whole units, so that the stream behind it keeps its
 * alignment.
 */
static int change_xml(struct head *head, const char *path, const char *xml, struct vxe_error *err)
{
	struct memory_image_header *h = &head->h;
	size_t xml_len = strlen(xml) + 1;
	/* Images of older libvirt have no cookie. A NUL behind @data ends a cookie that has none itself. */
	const char *cookie = h->cookie_offset ? head->data + h->cookie_offset : NULL;
	size_t cookie_len = cookie ? strlen(cookie) + 1 : 0, need = xml_len + cookie_len;

	if (need > DATA_LIMIT - UNIT)
		return image_fail(err, path, "the XML is too long");
	uint32_t len = h->data_len;
	if (need > len && h->compressed == SPARSE)
		return image_fail(err, path,
			"the definition of the VM has no room in it, as its format is 'sparse': "
			"start from it with 'virsh restore' before the VM is changed, or take "
			"another save_image_format and snapshot_image_format in qemu.conf");
	if (need > len)
		len += ((uint32_t)need - len + UNIT - 1) / UNIT * UNIT;
	char *data = xcalloc(len, 1);
	memcpy(data, xml, xml_len);
	if (cookie)
		memcpy(data + xml_len, cookie, cookie_len);
	free(head->data);
	head->data = data;
	h->data_len = len;
	h->cookie_offset = cookie ? (uint32_t)xml_len : 0;
	return 0;
}

static bool is_empty(const char *bytes, size_t n)
{
	return !*bytes && (n == 1 || memcmp(bytes, bytes + 1, n - 1) == 0);
}

/* Copies the stream; holes stay holes. */
static int copy_stream(struct content *from, off_t from_at, int to, off_t to_at,
	const char *to_path, struct vxe_error *err)
{
	_cleanup_free_ char *buffer = xmalloc(COPY_BUFFER);

	for (;;) {
		ssize_t n = content_pread(from, buffer, COPY_BUFFER, from_at, err);

		if (n < 0)
			return -1;
		if (n == 0)
			return ftruncate(to, to_at) < 0
				? image_fail_errno(err, to_path, "cannot be written")
				: 0;
		if (!is_empty(buffer, (size_t)n) &&
			write_at(to, to_path, buffer, (size_t)n, to_at, err) < 0)
			return -1;
		from_at += n;
		to_at += n;
	}
}

/*
 * Writes a memory image as libvirt does: the magic comes last, after a sync; until then the image is marked as
 * unfinished.
 */
static int write_image(struct content *from, off_t stream, const struct head *head, int to,
	const char *to_path, struct vxe_error *err)
{
	struct memory_image_header h = head->h;

	memcpy(h.magic, MEMORY_IMAGE_PARTIAL, MEMORY_IMAGE_MAGIC_LEN);
	if (write_at(to, to_path, &h, sizeof(h), 0, err) < 0 ||
		write_at(to, to_path, head->data, h.data_len, sizeof(h), err) < 0 ||
		copy_stream(from, stream, to, (off_t)(sizeof(h) + h.data_len), to_path, err) < 0)
		return -1;
	if (fsync(to) < 0)
		return image_fail_errno(err, to_path, "cannot be synced");
	return write_at(to, to_path, MEMORY_IMAGE_MAGIC, MEMORY_IMAGE_MAGIC_LEN, 0, err);
}

static int sync_made(int fd, const char *path, struct vxe_error *err)
{
	_cleanup_free_ char *dir = path_dir(path);

	return fsync(fd) < 0 ? image_fail_errno(err, path, "cannot be synced")
			     : draft_sync_dir(dir, err);
}

int memory_image_rewrite(
	struct content *from, const char *to, const char *xml, struct vxe_error *err)
{
	_cleanup_(head_clear) struct head head = { 0 };
	const char *path = content_place(from);
	int64_t size;

	if (size_of(from, &size, err) < 0 || read_head(from, &head, err) < 0)
		return -1;
	off_t stream = (off_t)sizeof(head.h) + head.h.data_len;
	if (size <= stream)
		return image_fail(err, path, "the memory image has been cut off");
	if (change_xml(&head, path, xml, err) < 0)
		return -1;
	_cleanup_close_ int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		return image_fail_errno(err, to, "cannot be made");
	if (write_image(from, stream, &head, out, to, err) == 0 && sync_made(out, to, err) == 0)
		return 0;
	(void)unlink(to);
	return -1;
}

/* ---- an image that has just arrived ---------------------------------------------------------- */

int memory_image_xml(struct content *c, char **ret, struct vxe_error *err)
{
	_cleanup_(head_clear) struct head head = { 0 };

	if (read_head(c, &head, err) < 0)
		return -1;
	*ret = xstrdup(head.data);
	return 0;
}

static int replace_by_copy(struct content *c, const char *xml, struct vxe_error *err)
{
	const char *path = content_place(c);
	_cleanup_free_ char *draft = draft_path(path);

	if (unlink(draft) < 0 && errno != ENOENT)
		return image_fail_errno(err, draft, "cannot be removed");
	if (memory_image_rewrite(c, draft, xml, err) < 0)
		return -1;
	if (rename(draft, path) == 0)
		return 0;
	(void)image_fail_errno(err, path, "cannot be replaced");
	(void)unlink(draft);
	return -1;
}

int memory_image_set_xml(struct content *c, const char *xml, struct vxe_error *err)
{
	_cleanup_(head_clear) struct head head = { 0 };
	const char *path = content_place(c);
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	int64_t size;

	if (fd < 0)
		return image_fail_errno(err, path, "cannot be written");
	if (size_of(c, &size, err) < 0 || read_head(c, &head, err) < 0)
		return -1;
	uint32_t room = head.h.data_len;

	if (size <= (off_t)sizeof(head.h) + room)
		return image_fail(err, path, "the memory image has been cut off");
	if (change_xml(&head, path, xml, err) < 0)
		return -1;
	if (head.h.data_len != room)
		return replace_by_copy(c, xml, err);
	if (write_at(fd, path, MEMORY_IMAGE_PARTIAL, MEMORY_IMAGE_MAGIC_LEN, 0, err) < 0 ||
		write_at(fd, path, head.data, room, sizeof(head.h), err) < 0)
		return -1;
	return write_at(fd, path, &head.h, sizeof(head.h), 0, err);
}

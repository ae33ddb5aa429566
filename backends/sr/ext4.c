/* SPDX-License-Identifier: MIT */
/*
 * Makes ext4 file systems by mkfs.ext4, and reads superblocks only to see by the UUID whose file system is on a
 * device.
 */
#include "backends/sr/ext4.h"

#include "backends/child/child.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <uuid/uuid.h>

#define SUPERBLOCK_AT 1024
#define SUPERBLOCK_BYTES 1024
#define MAGIC_AT 0x38
#define UUID_AT 0x68
#define BLOCK_BYTES 4096
#define BLANK_BYTES (1L << 20)

static int fail_device(struct vxe_error *err, const char *device)
{
	return vxe_fail(err, VXE_IMAGE_FAILED, device, strerror(errno));
}

int ext4_make(const char *device, const char *uuid, struct vxe_error *err)
{
	const char *const argv[] = { "mkfs.ext4", "-q", "-F", "-U", uuid, device, NULL };

	return child_run_whole(argv, device, err);
}

/* Returns 1 if the device has an ext file system with @uuid, 0 if not, -1 with @err if the device cannot be read. */
static int has_uuid(int fd, const char *device, const char *uuid, struct vxe_error *err)
{
	unsigned char sb[SUPERBLOCK_BYTES];
	uuid_t wanted;
	ssize_t n = pread(fd, sb, sizeof(sb), SUPERBLOCK_AT);

	if (n < 0)
		return fail_device(err, device);
	return n == sizeof(sb) && uuid_parse(uuid, wanted) == 0 && sb[MAGIC_AT] == 0x53 &&
		sb[MAGIC_AT + 1] == 0xef && uuid_compare(sb + UUID_AT, wanted) == 0;
}

/*
 * Writes zeros to a device from byte @from, a multiple of the block size, to byte @to or the device's end, and syncs.
 */
static int zero(int fd, off_t from, off_t to)
{
	static const char zeros[BLOCK_BYTES];
	off_t end = lseek(fd, 0, SEEK_END);

	if (end < 0)
		return -1;
	for (off_t at = from; at < to && at < end;) {
		size_t n = end - at < BLOCK_BYTES ? (size_t)(end - at) : BLOCK_BYTES;
		ssize_t done = pwrite(fd, zeros, n, at);

		if (done < 0)
			return -1;
		at += done;
	}
	return fsync(fd);
}

/*
 * Removes the file system with @uuid by writing zeros, on the superblock last: if vxe dies before that, recovery
 * still finds the file system by its UUID.
 */
int ext4_unmake(const char *device, const char *uuid, struct vxe_error *err)
{
	/* With O_EXCL a block device that is mounted cannot be opened. */
	_cleanup_close_ int fd = open(device, O_RDWR | O_EXCL | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : fail_device(err, device);
	int r = has_uuid(fd, device, uuid, err);

	if (r <= 0)
		return r;
	if (zero(fd, BLOCK_BYTES, BLANK_BYTES) < 0 || zero(fd, 0, BLOCK_BYTES) < 0)
		return fail_device(err, device);
	return 0;
}

int device_is_blank(const char *device, bool *ret, struct vxe_error *err)
{
	static const char zeros[BLOCK_BYTES];
	char block[BLOCK_BYTES];
	_cleanup_close_ int fd = open(device, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	*ret = true;
	if (fd < 0)
		return fail_device(err, device);
	for (off_t at = 0; at < BLANK_BYTES && *ret;) {
		ssize_t n = pread(fd, block, sizeof(block), at);

		if (n < 0)
			return fail_device(err, device);
		if (n == 0)
			break;
		*ret = memcmp(block, zeros, (size_t)n) == 0;
		at += n;
	}
	return 0;
}

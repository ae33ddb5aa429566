/* SPDX-License-Identifier: MIT */
/*
 * Writes empty qcow2 images itself, because the guest waits for each child of a snapshot (ADR 3).
 * The layout is that of a new image of QEMU: one cluster each for the header, the table of
 * refcounts and its only block, then the L1 table, which is empty. All clusters are written
 * completely: QEMU rewrites the header's cluster when it changes the backing file, and dies if the
 * disk has no space for a hole in it.
 */
#include <endian.h>
#include <string.h>

#include "objects/disks/images/images_private.h"

#define VERSION 3
#define HEADER_LENGTH 104
#define CLUSTER_BITS 16
#define CLUSTER (UINT64_C(1) << CLUSTER_BITS)
#define REFCOUNT_ORDER 4 /* refcounts have 16 bits */
#define SECTOR 512

/* The bytes that one L1 entry covers, and the number of L1 entries that QEMU accepts at most. */
#define L1_REACH (CLUSTER / sizeof(uint64_t) * CLUSTER)
#define L1_ENTRIES_MAX (UINT64_C(32) * 1024 * 1024 / sizeof(uint64_t))

enum cluster { HEADER, REFCOUNT_TABLE, REFCOUNT_BLOCK, L1_TABLE };

static void put32(unsigned char *at, uint32_t value)
{
	value = htobe32(value);
	memcpy(at, &value, sizeof(value));
}

static void put64(unsigned char *at, uint64_t value)
{
	value = htobe64(value);
	memcpy(at, &value, sizeof(value));
}

/*
 * Writes what follows the fixed part of a header: the backing file's format, the end mark, the backing file's name.
 */
static void put_backing(unsigned char *header, const struct image_overlay *o)
{
	size_t format = strlen(o->backing_format), name = strlen(o->backing);
	unsigned char *at = header + HEADER_LENGTH;

	put32(at, QCOW2_BACKING_FORMAT);
	put32(at + 4, (uint32_t)format);
	memcpy(at + 8, o->backing_format, format);
	at += 8 + (format + 7) / 8 * 8 + 8;
	memcpy(at, o->backing, name);
	put64(header + 8, (uint64_t)(at - header));
	put32(header + 16, (uint32_t)name);
}

static void put_header(unsigned char *header, const struct image_overlay *o, uint32_t l1_entries)
{
	put32(header, QCOW2_MAGIC);
	put32(header + 4, VERSION);
	put32(header + 20, CLUSTER_BITS);
	put64(header + 24, (uint64_t)o->virtual_size);
	put32(header + 36, l1_entries);
	put64(header + 40, L1_TABLE * CLUSTER);
	put64(header + 48, REFCOUNT_TABLE * CLUSTER);
	put32(header + 56, 1); /* the refcount table has one cluster */
	put32(header + 96, REFCOUNT_ORDER);
	put32(header + 100, HEADER_LENGTH);
	if (o->backing)
		put_backing(header, o);
}

static const char *refusal(const struct image_overlay *o)
{
	if (o->virtual_size <= 0 || o->virtual_size % SECTOR)
		return "its size is not a multiple of the sector size";
	if ((uint64_t)o->virtual_size > L1_ENTRIES_MAX * L1_REACH)
		return "its size is more than a qcow2 image can have";
	if (o->backing && strlen(o->backing) > QCOW2_NAME_MAX)
		return "the backing file's name is too long for a qcow2 header";
	return NULL;
}

static uint64_t count_entries(int64_t virtual_size)
{
	return ((uint64_t)virtual_size + L1_REACH - 1) / L1_REACH;
}

static uint64_t count_clusters(int64_t virtual_size)
{
	uint64_t l1_bytes = count_entries(virtual_size) * sizeof(uint64_t);

	return L1_TABLE + (l1_bytes + CLUSTER - 1) / CLUSTER;
}

int64_t image_empty_bytes(int64_t virtual_size)
{
	return (int64_t)(count_clusters(virtual_size) * CLUSTER);
}

int qcow2_empty(
	const struct image_overlay *o, unsigned char **ret, size_t *n, struct vxe_error *err)
{
	const char *wrong = refusal(o), *path = content_place(o->at);

	if (wrong)
		return image_fail(err, path, "%s", wrong);
	if (o->backing && !str_eq(o->backing_format, "qcow2") && !str_eq(o->backing_format, "raw"))
		return image_fail(err, path, "%s is not a format for a backing file",
			o->backing_format ? o->backing_format : "none");

	uint64_t clusters = count_clusters(o->virtual_size);

	*n = clusters * CLUSTER;
	*ret = xcalloc(*n, 1);
	put_header(*ret, o, (uint32_t)count_entries(o->virtual_size));
	/* Gives each used cluster the refcount 1. */
	uint16_t one = htobe16(1);

	put64(*ret + REFCOUNT_TABLE * CLUSTER, REFCOUNT_BLOCK * CLUSTER);
	for (uint64_t i = 0; i < clusters; i++)
		memcpy(*ret + REFCOUNT_BLOCK * CLUSTER + i * sizeof(one), &one, sizeof(one));
	return 0;
}

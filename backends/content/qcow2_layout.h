/* SPDX-License-Identifier: MIT */
/*
 * Numbers of the qcow2 format, for code that reads headers (backends/content) and that writes them
 * (objects/disks/images).
 */
#pragma once

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define QCOW2_MAGIC 0x514649fbu /* the bytes "QFI\xfb" */
#define QCOW2_NAME_MAX 1023
#define QCOW2_FORMAT_MAX 15
#define QCOW2_BACKING_FORMAT                                                                       \
	0xe2792acau /* number of the header extension with the backing file's format */

static inline uint32_t qcow2_get32(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

static inline uint64_t qcow2_get64(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return be64toh(v);
}

/* SPDX-License-Identifier: MIT */
/* Checksums of blocks: XXH64, which current releases write, and SHA-1 of older ones. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "backends/xva/xva_private.h"

static void xxhash_text(const void *data, size_t n, char ret[SUM_TEXT_MAX + 1])
{
	snprintf(ret, SUM_TEXT_MAX + 1, "%016" PRIX64, (uint64_t)XXH64(data, n, 0));
}

/* ---- SHA-1 (FIPS 180-4) ----------------------------------------------------------------------- */

#define SHA1_BLOCK 64
#define SHA1_LENGTH 8 /* bytes at the end of SHA-1's last block that hold the data's length */

static uint32_t rotate(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

static uint32_t mix(unsigned round, uint32_t b, uint32_t c, uint32_t d)
{
	static const uint32_t k[] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
	uint32_t f = round < 20 ? (b & c) | (~b & d)
		: round < 40	? b ^ c ^ d
		: round < 60	? (b & c) | (b & d) | (c & d)
				: b ^ c ^ d;

	return f + k[round / 20];
}

static void sha1_block(uint32_t h[5], const unsigned char *p)
{
	uint32_t w[80], v[5];

	for (unsigned i = 0; i < 16; i++, p += 4)
		w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	for (unsigned i = 16; i < 80; i++)
		w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	memcpy(v, h, sizeof(v));
	for (unsigned i = 0; i < 80; i++) {
		uint32_t next = rotate(v[0], 5) + mix(i, v[1], v[2], v[3]) + v[4] + w[i];

		v[4] = v[3];
		v[3] = v[2];
		v[2] = rotate(v[1], 30);
		v[1] = v[0];
		v[0] = next;
	}
	for (unsigned i = 0; i < 5; i++)
		h[i] += v[i];
}

static void sha1_text(const void *data, size_t n, char ret[SUM_TEXT_MAX + 1])
{
	uint32_t h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
	unsigned char last[2 * SHA1_BLOCK] = { 0 };
	const unsigned char *p = data;
	uint64_t bits = (uint64_t)n * 8;
	size_t left = n;

	for (; left >= SHA1_BLOCK; left -= SHA1_BLOCK, p += SHA1_BLOCK)
		sha1_block(h, p);
	if (left)
		memcpy(last, p, left);
	last[left] = 0x80;
	size_t blocks = left + 1 + SHA1_LENGTH > SHA1_BLOCK ? 2 : 1;

	for (size_t i = 0; i < SHA1_LENGTH; i++)
		last[blocks * SHA1_BLOCK - 1 - i] = (unsigned char)(bits >> (8 * i));
	for (size_t i = 0; i < blocks; i++)
		sha1_block(h, last + i * SHA1_BLOCK);
	for (size_t i = 0; i < 5; i++)
		snprintf(ret + 8 * i, 9, "%08" PRIx32, h[i]);
}

/* ----------------------------------------------------------------------------------------------- */

const struct sum_kind sum_xxhash = { ".xxhash", 16, xxhash_text };
static const struct sum_kind sum_sha1 = { ".checksum", 40, sha1_text };

const struct sum_kind *sum_by_suffix(const char *suffix)
{
	return str_eq(suffix, sum_xxhash.suffix)  ? &sum_xxhash
		: str_eq(suffix, sum_sha1.suffix) ? &sum_sha1
						  : NULL;
}

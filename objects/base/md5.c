/* SPDX-License-Identifier: MIT */
/* MD5 as RFC 1321 describes it. */
#include "objects/base/md5.h"

#include <stdint.h>
#include <string.h>

#define BLOCK 64
#define LENGTH_AT 56 /* in the last block: the message's length in bits */

static const uint8_t shifts[4][4] = { { 7, 12, 17, 22 }, { 5, 9, 14, 20 }, { 4, 11, 16, 23 },
	{ 6, 10, 15, 21 } };

/* The integer part of 2^32 times |sin(i + 1)|. */
static const uint32_t sines[64] = {
	0xd76aa478,
	0xe8c7b756,
	0x242070db,
	0xc1bdceee,
	0xf57c0faf,
	0x4787c62a,
	0xa8304613,
	0xfd469501,
	0x698098d8,
	0x8b44f7af,
	0xffff5bb1,
	0x895cd7be,
	0x6b901122,
	0xfd987193,
	0xa679438e,
	0x49b40821,
	0xf61e2562,
	0xc040b340,
	0x265e5a51,
	0xe9b6c7aa,
	0xd62f105d,
	0x02441453,
	0xd8a1e681,
	0xe7d3fbc8,
	0x21e1cde6,
	0xc33707d6,
	0xf4d50d87,
	0x455a14ed,
	0xa9e3e905,
	0xfcefa3f8,
	0x676f02d9,
	0x8d2a4c8a,
	0xfffa3942,
	0x8771f681,
	0x6d9d6122,
	0xfde5380c,
	0xa4beea44,
	0x4bdecfa9,
	0xf6bb4b60,
	0xbebfbc70,
	0x289b7ec6,
	0xeaa127fa,
	0xd4ef3085,
	0x04881d05,
	0xd9d4d039,
	0xe6db99e5,
	0x1fa27cf8,
	0xc4ac5665,
	0xf4292244,
	0x432aff97,
	0xab9423a7,
	0xfc93a039,
	0x655b59c3,
	0x8f0ccc92,
	0xffeff47d,
	0x85845dd1,
	0x6fa87e4f,
	0xfe2ce6e0,
	0xa3014314,
	0x4e0811a1,
	0xf7537e82,
	0xbd3af235,
	0x2ad7d2bb,
	0xeb86d391,
};

static uint32_t rotate(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

static uint32_t mix(unsigned round, uint32_t b, uint32_t c, uint32_t d)
{
	switch (round) {
	case 0:
		return (b & c) | (~b & d);
	case 1:
		return (d & b) | (~d & c);
	case 2:
		return b ^ c ^ d;
	default:
		return c ^ (b | ~d);
	}
}

/* The index of the word in the block that step @i uses. */
static unsigned word_of(unsigned i)
{
	static const uint8_t factor[4] = { 1, 5, 3, 7 }, start[4] = { 0, 1, 5, 0 };

	return (factor[i / 16] * i + start[i / 16]) % 16;
}

static void take_block(uint32_t state[4], const unsigned char *block)
{
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];

	for (unsigned i = 0; i < 64; i++) {
		const unsigned char *w = block + (size_t)word_of(i) * 4;
		uint32_t word =
			w[0] | (uint32_t)w[1] << 8 | (uint32_t)w[2] << 16 | (uint32_t)w[3] << 24;
		uint32_t f = a + mix(i / 16, b, c, d) + sines[i] + word;

		a = d;
		d = c;
		c = b;
		b += rotate(f, shifts[i / 16][i % 4]);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
}

/* Processes the end of the message: the remaining bytes, a one bit, zeros, the length. */
static void take_end(uint32_t state[4], const unsigned char *rest, size_t n_rest, uint64_t n)
{
	unsigned char end[2 * BLOCK] = { 0 };
	size_t blocks = n_rest < LENGTH_AT ? 1 : 2;

	memcpy(end, rest, n_rest);
	end[n_rest] = 0x80;
	for (unsigned i = 0; i < 8; i++)
		end[(blocks - 1) * BLOCK + LENGTH_AT + i] = (unsigned char)(n * 8 >> (8 * i));
	for (size_t i = 0; i < blocks; i++)
		take_block(state, end + i * BLOCK);
}

void md5(const void *data, size_t n, unsigned char ret[MD5_BYTES])
{
	uint32_t state[4] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 };
	const unsigned char *at = data;
	size_t left = n;

	for (; left >= BLOCK; at += BLOCK, left -= BLOCK)
		take_block(state, at);
	take_end(state, at, left, n);
	for (unsigned i = 0; i < MD5_BYTES; i++)
		ret[i] = (unsigned char)(state[i / 4] >> (8 * (i % 4)));
}

/* SPDX-License-Identifier: MIT */
/* Computes MAC addresses from a seed. */
#include "objects/domain/vif_mac.h"

#include <md5.h>
#include <stdlib.h>
#include <string.h>

#include "objects/base/mem.h"

/* bit of locally administered MAC addresses, which no manufacturer has assigned */
#define LOCAL 0x02
#define MULTICAST 0x01

static void md5(const void *data, size_t n, unsigned char ret[MD5_DIGEST_LENGTH])
{
	MD5_CTX context;

	MD5Init(&context);
	MD5Update(&context, data, n);
	MD5Final(ret, &context);
}

/*
 * A MAC address from the seed: MD5 is applied 2 * device + 1 times to the seed; the last two bytes come from one more
 * round.
 */
char *mac_from_seed(const char *seed, const char *device)
{
	unsigned char first[MD5_DIGEST_LENGTH], second[MD5_DIGEST_LENGTH];
	long n = strtol(device, NULL, 10);

	md5(seed, strlen(seed), first);
	for (long i = 0; i < 2 * n; i++)
		md5(first, sizeof(first), first);
	md5(first, sizeof(first), second);
	return xasprintf("%02x:%02x:%02x:%02x:%02x:%02x", (first[0] | LOCAL) & ~MULTICAST, first[1],
		first[2], first[3], second[1], second[2]);
}

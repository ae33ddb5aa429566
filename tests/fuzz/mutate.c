/* SPDX-License-Identifier: MIT */
/* What libFuzzer made of an archive gets sums that fit, or hardly one would be read beyond its first member. */
#include <stdio.h>

#include "tests/fuzz/fuzz.h"

#define RECORD ((size_t)512)
#define SIZE_AT 124
#define SIZE_LEN 12
#define SUM_AT 148
#define SUM_LEN 8

/* libFuzzer's own, and what it calls instead where there is one. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

static void put_sum(uint8_t *record)
{
	char text[SUM_LEN];
	unsigned sum = 0;

	memset(record + SUM_AT, ' ', SUM_LEN);
	for (size_t i = 0; i < RECORD; i++)
		sum += record[i];
	snprintf(text, sizeof(text), "%07o", sum);
	memcpy(record + SUM_AT, text, SUM_LEN);
}

static void mend_sums(uint8_t *data, size_t size)
{
	for (size_t at = 0; at + RECORD <= size;) {
		char text[SIZE_LEN + 1] = { 0 };

		if (data[at]) /* no end mark */
			put_sum(data + at);
		memcpy(text, data + at + SIZE_AT, SIZE_LEN);
		at += RECORD;
		unsigned long content = strtoul(text, NULL, 8);

		if (content > size - at)
			return;
		at += (content + RECORD - 1) / RECORD * RECORD;
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	size_t n = LLVMFuzzerMutate(data, size, max);

	/* Some keep a sum that is wrong. */
	if (fuzz_target() == fuzz_tar && seed % 16)
		mend_sums(data, n);
	return n;
}

/* SPDX-License-Identifier: MIT */
/*
 * What reads bytes from outside is fed any bytes here. A target does more than not crash: it asserts
 * what must hold of every input, as that what was read and written again reads the same.
 */
#pragma once

#include "objects/base/error.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Every target: the function fuzz_NAME() in tests/fuzz/fuzz_NAME.c, its inputs in corpus/NAME. */
#define FUZZ_TARGETS(X)                                                                            \
	X(args)                                                                                    \
	X(backing)                                                                                 \
	X(domain)                                                                                  \
	X(filter)                                                                                  \
	X(import)                                                                                  \
	X(kept)                                                                                    \
	X(mark)                                                                                    \
	X(memory)                                                                                  \
	X(ova)                                                                                     \
	X(plan)                                                                                    \
	X(portable)                                                                                \
	X(provision)                                                                               \
	X(qcow2)                                                                                   \
	X(record)                                                                                  \
	X(shown)                                                                                   \
	X(tar)                                                                                     \
	X(value)

typedef void fuzz_fn(const uint8_t *data, size_t size);
#define FUZZ_DECLARE(name) fuzz_fn fuzz_##name;
FUZZ_TARGETS(FUZZ_DECLARE)

/* What drives a target: libFuzzer, or replay.c. The program's name says which target it is. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
fuzz_fn *fuzz_target(void);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- for targets ------------------------------------------------------------------------------ */

/* The input as text, owned: it ends with its first NUL. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	return xstrndup((const char *)data, size);
}

/* What holds of every call: an error exactly where it failed. */
static inline void fuzz_outcome(int r, const struct vxe_error *err)
{
	assert((r < 0) == (err->code != VXE_OK));
}

/* A path to a file with these bytes, the same at each call. */
const char *fuzz_file(const uint8_t *data, size_t size);
/* A directory below TMPDIR that goes with the process. */
const char *fuzz_dir(void);
/* A file of that directory with these bytes; @path is owned. */
char *fuzz_put(const char *name, const void *data, size_t size);

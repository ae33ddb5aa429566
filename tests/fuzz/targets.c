/* SPDX-License-Identifier: MIT */
/* Which target the program is, by its name, and the files that targets need. */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "objects/base/file.h"

static const struct {
	const char *name;
	fuzz_fn *run;
} targets[] = {
#define FUZZ_ROW(name) { "fuzz_" #name, fuzz_##name },
	FUZZ_TARGETS(FUZZ_ROW)
};

static fuzz_fn *target;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *slash = strrchr(**argv, '/'), *name = slash ? slash + 1 : **argv;

	(void)argc;
	for (size_t i = 0; i < ARRAY_LEN(targets); i++)
		if (str_eq(targets[i].name, name))
			target = targets[i].run;
	if (target)
		return 0;
	fprintf(stderr, "%s is no target; these are, by links of that name:\n", name);
	for (size_t i = 0; i < ARRAY_LEN(targets); i++)
		fprintf(stderr, "%s\n", targets[i].name);
	exit(2);
}

fuzz_fn *fuzz_target(void)
{
	return target;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	target(data, size);
	return 0;
}

/* ---- files ------------------------------------------------------------------------------------ */

static void fill(int fd, const void *data, size_t size)
{
	int r = ftruncate(fd, 0);

	assert(r == 0 && lseek(fd, 0, SEEK_SET) == 0);
	r = fd_write(fd, data, size);
	assert(r == 0 && lseek(fd, 0, SEEK_SET) == 0);
}

const char *fuzz_file(const uint8_t *data, size_t size)
{
	static char path[64];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("fuzz", MFD_CLOEXEC);
		assert(fd >= 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	fill(fd, data, size);
	return path;
}

static char dir[PATH_MAX];

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static void remove_dir(void)
{
	(void)nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char *fuzz_dir(void)
{
	const char *tmp = getenv("TMPDIR");

	if (*dir)
		return dir;
	snprintf(dir, sizeof(dir), "%s/vxe-fuzz-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(dir)) {
		perror(dir);
		exit(2);
	}
	atexit(remove_dir);
	return dir;
}

char *fuzz_put(const char *name, const void *data, size_t size)
{
	char *path = xasprintf("%s/%s", fuzz_dir(), name);
	_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert(fd >= 0);
	fill(fd, data, size);
	return path;
}

/* SPDX-License-Identifier: MIT */
/*
 * fuzz_TARGET FILE|FOLDER...: each file once to the target, where libFuzzer is not at hand. The last
 * line is how many there were; what is wrong with one ends the program.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "objects/base/file.h"
#include "tests/fuzz/fuzz.h"

static size_t done;

static void fail(const char *path)
{
	perror(path);
	exit(2);
}

/* As many bytes as the file has and not one more, so that a sanitizer sees who reads on. */
static void replay(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		fail(path);
	_cleanup_free_ uint8_t *data = xmalloc((size_t)st.st_size);

	if (pread(fd, data, (size_t)st.st_size, 0) != st.st_size)
		fail(path);
	LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
	done++;
}

static void replay_folder(const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, NULL, alphasort);

	if (n < 0)
		fail(path);
	for (int i = 0; i < n; i++) {
		_cleanup_free_ char *file = xasprintf("%s/%s", path, entries[i]->d_name);

		if (entries[i]->d_name[0] != '.')
			replay(file);
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	struct stat st;

	LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++)
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			replay_folder(argv[i]);
		else
			replay(argv[i]);
	printf("%zu\n", done);
	return 0;
}

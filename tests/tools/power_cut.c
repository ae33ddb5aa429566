/* SPDX-License-Identifier: MIT */
/*
 * Computes the content of some folders after a power cut: their content before, and the calls in
 * the journal of fault.so up to call K, of which only the synced ones are certain to last.
 *   power_cut JOURNAL                                lists it: "NUMBER WHAT PATH [TO]"
 *   power_cut JOURNAL INDEX BASE OUT K HOW [SEED]
 * INDEX: lines "INODE PATH" of the content before, which is at BASE/PATH; the result is written to
 * OUT/PATH. HOW, for the calls that were not synced: "drop" loses all; "names" loses the bytes, but
 * no name; "keep" loses nothing; "torn" only the end of each file's last write; "mixed" has, by
 * SEED, of each write all, nothing or a part, and names up to some moment. Prints the number of
 * calls up to K that were not synced, without those on files that INDEX lacks. A name is synced
 * with its directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/tools/fault.h"

#define SECTOR 512
#define PATH_LEN 4096

struct file {
	uint64_t ino; /* 0: a directory */
	mode_t mode;
	int is_strange; /* of unknown origin */
	char *bytes;
	int64_t size;
	struct timespec changed;
};

struct name {
	char *path;
	struct file *file;
};

struct call {
	const struct note *note;
	const char *path, *to, *bytes;
	struct file *file;
	int done; /* it is on the disk */
};

static struct name *names;
static struct file **files;
static struct call *calls;
static size_t n_names, n_files, n_calls;
static unsigned long long seed;

static void die(const char *what)
{
	fprintf(stderr, "power_cut: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void *grow(void *array, size_t n, size_t size)
{
	void *p = n & (n - 1) ? array : realloc(array, (n ? 2 * n : 1) * size);

	if (!p)
		die("memory");
	return p;
}

static unsigned long long draw(unsigned long long below)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % below;
}

/* ---- files and names ------------------------------------------------------------------------- */

static struct file *file_new(uint64_t ino, mode_t mode)
{
	struct file *f = calloc(1, sizeof(*f));

	files = grow(files, n_files, sizeof(*files));
	if (!f)
		die("memory");
	f->ino = ino;
	f->mode = mode;
	return files[n_files++] = f;
}

/* The last file with that inode, as inode numbers are reused. */
static struct file *file_of(uint64_t ino)
{
	for (size_t i = n_files; i > 0; i--)
		if (files[i - 1]->ino == ino)
			return files[i - 1];
	struct file *f = file_new(ino, 0600);

	f->is_strange = 1;
	return f;
}

static void file_resize(struct file *f, int64_t size)
{
	char *bytes = realloc(f->bytes, size ? (size_t)size : 1);

	if (!bytes)
		die("memory");
	if (size > f->size)
		memset(bytes + f->size, 0, (size_t)(size - f->size));
	f->bytes = bytes;
	f->size = size;
}

static struct name *name_find(const char *path)
{
	for (size_t i = 0; i < n_names; i++)
		if (strcmp(names[i].path, path) == 0)
			return &names[i];
	return NULL;
}

static void name_drop(const char *path)
{
	struct name *n = name_find(path);

	if (n) {
		free(n->path);
		*n = names[--n_names];
	}
}

static void name_put(const char *path, struct file *f)
{
	name_drop(path);
	names = grow(names, n_names, sizeof(*names));
	names[n_names++] = (struct name){ strdup(path), f };
}

/* ---- calls ----------------------------------------------------------------------------------- */

static void apply_name(const struct call *c)
{
	struct name *n;

	switch (c->note->kind) {
	case NOTE_RENAME:
		n = name_find(c->path);
		if (n) {
			struct file *f = n->file;

			name_drop(c->path);
			name_put(c->to, f);
		}
		break;
	case NOTE_UNLINK:
		name_drop(c->path);
		break;
	default: /* a temporary file has none */
		if (!strstr(c->path, " (deleted)"))
			name_put(c->path, c->file);
	}
}

/* Applies the first @len bytes. */
static void apply_data(const struct call *c, uint64_t len)
{
	const struct note *n = c->note;

	if (n->kind == NOTE_MODE) {
		c->file->mode = n->mode;
		return;
	}
	int64_t size = len == n->len ? n->size : n->at + (int64_t)len;

	if (len == n->len || size > c->file->size)
		file_resize(c->file, size);
	c->file->changed = (struct timespec){ n->seconds, n->nanoseconds };
	if (len)
		memcpy(c->file->bytes + n->at, c->bytes, len);
}

static int is_data(const struct call *c)
{
	return c->note->kind == NOTE_DATA || c->note->kind == NOTE_MODE;
}

static int is_name(const struct call *c)
{
	return !is_data(c) && c->note->kind != NOTE_SYNC;
}

static int is_in(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && path[n] == '/' && !strchr(path + n + 1, '/');
}

/* Marks all calls before @at that this call syncs. */
static void sync_calls(size_t at)
{
	const struct call *sync = &calls[at];

	for (size_t i = 0; i < at; i++) {
		struct call *c = &calls[i];

		if (c->done)
			continue;
		if (sync->note->ino && is_data(c) && c->file == sync->file) {
			apply_data(c, c->note->len);
			c->done = 1;
		} else if (!sync->note->ino && is_name(c) &&
			(is_in(c->path, sync->path) || is_in(c->to, sync->path))) {
			apply_name(c);
			c->done = 1;
		}
	}
}

static void run_calls(size_t k)
{
	for (size_t i = 0; i < k; i++) {
		struct call *c = &calls[i];

		if (c->note->kind == NOTE_MAKE)
			c->file = file_new(c->note->ino, c->note->mode);
		else if (c->note->ino)
			c->file = file_of(c->note->ino);
		if (c->note->kind == NOTE_SYNC)
			sync_calls(i);
	}
}

/* ---- what was not synced --------------------------------------------------------------------- */

static int is_last_of_file(size_t at, size_t k)
{
	for (size_t i = at + 1; i < k; i++)
		if (!calls[i].done && calls[i].note->kind == NOTE_DATA &&
			calls[i].file == calls[at].file)
			return 0;
	return 1;
}

/* The number of its bytes that are kept; -1: none, and the size is not changed either. */
static int64_t kept_of(size_t at, size_t k, const char *how)
{
	const struct note *n = calls[at].note;
	uint64_t half = n->len / 2 / SECTOR * SECTOR;

	if (strcmp(how, "torn") == 0)
		return n->kind != NOTE_DATA || !is_last_of_file(at, k) ? (int64_t)n->len
			: half					       ? (int64_t)half
								       : -1;
	if (strcmp(how, "mixed") != 0)
		return strcmp(how, "keep") == 0 ? (int64_t)n->len : -1;
	switch (draw(3)) {
	case 0:
		return -1;
	case 1:
		return (int64_t)n->len;
	default:
		return (int64_t)(draw(n->len / SECTOR + 1) * SECTOR);
	}
}

static void cut_names(size_t k, const char *how)
{
	size_t until = strcmp(how, "drop") == 0 ? 0 : strcmp(how, "mixed") == 0 ? draw(k + 1) : k;

	for (size_t i = 0; i < until; i++)
		if (!calls[i].done && is_name(&calls[i]))
			apply_name(&calls[i]);
}

static void cut_data(size_t k, const char *how)
{
	for (size_t i = 0; i < k; i++) {
		int64_t n = calls[i].done || !is_data(&calls[i]) ? -1 : kept_of(i, k, how);

		if (n >= 0)
			apply_data(&calls[i], (uint64_t)n);
	}
}

static size_t not_synced(size_t k)
{
	size_t n = 0;

	for (size_t i = 0; i < k; i++)
		n += !calls[i].done && calls[i].note->kind != NOTE_SYNC &&
			!(calls[i].file && calls[i].file->is_strange);
	return n;
}

/* ---- in and out ------------------------------------------------------------------------------ */

static char *map(const char *path, int64_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		die(path);
	*size = st.st_size;
	char *p = st.st_size > 0 ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)
				 : NULL;

	close(fd);
	return p == MAP_FAILED ? NULL : p;
}

static void read_index(const char *index, const char *base)
{
	FILE *f = fopen(index, "re");
	char line[PATH_LEN], at[2 * PATH_LEN], path[PATH_LEN];
	unsigned long long ino;
	struct stat st;

	if (!f)
		die(index);
	while (fgets(line, sizeof(line), f) && sscanf(line, "%llu %4095[^\n]", &ino, path) == 2) {
		snprintf(at, sizeof(at), "%s%s", base, path);
		if (stat(at, &st) < 0)
			die(at);
		struct file *to = file_new(S_ISDIR(st.st_mode) ? 0 : ino, st.st_mode & 07777);

		to->changed = st.st_mtim;
		name_put(path, to);
		if (!to->ino)
			continue;
		int64_t size;
		const char *bytes = map(at, &size);

		file_resize(to, size);
		if (size)
			memcpy(to->bytes, bytes, (size_t)size);
	}
	fclose(f);
}

static void read_journal(const char *path)
{
	int64_t size;
	const char *at = map(path, &size), *end = at + size;

	while (at < end) {
		struct note *n = malloc(sizeof(*n));

		if (!n)
			die("memory");
		memcpy(n, at, sizeof(*n));
		at += sizeof(*n);
		calls = grow(calls, n_calls, sizeof(*calls));
		calls[n_calls++] = (struct call){ .note = n,
			.path = at,
			.to = at + n->path_len,
			.bytes = at + n->path_len + n->to_len };
		at += n->path_len + n->to_len + n->len;
	}
}

static void make_dirs(char *path)
{
	for (char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(path, 0711) < 0 && errno != EEXIST)
			die(path);
		*p = '/';
	}
}

/* Holes are kept as holes. */
static void write_bytes(int fd, const struct file *f)
{
	static const char zero[SECTOR];

	if (ftruncate(fd, f->size) < 0)
		die("size");
	for (int64_t at = 0; at < f->size; at += SECTOR) {
		size_t n = f->size - at < SECTOR ? (size_t)(f->size - at) : SECTOR;

		if (memcmp(f->bytes + at, zero, n) != 0 &&
			pwrite(fd, f->bytes + at, n, at) != (ssize_t)n)
			die("write");
	}
}

static void write_name(const char *out, const struct name *n)
{
	char path[2 * PATH_LEN];

	snprintf(path, sizeof(path), "%s%s", out, n->path);
	make_dirs(path);
	if (!n->file || !n->file->ino) {
		if (mkdir(path, 0711) < 0 && errno != EEXIST)
			die(path);
		if (n->file && chmod(path, n->file->mode) < 0)
			die(path);
		return;
	}
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		die(path);
	struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, n->file->changed };

	write_bytes(fd, n->file);
	if (fchmod(fd, n->file->mode) < 0 || futimens(fd, times) < 0)
		die(path);
	close(fd);
}

static int list(void)
{
	static const char *const what[] = { "data", "mode", "sync", "make", "link", "rename",
		"unlink" };

	for (size_t i = 0; i < n_calls; i++) {
		const struct note *n = calls[i].note;

		printf("%zu %s %s", i, what[n->kind], calls[i].path);
		if (n->kind == NOTE_DATA)
			printf(" %lld+%llu of %lld", (long long)n->at, (unsigned long long)n->len,
				(long long)n->size);
		printf(*calls[i].to ? " %s\n" : "%s\n", calls[i].to);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 2 && argc < 7) {
		fprintf(stderr, "usage: power_cut JOURNAL [INDEX BASE OUT K HOW [SEED]]\n");
		return 2;
	}
	read_journal(argv[1]);
	if (argc == 2)
		return list();
	size_t k = strtoull(argv[5], NULL, 10);

	seed = argc > 7 ? strtoull(argv[7], NULL, 10) : 1;
	read_index(argv[2], argv[3]);
	if (k > n_calls)
		k = n_calls;
	run_calls(k);
	printf("%zu\n", not_synced(k));
	cut_names(k, argv[6]);
	cut_data(k, argv[6]);
	for (size_t i = 0; i < n_names; i++)
		write_name(argv[4], &names[i]);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * What the Linux guest of the tests does all the time, and what looks at it afterwards.
 *
 *	load run A B        writes records to files below the folders A and B in turns, each synced
 *	                    before the next; talks to itself over TCP; counts timers; fills memory and
 *	                    reads it back. Four lines per second to /dev/ttyS0 and to /run/load:
 *	                    "L <record> <tcp> <timers> <pages> <faults>"; "BAD ..." for each fault.
 *	load verify A B     "<records of A> <records of B> <files> ok", or what is wrong
 *	load tpm-write N    a number of 4 bytes to the TPM's permanent memory
 *	load tpm-read
 *
 * Record n is 512 bytes at n * 512 of A/log, then of B/log; each 16th is also a file A/d/n, made
 * after both. So whatever a snapshot holds has B's count at most one behind A's, and the files of
 * exactly the records that both have, but for the last.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { RECORD = 512, EACH = 16, PAGE = 4096, PAGES = 2048, TICK_MS = 20, PORT = 7777 };

static atomic_long records, talks, ticks, pages, faults;
static FILE *serial;

static void bad(const char *format, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	faults++;
	fprintf(serial, "BAD %s\n", text);
}

static _Noreturn void stop(const char *what)
{
	bad("%s: %s", what, strerror(errno));
	pause();
	exit(1);
}

static void wait_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* ---- records --------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static void fill(void *to, size_t size, uint64_t seed)
{
	uint64_t *words = to;

	for (size_t i = 0; i < size / sizeof(*words); i++)
		words[i] = mix(seed * 0x9e3779b97f4a7c15 + i);
}

static int holds(const void *at, size_t size, uint64_t seed)
{
	const uint64_t *words = at;

	for (size_t i = 0; i < size / sizeof(*words); i++)
		if (words[i] != mix(seed * 0x9e3779b97f4a7c15 + i))
			return 0;
	return 1;
}

static void name_of(char *ret, size_t size, const char *folder, long n)
{
	snprintf(ret, size, "%s/d/%ld", folder, n);
}

static int open_log(const char *folder, int flags)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/log", folder);
	return open(path, flags, 0644);
}

static void put_record(int log, long n)
{
	uint64_t block[RECORD / sizeof(uint64_t)];

	fill(block, sizeof(block), (uint64_t)n);
	if (pwrite(log, block, sizeof(block), n * RECORD) != sizeof(block) || fsync(log) < 0)
		stop("write");
}

static void put_file(const char *folder, int dir, long n)
{
	char path[256];

	name_of(path, sizeof(path), folder, n);
	int fd = open(path, O_WRONLY | O_CREAT, 0644);
	if (fd < 0)
		stop("create");
	put_record(fd, 0);
	close(fd);
	if (fsync(dir) < 0)
		stop("sync of a folder");
}

static long count(const char *folder)
{
	uint64_t block[RECORD / sizeof(uint64_t)];
	int log = open_log(folder, O_RDONLY);
	long n = 0;

	while (log >= 0 && pread(log, block, sizeof(block), n * RECORD) == sizeof(block) &&
		holds(block, sizeof(block), (uint64_t)n))
		n++;
	if (log >= 0)
		close(log);
	return n;
}

/* The log ends behind its last record. */
static long length(const char *folder)
{
	struct stat st = { 0 };
	int log = open_log(folder, O_RDONLY);

	if (log >= 0) {
		fstat(log, &st);
		close(log);
	}
	return st.st_size / RECORD;
}

static long count_files(const char *folder)
{
	long n = 0;

	for (;; n++) {
		char path[256];
		struct stat st;

		name_of(path, sizeof(path), folder, (n + 1) * EACH - 1);
		if (stat(path, &st) < 0 || st.st_size != RECORD)
			return n;
	}
}

static int verify(const char *a, const char *b)
{
	long in_a = count(a), in_b = count(b), files = count_files(a), whole = in_b / EACH;
	const char *why = "ok";

	if (in_a != in_b && in_a != in_b + 1)
		why = "the two file systems are of different moments";
	else if (files != whole && (files != whole - 1 || in_b % EACH || in_a != in_b))
		why = "the files are of another moment than the records";
	else if (length(a) > in_a + 1 || length(b) > in_b + 1)
		why = "there is something behind a record that is missing";
	printf("%ld %ld %ld %s\n", in_a, in_b, files, why);
	return strcmp(why, "ok") != 0;
}

static void write_records(const char *a, const char *b)
{
	char path[256];
	long n = count(a) < count(b) ? count(a) : count(b);

	/* Begun again, the last file may be missing. */
	n = n > EACH ? n - n % EACH - EACH : 0;
	snprintf(path, sizeof(path), "%s/d", a);
	mkdir(path, 0755);
	int log_a = open_log(a, O_RDWR | O_CREAT), log_b = open_log(b, O_RDWR | O_CREAT);
	int dir = open(path, O_RDONLY | O_DIRECTORY);
	if (log_a < 0 || log_b < 0 || dir < 0)
		stop("open");
	for (;; n++) {
		put_record(log_a, n);
		put_record(log_b, n);
		if (n % EACH == EACH - 1)
			put_file(a, dir, n);
		records = n + 1;
		wait_ms(5);
	}
}

/* ---- TCP, timers, memory --------------------------------------------------------------------- */

static const struct sockaddr_in self = { .sin_family = AF_INET };

static struct sockaddr_in address(void)
{
	struct sockaddr_in a = self;

	a.sin_port = htons(PORT);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

/* Answers each number with the next. */
static void *answer(void *arg)
{
	int fd = accept(*(int *)arg, NULL, NULL);
	uint64_t n;

	while (recv(fd, &n, sizeof(n), MSG_WAITALL) == sizeof(n)) {
		n++;
		if (send(fd, &n, sizeof(n), MSG_NOSIGNAL) != sizeof(n))
			break;
	}
	stop("the connection has ended");
}

static void *talk(void *arg)
{
	struct sockaddr_in a = address();
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)arg;
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		stop("connect");
	for (uint64_t n = 0, got;; n += 2) {
		if (send(fd, &n, sizeof(n), MSG_NOSIGNAL) != sizeof(n) ||
			recv(fd, &got, sizeof(got), MSG_WAITALL) != sizeof(got))
			stop("TCP");
		if (got != n + 1)
			bad("TCP: %lu after %lu", (unsigned long)got, (unsigned long)n);
		talks++;
		wait_ms(10);
	}
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* So many periods have passed as the timer says; time does not go back. */
static void *count_ticks(void *arg)
{
	const struct timespec period = { 0, TICK_MS * 1000000 };
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	int64_t begun = now_ms(), last = begun;
	uint64_t n;

	(void)arg;
	timerfd_settime(fd, 0, &(struct itimerspec){ period, period }, NULL);
	while (read(fd, &n, sizeof(n)) == sizeof(n)) {
		int64_t now = now_ms();

		ticks += (long)n;
		if (now < last)
			bad("time went back by %ld ms", (long)(last - now));
		if (ticks * TICK_MS > now - begun + TICK_MS)
			bad("%ld ticks in %ld ms", (long)ticks, (long)(now - begun));
		last = now;
	}
	stop("timer");
}

static void *check_memory(void *arg)
{
	static uint64_t seeds[PAGES];
	uint8_t *all = mmap(NULL, (size_t)PAGES * PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)arg;
	if (all == MAP_FAILED)
		stop("memory");
	for (size_t i = 0; i < PAGES; i++)
		fill(all + i * PAGE, PAGE, i);
	for (size_t i = 0; i < PAGES; i++)
		seeds[i] = i;
	for (uint64_t seed = PAGES;; seed++) {
		size_t i = mix(seed) % PAGES;

		if (!holds(all + i * PAGE, PAGE, seeds[i]))
			bad("memory: page %zu", i);
		fill(all + i * PAGE, PAGE, seed);
		seeds[i] = seed;
		pages++;
		wait_ms(2);
	}
}

/* ---- the whole ------------------------------------------------------------------------------- */

static _Noreturn void *report(void *arg)
{
	(void)arg;
	for (;; wait_ms(250)) {
		char text[128];
		int fd = open("/run/load.new", O_WRONLY | O_CREAT | O_TRUNC, 0644);

		snprintf(text, sizeof(text), "L %ld %ld %ld %ld %ld\n", (long)records, (long)talks,
			(long)ticks, (long)pages, (long)faults);
		fputs(text, serial);
		if (fd >= 0 && write(fd, text, strlen(text)) > 0)
			rename("/run/load.new", "/run/load");
		close(fd);
	}
}

static int run(const char *a, const char *b)
{
	static int listener;
	struct sockaddr_in at = address();
	void *(*const parts[])(void *) = { answer, talk, count_ticks, check_memory, report };
	pthread_t thread;

	serial = fopen("/dev/ttyS0", "w");
	if (!serial)
		return 1;
	setlinebuf(serial);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(listener, 1) < 0)
		stop("listen");
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		pthread_create(&thread, NULL, parts[i], &listener);
	write_records(a, b);
	return 0;
}

/* ---- the TPM --------------------------------------------------------------------------------- */

/* Sends the command, its size set, and takes the answer; its response code, -1: none. */
static long tpm(uint8_t *command, size_t size, uint8_t answer[256])
{
	int fd = open("/dev/tpm0", O_RDWR);
	ssize_t n;

	command[5] = (uint8_t)size;
	n = fd >= 0 && write(fd, command, size) == (ssize_t)size ? read(fd, answer, 256) : -1;
	if (fd >= 0)
		close(fd);
	return n < 10 ? -1 : (long)answer[6] << 24 | answer[7] << 16 | answer[8] << 8 | answer[9];
}

/* An empty password, as owner. */
#define OWNER 0x40, 0, 0, 1
#define INDEX 0x01, 0x50, 0, 1
#define PASSWORD 0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0

static int tpm_write(uint32_t value)
{
	uint8_t answer[256];
	/* TPM2_NV_DefineSpace: owner may read and write, 4 bytes; TPM2_NV_Write */
	uint8_t define[] = { 0x80, 2, 0, 0, 0, 0, 0, 0, 1, 0x2a, OWNER, PASSWORD, 0, 0, 0, 14,
		INDEX, 0, 0x0b, 0, 2, 0, 2, 0, 0, 0, 4 };
	uint8_t write[] = { 0x80, 2, 0, 0, 0, 0, 0, 0, 1, 0x37, OWNER, INDEX, PASSWORD, 0, 4,
		(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
		(uint8_t)value, 0, 0 };
	long defined = tpm(define, sizeof(define), answer);

	if (defined != 0 && defined != 0x14c) /* there is one */
		return printf("define: %lx\n", defined), 1;
	long written = tpm(write, sizeof(write), answer);
	return written ? printf("write: %lx\n", written), 1 : 0;
}

static int tpm_read(void)
{
	uint8_t a[256];
	uint8_t read[] = { 0x80, 2, 0, 0, 0, 0, 0, 0, 1, 0x4e, OWNER, INDEX, PASSWORD, 0, 4, 0, 0 };
	long r = tpm(read, sizeof(read), a);

	if (r)
		return printf("read: %lx\n", r), 1;
	printf("%lu\n", (unsigned long)a[16] << 24 | a[17] << 16 | a[18] << 8 | a[19]);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "run") == 0)
		return run(argv[2], argv[3]);
	if (argc == 4 && strcmp(argv[1], "verify") == 0)
		return verify(argv[2], argv[3]);
	if (argc == 3 && strcmp(argv[1], "tpm-write") == 0)
		return tpm_write((uint32_t)strtoul(argv[2], NULL, 10));
	if (argc == 2 && strcmp(argv[1], "tpm-read") == 0)
		return tpm_read();
	return 2;
}

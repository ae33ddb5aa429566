/* SPDX-License-Identifier: MIT */
#include "objects/base/far/far_file.h"

#include "objects/base/call_watch.h"
#include "objects/base/clock.h"
#include "objects/base/far/far_child.h"
#include "objects/base/far/far_mounts.h"
#include "objects/base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 3000 /* for what all far mounts together do not answer */
#define LATE_MS 100	 /* for a mount that is first asked when that is used up */
#define TICK_MS 50
#define KNOWN_FOLDERS 16
#define AGAIN_MS 500 /* after an answer a mount that vxe itself uses is asked again */

enum far_state {
	FAR_UNASKED,
	FAR_ASKED,  /* the child has been asked whether the mount answers */
	FAR_OTHERS, /* the child of another command is asked that just now */
	FAR_TALKS,
	FAR_SILENT,
};

/* A far file system, with the child that looks at it. */
struct far {
	char *dev;
	enum far_state state;
	pid_t pid;
	int socket; /* -1: no child */
	/*
	 * The file by which commands know of each other's children. Its lock is held while a child is asked for the first
	 * time; one that stays in the call keeps it. It has a byte once that child was given up. -1: none.
	 */
	int lock;
	const char *
		used; /* its folder, if vxe itself may touch its files; borrowed from door.mounts */
	bool awaits; /* the watch has asked again, at @asked, and has no answer yet; or it was given up then */
	int64_t asked;
};

static struct {
	pthread_mutex_t lock;
	const char *dir;
	bool read; /* the list of mounts has been read */
	struct far_mounts mounts;
	size_t n;
	struct far **items;
	int64_t left_ms;
	struct far_answer answer;
	/* Where folders lead that were asked about last; the next one replaces that at @next. */
	struct known_folder {
		char *path, *physical;
		const struct far_point *at;
	} known[KNOWN_FOLDERS];
	size_t next;
} door = { .lock = PTHREAD_MUTEX_INITIALIZER, .left_ms = PATIENCE_MS };

/* ---- the mounts ------------------------------------------------------------------------------ */

static void read_mounts(void)
{
	if (!door.read)
		far_mounts_read(&door.mounts);
	door.read = true;
}

static const struct known_folder *folder_known(const char *path, size_t len)
{
	for (size_t i = 0; i < KNOWN_FOLDERS; i++) {
		const struct known_folder *f = &door.known[i];

		if (f->path && strncmp(f->path, path, len) == 0 && !f->path[len])
			return f;
	}
	struct known_folder *f = &door.known[door.next];

	door.next = (door.next + 1) % KNOWN_FOLDERS;
	free(f->path);
	free(f->physical);
	f->path = xstrndup(path, len);
	f->at = far_mounts_find(&door.mounts, f->path, true, &f->physical);
	return f;
}

/* The far mount to which the path leads; NULL: none. @follow: also through a link that is its last name. */
static const struct far_point *point_of(const char *path, bool follow)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : "";
	char target[2];

	if (!door.mounts.n || path[0] != '/' || strlen(path) >= PATH_MAX)
		return NULL;
	if (slash == path || !*name || str_eq(name, ".") || str_eq(name, ".."))
		return far_mounts_find(&door.mounts, path, follow, NULL);
	const struct known_folder *f = folder_known(path, (size_t)(slash - path));

	if (f->at)
		return f->at;
	_cleanup_free_ char *at = xasprintf("%s/%s", f->physical, name);
	const struct far_point *p = far_mounts_at(&door.mounts, at);

	if (p || !follow || readlink(at, target, sizeof(target)) < 0)
		return p;
	return far_mounts_find(&door.mounts, path, true, NULL);
}

/* The far file system to which the path leads; NULL: none. */
static struct far *find(const char *path, bool follow)
{
	read_mounts();
	const struct far_point *p = point_of(path, follow);

	if (!p)
		return NULL;
	for (size_t i = 0; i < door.n; i++)
		if (str_eq(door.items[i]->dev, p->dev))
			return door.items[i];
	door.items = xrealloc(door.items, door.n + 1, sizeof(*door.items));
	door.items[door.n] = xcalloc(1, sizeof(struct far));
	*door.items[door.n] = (struct far){ .dev = xstrdup(p->dev), .socket = -1, .lock = -1 };
	return door.items[door.n++];
}

/* ---- one that is silent ------------------------------------------------------------------------ */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/*
 * Gives the mount up. Its child keeps the lock, by a descriptor of its own, for as long as it is in the call. After a signal
 * to this command it is ended, if the kernel can end it.
 */
static void give_up(struct far *f)
{
	log_info("far: the file system %s does not answer", f->dev);
	f->state = FAR_SILENT;
	if (!f->awaits)
		f->asked = clock_ms();
	f->awaits = true;
	if (f->lock >= 0 && flock(f->lock, LOCK_EX | LOCK_NB) == 0)
		(void)!pwrite(f->lock, "x", 1, 0);
	if (f->pid > 0 && watch_asked())
		(void)kill(f->pid, SIGKILL);
	close_fd(&f->socket);
}

/* True if a child of another command was given up, and still waits for the mount. */
static bool is_known_silent(const struct far *f)
{
	struct stat st;

	return fstat(f->lock, &st) == 0 && st.st_size > 0;
}

/* ---- talk with the child ------------------------------------------------------------------------- */

/* Takes an answer that has come. */
static int take(struct far *f)
{
	ssize_t n = recv(f->socket, &door.answer, sizeof(door.answer), MSG_DONTWAIT);

	return n >= (ssize_t)FAR_HEAD && (size_t)n == FAR_HEAD + door.answer.n ? 0 : -1;
}

/* Waits for the next answer, which is complete in door.answer. Returns -1 if none came in time. */
static int await(struct far *f)
{
	int64_t from = clock_ms(), waited = 0;
	int64_t most = door.left_ms > LATE_MS ? door.left_ms : LATE_MS;

	while (waited < most && !watch_asked()) {
		struct pollfd p = { .fd = f->socket, .events = POLLIN };

		if (poll(&p, 1, TICK_MS) > 0) {
			if (take(f) == 0)
				return 0;
			break; /* somebody has ended the child */
		}
		waited = clock_ms() - from;
	}
	door.left_ms = waited < door.left_ms ? door.left_ms - waited : 0;
	give_up(f);
	return -1;
}

static int tell(struct far *f, enum far_op op, const char *path, size_t n, int64_t offset)
{
	struct far_request r = { .op = op, .n = (uint32_t)n, .offset = offset };
	size_t len = strlen(path) + 1;

	memcpy(r.path, path, len);
	len += offsetof(struct far_request, path);
	return send(f->socket, &r, len, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

static int ask(struct far *f, enum far_op op, const char *path, size_t n, int64_t offset)
{
	if (tell(f, op, path, n, offset) == 0)
		return 0;
	give_up(f);
	errno = EHOSTDOWN;
	return -1;
}

/* All signals are blocked meanwhile, so that no handler of the parent's runs in the child. */
static void start_child(struct far *f, const char *path)
{
	int ends[2];
	sigset_t all, before;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
		give_up(f);
		return;
	}
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	f->pid = _Fork();
	if (f->pid == 0)
		far_serve(ends[1], f->lock);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(ends[1]);
	f->socket = ends[0];
	f->state = FAR_ASKED;
	if (f->pid < 0)
		give_up(f);
	else
		(void)ask(f, FAR_STATFS, path, 0, 0);
}

/* Starts a child for the mount, unless one of another command is just being asked, or was given up. */
static void start(struct far *f, const char *path)
{
	_cleanup_free_ char *file = door.dir ? xasprintf("%s/far-%s", door.dir, f->dev) : NULL;

	if (f->lock < 0 && file)
		f->lock = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (f->lock >= 0 && flock(f->lock, LOCK_EX | LOCK_NB) < 0) {
		f->state = is_known_silent(f) ? FAR_SILENT : FAR_OTHERS;
		return;
	}
	if (f->lock >= 0)
		(void)!ftruncate(f->lock, 0);
	start_child(f, path);
}

/* Waits until the mount has answered for the first time, or is given up. */
static void meet(struct far *f, const char *path)
{
	int64_t from = clock_ms();
	int64_t most = door.left_ms > LATE_MS ? door.left_ms : LATE_MS;

	if (f->state == FAR_UNASKED)
		start(f, path);
	while (f->state == FAR_OTHERS) {
		if (clock_ms() - from >= most || watch_asked()) {
			door.left_ms = 0;
			f->state = FAR_SILENT;
			/* the command that has started that child may have been killed */
			if (!watch_asked())
				(void)!pwrite(f->lock, "x", 1, 0);
			return;
		}
		clock_sleep_ms(TICK_MS / 5);
		start(f, path);
	}
	if (f->state != FAR_ASKED || await(f) < 0)
		return;
	f->state = FAR_TALKS;
	if (f->lock >= 0)
		(void)flock(f->lock, LOCK_UN);
}

/* ---- one that stops after it has answered -------------------------------------------------------- */

/* It has answered the watch: others may start children of theirs again. */
static void note_answer(struct far *f)
{
	f->awaits = false;
	if (f->lock >= 0)
		(void)flock(f->lock, LOCK_UN);
}

/* Asks the mount again; returns for how long it has not answered. Then the child has the lock: others start none. */
static int64_t look_again(struct far *f)
{
	struct pollfd p = { .fd = f->socket, .events = POLLIN };
	int64_t now = clock_ms();

	if (f->awaits && poll(&p, 1, 0) > 0 && take(f) == 0)
		note_answer(f);
	if (f->state == FAR_TALKS && !f->awaits && now - f->asked >= AGAIN_MS) {
		f->asked = now;
		f->awaits = tell(f, FAR_STATFS, f->used, 0, 0) == 0;
	}
	if (f->awaits && f->lock >= 0 && now - f->asked >= AGAIN_MS)
		(void)flock(f->lock, LOCK_EX | LOCK_NB);
	return f->awaits ? now - f->asked : 0;
}

static const char *longest_silent(int64_t *ms)
{
	const char *folder = NULL;

	if (pthread_mutex_trylock(&door.lock) != 0)
		return NULL; /* who has it waits for an answer, but not for long */
	for (size_t i = 0; i < door.n; i++) {
		int64_t silent = door.items[i]->used ? look_again(door.items[i]) : 0;

		if (silent > *ms) {
			*ms = silent;
			folder = door.items[i]->used;
		}
	}
	pthread_mutex_unlock(&door.lock);
	return folder;
}

/* Asks the mount, and waits for the first answer. */
static int call(struct far *f, enum far_op op, const char *path, size_t n, int64_t offset)
{
	if (f->state != FAR_TALKS)
		meet(f, path);
	if (f->state == FAR_TALKS && f->awaits && await(f) == 0)
		note_answer(f);
	if (f->state != FAR_TALKS || ask(f, op, path, n, offset) < 0 || await(f) < 0) {
		errno = f->state == FAR_TALKS ? errno : EHOSTDOWN;
		return -1;
	}
	errno = door.answer.error;
	return door.answer.error ? -1 : 0;
}

/* ---- the door ------------------------------------------------------------------------------------ */

void far_begin(const char *dir)
{
	pthread_mutex_lock(&door.lock);
	door.dir = dir;
	pthread_mutex_unlock(&door.lock);
}

void far_end(void)
{
	watch_mounts(NULL);
	pthread_mutex_lock(&door.lock);
	door.dir = NULL;
	door.left_ms = 0;
	for (size_t i = 0; i < door.n; i++) {
		struct far *f = door.items[i];

		if (f->state == FAR_TALKS && f->awaits)
			(void)await(f);
		close_fd(&f->socket);
		close_fd(&f->lock);
		if (f->state == FAR_TALKS)
			(void)waitpid(f->pid, NULL, 0);
		free(f->dev);
		free(f);
	}
	free(TAKE(door.items));
	door.n = 0;
	for (size_t i = 0; i < KNOWN_FOLDERS; i++) {
		free(door.known[i].path);
		free(door.known[i].physical);
		door.known[i] = (struct known_folder){ 0 };
	}
	far_mounts_clear(&door.mounts);
	door.read = false;
	door.left_ms = PATIENCE_MS;
	pthread_mutex_unlock(&door.lock);
}

bool far_are_there(void)
{
	pthread_mutex_lock(&door.lock);
	read_mounts();
	bool some = door.mounts.n;
	pthread_mutex_unlock(&door.lock);
	return some;
}

bool far_is(const char *path)
{
	pthread_mutex_lock(&door.lock);
	bool far = find(path, true) != NULL;
	pthread_mutex_unlock(&door.lock);
	return far;
}

bool far_below(const char *dir)
{
	bool below = false;

	pthread_mutex_lock(&door.lock);
	read_mounts();
	const char *physical = door.mounts.n ? folder_known(dir, strlen(dir))->physical : "";
	size_t len = strlen(physical);

	for (size_t i = 0; i < door.mounts.n && !below; i++) {
		const char *at = door.mounts.items[i].path;

		below = strncmp(at, physical, len) == 0 && at[len] == '/' &&
			!strchr(at + len + 1, '/');
	}
	pthread_mutex_unlock(&door.lock);
	return below;
}

void far_ask(const char *path)
{
	pthread_mutex_lock(&door.lock);
	struct far *f = find(path, true);

	if (f && f->state == FAR_UNASKED)
		start(f, path);
	pthread_mutex_unlock(&door.lock);
}

int far_answers(const char *path)
{
	pthread_mutex_lock(&door.lock);
	struct far *f = find(path, true);

	if (f && f->state != FAR_TALKS)
		meet(f, path);
	bool answers = !f || f->state == FAR_TALKS;

	if (f && answers && !f->used) {
		f->used = point_of(path, true)->path;
		watch_mounts(longest_silent);
	}
	pthread_mutex_unlock(&door.lock);
	if (!answers)
		errno = EHOSTDOWN;
	return answers ? 0 : -1;
}

const char *far_why(int error)
{
	return error == EHOSTDOWN ? "its file system does not answer" : strerror(error);
}

/*
 * Asks for @op if the path lies on a far mount: returns 1 with door.answer, whose lock the caller then has, or -1. 0: the
 * mount is near.
 */
static int far_call(enum far_op op, const char *path, size_t n, int64_t offset)
{
	pthread_mutex_lock(&door.lock);
	struct far *f = find(path, op != FAR_LSTAT && op != FAR_READLINK);

	if (f && call(f, op, path, n, offset) == 0)
		return 1;
	int error = errno;

	pthread_mutex_unlock(&door.lock);
	errno = error;
	return f ? -1 : 0;
}

int far_stat(const char *path, struct stat *ret)
{
	int r = far_call(FAR_STAT, path, 0, 0);

	if (r <= 0)
		return r < 0 ? -1 : stat(path, ret);
	*ret = door.answer.st;
	pthread_mutex_unlock(&door.lock);
	return 0;
}

int far_lstat(const char *path, struct stat *ret)
{
	int r = far_call(FAR_LSTAT, path, 0, 0);

	if (r <= 0)
		return r < 0 ? -1 : lstat(path, ret);
	*ret = door.answer.st;
	pthread_mutex_unlock(&door.lock);
	return 0;
}

int far_statfs(const char *path, struct statfs *ret)
{
	int r = far_call(FAR_STATFS, path, 0, 0);

	if (r <= 0)
		return r < 0 ? -1 : statfs(path, ret);
	*ret = door.answer.fs;
	pthread_mutex_unlock(&door.lock);
	return 0;
}

/* Copies the bytes of the answer, and gives its lock back. */
static ssize_t take_bytes(void *buf, size_t n)
{
	size_t got = door.answer.n < n ? door.answer.n : n;

	memcpy(buf, door.answer.bytes, got);
	pthread_mutex_unlock(&door.lock);
	return (ssize_t)got;
}

ssize_t far_readlink(const char *path, char *buf, size_t n)
{
	int r = far_call(FAR_READLINK, path, 0, 0);

	return r > 0 ? take_bytes(buf, n) : r < 0 ? -1 : readlink(path, buf, n);
}

static ssize_t near_pread(const char *path, void *buf, size_t n, int64_t offset)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	return fd < 0 ? -1 : pread(fd, buf, n, offset);
}

ssize_t far_pread(const char *path, void *buf, size_t n, int64_t offset)
{
	size_t done = 0;

	while (done < n) {
		size_t piece = n - done < FAR_BYTES ? n - done : FAR_BYTES;
		int r = far_call(FAR_READ, path, piece, offset + (int64_t)done);

		if (r == 0)
			return near_pread(path, buf, n, offset);
		ssize_t got = r < 0 ? -1 : take_bytes((char *)buf + done, piece);

		if (got <= 0)
			return got < 0 ? -1 : (ssize_t)done;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

static void tell_entries(far_name_fn *fn, void *ctx)
{
	for (size_t at = 0; at + sizeof(struct far_entry) <= door.answer.n;) {
		const struct far_entry *e = (const void *)(door.answer.bytes + at);
		const struct far_name name = { e->name, e->type, (int64_t)e->st.st_ino, &e->st,
			e->error };

		fn(ctx, &name);
		at += FAR_ENTRY_SIZE(e->name_len);
	}
}

static int near_list(const char *path, struct stat *folder, far_name_fn *fn, void *ctx)
{
	_cleanup_dir_ DIR *d = opendir(path);
	const struct dirent *e;

	if (!d || fstat(dirfd(d), folder) < 0)
		return -1;
	errno = 0;
	while ((e = readdir(d))) {
		const struct far_name name = { e->d_name, e->d_type, (int64_t)e->d_ino, NULL, 0 };

		fn(ctx, &name);
	}
	return errno ? -1 : 0;
}

int far_list(const char *path, struct stat *folder, far_name_fn *fn, void *ctx)
{
	int r = far_call(FAR_LIST, path, 0, 0);

	if (r <= 0)
		return r < 0 ? -1 : near_list(path, folder, fn, ctx);
	struct far *f = find(path, true);

	*folder = door.answer.st;
	for (r = 0; r == 0; r = await(f)) {
		tell_entries(fn, ctx);
		if (!door.answer.more)
			break;
	}
	int error = r < 0 ? EHOSTDOWN : door.answer.error;

	pthread_mutex_unlock(&door.lock);
	errno = error;
	return error ? -1 : 0;
}

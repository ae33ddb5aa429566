/* SPDX-License-Identifier: MIT */
/* Reads and writes the marker file of an SR; a marker is written completely or not at all. */
#include "objects/classes/storage/sr_marker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "objects/base/clock.h"
#include "objects/base/far/far_file.h"
#include "objects/base/file.h"
#include "objects/base/uri.h"
#include "objects/base/uuid.h"

/* SR's directory: QEMU's user can open files in it; only the owner can list it */
#define SR_DIR_MODE 0711

static int fail_marker(struct vxe_error *err, const char *path)
{
	return vxe_fail(err, VXE_IMAGE_FAILED, path, far_why(errno));
}

void sr_mark_clear(struct sr_mark *m)
{
	free(m->sr);
	free(m->store);
	free(m->host);
	free(m->at);
	free(m->word);
	*m = (struct sr_mark){ 0 };
}

/* ---- reading --------------------------------------------------------------------------------- */

#define MARK_MAX (4 * PATH_MAX)

/* The members of struct sr_mark that follow the SR's UUID in a marker file, one on each line: a word and a value. */
static struct member {
	const char *word;
	size_t offset;
} const members[] = {
	{ "store ", offsetof(struct sr_mark, store) },
	{ "host ", offsetof(struct sr_mark, host) },
	{ "at ", offsetof(struct sr_mark, at) },
	{ "word ", offsetof(struct sr_mark, word) },
};

static void read_line(struct sr_mark *m, const char *line)
{
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		const char *word = members[i].word;

		if (str_starts(line, word))
			str_replace((char **)((char *)m + members[i].offset), line + strlen(word));
	}
}

/* Parses the text of an SR's marker file. Older versions of vxe wrote only the UUID of the SR. */
static void read_text(const char *text, struct sr_mark *ret)
{
	_cleanup_strv_ struct strv lines = { 0 };

	strv_split(&lines, text, '\n');
	if (!lines.n || !uuid_is_valid(lines.items[0]))
		return;
	ret->sr = xstrdup(lines.items[0]);
	for (size_t i = 1; i < lines.n; i++)
		read_line(ret, lines.items[i]);
	if (ret->store && !uuid_is_valid(ret->store))
		str_replace(&ret->store, NULL);
}

static ssize_t read_bytes(const char *path, char *text)
{
	if (far_is(path))
		return far_pread(path, text, MARK_MAX - 1, 0);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	return fd < 0 ? -1 : read(fd, text, MARK_MAX - 1);
}

int sr_mark_read(const char *dir, struct sr_mark *ret, struct vxe_error *err)
{
	_cleanup_free_ char *path = xasprintf("%s/" SR_MARK, dir);
	_cleanup_free_ char *text = xcalloc(1, MARK_MAX);

	*ret = (struct sr_mark){ 0 };
	if (read_bytes(path, text) < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : fail_marker(err, path);
	read_text(text, ret);
	return 0;
}

/* ---- the word -------------------------------------------------------------------------------- */

#define LOOKS 3 /* the file and the record may each have been read just before it was written */

bool sr_has_word(const struct sr *sr)
{
	return sr->shared && !sr->adopted && !sr->detached && !str_is_empty(sr->path) &&
		sr_content(sr) == SR_DISKS;
}

char *sr_word_new(void)
{
	char time[CLOCK_TEXT_LEN + 1];
	_cleanup_free_ char *unique = uuid_new();

	clock_format(clock_wall(), time);
	return xasprintf("%s %s", time, unique);
}

int64_t sr_word_time(const char *word)
{
	_cleanup_free_ char *text = word ? xstrndup(word, strcspn(word, " ")) : NULL;
	int64_t time;

	return text && clock_parse(text, &time) == 0 ? time : 0;
}

static bool is_storage(const struct sr *sr, const struct sr_mark *m)
{
	return str_eq(m->sr, sr->r.uuid) &&
		(str_is_empty(sr->word) || str_eq(m->word, sr->word) ||
			(m->word && str_eq(m->word, sr->word_next)));
}

static char *time_text(const char *word)
{
	char text[CLOCK_ISO_LEN + 1];
	int64_t time = sr_word_time(word);

	if (time)
		clock_format_iso(time, text);
	return xasprintf("%s%s", time ? "of " : "without a time", time ? text : "");
}

static char *why_not(const struct sr *sr, const struct sr_mark *m)
{
	if (!str_eq(m->sr, sr->r.uuid))
		return xasprintf("its folder %s has no marker of it (" SR_MARK ")", sr->path);
	_cleanup_free_ char *here = time_text(m->word), *known = time_text(sr->word);

	return xasprintf(
		"in its folder %s lies another copy of it, as the word in its marker (" SR_MARK
		") is %s and that of the records %s. If this is its storage all the same, 'vxe pbd-plug "
		"force=true' of its PBD on this host ('vxe pbd-list sr-uuid=%s') says so",
		sr->path, here, known, sr->r.uuid);
}

static int read_again(struct store *store, const char *uuid, struct sr **ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	sr_free(TAKE(*ret));
	return txn_begin(store, TXN_READ, &t, err) < 0 ? -1 : sr_find(t, uuid, ret, err);
}

int sr_judge_storage(struct store *store, const struct sr *sr, char **why, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *again = NULL;
	const struct sr *known = sr;

	*why = NULL;
	for (int look = 1; known; look++) {
		_cleanup_mark_ struct sr_mark mark = { 0 };

		if (sr_mark_read(known->path, &mark, err) < 0)
			return -1;
		if (is_storage(known, &mark))
			return 0;
		if (look == LOOKS) {
			*why = why_not(known, &mark);
			return 0;
		}
		if (read_again(store, sr->r.uuid, &again, err) < 0)
			return -1;
		known = again;
	}
	return 0;
}

char *sr_away_why(const struct session *s, const struct sr *sr)
{
	_cleanup_error_ struct vxe_error unread = { 0 };
	char *why = NULL;

	return s->pool_size > 1 && sr_has_word(sr) &&
			sr_judge_storage(s->store, sr, &why, &unread) == 0
		? why
		: NULL;
}

bool sr_is_away(const struct session *s, const struct sr *sr)
{
	_cleanup_free_ char *why = sr_away_why(s, sr);

	return why;
}

/* ---- the owner ------------------------------------------------------------------------------- */

struct sr_mark sr_mark_own(const struct session *s, const char *sr)
{
	const char *store = s->config.store;
	char *at = store ? realpath(store, NULL) : NULL;

	return (struct sr_mark){ .sr = xstrdup(sr),
		.store = xstrdup_null(s->store_uuid),
		.host = xstrdup_null(s->here->uuid),
		.at = at ? at : uri_shown(store) };
}

bool sr_mark_is_ours(const struct session *s, const struct sr_mark *m)
{
	return session_is_own_store(s, m->store);
}

int sr_mark_check(
	struct session *s, const char *dir, const struct sr_mark *m, struct vxe_error *err)
{
	if (sr_mark_is_ours(s, m))
		return 0;
	session_notice(s,
		"%s belongs to the store %s (in %s). Unplug the SR there (pbd-unplug); or, if that "
		"store is gone, set other-config:take-over=true on the SR and pbd-plug it here.",
		dir, m->store, m->at ? m->at : "an unknown folder");
	return vxe_fail(err, SR_DEVICE_IN_USE);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* Makes an SR's directory, with a mode that the umask reduces; an existing directory keeps its mode. */
static int make_dir(const char *dir, struct vxe_error *err)
{
	struct stat st;

	if (far_stat(dir, &st) == 0)
		return 0;
	_cleanup_free_ char *path = xstrdup(dir);

	for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = '\0';
		if (mkdir(path, SR_DIR_MODE) < 0 && errno != EEXIST && errno != EROFS)
			return fail_marker(err, path);
		if (!slash)
			break;
		*slash = '/';
	}
	return chmod(dir, SR_DIR_MODE) < 0 ? fail_marker(err, dir) : 0;
}

static char *mark_text(const struct sr_mark *m)
{
	struct str text = { 0 };

	str_addf(&text, "%s\n", m->sr);
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		const char *value = *(char *const *)((const char *)m + members[i].offset);

		if (value && !strchr(value, '\n'))
			str_addf(&text, "%s%s\n", members[i].word, value);
	}
	return str_steal(&text);
}

/* Writes the marker file of an SR's directory. An existing marker is replaced only with @replace. */
static int put_mark(const char *dir, const struct sr_mark *m, bool replace, struct vxe_error *err)
{
	_cleanup_free_ char *path = xasprintf("%s/" SR_MARK, dir);
	_cleanup_free_ char *text = mark_text(m);

	return file_put(path, text, 0644, replace) < 0 ? fail_marker(err, path) : 0;
}

int sr_mark_write(const char *dir, const struct sr_mark *m, struct vxe_error *err)
{
	return put_mark(dir, m, true, err);
}

int sr_mark_claim(const struct session *s, const char *dir, const struct sr_mark *found,
	struct vxe_error *err)
{
	_cleanup_mark_ struct sr_mark own = sr_mark_own(s, found->sr);

	own.word = xstrdup_null(found->word);
	return sr_mark_write(dir, &own, err);
}

int sr_mark_make(
	const char *dir, const struct sr_mark *m, struct sr_mark *ret, struct vxe_error *err)
{
	_cleanup_mark_ struct sr_mark found = { 0 };

	if (make_dir(dir, err) < 0 || sr_mark_read(dir, &found, err) < 0)
		return -1;
	if (!found.sr) {
		if (put_mark(dir, m, false, err) < 0 || sr_mark_read(dir, &found, err) < 0)
			return -1;
		if (!found.sr)
			return vxe_fail(err, VXE_IMAGE_FAILED, dir, "its " SR_MARK " is damaged");
	}
	*ret = found;
	found = (struct sr_mark){ 0 };
	return 0;
}

int sr_file_drop(const char *path, struct vxe_error *err)
{
	return file_remove(path) < 0 ? fail_marker(err, path) : 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * A kind of content that is no file: images of a keeper (keeper.h). The place of one is FOLDER/NAME, where FOLDER is the
 * keeper's and NAME ends as an image's does; drafts of it are as those of files. A descriptor is a conversation that is
 * bound to the image.
 */
#include "backends/content/content_private.h"
#include "tests/kind/keeper.h"

#include "objects/base/file_key.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PRIVATE_MODE 0600
#define SCHEME "nbd+unix:///"
#define SOCKET "?socket="
/* No file of the same file system has such a number. */
#define NO_FILE (UINT64_C(1) << 62)
/* What an image may grow to. */
#define ROOM (UINT64_C(1) << 30)
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

/* ---- places and names ------------------------------------------------------------------------ */

static const char *name_in(const char *place)
{
	const char *slash = strrchr(place, '/');

	return slash ? slash + 1 : place;
}

static bool kept_mine(const char *place)
{
	const char *name = name_in(place);

	if (place[0] != '/' || (!strstr(name, ".qcow2") && !strstr(name, ".raw")) ||
		name[strspn(name, NAME_CHARACTERS)] || strlen(name) >= KEEPER_NAME)
		return false;

	_cleanup_free_ char *folder = path_dir(place);
	_cleanup_free_ char *socket = xasprintf("%s/" KEEPER_ASK, folder);

	return access(socket, F_OK) == 0;
}

static void kept_name(const char *place, struct content_name *ret)
{
	_cleanup_free_ char *folder = path_dir(place);

	*ret = (struct content_name){
		.protocol = xstrdup("nbd"),
		.name = xstrdup(name_in(place)),
		.socket = xasprintf("%s/" KEEPER_NBD, folder),
	};
	ret->text = xasprintf(SCHEME "%s" SOCKET "%s", ret->name, ret->socket);
}

/* Of an export by the name @name (@n bytes) at @socket. NULL: no keeper's. */
static char *place_of(const char *name, size_t n, const char *socket)
{
	if (n > 0 && name[0] == KEEPER_HOLDER)
		name++, n--;
	if (!socket || !str_ends(socket, "/" KEEPER_NBD))
		return NULL;

	_cleanup_free_ char *folder = path_dir(socket);
	_cleanup_free_ char *place = xasprintf("%s/%.*s", folder, (int)n, name);

	return kept_mine(place) ? TAKE(place) : NULL;
}

static char *kept_named(const char *at, const struct content_name *name)
{
	const char *socket;

	(void)at;
	if (name->protocol)
		return str_eq(name->protocol, "nbd") && name->name
			? place_of(name->name, strlen(name->name), name->socket)
			: NULL;
	if (!name->text || strncmp(name->text, SCHEME, strlen(SCHEME)) != 0)
		return NULL;
	socket = strstr(name->text, SOCKET);
	if (!socket)
		return NULL;

	const char *from = name->text + strlen(SCHEME);

	return place_of(from, (size_t)(socket - from), socket + strlen(SOCKET));
}

static char *kept_qemu_file(const char *place, bool held)
{
	_cleanup_content_name_ struct content_name n = { 0 };
	struct json_object *file = json_object_new_object(), *server = json_object_new_object();

	kept_name(place, &n);

	_cleanup_free_ char *export = xasprintf("%s%s", held ? "+" : "", n.name);

	json_object_object_add(server, "type", json_object_new_string("unix"));
	json_object_object_add(server, "path", json_object_new_string(n.socket));
	json_object_object_add(file, "driver", json_object_new_string(n.protocol));
	json_object_object_add(file, "server", server);
	json_object_object_add(file, "export", json_object_new_string(export));
	char *text = xstrdup(json_object_to_json_string_ext(file, JSON_C_TO_STRING_NOSLASHESCAPE));

	json_object_put(file);
	return text;
}

/* ---- a place --------------------------------------------------------------------------------- */

/* Asks the keeper of @place, about that image. The conversation, or -1 with errno. */
static int ask_at(const char *place, struct keeper_question *q, struct keeper_answer *ret)
{
	_cleanup_free_ char *folder = path_dir(place);
	_cleanup_close_ int fd = keeper_connect(folder);

	(void)snprintf(q->name, sizeof(q->name), "%s", name_in(place));
	if (fd < 0 || keeper_ask(fd, q, ret, NULL, 0) < 0)
		return -1;
	int taken = fd;

	fd = -1;
	return taken;
}

/* The same, when that was all. 0, or -1 with errno. */
static int tell_at(const char *place, struct keeper_question *q, struct keeper_answer *ret)
{
	int fd = ask_at(place, q, ret);

	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int kept_look(const char *place, struct content_stat *ret, struct vxe_error *err)
{
	struct keeper_question q = { .what = KEEPER_LOOK };
	struct keeper_answer a;
	_cleanup_free_ char *folder = path_dir(place);
	struct stat st;

	if (tell_at(place, &q, &a) < 0)
		return errno == ENOENT ? 0 : image_fail_errno(err, place, "cannot be looked at");
	if (stat(folder, &st) < 0)
		return image_fail_errno(err, folder, "cannot be looked at");
	*ret = (struct content_stat){
		.exists = true,
		.size = (int64_t)a.facts.size,
		.allocated = (int64_t)a.facts.allocated,
		.type = S_IFREG,
		.mode = a.facts.mode,
		.uid = st.st_uid,
		.gid = st.st_gid,
		.dev = st.st_dev,
		.ino = NO_FILE + a.facts.id,
		.written = (int64_t)a.facts.changed,
	};
	return 0;
}

static int kept_open(const char *place)
{
	struct keeper_question q = { .what = KEEPER_OPEN };
	struct keeper_answer a;

	return ask_at(place, &q, &a);
}

static int kept_open_writing(const char *place)
{
	struct keeper_question q = { .what = KEEPER_OPEN, .n = 1 };
	struct keeper_answer a;

	return ask_at(place, &q, &a);
}

static int kept_free_space(const char *place, int64_t *ret)
{
	struct keeper_question q = { .what = KEEPER_FREE };
	struct keeper_answer a;

	if (tell_at(place, &q, &a) < 0)
		return -1;
	*ret = (int64_t)a.n;
	return 0;
}

static int kept_create(const char *place)
{
	struct keeper_question q = {
		.what = KEEPER_CREATE,
		.mode = PRIVATE_MODE,
		.at = strstr(name_in(place), ".raw") != NULL,
		.n = ROOM,
	};
	struct keeper_answer a;

	return ask_at(place, &q, &a);
}

static int kept_give_name(const char *draft, const char *place)
{
	struct keeper_question q = { .what = KEEPER_RENAME };
	struct keeper_answer a;

	(void)snprintf(q.to, sizeof(q.to), "%s", name_in(place));
	return tell_at(draft, &q, &a);
}

static int kept_remove(const char *place, struct vxe_error *err)
{
	struct keeper_question q = { .what = KEEPER_REMOVE };
	struct keeper_answer a;

	if (tell_at(place, &q, &a) == 0)
		return 1;
	return errno == ENOENT ? 0 : image_fail_errno(err, place, "cannot be removed");
}

/* Only a raw image has a length of its own. */
static int kept_lengthen(const char *place, off_t end)
{
	struct keeper_question q = { .what = KEEPER_LENGTH, .n = (uint64_t)end };
	struct keeper_answer a;

	return tell_at(place, &q, &a);
}

static int kept_sync_name(const char *place, struct vxe_error *err)
{
	(void)place, (void)err;
	return 0;
}

/* ---- an open one ----------------------------------------------------------------------------- */

static int about(int fd, struct keeper_question *q, struct keeper_answer *ret, void *data)
{
	return keeper_ask(fd, q, ret, data, q->n);
}

static bool kept_is_at(int fd, const char *place)
{
	struct keeper_question q = { .what = KEEPER_LOOK }, there = { .what = KEEPER_LOOK };
	struct keeper_answer a, b;

	return about(fd, &q, &a, NULL) == 0 && tell_at(place, &there, &b) == 0 &&
		a.facts.id == b.facts.id;
}

static ssize_t kept_pread(int fd, void *buf, size_t n, off_t offset)
{
	struct keeper_question q = { .what = KEEPER_READ, .at = (uint64_t)offset, .n = n };
	struct keeper_answer a;

	return about(fd, &q, &a, buf) < 0 ? -1 : (ssize_t)a.n;
}

static ssize_t kept_pwrite(int fd, const void *buf, size_t n, off_t offset)
{
	struct keeper_question q = { .what = KEEPER_WRITE, .at = (uint64_t)offset, .n = n };
	struct keeper_answer a;

	return keeper_tell(fd, &q, buf, &a) < 0 ? -1 : (ssize_t)n;
}

static int kept_extend(int fd, off_t size)
{
	struct keeper_question q = { .what = KEEPER_SIZE, .n = (uint64_t)size };
	struct keeper_answer a;

	return about(fd, &q, &a, NULL);
}

static int kept_in_use(int fd, enum content_use what)
{
	struct keeper_question q = { .what = KEEPER_USED, .n = what == USE_WRITER };
	struct keeper_answer a;

	if (what == USE_OPEN) /* it is no file that others could open */
		return 0;
	return about(fd, &q, &a, NULL) < 0 ? -1 : (int)a.n;
}

static int kept_hold(int fd)
{
	struct keeper_question q = { .what = KEEPER_HOLD };
	struct keeper_answer a;

	return about(fd, &q, &a, NULL);
}

static int kept_mode(int fd, mode_t *ret)
{
	struct keeper_question q = { .what = KEEPER_LOOK };
	struct keeper_answer a;

	if (about(fd, &q, &a, NULL) < 0)
		return -1;
	*ret = a.facts.mode;
	return 1;
}

static int kept_set_mode(int fd, mode_t mode)
{
	struct keeper_question q = { .what = KEEPER_MODE, .mode = mode };
	struct keeper_answer a;

	return about(fd, &q, &a, NULL);
}

static int kept_own(int fd, uid_t uid, gid_t gid)
{
	(void)fd, (void)uid, (void)gid;
	return 0;
}

static int kept_rights(int fd, struct content_rights *ret)
{
	(void)fd, (void)ret;
	return 0;
}

static int kept_set_acl(int fd, const char *acl, size_t n)
{
	(void)fd, (void)acl, (void)n;
	return 0;
}

static bool kept_has_hole(int fd, off_t end)
{
	(void)fd, (void)end;
	return false;
}

static int kept_fill(int fd, off_t end)
{
	(void)fd, (void)end;
	return 0;
}

static int kept_sync(int fd)
{
	(void)fd;
	return 0;
}

const struct content_kind content_kind_more = {
	.mine = kept_mine,
	.name = kept_name,
	.named = kept_named,
	.qemu_file = kept_qemu_file,
	.look = kept_look,
	.open = kept_open,
	.open_writing = kept_open_writing,
	.free_space = kept_free_space,
	.create = kept_create,
	.give_name = kept_give_name,
	.remove = kept_remove,
	.sync_name = kept_sync_name,
	.is_at = kept_is_at,
	.pread = kept_pread,
	.pwrite = kept_pwrite,
	.extend = kept_extend,
	.in_use = kept_in_use,
	.hold = kept_hold,
	.mode = kept_mode,
	.set_mode = kept_set_mode,
	.own = kept_own,
	.rights = kept_rights,
	.set_acl = kept_set_acl,
	.lengthen = kept_lengthen,
	.has_hole = kept_has_hole,
	.fill = kept_fill,
	.sync = kept_sync,
};

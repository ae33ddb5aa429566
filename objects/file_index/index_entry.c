/* SPDX-License-Identifier: MIT */
#include "objects/file_index/index_entry.h"

#include "backends/hv/memory_image.h"
#include "objects/base/far/far_file.h"
#include "objects/base/log.h"
#include "objects/base/uuid.h"
#include "objects/classes/storage/sr.h"
#include "objects/session/disk_path.h"
#include "objects/file_index/unsearched.h"
#include "objects/file_index/xml_paths.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#define DEFINITION_LIMIT (64 << 20)

int user_fail(struct vxe_error *err, const char *path, const char *what)
{
	_cleanup_free_ char *why = xasprintf("%s: %s", what, far_why(errno));

	return vxe_fail(err, VXE_IMAGE_FAILED, path, why);
}

#define WHOLE_SECOND 1000000000

/*
 * True if the kernel has multigrain timestamps (Linux 6.13): a change of a file whose times were asked for then gets
 * a time of its own. Tried on a file in memory, because nothing else tells; without them, the times of two changes
 * are equal or a whole tick apart.
 */
static bool are_exact(void)
{
	static enum { UNTRIED, NO, YES } exact;
	_cleanup_close_ int fd = exact ? -1 : memfd_create("vxe", MFD_CLOEXEC);
	struct stat st[3];
	bool tried = fd >= 0;

	if (exact)
		return exact == YES;
	for (size_t i = 0; i < ARRAY_LEN(st); i++)
		tried &= write(fd, "", 1) == 1 && fstat(fd, &st[i]) == 0;
	int64_t apart = tried ? sign_of(&st[2]).changed - sign_of(&st[1]).changed : 0;

	exact = apart > 0 && 4 * apart < clock_grain() ? YES : NO;
	return exact == YES;
}

static enum file_times times_of(const struct statfs *fs)
{
	static const struct {
		uint32_t magic;
		/* the file system has multigrain timestamps where the kernel offers them */
		bool exact;
	} local[] = {
		{ EXT4_SUPER_MAGIC, true },
		{ XFS_SUPER_MAGIC, true },
		{ BTRFS_SUPER_MAGIC, true },
		{ TMPFS_MAGIC, true },
		{ F2FS_SUPER_MAGIC, false },
		{ OVERLAYFS_SUPER_MAGIC, false },
	};
	for (size_t i = 0; i < ARRAY_LEN(local); i++)
		if ((uint32_t)fs->f_type == local[i].magic)
			return local[i].exact && are_exact() ? TIMES_EXACT : TIMES_TICKS;
	return TIMES_COARSE;
}

enum file_times file_times(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) < 0 ? TIMES_COARSE : times_of(&fs);
}

static enum file_times file_times_at(const char *path)
{
	struct statfs fs;

	return far_statfs(path, &fs) < 0 ? TIMES_COARSE : times_of(&fs);
}

int64_t time_young(int64_t changed, int64_t at, enum file_times times)
{
	/* Old file systems keep only whole seconds, as ext4 does with small inodes. */
	if (changed % WHOLE_SECOND == 0)
		return changed + 2 * (int64_t)WHOLE_SECOND - at;
	return times == TIMES_EXACT ? 0 : changed + clock_grain() + 1 - at;
}

int user_stat(const struct session *s, const char *path, struct stat *ret)
{
	_cleanup_content_name_ struct content_name n = { 0 };
	_cleanup_error_ struct vxe_error ignored = { 0 };
	struct content_stat f;

	if (far_stat(path, ret) == 0)
		return 0;
	int error = errno;

	content_name(path, &n);
	if (n.protocol && content_stat(content_of(s, path), &f, &ignored) == 0 && f.exists) {
		*ret = (struct stat){ .st_mode = f.type | f.mode,
			.st_dev = f.dev,
			.st_ino = f.ino,
			.st_size = f.size };
		ret->st_mtim.tv_sec = f.written / INT64_C(1000000000);
		ret->st_mtim.tv_nsec = f.written % INT64_C(1000000000);
		return 0;
	}
	errno = error;
	return -1;
}

void user_place(const struct look *l, struct user *e, const struct stat *st)
{
	e->placed = l->u->look;
	e->block = S_ISBLK(st->st_mode);
	e->place = sign_of(st);
	if (e->block)
		e->place = (struct sign){ .dev = (int64_t)st->st_rdev, .ino = 1 };
}

bool user_holds(const struct look *l, struct user *e, const struct stat *st, enum file_times times)
{
	struct sign now = sign_of(st);

	if (e->seen != l->u->look &&
		(times == TIMES_COARSE || !e->read_at || !sign_is(&now, &e->sign) ||
			time_young(now.changed, e->read_at, times) > 0))
		return false;
	e->seen = l->u->look;
	return true;
}

/*
 * Empties the entry of a file that is about to be read anew, and marks it as seen. Returns the time that becomes
 * read_at once the entry is complete; 0 for a device, which is read each time.
 */
static int64_t begin_entry(
	const struct look *l, struct user *e, enum user_kind kind, const struct stat *st)
{
	user_empty(e);
	e->kind = kind;
	e->sign = sign_of(st);
	e->seen = e->read = l->u->look;
	l->u->index.dirty = true;
	return S_ISREG(st->st_mode) ? clock_file() : 0;
}

int user_read_image(
	const struct look *l, struct user *e, const struct stat *st, struct vxe_error *err)
{
	_cleanup_user_text_ struct user_text text = { 0 };
	_cleanup_free_ char *next = NULL;

	if (!S_ISREG(st->st_mode) && !S_ISBLK(st->st_mode))
		return 0;
	user_place(l, e, st);
	int64_t now = begin_entry(l, e, USER_IMAGE, st);

	if (content_names(content_of(l->s, e->path), &text.names, &next, err) < 0) {
		if (!far_is(e->path))
			return -1;
		error_clear(err);
		unsearched_image(l, e->path, errno);
		return 0;
	}
	if (next)
		strv_take(&text.chain, TAKE(next));
	user_fill(e, &text);
	e->read_at = now;
	return 0;
}

int user_search_image(struct look *l, struct user *e, struct vxe_error *err)
{
	struct stat st;

	if (e->seen == l->u->look)
		return 0;
	/* A QEMU option in the definition may name any path, also one that leads to nothing. */
	if (user_stat(l->s, e->path, &st) < 0) {
		if (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG)
			unsearched_image(l, e->path, errno);
		return 0;
	}
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return 0;
	user_place(l, e, &st);
	return user_holds(l, e, &st, file_times_at(e->path)) ? 0 : user_read_image(l, e, &st, err);
}

int user_search_list(struct look *l, const struct sr *sr, struct vxe_error *err)
{
	_cleanup_strv_ struct strv names = { 0 };
	const struct sr_type *type = sr_type(sr);

	if (!type->list || sr->detached || str_is_empty(sr->path))
		return 0;
	if (type->list(sr->path, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_free_ char *place = sr_image_place(sr, names.items[i]);

		if (user_search_image(l, users_index_get(&l->u->index, place), err) < 0)
			return -1;
	}
	return 0;
}

static int read_text(int fd, const char *path, char **ret, struct vxe_error *err)
{
	_cleanup_str_ struct str text = { 0 };
	char piece[8192];
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || text.len > DEFINITION_LIMIT)
			return user_fail(err, path, "cannot be read");
		str_add_bytes(&text, piece, (size_t)n);
	}
	*ret = str_steal(&text);
	return 0;
}

/* Adds the paths that the domain's XML names, and those that libvirt derives from the XML. */
static void add_paths(const struct look *l, struct user_text *text, const char *xml)
{
	const struct session_config *c = &l->s->config;

	xml_paths(xml, &text->names);
	xml_arg_paths(xml, &text->names, &text->chain);
	xml_own_files(xml, c->nvram_dir, c->tpm_dir, &text->names);
}

/*
 * True if this user may not see which file it is. An image that he sees, and that does not say that it is qcow2, names nothing;
 * this one, as one in the chain, is found again to be unsearched (user_search_image()).
 */
static bool is_hidden(const struct session *s, const char *path)
{
	struct stat st;

	return path[0] == '/' && user_stat(s, path, &st) < 0 && errno == EACCES;
}

/*
 * Adds the paths that the XML of a domain from libvirt names. Returns 1 if the XML names volumes: their paths are up
 * to the storage pools, so such a definition is read at each search.
 */
static int add_xml(
	const struct look *l, struct user_text *text, const char *xml, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	bool volumes = false;

	add_paths(l, text, xml);
	if (spec_read(xml, &spec, err) < 0 || disk_paths_know(l->s, spec, err) < 0)
		return -1;
	for (size_t i = 0; i < spec->n_disks; i++) {
		const struct spec_disk *disk = &spec->disks[i];
		_cleanup_free_ char *path = NULL, *by_pool = disk_path(l->s, disk);

		volumes |= disk->source == DISK_VOLUME;
		if (disk->source != DISK_VOLUME)
			path = TAKE(by_pool);
		else if (volume_file(l->s, &l->u->volumes, spec, disk, by_pool, &path, err) < 0)
			return -1;
		if (path && !strv_has(&text->names, path))
			strv_add(&text->names, path);
		if (path && (str_eq(disk->format, "qcow2") || is_hidden(l->s, path)))
			strv_add(&text->chain, path);
	}
	return volumes;
}

/*
 * Fills the entry with the paths in @xml, libvirt's answer about the domain, beside those that @text already has.
 * Returns 1.
 */
static int told(struct look *l, struct user *e, struct user_text *text, const char *xml,
	struct vxe_error *err)
{
	int volumes = add_xml(l, text, xml, err);

	if (volumes < 0)
		return -1;
	user_fill(e, text);
	e->volumes = volumes;
	return 1;
}

/*
 * Asks libvirt for the domain's XML, and fills the entry with the paths in it, beside those that @text already has.
 * Returns 0 if libvirt has no such domain, or if its managed-save image is damaged.
 */
static int ask_libvirt(struct look *l, struct user *e, struct user_text *text, enum hv_xml which,
	struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL;
	struct hv *hv;

	if (session_hv(l->s->here, &hv, err) < 0)
		return -1;
	if (hv_xml(hv, text->domain, which, &xml, err) == 0)
		return told(l, e, text, xml, err);
	/* libvirt cannot read a damaged managed-save image; for read_save(), too, such an image names nothing */
	if (which == HV_XML_SAVED)
		error_clear(err);
	else if (!hv_has_gone(hv, text->domain, err))
		return -1;
	user_fill(e, text);
	e->volumes = false;
	return 0;
}

int user_ask(struct look *l, struct user *e, const char *domain, enum hv_xml which,
	const char *said, struct vxe_error *err)
{
	_cleanup_user_text_ struct user_text text = { .domain = xstrdup(domain) };

	e->kind = USER_TOLD;
	e->seen = e->read = l->u->look;
	return (said ? told(l, e, &text, said, err) : ask_libvirt(l, e, &text, which, err)) < 0 ? -1
												: 0;
}

/* Copies to @ret the domain and paths that the entry had from its last reading, if that reading was complete. */
static void known_before(const struct user *e, struct user_text *ret)
{
	if (!e->domain || !(e->read_at || e->believed))
		return;
	ret->domain = xstrdup(e->domain);
	foreach_text(name, e->names)
	{
		strv_add(&ret->names, name);
	}
}

/*
 * Reads a domain's definition or status file. The entry gets the paths in the file and those that libvirt knows:
 * after someone has edited the file in place, libvirt knows the old text until it starts again.
 */
static int read_domain(struct look *l, struct user *e, int fd, const struct stat *st,
	enum user_kind kind, struct vxe_error *err)
{
	_cleanup_user_text_ struct user_text text = { 0 }, before = { 0 };
	_cleanup_free_ char *xml = NULL;
	bool dirty = l->u->index.dirty;

	known_before(e, &before);
	int64_t now = begin_entry(l, e, kind, st);

	if (read_text(fd, e->path, &xml, err) < 0)
		return -1;
	text.domain = xml_first(xml, "uuid");
	if (text.domain && !uuid_is_valid(text.domain))
		free(TAKE(text.domain));
	bool except = l->except && str_eq(text.domain, l->except);

	if (!except)
		add_paths(l, &text, xml);
	/*
	 * For a plan the file may be enough, without asking libvirt. A status file is written by libvirt alone, with
	 * the paths of all layers except volumes. Of a definition, libvirt knows either this text or, after an edit
	 * in place, the text before, whose paths are added.
	 */
	if (except ||
		(text.domain && l->believes && !strstr(xml, "volume=") &&
			(kind == USER_STATE || str_eq(before.domain, text.domain)))) {
		if (!except) {
			for (size_t i = 0; str_eq(before.domain, text.domain) && i < before.names.n;
				i++)
				if (!strv_has(&text.names, before.names.items[i]))
					strv_add(&text.names, before.names.items[i]);
		}
		/*
		 * The entry is not saved as it is now: the saved index keeps an older one, and so the next command
		 * reads the file again.
		 */
		l->u->index.dirty = dirty;
		user_fill(e, &text);
		e->believed = !except;
		return 0;
	}
	int told = 0;

	if (text.domain)
		told = ask_libvirt(
			l, e, &text, kind == USER_STATE ? HV_XML_LIVE : HV_XML_INACTIVE, err);
	else
		user_fill(e, &text);
	/* libvirt writes no such file, and knows by the file's name what was there before */
	l->unread |= told == 0;
	if (told > 0 && !e->volumes)
		e->read_at = now;
	return told < 0 ? -1 : 0;
}

/*
 * Reads the paths in a managed-save image. A damaged image names nothing: libvirt could not restore the domain from
 * it either.
 */
static int read_save(struct look *l, struct user *e, const struct stat *st, struct vxe_error *err)
{
	_cleanup_user_text_ struct user_text text = { 0 };
	_cleanup_error_ struct vxe_error damaged = { 0 };
	_cleanup_free_ char *xml = NULL;
	int64_t now = begin_entry(l, e, USER_SAVE, st);
	int volumes = 0;

	if (memory_image_xml(content_of(l->s, e->path), &xml, &damaged) < 0) {
		log_info("users: %s: %s", e->path, damaged.params[1]);
	} else {
		text.domain = xml_first(xml, "uuid");
		volumes = add_xml(l, &text, xml, err);
	}
	if (volumes < 0)
		return -1;
	user_fill(e, &text);
	e->volumes = volumes;
	if (!volumes)
		e->read_at = now;
	return 0;
}

int user_read(struct look *l, struct user *e, int fd, enum user_kind kind, struct vxe_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return user_fail(err, e->path, "cannot be read");
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return 0;
	user_place(l, e, &st);
	return kind == USER_SAVE ? read_save(l, e, &st, err)
				 : read_domain(l, e, fd, &st, kind, err);
}

bool user_is_stateless(const struct look *l, const struct listing *folder)
{
	_cleanup_str_ struct str path = { 0 };

	for (size_t i = 0; i < folder->n; i++) {
		const char *name = listed_name(folder, &folder->items[i]);

		if (!str_ends(name, ".pid") ||
			str_eq(name, "driver.pid")) /* driver.pid is libvirt's own */
			continue;
		path.len = 0;
		str_add(&path, folder->path);
		str_add(&path, "/");
		str_add_bytes(&path, name, strlen(name) - strlen(".pid"));
		str_add(&path, ".xml");
		const struct user *e = users_index_find(&l->u->index, path.data);

		if (!e || !e->domain || e->seen != l->u->look)
			return true;
	}
	return false;
}

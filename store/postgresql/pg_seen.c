/* SPDX-License-Identifier: MIT */
/*
 * The newest generation that this host has seen, in a file beside the locks. Of a server and its standby, the one that
 * was the primary before may come back as one, with the records of then; libpq takes the first that it finds.
 */
#include "store/postgresql/pg_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "objects/base/file.h"
#include "objects/base/log.h"
#include "objects/base/uuid.h"
#include "store/store_place.h"

static char *seen_path(const struct pg_store *s)
{
	_cleanup_free_ char *name = uuid_derive("postgresql", s->base.config.where);

	return xasprintf("%s/seen-%s", s->base.config.lock_dir, name);
}

void pg_seen_load(struct pg_store *s, bool made)
{
	_cleanup_free_ char *path = seen_path(s);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char text[64] = "";

	if (fd >= 0 && !made && read(fd, text, sizeof(text) - 1) > 0)
		s->seen = s->noted = strtoll(text + strcspn(text, " "), NULL, 10);
	if (fd >= 0 && made)
		(void)unlink(path);
}

void pg_seen_save(const struct pg_store *s)
{
	_cleanup_free_ char *path = seen_path(s);
	_cleanup_free_ char *text = xasprintf("generation %lld\n", (long long)s->seen);

	if (s->seen > s->noted &&
		(place_make_dir(s->base.config.lock_dir) < 0 ||
			file_put(path, text, 0600, true) < 0))
		log_debug("store: %s is not written: %s", path, strerror(errno));
}

int pg_seen(struct pg_store *s, int64_t generation, struct vxe_error *err)
{
	_cleanup_free_ char *path = NULL;

	if (generation >= s->seen) {
		s->seen = generation;
		return 0;
	}
	path = seen_path(s);
	return store_fail(s->base.config.where, err,
		"its records are older than those that this host has seen (generation %lld, now %lld): it may be a "
		"server that another one has replaced; if they are the right ones, remove %s",
		(long long)s->seen, (long long)generation, path);
}

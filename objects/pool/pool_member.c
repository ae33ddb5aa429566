/* SPDX-License-Identifier: MIT */
#include "objects/pool/pool_member.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "objects/base/file.h"
#include "objects/base/log.h"
#include "objects/file_index/file_index.h"
#include "objects/pool/pool_domains.h"
#include "store/store_place.h"

static char *member_path(const struct session_config *c)
{
	return xasprintf("%s/member", c->lock_dir);
}

/* In the folder of the host's own store. */
static char *domains_path(const char *dir)
{
	return xasprintf("%s/pool-domains", dir);
}

/* The lock files of an ordinary user may outlive a boot, so the text names it. */
static char *member_text(const struct session_config *c, const char *store, const char *host)
{
	_cleanup_free_ char *boot = machine_word(c->root, "/proc/sys/kernel/random/boot_id");

	return xasprintf("host %s\nboot %s\nstore %s\n", host, boot, store);
}

bool pool_member_is_home(const struct session_config *c, const char *store, const char *host,
	const char *uuid, bool *noted)
{
	_cleanup_free_ char *path = member_path(c), *wanted = member_text(c, store, host);
	_cleanup_free_ char *found = machine_text(NULL, path);
	_cleanup_free_ char *line = xasprintf("\n%s\n", uuid);

	*noted = found && str_starts(found, wanted);
	return *noted && strstr(found, line);
}

bool pool_member_has(const struct session_config *c, const char *uuid)
{
	_cleanup_free_ char *path = domains_path(c->store), *text = machine_text(NULL, path);

	return text && strstr(text, uuid);
}

static void put_note(const char *path, const char *text)
{
	_cleanup_free_ char *found = machine_text(NULL, path);

	if (!str_eq(found, text) && file_put(path, text, 0600, true) < 0)
		log_error("%s cannot be written: %s", path, strerror(errno));
}

/* How many VMs are remembered that have been here: a backup may bring back the definition of one. */
#define BEFORE 1000

/* Adds those that are noted to those that are here. */
static void add_before(struct strv *all, const char *path)
{
	_cleanup_free_ char *text = machine_text(NULL, path);
	_cleanup_strv_ struct strv before = { 0 };
	size_t here = all->n;

	if (text)
		strv_split(&before, text, '\n');
	for (size_t i = 0; i < before.n && all->n < here + BEFORE; i++)
		if (!strv_has(all, before.items[i]))
			strv_add(all, before.items[i]);
}

char *pool_member_signs(const struct session *s)
{
	_cleanup_free_ char *domains = domains_path(s->mark.dir), *member = member_path(&s->config);
	const char *const paths[] = { domains, member };
	struct str text = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct stat st = { 0 };
		struct sign sign = { 0 };

		if (stat(paths[i], &st) == 0)
			sign = sign_of(&st);
		str_addf(&text, "file %" PRId64 ":%" PRId64 ":%" PRId64 "\n", sign.ino,
			sign.written, sign.changed);
	}
	return str_steal(&text);
}

int pool_member_note(struct session *s, struct vxe_error *err)
{
	_cleanup_pool_domains_ struct pool_domains d = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (!s->mark.dir || !s->config.lock_dir)
		return 0;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || pool_domains_find(s, t, &d, err) < 0)
		return -1;
	_cleanup_free_ char *domains = domains_path(s->mark.dir);
	add_before(&d.all, domains);
	_cleanup_free_ char *all = strv_join(&d.all, "\n");
	_cleanup_free_ char *path = member_path(&s->config);
	_cleanup_free_ char *member = member_text(&s->config, s->mark.store, s->mark.host);
	_cleanup_free_ char *home = strv_join(&d.here, "\n");
	_cleanup_free_ char *text = xasprintf("%s%s\n", member, home);

	put_note(domains, all);
	if (place_make_dir(s->config.lock_dir) < 0)
		log_error("%s cannot be made: %s", s->config.lock_dir, strerror(errno));
	else
		put_note(path, text);
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "objects/base/shortcut.h"

#include <string.h>

#include "objects/base/mem.h"
#include "objects/base/str.h"

static const char *const names[N_SHORTCUTS] = {
	[SHORTCUT_DOC_CACHE] = "doc-cache",
	[SHORTCUT_EARLY_PLAN] = "early-plan",
	[SHORTCUT_IMAGE_WATCH] = "image-watch",
	[SHORTCUT_INDEX_APPEND] = "index-append",
	[SHORTCUT_INDEX_FILE] = "index-file",
	[SHORTCUT_LIBRARIES] = "libraries",
	[SHORTCUT_LIBVIRT_FILES] = "libvirt-files",
	[SHORTCUT_LOAD_AHEAD] = "load-ahead",
	[SHORTCUT_LOG_KEPT] = "log-kept",
	[SHORTCUT_NAMES] = "names",
	[SHORTCUT_STAT_THREADS] = "stat-threads",
	[SHORTCUT_WATCH] = "watch",
};

static bool is_off[N_SHORTCUTS];

bool shortcut_on(enum shortcut s)
{
	return !is_off[s];
}

const char *shortcut_name(enum shortcut s)
{
	return names[s];
}

static int turn_off(const char *word, struct vxe_error *err)
{
	for (size_t i = 0; *word == '-' && i < N_SHORTCUTS; i++)
		if (str_eq(word + 1, names[i])) {
			is_off[i] = true;
			return 0;
		}
	_cleanup_free_ char *text =
		xasprintf("VXE_SHORTCUTS takes off, or names such as -%s,-%s, and not '%s'",
			names[SHORTCUT_INDEX_FILE], names[SHORTCUT_WATCH], word);

	return vxe_fail(err, CLI_USAGE, text);
}

int shortcuts_set(const char *text, struct vxe_error *err)
{
	_cleanup_strv_ struct strv words = { 0 };

	memset(is_off, str_eq(text, "off"), sizeof(is_off));
	if (!text || str_eq(text, "off"))
		return 0;
	strv_split(&words, text, ',');
	for (size_t i = 0; i < words.n; i++)
		if (turn_off(words.items[i], err) < 0)
			return -1;
	return 0;
}

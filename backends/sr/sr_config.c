/* SPDX-License-Identifier: MIT */
/* Reads values of a device-config and names of images. */
#include "backends/sr/sr_config.h"

#include <string.h>

/*
 * True if the text has control characters. A device-config with such a value is refused: nobody types one on purpose,
 * XML cannot hold it unchanged, and a line feed could forge a line in a list.
 */
static bool has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

int sr_config_key(const struct map *config, const char *key, char **ret, struct vxe_error *err)
{
	const char *value = config ? map_get(config, key) : NULL;

	if (str_is_empty(value)) {
		_cleanup_free_ char *name = xasprintf("device-config:%s", key);

		return vxe_fail(err, CLI_PARAM_MISSING, name);
	}
	if (has_control(value))
		return vxe_fail(err, INVALID_VALUE, key, value);
	*ret = xstrdup(value);
	return 0;
}

int sr_config_path(const struct map *config, const char *key, char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *path = NULL;

	if (sr_config_key(config, key, &path, err) < 0)
		return -1;
	for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
		path[n - 1] = '\0';
	if (path[0] != '/' || !path[1] || strstr(path, "/../") || str_ends(path, "/.."))
		return vxe_fail(err, INVALID_VALUE, key, path);
	*ret = TAKE(path);
	return 0;
}

const char *sr_disk_format(const char *name)
{
	if (*name == '.')
		return NULL;
	if (str_ends(name, ".qcow2"))
		return "qcow2";
	return str_ends(name, ".raw") || str_ends(name, ".img") ? "raw" : NULL;
}

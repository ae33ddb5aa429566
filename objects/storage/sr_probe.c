/* SPDX-License-Identifier: MIT */
/* sr-probe: finds SRs at a location that a device-config describes, and lists them in xe's XML. It mounts nothing. */
#include "objects/storage/sr_probe.h"

#include "objects/base/uuid.h"
#include "objects/classes/storage/sr_marker.h"
#include "objects/storage/sr_create.h"

int sr_probe(struct session *s, const char *word, const struct map *device_config, char **ret,
	struct vxe_error *err)
{
	_cleanup_sr_place_ struct sr_place place = { 0 };
	_cleanup_free_ char *fresh = uuid_new();
	_cleanup_mark_ struct sr_mark mark = { 0 };
	_cleanup_str_ struct str text = { 0 };
	const struct sr_type *type = sr_type_find(word);

	if (!type)
		return vxe_fail(err, SR_UNKNOWN_DRIVER, word);
	if (sr_place_read(s, type, fresh, device_config, &place, err) < 0)
		return -1;
	if (!place.device && !place.host && sr_mark_read(place.path, &mark, err) < 0)
		return -1;
	str_add(&text, "<?xml version=\"1.0\" ?>\n<SRlist>\n");
	if (mark.sr)
		str_addf(&text, "\t<SR>\n\t\t<UUID>\n\t\t\t%s\n\t\t</UUID>\n\t</SR>\n", mark.sr);
	str_add(&text, "</SRlist>");
	*ret = str_steal(&text);
	return 0;
}

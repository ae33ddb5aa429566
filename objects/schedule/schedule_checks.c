/* SPDX-License-Identifier: MIT */
#include "objects/schedule/schedule_checks.h"

#include "backends/machine/time_zone.h"
#include "objects/base/clock.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vmss_due.h"
#include "objects/host/plugin.h"
#include "objects/queries/filter.h"

#include <string.h>

int schedule_filter(const char *text, char **key, struct filter *ret, struct vxe_error *err)
{
	const char *sign = strchr(text, '=');
	struct field_name name;

	if (!sign || sign == text)
		return vxe_fail(err, INVALID_VALUE, "vm-filter", text);
	*key = xstrndup(text, (size_t)(sign - text));
	*ret = (struct filter){ *key, sign + 1 };
	return field_resolve(&vm_class, *key, true, &name, err) < 0 ? -1 : filter_check(&name, err);
}

/* True if the text is not empty and differs from before. */
static bool is_new(const char *before, const char *after)
{
	return !str_is_empty(after) && !str_eq(before, after);
}

static int check_filter(const char *text, struct vxe_error *err)
{
	_cleanup_free_ char *key = NULL;
	struct filter filter;

	return schedule_filter(text, &key, &filter, err);
}

/* Refuses a schedule that would never run, because all its times lie in the blackout. */
static int check_slots(const struct session *s, const struct vmss *v, struct vxe_error *err)
{
	_cleanup_zone_ struct zone before = zone_enter(s->config.root, v->timezone);
	struct due_rule rule;

	due_rule_of(v, &rule);
	return rule.n_pauses && due_next(&rule, clock_wall()) == DUE_NEVER
		? vxe_fail(err, INVALID_VALUE, "blackout", v->blackout)
		: 0;
}

int schedule_check(struct session *s, const void *before, const void *after, struct vxe_error *err)
{
	static const struct vmss none = { 0 };
	const struct vmss *from = before ? before : &none, *to = after;

	if (is_new(from->vm_filter, to->vm_filter) && check_filter(to->vm_filter, err) < 0)
		return -1;
	if (is_new(from->pre_command, to->pre_command) && plugin_check(s, to->pre_command, err) < 0)
		return -1;
	if (is_new(from->post_command, to->post_command) &&
		plugin_check(s, to->post_command, err) < 0)
		return -1;
	return check_slots(s, to, err);
}

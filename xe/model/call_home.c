/* SPDX-License-Identifier: MIT */
#include "xe/model/call_home.h"

#include "objects/base/uuid.h"
#include "objects/classes/host/host.h"
#include "objects/classes/vm/vm.h"
#include "objects/pool/object_host.h"
#include "objects/domain/vm_load.h"
#include "objects/vm/vm_home.h"
#include "xe/remote/remote_words.h"

void homes_clear(struct homes *h)
{
	free(h->host);
	map_clear(&h->others);
	*h = (struct homes){ 0 };
}

/* True if the host matters to the command: it acts, or asks what only the home of its object knows. */
static bool may_go_home(const struct command *cmd)
{
	return cmd->flags & C_READS ? cmd->flags & (C_ASKS_HOME | C_AT_HOST)
				    : !(cmd->flags & C_ANYWHERE);
}

static bool goes_home(const struct call *c)
{
	return (c->session->pool_size > 1 || c->session->mark.dir) && may_go_home(c->command);
}

/* Fails because the object @uuid is of another host, unless the handler itself has that one do it. */
static int is_elsewhere(struct call *c, const char *host, const char *uuid, struct vxe_error *err)
{
	if (c->forwarded)
		return vxe_fail(err, VXE_TRY_AGAIN, uuid, VM_AT_OTHER_HOME);
	return vxe_fail(err, VXE_ELSEWHERE, host);
}

static int check_wanted(const struct call *c, struct vxe_error *err)
{
	const char *here = c->session->here->uuid;

	return !c->forwarded || str_eq(c->forwarded->host, here)
		? 0
		: vxe_fail(err, VXE_WRONG_HOST, c->forwarded->host, here);
}

/* Adds the host of one object to that of those before it: a home counts more than storage. */
static int add_host(struct object_host *all, struct object_host *one, struct vxe_error *err)
{
	if (one->tie == TIE_HOME && all->tie == TIE_HOME && !str_eq(one->host, all->host))
		return vxe_fail(err, VXE_SEVERAL_HOSTS, all->host, one->host);
	if (one->tie > all->tie) {
		object_host_clear(all);
		*all = *one;
		*one = (struct object_host){ 0 };
	}
	return 0;
}

/* The class of the object that a word names and on whose host the command acts; NULL: none. */
static const struct class *acted_on(const struct call *c, const struct word *w)
{
	const struct param *p = command_param(c->command, w->key, c->as_xe);
	enum param_type type = p ? param_kind(c->command, p)->type : PARAM_TEXT;
	const struct view *v =
		type == PARAM_UUID || type == PARAM_OBJECT ? param_view(c->command, p) : NULL;

	return !v || (v->cls == &host_class && !(c->command->flags & C_AT_HOST)) ? NULL : v->cls;
}

bool call_has_home(const struct call *c)
{
	if (!may_go_home(c->command))
		return false;
	if (c->command->flags & (C_SELECTS | C_SELECTS_SR))
		return true;
	if (c->command->flags & C_SELECTS_HOST)
		return c->command->flags & C_AT_HOST;
	for (size_t i = 0; i < c->params->n; i++) {
		const struct class *cls = acted_on(c, &c->params->items[i]);

		if (cls && object_host_ties(cls))
			return true;
	}
	return false;
}

void call_home_foresee(const struct call *c)
{
	struct store_question list[STORE_AHEAD_MAX] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < c->params->n && n + 2 <= STORE_AHEAD_MAX; i++) {
		const char *uuid = c->params->items[i].value;
		const struct class *cls = acted_on(c, &c->params->items[i]);

		if (!cls || !uuid_is_valid(uuid))
			continue;
		list[n++] = (struct store_question){ cls->name, .holder = uuid };
		list[n++] = (struct store_question){ cls->name, .uuid = uuid };
	}
	store_foresee(c->session->store, list, n);
}

/* Takes the VMs that no host has, and on which the command acts here. */
static int take_homeless(struct call *c, const struct strv *vms, struct vxe_error *err)
{
	for (size_t i = 0; i < vms->n && !(c->command->flags & C_READS); i++)
		if (vm_take(c->session, vms->items[i], err) < 0)
			return -1;
	return 0;
}

int call_home_named(struct call *c, struct vxe_error *err)
{
	_cleanup_object_host_ struct object_host all = { 0 };
	_cleanup_strv_ struct strv homeless = { 0 };
	const char *uuid = NULL;

	c->homes.known = true;
	if (check_wanted(c, err) < 0)
		return -1;
	if (!goes_home(c) || command_selector(c->command))
		return 0;
	for (size_t i = 0; i < c->params->n; i++) {
		_cleanup_object_host_ struct object_host one = { 0 };
		const struct class *cls = acted_on(c, &c->params->items[i]);

		if (!cls)
			continue;
		uuid = c->params->items[i].value;
		if (object_host(c->session, cls, uuid, &one, err) < 0)
			return -1;
		if (one.homeless)
			strv_add(&homeless, one.homeless);
		if (add_host(&all, &one, err) < 0)
			return -1;
	}
	if (!all.host || session_is_here(c->session, all.host))
		return take_homeless(c, &homeless, err);
	if (!c->forwarded && c->command->flags & C_STREAMS) {
		str_replace(&c->homes.host, all.host);
		return 0;
	}
	return is_elsewhere(c, all.host, uuid, err);
}

int call_home_selected(
	struct call *c, const struct class *cls, const struct strv *uuids, struct vxe_error *err)
{
	const char *first = NULL, *other = NULL, *last = NULL; /* hosts; "": this one */
	_cleanup_strv_ struct strv homeless = { 0 };

	if (!goes_home(c) || (cls == &host_class && !(c->command->flags & C_AT_HOST)))
		return 0;
	for (size_t i = 0; i < uuids->n; i++) {
		_cleanup_object_host_ struct object_host one = { 0 };
		const char *host = "";

		if (object_host(c->session, cls, uuids->items[i], &one, err) < 0)
			return -1;
		if (one.host && !session_is_here(c->session, one.host)) {
			map_set(&c->homes.others, uuids->items[i], one.host);
			host = map_get(&c->homes.others, uuids->items[i]);
			last = uuids->items[i];
		} else if (one.homeless)
			strv_add(&homeless, one.homeless);
		first = first ? first : host;
		other = str_eq(first, host) ? other : host;
	}
	if (!last || (!c->forwarded && c->command->flags & C_STREAMS))
		return take_homeless(c, &homeless, err);
	if (!other || c->forwarded)
		return is_elsewhere(c, map_get(&c->homes.others, last), last, err);
	if (c->homes.each && !c->wishes.dry_run)
		return take_homeless(c, &homeless, err);
	const char *here = c->session->here->uuid;

	return vxe_fail(err, VXE_SEVERAL_HOSTS, *first ? first : here, *other ? other : here);
}

const char *call_home_of(const struct call *c, const char *uuid)
{
	const char *host = map_get(&c->homes.others, uuid);

	return host ? host : c->homes.host;
}

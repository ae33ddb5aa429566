/* SPDX-License-Identifier: MIT */
/*
 * `vxe check`: what a domain has besides its disks: files of UEFI variables and TPM state that two domains use,
 * images that no <disk> names.
 */
#include "objects/check/check_areas.h"

#include "objects/base/file_key.h"
#include "objects/guest_state/state_file_users.h"
#include "objects/disks/disks.h"

/*
 * Tells the user of images that no <disk> of a domain's definition names; that is no finding, because the definition
 * may be meant so.
 */
static void tell_unnamed(struct check *c, const struct domain_spec *spec)
{
	if (!spec->unnamed.n)
		return;
	_cleanup_free_ char *all = strv_join(&spec->unnamed, ", ");

	session_notice(c->s,
		"VM %s (%s) keeps data that its snapshots do not have, because no <disk> of its "
		"definition names it: %s",
		spec->uuid, spec->name, all);
}

/*
 * Reports an image that no <disk> names if it is the file of one of vxe's layers: a domain must not write to such a
 * file.
 */
static void check_layers(struct check *c, const struct domain_spec *spec)
{
	for (size_t i = 0; i < spec->unnamed.n; i++) {
		const char *path = spec_unnamed_path(spec->unnamed.items[i]);

		for (size_t k = 0; path && k < c->paths.n; k++)
			if (file_is_same(path, c->paths.items[k]))
				check_found(c, "node", "VM", spec->uuid,
					"%s of %s would write to a layer of another disk: take it "
					"out with 'virsh edit'",
					spec->unnamed.items[i], spec->name);
	}
}

int check_note_files(struct check *c, const struct domain_spec *spec, struct vxe_error *err)
{
	_cleanup_state_files_ struct state_files f = { 0 };

	tell_unnamed(c, spec);
	check_layers(c, spec);
	if (state_files_find(c->s, spec, &f, err) < 0)
		return -1;
	for (size_t i = 0; i < CAPTURE_KINDS; i++) {
		if (!f.items[i].path)
			continue;
		strv_add(&c->state_paths, f.items[i].path);
		strv_add(&c->state_owners, spec->uuid);
		strv_add(&c->state_names, spec->name);
		strv_add(&c->state_texts, f.items[i].what);
	}
	return 0;
}

static void report_shared_state(struct check *c, size_t i, const char *kind, const char *user)
{
	check_found(c, "domain", "VM", c->state_owners.items[i],
		"its %s are in %s, which the %s %s uses, too: what one writes the other one has; "
		"'virsh edit' can give one of them a copy of the file",
		c->state_texts.items[i], c->state_paths.items[i], kind, user);
}

/*
 * Reports to both users that they share a file. users_look() answers for one of several paths of the same file, so
 * all the paths that lead to it are compared.
 */
static void tell_both(struct check *c, const struct file_user *u)
{
	report_shared_state(c, u->file, u->domain ? "domain" : "image", u->name);
	for (size_t i = 0; i < c->state_paths.n; i++)
		if (str_eq(c->state_owners.items[i], u->domain) &&
			file_is_same(c->state_paths.items[i], c->state_paths.items[u->file]))
			report_shared_state(c, i, "domain", c->state_names.items[u->file]);
}

/* Looks for the users of all files of guest state at once, because one look asks for the state of every image. */
int check_state_files(struct check *c, struct vxe_error *err)
{
	_cleanup_users_ struct file_users users = { 0 };

	if (!c->state_paths.n)
		return 0;
	txn_abort(TAKE(c->t));
	if (users_look(c->s, &c->state_paths, &users, err) < 0)
		return -1;
	for (size_t i = 0; i < users.n; i++)
		if (!str_eq(users.items[i].domain, c->state_owners.items[users.items[i].file]))
			tell_both(c, &users.items[i]);
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "objects/pool/quiet.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "backends/machine/machine.h"
#include "objects/base/file.h"
#include "objects/base/log.h"
#include "objects/base/version.h"
#include "objects/classes/vm/seen_definition.h"
#include "objects/classes/vm/vm.h"
#include "objects/pool/pool_member.h"
#include "objects/pool/seen_definitions.h"

void quiet_clear(struct quiet *q)
{
	free(TAKE(q->text));
	free(TAKE(q->path));
}

void quiet_questions(const struct session *s, struct store_question ret[QUIET_QUESTIONS])
{
	ret[0] = (struct store_question){ vm_class.name, .where = "home", .value = s->here->uuid,
		.newest = true };
	ret[1] = (struct store_question){ seen_definition_class.name, .where = "host",
		.value = s->here->uuid, .newest = true };
}

static int add_records(struct session *s, struct str *text, struct vxe_error *err)
{
	struct store_question of[QUIET_QUESTIONS];
	_cleanup_txn_ struct txn *t = NULL;

	quiet_questions(s, of);
	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	for (size_t i = 0; i < QUIET_QUESTIONS; i++) {
		int64_t n, generation;

		if (txn_newest(t, of[i].cls, of[i].where, of[i].value, &n, &generation, err) < 0)
			return -1;
		str_addf(text, "%s %" PRId64 " %" PRId64 "\n", of[i].cls, n, generation);
	}
	return 0;
}

/* All of a listed domain on which a heartbeat goes, and libvirt's file of its definition. */
static void add_domain(const struct session *s, struct str *text, const struct hv_domain *d)
{
	_cleanup_free_ char *word = definition_word(s, d);

	str_addf(text, "%s %d %d %d %d %s %s\n", d->uuid, (int)d->state, d->persistent, d->saved,
		d->id, *word ? word : "-", d->name);
}

/* The text is of this boot, this vxe, this host and these records. */
static int make_text(struct session *s, char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *boot = machine_word(s->config.root, "/proc/sys/kernel/random/boot_id");
	_cleanup_free_ char *signs = pool_member_signs(s);
	_cleanup_str_ struct str text = { 0 };
	const struct hv_domains *domains;

	str_addf(&text, "vxe %s\nboot %s\nhost %s\nstore %s\n%s", VXE_VERSION, boot, s->here->uuid,
		s->store_uuid, signs);
	if (add_records(s, &text, err) < 0 || session_domains_if_up(s->here, &domains, err) < 0)
		return -1;
	for (size_t i = 0; domains && i < domains->n; i++)
		add_domain(s, &text, &domains->items[i]);
	*ret = domains ? str_steal(&text) : NULL;
	return 0;
}

int quiet_look(struct session *s, struct quiet *q, bool *same, struct vxe_error *err)
{
	*same = false;
	if (!s->mark.dir || !s->config.lock_dir)
		return 0;
	session_forget_domains(s->here);
	if (make_text(s, &q->text, err) < 0)
		return -1;
	q->path = xasprintf("%s/quiet", s->config.lock_dir);
	_cleanup_free_ char *before = machine_text(NULL, q->path);

	*same = q->text && str_eq(before, q->text);
	return 0;
}

void quiet_keep(struct session *s, const struct quiet *q)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_free_ char *now = NULL;

	if (!q->text || make_text(s, &now, &ignored) < 0 || !str_eq(now, q->text))
		return;
	if (file_put(q->path, now, 0600, true) < 0)
		log_error("%s cannot be written: %s", q->path, strerror(errno));
}

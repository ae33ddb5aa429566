/* SPDX-License-Identifier: MIT */
/* Plans the records and the definition of a new VM, and defines its domain. */
#include <string.h>

#include "objects/domain/domain_names.h"
#include "objects/domain/vm_definition.h"
#include "objects/domain/autostart.h"
#include "objects/guest_state/firmware_state.h"
#include "objects/guest_state/firmware_bytes.h"
#include "objects/vm/new_vm.h"

#define NAME_TRIES 3

/* ---- collecting ------------------------------------------------------------------------------ */

static void take_record(struct records *r, const struct class *c, void *obj)
{
	r->cls = c;
	r->items = xrealloc(r->items, r->n + 1, sizeof(*r->items));
	r->items[r->n++] = obj;
}

void making_clear(struct making *m)
{
	vm_free(m->vm);
	for (size_t i = 0; i < m->vbds.n; i++)
		vdi_free(m->vdis.items[i]);
	free(m->vdis.items);
	records_clear(&m->vbds);
	records_clear(&m->vifs);
	strv_clear(&m->cards);
	strv_clear(&m->types);
	strv_clear(&m->sources);
	strv_clear(&m->paths);
	strv_clear(&m->formats);
	txn_abort(m->t);
}

void making_add_file(
	struct making *m, struct vbd *vbd, struct vdi *vdi, const char *path, const char *format)
{
	take_record(&m->vbds, &vbd_class, vbd);
	take_record(&m->vdis, &vdi_class, vdi);
	strv_add(&m->paths, path);
	strv_add(&m->formats, format);
}

void making_add_disk(struct making *m, struct vbd *vbd, struct vdi *vdi, const char *path)
{
	making_add_file(m, vbd, vdi, path, "qcow2");
}

void making_add_card(
	struct making *m, struct vif *vif, const char *card, const char *type, const char *source)
{
	take_record(&m->vifs, &vif_class, vif);
	strv_add(&m->cards, card);
	strv_add(&m->types, type ? type : "");
	strv_add(&m->sources, source ? source : "");
}

void making_add_vif(struct making *m, struct vif *vif, const char *card)
{
	making_add_card(m, vif, card, NULL, NULL);
}

/* ---- the plan -------------------------------------------------------------------------------- */

static const char *none_if_empty(const char *text)
{
	return str_is_empty(text) ? NULL : text;
}

int making_xml(const struct making *m, const char *name, char **ret, struct vxe_error *err)
{
	_cleanup_definition_ struct definition d = {
		.vm = m->vm, .name = name, .base = m->base, .abroad = m->abroad
	};

	for (size_t i = 0; i < m->vbds.n; i++)
		definition_add_disk(&d, m->vbds.items[i], m->vdis.items[i],
			str_is_empty(m->paths.items[i]) ? NULL : m->paths.items[i],
			m->formats.items[i]);
	for (size_t i = 0; i < m->vifs.n; i++)
		definition_add_vif(&d, m->vifs.items[i], m->cards.items[i],
			none_if_empty(m->types.items[i]), none_if_empty(m->sources.items[i]));
	return definition_xml(m->s, m->t, &d, ret, err);
}

static int plan_domain(struct making *m, struct vxe_error *err)
{
	struct plan *p = m->p;

	if (m->libvirt_name)
		m->vm->libvirt_name = xstrdup(m->libvirt_name);
	else if (name_choose(m->s, m->vm->name_label, m->vm->r.uuid, &m->vm->libvirt_name, err) < 0)
		return -1;
	if (making_xml(m, m->vm->libvirt_name, &p->xml_after, err) < 0)
		return -1;
	str_replace(&m->vm->home, m->s->here->uuid);
	p->domain = xstrdup(m->vm->r.uuid);
	p->commit = COMMIT_DEFINE;
	autostart_plan_new(m->vm, p, &m->vm->autostart);
	return 0;
}

/*
 * A template keeps its hardware as XML with its own UUID. Its libvirt name is chosen when it
 * becomes a VM; the name in the XML is only a suggestion.
 */
static int keep_hardware(struct making *m, struct vxe_error *err)
{
	_cleanup_free_ char *name = NULL;

	m->p->commit = COMMIT_STORE;
	/* a template without XML gets a machine of this host only when it becomes a VM */
	if (str_is_empty(m->base))
		return 0;
	if (m->libvirt_name)
		name = xstrdup(m->libvirt_name);
	else if (name_choose(m->s, m->vm->name_label, m->vm->r.uuid, &name, err) < 0)
		return -1;
	free(TAKE(m->vm->domain_xml));
	return making_xml(m, name, &m->vm->domain_xml, err);
}

/* Plans copies of the source's UEFI variables and TPM state. */
static int plan_files(struct making *m, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *base = NULL, *spec = NULL;
	const char *xml = m->p->xml_after;

	if ((!m->source && !m->state) || str_is_empty(m->base))
		return 0;
	if (spec_read(m->base, &base, err) < 0 || (xml && spec_read(xml, &spec, err) < 0))
		return -1;
	if (m->state)
		return captures_plan(m->s, m->t, m->state, m->vm, spec, m->p, err);
	return capture_plan_new(m->s, m->t, m->source, base, m->vm, spec, m->p, err);
}

int making_plan(struct making *m, struct vxe_error *err)
{
	struct plan *p = m->p;

	str_replace(&m->vm->domain_xml, "");
	free(TAKE(m->vm->libvirt_name));
	p->object = xstrdup(m->vm->r.uuid);
	if ((m->vm->is_a_template ? keep_hardware(m, err) : plan_domain(m, err)) < 0)
		return -1;
	if (!m->vm->libvirt_name)
		m->vm->libvirt_name = xstrdup(m->libvirt_name ? m->libvirt_name : "");
	if (plan_files(m, err) < 0)
		return -1;
	plan_add(p, &vm_class, m->vm);
	for (size_t i = 0; i < m->vbds.n; i++)
		plan_add(p, &vbd_class, m->vbds.items[i]);
	for (size_t i = 0; i < m->vifs.n; i++)
		plan_add(p, &vif_class, m->vifs.items[i]);
	return 0;
}

/* ---- steps ----------------------------------------------------------------------------------- */

/*
 * Returns 1 if another program's domain has taken the planned name of the new domain since; then *xml has another name.
 */
static int rename_xml(struct op *op, struct hv *hv, char **xml, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_free_ char *holder = NULL, *name = NULL;

	if (spec_read(*xml, &spec, err) < 0 || hv_find_name(hv, spec->name, &holder, err) < 0)
		return -1;
	if (!holder || str_eq(holder, op->plan.domain))
		return 0;
	if (name_choose(op->s, spec->name, op->plan.domain, &name, err) < 0)
		return -1;
	str_replace(&spec->name, name);
	char *patched;
	if (spec_patch(*xml, spec, &patched, err) < 0)
		return -1;
	free(*xml);
	*xml = patched;
	return 1;
}

int step_make_domain(struct op *op, struct vxe_error *err)
{
	_cleanup_free_ char *xml = xstrdup_null(op->plan.xml_after);
	struct hv *hv;

	if (!op->plan.domain)
		return 0;
	if (session_hv(op->s->here, &hv, err) < 0 || rename_xml(op, hv, &xml, err) < 0)
		return -1;
	for (int i = 0;; i++) {
		_cleanup_error_ struct vxe_error second = { 0 };

		if (hv_define(hv, xml, err) == 0)
			return 0;
		if (i == NAME_TRIES || rename_xml(op, hv, &xml, &second) <= 0)
			return -1;
		/* another domain has taken the name meanwhile: @xml has a new name for the next attempt */
		error_clear(err);
	}
}

int step_unmake_domain(struct op *op, struct vxe_error *err)
{
	struct hv *hv;

	if (!op->plan.domain)
		return 0;
	if (session_hv(op->s->here, &hv, err) < 0)
		return -1;
	return hv_undefine(hv, op->plan.domain, HV_UNDEFINE_KEEP_STATE, err);
}

int probe_made_domain(struct op *op, struct vxe_error *err)
{
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	struct hv *hv;

	if (!op->plan.domain)
		return 0;
	if (session_hv(op->s->here, &hv, err) < 0 || hv_find(hv, op->plan.domain, &d, err) < 0)
		return -1;
	return d.uuid != NULL;
}

/* SPDX-License-Identifier: MIT */
/*
 * The spec of a domain (its XML as a struct): makes, searches and frees it; calls the code that converts it from XML
 * and to XML.
 */
#include "backends/hv/domain_spec.h"

#include "backends/child/module.h"
#include "objects/base/file_key.h"

#include <string.h>
#include <strings.h>

struct domain_spec *domain_spec_new(void)
{
	return xcalloc(1, sizeof(struct domain_spec));
}

void spec_drop_below(struct spec_disk *d)
{
	for (size_t i = 0; i < d->n_below; i++) {
		free(d->below[i].path);
		free(d->below[i].format);
		free(d->below[i].server);
	}
	free(TAKE(d->below));
	d->n_below = 0;
}

static void disk_clear(struct spec_disk *d)
{
	spec_drop_below(d);
	free(d->target);
	free(d->bus);
	free(d->path);
	free(d->format);
	free(d->serial);
	free(d->cache);
	free(d->alias);
}

static void nic_clear(struct spec_nic *n)
{
	free(n->mac);
	free(n->mac_was);
	free(n->alias);
	free(n->address);
	free(n->type);
	free(n->source);
	free(n->model);
}

void domain_spec_free(struct domain_spec *s)
{
	if (!s)
		return;
	char *const texts[] = { s->uuid, s->name, s->title, s->description, s->arch, s->machine,
		s->type, s->firmware, s->loader, s->nvram, s->varstore, s->boot, s->on_poweroff,
		s->on_reboot, s->on_crash, s->timeoffset, s->store, s->mark_extra, s->user };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		free(texts[i]);
	for (size_t i = 0; i < s->n_disks; i++)
		disk_clear(&s->disks[i]);
	for (size_t i = 0; i < s->n_nics; i++)
		nic_clear(&s->nics[i]);
	for (size_t i = 0; i < s->n_consoles; i++) {
		free(s->consoles[i].kind);
		free(s->consoles[i].location);
	}
	strv_clear(&s->unnamed);
	free(s->disks);
	free(s->nics);
	free(s->consoles);
	free(s);
}

struct spec_disk *spec_find_disk(const struct domain_spec *s, const char *target)
{
	for (size_t i = 0; i < s->n_disks; i++)
		if (str_eq(s->disks[i].target, target))
			return &s->disks[i];
	return NULL;
}

bool spec_is_extra(const struct domain_spec *s, const struct spec_disk *live)
{
	return live->device != DISK_CDROM && live->device != DISK_FLOPPY &&
		!spec_find_disk(s, live->target);
}

const char *spec_disk_at(const struct spec_disk *d)
{
	return d->path ? d->path : "empty";
}

const char *spec_unnamed_path(const char *text)
{
	const char *path = strchr(text, ' ');

	return path && path[1] == '/' ? path + 1 : NULL;
}

void spec_put_file(struct spec_disk *d, const char *path, const char *format)
{
	d->source = file_is_device(path) ? DISK_BLOCK : DISK_FILE;
	str_replace(&d->path, path);
	str_replace(&d->format, format);
	spec_drop_below(d);
}

void spec_drop_layers(struct domain_spec *s)
{
	for (size_t i = 0; i < s->n_disks; i++)
		if (!s->disks[i].opaque)
			spec_drop_below(&s->disks[i]);
}

const char *spec_encrypted(const struct spec_disk *d)
{
	if (d->encrypted)
		return spec_disk_at(d);
	for (size_t i = 0; i < d->n_below; i++)
		if (d->below[i].encrypted)
			return d->below[i].path ? d->below[i].path : "a layer";
	return NULL;
}

void qemu_arg_paths(const char *arg, struct strv *ret)
{
	static const char before[] = "=,:\"'";

	for (const char *p = arg; (p = strchr(p, '/')); p++) {
		_cleanup_str_ struct str path = { 0 };

		if (p != arg && !strchr(before, p[-1]))
			continue;
		for (; *p && *p != '"' && (*p != ',' || p[1] == ','); p++) {
			p += *p == ','; /* two commas stand for one */
			str_add_bytes(&path, p, 1);
		}
		if (!strv_has(ret, str_text(&path)))
			strv_take(ret, str_steal(&path));
		if (!*p)
			break;
	}
}

void spec_put_nothing(struct spec_disk *d)
{
	spec_drop_below(d);
	d->source = DISK_NONE;
	str_replace(&d->path, NULL);
}

struct spec_disk *spec_add_disk(struct domain_spec *s)
{
	s->disks = xrealloc(s->disks, s->n_disks + 1, sizeof(*s->disks));
	s->disks[s->n_disks] = (struct spec_disk){ 0 };
	return &s->disks[s->n_disks++];
}

struct spec_nic *spec_add_nic(struct domain_spec *s)
{
	s->nics = xrealloc(s->nics, s->n_nics + 1, sizeof(*s->nics));
	s->nics[s->n_nics] = (struct spec_nic){ 0 };
	return &s->nics[s->n_nics++];
}

void spec_remove_disk(struct domain_spec *s, const char *target)
{
	struct spec_disk *d = spec_find_disk(s, target);

	if (!d)
		return;
	disk_clear(d);
	size_t after = s->n_disks - (size_t)(d - s->disks) - 1;
	memmove(d, d + 1, after * sizeof(*d));
	s->n_disks--;
}

void provision_clear(struct provision *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->items[i].device);
		free(p->items[i].sr);
		free(p->items[i].type);
	}
	free(p->items);
	*p = (struct provision){ 0 };
}

/* ---- which card ------------------------------------------------------------------------------ */

static bool has_mac(const struct spec_nic *nic, const char *mac)
{
	return nic->mac && strcasecmp(nic->mac, mac) == 0;
}

/* The position of a network interface, from 1, among those with its MAC address; *all: the number of those. */
static int count_alike(const struct domain_spec *s, const struct spec_nic *nic, int *all)
{
	int n = 0;

	*all = 0;
	for (size_t i = 0; nic->mac && i < s->n_nics; i++) {
		*all += has_mac(&s->nics[i], nic->mac);
		if (&s->nics[i] == nic)
			n = *all;
	}
	return n;
}

char *spec_nic_card(const struct domain_spec *s, const struct spec_nic *nic)
{
	int all, n = count_alike(s, nic, &all);

	if (all <= 1)
		return xstrdup(nic->mac ? nic->mac : "");
	return xasprintf("%s|%s|%s|%d", nic->mac, nic->alias ? nic->alias : "",
		nic->address ? nic->address : "", n);
}

/* Returns 1 if the two words are equal, -1 if they differ, 0 if one of them is unknown. */
static int compare_words(const char *a, const char *b)
{
	if (str_is_empty(a) || str_is_empty(b))
		return 0;
	return str_eq(a, b) ? 1 : -1;
}

/* The parts of spec_nic_card()'s text: the MAC address alone, or MAC address, alias, address and number. */
enum { PART_ALIAS = 1, PART_ADDRESS, PART_NUMBER, PARTS };

/*
 * How sure it is that a network interface with this alias, address and position is the one that @parts describe: 3
 * by its alias, 2 by its address, 1 by its position; 0: it is another one.
 */
static int alike(const char *alias, const char *address, int n, const struct strv *parts)
{
	int by_alias = compare_words(alias, parts->items[PART_ALIAS]);
	int by_address = compare_words(address, parts->items[PART_ADDRESS]);

	if (by_alias || by_address)
		return by_alias > 0 ? 3 : by_alias == 0 && by_address > 0 ? 2 : 0;
	return n == strtol(parts->items[PART_NUMBER], NULL, 10);
}

bool spec_same_card(const char *a, const char *b)
{
	_cleanup_strv_ struct strv x = { 0 }, y = { 0 };

	strv_split(&x, a, '|');
	strv_split(&y, b, '|');
	if (!x.n || x.n != y.n || strcasecmp(x.items[0], y.items[0]) != 0)
		return false;
	return x.n < PARTS ||
		alike(x.items[PART_ALIAS], x.items[PART_ADDRESS],
			(int)strtol(x.items[PART_NUMBER], NULL, 10), &y) > 0;
}

struct spec_nic *spec_find_nic(const struct domain_spec *s, const char *card)
{
	_cleanup_strv_ struct strv parts = { 0 };
	struct spec_nic *best = NULL;
	int most = 0;

	strv_split(&parts, card ? card : "", '|');
	for (size_t i = 0; parts.n && i < s->n_nics; i++) {
		struct spec_nic *nic = &s->nics[i];

		if (!has_mac(nic, parts.items[0]))
			continue;
		int all, n = count_alike(s, nic, &all);
		int sure = parts.n < PARTS ? 1 : alike(nic->alias, nic->address, n, &parts);

		if (sure > most) {
			most = sure;
			best = nic;
		}
	}
	return best;
}

void spec_remove_nic(struct domain_spec *s, const char *card)
{
	struct spec_nic *nic = spec_find_nic(s, card);

	if (!nic)
		return;
	nic_clear(nic);
	size_t after = s->n_nics - (size_t)(nic - s->nics) - 1;
	memmove(nic, nic + 1, after * sizeof(*nic));
	s->n_nics--;
}

/* ---- XML ------------------------------------------------------------------------------------- */

/*
 * The functions of the XML module, if they are linked into the program, as into unit tests; NULL: the module must be
 * loaded.
 */
extern const struct spec_ops domain_xml_ops __attribute__((weak));

static const struct spec_ops *ops(struct vxe_error *err)
{
	static const struct spec_ops *loaded;
	const char *why = NULL;

	if (!loaded)
		loaded = &domain_xml_ops
			? &domain_xml_ops
			: module_symbol(SPEC_MODULE_FILE, SPEC_MODULE_SYMBOL, &why);
	if (!loaded)
		vxe_fail(err, VXE_HYPERVISOR_UNREACHABLE, SPEC_MODULE_FILE, why);
	return loaded;
}

int spec_read(const char *xml, struct domain_spec **ret, struct vxe_error *err)
{
	const struct spec_ops *o = ops(err);

	return o ? o->read(xml, ret, err) : -1;
}

int spec_patch(const char *xml, const struct domain_spec *want, char **ret, struct vxe_error *err)
{
	const struct spec_ops *o = ops(err);

	return o ? o->patch(xml, want, ret, err) : -1;
}

int xml_unshare(const char *xml, const char *name, char **ret, struct vxe_error *err)
{
	const struct spec_ops *o = ops(err);

	return o ? o->unshare(xml, name, ret, err) : -1;
}

int xml_portable(
	const char *xml, bool emulated, char **ret, struct strv *lost, struct vxe_error *err)
{
	const struct spec_ops *o = ops(err);

	return o ? o->portable(xml, emulated, ret, lost, err) : -1;
}

int provision_read(const char *xml, struct provision *ret, struct vxe_error *err)
{
	const struct spec_ops *o = ops(err);

	return o ? o->provision(xml, ret, err) : -1;
}

int snapshot_write(const struct snapshot_document *d, char **ret, struct vxe_error *err)
{
	const struct spec_ops *o = ops(err);

	return o ? o->snapshot(d, ret, err) : -1;
}

int snapshot_without(const char *xml, unsigned parts, char **ret, struct vxe_error *err)
{
	const struct spec_ops *o = ops(err);

	return o ? o->snapshot_without(xml, parts, ret, err) : -1;
}

int snapshot_read(const char *xml, struct hv_snapshot *ret, struct vxe_error *err)
{
	const struct spec_ops *o = ops(err);

	return o ? o->snapshot_read(xml, ret, err) : -1;
}

int snapshot_with_parent(const char *xml, const char *parent, char **ret, struct vxe_error *err)
{
	const struct spec_ops *o = ops(err);

	return o ? o->snapshot_with_parent(xml, parent, ret, err) : -1;
}

int snapshot_with_files(const char *xml, const struct map *files, char **ret, struct vxe_error *err)
{
	const struct spec_ops *o = ops(err);

	return o ? o->snapshot_with_files(xml, files, ret, err) : -1;
}

int xml_select(const char *xml, const char *xpath, bool wrap, char **ret, struct vxe_error *err)
{
	const struct spec_ops *o = ops(err);

	return o ? o->select(xml, xpath, wrap, ret, err) : -1;
}

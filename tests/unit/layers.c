/* SPDX-License-Identifier: MIT */
/* Trees of layers for tests: real files, records, and domains of the mock hypervisor. */
#include "tests/unit/layers.h"

#include "backends/child/child.h"
#include "backends/content/content.h"
#include "objects/base/uuid.h"
#include "objects/check/check.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm.h"
#include "objects/start/session_open.h"
#include "tests/image_at.h"

#include "tests/unit/harness.h"
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define CLUSTER 65536
#define URI "mock:///layers"

/* Asserts that a call has succeeded; prints the error otherwise. */
static void must(int r, struct vxe_error *err)
{
	cr_assert(r >= 0, "%s: %s %s", code_info(err->code)->name,
		err->n_params ? err->params[0] : "", err->n_params > 1 ? err->params[1] : "");
}

const char *id_of(char letter)
{
	static char ids[128][40];
	char *id = ids[(unsigned char)letter % 128];

	snprintf(id, sizeof(ids[0]), "%02x%02x%02x%02x-0000-4000-8000-0000000000%02x", letter,
		letter, letter, letter, letter);
	return id;
}

static char letter_of(const char *text)
{
	unsigned letter = 0;

	if (text)
		sscanf(text, "%2x", &letter);
	return (char)letter;
}

/* ---- the world ------------------------------------------------------------------------------- */

static void open_session(struct layers *l)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	static char store[PATH_MAX], locks[PATH_MAX], images[PATH_MAX], machine[PATH_MAX];
	struct hv *hv;

	snprintf(store, sizeof(store), "%s/store", l->dir);
	snprintf(locks, sizeof(locks), "%s/locks", l->dir);
	snprintf(images, sizeof(images), "%s/images", l->dir);
	snprintf(machine, sizeof(machine), "%s/machine", l->dir);
	struct session_config config = { .store = store,
		.connect = URI,
		.lock_dir = locks,
		.image_dir = images,
		.root = machine,
		.engine = l->engine,
		.hypervisor = &hv_mock_ops };

	must(session_open(&l->s, &config, &err), &err);
	must(session_hv(l->s->here, &hv, &err), &err);
}

static int find_sr(void *ctx, const char *uuid, struct json_object *doc, struct vxe_error *err)
{
	(void)doc, (void)err;
	str_replace(ctx, uuid);
	return 0;
}

void layers_open(struct layers *l, const struct store_ops *engine)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	*l = (struct layers){ 0 };
	scratch_dir(l->dir, "layers");
	l->engine = engine ? engine : &store_mem_ops;
	l->mock = hv_mock_create(URI);
	open_session(l);
	must(txn_begin(l->s->store, TXN_READ, &t, &err), &err);
	must(txn_find(t, "SR", "name_label", "Local storage", find_sr, &l->sr, &err), &err);
	cr_assert(l->sr);
}

void layers_reopen(struct layers *l)
{
	session_close(TAKE(l->s));
	open_session(l);
}

void layers_close(struct layers *l)
{
	session_close(TAKE(l->s));
	hv_mock_free(TAKE(l->mock));
	free(TAKE(l->sr));
	scratch_drop(l->dir);
}

char *layers_path(const struct layers *l, char node)
{
	return xasprintf("%s/images/%s.qcow2", l->dir, id_of(node));
}

/* ---- making ---------------------------------------------------------------------------------- */

static void run(const char *const argv[])
{
	_cleanup_error_ struct vxe_error err = { 0 };

	must(child_run(argv, argv[0], NULL, &err), &err);
}

static void copy_file(const struct layers *l, char node)
{
	_cleanup_free_ char *to = layers_path(l, node);
	_cleanup_free_ char *from = xasprintf("%s/images/%s.qcow2", l->from, id_of(node));
	_cleanup_close_ int in = open(from, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	struct stat st;

	cr_assert(in >= 0 && out >= 0 && fstat(in, &st) == 0);
	for (ssize_t n = 1; n > 0;)
		n = copy_file_range(in, NULL, out, NULL, (size_t)st.st_size, 0);
	cr_assert_eq(fchmod(out, st.st_mode & 07777), 0);
}

static void make_file(const struct layers *l, const struct layer *layer, const char *format)
{
	_cleanup_free_ char *path = layers_path(l, layer->name);
	_cleanup_free_ char *backing = xasprintf("%s.qcow2", id_of(layer->parent));
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_(node_free_cleanup) struct node *parent =
		layer->parent ? layers_node(l, layer->parent) : NULL;
	_cleanup_free_ char *write = xasprintf("write -P %d %d %d", layer->name,
		layer->first * CLUSTER, (layer->last - layer->first + 1) * CLUSTER);
	const char *const plain[] = { "qemu-img", "create", "-q", "-f", format, path, "1M", NULL };
	const char *const above[] = { "qemu-img", "create", "-q", "-f", format, "-u", "-b", backing,
		"-F", parent ? parent->format : "", path, "1M", NULL };
	const char *const fill[] = { "qemu-io", "-f", format, "-c", write, path, NULL };
	mode_t mode;

	run(layer->parent ? above : plain);
	if (layer->last)
		run(fill);
	if (layer->state == NODE_FROZEN && layer->origin != NODE_ADOPTED_BASE)
		must(content_freeze(image_at(path), &mode, &err), &err);
}

struct saved {
	const struct class *cls;
	const void *obj;
};

static int save_body(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct saved *s = ctx;

	return record_save(t, s->cls, s->obj, err);
}

static void save(const struct layers *l, const struct class *cls, const void *obj)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct saved s = { cls, obj };

	must(store_update(l->s->store, save_body, &s, &err), &err);
}

void layers_add(struct layers *l, const struct layer *layer)
{
	const char *format = layer->format ? layer->format : "qcow2";
	_cleanup_(node_free_cleanup) struct node *n = record_new(&node_class);

	if (l->from)
		copy_file(l, layer->name);
	else
		make_file(l, layer, format);
	n->r.uuid = xstrdup(id_of(layer->name));
	str_replace(&n->sr, l->sr);
	free(n->path);
	n->path = xasprintf("%s.qcow2", id_of(layer->name));
	str_replace(&n->format, format);
	n->origin = layer->origin;
	n->kind = NODE_DISK;
	n->state = layer->state;
	str_replace(&n->parent, layer->parent ? id_of(layer->parent) : NULL);
	n->virtual_size = 1 << 20;
	n->old_mode = 0644;
	save(l, &node_class, n);
}

void layers_vdi(struct layers *l, char vdi, char node, bool snapshot)
{
	_cleanup_(vdi_free_cleanup) struct vdi *v = record_new(&vdi_class);

	v->r.uuid = xstrdup(id_of(vdi));
	str_replace(&v->sr, l->sr);
	str_replace(&v->node, id_of(node));
	v->virtual_size = 1 << 20;
	v->managed = true;
	v->is_a_snapshot = v->read_only = snapshot;
	save(l, &vdi_class, v);
}

static void add_disk(struct layers *l, char vm, char vdi, int i, struct str *xml)
{
	_cleanup_(vbd_free_cleanup) struct vbd *b = record_new(&vbd_class);
	char node_letter = layers_node_of(l, vdi);
	_cleanup_free_ char *path = layers_path(l, node_letter);
	_cleanup_(node_free_cleanup) struct node *n = layers_node(l, node_letter);
	char target[] = { 'v', 'd', (char)('a' + i), '\0' };

	b->r.uuid = uuid_new();
	str_replace(&b->vm, id_of(vm));
	str_replace(&b->vdi, id_of(vdi));
	str_replace(&b->target, target);
	str_replace(&b->device, target);
	b->type = VBD_DISK;
	b->mode = VBD_RW;
	save(l, &vbd_class, b);
	str_addf(xml,
		"<disk type='file' device='disk'><driver name='qemu' type='%s'/>"
		"<source file='%s'/><target dev='%s' bus='virtio'/></disk>",
		n->format, path, target);
}

void layers_vm(struct layers *l, char vm, const char *vdis, enum hv_state state)
{
	_cleanup_(vm_free_cleanup) struct vm *v = record_new(&vm_class);
	_cleanup_str_ struct str xml = { 0 };

	v->r.uuid = xstrdup(id_of(vm));
	str_addf(&xml,
		"<domain type='kvm'><name>vm-%c</name><uuid>%s</uuid>"
		"<memory unit='KiB'>65536</memory><vcpu>1</vcpu>"
		"<os><type arch='x86_64' machine='pc'>hvm</type></os><devices>",
		vm, id_of(vm));
	for (int i = 0; vdis[i]; i++)
		add_disk(l, vm, vdis[i], i, &xml);
	str_add(&xml, "</devices></domain>");
	save(l, &vm_class, v);
	hv_mock_add(l->mock, str_text(&xml), state);
}

static int sync_all(struct txn *t, void *ctx, struct vxe_error *err)
{
	_cleanup_records_ struct records nodes = { 0 };

	(void)ctx;
	if (records_load(t, &node_class, NULL, NULL, &nodes, err) < 0)
		return -1;
	for (size_t i = 0; i < nodes.n; i++)
		if (node_sync_base_copy(t, ((const struct node *)nodes.items[i])->r.uuid, err) < 0)
			return -1;
	return 0;
}

void layers_sync(struct layers *l)
{
	_cleanup_error_ struct vxe_error err = { 0 };

	must(store_update(l->s->store, sync_all, NULL, &err), &err);
}

/* ---- looking --------------------------------------------------------------------------------- */

static void *find(const struct layers *l, const struct class *cls, char letter)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	void *obj = NULL;

	must(txn_begin(l->s->store, TXN_READ, &t, &err), &err);
	must(record_find(t, cls, id_of(letter), &obj, &err), &err);
	return obj;
}

struct node *layers_node(const struct layers *l, char node)
{
	return find(l, &node_class, node);
}

char layers_node_of(const struct layers *l, char vdi)
{
	_cleanup_(vdi_free_cleanup) struct vdi *v = find(l, &vdi_class, vdi);

	return v ? letter_of(v->node) : 0;
}

/* Reads through the headers of the files, as a guest would. */
char *layers_read_node(const struct layers *l, char node)
{
	_cleanup_(node_free_cleanup) struct node *n = layers_node(l, node);
	_cleanup_free_ char *path = layers_path(l, node), *flat = xasprintf("%s/flat", l->dir);
	const char *const argv[] = { "qemu-img", "convert", "-U", "-f", n ? n->format : "", "-O",
		"raw", path, flat, NULL };
	char *text = xcalloc(CLUSTERS + 1, 1);

	cr_assert(n, "there is no node %c", node);
	run(argv);
	_cleanup_close_ int fd = open(flat, O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < CLUSTERS; i++) {
		char bytes[2] = { 0 };

		cr_assert_eq(pread(fd, bytes, 1, (off_t)i * CLUSTER), 1);
		cr_assert_eq(pread(fd, bytes + 1, 1, (off_t)(i + 1) * CLUSTER - 1), 1);
		cr_assert_eq(bytes[0], bytes[1]);
		text[i] = bytes[0] ? bytes[0] : '.';
	}
	return text;
}

char *layers_read(const struct layers *l, char vdi)
{
	return layers_read_node(l, layers_node_of(l, vdi));
}

bool layers_file(const struct layers *l, char node)
{
	_cleanup_free_ char *path = layers_path(l, node);

	return access(path, F_OK) == 0;
}

bool layers_writable(const struct layers *l, char node)
{
	_cleanup_free_ char *path = layers_path(l, node);
	struct stat st;

	cr_assert_eq(stat(path, &st), 0);
	return st.st_mode & S_IWUSR;
}

char layers_header(const struct layers *l, char node)
{
	_cleanup_free_ char *path = layers_path(l, node);
	_cleanup_header_ struct content_header h = { 0 };
	_cleanup_error_ struct vxe_error err = { 0 };

	must(content_read(image_at(path), &h, &err), &err);
	return letter_of(h.backing);
}

char layers_disk(const struct layers *l, char vm, const char *target, enum hv_xml which)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_error_ struct vxe_error err = { 0 };

	must(spec_read(hv_mock_xml(l->mock, id_of(vm), which), &spec, &err), &err);
	const struct spec_disk *disk = spec_find_disk(spec, target);
	const char *name = disk && disk->path ? strrchr(disk->path, '/') : NULL;

	return letter_of(name ? name + 1 : NULL);
}

char *layers_check(struct layers *l)
{
	_cleanup_findings_ struct findings f = { 0 };
	_cleanup_error_ struct vxe_error err = { 0 };
	struct str text = { 0 };

	must(check_all(l->s, true, &f, &err), &err);
	for (size_t i = 0; i < f.n; i++)
		str_addf(&text, "%s | %s | %s\n", f.items[i].kind, f.items[i].object,
			f.items[i].text);
	return str_steal(&text);
}

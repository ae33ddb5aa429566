/* SPDX-License-Identifier: MIT */
/* Guest memory: its image files, and the mock hypervisor's saves, restores and checkpoints. */
#include "tests/unit/leak.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "backends/hv/memory_image.h"
#include "tests/mock/hv_mock.h"
#include "tests/unit/scratch.h"
#include "objects/disks/images/image_make.h"
#include "tests/image_at.h"

#define URI "mock:///memory"
#define UUID "6695eb01-f6a4-8304-79aa-97f2502e193f"
#define OTHER "7795eb01-f6a4-8304-79aa-97f2502e193f"
#define MIB 1048576

/* A hypervisor with one domain whose disk is real. */
static char dir[SCRATCH_MAX];
static char *disk, *overlay, *image;
static struct hv_mock *m;
static struct hv *h;
static struct vxe_error err;

static const char *why(void)
{
	return err.n_params ? err.params[err.n_params - 1] : "";
}

#define DO(call) cr_assert_eq((call), 0, "%s: %s", #call, why())

static char *in_dir(const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

static char *domain_xml(const char *uuid, const char *name, const char *path)
{
	return xasprintf(
		"<domain type='qemu'><name>%s</name><uuid>%s</uuid><memory>65536</memory>"
		"<vcpu>1</vcpu><os><type>hvm</type></os><devices><disk type='file' device='disk'>"
		"<driver name='qemu' type='qcow2'/><source file='%s'/>"
		"<target dev='vda' bus='virtio'/></disk></devices></domain>",
		name, uuid, path);
}

static void enter(void)
{
	scratch_dir(dir, "memory");
	disk = in_dir("disk.qcow2");
	overlay = in_dir("overlay.qcow2");
	image = in_dir("image");
	DO(image_make(image_at(disk), MIB, &err));
	const struct image_overlay o = { image_at(overlay), "disk.qcow2", "qcow2", MIB };
	DO(image_make_overlays(&o, 1, NULL, &err));
	m = hv_mock_create(URI);
	DO(hv_open(&h, &hv_mock_ops, URI, &err));
	_cleanup_free_ char *xml = domain_xml(UUID, "web", disk);
	hv_mock_add(m, xml, HV_RUNNING);
	hv_mock_set_ram(m, UUID, 100);
}

static void leave(void)
{
	scratch_drop(dir);
	hv_close(h);
	hv_mock_free(m);
	free(disk);
	free(overlay);
	free(image);
	error_clear(&err);
	no_leaks();
}

TestSuite(hv_memory, .init = enter, .fini = leave);

static void assert_failed(int rc, enum vxe_code code, const char *text)
{
	cr_assert_eq(rc, -1);
	cr_assert_eq(err.code, code);
	cr_assert_not_null(strstr(why(), text), "%s", why());
	error_clear(&err);
}

/* Polls to the end and frees. */
static int end(struct hv_job *job)
{
	int rc;

	do
		rc = hv_poll(job, NULL, &err);
	while (rc > 0);
	hv_job_free(job);
	return rc;
}

static int save(const char *path)
{
	struct hv_job *job;

	return hv_save_start(h, UUID, path, 0, &job, &err) < 0 ? -1 : end(job);
}

static int restore(const char *path, const char *xml, bool paused)
{
	struct hv_job *job;

	return hv_restore_start(h, path, xml, paused ? HV_STAY_PAUSED : 0, &job, &err) < 0
		? -1
		: end(job);
}

static int checkpoint(struct hv_job **job)
{
	const struct hv_switch s = { "vda", overlay, "qcow2", NULL, NULL };
	const struct hv_switch_how how = { .memory = image };

	return hv_switch_start(h, UUID, &s, 1, &how, job, &err);
}

static enum hv_state state_of(const char *uuid)
{
	struct hv_domain d = { 0 };

	DO(hv_find(h, uuid, &d, &err));
	enum hv_state state = d.uuid ? d.state : HV_SHUTOFF;
	hv_domain_clear(&d);
	return state;
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static bool is_on(const char *path)
{
	return strstr(hv_mock_xml(m, UUID, HV_XML_LIVE), path) != NULL;
}

/* ---- save and restore ------------------------------------------------------------------------ */

Test(hv_memory, a_restore_brings_back_what_a_save_took)
{
	char *xml;

	DO(save(image));
	cr_expect_eq(state_of(UUID), HV_SHUTOFF);
	cr_expect_eq(memory_image_complete(image_at(image), &err), 1);
	cr_expect_eq(hv_mock_image_ram(image), 100);
	DO(hv_saved_xml(h, image, &xml, &err));
	for (int i = 0; i < 2; i++) { /* the image stays */
		DO(restore(image, xml, true));
		cr_expect_eq(state_of(UUID), HV_PAUSED);
		cr_expect_eq(hv_mock_ram(m, UUID), 100);
		DO(hv_unpause(h, UUID, &err));
		cr_expect_eq(state_of(UUID), HV_RUNNING);
		DO(hv_destroy(h, UUID, &err));
	}
	DO(hv_start(h, UUID, 0, &err));
	cr_expect_eq(hv_mock_ram(m, UUID), 0, "a start begins anew");
	assert_failed(restore(image, xml, false), VXE_HYPERVISOR_FAILED, "already active");
	free(xml);
}

Test(hv_memory, a_guest_runs_on_after_a_save_that_was_stopped)
{
	struct hv_job *job;

	hv_mock_set_job_polls(m, 3);
	DO(hv_save_start(h, UUID, image, 0, &job, &err));
	cr_expect_eq(hv_poll(job, NULL, &err), 1);
	DO(hv_cancel(job, &err));
	assert_failed(hv_poll(job, NULL, &err), VXE_HYPERVISOR_FAILED, "canceled");
	hv_job_free(job);
	cr_expect_eq(state_of(UUID), HV_RUNNING);
	cr_expect_eq(hv_mock_ram(m, UUID), 101, "it counted meanwhile");
	cr_expect_not(exists(image));
}

/* ---- checkpoint ------------------------------------------------------------------------------ */

Test(hv_memory, a_checkpoint_takes_memory_and_disks_of_one_instant)
{
	struct hv_job *job;

	hv_mock_set_job_polls(m, 3);
	DO(checkpoint(&job));
	DO(end(job));
	cr_expect_eq(state_of(UUID), HV_RUNNING);
	cr_expect(is_on(overlay));
	cr_expect_eq(hv_mock_image_ram(image), 103, "the guest ran until the switch");
	cr_expect_eq(hv_mock_ram(m, UUID), 103);
}

Test(hv_memory, a_checkpoint_that_is_stopped_leaves_nothing)
{
	struct hv_job *job;

	hv_mock_set_job_polls(m, 3);
	DO(checkpoint(&job));
	cr_expect_eq(hv_poll(job, NULL, &err), 1);
	DO(hv_cancel(job, &err));
	assert_failed(end(job), VXE_HYPERVISOR_FAILED, "canceled");
	cr_expect_eq(state_of(UUID), HV_RUNNING);
	cr_expect_not(is_on(overlay));
	cr_expect_not(exists(image));
}

/* ---- pause ----------------------------------------------------------------------------------- */

Test(hv_memory, pause_and_unpause_may_be_repeated)
{
	DO(hv_pause(h, UUID, &err));
	DO(hv_pause(h, UUID, &err));
	cr_expect_eq(state_of(UUID), HV_PAUSED);
	DO(hv_unpause(h, UUID, &err));
	DO(hv_unpause(h, UUID, &err));
	cr_expect_eq(state_of(UUID), HV_RUNNING);
	cr_expect_eq(hv_mock_ram(m, UUID), 100);
	DO(hv_destroy(h, UUID, &err));
	assert_failed(hv_unpause(h, UUID, &err), VXE_HYPERVISOR_FAILED, "not running");
}

/* ---- image files ----------------------------------------------------------------------------- */

static char *read_all(const char *path, size_t *len)
{
	struct stat st;
	_cleanup_close_ int fd = open(path, O_RDONLY);

	cr_assert_eq(fstat(fd, &st), 0);
	char *data = xmalloc((size_t)st.st_size);
	*len = (size_t)read(fd, data, (size_t)st.st_size);
	return data;
}

static void write_all(const char *path, const char *data, size_t len)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert_eq(write(fd, data, len), (ssize_t)len);
}

/* The counter shows that the content is at the position in the header. */
static void assert_rewritten(const char *xml, bool longer)
{
	_cleanup_free_ char *to = in_dir("rewritten");
	size_t old_len, len;
	char *got;

	DO(memory_image_rewrite(image_at(image), to, xml, &err));
	_cleanup_free_ char *old = read_all(image, &old_len), *new = read_all(to, &len);
	struct memory_image_header header;

	memcpy(&header, new, sizeof(header));
	cr_expect_eq(memory_image_complete(image_at(to), &err), 1);
	cr_expect_eq(hv_mock_image_ram(to), 100);
	DO(hv_saved_xml(h, to, &got, &err));
	cr_expect_str_eq(got, xml);
	free(got);
	cr_expect_str_eq(new + sizeof(header) + header.cookie_offset, "<cookie/>");
	cr_expect_eq(header.was_running, 1);
	cr_expect_eq(len > old_len, longer);
	cr_expect_eq((len - old_len) % 65536, 0, "the stream stays aligned");
	cr_expect_eq(unlink(to), 0);
}

Test(hv_memory, an_image_gets_another_xml)
{
	_cleanup_free_ char *xml = domain_xml(OTHER, "clone", disk);
	_cleanup_free_ char *text = xcalloc(200000, 1);
	_cleanup_free_ char *to = in_dir("clone");

	memset(text, 'x', 199999);
	text[0] = '<';
	DO(save(image));
	assert_rewritten(xml, false);
	assert_rewritten("<domain/>", false);
	assert_rewritten(text, true);
	DO(memory_image_rewrite(image_at(image), to, xml, &err));
	DO(restore(to, xml, false));
	cr_expect_eq(hv_mock_ram(m, OTHER), 100);
	assert_failed(
		memory_image_rewrite(image_at(image), to, xml, &err), VXE_IMAGE_FAILED, "exists");
	cr_expect_eq(hv_mock_image_ram(to), 100, "what exists is not touched");
}

/* In place if the text fits, else as a copy; the counter after the text stays. */
Test(hv_memory, an_image_of_our_own_gets_another_xml)
{
	_cleanup_free_ char *xml = domain_xml(OTHER, "clone", disk);
	_cleanup_free_ char *text = xcalloc(200000, 1);
	const char *const texts[] = { xml, "<domain/>", text, xml };

	memset(text, 'x', 199999);
	text[0] = '<';
	DO(save(image));
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		_cleanup_free_ char *got = NULL;

		DO(memory_image_set_xml(image_at(image), texts[i], &err));
		DO(memory_image_xml(image_at(image), &got, &err));
		cr_expect_str_eq(got, texts[i]);
		cr_expect_eq(memory_image_complete(image_at(image), &err), 1);
		cr_expect_eq(hv_mock_image_ram(image), 100);
	}
	DO(restore(image, xml, false));
	cr_expect_eq(hv_mock_ram(m, OTHER), 100);
}

Test(hv_memory, an_image_without_a_cookie_stays_without_one)
{
	_cleanup_free_ char *to = in_dir("to");
	struct memory_image_header header;
	size_t len;

	DO(save(image));
	_cleanup_free_ char *data = read_all(image, &len);
	memset(data + offsetof(struct memory_image_header, cookie_offset), 0, 4);
	write_all(image, data, len);
	DO(memory_image_rewrite(image_at(image), to, "<domain/>", &err));
	_cleanup_free_ char *got = read_all(to, &len);
	memcpy(&header, got, sizeof(header));
	cr_expect_eq(header.cookie_offset, 0);
	cr_expect_str_eq(got + sizeof(header), "<domain/>");
}

static void patch(size_t at, uint32_t value)
{
	size_t len;
	_cleanup_free_ char *data = read_all(image, &len);

	memcpy(data + at, &value, sizeof(value));
	write_all(image, data, len);
}

/* The pages of a sparse image are at fixed places: nothing moves. */
Test(hv_memory, a_sparse_image_keeps_its_length)
{
	_cleanup_free_ char *to = in_dir("to"), *text = xcalloc(200000, 1);
	struct memory_image_header header;
	size_t old_len, len;

	memset(text, 'x', 199999);
	text[0] = '<';
	DO(save(image));
	patch(offsetof(struct memory_image_header, compressed), 6);
	_cleanup_free_ char *plain = read_all(image, &old_len);
	memcpy(&header, plain, sizeof(header));
	DO(memory_image_rewrite(image_at(image), to, text, &err));
	_cleanup_free_ char *named = read_all(to, &len);
	memcpy(&header, named, sizeof(header));
	cr_expect_eq(header.compressed, 0, "QEMU does not name mapped-ram: it is a plain stream");
	cr_expect_eq(unlink(to), 0);
	DO(memory_image_correct(image_at(image), &err));
	_cleanup_free_ char *corrected = read_all(image, &len);
	cr_expect_eq(len, old_len);
	memcpy(&header, corrected, sizeof(header));
	cr_expect_eq(header.compressed, 0);

	memcpy(&header, plain, sizeof(header));
	memcpy(plain + sizeof(header) + header.data_len, "QEVM\nmapped-ram", 15);
	write_all(image, plain, old_len);
	DO(memory_image_correct(image_at(image), &err));
	_cleanup_free_ char *sparse = read_all(image, &len);
	cr_expect_eq(memcmp(sparse, plain, old_len), 0);
	assert_failed(memory_image_rewrite(image_at(image), to, text, &err), VXE_IMAGE_FAILED,
		"'sparse'");
	DO(memory_image_rewrite(image_at(image), to, "<domain/>", &err));
	_cleanup_free_ char *same = read_all(to, &len);
	cr_expect_eq(len, old_len);
	cr_expect_eq(memcmp(same + sizeof(header) + header.data_len,
			     plain + sizeof(header) + header.data_len,
			     len - sizeof(header) - header.data_len),
		0);
}

/* A damaged image is not rewritten, and the attempt leaves no file. */
static void assert_refused(const char *text)
{
	_cleanup_free_ char *to = in_dir("refused");

	assert_failed(memory_image_rewrite(image_at(image), to, "<domain/>", &err),
		VXE_IMAGE_FAILED, text);
	cr_expect_not(exists(to));
}

Test(hv_memory, a_damaged_image_is_refused)
{
	static const struct {
		size_t at;
		uint32_t value;
		const char *text;
	} cases[] = {
		{ 0, 0, "not a complete memory image" },
		{ offsetof(struct memory_image_header, version), 3, "not a complete memory image" },
		{ offsetof(struct memory_image_header, data_len), 0, "damaged" },
		{ offsetof(struct memory_image_header, data_len), UINT32_MAX, "damaged" },
		{ offsetof(struct memory_image_header, data_len), 1 << 20, "cut off" },
		{ offsetof(struct memory_image_header, cookie_offset), 1 << 30, "damaged" },
		{ offsetof(struct memory_image_header, cookie_offset), 1, "damaged" },
		{ offsetof(struct memory_image_header, was_running), 7, "damaged" },
		{ offsetof(struct memory_image_header, compressed), 1, "damaged" },
		{ offsetof(struct memory_image_header, compressed), 7, "none that vxe knows" },
		{ offsetof(struct memory_image_header, compressed), 99, "none that vxe knows" },
		{ sizeof(struct memory_image_header), 0, "damaged" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_free_ char *fresh = xasprintf("%s/case-%zu", dir, i);
		str_replace(&image, fresh);
		DO(hv_destroy(h, UUID, &err));
		DO(hv_start(h, UUID, 0, &err));
		DO(save(image));
		patch(cases[i].at, cases[i].value);
		assert_refused(cases[i].text);
	}
}

Test(hv_memory, a_cut_image_is_not_complete)
{
	size_t len;

	cr_expect_eq(memory_image_complete(image_at(image), &err), 0, "none");
	DO(save(image));
	_cleanup_free_ char *data = read_all(image, &len);
	static const size_t lengths[] = { 0, 15, 91, 92, 1000, 65536 };
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		write_all(image, data, lengths[i]);
		cr_expect_eq(
			memory_image_complete(image_at(image), &err), 0, "%zu bytes", lengths[i]);
		assert_refused("cut off");
	}
	memcpy(data, MEMORY_IMAGE_PARTIAL, MEMORY_IMAGE_MAGIC_LEN);
	write_all(image, data, len);
	cr_expect_eq(memory_image_complete(image_at(image), &err), 0, "still being written");
	assert_failed(restore(image, "<domain/>", false), VXE_HYPERVISOR_FAILED, "qemu header");
	assert_failed(
		memory_image_complete(image_at(dir), &err), VXE_IMAGE_FAILED, "not a regular file");
}

/* SPDX-License-Identifier: MIT */
/*
 * Cards of one VM with the same MAC address (a team; examples of libvirt have them), distinguished
 * by an alias, by the address on the bus, or only by their order.
 */
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm_loaded.h"
#include "objects/devices/vif_ops.h"
#include "objects/domain/adopt.h"
#include "objects/domain/vm_load.h"
#include "objects/queries/list.h"
#include "objects/queries/param.h"
#include "objects/vm/vm_apply.h"
#include "objects/vm/vm_clone.h"
#include "objects/vm/vm_ops.h"
#include "objects/vm/snapshot/vm_snapshot.h"
#include "tests/unit/host_fixture.h"

#define MAC "52:54:00:00:00:07"
#define N 3

static const char *const models[N] = { "e1000", "virtio", "rtl8139" };

enum told { BY_ALIAS, BY_ADDRESS, BY_ORDER, WAYS };

static char *card_xml(int i, enum told how)
{
	_cleanup_free_ char *alias = xasprintf("<alias name='ua-card%d'/>", i);
	_cleanup_free_ char *address = xasprintf("<address type='pci' domain='0x0000' bus='0x00' "
						 "slot='0x%02x' function='0x0'/>",
		3 + i);

	return xasprintf("<interface type='user'><mac address='" MAC "'/><model type='%s'/>%s"
			 "<driver queues='%d'/>%s</interface>",
		models[i], how == BY_ALIAS ? alias : "", 2 + i, how == BY_ADDRESS ? address : "");
}

/* The domain with the cards whose bits are set in @which. */
static char *domain_with(enum told how, unsigned which)
{
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", "a.qcow2");
	_cleanup_str_ struct str devices = { 0 };

	str_add(&devices, disk);
	for (int i = 0; i < N; i++) {
		_cleanup_free_ char *card = card_xml(i, how);

		if (which & 1U << i)
			str_add(&devices, card);
	}
	return domain_xml(VM_A, "web", str_text(&devices));
}

static void start(enum told how)
{
	host_start_mem();
	make_image("a.qcow2", NULL, NULL);
	_cleanup_free_ char *xml = domain_with(how, 7);

	hv_mock_add(mock, xml, HV_SHUTOFF);
	OK(adopt_domains(S, &E));
}

TestSuite(cards, .fini = no_leaks);

/* Runs @fn for each way and card on a fresh host, which ends with no memory left. */
static void each(void (*fn)(enum told how, int i), enum told ways)
{
	for (int how = 0; how < (int)ways; how++)
		for (int i = 0; i < N; i++) {
			start(how);
			fn(how, i);
			host_stop();
		}
}

/* The UUID of the VM's card of that model; NULL: no record. */
static char *vif_of(const char *vm, const char *model)
{
	_cleanup_records_ struct records vifs = all_of(&vif_class);

	for (size_t i = 0; i < vifs.n; i++) {
		const struct vif *vif = vifs.items[i];

		if (str_eq(vif->vm, vm) && str_eq(vif->model, model))
			return xstrdup(vif->r.uuid);
	}
	return NULL;
}

/* The models of its cards and their other settings, in order: "e1000/2,virtio/3". */
static char *cards_of(const char *vm, enum hv_xml which)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_strv_ struct strv cards = { 0 };
	struct hv *hv;

	OK(session_hv(S->here, &hv, &E));
	OK(spec_read(hv_mock_xml(mock, vm, which), &spec, &E));
	for (size_t i = 0; i < spec->n_nics; i++)
		strv_take(&cards, xasprintf("%s/%d", spec->nics[i].model, spec->nics[i].queues));
	return strv_join(&cards, ",");
}

static void expect_cards(const char *vm, enum hv_xml which, const char *want)
{
	_cleanup_free_ char *have = cards_of(vm, which);

	cr_expect_str_eq(have, want, "%s", have);
}

static void expect_vif(const char *uuid, const char *model)
{
	_cleanup_(vif_free_cleanup) struct vif *vif = find(&vif_class, uuid);

	cr_assert_not_null(vif, "%s", model);
	cr_expect_str_eq(vif->model, model);
}

static const char *const without[N] = { "virtio/3,rtl8139/4", "e1000/2,rtl8139/4",
	"e1000/2,virtio/3" };

static void check_the_one_that_was_meant_goes(enum told how, int i)
{
	_cleanup_free_ char *uuid = vif_of(VM_A, models[i]);
	_cleanup_free_ char *other = vif_of(VM_A, models[(i + 1) % N]);

	(void)how;
	next_command();
	OK(vif_destroy(S, uuid, &E));
	expect_cards(VM_A, HV_XML_INACTIVE, without[i]);
	next_command();
	_cleanup_loaded_ struct vm_loaded *l = NULL;

	OK(vm_load(S, VM_A, VM_LOAD_ACT, &l, &E));
	cr_expect_eq(l->n_vifs, N - 1);
	expect_vif(other, models[(i + 1) % N]);
}

Test(cards, the_one_that_was_meant_goes)
{
	each(check_the_one_that_was_meant_goes, WAYS);
}

static void check_the_one_that_was_meant_is_unplugged(enum told how, int i)
{
	_cleanup_free_ char *uuid = vif_of(VM_A, models[i]);
	_cleanup_free_ char *other = vif_of(VM_A, models[(i + 1) % N]);
	_cleanup_free_ char *again = xasprintf("%s,%s/%d", without[i], models[i], 2 + i);

	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	next_command();
	OK(vif_unplug(S, uuid, &E));
	expect_cards(VM_A, HV_XML_LIVE, without[i]);
	expect_cards(VM_A, HV_XML_INACTIVE, "e1000/2,virtio/3,rtl8139/4");
	next_command();
	if (how == BY_ORDER) /* the XML does not show which of them the running domain has lost */
		return;
	FAILS(DEVICE_ALREADY_DETACHED, vif_unplug(S, uuid, &E));
	next_command();
	OK(vif_plug(S, uuid, &E));
	expect_cards(VM_A, HV_XML_LIVE, again);
	next_command();
	FAILS(DEVICE_ALREADY_ATTACHED, vif_plug(S, other, &E));
}

Test(cards, the_one_that_was_meant_is_unplugged)
{
	each(check_the_one_that_was_meant_is_unplugged, WAYS);
}

static void check_somebody_takes_one_out(enum told how, int i)
{
	_cleanup_free_ char *xml = domain_with(how, 7U & ~(1U << i));
	_cleanup_free_ char *gone = vif_of(VM_A, models[i]);
	_cleanup_free_ char *stays = vif_of(VM_A, models[(i + 1) % N]);
	_cleanup_loaded_ struct vm_loaded *l = NULL;

	hv_mock_set_xml(mock, VM_A, HV_XML_INACTIVE, xml);
	next_command();
	OK(vm_load(S, VM_A, VM_LOAD_ACT, &l, &E));
	cr_expect_eq(l->n_vifs, N - 1);
	_cleanup_(vif_free_cleanup) struct vif *none = find(&vif_class, gone);

	cr_expect_null(none);
	expect_vif(stays, models[(i + 1) % N]);
}

Test(cards, somebody_takes_one_out)
{
	each(check_somebody_takes_one_out, BY_ORDER);
}

/* All three, unchanged, with one address of the clone's own. */
static void check_a_clone_has_them_all(enum told how, int i)
{
	const struct vm_clone_args args = { .name_label = "two" };
	_cleanup_free_ char *clone = NULL, *again = NULL;

	(void)how;
	OK(vm_clone(S, VM_A, &args, &clone, &E));
	expect_cards(clone, HV_XML_INACTIVE, "e1000/2,virtio/3,rtl8139/4");
	cr_expect_null(strstr(hv_mock_xml(mock, clone, HV_XML_INACTIVE), MAC));
	_cleanup_free_ char *uuid = vif_of(clone, models[i]);

	next_command();
	OK(vm_clone(S, clone, &args, &again, &E));
	next_command();
	OK(vif_destroy(S, uuid, &E));
	expect_cards(clone, HV_XML_INACTIVE, without[i]);
	expect_cards(again, HV_XML_INACTIVE, "e1000/2,virtio/3,rtl8139/4");
}

Test(cards, a_clone_has_them_all)
{
	each(check_a_clone_has_them_all, WAYS);
}

static void check_a_revert_keeps_their_uuids(enum told how, int i)
{
	const struct vm_snapshot_args args = { .name_label = "s" };
	_cleanup_free_ char *snapshot = NULL, *uuid = vif_of(VM_A, models[i]);
	_cleanup_free_ char *other = vif_of(VM_A, models[(i + 1) % N]);

	OK(vm_snapshot(S, VM_A, &args, &snapshot, &E));
	next_command();
	OK(vif_destroy(S, uuid, &E));
	next_command();
	OK(snapshot_revert(S, snapshot, &E));
	expect_cards(VM_A, HV_XML_INACTIVE, "e1000/2,virtio/3,rtl8139/4");
	if (how != BY_ORDER)
		expect_vif(other, models[(i + 1) % N]);
	_cleanup_records_ struct records vifs = all_of(&vif_class);

	cr_expect_eq(vifs.n, 2 * N, "%zu with the snapshot's", vifs.n);
}

Test(cards, a_revert_keeps_their_uuids)
{
	each(check_a_revert_keeps_their_uuids, WAYS);
}

/* Sets a field of the VM: the rest of the definition is unchanged. */
static void check_a_setting_leaves_them_alone(enum told how, int i)
{
	const struct filter pair = { "name-description", "other" };
	_cleanup_free_ char *card = card_xml(i, how);

	for (char *c = card; *c; c++)
		if (*c == '\'')
			*c = '"';
	next_command();
	OK(param_set(S, view_by_prefix("vm"), VM_A, &pair, 1, &E));
	const char *xml = hv_mock_xml(mock, VM_A, HV_XML_INACTIVE);

	cr_expect_not_null(strstr(xml, card), "%s\n%s", card, xml);
}

Test(cards, a_setting_leaves_them_alone)
{
	each(check_a_setting_leaves_them_alone, WAYS);
}

/* ---- what else a setting leaves alone --------------------------------------------------------- */

#define ODD_CARD                                                                                   \
	"<interface type=\"user\"><mac address=\"52:54:00:AA:00:01\" type=\"static\"/>"            \
	"<driver name=\"qemu\" queues=\"4\"><host csum=\"off\"/></driver>"                         \
	"<model type=\"virtio\"/><teaming type=\"persistent\"/><alias name=\"ua-net\"/>"           \
	"</interface>"
#define ODD_TPM                                                                                    \
	"<tpm model=\"tpm-tis\"><backend type=\"passthrough\">"                                    \
	"<device path=\"/dev/tpm0\"/></backend></tpm>"

/* Settings that vxe has rows or fields for, in spellings of other programs. */
static const char *const odd[] = {
	"<memory unit=\"MB\" dumpCore=\"off\">512</memory>",
	"<currentMemory unit=\"MB\">256</currentMemory>",
	"<vcpu placement=\"static\" cpuset=\"0-1\" current=\"2\">8</vcpu>",
	"<topology sockets=\"1\" dies=\"2\" modules=\"2\" cores=\"2\" threads=\"1\"/>",
	"<boot dev=\"network\"/><boot dev=\"hd\"/><boot dev=\"hd\"/>",
	"<apic eoi=\"on\"/>",
	"<hyperv mode=\"passthrough\"/>",
	"<on_poweroff>preserve</on_poweroff>",
	"<on_reboot>rename-restart</on_reboot>",
	"<on_crash>coredump-destroy</on_crash>",
	ODD_CARD,
	ODD_TPM,
};

static char *odd_xml(void)
{
	return xasprintf("<domain type=\"qemu\"><name>web</name><uuid>" VM_A "</uuid>%s%s%s"
			 "<cpu mode=\"host-model\">%s</cpu><os><type arch=\"x86_64\" "
			 "machine=\"q35\">hvm</type>%s</os><features><acpi/>%s%s</features>%s%s%s"
			 "<devices><disk type=\"file\" device=\"disk\" snapshot=\"no\">"
			 "<driver name=\"qemu\" type=\"qcow2\" iothread=\"1\"/>"
			 "<source file=\"%s/a.qcow2\" startupPolicy=\"optional\"/>"
			 "<target dev=\"sda\" bus=\"scsi\" rotation_rate=\"7200\"/></disk>%s%s"
			 "</devices></domain>",
		odd[0], odd[1], odd[2], odd[3], odd[4], odd[5], odd[6], odd[7], odd[8], odd[9], dir,
		odd[10], odd[11]);
}

static void set_field(const char *field, const char *value)
{
	const struct filter pair = { field, value };

	next_command();
	OK(param_set(S, view_by_prefix("vm"), VM_A, &pair, 1, &E));
}

Test(cards, a_setting_changes_its_own_place)
{
	static const char *const fields[] = { "name-description", "name-label", "other-config:x" };

	host_start_mem();
	make_image("a.qcow2", NULL, NULL);
	char *before = odd_xml();

	hv_mock_add(mock, before, HV_SHUTOFF);
	OK(adopt_domains(S, &E));
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		set_field(fields[i], "other");
		for (size_t k = 0; k < ARRAY_LEN(odd); k++)
			cr_expect_not_null(strstr(hv_mock_xml(mock, VM_A, HV_XML_INACTIVE), odd[k]),
				"%s: %s\n%s", fields[i], odd[k],
				hv_mock_xml(mock, VM_A, HV_XML_INACTIVE));
	}
	/* Changes a member of the definition itself: the other members stay. */
	set_field("actions-after-crash", "restart");
	for (size_t k = 0; k < ARRAY_LEN(odd); k++)
		cr_expect_eq(strstr(hv_mock_xml(mock, VM_A, HV_XML_INACTIVE), odd[k]) == NULL,
			k == 9, "%s", odd[k]);
	free(before);
	host_stop();
}

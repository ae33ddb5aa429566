/* SPDX-License-Identifier: MIT */
/* As `vxe`: beginnings of UUIDs, and names of snapshots and templates, where a UUID is taken. */
#include "xe/words/object_names.h"

#include <string.h>

#include "objects/base/uuid.h"
#include "tests/unit/example_world.h"
#include "tests/unit/leak.h"
#include "tests/unit/program_run.h"

static struct example_world world;

static int run(struct io_buffer *b, bool as_xe, const char *line)
{
	return run_line(b, (struct program){ .as_xe = as_xe, .session = world.s }, line);
}

static void make_world(void)
{
	_cleanup_strv_ struct strv words = { 0 };

	strv_add(&words, "disk");
	example_world_open(&world, &words, NULL);
	_cleanup_io_buffer_ struct io_buffer b = { 0 };

	cr_assert_eq(
		run(&b, false,
			"message-create name=hello priority=3 body=b vm-uuid=" EXAMPLE_UUID(02)),
		0);
}

static void free_world(void)
{
	example_world_close(&world);
	no_leaks();
}

TestSuite(named, .init = make_world, .fini = free_world);

Test(named, eight_digits_begin_a_uuid)
{
	static const struct {
		const char *text;
		bool begins;
	} cases[] = { { "0123456", false }, { "01234567", true }, { "01234567-", true },
		{ "0123456789", false }, { "01234567-89aB", true }, { "01234567-89aB-", true },
		{ "0123456g", false }, { "0123-456", false }, { "", false }, { NULL, false },
		{ "01234567-0000-4000-8000-00000000000", true },
		{ "01234567-0000-4000-8000-000000000000", false },
		{ "01234567-0000-4000-8000-0000000000000", false } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		cr_expect_eq(uuid_is_beginning(cases[i].text), cases[i].begins, "%s",
			cases[i].text ? cases[i].text : "NULL");
}

/* A line, and its output; or the status and a piece of the message. */
static const struct {
	const char *line, *out;
	int status;
	const char *error;
} cases[] = {
	{ "vm-param-get uuid=00000002 param-name=name-label", "web\n", 0, "" },
	{ "vm-list uuid=00000002- --minimal", EXAMPLE_UUID(02) "\n", 0, "" },
	{ "snapshot-list snapshot-of=00000002 --minimal", EXAMPLE_UUID(05) "\n", 0, "" },
	{ "vm-list uuid=0000000f", "", EXIT_NOT_FOUND,
		"None of the virtual machines has the name or the UUID '0000000f'." },
	{ "vm-start vm=0000000f", "", EXIT_NOT_FOUND, "No matching VMs found" },
	{ "vdi-param-get uuid=00000030-0000 param-name=name-label", "disk0\n", 0, "" },
	{ "vbd-list vdi-uuid=00000030 --minimal", EXAMPLE_UUID(21) "\n", 0, "" },
	{ "snapshot-param-get uuid=s1 param-name=uuid", EXAMPLE_UUID(05) "\n", 0, "" },
	{ "snapshot-param-get uuid=00000005 param-name=name-label", "s1\n", 0, "" },
	{ "snapshot-param-get uuid=S1 param-name=uuid", "", EXIT_NOT_FOUND,
		"None of the snapshots has the name or the UUID 'S1'; the nearest name is 's1'." },
	{ "template-param-get uuid=base param-name=uuid", EXAMPLE_UUID(04) "\n", 0, "" },
	{ "template-param-get uuid=s1 param-name=uuid", "", EXIT_NOT_FOUND,
		"None of the templates" },
	{ "vm-param-get uuid=web param-name=uuid", EXAMPLE_UUID(02) "\n", 0, "" },
	{ "vm-param-get vm=web param-name=uuid", EXAMPLE_UUID(02) "\n", 0, "" },
	{ "vm-param-get vm=web uuid=web param-name=name-label", "web\n", 0, "" },
	{ "vm-param-get vm=web uuid=" EXAMPLE_UUID(03) " param-name=name-label", "", EXIT_USAGE,
		"name different virtual machines" },
	{ "vm-param-get vm=wep param-name=uuid", "", EXIT_NOT_FOUND,
		"None of the virtual machines has the name or the UUID 'wep'; the nearest name is 'web'." },
	{ "vm-param-get vm=s1 param-name=uuid", "", EXIT_NOT_FOUND,
		"None of the virtual machines" },
	{ "vm-param-get sr=web param-name=uuid", "", EXIT_USAGE, "does not know 'sr'" },
	{ "snapshot-list vm=web --minimal", EXAMPLE_UUID(05) "\n", 0, "" },
	{ "snapshot-list vm=db --minimal", "\n", 0, "" },
	{ "snapshot-list vm=nobody --minimal", "", EXIT_NOT_FOUND, "None of the virtual machines" },
	{ "snapshot-list snapshot-of=/=web --minimal", "\n", 0, "" },
	{ "vm-list parent=s1 --minimal", "\n", 0, "" },
	{ "vm-list vm=web params=name-label --minimal", "web\n", 0, "" },
	{ "vbd-list vm=web --minimal", EXAMPLE_UUID(21) "\n", 0, "" },
	{ "vbd-list vdi=disk0 --minimal", EXAMPLE_UUID(21) "\n", 0, "" },
	{ "vdi-param-get vdi=disk0 param-name=uuid", EXAMPLE_UUID(30) "\n", 0, "" },
	{ "vm-param-set uuid=web name-description=d", "", 0, "" },
	{ "snapshot-revert vm=db snapshot=s1", "", EXIT_NOT_FOUND, "of that VM" },
	{ "snapshot-revert vm=db snapshot=" EXAMPLE_UUID(05), "", EXIT_NOT_FOUND, "of that VM" },
	{ "snapshot-revert vm=nobody snapshot=s1", "", EXIT_NOT_FOUND, "No matching VMs" },
	{ "snapshot-destroy vm=00000002 snapshot=s1 --dry-run", "", 0, "" },
	{ "snapshot-list from=s1 --minimal", "\n", 0, "" },
	{ "message-list obj-uuid=00000002 params=name --minimal", "hello\n", 0, "" },
	{ "message-list obj-uuid=0000000a params=name --minimal", "", EXIT_NOT_FOUND,
		"In none of the messages does obj-uuid begin with '0000000a'." },
	{ "vdi-merge uuid=00000030 base=0000000f", "", EXIT_NOT_FOUND,
		"None of the virtual disk images has a UUID that begins with '0000000f'." },
	{ "vdi-merge uuid=00000030 top=" EXAMPLE_UUID(30) " base=00000030", "", EXIT_REFUSED,
		"the base must lie below" },
	{ "vm-import filename=f metadata=true vdi:x=0000000f", "", EXIT_NOT_FOUND,
		"None of the virtual disk images has a UUID that begins with '0000000f'." },
};

Test(named, texts_become_uuids)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_io_buffer_ struct io_buffer b = { 0 };

		cr_expect_eq(run(&b, false, cases[i].line), cases[i].status, "%s: %s",
			cases[i].line, str_text(&b.error));
		cr_expect(strstr(str_text(&b.error), cases[i].error), "%s: %s", cases[i].line,
			str_text(&b.error));
		if (*cases[i].out)
			cr_expect_str_eq(str_text(&b.out), cases[i].out, "%s", cases[i].line);
	}
}

/* The digits of web, as the name of db. */
Test(named, nothing_is_guessed)
{
	static const char *const lines[] = { "vm-uninstall vm=00000002 --force",
		"vm-uninstall vm=00000002 --force --multiple", "vm-list uuid=00000002" };

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		_cleanup_io_buffer_ struct io_buffer b = { 0 }, renamed = { 0 };

		cr_assert_eq(run(&renamed, false,
				     "vm-param-set uuid=" EXAMPLE_UUID(03) " name-label=00000002"),
			0);
		cr_expect_eq(run(&b, false, lines[i]), EXIT_AMBIGUOUS, "%s", lines[i]);
		cr_expect_str_eq(str_text(&b.out), "");
		cr_expect_str_eq(str_text(&b.error),
			"Error: '00000002' can mean each of 2 objects; name one by its whole UUID. "
			"Nothing was done.\n" EXAMPLE_UUID(02) "  VM 'web', halted\n" EXAMPLE_UUID(
				03) "  VM '00000002', running\n");
	}
}

Test(named, digits_of_a_record_are_sure_only_after_libvirt_was_asked)
{
	static const struct {
		const char *line;
		unsigned asked;
	} lines[] = { { "vm-param-get uuid=00000002 param-name=name-label", 0 },
		{ "snapshot-list snapshot-of=00000002 --minimal", 0 },
		{ "vm-param-get uuid=0000000f param-name=name-label", 1 },
		{ "vm-param-set uuid=00000002 name-description=d", 1 },
		{ "vm-start vm=00000002 --dry-run", 1 } };

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		_cleanup_io_buffer_ struct io_buffer b = { 0 };
		unsigned before = hv_mock_calls(world.mock, "begun");

		(void)run(&b, false, lines[i].line);
		cr_expect_eq(hv_mock_calls(world.mock, "begun"), before + lines[i].asked, "%s",
			lines[i].line);
	}
}

Test(named, as_xe_a_uuid_is_whole)
{
	static const char *const lines[] = { "snapshot-param-get uuid=s1 param-name=uuid",
		"snapshot-param-get uuid=00000005 param-name=uuid", "vm-start vm=00000002",
		"snapshot-revert snapshot=s1" };

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		_cleanup_io_buffer_ struct io_buffer b = { 0 };

		cr_expect_eq(run(&b, true, lines[i]), 1, "%s", lines[i]);
		cr_expect_str_eq(str_text(&b.out), "");
	}
}

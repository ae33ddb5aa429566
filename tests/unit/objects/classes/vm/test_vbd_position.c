/* SPDX-License-Identifier: MIT */
/* Positions of disks, as xe's device numbers. */
#include "tests/unit/harness.h"

#include "objects/classes/vm/vbd.h"

static const struct {
	const char *text;
	int number;
} positions[] = { { "0", 0 }, { "255", 255 }, { "007", 7 }, { "xvda", 0 }, { "xvdz", 25 },
	{ "xvdaa", 26 }, { "xvdb1", 1 }, { "vdc", 2 }, { "sdd", 3 }, { "hdc", 2 }, { "hda2", 0 },
	{ "fdb", 1 }, { "d0", 0 }, { "d12p3", 12 }, { "xvdiv", 255 }, { "", -1 }, { "256", -1 },
	{ "0000", -1 }, { "-1", -1 }, { "1 ", -1 }, { "0x1", -1 }, { "xvd", -1 }, { "xvd1", -1 },
	{ "xvdA", -1 }, { "xvdiw", -1 }, { "xvdzzzzzzzzzzz", -1 }, { "xvda1b", -1 }, { "d", -1 },
	{ "d1p", -1 }, { "d1x", -1 }, { "dp1", -1 }, { "autodetect", -1 }, { "../0", -1 } };

Test(vbd_position, of_each_text)
{
	for (size_t i = 0; i < ARRAY_LEN(positions); i++)
		cr_expect_eq(vbd_position(positions[i].text), positions[i].number, "%s: %d",
			positions[i].text, vbd_position(positions[i].text));
}

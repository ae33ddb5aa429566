/* SPDX-License-Identifier: MIT */
/* The units run with the shortcuts that VXE_SHORTCUTS leaves on, as the program does. */
#include "tests/unit/shortcuts.h"

#include <stdlib.h>

#include "objects/base/shortcut.h"

__attribute__((constructor)) static void set_shortcuts(void)
{
	_cleanup_error_ struct vxe_error err = { 0 };

	if (shortcuts_set(getenv("VXE_SHORTCUTS"), &err) < 0)
		abort();
}

void all_shortcuts(void)
{
	_cleanup_error_ struct vxe_error err = { 0 };

	if (shortcuts_set(NULL, &err) < 0)
		abort();
}

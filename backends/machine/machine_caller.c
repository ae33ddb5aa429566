/* SPDX-License-Identifier: MIT */
#include "backends/machine/machine_caller.h"

#include <pwd.h>
#include <unistd.h>

#include "backends/machine/machine.h"

#define NO_LOGIN 4294967295 /* the kernel's number for processes that no login has started */

static char *user_name(int64_t uid)
{
	const struct passwd *known = getpwuid((uid_t)uid);

	return known ? xstrdup(known->pw_name) : xasprintf("%lld", (long long)uid);
}

void caller_read(const char *root, const char *sudo, struct caller *ret)
{
	int64_t login = machine_int(root, "/proc/self/loginuid", NO_LOGIN);

	*ret = (struct caller){ .uid = getuid(), .login = login == NO_LOGIN ? -1 : login };
	ret->user = user_name(ret->uid);
	ret->sudo = xstrdup(ret->uid == 0 && sudo ? sudo : "");
	ret->person = ret->login >= 0	  ? user_name(ret->login)
		: str_is_empty(ret->sudo) ? xstrdup(ret->user)
					  : xstrdup(ret->sudo);
}

void caller_clear(struct caller *c)
{
	free(c->user);
	free(c->sudo);
	free(c->person);
	free(c->address);
	*c = (struct caller){ 0 };
}

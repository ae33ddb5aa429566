/* SPDX-License-Identifier: MIT */
/* Where URIs lead, and what is shown of them. */
#include "objects/base/uri.h"

#include "tests/unit/leak.h"

TestSuite(uri, .fini = no_leaks);

Test(uri, passwords_are_not_shown)
{
	static const char *const names[][2] = {
		{ "/var/lib/vxe", "/var/lib/vxe" },
		{ "postgresql://u@h/db", "postgresql://u@h/db" },
		{ "postgres://u:secret@h/db", "postgres://u:***@h/db" },
		{ "postgresql://u:se/cr@et@h:1/db?x=1", "postgresql://u:***@h:1/db?x=1" },
		{ "postgresql://u:sec?ret@h/db", "postgresql://u:***@h/db" },
		{ "postgresql:///db?password=secret&host=/x",
			"postgresql:///db?password=***&host=/x" },
		{ "postgresql:///db?SSLPassword=secret", "postgresql:///db?SSLPassword=***" },
		{ "postgresql:///db?%70assword=secret", "postgresql:///db?%70assword=***" },
		{ "postgresql:///db?host=/x&password", "postgresql:///db?host=/x&password" },
		{ "host=db dbname=vxe password=secret", "host=db dbname=vxe password=***" },
		{ "PASSWORD = 'sec ret' host=db", "PASSWORD=***" },
		{ "host=db sslpassword=sec ret user=x", "host=db sslpassword=***" },
		{ "host=db user=x", "host=db user=x" },
		{ "/srv/password=x", "/srv/password=x" },
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		_cleanup_free_ char *shown = uri_shown(names[i][0]);

		cr_expect_str_eq(shown, names[i][1]);
	}
	cr_assert_null(uri_shown(NULL));
	cr_assert(!uri_is_database("/postgresql://x") && !uri_is_database(NULL));
}

/* SPDX-License-Identifier: MIT */
#include "xe/args/server.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <string.h>
#include <unistd.h>

#include "objects/base/str.h"

static bool is_own_name(const char *server)
{
	char host[256] = "";

	if (gethostname(host, sizeof(host) - 1) < 0 || !host[0])
		return false;
	if (str_eq(server, host))
		return true;
	host[strcspn(host, ".")] = '\0';
	return str_eq(server, host);
}

static bool has_address(const struct sockaddr *a, int family, const void *wanted)
{
	if (!a || a->sa_family != family)
		return false;
	if (family == AF_INET)
		return memcmp(&((const struct sockaddr_in *)(const void *)a)->sin_addr, wanted,
			       sizeof(struct in_addr)) == 0;
	return memcmp(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, wanted,
		       sizeof(struct in6_addr)) == 0;
}

static bool is_own_address(const char *server)
{
	struct in6_addr wanted; /* big enough for an IPv4 as well as an IPv6 address */
	int family = strchr(server, ':') ? AF_INET6 : AF_INET;
	struct ifaddrs *all;
	bool found = false;

	if (inet_pton(family, server, &wanted) != 1)
		return false;
	if (family == AF_INET && str_starts(server, "127."))
		return true;
	if (getifaddrs(&all) < 0)
		return false;
	for (const struct ifaddrs *a = all; a && !found; a = a->ifa_next)
		found = has_address(a->ifa_addr, family, &wanted);
	freeifaddrs(all);
	return found;
}

bool server_is_here(const char *server)
{
	static const char *const local[] = { "127.0.0.1", "localhost", "::1", "" };

	for (size_t i = 0; i < ARRAY_LEN(local); i++)
		if (str_eq(server, local[i]))
			return true;
	return is_own_name(server) || is_own_address(server);
}

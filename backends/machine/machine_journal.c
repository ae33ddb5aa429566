/* SPDX-License-Identifier: MIT */
#include "backends/machine/machine_journal.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define FACILITY 3 /* syslog's number for daemons */

static bool send_to(const char *path, const struct str *text)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const struct timeval patience = { .tv_sec = 1 };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(to.sun_path))
		return false;
	memcpy(to.sun_path, path, strlen(path));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
		return false;
	return sendto(fd, text->data, text->len, MSG_NOSIGNAL, (const struct sockaddr *)&to,
		       sizeof(to)) == (ssize_t)text->len;
}

bool journal_send(const char *socket, const struct journal_line *line)
{
	_cleanup_str_ struct str all = { 0 };

	str_addf(&all, "MESSAGE=%s\nPRIORITY=%d\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=vxe\n",
		line->text, (int)line->priority, FACILITY);
	for (size_t i = 0; i < line->fields.n; i++)
		str_addf(&all, "%s\n", line->fields.items[i]);
	return send_to(socket, &all);
}

bool syslog_send(const char *socket, const struct journal_line *line)
{
	_cleanup_str_ struct str all = { 0 };
	const time_t now = time(NULL);
	char when[32] = "";
	struct tm local;

	if (localtime_r(&now, &local))
		strftime(when, sizeof(when), "%b %e %H:%M:%S", &local);
	str_addf(&all, "<%d>%s vxe[%d]: %s", FACILITY * 8 + (int)line->priority, when,
		(int)getpid(), line->text);
	return send_to(socket, &all);
}

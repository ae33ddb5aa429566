/* SPDX-License-Identifier: MIT */
/*
 * Keeps images, or asks the keeper of a folder; keeper.h says what that means. Usage:
 *
 *	image_keeper FOLDER            serves until SIGTERM or SIGINT; prints a line when it is ready
 *	image_keeper FOLDER list       the names of all images
 *	image_keeper FOLDER look NAME  its facts: id=1 size=65536 ...
 *	image_keeper FOLDER create|remove|freeze|thaw NAME
 *	image_keeper FOLDER rename NAME TO
 *	image_keeper FOLDER size|room NAME BYTES
 *	image_keeper FOLDER free       bytes
 */
#include "tests/kind/keeper_images.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MODE 0600
#define ROOM (UINT64_C(1) << 30)

/* ---- asking ---------------------------------------------------------------------------------- */

static const struct word {
	const char *name;
	int words; /* that follow it */
	enum keeper_what what;
	uint32_t mode;
} words[] = {
	{ "list", 0, KEEPER_LIST, 0 },
	{ "free", 0, KEEPER_FREE, 0 },
	{ "look", 1, KEEPER_LOOK, 0 },
	{ "create", 1, KEEPER_CREATE, MODE },
	{ "remove", 1, KEEPER_REMOVE, 0 },
	{ "freeze", 1, KEEPER_MODE, MODE & ~KEEPER_WRITE_BITS },
	{ "thaw", 1, KEEPER_MODE, MODE },
	{ "rename", 2, KEEPER_RENAME, 0 },
	{ "size", 2, KEEPER_SIZE, 0 },
	{ "room", 2, KEEPER_ROOM, 0 },
};

static void show(const struct word *w, const struct keeper_answer *a, const char *text)
{
	const struct keeper_facts *f = &a->facts;

	if (w->what == KEEPER_LIST)
		fwrite(text, 1, a->n, stdout);
	if (w->what == KEEPER_FREE)
		printf("%ju\n", (uintmax_t)a->n);
	if (w->what == KEEPER_LOOK)
		printf("id=%ju size=%ju room=%ju allocated=%ju changed=%ju mode=%o users=%u\n",
			(uintmax_t)f->id, (uintmax_t)f->size, (uintmax_t)f->room,
			(uintmax_t)f->allocated, (uintmax_t)f->changed, f->mode, f->users);
}

static int ask(const char *folder, const struct word *w, char **args)
{
	static char text[1 << 20];
	struct keeper_question q = { .what = w->what, .mode = w->mode, .n = ROOM };
	struct keeper_answer a;
	int fd = keeper_connect(folder);

	q.at = w->words > 0 && strstr(args[0], ".raw") != NULL;
	if (w->words > 0)
		snprintf(q.name, sizeof(q.name), "%s", args[0]);
	if (w->what == KEEPER_RENAME)
		snprintf(q.to, sizeof(q.to), "%s", args[1]);
	else if (w->words > 1)
		q.n = strtoull(args[1], NULL, 10);
	if (fd < 0 || keeper_ask(fd, &q, &a, text, sizeof(text)) < 0) {
		perror(w->words > 0 ? args[0] : folder);
		return 1;
	}
	show(w, &a, text);
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2)
		keeper_serve(argv[1]);
	for (size_t i = 0; argc > 2 && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(argv[2], words[i].name) == 0 && argc == 3 + words[i].words)
			return ask(argv[1], &words[i], argv + 3);
	fprintf(stderr, "usage: image_keeper FOLDER [WORD [NAME [TO|BYTES]]]\n");
	return 2;
}

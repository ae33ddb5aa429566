/* SPDX-License-Identifier: MIT */
#include "xe/words/similar_word.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define MOST_NAMES 3
#define LONGEST 64 /* so many bytes at the beginning of a word are compared */

void nearest_clear(struct nearest *n)
{
	strv_clear(&n->names);
	*n = (struct nearest){ 0 };
}

static char plain(char c)
{
	return c == '_' ? '-' : (char)tolower((unsigned char)c);
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

size_t word_distance(const char *a, const char *b)
{
	size_t na = strnlen(a, LONGEST), nb = strnlen(b, LONGEST);
	size_t rows[3][LONGEST + 1];

	for (size_t j = 0; j <= nb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t *now = rows[i % 3], *before = rows[(i + 2) % 3],
		       *earlier = rows[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			bool same = plain(a[i - 1]) == plain(b[j - 1]);
			bool swapped = i > 1 && j > 1 && plain(a[i - 1]) == plain(b[j - 2]) &&
				plain(a[i - 2]) == plain(b[j - 1]);

			now[j] = least(before[j] + 1, now[j - 1] + 1, before[j - 1] + !same);
			if (swapped && earlier[j - 2] + 1 < now[j])
				now[j] = earlier[j - 2] + 1;
		}
	}
	return rows[na % 3][nb];
}

void nearest_try(struct nearest *n, const char *name)
{
	size_t distance = word_distance(n->word, name), len = strnlen(n->word, LONGEST);

	if (distance > 1 && len > 1 && strncasecmp(n->word, name, len) == 0)
		distance = 1; /* a name that begins with the typed word counts as near */
	if (n->names.n && distance > n->distance)
		return;
	if (distance < n->distance)
		strv_clear(&n->names);
	n->distance = distance;
	if (!strv_has(&n->names, name))
		strv_add(&n->names, name);
}

bool nearest_is_near(const struct nearest *n)
{
	return n->names.n && n->distance <= (strnlen(n->word, LONGEST) + 5) / 6;
}

char *nearest_text(const struct nearest *n)
{
	struct str text = { 0 };

	for (size_t i = 0; i < n->names.n && i < MOST_NAMES; i++)
		str_addf(&text, "%s'%s'", i ? " or " : "", n->names.items[i]);
	return str_steal(&text);
}

/* SPDX-License-Identifier: MIT */
/* Writes objects, each by one statement. The server makes the values of the columns from the document. */
#include "store/postgresql/pg_store.h"

#include <json-c/json_object.h>
#include <string.h>

#include "store/doc.h"

/* True for the escape of NUL at @p, which begins with a backslash. */
static bool is_nul_escape(const char *p)
{
	return strncmp(p, "\\u0000", strlen("\\u0000")) == 0;
}

bool pg_can_keep(const char *text)
{
	uint32_t code;

	for (size_t len; *text; text += len) {
		len = utf8_character(text, &code);
		if (!len)
			return false;
		if (*text != '\\')
			continue;
		if (is_nul_escape(text))
			return false;
		len += text[1] != '\0'; /* the character that the backslash escapes */
	}
	return true;
}

/*
 * Changes the row of a known object: to insert one that is there computes all columns twice. Returns 1 if there is none,
 * or it has this document.
 */
static int update_row(
	struct pg_txn *t, const char *cls, const char *const values[4], struct vxe_error *err)
{
	_cleanup_free_ char *sql = xasprintf(
		"UPDATE vxe.\"%s\" SET _generation = $2, _sum = $3, _document = $4::json WHERE uuid = $1"
		" AND _document::text <> $4::json::text",
		cls);
	_cleanup_result_ PGresult *result = NULL;

	return pg_txn_ask(t, sql, 4, values, &result, err) < 0 ? -1
							       : str_eq(PQcmdTuples(result), "0");
}

static char *insert_sql(const struct pg_txn *t, const char *cls)
{
	_cleanup_free_ char *key = txn_class(&t->base, cls)->unique
		? xasprintf(
			  ", key AS (INSERT INTO vxe.keys VALUES($1, '%s') ON CONFLICT DO NOTHING)",
			  cls)
		: xstrdup("");

	return xasprintf(
		"WITH gone AS (DELETE FROM vxe.tombstones WHERE class = '%s' AND uuid = $1)%s"
		" INSERT INTO vxe.\"%s\"(uuid, _generation, _sum, _document) VALUES($1, $2, $3, $4)"
		" ON CONFLICT (uuid) DO UPDATE SET _generation = $2, _sum = $3, _document = $4"
		" WHERE \"%s\"._document::text <> excluded._document::text",
		cls, key, cls, cls);
}

/* Returns 1 if the row was there, with this document. */
static int insert_row(
	struct pg_txn *t, const char *cls, const char *const values[4], struct vxe_error *err)
{
	_cleanup_free_ char *sql = insert_sql(t, cls);
	_cleanup_result_ PGresult *result = NULL;

	return pg_txn_ask(t, sql, 4, values, &result, err) < 0 ? -1
							       : str_eq(PQcmdTuples(result), "0");
}

/* Writes a row of which the server has to say what it was. */
static int put_unknown(struct pg_txn *t, const char *cls, const char *const values[4], bool known,
	struct vxe_error *err)
{
	int rc = known ? update_row(t, cls, values, err) : 1;

	return rc > 0 ? insert_row(t, cls, values, err) : rc;
}

int pg_put(struct txn *base, const char *cls, const char *uuid, struct json_object *doc, bool known,
	struct vxe_error *err)
{
	struct pg_txn *t = (struct pg_txn *)base;
	struct doc_row row = { cls, uuid, doc_text(doc), base->generation + 1, 0 };
	_cleanup_free_ char *was = pg_known_row(t, cls, uuid), *sql = NULL;
	_cleanup_free_ char *generation = xasprintf("%lld", (long long)row.generation);

	row.sum = doc_sum(&row);
	_cleanup_free_ char *sum = xasprintf("%lld", (long long)row.sum);
	const char *const values[] = { uuid, generation, sum, row.text };

	if (!pg_can_keep(row.text) || !pg_can_keep(uuid)) {
		_cleanup_free_ char *field = xasprintf("%s %s", cls, uuid);

		return vxe_fail(err, INVALID_VALUE, field,
			"a text in it has a NUL or is no UTF-8; PostgreSQL keeps neither");
	}
	if (str_eq(was, row.text))
		return 1;
	pg_answers_touch(&((struct pg_store *)base->store)->answers, cls, uuid);
	int rc = 0;

	if (was) {
		/* also of a row that is there: somebody may have removed it by hand, and nobody looks at the answer */
		sql = insert_sql(t, cls);
		rc = pg_txn_post(t, sql, 4, values, err);
	} else
		rc = put_unknown(t, cls, values, known, err);
	if (rc == 0) {
		base->dirty = true;
		pg_row_written(t, cls, uuid, &row);
	}
	return rc;
}

int pg_del(struct txn *base, const char *cls, const char *uuid, struct vxe_error *err)
{
	struct pg_txn *t = (struct pg_txn *)base;
	_cleanup_free_ char *was = pg_known_row(t, cls, uuid);
	_cleanup_free_ char *generation = xasprintf("%lld", (long long)base->generation + 1);
	_cleanup_free_ char *sql = xasprintf(
		"WITH gone AS (DELETE FROM vxe.\"%s\" WHERE uuid = $1 RETURNING uuid),"
		" key AS (DELETE FROM vxe.keys WHERE uuid = $1 AND class = '%s')"
		" INSERT INTO vxe.tombstones(class, uuid, generation) SELECT '%s', uuid, $2::bigint FROM gone"
		" ON CONFLICT (class, uuid) DO UPDATE SET generation = excluded.generation",
		cls, cls, cls);
	const char *const values[] = { uuid, generation };
	_cleanup_result_ PGresult *result = NULL;

	if (!pg_can_keep(uuid))
		return 0;
	pg_answers_touch(&((struct pg_store *)base->store)->answers, cls, uuid);
	bool is_there = !str_is_empty(was);
	int rc = is_there ? pg_txn_post(t, sql, 2, values, err)
			  : pg_txn_ask(t, sql, 2, values, &result, err);

	if (rc < 0)
		return -1;
	base->dirty = base->dirty || is_there || !str_eq(PQcmdTuples(result), "0");
	if (is_there) /* else another class may have the UUID */
		pg_row_written(t, cls, uuid, NULL);
	return 0;
}

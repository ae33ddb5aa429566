/* SPDX-License-Identifier: MIT */
/* pg_once URI SQL: connects to a database and asks once, as the least that a program of libpq can do. */
#include <libpq-fe.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	PGconn *pg = PQconnectdb(argv[1]);
	PGresult *result = PQexec(pg, argv[2]);

	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		fputs(PQerrorMessage(pg), stderr);
	int rc = PQntuples(result) > 0 ? 0 : 1;

	PQclear(result);
	PQfinish(pg);
	return rc;
}

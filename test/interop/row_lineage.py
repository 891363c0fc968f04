#!/usr/bin/env python3
"""Row lineage of Iceberg v3 as duckdb-iceberg reads it: rows that UPDATE and MERGE write anew keep their _row_id, and
what changed has the snapshot's sequence number. Run by the venv `readers`.

Usage: row_lineage.py --listen HOST:PORT --password P
"""
import argparse
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from random_scripts import iceberg_connection  # noqa: E402
from wire import Connection  # noqa: E402


def lineage(connection, table):
    """id → (_row_id, _last_updated_sequence_number)"""
    answer = connection.execute(f"SELECT SYSTEM$GET_ICEBERG_TABLE_INFORMATION('{table}')")
    location = json.loads(answer.rows[0][0])["metadataLocation"]
    reader = iceberg_connection()
    rows = reader.execute("SELECT id, _row_id, _last_updated_sequence_number FROM iceberg_scan(?)",
                          [location.removeprefix("file://")]).fetchall()
    return {row[0]: row[1:] for row in rows}


def check(what, condition):
    if not condition:
        sys.exit(f"row_lineage: {what}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", required=True)
    parser.add_argument("--password", required=True)
    arguments = parser.parse_args()
    connection = Connection(arguments.listen, "ADMIN", arguments.password)
    connection.execute("CREATE OR REPLACE DATABASE t_row_lineage")
    connection.execute("CREATE TABLE t (id INT, v VARCHAR)")
    connection.execute("INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')")
    first = lineage(connection, "t")
    check(f"an insert has ids in a row, not {first}", sorted(row[0] for row in first.values()) == [0, 1, 2])

    connection.execute("UPDATE t SET v = 'x' WHERE id = 2")
    second = lineage(connection, "t")
    check(f"UPDATE keeps ids: {first} and {second}", all(second[k][0] == first[k][0] for k in first))
    check("UPDATE gives the changed row a new sequence number", second[2][1] > first[2][1])
    check("UPDATE leaves other rows as they were", second[1] == first[1] and second[3] == first[3])

    connection.execute("MERGE INTO t USING (SELECT 3 AS id UNION ALL SELECT 4) s ON t.id = s.id "
                       "WHEN MATCHED THEN UPDATE SET v = 'y' WHEN NOT MATCHED THEN INSERT VALUES (s.id, 'z')")
    third = lineage(connection, "t")
    check(f"MERGE keeps ids: {second} and {third}", all(third[k][0] == second[k][0] for k in second))
    check("MERGE gives a new row an id of its own", third[4][0] not in {row[0] for row in second.values()})

    connection.execute("BEGIN")
    connection.execute("INSERT INTO t VALUES (5, 'e')")
    connection.execute("UPDATE t SET v = v || '!'")
    connection.execute("COMMIT")
    fourth = lineage(connection, "t")
    check(f"UPDATE in a transaction keeps ids: {third} and {fourth}", all(fourth[k][0] == third[k][0] for k in third))
    check("every row has an id of its own", len({row[0] for row in fourth.values()}) == 5)
    connection.execute("DROP DATABASE t_row_lineage")
    print("row lineage: ids are kept")


if __name__ == "__main__":
    main()

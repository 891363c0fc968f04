#!/usr/bin/env python3
"""Dynamic tables that are refreshed by changes: after each random batch of DML and a refresh the table holds what its
query gives.

Usage: dynamic_tables.py --listen HOST:PORT --password P [--rounds N] [--seed N]
"""
import argparse
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from wire import Connection  # noqa: E402

TABLES = {
    "filtered": "SELECT id, v * 2 AS doubled, name FROM a WHERE v > 3 OR v IS NULL",
    "everything": "SELECT * FROM a",
    "values_alone": "SELECT name FROM a",
    "joined": "SELECT a.id, a.name, b.amount FROM a JOIN b ON a.id = b.a_id WHERE b.amount <> 0",
    "self_joined": "SELECT x.id AS left_id, y.id AS right_id FROM a x JOIN a y ON x.name = y.name AND x.id < y.id",
    "crossed": "SELECT a.name, c.label FROM a, c WHERE a.v = c.v",
    "three": "SELECT a.name, c.label, b.amount FROM a JOIN b ON a.id = b.a_id JOIN c ON a.v = c.v",
    "grouped": "SELECT name, count(*) AS n, sum(v) AS total, avg(v) AS mean FROM a GROUP BY name",
    "by_position": "SELECT upper(name) AS big, count(v) AS n FROM a WHERE v >= 0 GROUP BY 1",
    "grouped_join": "SELECT a.name, sum(b.amount) AS amount FROM a JOIN b ON a.id = b.a_id GROUP BY a.name "
                    "HAVING count(*) > 1",
    "group_all": "SELECT name, v, count(*) AS n FROM a GROUP BY ALL",
}
FULL = {
    "least": ("SELECT name, min(v) AS low FROM a GROUP BY name", "MIN"),
    "distinct_rows": ("SELECT DISTINCT name FROM a", "DISTINCT"),
    "outer_join": ("SELECT a.id, b.amount FROM a LEFT JOIN b ON a.id = b.a_id", "outer join"),
    "ranked": ("SELECT id, row_number() OVER (ORDER BY id) AS r FROM a", "window"),
    "scalar": ("SELECT sum(v) AS s FROM a", "without GROUP BY"),
}


def check(what, condition):
    if not condition:
        sys.exit(f"dynamic_tables: {what}")


def rows(connection, sql):
    return [list(row) for row in connection.execute(sql).rows]


def some_change(rng):
    table = rng.choice("aaabbc")
    kind = rng.randrange(6)
    value = rng.choice(["NULL", str(rng.randrange(-2, 9))])
    name = rng.choice(["NULL", "'x'", "'y'", "'z'", "'w'"])
    key = rng.randrange(40)
    if table == "a":
        return [f"INSERT INTO a SELECT {key} + seq4(), {value}, {name} FROM TABLE(GENERATOR(ROWCOUNT => 3))",
                f"INSERT INTO a VALUES ({key}, {value}, {name})",
                f"UPDATE a SET v = {value} WHERE id % 5 = {key % 5}",
                f"DELETE FROM a WHERE id % 7 = {key % 7}",
                f"UPDATE a SET name = {name}, id = id + 1 WHERE id = {key}",
                f"MERGE INTO a USING (SELECT {key} AS k) s ON a.id = s.k WHEN MATCHED THEN DELETE "
                f"WHEN NOT MATCHED THEN INSERT VALUES (s.k, {value}, {name})"][kind]
    if table == "b":
        return [f"INSERT INTO b VALUES ({key}, {value}), ({key + 1}, {rng.randrange(9)})",
                f"UPDATE b SET amount = {value} WHERE a_id % 3 = {key % 3}",
                f"DELETE FROM b WHERE a_id % 5 = {key % 5}",
                f"INSERT INTO b SELECT id, v FROM a WHERE id % 4 = {key % 4}",
                f"UPDATE b SET a_id = a_id + 1 WHERE a_id = {key}",
                "TRUNCATE TABLE b"][kind]
    return [f"INSERT INTO c VALUES ({value}, {name})", f"DELETE FROM c WHERE v = {value}",
            f"UPDATE c SET label = {name}", f"INSERT INTO c VALUES ({value}, {name})",
            "DELETE FROM c", f"INSERT INTO c SELECT DISTINCT v, name FROM a WHERE id < {key}"][kind]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    c = Connection(arguments.listen, "ADMIN", arguments.password)
    c.execute("CREATE OR REPLACE DATABASE t_dynamic")
    c.execute("CREATE TABLE a (id INT, v INT, name TEXT)")
    c.execute("CREATE TABLE b (a_id INT, amount NUMBER(10,2))")
    c.execute("CREATE TABLE c (v INT, label TEXT)")
    c.execute("INSERT INTO a VALUES (1, 4, 'x'), (2, 5, 'y'), (3, NULL, 'x'), (3, NULL, 'x'), (4, 1, NULL)")
    c.execute("INSERT INTO b VALUES (1, 10), (1, 2.5), (3, 7)")
    for name, query in TABLES.items():
        c.execute(f"CREATE DYNAMIC TABLE {name} TARGET_LAG = '1 day' WAREHOUSE = w AS {query}")
    for name, (query, _) in FULL.items():
        c.execute(f"CREATE DYNAMIC TABLE {name} TARGET_LAG = '1 day' WAREHOUSE = w AS {query}")
    c.execute("SHOW DYNAMIC TABLES")
    shown = {row[0]: (row[1], row[2]) for row in rows(
        c, 'SELECT "name", "refresh_mode", "refresh_mode_reason" FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))')}
    for name in TABLES:
        check(f"{name} is INCREMENTAL, not {shown[name.upper()]}", shown[name.upper()][0] == "INCREMENTAL")
    for name, (_, why) in FULL.items():
        mode, reason = shown[name.upper()]
        check(f"{name} is FULL for {why}, not {mode}: {reason}", mode == "FULL" and why in reason)
    rng = random.Random(arguments.seed)
    by_changes = 0
    for round_number in range(arguments.rounds):
        script = [some_change(rng) for _ in range(rng.randrange(1, 6))]
        for sql in script:
            c.execute(sql)
        for name, query in {**TABLES, **{k: v[0] for k, v in FULL.items()}}.items():
            said = rows(c, f"ALTER DYNAMIC TABLE {name} REFRESH")[0][0]
            by_changes += "inserted" in said
            wrong = rows(c, f"(SELECT *, count(*) FROM {name} GROUP BY ALL EXCEPT SELECT *, count(*) FROM ({query}) "
                            f"GROUP BY ALL) UNION ALL (SELECT *, count(*) FROM ({query}) GROUP BY ALL EXCEPT "
                            f"SELECT *, count(*) FROM {name} GROUP BY ALL)")
            check(f"round {round_number}, seed {arguments.seed}: {name} differs by {wrong} after {script} ({said})",
                  wrong == [])
    check("most refreshes went by changes", by_changes > arguments.rounds * len(TABLES) // 2)
    print(f"dynamic tables: {arguments.rounds} rounds, {by_changes} refreshes by changes")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Random scripts of DML, DDL and transactions: Firn ends as a plain DuckDB model of the same script does, and PyIceberg
and duckdb-iceberg read the same rows. Run by the venv `readers`.

Usage: random_scripts.py --listen HOST:PORT --password P --count N [--seed S]
"""
import argparse
import json
import os
import pathlib
import random
import sys

import duckdb
from pyiceberg.table import StaticTable

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from wire import Connection, SqlError  # noqa: E402

STATEMENTS = 12
WORDS = ["'ash'", "'birch'", "''", "'oak'", "NULL"]


class Script:
    """One table t, made and changed by statements that both systems understand."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.columns = [("k", "INTEGER"), ("v", "INTEGER"), ("s", "VARCHAR")]
        self.added = 0
        self.in_transaction = False
        self.version = self.random.choice([2, 3, 3])

    def value(self, kind):
        if kind == "VARCHAR":
            return self.random.choice(WORDS)
        return "NULL" if self.random.random() < 0.1 else str(self.random.randrange(40))

    def row(self):
        return "(" + ", ".join(self.value(kind) for _, kind in self.columns) + ")"

    def condition(self, prefix=""):
        return self.random.choice([
            f"{prefix}k < {self.random.randrange(40)}", f"{prefix}k % 3 = {self.random.randrange(3)}",
            f"{prefix}s IS NULL", f"{prefix}v BETWEEN 5 AND {self.random.randrange(5, 40)}", "1 = 0"])

    def insert(self):
        rows = ", ".join(self.row() for _ in range(self.random.randrange(1, 9)))
        return f"INSERT INTO t VALUES {rows}"

    def insert_select(self):
        names = ", ".join(name for name, _ in self.columns)
        changed = names.replace("k", "k + 100", 1)
        return f"INSERT INTO t ({names}) SELECT {changed} FROM t WHERE {self.condition()} AND k < 200"

    def update(self):
        return f"UPDATE t SET v = v + {self.random.randrange(1, 5)}, s = {self.value('VARCHAR')} WHERE {self.condition()}"

    def delete(self):
        return f"DELETE FROM t WHERE {self.condition()}"

    def merge(self):
        keys = self.random.sample(range(60), self.random.randrange(1, 8))
        source = " UNION ALL ".join(f"SELECT {key} AS k, {self.random.randrange(99)} AS v" for key in keys)
        delete = "WHEN MATCHED AND s.v < 20 THEN DELETE " if self.random.random() < 0.5 else ""
        return (f"MERGE INTO t USING ({source}) s ON t.k = s.k {delete}WHEN MATCHED THEN UPDATE SET v = s.v "
                "WHEN NOT MATCHED THEN INSERT (k, v) VALUES (s.k, s.v)")

    def truncate(self):
        return "TRUNCATE TABLE t"

    def add_column(self):
        self.added += 1
        self.columns.append((f"c{self.added}", "INTEGER"))
        return f"ALTER TABLE t ADD COLUMN c{self.added} INTEGER"

    def drop_column(self):
        if len(self.columns) <= 3:
            return self.delete()
        name, _ = self.columns.pop()
        return f"ALTER TABLE t DROP COLUMN {name}"

    def rename_column(self):
        if len(self.columns) <= 3:
            return self.insert()
        self.added += 1
        old, kind = self.columns[-1]
        self.columns[-1] = (f"c{self.added}", kind)
        return f"ALTER TABLE t RENAME COLUMN {old} TO c{self.added}"

    def boundary(self):
        if self.in_transaction:
            self.in_transaction = False
            return self.random.choice(["COMMIT", "COMMIT", "ROLLBACK"])
        self.in_transaction = True
        return "BEGIN"

    def statements(self):
        yield "CREATE TABLE t (k INTEGER, v INTEGER, s VARCHAR)"
        rows = [self.insert, self.insert, self.insert_select, self.update, self.update, self.delete, self.merge,
                self.merge]
        definitions = [self.add_column, self.drop_column, self.rename_column, self.truncate]
        for _ in range(STATEMENTS):
            roll = self.random.random()
            if roll < 0.15:
                yield self.boundary()
            elif roll < 0.3 and not self.in_transaction:
                yield self.random.choice(definitions)()
            else:
                yield self.random.choice(rows)()
        if self.in_transaction:
            yield self.boundary()


def sorted_rows(rows):
    return sorted((tuple(None if cell is None else str(cell) for cell in row) for row in rows),
                  key=lambda row: tuple((cell is None, cell or "") for cell in row))


def run(seed, connection, lake):
    script, model = Script(seed), duckdb.connect()
    connection.execute("CREATE OR REPLACE DATABASE random_scripts")
    done = []
    for sql in script.statements():
        done.append(sql)
        model.execute(sql)
        if sql.startswith("CREATE TABLE"):
            sql += f" ICEBERG_VERSION = {script.version}"
        connection.execute(sql)
    names = [name.upper() for name, _ in script.columns]
    want = sorted_rows(model.execute("SELECT * FROM t").fetchall())
    answer = connection.execute("SELECT * FROM t")
    problem = compare("Firn", want, sorted_rows([[None if cell is None else cell for cell in row] for row in answer.raw]))
    if not problem and answer.columns != names:
        problem = f"columns are {answer.columns}, not {names}"
    location = json.loads(connection.execute("SELECT SYSTEM$GET_ICEBERG_TABLE_INFORMATION('RANDOM_SCRIPTS.PUBLIC.T')")
                          .rows[0][0])["metadataLocation"]
    if not problem:
        arrow = StaticTable.from_metadata(location, s3_properties()).scan().to_arrow()
        got = sorted_rows(zip(*[arrow.column(name).to_pylist() for name in names])) if arrow.num_rows else []
        problem = compare("PyIceberg", want, got)
    if not problem:
        lake.execute("SET enable_external_file_cache = false")
        columns = ", ".join(f'"{name}"' for name in names)
        got = sorted_rows(lake.execute(f"SELECT {columns} FROM iceberg_scan('{location}')").fetchall())
        problem = compare("duckdb-iceberg", want, got)
    if problem:
        print(f"seed {seed}: {problem}\n  " + ";\n  ".join(done))
    return problem is None


def compare(reader, want, got):
    if want == got:
        return None
    missing = [row for row in want if row not in got][:3]
    extra = [row for row in got if row not in want][:3]
    return f"{reader}: {len(got)} rows, the model has {len(want)}; missing {missing}, extra {extra}"


def s3_properties():
    """What PyIceberg needs for a lake on S3; test/serve.py --s3 sets the environment."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if not endpoint:
        return {}
    return {"s3.endpoint": endpoint, "s3.region": os.environ["AWS_REGION"],
            "s3.access-key-id": os.environ["AWS_ACCESS_KEY_ID"],
            "s3.secret-access-key": os.environ["AWS_SECRET_ACCESS_KEY"]}


def iceberg_connection():
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    for name in ("httpfs", "avro", "iceberg"):
        module = __import__(f"duckdb_extension_{name}")
        path = next(pathlib.Path(module.__file__).parent.rglob(f"{name}.duckdb_extension"))
        connection.execute(f"LOAD '{path}'")
    if properties := s3_properties():
        connection.execute(
            "CREATE SECRET (TYPE s3, USE_SSL false, URL_STYLE 'path', "
            f"ENDPOINT '{properties['s3.endpoint'].split('//')[1]}', REGION '{properties['s3.region']}', "
            f"KEY_ID '{properties['s3.access-key-id']}', SECRET '{properties['s3.secret-access-key']}')")
    return connection


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    connection, lake = Connection(arguments.listen, "ADMIN", arguments.password), iceberg_connection()
    failed = 0
    for seed in range(arguments.seed, arguments.seed + arguments.count):
        try:
            failed += not run(seed, connection, lake)
        except (SqlError, duckdb.Error) as error:
            failed += 1
            print(f"seed {seed}: {error}")
            connection = Connection(arguments.listen, "ADMIN", arguments.password)
    print(f"random scripts: {arguments.count - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

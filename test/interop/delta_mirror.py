#!/usr/bin/env python3
"""Tables with DELTA = TRUE, read by Delta's own readers after every kind of statement: delta-rs (QueryBuilder),
DuckDB's delta_scan and, as far as it can, Polars. Their rows are Firn's. Run by the venv `delta`; starts its own server.
"""
import contextlib
import datetime
import decimal
import json
import pathlib
import shutil
import sys
import tempfile
import threading
import urllib.request

import deltalake
import duckdb
import duckdb_extension_delta
import polars
import pyarrow
import pyarrow.parquet

ROOT = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT.parent))
from serve import PASSWORD, Server  # noqa: E402
from wire import Connection, SqlError, fraction_text  # noqa: E402

checks = 0


# --- one text a cell, whoever reads it -------------------------------------------------------------------------------

def moment_text(moment):
    return moment.strftime("%Y-%m-%d %H:%M:%S.") + fraction_text(moment)


def text(value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.datetime):
        if value.tzinfo:
            return moment_text(value.astimezone(datetime.timezone.utc)) + " +0000"
        return moment_text(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).hex().upper()
    if isinstance(value, dict):  # TIMESTAMP_TZ
        offset = value["offset_minutes"]
        local = value["instant"] + datetime.timedelta(minutes=offset)
        return moment_text(local) + f" {'-' if offset < 0 else '+'}{abs(offset) // 60:02d}{abs(offset) % 60:02d}"
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    return repr(value) if isinstance(value, float) else str(value)


def firn_text(kind, cell):
    if cell == "NULL":
        return cell
    if kind == "real":
        return repr(float(cell))
    if kind in ("variant", "object", "array"):
        return json.dumps(json.loads(cell), sort_keys=True)
    return cell


class Readers:
    def __init__(self):
        self.duck = duckdb.connect(config={"allow_unsigned_extensions": "true"})
        extension = next(pathlib.Path(duckdb_extension_delta.__file__).parent.rglob("delta.duckdb_extension"))
        self.duck.execute(f"LOAD '{extension}'")
        self.duck.execute("SET TimeZone = 'UTC'")

    def delta_rs(self, folder):
        table = deltalake.DeltaTable(str(folder))
        batches = deltalake.QueryBuilder().register("t", table).execute("SELECT * FROM t").read_all()
        found = pyarrow.table(batches)
        columns = [column.to_pylist() for column in found.columns]
        return found.column_names, list(zip(*columns))

    def delta_scan(self, folder):
        found = self.duck.execute(f"SELECT * FROM delta_scan('{folder}')").to_arrow_table()
        return found.column_names, list(zip(*[column.to_pylist() for column in found.columns]))

    def polars(self, folder):
        frame = polars.scan_delta(str(folder)).collect()
        return frame.columns, frame.rows()

    def pyarrow(self, folder):
        found = deltalake.DeltaTable(str(folder)).to_pyarrow_table()
        return found.column_names, list(zip(*[column.to_pylist() for column in found.columns]))


class Lake:
    def __init__(self, server):
        self.listen = server.listen
        self.connection = Connection(server.listen, "ADMIN", PASSWORD)
        self.readers = Readers()

    def run(self, *statements):
        for statement in statements:
            self.connection.execute(statement)

    def refused(self, statement, *words):
        try:
            self.connection.execute(statement)
        except SqlError as error:
            missing = [word for word in words if word not in str(error)]
            assert not missing, f"{statement}: {error} does not say {missing}"
            return
        raise AssertionError(f"not refused: {statement}")

    def folder(self, table):
        answer = self.connection.execute(f"SELECT SYSTEM$GET_ICEBERG_TABLE_INFORMATION('{table}')")
        location = json.loads(answer.rows[0][0])["metadataLocation"]
        return pathlib.Path(location.removeprefix("file://")).parent.parent

    def check(self, table, step, readers=("delta_rs", "delta_scan", "polars")):
        """Names and rows of each reader are Firn's."""
        global checks
        answer = self.connection.execute(f"SELECT * FROM {table}")
        want = sorted([firn_text(kind, cell) for kind, cell in zip(answer.types, row)] for row in answer.rows)
        json_columns = [i for i, kind in enumerate(answer.types) if kind in ("variant", "object", "array")]
        for name in readers:
            try:
                columns, found = getattr(self.readers, name)(self.folder(table))
            except Exception as error:
                raise AssertionError(f"{table}, {step}: {name}: {error}") from error
            assert columns == answer.columns, f"{table}, {step}: {name} has columns {columns}, Firn {answer.columns}"
            rows = []
            for row in found:
                cells = [text(value) for value in row]
                for i in json_columns:
                    cells[i] = firn_text("variant", cells[i])
                rows.append(cells)
            assert sorted(rows) == want, f"{table}, {step}: {name} reads\n{sorted(rows)}\nFirn\n{want}"
            checks += 1

    def unable(self, table, reader, word):
        """It says what it lacks, and gives no wrong rows."""
        try:
            found = getattr(self.readers, reader)(self.folder(table))
        except Exception as error:  # of the reader's own classes
            assert word in str(error), error
            return
        raise AssertionError(f"{reader} read {found}")

    def metric(self, name):
        with urllib.request.urlopen(f"http://{self.listen}/metrics", timeout=30) as answer:
            return next(float(line.split()[1]) for line in answer.read().decode().splitlines()
                        if line.startswith(name + " "))

    def names_in_files(self, table):
        """Names of the columns in each Parquet file of the table's folder."""
        folder = self.folder(table) / "data"
        names = [set(pyarrow.parquet.read_schema(path).names) for path in folder.glob("*.parquet")]
        return [file for file in names if file != {"file_path", "pos"}]  # position deletes of version 2

    def commits(self, table):
        return sorted(path.name for path in (self.folder(table) / "_delta_log").glob("*.json"))

    def protocol(self, table):
        protocol = {}
        for name in self.commits(table):
            for line in (self.folder(table) / "_delta_log" / name).read_text().splitlines():
                protocol = json.loads(line).get("protocol", protocol)
        return protocol


# --- what is done ----------------------------------------------------------------------------------------------------

ALL_TYPES = """id INT NOT NULL, name VARCHAR, amount NUMBER(12, 2), wide NUMBER(38, 5), price FLOAT, ok BOOLEAN, day DATE,
  at TIMESTAMP_NTZ, seen TIMESTAMP_LTZ, zone TIMESTAMP_TZ, doc VARIANT, raw BINARY"""


def row(i):
    return (f"SELECT {i}, 'name {i}''s', {i}.25, {i}12345678901234567890.00001, {i}.5, {'TRUE' if i % 2 else 'FALSE'}, "
            f"'2024-02-{i % 28 + 1:02d}'::DATE, '2024-03-01 10:{i % 60:02d}:00.123456'::TIMESTAMP_NTZ, "
            f"'2024-03-01 10:00:{i % 60:02d}.654321 +0100'::TIMESTAMP_LTZ, "
            f"'2024-03-01 10:00:00 -0730'::TIMESTAMP_TZ, PARSE_JSON('{{\"i\": {i}, \"l\": [1, null]}}'), "
            f"TO_BINARY('AB{i % 90 + 10}', 'HEX')")


def rows(*numbers):
    return " UNION ALL ".join(row(i) for i in numbers)


def every_statement(lake, options, mapped):
    """The same story for a table with deletion vectors (format 3), with position deletes (2), and in partitions."""
    lake.run(f"CREATE TABLE t ({ALL_TYPES}) {options} DELTA = TRUE")
    lake.check("t", "created")
    lake.run(f"INSERT INTO t {rows(*range(1, 9))}")
    lake.check("t", "INSERT")
    lake.run("INSERT INTO t (id) VALUES (50), (51)")
    lake.check("t", "INSERT of nulls")
    lake.run("UPDATE t SET name = 'changed', amount = amount + 1 WHERE id IN (2, 5)")
    lake.check("t", "UPDATE")
    lake.run("DELETE FROM t WHERE id = 3")
    lake.run("DELETE FROM t WHERE id IN (4, 50)")
    lake.check("t", "DELETE")
    lake.run(f"""MERGE INTO t USING (SELECT 1 AS id, 'merged' AS name UNION ALL SELECT 90, 'new' UNION ALL SELECT 6, 'gone')
        AS s ON t.id = s.id WHEN MATCHED AND s.name = 'gone' THEN DELETE WHEN MATCHED THEN UPDATE SET name = s.name
        WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name)""")
    lake.check("t", "MERGE")
    before = len(lake.commits("t"))
    lake.run("BEGIN", f"INSERT INTO t {rows(20, 21)}", "DELETE FROM t WHERE id = 20", "UPDATE t SET ok = NULL WHERE id = 7",
             "COMMIT")
    lake.check("t", "a transaction")
    assert len(lake.commits("t")) == before + 1, "a transaction is one version"
    lake.run("ALTER TABLE t ADD COLUMN more VARCHAR", "INSERT INTO t (id, more) VALUES (30, 'more')")
    lake.check("t", "ADD COLUMN")
    able = ("delta_rs", "delta_scan") if mapped else ("delta_rs", "delta_scan", "polars")
    if mapped:
        lake.run("ALTER TABLE t RENAME COLUMN name TO title", "INSERT INTO t (id, title) VALUES (31, 'renamed')")
        lake.check("t", "RENAME COLUMN", able)
        lake.unable("t", "polars", "columnMapping")
        lake.run("UPDATE t SET title = 'after' WHERE id IN (7, 31)")
        lake.check("t", "UPDATE after RENAME", able)
        names = lake.names_in_files("t")
        assert all("NAME" in file and "TITLE" not in file for file in names), names
        lake.run("ALTER TABLE t ALTER COLUMN amount SET DATA TYPE NUMBER(20, 2)",
                 "INSERT INTO t (id, amount) VALUES (40, 123456789012345678.25)")
        lake.check("t", "a wider type", able)
        lake.run("ALTER TABLE t DROP COLUMN price", "INSERT INTO t (id, title) VALUES (32, 'dropped')")
        lake.check("t", "DROP COLUMN", able)
        lake.run("ALTER TABLE t ADD COLUMN price VARCHAR", "INSERT INTO t (id, price) VALUES (33, 'a lot')")
        lake.check("t", "a name used again", able)
        lake.run("ALTER TABLE t ADD COLUMN name INT", "INSERT INTO t (id, name) VALUES (34, 34)")
        lake.check("t", "the first name of a renamed column", able)
    lake.run("INSERT OVERWRITE INTO t SELECT * FROM t WHERE id <> 8")
    lake.check("t", "all rows written anew", able)
    lake.run("TRUNCATE TABLE t")
    lake.check("t", "TRUNCATE", able)
    lake.run("INSERT INTO t (id) VALUES (1)")
    lake.check("t", "INSERT after TRUNCATE", able)
    lake.run("DROP TABLE t")


def reader_one(lake):
    """DELTA_READER = 1: the first protocol, so that every reader there ever was can read it."""
    lake.run("CREATE TABLE one (id INT, s VARCHAR, seen TIMESTAMP_LTZ, n NUMBER(9, 3)) DELTA = TRUE DELTA_READER = 1")
    readers = ("delta_rs", "delta_scan", "polars", "pyarrow")
    for step in ["INSERT INTO one SELECT seq4(), 's' || seq4(), '2024-01-01 00:00:00 +0000'::TIMESTAMP_LTZ, seq4() / 8 "
                 "FROM TABLE(GENERATOR(ROWCOUNT => 100))",
                 "INSERT INTO one SELECT id + 100, s, seen, n FROM one",
                 "UPDATE one SET s = 'u' WHERE id % 10 = 3",
                 "DELETE FROM one WHERE id % 7 = 0",
                 "DELETE FROM one WHERE id < 40",
                 "MERGE INTO one USING (SELECT 41 AS id UNION ALL SELECT 999) AS x ON one.id = x.id WHEN MATCHED THEN "
                 "UPDATE SET s = 'm' WHEN NOT MATCHED THEN INSERT (id, s) VALUES (x.id, 'i')",
                 "ALTER TABLE one ADD COLUMN later INT",
                 "UPDATE one SET later = 5 WHERE id > 150"]:
        lake.run(step)
        lake.check("one", step[:30], readers)
    lake.run("BEGIN", "INSERT INTO one (id) VALUES (5000), (5001)", "DELETE FROM one WHERE id IN (5000, 43)", "COMMIT")
    lake.check("one", "a transaction", readers)
    assert lake.protocol("one") == {"minReaderVersion": 1, "minWriterVersion": 2}, lake.protocol("one")
    lake.refused("ALTER TABLE one RENAME COLUMN s TO t", "renaming", "DELTA_READER = 1")
    lake.refused("ALTER TABLE one DROP COLUMN n", "dropping", "DELTA_READER = 1")
    lake.refused("ALTER TABLE one ADD COLUMN at TIMESTAMP_NTZ", "column AT", "DELTA_READER = 1")
    lake.check("one", "after what was refused", readers)


def refusals(lake):
    lake.refused("CREATE TABLE bad (id INT, at TIME) DELTA = TRUE", "column AT of type time")
    lake.run("CREATE TABLE r (id INT, at TIME)")
    lake.refused("ALTER TABLE r SET DELTA = TRUE", "column AT of type time")
    lake.run("CREATE OR REPLACE TABLE r (id INT) DELTA = TRUE", "INSERT INTO r VALUES (1)")
    lake.refused("ALTER TABLE r ADD COLUMN at TIME", "column AT of type time")
    lake.refused("ALTER TABLE r ADD COLUMN d INT DEFAULT 4", "column D", "default")
    lake.refused("CREATE TEMPORARY TABLE tmp (id INT) DELTA = TRUE", "temporary")
    lake.run("CREATE TABLE copy CLONE r")
    lake.refused("ALTER TABLE copy SET DELTA = TRUE", "outside its location")
    lake.run("INSERT INTO r VALUES (2)")
    lake.check("r", "after what was refused")
    lake.run("ALTER TABLE r SET DELTA = FALSE", "INSERT INTO r VALUES (3)", "DELETE FROM r WHERE id = 1")
    lake.run("ALTER TABLE r SET DELTA = TRUE")
    lake.check("r", "published again")


def checkpoints(lake):
    """Sixty commits: the readers go by the checkpoint, as a copy without the commits before it shows."""
    lake.run("CREATE TABLE c (id INT, at TIMESTAMP_NTZ) DELTA = TRUE", "ALTER TABLE c RENAME COLUMN at TO moment")
    for i in range(30):
        lake.run(f"INSERT INTO c SELECT {i} * 10 + seq4(), '2024-01-01'::TIMESTAMP_NTZ FROM TABLE(GENERATOR(ROWCOUNT => 5))",
                 f"DELETE FROM c WHERE id = {i} * 10 + 1")
    lake.check("c", "sixty commits", ("delta_rs", "delta_scan"))
    log = lake.folder("c") / "_delta_log"
    hint = json.loads((log / "_last_checkpoint").read_text())
    assert hint["version"] == 50, hint
    for name in lake.commits("c"):
        if int(name[:20]) <= 50:
            (log / name).rename(log.parent / name)
    lake.check("c", "from the checkpoint alone", ("delta_rs", "delta_scan"))


def large_vector(lake):
    lake.run("CREATE TABLE big (id INT, s VARCHAR) DELTA = TRUE",
             "INSERT INTO big SELECT seq4(), 'row ' || seq4() FROM TABLE(GENERATOR(ROWCOUNT => 60000))",
             "DELETE FROM big WHERE id % 7 = 2")
    assert list((lake.folder("big") / "_delta_vectors").glob("*.bin")), "no vector file"
    lake.check("big", "a vector file")
    lake.run("DELETE FROM big WHERE id % 7 = 3")
    lake.check("big", "its successor")


def pruning(lake):
    """Stats: filters on every kind of column find what is there."""
    lake.run("CREATE TABLE p (id INT, s VARCHAR, d DATE, at TIMESTAMP_NTZ, seen TIMESTAMP_LTZ, n NUMBER(20, 4), f FLOAT) "
             "DELTA = TRUE")
    for i in range(4):
        lake.run(f"INSERT INTO p SELECT {i}, 'a long text that is cut {i}', DATEADD(day, {i}, '2024-01-01'::DATE), "
                 f"'2024-01-01 00:00:00.00{i}999'::TIMESTAMP_NTZ, '2024-01-01 00:00:00.00{i}999 +0000'::TIMESTAMP_LTZ, "
                 f"{i}.0005, {i}.125")
    folder = lake.folder("p")
    table = deltalake.DeltaTable(str(folder))
    for i in range(4):
        for where in [f"ID = {i}", f"S = 'a long text that is cut {i}'", f"D = DATE '2024-01-0{i + 1}'",
                      f"AT = TIMESTAMP '2024-01-01 00:00:00.00{i}999'", f"N = {i}.0005", f"F = {i}.125",
                      f"SEEN = TIMESTAMP '2024-01-01 00:00:00.00{i}999+00:00'"]:
            name, condition = where.split(" ", 1)
            where = f'"{name}" {condition}'
            found = lake.readers.duck.execute(f"SELECT id FROM delta_scan('{folder}') WHERE {where}").fetchall()
            assert found == [(i,)], f"delta_scan: {where}: {found}"
            batches = deltalake.QueryBuilder().register("t", table).execute(
                f'SELECT "ID" FROM t WHERE {where}').read_all()
            assert pyarrow.table(batches).column(0).to_pylist() == [i], f"delta-rs: {where}"


def meddled(lake):
    """Another writer in the log: the mirror stops and says so, the table goes on."""
    lake.run("CREATE TABLE m (id INT) DELTA = TRUE DELTA_READER = 1", "INSERT INTO m VALUES (1)")
    assert lake.metric("firn_delta_stopped") == 0 and lake.metric("firn_delta_late_total") == 0
    deltalake.write_deltalake(str(lake.folder("m")), pyarrow.table({"ID": pyarrow.array([7], pyarrow.int64())}), mode="append")
    lake.run("INSERT INTO m VALUES (2)")
    assert lake.connection.execute("SELECT count(*) FROM m").rows == [["2"]]
    assert lake.metric("firn_delta_stopped") == 1 and lake.metric("firn_delta_late_total") == 1
    shutil.rmtree(lake.folder("m") / "_delta_log")
    lake.run("ALTER TABLE m SET DELTA = FALSE", "ALTER TABLE m SET DELTA = TRUE")
    lake.check("m", "a log that was made anew")
    assert lake.metric("firn_delta_stopped") == 0


def killed(lake, server):
    """kill -9 in a loop of commits: after the restart the log says what the table says."""
    lake.run("CREATE TABLE k (id INT) DELTA = TRUE")
    for turn in range(5):
        def write():
            with contextlib.suppress(Exception):
                connection = Connection(server.listen, "ADMIN", PASSWORD, database="D", schema="PUBLIC")
                connection.execute("USE SCHEMA d.public")
                for i in range(1000):
                    connection.execute(f"INSERT INTO k VALUES ({turn * 1000 + i})")
        writer = threading.Thread(target=write)
        writer.start()
        writer.join(1.5)
        server.kill()
        writer.join()
        server.start()
        lake.connection = Connection(server.listen, "ADMIN", PASSWORD)
        lake.run("USE SCHEMA d.public", f"INSERT INTO k VALUES ({-turn - 1})")
        lake.check("k", f"kill {turn}")


def main():
    home = tempfile.mkdtemp(prefix="firn-delta-")
    try:
        with Server(pathlib.Path(home) / "lake") as server:
            lake = Lake(server)
            # Versions are counted: compaction would add some of its own.
            lake.run("CREATE DATABASE d", "ALTER DATABASE d SET ENABLE_DATA_COMPACTION = FALSE")
            every_statement(lake, "", True)
            every_statement(lake, "ICEBERG_VERSION = 2", True)
            every_statement(lake, "CLUSTER BY (day, ok)", False)
            reader_one(lake)
            refusals(lake)
            checkpoints(lake)
            large_vector(lake)
            pruning(lake)
            meddled(lake)
            lake.run("ALTER DATABASE d UNSET ENABLE_DATA_COMPACTION")
            killed(lake, server)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print(f"delta mirror: {checks} tables read right")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Spark and Firn read each other's tables. Run by the venv `spark`:  spark.py [test …]

Spark writes version 2 tables with position deletes and version 3 tables with deletion vectors, several in one Puffin
file; Firn reads them by CREATE ICEBERG TABLE … METADATA_FILE_PATH. Then Spark reads Firn's tables through Firn's Iceberg
REST catalog, after every kind of change, and those with DELTA = TRUE by their Delta log.
"""
import datetime
import decimal
import json
import os
import pathlib
import sys
import tempfile
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from serve import PASSWORD, Server  # noqa: E402
from spark_session import spark_session  # noqa: E402
from wire import Connection, SqlError, fraction_text  # noqa: E402

DATABASE = "SPARK_READS"
MERGE_ON_READ = ("'write.delete.mode'='merge-on-read', 'write.update.mode'='merge-on-read', "
                 "'write.merge.mode'='merge-on-read'")


def shown(value):
    """A value of Spark's as test/wire shows it; doubles by value."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, datetime.datetime):
        zone = " +0000" if value.tzinfo else ""
        return value.strftime("%Y-%m-%d %H:%M:%S.") + fraction_text(value) + zone
    if isinstance(value, (bytes, bytearray)):
        return value.hex().upper()
    return str(value)


class World:
    """One server, one Spark, and a folder that both see."""

    def __init__(self, folder):
        self.warehouse = folder / "warehouse"
        self.warehouse.mkdir()
        self.server = Server(folder / "lake", ["--allow-dir", str(self.warehouse)]).start()
        self.firn_sql(f"CREATE DATABASE {DATABASE}")
        self.spark = spark_session(self.warehouse, self.server.listen, "ADMIN", PASSWORD, DATABASE)
        self.spark.sql("CREATE NAMESPACE files.t")

    def spark_sql(self, *texts):
        for text in texts:
            self.spark.sql(text)

    def firn_sql(self, *texts):
        """In a session of their own: the server closes a connection that waits long for Spark."""
        connection = Connection(self.server.listen, "ADMIN", PASSWORD)
        for text in texts:
            answer = connection.execute(text)
        connection.close()
        return answer

    def spark_rows(self, query):
        frame = self.spark.sql(query)
        zoned = {field.name for field in frame.schema.fields if field.dataType.typeName() == "timestamp"}
        rows = []
        for row in frame.collect():
            cells = [value.replace(tzinfo=datetime.timezone.utc) if name in zoned and value is not None else value
                     for name, value in row.asDict().items()]
            rows.append([shown(cell) for cell in cells])
        return frame.columns, sorted(rows)

    def firn_rows(self, query):
        answer = self.firn_sql(query)
        rows = [[repr(float(cell)) if kind == "real" and cell != "NULL" else cell
                 for kind, cell in zip(answer.types, row)] for row in answer.rows]
        return answer.columns, sorted(rows)

    def same(self, spark_query, firn_query, rows_min=1):
        spark_columns, spark_rows = self.spark_rows(spark_query)
        firn_columns, firn_rows = self.firn_rows(firn_query)
        assert [name.upper() for name in spark_columns] == [name.upper() for name in firn_columns], firn_columns
        assert len(spark_rows) >= rows_min, f"Spark has {len(spark_rows)} rows of {spark_query}"
        for spark_row, firn_row in zip(spark_rows, firn_rows):
            assert spark_row == firn_row, f"Spark {spark_row}, Firn {firn_row}"
        assert len(spark_rows) == len(firn_rows), f"Spark {len(spark_rows)} rows, Firn {len(firn_rows)}"

    def metadata_file(self, table):
        folder = self.warehouse / "t" / table / "metadata"
        version = (folder / "version-hint.text").read_text().strip()
        return next(path for path in folder.iterdir() if path.name in (f"v{version}.metadata.json",
                                                                       f"v{version}.gz.metadata.json"))

    def import_table(self, table):
        self.firn_sql(f"CREATE OR REPLACE ICEBERG TABLE {DATABASE}.PUBLIC.{table} "
                      f"METADATA_FILE_PATH = 'file://{self.metadata_file(table)}'")

    def imported(self, table, rows_min=1):
        """Spark's table t.<table> as Firn reads it, whole and filtered."""
        self.import_table(table)
        name = f"{DATABASE}.PUBLIC.{table}"
        self.same(f"SELECT * FROM files.t.{table}", f"SELECT * FROM {name}", rows_min)
        self.same(f"SELECT count(*) n, count(id) i, min(id) a, max(id) b FROM files.t.{table}",
                  f"SELECT count(*) n, count(id) i, min(id) a, max(id) b FROM {name}")
        self.same(f"SELECT * FROM files.t.{table} WHERE id BETWEEN 20 AND 60",
                  f"SELECT * FROM {name} WHERE id BETWEEN 20 AND 60", 0)


def numbered(world, table, properties, partitioned="", count=100, files=4):
    """`count` rows (id, name, day) in `files` data files."""
    world.spark_sql(f"CREATE TABLE files.t.{table} (id BIGINT, name STRING, day DATE) USING iceberg {partitioned} "
                    f"TBLPROPERTIES ({properties})",
                    f"INSERT INTO files.t.{table} SELECT /*+ REPARTITION({files}) */ id, concat('n', id), "
                    f"date_add(DATE '2024-01-01', CAST(id % 5 AS INT)) FROM range({count})")


def change_rows(world, table):
    world.spark_sql(
        f"DELETE FROM files.t.{table} WHERE id % 7 = 3",
        f"UPDATE files.t.{table} SET name = concat(name, '!') WHERE id % 10 = 0",
        f"MERGE INTO files.t.{table} t USING (SELECT id + 90 AS id FROM range(20)) s ON t.id = s.id "
        "WHEN MATCHED AND t.id % 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET t.name = 'merged' "
        "WHEN NOT MATCHED THEN INSERT (id, name, day) VALUES (s.id, 'new', NULL)",
        f"DELETE FROM files.t.{table} WHERE id % 7 = 5")


def delete_files(world, table):
    return world.spark.sql(f"SELECT file_path, file_format, content_offset, referenced_data_file FROM "
                           f"files.t.{table}.delete_files").collect()


def spark_v2_position_deletes(world):
    for table, extra in (("v2_by_file", ", 'write.delete.granularity'='file'"),
                         ("v2_by_partition", ", 'write.delete.granularity'='partition'")):
        numbered(world, table, "'format-version'='2', " + MERGE_ON_READ + extra)
        change_rows(world, table)
        assert {row.file_format for row in delete_files(world, table)} == {"PARQUET"}
        world.imported(table, 50)


def spark_v2_partitioned(world):
    numbered(world, "v2_partitioned", "'format-version'='2', " + MERGE_ON_READ,
             "PARTITIONED BY (bucket(3, id), truncate(2, name), days(day))", files=2)
    change_rows(world, "v2_partitioned")
    world.spark_sql("ALTER TABLE files.t.v2_partitioned DROP PARTITION FIELD days(day)",
                    "INSERT INTO files.t.v2_partitioned VALUES (500, 'late', DATE '2030-01-01'), (NULL, NULL, NULL)",
                    "DELETE FROM files.t.v2_partitioned WHERE id = 14")
    assert delete_files(world, "v2_partitioned")
    world.imported("v2_partitioned", 50)


def spark_v2_copy_on_write(world):
    numbered(world, "v2_cow", "'format-version'='2', 'write.metadata.compression-codec'='gzip'")
    change_rows(world, "v2_cow")
    assert not delete_files(world, "v2_cow")
    world.imported("v2_cow", 50)


def spark_v3_deletion_vectors(world):
    numbered(world, "v3", "'format-version'='3', " + MERGE_ON_READ)
    world.spark_sql("DELETE FROM files.t.v3 WHERE id % 7 = 3")
    vectors = delete_files(world, "v3")
    assert {row.file_format for row in vectors} == {"PUFFIN"}
    shared = max(sum(1 for other in vectors if other.file_path == row.file_path) for row in vectors)
    assert shared >= 2, f"one vector a Puffin file, none is shared: {vectors}"
    world.imported("v3", 50)
    change_rows(world, "v3")
    world.imported("v3", 50)


def spark_v3_partitioned(world):
    numbered(world, "v3_partitioned", "'format-version'='3', " + MERGE_ON_READ, "PARTITIONED BY (months(day), bucket(4, id))")
    change_rows(world, "v3_partitioned")
    assert delete_files(world, "v3_partitioned")
    world.imported("v3_partitioned", 50)


def spark_upgraded(world):
    """Position deletes of version 2, some of which a vector of version 3 then replaces."""
    numbered(world, "upgraded", "'format-version'='2', 'write.delete.granularity'='partition', " + MERGE_ON_READ)
    world.spark_sql("DELETE FROM files.t.upgraded WHERE id % 9 = 1",
                    "ALTER TABLE files.t.upgraded SET TBLPROPERTIES ('format-version'='3')",
                    "DELETE FROM files.t.upgraded WHERE id BETWEEN 10 AND 14",
                    "INSERT INTO files.t.upgraded VALUES (1000, 'after', NULL)")
    assert {row.file_format for row in delete_files(world, "upgraded")} >= {"PUFFIN"}
    world.imported("upgraded", 50)


def spark_evolved(world):
    numbered(world, "evolved", "'format-version'='3', " + MERGE_ON_READ)
    world.spark_sql(
        "ALTER TABLE files.t.evolved ADD COLUMN score FLOAT AFTER id",
        "INSERT INTO files.t.evolved VALUES (200, 1.5, 'x', DATE '2024-02-01')",
        "ALTER TABLE files.t.evolved ALTER COLUMN score TYPE DOUBLE",
        "ALTER TABLE files.t.evolved RENAME COLUMN name TO title",
        "INSERT INTO files.t.evolved VALUES (201, 2.5e100, 'y', NULL)",
        "DELETE FROM files.t.evolved WHERE id IN (5, 201)",
        "ALTER TABLE files.t.evolved DROP COLUMN day",
        "ALTER TABLE files.t.evolved ADD COLUMN day STRING",
        "INSERT INTO files.t.evolved VALUES (202, 3.5, 'z', 'again')")
    world.imported("evolved", 100)


def spark_types(world):
    world.spark_sql(
        "CREATE TABLE files.t.types (id INT, yes BOOLEAN, big BIGINT, f FLOAT, d DOUBLE, m DECIMAL(12, 3), "
        "wide DECIMAL(38, 6), day DATE, at TIMESTAMP, plain TIMESTAMP_NTZ, s STRING, b BINARY) USING iceberg "
        "TBLPROPERTIES ('format-version'='2', " + MERGE_ON_READ + ")",
        "INSERT INTO files.t.types VALUES "
        "(1, true, 9223372036854775807, 0.5, 1e-300, 123456789.012, 12345678901234567890123456789012.123456, "
        "DATE '1900-01-01', TIMESTAMP '2024-05-06 07:08:09.123456Z', TIMESTAMP_NTZ '1969-12-31 23:59:59.999999', 'é', X'00FF'), "
        "(2, false, -9223372036854775808, -0.5, 1e300, -0.001, -1.5, DATE '9999-12-31', "
        "TIMESTAMP '1970-01-01 00:00:00Z', TIMESTAMP_NTZ '2200-01-01 00:00:00', '', X''), "
        "(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
        "DELETE FROM files.t.types WHERE id = 3", f"INSERT INTO files.t.types VALUES (4{', NULL' * 11})")
    world.imported("types", 3)


def spark_branches(world):
    """A branch's rows are not main's; a rollback takes rows away."""
    numbered(world, "branches", "'format-version'='2', " + MERGE_ON_READ)
    world.spark_sql("ALTER TABLE files.t.branches CREATE BRANCH side",
                    "INSERT INTO files.t.branches.branch_side VALUES (777, 'side', NULL)")
    first = world.spark.sql("SELECT snapshot_id FROM files.t.branches.refs WHERE name = 'main'").collect()[0][0]
    world.spark_sql("DELETE FROM files.t.branches WHERE id < 50")
    world.imported("branches", 50)
    world.spark_sql(f"CALL files.system.rollback_to_snapshot('t.branches', {first})")
    world.imported("branches", 100)


def spark_other_formats(world):
    """Data files that Firn does not read are refused by name."""
    world.spark_sql("CREATE TABLE files.t.orc (id BIGINT) USING iceberg TBLPROPERTIES ('write.format.default'='orc')",
                    "INSERT INTO files.t.orc VALUES (1)")
    try:
        world.import_table("orc")
        world.firn_rows(f"SELECT * FROM {DATABASE}.PUBLIC.orc")
    except SqlError as error:
        assert "orc" in str(error).lower(), error
    else:
        raise AssertionError("a table of ORC files was read")


def read_back(world, table, rows_min=1):
    world.same(f"SELECT * FROM firn.PUBLIC.{table}", f"SELECT * FROM {DATABASE}.PUBLIC.{table}", rows_min)
    world.same(f"SELECT count(*) n FROM firn.PUBLIC.{table}", f"SELECT count(*) n FROM {DATABASE}.PUBLIC.{table}")
    world.same(f"SELECT * FROM firn.PUBLIC.{table} WHERE id BETWEEN 20 AND 60",
               f"SELECT * FROM {DATABASE}.PUBLIC.{table} WHERE id BETWEEN 20 AND 60", 0)


def firn_tables(world):
    for version in (2, 3):
        for clustered in ("", "CLUSTER BY (day)"):
            table = f"changed_{version}" + ("_clustered" if clustered else "")
            name = f"{DATABASE}.PUBLIC.{table}"
            world.firn_sql(
                f"CREATE TABLE {name} (id INT, name VARCHAR(20), day DATE) {clustered} ICEBERG_VERSION = {version}",
                f"INSERT INTO {name} SELECT SEQ8(), 'n' || SEQ8(), DATEADD(day, SEQ8() % 5, '2024-01-01'::DATE) "
                "FROM TABLE(GENERATOR(ROWCOUNT => 100))",
                f"DELETE FROM {name} WHERE id % 7 = 3", f"UPDATE {name} SET name = name || '!' WHERE id % 10 = 0")
            read_back(world, table, 80)
            world.firn_sql(
                f"MERGE INTO {name} t USING (SELECT SEQ8() + 90 AS id FROM TABLE(GENERATOR(ROWCOUNT => 20))) s "
                "ON t.id = s.id WHEN MATCHED AND t.id % 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET name = 'merged' "
                "WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, 'new')",
                f"ALTER TABLE {name} ADD COLUMN score DOUBLE", f"ALTER TABLE {name} RENAME COLUMN name TO title",
                f"INSERT INTO {name} VALUES (200, 'x', '2024-02-01', 2.5)",
                f"DELETE FROM {name} WHERE id % 7 = 5")
            read_back(world, table, 70)
            world.firn_sql(f"ALTER TABLE {name} DROP COLUMN day" if not clustered else f"DELETE FROM {name} WHERE id = 1",
                           "BEGIN", f"UPDATE {name} SET score = id / 4 WHERE id < 40",
                           f"DELETE FROM {name} WHERE id IN (2, 200)", f"INSERT INTO {name} (id) VALUES (300)", "COMMIT")
            read_back(world, table, 60)
            world.firn_sql(f"TRUNCATE TABLE {name}", f"INSERT INTO {name} (id) VALUES (1)")
            read_back(world, table)


def firn_types(world):
    for version in (2, 3):
        name = f"{DATABASE}.PUBLIC.types_{version}"
        world.firn_sql(
            f"CREATE TABLE {name} (id INT, yes BOOLEAN, d DOUBLE, m NUMBER(12, 3), wide NUMBER(38, 6), day DATE, "
            f"at TIMESTAMP_LTZ, plain TIMESTAMP_NTZ, s VARCHAR, b BINARY) ICEBERG_VERSION = {version}",
            f"INSERT INTO {name} SELECT 1, TRUE, 1e-300, 123456789.012, 12345678901234567890123456789012.123456, "
            "'1900-01-01', '2024-05-06 07:08:09.123456 +0000', '1969-12-31 23:59:59.999999', 'é', TO_BINARY('00FF', 'HEX')",
            f"INSERT INTO {name} (id) VALUES (2)")
        read_back(world, f"types_{version}", 2)


def firn_namespaces(world):
    assert ["PUBLIC"] in [list(row) for row in world.spark.sql("SHOW NAMESPACES IN firn").collect()]
    world.firn_sql(f"CREATE TABLE {DATABASE}.PUBLIC.listed (id INT)")
    assert "LISTED" in [row.tableName for row in world.spark.sql("SHOW TABLES IN firn.PUBLIC").collect()]


def delta_folder(world, name):
    answer = world.firn_sql(f"SELECT SYSTEM$GET_ICEBERG_TABLE_INFORMATION('{name}')")
    return json.loads(answer.rows[0][0])["metadataLocation"].removeprefix("file://").rpartition("/metadata/")[0]


def read_delta(world, name, rows_min=1):
    table = f"delta.`{delta_folder(world, name)}`"
    world.same(f"SELECT * FROM {table}", f"SELECT * FROM {name}", rows_min)
    world.same(f"SELECT count(*) n FROM {table}", f"SELECT count(*) n FROM {name}")
    world.same(f"SELECT * FROM {table} WHERE id BETWEEN 20 AND 60", f"SELECT * FROM {name} WHERE id BETWEEN 20 AND 60", 0)


def firn_delta(world):
    """Deletion vectors (version 3), position deletes (2), partitions, and files written anew (DELTA_READER = 1)."""
    for table, options in (("delta_3", ""), ("delta_2", "ICEBERG_VERSION = 2"), ("delta_clustered", "CLUSTER BY (day)"),
                           ("delta_reader_1", "DELTA_READER = 1")):
        name = f"{DATABASE}.PUBLIC.{table}"
        world.firn_sql(
            f"CREATE TABLE {name} (id INT, name VARCHAR(20), day DATE) {options} DELTA = TRUE",
            f"INSERT INTO {name} SELECT SEQ8(), 'n' || SEQ8(), DATEADD(day, SEQ8() % 5, '2024-01-01'::DATE) "
            "FROM TABLE(GENERATOR(ROWCOUNT => 100))",
            f"DELETE FROM {name} WHERE id % 7 = 3", f"UPDATE {name} SET name = name || '!' WHERE id % 10 = 0")
        read_delta(world, name, 80)
        world.firn_sql(
            f"MERGE INTO {name} t USING (SELECT SEQ8() + 90 AS id FROM TABLE(GENERATOR(ROWCOUNT => 20))) s "
            "ON t.id = s.id WHEN MATCHED AND t.id % 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET name = 'merged' "
            "WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, 'new')",
            f"ALTER TABLE {name} ADD COLUMN score DOUBLE", f"INSERT INTO {name} VALUES (200, 'x', '2024-02-01', 2.5)",
            f"DELETE FROM {name} WHERE id % 7 = 5")
        read_delta(world, name, 70)
        if table not in ("delta_3", "delta_2"):
            continue
        world.firn_sql(f"ALTER TABLE {name} RENAME COLUMN name TO title", f"INSERT INTO {name} (id, title) VALUES (201, 'y')",
                       f"UPDATE {name} SET title = 'after' WHERE id IN (8, 201)", f"ALTER TABLE {name} DROP COLUMN day",
                       f"ALTER TABLE {name} ADD COLUMN name INT", f"INSERT INTO {name} (id, name) VALUES (202, 5)")
        read_delta(world, name, 70)
        world.firn_sql(f"TRUNCATE TABLE {name}", f"INSERT INTO {name} (id) VALUES (1)")
        read_delta(world, name)


def firn_delta_types(world):
    name = f"{DATABASE}.PUBLIC.delta_types"
    world.firn_sql(
        f"CREATE TABLE {name} (id INT, yes BOOLEAN, d DOUBLE, m NUMBER(12, 3), wide NUMBER(38, 6), day DATE, "
        "at TIMESTAMP_LTZ, plain TIMESTAMP_NTZ, s VARCHAR, b BINARY) DELTA = TRUE",
        f"INSERT INTO {name} SELECT 1, TRUE, 1e-300, 123456789.012, 12345678901234567890123456789012.123456, "
        "'1900-01-01', '2024-05-06 07:08:09.123456 +0000', '1969-12-31 23:59:59.999999', 'é', TO_BINARY('00FF', 'HEX')",
        f"INSERT INTO {name} (id) VALUES (2)")
    read_delta(world, name, 2)


TESTS = [spark_v2_position_deletes, spark_v2_partitioned, spark_v2_copy_on_write, spark_v3_deletion_vectors,
         spark_v3_partitioned, spark_upgraded, spark_evolved, spark_types, spark_branches, spark_other_formats,
         firn_tables, firn_types, firn_namespaces, firn_delta, firn_delta_types]


def main():
    chosen = [test for test in TESTS if test.__name__ in sys.argv[1:]] or TESTS
    failed = 0
    with tempfile.TemporaryDirectory(prefix="firn-spark-") as folder:
        world = World(pathlib.Path(folder))
        try:
            for test in chosen:
                begin = time.monotonic()
                try:
                    test(world)
                    print(f"{test.__name__}: {time.monotonic() - begin:.1f} s", flush=True)
                except Exception:  # Spark's errors have many classes
                    failed += 1
                    print(f"FAILED {test.__name__}: {traceback.format_exc()[-1500:]}", flush=True)
        finally:
            world.spark.stop()
            world.server.stop()
    print(f"spark: {len(chosen) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

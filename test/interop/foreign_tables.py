#!/usr/bin/env python3
"""Firn reads what PyIceberg and duckdb-iceberg write (CREATE ICEBERG TABLE … METADATA_FILE_PATH), and they read Firn's
tables through its Iceberg REST catalog. Run by the venv `readers`:  foreign_tables.py [test …]"""
import datetime
import json
import pathlib
import sys
import tempfile
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import make_iceberg_fixtures as fixtures  # noqa: E402
from folder_catalog import FolderCatalog  # noqa: E402
from random_scripts import iceberg_connection  # noqa: E402
from serve import PASSWORD, Server  # noqa: E402
from wire import Connection, SqlError, fraction_text  # noqa: E402

DATABASE = "FOREIGN_TABLES"


def shown(value):
    """A value of Python's as test/wire shows it; containers as JSON."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime):
        zone = " +0000" if value.tzinfo else ""
        return f"{value.year:04d}" + value.strftime("-%m-%d %H:%M:%S.") + fraction_text(value) + zone
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M:%S") + (f".{value.microsecond:06d}".rstrip("0") if value.microsecond else "")
    if isinstance(value, bytes):
        return value.hex().upper()
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        value = dict(value)
    if isinstance(value, (list, dict)):
        return json.dumps(value, sort_keys=True)
    return str(value)


def compared(cell):
    """Numbers by value, JSON by content."""
    try:
        if cell[:1] in "{[":
            return json.dumps(json.loads(cell), sort_keys=True)
        return repr(float(cell)) if "e" in cell or "." in cell else cell
    except ValueError:
        return cell


def table_of(rows):
    return sorted([compared(cell) for cell in row] for row in rows)


class World:
    def __init__(self, folder):
        from pyiceberg.catalog.sql import SqlCatalog

        self.folder = folder / "others"
        self.folder.mkdir()
        self.server = Server(folder / "lake", ["--allow-dir", str(self.folder)]).start()
        self.firn = Connection(self.server.listen, "ADMIN", PASSWORD)
        self.firn.execute(f"CREATE DATABASE {DATABASE}")
        self.catalog = SqlCatalog("t", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{self.folder}/w")
        self.catalog.create_namespace("f")

    def same(self, names, rows, query):
        answer = self.firn.execute(query)
        assert [name.upper() for name in answer.columns] == [name.upper() for name in names], answer.columns
        want, got = table_of([[shown(cell) for cell in row] for row in rows]), table_of(answer.rows)
        for theirs, ours in zip(want, got):
            assert theirs == ours, f"they {theirs}, Firn {ours}"
        assert len(want) == len(got) and want, f"they {len(want)} rows, Firn {len(got)}"

    def imported(self, name, location):
        uri = location if location.startswith("file:") else f"file://{location}"
        self.firn.execute(f"CREATE OR REPLACE ICEBERG TABLE {DATABASE}.PUBLIC.{name} METADATA_FILE_PATH = '{uri}'")
        return f"{DATABASE}.PUBLIC.{name}"

    def from_pyiceberg(self, table, name):
        arrow = table.scan().to_arrow()
        rows = list(zip(*(column.to_pylist() for column in arrow.columns)))
        self.same(arrow.column_names, rows, f"SELECT * FROM {self.imported(name, table.metadata_location)}")
        key = arrow.column_names[0]
        self.same([key], [(row[0],) for row in rows if row[0] is not None],
                  f'SELECT "{key}" FROM {DATABASE}.PUBLIC.{name} WHERE "{key}" IS NOT NULL')


def pyiceberg_transforms(world):
    world.from_pyiceberg(fixtures.make_transforms(world.catalog), "transforms")
    for condition, ids in (("\"ts\" < '2000-01-01'", [["-1"]]), ("\"name\" LIKE 'ice%'", [["34"]]), ("\"id\" = 34", [["34"]]),
                           ("\"d\" > '1970-01-01'", [["34"]]), ("\"flag\"", [["34"]]), ("\"price\" < 0", [["-1"]]),
                           ("\"m\" = '1969-11-30'", [["-1"]]), ("\"tz\" < '1970-01-01'", [["-1"]])):
        got = world.firn.execute(f"SELECT \"id\" FROM {DATABASE}.PUBLIC.transforms WHERE {condition}").rows
        assert got == ids, (condition, got)


def pyiceberg_evolved(world):
    world.from_pyiceberg(fixtures.make_evolved(world.catalog), "evolved")


def pyiceberg_types(world):
    world.from_pyiceberg(fixtures.make_types(world.catalog), "types")


def pyiceberg_version_one(world):
    world.from_pyiceberg(fixtures.make_version_one(world.catalog), "version_one")


def pyiceberg_changes(world):
    """Overwrites, deletes, dynamic partition overwrite and upserts."""
    import pyarrow as pa
    from pyiceberg.expressions import EqualTo, GreaterThan
    from pyiceberg.partitioning import PartitionField, PartitionSpec
    from pyiceberg.schema import Schema
    from pyiceberg.transforms import IdentityTransform
    from pyiceberg.types import LongType, NestedField, StringType

    schema = Schema(NestedField(1, "id", LongType(), required=True), NestedField(2, "kind", StringType()),
                    NestedField(3, "v", LongType()), identifier_field_ids=[1])
    spec = PartitionSpec(PartitionField(2, 1000, IdentityTransform(), "kind"))
    table = world.catalog.create_table("f.changes", schema, partition_spec=spec)

    def arrow(ids, kind=None, value=0):
        rows = [{"id": i, "kind": kind or "abc"[i % 3], "v": value} for i in ids]
        return pa.Table.from_pylist(rows, schema=table.schema().as_arrow())

    table.append(arrow(range(30)))
    world.from_pyiceberg(table, "changes")
    table.delete(EqualTo("kind", "b"))
    table.delete(GreaterThan("id", 27))
    world.from_pyiceberg(table, "changes")
    table.dynamic_partition_overwrite(arrow(range(100, 104), "c", 7))
    world.from_pyiceberg(table, "changes")
    table.upsert(arrow([0, 3, 200], "a", 9))
    world.from_pyiceberg(table, "changes")
    with table.update_spec() as update:
        update.remove_field("kind")
    table.append(arrow([300, 301]))
    table.overwrite(arrow([400], "z"), overwrite_filter=EqualTo("id", 300))
    world.from_pyiceberg(table, "changes")


def duckdb_tables(world):
    """duckdb-iceberg: position deletes (version 2), deletion vectors (version 3), partitions, evolved columns."""
    duck = iceberg_connection()
    with FolderCatalog(world.folder / "duck") as catalog:
        duck.execute(f"ATTACH '' AS other (TYPE iceberg, ENDPOINT '{catalog.address}', AUTHORIZATION_TYPE 'none')")

        def check(name):
            rows = duck.execute(f"SELECT * FROM other.t.{name}").fetchall()
            names = [column[0] for column in duck.description]
            world.same(names, rows, f"SELECT * FROM {world.imported(name, str(catalog.files[name]))}")

        for version in (2, 3):
            for parts in ("", "PARTITIONED BY (bucket(3, id), day)"):
                name = f"d{version}" + ("_parts" if parts else "")
                duck.execute(f"CREATE TABLE other.t.{name} (id BIGINT, name VARCHAR, day DATE) {parts} "
                             f"WITH ('format-version' = '{version}')")
                for start in (0, 50):
                    duck.execute(f"INSERT INTO other.t.{name} SELECT range, 'n' || range, DATE '2024-01-01' + "
                                 f"(range % 3)::INTEGER FROM range({start}, {start + 50})")
                check(name)
                duck.execute(f"DELETE FROM other.t.{name} WHERE id % 7 = 3")
                check(name)
                duck.execute(f"DELETE FROM other.t.{name} WHERE id % 11 = 4")
                duck.execute(f"UPDATE other.t.{name} SET name = name || '!' WHERE id % 10 = 0")
                check(name)
                duck.execute(f"ALTER TABLE other.t.{name} ADD COLUMN v INTEGER")
                duck.execute(f"ALTER TABLE other.t.{name} RENAME COLUMN name TO title")
                duck.execute(f"INSERT INTO other.t.{name} VALUES (1000, 'late', NULL, 5)")
                check(name)


def read_firn_by_rest(world):
    """PyIceberg and duckdb-iceberg on Firn's tables, found through Firn's REST catalog."""
    from pyiceberg.catalog.rest import RestCatalog

    address = f"http://{world.server.listen}/iceberg"
    remote = RestCatalog("firn", uri=address, warehouse=DATABASE, credential=f"ADMIN:{PASSWORD}")
    assert ("PUBLIC",) in remote.list_namespaces()
    duck = iceberg_connection()
    duck.execute("CREATE SECRET firn (TYPE iceberg, CLIENT_ID 'ADMIN', CLIENT_SECRET '" + PASSWORD + "', "
                 f"OAUTH2_SERVER_URI '{address}/v1/oauth/tokens')")
    duck.execute(f"ATTACH '{DATABASE}' AS firn (TYPE iceberg, ENDPOINT '{address}', SECRET firn)")
    for version in (2, 3):
        name = f"OURS_{version}"
        for sql in (f"CREATE TABLE t (id INT, name VARCHAR, at TIMESTAMP_NTZ, m NUMBER(10, 2)) ICEBERG_VERSION = {version}",
                    "INSERT INTO t SELECT SEQ8(), 'n' || SEQ8(), '2024-01-01 01:02:03.004', SEQ8() / 4 "
                    "FROM TABLE(GENERATOR(ROWCOUNT => 50))",
                    "DELETE FROM t WHERE id % 7 = 3", "UPDATE t SET name = 'x' WHERE id = 8", "ALTER TABLE t DROP COLUMN at",
                    "ALTER TABLE t ADD COLUMN late INT", "INSERT INTO t (id, late) VALUES (100, 1)"):
            world.firn.execute(sql.replace(" t ", f" {DATABASE}.PUBLIC.{name} ", 1))
        query = f"SELECT * FROM {DATABASE}.PUBLIC.{name}"
        arrow = remote.load_table(("PUBLIC", name)).scan().to_arrow()
        world.same(arrow.column_names, list(zip(*(column.to_pylist() for column in arrow.columns))), query)
        rows = duck.execute(f"SELECT * FROM firn.PUBLIC.{name}").fetchall()
        world.same([column[0] for column in duck.description], rows, query)


def outside_the_folders(world):
    """A table may not name files outside of its own location, nor metadata outside of the allowed folders."""
    for uri in ("file:///etc/hostname", f"file://{world.folder}/../lake/catalog/log/00000000000000000001",
                "http://127.0.0.1:1/x.metadata.json", "s3://elsewhere/x.metadata.json", "relative.json"):
        try:
            world.imported("outside", uri) if ":" in uri else world.firn.execute(
                f"CREATE ICEBERG TABLE {DATABASE}.PUBLIC.outside METADATA_FILE_PATH = '{uri}'")
        except SqlError as error:
            assert uri in str(error), error
        else:
            raise AssertionError(f"{uri} was taken")


def hostile_metadata(world):
    """Metadata that points elsewhere, lies or is no metadata: an error each, and the server goes on."""
    import pyarrow as pa

    table = world.catalog.create_table("f.hostile", pa.schema([("id", pa.int64())]))
    table.append(pa.table({"id": [1, 2, 3]}))
    file = pathlib.Path(table.metadata_location.removeprefix("file://"))
    good = json.loads(file.read_text())
    lake = world.server.lake

    def changed(**members):
        return json.dumps({**good, **members})

    def manifest_list(path):
        return [{**good["snapshots"][-1], "manifest-list": path}]

    def escaping(path):
        return path.replace("/metadata/", "/metadata/../../../../../../../../..")

    texts = {
        "list in the lake": changed(snapshots=manifest_list(f"file://{lake}/secret.key")),
        "list in /etc": changed(snapshots=manifest_list("file:///etc/hostname")),
        "list by dots": changed(snapshots=manifest_list(escaping(good["snapshots"][-1]["manifest-list"]))),
        "list over HTTP": changed(snapshots=manifest_list("http://127.0.0.1:1/list.avro")),
        "location is the root": changed(location="file:///", snapshots=manifest_list("file:///etc/hostname")),
        "location is the lake": changed(location=f"file://{lake}",
                                        snapshots=manifest_list(f"file://{lake}/secret.key")),
        "unknown version": changed(**{"format-version": 99}),
        "no schema": changed(schemas=[]),
        "schema that is not there": changed(**{"current-schema-id": 77}),
        "snapshot that is not there": changed(**{"current-snapshot-id": 77}),
        "columns of one id": changed(schemas=[{**good["schemas"][0], "fields": good["schemas"][0]["fields"] * 2}]),
        "a list": "[]",
        "cut off": file.read_text()[:-40],
        "deep": '{"a":' * 100000,
        "not UTF-8": b"\xff\xfe\x00",
        "nothing": "",
    }
    for what, text in texts.items():
        hostile = file.with_name("hostile.metadata.json")
        hostile.write_bytes(text if isinstance(text, bytes) else text.encode())
        try:
            name = world.imported("hostile", str(hostile))
            rows = world.firn.execute(f"SELECT * FROM {name}").rows
        except SqlError as error:
            assert len(error.code) == 6 and "internal" not in str(error).lower().replace("sql execution internal error", "")
        else:
            raise AssertionError(f"{what} was read: {rows}")
    assert world.firn.execute("SELECT 1").rows == [["1"]] and world.server.process.poll() is None


TESTS = [pyiceberg_transforms, pyiceberg_evolved, pyiceberg_types, pyiceberg_version_one, pyiceberg_changes, duckdb_tables,
         read_firn_by_rest, outside_the_folders, hostile_metadata]


def main():
    chosen = [test for test in TESTS if test.__name__ in sys.argv[1:]] or TESTS
    failed = 0
    with tempfile.TemporaryDirectory(prefix="firn-foreign-") as folder:
        world = World(pathlib.Path(folder))
        try:
            for test in chosen:
                try:
                    test(world)
                except Exception:  # of three libraries
                    failed += 1
                    print(f"FAILED {test.__name__}: {traceback.format_exc()[-1500:]}", flush=True)
                    world.firn = Connection(world.server.listen, "ADMIN", PASSWORD)
        finally:
            world.server.stop()
    print(f"foreign tables: {len(chosen) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

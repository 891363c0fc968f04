"""Makes test/data/iceberg: small tables written by PyIceberg, with what PyIceberg itself reads out of them.

    python3 make_iceberg_fixtures.py            makes the folder anew
    python3 make_iceberg_fixtures.py --venv     prints the Python that has PyIceberg, made once outside the tree

The tables are made under /tmp/firn-iceberg-fixtures, which their metadata therefore names; the tests map that prefix.
Data files are left out: the tests of the table format read metadata alone.
"""

import datetime as dt
import decimal
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import uuid

REQUIREMENTS = ["pyiceberg[sql-sqlite,pyarrow]==0.12.0", "pyiceberg-core==0.11.0", "fastavro==1.13.1", "pytest==9.2.0"]
HOME = pathlib.Path("/tmp/firn-iceberg-fixtures")
OUT = pathlib.Path(__file__).resolve().parent.parent / "data" / "iceberg"


def python() -> str:
    digest = hashlib.sha256("\n".join(REQUIREMENTS).encode()).hexdigest()[:12]
    cache = pathlib.Path(os.environ.get("FIRN_CACHE", "~/.cache/firn")).expanduser()
    home = cache / "venvs" / f"pyiceberg-{digest}"
    if not (home / "complete").exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-I", "-m", "venv", "--clear", str(home)], check=True)
        subprocess.run([str(home / "bin/python"), "-I", "-m", "pip", "install", "--quiet", *REQUIREMENTS], check=True)
        (home / "complete").write_text("")
    return str(home / "bin/python")


def plain(value):
    """A partition value as JSON: bytes as hex, decimals and UUIDs as text."""
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return str(value)
    return value


def describe(table) -> dict:
    """What PyIceberg reads of the current snapshot: every live file with its numbers, partition and bounds."""
    from pyiceberg.manifest import ManifestEntryStatus

    files = []
    snapshot = table.current_snapshot()
    for manifest in snapshot.manifests(table.io):
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True):
            data = entry.data_file
            assert entry.status != ManifestEntryStatus.DELETED
            files.append({
                "path": data.file_path,
                "records": data.record_count,
                "size": data.file_size_in_bytes,
                "spec": manifest.partition_spec_id,
                "partition": [plain(data.partition[i]) for i in range(len(data.partition))],
                "sequence": entry.sequence_number,
                "snapshot": entry.snapshot_id,
                "lower": {str(k): v.hex() for k, v in sorted((data.lower_bounds or {}).items())},
                "upper": {str(k): v.hex() for k, v in sorted((data.upper_bounds or {}).items())},
                "nulls": {str(k): v for k, v in sorted((data.null_value_counts or {}).items())},
                "values": {str(k): v for k, v in sorted((data.value_counts or {}).items())},
                "sizes": {str(k): v for k, v in sorted((data.column_sizes or {}).items())},
                "splits": list(data.split_offsets or []),
            })
    return {"metadata": table.metadata_location, "snapshots": len(table.metadata.snapshots),
            "columns": [field.name for field in table.schema().fields], "files": files}


def make_transforms(catalog):
    import pyarrow as pa
    from pyiceberg.partitioning import PartitionField, PartitionSpec
    from pyiceberg.schema import Schema
    from pyiceberg.transforms import (BucketTransform, DayTransform, HourTransform, IdentityTransform, MonthTransform,
                                      TruncateTransform, YearTransform)
    from pyiceberg.types import (BooleanType, DateType, DecimalType, LongType, NestedField, StringType, TimestampType,
                                 TimestamptzType)

    schema = Schema(
        NestedField(1, "id", LongType()), NestedField(2, "name", StringType()), NestedField(3, "ts", TimestampType()),
        NestedField(4, "d", DateType()), NestedField(5, "flag", BooleanType()), NestedField(6, "tz", TimestamptzType()),
        NestedField(7, "m", DateType()), NestedField(8, "price", DecimalType(9, 2)))
    transforms = [(1, BucketTransform(16), "id_bucket"), (2, TruncateTransform(2), "name_trunc"),
                  (3, DayTransform(), "ts_day"), (4, YearTransform(), "d_year"), (5, IdentityTransform(), "flag"),
                  (6, HourTransform(), "tz_hour"), (7, MonthTransform(), "m_month"), (8, IdentityTransform(), "price")]
    spec = PartitionSpec(*[PartitionField(source, 1000 + i, transform, name)
                           for i, (source, transform, name) in enumerate(transforms)])
    table = catalog.create_table("f.transforms", schema, partition_spec=spec)
    rows = [
        {"id": 34, "name": "iceberg", "ts": dt.datetime(2017, 11, 16, 22, 31, 8), "d": dt.date(2017, 11, 16),
         "flag": True, "tz": dt.datetime(2017, 11, 16, 22, 31, 8, 1, tzinfo=dt.timezone.utc),
         "m": dt.date(2017, 12, 1), "price": decimal.Decimal("14.20")},
        {"id": -1, "name": "éa b", "ts": dt.datetime(1969, 12, 31, 23, 59, 59, 999999), "d": dt.date(1969, 12, 31),
         "flag": False, "tz": dt.datetime(1969, 12, 31, 22, 59, 59, tzinfo=dt.timezone.utc),
         "m": dt.date(1969, 11, 30), "price": decimal.Decimal("-0.01")},
        dict.fromkeys(["id", "name", "ts", "d", "flag", "tz", "m", "price"]),
    ]
    table.append(pa.Table.from_pylist(rows, schema=table.schema().as_arrow()))
    return table


def make_evolved(catalog):
    import pyarrow as pa
    from pyiceberg.expressions import EqualTo
    from pyiceberg.schema import Schema
    from pyiceberg.transforms import BucketTransform
    from pyiceberg.types import (DoubleType, FloatType, IntegerType, ListType, LongType, MapType, NestedField,
                                 StringType, StructType)

    schema = Schema(
        NestedField(1, "id", IntegerType()), NestedField(2, "score", FloatType()), NestedField(3, "old", StringType()),
        NestedField(4, "address", StructType(NestedField(5, "zip", IntegerType()), NestedField(6, "city", StringType()))),
        NestedField(7, "tags", ListType(8, StringType(), element_required=False)),
        NestedField(9, "counts", MapType(10, StringType(), 11, LongType(), value_required=False)))
    table = catalog.create_table("f.evolved", schema)

    def append(ids, **renamed):
        rows = [{"id": i, "score": i / 2, "old": f"o{i}", "address": {"zip": i * 10, "city": "x"}, "tags": ["a", None],
                 "counts": [("k", i)]} for i in ids]
        for row in rows:
            for old, new in renamed.items():
                if new is None:
                    row.pop(old)
                else:
                    row[new] = row.pop(old)
        table.append(pa.Table.from_pylist(rows, schema=table.schema().as_arrow()))

    append([1, 2, 3])
    with table.update_schema() as update:
        update.update_column("id", LongType())
        update.update_column("score", DoubleType())
        update.rename_column("score", "points")
        update.delete_column("old")
        update.add_column(("address", "country"), StringType())
        update.add_column("added", IntegerType(), doc="added later")
    with table.update_spec() as update:
        update.add_field("id", BucketTransform(4), "id_bucket")
    append([4, 5], score="points", old=None)
    table.delete(EqualTo("id", 2))
    table.manage_snapshots().create_tag(table.metadata.snapshots[0].snapshot_id, "first").commit()
    with table.transaction() as transaction:
        transaction.set_properties({"owner": "firn", "write.metadata.previous-versions-max": "10"})
    append([6], score="points", old=None)
    return table


def make_types(catalog):
    import pyarrow as pa
    from pyiceberg.schema import Schema
    from pyiceberg.types import (BinaryType, BooleanType, DateType, DecimalType, DoubleType, FixedType, FloatType,
                                 IntegerType, LongType, NestedField, StringType, TimestampType, TimestamptzType,
                                 TimeType, UUIDType)

    kinds = [BooleanType(), IntegerType(), LongType(), FloatType(), DoubleType(), DecimalType(38, 10), DateType(),
             TimeType(), TimestampType(), TimestamptzType(), StringType(), UUIDType(), FixedType(4), BinaryType()]
    schema = Schema(*[NestedField(i + 1, f"c{i + 1}", kind) for i, kind in enumerate(kinds)])
    table = catalog.create_table("f.types", schema)
    utc = dt.timezone.utc
    rows = [
        [False, -(2**31), -(2**63), -1.5, -1e300, decimal.Decimal("-1234567890123456789012345678.0123456789"),
         dt.date(1, 1, 1), dt.time(0, 0, 0), dt.datetime(1900, 1, 1), dt.datetime(1900, 1, 1, tzinfo=utc), "",
         uuid.UUID(int=1).bytes, b"\0\0\0\0", b"\0"],
        [True, 2**31 - 1, 2**63 - 1, 1.5, 1e300, decimal.Decimal("1234567890123456789012345678.0123456789"),
         dt.date(9999, 12, 31), dt.time(23, 59, 59, 999999), dt.datetime(2200, 1, 1, 1, 1, 1, 1),
         dt.datetime(2200, 1, 1, 1, 1, 1, 1, tzinfo=utc), "a text that is longer than sixteen characters",
         uuid.UUID("f79c3e09-677c-4bbd-a479-3f349cb785e7").bytes, b"\xff\xff\xff\xff", b"\xff" * 20],
        [None] * len(kinds),
    ]
    arrow = table.schema().as_arrow()
    columns = [pa.array([row[i] for row in rows], type=arrow.field(i).type if i != 11 else pa.binary(16))
               for i in range(len(kinds))]
    columns[11] = columns[11].cast(arrow.field(11).type)
    table.append(pa.Table.from_arrays(columns, schema=arrow))
    return table


def make_version_one(catalog):
    import pyarrow as pa
    from pyiceberg.partitioning import PartitionField, PartitionSpec
    from pyiceberg.schema import Schema
    from pyiceberg.transforms import IdentityTransform
    from pyiceberg.types import LongType, NestedField, StringType

    schema = Schema(NestedField(1, "id", LongType()), NestedField(2, "kind", StringType()))
    table = catalog.create_table("f.version_one", schema, properties={"format-version": "1"},
                                 partition_spec=PartitionSpec(PartitionField(2, 1000, IdentityTransform(), "kind")))
    for start in (0, 10):
        rows = [{"id": start + i, "kind": "ab"[i % 2]} for i in range(4)]
        table.append(pa.Table.from_pylist(rows, schema=table.schema().as_arrow()))
    return table


def main():
    from pyiceberg.catalog.sql import SqlCatalog

    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir()
    catalog = SqlCatalog("fixtures", uri=f"sqlite:///{HOME}/catalog.db", warehouse=f"file://{HOME}/w")
    catalog.create_namespace("f")
    shutil.rmtree(OUT, ignore_errors=True)
    for make in (make_transforms, make_evolved, make_types, make_version_one):
        table = make(catalog)
        name = make.__name__.removeprefix("make_")
        folder = pathlib.Path(table.location().removeprefix("file://")) / "metadata"
        shutil.copytree(folder, OUT / folder.relative_to(HOME))
        (OUT / f"{name}.json").write_text(json.dumps(describe(table), indent=1, sort_keys=True) + "\n")
    shutil.rmtree(HOME)
    print(sum(file.stat().st_size for file in OUT.rglob("*") if file.is_file()), "bytes in", OUT)


if __name__ == "__main__":
    if sys.argv[1:] == ["--venv"]:
        print(python())
    elif "pyiceberg" not in sys.modules and os.environ.get("FIRN_FIXTURES_INNER") != "1":
        os.execve(python(), [python(), __file__], {**os.environ, "FIRN_FIXTURES_INNER": "1"})
    else:
        main()

"""Tables written by the iceberg room, read from outside: PyIceberg for the rows, fastavro for the files.

    $(python3 make_iceberg_fixtures.py --venv) -m pytest test_iceberg_room.py

FIRN_ICEBERG_TEST is the room's test program (default: build/iceberg_test).
"""

import gzip
import json
import os
import pathlib
import subprocess

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.table import StaticTable

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = os.environ.get("FIRN_ICEBERG_TEST", str(ROOT / "build" / "iceberg_test"))
FILES = 19
ROWS = 10


def row(i):
    return {"id": i, "name": f"n{i}"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    home = tmp_path_factory.mktemp("lake")
    (home / "data").mkdir()
    schema = pa.schema([
        pa.field("id", pa.int64(), nullable=False, metadata={"PARQUET:field_id": "1"}),
        pa.field("name", pa.string(), metadata={"PARQUET:field_id": "2"}),
    ])
    described = []
    for n in range(FILES):
        path = home / "data" / f"{n}.parquet"
        pq.write_table(pa.Table.from_pylist([row(n * ROWS + i) for i in range(ROWS)], schema=schema), path)
        described.append({"name": path.name, "rows": ROWS, "size": path.stat().st_size})
    (home / "files.json").write_text(json.dumps({"files": described}))
    ran = subprocess.run([PROGRAM, "--gtest_filter=OutsideReaders.*"], env={**os.environ, "FIRN_INTEROP_DIR": str(home)},
                         capture_output=True, text=True)
    assert ran.returncode == 0 and "SKIPPED" not in ran.stdout, ran.stdout + ran.stderr
    return home


def table(folder, name):
    return StaticTable.from_metadata((folder / "tables" / name).read_text())


def rows(scan):
    return sorted(scan.to_arrow().to_pylist(), key=lambda r: r["id"])


def ids(files, deleted=()):
    return [n * ROWS + i for n in files for i in range(ROWS) if n * ROWS + i not in deleted]


def test_version_two(folder):
    got = table(folder, "v2")
    expected = [row(i) for i in ids(n for n in range(FILES) if n != 3)]
    assert rows(got.scan()) == expected
    assert rows(got.scan("id >= 42 and id < 61")) == [r for r in expected if 42 <= r["id"] < 61]
    assert got.current_snapshot().summary["total-records"] == str(len(expected))
    assert got.current_snapshot().summary["total-data-files"] == str(FILES - 1)


def test_version_two_time_travel(folder):
    got = table(folder, "v2")
    history = got.metadata.snapshots
    assert len(history) == 20
    for count in (1, 7, 18):
        assert rows(got.scan(snapshot_id=history[count - 1].snapshot_id)) == [row(i) for i in ids(range(count))]


def test_version_two_inspection(folder):
    got = table(folder, "v2")
    assert got.inspect.files().num_rows == FILES - 1
    assert got.inspect.manifests().num_rows == len(got.current_snapshot().manifests(got.io))
    assert got.inspect.manifests().num_rows < 14  # merged
    assert got.inspect.partitions().num_rows > 4
    statuses = got.inspect.entries()["status"].to_pylist()
    assert set(statuses) <= {0, 1, 2} and 1 in statuses


def test_version_three(folder):
    got = table(folder, "v3")
    deleted = {20, 24, 29, 51, 52, 53}
    assert [r["id"] for r in rows(got.scan())] == ids((n for n in range(FILES) if n != 17), deleted)
    assert got.metadata.format_version == 3
    assert got.metadata.next_row_id == FILES * ROWS
    summary = got.current_snapshot().summary
    assert summary["total-position-deletes"] == "6"
    assert summary["total-delete-files"] == "2"
    assert [f.name for f in got.schema().fields] == ["id", "title", "added"]
    assert rows(got.scan("id = 23"))[0]["title"] == "n23"


def test_version_three_metadata_is_gzip(folder):
    location = (folder / "tables" / "v3").read_text().removeprefix("file://")
    assert location.endswith(".gz.metadata.json")
    document = json.loads(gzip.decompress(pathlib.Path(location).read_bytes()))
    assert [s["sequence-number"] for s in document["snapshots"]] == list(range(1, 24))
    firsts = [s["first-row-id"] for s in document["snapshots"]]
    assert firsts == sorted(firsts)
    assert len(document["metadata-log"]) == 23


def test_upgraded(folder):
    got = table(folder, "upgraded")
    assert [r["id"] for r in rows(got.scan())] == ids(range(4), {5})
    assert got.metadata.next_row_id == 4 * ROWS


@pytest.mark.parametrize("name,version", [("v2", "2"), ("v3", "3"), ("upgraded", None)])
def test_avro_files(folder, name, version):
    """fastavro takes every file; the headers have what the specification asks for."""
    seen = 0
    for path in sorted((folder / name / "metadata").glob("*.avro")):
        with path.open("rb") as file:
            reader = fastavro.reader(file)
            header = reader.metadata
            records = list(reader)
        seen += 1
        if path.name.startswith("snap-"):
            assert {"snapshot-id", "parent-snapshot-id", "sequence-number", "format-version"} <= set(header)
            for record in records:
                manifest = pathlib.Path(record["manifest_path"].removeprefix("file://"))
                assert manifest.stat().st_size == record["manifest_length"]
                if header["format-version"] == "3" and record["content"] == 0:
                    assert record["first_row_id"] is not None
        else:
            assert {"schema", "schema-id", "partition-spec", "partition-spec-id", "content"} <= set(header)
            json.loads(header["schema"])
            for record in records:
                if record["status"] == 1:
                    assert record["sequence_number"] is None and record["file_sequence_number"] is None
                else:
                    assert record["sequence_number"] is not None and record["file_sequence_number"] is not None
        if version:
            assert header["format-version"] == version
    assert seen > 4

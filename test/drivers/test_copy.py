"""COPY INTO a table from Parquet that pyarrow wrote: columns by name in any order, nested values, several row groups."""

import datetime
import decimal

import pytest

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

ROWS = [
    (1, "a", decimal.Decimal("1.25"), datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 1, 2, 3), True, 0.5),
    (2, None, None, None, None, None, None),
    (3, "\u00e9", decimal.Decimal("-99999.99"), datetime.date(1969, 12, 31), datetime.datetime(1969, 1, 1), False, -1e300),
]
NAMES = ["i", "s", "n", "d", "t", "b", "f"]


@pytest.fixture(params=["snappy", "zstd", "gzip", "none"])
def stage(server, cursor, request):
    folder = server.folder / "given" / request.param
    folder.mkdir(exist_ok=True)
    columns = [list(values) for values in zip(*ROWS)]
    table = pyarrow.table(dict(zip(reversed(NAMES), reversed(columns))))
    table = table.append_column("v", pyarrow.array([{"a": [1, 2], "b": "x"}, None, {"a": [], "b": None}]))
    parquet.write_table(table, folder / "rows.parquet", compression=request.param, row_group_size=2)
    name = f"given_{request.param}"
    cursor.execute(f"CREATE OR REPLACE STAGE {name} URL = 'file://{folder}/' FILE_FORMAT = (TYPE = PARQUET)")
    cursor.execute("CREATE OR REPLACE TABLE p (i INT, s VARCHAR, n NUMBER(10,2), d DATE, t TIMESTAMP_NTZ, b BOOLEAN, "
                   "f DOUBLE, v VARIANT)")
    return name


def test_parquet_by_column_name(cursor, stage):
    status = cursor.execute(f"COPY INTO p FROM @{stage} MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE").fetchall()
    assert [(row[1], row[2], row[3]) for row in status] == [("LOADED", 3, 3)]
    assert cursor.execute(f"SELECT {', '.join(NAMES)} FROM p ORDER BY i").fetchall() == ROWS
    assert cursor.execute("SELECT v:a[1]::INT, v:b::VARCHAR FROM p ORDER BY i").fetchall() == [(2, "x"), (None, None), (None, None)]
    again = cursor.execute(f"COPY INTO p FROM @{stage} MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE").fetchone()
    assert "0 files processed" in again[0]


def test_parquet_by_a_query(cursor, stage):
    cursor.execute(f"COPY INTO p (i, s) FROM (SELECT $1:i::INT * 10, UPPER($1:s::VARCHAR) FROM @{stage})")
    assert cursor.execute("SELECT i, s FROM p ORDER BY i").fetchall() == [(10, "A"), (20, None), (30, "\u00c9")]

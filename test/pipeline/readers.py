"""Rows of a table of the lake as readers of others see them: run in the venvs `readers` (PyIceberg) and `delta`
(delta-rs, and DuckDB's delta_scan).

python readers.py      reads lines of {"kind": "iceberg", "place": METADATA_JSON, "columns": […]} (or "delta", FOLDER)
and answers each with a line of {"rows": […]}, cells as text, sorted, or {"error": …}. See readback.py.
"""
import datetime
import decimal
import json
import os
import pathlib
import sys


def text(value):
    if value is None:
        return None
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, bytes):
        return value.hex().upper()
    return str(value)


def iceberg(location):
    from pyiceberg.table import StaticTable

    names = {"s3.endpoint": "AWS_ENDPOINT_URL", "s3.region": "AWS_REGION", "s3.access-key-id": "AWS_ACCESS_KEY_ID",
             "s3.secret-access-key": "AWS_SECRET_ACCESS_KEY"}
    properties = {name: os.environ[value] for name, value in names.items() if value in os.environ}
    return StaticTable.from_metadata(location, properties).scan().to_arrow()


def delta(folder):
    import deltalake
    import pyarrow

    table = deltalake.DeltaTable(folder, storage_options={"allow_http": "true"} if folder.startswith("s3:") else None)
    return pyarrow.table(deltalake.QueryBuilder().register("t", table).execute("SELECT * FROM t").read_all())


def delta_scan(folder):
    import duckdb
    import duckdb_extension_delta

    duck = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    extension = next(pathlib.Path(duckdb_extension_delta.__file__).parent.rglob("delta.duckdb_extension"))
    duck.execute(f"LOAD '{extension}'; SET TimeZone = 'UTC'")
    return duck.execute(f"SELECT * FROM delta_scan('{folder}')").to_arrow_table()


def rows(kind, place, columns):
    table = {"iceberg": iceberg, "delta": delta, "delta_scan": delta_scan}[kind](place)
    cells = [table.column(name).to_pylist() for name in columns]
    return sorted(([text(cell) for cell in row] for row in zip(*cells)), key=lambda row: [cell or "" for cell in row])


def main():
    for line in sys.stdin:
        try:
            answer = {"rows": rows(**json.loads(line))}
        except Exception as error:  # noqa: BLE001: told to the one that asked
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()

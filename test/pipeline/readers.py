"""Rows of a table of the lake as readers of others see them: run in the venvs `readers` (PyIceberg) and `delta` (delta-rs).

python readers.py iceberg METADATA_JSON COLUMN…      python readers.py delta FOLDER COLUMN…
prints the rows as JSON, cells as text, sorted.
"""
import datetime
import decimal
import json
import sys


def text(value):
    if value is None:
        return None
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def iceberg(location):
    from pyiceberg.table import StaticTable

    return StaticTable.from_metadata(location).scan().to_arrow()


def delta(folder):
    import deltalake
    import pyarrow

    table = deltalake.DeltaTable(folder)
    return pyarrow.table(deltalake.QueryBuilder().register("t", table).execute("SELECT * FROM t").read_all())


def main():
    table = {"iceberg": iceberg, "delta": delta}[sys.argv[1]](sys.argv[2])
    columns = [table.column(name).to_pylist() for name in sys.argv[3:]]
    print(json.dumps(sorted(([text(cell) for cell in row] for row in zip(*columns)),
                            key=lambda row: [cell or "" for cell in row])))


if __name__ == "__main__":
    main()

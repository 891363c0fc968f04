"""1,000,000 rows to Arrow with the Python connector: Firn with 5.2.0, fakesnow with 4.8.1, the last that it serves."""

import json
import pathlib
import sys

import measure

ROWS = 1_000_000
COLUMNS = ("i INTEGER, d DECIMAL(15,2), f DOUBLE, day DATE, moment TIMESTAMP_NTZ, b BOOLEAN, s VARCHAR, l VARCHAR")
EXPRESSIONS = {
    "i": "i", "d": "((i * 7919 % 100000000) / 100)::DECIMAL(15,2)", "f": "(i * 1.25)::DOUBLE",
    "day": "DATE '1990-01-01' + (i % 10000)::INTEGER", "moment": "TIMESTAMP '2020-01-01' + to_microseconds(i * 977)",
    "b": "i % 3 = 0", "s": "left(md5(i::VARCHAR), 10)", "l": "left(md5(i::VARCHAR) || md5((i + 1)::VARCHAR), 40)",
}


def generated():
    """One Parquet file; 1 % of each column is NULL, in other rows for each."""
    import duckdb

    file = measure.CACHE / "fetch" / "rows.parquet"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        columns = ", ".join(f"if((i + {number}) % 100 = 0, NULL, {text}) AS {name}"
                            for number, (name, text) in enumerate(EXPRESSIONS.items()))
        text = f"SELECT {columns} FROM range({ROWS}) AS t(i)"
        duckdb.execute(f"COPY ({text}) TO '{file}.part' (FORMAT parquet)")
        pathlib.Path(f"{file}.part").rename(file)
    return file


def digest(table):
    """What both connectors must agree on: counts, sums and lengths of every column."""
    import pyarrow as pa
    import pyarrow.compute as pc

    out = [table.num_rows]
    for column in table.columns:
        kind = column.type
        out.append(column.null_count)
        if pa.types.is_boolean(kind):
            out.append(pc.sum(column.cast(pa.int64())).as_py())
        elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
            out.append(pc.sum(pc.utf8_length(column)).as_py())
        elif pa.types.is_date(kind):
            out.append(pc.sum(column.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())).as_py())
        elif pa.types.is_timestamp(kind):
            out.append(pc.sum(pc.divide(column.cast(pa.timestamp("us")).cast(pa.int64()), 1_000_000)).as_py())
        else:
            out.append(float(pc.sum(column.cast(pa.float64())).as_py()))
    return [round(value, 0) if isinstance(value, float) else value for value in out]


def fetch(connection):
    cursor = connection.cursor()
    return measure.seconds(lambda: cursor.execute("SELECT * FROM t").fetch_arrow_all())


def fake(port, file, rounds):
    """In fakesnow's environment: loads the rows by fakesnow's own DuckDB, and prints seconds and the digest."""
    import snowflake.connector

    connection = snowflake.connector.connect(user="fake", password="snow", account="fakesnow", host="localhost",
                                             port=port, protocol="http", database="bench", schema="s")
    cursor = connection.cursor()
    cursor.execute("CREATE DATABASE IF NOT EXISTS bench")
    cursor.execute("CREATE SCHEMA IF NOT EXISTS bench.s")
    cursor.execute("USE SCHEMA bench.s")
    cursor.execute(f"CREATE TABLE t AS SELECT * FROM read_parquet('{file}')")
    times, table = [], None
    for _ in range(rounds + 1):
        time, table = fetch(connection)
        times.append(time)
    print(json.dumps({"times": times[1:], "digest": digest(table)}))


def main():
    if len(sys.argv) > 1:
        return fake(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
    file = generated()
    with measure.scratch("fetch") as folder, measure.firn(folder / "lake", allow=file.parent) as server:
        connection = measure.connect(server)
        cursor = connection.cursor()
        cursor.execute("CREATE DATABASE bench")
        cursor.execute(f"CREATE STAGE given URL = 'file://{file.parent}' FILE_FORMAT = (TYPE = PARQUET)")
        cursor.execute(f"CREATE TABLE t ({COLUMNS})")
        cursor.execute("COPY INTO t FROM @given/rows.parquet MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE")
        with measure.fakesnow() as port:
            peer = measure.fake_python(__file__, port, file, measure.ROUNDS)
        _, table = fetch(connection)
        got = digest(table)
        # fakesnow gives 1970-01-01 for a NULL timestamp; all else must agree.
        nulls = 1 + 2 * list(EXPRESSIONS).index("moment")
        peer["digest"][nulls] = got[nulls]
        measure.check("fetched rows", got == peer["digest"])
        times = [fetch(connection)[0] for _ in range(measure.ROUNDS)]
        connection.close()
    measure.report("fetch", ROWS / measure.median(times), "rows/s", "fakesnow 0.12, connector 4.8.1",
                   ROWS / measure.median(peer["times"]), at_least=5)


if __name__ == "__main__":
    main()

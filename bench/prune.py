"""A filtered query that keeps 1 of 10,000 data files, warm, against duckdb-iceberg's iceberg_scan of the same table."""

import os
import pathlib

import measure

FILES, ROWS = int(os.environ.get("FIRN_BENCH_PRUNE_FILES", "10000")), 20


def generated():
    """One Parquet file; the table's partitions make 10,000 of it."""
    import duckdb

    file = measure.CACHE / "prune" / f"rows-{FILES}.parquet"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        duckdb.execute(f"COPY (SELECT i AS id, i // {ROWS} AS part, 'name ' || i AS name, i * 1.5 AS value "
                       f"FROM range({FILES * ROWS}) AS t(i)) TO '{file}.part' (FORMAT parquet)")
        pathlib.Path(f"{file}.part").rename(file)
    return file


def open_duckdb(memory_gib=measure.MEMORY_GIB):
    import duckdb

    connection = duckdb.connect(config={"threads": measure.THREADS, "memory_limit": f"{memory_gib}GiB"})
    for name in ("httpfs", "avro", "iceberg"):
        package = pathlib.Path(__import__(f"duckdb_extension_{name}").__file__).parent
        connection.execute(f"LOAD '{next(package.rglob(f'{name}.duckdb_extension'))}'")
    return connection


def main():
    given = generated()
    with measure.scratch("prune") as folder, measure.firn(folder / "lake", allow=given.parent) as server:
        connection = measure.connect(server)
        cursor = connection.cursor()
        cursor.execute("CREATE DATABASE bench")
        cursor.execute(f"CREATE STAGE given URL = 'file://{given.parent}' FILE_FORMAT = (TYPE = PARQUET)")
        cursor.execute("CREATE TABLE t (id INTEGER, part INTEGER, name VARCHAR, value DOUBLE) CLUSTER BY (part) "
                       "ENABLE_DATA_COMPACTION = FALSE")  # the files are to stay 10,000
        cursor.execute("CREATE TABLE rows_given (id INTEGER, part INTEGER, name VARCHAR, value DOUBLE)")
        cursor.execute(f"COPY INTO rows_given FROM @given/{given.name} MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE")
        # A statement writes a file a partition for a hundred partitions at most; beyond, sorted files.
        for low in range(0, FILES, 100):
            cursor.execute(f"INSERT INTO t SELECT * FROM rows_given WHERE part >= {low} AND part < {low + 100}")
        metadata, files = measure.data_files(connection, "BENCH.PUBLIC.T")
        measure.check("10,000 data files", len(files) == FILES)
        duck = open_duckdb()
        times = {"firn": [], "duckdb": []}
        for turn in range(2 + 4 * measure.ROUNDS):
            where = f"WHERE id = {(turn * 7919 + 17) % (FILES * ROWS)}"
            took, rows = measure.seconds(lambda: cursor.execute(f"SELECT * FROM t {where}").fetchall())
            peer, other = measure.seconds(
                lambda: duck.execute(f"SELECT * FROM iceberg_scan('{metadata}') {where}").fetchall())
            measure.check("the kept row", [tuple(row) for row in rows] == other and len(rows) == 1)
            if turn >= 2:
                times["firn"].append(took)
                times["duckdb"].append(peer)
        connection.close()
    measure.report("prune", measure.median(times["firn"]), "s", "duckdb-iceberg 1.5.5", measure.median(times["duckdb"]),
                   at_most=0.2)


if __name__ == "__main__":
    main()

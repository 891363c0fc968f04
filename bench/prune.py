"""A filtered query that keeps 1 of 10,000 data files, warm, against duckdb-iceberg's iceberg_scan of the same table."""

import pathlib

import measure

FILES, ROWS = 10_000, 20


def generated():
    """10,000 small Parquet files with keys that do not overlap."""
    import duckdb

    folder = measure.CACHE / "prune"
    if not (folder / "complete").exists():
        (folder / "files").mkdir(parents=True, exist_ok=True)
        connection = duckdb.connect()
        for number in range(FILES):
            connection.execute(f"COPY (SELECT i AS id, 'name ' || i AS name, i * 1.5 AS value "
                               f"FROM range({number * ROWS}, {(number + 1) * ROWS}) AS t(i)) "
                               f"TO '{folder}/files/{number:05d}.parquet' (FORMAT parquet)")
        (folder / "complete").write_text("")
    return folder / "files"


def open_duckdb(memory_gib=measure.MEMORY_GIB):
    import duckdb

    connection = duckdb.connect(config={"threads": measure.THREADS, "memory_limit": f"{memory_gib}GiB"})
    for name in ("httpfs", "avro", "iceberg"):
        package = pathlib.Path(__import__(f"duckdb_extension_{name}").__file__).parent
        connection.execute(f"LOAD '{next(package.rglob(f'{name}.duckdb_extension'))}'")
    return connection


def main():
    given = generated()
    with measure.scratch("prune") as folder, measure.firn(folder / "lake", allow=given) as server:
        connection = measure.connect(server)
        cursor = connection.cursor()
        cursor.execute("CREATE DATABASE bench")
        cursor.execute(f"CREATE STAGE given URL = 'file://{given}' FILE_FORMAT = (TYPE = PARQUET)")
        cursor.execute("CREATE TABLE t (id INTEGER, name VARCHAR, value DOUBLE)")
        cursor.execute("COPY INTO t FROM @given MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE")
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

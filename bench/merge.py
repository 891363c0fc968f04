"""MERGE of 100,000 rows with random keys, half new, into 10,000,000 rows of 10 columns in 20 files: against delta-rs and
duckdb-iceberg. Each round merges other rows into all three, and compares their checksums."""

import os
import pathlib

import measure
import prune
import rest_catalog

ROWS = int(os.environ.get("FIRN_BENCH_MERGE_ROWS", "10000000"))
CHANGES = ROWS // 100
FILES = 20
MEMORY_GIB = 0.75  # of the engines; the process must stay under 1 GiB
COLUMNS = {"k": "BIGINT", "a": "INTEGER", "b": "BIGINT", "c": "DOUBLE", "d": "DECIMAL(15,2)", "e": "DATE", "f": "TIMESTAMP",
           "g": "VARCHAR", "h": "VARCHAR", "i": "BOOLEAN"}
# Keys of the table are even; a changed row has an even or an odd key, so that half of them are new.
ROW = """SELECT {key} AS k, ({key} % 1000 + {salt})::INTEGER AS a, {key} * 3 + {salt} AS b, ({key} * 0.5)::DOUBLE AS c,
    (({key} % 10000000) / 100)::DECIMAL(15,2) AS d, DATE '2000-01-01' + ({key} % 9000)::INTEGER AS e,
    TIMESTAMP '2020-01-01' + to_seconds({key} % 100000000) AS f, left(md5(({key} + {salt})::VARCHAR), 10) AS g,
    'name ' || ({key} % 100000) AS h, {key} % 3 = 0 AS i FROM range({low}, {high}) AS t(n)"""
CHECKSUM = ("SELECT count(*), sum(k), sum(a), sum(b), sum(c), sum(d), min(e), max(f), min(g), max(g), sum(length(h)), "
            "sum(CASE WHEN i THEN 1 ELSE 0 END) FROM {}")


def generated(rounds):
    import duckdb

    folder = measure.CACHE / f"merge-{ROWS}"
    folder.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(config={"threads": measure.THREADS})

    def write(file, text):
        if not file.exists():
            connection.execute(f"COPY ({text}) TO '{file}.part' (FORMAT parquet, COMPRESSION zstd)")
            pathlib.Path(f"{file}.part").rename(file)

    (folder / "rows").mkdir(exist_ok=True)
    for part in range(FILES):
        low, high = ROWS * part // FILES, ROWS * (part + 1) // FILES
        write(folder / "rows" / f"{part:02d}.parquet", ROW.format(key="(2 * n)", salt=0, low=low, high=high))
    for turn in range(rounds):
        # 7,919 is prime to the number of rows: the keys are spread over the table without repeats.
        key = f"(2 * ((n * 7919 + {turn * 131}) % {ROWS}) + n % 2)"
        write(folder / f"changes-{turn}.parquet", ROW.format(key=key, salt=turn + 1, low=0, high=CHANGES))
    return folder


class Firn:
    def __init__(self, server, given):
        self.server = server
        self.connection = measure.connect(server)
        self.cursor = self.connection.cursor()
        self.cursor.execute("CREATE DATABASE bench")
        self.cursor.execute(f"CREATE STAGE given URL = 'file://{given}' FILE_FORMAT = (TYPE = PARQUET)")
        self.create("t")
        self.cursor.execute("COPY INTO t FROM @given/rows/ MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE")

    def create(self, table):
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        # The files are to stay as they were loaded, as they do for the peers.
        self.cursor.execute(f"CREATE OR REPLACE TABLE {table} ({columns}) ENABLE_DATA_COMPACTION = FALSE")

    def prepare(self, file):
        self.create("changes")
        self.cursor.execute(f"COPY INTO changes FROM @given/{file.name} MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE")

    def merge(self):
        names = list(COLUMNS)
        updates = ", ".join(f"t.{name} = s.{name}" for name in names[1:])
        values = ", ".join(f"s.{name}" for name in names)
        return self.cursor.execute(
            f"MERGE INTO t USING changes AS s ON t.k = s.k WHEN MATCHED THEN UPDATE SET {updates} "
            f"WHEN NOT MATCHED THEN INSERT ({', '.join(names)}) VALUES ({values})").fetchone()

    def checksum(self):
        return self.cursor.execute(CHECKSUM.format("t")).fetchone()


class DuckIceberg:
    def __init__(self, folder, given):
        self.duck = prune.open_duckdb(MEMORY_GIB)
        port = rest_catalog.serve(folder)
        self.duck.execute(f"ATTACH 'bench' AS lake (TYPE iceberg, ENDPOINT 'http://127.0.0.1:{port}', "
                          "AUTHORIZATION_TYPE 'none')")
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        self.duck.execute(f"CREATE TABLE lake.s.t ({columns})")
        for part in sorted((given / "rows").glob("*.parquet")):
            self.duck.execute(f"INSERT INTO lake.s.t SELECT * FROM read_parquet('{part}')")

    def prepare(self, file):
        self.duck.execute(f"CREATE OR REPLACE TEMP TABLE changes AS SELECT * FROM read_parquet('{file}')")

    def merge(self):
        names = list(COLUMNS)
        updates = ", ".join(f"{name} = s.{name}" for name in names[1:])
        values = ", ".join(f"s.{name}" for name in names)
        self.duck.execute(f"MERGE INTO lake.s.t AS t USING changes AS s ON t.k = s.k WHEN MATCHED THEN UPDATE SET {updates} "
                          f"WHEN NOT MATCHED THEN INSERT ({', '.join(names)}) VALUES ({values})").fetchall()

    def checksum(self):
        return self.duck.execute(CHECKSUM.format("lake.s.t")).fetchone()


class Delta:
    def __init__(self, folder, given):
        import deltalake
        import pyarrow.parquet

        self.folder = str(folder)
        for part in sorted((given / "rows").glob("*.parquet")):
            deltalake.write_deltalake(self.folder, pyarrow.parquet.read_table(part), mode="append")

    def prepare(self, file):
        import pyarrow.parquet

        self.changes = pyarrow.parquet.read_table(file)

    def merge(self):
        import deltalake

        table = deltalake.DeltaTable(self.folder)
        (table.merge(source=self.changes, predicate="t.k = s.k", source_alias="s", target_alias="t")
         .when_matched_update_all().when_not_matched_insert_all().execute())

    def checksum(self):
        import deltalake
        import duckdb

        files = deltalake.DeltaTable(self.folder).file_uris()
        with duckdb.connect(config={"threads": measure.THREADS}) as connection:
            return connection.execute(CHECKSUM.format(f"read_parquet({[str(file) for file in files]})")).fetchone()


def plain(row):
    return [str(value)[:19] if isinstance(value, str) or hasattr(value, "year") else round(float(value), 2)
            for value in row]


def merges(engines, given, rounds):
    """Seconds of each engine's MERGE, round by round; the peak of Firn's process over its own."""
    times, peaks = {name: [] for name in engines}, []
    pid = engines["firn"].server.process.pid
    for turn in range(rounds):
        sums = {}
        for name, engine in engines.items():
            engine.prepare(given / f"changes-{turn}.parquet")
            if name == "firn":
                measure.forget_peak(pid)
            times[name].append(measure.seconds(engine.merge)[0])
            if name == "firn":
                peaks.append(measure.peak_mib(pid))
            sums[name] = plain(engine.checksum())
            print(f"  round {turn} {name}: {times[name][-1]:.3f} s", flush=True)
        for name, value in sums.items():
            measure.check(f"checksum of {name} after round {turn}", value == sums["firn"])
    return times, max(peaks)


def main():
    rounds = min(3, measure.ROUNDS)
    given = generated(rounds)
    with measure.scratch("merge") as folder, \
            measure.firn(folder / "lake", allow=given, memory_gib=MEMORY_GIB) as server:
        engines = {"firn": Firn(server, given), "duckdb": DuckIceberg(folder / "iceberg", given)}
        if not os.environ.get("FIRN_BENCH_SKIP_DELTA"):
            engines["delta"] = Delta(folder / "delta", given)
        scan = engines["firn"].checksum
        scan()
        before = measure.median([measure.seconds(scan)[0] for _ in range(measure.ROUNDS)])
        times, peak = merges(engines, given, rounds)
        after = measure.median([measure.seconds(scan)[0] for _ in range(measure.ROUNDS)])
        engines["firn"].connection.close()
    middle = {name: measure.median(values) for name, values in times.items()}
    measure.report("merge/duckdb-iceberg", middle["firn"], "s", "duckdb-iceberg 1.5.5", middle["duckdb"], at_most=1)
    if "delta" in middle:
        measure.report("merge/delta-rs", middle["firn"], "s", "delta-rs 1.6", middle["delta"], at_most=0.1)
    measure.report("merge/peak", peak, "MiB", at_most=1024)
    measure.report("merge/scan-after", after, "s", "the scan before", before, at_most=1.2)


if __name__ == "__main__":
    main()

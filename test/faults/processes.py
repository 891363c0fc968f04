#!/usr/bin/env python3
"""Faults of whole processes: kill -9 in a commit loop, several writers of one row, transactions over several tables,
two MERGEs of one key, merges of a pipeline, a driver's retry after a crash. Each prints what it saw; any lost or doubled row fails.
"""
import base64
import contextlib
import http.client
import pathlib
import random
import sys
import tempfile
import threading
import time
import urllib.request
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from serve import PASSWORD, Server  # noqa: E402
from wire import Connection, SqlError  # noqa: E402

KILLS, ADDERS, ADDITIONS, STREAM_KILLS = 50, 8, 200, 10
LOST = (OSError, http.client.HTTPException, ValueError)


def connect(server, **context):
    return Connection(server.listen, "ADMIN", PASSWORD, **context)


def value(connection, sql):
    return connection.execute(sql).rows[0][0]


def kills(lake):
    """What was acknowledged is there once; what was not is there at most once."""
    acknowledged, tried, next_number = set(), set(), 0
    server = Server(lake).start()
    connect(server).execute("CREATE DATABASE kills")
    connect(server).execute("CREATE TABLE kills.public.t (n INT)")
    for _ in range(KILLS):
        connection = connect(server)
        killer = threading.Timer(random.uniform(0.02, 0.25), server.kill)
        killer.start()
        with contextlib.suppress(*LOST):
            while True:
                tried.add(next_number)
                connection.execute(f"INSERT INTO kills.public.t VALUES ({next_number})")
                acknowledged.add(next_number)
                next_number += 1
        next_number += 1
        killer.join()
        server = Server(lake).start()
    rows = [int(row[0]) for row in connect(server).execute("SELECT n FROM kills.public.t").rows]
    server.stop()
    assert len(rows) == len(set(rows)), "a row is there twice"
    assert acknowledged <= set(rows), f"lost: {sorted(acknowledged - set(rows))[:5]}"
    assert set(rows) <= tried
    print(f"kill -9: {KILLS} times, {len(acknowledged)} acknowledged rows, {len(rows)} there")


def add_in_threads(servers, table):
    problems = []

    def add(server):
        try:
            connection = connect(server)
            for _ in range(ADDITIONS):
                connection.execute(f"UPDATE {table} SET n = n + 1")
        except Exception as error:  # noqa: BLE001  (a thread's failure is the test's)
            problems.append(repr(error))

    threads = [threading.Thread(target=add, args=(servers[i % len(servers)],)) for i in range(ADDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems, problems
    got = value(connect(servers[0]), f"SELECT n FROM {table}")
    assert got == str(ADDERS * ADDITIONS), f"the counter is {got}"
    return got


def counters(lake):
    with Server(lake) as one:
        connection = connect(one)
        connection.execute("CREATE DATABASE counters")
        connection.execute("CREATE TABLE counters.public.a (n INT) AS SELECT 0")
        connection.execute("CREATE TABLE counters.public.b (n INT) AS SELECT 0")
        started = time.monotonic()
        add_in_threads([one], "counters.public.a")
        print(f"{ADDERS} sessions in one process: {ADDERS * ADDITIONS} additions in {time.monotonic() - started:.1f} s")
        with Server(lake) as two:
            started = time.monotonic()
            add_in_threads([one, two], "counters.public.b")
            print(f"{ADDERS} sessions in two processes: {ADDERS * ADDITIONS} in {time.monotonic() - started:.1f} s")


def whole_transactions(lake):
    """A reader sees a transaction over three tables whole or not at all."""
    with Server(lake) as server:
        writer = connect(server)
        writer.execute("CREATE DATABASE whole")
        for table in "abc":
            writer.execute(f"CREATE TABLE whole.public.{table} (n INT) AS SELECT 0")
        done, torn = threading.Event(), []

        def read():
            reader = connect(server)
            while not done.is_set():
                row = reader.execute("SELECT (SELECT max(n) FROM whole.public.a), (SELECT max(n) FROM whole.public.b), "
                                     "(SELECT max(n) FROM whole.public.c)").rows[0]
                if len(set(row)) != 1:
                    torn.append(row)

        thread = threading.Thread(target=read)
        thread.start()
        for n in range(1, 40):
            writer.execute("BEGIN")
            for table in "abc":
                writer.execute(f"INSERT INTO whole.public.{table} VALUES ({n})")
            writer.execute("COMMIT")
        done.set()
        thread.join()
        assert not torn, f"seen torn: {torn[:3]}"
        print("39 transactions over three tables: each seen whole")


def one_key(lake):
    """Two MERGEs of the same new key at once leave one row."""
    with Server(lake) as one, Server(lake) as two:
        connection = connect(one)
        connection.execute("CREATE DATABASE one_key")
        connection.execute("CREATE TABLE one_key.public.t (k INT, v INT)")
        for key in range(20):
            barrier, problems = threading.Barrier(2), []

            def merge(server, key=key, barrier=barrier, problems=problems):
                try:
                    mine = connect(server)
                    barrier.wait()
                    mine.execute(f"MERGE INTO one_key.public.t USING (SELECT {key} AS k, 1 AS v) s ON t.k = s.k "
                                 "WHEN MATCHED THEN UPDATE SET v = t.v + 1 WHEN NOT MATCHED THEN INSERT VALUES (s.k, s.v)")
                except Exception as error:  # noqa: BLE001
                    problems.append(repr(error))

            threads = [threading.Thread(target=merge, args=(server,)) for server in (one, two)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert not problems, problems
        rows = connection.execute("SELECT count(*), count(DISTINCT k), min(v), max(v) FROM one_key.public.t").rows[0]
        assert rows == ["20", "20", "2", "2"], rows
        print("20 pairs of MERGEs of one new key, in two processes: one row each")


def repeated_request(lake):
    """A driver that repeats its requestId after a crash is answered, not obeyed twice."""
    server = Server(lake).start()
    connection = connect(server)
    connection.execute("CREATE DATABASE repeated")
    connection.execute("CREATE TABLE repeated.public.t (n INT)")
    request = uuid.uuid4()
    body = {"sqlText": "INSERT INTO repeated.public.t VALUES (1), (2)"}
    path = f"/queries/v1/query-request?requestId={request}"
    first = connection.post(path, body)
    assert first["success"], first
    token, listen = connection.token, server.listen
    server.kill()
    server = Server(lake)
    server.listen = listen
    server.start()
    again = object.__new__(Connection)
    host, _, port = listen.rpartition(":")
    again.http, again.token = http.client.HTTPConnection(host, int(port)), token
    second = again.post(path + "&retryCount=1", body)
    assert second["success"], second
    assert second["data"]["rowset"] == [["2"]], second
    assert value(connect(server), "SELECT count(*) FROM repeated.public.t") == "2"
    server.stop()
    print("a requestId repeated after kill -9: answered once, two rows")


def kills_under_a_stream(lake):
    """A task moves what a stream holds while its process is killed again and again: every row arrives once."""
    server = Server(lake).start()
    connection = connect(server)
    connection.execute("CREATE DATABASE moved")
    for sql in ("CREATE TABLE source (n INT)", "CREATE TABLE target (n INT)",
                "CREATE STREAM s ON TABLE source APPEND_ONLY = TRUE",
                "CREATE TASK move WHEN SYSTEM$STREAM_HAS_DATA('s') AS INSERT INTO target SELECT n FROM s",
                "ALTER TASK move RESUME"):
        connection.execute(sql)
    n = 0
    for _ in range(STREAM_KILLS):
        connection = connect(server)
        killer = threading.Timer(random.uniform(0.5, 3), server.kill)
        killer.start()
        with contextlib.suppress(*LOST):
            while True:
                n += 1
                connection.execute(f"INSERT INTO moved.public.source VALUES ({n})")
                time.sleep(0.05)
        killer.join()
        server = Server(lake).start()
    connection = connect(server)
    deadline = time.monotonic() + 120
    counts = "SELECT (SELECT COUNT(*) FROM moved.public.source), COUNT(*), COUNT(DISTINCT n) FROM moved.public.target"
    while True:
        row = connection.execute(counts).rows[0]
        if len(set(row)) == 1 or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    server.stop()
    assert len(set(row)) == 1, f"source, target, distinct: {row}"
    print(f"a task on a stream: {STREAM_KILLS} kills, {row[0]} rows, each moved once")


PIPES = """
pipeline: killed.{table}
columns: [{{name: n, type: bigint, primary_key: true}}, {{name: v, type: bigint}}]
merge: {{type: {merge}}}
target_lag: 1s
"""


def kills_while_merging(lake):
    """Bronze to silver: every row that is acknowledged is in silver, or in the quarantine, exactly once. An append shows
    a row that was merged twice; an upsert shows a key whose old row stayed."""
    server = Server(lake).start()
    for table, merge in (("a", "append"), ("u", "upsert")):
        credentials = base64.b64encode(f"ADMIN:{PASSWORD}".encode()).decode()
        urllib.request.urlopen(urllib.request.Request(
            f"http://{server.listen}/v1/pipelines", PIPES.format(table=table, merge=merge).encode(), method="POST",
            headers={"Authorization": f"Basic {credentials}", "Content-Type": "application/yaml"}), timeout=60).read()
    n = 0
    for _ in range(STREAM_KILLS):
        connection = connect(server)
        killer = threading.Timer(random.uniform(0.5, 3), server.kill)
        killer.start()
        with contextlib.suppress(*LOST):
            while True:
                n += 1
                raw = f"PARSE_JSON('{{\"n\":{n if n % 5 else 5},\"v\":{n if n % 7 else 0.5}}}')"
                for table in ("a", "u"):
                    connection.execute(f"INSERT INTO killed.bronze.{table} SELECT {n}, CURRENT_TIMESTAMP(), 'b', NULL, NULL, "
                                       f"NULL, 1, {raw}")
        killer.join()
        server = Server(lake).start()
    connection = connect(server)
    deadline = time.monotonic() + 120
    while (value(connection, "SELECT SYSTEM$STREAM_HAS_DATA('killed.bronze.a_s') OR "
                             "SYSTEM$STREAM_HAS_DATA('killed.bronze.u_s')") != "FALSE" and time.monotonic() < deadline):
        time.sleep(0.2)
    good = "_raw:v::DOUBLE <> 0.5"
    rows = {}
    for table, distinct in (("a", "_seq"), ("u", "_raw:n")):
        bronze = f"FROM killed.bronze.{table} WHERE"
        rows[table] = list(connection.execute(
            f"SELECT (SELECT COUNT(DISTINCT {distinct}) {bronze} {good}), (SELECT COUNT(*) FROM killed.silver.{table}), "
            f"(SELECT COUNT(DISTINCT n, _seq) FROM killed.silver.{table}), (SELECT COUNT(*) {bronze} NOT {good}), "
            f"(SELECT COUNT(*) FROM ERROR_TABLE(killed.bronze.{table}))").rows[0])
    newest = value(connection, f"SELECT MAX(_seq) FROM killed.bronze.u WHERE _raw:n = 5 AND {good}")
    in_silver = value(connection, "SELECT _seq FROM killed.silver.u WHERE n = 5")
    server.stop()
    for table, counts in rows.items():
        assert len(set(counts[:3])) == 1, f"{table}: bronze, silver, distinct: {counts}"
        assert counts[3] == counts[4], f"{table}: misfits and quarantined: {counts}"
    assert newest == in_silver, f"of key 5 version {in_silver} is in silver, not {newest}"
    print(f"silver: {STREAM_KILLS} kills, {rows['a'][1]} rows and {rows['a'][4]} quarantined, each once")


def main():
    tests = [kills, counters, whole_transactions, one_key, repeated_request, kills_under_a_stream, kills_while_merging]
    chosen = [test for test in tests if test.__name__ in sys.argv[1:]] or tests
    failed = 0
    for test in chosen:
        with tempfile.TemporaryDirectory(prefix="firn-faults-") as lake:
            try:
                test(pathlib.Path(lake) / "lake")
            except (AssertionError, SqlError, RuntimeError, *LOST) as error:
                failed += 1
                print(f"FAILED {test.__name__}: {error!r}")
    print(f"faults: {len(chosen) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

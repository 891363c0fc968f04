"""Ingest into a real server: forms, channels, kills, a full buffer, two processes. Bad input: bad_input.py.

python3 ingest.py [names …]      starts its own servers (FIRN_PROGRAM). Acceptance tests are run by name only, as
acceptance.py runs them all.
"""
import concurrent.futures
import contextlib
import gzip
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from serve import PASSWORD, PROGRAM, Server, empty_lake  # noqa: E402
from wire import Connection  # noqa: E402

from http_client import Client, problem  # noqa: E402

PATIENCE = 60
ON_S3 = "FIRN_INGEST_S3" in os.environ  # the lake is in a bucket of a real S3 server
KILLS_SECONDS = float(os.environ.get("FIRN_KILLS_SECONDS", "6"))  # make check: ten minutes
ZSTD = "28b52ffd04588900005b7b226f726465725f6964223a20317d5d4c19567b"

ORDERS = """
pipeline: sales.orders
mode: manual
columns:
  - {name: order_id, type: bigint, required: true, primary_key: true}
  - {name: status, type: string}
  - {name: total, type: "decimal(18,2)"}
  - {name: weight, type: double}
  - {name: count, type: int}
  - {name: updated_at, type: timestamp}
merge: {type: upsert}
flush: {max_delay: 200ms}
"""


def small_disk(folder, mib):
    """A command whose child has a file system of its own, so large, on that folder."""
    return ["unshare", "-rm", "sh", "-c", f'mount -t tmpfs -o size={mib}m tmpfs "$0" && exec "$@"', str(folder)]


def has_namespaces():
    return subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], stderr=subprocess.DEVNULL).returncode == 0


class Lake:
    """A server on a lake of its own with the pipeline sales.orders, whose merge is suspended: bronze is looked at."""

    def __init__(self, *arguments, pipelines=(ORDERS,), form="iceberg", on_s3=ON_S3, disk_mib=None):
        self.held = contextlib.ExitStack()
        self.on_s3 = on_s3
        self.data, options, self.environment = self.held.enter_context(empty_lake(on_s3))
        if on_s3:
            self.environment["FIRN_SECRET_KEY"] = "5a" * 32  # several nodes of a lake in a bucket have one
        wrapper = small_disk(self.data, disk_mib) if disk_mib else ()
        self.server = Server(self.data, (*options, *arguments), self.environment, wrapper).start()
        self.keys = {}
        for text in pipelines:
            made = self.admin("POST", "/v1/pipelines", f"{text}\nformat: {form}\n", {"Content-Type": "application/yaml"})
            assert made.status in (200, 201), made
        self.sql("ALTER TASK sales.silver.orders_merge SUSPEND")

    def another_server(self):
        """A second process on the same lake."""
        options = ["--local", self.held.enter_context(tempfile.TemporaryDirectory())] if self.on_s3 else []
        return Server(self.data, options, self.environment).start()

    @property
    def admin(self):
        return Client(self.server.listen, basic=("ADMIN", PASSWORD))

    def key(self, *scopes):
        if scopes not in self.keys:
            made = self.admin("POST", "/v1/keys", {"name": f"k{len(self.keys)}", "scopes": scopes})
            assert made.status == 201, made
            self.keys[scopes] = made.json["key"]
        return self.keys[scopes]

    def client(self, *scopes):
        return Client(self.server.listen, key=self.key(*(scopes or ("ingest:sales.*",))))

    def connect(self):
        return Connection(self.server.listen, "ADMIN", PASSWORD)

    def sql(self, text):
        connection = self.connect()
        try:
            return [list(row) for row in connection.execute(text).rows]
        finally:
            connection.close()

    def wait_for(self, sql, want):
        deadline = time.monotonic() + PATIENCE
        while True:
            got = self.sql(sql)
            if got == want:
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"{sql}\n  wanted {want}\n  got    {got}")
            time.sleep(0.1)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.server.stop()
        self.held.close()


POST = "/v1/ingest/sales/orders"
BRONZE = "SELECT _raw:order_id::INT FROM sales.bronze.orders ORDER BY 1"
QUARANTINE = "SELECT _code, _column FROM sales.bronze.orders__errors ORDER BY _seq"


def order(number, **more):
    return {"order_id": number, "status": "new", **more}


def bronze(lake):
    return [int(row[0]) for row in lake.sql(BRONZE)]


# --- 9.2: forms and answers --------------------------------------------------------------------------------------------

def forms(lake):
    c = lake.client()
    one = c("POST", POST, order(1)).json
    assert uuid.UUID(one["batch_id"]) and one["first_seq"] == one["last_seq"] and one["first_seq"] > 0, one
    assert {k: v for k, v in one.items() if k not in ("batch_id", "first_seq", "last_seq")} == {
        "accepted": 1, "quarantined": 0, "duplicates": 0, "durable": "fsync", "errors": [],
        "errors_truncated": False}, one
    reply = c("POST", POST, {"data": order(2)})
    assert reply.status == 202 and reply.json["accepted"] == 1, reply
    assert c("POST", POST, [order(3), order(4)]).json["accepted"] == 2
    several = c("POST", POST, {"records": [order(5), order(6)]}).json
    assert several["last_seq"] - several["first_seq"] == 1024, several
    lines = "\n".join(json.dumps(order(n)) for n in (7, 8)) + "\n"
    assert c("POST", POST, lines, {"Content-Type": "application/x-ndjson"}).json["accepted"] == 2
    packed = gzip.compress(json.dumps([order(9)]).encode())
    reply = c("POST", POST, packed, {"Content-Type": "application/json", "Content-Encoding": "gzip"})
    assert reply.status == 202 and reply.json["accepted"] == 1, reply
    waited = c("POST", POST + "?wait=bronze", order(10))
    assert waited.status == 200 and waited.json["accepted"] == 1, waited
    assert bronze(lake) == list(range(1, 11)), bronze(lake)
    row = lake.sql("SELECT _seq, _batch_id, _channel, _op, _schema_version, _raw FROM sales.bronze.orders "
                   "WHERE _raw:order_id = 1")[0]
    assert row[:5] == [str(one["first_seq"]), one["batch_id"], "NULL", "NULL", "1"], row
    assert json.loads(row[5]) == order(1), row
    deleted = c("POST", POST + "?wait=bronze", {"_op": "d", "order_id": 1})
    assert deleted.status == 200, deleted
    assert lake.sql("SELECT _op FROM sales.bronze.orders ORDER BY _seq DESC LIMIT 1") == [["d"]]


def a_zstd_body(lake):
    # One frame, made by `zstd -c` of '[{"order_id": 1}]'.
    packed = bytes.fromhex(ZSTD)
    reply = lake.client()("POST", POST + "?wait=bronze", packed,
                          {"Content-Type": "application/json", "Content-Encoding": "zstd"})
    assert reply.status == 200 and bronze(lake) == [1], reply


def waiting_for_silver(lake):
    lake.sql("ALTER TASK sales.silver.orders_merge RESUME")
    c = lake.client()
    for number in (1, 2):
        reply = c("POST", POST + "?wait=silver", order(number, total=number))
        assert reply.status == 200 and "waiting" not in reply.json, reply
        assert lake.sql("SELECT COUNT(*), SUM(total) FROM sales.silver.orders") == [
            [str(number), f"{number * (number + 1) / 2:.2f}"]]
    lake.sql("ALTER TASK sales.silver.orders_merge SUSPEND")


def a_dry_run_stores_nothing(lake):
    c = lake.client()
    reply = c("POST", POST + "?dry_run=true", [order(1), {"status": "x"}])
    assert reply.status == 200 and reply.json["dry_run"] and reply.json["first_seq"] is None, reply
    assert reply.json["accepted"] == 1 and reply.json["errors"][0]["code"] == "NULL_KEY", reply
    assert c("POST", POST + "?wait=bronze", order(2)).status == 200
    assert bronze(lake) == [2]


def large_batches_and_many(lake):
    """What goes to a worker, and more rows than a commit holds."""
    c = lake.client()
    for batch in range(5):
        rows = [order(batch * 50000 + i, status="x" * 20) for i in range(50000)]
        reply = c("POST", POST, rows)
        assert reply.status == 202 and reply.json["accepted"] == 50000, reply
    lake.wait_for("SELECT COUNT(*), COUNT(DISTINCT _raw:order_id::INT), COUNT(DISTINCT _seq) FROM sales.bronze.orders",
                  [["250000", "250000", "250000"]])


def a_table_made_by_its_rows(lake):
    path = "/v1/ingest/sales/visits?create=true&wait=bronze"
    rows = [{"id": 1, "page": "a"}, {"id": 2, "page": "b", "seconds": 1.5}]
    problem(lake.client()("POST", path, rows), 403, "FORBIDDEN")
    c = lake.client("ingest:sales.*", "pipeline:create")
    problem(c("POST", "/v1/ingest/sales/visits", rows), 404, "UNKNOWN_TABLE")
    reply = c("POST", path, rows)
    assert reply.status == 200 and reply.json["accepted"] == 2, reply
    assert c("POST", path, {"id": 3}).status == 200
    assert lake.sql("SELECT COUNT(*) FROM sales.bronze.visits") == [["3"]]
    columns = [row[0] for row in lake.sql("SELECT column_name FROM sales.information_schema.columns WHERE "
                                          "table_schema = 'SILVER' AND table_name = 'VISITS' ORDER BY "
                                          "ordinal_position")]
    assert columns[:3] == ["ID", "PAGE", "SECONDS"], columns


def broken_lines_of_ndjson(lake):
    """Acceptance test 9: a truncated NDJSON line."""
    c = lake.client()
    body = '{"order_id": 1}\n{"order_id": 2, "sta\n{"order_id": 3}\n'
    kind = {"Content-Type": "application/x-ndjson"}
    reply = c("POST", POST + "?wait=bronze", body, kind)
    assert reply.status == 200 and (reply.json["accepted"], reply.json["quarantined"]) == (2, 1), reply
    assert reply.json["errors"][0]["line"] == 2 and reply.json["errors"][0]["code"] == "BAD_JSON", reply
    assert bronze(lake) == [1, 3]
    assert lake.sql("SELECT TO_VARCHAR(_raw, 'UTF-8'), _code, _status, _message LIKE 'line 2:%' "
                    "FROM sales.bronze.orders__errors") == [['{"order_id": 2, "sta', "BAD_JSON", "open", "TRUE"]]
    problem(c("POST", POST + "?strict=batch", body, kind), 422, "INVALID_ROWS")
    assert c("POST", POST + "?wait=bronze", order(4)).status == 200
    assert bronze(lake) == [1, 3, 4]


def required_types_and_strict(lake):
    """Acceptance tests 5 to 8: one bad row of a thousand; integers for a double; a null key; nulls only."""
    c = lake.client()
    rows = [order(n, count=n) for n in range(999)] + [order(999, count=2.5)]
    reply = c("POST", POST + "?wait=bronze", rows)
    assert (reply.json["accepted"], reply.json["quarantined"]) == (999, 1), reply
    assert reply.json["errors"] == [{"index": 999, "code": "TYPE_MISMATCH", "column": "COUNT",
                                     "message": reply.json["errors"][0]["message"]}], reply
    assert c("POST", POST, [order(1000, weight=7), order(1001, weight=7.5)]).json["accepted"] == 2
    assert c("POST", POST, {"order_id": None, "status": "x"}).json["errors"][0]["code"] == "NULL_KEY"
    assert c("POST", POST, [order(1002, note=None), order(1003, note=None)]).json["accepted"] == 2
    for bad in (order(1, total="many"), {"status": "x"}, order(2, updated_at="yesterday"), order(3, status={})):
        reply = problem(c("POST", POST + "?strict=batch", [order(2000), bad]), 422, "INVALID_ROWS")
        assert reply["errors"][0]["index"] == 1, reply
    assert c("POST", POST + "?wait=bronze", order(3000)).status == 200
    assert bronze(lake) == [*range(999), 1000, 1001, 1002, 1003, 3000]
    assert lake.sql(QUARANTINE) == [["TYPE_MISMATCH", "COUNT"], ["NULL_KEY", "ORDER_ID"]]


def strict_batches_keep_expectations(lake):
    """9.6: an expectation that a row alone can break is 422 of a strict batch; else the merge quarantines the row."""
    c = lake.client()
    strict = POST + "?strict=batch"
    rows = [order(1, total=1), order(2, total=-1), {**order(3, total=-2), "_op": "d"}, order(4), order(5, total=2e9)]
    reply = problem(c("POST", strict, rows), 422, "INVALID_ROWS")
    assert [(row["index"], row["code"]) for row in reply["errors"]] == [(1, "EXPECTATION"), (4, "EXPECTATION")], reply
    assert "positive: total >= 0" in reply["errors"][0]["message"], reply
    many = problem(c("POST", strict, [order(n, total=-n) for n in range(1, 151)]), 422, "INVALID_ROWS")
    assert len(many["errors"]) == 100 and many["errors_truncated"] is True, many
    # What only warns, what needs a wider column, and what is deleted are no reason.
    fit = [order(6, total=1, status="odd"), order(7, total=1e17), {**order(8, total=-1), "_op": "d"}]
    reply = c("POST", strict + "&wait=bronze", fit)
    assert reply.status == 200 and reply.json["accepted"] == 3, reply
    assert c("POST", POST + "?wait=bronze", order(9, total=-1)).json["accepted"] == 1
    assert bronze(lake) == [6, 7, 8, 9]
    assert lake.sql(QUARANTINE) == []


def idempotency_keys(lake):
    """Acceptance test 10: a retry with the same key; also after a kill."""
    c = lake.client()
    key = {"Idempotency-Key": "order 1"}
    rows = [order(1), {"status": "no key"}]
    first = c("POST", POST, rows, key)
    assert first.status == 202 and "Idempotency-Replayed" not in first.headers, first
    again = c("POST", POST, rows, key)
    assert again.headers["Idempotency-Replayed"] == "true" and again.json == first.json, again
    problem(c("POST", POST, order(2), key), 422, "IDEMPOTENCY_MISMATCH")
    lake.server.kill()
    lake.server.start()
    c = lake.client()
    again = c("POST", POST + "?wait=bronze", rows, key)
    assert again.headers["Idempotency-Replayed"] == "true" and again.json == first.json, again
    problem(c("POST", POST, order(2), key), 422, "IDEMPOTENCY_MISMATCH")
    lake.server.stop()  # which has carried all into bronze
    lake.server.start()
    again = lake.client()("POST", POST, rows, key)
    assert again.headers["Idempotency-Replayed"] == "true" and again.json == first.json, again
    assert bronze(lake) == [1]
    assert lake.sql("SELECT COUNT(*) FROM sales.bronze.orders__errors") == [["1"]]


# --- 9.3: channels -------------------------------------------------------------------------------------------------------

def channels(lake):
    c = lake.client()
    path = POST + "/channels/c1"
    problem(c("GET", path), 404, "CHANNEL_NOT_FOUND")
    problem(c("POST", path + "/rows?start_offset=0&end_offset=0&continuation=1:0", order(1)), 404, "CHANNEL_NOT_FOUND")
    opened = c("PUT", path).json
    assert opened["channel"] == "c1" and opened["last_committed"] is None, opened

    def rows(start, end, continuation, body):
        return c("POST", f"{path}/rows?start_offset={start}&end_offset={end}&continuation={continuation}", body)

    first = rows(1, 2, opened["continuation"], [order(1), order(2)])
    assert first.status == 202 and first.json["last_committed"] == 2, first
    again = rows(1, 2, opened["continuation"], [order(1), order(2)])
    assert again.status == 200 and again.json["duplicates"] == 2 and again.json["accepted"] == 0, again
    for start, end in ((2, 3), (4, 5)):
        reply = problem(rows(start, end, first.json["continuation"], [order(3)]), 409, "CHANNEL_OFFSET")
        assert reply["last_committed"] == 2, reply
    problem(rows(3, 2, first.json["continuation"], [order(3)]), 400, "BAD_REQUEST")
    reopened = c("PUT", path).json
    assert reopened["epoch"] > opened["epoch"] and reopened["last_committed"] == 2, reopened
    problem(rows(3, 3, first.json["continuation"], [order(3)]), 409, "CHANNEL_FENCED")
    assert rows(3, 3, reopened["continuation"], [order(3)]).status == 202
    lake.server.kill()
    lake.server.start()
    c = lake.client()
    state = c("GET", path).json
    assert state["last_committed"] == 3 and state["epoch"] == reopened["epoch"], state
    last = c("POST", f"{path}/rows?start_offset=4&end_offset=4&wait=bronze&continuation={state['continuation']}",
             [order(4)])
    assert last.status == 200, last
    assert bronze(lake) == [1, 2, 3, 4]
    assert lake.sql("SELECT _channel, _offset FROM sales.bronze.orders ORDER BY _seq") == [
        ["c1", "1:2"], ["c1", "1:2"], ["c1", "3"], ["c1", "4"]]
    assert c("DELETE", path).status == 204
    problem(c("GET", path), 404, "CHANNEL_NOT_FOUND")


def a_channel_belongs_to_one_process(lake):
    """A second process does not open it while the first lives; it goes on where the first was once that has ended."""
    path = POST + "/channels/shared"
    key = lake.key("ingest:sales.*")
    other = lake.another_server()
    try:
        opened = lake.client()("PUT", path).json
        rows = f"{path}/rows?start_offset=1&end_offset=2&continuation={opened['continuation']}"
        assert lake.client()("POST", rows, [order(1), order(2)]).status == 202
        second = Client(other.listen, key=key)
        problem(second("PUT", path), 409, "CHANNEL_ELSEWHERE")
        problem(second("POST", rows, [order(1), order(2)]), 404, "CHANNEL_NOT_FOUND")
        other.stop()
        lake.server.kill()
        other = lake.another_server()  # takes over what the first has left
        second = Client(other.listen, key=key)
        reopened = second("PUT", path).json
        assert reopened["last_committed"] == 2 and reopened["epoch"] > opened["epoch"], reopened
        rows = f"{path}/rows?start_offset=1&end_offset=2&continuation={reopened['continuation']}"
        again = second("POST", rows, [order(1), order(2)])
        assert again.status == 200 and again.json["duplicates"] == 2, again
        assert second("DELETE", path).status == 204
        lake.server.start()
        assert lake.client()("PUT", path).json["last_committed"] is None
        lake.wait_for(BRONZE, [["1"], ["2"]])
    finally:
        other.stop()


def a_living_process_takes_over(lake):
    """What a killed process has acknowledged is carried on by another that is there, with its keys."""
    lake.client()  # makes the key
    other = lake.another_server()
    try:
        key = {"Idempotency-Key": "carried on"}
        first = Client(other.listen, key=lake.key("ingest:sales.*"))("POST", POST, [order(n) for n in range(10)], key)
        assert first.status == 202, first
        other.kill()
        lake.wait_for("SELECT COUNT(*), COUNT(DISTINCT _seq) FROM sales.bronze.orders", [["10", "10"]])
        again = lake.client()("POST", POST, [order(n) for n in range(10)], key)
        assert again.headers["Idempotency-Replayed"] == "true" and again.json == first.json, again
        assert lake.sql("SELECT COUNT(*) FROM sales.bronze.orders") == [["10"]]
    finally:
        other.stop()


def status(lake):
    """How far each stage is: rate, lags, the last _seq of each."""
    c = lake.client()
    empty = c("GET", "/v1/pipelines/sales/orders/status").json
    assert empty["rate"] == 0 and empty["bronze"]["last_seq"] is None and empty["silver"]["lag_rows"] == 0, empty
    last = c("POST", POST + "?wait=bronze", [order(n) for n in range(500)] + [{"status": "bad"}]).json["last_seq"]
    told = c("GET", "/v1/pipelines/sales/orders/status").json
    assert told["rate"] > 0 and told["buffer"]["last_seq"] == last and told["bronze"]["lag_rows"] == 0, told
    assert told["bronze"]["last_seq"] == last - 1024 and told["bronze"]["quarantined"] == 1, told
    assert told["silver"]["lag_rows"] == 500 and told["silver"]["last_seq"] is None and not told["silver"]["rebuilding"], told
    lake.sql("ALTER TASK sales.silver.orders_merge RESUME")
    assert c("POST", POST + "?wait=silver", order(1)).status == 200
    told = c("GET", "/v1/pipelines/sales/orders/status").json
    assert told["silver"]["lag_rows"] == 0 and told["silver"]["last_seq"] == told["bronze"]["last_seq"] > last, told


# --- 9.3: durability -----------------------------------------------------------------------------------------------------

def kills(lake):
    """Acceptance test 11: kill -9 in a loop; every acknowledged row is in bronze exactly once."""
    acknowledged, sent = set(), iter(range(10**9))
    lock = threading.Lock()
    stopping = threading.Event()

    def post():
        client = None
        while not stopping.is_set():
            with lock:
                rows = [next(sent) for _ in range(random.choice((1, 1, 20)))]
            key = {"Idempotency-Key": str(uuid.uuid4())}
            while not stopping.is_set():
                try:
                    client = client or lake.client()
                    reply = client("POST", POST, [order(n) for n in rows], key)
                except Exception:
                    client = None
                    time.sleep(0.05)
                    continue
                if reply.status == 202:
                    with lock:
                        acknowledged.update(rows)
                    break
                assert reply.status in (409, 503), reply
                time.sleep(0.02)

    lake.client()  # makes the key
    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    ends = time.monotonic() + KILLS_SECONDS
    while time.monotonic() < ends:
        time.sleep(random.uniform(0.3, 1.2))
        lake.server.kill()
        lake.server.start()
    time.sleep(0.5)
    stopping.set()
    for thread in threads:
        thread.join()
    assert len(acknowledged) > 100, len(acknowledged)
    assert lake.client()("POST", POST + "?wait=bronze", order(10**9)).status == 200
    got = bronze(lake)
    assert len(got) == len(set(got)), "rows are twice in bronze"
    missing = acknowledged - set(got)
    assert not missing, f"{len(missing)} acknowledged rows are lost"
    seqs = lake.sql("SELECT COUNT(*), COUNT(DISTINCT _seq) FROM sales.bronze.orders")
    assert seqs[0][0] == seqs[0][1], seqs


def a_clean_stop_flushes(lake):
    c = lake.client()
    assert c("POST", POST, [order(n) for n in range(100)]).status == 202
    lake.server.stop()
    assert lake.server.process.returncode == 0
    shown = subprocess.run([PROGRAM, "sql", "--data", lake.data, "--format", "csv", "-c",
                            "SELECT COUNT(*) FROM sales.bronze.orders"], capture_output=True, text=True, check=True)
    assert "100" in shown.stdout.split(), shown
    lake.server.start()


def two_processes(lake):
    """A second process ingests into the same table; then it is killed, and the next one takes its rows over."""
    key = lake.key("ingest:sales.*")
    other = lake.another_server()
    try:
        clients = [Client(lake.server.listen, key=key), Client(other.listen, key=key)]

        def post(index):
            for n in range(200):
                reply = clients[index]("POST", POST, order(index * 1000 + n))
                assert reply.status == 202, reply

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(post, range(2)))
        other.kill()
        lake.server.kill()
        lake.server.start()
        if lake.on_s3:
            other.start()  # what it acknowledged is on a disk of its own
        lake.wait_for("SELECT COUNT(*), COUNT(DISTINCT _seq), COUNT(DISTINCT _raw:order_id::INT) "
                      "FROM sales.bronze.orders", [["400", "400", "400"]])
    finally:
        other.stop()


def a_stuck_table(lake):
    """One table cannot be written; the others go on, and status says why."""
    c = lake.client("ingest:sales.*", "pipelines:write", "admin")
    lake.sql("ALTER TABLE sales.bronze.stuck__errors RENAME TO sales.bronze.elsewhere")
    bad = c("POST", "/v1/ingest/sales/stuck?wait=bronze", {"id": "none"})
    assert bad.status == 202 and bad.json["waiting"], bad
    for n in range(20):
        assert c("POST", POST + "?wait=bronze", order(n)).status == 200
    status = c("GET", "/v1/pipelines/sales/stuck/status").json
    assert "STUCK__ERRORS" in status["bronze"]["last_error"] and status["bronze"]["lag_rows"] == 1, status
    fine = c("GET", "/v1/pipelines/sales/orders/status").json
    assert fine["bronze"]["last_error"] is None and fine["bronze"]["lag_rows"] == 0, fine
    lake.sql("ALTER TABLE sales.bronze.elsewhere RENAME TO sales.bronze.stuck__errors")
    lake.wait_for("SELECT COUNT(*) FROM sales.bronze.stuck__errors", [["1"]])
    assert bronze(lake) == list(range(20))


def a_full_buffer(lake):
    """Acceptance test 22: WAL full is 429, then it recovers. The server's buffer has 1 MiB a table."""
    c = lake.client()
    lake.sql("ALTER TABLE sales.bronze.orders RENAME TO sales.bronze.away")
    lake.sql("ALTER TABLE sales.bronze.orders__errors RENAME TO sales.bronze.away__errors_away")
    refused = None
    stored = 0
    for n in range(100):
        # A row without its key goes to quarantine, whose table is not there.
        reply = c("POST", POST, [order(n, status="x" * 30000), {"status": "no key"}])
        if reply.status == 429:
            refused = reply
            break
        stored += 1
        assert reply.status == 202, reply
    problem(refused, 429, "WAL_FULL")
    assert int(refused.headers["Retry-After"]) > 0 and int(refused.headers["X-RateLimit-Limit"]) == 1 << 20, refused
    lake.sql("ALTER TABLE sales.bronze.away__errors_away RENAME TO sales.bronze.orders__errors")
    lake.sql("ALTER TABLE sales.bronze.away RENAME TO sales.bronze.orders")
    deadline = time.monotonic() + PATIENCE
    while True:
        reply = c("POST", POST + "?wait=bronze", order(1000))
        if reply.status == 200:
            break
        assert reply.status in (202, 429) and time.monotonic() < deadline, reply
        time.sleep(0.2)
    lake.wait_for("SELECT COUNT(DISTINCT _raw:order_id::INT) FROM sales.bronze.orders", [[str(stored + 1)]])


def a_full_disk(lake):
    """Nothing more fits: what cannot be stored is refused, queries go on, and all goes on when there is room again."""
    c = lake.client()
    filler = pathlib.Path(f"/proc/{lake.server.process.pid}/root{lake.data}/filler")
    assert c("POST", POST + "?wait=bronze", order(0)).status == 200
    with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as out:
        while True:
            out.write(b"x" * 65536)
    acknowledged, refused, number = {0}, None, 1
    while refused is None and number < 2000:
        reply = c("POST", POST, [order(number, status="x" * 5000)])
        if reply.status == 202:
            acknowledged.add(number)
        else:
            refused = reply
        number += 1
    problem(refused, 503, "WRITE_FAILED")
    assert int(refused.headers["Retry-After"]) > 0, refused.headers
    assert bronze(lake)[:1] == [0]
    filler.unlink()
    deadline = time.monotonic() + PATIENCE
    while (reply := c("POST", POST + "?wait=bronze", order(10**6))).status == 503:
        assert time.monotonic() < deadline, reply
        time.sleep(0.2)
    assert reply.status in (200, 202), reply
    lake.wait_for(BRONZE, [[str(n)] for n in sorted(acknowledged | {10**6})])


def memory_says_none(lake):
    c = lake.client()
    reply = c("POST", "/v1/ingest/sales/fleeting?wait=bronze", {"id": 1})
    assert reply.status == 200 and reply.json["durable"] == "none", reply
    assert lake.sql("SELECT COUNT(*) FROM sales.bronze.fleeting") == [["1"]]


def objects_survive_a_kill(lake):
    c = lake.client()
    reply = c("POST", "/v1/ingest/sales/kept", [{"id": n} for n in range(50)])
    assert reply.status == 202 and reply.json["durable"] == "object", reply
    lake.server.kill()
    lake.server.start()
    lake.wait_for("SELECT COUNT(*), COUNT(DISTINCT _raw:id::INT) FROM sales.bronze.kept", [["50", "50"]])


# --- compatible routes ---------------------------------------------------------------------------------------------------

def compatible_routes(lake):
    c = lake.client()
    reply = c("POST", "/ingest/sales/orders", {"data": order(1)})
    assert reply.status == 200 and reply.json == {"status": "success", "endpoint": "sales/orders", "records_sent": 1,
                                                  "validated": True}, reply
    reply = c("POST", "/ingest/sales/orders/batch", [order(2), {"status": "bad"}])
    assert reply.status == 200 and reply.json["total_records"] == 2 and reply.json["validated_count"] == 1, reply
    assert reply.json["failed_count"] == 1 and reply.json["errors"][0]["code"] == "NULL_KEY", reply
    assert c("POST", "/send_data_bronze/sales/orders", {"data": order(3)}).status == 200
    assert c("POST", "/ingest/sales/orders?strict=true", {"data": {"status": "bad"}}).status == 422
    assert c("POST", "/ingest/sales/nothing", {"data": order(1)}).status == 404
    lake.wait_for(BRONZE, [["1"], ["2"], ["3"]])


def metrics(lake):
    c = lake.client()
    assert c("POST", POST + "?wait=bronze", [order(n) for n in range(7)]).status == 200
    text = Client(lake.server.listen)("GET", "/metrics").body.decode()
    values = dict(line.split(" ") for line in text.splitlines() if not line.startswith("#"))
    assert float(values["firn_ingest_bronze_rows_total"]) == 7, text
    assert float(values["firn_ingest_fsync_p99_seconds"]) > 0 and float(values["firn_ingest_wal_bytes"]) > 0, text


SMALL = """
pipeline: sales.{name}
columns:
  - {{name: id, type: bigint, required: true, primary_key: true}}
flush: {{max_delay: 200ms}}
{more}
"""
EXPECTING = """
expect:
  - {name: positive, check: "total >= 0", on_violation: quarantine}
  - {name: small, check: "total <> 2000000000", on_violation: fail}
  - {name: plain, check: "status = 'new'", on_violation: warn}
  - {name: later, check: "_seq > 1000", on_violation: quarantine}
"""
OPTIONS = {
    "strict_batches_keep_expectations": {"pipelines": (ORDERS + EXPECTING,)},
    "a_full_buffer": {"arguments": ("--buffer-table-mib", "1")},
    "a_stuck_table": {"pipelines": (ORDERS, SMALL.format(name="stuck", more=""))},
    "a_full_disk": {"arguments": ("--disk-reserve-mib", "0"), "disk_mib": 64},
    "memory_says_none": {"pipelines": (ORDERS, SMALL.format(name="fleeting", more="durability: memory"))},
    "objects_survive_a_kill": {"pipelines": (ORDERS, SMALL.format(name="kept", more="durability: object"))},
}
ACCEPTANCE = [broken_lines_of_ndjson, idempotency_keys, kills, two_processes, a_full_buffer]
TESTS = [forms, a_zstd_body, waiting_for_silver, a_dry_run_stores_nothing, large_batches_and_many,
         a_table_made_by_its_rows, required_types_and_strict, strict_batches_keep_expectations,
         channels, a_channel_belongs_to_one_process,
         a_living_process_takes_over, status, a_clean_stop_flushes, a_stuck_table, *([a_full_disk] if has_namespaces() else []),
         memory_says_none, objects_survive_a_kill, compatible_routes, metrics]


def made_for(test, **more):
    """The lake that the test needs."""
    options = OPTIONS.get(test.__name__, {})
    return Lake(*options.get("arguments", ()), **{name: value for name, value in options.items() if name != "arguments"}, **more)


def main():
    names = sys.argv[1:]
    failed = []
    for test in [test for test in ACCEPTANCE + TESTS if test.__name__ in names] if names else TESTS:
        began = time.monotonic()
        try:
            with made_for(test) as lake:
                test(lake)
        except Exception as error:  # noqa: BLE001: every test is told of
            traceback.print_exc()
            failed.append(test.__name__)
            print(f"FAILED {test.__name__}: {error}")
        else:
            print(f"ok {test.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()

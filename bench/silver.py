"""The silver step: 100,000 events, half of them of new keys, merged into 10,000,000 rows, against delta-rs' merge of the
same rows; and how fresh silver is (`target_lag: 1s`, 1,000,000 keys, 5,000 events a second, 30 % of them updates).

The merge is timed as its run's record has it: JSON read, typed and checked, deduplicated, joined, written, committed.
delta-rs gets its rows typed. FIRN_BENCH_FRESH_SECONDS (600), FIRN_BENCH_MERGE_ROWS."""

import base64
import http.client
import json
import os
import random
import sys
import threading
import time
import urllib.request

from pyiceberg.table import StaticTable

import measure
import merge

SECONDS = int(os.environ.get("FIRN_BENCH_FRESH_SECONDS", "600"))
KEYS = int(os.environ.get("FIRN_BENCH_FRESH_KEYS", "1000000"))
RATE = int(os.environ.get("FIRN_BENCH_FRESH_RATE", "5000"))
POSTS_A_SECOND = 10
PATIENCE = 300
SPEC = """
pipeline: bench.{table}
columns:
{columns}
merge: {{type: upsert}}
expect: [{{name: known, check: "k >= 0", on_violation: quarantine}}]
flush: {{max_delay: 200ms}}
target_lag: 1s
"""
TYPES = {"INTEGER": "bigint", "TIMESTAMP": "timestamp", "VARCHAR": "string", "DECIMAL(15,2)": "decimal(15,2)"}


class Http:
    def __init__(self, server):
        host, _, port = server.listen.rpartition(":")
        self.connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
        self.headers = {"Authorization": "Basic " + base64.b64encode(f"ADMIN:{measure.PASSWORD}".encode()).decode()}

    def post(self, path, body, media="application/json"):
        self.connection.request("POST", path, body, {**self.headers, "Content-Type": media})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"POST {path}: {answer.status} {text.decode()}")
        return text


def make_pipeline(server, table, columns):
    lines = "\n".join(f"  - {{name: {name}, type: \"{TYPES.get(kind, kind.lower())}\""
                      + (", primary_key: true}" if name == "k" else "}") for name, kind in columns.items())
    Http(server).post("/v1/pipelines", SPEC.format(table=table, columns=lines), "application/yaml")


class Silver(merge.Firn):
    """As merge.Firn; but the changes come as events."""

    def __init__(self, server, given):
        super().__init__(server, given)
        make_pipeline(server, "t", merge.COLUMNS)
        self.cursor.execute("INSERT INTO bench.silver.t SELECT *, 0, CURRENT_TIMESTAMP() FROM t")
        self.cursor.execute("DROP TABLE t")
        self.runs = 0

    def merge(self):
        fields = ", ".join(f"'{name}', {name}" for name in merge.COLUMNS)
        self.cursor.execute("INSERT INTO bench.bronze.t SELECT ROW_NUMBER() OVER (ORDER BY k) + "
                            f"{(self.runs + 1) * 10 ** 9}, CURRENT_TIMESTAMP(), 'b', NULL, NULL, NULL, 1, "
                            f"OBJECT_CONSTRUCT({fields}) FROM changes")
        self.runs += 1
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            rows = self.cursor.execute(
                "SELECT rows_inserted + rows_updated, DATEDIFF(millisecond, query_start_time, completed_time) FROM "
                "TABLE(bench.INFORMATION_SCHEMA.TASK_HISTORY(TASK_NAME => 'T_MERGE')) WHERE state = "
                "'SUCCEEDED' AND rows_inserted > 0 ORDER BY completed_time DESC").fetchall()
            if len(rows) == self.runs:
                if rows[0][0] != merge.CHANGES:
                    raise SystemExit(f"{rows[0][0]} rows were merged")
                return rows[0][1] / 1000
            time.sleep(0.05)
        raise SystemExit("the merge did not come to an end")

    def checksum(self):
        return self.cursor.execute(merge.CHECKSUM.format("bench.silver.t")).fetchone()


def big_merge():
    rounds = min(3, measure.ROUNDS)
    given = merge.generated(rounds)
    with measure.scratch("silver") as folder, measure.firn(folder / "lake", allow=given) as server:
        firn = Silver(server, given)
        peer = None if os.environ.get("FIRN_BENCH_SKIP_DELTA") else merge.Delta(folder / "delta", given)
        times = {"firn": [], "delta": []}
        for turn in range(rounds):
            file = given / f"changes-{turn}.parquet"
            firn.prepare(file)
            times["firn"].append(firn.merge())
            if peer:
                peer.prepare(file)
                times["delta"].append(measure.seconds(peer.merge)[0])
                measure.check(f"checksum after round {turn}", merge.plain(firn.checksum()) == merge.plain(peer.checksum()))
            print(f"  round {turn}: {[values[-1] for values in times.values() if values]}", flush=True)
        firn.connection.close()
    if peer:
        measure.report("silver/merge", measure.median(times["firn"]), "s", "delta-rs 1.6", measure.median(times["delta"]),
                       at_most=0.1)
    else:
        print(f"silver/merge: {measure.median(times['firn']):.3f} s")


class Poster(threading.Thread):
    """RATE events a second; one post of two ends in a marker, whose key and the time of its answer are kept."""

    def __init__(self, server, columns):
        super().__init__()
        self.http, self.columns, self.marks, self.late = Http(server), columns, {}, 0.0
        self.next_key, self.random = KEYS, random.Random(7)
        self.failure = None

    def event(self, key):
        return (f'{{"k":{key},"a":{key % 1000},"b":{key * 3},"c":{key * 0.5},"d":{key % 10000000 / 100:.2f},'
                f'"e":"2020-01-{key % 28 + 1:02d}","f":"2020-01-01T00:00:{key % 60:02d}Z","g":"{key:010d}",'
                f'"h":"name {key % 100000}, some sixty letters more to have two hundred bytes in all","i":true}}')

    def batch(self):
        keys = []
        for _ in range(RATE // POSTS_A_SECOND):
            if self.random.random() < 0.3:
                keys.append(self.random.randrange(KEYS))
            else:
                keys.append(self.next_key)
                self.next_key += 1
        return keys

    def run(self):
        try:
            begin = time.perf_counter()
            for number in range(SECONDS * POSTS_A_SECOND):
                keys = self.batch()
                body = "[" + ",".join(self.event(key) for key in keys) + "]"
                # At random moments: Firn merges at regular ones, and markers in step with it would all wait as long.
                due = begin + (number + self.random.random()) / POSTS_A_SECOND
                time.sleep(max(0.0, due - time.perf_counter()))
                self.late = max(self.late, time.perf_counter() - due)
                self.http.post("/v1/ingest/bench/f", body)
                new = [key for key in keys if key >= KEYS]
                if new and self.random.random() < 0.5:
                    self.marks[new[-1]] = time.perf_counter()
        except BaseException as error:  # told by the thread that waits
            self.failure = error
            raise


def kept_snapshots(server, connection):
    """Snapshots of bronze and silver that are not given up."""
    made = 0
    for table in ("bench.bronze.f", "bench.silver.f"):
        metadata, _ = measure.data_files(connection, table)
        made += StaticTable.from_metadata(metadata).metadata.last_sequence_number
    metrics = urllib.request.urlopen(f"http://{server.listen}/metrics").read().decode()
    return made - int(metrics.split("\nfirn_upkeep_snapshots_expired_total ")[1].split()[0])


def freshness():
    with measure.scratch("fresh") as folder, measure.firn(folder / "lake") as server:
        connection = measure.connect(server)
        cursor = connection.cursor()
        cursor.execute("CREATE DATABASE bench")
        make_pipeline(server, "f", merge.COLUMNS)
        cursor.execute(
            "INSERT INTO bench.silver.f SELECT k, k % 1000, k * 3, k * 0.5, (k % 10000000) / 100, '2020-01-01', "
            "'2020-01-01', LPAD(k, 10, '0'), 'name ' || (k % 100000), TRUE, 0, CURRENT_TIMESTAMP() FROM (SELECT "
            f"ROW_NUMBER() OVER (ORDER BY SEQ8()) - 1 AS k FROM TABLE(GENERATOR(ROWCOUNT => {KEYS})))")
        poster = Poster(server, merge.COLUMNS)
        poster.start()
        waits, seen = [], set()
        while poster.is_alive() or len(seen) < len(poster.marks):
            if poster.failure:
                raise SystemExit(poster.failure)
            open_marks = [key for key in list(poster.marks) if key not in seen]
            if open_marks:
                found = cursor.execute("SELECT k FROM bench.silver.f WHERE k IN "
                                       f"({', '.join(map(str, open_marks))})").fetchall()
                now = time.perf_counter()
                for (key,) in found:
                    seen.add(key)
                    waits.append((poster.marks[key], now - poster.marks[key]))
                oldest = min(poster.marks[key] for key in open_marks)
                if now - oldest > PATIENCE:
                    raise SystemExit("a marker did not arrive")
            time.sleep(0.02)
        snapshots, files = kept_snapshots(server, connection), measure.data_files(connection, "bench.silver.f")[1]
        # The last events were posted after the last marker.
        deadline = time.monotonic() + PATIENCE
        while (count := cursor.execute("SELECT COUNT(*) FROM bench.silver.f").fetchone()[0]) < poster.next_key:
            if time.monotonic() > deadline:
                break
            time.sleep(0.1)
        measure.check("rows of silver", count == poster.next_key)
        connection.close()
    begin = min(mark for mark, _ in waits)
    lags = sorted(lag for _, lag in waits)
    p99 = lags[min(len(lags) - 1, int(len(lags) * 0.99))]
    minutes = {}
    for mark, lag in waits:
        minutes.setdefault(int((mark - begin) // 60), []).append(lag)
    for minute, of_it in sorted(minutes.items()):
        print(f"  minute {minute}: median {measure.median(of_it):.2f} s, worst {max(of_it):.2f} s", flush=True)
    print(f"  posts were at most {poster.late:.2f} s behind", flush=True)
    measure.report(f"silver/freshness p99 ({SECONDS} s)", p99, "s", at_most=2)
    if len(minutes) > 2:
        measure.report("silver/last minute", measure.median(minutes[max(minutes)]), "s", "the second",
                       measure.median(minutes[1]), at_most=1.2)
    measure.report("silver/data files", len(files), "files", at_most=200)
    measure.report("silver/snapshots, bronze included", snapshots, "snapshots", at_most=2200)


if __name__ == "__main__":
    for chosen in sys.argv[1:] or ["merge", "fresh"]:
        {"merge": big_merge, "fresh": freshness}[chosen]()

#!/usr/bin/env python3
"""kill -9 while compaction, expiry and garbage run beside writers, in one process and in two on one folder: nothing that
was acknowledged is lost, nothing is there twice, no file that a snapshot names is gone, and what nothing names goes
later. Run by the venv `readers`.
"""
import contextlib
import json
import os
import pathlib
import random
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from pyiceberg.io.pyarrow import PyArrowFileIO  # noqa: E402
from pyiceberg.table import StaticTable  # noqa: E402
from processes import LOST, connect  # noqa: E402
from serve import Server  # noqa: E402
from wire import SqlError  # noqa: E402

KILLS = int(os.environ.get("FIRN_UPKEEP_KILLS", "10"))
PATIENCE = 120  # seconds for garbage to go: when all processes have said what they read, every ten seconds
TABLE = "upkeep.public.t"
ARGUMENTS = ["--garbage-seconds", "0"]


class Writer(threading.Thread):
    """Inserts, updates and deletes rows of its own, one after another, in whichever process is there; knows of each row
    what was acknowledged and what was tried."""

    def __init__(self, number, server):
        super().__init__()
        self.server, self.first, self.random = server, number * 10 ** 6, random.Random(number)
        self.rows, self.gone, self.maybe_gone, self.tried = {}, set(), set(), set()
        self.ending, self.failure = threading.Event(), None

    def change(self, connection, n):
        kind = n % 7
        if kind == 5 and self.rows:
            key = self.random.choice(list(self.rows))
            self.rows[key][1] += 1
            connection.execute(f"UPDATE {TABLE} SET v = v + 1 WHERE n = {key}")
            self.rows[key][0] += 1
        elif kind == 6 and self.rows:
            key = self.random.choice(list(self.rows))
            self.maybe_gone.add(key)
            del self.rows[key]
            connection.execute(f"DELETE FROM {TABLE} WHERE n = {key}")
            self.gone.add(key)
        else:
            self.tried.add(n)
            connection.execute(f"INSERT INTO {TABLE} VALUES ({n}, 0)")
            self.rows[n] = [0, 0]

    def run(self):
        n = self.first
        while not self.ending.is_set():
            try:
                connection = connect(self.server())
                while not self.ending.is_set():
                    n += 1
                    self.change(connection, n)
            except LOST:
                time.sleep(0.05)
            except SqlError as error:
                self.failure = error
                return

    def check(self, found):
        for key, (least, most) in self.rows.items():
            assert key in found, f"the acknowledged row {key} is lost"
            assert least <= found[key] <= most, f"row {key}: {found[key]} updates, not {least} to {most}"
        assert not self.gone & set(found), f"deleted and there: {sorted(self.gone & set(found))[:5]}"
        return self.tried


class Reader(threading.Thread):
    def __init__(self, server):
        super().__init__()
        self.server, self.ending, self.failure, self.reads = server, threading.Event(), None, 0

    def run(self):
        while not self.ending.is_set():
            try:
                connection = connect(self.server())
                while not self.ending.is_set():
                    rows, distinct = connection.execute(f"SELECT count(*), count(DISTINCT n) FROM {TABLE}").rows[0]
                    assert rows == distinct, f"{rows} rows, {distinct} keys"
                    self.reads += 1
            except LOST:
                time.sleep(0.05)
            except (SqlError, AssertionError) as error:  # a file that is gone, say
                self.failure = error
                return


def location(server):
    answer = connect(server).execute(f"SELECT SYSTEM$GET_ICEBERG_TABLE_INFORMATION('{TABLE}')")
    return json.loads(answer.rows[0][0])["metadataLocation"]


def named_files(server):
    """What the snapshots name that the newest metadata lists: data files and deletion vectors. All can be read."""
    table = StaticTable.from_metadata(location(server))
    files = PyArrowFileIO()
    named = set()
    for snapshot in table.metadata.snapshots:
        for manifest in snapshot.manifests(files):
            for entry in manifest.fetch_manifest_entry(files, discard_deleted=True):
                named.add(entry.data_file.file_path.removeprefix("file://"))
    for path in named:
        assert os.path.exists(path), f"a snapshot names {path}, which is gone"
    return named, pathlib.Path(table.metadata.location.removeprefix("file://"))


def stored_files(folder):
    return {str(path) for path in folder.rglob("*") if path.suffix in (".parquet", ".puffin")}


def metric(server, name):
    import urllib.request
    text = urllib.request.urlopen(f"http://{server.listen}/metrics", timeout=30).read().decode()
    return sum(float(line.split()[1]) for line in text.splitlines() if line.startswith(f"firn_upkeep_{name}_total "))


def kill_loop(lake, processes):
    servers = [Server(lake, ARGUMENTS).start() for _ in range(processes)]
    connection = connect(servers[0])
    connection.execute("CREATE DATABASE upkeep")
    connection.execute(f"CREATE TABLE {TABLE} (n INT, v INT) MAX_SNAPSHOTS = 3")
    writers = [Writer(i + 1, lambda i=i: servers[i % processes]) for i in range(3)]
    reader = Reader(lambda: servers[0])
    for thread in (*writers, reader):
        thread.start()
    did = dict.fromkeys(("compactions", "snapshots_expired", "files_deleted"), 0)
    for kill in range(KILLS):
        time.sleep(random.uniform(0.5, 3))
        victim = random.randrange(processes)
        if kill % 4 == 3:
            deadline = time.monotonic() + PATIENCE
            while not sum(metric(server, "files_deleted") for server in servers) and time.monotonic() < deadline:
                time.sleep(0.2)
            victim = max(range(processes), key=lambda i: metric(servers[i], "files_deleted"))
        for name in did:
            did[name] += metric(servers[victim], name)
        servers[victim].kill()
        servers[victim] = Server(lake, ARGUMENTS).start()
    time.sleep(2)
    for thread in (*writers, reader):
        thread.ending.set()
        thread.join()
        assert not thread.failure, thread.failure
    rows = [(int(n), int(v)) for n, v in connect(servers[0]).execute(f"SELECT n, v FROM {TABLE}").rows]
    found = dict(rows)
    assert len(found) == len(rows), "a row is there twice"
    tried = set()
    for writer in writers:
        tried |= writer.check(found)
    assert set(found) <= tried, "a row that nobody wrote"
    named_files(servers[0])
    for server in servers:
        server.stop()
    for name, count in did.items():
        assert count > 0, f"no {name} between the kills"
    print(f"upkeep in {processes} processes: {KILLS} kills, {len(found)} rows each there once, {reader.reads} reads, "
          + ", ".join(f"{name} {count:.0f}" for name, count in did.items()))


def orphans(lake):
    """What the processes left that were killed goes when it is old enough."""
    with Server(lake, [*ARGUMENTS, "--orphan-seconds", "3"]) as server:
        named, folder = named_files(server)
        before = len(stored_files(folder) - named)
        deadline = time.monotonic() + 90
        while stored_files(folder) - named and time.monotonic() < deadline:
            time.sleep(0.5)
            named, folder = named_files(server)
        left = stored_files(folder) - named
        assert not left, f"{len(left)} of {before} files that nothing names are still there: {sorted(left)[:3]}"
        count, distinct = connect(server).execute(f"SELECT count(*), count(DISTINCT n) FROM {TABLE}").rows[0]
        assert count == distinct
    print(f"orphans: {before} files that nothing named are gone, {len(named)} are there")


def main():
    for processes in (1, 2):
        with tempfile.TemporaryDirectory(prefix="firn-upkeep-") as folder:
            lake = pathlib.Path(folder) / "lake"
            kill_loop(lake, processes)
            orphans(lake)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()

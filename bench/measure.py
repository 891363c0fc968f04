"""What all benchmarks share: servers of Firn and fakesnow, medians, process figures, and the line that each number ends in."""

import contextlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test"))
import serve  # noqa: E402  (test/serve.py)

THREADS = int(os.environ.get("FIRN_BENCH_THREADS", "2"))
MEMORY_GIB = float(os.environ.get("FIRN_BENCH_MEMORY_GIB", "4"))
ROUNDS = int(os.environ.get("FIRN_BENCH_ROUNDS", "5"))
CACHE = pathlib.Path(os.environ.get("FIRN_CACHE", "~/.cache/firn")).expanduser() / "bench"
RESULTS = ROOT / "bench" / "results"
PASSWORD = serve.PASSWORD


@contextlib.contextmanager
def scratch(name):
    """A folder that goes when the block ends; beside the cache, so on a real disk."""
    CACHE.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=CACHE))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def firn(folder, allow=None, memory_gib=MEMORY_GIB):
    """A running server on a lake in `folder`."""
    arguments = ["--threads", str(THREADS), "--memory", str(memory_gib)]
    if allow:
        arguments += ["--allow-dir", str(allow)]
    with serve.Server(folder, arguments) as server:
        yield server


def connect(server, **more):
    import snowflake.connector

    host, _, port = server.listen.rpartition(":")
    return snowflake.connector.connect(user="ADMIN", password=PASSWORD, account="firn", host=host, port=int(port),
                                       protocol="http", **more)


@contextlib.contextmanager
def fakesnow():
    """A fakesnow server in a process and an environment of its own; gives its port."""
    import environments

    python = environments.venv.folder("bench-fake") / "bin" / "python"
    port = serve.free_port()
    process = subprocess.Popen([str(python), "-m", "fakesnow", "-s", "-p", str(port)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port, process)
        yield port
    finally:
        process.terminate()
        process.wait()


def fake_python(script, *arguments):
    """Runs a script in fakesnow's environment and gives what it prints, as JSON."""
    import environments

    python = environments.venv.folder("bench-fake") / "bin" / "python"
    answer = subprocess.run([str(python), str(script), *map(str, arguments)], check=True, stdout=subprocess.PIPE)
    return json.loads(answer.stdout)


def wait_for_port(port, process):
    import socket

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError("the peer's server did not start")


def seconds(work):
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def median(values):
    return statistics.median(values)


def cpu_seconds(pid):
    """User and system time of a process so far, of all its threads, ended ones too."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def forget_peak(pid):
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmHWM")


def check(what, equal):
    """The answers of Firn and its peer are compared before anything is timed."""
    if not equal:
        raise SystemExit(f"{what}: the answers differ")


def report(name, value, unit, peer=None, peer_value=None, at_most=None, at_least=None):
    """One number: prints it with its target and appends it to the results. With a peer, the target is of the ratio
    Firn / peer; without, of the value itself."""
    figure = value / peer_value if peer else value
    passed = (at_most is None or figure <= at_most) and (at_least is None or figure >= at_least)
    bound = f"at most {at_most:g}" if at_most is not None else f"at least {at_least:g}"
    against = f", {peer} {peer_value:.4g} {unit}, ratio {figure:.3g}" if peer else ""
    print(f"{'pass' if passed else 'FAIL'}  {name}: Firn {value:.4g} {unit}{against} (target: {bound})", flush=True)
    RESULTS.mkdir(exist_ok=True)
    row = {"name": name, "firn": value, "unit": unit, "peer": peer, "peer_value": peer_value, "figure": figure,
           "at_most": at_most, "at_least": at_least, "passed": passed, "threads": THREADS, "memory_gib": MEMORY_GIB,
           "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    with open(RESULTS / "results.jsonl", "a", encoding="utf-8") as out:
        out.write(json.dumps(row) + "\n")
    return passed


def data_files(connection, table):
    """Paths of the live data files of one of Firn's tables, as PyIceberg sees them."""
    from pyiceberg.table import StaticTable

    row = connection.cursor().execute(f"SELECT SYSTEM$GET_ICEBERG_TABLE_INFORMATION('{table}')").fetchone()
    metadata = json.loads(row[0])["metadataLocation"]
    return metadata, [task.file.file_path.removeprefix("file://") for task in StaticTable.from_metadata(metadata).scan().plan_files()]

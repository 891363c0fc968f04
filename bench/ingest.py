"""Events of 200 bytes over 64 connections, one a request and 500 a request, acknowledged after fsync: Firn against
FastAPI + uvicorn (1 worker) that checks JSON and appends with fsync, and single events against nginx `return 200`.

Firn: API key checked, 8 typed columns, a primary key, an expectation, silver suspended; at the end every acknowledged
event is counted in bronze within 10 s. FIRN_BENCH_INGEST_SECONDS changes the 60 s.
"""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import environments
import measure

sys.path.insert(0, str(measure.ROOT / "test" / "pipeline"))
import http_client  # noqa: E402  (test/pipeline/http_client.py)
from wire import Connection  # noqa: E402  (test/wire)

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = int(os.environ.get("FIRN_BENCH_INGEST_SECONDS", "60"))
CONNECTIONS = 64
BATCH = 500
IN_BRONZE_WITHIN = 10  # seconds after the last answer

environments.venv.SETS["bench-fastapi"] = ["fastapi==0.121.3", "uvicorn[standard]==0.38.0", "pydantic==2.12.4"]

PIPELINE = """
pipeline: bench.orders
columns:
  - {name: order_id, type: bigint, required: true, primary_key: true}
  - {name: customer_id, type: bigint}
  - {name: status, type: string}
  - {name: total, type: "decimal(18,2)"}
  - {name: quantity, type: int}
  - {name: weight, type: double}
  - {name: note, type: string}
  - {name: updated_at, type: timestamp}
expect:
  - {name: positive_total, check: "total >= 0", on_violation: quarantine}
"""


def wrk(url, batch, key=None, seconds=SECONDS):
    environment = {**os.environ, "FIRN_BATCH": str(batch)}
    if key:
        environment["FIRN_KEY"] = key
    shown = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s",
                            "-s", str(HERE / "ingest.lua"), url],
                           env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout
    result = json.loads(next(line[5:] for line in shown.splitlines() if line.startswith("JSON ")))
    measure.check(f"every answer of {url} is a success", result["errors"] == 0)
    result["rate"] = result["requests"] * batch / (result["micros"] / 1e6)
    return result


def count(server, what="COUNT(*)"):
    """Of the rows in bronze."""
    connection = Connection(server.listen, "ADMIN", measure.PASSWORD)
    try:
        return int(list(connection.execute(f"SELECT {what} FROM bench.bronze.orders").rows)[0][0])
    finally:
        connection.close()


def firn(batch):
    with measure.scratch("ingest") as folder, measure.firn(folder / "lake") as server:
        admin = http_client.Client(server.listen, basic=("ADMIN", measure.PASSWORD))
        made = admin("POST", "/v1/pipelines", PIPELINE, {"Content-Type": "application/yaml"})
        measure.check("the pipeline is made", made.status in (200, 201))
        connection = Connection(server.listen, "ADMIN", measure.PASSWORD)
        connection.execute("ALTER TASK bench.silver.orders_merge SUSPEND")
        connection.close()
        key = admin("POST", "/v1/keys", {"name": "bench", "scopes": ["ingest:bench.orders"]}).json["key"]
        url = f"http://{server.listen}/v1/ingest/bench/orders"
        wrk(url, batch, key, seconds=2)  # the table is known, the files are there
        before = None
        while before is None or before != count(server):
            before = count(server)
            time.sleep(6)
        result = wrk(url, batch, key)
        ended = time.monotonic()
        acknowledged = result["requests"] * batch
        while count(server) - before < acknowledged and time.monotonic() - ended < 60:
            time.sleep(0.2)
        took = time.monotonic() - ended
        rows, distinct = count(server), count(server, "COUNT(DISTINCT _seq)")
        measure.check(f"{acknowledged} acknowledged events are in bronze, each once, after {took:.1f} s",
                      rows - before >= acknowledged and rows == distinct)
        measure.check(f"they are there within {IN_BRONZE_WITHIN} s", took <= IN_BRONZE_WITHIN)
        return result


@contextlib.contextmanager
def listening(command, port, environment=None):
    process = subprocess.Popen(command, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        measure.wait_for_port(port, process)
        yield
    finally:
        process.terminate()
        process.wait()


def fastapi(batch):
    folder = environments.venv.make("bench-fastapi")
    port = measure.serve.free_port()
    with measure.scratch("fastapi") as log:
        command = [str(pathlib.Path(folder) / "bin" / "uvicorn"), "ingest_peer:app", "--app-dir", str(HERE),
                   "--port", str(port), "--workers", "1", "--no-access-log"]
        with listening(command, port, {"PEER_LOG": str(log / "events")}):
            return wrk(f"http://127.0.0.1:{port}/{'one' if batch == 1 else 'batch'}", batch)


def nginx():
    port = measure.serve.free_port()
    with measure.scratch("nginx") as folder:
        config = folder / "nginx.conf"
        config.write_text(f"""
daemon off; worker_processes {measure.THREADS}; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{ access_log off; client_body_temp_path {folder}/body; keepalive_requests 100000000;
        proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;
        scgi_temp_path {folder}/s;
        server {{ listen 127.0.0.1:{port}; location / {{ return 200; }} }} }}
""")
        with listening([shutil.which("nginx"), "-c", str(config), "-p", str(folder)], port):
            return wrk(f"http://127.0.0.1:{port}/", 1)


def main():
    rounds = max(1, measure.ROUNDS // 2)
    have_nginx = shutil.which("nginx") is not None
    if not have_nginx:
        print("ingest: nginx (Debian package nginx-light) is not installed; the comparison with it is left out")
    single, web, peer, many, peer_many = [], [], [], [], []
    for _ in range(rounds):
        single.append(firn(1)["rate"])
        if have_nginx:
            web.append(nginx()["rate"])
        peer.append(fastapi(1)["rate"])
        many.append(firn(BATCH)["rate"])
        peer_many.append(fastapi(BATCH)["rate"])
    measure.report("ingest/single", measure.median(single), "events/s", "FastAPI", measure.median(peer), at_least=10)
    if have_nginx:
        measure.report("ingest/single", measure.median(single), "events/s", "nginx", measure.median(web), at_least=0.5)
    measure.report("ingest/batches", measure.median(many), "events/s", "FastAPI", measure.median(peer_many),
                   at_least=6)
    measure.report("ingest/rate", measure.median(many), "events/s", at_least=250000)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Runs the flights pipeline on a server: applies flights.yaml, posts the events, prints each layer, checks gold.

python3 examples/flights/demo.py --listen HOST:PORT --password P [--month N] [--format delta] [--quiet]
(a Python with pandas)
Ends with 1 where a gold table differs from what pandas computes from the same flights.
"""
import argparse
import base64
import http.client
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(ROOT / "test"))
import events as flight_events  # noqa: E402
from wire import Connection  # noqa: E402

PROGRAM = os.environ.get("FIRN_PROGRAM", str(ROOT / "build" / "firn"))
BATCH = 2000
PATIENCE = 300


class Demo:
    def __init__(self, given):
        self.given = given
        self.sql = Connection(given.listen, "ADMIN", given.password)
        self.http = http.client.HTTPConnection(given.listen, timeout=120)
        pair = base64.b64encode(f"ADMIN:{given.password}".encode()).decode()
        self.authorization = {"Authorization": f"Basic {pair}"}

    def rows(self, text):
        return [tuple(row) for row in self.sql.execute(text).rows]

    def ask(self, method, path, body=None, kind="application/json"):
        self.http.request(method, path, body, {**self.authorization, "Content-Type": kind})
        answer = self.http.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {text[:500]}")
        return json.loads(text) if text else None

    def say(self, text):
        if not self.given.quiet:
            print(text, flush=True)

    def show(self, title, text):
        if self.given.quiet:
            return
        print(f"\n{title}\n  {text}", flush=True)
        environment = {**os.environ, "FIRN_PASSWORD": self.given.password}
        subprocess.run([PROGRAM, "sql", "--url", f"http://{self.given.listen}", "-c", text], check=True,
                       env=environment)

    def apply(self):
        environment = {**os.environ, "FIRN_PASSWORD": self.given.password}
        with tempfile.TemporaryDirectory() as folder:
            pipeline = pathlib.Path(folder) / "flights.yaml"
            pipeline.write_text(f"{(HERE / 'flights.yaml').read_text()}\nformat: {self.given.format}\n")
            subprocess.run([PROGRAM, "apply", "-f", str(pipeline), "--url", f"http://{self.given.listen}"], check=True,
                           env=environment, stdout=subprocess.DEVNULL if self.given.quiet else None)

    def post(self, events):
        begin, refused = time.monotonic(), 0
        for first in range(0, len(events), BATCH):
            lines = "\n".join(json.dumps(event) for event in events[first:first + BATCH])
            refused += self.ask("POST", "/v1/ingest/nyc/flights", lines, "application/x-ndjson")["quarantined"]
        took = time.monotonic() - begin
        self.say(f"posted {len(events):,} events in {took:.1f} s ({len(events) / took:,.0f} a second)")
        if refused:
            raise SystemExit(f"{refused} events were refused at the door")

    def wait_for(self, what, text, want):
        deadline = time.monotonic() + PATIENCE
        while (got := self.rows(text)) != want:
            if time.monotonic() > deadline:
                raise SystemExit(f"{what}: wanted {want}, got {got}")
            time.sleep(0.3)

    def check(self, table, columns, order, want):
        """The whole gold table against pandas."""
        text = f"SELECT {columns} FROM nyc.gold.{table} ORDER BY {order}"
        want = [tuple(str(cell) for cell in row) for row in want]
        deadline = time.monotonic() + PATIENCE
        while (got := self.rows(text)) != want:
            if time.monotonic() > deadline:
                wrong = [pair for pair in zip(got, want) if pair[0] != pair[1]][:3]
                raise SystemExit(f"nyc.gold.{table} differs from pandas: {len(got)} rows for {len(want)}; {wrong}")
            time.sleep(0.3)
        self.say(f"nyc.gold.{table}: {len(want)} rows, equal to the pandas computation")


def run(given):
    folder = given.folder or subprocess.run([sys.executable, str(ROOT / "deps" / "fetch.py"), "--sample"], check=True,
                                            capture_output=True, text=True).stdout.strip()
    flights = flight_events.read_flights(folder, given.month)
    events, broken = flight_events.make_events(flights)
    demo = Demo(given)
    demo.apply()
    demo.post(events)
    gone = int(flights.dep_time.isna().sum())
    demo.wait_for("bronze", "SELECT COUNT(*) FROM nyc.bronze.flights", [(str(len(events)),)])
    while demo.ask("GET", "/v1/pipelines/nyc/flights")["silver_lag_rows"]:
        time.sleep(0.3)
    demo.wait_for("silver", "SELECT COUNT(*), COUNT(DISTINCT flight_id) FROM nyc.silver.flights",
                  [(str(len(flights) - gone),) * 2])
    demo.wait_for("quarantine", "SELECT COUNT(*) FROM nyc.bronze.flights__errors", [(str(len(broken)),)])
    demo.ask("POST", "/v1/jobs/nyc/carriers:run")
    demo.check("daily_delays", "day, origin, flights, delay_minutes, late_arrivals", "1, 2",
               flight_events.daily_delays(flights))
    demo.check("carriers", "carrier, flights, miles, worst_delay", "1", flight_events.carriers(flights))
    demo.show("bronze: every event as it came", "SELECT _seq, _op, _raw FROM nyc.bronze.flights ORDER BY _seq LIMIT 5")
    demo.show("silver: the newest version of each flight",
              "SELECT flight_id, status, dep_delay, arr_delay, event_time FROM nyc.silver.flights ORDER BY 1 LIMIT 5")
    demo.show("quarantine: what does not fit", "SELECT _code, _message FROM nyc.bronze.flights__errors LIMIT 3")
    demo.show("gold: a dynamic table", "SELECT * FROM nyc.gold.daily_delays ORDER BY day, origin LIMIT 6")
    demo.show("gold: merged by a task", "SELECT * FROM nyc.gold.carriers ORDER BY flights DESC LIMIT 5")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--listen", required=True)
    options.add_argument("--password", required=True)
    options.add_argument("--folder", help="of flights.csv; else fetched")
    options.add_argument("--month", type=int, default=1)
    options.add_argument("--format", choices=("iceberg", "delta"), default="iceberg")
    options.add_argument("--quiet", action="store_true")
    run(options.parse_args())


if __name__ == "__main__":
    main()

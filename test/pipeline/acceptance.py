#!/usr/bin/env python3
"""The 24 acceptance tests of the pipeline's contract (9.10), each on {iceberg, delta} x {disk, s3}; what they leave is
read back by PyIceberg and, where it is published as Delta, by delta-rs, and must be what SQL says.

python3 acceptance.py [--data] [FORM+STORE …] [NUMBER …]       no combination: all four; --data: those about rows only

Each number stands in TESTS beside the function that covers it, which lies in the file of its layer. 24 is that all the
others were run in the combination and read back.
"""
import argparse
import contextlib
import datetime
import pathlib
import random
import sys
import threading
import time
import traceback
import zoneinfo

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from serve import PASSWORD, Server, empty_lake  # noqa: E402

import consumer  # noqa: E402
import ingest  # noqa: E402
import jobs  # noqa: E402
import silver  # noqa: E402
from http_client import Client  # noqa: E402
from readback import Readers  # noqa: E402
from wire import Connection  # noqa: E402

COMBINATIONS = [(form, store) for form in ("iceberg", "delta") for store in ("disk", "s3")]


class World:
    """A server that most tests of a combination share."""

    def __init__(self, form, store):
        self.form, self.on_s3 = form, store == "s3"

    @contextlib.contextmanager
    def open(self):
        with empty_lake(self.on_s3) as (lake, options, environment), contextlib.closing(Readers(environment)) as readers:
            with Server(lake, options, environment) as server:
                self.listen, self.readers = server.listen, readers
                self.cron = CronTask(self)
                yield
            if server.process.returncode != 0:
                raise AssertionError(f"firn serve ended with {server.process.returncode}")

    def fixture(self):
        """With connections of its own: the server closes those that are idle for long."""
        return consumer.Fixture(self.listen, PASSWORD, self.form)

    def silver(self):
        return silver.Lake(self.listen, PASSWORD, self.readers)


def of_silver(test):
    def run(world):
        test(world.silver(), world.form).check_readers()
    return run


def of_consumers(test, *databases):
    def run(world):
        fixture = world.fixture()
        test(fixture)
        for database in databases:
            assert world.readers.check_schemas(fixture.sql, database, world.form), database
    return run


def of_ingest(test):
    """On a lake of its own."""
    def run(world):
        with ingest.made_for(test, form=world.form, on_s3=world.on_s3) as lake:
            test(lake)
            check_lake(lake, world.form)
    return run


def check_lake(lake, form):
    with contextlib.closing(Readers(lake.environment)) as readers, contextlib.closing(lake.connect()) as connection:
        assert readers.check_schemas(connection, "sales", form)


class CronTask:
    """17: a task by a line of cron, set for the next minute but one of America/Sao_Paulo: made first, looked at last."""

    def __init__(self, world):
        fixture = world.fixture()
        now = datetime.datetime.now(zoneinfo.ZoneInfo("America/Sao_Paulo"))
        self.at = (now + datetime.timedelta(seconds=80)).replace(second=0, microsecond=0)
        fixture.sql.execute("CREATE DATABASE clocks")
        fixture.sql.execute(f"CREATE TABLE clocks.public.fired (at TIMESTAMP_LTZ) {fixture.format}")
        fixture.sql.execute(f"CREATE TASK clocks.public.tick SCHEDULE = 'USING CRON {self.at.minute} {self.at.hour} * * * "
                            "America/Sao_Paulo' AS INSERT INTO clocks.public.fired SELECT CURRENT_TIMESTAMP()")
        fixture.sql.execute("ALTER TASK clocks.public.tick RESUME")

    def check(self, fixture):
        history = ("SELECT TO_VARCHAR(CONVERT_TIMEZONE('UTC', scheduled_time), 'YYYY-MM-DD HH24:MI:SS'), state FROM "
                   "TABLE(clocks.INFORMATION_SCHEMA.TASK_HISTORY(TASK_NAME => 'tick')) WHERE state <> 'SCHEDULED'")
        due = self.at.astimezone(datetime.timezone.utc)
        while datetime.datetime.now(datetime.timezone.utc) < due - datetime.timedelta(seconds=1):
            fired = fixture.rows("SELECT COUNT(*) FROM clocks.public.fired")
            assert fired == [["0"]] or datetime.datetime.now(datetime.timezone.utc) >= due, "it fired too early"
            time.sleep(1)
        jobs.wait_for(history, lambda: fixture.rows(history), [[due.strftime("%Y-%m-%d %H:%M:%S"), "SUCCEEDED"]])
        fired = fixture.rows("SELECT TO_VARCHAR(CONVERT_TIMEZONE('UTC', at), 'YYYY-MM-DD HH24:MI:SS') FROM clocks.public.fired")
        assert len(fired) == 1 and fired[0][0] >= due.strftime("%Y-%m-%d %H:%M:%S"), (fired, due)


def cron_in_its_zone(world):
    """17: wrong lines are refused, the right one fires at its minute there (06:00 itself: test/unit/base/schedule_test.cc)."""
    fixture = world.fixture()
    jobs.a_cron_line_is_a_time_or_an_error(fixture)
    world.cron.check(fixture)
    assert world.readers.check_schemas(fixture.sql, "clocks", world.form) == {"PUBLIC.FIRED": 1}


def two_writers_and_compaction(world):
    """12: two processes commit to the same tables by SQL and by events, while their files are compacted: nothing is lost."""
    count = 60
    with ingest.Lake(form=world.form, on_s3=world.on_s3) as lake:
        lake.sql("ALTER TASK sales.silver.orders_merge RESUME")
        option = "DELTA = TRUE" if world.form == "delta" else ""
        lake.sql(f"CREATE TABLE sales.gold.log (writer INT, n INT) {option}")
        lake.sql(f"CREATE TABLE sales.gold.counter {option} AS SELECT 0 AS n")
        key = lake.key("ingest:sales.*")
        other = lake.another_server()
        problems = []

        def write(writer, server):
            try:
                client, connection = Client(server.listen, key=key), Connection(server.listen, "ADMIN", PASSWORD)
                for n in range(count):
                    reply = client("POST", ingest.POST, [ingest.order(n, count=writer), ingest.order(1000 * (writer + 1) + n)])
                    assert reply.status == 202, reply
                    connection.execute(f"INSERT INTO sales.gold.log VALUES ({writer}, {n})")
                    if n % 4 == 0:
                        connection.execute("UPDATE sales.gold.counter SET n = n + 1")
                    time.sleep(random.uniform(0, 0.02))
                connection.close()
            except Exception as error:  # noqa: BLE001: told to the test's own thread
                problems.append(error)

        try:
            threads = [threading.Thread(target=write, args=pair) for pair in enumerate((lake.server, other))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert not problems, problems
            lake.wait_for("SELECT n FROM sales.gold.counter", [[str(2 * len(range(0, count, 4)))]])
            lake.wait_for("SELECT writer, COUNT(*), COUNT(DISTINCT n) FROM sales.gold.log GROUP BY 1 ORDER BY 1",
                          [[str(writer), str(count), str(count)] for writer in (0, 1)])
            lake.wait_for("SELECT COUNT(*), COUNT(DISTINCT order_id), COUNT_IF(order_id >= 1000) FROM sales.silver.orders",
                          [[str(3 * count), str(3 * count), str(2 * count)]])
            lake.wait_for("SELECT COUNT(*), COUNT(DISTINCT _seq) FROM sales.bronze.orders", [[str(4 * count)] * 2])
            files = lambda: lake.admin("GET", "/v1/tables/sales/gold/log").json["files"]["count"] < 40  # noqa: E731
            jobs.wait_for("the log's files are compacted", files, True)
            check_lake(lake, world.form)
        finally:
            other.stop()


DATA, FULL = True, False  # DATA: about rows, and of those that `make test` has in a second combination
TESTS = [
    # number, what it runs, whether it is about rows
    ((1, 2), of_silver(silver.newest_in_batch_wins), DATA),
    ((3,), of_silver(silver.delete_then_late_then_newer), DATA),
    ((4,), of_silver(silver.column_absent_from_a_batch), DATA),
    ((5, 7), of_silver(silver.one_bad_row_of_a_thousand), DATA),
    ((6,), of_silver(silver.doubles_take_integers), DATA),
    ((8, 14), of_silver(silver.all_null_at_first), DATA),
    ((9,), of_ingest(ingest.broken_lines_of_ndjson), DATA),
    ((10,), of_ingest(ingest.idempotency_keys), DATA),
    ((11,), of_ingest(ingest.kills), FULL),
    ((12,), of_ingest(ingest.two_processes), FULL),
    ((12,), two_writers_and_compaction, FULL),
    ((13,), of_silver(silver.explicit_null_clears), DATA),
    ((15,), of_consumers(jobs.gold_merge_keeps_other_keys, "market"), DATA),
    ((16,), of_consumers(jobs.an_empty_result_empties, "market"), DATA),
    ((18, 19), of_consumers(jobs.a_graph_of_jobs, "market"), FULL),
    ((20,), of_consumers(consumer.a_query_is_only_a_query, "shop"), FULL),
    ((21,), of_consumers(consumer.pages_while_writing, "paged"), FULL),
    ((22,), of_ingest(ingest.a_full_buffer), FULL),
    ((23,), of_silver(silver.quarantine_and_replay), DATA),
    ((17,), cron_in_its_zone, FULL),  # the last: its minute has come by then
]
NUMBERS = {number for numbers, _, _ in TESTS for number in numbers}
assert NUMBERS == set(range(1, 24)), set(range(1, 24)) ^ NUMBERS


def run_combination(form, store, only_data, wanted):
    """Numbers that failed."""
    world, failed = World(form, store), []
    chosen = [row for row in TESTS if (row[2] or not only_data) and (not wanted or wanted & set(row[0]))]
    began = time.monotonic()
    with world.open():
        for numbers, test, _ in chosen:
            name, start = " and ".join(map(str, numbers)), time.monotonic()
            try:
                test(world)
            except (Exception, SystemExit) as error:  # noqa: BLE001: every test is told of
                traceback.print_exc()
                failed.append(f"{name} ({form}+{store})")
                print(f"FAILED {failed[-1]}: {error}", flush=True)
            else:
                print(f"acceptance {name} ({form}+{store}): {time.monotonic() - start:.1f} s", flush=True)
    if not failed and not only_data and not wanted:
        print(f"acceptance 24 ({form}+{store}): all, in {time.monotonic() - began:.0f} s", flush=True)
    return failed


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--data", action="store_true")
    options.add_argument("chosen", nargs="*")
    given = options.parse_args()
    wanted = {int(word) for word in given.chosen if word.isdigit()}
    names = [word for word in given.chosen if not word.isdigit()]
    combinations = [pair for pair in COMBINATIONS if not names or "+".join(pair) in names]
    if not combinations or len(combinations) < len(names):
        options.error(f"combinations are {', '.join('+'.join(pair) for pair in COMBINATIONS)}")
    failed = [name for pair in combinations for name in run_combination(*pair, given.data, wanted)]
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()

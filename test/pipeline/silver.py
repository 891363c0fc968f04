"""Bronze to silver: the contract's acceptance tests (9.10) 1 to 8, 13, 14 and 23, each on a pipeline of its own, in the
format that is asked for. acceptance.py runs them; by hand:

python3 ../serve.py -- python3 silver.py --listen {listen} --password {password} [TEST …]      (both formats)
"""
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import cases  # noqa: E402
from http_client import Client  # noqa: E402
from readback import Readers  # noqa: E402
from wire import Connection  # noqa: E402

PATIENCE = 60  # seconds for what should take two
SPEC = """
pipeline: {domain}.{table}
columns:
  - {{name: order_id, type: bigint, required: true, primary_key: true}}
  - {{name: status, type: string}}
  - {{name: total, type: "decimal(18,2)"}}
  - {{name: score, type: double}}
  - {{name: updated_at, type: timestamp}}
merge: {{type: upsert, order_by: [updated_at], on_missing: "{on_missing}"}}
evolve: {{new_column: {evolve}}}
format: {format}
flush: {{max_delay: 50ms}}
target_lag: 1s
"""


class Lake:
    def __init__(self, listen, password, readers=None):
        self.sql = Connection(listen, "ADMIN", password)
        self.admin = Client(listen, basic=("ADMIN", password))
        self.readers = readers or Readers()

    def call(self, method, path, body=None, headers=None):
        answer = self.admin(method, path, body, headers)
        assert answer.status < 300, f"{method} {path}: {answer}"
        return answer.json

    def rows(self, sql):
        return [[None if cell == "NULL" else cell for cell in row] for row in self.sql.execute(sql).rows]


class Pipe:
    """A pipeline of its own for one test."""

    def __init__(self, lake, table, form, on_missing="null", evolve="add", spec=SPEC):
        self.lake, self.table, self.form = lake, table, form
        self.domain, self.seq = f"sales_{form}", 0
        spec = spec.format(domain=self.domain, table=table, format=form, on_missing=on_missing, evolve=evolve)
        lake.call("POST", "/v1/pipelines", spec, {"Content-Type": "application/yaml"})

    def post(self, *rows, quarantined=0):
        """One bronze commit; comes back when silver has it. The merge checks rows again, so that the quarantine is its own."""
        before = len(self.errors())
        values = []
        for row in rows:
            self.seq += 1
            text, op = json.dumps(row), row.get("_op")
            values.append(f"SELECT {self.seq}, CURRENT_TIMESTAMP(), 'batch', NULL, NULL, {repr(op) if op else 'NULL'}, 1, "
                          f"PARSE_JSON($${text}$$)")
        self.lake.sql.execute(f"INSERT INTO {self.domain}.bronze.{self.table} " + " UNION ALL ".join(values))
        self.settle()
        if len(self.errors()) - before != quarantined:
            raise SystemExit(f"{self.table}: {self.errors()}")

    def settle(self):
        """Waits until the stream is empty."""
        question = f"SELECT SYSTEM$STREAM_HAS_DATA('{self.domain}.bronze.{self.table}_s')"
        deadline = time.monotonic() + PATIENCE
        while self.lake.rows(question)[0][0] not in ("FALSE", "false", "0"):
            if time.monotonic() > deadline:
                raise SystemExit(f"{self.table}: silver does not come along")
            time.sleep(0.05)

    def silver(self, columns="order_id, status"):
        return self.lake.rows(f"SELECT {columns} FROM {self.domain}.silver.{self.table} ORDER BY order_id")

    def expect(self, want, columns="order_id, status"):
        got = self.silver(columns)
        if got != want:
            raise SystemExit(f"{self.table} ({self.form}): wanted {want}, got {got}")

    def counts(self, name):
        """Of all runs of the merge."""
        sql = (f"SELECT COALESCE(SUM({name}), 0) FROM TABLE({self.domain}.INFORMATION_SCHEMA.TASK_HISTORY(TASK_NAME => "
               f"'{self.table}_merge')) WHERE database_name = '{self.domain.upper()}'")
        return int(self.lake.rows(sql)[0][0])

    def wait_for_counts(self, name, want):
        """A run's record is ended by a commit of its own, after that of the rows."""
        deadline = time.monotonic() + PATIENCE
        while self.counts(name) != want:
            if time.monotonic() > deadline:
                raise SystemExit(f"{self.table}: {name} is {self.counts(name)}, not {want}")
            time.sleep(0.05)

    def errors(self, columns="_code, _column"):
        return self.lake.rows(f"SELECT {columns} FROM ERROR_TABLE({self.domain}.bronze.{self.table}) ORDER BY _seq")

    def check_readers(self):
        """PyIceberg and delta-rs see what SQL sees, in every layer."""
        self.lake.readers.check_schemas(self.lake.sql, self.domain, self.form, like=f"{self.table}%")


def order(number, status, minute, **more):
    return {"order_id": number, "status": status, "updated_at": f"2024-01-01T00:{minute:02d}:00Z", **more}


def newest_in_batch_wins(lake, form):
    """1, and 2: what is late and older loses across batches."""
    pipe = Pipe(lake, "newest", form)
    pipe.post(order(1, "b", 2), order(1, "c", 3), order(1, "a", 1), order(2, "x", 1))
    pipe.expect([["1", "c"], ["2", "x"]])
    pipe.wait_for_counts("rows_stale", 2)
    pipe.post(order(1, "late", 2), order(2, "y", 2))
    pipe.expect([["1", "c"], ["2", "y"]])
    pipe.wait_for_counts("rows_stale", 3)
    pipe.post(order(1, "d", 4))
    pipe.expect([["1", "d"], ["2", "y"]])
    return pipe


def delete_then_late_then_newer(lake, form):
    """3"""
    pipe = Pipe(lake, "deleted", form)
    pipe.post(order(1, "a", 1), order(2, "keep", 1))
    pipe.post(order(1, "gone", 5, _op="d"))
    pipe.expect([["2", "keep"]])
    pipe.post(order(1, "late", 4))
    pipe.expect([["2", "keep"]])
    pipe.post(order(1, "again", 6))
    pipe.expect([["1", "again"], ["2", "keep"]])
    return pipe


def column_absent_from_a_batch(lake, form):
    """4"""
    pipe = Pipe(lake, "absent", form)
    pipe.post(order(1, "a", 1, total=1.5))
    pipe.post({"order_id": 2, "updated_at": "2024-01-01"}, {"order_id": 1, "total": 2, "updated_at": "2024-01-02"})
    pipe.expect([["1", None, "2.00"], ["2", None, None]], "order_id, status, total")
    return pipe


def one_bad_row_of_a_thousand(lake, form):
    """5: 2.5 for an integer; and 7: a key that is null."""
    pipe = Pipe(lake, "bad", form)
    rows = [order(n, "a", 1) for n in range(999)]
    pipe.post(*rows[:500], {**rows[0], "order_id": 2.5}, *rows[500:], quarantined=1)
    if len(pipe.silver()) != 999 or pipe.errors() != [["TYPE_MISMATCH", "ORDER_ID"]]:
        raise SystemExit(f"{len(pipe.silver())} rows, errors {pipe.errors()}")
    pipe.post({"order_id": None, "updated_at": "2024-01-01"}, order(1000, "b", 1), quarantined=1)
    if len(pipe.silver()) != 1000 or pipe.errors()[-1] != ["NULL_KEY", "ORDER_ID"]:
        raise SystemExit(f"{len(pipe.silver())} rows, errors {pipe.errors()}")
    return pipe


def doubles_take_integers(lake, form):
    """6"""
    pipe = Pipe(lake, "doubles", form)
    pipe.post(order(1, "a", 1, score=1), order(2, "b", 1, score=2.5), order(3, "c", 1, score=9007199254740993), quarantined=1)
    pipe.expect([["1", "1"], ["2", "2.5"]], "order_id, TO_VARCHAR(score)")
    return pipe


def all_null_at_first(lake, form):
    """8, and 14: a new field arrives, typed, once it has a value."""
    pipe = Pipe(lake, "fields", form)
    pipe.post(order(1, None, 1, total=None, note=None), order(2, None, 1, total=None, note=None))
    pipe.expect([["1", None, None], ["2", None, None]], "order_id, status, total")
    pipe.post(order(3, "x", 1, total=7, note="hello", size=3))
    pipe.expect([["1", None, None], ["2", None, None], ["3", "hello", "3"]], "order_id, note, size")
    return pipe


def explicit_null_clears(lake, form):
    """13"""
    pipe = Pipe(lake, "cleared", form, on_missing="keep")
    pipe.post(order(1, "a", 1, total=5))
    pipe.post({"order_id": 1, "updated_at": "2024-01-01T00:02:00", "status": "b"})
    pipe.expect([["1", "b", "5.00"]], "order_id, status, total")
    pipe.post({"order_id": 1, "updated_at": "2024-01-01T00:03:00", "total": None})
    pipe.expect([["1", "b", None]], "order_id, status, total")
    return pipe


def quarantine_and_replay(lake, form):
    """23: put right, replayed under its own _seq; twice is once; what came later stays."""
    pipe = Pipe(lake, "replayed", form)
    pipe.post(order(1, "a", 1, total="many"), order(2, "b", 9, total="few"), order(3, "c", 1), quarantined=2)
    pipe.post(order(1, "newer", 5))
    path = f"/v1/pipelines/{pipe.domain}/{pipe.table}/quarantine"
    page = lake.call("GET", f"{path}?code=TYPE_MISMATCH&limit=1")
    rest = lake.call("GET", f"{path}?code=TYPE_MISMATCH&limit=1&cursor={page['next_cursor']}")
    shown = [row["status"] + json.loads(row["raw"])["total"] for row in page["rows"] + rest["rows"]]
    if shown != ["openmany", "openfew"] or rest["next_cursor"] is not None:
        raise SystemExit(f"{page} {rest}")
    wanted = {"filter": {"code": "TYPE_MISMATCH"}, "patch": {"total": 5}}
    if lake.call("POST", f"{path}:replay", wanted) != {"replayed": 2, "skipped": 0}:
        raise SystemExit("the replay did not take two rows")
    pipe.settle()
    pipe.expect([["1", "newer", None], ["2", "b", "5.00"], ["3", "c", None]], "order_id, status, total")
    if lake.call("POST", f"{path}:replay", wanted) != {"replayed": 0, "skipped": 0}:
        raise SystemExit("rows were replayed twice")
    if pipe.errors("_status") != [["replayed"], ["replayed"]]:
        raise SystemExit(pipe.errors("_status"))
    return pipe


TESTS = (newest_in_batch_wins, delete_then_late_then_newer, column_absent_from_a_batch, one_bad_row_of_a_thousand,
         doubles_take_integers, all_null_at_first, explicit_null_clears, quarantine_and_replay)


if __name__ == "__main__":
    for form in ("iceberg", "delta"):
        def in_form(test):
            def run(lake):
                test(lake, form).check_readers()
            run.__name__ = test.__name__
            return run
        cases.run(f"silver ({form})", [in_form(test) for test in TESTS], Lake)

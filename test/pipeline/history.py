"""merge: scd2 and snapshot: deletes and their tombstones, what comes late, columns that are kept. On Iceberg and Delta,
read back by others.

python3 ../serve.py -- python3 history.py --listen {listen} --password {password} [TEST …]
"""
import cases
from silver import Lake, Pipe, order

SPEC = """
pipeline: {{domain}}.{{table}}
columns:
  - {{{{name: order_id, type: bigint, required: true, primary_key: true}}}}
  - {{{{name: status, type: string}}}}
  - {{{{name: total, type: "decimal(18,2)"}}}}
  - {{{{name: score, type: double}}}}
  - {{{{name: updated_at, type: timestamp}}}}
merge: {{{{type: {merge}, order_by: [updated_at], on_missing: "{{on_missing}}"}}}}
evolve: {{{{new_column: {{evolve}}}}}}
format: {{format}}
flush: {{{{max_delay: 50ms}}}}
target_lag: 1s
"""
SCD2, SNAPSHOT = SPEC.format(merge="scd2"), SPEC.format(merge="snapshot")
INTERVALS = ("order_id, status, TO_VARCHAR(_valid_from, 'MI'), TO_VARCHAR(_valid_to, 'MI'), "
             "IFF(_is_current, 'now', 'then')")


def history(pipe, want, columns=INTERVALS):
    got = pipe.lake.rows(f"SELECT {columns} FROM {pipe.domain}.silver.{pipe.table} ORDER BY order_id, updated_at, _seq")
    assert got == want, f"{pipe.table} ({pipe.form}): wanted {want}, got {got}"


def what_is_late_ends_at_a_delete(lake, form):
    """Before the first row, between two deletes, and after: a tombstone ends what begins before it."""
    pipe = Pipe(lake, "scd2_deleted", form, spec=SCD2)
    pipe.post(order(1, "gone", 20, _op="d"))
    pipe.post(order(1, "late", 5))
    history(pipe, [["1", "late", "05", "20", "then"]])
    pipe.post(order(1, "gone", 30, _op="d"), order(2, "other", 1))
    pipe.post(order(1, "between", 25))
    history(pipe, [["1", "late", "05", "20", "then"], ["1", "between", "25", "30", "then"], ["2", "other", "01", None, "now"]])
    pipe.post(order(1, "again", 40))
    history(pipe, [["1", "late", "05", "20", "then"], ["1", "between", "25", "30", "then"], ["1", "again", "40", None, "now"],
                   ["2", "other", "01", None, "now"]])
    return pipe


def scd2_keeps(lake, form):
    """on_missing: keep. Of the version before; what has come is not folded anew; a delete begins anew."""
    pipe = Pipe(lake, "scd2_keep", form, on_missing="keep", spec=SCD2)

    def patch(minute, **more):
        return {"order_id": 1, "updated_at": f"2024-01-01T00:{minute:02d}:00Z", **more}

    columns = "status, total, TO_VARCHAR(_valid_from, 'MI'), TO_VARCHAR(_valid_to, 'MI')"
    pipe.post(patch(10, status="a", total=1), patch(20, status="b"), patch(30, total=None))
    history(pipe, [["a", "1.00", "10", "20"], ["b", "1.00", "20", "30"], ["b", None, "30", None]], columns)
    pipe.post(patch(40, total=4), patch(15, total=15))
    history(pipe, [["a", "1.00", "10", "15"], ["a", "15.00", "15", "20"], ["b", "1.00", "20", "30"], ["b", None, "30", "40"],
                   ["b", "4.00", "40", None]], columns)
    pipe.post(patch(50, _op="d"))
    pipe.post(patch(55, total=6))
    history(pipe, [["a", "1.00", "10", "15"], ["a", "15.00", "15", "20"], ["b", "1.00", "20", "30"], ["b", None, "30", "40"],
                   ["b", "4.00", "40", "50"], [None, "6.00", "55", None]], columns)
    return pipe


def what_a_snapshot_lacks(lake, form):
    """Goes when the snapshot ends, and does not come back by what is older; a row of the snapshot that is replayed does."""
    pipe = Pipe(lake, "snapshot", form, spec=SNAPSHOT)
    path = f"/v1/pipelines/{pipe.domain}/{pipe.table}"

    def snapshot(*rows):
        answer = lake.call("POST", f"/v1/ingest/{pipe.domain}/{pipe.table}?wait=bronze", list(rows))
        lake.call("POST", f"{path}:commit", {"batch_ids": [answer["batch_id"]]})
        pipe.settle()

    snapshot(order(1, "a", 1), order(2, "a", 1), order(3, "a", 1))
    pipe.expect([["1", "a"], ["2", "a"], ["3", "a"]])
    snapshot(order(1, "b", 2), order(4, "b", 2), {**order(5, "b", 2), "total": "many"})
    pipe.expect([["1", "b"], ["4", "b"]])
    # By SQL under a _seq of before: late.
    pipe.post(order(2, "late", 9), order(6, "late", 9))
    pipe.expect([["1", "b"], ["4", "b"]])
    replayed = lake.call("POST", f"{path}/quarantine:replay", {"filter": {"code": "TYPE_MISMATCH"}, "patch": {"total": 5}})
    assert replayed == {"replayed": 1, "skipped": 0}, replayed
    pipe.settle()
    pipe.expect([["1", "b"], ["4", "b"], ["5", "b"]])
    snapshot(order(1, "c", 3), order(2, "c", 3))
    pipe.expect([["1", "c"], ["2", "c"]])
    return pipe


TESTS = (what_is_late_ends_at_a_delete, scd2_keeps, what_a_snapshot_lacks)


if __name__ == "__main__":
    for form in ("iceberg", "delta"):
        def in_form(test):
            def run(lake):
                test(lake, form).check_readers()
            run.__name__ = test.__name__
            return run
        cases.run(f"history ({form})", [in_form(test) for test in TESTS], Lake)

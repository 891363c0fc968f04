"""The registry over HTTP: pipelines made, read, changed, rebuilt and dropped; their SQL; the commands of the program.

python3 registry.py --listen HOST:PORT --password P
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from serve import PROGRAM  # noqa: E402
from wire import Connection  # noqa: E402

from http_client import Client, problem  # noqa: E402

PATIENCE = 60  # seconds for what should take two
YAML = {"Content-Type": "application/yaml"}
ORDERS = """
pipeline: shop.orders
columns:
  - {name: order_id,   type: bigint, required: true, primary_key: true}
  - {name: status,     type: string}
  - {name: total,      type: decimal(18,2)}
  - {name: updated_at, type: timestamp}
merge:
  type: upsert
  order_by: [updated_at]
  delete_when: "_op = 'd'"
expect:
  - {name: positive_total, check: "total >= 0", on_violation: quarantine}
target_lag: 1s
gold:
  by_day:
    query: SELECT CAST(updated_at AS DATE) AS day, SUM(total) AS revenue FROM shop.silver.orders GROUP BY 1
    target_lag: 1 second
  by_status:
    query: SELECT status, COUNT(*) AS n FROM shop.silver.orders GROUP BY 1
    write: {mode: merge, key: [status]}
"""


class World:
    def __init__(self, listen, password):
        self.listen, self.password = listen, password
        self.ask = Client(listen, basic=("ADMIN", password))
        self.c = Connection(listen, "ADMIN", password)

    def rows(self, sql):
        return [list(row) for row in self.c.execute(sql).rows]

    def wait_for(self, sql, want):
        deadline = time.monotonic() + PATIENCE
        while (got := self.rows(sql)) != want:
            if time.monotonic() > deadline:
                raise SystemExit(f"{sql}\n  wanted {want}\n  got    {got}")
            time.sleep(0.2)

    def bronze(self, seq, row, op=None):
        """An event as the committer of the buffer would write it."""
        text = json.dumps(row).replace("'", "''")
        self.c.execute("INSERT INTO shop.bronze.orders SELECT "
                       f"{seq}, CURRENT_TIMESTAMP(), 'b{seq}', NULL, NULL, {repr(op) if op else 'NULL'}, 1, "
                       f"PARSE_JSON('{text}')")

    def settle(self, path):
        """Until silver has all of bronze."""
        deadline = time.monotonic() + PATIENCE
        while (lag := self.ask("GET", path).json["silver_lag_rows"]) != 0:
            if time.monotonic() > deadline:
                raise SystemExit(f"{path}: {lag} rows do not come into silver: "
                                 f"{self.ask('GET', path + '/status').body}")
            time.sleep(0.1)

    def program(self, *arguments, fails=False):
        done = subprocess.run([PROGRAM, *arguments, "--url", f"http://{self.listen}"], capture_output=True, text=True,
                              timeout=120, env={**os.environ, "FIRN_PASSWORD": self.password})
        assert (done.returncode != 0) == fails, done
        return done.stderr if fails else done.stdout


def made_in_one_commit(w):
    made = w.ask("POST", "/v1/pipelines", ORDERS, YAML)
    assert made.status == 201, made
    assert made.json["pipeline"] == "SHOP.ORDERS" and made.headers["ETag"] == f'"{made.json["version"]}"', made
    assert made.json["spec"]["flush"] == {"max_bytes": "64MB", "max_rows": 500000, "max_delay": "5s"}, made.json
    assert made.json["objects"]["silver"] == "SHOP.SILVER.ORDERS", made.json
    tables = w.rows("SELECT table_schema, table_name FROM shop.information_schema.tables ORDER BY 1, 2")
    assert tables == [["BRONZE", "ORDERS"], ["BRONZE", "ORDERS__ERRORS"], ["GOLD", "BY_DAY"], ["GOLD", "BY_STATUS"],
                      ["SILVER", "ORDERS"], ["SILVER", "ORDERS__DELETED"]], tables
    w.c.execute("SHOW PIPES IN DATABASE shop")
    assert w.rows('SELECT "name", "schema_name", "kind" FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))') == [
        ["ORDERS", "BRONZE", "STREAMING"]]
    w.c.execute("SHOW TASKS IN DATABASE shop")
    assert w.rows('SELECT "name", "state" FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))') == [
        ["BY_STATUS_T", "suspended"], ["ORDERS_MERGE", "started"]]
    problem(w.ask("POST", "/v1/pipelines", ORDERS, YAML), 409, "ALREADY_EXISTS")


def refused_whole(w):
    """What is wrong anywhere leaves nothing behind."""
    for text, detail in (
            ("pipeline: bad.one\ncolumns: [{name: k, type: integr}]", "line 2, column 27"),
            ("pipeline: bad.one\ncolumns: [{name: k, type: int}]\nkolour: red", "'kolour' is no key"),
            ("pipeline: bad.one\ncolumns: [", "line 2")):
        told = problem(w.ask("POST", "/v1/pipelines", text, YAML), 400, "INVALID_PIPELINE")
        assert detail in told["detail"], told
    for more in ("gold: {g: {query: select nope from bad.silver.one}}", "expect: [{name: e, check: nope > 1}]",
                 "gold: {g: {query: select k from bad.silver.one, write: {mode: merge, key: [nope]}}}",
                 "gold: {g: {query: select k from bad.silver.one, after: [bad.gold.other]}}"):
        answer = w.ask("POST", "/v1/pipelines", f"pipeline: bad.one\ncolumns: [{{name: k, type: int}}]\n{more}", YAML)
        assert 400 <= answer.status < 500 and answer.json["code"], answer
    assert w.rows("SELECT COUNT(*) FROM information_schema.databases WHERE database_name = 'BAD'") == [["0"]]
    problem(w.ask("POST", "/v1/pipelines", "x", {"Content-Type": "text/csv"}), 415, "UNSUPPORTED_MEDIA_TYPE")
    problem(w.ask("GET", "/v1/pipelines/shop/nothing"), 404, "UNKNOWN_TABLE")
    problem(Client(w.listen)("GET", "/v1/pipelines"), 401, "UNAUTHORIZED")
    dry = w.ask("POST", "/v1/pipelines?dry_run=true", "pipeline: dry.one\ncolumns: [{name: k, type: int}]", YAML)
    assert dry.status == 200 and dry.json["dry_run"], dry
    assert w.rows("SELECT COUNT(*) FROM information_schema.databases WHERE database_name = 'DRY'") == [["0"]]


def events_reach_gold(w):
    w.bronze(1, {"order_id": 1, "status": "new", "total": 10.5, "updated_at": "2026-01-01T10:00:00"})
    w.bronze(2, {"order_id": 2, "status": "new", "total": 3, "updated_at": "2026-01-02T10:00:00"})
    w.wait_for("SELECT order_id, status, total FROM shop.silver.orders ORDER BY 1",
               [["1", "new", "10.50"], ["2", "new", "3.00"]])
    w.bronze(3, {"order_id": 1, "status": "paid", "total": 11, "updated_at": "2026-01-01T12:00:00"})
    w.bronze(4, {"order_id": 2, "updated_at": "2026-01-03T10:00:00"}, "d")
    w.bronze(5, {"order_id": 1, "status": "late", "total": 0, "updated_at": "2026-01-01T11:00:00"})
    w.bronze(6, {"order_id": 7, "status": "bad", "total": -1, "updated_at": "2026-01-01T11:00:00"})
    w.wait_for("SELECT order_id, status, total FROM shop.silver.orders", [["1", "paid", "11.00"]])
    w.wait_for("SELECT day, revenue FROM shop.gold.by_day", [["2026-01-01", "11.00"]])
    w.wait_for("SELECT _seq, _status FROM shop.bronze.orders__errors", [["6", "open"]])
    runs = w.ask("POST", "/v1/pipelines/shop/orders:backfill")
    assert runs.status == 202 and [run["object"] for run in runs.json["runs"]] == ["SHOP.SILVER.ORDERS_MERGE"], runs
    w.settle("/v1/pipelines/shop/orders")
    w.wait_for("SELECT status, n FROM shop.gold.by_status", [["paid", "1"]])


def bronze_is_read_again(w):
    """:backfill gives back what silver has lost, and puts nothing twice: not in silver, not in the quarantine."""
    w.bronze(10, {"order_id": 20, "status": "kept", "total": 1, "updated_at": "2026-02-01T10:00:00"})
    w.wait_for("SELECT order_id, status FROM shop.silver.orders ORDER BY 1", [["1", "paid"], ["20", "kept"]])
    w.c.execute("DELETE FROM shop.silver.orders WHERE order_id = 1")
    assert w.ask("POST", "/v1/pipelines/shop/orders:backfill").status == 202
    w.settle("/v1/pipelines/shop/orders")
    assert w.rows("SELECT order_id, status, total FROM shop.silver.orders ORDER BY 1") == [
        ["1", "paid", "11.00"], ["20", "kept", "1.00"]]
    assert w.rows("SELECT _seq, _status FROM shop.bronze.orders__errors") == [["6", "open"]]
    w.bronze(11, {"order_id": 20, "updated_at": "2026-02-02T10:00:00"}, "d")
    w.wait_for("SELECT order_id FROM shop.silver.orders", [["1"]])


def every_kind_is_read_again(w):
    """Whatever the merge, :backfill and :rebuild come to the rows that were there, as Delta too."""
    for merge, form, shown in (("upsert", "delta", "k, v, _seq"), ("append", "iceberg", "k, v, _seq"),
                               ("scd2", "iceberg", "k, v, _seq, _is_current, _valid_from, _valid_to"),
                               ("snapshot", "delta", "k, v, _seq")):
        made = w.ask("POST", "/v1/pipelines", f"pipeline: again.{merge}\nformat: {form}\ntarget_lag: 1s\nmerge: {{type: {merge}"
                     f"{', order_by: [at]' if merge == 'scd2' else ''}}}\ncolumns: [{{name: k, type: int, primary_key: true}}, "
                     "{name: v, type: string}, {name: at, type: timestamp}]\n", YAML)
        assert made.status == 201, made
        rows = [{"k": 1, "v": "a"}, {"k": 2, "v": "b"}, {"k": 1, "v": "c", "new": 7}, {"k": "bad"}]
        w.c.execute(f"INSERT INTO again.bronze.{merge} " + " UNION ALL ".join(
            f"SELECT {seq}, CURRENT_TIMESTAMP(), 'b', NULL, NULL, NULL, 1, PARSE_JSON($${json.dumps(row)}$$)"
            for seq, row in enumerate(({**row, "at": f"2026-01-0{seq + 1}"} for seq, row in enumerate(rows)), 1)))
        path = f"/v1/pipelines/again/{merge}"
        w.settle(path)
        want = w.rows(f"SELECT {shown}, new FROM again.silver.{merge} ORDER BY _seq, v")
        assert len(want) == (2 if merge in ("upsert", "snapshot") else 3), (merge, want)
        for action in ("backfill", "rebuild", "backfill"):
            assert w.ask("POST", f"{path}:{action}").status == 202
            w.settle(path)
            assert w.rows(f"SELECT {shown}, new FROM again.silver.{merge} ORDER BY _seq, v") == want, (merge, action)
            assert w.rows(f"SELECT _seq, _code FROM again.bronze.{merge}__errors") == [["4", "TYPE_MISMATCH"]]
        w.c.execute(f"INSERT INTO again.bronze.{merge} SELECT 9, CURRENT_TIMESTAMP(), 'b', NULL, NULL, NULL, 1, "
                    "PARSE_JSON('{\"k\": 9, \"at\": \"2026-02-01\"}')")
        w.wait_for(f"SELECT COUNT(*) FROM again.silver.{merge}", [[str(len(want) + 1)]])
    w.c.execute("DROP DATABASE again")


def ddl_makes_it_anew(w):
    ddl = w.ask("GET", "/v1/pipelines/shop/orders/ddl")
    assert ddl.status == 200 and ddl.headers["Content-Type"].startswith("application/sql"), ddl
    text = ddl.body.decode()
    assert text.strip() == w.rows("SELECT GET_DDL('PIPELINE', 'shop.orders')")[0][0].strip()
    for part in ("create or replace ICEBERG TABLE SHOP.BRONZE.ORDERS (", "create or replace pipe SHOP.BRONZE.ORDERS as",
                 "create or replace stream SHOP.BRONZE.ORDERS_S on table SHOP.BRONZE.ORDERS append_only = true",
                 "create or replace task SHOP.SILVER.ORDERS_MERGE", "MERGE INTO SHOP.SILVER.ORDERS t USING (", "ORDER_ID BIGINT NOT NULL",
                 "alter task SHOP.SILVER.ORDERS_MERGE resume;", "create or replace dynamic table SHOP.GOLD.BY_DAY("):
        assert part in text, (part, text)
    # The text is SQL: under another name it makes the same objects.
    other = text.replace("SHOP.", "COPY_OF_SHOP.").replace("shop.", "copy_of_shop.").replace(
        "exists SHOP;", "exists COPY_OF_SHOP;")
    for statement in other.split(";\n"):
        if statement.strip():
            w.c.execute(statement.strip().rstrip(";"))
    want = w.rows("SELECT table_schema, table_name, column_name, data_type, is_nullable FROM "
                  "shop.information_schema.columns ORDER BY 1, 2, 3")
    assert want == w.rows("SELECT table_schema, table_name, column_name, data_type, is_nullable FROM "
                          "copy_of_shop.information_schema.columns ORDER BY 1, 2, 3")
    w.c.execute("DROP DATABASE copy_of_shop")


def changed_with_its_version(w):
    wider = ORDERS.replace("decimal(18,2)", "decimal(20,2)").replace(
        "  - {name: updated_at", "  - {name: note, type: string}\n  - {name: updated_at")
    path = "/v1/pipelines/shop/orders"
    problem(w.ask("PUT", path, wider, YAML), 428, "PRECONDITION_REQUIRED")
    problem(w.ask("PUT", path, wider, {**YAML, "If-Match": '"1"'}), 412, "VERSION_MISMATCH")
    dry = w.ask("PUT", path + "?dry_run=true", wider, YAML)
    assert dry.status == 200 and dry.json["compatible"] and len(dry.json["effects"]) == 2, dry
    tag = w.ask("GET", path).headers["ETag"]
    assert w.ask("GET", path, headers={"If-None-Match": tag}).status == 304
    changed = w.ask("PUT", path, wider, {**YAML, "If-Match": tag})
    assert changed.status == 200 and changed.json["schema_version"] == 2, changed
    w.bronze(7, {"order_id": 3, "note": "hello", "total": 100000000000000000.25, "updated_at": "2026-01-05T00:00:00"})
    w.wait_for("SELECT note FROM shop.silver.orders WHERE order_id = 3", [["hello"]])
    versions = w.ask("GET", path + "/versions").json["versions"]
    assert [v["schema_version"] for v in versions] == [1, 2] and "ADD COLUMN NOTE" in versions[1]["change"], versions
    assert w.rows("SELECT pipe_name, schema_version FROM shop.information_schema.schema_history ORDER BY 2") == [
        ["ORDERS", "1"], ["ORDERS", "2"]]
    same = w.ask("PUT", path, wider, {**YAML, "If-Match": changed.headers["ETag"]})
    assert same.headers["ETag"] == changed.headers["ETag"], same
    return wider


def rebuilt_from_bronze(w, wider):
    path = "/v1/pipelines/shop/orders"
    renamed = wider.replace("name: note", "name: remark")
    tag = w.ask("GET", path).headers["ETag"]
    told = problem(w.ask("PUT", path, renamed, {**YAML, "If-Match": tag}), 409, "INCOMPATIBLE")
    assert "DROP COLUMN NOTE" in told["detail"], told
    dry = w.ask("PUT", path + "?dry_run=true", renamed, YAML)
    assert dry.status == 200 and dry.json["compatible"] is False, dry
    w.wait_for("SELECT COUNT(*) FROM shop.gold.by_day", [["2"]])
    seen, stop = set(), threading.Event()

    def look():
        """What a reader sees all the while: never less than all rows."""
        c = Connection(w.listen, "ADMIN", w.password)
        while not stop.is_set():
            for table in ("silver.orders", "gold.by_day"):
                seen.add((table, c.execute(f"SELECT COUNT(*) FROM shop.{table}").rows[0][0]))

    reader = threading.Thread(target=look)
    reader.start()
    try:
        done = w.ask("PUT", path + "?rebuild=true", renamed, {**YAML, "If-Match": tag})
        assert done.status == 200, done
        w.settle(path)
        assert w.rows("SELECT order_id, status, remark FROM shop.silver.orders ORDER BY 1") == [
            ["1", "paid", "NULL"], ["3", "NULL", "NULL"]]
        before = w.rows("SELECT COUNT(*) FROM shop.bronze.orders__errors")
        again = w.ask("POST", path + ":rebuild")
        assert again.status == 202, again
        w.settle(path)
        w.bronze(8, {"order_id": 4, "status": "new", "updated_at": "2026-01-06T00:00:00"})
        w.wait_for("SELECT COUNT(*) FROM shop.silver.orders", [["3"]])
        w.bronze(9, {"order_id": 4, "updated_at": "2026-01-06T00:00:01"}, "d")
        w.wait_for("SELECT COUNT(*) FROM shop.silver.orders", [["2"]])
    finally:
        stop.set()
        reader.join()
    assert {count for table, count in seen if table == "silver.orders"} <= {"2", "3"}, seen
    assert {count for table, count in seen if table == "gold.by_day"} <= {"2", "3"}, seen
    assert w.rows("SELECT COUNT(*) FROM shop.bronze.orders__errors") == before == [["1"]], before
    w.wait_for("SELECT COUNT(*) FROM shop.gold.by_day", [["2"]])
    left = w.rows("SELECT table_name FROM shop.information_schema.tables WHERE table_name LIKE '%REBUILD%'")
    assert left == [], left
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "p.yaml"
        file.write_text(renamed)
        w.program("apply", "-f", str(file), "--wait", "--rebuild")
    assert w.rows("SELECT COUNT(*) FROM shop.silver.orders") == [["2"]]
    assert w.ask("GET", path).json["silver_lag_rows"] == 0
    w.wait_for("SELECT order_id, status FROM shop.silver.orders ORDER BY 1", [["1", "paid"], ["3", "NULL"]])


def paused_and_resumed(w):
    path = "/v1/pipelines/shop/orders"
    assert w.ask("POST", path + ":pause").json["paused"] is True
    assert w.ask("POST", path + ":resume").json["paused"] is False
    problem(w.ask("POST", path + ":explode"), 404, "NOT_FOUND")
    problem(w.ask("POST", path), 404, "NOT_FOUND")


def inferred(w):
    lines = "\n".join(json.dumps({"id": i, "code": "007", "price": i + 0.25, "at": f"2026-01-01T00:00:{i % 60:02}Z",
                                  "odd": None, "tags": []}) for i in range(120))
    got = w.ask("POST", "/v1/pipelines/shop/things:infer", lines, {"Content-Type": "application/x-ndjson"})
    assert got.status == 200 and got.json["samples"] == 120, got
    types = {c["name"]: c["type"] for c in got.json["columns"]}
    assert types == {"ID": "BIGINT", "CODE": "VARCHAR(16777216)", "PRICE": "NUMBER(38,2)", "AT": "TIMESTAMP_TZ(9)",
                     "TAGS": "ARRAY"}, types
    assert got.json["spec"]["pipeline"] == "shop.things" and "always null" in got.json["skipped"][0], got
    made = w.ask("POST", "/v1/pipelines", got.json["spec"])
    assert made.status == 201, made
    problem(w.ask("POST", "/v1/pipelines:infer", "[]", {"Content-Type": "application/json"}), 400, "BAD_REQUEST")


def kinds_of_pipelines(w):
    for text in ("pipeline: kinds.chain\ncolumns: [{name: k, type: int}]\ngold:\n"
                 "  a: {query: select k from kinds.gold.z, after: [kinds.gold.z]}\n"
                 "  b: {query: select k from kinds.gold.y, target_lag: 1 minute}\n"
                 "  y: {query: select k from kinds.silver.chain, target_lag: 1 minute}\n"
                 "  z: {query: select k from kinds.silver.chain, schedule: USING CRON 0 6 * * * UTC}\n",
                 "pipeline: kinds.raw\nmode: raw", "pipeline: kinds.guess\nmode: infer\nevolve: rescue",
                 "pipeline: kinds.delta\nformat: delta\ncolumns: [{name: k, type: int, primary_key: true}]",
                 "pipeline: kinds.history\nmerge: {type: scd2}\ncolumns: [{name: k, type: int, primary_key: true}]",
                 'pipeline: kinds."odd name"\ncolumns: [{name: order, type: string}, {name: "my col", type: json}]'):
        made = w.ask("POST", "/v1/pipelines", text, YAML)
        assert made.status == 201, (text, made)
    ddl = w.ask("GET", "/v1/pipelines/kinds/chain/ddl").body.decode()
    assert ddl.index("task KINDS.GOLD.Z_T\n") < ddl.index("task KINDS.GOLD.A_T\n"), ddl
    assert ddl.index("table KINDS.GOLD.Y(") < ddl.index("table KINDS.GOLD.B("), ddl
    assert "DELTA=TRUE" in w.rows("SELECT GET_DDL('TABLE', 'kinds.silver.delta')")[0][0]
    listed = [p["pipeline"] for p in w.ask("GET", "/v1/pipelines").json["pipelines"]]
    assert listed == ["KINDS.CHAIN", "KINDS.DELTA", "KINDS.GUESS", "KINDS.HISTORY", "KINDS.RAW", "KINDS.odd name", "SHOP.ORDERS",
                      "SHOP.THINGS"], listed


def the_commands(w):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "p.yaml"
        file.write_text("pipeline: cli.events\ncolumns: [{name: id, type: int, primary_key: true}]\n")
        assert "cli.events: would be created" in w.program("diff", "-f", str(file))
        assert "cli.events: created" in w.program("apply", "-f", str(file))
        assert "nothing to change" in w.program("apply", "-f", str(file))
        file.write_text("pipeline: cli.events\ncolumns: [{name: id, type: int, primary_key: true}, {name: v, type: string}]\n")
        plan = json.loads(w.program("diff", "-f", str(file), "--json"))
        assert plan == [{"pipeline": "cli.events", "action": "change", "effects": [
            {"effect": "ADD COLUMN V VARCHAR(16777216)", "rebuild": False}]}], plan
        assert "changed" in w.program("apply", "-f", str(file))
        file.write_text("pipeline: cli.events\ncolumns: [{name: v, type: string}]\n")
        assert "INCOMPATIBLE" in w.program("apply", "-f", str(file), fails=True)
        file.write_text("pipeline: cli.events\ncolumns: [{name: v, type: strin}]\n")
        assert "line 2, column 27" in w.program("diff", "-f", str(file), fails=True)
    assert "CLI.EVENTS" in w.program("pipelines")
    assert any(p["pipeline"] == "CLI.EVENTS" for p in json.loads(w.program("pipelines", "--json")))


def old_rows_go(w):
    """Merged rows leave bronze, rows of the quarantine and tombstones go; silver stays."""
    made = w.ask("POST", "/v1/pipelines", "pipeline: short.lived\ncolumns: [{name: id, type: int, primary_key: true}]\n"
                 "retention: {bronze: 1s, quarantine: 1s, tombstones: 1s}\ntarget_lag: 100ms\nexpect: [{name: e, check: id < 9}]",
                 YAML)
    assert made.status == 201, made
    for seq, key, op in ((1, 1, "'u'"), (2, 2, "'u'"), (3, 2, "'d'"), (4, 9, "'u'")):
        w.c.execute(f"INSERT INTO short.bronze.lived SELECT {seq}, CURRENT_TIMESTAMP(), 'b', NULL, NULL, {op}, 1, "
                    f"PARSE_JSON('{{\"id\": {key}}}')")
    w.wait_for("SELECT id FROM short.silver.lived", [["1"]])
    w.wait_for("SELECT (SELECT COUNT(*) FROM short.bronze.lived), (SELECT COUNT(*) FROM short.bronze.lived__errors), "
               "(SELECT COUNT(*) FROM short.silver.lived__deleted)", [["0", "0", "0"]])
    assert w.rows("SELECT id FROM short.silver.lived") == [["1"]]
    # What comes then is merged as ever.
    w.c.execute("INSERT INTO short.bronze.lived SELECT 5, CURRENT_TIMESTAMP(), 'b', NULL, NULL, 'u', 1, PARSE_JSON('{\"id\": 3}')")
    w.wait_for("SELECT id FROM short.silver.lived ORDER BY 1", [["1"], ["3"]])
    assert w.ask("DELETE", "/v1/pipelines/short/lived").status == 204


def dropped(w):
    assert w.ask("DELETE", "/v1/pipelines/shop/things?keep_tables=true").status == 204
    assert w.rows("SELECT COUNT(*) FROM shop.silver.things") == [["0"]]
    assert w.ask("DELETE", "/v1/pipelines/shop/orders").status == 204
    problem(w.ask("GET", "/v1/pipelines/shop/orders"), 404, "UNKNOWN_TABLE")
    assert w.rows("SELECT COUNT(*) FROM shop.information_schema.tables WHERE table_name LIKE '%ORDERS%'") == [["0"]]
    w.c.execute("UNDROP TABLE shop.silver.orders")
    assert w.rows("SELECT COUNT(*) FROM shop.silver.orders") == [["2"]]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--listen", required=True)
    options.add_argument("--password", required=True)
    given = options.parse_args()
    w = World(given.listen, given.password)
    w.c.execute("CREATE DATABASE IF NOT EXISTS registry_test")

    def timed(test, *arguments):
        begin = time.monotonic()
        result = test(w, *arguments)
        print(f"registry: {test.__name__} {time.monotonic() - begin:.1f} s", flush=True)
        return result

    timed(made_in_one_commit)
    timed(refused_whole)
    timed(events_reach_gold)
    timed(bronze_is_read_again)
    timed(every_kind_is_read_again)
    timed(ddl_makes_it_anew)
    wider = timed(changed_with_its_version)
    timed(rebuilt_from_bronze, wider)
    timed(paused_and_resumed)
    timed(inferred)
    timed(kinds_of_pipelines)
    timed(the_commands)
    timed(old_rows_go)
    timed(dropped)


if __name__ == "__main__":
    main()

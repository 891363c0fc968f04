"""Published functions, tables, lineage, jobs, runs and the older API's query side, on a real server.

Acceptance tests of the pipeline's contract (9.10), run by acceptance.py: 15 gold_merge_keeps_other_keys,
16 an_empty_result_empties, 17 a_cron_line_is_a_time_or_an_error, 18 and 19 a_graph_of_jobs; 20 of the older API here.

python3 jobs.py --listen HOST:PORT --password P [TEST …]
"""
import pathlib
import sys
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import cases  # noqa: E402
from consumer import Fixture  # noqa: E402
from http_client import problem  # noqa: E402

PATIENCE = 60  # seconds for what should take two


def wait_for(what, get, want):
    deadline = time.monotonic() + PATIENCE
    while True:
        got = get()
        if got == want:
            return
        if time.monotonic() > deadline:
            raise SystemExit(f"{what}\n  wanted {want}\n  got    {got}")
        time.sleep(0.2)


def make_shop(f):
    f.sql.execute("CREATE OR REPLACE DATABASE market")
    for layer in ("bronze", "silver", "gold"):
        f.sql.execute(f"CREATE SCHEMA market.{layer}")
    f.sql.execute(f"CREATE TABLE market.silver.orders (id INT, day DATE, total NUMBER(18,2)) {f.format}")
    f.sql.execute("INSERT INTO market.silver.orders VALUES (1, '2026-01-01', 10), (2, '2026-01-01', 5), (3, '2026-01-02', 1)")


def publish(f):
    f.sql.execute("CREATE FUNCTION market.gold.revenue(from_day DATE, to_day DATE DEFAULT '2026-12-31') "
                  "RETURNS TABLE(day DATE, revenue NUMBER(18,2)) COMMENT = 'Revenue by day' AS "
                  "'SELECT day, SUM(total) FROM market.silver.orders WHERE day BETWEEN from_day AND to_day GROUP BY day'")
    f.sql.execute("ALTER FUNCTION market.gold.revenue(DATE, DATE) SET HTTP_ENDPOINT = TRUE")


def published_functions(f):
    make_shop(f)
    f.sql.execute("CREATE FUNCTION market.gold.hidden() RETURNS TABLE(x INT) AS 'SELECT 1'")
    publish(f)
    get = lambda path, client=f.admin, **headers: client("GET", "/v1/api/market/gold/" + path, None, headers)  # noqa: E731
    page = get("revenue.json?from_day=2026-01-01")
    assert page.status == 200 and sorted(page.json["rows"]) == [["2026-01-01", 15.0], ["2026-01-02", 1.0]], page
    assert page.json["columns"] == [{"name": "DAY", "type": "DATE"}, {"name": "REVENUE", "type": "NUMBER(18,2)"}], page
    assert get("REVENUE.csv?FROM_DAY=2026-01-02").body == b"DAY,REVENUE\n2026-01-02,1.00\n"
    assert get("revenue.ndjson?from_day=2026-01-01&to_day=2026-01-01").body == b'{"DAY":"2026-01-01","REVENUE":15.00}\n'
    for kind in ("parquet", "arrow"):
        assert get(f"revenue.{kind}?from_day=2026-01-01").status == 200
    first = get("revenue.json?from_day=2026-01-01&limit=1")
    f.sql.execute("INSERT INTO market.silver.orders VALUES (4, '2025-06-01', 7), (5, '2026-01-01', 100)")
    second = get(f"revenue.json?from_day=2026-01-01&limit=1&cursor={first.json['cursor']}")
    assert first.json["rows"] + second.json["rows"] == [["2026-01-01", 15.0], ["2026-01-02", 1.0]], (first, second)
    assert second.json["cursor"] is None
    tag = get("revenue.json?from_day=2026-01-01").headers["ETag"]
    assert get("revenue.json?from_day=2026-01-01", **{"If-None-Match": tag}).status == 304
    assert get("revenue.json?from_day=2026-01-02", **{"If-None-Match": tag}).status == 200
    problem(get("revenue.json"), 400, "BAD_REQUEST")
    problem(get("revenue.json?from_day=2026-01-01&nope=1"), 400, "BAD_REQUEST")
    problem(get("revenue.json?from_day=yesterday"), 400, "BAD_REQUEST")
    problem(get("revenue.json?from_day=2026-01-01&from_day=2026-01-02"), 400, "BAD_REQUEST")
    injected = get("revenue.json?from_day=2026-01-01%27)%20UNION%20SELECT%201--")
    problem(injected, 400, "BAD_REQUEST")
    problem(get("revenue.xml?from_day=2026-01-01"), 404, "NOT_FOUND")
    problem(get("hidden.json"), 404, "NOT_FOUND")
    problem(get("nothing.json"), 404, "NOT_FOUND")
    reader = f.key("gold functions", "read:market.gold.*")  # the function may be read, not what it reads
    assert get("revenue.json?from_day=2026-01-02", reader).json["rows"] == [["2026-01-02", 1.0]]
    other = f.key("silver only", "read:market.silver.*")
    problem(get("revenue.json?from_day=2026-01-02", other), 403, "FORBIDDEN")
    f.sql.execute("ALTER FUNCTION market.gold.revenue(DATE, DATE) SET HTTP_ENDPOINT = FALSE")
    problem(get("revenue.json?from_day=2026-01-01"), 404, "NOT_FOUND")


def the_document_of_published_functions(f):
    from openapi_spec_validator import validate
    make_shop(f)
    publish(f)
    f.sql.execute('CREATE FUNCTION market.gold."odd name/x"(a NUMBER(10,2), b BOOLEAN DEFAULT TRUE, c VARIANT DEFAULT NULL, '
                  "d TIMESTAMP_TZ DEFAULT NULL) RETURNS TABLE(x INT, v VARIANT, f FLOAT) AS 'SELECT 1, NULL, 1.5'")
    f.sql.execute('ALTER FUNCTION market.gold."odd name/x"(NUMBER, BOOLEAN, VARIANT, TIMESTAMP_TZ) SET HTTP_ENDPOINT = TRUE')
    document = f.admin("GET", "/v1/api/openapi.json")
    assert document.status == 200, document
    validate(document.json)
    paths = document.json["paths"]
    assert sorted(paths) == ["/v1/api/market/gold/odd%20name%2Fx.{format}", "/v1/api/market/gold/revenue.{format}"], paths
    parameters = {p["name"]: p for p in paths["/v1/api/market/gold/revenue.{format}"]["get"]["parameters"] if "name" in p}
    assert parameters["from_day"]["required"] and not parameters["to_day"]["required"], parameters
    assert parameters["from_day"]["schema"] == {"type": "string", "format": "date"}, parameters
    called = f.admin("GET", "/v1/api/market/gold/odd%20name%2Fx.json?a=1")
    assert called.status == 200 and called.json["rows"] == [[1, None, 1.5]], called
    nobody = f.key("sees no function", "read:market.silver.*")("GET", "/v1/api/openapi.json").json
    validate(nobody)
    assert nobody["paths"] == {}


def tables_and_lineage(f):
    make_shop(f)
    f.sql.execute("CREATE VIEW market.gold.big AS SELECT * FROM market.silver.orders WHERE total > 5")
    f.sql.execute("CREATE TABLE market.gold.copied (id INT)")
    f.sql.execute("CREATE STREAM market.silver.changes ON TABLE market.silver.orders")
    f.sql.execute("CREATE TASK market.gold.copy SCHEDULE = '60 MINUTES' AS INSERT INTO copied SELECT id FROM market.silver.changes")
    f.sql.execute("CREATE DYNAMIC TABLE market.gold.sums TARGET_LAG = '1 hour' WAREHOUSE = compute_wh AS "
                  "SELECT day, COUNT(*) AS n FROM big GROUP BY day")
    listed = f.admin("GET", "/v1/tables?domain=market").json["tables"]
    kinds = {(t["layer"], t["name"]): t["kind"] for t in listed}
    assert kinds == {("GOLD", "BIG"): "view", ("GOLD", "COPIED"): "table", ("GOLD", "SUMS"): "dynamic_table",
                     ("SILVER", "ORDERS"): "table"}, kinds
    orders = f.admin("GET", "/v1/tables/market/silver/orders").json
    assert [(c["name"], c["type"]) for c in orders["columns"]] == [
        ("ID", "NUMBER(38,0)"), ("DAY", "DATE"), ("TOTAL", "NUMBER(18,2)")], orders
    assert orders["files"]["rows"] == 3 and orders["files"]["count"] == len(orders["files"]["list"]) == 1, orders
    assert len(orders["snapshots"]) == 1 and orders["snapshots"][0]["snapshot_id"] == orders["snapshot_id"], orders
    f.sql.execute("DELETE FROM market.silver.orders WHERE id = 1")
    orders = f.admin("GET", "/v1/tables/market/silver/orders").json
    assert orders["files"]["rows"] == 2 and orders["files"]["list"][0]["has_deletes"] and len(orders["snapshots"]) == 2
    flow = lambda edges: sorted((e["from"], e["to"], e["through"]["kind"]) for e in edges)  # noqa: E731
    assert flow(orders["lineage"]["downstream"]) == [
        ("MARKET.SILVER.ORDERS", "MARKET.GOLD.BIG", "VIEW"), ("MARKET.SILVER.ORDERS", "MARKET.SILVER.CHANGES", "STREAM")]
    edges = [e for e in f.admin("GET", "/v1/lineage").json["edges"] if e["from"].startswith("MARKET.")]
    assert flow(edges) == [
        ("MARKET.GOLD.BIG", "MARKET.GOLD.SUMS", "DYNAMIC TABLE"), ("MARKET.SILVER.CHANGES", "MARKET.GOLD.COPIED", "TASK"),
        ("MARKET.SILVER.ORDERS", "MARKET.GOLD.BIG", "VIEW"), ("MARKET.SILVER.ORDERS", "MARKET.SILVER.CHANGES", "STREAM")], edges
    columns = {(e["from"].split(".")[-1], e["to"].split(".")[-1]): [(c["from"], c["to"]) for c in e["columns"]] for e in edges}
    own = [(name, name) for name in ("ID", "DAY", "TOTAL")]
    assert columns == {("BIG", "SUMS"): [("DAY", "DAY")], ("CHANGES", "COPIED"): [("ID", "ID")], ("ORDERS", "BIG"): own,
                       ("ORDERS", "CHANGES"): own}, columns
    problem(f.admin("GET", "/v1/tables/market/silver/nothing"), 404, "UNKNOWN_TABLE")
    f.sql.execute("CREATE FUNCTION market.gold.spent(from_day DATE) RETURNS TABLE(day DATE, spent NUMBER(18,2)) AS "
                  "'SELECT day, SUM(total) FROM market.silver.orders WHERE day >= from_day GROUP BY day'")
    downstream = f.admin("GET", "/v1/tables/market/silver/orders").json["lineage"]["downstream"]
    spent = [e["columns"] for e in downstream if e["to"] == "MARKET.GOLD.SPENT"]
    assert spent == [[{"from": "DAY", "to": "DAY"}, {"from": "TOTAL", "to": "SPENT"}]], downstream
    gold = f.key("gold tables", "read:market.gold.*")
    assert {t["layer"] for t in gold("GET", "/v1/tables").json["tables"]} == {"GOLD"}
    problem(gold("GET", "/v1/tables/market/silver/orders"), 403, "FORBIDDEN")
    assert flow(gold("GET", "/v1/lineage").json["edges"]) == [("MARKET.GOLD.BIG", "MARKET.GOLD.SUMS", "DYNAMIC TABLE")]
    traced = "SELECT COUNT(*) FROM TABLE(SNOWFLAKE.CORE.GET_LINEAGE('market.silver.orders.total', 'COLUMN', 'DOWNSTREAM'))"
    assert f.admin("POST", "/v1/query", {"sql": traced}).json["rows"] == [[3]]
    problem(gold("POST", "/v1/query", {"sql": traced}), 403, "FORBIDDEN")


def run_and_wait(f, job, state="SUCCEEDED"):
    started = f.admin("POST", f"/v1/jobs/market/{job}:run")
    assert started.status == 202 and started.json["state"] == "REQUESTED", started
    wait_for(f"run of {job}", lambda: f.admin("GET", "/v1/runs/" + started.json["run_id"]).json["state"], state)
    return f.admin("GET", "/v1/runs/" + started.json["run_id"]).json


def gold_merge_keeps_other_keys(f):
    """Acceptance test 15: a job that merges by key changes the keys of its result and no other."""
    make_shop(f)
    f.sql.execute(f"CREATE TABLE market.gold.daily {f.format} AS SELECT * FROM (VALUES ('2025-12-31'::DATE, 99::NUMBER(18,2)), "
                  "('2026-01-01'::DATE, 0::NUMBER(18,2))) AS v(day, revenue)")
    f.sql.execute("CREATE TASK market.gold.daily_t AS MERGE INTO daily t USING (SELECT day, SUM(total) AS revenue FROM "
                  "market.silver.orders GROUP BY 1) s ON t.day = s.day WHEN MATCHED THEN UPDATE SET revenue = s.revenue "
                  "WHEN NOT MATCHED THEN INSERT (day, revenue) VALUES (s.day, s.revenue)")
    run = run_and_wait(f, "daily")
    assert run["counts"]["rows_inserted"] == 1 and run["counts"]["rows_updated"] == 1 and run["job"] == "MARKET.GOLD.DAILY_T"
    assert f.rows("SELECT * FROM market.gold.daily ORDER BY day") == [
        ["2025-12-31", "99.00"], ["2026-01-01", "15.00"], ["2026-01-02", "1.00"]]


def an_empty_result_empties(f):
    """Acceptance test 16: overwriting with no rows leaves no rows, for a task and for a dynamic table."""
    make_shop(f)
    f.sql.execute(f"CREATE TABLE market.gold.plain {f.format} AS SELECT * FROM market.silver.orders")
    f.sql.execute("CREATE TASK market.gold.plain_t AS INSERT OVERWRITE INTO plain SELECT * FROM market.silver.orders")
    f.sql.execute(f"CREATE DYNAMIC TABLE market.gold.moving TARGET_LAG = '1 hour' WAREHOUSE = compute_wh {f.format} AS "
                  "SELECT day, SUM(total) AS s FROM market.silver.orders GROUP BY day")
    assert f.rows("SELECT COUNT(*) FROM market.gold.moving") == [["2"]]
    f.sql.execute("DELETE FROM market.silver.orders")
    for job in ("plain", "moving"):
        run_and_wait(f, job)
        assert f.rows(f"SELECT COUNT(*) FROM market.gold.{job}") == [["0"]], job
    rows = f.rows("SELECT name, state, refresh_trigger FROM TABLE(market.INFORMATION_SCHEMA.DYNAMIC_TABLE_REFRESH_HISTORY("
                  "NAME => 'market.gold.moving')) ORDER BY data_timestamp DESC LIMIT 1")
    assert rows == [["MOVING", "SUCCEEDED", "MANUAL"]], rows


def a_cron_line_is_a_time_or_an_error(f):
    """Acceptance test 17 at the face of it: test/unit/base/schedule_test.cc has the times of the zones."""
    make_shop(f)
    for wrong in ("USING CRON 0 6 * * America/Sao_Paulo", "USING CRON 0 25 * * * UTC", "USING CRON 0 6 * * * Nowhere/City", "daily"):
        try:
            f.sql.execute(f"CREATE TASK market.gold.wrong SCHEDULE = '{wrong}' AS SELECT 1")
        except Exception as error:
            assert error.code == "001008", (wrong, error)
        else:
            raise AssertionError(f"taken: {wrong}")
    f.sql.execute("CREATE TASK market.gold.right_t SCHEDULE = 'USING CRON 0 6 * * * America/Sao_Paulo' AS SELECT 1")
    job = f.admin("GET", "/v1/jobs/market/right").json
    assert job["kind"] == "task" and job["schedule"] == "USING CRON 0 6 * * * America/Sao_Paulo" and job["state"] == "suspended"
    resumed = f.admin("POST", "/v1/jobs/market/right:resume")
    assert resumed.json["state"] == "started" and resumed.json["last_run"] is None, resumed
    assert f.admin("POST", "/v1/jobs/market/right:suspend").json["state"] == "suspended"


def a_graph_of_jobs(f):
    """Acceptance tests 18 and 19: B runs after A has; a job that fails leaves its sibling, and can be run again."""
    make_shop(f)
    f.sql.execute(f"CREATE TABLE market.gold.log (step TEXT) {f.format}")
    f.sql.execute("USE SCHEMA market.gold")
    f.sql.execute("CREATE TASK a SCHEDULE = '60 MINUTES' AS INSERT INTO log VALUES ('a')")
    f.sql.execute("CREATE TASK b AFTER a AS INSERT INTO log VALUES ('b')")
    f.sql.execute("CREATE TASK broken AFTER a AS INSERT INTO not_yet VALUES ('x')")
    for task in ("b", "broken"):
        f.sql.execute(f"ALTER TASK {task} RESUME")
    run_and_wait(f, "a")
    wait_for("the sibling", lambda: f.rows("SELECT step FROM market.gold.log ORDER BY step"), [["a"], ["b"]])
    failed = lambda: [r["job"] for r in f.admin("GET", "/v1/runs?state=FAILED&job=market.gold.broken").json["runs"]]  # noqa: E731
    wait_for("the failure", failed, ["MARKET.GOLD.BROKEN"])
    run = f.admin("GET", "/v1/runs?state=FAILED&job=market.gold.broken").json["runs"][0]
    assert run["error_code"] == "002003" and run["trigger"] == "PREDECESSOR", run
    f.sql.execute(f"CREATE TABLE market.gold.not_yet (step TEXT) {f.format}")
    again = f.admin("POST", f"/v1/runs/{run['run_id']}:retry")
    assert again.status == 202 and again.json["trigger"] == "RETRY", again
    wait_for("the second try", lambda: f.admin("GET", "/v1/runs/" + again.json["run_id"]).json["state"], "SUCCEEDED")
    problem(f.admin("POST", f"/v1/runs/{again.json['run_id']}:retry"), 409, "CONFLICT")
    problem(f.admin("POST", f"/v1/runs/{again.json['run_id']}:cancel"), 409, "CONFLICT")
    f.sql.execute("ALTER TASK a SUSPEND")


def runs_are_listed_in_pages(f):
    make_shop(f)
    f.sql.execute("CREATE TASK market.gold.tick AS SELECT 1")
    ids = [run_and_wait(f, "tick")["run_id"] for _ in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        page = f.admin("GET", f"/v1/runs?job=market.gold.tick&limit=2&cursor={cursor}").json
        seen += [run["run_id"] for run in page["runs"]]
        cursor = page["cursor"]
        if len(seen) == 2:
            run_and_wait(f, "tick")  # a newer one is not of the pages behind
    assert seen == ids[::-1], (seen, ids)
    problem(f.admin("GET", "/v1/runs?limit=0"), 400, "BAD_REQUEST")
    problem(f.admin("GET", "/v1/runs?state=TIRED"), 400, "BAD_REQUEST")
    problem(f.admin("GET", "/v1/runs?cursor=x"), 400, "BAD_CURSOR")
    problem(f.admin("GET", "/v1/runs/nothing"), 404, "NOT_FOUND")
    problem(f.admin("GET", "/v1/jobs/market/nothing"), 404, "NOT_FOUND")
    reader, runner = f.key("reads gold", "read:market.gold.*"), f.key("runs jobs", "jobs:run")
    assert reader("GET", "/v1/jobs/market/tick").status == 200
    problem(reader("POST", "/v1/jobs/market/tick:run"), 403, "FORBIDDEN")
    problem(f.key("reads silver", "read:market.silver.*")("GET", "/v1/runs/" + ids[0]), 404, "NOT_FOUND")
    assert runner("POST", "/v1/jobs/market/tick:run").status == 202
    problem(runner("DELETE", "/v1/jobs/market/tick"), 403, "FORBIDDEN")
    assert f.admin("DELETE", "/v1/jobs/market/tick").status == 204
    problem(f.admin("GET", "/v1/jobs/market/tick"), 404, "NOT_FOUND")


def a_run_is_cancelled(f):
    make_shop(f)
    f.sql.execute("CREATE TASK market.gold.slow AS SELECT SYSTEM$WAIT(600)")
    run = f.admin("POST", "/v1/jobs/market/slow:run").json["run_id"]
    state = lambda: f.admin("GET", "/v1/runs/" + run).json["state"]  # noqa: E731
    wait_for("the run begins", state, "EXECUTING")
    assert f.admin("POST", f"/v1/runs/{run}:cancel").json["state"] == "CANCELLED"
    time.sleep(2)  # the runner looks every second; it must not write the run's end over it
    assert state() == "CANCELLED"
    f.sql.execute("CREATE TASK market.gold.quick AS SELECT 1")
    run_and_wait(f, "quick")  # the worker is free again


def tasks_and_streams_described(f):
    make_shop(f)
    f.sql.execute("USE SCHEMA market.gold")
    f.sql.execute("CREATE TASK t SCHEDULE = '60 MINUTES' AS SELECT 1")
    f.sql.execute("CREATE STREAM s ON TABLE market.silver.orders APPEND_ONLY = TRUE")
    task = f.sql.execute("DESCRIBE TASK t").dicts()[0]
    assert (task["name"], task["schedule"], task["definition"], task["state"]) == ("T", "60 MINUTES", "SELECT 1", "suspended")
    stream = f.sql.execute("DESC STREAM s").dicts()[0]
    assert (stream["name"], stream["table_name"], stream["mode"]) == ("S", "MARKET.SILVER.ORDERS", "APPEND_ONLY"), stream


def the_older_api(f):
    make_shop(f)
    ask = lambda sql: f.admin("GET", "/consumption/query?sql=" + urllib.parse.quote(sql))  # noqa: E731
    rows = ask("SELECT id, total FROM market.silver.orders WHERE id = 1")
    assert rows.json["data"] == [{"id": 1, "total": 10.0}] and rows.json["row_count"] == 1, rows
    assert ask("SELECT COUNT(*) AS cnt FROM market.silver.orders").json["data"][0]["cnt"] == 3
    assert f.admin("POST", "/consumption/query", {"query": "SELECT 1 AS a"}).json["data"] == [{"a": 1}]
    problem(ask("SELECT * FROM '/etc/passwd'"), 400, "INVALID_SQL")
    problem(ask("DELETE FROM market.silver.orders"), 400, "NOT_READ_ONLY")
    problem(f.admin("GET", "/consumption/query"), 400, "BAD_REQUEST")
    tables = [t for t in f.admin("GET", "/consumption/tables").json["tables"] if t["domain"] == "market"]
    assert [(t["name"], t["layer"]) for t in tables] == [("orders", "silver")], tables
    assert tables[0]["columns"][0] == {"name": "id", "type": "NUMBER(38,0)"}, tables
    data = f.admin("GET", "/read_data?domain=market", "SELECT id FROM orders ORDER BY id")
    assert data.status == 200 and data.json == [{"id": 1}, {"id": 2}, {"id": 3}], data
    f.sql.execute("CREATE TABLE market.gold.n (n INT)")
    f.sql.execute("CREATE TASK market.gold.n_t AS INSERT INTO n SELECT COUNT(*) FROM market.silver.orders")
    jobs = f.admin("GET", "/transform/jobs?domain=market").json
    assert [(job["id"], job["status"]) for job in jobs] == [("market/n", "inactive")], jobs
    started = f.admin("POST", "/transform/jobs/market/n/run").json
    assert started["status"] == "RUNNING" and started["job_name"] == "n" and started["domain"] == "market", started
    path = "/transform/executions/" + started["execution_id"]
    wait_for("the execution", lambda: f.admin("GET", path).json["status"], "SUCCEEDED")
    assert f.rows("SELECT * FROM market.gold.n") == [["3"]]
    assert f.admin("GET", "/transform/jobs/market/n").json["query"].startswith("INSERT INTO n")
    assert f.admin("DELETE", "/transform/jobs/market/n").json == {"message": "Job market/n deleted"}
    problem(f.admin("GET", "/transform/jobs/market/n"), 404, "NOT_FOUND")


def jobs_are_made_and_changed(f):
    """A job by its description; its table keeps its rows when the job is changed, unless its columns change."""
    make_shop(f)
    body = {"domain": "market", "name": "daily", "write": {"mode": "merge", "key": ["day"]}, "schedule": "USING CRON 0 6 * * * America/Sao_Paulo",
            "query": "SELECT day, SUM(total) AS revenue FROM market.silver.orders GROUP BY day"}
    made = f.admin("POST", "/v1/jobs", body)
    assert made.status == 201 and made.json["kind"] == "task" and made.json["state"] == "started", made
    problem(f.admin("POST", "/v1/jobs", body), 409, "ALREADY_EXISTS")
    run_and_wait(f, "daily")
    assert f.rows("SELECT * FROM market.gold.daily ORDER BY day") == [["2026-01-01", "15.00"], ["2026-01-02", "1.00"]]
    changed = {**body, "query": "SELECT day, SUM(total) * 2 AS revenue FROM market.silver.orders WHERE day > '2026-01-01' GROUP BY day"}
    del changed["domain"], changed["name"]
    assert f.admin("PUT", "/v1/jobs/market/daily", changed).status == 200
    run_and_wait(f, "daily")
    assert f.rows("SELECT * FROM market.gold.daily ORDER BY day") == [["2026-01-01", "15.00"], ["2026-01-02", "2.00"]]
    other = {**changed, "query": "SELECT day, 1 AS one FROM market.silver.orders"}
    problem(f.admin("PUT", "/v1/jobs/market/daily", other), 409, "INCOMPATIBLE")
    assert f.admin("PUT", "/v1/jobs/market/daily?rebuild=true", other).status == 200
    assert f.rows("SELECT COUNT(*) FROM market.gold.daily") == [["0"]]
    after = f.admin("POST", "/v1/jobs", {"domain": "market", "name": "next", "after": ["market.gold.daily"],
                                         "query": "SELECT COUNT(*) AS n FROM market.gold.daily", "write": {"mode": "append"}})
    assert after.status == 201 and after.json["after"] == ["MARKET.GOLD.DAILY_T"], after
    lag = f.admin("POST", "/v1/jobs", {"domain": "market", "name": "live", "target_lag": "1 minute",
                                       "query": "SELECT COUNT(*) AS n FROM market.silver.orders"})
    assert lag.status == 201 and lag.json["kind"] == "dynamic_table", lag
    for wrong in ({"schedule": "daily"}, {"schedule": "USING CRON 0 25 * * * UTC"}, {"target_lag": "soon"}, {"x": 1},
                  {"write": {"mode": "maybe"}}, {"write": {"mode": "merge"}}, {"name": "a b"}, {"query": "SELECT FROM"},
                  {"query": "SELECT * FROM market.silver.nothing"}, {"query": "DROP TABLE market.silver.orders"},
                  {"schedule": "60 MINUTES", "target_lag": "1 minute"}):
        refused = f.admin("POST", "/v1/jobs", {"domain": "market", "name": "wrong", "query": "SELECT 1 AS x", **wrong})
        assert refused.status == 400, (wrong, refused)
    problem(f.admin("POST", "/v1/jobs", {"domain": "nowhere", "name": "x", "query": "SELECT 1 AS x"}), 404, "NOT_FOUND")
    old = f.admin("POST", "/transform/jobs", {"domain": "market", "job_name": "olden", "query": "SELECT 1 AS x", "write_mode": "overwrite",
                                              "schedule_type": "cron", "cron_schedule": "0 2 ? * 2-6 *"})
    assert old.status == 201 and old.json["cron_schedule"] == "USING CRON 0 2 * * 1-5 UTC" and old.json["status"] == "active", old
    follows = f.admin("POST", "/transform/jobs", {"domain": "market", "job_name": "follower", "query": "SELECT MAX(id) AS m FROM market.silver.orders",
                                                  "schedule_type": "dependency", "dependencies": ["market.silver.orders"]})
    assert follows.status == 201 and follows.json["schedule_type"] == "dependency", follows
    for job in ("next", "daily", "live", "olden", "follower"):
        assert f.admin("DELETE", f"/v1/jobs/market/{job}").status == 204, job


def endpoints_are_pipelines(f):
    body = {"name": "tickets", "domain": "support", "mode": "MANUAL", "description": "old", "columns": [
        {"name": "id", "type": "integer", "required": True, "primary_key": True, "description": "x"},
        {"name": "price", "type": "decimal"}, {"name": "seen", "type": "timestamp"}, {"name": "doc", "type": "json"}]}
    made = f.admin("POST", "/endpoints", body)
    assert made.status == 200 and made.json["id"] == "support/tickets" and made.json["version"] == 1, made
    assert [(c["name"], c["type"]) for c in made.json["columns"]] == [
        ("id", "integer"), ("price", "decimal"), ("seen", "timestamp"), ("doc", "json")], made
    problem(f.admin("POST", "/endpoints", body), 409, "ALREADY_EXISTS")
    assert [e["id"] for e in f.admin("GET", "/endpoints?domain=support").json] == ["support/tickets"]
    assert f.admin("GET", "/endpoints/support/tickets").json["mode"] == "MANUAL"
    assert f.admin("GET", "/endpoints/support/tickets/yaml").json["schema"]["columns"][0]["primary_key"] is True
    more = {**body, "columns": body["columns"] + [{"name": "note", "type": "string"}]}
    assert f.admin("PUT", "/endpoints/support/tickets", more).json["version"] == 2
    assert f.admin("GET", "/endpoints/support/tickets/versions").json["latest"] == 2
    problem(f.admin("PUT", "/endpoints/support/tickets", {**body, "columns": body["columns"][:2]}), 409, "INCOMPATIBLE")
    sample = f.admin("POST", "/endpoints/infer", {"payload": {"a": 1, "b": "x", "c": 1.5}}).json["columns"]
    assert [(c["name"], c["type"]) for c in sample][:2] == [("a", "integer"), ("b", "string")], sample
    problem(f.key("no writer", "read:support.*")("POST", "/endpoints", body), 403, "FORBIDDEN")
    assert f.admin("DELETE", "/endpoints/support/tickets").status == 200
    problem(f.admin("GET", "/endpoints/support/tickets"), 404, "NOT_FOUND")


ACCEPTANCE = (gold_merge_keeps_other_keys, an_empty_result_empties, a_cron_line_is_a_time_or_an_error, a_graph_of_jobs)
TESTS = (published_functions, the_document_of_published_functions, tables_and_lineage, runs_are_listed_in_pages,
         a_run_is_cancelled, tasks_and_streams_described, the_older_api, jobs_are_made_and_changed,
         endpoints_are_pipelines)


if __name__ == "__main__":
    cases.run("jobs", TESTS, Fixture, by_name=ACCEPTANCE)

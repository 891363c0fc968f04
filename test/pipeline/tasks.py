"""Tasks run by a real server: EXECUTE TASK, graphs, WHEN, triggered tasks, failures and suspension, restarts.

python3 tasks.py --listen HOST:PORT --password P
"""
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import cases  # noqa: E402  (beside this file)
from wire import Connection  # noqa: E402

PATIENCE = 60  # seconds for what should take two


def rows(connection, sql):
    return [list(row) for row in connection.execute(sql).rows]


def wait_for(connection, sql, want):
    deadline = time.monotonic() + PATIENCE
    while True:
        got = rows(connection, sql)
        if got == want:
            return
        if time.monotonic() > deadline:
            raise SystemExit(f"{sql}\n  wanted {want}\n  got    {got}")
        time.sleep(0.2)


def states(task):
    return ("SELECT state, error_message IS NOT NULL FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY("
            f"TASK_NAME => '{task}')) ORDER BY scheduled_time")


def a_task_that_is_executed(c):
    c.execute("CREATE TABLE a (x INT)")
    c.execute("CREATE TASK fill AS INSERT INTO a SELECT COALESCE(MAX(x), 0) + 1 FROM a")
    for n in (1, 2):
        c.execute("EXECUTE TASK fill")
        wait_for(c, "SELECT COUNT(*), MAX(x) FROM a", [[str(n), str(n)]])
    wait_for(c, states("fill"), [["SUCCEEDED", "FALSE"]] * 2)
    wait_for(c, "SELECT SUM(rows_inserted) FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY(TASK_NAME => 'FILL'))", [["2"]])


def a_graph(c):
    """A → B, A → C (fails), (B, C) → D: D is UPSTREAM_FAILED, B is not touched by C's failure."""
    c.execute("CREATE TABLE g (step TEXT)")
    c.execute("CREATE TASK ga SCHEDULE = '1440 MINUTES' AS INSERT INTO g VALUES ('a')")
    c.execute("CREATE TASK gb AFTER ga AS INSERT INTO g VALUES ('b')")
    c.execute("CREATE TASK gc AFTER ga AS INSERT INTO no_such_table VALUES ('c')")
    c.execute("CREATE TASK gd AFTER gb, gc AS INSERT INTO g VALUES ('d')")
    for task in ("gd", "gc", "gb"):
        c.execute(f"ALTER TASK {task} RESUME")
    c.execute("EXECUTE TASK ga")
    wait_for(c, states("gd"), [["UPSTREAM_FAILED", "TRUE"]])
    wait_for(c, "SELECT step FROM g ORDER BY step", [["a"], ["b"]])
    wait_for(c, states("gc"), [["FAILED", "TRUE"]])
    wait_for(c, states("gb"), [["SUCCEEDED", "FALSE"]])
    wait_for(c, "SELECT error_code FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY(TASK_NAME => 'GC', ERROR_ONLY => TRUE))",
             [["002003"]])


def a_task_on_a_stream(c):
    c.execute("CREATE TABLE source (id INT, v TEXT)")
    c.execute("CREATE STREAM changes ON TABLE source APPEND_ONLY = TRUE")
    c.execute("CREATE TABLE target (id INT, v TEXT)")
    c.execute("CREATE TASK follow WHEN SYSTEM$STREAM_HAS_DATA('changes') AS "
              "INSERT INTO target SELECT id, v FROM changes")
    c.execute("ALTER TASK follow RESUME")
    for i in range(3):
        c.execute(f"INSERT INTO source VALUES ({i}, 'v{i}')")
        wait_for(c, "SELECT COUNT(*) FROM target", [[str(i + 1)]])
    c.execute("ALTER TASK follow SUSPEND")
    wait_for(c, "SELECT COUNT(*), COUNT(DISTINCT id) FROM target", [["3", "3"]])


def failures_suspend(c):
    c.execute("CREATE TASK broken SCHEDULE = '10 SECONDS' SUSPEND_TASK_AFTER_NUM_FAILURES = 2 AS SELECT 1 / 0")
    c.execute("ALTER TASK broken RESUME")
    for _ in range(2):
        c.execute("EXECUTE TASK broken")
        time.sleep(1.5)
    c.execute("SHOW TASKS LIKE 'broken'")
    deadline = time.monotonic() + PATIENCE
    while True:
        c.execute("SHOW TASKS LIKE 'broken'")
        if rows(c, 'SELECT "state" FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))') == [["suspended"]]:
            return
        if time.monotonic() > deadline:
            raise SystemExit("a task that fails again and again is not suspended")
        time.sleep(0.5)


def dynamic_tables(c):
    """A chain: source → d1 (DOWNSTREAM) → d2 (1 second)."""
    c.execute("CREATE TABLE sales (day DATE, total NUMBER(10,2))")
    c.execute("INSERT INTO sales VALUES ('2026-01-01', 10.50), ('2026-01-01', 1), ('2026-01-02', 3)")
    c.execute("CREATE DYNAMIC TABLE d1 TARGET_LAG = DOWNSTREAM WAREHOUSE = compute_wh AS SELECT day, total * 2 AS t FROM sales")
    c.execute("CREATE DYNAMIC TABLE d2 TARGET_LAG = '1 second' WAREHOUSE = compute_wh AS "
              "SELECT day, SUM(t) AS total FROM d1 GROUP BY day")
    assert rows(c, "SELECT * FROM d2 ORDER BY day") == [["2026-01-01", "23.00"], ["2026-01-02", "6.00"]]
    c.execute("INSERT INTO sales VALUES ('2026-01-02', 4)")
    wait_for(c, "SELECT total FROM d2 ORDER BY day", [["23.00"], ["14.00"]])
    c.execute("TRUNCATE TABLE sales")
    wait_for(c, "SELECT COUNT(*) FROM d2", [["0"]])
    c.execute("ALTER DYNAMIC TABLE d2 SUSPEND")
    c.execute("INSERT INTO sales VALUES ('2026-01-03', 5)")
    c.execute("ALTER DYNAMIC TABLE d1 REFRESH")
    c.execute("ALTER DYNAMIC TABLE d2 REFRESH")
    wait_for(c, "SELECT * FROM d2", [["2026-01-03", "10.00"]])


TESTS = (a_task_that_is_executed, a_graph, a_task_on_a_stream, failures_suspend, dynamic_tables)


def fixture(listen, password):
    c = Connection(listen, "ADMIN", password)
    c.execute("CREATE OR REPLACE DATABASE tasks_test")
    return c


if __name__ == "__main__":
    cases.run("tasks", TESTS, fixture).execute("DROP DATABASE tasks_test")

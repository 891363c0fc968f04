"""The consumer API of a real server: keys and their scopes, queries and their pages.

Acceptance tests of the pipeline's contract (9.10), run by acceptance.py: 20 a_query_is_only_a_query, 21 pages_while_writing.

python3 consumer.py --listen HOST:PORT --password P [TEST …]
"""
import gzip
import io
import json
import pathlib
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import cases  # noqa: E402
from http_client import Client, problem  # noqa: E402
from wire import Connection, SqlError  # noqa: E402


class Fixture:
    """`form`: the format of the tables that the tests make."""

    def __init__(self, listen, password, form="iceberg"):
        self.listen, self.password = listen, password
        self.format = "DELTA = TRUE" if form == "delta" else ""
        self.clock = "TEXT" if form == "delta" else "TIME"  # Delta has no times of day
        self.sql = Connection(listen, "ADMIN", password)
        self.admin = Client(listen, basic=("ADMIN", password))

    def rows(self, sql):
        return [list(row) for row in self.sql.execute(sql).rows]

    def key(self, name, *scopes):
        """A client with a new API key."""
        made = self.admin("POST", "/v1/keys", {"name": name, "scopes": scopes})
        assert made.status == 201, made
        return Client(self.listen, key=made.json["key"])


def keys_are_made_listed_rotated_and_removed(f):
    made = f.admin("POST", "/v1/keys", {"name": "loader \\ 'x'", "scopes": ["ingest:sales.orders", "jobs:run"],
                                        "days": 3, "comment": "it's \\ one"})
    assert made.status == 201 and made.json["name"] == "loader \\ 'x'", made
    assert made.json["scopes"] == ["ingest:sales.orders", "jobs:run"] and made.json["status"] == "active", made
    assert made.json["comment"] == "it's \\ one" and made.headers["Cache-Control"] == "no-store", made
    assert made.json["key"].startswith("firn_pat_") and len(made.json["key"]) == len("firn_pat_") + 64
    problem(f.admin("POST", "/v1/keys", {"name": "loader \\ 'x'", "scopes": ["admin"]}), 409, "ALREADY_EXISTS")
    for bad in ({"name": "n"}, {"scopes": ["admin"]}, {"name": "n", "scopes": []}, {"name": "n", "scopes": [1]},
                {"name": "n", "scopes": ["admin"], "days": 0}, {"name": "n", "scopes": ["admin"], "dayz": 1}, [1]):
        problem(f.admin("POST", "/v1/keys", bad), 400, "BAD_REQUEST")
    problem(f.admin("POST", "/v1/keys", {"name": "n", "scopes": ["read:a"]}), 400, "INVALID_SQL")
    problem(f.admin("POST", "/v1/keys", "no json"), 400, "BAD_REQUEST")
    listed = [key for key in f.admin("GET", "/v1/keys").json["keys"] if key["name"] == "loader \\ 'x'"]
    assert len(listed) == 1 and "key" not in listed[0] and listed[0]["user"] == "ADMIN", listed
    path = "/v1/keys/" + urllib.parse.quote("loader \\ 'x'")
    old = Client(f.listen, key=made.json["key"])
    problem(old("GET", "/v1/keys"), 403, "FORBIDDEN")
    rotated = f.admin("POST", path + ":rotate?overlap_hours=0")
    assert rotated.status == 200 and rotated.json["key"] != made.json["key"], rotated
    problem(old("GET", "/v1/keys"), 401, "UNAUTHORIZED")  # also what the server had checked before
    new = Client(f.listen, key=rotated.json["key"])
    problem(new("GET", "/v1/keys"), 403, "FORBIDDEN")
    assert f.admin("DELETE", path).status == 204
    problem(new("GET", "/v1/keys"), 401, "UNAUTHORIZED")
    problem(f.admin("DELETE", path), 404, "NOT_FOUND")


def who_asks(f):
    """Every kind of credential, right and wrong."""
    admin_key = f.key("all", "admin")
    secret = admin_key.headers["x-api-key"]
    pat = f.sql.execute("ALTER USER ADMIN ADD PAT plain").rows[0][1]
    token = Client(f.listen)("POST", "/auth/login", {"username": "ADMIN", "password": f.password}).json["access_token"]
    for client in (admin_key, Client(f.listen, bearer=secret), Client(f.listen, basic=("ADMIN", secret)),
                   Client(f.listen, basic=("admin", f.password)), Client(f.listen, key=pat),
                   Client(f.listen, bearer=pat), Client(f.listen, bearer=token), Client(f.listen, key=token)):
        for _ in range(2):  # the second time it is known
            assert client("GET", "/v1/keys").status == 200
    for client in (Client(f.listen), Client(f.listen, key=""), Client(f.listen, key="x" * 8000), Client(f.listen, key=secret[:-1]),
                   Client(f.listen, bearer="firn1.x.y"), Client(f.listen, bearer=token + "x"),
                   Client(f.listen, basic=("OTHER", secret)), Client(f.listen, basic=("ADMIN", "wrong"))):
        refused = client("GET", "/v1/keys")
        problem(refused, 401, "UNAUTHORIZED")
        assert "WWW-Authenticate" in refused.headers
    problem(Client(f.listen)("POST", "/auth/login", {"username": "ADMIN", "password": "x"}), 401, "UNAUTHORIZED")
    problem(Client(f.listen)("POST", "/auth/login", {"user": "ADMIN"}), 400, "BAD_REQUEST")
    f.sql.execute("ALTER USER ADMIN MODIFY PAT \"all\" SET DISABLED = TRUE")
    problem(admin_key("GET", "/v1/keys"), 401, "UNAUTHORIZED")
    f.sql.execute("ALTER USER ADMIN MODIFY PAT \"all\" SET DISABLED = FALSE")
    assert admin_key("GET", "/v1/keys").status == 200
    f.sql.execute("ALTER USER ADMIN REMOVE PAT plain")
    problem(Client(f.listen, key=pat)("GET", "/v1/keys"), 401, "UNAUTHORIZED")


def faces_without_scopes_refuse_keys(f):
    key = f.key("nowhere else", "admin").headers["x-api-key"]
    try:
        Connection(f.listen, "ADMIN", key)
        raise AssertionError("a key logs in to the Snowflake protocol")
    except SqlError as error:
        assert error.code == "390100", error
    form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": "ADMIN", "client_secret": key})
    catalog = Client(f.listen)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert catalog("POST", "/iceberg/v1/oauth/tokens", form, headers).status == 401
    form = urllib.parse.urlencode({"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": key})
    assert catalog("POST", "/iceberg/v1/oauth/tokens", form, headers).status == 401
    assert Client(f.listen, bearer=key)("GET", "/iceberg/v1/config?warehouse=X").status == 401
    problem(Client(f.listen)("POST", "/auth/login", {"username": "ADMIN", "password": key}), 401, "UNAUTHORIZED")
    pat = f.sql.execute("ALTER USER ADMIN ADD PAT plain2").rows[0][1]  # one without scopes is taken
    assert Client(f.listen, bearer=pat)("GET", "/iceberg/v1/config?warehouse=NONE").status == 404
    Connection(f.listen, "ADMIN", pat).close()


def make_shop(f):
    f.sql.execute("CREATE OR REPLACE DATABASE shop")
    for layer in ("bronze", "silver", "gold"):
        f.sql.execute(f"CREATE SCHEMA shop.{layer}")
    f.sql.execute("CREATE TABLE shop.silver.orders (id INT, action TEXT, total NUMBER(18,2), big NUMBER(38,0), "
                  f"ratio DOUBLE, ok BOOLEAN, day DATE, at {f.clock}, seen TIMESTAMP_NTZ, instant TIMESTAMP_LTZ, "
                  f"zoned TIMESTAMP_TZ, doc VARIANT, raw BINARY) {f.format}")
    f.sql.execute("INSERT INTO shop.silver.orders SELECT 1, 'update', 12.5, 12345678901234567890123456789012345678, 0.25, TRUE, "
                  "'2026-01-31', '12:34:56.5', '2026-01-31 12:34:56.000001', '2026-01-31 12:00:00 +00:00', "
                  "'2026-01-31 12:00:00 +02:00', PARSE_JSON('{\"a\":[1,null]}'), TO_BINARY('00FF')")
    f.sql.execute("INSERT INTO shop.silver.orders (id, action) VALUES (2, 'it''s \"x\", ü'), (3, NULL)")
    f.sql.execute("CREATE VIEW shop.gold.names AS SELECT id, action FROM shop.silver.orders")


def rows_of_every_type(f):
    make_shop(f)
    reply = f.admin("POST", "/v1/query", {"sql": "SELECT * FROM shop.silver.orders ORDER BY id"})
    assert reply.status == 200 and reply.json["row_count"] == 3 and reply.json["cursor"] is None, reply
    assert [column["name"] for column in reply.json["columns"]] == [
        "ID", "ACTION", "TOTAL", "BIG", "RATIO", "OK", "DAY", "AT", "SEEN", "INSTANT", "ZONED", "DOC", "RAW"]
    assert reply.json["columns"][2]["type"] == "NUMBER(18,2)" and reply.json["columns"][0]["type"] == "NUMBER(38,0)"
    numbers = json.loads(reply.body, parse_float=str, parse_int=str)
    assert numbers["rows"][0] == ["1", "update", "12.50", "12345678901234567890123456789012345678", "0.25", True,
                                  "2026-01-31", "12:34:56.500000", "2026-01-31T12:34:56.000001", "2026-01-31T12:00:00Z",
                                  "2026-01-31T12:00:00+02:00", {"a": ["1", None]}, "00FF"], numbers["rows"][0]
    assert numbers["rows"][1][:3] == ["2", 'it\'s "x", ü', None], numbers
    big = f.admin("GET", "/v1/query?big=string&sql=" + urllib.parse.quote("SELECT id, total, ratio FROM shop.silver.orders WHERE id = 1"))
    assert big.json["rows"] == [["1", "12.50", 0.25]], big
    twice = f.admin("POST", "/v1/query", {"sql": "SELECT 1 AS a, 2 AS a"})
    assert [c["name"] for c in twice.json["columns"]] == ["A", "A"] and twice.json["rows"] == [[1, 2]], twice
    odd = f.admin("POST", "/v1/query", {"sql": "SELECT 'NaN'::FLOAT, 'inf'::FLOAT"})
    assert odd.json["rows"] == [["NaN", "Infinity"]], odd


def rows_in_every_format(f):
    make_shop(f)
    ask = {"sql": "SELECT id, action, total FROM shop.silver.orders ORDER BY id"}
    lines = f.admin("POST", "/v1/query?format=ndjson", ask)
    assert lines.headers["Content-Type"] == "application/x-ndjson", lines.headers
    assert [json.loads(line) for line in lines.body.splitlines()] == [
        {"ID": 1, "ACTION": "update", "TOTAL": 12.5}, {"ID": 2, "ACTION": 'it\'s "x", ü', "TOTAL": None},
        {"ID": 3, "ACTION": None, "TOTAL": None}], lines
    csv_text = 'ID,ACTION,TOTAL\n1,update,12.50\n2,"it\'s ""x"", ü",\n3,,\n'.encode()
    assert f.admin("POST", "/v1/query", {**ask, "format": "csv"}).body == csv_text
    assert f.admin("POST", "/v1/query", ask, {"Accept": "text/csv"}).body == csv_text
    assert f.admin("POST", "/v1/query", {**ask, "format": "csv", "limit": "all"}).body == csv_text
    squeezed = f.admin("POST", "/v1/query", {"sql": "SELECT REPEAT('x', 1000) AS x, REPEAT('y', 1000) AS y", "format": "csv"}, {"Accept-Encoding": "gzip"})
    assert squeezed.headers["Content-Encoding"] == "gzip" and gzip.decompress(squeezed.body).startswith(b"X,Y\nxxx"), squeezed
    page = f.admin("POST", "/v1/query", {**ask, "format": "csv", "limit": 2})
    assert page.body.count(b"\n") == 3 and page.headers["X-Row-Count"] == "2", page
    rest = f.admin("POST", "/v1/query", {**ask, "format": "csv", "limit": 2, "cursor": page.headers["X-Next-Cursor"]})
    assert rest.body == b"ID,ACTION,TOTAL\n3,,\n" and "X-Next-Cursor" not in rest.headers, rest
    for kind in ("parquet", "arrow"):
        whole = f.admin("POST", "/v1/query", {**ask, "format": kind})
        assert whole.status == 200 and read_table(whole.body, kind) == [(1, 12.5), (2, None), (3, None)], whole
        first = f.admin("POST", "/v1/query", {**ask, "format": kind, "limit": 2})
        assert read_table(first.body, kind) == [(1, 12.5), (2, None)], first
        second = f.admin("POST", "/v1/query", {**ask, "format": kind, "cursor": first.headers["X-Next-Cursor"]})
        assert read_table(second.body, kind) == [(3, None)] and "X-Next-Cursor" not in second.headers, second
        none = f.admin("POST", "/v1/query", {"sql": ask["sql"].replace("ORDER", "WHERE FALSE ORDER"), "format": kind})
        assert none.status == 200 and read_table(none.body, kind) == [], none
    problem(f.admin("POST", "/v1/query", {**ask, "format": "xml"}), 400, "BAD_REQUEST")
    problem(f.admin("POST", "/v1/query", {**ask, "format": "parquet", "limit": "all"}), 400, "BAD_REQUEST")


def read_table(body, kind):
    """(ID, TOTAL) of each row, by an independent reader; only that there is such a file without one."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise SystemExit("pyarrow is needed: test/drivers/venv.py readers")
    table = pyarrow.parquet.read_table(io.BytesIO(body)) if kind == "parquet" else pyarrow.ipc.open_stream(body).read_all()
    return [(row["ID"], None if row["TOTAL"] is None else float(row["TOTAL"])) for row in table.to_pylist()]


def a_query_is_only_a_query(f):
    """Acceptance test 20: words of other statements in a text are no statements; no files, no stages, no changes."""
    make_shop(f)
    found = f.admin("POST", "/v1/query", {"sql": "SELECT id FROM shop.silver.orders WHERE action='update'"})
    assert found.status == 200 and found.json["rows"] == [[1]], found
    found = f.admin("POST", "/v1/query", {"sql": "SELECT 'DELETE FROM x; DROP TABLE y' AS drop_table"})
    assert found.json["rows"] == [["DELETE FROM x; DROP TABLE y"]], found
    for refused in ("SELECT * FROM '/etc/passwd'", "SELECT * FROM read_csv('/etc/passwd')",
                    "SELECT * FROM TABLE(read_text('/etc/passwd'))", "SELECT * FROM \"/etc/passwd\"",
                    "SELECT read_text('/etc/passwd')", "SELECT * FROM", "SELEC 1", "SELECT * FROM shop.silver.nothing",
                    "SELECT nothing FROM shop.silver.orders", "SELECT 1/0"):
        told = problem(f.admin("POST", "/v1/query", {"sql": refused}), 400, "INVALID_SQL")
        assert told["sql_code"], told
    place = problem(f.admin("POST", "/v1/query", {"sql": "SELECT\n  nothing FROM shop.silver.orders"}), 400, "INVALID_SQL")
    assert place["position"] == {"line": 2, "column": 2}, place
    for refused in ("DELETE FROM shop.silver.orders", "DROP TABLE shop.silver.orders", "SELECT 1; SELECT 2", "SHOW TABLES",
                    "BEGIN", "INSERT INTO shop.silver.orders (id) VALUES (9)", "CALL x()", "EXPLAIN SELECT 1"):
        problem(f.admin("POST", "/v1/query", {"sql": refused}), 400, "NOT_READ_ONLY")
    f.sql.execute("CREATE SEQUENCE shop.silver.numbers")
    f.sql.execute("CREATE STREAM shop.silver.changes ON TABLE shop.silver.orders")
    f.sql.execute("CREATE STAGE shop.silver.files")
    for refused in ("SELECT shop.silver.numbers.NEXTVAL", "SELECT * FROM shop.silver.changes", "SELECT $1 FROM @shop.silver.files",
                    "SELECT SYSTEM$CANCEL_ALL_QUERIES(1)", "SELECT GET_DDL('TABLE', 'shop.silver.orders')"):
        problem(f.admin("POST", "/v1/query", {"sql": refused}), 501, "UNSUPPORTED")
    assert f.rows("SELECT shop.silver.numbers.NEXTVAL") == [["1"]]
    problem(f.admin("POST", "/v1/query", {"sql": "SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 1000000)) a, "
                                          "TABLE(GENERATOR(ROWCOUNT => 1000000)) b", "timeout": 1}), 408, "QUERY_TIMEOUT")
    for bad in ({}, {"sql": ""}, {"sql": 1}, {"sql": "SELECT 1", "limit": 100001}, {"sql": "SELECT 1", "limit": -1},
                {"sql": "SELECT 1", "x": 1}, {"sql": "SELECT 1", "as_of": "now"}, {"sql": "SELECT 1", "timeout": 901}):
        problem(f.admin("POST", "/v1/query", bad), 400, "BAD_REQUEST")


def bound_values(f):
    make_shop(f)
    ask = {"sql": "SELECT id FROM shop.silver.orders WHERE action = ? OR id = ? ORDER BY id", "params": ["it's \"x\", ü", 3]}
    assert f.admin("POST", "/v1/query", ask).json["rows"] == [[2], [3]]
    types = f.admin("POST", "/v1/query", {"sql": "SELECT ?, ?, ?, ?, ?", "params": [1, 2.5, "x'; --", True, None]})
    assert types.json["rows"] == [[1, 2.5, "x'; --", True, None]], types
    query = urllib.parse.urlencode({"sql": "SELECT ? + 1", "params": "[41]"})
    assert f.admin("GET", "/v1/query?" + query).json["rows"] == [[42]]
    problem(f.admin("POST", "/v1/query", {"sql": "SELECT ?", "params": []}), 400, "INVALID_SQL")
    problem(f.admin("POST", "/v1/query", {"sql": "SELECT ?", "params": [[1]]}), 400, "BAD_REQUEST")


def keys_read_what_they_may(f):
    make_shop(f)
    gold = f.key("gold reader", "read:shop.gold.*")
    assert gold("POST", "/v1/query", {"sql": "SELECT COUNT(*) FROM shop.gold.names"}).json["rows"] == [[3]]
    assert gold("POST", "/v1/query", {"sql": "SELECT 1"}).status == 200
    for hidden in ("SELECT * FROM shop.silver.orders", "SELECT (SELECT MAX(id) FROM shop.silver.orders)",
                   "SELECT 1 FROM shop.gold.names WHERE id IN (SELECT id FROM shop.silver.orders)",
                   "WITH x AS (SELECT * FROM shop.silver.orders) SELECT 1 FROM x",
                   "SELECT * FROM shop.information_schema.tables",
                   "SELECT * FROM TABLE(shop.information_schema.task_history())"):
        problem(gold("POST", "/v1/query", {"sql": hidden}), 403, "FORBIDDEN")
    problem(f.key("no reader", "ingest:*")("POST", "/v1/query", {"sql": "SELECT * FROM shop.gold.names"}), 403, "FORBIDDEN")
    one = f.key("one table", "read:shop.silver.orders")
    assert one("POST", "/v1/query", {"sql": "SELECT MAX(id) FROM shop.silver.orders"}).json["rows"] == [[3]]
    problem(Client(f.listen)("POST", "/v1/query", {"sql": "SELECT 1"}), 401, "UNAUTHORIZED")
    first = f.admin("POST", "/v1/query", {"sql": "SELECT id FROM shop.silver.orders", "limit": 1})
    ask = {"sql": "SELECT id FROM shop.silver.orders", "limit": 1, "cursor": first.json["cursor"]}
    problem(gold("POST", "/v1/query", ask), 403, "FORBIDDEN")  # a cursor is no right


def an_unchanged_answer_is_not_sent_again(f):
    make_shop(f)
    query = "/v1/query?" + urllib.parse.urlencode({"sql": "SELECT COUNT(*) FROM shop.gold.names"})
    tag = f.admin("GET", query).headers["ETag"]
    same = f.admin("GET", query, headers={"If-None-Match": tag})
    assert same.status == 304 and same.body == b"" and same.headers["ETag"] == tag, same
    assert f.admin("GET", query + "&format=csv", headers={"If-None-Match": tag}).status == 200
    f.sql.execute("INSERT INTO shop.silver.orders (id) VALUES (4)")
    changed = f.admin("GET", query, headers={"If-None-Match": tag})
    assert changed.status == 200 and changed.json["rows"] == [[4]] and changed.headers["ETag"] != tag, changed
    for moving in ("SELECT CURRENT_TIMESTAMP", "SELECT RANDOM()", "SELECT UUID_STRING() FROM shop.gold.names"):
        assert "ETag" not in f.admin("POST", "/v1/query", {"sql": moving}).headers, moving


def as_of_a_time(f):
    make_shop(f)
    time.sleep(0.01)
    then = f.rows("SELECT TO_CHAR(SYSDATE(), 'YYYY-MM-DD\"T\"HH24:MI:SS.FF6') || 'Z'")[0][0]
    time.sleep(0.01)
    f.sql.execute("DELETE FROM shop.silver.orders WHERE id > 1")
    ask = {"sql": "SELECT COUNT(*) FROM shop.gold.names"}
    assert f.admin("POST", "/v1/query", ask).json["rows"] == [[1]]
    assert f.admin("POST", "/v1/query", {**ask, "as_of": then}).json["rows"] == [[3]]
    before = f.admin("POST", "/v1/query", {**ask, "as_of": "2000-01-01 00:00:00"})
    assert before.status == 400, before


def cursors_expire_and_cannot_be_made(f):
    make_shop(f)
    ask = {"sql": "SELECT id FROM shop.gold.names", "limit": 1}
    cursor = f.admin("POST", "/v1/query", ask).json["cursor"]
    other = "B" if cursor[0] == "A" else "A"
    for bad in (cursor[:-2], cursor + "A", "x", other + cursor[1:]):
        problem(f.admin("POST", "/v1/query", {**ask, "cursor": bad}), 400, "BAD_CURSOR")
    problem(f.admin("POST", "/v1/query", {"sql": "SELECT id + 1 FROM shop.gold.names", "cursor": cursor}), 400, "BAD_CURSOR")
    f.sql.execute("CREATE OR REPLACE VIEW shop.gold.names AS SELECT id * 2 AS id, action FROM shop.silver.orders")
    problem(f.admin("POST", "/v1/query", {**ask, "cursor": cursor}), 410, "CURSOR_EXPIRED")
    ask = {"sql": "SELECT id FROM shop.silver.orders", "limit": 1}
    cursor = f.admin("POST", "/v1/query", ask).json["cursor"]
    f.sql.execute("DROP TABLE shop.silver.orders")
    problem(f.admin("POST", "/v1/query", {**ask, "cursor": cursor}), 410, "CURSOR_EXPIRED")


def pages(client, ask):
    """All rows, page by page."""
    rows, cursor = [], ask.get("cursor")
    while True:
        reply = client("POST", "/v1/query", {**ask, **({"cursor": cursor} if cursor else {})})
        assert reply.status == 200, reply
        rows += reply.json["rows"]
        cursor = reply.json["cursor"]
        if not cursor:
            return rows


def pages_while_writing(f):
    """Acceptance test 21: a million rows in pages while rows come, change and go: those of the first page's moment."""
    count = 1_000_000
    f.sql.execute("CREATE OR REPLACE DATABASE paged")
    f.sql.execute(f"CREATE TABLE paged.public.t {f.format} AS SELECT SEQ8() AS id, SEQ8() % 7 AS k FROM TABLE(GENERATOR(ROWCOUNT => {count}))")
    stop, problems = threading.Event(), []

    def write():
        writer = Connection(f.listen, "ADMIN", f.password)
        n = count
        try:
            while not stop.is_set():
                writer.execute(f"INSERT INTO paged.public.t VALUES ({n}, 100)")
                writer.execute(f"DELETE FROM paged.public.t WHERE id = {n % count}")
                writer.execute(f"UPDATE paged.public.t SET k = 200 WHERE id = {(n * 7919) % count}")
                n += 1
        except Exception as error:  # told to the test's own thread
            problems.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for sql in ("SELECT id, k FROM paged.public.t WHERE k < 100",          # in the order of the files
                    "SELECT id, k FROM paged.public.t WHERE k < 100 ORDER BY k DESC"):
            before = f.admin("POST", "/v1/query", {"sql": sql.replace("id, k", "COUNT(*)").split(" ORDER")[0]}).json["rows"][0][0]
            rows = pages(f.admin, {"sql": sql, "limit": 100_000})
            assert len({row[0] for row in rows}) == len(rows), "a row came twice"
            assert 0 <= before - len(rows) < 10_000, (before, len(rows))
            if "ORDER" in sql:
                assert [row[1] for row in rows] == sorted((row[1] for row in rows), reverse=True)
    finally:
        stop.set()
        thread.join()
    assert not problems, problems
    # Of a moment that is known: all rows of the first page's snapshot, not one of later ones.
    f.sql.execute(f"CREATE OR REPLACE TABLE paged.public.t {f.format} AS SELECT SEQ8() AS id FROM TABLE(GENERATOR(ROWCOUNT => 5000))")
    ask = {"sql": "SELECT id, COUNT(*) OVER () AS n FROM paged.public.t", "limit": 1000}
    first = f.admin("POST", "/v1/query", ask).json
    f.sql.execute("INSERT INTO paged.public.t SELECT 10000 + SEQ8() FROM TABLE(GENERATOR(ROWCOUNT => 5000))")
    f.sql.execute("DELETE FROM paged.public.t WHERE id < 3000")
    rest = pages(f.admin, {**ask, "cursor": first["cursor"]})
    assert sorted(row[0] for row in first["rows"] + rest) == list(range(5000))
    assert {row[1] for row in rest} == {5000}


ACCEPTANCE = (a_query_is_only_a_query, pages_while_writing)
TESTS = (keys_are_made_listed_rotated_and_removed, who_asks, faces_without_scopes_refuse_keys,
         rows_of_every_type, rows_in_every_format, bound_values, keys_read_what_they_may,
         an_unchanged_answer_is_not_sent_again, as_of_a_time, cursors_expire_and_cannot_be_made)


if __name__ == "__main__":
    cases.run("consumer", TESTS, Fixture, by_name=ACCEPTANCE)

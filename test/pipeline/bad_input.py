"""Bad input (9.6 of the pipeline's contract): a table of its rows, each with what is sent and what is answered.

python3 bad_input.py      starts its own servers (FIRN_PROGRAM)

A refusal is application/problem+json with its status, its stable `code` and a request_id that the header has too, and
leaves nothing behind; a row that does not fit is in the quarantine under its code, as it came.
"""
import gzip
import json
import pathlib
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from http_client import Client, problem  # noqa: E402
from ingest import ORDERS, POST, QUARANTINE, Lake, bronze, order  # noqa: E402

CHECKED = """
pipeline: sales.checked
columns:
  - {name: id, type: bigint, required: true, primary_key: true}
  - {name: name, type: string, required: true}
  - {name: total, type: double}
  - {name: at, type: timestamp}
merge: {type: upsert, order_by: [at]}
evolve: freeze
expect: [{name: positive, check: "total >= 0"}]
flush: {max_delay: 100ms}
target_lag: 1s
"""
CHECKED_POST = "/v1/ingest/sales/checked"
JSON, NDJSON = {"Content-Type": "application/json"}, {"Content-Type": "application/x-ndjson"}


def post(body, headers=None, path=POST, scopes=()):
    return lambda lake: lake.client(*scopes)("POST", path, body, headers)


def ask(sql, **more):
    return lambda lake: lake.admin("POST", "/v1/query", {"sql": sql, **more})


def nobody(**credentials):
    return lambda lake: Client(lake.server.listen, **credentials)("POST", POST, order(1))


def another_body(lake):
    key = {"Idempotency-Key": "one"}
    assert lake.client()("POST", POST, [], key).status == 200
    return lake.client()("POST", POST, order(2), key)


def chunked(lake):
    """More than the limit, of no announced length."""
    return lake.client()("POST", POST, (b" " * (1 << 20) for _ in range(17)), JSON)


def closed_by_then(lake):
    """Rows whose request begins before the server is told to stop and ends after it."""
    host, port = lake.server.listen.split(":")
    body = json.dumps(order(1))
    head = (f"POST {POST} HTTP/1.1\r\nHost: x\r\nx-api-key: {lake.key('ingest:sales.*')}\r\nContent-Type: "
            f"application/json\r\nContent-Length: {len(body)}\r\n\r\n")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall((head + body[:5]).encode())
        time.sleep(0.5)  # the server has read it
        lake.server.process.terminate()
        deadline = time.monotonic() + 60
        while True:  # until it takes no connections, and has closed its buffers
            try:
                socket.create_connection((host, int(port)), timeout=1).close()
            except OSError:
                break
            assert time.monotonic() < deadline, "the server goes on"
            time.sleep(0.05)
        connection.sendall(body[5:].encode())
        return read_reply(connection)


def read_reply(connection):
    import http.client

    from http_client import Reply
    response = http.client.HTTPResponse(connection)
    response.begin()
    return Reply(response)


def full(lake):
    """What cannot be written into bronze stays in the buffer, which has 1 MiB."""
    lake.sql("ALTER TABLE sales.bronze.orders__errors RENAME TO sales.bronze.away")
    for n in range(100):
        reply = lake.client()("POST", POST, [order(n, status="x" * 30000), {"status": "no key"}])
        if reply.status != 202:
            return reply
    raise AssertionError("the buffer is never full")


WIDE = ", ".join(f'"c{i}": 1' for i in range(2001))
SLOW = "SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 1000000)) a, TABLE(GENERATOR(ROWCOUNT => 1000000)) b"
MANY = "[" + ",".join(['{"order_id":1}'] * 100001) + "]"
waits = {"header": "Retry-After"}  # what a client is told besides

# (row of 9.6, what, status, code, request; members of the body, and {"header": …} that is there)
REFUSED = [
    ("no / bad key", "no key", 401, "UNAUTHORIZED", nobody(), {"header": "WWW-Authenticate"}),
    ("no / bad key", "a key that is none", 401, "UNAUTHORIZED", nobody(key="nonsense"), {}),
    ("no / bad key", "a bearer that is none", 401, "UNAUTHORIZED", nobody(bearer="nonsense"), {}),
    ("no / bad key", "a wrong password", 401, "UNAUTHORIZED", nobody(basic=("ADMIN", "wrong")), {}),
    ("scope missing", "another table's", 403, "FORBIDDEN", post(order(1), scopes=("ingest:sales.other",)), {}),
    ("scope missing", "only for reading", 403, "FORBIDDEN", post(order(1), scopes=("read:sales.*.*",)), {}),
    ("unknown table", "no such table", 404, "UNKNOWN_TABLE", post(order(1), path="/v1/ingest/sales/nothing"), {}),
    ("unknown table", "no such domain", 404, "UNKNOWN_TABLE",
     post(order(1), path="/v1/ingest/nowhere/orders", scopes=("admin",)), {}),
    ("unknown table", "create=true without pipeline:create", 403, "FORBIDDEN",
     post(order(1), path="/v1/ingest/sales/nothing?create=true"), {}),
    ("unknown table", "pipeline:create without create=true", 404, "UNKNOWN_TABLE",
     post(order(1), path="/v1/ingest/sales/nothing", scopes=("ingest:sales.*", "pipeline:create")), {}),
    ("wrong media type", "a form", 415, "UNSUPPORTED_MEDIA_TYPE",
     post("a=1", {"Content-Type": "application/x-www-form-urlencoded"}), {}),
    ("wrong media type", "another coding", 415, "UNSUPPORTED_MEDIA_TYPE", post("x", {**JSON, "Content-Encoding": "br"}), {}),
    ("body not JSON", "a broken value", 400, "BAD_JSON", post('[{"order_id": 1}, {"order_id": }]', JSON), {"offset": 31}),
    ("body not JSON", "not closed", 400, "BAD_JSON", post('[{"order_id": 1}', JSON), {"offset": 16}),
    ("body not JSON", "more behind it", 400, "BAD_JSON", post('[{"order_id": 1}] x', JSON), {"offset": 18}),
    ("body not JSON", "neither object nor array", 400, "BAD_JSON", post("7", JSON), {"offset": 0}),
    ("body not JSON", "not gzip", 400, "BAD_REQUEST", post(b"\x1f\x8bno", {**JSON, "Content-Encoding": "gzip"}), {}),
    ("NDJSON with broken lines, strict=batch", "one line", 422, "INVALID_ROWS",
     post('{"order_id": 1}\n{"order_id": 2, "sta\n', NDJSON, POST + "?strict=batch"), {}),
    ("body > 16 MiB", "as announced", 413, "BODY_TOO_LARGE", post(b"[" + b" " * (17 << 20) + b"]", JSON), {}),
    ("body > 16 MiB", "in chunks", 413, "BODY_TOO_LARGE", chunked, {}),
    ("decoded > 128 MiB", "gzip", 413, "BODY_TOO_LARGE",
     post(gzip.compress(b"[" + b" " * (129 << 20) + b"]", 1), {**JSON, "Content-Encoding": "gzip"}), {}),
    ("> 100k rows", "100,001", 413, "TOO_MANY_ROWS", post(MANY, JSON), {}),
    ("type, strict=batch", "text for a number", 422, "INVALID_ROWS",
     post([order(1), order(2, total="many")], path=POST + "?strict=batch"), {}),
    ("null key, strict=batch", "no key", 422, "INVALID_ROWS",
     post([order(1), {"status": "x"}], path=POST + "?strict=batch"), {}),
    ("null order, strict=batch", "no order_by", 422, "INVALID_ROWS",
     post({"id": 1, "name": "x"}, path=CHECKED_POST + "?strict=batch"), {}),
    ("required null, strict=batch", "null", 422, "INVALID_ROWS",
     post({"id": 1, "name": None, "at": "2026-01-01"}, path=CHECKED_POST + "?strict=batch"), {}),
    ("empty body", "JSON", 400, "EMPTY_BODY", post("", JSON), {}),
    ("empty body", "NDJSON", 400, "EMPTY_BODY", post("\n\n", NDJSON), {}),
    ("same Idempotency-Key, other body", "the second", 422, "IDEMPOTENCY_MISMATCH", another_body, {}),
    ("query", "syntax", 400, "INVALID_SQL", ask("SELECT\n  1 +"), {"position": {"line": 2, "column": 5}}),
    ("query", "unknown column", 400, "INVALID_SQL", ask("SELECT\n nothing FROM sales.bronze.orders"),
     {"position": {"line": 2, "column": 1}}),
    ("query", "unknown table", 400, "INVALID_SQL", ask("SELECT * FROM\n  sales.bronze.nothing"),
     {"position": {"line": 2, "column": 2}}),
    ("query", "timeout", 408, "QUERY_TIMEOUT", ask(SLOW, timeout=1), {}),
    ("query", "a body too large", 413, "BODY_TOO_LARGE", ask("SELECT '" + "x" * (65 << 20) + "'"), {}),
    ("options", "wait", 400, "BAD_REQUEST", post(order(1), path=POST + "?wait=gold"), {}),
    ("options", "strict", 400, "BAD_REQUEST", post(order(1), path=POST + "?strict=some"), {}),
    ("options", "a long key", 400, "BAD_REQUEST", post(order(1), {"Idempotency-Key": "k" * 300}), {}),
    ("addresses", "nothing there", 404, "NOT_FOUND", post(order(1), path="/v1/nothing"), {}),
    ("addresses", "another method", 405, "METHOD_NOT_ALLOWED", lambda lake: lake.client()("PATCH", POST, order(1)),
     {"header": "Allow"}),
    ("addresses", "broken escapes", 400, "BAD_REQUEST", post(order(1), path="/v1/ingest/sales/a%2"), {}),
]
# (row, what, status, code, request, members, arguments of its own server)
REFUSED_ELSEWHERE = [
    ("WAL full", "1 MiB", 429, "WAL_FULL", full,
     {"header": ("Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")}, ("--buffer-table-mib", "1")),
    ("disk low", "more in reserve than any disk has", 503, "DISK_LOW", post(order(1)), waits, ("--disk-reserve-mib", "16777216")),
    ("shutting down", "told to stop", 503, "SHUTTING_DOWN", closed_by_then, waits, ()),
]
DEEP = "[" * 70 + "]" * 70
# (row, raw, code, column) of rows that are quarantined at the door.
QUARANTINED = [
    ("row not an object", "7", "NOT_AN_OBJECT", None),
    ("row not an object", "[]", "NOT_AN_OBJECT", None),
    ("invalid UTF-8", '{"order_id": 1, "status": "\udcff"}', "INVALID_UTF8", None),
    ("depth > 64", '{"order_id": 1, "x": %s}' % DEEP, "TOO_DEEP", None),
    ("duplicate JSON keys", '{"order_id": 1, "order_id": 2}', "DUPLICATE_KEY", None),
    ("NaN/Infinity", '{"order_id": 1, "weight": NaN}', "NOT_A_NUMBER", None),
    ("NaN/Infinity", '{"order_id": 1, "weight": -Infinity}', "NOT_A_NUMBER", None),
    ("number overflow", '{"order_id": 1, "weight": 1e999}', "NUMBER_OVERFLOW", None),
    ("lone surrogate", '{"order_id": 1, "status": "\\ud800"}', "LONE_SURROGATE", None),
    ("NUL in string", '{"order_id": 1, "status": "a\\u0000b"}', "NUL_IN_STRING", None),
    ("row > 1 MiB", '{"order_id": 1, "status": "%s"}' % ("x" * (1 << 20)), "ROW_TOO_LARGE", None),
    ("> 2,000 columns", '{"order_id": 1, %s}' % WIDE, "TOO_MANY_COLUMNS", None),
    ("reserved name", '{"order_id": 1, "_mine": 1}', "NAME_CONFLICT", "_mine"),
    ("names equal ignoring case", '{"order_id": 1, "Status": "a", "STATUS": "b"}', "NAME_CONFLICT", None),
    ("key null", '{"order_id": null}', "NULL_KEY", "ORDER_ID"),
    ("key null", '{"status": "x"}', "NULL_KEY", "ORDER_ID"),
    ("type", '{"order_id": 1, "count": 2.5}', "TYPE_MISMATCH", "COUNT"),
    ("type", '{"order_id": 1, "updated_at": "yesterday"}', "TYPE_MISMATCH", "UPDATED_AT"),
    ("type", '{"order_id": 1, "status": {}}', "TYPE_MISMATCH", "STATUS"),
]
CHECKED_QUARANTINED = [
    ("order null", '{"id": 1, "name": "x"}', "NULL_ORDER", "AT"),
    ("required null", '{"id": 1, "name": null, "at": "2026-01-01"}', "MISSING_REQUIRED", "NAME"),
    ("required null", '{"id": 1, "at": "2026-01-01"}', "MISSING_REQUIRED", "NAME"),
    ("new column, frozen", '{"id": 1, "name": "x", "at": "2026-01-01", "new": 1}', "UNKNOWN_COLUMN", None),
]


def check_refusal(lake, row):
    name, what, status, code, request, members = row[:6]
    reply = request(lake)
    try:
        told = problem(reply, status, code)
        assert told["title"] and told["detail"] and told["type"] == "about:blank", told
        assert reply.headers["X-Request-Id"] == told["request_id"], reply.headers
        for member, value in members.items():
            if member == "header":
                missing = [one for one in ((value,) if isinstance(value, str) else value) if not reply.headers[one]]
                assert not missing, (missing, reply.headers)
            else:
                assert told.get(member) == value, (member, told)
    except AssertionError as error:
        raise AssertionError(f"{name}: {what}: {error}") from error
    print(f"bad input: {name}: {what}: {status} {code}", flush=True)


def refusals(lake):
    for row in REFUSED:
        check_refusal(lake, row)
    given = lake.client()("POST", POST, "", {**JSON, "X-Request-Id": "mine-1"})
    assert problem(given, 400, "EMPTY_BODY")["request_id"] == "mine-1", given
    assert lake.client()("POST", POST + "?wait=bronze", order(5)).status == 200
    assert bronze(lake) == [5] and lake.sql(QUARANTINE) == [], "a refusal has stored something"


def quarantined(lake, rows, path, table, fits):
    """All rows in one array, with one that fits behind them."""
    body = "[" + ",".join(text for _, text, _, _ in rows) + f", {fits}]"
    reply = lake.client()("POST", path + "?wait=bronze", body.encode("utf-8", "surrogateescape"), JSON)
    assert reply.status == 200 and (reply.json["accepted"], reply.json["quarantined"]) == (1, len(rows)), reply
    told = {error["index"]: error for error in reply.json["errors"]}
    kept = lake.sql(f"SELECT _code, _column, HEX_ENCODE(_raw), _status, _batch_id FROM sales.bronze.{table}__errors ORDER BY _seq")
    for i, (name, text, code, column) in enumerate(rows):
        assert told[i]["code"] == code and told[i]["message"], (name, told[i])
        assert column is None or told[i]["column"] == column, (name, told[i])
        assert kept[i][0] == code and kept[i][3:] == ["open", reply.json["batch_id"]], (name, kept[i][0])
        if code != "ROW_TOO_LARGE":
            assert bytes.fromhex(kept[i][2]) == text.encode("utf-8", "surrogateescape"), (name, kept[i])
        print(f"bad input: {name}: {code}", flush=True)
    assert len(kept) == len(rows)


def rows_in_quarantine(lake):
    quarantined(lake, QUARANTINED, POST, "orders", '{"order_id": 99}')
    assert bronze(lake) == [99]
    quarantined(lake, CHECKED_QUARANTINED, CHECKED_POST, "checked", '{"id": 1, "name": "x", "at": "2026-01-01", "total": 1}')
    # What only the merge can tell.
    bad = {"id": 2, "name": "x", "at": "2026-01-01", "total": -1}
    assert lake.client()("POST", CHECKED_POST + "?wait=silver", bad).status == 200
    kept = lake.sql("SELECT _code, _status, _message LIKE '%positive%' FROM sales.bronze.checked__errors ORDER BY _seq DESC LIMIT 1")
    assert kept == [["EXPECTATION", "open", "TRUE"]], kept
    assert lake.sql("SELECT id FROM sales.silver.checked") == [["1"]]


def nothing_in_it(lake):
    """[] is taken: 200, no rows."""
    for body in ("[]", '{"records": []}', '{"data": []}'):
        reply = lake.client()("POST", POST, body, JSON)
        assert reply.status == 200 and reply.json["accepted"] == 0 and reply.json["first_seq"] is None, reply
    assert bronze(lake) == []


def large_answers_end_early(lake):
    """A page of more than 64 MiB ends before its limit, and its cursor goes on."""
    wide = {"sql": "SELECT SEQ8() AS n, REPEAT('x', 1000000) AS x FROM TABLE(GENERATOR(ROWCOUNT => 100))", "limit": 100}
    first = lake.admin("POST", "/v1/query", wide)
    assert first.status == 200 and 60 < first.json["row_count"] < 80 and first.json["cursor"], first
    rest = lake.admin("POST", "/v1/query", {**wide, "cursor": first.json["cursor"]})
    assert first.json["row_count"] + rest.json["row_count"] == 100 and rest.json["cursor"] is None, rest


def main():
    for test in (refusals, rows_in_quarantine, nothing_in_it, large_answers_end_early):
        with Lake(pipelines=(ORDERS, CHECKED)) as lake:
            began = time.monotonic()
            test(lake)
            print(f"bad input: {test.__name__} {time.monotonic() - began:.1f} s", flush=True)
    for row in REFUSED_ELSEWHERE:
        with Lake(*row[6]) as lake:
            check_refusal(lake, row)


if __name__ == "__main__":
    main()

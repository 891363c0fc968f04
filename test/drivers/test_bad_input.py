"""Requests that no driver sends: each gets a clear answer, the server stays up, other sessions do not notice."""

import gzip
import http.client
import json
import socket
import uuid

import pytest
from conftest import PASSWORD


@pytest.fixture(autouse=True)
def others_do_not_notice(server):
    with server.connect() as connection:
        yield
        assert server.alive()
        assert connection.cursor().execute("SELECT 1").fetchone() == (1,)


def send(server, method, path, body=b"", headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def post(server, path, body, headers=None):
    status, answer = send(server, "POST", path, body if isinstance(body, bytes) else json.dumps(body).encode(), headers)
    assert status == 200
    return json.loads(answer)


def raw(server, data, wait=True):
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(data)
        if not wait:
            return b""
        connection.shutdown(socket.SHUT_WR)
        out = b""
        while part := connection.recv(65536):
            out += part
        return out


def login(server):
    body = {"data": {"LOGIN_NAME": "ADMIN", "PASSWORD": PASSWORD, "CLIENT_APP_ID": "test"}}
    answer = post(server, "/session/v1/login-request", body)
    assert answer["success"], answer
    return {"Authorization": f'Snowflake Token="{answer["data"]["token"]}"'}


def query(server, headers, sql, **members):
    path = f"/queries/v1/query-request?requestId={uuid.uuid4()}"
    return post(server, path, {"sqlText": sql, **members}, headers)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"data": 1}', b'{"data": {}}',
                                  b'{"a":' * 5000, b'{"sqlText": 1}'])
def test_malformed_bodies(server, body):
    headers = login(server)
    for path in ("/session/v1/login-request", "/queries/v1/query-request", "/queries/v1/abort-request"):
        answer = post(server, path, body, headers)
        assert answer["success"] is False
        assert isinstance(answer["code"], str) and isinstance(answer["message"], str)


@pytest.mark.parametrize("token", ["", "None", "firn1.AAAA.AAAA", "x" * 20000, "ü"])
def test_unknown_tokens(server, token):
    headers = {"Authorization": f'Snowflake Token="{token}"'.encode()}
    answer = post(server, "/queries/v1/query-request", {"sqlText": "SELECT 1"}, headers)
    assert answer["success"] is False and answer["code"] == "390104"
    assert post(server, "/session/heartbeat", b"", headers)["code"] == "390104"
    assert post(server, "/session/token-request", {}, headers)["code"] == "390113"
    assert post(server, "/session?delete=true", b"", headers)["success"] is True


def test_a_closed_session_is_gone(server):
    headers = login(server)
    assert post(server, "/session?delete=true", b"", headers)["success"]
    answer = query(server, headers, "SELECT 1")
    assert answer["success"] is False and answer["code"] == "390111"


def test_renewed_tokens_are_the_same_session(server):
    body = {"data": {"LOGIN_NAME": "ADMIN", "PASSWORD": PASSWORD}}
    data = post(server, "/session/v1/login-request", body)["data"]
    renewed = post(server, "/session/token-request", {"oldSessionToken": data["token"], "requestType": "RENEW"},
                   {"Authorization": f'Snowflake Token="{data["masterToken"]}"'})["data"]
    assert renewed["sessionId"] == data["sessionId"] and isinstance(renewed["sessionId"], int)
    headers = {"Authorization": f'Snowflake Token="{renewed["sessionToken"]}"'}
    assert query(server, headers, "SELECT CURRENT_SESSION()")["data"]["rowset"] == [[str(data["sessionId"])]]


def test_ten_megabytes_of_sql(server):
    headers = login(server)
    text = "x" * (10 << 20)
    answer = query(server, headers, f"SELECT LENGTH('{text}')")
    assert answer["success"], answer["message"]
    assert answer["data"]["rowset"] == [[str(10 << 20)]]
    answer = query(server, headers, "SELECT '" + "x" * (17 << 20) + "'")
    assert answer["success"] is False and "exceeds the limit" in answer["message"]


@pytest.mark.parametrize("sql", ["SELECT " + "(" * 10000 + "1" + ")" * 10000, "SELECT " + "-" * 10001 + "1",
                                 "SELECT " + "NOT " * 10000 + "TRUE", "(" * 10000,
                                 "SELECT " + "CASE WHEN TRUE THEN " * 10000])
def test_deep_nesting(server, sql):
    answer = query(server, login(server), sql)
    assert isinstance(answer["success"], bool)
    if not answer["success"]:
        assert len(answer["code"]) == 6 and answer["message"]


def test_invalid_utf8_in_sql(server):
    body = b'{"sqlText": "SELECT \'\xff\xfe\'"}'
    answer = post(server, "/queries/v1/query-request?requestId=x", body, login(server))
    assert answer["success"] is False


def test_gzip_bodies_and_a_gzip_bomb(server):
    headers = {**login(server), "Content-Encoding": "gzip"}
    path = f"/queries/v1/query-request?requestId={uuid.uuid4()}"
    answer = post(server, path, gzip.compress(b'{"sqlText": "SELECT 1"}'), headers)
    assert answer["data"]["rowset"] == [["1"]]
    bomb = gzip.compress(b" " * (400 << 20), 9)
    status, _ = send(server, "POST", path, bomb, headers)
    assert status == 413
    status, _ = send(server, "POST", path, b"no gzip at all", headers)
    assert status == 400


@pytest.mark.parametrize("data", [
    b"\x00" * 1000,
    b"GET\r\n\r\n",
    b"POST /queries/v1/query-request HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    b"POST /queries/v1/query-request HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 100000 + b"\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
])
def test_broken_http(server, data):
    answer = raw(server, data)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")


def test_a_client_that_goes_away(server):
    headers = login(server)
    body = json.dumps({"sqlText": "SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 3000000))"}).encode()
    head = f"POST /queries/v1/query-request?requestId={uuid.uuid4()} HTTP/1.1\r\nHost: x\r\n" \
           f"Authorization: {headers['Authorization']}\r\nContent-Length: {len(body)}\r\n\r\n"
    for _ in range(5):
        raw(server, head.encode() + body, wait=False)
        raw(server, head.encode() + body[:10], wait=False)


def test_unknown_paths(server):
    assert send(server, "GET", "/no/such/path")[0] == 404
    assert send(server, "DELETE", "/session")[0] == 405
    assert send(server, "GET", "/chunks/" + "0" * 32)[0] == 403
    assert send(server, "GET", "/chunks/../../etc/passwd")[0] in (400, 403, 404)


def test_results_of_others_are_not_shown(server):
    headers = login(server)
    answer = send(server, "GET", f"/queries/{uuid.uuid4()}/result", headers=headers)
    assert json.loads(answer[1])["code"] == "000612"
    answer = send(server, "GET", f"/monitoring/queries/{uuid.uuid4()}", headers=headers)
    assert json.loads(answer[1])["data"]["queries"] == []


def test_a_repeated_request_is_answered_once(server, database):
    headers = login(server)
    assert query(server, headers, f"CREATE OR REPLACE TABLE {database}.PUBLIC.once (i INT)")["success"]
    path = f"/queries/v1/query-request?requestId={uuid.uuid4()}"
    body = {"sqlText": f"INSERT INTO {database}.PUBLIC.once VALUES (1)"}
    first = post(server, path, body, headers)
    again = post(server, path + "&retryCount=1", body, headers)
    assert first["data"]["queryId"] == again["data"]["queryId"]
    assert query(server, headers, f"SELECT COUNT(*) FROM {database}.PUBLIC.once")["data"]["rowset"] == [["1"]]


def test_a_repeated_request_after_a_crash(own_server):
    headers = login(own_server)
    query(own_server, headers, "CREATE DATABASE d")
    query(own_server, headers, "CREATE TABLE d.public.t (i INT)")
    path = f"/queries/v1/query-request?requestId={uuid.uuid4()}"
    body = {"sqlText": "INSERT INTO d.public.t VALUES (1), (2)"}
    first = post(own_server, path, body, headers)
    own_server.kill()
    own_server.start()
    again = post(own_server, path + "&retryCount=1", body, headers)
    assert again["success"], again
    assert again["data"]["rowset"] == first["data"]["rowset"] == [["2"]]
    assert again["data"]["queryId"] == first["data"]["queryId"]
    assert query(own_server, headers, "SELECT COUNT(*) FROM d.public.t")["data"]["rowset"] == [["2"]]


def test_cancel_by_request_id(server):
    import threading
    import time

    headers = login(server)
    request_id = str(uuid.uuid4())
    answers = []
    slow = "SELECT SUM(SQRT(x.n * y.n)) FROM (SELECT SEQ8() AS n FROM TABLE(GENERATOR(ROWCOUNT => 300000))) x, " \
           "(SELECT SEQ8() AS n FROM TABLE(GENERATOR(ROWCOUNT => 300000))) y"
    thread = threading.Thread(target=lambda: answers.append(
        post(server, f"/queries/v1/query-request?requestId={request_id}", {"sqlText": slow}, headers)))
    thread.start()
    time.sleep(0.7)
    assert post(server, "/queries/v1/abort-request?requestId=other", {"requestId": request_id}, headers)["success"]
    thread.join(10)
    assert answers[0]["code"] == "000604" and answers[0]["data"]["sqlState"] == "57014"
    again = post(server, "/queries/v1/abort-request?requestId=other", {"requestId": request_id}, headers)
    assert again["success"] is False


def test_too_many_wrong_passwords(own_server):
    body = {"data": {"LOGIN_NAME": "ADMIN", "PASSWORD": "wrong"}}
    codes = [post(own_server, "/session/v1/login-request", body)["code"] for _ in range(12)]
    assert codes[:10] == ["390100"] * 10 and codes[-1] == "390102"

"""The reading side of the Iceberg REST catalog, by plain HTTP (PyIceberg reads through it in test/interop)."""

import json
import urllib.parse

import pytest
from conftest import PASSWORD
from test_bad_input import send


@pytest.fixture(scope="module")
def bearer(server, database):
    with server.connect(database=database) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE OR REPLACE TABLE t (i INT, s VARCHAR)")
        cursor.execute("INSERT INTO t VALUES (1, 'a')")
        cursor.execute('CREATE OR REPLACE TABLE "lower" (i INT)')
    form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": "ADMIN", "client_secret": PASSWORD,
                                   "scope": "catalog"})
    status, body = send(server, "POST", "/iceberg/v1/oauth/tokens", form.encode(),
                        {"Content-Type": "application/x-www-form-urlencoded"})
    assert status == 200, body
    answer = json.loads(body)
    assert answer["token_type"] == "bearer" and answer["expires_in"] > 0
    return {"Authorization": "Bearer " + answer["access_token"]}


def get(server, path, headers, method="GET"):
    status, body = send(server, method, "/iceberg/v1/" + path, headers=headers)
    return status, json.loads(body) if body else None


def test_wrong_credentials(server):
    form = b"grant_type=client_credentials&client_id=ADMIN&client_secret=wrong"
    status, body = send(server, "POST", "/iceberg/v1/oauth/tokens", form)
    assert status == 401 and json.loads(body)["error"] == "invalid_client"
    status, body = send(server, "POST", "/iceberg/v1/oauth/tokens", b"grant_type=password")
    assert status == 400 and json.loads(body)["error"] == "unsupported_grant_type"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp5"}])
def test_without_a_token(server, headers):
    status, body = get(server, "config?warehouse=X", headers)
    assert status == 401 and body["error"]["type"] == "NotAuthorizedException"


def test_config_names_the_endpoints_that_there_are(server, bearer, database):
    status, body = get(server, f"config?warehouse={database.lower()}", bearer)
    assert status == 200 and body["overrides"]["prefix"] == database
    for endpoint in body["endpoints"]:
        method, path = endpoint.split(" ")
        path = path.removeprefix("/v1/").format(prefix=database, namespace="PUBLIC", table="T")
        assert get(server, path, bearer, method)[0] in (200, 204), endpoint
    assert get(server, "config?warehouse=NO_SUCH", bearer)[0] == 404
    assert get(server, "config", bearer)[0] == 400


def test_namespaces_and_tables(server, bearer, database):
    assert ["PUBLIC"] in get(server, f"{database}/namespaces", bearer)[1]["namespaces"]
    assert get(server, f"{database}/namespaces/public", bearer)[1]["namespace"] == ["PUBLIC"]
    assert get(server, f"{database}/namespaces/NO_SUCH", bearer)[1]["error"]["type"] == "NoSuchNamespaceException"
    assert get(server, f"{database}/namespaces/NO_SUCH", bearer, "HEAD")[0] == 404
    assert get(server, f"{database}/namespaces/A%1FB", bearer)[0] == 404
    names = [table["name"] for table in get(server, f"{database}/namespaces/PUBLIC/tables", bearer)[1]["identifiers"]]
    assert {"T", "lower"} <= set(names)


@pytest.mark.parametrize("name", ["T", "t", "lower", "LOWER"])
def test_load_finds_the_exact_name_or_the_only_other_case(server, bearer, database, name):
    status, body = get(server, f"{database}/namespaces/PUBLIC/tables/{name}", bearer)
    assert status == 200
    assert body["metadata-location"].startswith("file:///") and body["metadata-location"].endswith(".metadata.json")
    assert body["metadata"]["format-version"] == 3
    with open(urllib.parse.urlparse(body["metadata-location"]).path) as file:
        assert json.load(file) == body["metadata"]


def test_tables_that_are_not_there(server, bearer, database):
    status, body = get(server, f"{database}/namespaces/PUBLIC/tables/NO_SUCH", bearer)
    assert status == 404 and body["error"]["type"] == "NoSuchTableException"
    assert get(server, f"{database}/namespaces/PUBLIC/tables/NO_SUCH", bearer, "HEAD")[0] == 404


def test_a_token_is_exchanged_for_a_fresh_one(server, bearer):
    form = urllib.parse.urlencode({"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
                                   "subject_token": bearer["Authorization"].split(" ")[1]})
    status, body = send(server, "POST", "/iceberg/v1/oauth/tokens", form.encode())
    assert status == 200 and json.loads(body)["access_token"]


def test_health(server):
    assert server.get("/healthz") == (200, "ok\n")
    assert server.get("/readyz") == (200, "ready\n")
    status, text = server.get("/metrics")
    assert status == 200 and "firn_queries_started_total" in text

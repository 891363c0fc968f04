"""Two processes on one folder: keys that the other one made, changed and revoked, and reading what it wrote.

python3 two_processes.py [TEST …]
"""
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from http_client import Client, problem  # noqa: E402
from ingest import POST, Lake, order  # noqa: E402
from serve import PASSWORD  # noqa: E402
from wire import Connection  # noqa: E402

PATIENCE = 60  # seconds for what session/key_watch.h promises in five


class World:
    def __init__(self):
        self.lake = Lake()
        self.here, self.there = self.lake.server, self.lake.another_server()
        self.made = 0

    def admin(self, server):
        return Client(server.listen, basic=("ADMIN", PASSWORD))

    def key(self, server, *scopes):
        """A new key, as that process made it: its name and its text."""
        self.made += 1
        name = f"two{self.made}"
        made = self.admin(server)("POST", "/v1/keys", {"name": name, "scopes": scopes})
        assert made.status == 201, made
        return name, made.json["key"]

    def sql(self, server, *texts):
        connection = Connection(server.listen, "ADMIN", PASSWORD)
        try:
            return [[list(row) for row in connection.execute(text).rows] for text in texts][-1]
        finally:
            connection.close()

    def close(self):
        self.there.stop()
        self.lake.__exit__()


def until(what, holds):
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def a_new_key_is_good_everywhere_at_once(world):
    for made_by, used_by in ((world.here, world.there), (world.there, world.here)) * 3:
        _, key = world.key(made_by, "read:sales.*", "ingest:sales.orders")
        client = Client(used_by.listen, key=key)
        taken = client("POST", POST, [order(1)])  # on the thread that reads requests, which does not look at the log
        assert taken.status == 202, taken
        assert client("POST", "/v1/query", {"sql": "SELECT 1"}).status == 200
    _, key = world.key(world.here, "read:sales.*")
    client = Client(world.there.listen, key=key)
    problem(client("POST", POST, [order(1)]), 403, "FORBIDDEN")
    assert client("GET", "/v1/tables?domain=sales").status == 200
    # A token without scopes is good for the Iceberg catalog too.
    token = world.sql(world.here, "ALTER USER admin ADD PROGRAMMATIC ACCESS TOKEN everywhere")[0][1]
    assert Client(world.there.listen, bearer=token)("GET", "/iceberg/v1/config?warehouse=SALES").status == 200


def a_revoked_key_stops_everywhere(world):
    name, key = world.key(world.here, "read:sales.*", "ingest:sales.orders")
    client = Client(world.there.listen, key=key)
    assert client("POST", POST, [order(1)]).status == 202
    assert world.admin(world.here)("DELETE", f"/v1/keys/{name}").status in (200, 204)
    assert Client(world.here.listen, key=key)("POST", POST, [order(1)]).status == 401
    # While it is used, and by a process that had nothing else to do.
    until("a revoked key is good", lambda: client("POST", POST, [order(1)]).status == 401)
    problem(client("POST", "/v1/query", {"sql": "SELECT 1"}), 401, "UNAUTHORIZED")


def wrong_keys_do_not_hide_new_ones(world):
    wrong = [Client(world.there.listen, key="firn_pat_" + f"{n:02x}" * 32) for n in range(8)]
    for _ in range(20):
        for client in wrong:
            assert client("POST", POST, [order(1)]).status == 401
    _, key = world.key(world.here, "ingest:sales.orders")
    client = Client(world.there.listen, key=key)
    assert client("POST", POST, [order(1)]).status == 202, "a key made beside a flood of wrong ones is not known"
    for client in wrong:
        assert client("POST", POST, [order(1)]).status == 401


def what_the_other_wrote_is_read(world):
    """A query sees all that was committed before it began, whichever process committed it."""
    world.sql(world.here, "CREATE TABLE sales.gold.daily (day DATE, revenue NUMBER(18,2))",
              "CREATE FUNCTION sales.gold.revenue(from_day DATE) RETURNS TABLE(day DATE, revenue NUMBER(18,2)) AS "
              "'SELECT day, revenue FROM sales.gold.daily WHERE day >= from_day'",
              "ALTER FUNCTION sales.gold.revenue(DATE) SET HTTP_ENDPOINT = TRUE")
    _, key = world.key(world.here, "read:sales.gold.*")
    there = Client(world.there.listen, key=key)
    path, ask = "/v1/api/sales/gold/revenue.json?from_day=2026-01-01", {"sql": "SELECT COUNT(*) FROM sales.gold.daily"}
    tag = ""
    for n in range(1, 11):
        world.sql(world.here, f"INSERT INTO sales.gold.daily VALUES ('2026-01-{n:02}', {n})")
        answer = there("GET", path, headers={"If-None-Match": tag} if tag else {})
        assert answer.status == 200 and len(answer.json["rows"]) == n, answer
        assert there("POST", "/v1/query", ask).json["rows"] == [[n]]
        assert world.sql(world.there, "SELECT COUNT(*) FROM sales.gold.daily") == [[str(n)]]
        tag = answer.headers["ETag"]
        assert there("GET", path, headers={"If-None-Match": tag}).status == 304
    # Pages are of the moment of the first one, in either process.
    first = there("POST", "/v1/query", {"sql": "SELECT day FROM sales.gold.daily ORDER BY day", "limit": 4})
    assert len(first.json["rows"]) == 4, first
    world.sql(world.here, "DELETE FROM sales.gold.daily WHERE day > '2026-01-05'")
    rest, cursor = [], first.json["cursor"]
    here = Client(world.here.listen, key=key)
    for client in (here, there):
        page = client("POST", "/v1/query", {"sql": "SELECT day FROM sales.gold.daily ORDER BY day", "limit": 4, "cursor": cursor})
        assert page.status == 200, page
        rest += page.json["rows"]
        cursor = page.json["cursor"]
    assert len(rest) == 6 and cursor is None, (rest, cursor)
    assert there("POST", "/v1/query", ask).json["rows"] == [[5]]
    world.sql(world.here, "ALTER FUNCTION sales.gold.revenue(DATE) SET HTTP_ENDPOINT = FALSE")
    problem(there("GET", path), 404, "NOT_FOUND")


TESTS = (a_new_key_is_good_everywhere_at_once, a_revoked_key_stops_everywhere, wrong_keys_do_not_hide_new_ones,
         what_the_other_wrote_is_read)


def main():
    world = World()
    try:
        for test in TESTS:
            if sys.argv[1:] and test.__name__ not in sys.argv[1:]:
                continue
            begin = time.monotonic()
            test(world)
            print(f"two processes: {test.__name__} {time.monotonic() - begin:.1f} s", flush=True)
    finally:
        world.close()


if __name__ == "__main__":
    main()

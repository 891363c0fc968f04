"""A Firn of its own for the driver tests: build/firn (or $FIRN_PROGRAM) on a free port with a temporary lake.

The tests run inside an environment of venv.py; `run.py` runs them in each.
"""

import os
import pathlib
import re
import signal
import subprocess
import time
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("FIRN_PROGRAM", str(ROOT / "build" / "firn"))
PASSWORD = "correct horse"
START_SECONDS_MAX = 60


class Server:
    """One process of `firn serve`. `start` may be called again after `stop` or `kill`: same lake, same port."""

    def __init__(self, folder: pathlib.Path, *options: str):
        self.folder = folder
        self.options = options
        self.process = None
        self.port = 0
        self.log = folder / "log.txt"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Server":
        environment = dict(os.environ, FIRN_ADMIN_PASSWORD=PASSWORD)
        command = [PROGRAM, "serve", "--data", str(self.folder / "lake"), "--listen", f"127.0.0.1:{self.port}"]
        self.process = subprocess.Popen(
            [*command, *self.options], env=environment, stdout=subprocess.PIPE, stderr=self.log.open("ab"), text=True
        )
        for line in self.process.stdout:
            if match := re.search(r"listens on http://127\.0\.0\.1:(\d+)", line):
                self.port = int(match.group(1))
                break
        else:
            raise RuntimeError(f"firn did not start: {self.log.read_text()}")
        deadline = time.monotonic() + START_SECONDS_MAX
        while self.get("/readyz")[0] != 200:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return self

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def alive(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(30)

    def connect(self, **options):
        import snowflake.connector

        given = dict(
            user="ADMIN",
            password=PASSWORD,
            account="firn",
            host="127.0.0.1",
            port=self.port,
            protocol="http",
            login_timeout=20,
        )
        return snowflake.connector.connect(**{**given, **options})


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server for all tests that do not stop it. Its stages may reach the folder `given`."""
    folder = tmp_path_factory.mktemp("firn")
    (folder / "given").mkdir()
    made = Server(folder, "--allow-dir", str(folder / "given")).start()
    yield made
    assert made.alive(), made.log.read_text()
    assert made.stop() == 0


@pytest.fixture
def own_server(tmp_path):
    """A server that the test may stop and kill."""
    made = Server(tmp_path).start()
    yield made
    if made.alive():
        made.kill()


@pytest.fixture(scope="module")
def database(server, request):
    """A database of the test module, made by the first test."""
    name = "T_" + re.sub(r"\W", "_", request.module.__name__).upper()
    with server.connect() as connection:
        connection.cursor().execute(f"CREATE OR REPLACE DATABASE {name}")
    return name


@pytest.fixture
def connection(server, database):
    with server.connect(database=database, schema="PUBLIC") as made:
        yield made


@pytest.fixture
def cursor(connection):
    with connection.cursor() as made:
        yield made

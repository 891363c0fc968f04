#!/usr/bin/env python3
"""A bucket that stops answering: a statement that waits for it can be cancelled or runs out of time, and others do not
notice.

Between Firn and a real S3 server stands a relay that can be frozen: connections stay open and say nothing.
"""
import contextlib
import pathlib
import socket
import sys
import tempfile
import threading
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "interop"))
from s3_server import s3_server  # noqa: E402
from serve import PASSWORD, Server  # noqa: E402
from wire import Connection  # noqa: E402


class Relay:
    def __init__(self, endpoint):
        host, _, port = endpoint.split("//")[1].rpartition(":")
        self.target = (host, int(port))
        self.open = threading.Event()
        self.open.set()
        self.waiting = threading.Event()  # set when something has come in while frozen
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(self.target)
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self.pump, args=(source, sink, source is client), daemon=True).start()

    def pump(self, source, sink, from_firn):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if from_firn and not self.open.is_set():
                    self.waiting.set()
                self.open.wait()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def freeze(self):
        self.waiting.clear()
        self.open.clear()


def cancelled_while_frozen(server, relay, sql):
    """Runs `sql` against the frozen bucket and cancels it; the seconds from the cancel to its answer."""
    session = Connection(server.listen, "ADMIN", PASSWORD)
    request, answers = str(uuid.uuid4()), []
    canceller = Connection(server.listen, "ADMIN", PASSWORD)
    canceller.token = session.token
    relay.freeze()
    thread = threading.Thread(target=lambda: answers.append(
        session.post(f"/queries/v1/query-request?requestId={request}", {"sqlText": sql})))
    thread.start()
    assert relay.waiting.wait(30), f"nothing was asked of the bucket by {sql}"
    begin = time.monotonic()
    aborted = canceller.post(f"/queries/v1/abort-request?requestId={uuid.uuid4()}", {"requestId": request})
    assert aborted["success"], aborted
    thread.join(20)
    took = time.monotonic() - begin
    assert answers, f"no answer 20 s after the cancel of {sql}"
    assert answers[0]["code"] == "000604", answers[0]
    relay.open.set()
    return took


def timed_out_while_frozen(server, relay, sql):
    """Runs `sql` against the frozen bucket with a statement time-out of one second."""
    session = Connection(server.listen, "ADMIN", PASSWORD)
    session.execute("ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = 1")
    answers = []
    relay.freeze()
    thread = threading.Thread(target=lambda: answers.append(
        session.post(f"/queries/v1/query-request?requestId={uuid.uuid4()}", {"sqlText": sql})))
    thread.start()
    thread.join(20)
    assert answers, f"no answer 20 s after {sql} began, with one second to run"
    assert answers[0]["code"] == "000630", answers[0]
    relay.open.set()


def main():
    with s3_server() as s3, tempfile.TemporaryDirectory(prefix="firn-hang-", ignore_cleanup_errors=True) as local:
        relay = Relay(s3.endpoint)
        environment = {**s3.environment(), "AWS_ENDPOINT_URL": relay.endpoint, "AWS_ENDPOINT_URL_S3": relay.endpoint}
        with Server(f"s3://{s3.bucket}/lake", ["--local", local], environment) as server:
            connection = Connection(server.listen, "ADMIN", PASSWORD)
            connection.execute("CREATE DATABASE h")
            connection.execute("CREATE TABLE h.public.t (n INT, s VARCHAR)")
            connection.execute("INSERT INTO h.public.t SELECT SEQ8(), 'x' || SEQ8() FROM TABLE(GENERATOR(ROWCOUNT => 1000))")
            for sql in ("SELECT s FROM h.public.t WHERE n = 500", "INSERT INTO h.public.t VALUES (1, 'y')"):
                took = cancelled_while_frozen(server, relay, sql)
                print(f"hanging bucket: the answer came {took * 1000:.0f} ms after the cancel of {sql}")
                timed_out_while_frozen(server, relay, sql)
            rows = Connection(server.listen, "ADMIN", PASSWORD).execute("SELECT count(*) FROM h.public.t").rows
            assert rows == [["1000"]], rows
    print("hanging storage: 1 passed, 0 failed")


if __name__ == "__main__":
    main()

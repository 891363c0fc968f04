#!/usr/bin/env python3
"""Starts build/firn on a free port with an empty lake, runs a command, stops the server.

Usage: test/serve.py [--s3] [options of firn serve] -- command …   ({listen}, {password} and {lake} are filled in)
With --s3 the lake lies in a bucket of a real S3 server (interop/s3_server.py).
FIRN_TEST_FILES tells the command of an empty folder that COPY may read.
"""
import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = os.environ.get("FIRN_PROGRAM", str(ROOT / "build" / "firn"))
PASSWORD = "correct-horse-battery"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, lake, arguments=(), environment=None, wrapper=()):
        self.lake, self.arguments = str(lake), list(arguments)
        self.wrapper = list(wrapper)  # a command that executes what follows
        self.listen = f"127.0.0.1:{free_port()}"
        self.environment = {**os.environ, "FIRN_ADMIN_PASSWORD": PASSWORD, **(environment or {})}
        self.process = None

    def start(self):
        self.process = subprocess.Popen([*self.wrapper, PROGRAM, "serve", "--data", self.lake, "--listen", self.listen,
                                         *self.arguments], env=self.environment, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"firn serve ended with {self.process.returncode}")
            with contextlib.suppress(OSError):
                if urllib.request.urlopen(f"http://{self.listen}/readyz", timeout=5).status == 200:
                    return self
            time.sleep(0.02)
        raise RuntimeError("firn serve was not ready in 60 s")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        self.stop()


@contextlib.contextmanager
def empty_lake(on_s3):
    """Where an empty lake may be made, the options and the environment that a server needs to reach it."""
    with tempfile.TemporaryDirectory(prefix="firn-lake-", ignore_cleanup_errors=True) as folder:
        if not on_s3:
            yield folder, [], {}
            return
        sys.path.insert(0, str(ROOT / "test" / "interop"))
        from s3_server import s3_server
        with s3_server() as s3:
            yield f"s3://{s3.bucket}/lake", ["--local", folder], s3.environment()


def main():
    split = sys.argv.index("--")
    options = sys.argv[1:split]
    with empty_lake("--s3" in options) as (lake, more, environment), tempfile.TemporaryDirectory() as files:
        more += ["--allow-dir", files, *(word for word in options if word != "--s3")]
        with Server(lake, more, environment) as server:
            words = {"{listen}": server.listen, "{password}": PASSWORD, "{lake}": lake}
            command = [words.get(word, word) for word in sys.argv[split + 1:]]
            status = subprocess.run(command, env={**os.environ, **environment, "FIRN_TEST_FILES": files}).returncode
            if server.process.poll() is not None:
                sys.exit(f"firn serve died with {server.process.returncode}")
            server.stop()
            if server.process.returncode != 0:
                sys.exit(f"firn serve ended with {server.process.returncode}")
    sys.exit(status)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Starts build/firn on a free port with an empty lake, runs a command, stops the server.

Usage: test/serve.py [--allow-dir DIR] -- command …   ({listen}, {password} and {lake} in it are filled in)
"""
import contextlib
import os
import pathlib
import shutil
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
    def __init__(self, lake, arguments=(), environment=None):
        self.lake, self.arguments = str(lake), list(arguments)
        self.listen = f"127.0.0.1:{free_port()}"
        self.environment = {**os.environ, "FIRN_ADMIN_PASSWORD": PASSWORD, **(environment or {})}
        self.process = None

    def start(self):
        self.process = subprocess.Popen([PROGRAM, "serve", "--data", self.lake, "--listen", self.listen,
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


def main():
    split = sys.argv.index("--")
    lake = tempfile.mkdtemp(prefix="firn-lake-")
    try:
        with Server(lake, sys.argv[1:split]) as server:
            words = {"{listen}": server.listen, "{password}": PASSWORD, "{lake}": lake}
            command = [words.get(word, word) for word in sys.argv[split + 1:]]
            status = subprocess.run(command).returncode
            if server.process.poll() is not None:
                sys.exit(f"firn serve died with {server.process.returncode}")
    finally:
        shutil.rmtree(lake, ignore_errors=True)
    sys.exit(status)


if __name__ == "__main__":
    main()

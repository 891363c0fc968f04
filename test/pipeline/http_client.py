"""HTTP against a test server: status, headers and body, JSON taken apart."""
import base64
import http.client
import json


class Reply:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()
        kind = self.headers.get("Content-Type", "")
        self.json = json.loads(self.body) if "json" in kind and "ndjson" not in kind and self.body else None

    def __repr__(self):
        return f"{self.status} {self.body[:500]!r}"


class Client:
    """`key`: sent as x-api-key; `bearer`: as Authorization: Bearer; `basic`: (user, password)."""

    def __init__(self, listen, key=None, bearer=None, basic=None, timeout=120):
        self.listen, self.timeout = listen, timeout
        self.headers = {}
        if key:
            self.headers["x-api-key"] = key
        if bearer:
            self.headers["Authorization"] = f"Bearer {bearer}"
        if basic:
            self.headers["Authorization"] = "Basic " + base64.b64encode(":".join(basic).encode()).decode()
        self.connection = http.client.HTTPConnection(listen, timeout=timeout)

    def __call__(self, method, path, body=None, headers=None):
        sent = {**self.headers, **(headers or {})}
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        try:
            self.connection.request(method, path, body, sent)
            return Reply(self.connection.getresponse())
        except (http.client.HTTPException, OSError):
            self.connection.close()
            raise


def problem(reply, status, code):
    """Checks that it is an RFC 9457 refusal with that status and code; its members."""
    assert reply.status == status and reply.json and reply.json.get("code") == code, f"wanted {status} {code}: {reply}"
    assert reply.headers["Content-Type"] == "application/problem+json", reply.headers
    assert reply.json["status"] == status and reply.json["request_id"], reply
    return reply.json

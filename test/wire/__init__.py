"""A small client of the Snowflake protocol over the standard library: for the sample, the SQL tests and bad input.

It asks for JSON results. Cells come back as display text: see `display`.
"""
import datetime
import gzip
import http.client
import json
import uuid

EPOCH = datetime.datetime(1970, 1, 1)


class SqlError(Exception):
    def __init__(self, code, message, data):
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.data = code, message, data or {}


def timestamp(seconds_text):
    whole, _, fraction = seconds_text.partition(".")
    sign = -1 if whole.startswith("-") else 1
    micros = int(whole) * 1_000_000 + sign * int((fraction + "000000")[:6])
    return EPOCH + datetime.timedelta(microseconds=micros)


def fraction_text(moment):
    """At least milliseconds, as Snowflake's FF3 shows; microseconds where there are any."""
    micros = moment.microsecond
    return f"{micros // 1000:03d}" if micros % 1000 == 0 else f"{micros:06d}"


def display(kind, cell):
    if cell is None:
        return "NULL"
    if kind == "boolean":
        return "TRUE" if cell in ("1", "true", "TRUE") else "FALSE"
    if kind == "date":
        return str((EPOCH + datetime.timedelta(days=int(cell))).date())
    if kind == "time":
        moment = timestamp(cell)
        return moment.strftime("%H:%M:%S") + (f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else "")
    if kind in ("timestamp_ntz", "timestamp_ltz"):
        moment = timestamp(cell)
        return moment.strftime("%Y-%m-%d %H:%M:%S.") + fraction_text(moment) + (" +0000" if kind[10] == "l" else "")
    if kind == "timestamp_tz":
        seconds, _, zone = cell.partition(" ")
        offset = int(zone) - 1440
        moment = timestamp(seconds) + datetime.timedelta(minutes=offset)
        sign = "-" if offset < 0 else "+"
        return (moment.strftime("%Y-%m-%d %H:%M:%S.") + fraction_text(moment) +
                f" {sign}{abs(offset) // 60:02d}{abs(offset) % 60:02d}")
    return cell


class Answer:
    def __init__(self, data, rows):
        self.data = data
        self.query_id = data.get("queryId")
        self.columns = [column["name"] for column in data.get("rowtype", [])]
        self.types = [column["type"] for column in data.get("rowtype", [])]
        self.raw = rows
        self.rows = [[display(kind, cell) for kind, cell in zip(self.types, row)] for row in rows]

    def dicts(self):
        return [dict(zip(self.columns, row)) for row in self.rows]


class Connection:
    def __init__(self, listen, user, password, timeout=600, **context):
        host, _, port = listen.rpartition(":")
        self.http = http.client.HTTPConnection(host, int(port), timeout=timeout)
        self.token = None
        query = "&".join(f"{name}={value}" for name, value in context.items())
        answer = self.post(f"/session/v1/login-request?{query}", {"data": {
            "CLIENT_APP_ID": "FirnTest", "CLIENT_APP_VERSION": "1", "ACCOUNT_NAME": "FIRN", "LOGIN_NAME": user,
            "PASSWORD": password, "SESSION_PARAMETERS": {}}})
        self.check(answer)
        self.token = answer["data"]["token"]

    def post(self, path, body, method="POST"):
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f'Snowflake Token="{self.token}"'
        self.http.request(method, path, json.dumps(body) if body is not None else None, headers)
        return json.loads(self.http.getresponse().read())

    @staticmethod
    def check(answer):
        if not answer["success"]:
            raise SqlError(answer["code"], answer["message"], answer.get("data"))

    def execute(self, sql, bindings=None, parameters=None):
        body = {"sqlText": sql, "parameters": parameters or {}}
        if bindings:
            body["bindings"] = bindings
        answer = self.post(f"/queries/v1/query-request?requestId={uuid.uuid4()}", body)
        while answer.get("code") in ("333333", "333334"):
            answer = self.post(answer["data"]["getResultUrl"], None, "GET")
        self.check(answer)
        data = answer["data"]
        rows = list(data.get("rowset") or [])
        for chunk in data.get("chunks") or []:
            rows += self.chunk(chunk["url"])
        return Answer(data, rows)

    def chunk(self, url):
        self.http.request("GET", "/" + url.split("/", 3)[3])
        response = self.http.getresponse()
        body = response.read()
        if response.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return json.loads(b"[" + body + b"]")

    def close(self):
        self.post("/session?delete=true", None)
        self.http.close()

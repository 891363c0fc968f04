"""A small Iceberg REST catalog over a folder, so that duckdb-iceberg, which writes through such a catalog alone, can make
tables for tests. One writer; it applies the updates of a commit to the metadata JSON and checks nothing."""

import http.server
import json
import pathlib
import threading
import time
import urllib.parse
import uuid


def put(items, key, item):
    return [old for old in items if old[key] != item[key]] + [item]


def last_partition_id(spec):
    return max([999, *(field["field-id"] for field in spec["fields"])])


def apply(metadata, update):
    action = update["action"]
    if action in ("assign-uuid", "upgrade-format-version", "set-location"):
        key = {"assign-uuid": "uuid", "upgrade-format-version": "format-version", "set-location": "location"}[action]
        metadata["table-uuid" if key == "uuid" else key] = update[key]
        if metadata["format-version"] >= 3:
            metadata.setdefault("next-row-id", 0)
    elif action == "add-schema":
        metadata["schemas"] = put(metadata["schemas"], "schema-id", update["schema"])
        known = [metadata["last-column-id"], update.get("last-column-id") or 0]
        metadata["last-column-id"] = max(known + [field["id"] for field in update["schema"]["fields"]])
    elif action == "set-current-schema":
        last = metadata["schemas"][-1]["schema-id"]
        metadata["current-schema-id"] = last if update["schema-id"] == -1 else update["schema-id"]
    elif action == "add-spec":
        metadata["partition-specs"] = put(metadata["partition-specs"], "spec-id", update["spec"])
        metadata["last-partition-id"] = max(metadata["last-partition-id"], last_partition_id(update["spec"]))
    elif action == "set-default-spec":
        last = metadata["partition-specs"][-1]["spec-id"]
        metadata["default-spec-id"] = last if update["spec-id"] == -1 else update["spec-id"]
    elif action == "add-snapshot":
        snapshot = update["snapshot"]
        metadata["snapshots"] = put(metadata["snapshots"], "snapshot-id", snapshot)
        metadata["last-sequence-number"] = max(metadata["last-sequence-number"], snapshot["sequence-number"])
        if "first-row-id" in snapshot:
            metadata["next-row-id"] = snapshot["first-row-id"] + snapshot["added-rows"]
    elif action == "set-snapshot-ref":
        metadata["refs"][update["ref-name"]] = {"snapshot-id": update["snapshot-id"], "type": update["type"]}
        metadata["current-snapshot-id"] = update["snapshot-id"]
    elif action == "set-properties":
        metadata["properties"].update(update["updates"])
    elif action == "remove-properties":
        for name in update["removals"]:
            metadata["properties"].pop(name, None)
    elif action not in ("add-sort-order", "set-default-sort-order"):
        raise ValueError(f"update {action}")


class FolderCatalog:
    """`with FolderCatalog(folder) as catalog:` serves on catalog.address; one namespace, `t`."""

    def __init__(self, folder):
        self.folder, self.files, self.metadata = pathlib.Path(folder), {}, {}
        catalog = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                catalog.serve(self, {})

            do_HEAD = do_GET

            def do_POST(self):
                catalog.serve(self, json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or b"{}"))

            def log_message(self, *unused):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *unused):
        self.server.shutdown()
        self.server.server_close()

    def serve(self, request, body):
        path = urllib.parse.urlparse(request.path).path.removeprefix("/v1/").split("/")
        try:
            status, answer = self.answer(request.command, path, body)
        except (KeyError, ValueError) as error:
            status, answer = 400, {"error": {"message": repr(error), "type": "BadRequestException", "code": 400}}
        data = json.dumps(answer).encode() if answer is not None else b""
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(data)

    def answer(self, method, path, body):
        if path == ["config"]:
            return 200, {"defaults": {}, "overrides": {}}
        if path == ["namespaces"]:
            return 200, {"namespaces": [["t"]]}
        if path == ["namespaces", "t"]:
            return 200, {"namespace": ["t"], "properties": {}}
        if path == ["namespaces", "t", "tables"]:
            if method == "GET":
                return 200, {"identifiers": [{"namespace": ["t"], "name": name} for name in self.files]}
            return 200, self.create(body)
        if path == ["transactions", "commit"]:
            for change in body["table-changes"]:
                self.commit(change["identifier"]["name"], change["updates"])
            return 204, None
        name = path[3]
        if method == "POST":
            self.commit(name, body["updates"])
        elif name not in self.files:
            return 404, {"error": {"message": name, "type": "NoSuchTableException", "code": 404}}
        return 200, {"metadata-location": f"file://{self.files[name]}", "metadata": self.metadata[name], "config": {}}

    def create(self, body):
        name = body["name"]
        version = int((body.get("properties") or {}).get("format-version", 2))
        spec = body.get("partition-spec") or {"spec-id": 0, "fields": []}
        metadata = {
            "format-version": version, "table-uuid": str(uuid.uuid4()), "location": str(self.folder / name),
            "last-sequence-number": 0, "last-updated-ms": int(time.time() * 1000), "last-column-id": 0, "schemas": [],
            "current-schema-id": 0, "partition-specs": [spec], "default-spec-id": spec["spec-id"],
            "last-partition-id": last_partition_id(spec), "sort-orders": [{"order-id": 0, "fields": []}],
            "default-sort-order-id": 0, "properties": body.get("properties") or {}, "current-snapshot-id": None,
            "refs": {}, "snapshots": [], "snapshot-log": [], "metadata-log": []}
        apply(metadata, {"action": "upgrade-format-version", "format-version": version})
        apply(metadata, {"action": "add-schema", "schema": {"schema-id": 0, **body["schema"]}})
        self.metadata[name] = metadata
        if not body.get("stage-create"):
            self.commit(name, [])
        return {"metadata-location": None, "metadata": metadata, "config": {}} if body.get("stage-create") else {
            "metadata-location": f"file://{self.files[name]}", "metadata": metadata, "config": {}}

    def commit(self, name, updates):
        metadata = self.metadata[name]
        for update in updates:
            apply(metadata, update)
        metadata["last-updated-ms"] = int(time.time() * 1000)
        file = self.folder / name / "metadata" / f"{metadata['last-updated-ms']}-{uuid.uuid4()}.metadata.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        written = {key: value for key, value in metadata.items() if value is not None}
        file.write_text(json.dumps(written))
        self.files[name] = file

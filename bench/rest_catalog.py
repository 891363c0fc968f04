"""A catalog for the peer alone: the Iceberg REST calls that duckdb-iceberg's writer makes, over PyIceberg's own rules for
metadata updates. duckdb-iceberg writes through a REST catalog only, and Firn's own is for readers."""

import http.server
import json
import pathlib
import threading
import uuid


class Catalog:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.tables = {}  # name -> (metadata location, metadata)
        self.staged = {}  # tables that a later commit makes
        self.lock = threading.Lock()

    def write(self, name, metadata):
        """A new metadata file; like Firn's own, durable."""
        import os

        file = self.folder / name / "metadata" / f"{uuid.uuid4()}.metadata.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(file, "w", encoding="utf-8") as out:
            out.write(metadata.model_dump_json(exclude_none=True))
            out.flush()
            os.fsync(out.fileno())
        self.tables[name] = (str(file), metadata)
        return self.load(name)

    def load(self, name):
        location, metadata = self.tables[name]
        return {"metadata-location": location, "metadata": json.loads(metadata.model_dump_json(exclude_none=True)),
                "config": {}}

    def create(self, request):
        from pyiceberg.partitioning import PartitionSpec
        from pyiceberg.schema import Schema
        from pyiceberg.table.metadata import new_table_metadata
        from pyiceberg.table.sorting import SortOrder

        name = request["name"]
        metadata = new_table_metadata(
            Schema.model_validate(request["schema"]), PartitionSpec(), SortOrder(order_id=0), str(self.folder / name),
            {"format-version": "2", **request.get("properties", {})})
        if request.get("stage-create"):
            self.staged[name] = metadata
            return {"metadata": json.loads(metadata.model_dump_json(exclude_none=True)), "config": {}}
        return self.write(name, metadata)

    def commit(self, name, request):
        from pyiceberg.table import CommitTableRequest
        from pyiceberg.table.update import update_table_metadata

        request = {"identifier": {"namespace": ["s"], "name": name}, **request}
        wanted = CommitTableRequest.model_validate(request)
        with self.lock:
            base = self.tables[name][1] if name in self.tables else None
            for requirement in wanted.requirements:
                requirement.validate(base)
            return self.write(name, update_table_metadata(base or self.staged.pop(name), wanted.updates))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    catalog = None

    def answer(self, body, status=200):
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def route(self):
        path = self.path.partition("?")[0].strip("/").split("/")[1:]
        size = int(self.headers.get("Content-Length") or 0)
        request = json.loads(self.rfile.read(size)) if size else {}
        catalog = Handler.catalog
        if path == ["config"]:
            return self.answer({"defaults": {}, "overrides": {}})
        if path == ["namespaces"]:
            return self.answer({"namespaces": [["s"]]})
        if path == ["namespaces", "s"]:
            return self.answer({"namespace": ["s"], "properties": {}})
        if path == ["transactions", "commit"]:
            for change in request["table-changes"]:
                catalog.commit(change["identifier"]["name"], change)
            return self.answer(None, 204)
        if path == ["namespaces", "s", "tables"]:
            if self.command == "POST":
                return self.answer(catalog.create(request))
            return self.answer({"identifiers": [{"namespace": ["s"], "name": name} for name in catalog.tables]})
        if path[:3] == ["namespaces", "s", "tables"] and self.command == "POST":
            return self.answer(catalog.commit(path[3], request))
        if path[:3] == ["namespaces", "s", "tables"] and path[3] in catalog.tables:
            return self.answer(catalog.load(path[3]))
        return self.answer({"error": {"message": "not there", "type": "NoSuchTableException", "code": 404}}, 404)

    do_GET = do_POST = do_HEAD = do_DELETE = route

    def log_message(self, *unused):
        pass


def serve(folder):
    """Serves from a thread of its own; gives the port."""
    Handler.catalog = Catalog(folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]

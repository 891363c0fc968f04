"""Tables read back by independent readers, PyIceberg and (published as Delta) delta-rs and DuckDB, and compared with what SQL says.

    readers = Readers(environment)                     # of an S3 server, or {}
    readers.check(connection, "sales", "SILVER", "ORDERS", "delta")
"""
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(ROOT.parent / "drivers")]
import venv  # noqa: E402  (test/drivers/venv.py)

VENVS = {"iceberg": "readers", "delta": "delta", "delta_scan": "delta"}
PATIENCE = 20  # seconds for tables that still change
# How SQL and the readers say the same of a type; none: the readers have it in another shape (a struct).
TEXTS = {"FLOAT": "TO_VARCHAR({0})", "TIMESTAMP_NTZ": "TO_VARCHAR({0}, 'YYYY-MM-DD HH24:MI:SS.FF6')",
         "TIMESTAMP_LTZ": "TO_VARCHAR(CONVERT_TIMEZONE('UTC', {0}), 'YYYY-MM-DD HH24:MI:SS.FF6')",
         "BINARY": "HEX_ENCODE({0})", "TIME": "TO_VARCHAR({0}, 'HH24:MI:SS.FF6')", "VARIANT": "TO_JSON({0})", "OBJECT": "TO_JSON({0})", "ARRAY": "TO_JSON({0})",
         "TIMESTAMP_TZ": None}
JSON_TYPES = ("VARIANT", "OBJECT", "ARRAY")


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


class Readers:
    def __init__(self, environment=None):
        self.environment = {**os.environ, **(environment or {})}
        self.processes = {}

    def rows(self, kind, place, columns):
        if kind not in self.processes:
            python = venv.make(VENVS[kind]) / "bin" / "python"
            self.processes[kind] = subprocess.Popen([str(python), str(ROOT / "readers.py")], env=self.environment,
                                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        process = self.processes[kind]
        process.stdin.write(json.dumps({"kind": kind, "place": place, "columns": columns}) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        if "error" in answer:
            raise AssertionError(f"{kind} cannot read {place}: {answer['error']}")
        return answer["rows"]

    def close(self):
        for process in self.processes.values():
            process.stdin.close()
            process.wait()
        self.processes = {}

    def check(self, connection, database, schema, table, form):
        """That each reader sees the rows and cells that SQL sees; gives how many rows that are."""
        name = f"{database}.{schema}.{quoted(table)}"
        listed = connection.execute(f"SELECT column_name, data_type FROM {database}.information_schema.columns WHERE "
                                    f"table_schema = '{schema}' AND table_name = '{table}' ORDER BY ordinal_position").rows
        columns = [(column, kind) for column, kind in listed if TEXTS.get(kind, "") is not None]
        shown = ", ".join(TEXTS.get(kind, "{0}::VARCHAR").format(quoted(column)) for column, kind in columns)
        json_places = [i for i, (_, kind) in enumerate(columns) if kind in JSON_TYPES]

        def plain(rows):
            for row in rows:
                for i in json_places:
                    row[i] = row[i] and json.dumps(json.loads(row[i]), sort_keys=True)
            return sorted(rows, key=lambda row: [cell or "" for cell in row])

        deadline = time.monotonic() + PATIENCE
        for kind in ("iceberg", "delta", "delta_scan") if form == "delta" else ("iceberg",):
            while True:
                want = plain([[None if cell == "NULL" else cell for cell in row]
                              for row in connection.execute(f"SELECT {shown} FROM {name}").rows])
                location = json.loads(connection.execute(
                    f"SELECT SYSTEM$GET_ICEBERG_TABLE_INFORMATION('{name}')").rows[0][0])["metadataLocation"]
                folder = location.removeprefix("file://").rpartition("/metadata/")[0]
                if kind == "delta_scan" and folder.startswith("s3:"):
                    break  # DuckDB is asked on disk only
                got = plain(self.rows(kind, location if kind == "iceberg" else folder, [column for column, _ in columns]))
                if got == want:
                    break
                if time.monotonic() > deadline:
                    differ = [pair for pair in zip(want, got) if pair[0] != pair[1]][:3]
                    raise AssertionError(f"{name} read by {kind}: {len(got)} rows, {len(want)} wanted; first {differ}")
                time.sleep(0.5)
        return len(want)

    def check_schemas(self, connection, database, form, like="%"):
        """All tables of a domain whose names are like `like`. Those that Firn keeps for itself (errors, tombstones) are
        no Delta tables. Gives {table: rows}."""
        found = connection.execute(
            f"SELECT table_schema, table_name FROM {database}.information_schema.tables WHERE table_type = 'BASE TABLE' "
            f"AND table_schema <> 'INFORMATION_SCHEMA' AND table_name ILIKE '{like}' ORDER BY 1, 2").rows
        checked = {}
        for schema, table in found:
            inner = table.endswith(("__ERRORS", "__DELETED"))
            checked[f"{schema}.{table}"] = self.check(connection, database, schema, table, "iceberg" if inner else form)
        return checked

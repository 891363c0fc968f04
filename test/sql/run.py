#!/usr/bin/env python3
"""Runs test/sql/**/*.slt against a server over the wire. Each file has a fresh database of its own.

Records, separated by blank lines; `#` begins a comment line before a record:
  statement ok                 query                      query sort
  <SQL>                        <SQL>                      <SQL>
                               ----                       ----
  statement error 002003       1<TAB>a                    (rows in any order)
  <SQL>                        2<TAB>NULL
`query columns` (or `query columns sort`): the first expected line holds the names of the columns.
`file NAME [latin-1 | utf-16 | base64]` writes the lines after it to a file of the test's own folder, which is
`{files}` in SQL; a name that ends in .gz is compressed. `nofile NAME` expects that it is gone.
A record `types` expects, after its ----, the types of the columns as rowtype sends them: fixed(10,2)<TAB>text(16777216).
`columns`: the one expected line holds the names of the columns, rows do not matter. The code of `statement error` may
have an SQLSTATE (100072/22000); what stands behind it is a part of the message (\\n is a line break), after ^ its
beginning.
A backslash at the end of an expected cell's text stands for itself; a line break inside a cell is written \\n.
"""
import argparse
import base64
import gzip
import os
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT.parent))
from wire import Connection, SqlError  # noqa: E402


def records(text):
    block, first = [], 1
    for number, line in enumerate(text.splitlines() + [""], 1):
        if line.strip() == "" and not ("----" in block):
            if block:
                yield first, block
            block = []
        elif line == "" and block:
            yield first, block
            block = []
        elif line.startswith("#") and not block:
            continue
        else:
            if not block:
                first = number
            block.append(line)


def type_text(column):
    kind = column["type"]
    if kind == "fixed":
        return f"fixed({column['precision']},{column['scale']})"
    if kind in ("text", "binary"):
        return f"{kind}({column['length']})"
    return f"{kind}({column['scale']})" if kind.startswith("time") else kind


def expect_rows(connection, block, files):
    at = block.index("----")
    answer = connection.execute("\n".join(block[1:at]).replace("{files}", files))
    if block[0] == "types":
        got = "\t".join(type_text(column) for column in answer.data["rowtype"])
        return None if [got] == block[at + 1:] else f"expected {block[at + 1:]}, got {got}"
    got = ["\t".join(row).replace("\n", "\\n") for row in answer.rows]
    want = [line.replace("{files}", files) for line in block[at + 1:]]
    if "sort" in block[0].split():
        first = 1 if "columns" in block[0].split() else 0
        got, want = sorted(got), want[:first] + sorted(want[first:])
    if "columns" in block[0].split():
        names = "\t".join(answer.columns).replace("\n", "\\n")
        got = [names] if block[0] == "columns" else [names] + got
    return None if got == want else "expected\n    " + "\n    ".join(want) + "\n  got\n    " + "\n    ".join(got)


def write_file(path, lines, form):
    text = "".join(line + "\n" for line in lines)
    data = base64.b64decode(text) if form == "base64" else text.encode(form)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" and form != "base64" else data)


def run_record(connection, block, files):
    head = block[0].split()
    if head[0] in ("query", "types", "columns"):
        return expect_rows(connection, block, files)
    if head[0] == "file":
        return write_file(pathlib.Path(files, head[1]), block[1:], head[2] if len(head) > 2 else "utf-8")
    if head[0] == "nofile":
        return f"{head[1]} is still there" if pathlib.Path(files, head[1]).exists() else None
    sql = "\n".join(block[1:]).replace("{files}", files)
    try:
        connection.execute(sql)
    except SqlError as error:
        if head[1] == "ok":
            return str(error)
        code, _, state = head[2].partition("/") if len(head) > 2 else ("", "", "")
        if (code and error.code != code) or (state and error.data.get("sqlState") != state):
            return f"expected error {head[2]}, got {error} ({error.data.get('sqlState')})"
        text = block[0].split(maxsplit=3)[3] if len(head) > 3 else ""
        message = error.message.replace("\n", "\\n")
        if not (message.startswith(text[1:]) if text.startswith("^") else text in message):
            return f"expected error with {text!r}, got {error}"
        return None
    return f"expected error {' '.join(head[2:])}, it succeeded" if head[1] == "error" else None


def run_file(path, listen, password):
    name = "T_" + path.stem.upper().replace("-", "_")
    connection = Connection(listen, "ADMIN", password)
    files = os.path.join(os.environ.get("FIRN_TEST_FILES", "/nowhere"), path.stem)
    connection.execute(f"CREATE OR REPLACE DATABASE {name}")
    passed, failed = 0, []
    for line, block in records(path.read_text()):
        try:
            problem = run_record(connection, block, files)
        except SqlError as error:
            problem = str(error)
        if problem:
            failed.append(f"{path.relative_to(ROOT)}:{line}: {problem}")
        else:
            passed += 1
    connection.execute(f"DROP DATABASE {name}")
    connection.close()
    return passed, failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("paths", nargs="*", help="files or folders; all by default")
    arguments = parser.parse_args()
    chosen = [pathlib.Path(path).resolve() for path in arguments.paths] or [ROOT]
    files = sorted(file for path in chosen for file in ([path] if path.is_file() else path.rglob("*.slt")))
    started, passed, failed = time.monotonic(), 0, []
    for file in files:
        good, bad = run_file(file, arguments.listen, arguments.password)
        passed, failed = passed + good, failed + bad
    for problem in failed:
        print(problem)
    print(f"{len(files)} files in {time.monotonic() - started:.1f} s")
    print(f"sql: {passed} passed, {len(failed)} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()

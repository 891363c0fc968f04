#!/usr/bin/env python3
"""Runs test/sql/**/*.slt against a server over the wire. Each file has a fresh database of its own.

Records, separated by blank lines; `#` begins a comment line before a record:
  statement ok                 query                      query sort
  <SQL>                        <SQL>                      <SQL>
                               ----                       ----
  statement error 002003       1<TAB>a                    (rows in any order)
  <SQL>                        2<TAB>NULL
A backslash at the end of an expected cell's text stands for itself; a line break inside a cell is written \\n.
"""
import argparse
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


def expect_rows(connection, block):
    at = block.index("----")
    answer = connection.execute("\n".join(block[1:at]))
    got = ["\t".join(row).replace("\n", "\\n") for row in answer.rows]
    want = block[at + 1:]
    if block[0] == "query sort":
        got, want = sorted(got), sorted(want)
    return None if got == want else "expected\n    " + "\n    ".join(want) + "\n  got\n    " + "\n    ".join(got)


def run_record(connection, block):
    head = block[0].split()
    if head[0] == "query":
        return expect_rows(connection, block)
    sql = "\n".join(block[1:])
    try:
        connection.execute(sql)
    except SqlError as error:
        if head[1] == "ok":
            return str(error)
        if len(head) > 2 and error.code != head[2]:
            return f"expected error {head[2]}, got {error}"
        return None
    return f"expected error {' '.join(head[2:])}, it succeeded" if head[1] == "error" else None


def run_file(path, listen, password):
    name = "T_" + path.stem.upper().replace("-", "_")
    connection = Connection(listen, "ADMIN", password)
    connection.execute(f"CREATE OR REPLACE DATABASE {name}")
    passed, failed = 0, []
    for line, block in records(path.read_text()):
        try:
            problem = run_record(connection, block)
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

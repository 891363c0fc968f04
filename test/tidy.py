#!/usr/bin/env python3
"""What the tree promises, as a test that runs in a second: one-way doors, sizes, names, banned words, sorted rows."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import function_list  # noqa: E402

SRC = ROOT / "src"
HEADER_LINES, SOURCE_LINES, FUNCTION_LINES, COLUMNS = 250, 600, 85, 160
ROOMS = {
    "base": "", "storage": "base", "iceberg": "base storage", "catalog": "base storage iceberg",
    "engine": "base storage iceberg", "delta": "base storage iceberg catalog engine", "sql": "base",
    "functions": "base sql engine", "session": "base iceberg catalog engine functions",
    "planner": "base iceberg catalog engine sql functions session",
    "statements": "base storage iceberg catalog engine sql functions session planner", "http": "base",
}
ROOMS["pipeline"] = ROOMS["statements"] + " statements delta"
ROOMS["faces"] = ROOMS["pipeline"] + " pipeline http"
ROOMS["cli"] = ROOMS["faces"] + " faces"
BANNED = {
    r"\bTODO\b|\bFIXME\b|\bXXX\b|\bHACK\b": "finish it, refuse it by name, or say it in the docs",
    r"\bsystem_clock::now|\bsteady_clock::now|\btime\(nullptr\)|\bgettimeofday\b": "base/clock.h owns the time",
    r"\bstd::rand\b|\bmt19937|\brandom_device\b": "base/ids.h owns randomness",
    r"\busing namespace std\b": "names say where they come from",
}
CLOCK_FREE = {"base/clock.cc"}
NAMES = re.compile(r"(utils?|helpers?|common|manager|misc)", re.I)
problems = []


def complain(path, line, text):
    problems.append(f"{path.relative_to(ROOT)}:{line}: {text}")


def check_arrows(path, room, text):
    for number, line in enumerate(text.splitlines(), 1):
        include = re.match(r'\s*#include\s+["<]([a-z_]+)[/.]', line)
        if not include:
            continue
        to = include.group(1)
        if to in ROOMS and to != room and to not in ROOMS[room].split() and '"' in line:
            complain(path, number, f"{room} may not include {to}")
        if to == "duckdb" and room not in ("engine", "functions"):
            complain(path, number, "DuckDB's headers are for engine and functions only")
        if to == "arrow" and room not in ("engine", "faces"):
            complain(path, number, "Arrow's headers are for engine and faces only")


def check_size(path, text):
    lines = text.count("\n")
    most = HEADER_LINES if path.suffix == ".h" else SOURCE_LINES
    if lines > most:
        complain(path, lines, f"{lines} lines; at most {most}")
    start, table = None, False
    for number, line in enumerate(text.splitlines(), 1):
        table = (table or "clang-format off" in line) and "clang-format on" not in line  # rows may be wide
        if len(line) > COLUMNS and not table:
            complain(path, number, f"{len(line)} columns; at most {COLUMNS}")
        if re.match(r"^[A-Za-z].*\) (const )?(override )?(noexcept )?\{$", line) and not line.startswith("namespace"):
            start = number
        elif line == "}" and start is not None:
            if number - start > FUNCTION_LINES:
                complain(path, start, f"a function of {number - start} lines; at most {FUNCTION_LINES}")
            start = None


def check_words(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, instead in BANNED.items():
            if re.search(pattern, line) and str(path.relative_to(SRC)) not in CLOCK_FREE:
                complain(path, number, f"'{re.search(pattern, line).group(0)}': {instead}")


def check_header(path, text):
    if path.suffix == ".h" and not text.startswith("// "):
        complain(path, 1, "a header begins by saying what the thing is")
    if path.suffix == ".h" and "#pragma once" not in text:
        complain(path, 1, "#pragma once is missing")


def check_error_rows():
    path = SRC / "base" / "errors.h"
    codes = [(int(m.group(1)), m.start()) for m in
             re.finditer(r"ErrorRow k\w+\s*\{\s*(\d+),", path.read_text())]
    if [code for code, _ in codes] != sorted(code for code, _ in codes):
        complain(path, 1, "the rows are not sorted by code")


def check_function_rows():
    """Rows of a family are sorted, and each has a documentation page; an example where a value can be shown."""
    for path in sorted((SRC / "functions").glob("*.cc")):
        for table in re.findall(r"constexpr std::array \w+ = \{\n(.*?)^\};", path.read_text(), re.M | re.S):
            names = re.findall(r'^    Function\{"([A-Z][A-Z0-9_$]*)", "', table, re.M)
            if names != sorted(names):
                complain(path, 1, "function rows are not sorted: " +
                         next(b for a, b in zip(names, names[1:]) if a > b))


def check_function_list():
    """README lists the functions that the rows say."""
    page = ROOT / "README.md"
    if function_list.expected(page.read_text()) != page.read_text():
        complain(page, 1, "the list of functions is old: scripts/function_list.py --write")


def main():
    for path in sorted(SRC.rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        room = path.relative_to(SRC).parts[0]
        text = path.read_text()
        if NAMES.search(path.stem):
            complain(path, 1, "name the concept or the step, not a drawer")
        check_arrows(path, room, text)
        check_size(path, text)
        check_words(path, text)
        check_header(path, text)
    check_error_rows()
    check_function_rows()
    check_function_list()
    for problem in problems:
        print(problem)
    print(f"tidy: {'clean' if not problems else str(len(problems)) + ' problems'}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

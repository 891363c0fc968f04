#!/usr/bin/env python3
"""The list of functions in README.md, made from their rows in src/functions. `--write` puts it there; test/tidy.py
calls `expected` and compares. A row that refuses its function is not listed."""
import pathlib
import re
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- functions: scripts/function_list.py --write -->\n", "<!-- end of functions -->\n"


def families():
    """(family, [name …]) in the order of functions.cc."""
    folder = ROOT / "src" / "functions"
    order = re.findall(r'Family\{"([^"]+)", Kind::\w+, (\w+)\(\)\}', (folder / "functions.cc").read_text())
    by_accessor = {}
    for path in folder.glob("*.cc"):
        text = path.read_text()
        refusals = "|".join(re.findall(r"constexpr Refuse (\w+)\{", text) + [r"Refuse\{"])
        for accessor, array in re.findall(r"^std::span<const Function> (\w+)\(\) \{ return (\w+); \}", text, re.M):
            table = re.search(r"constexpr std::array " + array + r" = \{\n(.*?)^\};", text, re.M | re.S).group(1)
            rows = re.findall(r'^    Function\{"([^"]+)", "[^"]*", ([^"]*)', table, re.M)
            by_accessor[accessor] = [name for name, how in rows if not re.match(refusals, how)]
    return [(name, by_accessor[accessor]) for name, accessor in order if by_accessor[accessor]]


def text():
    rows = families()
    lines = [f"{sum(len(names) for _, names in rows)} functions:", ""]
    for family, names in rows:
        lines += textwrap.wrap(f"* *{family}*: " + ", ".join(names), 120, subsequent_indent="  ",
                               break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines) + "\n"


def expected(readme):
    """README with the list of today between its markers."""
    head, rest = readme.split(BEGIN)
    return head + BEGIN + text() + END + rest.split(END)[1]


if __name__ == "__main__":
    page = ROOT / "README.md"
    if "--write" in sys.argv:
        page.write_text(expected(page.read_text()))
    else:
        print(text(), end="")

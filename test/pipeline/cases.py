"""Runs the tests of a file of this folder against a server: each is timed and told by name."""
import argparse
import time


def run(name, tests, fixture):
    """`fixture(listen, password)` makes what each test is given. Names of tests as arguments choose some."""
    options = argparse.ArgumentParser()
    options.add_argument("--listen", required=True)
    options.add_argument("--password", required=True)
    options.add_argument("tests", nargs="*")
    given = options.parse_args()
    made = fixture(given.listen, given.password)
    for test in tests:
        if given.tests and test.__name__ not in given.tests:
            continue
        begin = time.monotonic()
        test(made)
        print(f"{name}: {test.__name__} {time.monotonic() - begin:.1f} s", flush=True)
    return made

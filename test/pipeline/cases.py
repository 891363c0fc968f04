"""Runs the tests of a file of this folder against a server: each is timed and told by name."""
import argparse
import time


def run(name, tests, fixture, by_name=()):
    """`fixture(listen, password)` makes what each test is given. Names of tests as arguments choose some; those of
    `by_name` are run only so, as acceptance.py runs them all."""
    options = argparse.ArgumentParser()
    options.add_argument("--listen", required=True)
    options.add_argument("--password", required=True)
    options.add_argument("tests", nargs="*")
    given = options.parse_args()
    made = fixture(given.listen, given.password)
    chosen = [test for test in (*tests, *by_name) if test.__name__ in given.tests] if given.tests else tests
    for test in chosen:
        begin = time.monotonic()
        test(made)
        print(f"{name}: {test.__name__} {time.monotonic() - begin:.1f} s", flush=True)
    return made

"""The table of 9.5, each row in each of its columns: what events that differ from the declared columns do to silver.
(Renaming, dropping, narrowing and other keys are registry.py's.) On Iceberg and Delta, read back by others.

python3 ../serve.py -- python3 evolution.py --listen {listen} --password {password} [TEST …]
"""
import json

import cases
from silver import Lake, Pipe, order

MODES = ("add", "freeze", "rescue")
SPEC = """
pipeline: {domain}.{table}
columns:
  - {{name: order_id, type: bigint, required: true, primary_key: true}}
  - {{name: status, type: string}}
  - {{name: total, type: "decimal(9,2)"}}
  - {{name: score, type: double}}
  - {{name: n, type: bigint}}
  - {{name: day, type: date}}
  - {{name: doc, type: object}}
  - {{name: list, type: array}}
  - {{name: must, type: string, required: true}}
  - {{name: updated_at, type: timestamp}}
merge: {{type: upsert, order_by: [updated_at], on_missing: "{on_missing}"}}
evolve: {{new_column: {evolve}}}
format: {format}
flush: {{max_delay: 50ms}}
target_lag: 1s
"""


def event(number, minute=1, **more):
    return order(number, "s", minute, must="m", **more)


def in_modes(lake, form, name):
    for mode in MODES:
        yield mode, Pipe(lake, f"{name}_{mode}", form, evolve=mode, spec=SPEC)


def new_column(lake, form):
    """Added, of a type that holds the whole batch, once it has a value; quarantined; rescued."""
    for mode, pipe in in_modes(lake, form, "new"):
        rows = (event(1, note=1, empty=None), event(2, note=2.5), event(3))
        pipe.post(*rows, quarantined=2 if mode == "freeze" else 0)
        if mode == "add":
            pipe.expect([["1", "1"], ["2", "2.5"], ["3", None]], "order_id, TO_VARCHAR(note)")
            kinds = lake.rows(f"SELECT column_name, data_type FROM {pipe.domain}.information_schema.columns WHERE "
                              f"table_schema = 'SILVER' AND table_name = '{pipe.table.upper()}' AND column_name IN "
                              "('NOTE', 'EMPTY')")
            assert kinds == [["NOTE", "FLOAT"]], kinds
        elif mode == "freeze":
            pipe.expect([["3"]], "order_id")
            assert pipe.errors() == [["UNKNOWN_COLUMN", "empty"], ["UNKNOWN_COLUMN", "note"]], pipe.errors()
        else:
            pipe.expect([["1", '{"empty":null,"note":1}'], ["2", '{"note":2.5}'], ["3", None]],
                        "order_id, TO_JSON(_rescued)")
        yield pipe


def missing_optional(lake, form):
    """NULL, or what there is."""
    for mode, pipe in in_modes(lake, form, "optional"):
        pipe.post(event(1, 1, total=5))
        pipe.post(event(1, 2))
        pipe.expect([["1", None]], "order_id, total")
        yield pipe
    pipe = Pipe(lake, "optional_keep", form, on_missing="keep", spec=SPEC)
    pipe.post(event(1, 1, total=5))
    pipe.post(event(1, 2))
    pipe.expect([["1", "5.00"]], "order_id, total")
    yield pipe


def missing_required(lake, form):
    for _, pipe in in_modes(lake, form, "required"):
        pipe.post(event(1), order(2, "s", 1), order(3, "s", 1, must=None), quarantined=2)
        pipe.expect([["1"]], "order_id")
        assert pipe.errors() == [["MISSING_REQUIRED", "MUST"]] * 2, pipe.errors()
        yield pipe


def wider_decimal(lake, form):
    """More digits before the point than the column has."""
    for mode, pipe in in_modes(lake, form, "wider"):
        pipe.post(event(1, total=1.25))
        pipe.post(event(2, total=123456789012.5), quarantined=1 if mode == "freeze" else 0)
        if mode == "add":
            pipe.expect([["1", "1.25"], ["2", "123456789012.50"]], "order_id, total")
        elif mode == "freeze":
            pipe.expect([["1", "1.25"]], "order_id, total")
            assert pipe.errors() == [["TYPE_MISMATCH", "TOTAL"]], pipe.errors()
        else:
            pipe.expect([["1", "1.25", None], ["2", None, '{"total":123456789012.5}']],
                        "order_id, total, TO_JSON(_rescued)")
        yield pipe


def integer_into_double(lake, form):
    """As far as a double holds every integer."""
    for _, pipe in in_modes(lake, form, "double"):
        pipe.post(event(1, score=9007199254740992), event(2, score=9007199254740993), quarantined=1)
        pipe.expect([["1", "9007199254740992"]], "order_id, score::BIGINT::VARCHAR")
        assert pipe.errors() == [["TYPE_MISMATCH", "SCORE"]], pipe.errors()
        pipe.post(event(1, 2, score=3))  # which all readers write alike
        yield pipe


def what_does_not_fit(lake, form):
    """A fraction in an integer; text in numbers and dates; an object in a scalar and the other way."""
    bad = [("n", 2.5), ("n", "many"), ("total", "much"), ("day", "yesterday"), ("status", {"a": 1}), ("doc", 7), ("list", {})]
    for mode, pipe in in_modes(lake, form, "unfit"):
        rows = [{**event(i), name: value} for i, (name, value) in enumerate(bad)]
        pipe.post(event(100), *rows, quarantined=0 if mode == "rescue" else len(bad))
        if mode == "rescue":
            got = [[row[0], row[1], json.loads(row[2])] for row in pipe.silver(
                "order_id, COALESCE(n::VARCHAR, total::VARCHAR, day::VARCHAR, TO_JSON(doc), TO_JSON(list)), "
                "COALESCE(TO_JSON(_rescued), '{}')")]
            assert got == [*([str(i), None, {name: value}] for i, (name, value) in enumerate(bad)), ["100", None, {}]], got
        else:
            pipe.expect([["100"]], "order_id")
            assert pipe.errors() == [["TYPE_MISMATCH", name.upper()] for name, _ in bad], pipe.errors()
        yield pipe


def nested_fields(lake, form):
    """Objects and lists are semi-structured columns: whatever is new or wider in them is in the value, in every mode."""
    for _, pipe in in_modes(lake, form, "nested"):
        pipe.post(event(1, doc={"a": 1}, list=[1, 2]))
        pipe.post(event(2, doc={"a": 2.5, "b": {"c": "new"}}, list=[2147483648, 2.5, "text", {"d": None}]),
                  event(1, 2, doc={"a": 1, "e": 123456789012345678}))
        pipe.expect([["1", '{"a":1,"e":123456789012345678}', None, None],
                     ["2", '{"a":2.5,"b":{"c":"new"}}', '[2147483648,2.5,"text",{"d":null}]', "new"]],
                    "order_id, TO_JSON(doc), TO_JSON(list), doc:b.c::VARCHAR")
        yield pipe


def names(lake, form):
    """Two fields that are equal but for case, and names that are Firn's."""
    for _, pipe in in_modes(lake, form, "names"):
        pipe.post(event(1, STATUS="again"), event(2, _mine=1), event(3), quarantined=2)
        pipe.expect([["3"]], "order_id")
        assert [code for code, _ in pipe.errors()] == ["NAME_CONFLICT"] * 2, pipe.errors()
        yield pipe


TESTS = (new_column, missing_optional, missing_required, wider_decimal, integer_into_double, what_does_not_fit,
         nested_fields, names)


if __name__ == "__main__":
    for form in ("iceberg", "delta"):
        def in_form(test):
            def run(lake):
                for pipe in test(lake, form):
                    pipe.check_readers()
            run.__name__ = test.__name__
            return run
        cases.run(f"evolution ({form})", [in_form(test) for test in TESTS], Lake)

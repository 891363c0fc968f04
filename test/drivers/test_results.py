"""Values of every type, empty and big results, both wire formats."""

import datetime
import decimal

import pytest

UTC = datetime.timezone.utc

TYPES = """
SELECT 1::INT AS i, 12.34::NUMBER(10,2) AS n, 12345678901234567890.12::NUMBER(38,2) AS w, 1.5::FLOAT AS f,
       TRUE AS b, 'a"b\\nü€😀'::VARCHAR AS t, '2024-02-29'::DATE AS d, '23:59:59.123456'::TIME AS tm,
       '2024-02-29 12:34:56.123456'::TIMESTAMP_NTZ AS ntz,
       '2024-02-29 12:34:56.123456 +0000'::TIMESTAMP_LTZ AS ltz,
       '2024-02-29 12:34:56.123456 +0130'::TIMESTAMP_TZ AS tz,
       X'00FF'::BINARY AS bi, PARSE_JSON('{"a":[1,null]}') AS v, ARRAY_CONSTRUCT(1, 'x') AS a,
       OBJECT_CONSTRUCT('k', 1) AS o
"""


@pytest.fixture(params=["ARROW", "JSON"])
def formatted(connection, request):
    cursor = connection.cursor()
    cursor.execute(f"ALTER SESSION SET PYTHON_CONNECTOR_QUERY_RESULT_FORMAT = '{request.param}'")
    cursor.execute("ALTER SESSION SET TIMEZONE = 'UTC'")
    return cursor


def test_every_type(formatted):
    row = formatted.execute(TYPES).fetchone()
    assert row[:6] == (1, decimal.Decimal("12.34"), decimal.Decimal("12345678901234567890.12"), 1.5, True,
                       'a"b\nü€😀')
    assert row[6] == datetime.date(2024, 2, 29)
    assert row[7] == datetime.time(23, 59, 59, 123456)
    assert row[8] == datetime.datetime(2024, 2, 29, 12, 34, 56, 123456)
    assert row[9].astimezone(UTC) == datetime.datetime(2024, 2, 29, 12, 34, 56, 123456, tzinfo=UTC)
    assert row[10].astimezone(UTC) == datetime.datetime(2024, 2, 29, 11, 4, 56, 123456, tzinfo=UTC)
    assert row[10].utcoffset() == datetime.timedelta(minutes=90)
    assert bytes(row[11]) == b"\x00\xff"
    assert row[12] == '{\n  "a": [\n    1,\n    null\n  ]\n}'
    assert row[13] == '[\n  1,\n  "x"\n]'
    assert row[14] == '{\n  "k": 1\n}'


def test_every_type_as_null(formatted):
    names = [part.rsplit(" AS ", 1)[1] for part in
             [line.strip().rstrip(",") for line in TYPES.replace(", ", ",\n").splitlines()] if " AS " in part]
    assert len(names) >= 15
    columns = ", ".join(f"IFF(i = 2, NULL, {name}) AS {name}" for name in names if name != "i")
    row = formatted.execute(f"SELECT {columns} FROM (SELECT * EXCLUDE i, 2 AS i FROM ({TYPES}))").fetchone()
    assert row == (None,) * (len(names) - 1)


def test_edges_of_time(formatted):
    row = formatted.execute("SELECT '1969-12-31 23:59:59.5'::TIMESTAMP_NTZ, '0001-01-01'::DATE, "
                            "'9999-12-31 23:59:59.999999'::TIMESTAMP_NTZ, '1900-01-01 00:00:00'::TIMESTAMP_NTZ(3)").fetchone()
    assert row == (datetime.datetime(1969, 12, 31, 23, 59, 59, 500000), datetime.date(1, 1, 1),
                   datetime.datetime(9999, 12, 31, 23, 59, 59, 999999), datetime.datetime(1900, 1, 1))


def test_edges_of_numbers(formatted):
    row = formatted.execute("SELECT 9223372036854775807::INT, (-9223372036854775807)::INT, "
                            "99999999999999999999999999999999999999::NUMBER(38,0), "
                            "-0.05::NUMBER(5,2), 'NaN'::FLOAT, 'inf'::FLOAT, 1e300::FLOAT").fetchone()
    assert row[:2] == (9223372036854775807, -9223372036854775807)
    assert row[2] == 10**38 - 1
    assert row[3] == decimal.Decimal("-0.05")
    assert row[4] != row[4] and row[5] == float("inf") and row[6] == 1e300


def test_empty_result(formatted):
    formatted.execute("SELECT 1 AS a, 'x' AS b WHERE FALSE")
    assert formatted.rowcount == 0
    assert formatted.fetchall() == []
    assert [column.name for column in formatted.description] == ["A", "B"]


def test_big_result_comes_in_parts(formatted):
    count = 300_000
    formatted.execute("SELECT n, 'text of row ' || n AS t, IFF(n % 100 = 0, NULL, n::FLOAT) AS f "
                      f"FROM (SELECT SEQ8() AS n FROM TABLE(GENERATOR(ROWCOUNT => {count}))) ORDER BY n")
    assert formatted.rowcount == count
    rows = formatted.fetchall()
    assert len(rows) == count
    for n in (0, 1, 99, 100, 123_456, count - 1):
        assert rows[n] == (n, f"text of row {n}", None if n % 100 == 0 else float(n))


def test_fetch_in_steps(cursor):
    cursor.execute("SELECT SEQ8() AS n FROM TABLE(GENERATOR(ROWCOUNT => 10000)) ORDER BY n")
    assert cursor.fetchone() == (0,)
    assert cursor.fetchmany(5) == [(1,), (2,), (3,), (4,), (5,)]
    assert len(cursor.fetchall()) == 9994


def test_description(cursor):
    cursor.execute("SELECT 1::NUMBER(10,2) AS n, 'x'::VARCHAR(7) AS s, CURRENT_DATE() AS d")
    number, text, _ = cursor.description
    assert (number.name, number.type_code, number.precision, number.scale) == ("N", 0, 10, 2)
    assert (text.name, text.type_code) == ("S", 2)
    assert cursor.description[2].type_code == 3


def test_describe_does_not_run(connection, cursor):
    cursor.execute("CREATE OR REPLACE TABLE described (i INT, s VARCHAR)")
    columns = cursor.describe("SELECT s, i + 1 AS j FROM described")
    assert [column.name for column in columns] == ["S", "J"]
    cursor.describe("INSERT INTO described VALUES (1, 'a')")
    assert cursor.execute("SELECT COUNT(*) FROM described").fetchone()[0] == 0
    assert [column.name for column in cursor.describe("DROP TABLE described")] == ["status"]
    cursor.describe("CREATE TABLE not_made (i INT)")
    cursor.describe("SET not_set = 1")
    cursor.describe("ALTER SESSION SET QUERY_TAG = 'not set'")
    cursor.describe("BEGIN")
    cursor.describe("SELECT SYSTEM$WAIT(1000)")
    assert [row[1] for row in cursor.execute("SHOW TABLES").fetchall() if row[1] in ("DESCRIBED", "NOT_MADE")] == [
        "DESCRIBED"]
    assert cursor.execute("SELECT CURRENT_TRANSACTION(), GETVARIABLE('NOT_SET')").fetchone() == (None, None)
    assert cursor.execute("SHOW PARAMETERS LIKE 'QUERY_TAG'").fetchone()[1] == ""


def test_parameters_of_a_statement_leave_the_session_its_own(cursor):
    parameters = {"TIMEZONE": "Asia/Tokyo"}
    offset = "SELECT TO_VARCHAR('2024-01-01'::TIMESTAMP_LTZ, 'TZHTZM')"
    assert cursor.execute(offset, _statement_params=parameters).fetchone()[0] == "+0900"
    cursor.execute("ALTER SESSION SET WEEK_START = 7", _statement_params=parameters)
    assert cursor.execute("SELECT DAYOFWEEK('2024-07-07'::DATE)").fetchone()[0] == 1
    assert cursor.execute(offset).fetchone()[0] == "-0800"
    cursor.execute("ALTER SESSION UNSET WEEK_START")


def test_pandas_and_arrow(cursor):
    pandas = pytest.importorskip("pandas")
    cursor.execute("SELECT SEQ8() AS n, SEQ8()::NUMBER(10,2) AS d, 'x' || SEQ8() AS s, "
                   "'2024-01-01'::TIMESTAMP_NTZ AS t FROM TABLE(GENERATOR(ROWCOUNT => 50000)) ORDER BY n")
    frame = cursor.fetch_pandas_all()
    assert list(frame.columns) == ["N", "D", "S", "T"] and len(frame) == 50000
    assert frame["N"].sum() == 50000 * 49999 // 2
    assert frame["S"][49999] == "x49999"
    assert frame["T"][0] == pandas.Timestamp("2024-01-01")
    cursor.execute("SELECT SEQ8() AS n FROM TABLE(GENERATOR(ROWCOUNT => 100000))")
    assert cursor.fetch_arrow_all().num_rows == 100000


def test_pandas_of_an_empty_result(cursor):
    pytest.importorskip("pandas")
    cursor.execute("SELECT 1 AS a WHERE FALSE")
    assert len(cursor.fetch_pandas_all()) == 0


def test_result_batches_outlive_the_session(server, database):
    with server.connect(database=database) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT SEQ8() AS n, RPAD('x', 100, 'y') AS t FROM TABLE(GENERATOR(ROWCOUNT => 200000))")
        batches = cursor.get_result_batches()
        assert len(batches) > 1
        assert sum(batch.rowcount for batch in batches) == 200000


def test_result_scan_of_show(cursor):
    cursor.execute("SHOW DATABASES")
    cursor.execute('SELECT "name" FROM TABLE(RESULT_SCAN(LAST_QUERY_ID())) ORDER BY 1')
    assert all(isinstance(name, str) for (name,) in cursor.fetchall())

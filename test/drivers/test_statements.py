"""DML counts, binds, several statements, errors, asynchronous statements, cancelling."""

import threading
import time

import pytest
import snowflake.connector
from snowflake.connector import errors


@pytest.fixture
def table(cursor):
    cursor.execute("CREATE OR REPLACE TABLE t (i INT, s VARCHAR, d DATE)")
    return "t"


def test_dml_counts(cursor, table):
    assert cursor.execute("INSERT INTO t VALUES (1, 'a', NULL), (2, 'b', NULL), (3, 'c', NULL)").rowcount == 3
    assert cursor.execute("UPDATE t SET s = 'x' WHERE i > 1").rowcount == 2
    cursor.execute("MERGE INTO t USING (SELECT 3 AS i UNION ALL SELECT 4) s ON t.i = s.i "
                   "WHEN MATCHED THEN UPDATE SET s = 'm' WHEN NOT MATCHED THEN INSERT (i) VALUES (s.i)")
    assert cursor.fetchone() == (1, 1)
    assert cursor.execute("DELETE FROM t WHERE i = 1").rowcount == 1
    assert cursor.execute("SELECT i, s FROM t ORDER BY i").fetchall() == [(2, "x"), (3, "m"), (4, None)]


def test_ddl_answers_a_sentence(cursor):
    assert cursor.execute("CREATE OR REPLACE TABLE made (i INT)").fetchone()[0] == "Table MADE successfully created."
    assert "successfully dropped" in cursor.execute("DROP TABLE made").fetchone()[0]


def test_executemany_is_one_statement(cursor, table):
    cursor.executemany("INSERT INTO t (i, s) VALUES (%s, %s)", [(n, f"row {n}") for n in range(1000)])
    assert cursor.rowcount == 1000
    assert cursor.execute("SELECT COUNT(*), SUM(i), MAX(s) FROM t").fetchone() == (1000, 499500, "row 999")


@pytest.fixture
def qmark(server, database):
    before = snowflake.connector.paramstyle
    snowflake.connector.paramstyle = "qmark"
    try:
        with server.connect(database=database, paramstyle="qmark") as connection:
            yield connection.cursor()
    finally:
        snowflake.connector.paramstyle = before


def test_qmark_binds(qmark):
    import datetime

    qmark.execute("SELECT ?, ?, ?, ?", (1, "it's", None, datetime.date(2024, 2, 29)))
    assert qmark.fetchone() == (1, "it's", None, datetime.date(2024, 2, 29))


def test_array_binds(qmark):
    qmark.execute("CREATE OR REPLACE TABLE bound (i INT, s VARCHAR, f FLOAT)")
    qmark.executemany("INSERT INTO bound VALUES (?, ?, ?)", [(n, None if n % 2 else str(n), n / 2) for n in range(5000)])
    assert qmark.rowcount == 5000
    assert qmark.execute("SELECT COUNT(*), COUNT(s), SUM(f) FROM bound").fetchone() == (5000, 2500, 6248750.0)


def test_several_statements(cursor, table):
    cursor.execute("INSERT INTO t (i) VALUES (1); SELECT COUNT(*) FROM t; UPDATE t SET i = 2; SELECT i FROM t",
                   num_statements=4)
    assert cursor.fetchall() == [(1,)]
    answers = []
    while cursor.nextset():
        answers.append(cursor.fetchall())
    assert answers == [[(1,)], [(1, 0)], [(2,)]]


def test_a_wrong_number_of_statements(cursor):
    with pytest.raises(errors.ProgrammingError) as caught:
        cursor.execute("SELECT 1; SELECT 2")
    assert caught.value.errno == 8 and caught.value.sqlstate == "0A000"
    assert "Actual statement count 2 did not match the desired statement count 1" in str(caught.value)


@pytest.mark.parametrize("sql,errno,sqlstate,text", [
    ("SELECT * FROM no_such_table", 2003, "42S02", "NO_SUCH_TABLE' does not exist or not authorized"),
    ("SELECT no_such_column FROM (SELECT 1 AS a)", 904, "42000", "invalid identifier 'NO_SUCH_COLUMN'"),
    ("SELEC 1", 1003, "42000", "syntax error line 1 at position 0 unexpected 'SELEC'"),
    ("SELECT 1\nFROM\n  WHERE", 1003, "42000", "line 3 at position 2"),
    ("SELECT NO_SUCH_FUNCTION(1)", 2140, "42601", "Unknown function NO_SUCH_FUNCTION"),
    ("SELECT 'x'::INT", 100038, "22018", "Numeric value 'x' is not recognized"),
    ("SELECT 1/0", 100051, "22012", "Division by zero"),
    ("SELECT 'x'::DATE", 100040, "22007", "Date 'x' is not recognized"),
])
def test_errors(cursor, sql, errno, sqlstate, text):
    with pytest.raises(errors.ProgrammingError) as caught:
        cursor.execute(sql).fetchall()
    assert (caught.value.errno, caught.value.sqlstate) == (errno, sqlstate)
    assert text in str(caught.value)
    assert caught.value.sfqid
    assert cursor.execute("SELECT 1").fetchone() == (1,)


def test_null_into_not_null(cursor):
    cursor.execute("CREATE OR REPLACE TABLE strict (i INT NOT NULL)")
    with pytest.raises(errors.IntegrityError) as caught:
        cursor.execute("INSERT INTO strict VALUES (NULL)")
    assert caught.value.errno == 100072


def test_asynchronous(connection, cursor):
    cursor.execute_async("SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 3000000))")
    query_id = cursor.sfqid
    while connection.is_still_running(connection.get_query_status(query_id)):
        time.sleep(0.02)
    cursor.get_results_from_sfqid(query_id)
    assert cursor.fetchone() == (3000000,)


def test_asynchronous_failure(connection, cursor):
    cursor.execute_async("SELECT 1/0")
    query_id = cursor.sfqid
    with pytest.raises(errors.ProgrammingError):
        while connection.is_still_running(connection.get_query_status_throw_if_error(query_id)):
            time.sleep(0.02)


SLOW = "SELECT SUM(SQRT(x.n * y.n)) FROM (SELECT SEQ8() AS n FROM TABLE(GENERATOR(ROWCOUNT => 300000))) x, " \
       "(SELECT SEQ8() AS n FROM TABLE(GENERATOR(ROWCOUNT => 300000))) y"


@pytest.mark.skipif(snowflake.connector.__version__ >= "5", reason="the connector 5 ignores `timeout`")
def test_timeout_cancels(cursor):
    start = time.monotonic()
    with pytest.raises(errors.ProgrammingError) as caught:
        cursor.execute(SLOW, timeout=2)
    assert time.monotonic() - start < 15
    assert caught.value.errno in (604, 1006) or "cancel" in str(caught.value).lower()


def test_statement_timeout(cursor):
    cursor.execute("ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = 1")
    with pytest.raises(errors.ProgrammingError) as caught:
        cursor.execute(SLOW)
    assert caught.value.errno == 630
    cursor.execute("ALTER SESSION UNSET STATEMENT_TIMEOUT_IN_SECONDS")


def test_cancel_by_query_id(server, connection, cursor):
    cursor.execute_async(SLOW)
    query_id = cursor.sfqid
    time.sleep(0.5)
    start = time.monotonic()
    with server.connect() as other:
        other.cursor().execute(f"SELECT SYSTEM$CANCEL_QUERY('{query_id}')")
    while connection.is_still_running(connection.get_query_status(query_id)):
        assert time.monotonic() - start < 10
        time.sleep(0.02)
    assert connection.get_query_status(query_id).name == "FAILED_WITH_ERROR"


def test_sessions_run_side_by_side(server, database):
    results = []

    def count(n):
        with server.connect(database=database) as connection:
            results.append(connection.cursor().execute(f"SELECT {n} * COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 1000))")
                           .fetchone()[0])

    threads = [threading.Thread(target=count, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [n * 1000 for n in range(8)]

"""Login, sessions, tokens, restart."""

import pytest
import snowflake.connector
from conftest import PASSWORD
from snowflake.connector import errors


def one(connection, sql):
    return connection.cursor().execute(sql).fetchone()[0]


def test_login_and_select_one(server):
    with server.connect() as connection:
        assert one(connection, "SELECT 1") == 1


@pytest.mark.parametrize("user,password", [("ADMIN", "wrong"), ("NOBODY", PASSWORD)])
def test_wrong_login(server, user, password):
    with pytest.raises(errors.Error) as caught:
        server.connect(user=user, password=password)
    assert caught.value.errno in (250001, 390100) and "Incorrect username or password" in str(caught.value)


def test_user_name_in_any_case(server):
    with server.connect(user="admin") as connection:
        assert one(connection, "SELECT CURRENT_USER()") == "ADMIN"


def test_login_name_is_what_one_logs_in_with(server):
    """CREATE USER: "If LOGIN_NAME is specified, the user's name cannot be used to log in"."""
    with server.connect() as connection:
        connection.cursor().execute("CREATE OR REPLACE USER u_login PASSWORD = 'a Passw0rd!' LOGIN_NAME = 'other@name'")
    with server.connect(user="Other@Name", password="a Passw0rd!") as connection:
        assert connection.cursor().execute("SELECT CURRENT_USER()").fetchone() == ("U_LOGIN",)
    with pytest.raises(errors.DatabaseError):
        server.connect(user="u_login", password="a Passw0rd!")


def test_unknown_names_at_login_are_null(server):
    with server.connect(database="NO_SUCH_DB", schema="NO_SUCH", warehouse="NO_SUCH_WH") as connection:
        row = connection.cursor().execute(
            "SELECT CURRENT_DATABASE(), CURRENT_SCHEMA(), CURRENT_WAREHOUSE()").fetchone()
        assert row == (None, None, None)


def test_a_database_brings_its_public_schema(server, database):
    with server.connect(database=database.lower()) as connection:
        assert connection.database == database
        assert connection.schema == "PUBLIC"
        assert one(connection, "SELECT CURRENT_SCHEMA()") == "PUBLIC"


def test_use_is_told_to_the_driver(server, database):
    with server.connect() as connection:
        connection.cursor().execute(f"USE DATABASE {database}")
        assert connection.database == database
        connection.cursor().execute("CREATE SCHEMA IF NOT EXISTS OTHER")
        connection.cursor().execute("USE SCHEMA OTHER")
        assert connection.schema == "OTHER"
        with pytest.raises(errors.ProgrammingError) as caught:
            connection.cursor().execute("USE DATABASE NO_SUCH_DB")
        assert caught.value.errno == 2043 and caught.value.sqlstate == "02000"


def test_two_sessions_do_not_share_state(server, database):
    with server.connect(database=database) as first, server.connect(database=database) as second:
        first.cursor().execute("ALTER SESSION SET QUERY_TAG = 'first'")
        first.cursor().execute("SET x = 1")
        assert one(second, "SHOW PARAMETERS LIKE 'QUERY_TAG' IN SESSION") == "QUERY_TAG"
        with pytest.raises(errors.ProgrammingError):
            second.cursor().execute("SELECT $x")
        assert one(first, "SELECT $x") == 1


def test_session_parameters_at_login(server):
    with server.connect(session_parameters={"QUERY_TAG": "at login", "NO_SUCH_PARAMETER": 1}) as connection:
        row = connection.cursor().execute("SHOW PARAMETERS LIKE 'QUERY_TAG' IN SESSION").fetchone()
        assert row[1] == "at login"


def test_autocommit_off_rolls_back_at_close(server, database):
    with server.connect(database=database) as connection:
        connection.cursor().execute("CREATE OR REPLACE TABLE rolled (i INT)")
    connection = server.connect(database=database, autocommit=False)
    connection.cursor().execute("INSERT INTO rolled VALUES (1)")
    connection.close()
    with server.connect(database=database) as connection:
        assert one(connection, "SELECT COUNT(*) FROM rolled") == 0
    with server.connect(database=database, autocommit=False) as connection:
        connection.cursor().execute("INSERT INTO rolled VALUES (1)")
        connection.commit()
    with server.connect(database=database) as connection:
        assert one(connection, "SELECT COUNT(*) FROM rolled") == 1


def test_restart_keeps_data(own_server):
    with own_server.connect() as connection:
        connection.cursor().execute("CREATE DATABASE d")
        connection.cursor().execute("CREATE TABLE d.public.t (i INT, s VARCHAR)")
        connection.cursor().execute("INSERT INTO d.public.t VALUES (1, 'a'), (2, NULL)")
    assert own_server.stop() == 0
    own_server.start()
    with own_server.connect(database="D") as connection:
        assert connection.cursor().execute("SELECT * FROM t ORDER BY i").fetchall() == [(1, "a"), (2, None)]


def test_a_session_outlives_a_crash(own_server):
    with own_server.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE DATABASE d")
        cursor.execute("CREATE TABLE t (i INT)")
        cursor.execute("INSERT INTO t VALUES (1)")
        cursor.execute("ALTER SESSION SET QUERY_TAG = 'kept'")
        own_server.kill()
        own_server.start()
        # The same connection, without a new login: its database and parameters are as they were.
        cursor.execute("INSERT INTO t VALUES (2)")
        assert cursor.execute("SELECT COUNT(*), MAX(i) FROM t").fetchone() == (2, 2)
        assert cursor.execute("SHOW PARAMETERS LIKE 'QUERY_TAG' IN SESSION").fetchone()[1] == "kept"


def test_a_transaction_does_not_outlive_a_crash(own_server):
    with own_server.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE DATABASE d")
        cursor.execute("CREATE TABLE t (i INT)")
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO t VALUES (1)")
        own_server.kill()
        own_server.start()
        with pytest.raises(errors.Error):
            cursor.execute("INSERT INTO t VALUES (2)")
    with own_server.connect(database="D") as connection:
        assert one(connection, "SELECT COUNT(*) FROM t") == 0


def test_version_is_reported(server):
    with server.connect() as connection:
        assert one(connection, "SELECT CURRENT_VERSION()").count(".") == 2
        assert snowflake.connector.__version__
